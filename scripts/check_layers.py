#!/usr/bin/env python3
"""Checks that every folder includes only itself and lower floors (the map of docs/design.md).

usage: check_layers.py [ROOT]

Prints one line per broken rule, with file and line, and exits with 1 when there is one.
"""

import pathlib
import re
import sys

FLOORS = (
    ("core",),
    ("config", "image", "runtime"),
    ("data", "nn", "losses", "archive"),
    ("models", "metrics"),
    ("training", "report", "export"),
    ("commands",),
)
FLOOR_OF = {folder: number for number, folders in enumerate(FLOORS) for folder in folders}

WITHOUT_TORCH = ("core", "config", "image", "report")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SOURCE_SUFFIXES = (".h", ".cpp")


class Place:
    """Where a file stands: its tree (include, src, tests) and its folder, empty for a file at the top of the tree."""

    def __init__(self, tree, parts):
        self.tree = tree
        self.folder = parts[0] if len(parts) > 1 else ""
        self.name = "/".join(parts)


def places(root):
    for tree, base in (("include", root / "include" / "gantrain"), ("src", root / "src"), ("tests", root / "tests")):
        for path in sorted(base.rglob("*")):
            if path.suffix in SOURCE_SUFFIXES and path.is_file():
                yield path, Place(tree, path.relative_to(base).parts)


def included_folder(root, place, path, target):
    """The folder that an include with quotes names and the tree it is in, or a sentence that says why it names none."""
    parts = pathlib.PurePosixPath(target).parts
    if ".." in parts:
        return None, f'"{target}" climbs with ..; name it from src/ or include/'
    if parts[0] == "gantrain":
        if (root / "include" / target).is_file():
            return (parts[1], "include"), None
        return None, f'"{target}" does not exist in include/'
    if parts[0] == "generated" and place.tree == "src":
        return (place.folder, place.tree), None  # what CMake writes for one source, such as its version
    if (path.parent / target).is_file():
        return (place.folder, place.tree), None
    for tree in ("src", "tests"):
        if (root / tree / target).is_file() and (tree == "src" or place.tree == "tests"):
            return (parts[0] if len(parts) > 1 else "", tree), None
    if len(parts) == 1:
        return None, f'"{target}" does not stand beside this file'
    return None, f'"{target}" does not exist in src/ or beside this file'


def broken_floor_rule(place, folder, tree, target):
    if folder == place.folder:
        if place.tree == "include" and tree != "include":
            return f'a public header includes "{target}", which is private to src/{folder}'
        return None
    if folder not in FLOOR_OF:
        if place.tree == "tests" and tree == "tests":
            return None  # helpers that all tests share
        return f'"{target}" is in "{folder}", which is on no floor'
    if place.tree != "include" and place.folder not in FLOOR_OF:
        own = len(FLOORS)  # main.cpp, and what tests share: above everything
    else:
        own = FLOOR_OF[place.folder]
    if tree == "src" and place.tree != "tests" and folder != place.folder:
        return f'"{target}" is private to src/{folder}; what other folders use stands in include/gantrain/{folder}'
    if FLOOR_OF[folder] == own:
        return f'{place.folder} includes "{target}" of its neighbour {folder} on floor {own}; only lower floors are allowed'
    if FLOOR_OF[folder] > own:
        return f'{place.folder} (floor {own}) includes "{target}" of {folder} (floor {FLOOR_OF[folder]}); only lower floors are allowed'
    return None


def broken_library_rule(place, target):
    library = target.split("/")[0]
    if library in ("torch", "ATen", "c10", "caffe2") and place.folder in WITHOUT_TORCH:
        return f"{place.folder} includes <{target}>, but {', '.join(WITHOUT_TORCH)} do without LibTorch"
    if library == "spdlog" and (place.tree, place.name) != ("src", "core/log.cpp"):
        return f"<{target}> is for src/core/log.cpp only: LibTorch ships another fmt"
    if library == "CLI" and not (place.tree != "include" and (place.folder == "commands" or place.name == "main.cpp")):
        return f"<{target}> is for src/commands and src/main.cpp only"
    if library == "nlohmann" and place.tree == "include":
        return f"<{target}> in a public header: every file that includes it would pay for it"
    return None


def broken_rules(root):
    for path, place in places(root):
        where = path.relative_to(root)
        if place.tree != "tests" and place.folder not in FLOOR_OF and (place.tree, place.name) != ("src", "main.cpp"):
            yield f'{where}:1: "{place.folder or place.name}" is on no floor; see scripts/check_layers.py'
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            target = match.group(2)
            problem = broken_library_rule(place, target)
            if not problem and match.group(1) == '"':
                found, problem = included_folder(root, place, path, target)
                problem = problem or broken_floor_rule(place, *found, target)
            elif not problem and target.startswith("gantrain/"):
                problem = f'<{target}> is ours: include it with quotes'
            if problem:
                yield f"{where}:{number}: {problem}"


def main(arguments):
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).parent.parent).resolve()
    if not (root / "src").is_dir():
        print(f"{root} has no src/: give the folder of the clone", file=sys.stderr)
        return 2
    problems = list(broken_rules(root))
    for problem in problems:
        print(problem)
    if problems:
        print(f"{len(problems)} of the includes break the layers; docs/design.md has the map")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
"""Checks that docs/design.md names every folder and file of include/gantrain and src, and no others.

usage: check_design_map.py [ROOT]

Prints one line per difference and exits with 1 when there is one.
"""

import pathlib
import re
import sys

SUFFIXES = (".h", ".cpp", ".h.in")
FOLDER = re.compile(r"## (\w+)$")
ENTRY = re.compile(r"- `(\w+)`: .+$")


def files_of(root):
    """{folder: names without suffix}."""
    found = {}
    for tree in (root / "include" / "gantrain", root / "src"):
        for path in tree.glob("*/*"):
            if path.name.endswith(SUFFIXES):
                found.setdefault(path.parent.name, set()).add(path.name.split(".")[0])
    return found


def map_of(text):
    named, folder = {}, None
    for line in text.splitlines():
        if line.startswith("#"):
            match = FOLDER.match(line)
            folder = match and named.setdefault(match.group(1), set())
        elif folder is not None and (match := ENTRY.match(line)):
            folder.add(match.group(1))
    return named


def differences(root):
    found, named = files_of(root), map_of((root / "docs/design.md").read_text(encoding="utf-8"))
    for folder in sorted(found.keys() | named.keys()):
        for name in sorted(found.get(folder, set()) - named.get(folder, set())):
            yield f"docs/design.md does not name `{name}` in {folder}"
        for name in sorted(named.get(folder, set()) - found.get(folder, set())):
            yield f"docs/design.md names `{name}` in {folder}, which is not there"
        if folder not in found and not named[folder]:
            yield f"docs/design.md names the folder {folder}, which is not there"


def main(arguments):
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).parent.parent)
    problems = list(differences(root))
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

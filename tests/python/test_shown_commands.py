"""Runs every command that README.md and docs/ show.

Blocks fenced as ```sh run as written, those of one page in order in one copy of the project's
configs, data and scripts, with the built program as `gantrain` and in the place of
scripts/gantrain. Training stops after TRAINING_SECONDS. Blocks fenced as ```python run too; others
(```text, ```console) show what is not meant to be run here.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from driver import BINARY, ROOT, environment

TRAINING_SECONDS = 3
COPIED = ("configs", "data", "scripts")
# Takes the place of the program: makes training short, and calls that an ordinary end.
SHORT = """#!/bin/sh
case "$1" in
  --help|--version) exec {binary} "$@" ;;
  --*|train)
    {binary} "$@" --max-time {seconds}s
    code=$?
    [ $code = 75 ] && code=0
    exit $code ;;
  *) exec {binary} "$@" ;;
esac
"""


def blocks_of(page):
    """(first line, language, text) of every fenced block to run."""
    lines = page.read_text().splitlines()
    found, start = [], None
    for number, line in enumerate(lines, 1):
        fence = re.fullmatch(r"\s*```(\w*)\s*", line)
        if not fence:
            continue
        if start is None:
            start = number, fence[1]
            continue
        if start[1] in ("sh", "python"):
            text = "\n".join(lines[start[0] : number - 1])
            found.append((start[0] + 1, start[1], text))
        start = None
    if start is not None:
        raise AssertionError(f"{page.name}: the block of line {start[0]} has no end")
    return found


def commands(text):
    """A shell block, with or without its prompts and what is printed below them."""
    lines = text.splitlines()
    if any(line.startswith("$ ") for line in lines):
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    return "\n".join(lines)


class DocsTest(unittest.TestCase):
    """Has one generated test per page."""

    def run_page(self, page):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            for name in COPIED:
                shutil.copytree(ROOT / name, folder / name)
            programs = folder / ".programs"
            programs.mkdir()
            short = SHORT.format(binary=shlex.quote(str(BINARY)), seconds=TRAINING_SECONDS)
            for path in (programs / "gantrain", folder / "scripts" / "gantrain"):
                path.write_text(short)
                path.chmod(0o755)
            for line, language, text in blocks_of(page):
                self.run_block(folder, f"{page.name}:{line}", language, text)

    def run_block(self, folder, place, language, text):
        words = {
            "sh": ["sh", "-eux", "-c", commands(text)],
            "python": [sys.executable, "-c", text],
        }[language]
        done = subprocess.run(
            words,
            cwd=folder,
            env=environment(
                PATH=f"{folder / '.programs'}:{os.environ['PATH']}",
                PYTHONPATH=str(folder / "scripts"),
            ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        self.assertEqual(done.returncode, 0, f"{place}\n{text}\n{done.stdout}{done.stderr}")

    def test_there_is_something_to_run(self):
        self.assertIn("sh", [language for _, language, _ in blocks_of(ROOT / "README.md")])

    def test_the_reference_of_keys_is_the_programs(self):
        said = subprocess.run(
            [BINARY, "config", "reference"], capture_output=True, text=True, check=True
        ).stdout
        page = (ROOT / "docs" / "configuration.md").read_text()
        self.assertEqual(page, said, "run: gantrain config reference > docs/configuration.md")

    def test_links_lead_to_files(self):
        for page in PAGES:
            prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
            for target in re.findall(r"\]\(([^)#:]+)\)", prose):
                self.assertTrue((page.parent / target).exists(), f"{page.name}: {target}")


PAGES = [ROOT / "README.md", ROOT / "data" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [page for page in PAGES if page.exists()]
for each in PAGES:
    name = "test_" + re.sub(r"\W+", "_", str(each.relative_to(ROOT)))
    setattr(DocsTest, name, lambda self, each=each: self.run_page(each))


if __name__ == "__main__":
    unittest.main()

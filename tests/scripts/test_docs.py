"""docs/: the map is complete, and the worked example on the page is the one that is compiled.

python3 tests/scripts/test_docs.py --write     copies the example's code into the page again
"""

import os
import pathlib
import re
import sys
import unittest

SOURCE = pathlib.Path(os.environ.get("GANTRAIN_SOURCE_DIR", pathlib.Path(__file__).parents[2]))
sys.path.insert(0, str(SOURCE / "scripts"))
import check_design_map  # noqa: E402
import check_guards  # noqa: E402

PAGE = SOURCE / "docs" / "adding_a_gan.md"
QUOTE = re.compile(r"(<!-- (\S+) \[(\w+)\] -->\n)(?:```cpp\n.*?```\n)?", re.DOTALL)


def quoted(match):
    """The marker of a quotation with the code that belongs under it."""
    marker, path, name = match.groups()
    parts = (SOURCE / path).read_text(encoding="utf-8").split(f"// [{name}]\n")
    if len(parts) != 3:
        raise ValueError(f"{path} has {len(parts) - 1} lines // [{name}], expected two")
    return f"{marker}```cpp\n{parts[1]}```\n"


def page_with_code(text):
    return QUOTE.sub(quoted, text)


class Docs(unittest.TestCase):
    def test_the_map_names_every_file_and_folder(self):
        self.assertEqual(list(check_design_map.differences(SOURCE)), [])

    def test_guards_can_be_taken_out_and_are_listed(self):
        """Whether a test then fails is what scripts/check_guards.py tries."""
        page = (SOURCE / "docs/reliability.md").read_text(encoding="utf-8")
        for guard in check_guards.GUARDS:
            with self.subTest(guard=guard.name):
                check_guards.changed(guard, (SOURCE / guard.file).read_text(encoding="utf-8"))
                self.assertIn(f"| {guard.name} | `{guard.file}` | ", page)

    def test_a_map_that_is_not_true_is_told(self):
        named = check_design_map.map_of("## core\n\n- `error`: errors\n\n# Next\n\n- `x`: no file\n")
        self.assertEqual(named, {"core": {"error"}})

    def test_the_worked_example_is_the_code_that_is_compiled(self):
        text = PAGE.read_text(encoding="utf-8")
        self.assertGreater(len(QUOTE.findall(text)), 5)
        self.assertEqual(page_with_code(text), text, "python3 tests/scripts/test_docs.py --write")


if __name__ == "__main__":
    if "--write" in sys.argv:
        PAGE.write_text(page_with_code(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        unittest.main()

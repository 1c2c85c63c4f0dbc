"""scripts/test_summary.py counts every case once and lets no failure and no unexplained skip through."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("GANTRAIN_SOURCE_DIR", pathlib.Path(__file__).parents[2]))

PASSED = '<testcase classname="A" name="Passes" file="a.cpp" status="run" result="completed"/>'
FAILED = ('<testcase classname="A" name="Fails" file="a.cpp" status="run" result="completed">'
          '<failure message="a.cpp:7&#x0A;Expected 1"/></testcase>')
DISABLED = '<testcase classname="A" name="DISABLED_Off" file="a.cpp" status="notrun" result="suppressed"/>'


def skipped(reason):
    return (f'<testcase classname="A" name="Skips" file="a.cpp" status="run" result="skipped">'
            f'<skipped message="a.cpp:7&#x0A;{reason}"/></testcase>')


class Summary(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "release").mkdir()

    def ctest(self, **entries):
        """What CTest says of each entry: run, fail (with a message) or notrun."""
        cases = "".join(f'<testcase name="{name}" status="{status}">'
                        + ('<failure message="Timeout"/>' if status == "fail" else "") + "</testcase>"
                        for name, status in entries.items())
        (self.folder / "release.ctest.xml").write_text(f"<testsuite>{cases}</testsuite>")

    def cases(self, file, *cases):
        (self.folder / "release" / file).write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")

    def summary(self):
        done = subprocess.run([sys.executable, SOURCE / "scripts/test_summary.py", self.folder], capture_output=True,
                              text=True)
        return done.returncode, done.stdout.splitlines()

    def assert_ends(self, code, last, *words):
        found, lines = self.summary()
        self.assertEqual((found, lines[-1]), (code, last), lines)
        for word in words:
            self.assertIn(word, "\n".join(lines))

    def test_counts_cases_of_both_kinds_and_entries_without_cases(self):
        self.ctest(core="run", python="run", shellcheck="run")
        self.cases("core_test.xml", PASSED, PASSED)
        self.cases("python.xml", PASSED)
        (self.folder / "layers.passed").touch()
        self.assert_ends(0, "5 passed, 0 failed, 0 skipped")

    def test_failed_case_counts_once(self):
        self.ctest(core="fail")
        self.cases("core_test.xml", PASSED, FAILED)
        self.assert_ends(1, "1 passed, 1 failed, 0 skipped", "failed: release/core: A.Fails", "Expected 1")

    def test_crash_or_timeout_counts_as_failure(self):
        self.ctest(core="fail", image="run")
        self.cases("image_test.xml", PASSED)
        self.assert_ends(1, "1 passed, 1 failed, 0 skipped", "failed: release/core: Timeout")

    def test_entry_that_did_not_run_is_a_failure(self):
        self.ctest(core="notrun", image="run")
        self.assert_ends(1, "1 passed, 1 failed, 0 skipped", "release/core")

    def test_absent_shared_data_and_gpu_may_be_skipped(self):
        self.ctest(core="run", data="run")
        self.cases("core_test.xml", PASSED, skipped("CUDA: no device"))
        self.cases("data_test.xml", skipped("shared data: weights are absent"))
        self.assert_ends(0, "1 passed, 0 failed, 2 skipped", "skipped: release/data: A.Skips: shared data: weights are absent")

    def test_other_skips_fail(self):
        for case, word in ((skipped("not today"), "skipped (not today)"), (skipped(""), "skipped ()"), (DISABLED, "disabled")):
            with self.subTest(word=word):
                self.ctest(core="run")
                self.cases("core_test.xml", PASSED, case)
                self.assert_ends(1, "1 passed, 1 failed, 0 skipped", word)

    def test_binary_that_is_not_named_as_its_entry_is_counted(self):
        self.ctest(parity="run")
        self.cases("other_binary.xml", PASSED, skipped("not today"))
        self.assert_ends(1, "2 passed, 1 failed, 0 skipped", "failed: release/other_binary: A.Skips")

    def test_failed_check_is_a_failure(self):
        self.ctest(core="run")
        (self.folder / "format.failed").touch()
        self.assert_ends(1, "1 passed, 1 failed, 0 skipped", "failed: format")

    def test_nothing_run_is_no_success(self):
        self.assert_ends(1, "0 passed, 0 failed, 0 skipped", "No test ran.")


class PythonRunner(unittest.TestCase):
    def run_file(self, text):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "test_it.py")
            file.write_text("import unittest\n\nclass A(unittest.TestCase):\n" + text)
            done = subprocess.run([sys.executable, SOURCE / "tests/run_unittest.py", "it", file], capture_output=True,
                                  text=True, env=os.environ | {"GANTRAIN_TEST_RESULTS": folder})
            results = pathlib.Path(folder, "it.xml")
            return done.returncode, results.read_text() if results.exists() else ""

    def test_writes_every_outcome(self):
        code, results = self.run_file("  def test_a(self): pass\n"
                                      "  def test_b(self): self.skipTest('shared data: gone')\n"
                                      "  def test_c(self): self.assertEqual(1, 2)\n"
                                      "  def test_d(self): raise OSError('e\\x1b<')\n"
                                      "  def test_e(self):\n    with self.subTest(i=7): self.fail('sub')\n")
        self.assertEqual(code, 1)
        for words in ('tests="5"', 'name="test_a" />', 'skipped message="shared data: gone"', 'failure message="1 != 2"',
                      'error message="e?&lt;"', "(i=7): sub"):
            self.assertIn(words, results)

    def test_passes_when_all_pass(self):
        self.assertEqual(self.run_file("  def test_a(self): pass\n")[0], 0)

    def test_file_without_tests_fails(self):
        self.assertEqual(self.run_file("  pass\n")[0], 1)


if __name__ == "__main__":
    unittest.main()

"""Runs one file of Python unittests and, for scripts/test, writes its cases in JUnit form.

usage: run_unittest.py NAME FILE     with GANTRAIN_TEST_RESULTS=FOLDER the cases go into FOLDER/NAME.xml
"""

import importlib.util
import os
import pathlib
import sys
import unittest
import xml.etree.ElementTree as ElementTree


class RecordingResult(unittest.TextTestResult):
    """Remembers each case's outcome; a failed sub-test fails its case."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.outcomes = {}

    def record(self, test, outcome, reason=""):
        self.outcomes[test.id()] = (outcome, reason)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.outcomes.setdefault(test.id(), ("passed", ""))

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.record(test, "failure", str(err[1]))

    def addError(self, test, err):
        super().addError(test, err)
        self.record(test, "error", str(err[1]))

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.record(test, "failure", f"{subtest}: {err[1]}")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.record(test, "skipped", reason)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.record(test, "failure", "passed, but is marked as an expected failure")


def printable(text):
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


def write_results(path, outcomes):
    suite = ElementTree.Element("testsuite", tests=str(len(outcomes)))
    for test, (outcome, reason) in outcomes.items():
        classname, _, name = test.rpartition(".")
        case = ElementTree.SubElement(suite, "testcase", classname=classname, name=name)
        if outcome != "passed":
            ElementTree.SubElement(case, outcome, message=printable(reason))
    ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


def main(name, file):
    file = pathlib.Path(file).resolve()
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(verbosity=2, resultclass=RecordingResult).run(suite)
    if "GANTRAIN_TEST_RESULTS" in os.environ:
        write_results(pathlib.Path(os.environ["GANTRAIN_TEST_RESULTS"]) / f"{name}.xml", result.outcomes)
    if not result.outcomes:
        print(f"{file} has no test", file=sys.stderr)
        return 1
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

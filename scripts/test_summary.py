"""Adds up what scripts/test left in build/test-results and decides whether all is well.

usage: test_summary.py FOLDER

FOLDER holds PRESET.ctest.xml (what CTest thinks of each entry), PRESET/NAME.xml (the cases of a GoogleTest binary or of a
Python test file, in JUnit form) and NAME.passed or NAME.failed (checks outside CTest). A case is counted once; an entry
that fails without a failed case (a crash, a time-out) counts as one failure. A skip must give one of the allowed reasons.
"""

import collections
import pathlib
import sys
import xml.etree.ElementTree

ALLOWED_SKIPS = ("shared data:", "CUDA:")

Case = collections.namedtuple("Case", "name outcome reason")  # outcome: passed, failed, skipped


def outcome_of(element):
    """A JUnit <testcase>: its outcome, and the reason where there is one."""
    for tag, outcome in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
        found = element.find(tag)
        if found is not None:
            lines = (found.get("message") or found.text or "").strip().splitlines()
            if element.get("file") and outcome == "skipped":
                lines = lines[1:]  # GoogleTest puts file:line first
            return outcome, " ".join(line.strip() for line in lines)
    if element.get("result") == "skipped" or element.get("status") in ("notrun", "disabled"):
        return "skipped", "disabled"
    return "passed", ""


def cases_of_file(path, prefix):
    for element in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        outcome, reason = outcome_of(element)
        name = f"{element.get('classname')}.{element.get('name')}"
        yield Case(f"{prefix} {name}", outcome, reason)


def cases_of_preset(ctest_file):
    preset = ctest_file.name.removesuffix(".ctest.xml")
    unclaimed = set((ctest_file.parent / preset).glob("*.xml"))
    for element in xml.etree.ElementTree.parse(ctest_file).getroot().iter("testcase"):
        entry = element.get("name")
        ctest_failed = element.get("status") in ("fail", "notrun", "disabled")
        prefix = f"{preset}/{entry}:"
        cases = []
        for path in (ctest_file.parent / preset / f"{entry}{end}.xml" for end in ("", "_test")):
            if path in unclaimed:
                unclaimed.remove(path)
                cases += cases_of_file(path, prefix)
        yield from cases
        if ctest_failed and not any(case.outcome == "failed" for case in cases):
            found = element.find("failure")
            reason = found.get("message") if found is not None else element.get("status")
            yield Case(f"{preset}/{entry}", "failed", reason or "failed without a failed case")
        elif not cases and not ctest_failed:
            yield Case(f"{preset}/{entry}", "passed", "")
    for path in sorted(unclaimed):  # of a binary that is not named as its entry
        yield from cases_of_file(path, f"{preset}/{path.stem}:")


def all_cases(folder):
    for path in sorted(folder.glob("*.ctest.xml")):
        yield from cases_of_preset(path)
    for outcome in ("passed", "failed"):
        for path in sorted(folder.glob(f"*.{outcome}")):
            yield Case(path.stem, outcome, "its messages are above" if outcome == "failed" else "")


def judged(case):
    if case.outcome == "skipped" and not case.reason.startswith(ALLOWED_SKIPS):
        allowed = " or ".join(f'"{reason}"' for reason in ALLOWED_SKIPS)
        return Case(case.name, "failed", f"skipped ({case.reason}), but a skip must start with {allowed}")
    return case


def main(folder):
    cases = [judged(case) for case in all_cases(folder)]
    count = collections.Counter(case.outcome for case in cases)
    print()
    for case in cases:
        if case.outcome != "passed":
            print(f"{case.outcome}: {case.name}: {case.reason}")
    if not count["passed"]:
        print("No test ran.")
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 0 if count["passed"] and not count["failed"] else 1


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))

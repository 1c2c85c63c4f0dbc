"""Every file operation of a save fails, once or for ever: older checkpoints stay whole, no temporary
stays, the message says path, reason, needed and free bytes, training goes on, and after three failed
saves in a row it ends with exit 7.

GANTRAIN_LONG_TESTS=1 tries the full product of operations, calls and errors.
"""

import itertools
import re
import unittest

from driver import read_lines, settings
from faults import LONG, REASONS, FaultTest, every, injected, temporaries

CANNOT_WRITE = 7
OPERATIONS = ("open", "write", "short_write", "read", "fsync", "close", "rename", "fsync_folder")
SAVE = "/checkpoints"  # of files of this folder only: sample grids are written at the same time
WORDS = [*every(3, 18), *settings(checkpoints__keep=3, samples__every="100 steps")]
MESSAGE = re.compile(r"runs/tiny/checkpoints/step-\d+\.pt: .*\(\d+ bytes needed, \d+ bytes free\)")


class SaveFaultTest(FaultTest):
    @classmethod
    def setUpClass(cls):
        cls.calls = None

    def count_calls(self):
        """Calls of each operation in one save (the one of step 0) and in the whole run, by a trace."""
        if SaveFaultTest.calls is None:
            trace = self.folder / "trace.txt"
            done = self.start(*WORDS, "--run-dir", "runs/traced", env=injected(trace=trace, match=SAVE))
            self.assertEqual(done.returncode, 0, done.stderr)
            first, whole = {}, {}
            saved = False
            for line in trace.read_text().splitlines():
                operation, path = line.split(" ", 1)
                whole[operation] = whole.get(operation, 0) + 1
                saved = saved or "step-00000003" in path
                if not saved:
                    first[operation] = first.get(operation, 0) + 1
            SaveFaultTest.calls = first, whole
        return SaveFaultTest.calls

    def second_save(self, operation):
        """The number of the first call of this operation in the save of step 3."""
        first, _ = self.count_calls()
        return first["write" if operation == "short_write" else operation] + 1

    def clear(self):
        for path in sorted((self.folder / "runs").rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()

    def assert_message(self, text, error):
        self.assertRegex(text, MESSAGE)
        self.assertIn(REASONS[error], text)

    def fail_once(self, operation, error, call):
        self.clear()
        done = self.start(*WORDS, env=injected(operation, error, call, match=SAVE))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(temporaries(self.run_folder), [])
        self.assertEqual(set(self.checkpoints()), {12, 15, 18}, done.stderr)
        if operation == "short_write" or error == "EINTR":
            self.assertNotIn("warning", done.stderr)
        else:
            self.assert_message(done.stderr, error)
            self.assertIn("training goes on, older checkpoints are untouched", done.stderr)
        self.assertEqual([line["step"] for line in self.metrics()], [5, 10, 15, 18])

    def fail_for_ever(self, operation, error, call, left=(0,)):
        self.clear()
        done = self.start(*WORDS, env=injected(operation, error, call, times=0, match=SAVE))
        self.assertEqual(done.returncode, CANNOT_WRITE, done.stderr)
        self.assert_message(done.stderr, error)
        self.assertIn("3 saves in a row failed", done.stderr)
        self.assertEqual(temporaries(self.run_folder), [])
        self.assertLessEqual(set(left), set(self.checkpoints()))
        # The same command goes on when the disk is well again.
        done = self.start(*WORDS)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, "going on from step")
        self.assertIn(18, self.checkpoints())

    def metrics(self):
        return read_lines(self.run_folder / "metrics.jsonl")

    def test_a_save_is_these_operations(self):
        """What the tests below are about; a new kind of call needs a case of its own."""
        first, whole = self.count_calls()
        self.assertEqual(set(first) - {"unlink"}, set(OPERATIONS) - {"short_write"})
        self.assertEqual(whole["rename"], 7)
        # A save has one of each, but opens: the file, the file to read it back, and the folder.
        self.assertEqual([first[name] for name in ("fsync", "rename", "fsync_folder", "open")], [1, 1, 1, 3])

    def test_each_operation_failing_once_costs_one_save(self):
        errors = itertools.cycle(REASONS)
        for operation in OPERATIONS:
            for error in REASONS if LONG else [next(errors)]:
                with self.subTest(operation=operation, error=error):
                    self.fail_once(operation, error, self.second_save(operation))

    def test_each_operation_failing_for_ever_ends_after_three_saves(self):
        errors = itertools.cycle(["EDQUOT", "EROFS", "ENOSPC", "EIO"])
        for operation in OPERATIONS:
            for error in REASONS if LONG else [next(errors)]:
                with self.subTest(operation=operation, error=error):
                    self.fail_for_ever(operation, error, self.second_save(operation))

    def test_an_interrupted_call_is_made_again(self):
        for operation in OPERATIONS if LONG else ("open", "write", "fsync", "close", "rename"):
            with self.subTest(operation=operation):
                self.clear()
                call = self.second_save(operation)
                times = 2 if operation == "close" else 50
                done = self.start(*WORDS, env=injected(operation, "EINTR", call, times, match=SAVE))
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertNotIn("warning", done.stderr)
                self.assertEqual(set(self.checkpoints()), {12, 15, 18})
                self.assertEqual(temporaries(self.run_folder), [])

    def test_the_disk_fills_in_the_middle_of_a_file(self):
        _, whole = self.count_calls()
        first, _ = self.count_calls()
        start, size = first["write"], (whole["write"] - first["write"]) // 6
        places = range(1, size, 7) if LONG else (2, size // 2, size - 1)
        for place in places:
            with self.subTest(call=start + place):
                self.fail_for_ever("write", "ENOSPC", start + place)

    def test_an_old_checkpoint_that_cannot_be_removed_does_no_harm(self):
        for times in (1, 0):
            with self.subTest(times=times):
                self.clear()
                done = self.start(
                    *WORDS, env=injected("unlink", "EROFS", times=times, match="/checkpoints/step-")
                )
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertLessEqual({12, 15, 18}, set(self.checkpoints()))

    def test_the_last_save_is_tried_three_times(self):
        """A run does not say "finished" with its last state lost."""
        _, whole = self.count_calls()
        for times, code in ((1, 0), (2, 0), (0, CANNOT_WRITE)):
            with self.subTest(times=times):
                self.clear()
                done = self.start(
                    *WORDS, env=injected("rename", "EIO", whole["rename"], times, match=SAVE)
                )
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertEqual(18 in self.checkpoints(), code == 0)
                self.assertEqual("finished" in done.stderr, code == 0)

    def test_a_log_or_a_picture_that_cannot_be_written_is_a_warning(self):
        words = [*WORDS, *settings(samples__every="3 steps")]
        for match in ("metrics.jsonl", "samples/.step-0000000"):
            with self.subTest(file=match):
                self.clear()
                done = self.start(*words, env=injected("write", "ENOSPC", times=0, match=match))
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(REASONS["ENOSPC"], done.stderr)
                self.assertIn("training goes on without", done.stderr)
                self.assertIn(18, self.checkpoints())
                self.assertEqual(temporaries(self.run_folder), [])


if __name__ == "__main__":
    unittest.main()

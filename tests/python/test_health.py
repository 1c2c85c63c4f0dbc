"""A run that cannot go on says so in bounded time, leaves good checkpoints behind, and a stop at any
moment can be resumed.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import time
import unittest

import torch

from driver import BINARY, environment, flat_tensors, gantrain, read_lines, settings
from faults import FaultTest, every, injected, temporaries

USAGE, CHECKPOINT, DIVERGED, OUT_OF_TIME = 2, 5, 6, 75
ENDLESS = settings(training__length="1000000 steps", log__every="1 step")
# Squared errors, plain gradient descent, the highest rate: the loss is infinite at step 2.
EXPLODING = settings(
    objective__type="least_squares",
    optimizer__generator__type="sgd",
    optimizer__discriminator__type="sgd",
    optimizer__generator__learning_rate=10,
    optimizer__discriminator__learning_rate=10,
)


def gantrain_words(test, words):
    return gantrain(*(words if words[0] == "--resume" else ("--config", "tiny.json", *words)), cwd=test.folder)


class HealthTest(FaultTest):
    def popen(self, *words, env=None, **options):
        return subprocess.Popen(
            [BINARY, "--config", "tiny.json", *words], cwd=self.folder, env=env or environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            **options,
        )  # fmt: skip

    def wait_for(self, process, beginning, count=1):
        """Reads stderr until so many lines begin like this."""
        text = ""
        for line in process.stderr:
            text += line
            count -= line.startswith(beginning)
            if count == 0:
                return text
        self.fail(f"ended before {beginning!r}:\n{text}")

    def damage(self, step):
        path = self.run_folder / "checkpoints" / f"step-{step:08}.pt"
        bytes_ = bytearray(path.read_bytes())
        bytes_[len(bytes_) // 2] ^= 1
        path.write_bytes(bytes_)
        return path

    def assert_finite(self, root):
        for key, value in flat_tensors({k: root[k] for k in ("networks", "optimizers")}).items():
            if isinstance(value, torch.Tensor) and value.is_floating_point():
                self.assertTrue(torch.isfinite(value).all(), key)


class DivergenceTest(HealthTest):
    def test_diverging_training_ends_with_exit_6_and_good_checkpoints(self):
        """Exit 6 comes with the first log line after 25 skipped steps in a row."""
        for save in ("1 step", "3 steps"):
            with self.subTest(save=save):
                shutil.rmtree(self.folder / "runs", ignore_errors=True)
                start = time.monotonic()
                words = settings(checkpoints__every=save, checkpoints__keep=1)
                done = self.start(*ENDLESS, *EXPLODING, *words)
                self.assertEqual(done.returncode, DIVERGED, done.stderr)
                self.assertLess(time.monotonic() - start, 30)
                last = done.stderr.splitlines()[-1]
                self.assertRegex(last, r"^error: training diverged: .* last \d+ steps \(until step")
                self.assertIn("learning_rate", last)
                self.assertNotIn("c10::", done.stderr)
                found = self.checkpoints()
                for root in found.values():
                    self.assert_finite(root)
                # Those of skipped steps push none out that is from before.
                lines = read_lines(self.run_folder / "metrics.jsonl")
                skipping = min(line["step"] for line in lines if line["Health/skipped_steps"] > 0)
                self.assertLess(min(found), skipping)
                self.assertLess(len(lines), skipping + 26)
                generator = torch.load(self.run_folder / "g.pt", weights_only=True)
                for key, value in flat_tensors(generator["networks"]).items():
                    self.assertTrue(torch.isfinite(value).all(), key)
                self.assertEqual(temporaries(self.run_folder), [])


class DamagedCheckpointTest(HealthTest):
    WORDS = [*every(5, 20), *settings(checkpoints__keep=3)]
    LONGER = [*WORDS, *settings(training__length="25 steps")]

    def setUp(self):
        super().setUp()
        self.train(*self.WORDS)

    def test_a_damaged_newest_is_renamed_and_the_next_older_used(self):
        path = self.damage(20)
        done = self.start(*self.LONGER)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"renamed to {path.name}.broken; trying the next older checkpoint", done.stderr)
        self.assertIn("going on from step 15 ", done.stderr)
        self.assertTrue(path.with_name(path.name + ".broken").exists())
        self.assertLessEqual({20, 25}, set(self.checkpoints()))
        self.start("--run-dir", "runs/whole", *self.LONGER)
        whole = self.checkpoints(self.folder / "runs" / "whole")
        self.assert_same_state(self.checkpoints()[25], whole[25])

    def assert_nothing_moved(self):
        self.assertEqual(
            sorted(path.name for path in (self.run_folder / "checkpoints").iterdir()),
            [f"step-{step:08}.pt" for step in (10, 15, 20)],
        )

    def test_one_that_cannot_be_read_now_keeps_its_name(self):
        """EIO and EACCES may pass: the next older one is used, and nothing is renamed."""
        path = self.run_folder / "checkpoints/step-00000020.pt"
        for operation, error, reason in (
            ("open", "EACCES", "cannot be opened: Permission denied"),
            ("pread", "EIO", "cannot be read at byte"),
        ):
            with self.subTest(operation=operation):
                shutil.rmtree(self.run_folder)
                self.train(*self.WORDS)
                before = path.read_bytes()
                done = self.start(
                    *self.LONGER, "--max-time", "0.001s",
                    env=injected(operation, error, times=0, match=path.name),
                )  # fmt: skip
                self.assertIn(f"warning: runs/tiny/checkpoints/{path.name}: {reason}", done.stderr)
                self.assertIn("; trying the next older checkpoint", done.stderr)
                self.assertIn("going on from step 15 ", done.stderr)
                self.assertEqual(path.read_bytes(), before)
                self.assertEqual(list(self.run_folder.rglob("*.broken")), [])

    def test_a_locked_run_keeps_its_damaged_checkpoint(self):
        """Not before the folder is locked, and not in the folder that --resume FILE forks from."""
        path = self.damage(20)
        done = self.start("--resume", f"runs/tiny/checkpoints/{path.name}")
        self.assertEqual(done.returncode, CHECKPOINT, done.stderr)
        self.assertRegex(done.stderr, f"^error: .*{path.name}: checksum mismatch.*; nothing was started$")
        with open(self.run_folder / ".lock", "r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for words in (self.LONGER, ("--resume", "runs/tiny", *settings(training__length="25 steps"))):
                done = gantrain_words(self, words)
                self.assertEqual(done.returncode, USAGE, done.stderr)
        self.assertTrue(path.exists())
        self.assertEqual(list(self.run_folder.rglob("*.broken")), [])

    def test_resume_of_a_run_falls_back_too_and_names_the_file_it_used(self):
        self.damage(20)
        words = settings(model__latent_dim=9, training__length="25 steps")
        done = gantrain_words(self, ("--resume", "runs/tiny", *words))
        self.assertEqual(done.returncode, CHECKPOINT, done.stderr)
        self.assertIn("checkpoints/step-00000015.pt: does not fit the changed configuration", done.stderr)
        self.assertEqual(list(self.run_folder.rglob("*.broken")), [])

    def test_a_cut_newest_is_renamed_and_the_next_older_used(self):
        path = self.run_folder / "checkpoints/step-00000020.pt"
        for size in (0, 7, path.stat().st_size - 1):
            with self.subTest(size=size):
                shutil.rmtree(self.folder / "runs/cut", ignore_errors=True)
                shutil.copytree(self.run_folder, self.folder / "runs/cut")
                os.truncate(self.folder / "runs/cut/checkpoints" / path.name, size)
                done = self.start("--run-dir", "runs/cut", *self.LONGER)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("going on from step 15 ", done.stderr)

    def test_all_broken_is_an_error_that_lists_them(self):
        for step in (10, 15, 20):
            self.damage(step)
        done = self.start(*self.LONGER)
        self.assertEqual(done.returncode, CHECKPOINT, done.stderr)
        self.assertIn("no checkpoint of this run can be read; nothing was started", done.stderr)
        last = done.stderr[done.stderr.index("error: ") :]
        for step in (10, 15, 20):
            self.assertIn(f"step-{step:08}.pt: checksum mismatch", last)
        self.assert_nothing_moved()

    def test_all_broken_does_not_turn_into_a_fresh_start_the_second_time(self):
        for step in (10, 15, 20):
            self.damage(step)
        for _ in range(2):
            self.assertEqual(self.start(*self.LONGER).returncode, CHECKPOINT)
        self.assert_nothing_moved()
        for path in (self.run_folder / "checkpoints").iterdir():
            path.rename(path.with_name(path.name + ".broken"))
        done = self.start(*self.LONGER)
        self.assertEqual(done.returncode, CHECKPOINT, done.stderr)
        self.assertIn("holds no checkpoint but 3 broken ones", done.stderr)


class LeftoverTest(HealthTest):
    def test_stale_temporaries_are_cleaned_and_counted(self):
        """Row 94."""
        self.train(*settings(training__length="5 steps"))
        dead = subprocess.Popen(["true"])
        dead.wait()
        for folder, name in (("checkpoints", "step-00000003.pt"), ("", "g.pt"), ("snapshots", "x.pt")):
            for number in range(3):
                (self.run_folder / folder / f".{name}{number}.tmp-{dead.pid}").touch()
        mine = self.run_folder / "checkpoints" / f".step-00000004.pt.tmp-{os.getpid()}"
        mine.touch()
        done = self.start(*settings(training__length="10 steps"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("removed 9 unfinished files", done.stderr)
        self.assertEqual(temporaries(self.run_folder), [mine.relative_to(self.run_folder)])

    def test_a_locked_folder_is_left_alone(self):
        first = self.popen(*ENDLESS)
        self.addCleanup(first.stderr.close)
        self.wait_for(first, "step ")
        try:
            second = self.start(*ENDLESS)
            self.assertEqual(second.returncode, USAGE, second.stderr)
            self.assertIn(f"locked by pid {first.pid} on host ", second.stderr)
        finally:
            first.kill()
            first.wait()
        # The lock ends with its process.
        done = self.start(*ENDLESS, "--max-time", "1s")
        self.assertEqual(done.returncode, OUT_OF_TIME, done.stderr)


class StopTest(HealthTest):
    def stop(self, process, number=signal.SIGTERM):
        sent = time.monotonic()
        process.send_signal(number)
        _, rest = process.communicate(timeout=60)
        self.assertLess(time.monotonic() - sent, 5)
        self.assertEqual(temporaries(self.run_folder), [])
        return process.returncode, rest

    def test_a_signal_in_the_start_up_can_be_resumed(self):
        """Before the program listens the signal ends it by itself: 143 for a shell, too."""
        for after in (0.02, 0.1, 0.2, 0.3):
            with self.subTest(seconds=after):
                process = self.popen(*ENDLESS)
                time.sleep(after)
                code, text = self.stop(process)
                self.assertIn(code, (128 + signal.SIGTERM, -signal.SIGTERM), text)
        done = self.start(*settings(training__length="5 steps"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([path.name for path in (self.folder / "runs").iterdir()], ["tiny"])

    def test_a_signal_before_the_first_step_says_that_there_is_nothing_or_saves_step_0(self):
        """test_signals.py does it at every file operation of this phase."""
        process = self.popen(*ENDLESS)
        self.wait_for(process, "runtime: ")
        code, text = self.stop(process)
        self.assertEqual(code, 128 + signal.SIGTERM, text)
        self.assertNotEqual("stopped before the first step" in text, bool(self.checkpoints()), text)
        done = self.start(*settings(training__length="5 steps"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(5, self.checkpoints())

    def test_a_signal_during_steps_and_saves_can_be_resumed(self):
        newest = 0
        for save in ("1000 steps", "1 step"):
            for _ in range(3):
                process = self.popen(*ENDLESS, *settings(checkpoints__every=save))
                self.wait_for(process, "step ", 2)
                code, text = self.stop(process)
                self.assertEqual(code, 128 + signal.SIGTERM, text)
                step = max(self.checkpoints())
                self.assertGreater(step, newest)
                newest = step
        self.assertEqual(
            [line["step"] for line in read_lines(self.run_folder / "metrics.jsonl")],
            list(range(1, newest + 1)),
        )

    def test_a_hangup_that_nohup_ignores_stays_ignored(self):
        process = self.popen(
            *ENDLESS, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
        )
        self.wait_for(process, "step ")
        process.send_signal(signal.SIGHUP)
        self.wait_for(process, "step ", 20)
        self.assertIsNone(process.poll())
        code, _ = self.stop(process)
        self.assertEqual(code, 128 + signal.SIGTERM)

    def test_max_time_ends_with_75_and_can_be_resumed(self):
        newest = 0
        for _ in range(2):
            done = self.start(*ENDLESS, "--max-time", "1s")
            self.assertEqual(done.returncode, OUT_OF_TIME, done.stderr)
            step = max(self.checkpoints())
            self.assertGreater(step, newest)
            newest = step

    def test_a_stop_whose_save_fails_is_not_called_stopped(self):
        """Exit 7, not 143: what was trained is not on the disk."""
        process = self.popen(
            *ENDLESS, *settings(checkpoints__every="1000 steps"),
            env=injected("fsync", "ENOSPC", call=2, times=0, match="/checkpoints/"),
        )  # fmt: skip
        self.wait_for(process, "step ", 2)
        code, text = self.stop(process)
        self.assertEqual(code, 7, text)
        self.assertIn("3 saves in a row failed", text)
        self.assertEqual(set(self.checkpoints()), {0})


if __name__ == "__main__":
    unittest.main()

"""The run folder: what is in it, when a run goes on and when it gets another one, and that a run
that was stopped ends as one that was not.
"""

import json
import re
import shutil
import signal
import subprocess
import time
import unittest

import torch

from driver import BINARY, ROOT, ProgramTest, environment, flat_tensors, read_lines, settings

SMOKE = ROOT / "configs" / "smoke" / "dcgan.json"
QUICK = settings(runtime__threads=1, runtime__precision="fp32")
CHECKPOINT, OUT_OF_TIME = 5, 75


def files_of(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def without_clock(line):
    return {
        key: value for key, value in line.items() if not key.startswith(("Timing/", "Resources/"))
    }


class FolderTest(ProgramTest):
    """With the eyes for a run folder."""

    def setUp(self):
        super().setUp()
        self.run_folder = self.folder / "runs" / "tiny"

    def steps(self, folder=None):
        return [line["step"] for line in read_lines((folder or self.run_folder) / "metrics.jsonl")]

    def checkpoint(self, step, folder=None):
        path = (folder or self.run_folder) / "checkpoints" / f"step-{step:08}.pt"
        return torch.load(path, weights_only=True)

    def assert_same_state(self, one, other, but=()):
        one, other = flat_tensors(one), flat_tensors(other)
        self.assertEqual(sorted(one), sorted(other))
        for key, value in one.items():
            if re.search("|".join(but) or "^$", key):
                continue
            if isinstance(value, torch.Tensor):
                self.assertTrue(torch.equal(value, other[key]), key)
            else:
                self.assertEqual(value, other[key], key)


class RunFolderTest(FolderTest):
    def test_smoke_run_leaves_these_files(self):
        done = self.run_program("--config", SMOKE, *QUICK)
        self.assertEqual(done.stdout, "")
        folder = self.folder / "runs" / "dcgan"
        self.assertEqual(
            files_of(folder),
            [
                ".lock",
                "checkpoints/step-00000016.pt",
                "checkpoints/step-00000020.pt",
                "command.txt",
                "config.json",
                "g.pt",
                "log.txt",
                "metrics.jsonl",
                "samples/reals.png",
                "samples/step-00000000.png",
                "samples/step-00000010.png",
                "samples/step-00000020.png",
                "versions.json",
            ],
        )
        config = json.loads((folder / "config.json").read_text())
        self.assertEqual(config["training"]["length"], "20 steps")
        self.assertEqual(config["ema"]["enabled"], True)  # a default
        self.assertIn(f"--config {SMOKE}", (folder / "command.txt").read_text())
        self.assertLessEqual(
            {"gantrain", "source", "compiler", "libtorch"},
            set(json.loads((folder / "versions.json").read_text())),
        )

    def test_metrics_hold_losses_reports_and_times(self):
        self.train()
        lines = read_lines(self.run_folder / "metrics.jsonl")
        self.assertEqual([line["step"] for line in lines], [5, 10, 15, 20])
        for line in lines:
            self.assertEqual(
                set(line),
                {
                    "step", "kimg", "epoch",
                    "Loss/d_real", "Loss/d_fake", "Loss/g",
                    "Report/D(x)", "Report/D(G(z))", "Report/D(G(z))_after", "Report/D_accuracy",
                    "Gradient/d", "Gradient/g", "Rate/discriminator", "Rate/generator",
                    "Health/skipped_steps",
                    "Timing/step_ms", "Timing/data_wait_ms", "Timing/images_per_second",
                    "Timing/seconds",
                    "Resources/memory_bytes", "Resources/device_peak_bytes",
                },
            )  # fmt: skip
            self.assertAlmostEqual(line["kimg"], line["step"] * 8 / 1000)
            self.assertEqual(line["Rate/generator"], 2e-4)
            self.assertGreater(line["Timing/images_per_second"], 0)
            self.assertTrue(0 <= line["Timing/data_wait_ms"] < line["Timing/step_ms"])
            self.assertTrue(0 < line["Report/D(x)"] < 1)

    def test_snapshots_are_kept(self):
        self.train(*settings(checkpoints__snapshot_every="5 steps", checkpoints__keep=1))
        self.assertEqual(
            [name for name in files_of(self.run_folder) if name.endswith(".pt")],
            ["checkpoints/step-00000020.pt", "g.pt"]
            + [f"snapshots/g-step-{step:08}.pt" for step in (5, 10, 15, 20)],
        )

    def test_the_same_command_again_is_finished(self):
        self.train()
        before = files_of(self.run_folder), self.steps()
        done = self.train()
        self.assertIn("this run is finished (20 steps)", done.stderr)
        self.assertEqual((files_of(self.run_folder), self.steps()), before)
        self.assertEqual([path.name for path in (self.folder / "runs").iterdir()], ["tiny"])

    def test_a_longer_length_continues(self):
        self.train()
        self.train(*settings(training__length="30 steps"))
        self.assertEqual(self.steps(), [5, 10, 15, 20, 25, 30])
        self.assertEqual(len((self.run_folder / "command.txt").read_text().splitlines()), 2)

    def test_another_configuration_gets_the_next_number(self):
        self.train()
        done = self.train(*settings(seed=7))
        self.assertIn("runs/tiny-002", done.stderr)
        self.assertEqual(self.steps(self.folder / "runs" / "tiny-002"), [5, 10, 15, 20])
        self.assertEqual(self.steps(), [5, 10, 15, 20])
        # Each is found again by its configuration.
        self.assertIn("continuing in runs/tiny-002", self.train(*settings(seed=7)).stderr)

    def test_fresh_gets_the_next_number(self):
        for name in ("tiny", "tiny-002", "tiny-003"):
            self.train("--fresh", *settings(training__length="5 steps"))
            self.assertEqual(self.steps(self.folder / "runs" / name), [5])

    def test_resuming_a_missing_run_starts_nothing(self):
        done = self.run_program("--resume", "runs/nowhere", code=CHECKPOINT)
        self.assertEqual(
            done.stderr,
            "error: --resume runs/nowhere: there is no such run or file; nothing was started\n",
        )
        done = self.run_program("--resume", "latest", code=CHECKPOINT)
        self.assertIn("no run with a checkpoint", done.stderr)
        self.assertFalse((self.folder / "runs").exists())

    def test_resume_latest_takes_the_run_written_last(self):
        self.train("--name", "one", *settings(training__length="5 steps"))
        self.train("--name", "two", *settings(training__length="5 steps"))
        done = self.run_program("--resume", "latest", *settings(training__length="10 steps"))
        self.assertIn("continuing in runs/two", done.stderr)
        self.assertEqual(self.steps(self.folder / "runs" / "two"), [5, 10])

    def test_resume_may_change_what_is_free(self):
        self.train(*settings(training__length="10 steps"))
        self.run_program(
            "--resume", "runs/tiny",
            *settings(training__length="20 steps", optimizer__generator__learning_rate=0.001),
        )  # fmt: skip
        self.assertEqual(self.steps(), [5, 10, 15, 20])
        rate, length = "optimizer.generator.learning_rate", "training.length"
        self.assertEqual(
            sorted(read_lines(self.run_folder / "changes.jsonl"), key=lambda line: line["key"]),
            [
                {"step": 10, "key": rate, "before": "0.0002", "after": "0.001"},
                {"step": 10, "key": length, "before": '"10 steps"', "after": '"20 steps"'},
            ],
        )
        saved = json.loads((self.run_folder / "config.json").read_text())
        self.assertEqual(saved["optimizer"]["generator"]["learning_rate"], 0.001)

    def test_resume_refuses_another_architecture(self):
        self.train(*settings(training__length="10 steps"))
        done = self.run_program(
            "--resume", "runs/tiny", *settings(model__latent_dim=9, training__length="20 steps"),
            code=CHECKPOINT,
        )  # fmt: skip
        self.assertEqual(
            done.stderr,
            "error: runs/tiny/checkpoints/step-00000010.pt: does not fit the changed "
            "configuration; nothing was started. Changed (checkpoint -> asked):\n"
            "  model.latent_dim: 8 -> 9\n",
        )
        self.assertEqual(self.steps(), [5, 10])

    def test_resuming_an_older_checkpoint_forks(self):
        self.train()
        older = "runs/tiny/checkpoints/step-00000010.pt"
        self.run_program("--resume", older)
        self.assertEqual(self.steps(self.folder / "runs" / "tiny-002"), [15, 20])
        self.assertEqual(self.steps(), [5, 10, 15, 20])

    def test_dry_run_leaves_nothing(self):
        done = self.train("--dry-run")
        self.assertEqual(files_of(self.folder), ["tiny.json"])
        for word in ("generator:", "discriminator:", "memory", "step", "Loss/g"):
            self.assertIn(word, done.stdout)

    def test_overfitting_one_batch_is_easy_for_the_discriminator(self):
        self.train(
            "--overfit-batch",
            *settings(
                training__length="100 steps",
                log__every="10 steps",
                optimizer__discriminator__learning_rate=0.002,
            ),
        )
        lines = read_lines(self.run_folder / "metrics.jsonl")
        loss = [line["Loss/d_real"] + line["Loss/d_fake"] for line in lines]
        self.assertLess(loss[-1], loss[0] / 3)


class StoppedRunTest(FolderTest):
    """A run that was stopped and went on against one that was not."""

    LENGTH = settings(training__length="20 steps", data__count=20, model__generator_dropout=0.1)

    def assert_same_run(self, stopped, whole, step=20):
        self.assert_same_state(
            self.checkpoint(step, stopped),
            self.checkpoint(step, whole),
            but=("^/gantrain/", "seconds"),
        )
        for name in ("samples/reals.png", f"samples/step-{step:08}.png"):
            self.assertEqual((stopped / name).read_bytes(), (whole / name).read_bytes(), name)
        self.assertEqual(
            list(map(without_clock, read_lines(stopped / "metrics.jsonl"))),
            list(map(without_clock, read_lines(whole / "metrics.jsonl"))),
        )

    def test_ten_and_ten_are_twenty_steps(self):
        self.train("--run-dir", "whole", *self.LENGTH)
        self.train("--run-dir", "halves", *self.LENGTH, *settings(training__length="10 steps"))
        self.train("--run-dir", "halves", *self.LENGTH)
        self.assert_same_run(self.folder / "halves", self.folder / "whole")

    def test_a_lost_end_is_trained_again(self):
        """Metrics written after the newest checkpoint were of steps that are lost."""
        self.train("--run-dir", "whole", *self.LENGTH)
        shutil.copytree(self.folder / "whole", self.folder / "cut")
        (self.folder / "cut/checkpoints/step-00000020.pt").unlink()
        self.train("--run-dir", "cut", *self.LENGTH)
        self.assert_same_run(self.folder / "cut", self.folder / "whole")

    def test_a_signal_stops_it_saved_and_resumable(self):
        words = settings(training__length="1000000 steps", log__every="1 step")
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
            with self.subTest(signal=number.name):
                process = subprocess.Popen(
                    [BINARY, "--config", "tiny.json", *words], cwd=self.folder,
                    env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE, text=True,
                )  # fmt: skip
                steps = 0
                for line in process.stderr:
                    steps += line.startswith("step ")
                    if steps == 3:
                        break
                process.send_signal(number)
                _, rest = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 128 + number)
                self.assertIn("stopped; the same command goes on from here", rest)
        steps = self.steps()
        self.assertEqual(steps, list(range(1, len(steps) + 1)))
        self.assertGreaterEqual(len(steps), 12)
        self.assertEqual(self.checkpoint(steps[-1])["gantrain"]["step"], steps[-1])
        # As if nothing had happened in between.
        whole = settings(training__length=f"{steps[-1]} steps", log__every="1 step")
        self.train("--run-dir", "whole", *whole)
        self.assert_same_state(
            self.checkpoint(steps[-1]), self.checkpoint(steps[-1], self.folder / "whole"),
            but=("^/gantrain/", "seconds"),
        )  # fmt: skip

    def test_max_time_stops_it_saved_and_resumable(self):
        words = settings(training__length="1000000 steps", log__every="1 step")
        start = time.monotonic()
        done = self.train(*words, "--max-time", "1s", code=OUT_OF_TIME)
        self.assertLess(time.monotonic() - start, 30)
        self.assertIn("stopped; the same command goes on from here", done.stderr)
        last = self.steps()[-1]
        self.checkpoint(last)
        self.train(*words, "--max-time", "1s", code=OUT_OF_TIME)
        self.assertGreater(self.steps()[-1], last)


if __name__ == "__main__":
    unittest.main()

"""training.init_from and training.freeze through the program: what a new run takes over, what it
says about it, and that a resumed one does not read it again.
"""

import json
import shutil
import unittest

import torch

from driver import settings
from test_run_folder import FolderTest


class TransferTest(FolderTest):
    def first(self):
        self.train("--run-dir", "first", *settings(training__length="10 steps"))

    def state(self, folder, step):
        return self.checkpoint(step, self.folder / folder)["networks"]

    def test_a_run_starts_from_each_kind_of_file(self):
        self.first()
        snapshot = ["first/g.pt", "first", "first/checkpoints/step-00000010.pt"]
        for number, path in enumerate(snapshot):
            done = self.train(
                "--run-dir", f"run{number}",
                *settings(training__init_from=path, training__length="2 steps", seed=7),
            )  # fmt: skip
            self.assertIn("starting from ", done.stderr)
            self.assertIn("(step 10): took ", done.stderr)
            averaged = torch.load(self.folder / "first" / "g.pt", weights_only=True)["networks"]
            start = self.state(f"run{number}", 0)
            for name, tensor in averaged["generator"].items():
                self.assertTrue(torch.equal(tensor, start["generator"][name]), name)
            then = self.state("first", 10)["discriminator"]
            same = all(torch.equal(start["discriminator"][name], then[name]) for name in then)
            self.assertEqual(same, path.endswith("10.pt"))
            if not same:
                self.assertIn("not in the file, as initialised", done.stderr)

    def test_a_resumed_run_does_not_read_it_again(self):
        self.first()
        words = settings(training__init_from="first/g.pt", checkpoints__every="2 steps")
        self.train("--run-dir", "run", *words, *settings(training__length="4 steps"))
        shutil.rmtree(self.folder / "first")
        done = self.train("--run-dir", "run", *words, *settings(training__length="6 steps"))
        self.assertIn("going on from step 4", done.stderr)
        self.assertNotIn("starting from", done.stderr)
        self.assertIn("init_from", (self.folder / "run" / "config.json").read_text())

    def test_what_cannot_be_read_is_refused(self):
        for path, code, message in [
            ("nowhere.pt", 5, "nowhere.pt"),
            ("tiny.json", 5, "tiny.json"),
        ]:
            done = self.train(*settings(training__init_from=path), code=code)
            self.assertIn(message, done.stderr)
            done = self.train("--dry-run", *settings(training__init_from=path), code=code)
            self.assertIn(message, done.stderr)
        torch.save({"weight": torch.ones(3)}, self.folder / "foreign.pt")
        done = self.train(*settings(training__init_from="foreign.pt"), code=5)
        self.assertIn("gantrain import", done.stderr)

    def test_micro_batches_that_are_not_the_batch_are_named(self):
        words = settings(training__micro_batch_size=4, training__length="1 step")
        said = "training.micro_batch_size 4: steps are not those of the whole batch of 8, because "
        done = self.train("--run-dir", "norm", *words)
        self.assertEqual(done.stderr.count(said), 1)
        self.assertIn(said + "batch norm takes the statistics of each micro-batch", done.stderr)
        plain = settings(model__generator_norm="none", model__discriminator_norm="none")
        self.assertNotIn(said, self.train("--run-dir", "plain", *words, *plain).stderr)

    def test_frozen_layers_stay(self):
        words = settings(
            training__freeze=json.dumps(["generator.main.0.*"]), training__length="10 steps"
        )
        done = self.train("--run-dir", "run", *words)
        self.assertIn("training.freeze holds generator.main.0.weight", done.stderr)
        before, after = self.state("run", 0), self.state("run", 10)
        moved = {
            f"{network}.{name}"
            for network, tensors in before.items()
            for name, tensor in tensors.items()
            if not torch.equal(tensor, after[network][name])
        }
        self.assertNotIn("generator.main.0.weight", moved)
        self.assertIn("generator.main.3.weight", moved)

    def test_a_pattern_without_a_parameter_is_refused(self):
        done = self.train(*settings(training__freeze='["generator.first.*"]'), code=3)
        self.assertIn('training.freeze: "generator.first.*" fits no parameter', done.stderr)


if __name__ == "__main__":
    unittest.main()

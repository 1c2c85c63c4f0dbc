"""SIGTERM in any phase of a run: exit 143 in under five seconds, nothing half done is left, and the
same command goes on (or starts cleanly) and ends as a run that nobody disturbed.

The fault injector sends the signal from inside the program, right at a file operation of the phase.
"""

import signal
import struct
import subprocess
import time
import unittest

from driver import BINARY, environment, settings
from faults import FaultTest, injected, temporaries

STOPPED = 128 + signal.SIGTERM
WORDS = settings(
    training__length="12 steps",
    checkpoints__every="4 steps",
    checkpoints__keep=2,
    samples__every="6 steps",
    log__every="3 steps",
    model__generator_dropout=0.1,
)
# phase: operation, call, path. Those of the start-up come before the step-0 checkpoint.
START_UP = {
    "the lock": ("open", 1, "/.lock"),
    "the log": ("open", 1, "/log.txt"),
    "config.json, open": ("open", 1, "/.config.json"),
    "config.json, rename": ("rename", 1, "/config.json"),
    "versions.json": ("fsync", 1, "/.versions.json"),
    "the training images' grid": ("open", 1, "/.reals.png"),
}
LATER = {
    "the first sample grid": ("open", 1, "step-00000000.png"),
    "save of step 0, open": ("open", 1, ".step-00000000.pt"),
    "save of step 0, folder": ("fsync_folder", 1, "/checkpoints"),
    "the log of step 3": ("open", 1, "/metrics.jsonl"),
    "a save, in the middle": ("write", 20, ".step-00000004.pt"),
    "a save, fsync": ("fsync", 1, ".step-00000004.pt"),
    "a save, read back": ("read", 1, ".step-00000004.pt"),
    "a save, rename": ("rename", 1, "step-00000004.pt"),
    "a save, g.pt": ("rename", 2, "/g.pt"),
    "a save, old one": ("unlink", 1, "/checkpoints/step-"),
    "a sample grid": ("open", 1, "step-00000006.png"),
    "the last sample grid": ("open", 1, "step-00000012.png"),
    "the last save, in the middle": ("write", 20, ".step-00000012.pt"),
    "the last save, g.pt": ("rename", 4, "/g.pt"),
}


class SignalTest(FaultTest):
    def stopped(self, *words, env=None):
        start = time.monotonic()
        done = self.start(*words, env=env)
        self.assertLess(time.monotonic() - start, 5)
        self.assertEqual(done.returncode, STOPPED, done.stderr)
        self.assertNotIn("error", done.stderr)
        self.assertEqual(temporaries(self.run_folder), [])
        return done.stderr

    def finish(self, text, whole, *words):
        done = self.start(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(".broken", done.stderr)
        self.assert_same_state(self.checkpoints()[12], whole, but="/circumstances/")
        names = sorted(path.name for path in (self.folder / "runs").iterdir() if path.name != "whole")
        self.assertEqual(names, ["tiny"], text)

    def clear(self):
        for path in sorted(self.run_folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()

    def test_at_file_operations_of_every_phase(self):
        self.assertEqual(self.start("--run-dir", "runs/whole", *WORDS).returncode, 0)
        whole = self.checkpoints(self.folder / "runs/whole")[12]
        for phase, (operation, call, match) in {**START_UP, **LATER}.items():
            with self.subTest(phase=phase):
                self.clear()
                text = self.stopped(*WORDS, env=injected(operation, "TERM", call, match=match))
                self.assertEqual(
                    "stopped before the first step" in text, phase in ("the lock", "the log"), text
                )
                self.finish(text, whole, *WORDS)

    def test_in_the_data_scan(self):
        pixels = bytes(range(256)) * 20
        images = struct.pack(">HBBIII", 0, 8, 3, 20, 16, 16) + pixels
        (self.folder / "images").write_bytes(images)
        place = str(self.folder / "images")
        words = [*WORDS, *settings(data__type="idx", data__path=place, data__labels="false")]
        text = self.stopped(*words, env=injected("read", "TERM", folder=place))
        self.assertIn("stopped before the first step", text)
        self.assertFalse((self.run_folder / "config.json").exists())
        done = self.start(*words)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_while_a_checkpoint_is_read(self):
        self.assertEqual(self.start("--run-dir", "runs/whole", *WORDS).returncode, 0)
        whole = self.checkpoints(self.folder / "runs/whole")[12]
        self.start(*WORDS, *settings(training__length="8 steps"))
        text = self.stopped(*WORDS, env=injected("pread", "TERM", 10, match="/checkpoints/"))
        self.assertIn("stopped before the first step", text)
        self.assertEqual(max(self.checkpoints()), 8)
        self.assertEqual(self.start(*WORDS).returncode, 0)
        self.assertIn(12, self.checkpoints())
        self.assertEqual(whole["gantrain"]["step"], 12)

    def test_in_steps_of_64_pixels(self):
        """The channels of pytorch/examples' DCGAN."""
        words = settings(
            model__resolution=64,
            model__latent_dim=100,
            model__generator_channels="[512,256,128,64]",
            model__discriminator_channels="[64,128,256,512]",
            training__length="1000000 steps",
            training__batch_size=32,
            log__every="1 step",
        )
        process = subprocess.Popen(
            [BINARY, "--config", "tiny.json", *words], cwd=self.folder, env=environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        for line in process.stderr:
            if line.startswith("step 1"):
                break
        start = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, text = process.communicate(timeout=60)
        self.assertEqual(process.returncode, STOPPED, text)
        self.assertLess(time.monotonic() - start, 5)
        self.assertGreaterEqual(max(self.checkpoints()), 1)


if __name__ == "__main__":
    unittest.main()

"""Drives the built program: GANTRAIN_BINARY, one thread, English messages, a folder of its own.

Time is short in these tests: TINY trains a step in milliseconds.
"""

import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(os.environ.get("GANTRAIN_SOURCE_DIR", Path(__file__).resolve().parents[2]))
BINARY = Path(os.environ["GANTRAIN_BINARY"]).resolve()

TINY = {
    "format": 1,
    "model": {
        "type": "dcgan",
        "resolution": 16,
        "image_channels": 1,
        "latent_dim": 8,
        "generator_channels": [16, 8],
        "discriminator_channels": [8, 16],
    },
    "data": {"type": "synthetic"},
    "training": {"length": "20 steps", "batch_size": 8},
    "samples": {"every": "10 steps", "count": 4},
    "checkpoints": {"every": "10 steps"},
    "log": {"every": "5 steps"},
    "runtime": {"device": "cpu", "precision": "fp32", "threads": 1},
}
TINY_SNGAN = {
    **TINY,
    "model": {
        "type": "sngan",
        "resolution": 16,
        "image_channels": 1,
        "latent_dim": 8,
        "classes": 4,
        "generator_channels": [8, 8, 8],
        "discriminator_channels": [8, 8],
    },
    "objective": {"type": "hinge"},
}
TINY_SAGAN = {**TINY_SNGAN, "model": {**TINY_SNGAN["model"], "type": "sagan"}}
# Silhouettes into shapes.
TINY_PIX2PIX = {
    **TINY,
    "model": {
        "type": "pix2pix",
        "resolution": 32,
        "generator_channels": 4,
        "generator_blocks": 1,
        "generator_dropout": 0,
        "discriminator_channels": 4,
        "discriminator_layers": 2,
    },
}
TINY_CYCLEGAN = {
    **TINY,
    "model": {
        "type": "cyclegan",
        "resolution": 16,
        "generator_channels": 4,
        "generator_blocks": 1,
        "discriminator_channels": 4,
        "discriminator_layers": 2,
        "pool_size": 4,
    },
}


def environment(**changes):
    """The environment of a run; a change to None takes the variable away."""
    result = {**os.environ, "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
    for name, value in changes.items():
        result.pop(name, None)
        if value is not None:
            result[name] = value
    return result


def gantrain(*words, cwd, env=None, timeout=120, **options):
    """One finished call of the program, its output as text."""
    return subprocess.run(
        [str(BINARY), *map(str, words)],
        cwd=cwd,
        env=env or environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=timeout,
        **options,
    )


def settings(**values):
    """--set words; a double underscore stands for the dot: training__length="5 steps"."""
    words = []
    for name, value in values.items():
        words += ["--set", f"{name.replace('__', '.')}={value}"]
    return words


def strip_comments(text):
    """JSON with // and /* */ comments as plain JSON."""
    pattern = r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/'
    return re.sub(pattern, lambda found: found.group(1) or " ", text, flags=re.DOTALL)


def read_lines(path):
    """The objects of a .jsonl file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


class ProgramTest(unittest.TestCase):
    """A test with a folder of its own that holds tiny.json."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.write_config("tiny.json", TINY)

    def write_config(self, name, config):
        path = self.folder / name
        path.write_text(json.dumps(config, indent=2) + "\n")
        return path

    def run_program(self, *words, code=0, **options):
        """Runs in the test's folder and checks the exit code."""
        done = gantrain(*words, cwd=options.pop("cwd", self.folder), **options)
        self.assertEqual(done.returncode, code, f"{' '.join(map(str, words))}\n{done.stderr}")
        return done

    def train(self, *words, **options):
        return self.run_program("--config", "tiny.json", *words, **options)


def flat_tensors(value, path=""):
    """Every leaf of nested dictionaries and lists by its path."""
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, (list, tuple)):
        pairs = enumerate(value)
    else:
        return {path: value}
    result = {}
    for key, entry in pairs:
        result.update(flat_tensors(entry, f"{path}/{key}"))
    return result

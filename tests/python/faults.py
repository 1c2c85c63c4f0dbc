"""Runs the program under the fault injector (tests/faults/fault_injector.c) and looks at what is
left of the run.
"""

import os
import re
from pathlib import Path

import torch

from driver import ProgramTest, environment, flat_tensors, gantrain, settings

INJECTOR = Path(os.environ.get("GANTRAIN_FAULT_INJECTOR", "/tmp/fault_injector.so")).resolve()
DEVICE_FAULTS = Path(os.environ.get("GANTRAIN_DEVICE_FAULTS", "/tmp/device_fault.so")).resolve()
LONG = os.environ.get("GANTRAIN_LONG_TESTS") == "1"
REASONS = {
    "ENOSPC": "No space left on device",
    "EIO": "Input/output error",
    "EDQUOT": "Disk quota exceeded",
    "EROFS": "Read-only file system",
}
STALE = "Stale file handle"


def injected(operation=None, error="EIO", call=1, times=1, folder="runs/", match=None, trace=None):
    """The environment of a run with a fault; times 0 = for ever."""
    values = {"LD_PRELOAD": str(INJECTOR), "GANTRAIN_FAULT_FOLDER": folder}
    if operation:
        values |= {
            "GANTRAIN_FAULT_OPERATION": operation,
            "GANTRAIN_FAULT_ERROR": error,
            "GANTRAIN_FAULT_CALL": str(call),
            "GANTRAIN_FAULT_TIMES": str(times),
        }
    if match:
        values["GANTRAIN_FAULT_MATCH"] = match
    if trace:
        values["GANTRAIN_FAULT_TRACE"] = str(trace)
    return environment(**values)


def device_fault(kind, update):
    """The environment of a run whose n-th update of Adam fails: "oom", "bug", or a code of CUDA."""
    return environment(
        LD_PRELOAD=str(DEVICE_FAULTS), GANTRAIN_DEVICE_FAULT=f"{kind}:{update}"
    )


def temporaries(folder):
    return sorted(
        path.relative_to(folder) for path in folder.rglob(".*") if re.search(r"\.tmp-\d+$", path.name)
    )


class FaultTest(ProgramTest):
    """With the eyes for what a fault leaves."""

    def setUp(self):
        super().setUp()
        self.run_folder = self.folder / "runs" / "tiny"

    def start(self, *words, env=None, folder=None):
        """A finished run of any exit code."""
        return gantrain("--config", "tiny.json", *words, cwd=folder or self.folder, env=env)

    def checkpoints(self, folder=None):
        """step -> contents of every checkpoint; each must be whole."""
        found = {}
        for path in sorted((folder or self.run_folder).glob("checkpoints/step-*.pt")):
            found[int(path.stem.removeprefix("step-"))] = torch.load(path, weights_only=True)
        for step, root in found.items():
            self.assertEqual(root["gantrain"]["step"], step)
        return found

    def assert_same_state(self, one, other, but="/gantrain/"):
        """Bitwise, the header with its configuration (and what else `but` names) apart."""
        one, other = flat_tensors(one), flat_tensors(other)
        self.assertEqual(sorted(one), sorted(other))
        for key, value in one.items():
            if key.startswith(("/gantrain/", but)):
                continue
            if isinstance(value, torch.Tensor):
                self.assertEqual(value.dtype, other[key].dtype, key)
                self.assertTrue(torch.equal(value, other[key]), key)
            else:
                self.assertEqual(value, other[key], key)


def every(steps, length):
    return settings(checkpoints__every=f"{steps} steps", training__length=f"{length} steps")

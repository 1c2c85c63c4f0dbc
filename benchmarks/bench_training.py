"""Times training steps in gantrain and in eager Python, on the same LibTorch and threads.

    python benchmarks/bench_training.py --gantrain build/release/gantrain [--case NAME] [--json FILE]

with the Python that has the torch which gantrain was built with. gantrain's side is the whole
program: its loader, EMA, health checks, logging. Python's side is benchmarks/eager_recipes.py in
fp32 and bf16 autocast, each contiguous and channels_last; the best of the four counts. All images
are made up. Every measurement is a process of its own; a round runs gantrain and the four once
each, so they alternate. Printed are medians: ms per step over the steps after the warm-up, peak
memory of the process, and seconds from its start to the first finished step.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from made_up_pictures import write_pictures

ROOT = Path(__file__).resolve().parents[1]
MODES = {
    "fp32": [],
    "fp32 channels_last": ["--channels-last"],
    "bf16": ["--bf16"],
    "bf16 channels_last": ["--bf16", "--channels-last"],
}
FIGURES = ("step_ms", "peak_bytes", "first_step_s")


def synthetic(folder, count, side):
    return {"type": "synthetic", "count": count, "seed": 1}


def pairs_side_by_side(folder, count, side):
    for split, number in (("train", count), ("val", 2)):
        write_pictures(folder / split, number, 2 * side, side)
    return {"path": str(folder)}


def two_folders(folder, count, side):
    for split, number in (("train", count), ("test", 2)):
        for domain in "AB":
            write_pictures(folder / f"{split}{domain}", number, side, side)
    return {"path": str(folder)}


@dataclass
class Case:
    """A shipped configuration, and what differs from it."""

    config: str
    batch: int
    data: object = synthetic  # makes the images; gives the section "data"
    images: int = 4096
    side: int = 0  # of the pictures that are written
    model: dict = field(default_factory=dict)
    # More steps of gantrain before the first timed one: by then the checkpoint of step 0, which
    # Python does not write, is on the disk.
    settle: int = 0


CASES = {
    "dcgan-64": Case("mnist_dcgan_64.json", 64, model={"image_channels": 3}),
    "dcgan-28": Case("mnist_dcgan.json", 256),
    "wgan-gp-28": Case("mnist_wgan_gp.json", 50),
    "pix2pix-256": Case("facades_pix2pix.json", 1, pairs_side_by_side, 64, 256, settle=40),
    "pix2pix-64": Case(  # as wide as the authors'
        "emoji_pix2pix.json", 16, two_folders, 256, 64, {"generator_channels": 64}, settle=20
    ),
    "sngan-32": Case("cifar10_sngan.json", 16),
    "cyclegan-128": Case(  # as wide as the authors'
        "emoji_cyclegan.json", 1, two_folders, 64, 128,
        {
            "resolution": 128,
            "generator_channels": 64,
            "discriminator_channels": 64,
            "discriminator_layers": 3,
        },
        settle=10,
    ),
}  # fmt: skip


def write_config(case, arguments, folder):
    """The shipped configuration on made-up images; everything else stays as a user would run it,
    but that what happens now and then does not happen within the steps that are timed. A file that
    extends it, because another data set's keys cannot be had by --set alone.
    """
    shipped = str(ROOT / "configs" / case.config)
    config = {
        "format": 1,
        "extends": shipped,
        "model": case.model,
        "data": case.data(folder / "images", case.images, case.side),
        "training": {"batch_size": case.batch},
        "runtime": {
            "device": "cpu",
            "threads": arguments.threads,
            "precision": arguments.precision,
        },
    }
    for section in ("samples", "validation", "checkpoints"):
        config[section] = {"every": "1000000 steps"}
    path = folder / "case.json"
    path.write_text(json.dumps(config))
    return path


def gantrain_command(config, arguments, steps, run_dir):
    settings = (
        f"training.length={steps} steps",
        f"log.every={min(steps, arguments.group)} steps",
    )
    command = [str(arguments.gantrain), "--config", str(config), "--run-dir", str(run_dir)]
    return command + [word for setting in settings for word in ("--set", setting)]


def finish(process, what):
    """Waits for a process that this program started; its peak resident memory in bytes."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{what} ended with {process.returncode}")
    return usage.ru_maxrss * 1024


def measure_gantrain(case, config, arguments, resolved):
    """One run of the program for the steps, and a second one of a single step for the time from
    start to it. The complete configuration of the run goes into the file `resolved`.
    """
    with tempfile.TemporaryDirectory() as folder:
        metrics = Path(folder) / "first" / "metrics.jsonl"
        with open(Path(folder) / "log", "w+") as log:
            started = time.perf_counter()
            process = subprocess.Popen(
                gantrain_command(config, arguments, 1, metrics.parent), stdout=log, stderr=log
            )
            while process.poll() is None and not (metrics.exists() and metrics.stat().st_size > 0):
                time.sleep(0.001)
            first_step = time.perf_counter() - started
            if process.wait() != 0:
                raise SystemExit(
                    f"gantrain ended with {process.returncode}:\n{Path(log.name).read_text()}"
                )
        warmup = case.settle + arguments.warmup
        run_dir = Path(folder) / "run"
        with open(Path(folder) / "log", "w+") as log:
            process = subprocess.Popen(
                gantrain_command(config, arguments, warmup + arguments.steps, run_dir),
                stdout=log,
                stderr=log,
            )
            peak = finish(process, "gantrain")
        lines = [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text().splitlines()]
        resolved.write_text((run_dir / "config.json").read_text())
        runtime = re.search(r"runtime: (.*)", Path(log.name).read_text())
    figures = [line["Timing/step_ms"] for line in lines if line["step"] > warmup]
    return {
        "step_ms": statistics.median(figures),
        "peak_bytes": peak,
        "first_step_s": first_step,
        "runtime": runtime.group(1) if runtime else "not said",
    }


def measure_python(mode, case, arguments, resolved):
    command = [
        sys.executable,
        str(ROOT / "benchmarks" / "eager_training.py"),
        "--config",
        str(resolved),
    ]
    for name, value in (
        ("--images", case.images),
        ("--threads", arguments.threads),
        ("--warmup", arguments.warmup),
        ("--steps", arguments.steps),
        ("--group", arguments.group),
    ):
        command += [name, str(value)]
    started = time.perf_counter()
    process = subprocess.Popen([*command, *MODES[mode]], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    first_step = time.perf_counter() - started
    output = process.stdout.read()
    peak = finish(process, f"eager Python, {mode},")
    return {
        "step_ms": statistics.median(json.loads(output)["step_ms"]),
        "peak_bytes": peak,
        "first_step_s": first_step,
    }


def measure(name, arguments):
    """Alternating rounds; the medians of every figure by side: "gantrain" and the four modes."""
    case = CASES[name]
    rounds = {side: [] for side in ("gantrain", *MODES)}
    with tempfile.TemporaryDirectory() as folder:
        config = write_config(case, arguments, Path(folder))
        resolved = Path(folder) / "resolved.json"
        for number in range(arguments.rounds):
            for side, results in rounds.items():
                print(
                    f"{name}, round {number + 1} of {arguments.rounds}: {side} ...",
                    file=sys.stderr,
                    flush=True,
                )
                results.append(
                    measure_gantrain(case, config, arguments, resolved)
                    if side == "gantrain"
                    else measure_python(side, case, arguments, resolved)
                )
    medians = {
        side: {key: statistics.median(result[key] for result in results) for key in FIGURES}
        for side, results in rounds.items()
    }
    best = min(MODES, key=lambda mode: medians[mode]["step_ms"])
    ratios = {key: medians["gantrain"][key] / medians[best][key] for key in FIGURES}
    return {
        "batch": case.batch,
        "runtime": rounds["gantrain"][0]["runtime"],
        "medians": medians,
        "python_best": best,
        "ratios": ratios,
        "rounds": rounds,
    }


def row(label, figures):
    return (
        f"{label:24}{figures['step_ms']:12.1f}{figures['peak_bytes'] / 2**20:10.0f} MiB"
        f"{figures['first_step_s']:10.2f} s"
    )


def show(name, result):
    print(f"\n{name}, batch {result['batch']}; gantrain: {result['runtime']}")
    print(f"{'':24}{'ms per step':>12}{'peak memory':>14}{'first step':>12}")
    for side, figures in result["medians"].items():
        print(row(side if side == "gantrain" else f"Python {side}", figures))
    step, memory, first = (result["ratios"][key] for key in FIGURES)
    print(
        f"gantrain / Python's best ({result['python_best']}): step {step:.2f}, "
        f"memory {memory:.2f}, first step {first:.2f}"
    )


def show_summary(results):
    print(f"\n{'gantrain / best Python':24}{'step':>8}{'memory':>8}{'first step':>12}  best Python")
    for name, result in results.items():
        step, memory, first = (result["ratios"][key] for key in FIGURES)
        print(f"{name:24}{step:8.2f}{memory:8.2f}{first:12.2f}  {result['python_best']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--gantrain", type=Path, default=ROOT / "build" / "release" / "gantrain")
    parser.add_argument(
        "--case", choices=CASES, action="append", help="may be given several times; default: all"
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument(
        "--precision",
        default="auto",
        help="gantrain's runtime.precision; Python runs all four modes anyway",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--warmup", type=int, default=10)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--group", type=int, default=10, help="steps whose mean is one figure")
    parser.add_argument("--json", type=Path, help="also write everything here")
    arguments = parser.parse_args()
    for name in ("warmup", "steps"):
        value = getattr(arguments, name)
        if value < arguments.group or value % arguments.group:
            parser.error(f"--{name} must be a multiple of --group, {arguments.group}")

    results = {}
    for name in arguments.case or CASES:
        results[name] = measure(name, arguments)
        show(name, results[name])
    show_summary(results)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()

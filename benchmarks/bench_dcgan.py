"""Times a DCGAN's training step in gantrain and in eager Python, on the same LibTorch and threads.

    python benchmarks/bench_dcgan.py --gantrain build/release/gantrain [--json results.json]

with the Python that has the torch which gantrain was built with. gantrain's side is the whole
program: its loader, EMA, health checks, logging. Python's side is benchmarks/eager_dcgan.py in fp32
and bf16 autocast, each contiguous and channels_last; the best of the four counts. Every measurement
is a process of its own; a round runs gantrain and the four once each, so they alternate. Printed
are medians: ms per step over the steps after the warm-up, peak memory of the process, and seconds
from its start to the first finished step.
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
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GROUP = 10  # steps whose mean is one figure, on both sides
MODES = {
    "fp32": [],
    "fp32 channels_last": ["--channels-last"],
    "bf16": ["--bf16"],
    "bf16 channels_last": ["--bf16", "--channels-last"],
}
SYSTEMS = {  # name -> configuration, what changes in its section "model", batch
    "DCGAN-64": ("mnist_dcgan_64.json", {"image_channels": 3}, 64),
    "DCGAN-28": ("mnist_dcgan.json", {}, 256),
}


def gantrain_command(system, arguments, steps, run_dir):
    """Trains the shipped configuration on made-up images; everything else stays as a user would
    run it. A file that extends it, because another data set's keys cannot be had by --set alone.
    """
    shipped, model, batch = SYSTEMS[system]
    config = {
        "format": 1,
        "extends": str(ROOT / "configs" / shipped),
        "model": model,
        "data": {"type": "synthetic", "count": 4096, "seed": 1},
        "training": {"length": f"{steps} steps", "batch_size": batch},
        "log": {"every": f"{min(steps, GROUP)} steps"},
        "runtime": {
            "device": "cpu",
            "threads": arguments.threads,
            "precision": arguments.precision,
        },
    }
    path = run_dir.with_suffix(".json")
    path.write_text(json.dumps(config))
    return [str(arguments.gantrain), "--config", str(path), "--run-dir", str(run_dir)]


def finish(process, what):
    """Waits for a process that this program started; its peak resident memory in bytes."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{what} ended with {process.returncode}")
    return usage.ru_maxrss * 1024


def measure_gantrain(system, arguments):
    """One run of the program for the steps, and a second one of a single step for the time from
    start to it.
    """
    with tempfile.TemporaryDirectory() as folder:
        metrics = Path(folder) / "first" / "metrics.jsonl"
        with open(Path(folder) / "log", "w+") as log:
            started = time.perf_counter()
            process = subprocess.Popen(
                gantrain_command(system, arguments, 1, metrics.parent), stdout=log, stderr=log
            )
            while process.poll() is None and not (metrics.exists() and metrics.stat().st_size > 0):
                time.sleep(0.001)
            first_step = time.perf_counter() - started
            if process.wait() != 0:
                raise SystemExit(
                    f"gantrain ended with {process.returncode}:\n{Path(log.name).read_text()}"
                )
        steps = arguments.warmup + arguments.steps
        run_dir = Path(folder) / "run"
        with open(Path(folder) / "log", "w+") as log:
            process = subprocess.Popen(
                gantrain_command(system, arguments, steps, run_dir), stdout=log, stderr=log
            )
            peak = finish(process, "gantrain")
        lines = [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text().splitlines()]
        model = json.loads((run_dir / "config.json").read_text())["model"]
        runtime = re.search(r"runtime: (.*)", Path(log.name).read_text())
    figures = [line["Timing/step_ms"] for line in lines if line["step"] > arguments.warmup]
    return {
        "step_ms": statistics.median(figures),
        "peak_bytes": peak,
        "first_step_s": first_step,
        "runtime": runtime.group(1) if runtime else "not said",
        "model": model,
    }


def measure_python(system, mode, model, arguments):
    command = [
        sys.executable,
        str(ROOT / "benchmarks" / "eager_dcgan.py"),
        "--model",
        json.dumps(model),
        "--batch",
        str(SYSTEMS[system][2]),
        "--threads",
        str(arguments.threads),
        "--warmup",
        str(arguments.warmup),
        "--steps",
        str(arguments.steps),
        *MODES[mode],
    ]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    first_step = time.perf_counter() - started
    output = process.stdout.read()
    peak = finish(process, f"eager Python, {mode},")
    return {
        "step_ms": statistics.median(json.loads(output)["step_ms"]),
        "peak_bytes": peak,
        "first_step_s": first_step,
    }


def measure(system, arguments):
    """Alternating rounds; the medians of every figure by side: "gantrain" and the four modes."""
    rounds = {name: [] for name in ("gantrain", *MODES)}
    for number in range(arguments.rounds):
        for name, results in rounds.items():
            print(
                f"{system}, round {number + 1} of {arguments.rounds}: {name} ...",
                file=sys.stderr,
                flush=True,
            )
            results.append(
                measure_gantrain(system, arguments)
                if name == "gantrain"
                else measure_python(system, name, rounds["gantrain"][0]["model"], arguments)
            )
    medians = {
        name: {
            key: statistics.median(result[key] for result in results)
            for key in ("step_ms", "peak_bytes", "first_step_s")
        }
        for name, results in rounds.items()
    }
    best = min(MODES, key=lambda mode: medians[mode]["step_ms"])
    return {
        "batch": SYSTEMS[system][2],
        "runtime": rounds["gantrain"][0]["runtime"],
        "medians": medians,
        "python_best": best,
        "step_ratio": medians["gantrain"]["step_ms"] / medians[best]["step_ms"],
        "peak_ratio": medians["gantrain"]["peak_bytes"] / medians[best]["peak_bytes"],
        "first_step_ratio": medians["gantrain"]["first_step_s"] / medians[best]["first_step_s"],
        "rounds": rounds,
    }


def show(system, result):
    print(f"\n{system}, batch {result['batch']}; gantrain: {result['runtime']}")
    print(f"{'':24}{'ms per step':>12}{'peak memory':>14}{'first step':>12}")
    for name, figures in result["medians"].items():
        label = name if name == "gantrain" else f"Python {name}"
        print(
            f"{label:24}{figures['step_ms']:12.1f}{figures['peak_bytes'] / 2**20:10.0f} MiB"
            f"{figures['first_step_s']:10.2f} s"
        )
    print(
        f"gantrain / Python's best ({result['python_best']}): step {result['step_ratio']:.2f}, "
        f"memory {result['peak_ratio']:.2f}, first step {result['first_step_ratio']:.2f}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--gantrain", type=Path, default=ROOT / "build" / "release" / "gantrain")
    parser.add_argument("--system", choices=[*SYSTEMS, "all"], default="all")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument(
        "--precision",
        default="auto",
        help="gantrain's runtime.precision; Python runs all four modes anyway",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--warmup", type=int, default=10)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--json", type=Path, help="also write everything here")
    arguments = parser.parse_args()
    if (
        arguments.steps < GROUP
        or arguments.steps % GROUP
        or arguments.warmup < GROUP
        or arguments.warmup % GROUP
    ):
        parser.error(
            f"--steps and --warmup must be multiples of {GROUP}, the steps that one figure averages"
        )

    results = {}
    for system in SYSTEMS if arguments.system == "all" else [arguments.system]:
        results[system] = measure(system, arguments)
        show(system, results[system])
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()

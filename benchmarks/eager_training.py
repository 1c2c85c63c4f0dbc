"""One measurement of benchmarks/bench_training.py: a recipe in eager Python (eager_recipes.py), on
images made up in memory.

Prints a line "first step" when the first step is done, then one line of JSON: step_ms, the mean of
every group of steps after the warm-up.
"""

import argparse
import json
import time
from pathlib import Path

import torch

from eager_recipes import recipe_of


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--config", type=Path, required=True, help="a complete configuration: config.json of a run"
    )
    parser.add_argument("--images", type=int, required=True, help="how many are kept in memory")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--warmup", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--group", type=int, required=True)
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    config = json.loads(arguments.config.read_text())
    recipe = recipe_of(config, arguments.images, arguments.channels_last, arguments.bf16)
    recipe.step()
    print("first step", flush=True)
    for _ in range(arguments.warmup - 1):
        recipe.step()
    means = []
    for _ in range(arguments.steps // arguments.group):
        started = time.perf_counter()
        for _ in range(arguments.group):
            recipe.step()
        means.append((time.perf_counter() - started) * 1000 / arguments.group)
    print(json.dumps({"step_ms": means}))


if __name__ == "__main__":
    main()

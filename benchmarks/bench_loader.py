"""Times gantrain's loader against a Python loader, on a folder of 256-pixel JPEG files.

    ninja -C build/release gantrain loader_speed
    python benchmarks/bench_loader.py --build build/release

with a Python that has torch, numpy and Pillow. The files are made up (made_up_pictures.py). Python's loader is a torch DataLoader with two worker processes
whose data set opens a file with Pillow, resizes it to 64 pixels (bicubic, antialiased) and makes a
float tensor of it. Both make shuffled float batches of 64 in [-1, 1]. Then gantrain from its
memory of decoded images and from its cache file against the same Python loader, and against Python
that indexes one uint8 array. Rounds alternate; printed are medians in images per second and their ratios, the largest
difference of the two loaders' pixels, and which share of its steps the program spends waiting for
images when it trains configs/mnist_dcgan_64.json's networks on the folder.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from made_up_pictures import write_pictures

ROOT = Path(__file__).resolve().parents[1]
SIDE = 64
BATCH = 64


def decode(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.BICUBIC))


class Pictures(torch.utils.data.Dataset):
    """Decodes a file whenever it is asked for."""

    def __init__(self, folder):
        self.paths = sorted(folder.iterdir())

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        pixels = torch.from_numpy(decode(self.paths[index]).copy())
        return pixels.permute(2, 0, 1).float().div_(127.5).sub_(1)


def time_batches(batches, images):
    """Images per second of an endless iterator of batches, after two batches."""
    next(batches)
    next(batches)
    started = time.perf_counter()
    for _ in range(0, images, BATCH):
        next(batches)
    return images / (time.perf_counter() - started)


def python_loader(folder, workers):
    loader = torch.utils.data.DataLoader(
        Pictures(folder), BATCH, shuffle=True, num_workers=workers, drop_last=True
    )
    while True:
        yield from loader


def python_array(pixels):
    """Batches out of one uint8 array [N, H, W, C] in memory."""
    while True:
        order = np.random.default_rng(1).permutation(len(pixels))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            batch = torch.from_numpy(pixels[order[start : start + BATCH]])
            yield batch.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def gantrain(speed, folder, images, cache, workers, *batch_file):
    words = [speed, folder, SIDE, BATCH, images, cache, workers, *batch_file]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True)
    return float(done.stdout)


def share_of_waiting(program, folder, steps, threads):
    """Of the steps of a DCGAN-64 of batch 64 on the folder, after the first fifth: how much of their
    time the program waits for images, with random flips.
    """
    log_every = max(1, steps // 5)
    config = {
        "format": 1,
        "extends": str(ROOT / "configs" / "mnist_dcgan_64.json"),
        "model": {"image_channels": 3},
        "data": {"type": "folder", "path": str(folder), "fit": "crop", "flip": True},
        "training": {"length": f"{steps} steps", "batch_size": BATCH},
        "log": {"every": f"{log_every} steps"},
        "runtime": {"device": "cpu", "threads": threads},
    }
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "wait.json"
        path.write_text(json.dumps(config))
        run = Path(place) / "run"
        command = [str(program), "--config", str(path), "--run-dir", str(run)]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise SystemExit(f"gantrain ended with {done.returncode}:\n{done.stderr}")
        lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    later = lines[1:]
    waited = sum(line["Timing/data_wait_ms"] for line in later)
    return waited / sum(line["Timing/step_ms"] for line in later)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    parser.add_argument("--files", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=50, help="of the DCGAN-64")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of the DCGAN-64")
    parser.add_argument("--json", type=Path, help="also write everything here")
    arguments = parser.parse_args()
    if arguments.files < BATCH or arguments.steps < 2:
        parser.error(f"needs at least {BATCH} files and 2 steps")
    speed = arguments.build / "benchmarks" / "loader_speed"
    files = arguments.files
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "set"
        write_pictures(folder, files, 256, 256)
        first = Path(name) / "first"
        gantrain(speed, folder, BATCH, "off", 2, first)
        mine = np.fromfile(first, np.uint8).reshape(BATCH, SIDE, SIDE, 3).astype(int)
        paths = sorted(folder.iterdir())
        difference = max(abs(mine[i] - decode(paths[i])).max() for i in range(BATCH))
        array = np.stack([decode(path) for path in paths])
        measures = {
            "gantrain, decoding, 2 workers": lambda: gantrain(speed, folder, 2 * files, "off", 2),
            "Python, Pillow, 2 workers": lambda: time_batches(python_loader(folder, 2), 2 * files),
            "gantrain, decoded once": lambda: gantrain(speed, folder, 100 * files, "auto", 2),
            "gantrain, cache file": lambda: gantrain(
                speed, folder, 20 * files, Path(name) / "cache", 2
            ),
            "Python, one uint8 array": lambda: time_batches(python_array(array), 20 * files),
        }
        found = {what: [] for what in measures}
        for _ in range(arguments.rounds):
            for what, measure in measures.items():
                found[what].append(measure())
        waiting = share_of_waiting(
            arguments.build / "gantrain", folder, arguments.steps, arguments.threads
        )
    medians = {what: statistics.median(figures) for what, figures in found.items()}
    decoding, python, resident, filed, python_resident = medians.values()
    results = {
        "images_per_second": medians,
        "decoding_ratio": decoding / python,
        "resident_ratio": resident / python,
        "cache_file_ratio": filed / python,
        "resident_ratio_to_array": resident / python_resident,
        "largest_difference": int(difference),
        "share_of_waiting": waiting,
    }
    for what, figure in medians.items():
        print(f"{what:32} {figure:12,.0f} images/s")
    print(f"decoding / Python's loader: {results['decoding_ratio']:.2f} (wanted: 1.5)")
    print(f"decoded once / Python's loader: {results['resident_ratio']:.1f} (wanted: 20)")
    print(f"cache file / Python's loader: {results['cache_file_ratio']:.1f} (wanted: 20)")
    print(f"decoded once / Python's array: {results['resident_ratio_to_array']:.2f}")
    print(f"largest difference of pixels: {difference} of 255 (wanted: at most 2)")
    print(f"waiting in a DCGAN-64 step: {waiting:.2%} (wanted: below 2 %)")
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()

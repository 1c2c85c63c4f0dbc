"""Times gantrain's loader against a Python loader, on a folder of 256-pixel JPEG files.

    ninja -C build/release loader_speed
    python benchmarks/bench_loader.py --speed build/release/benchmarks/loader_speed

with a Python that has torch, numpy and Pillow. The files are made up: smooth colours and noise, so
that they decode like photographs. Python's loader is a torch DataLoader with two worker processes
whose data set opens a file with Pillow, resizes it to 64 pixels (bicubic, antialiased) and makes a
float tensor of it. Both make shuffled float batches of 64 in [-1, 1]. Then gantrain from its
memory of decoded images against the same Python loader, and against Python that indexes one uint8
array. Rounds alternate; printed are medians in images per second, and the largest difference of the
two loaders' pixels.
"""

import argparse
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

SIDE = 64
BATCH = 64


def write_pictures(folder, count):
    """JPEG files of 256x256, quality 90."""
    random = np.random.default_rng(1)
    for i in range(count):
        coarse = random.integers(0, 256, (8, 8, 3), np.uint8)
        smooth = np.asarray(Image.fromarray(coarse).resize((256, 256), Image.BICUBIC)).astype(int)
        noisy = smooth + random.integers(-8, 9, smooth.shape)
        image = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))
        image.save(folder / f"{i:05}.jpg", quality=90)


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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speed", type=Path, required=True)
    parser.add_argument("--files", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "set"
        folder.mkdir()
        write_pictures(folder, arguments.files)
        first = Path(name) / "first"
        gantrain(arguments.speed, folder, BATCH, "off", 2, first)
        mine = np.fromfile(first, np.uint8).reshape(BATCH, SIDE, SIDE, 3).astype(int)
        paths = sorted(folder.iterdir())
        difference = max(abs(mine[i] - decode(paths[i])).max() for i in range(BATCH))
        array = np.stack([decode(path) for path in paths])
        measures = {
            "gantrain, decoding, 2 workers": lambda: gantrain(
                arguments.speed, folder, 2 * arguments.files, "off", 2
            ),
            "Python, Pillow, 2 workers": lambda: time_batches(
                python_loader(folder, 2), 2 * arguments.files
            ),
            "gantrain, decoded once": lambda: gantrain(
                arguments.speed, folder, 100 * arguments.files, "auto", 2
            ),
            "Python, one uint8 array": lambda: time_batches(
                python_array(array), 20 * arguments.files
            ),
        }
        found = {what: [] for what in measures}
        for _ in range(arguments.rounds):
            for what, measure in measures.items():
                found[what].append(measure())
    for what, figures in found.items():
        print(f"{what:32} {statistics.median(figures):12,.0f} images/s")
    print(f"largest difference of pixels: {difference} of 255")


if __name__ == "__main__":
    main()

"""Judges generated digits with a trained LeNet: do they look like digits, and like all ten?

    python tests/python/judge.py --weights LENET_FOLDER samples_folder_or_file ...

takes PNG files, folders of them, or a .pt file with one tensor [N, 1, 28, 28] in [-1, 1], and
prints JSON: the share of each digit, the mean top-1 confidence, and the score exp(mean KL(p(y|x) ||
p(y))), which is 10 for perfect, balanced digits. With --by-folder each folder's name is the digit
that was asked for, and the share of pictures that are that digit is printed too. With --stacked
the channels of a colour picture are three digits (stacked MNIST): printed are how many of the 1,000
triples there are, and KL(p(triple) || uniform), in nats.
"""

import argparse
import json
from pathlib import Path

import torch
from torch.nn import functional

from png import read_png

BATCH = 500


def load_judge(folder):
    """The classifier in a folder with lenet_ts.pt, checked against the golden outputs beside it.
    Takes [N, 1, 32, 32] in [0, 1].
    """
    import numpy

    folder = Path(folder)
    judge = torch.jit.load(str(folder / "lenet_ts.pt")).eval()
    golden_in, golden_out = (
        torch.from_numpy(numpy.load(folder / f"golden_{name}.npy")) for name in ("in", "out")
    )
    with torch.no_grad():
        error = (judge(golden_in) - golden_out).abs().max().item()
    if error > 1e-4:
        raise ValueError(f"{folder}: the classifier is off its golden outputs by {error:g}")
    return judge


def classify(judge, images):
    """Class probabilities [N, 10] of images [N, 1, 28, 28] in [-1, 1], shown to the classifier at
    32x32.
    """
    probabilities = []
    with torch.no_grad():
        for batch in images.split(BATCH):
            shown = functional.interpolate(
                (batch.float() + 1) / 2, (32, 32), mode="bilinear", antialias=True
            )
            probabilities.append(judge(shown.clamp(0, 1)).double().exp())
    return torch.cat(probabilities)


def summarise(probabilities):
    """Shares, confidence and score of class probabilities [N, 10]."""
    marginal = probabilities.mean(0)
    divergence = (
        probabilities * (probabilities.clamp_min(1e-12).log() - marginal.clamp_min(1e-12).log())
    ).sum(1)
    shares = torch.bincount(
        probabilities.argmax(1), minlength=probabilities.shape[1]
    ).double() / len(probabilities)
    return {
        "count": len(probabilities),
        "confidence": probabilities.amax(1).mean().item(),
        "score": divergence.mean().exp().item(),
        "shares": [round(share, 4) for share in shares.tolist()],
    }


def read_images(paths, channels=1):
    """The first channels, [N, channels, H, W] in [-1, 1], from PNG files, folders of them, or .pt
    files with a tensor.
    """
    images = []
    for path in map(Path, paths):
        if path.suffix == ".pt":
            images.append(torch.load(path, weights_only=True).float())
            continue
        files = sorted(path.glob("**/*.png")) if path.is_dir() else [path]
        images += [read_png(file)[None, :channels].float() / 127.5 - 1 for file in files]
    return torch.cat(images)


def share_as_asked(judge, folders):
    """The share of the pictures in folders that are named after a digit that show that digit."""
    right, count = 0, 0
    for folder in map(Path, folders):
        digits = classify(judge, read_images([folder])).argmax(1)
        right += (digits == int(folder.name)).sum().item()
        count += len(digits)
    return right / count


def coverage(digits):
    """Of [N, 3] digits: how many of the 1,000 triples occur, and KL(share of each || 1 / 1,000)."""
    triples = (digits * torch.tensor([100, 10, 1])).sum(1)
    shares = torch.bincount(triples, minlength=1000).double() / len(triples)
    return {
        "modes": (shares > 0).sum().item(),
        "kl": (shares * (shares * 1000).clamp_min(1e-300).log()).sum().item(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--weights", required=True, help="folder with lenet_ts.pt and its golden outputs"
    )
    parser.add_argument("--by-folder", action="store_true", help="folders are named after digits")
    parser.add_argument("--stacked", action="store_true", help="a digit in each of three channels")
    parser.add_argument("images", nargs="+")
    arguments = parser.parse_args()
    judge = load_judge(arguments.weights)
    images = read_images(arguments.images, 3 if arguments.stacked else 1)
    probabilities = classify(judge, images.flatten(0, 1)[:, None])
    found = summarise(probabilities)
    if arguments.stacked:
        found.update(coverage(probabilities.argmax(1).view(-1, 3)))
    if arguments.by_folder:
        found["as_asked"] = share_as_asked(judge, arguments.images)
    print(json.dumps(found))


if __name__ == "__main__":
    main()

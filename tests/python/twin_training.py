"""Trains configs/mnist_dcgan.json's networks in eager Python with the same recipe: the yardstick
for what gantrain's run must reach.

    python tests/python/twin_training.py --judge LENET_FOLDER --seed 1 --out RESULTS_FOLDER

Writes twin_seed1.json (what judge.py says about 10,000 samples of the averaged generator),
twin_seed1.png (64 of them) and twin_seed1.pt (the averaged weights). One step: make fakes; D on
reals (label 0.9) and on the detached fakes, one backward; D's Adam; G on the same fakes through the
updated D; G's Adam; average. With --bf16 the networks and losses run under autocast, which is what
gantrain's precision "auto" means on a CPU that multiplies bf16.
"""

import argparse
import contextlib
import copy
import gzip
import json
import struct
import sys
import time
from pathlib import Path

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from judge import classify, load_judge, summarise
from png import grid, write_png

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from gantrain_torch import DcganDiscriminator, DcganGenerator  # noqa: E402

# TensorFlow's DCGAN tutorial in PyTorch terms; written down here on its own so that a slip in the
# config shows.
MODEL = {
    "type": "dcgan",
    "resolution": 28,
    "image_channels": 1,
    "latent_dim": 100,
    "generator_stem": "dense",
    "generator_stem_norm": "features",
    "generator_channels": [256, 128, 64],
    "generator_strides": [1, 2, 2],
    "generator_kernels": [5],
    "generator_upsampling": "transposed",
    "generator_norm": "batch",
    "generator_activation": "leaky_relu",
    "generator_slope": 0.3,
    "generator_bias": False,
    "generator_dropout": 0.0,
    "discriminator_channels": [64, 128],
    "discriminator_strides": [2, 2],
    "discriminator_kernels": [5],
    "discriminator_norm": "none",
    "discriminator_slope": 0.3,
    "discriminator_bias": True,
    "discriminator_dropout": 0.3,
    "discriminator_head": "dense",
    "init": "normal",
    "init_std": 0.02,
}
BATCH, STEPS, RATE, BETAS, REAL_LABEL = 64, 7500, 2e-4, (0.5, 0.999), 0.9
HALF_LIFE, RAMP_UP = 10_000, 0.05  # in images; share of the images seen


def read_idx_images(path):
    """uint8 [N, 1, H, W] from a gzipped IDX file."""
    data = gzip.decompress(path.read_bytes())
    magic, count, height, width = struct.unpack(">IIII", data[:16])
    assert magic == 0x803, path
    return torch.frombuffer(bytearray(data[16:]), dtype=torch.uint8).view(count, 1, height, width)


def endless_batches(images, seed):
    """Batches [BATCH, 1, H, W] in [-1, 1] from an endless stream of shuffled epochs; a batch may
    cross an epoch's end.
    """
    generator, order = torch.Generator().manual_seed(seed), torch.empty(0, dtype=torch.long)
    while True:
        while len(order) < BATCH:
            order = torch.cat([order, torch.randperm(len(images), generator=generator)])
        yield images[order[:BATCH]].float() / 127.5 - 1
        order = order[BATCH:]


def loss(logits, label):
    logits = logits.float()
    return binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


@torch.no_grad()
def update_average(averaged, network, images_seen):
    half_life = min(HALF_LIFE, RAMP_UP * images_seen)
    keep = 0.5 ** (BATCH / half_life) if half_life > 0 else 0.0
    for target, source in zip(averaged.state_dict().values(), network.state_dict().values()):
        if source.is_floating_point():
            target.lerp_(source, 1 - keep)
        else:
            target.copy_(source)


def train(images, seed, steps, bf16):
    """The averaged generator after `steps` steps."""
    torch.manual_seed(seed)
    generator, discriminator = (
        network(MODEL).to(memory_format=torch.channels_last)
        for network in (DcganGenerator, DcganDiscriminator)
    )
    precision = (
        (lambda: torch.autocast("cpu", torch.bfloat16)) if bf16 else contextlib.nullcontext
    )
    averaged = copy.deepcopy(generator)
    g_adam, d_adam = (
        torch.optim.Adam(net.parameters(), RATE, BETAS, fused=True)
        for net in (generator, discriminator)
    )
    started = time.time()
    for step, reals in zip(range(steps), endless_batches(images, seed)):
        reals = reals.contiguous(memory_format=torch.channels_last)
        with precision():
            fakes = generator(torch.randn(BATCH, generator.latent_dim))
            d_loss = loss(discriminator(reals), REAL_LABEL) + loss(
                discriminator(fakes.detach()), 0.0
            )
        d_adam.zero_grad()
        d_loss.backward()
        d_adam.step()
        discriminator.requires_grad_(False)
        with precision():
            g_loss = loss(discriminator(fakes), 1.0)
        g_adam.zero_grad()
        g_loss.backward()
        g_adam.step()
        discriminator.requires_grad_(True)
        update_average(averaged, generator, (step + 1) * BATCH)
        if step % 100 == 0:
            print(
                f"{time.time() - started:7.1f} s  step {step}  "
                f"d {d_loss.item():.4f}  g {g_loss.item():.4f}",
                flush=True,
            )
    return averaged.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--mnist",
        type=Path,
        default=ROOT / "data" / "mnist",
        help="folder with the gzipped IDX files",
    )
    parser.add_argument("--judge", required=True, help="folder with lenet_ts.pt")
    parser.add_argument("--out", type=Path, default=Path("."))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--bf16", action="store_true", help="autocast to bf16 (default: fp32)")
    arguments = parser.parse_args()

    arguments.out.mkdir(parents=True, exist_ok=True)
    judge = load_judge(arguments.judge)
    images = read_idx_images(arguments.mnist / "train-images-idx3-ubyte.gz")
    averaged = train(images, arguments.seed, arguments.steps, arguments.bf16)
    latents = torch.randn(
        10_000, averaged.latent_dim, generator=torch.Generator().manual_seed(1000 + arguments.seed)
    )
    with torch.no_grad():
        samples = torch.cat([averaged(z) for z in latents.split(500)])
    name = f"twin_seed{arguments.seed}"
    result = {
        "seed": arguments.seed,
        "steps": arguments.steps,
        "precision": "bf16" if arguments.bf16 else "fp32",
        **summarise(classify(judge, samples)),
    }
    print(json.dumps(result))
    (arguments.out / f"{name}.json").write_text(json.dumps(result) + "\n")
    write_png(arguments.out / f"{name}.png", grid(samples[:64], 8))
    torch.save(averaged.state_dict(), arguments.out / f"{name}.pt")


if __name__ == "__main__":
    main()

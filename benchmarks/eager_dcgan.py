"""One measurement of benchmarks/bench_dcgan.py: a DCGAN in eager Python, on images made up in
memory.

Prints a line "first step" when the first step is done, then one line of JSON: step_ms, the mean of
every ten steps after the warm-up.
"""

import argparse
import contextlib
import json
import sys
import time
from pathlib import Path

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from gantrain_torch import DcganDiscriminator, DcganGenerator  # noqa: E402

GROUP = 10
IMAGES = 1024


class Steps:
    """pytorch/examples' training step: D on reals, D on detached fakes, D's update, G through the
    updated D on the same fakes.
    """

    def __init__(self, model, batch, channels_last, autocast):
        self.generator, self.discriminator = DcganGenerator(model), DcganDiscriminator(model)
        self.format = torch.channels_last if channels_last else torch.contiguous_format
        for network in (self.generator, self.discriminator):
            network.to(memory_format=self.format)
        self.g_adam, self.d_adam = (
            torch.optim.Adam(network.parameters(), 2e-4, (0.5, 0.999), fused=True)
            for network in (self.generator, self.discriminator)
        )
        side = model["resolution"]
        self.images = torch.randint(
            0, 256, (IMAGES, model["image_channels"], side, side), dtype=torch.uint8
        )
        self.batch, self.latent_dim, self.position = batch, model["latent_dim"], 0
        self.precision = (
            (lambda: torch.autocast("cpu", torch.bfloat16)) if autocast else contextlib.nullcontext
        )

    def run(self):
        reals = (
            self.images[self.position : self.position + self.batch]
            .float()
            .div(127.5)
            .sub(1)
            .contiguous(memory_format=self.format)
        )
        self.position = (self.position + self.batch) % IMAGES
        self.d_adam.zero_grad()
        self.loss(self.judge(reals), 1.0).backward()
        with self.precision():
            fakes = self.generator(torch.randn(self.batch, self.latent_dim))
        self.loss(self.judge(fakes.detach()), 0.0).backward()
        self.d_adam.step()
        self.g_adam.zero_grad()
        self.loss(self.judge(fakes), 1.0).backward()
        self.g_adam.step()

    def judge(self, images):
        with self.precision():
            return self.discriminator(images).float()

    @staticmethod
    def loss(logits, label):
        return binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--model", required=True, help='the section "model" of a complete configuration, as JSON'
    )
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--warmup", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    steps = Steps(
        json.loads(arguments.model), arguments.batch, arguments.channels_last, arguments.bf16
    )
    steps.run()
    print("first step", flush=True)
    for _ in range(arguments.warmup - 1):
        steps.run()
    means = []
    for _ in range(arguments.steps // GROUP):
        started = time.perf_counter()
        for _ in range(GROUP):
            steps.run()
        means.append((time.perf_counter() - started) * 1000 / GROUP)
    print(json.dumps({"step_ms": means}))


if __name__ == "__main__":
    main()

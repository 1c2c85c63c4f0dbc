"""Training steps in eager Python, as one would write them by hand: the networks of
scripts/gantrain_torch.py with activations in place, fused Adam, gradients of frozen discriminators
not computed where the published programs do not compute them, images kept as bytes in memory.

A recipe is made of a complete configuration of gantrain, and run() is one step of it.
"""

import contextlib
import random
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, l1_loss

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from gantrain_torch import MODELS, build_network  # noqa: E402


class Images:
    """Bytes in memory, [count, channels, side, side], handed out in turn as floats in [-1, 1]:
    windows of the resolution, half of them mirrored where the configuration says so.
    """

    def __init__(self, config, channels, count, layout):
        data, side = config["data"], config["model"]["resolution"]
        stored = side
        if data.get("fit") == "resize_and_crop":
            stored = data["load_size"] or round(side * 286 / 256)
        self.bytes = torch.randint(0, 256, (count, channels, stored, stored), dtype=torch.uint8)
        self.side, self.margin, self.flips = side, stored - side, data.get("flip", False)
        self.batch, self.layout = config["training"]["batch_size"], layout
        self.position = 0

    def next(self):
        if self.position + self.batch > len(self.bytes):
            self.position = 0
        chosen = self.bytes[self.position : self.position + self.batch]
        self.position += self.batch
        top, left = (random.randint(0, self.margin) for _ in range(2))
        chosen = chosen[:, :, top : top + self.side, left : left + self.side]
        if self.flips:
            mirrored = torch.rand(self.batch, 1, 1, 1) < 0.5
            chosen = torch.where(mirrored, chosen.flip(3), chosen)
        return chosen.float().div_(127.5).sub_(1).contiguous(memory_format=self.layout)


class Recipe:
    """Networks, optimizers and precision; a subclass adds step()."""

    def __init__(self, config, images, channels_last, autocast):
        self.config, self.model, self.objective = config, config["model"], config["objective"]
        self.count = images
        self.layout = torch.channels_last if channels_last else torch.contiguous_format
        self.precision = (
            (lambda: torch.autocast("cpu", torch.bfloat16)) if autocast else contextlib.nullcontext
        )
        self.networks = {
            name: self._place(build_network(config, name)) for name in MODELS[self.model["type"]]
        }
        self.adam = {}
        for group in ("generator", "discriminator"):
            options = config["optimizer"][group]
            self.adam[group] = torch.optim.Adam(
                [p for network in self.group(group) for p in network.parameters()],
                options["learning_rate"],
                (float(options["beta1"]), float(options["beta2"])),
                fused=True,
            )

    def _place(self, network):
        for module in network.modules():
            if isinstance(module, (nn.ReLU, nn.LeakyReLU)):
                module.inplace = True
        return network.to(memory_format=self.layout)

    def group(self, name):
        return [network for key, network in self.networks.items() if key[0] == name[0]]

    def images(self, channels):
        return Images(self.config, channels, self.count, self.layout)

    def forward(self, name, values):
        with self.precision():
            made = self.networks[name](values)
        return made.float()

    @contextlib.contextmanager
    def update(self, group):
        """What is differentiated inside moves the parameters of the group."""
        self.adam[group].zero_grad()
        yield
        self.adam[group].step()

    @contextlib.contextmanager
    def frozen_discriminators(self):
        for network in self.group("discriminator"):
            network.requires_grad_(False)
        yield
        for network in self.group("discriminator"):
            network.requires_grad_(True)

    def judged(self, logits, real):
        """The discriminator's loss of reals or of fakes."""
        kind = self.objective["type"]
        if kind == "wasserstein":
            loss = -logits.mean() if real else logits.mean()
        elif kind == "hinge":
            loss = (1 - logits if real else 1 + logits).clamp(min=0).mean()
        else:
            loss = self._distance(logits, self.objective["real_label" if real else "fake_label"])
        return self.objective["discriminator_weight"] * loss

    def fooled(self, logits):
        """The generator's adversarial loss."""
        if self.objective["type"] in ("wasserstein", "hinge"):
            return -logits.mean()
        return self._distance(logits, 1.0)

    def _distance(self, logits, label):
        if self.objective["type"] == "least_squares":
            return (logits - label).square().mean() / 2
        return binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


class FromNoise(Recipe):
    """pytorch/examples' DCGAN: D on reals, D on detached fakes, D's update (n_critic times, each on
    reals and fakes of its own), G through the updated D on the same fakes. With several updates of
    D it is frozen in G's, as the published WGANs do.
    """

    def __init__(self, *words):
        super().__init__(*words)
        self.reals = self.images(self.model["image_channels"])
        self.updates = self.objective["n_critic"]
        if self.config["penalty"]["gradient"] not in ("none", "wgan_gp"):
            raise ValueError("of the penalties only wgan_gp has a twin here")

    def step(self):
        for left in reversed(range(self.updates)):
            fakes = self.fakes(for_generator=left == 0)
            with self.update("discriminator"):
                self.judge(self.reals.next(), fakes.detach())
        frozen = self.frozen_discriminators() if self.updates > 1 else contextlib.nullcontext()
        with frozen, self.update("generator"):
            self.fooled(self.forward("discriminator", fakes)).backward()

    def fakes(self, for_generator):
        z = torch.randn(self.config["training"]["batch_size"], self.model["latent_dim"])
        with torch.set_grad_enabled(for_generator):
            return self.forward("generator", z)

    def judge(self, reals, fakes):
        self.judged(self.forward("discriminator", reals), real=True).backward()
        self.judged(self.forward("discriminator", fakes), real=False).backward()
        if self.config["penalty"]["gradient"] == "wgan_gp":
            self.gradient_penalty(reals, fakes).backward()

    def gradient_penalty(self, reals, fakes):
        """WGAN-GP, arXiv:1704.00028, equation 3."""
        share = torch.rand(len(reals), 1, 1, 1)
        points = torch.lerp(fakes, reals, share).requires_grad_()
        logits = self.forward("discriminator", points)
        (slopes,) = torch.autograd.grad(logits.sum(), points, create_graph=True)
        norms = slopes.flatten(1).norm(dim=1)
        return self.config["penalty"]["lambda_gp"] * (norms - 1).square().mean()


class Pix2pix(Recipe):
    """The authors' order: D on the detached fake pair and on the real pair, one backward; G through
    the updated, frozen D, and towards the image.
    """

    def __init__(self, *words):
        super().__init__(*words)
        self.given = self.model["input_channels"]
        self.pairs = self.images(self.given + self.model["image_channels"])

    def step(self):
        pair = self.pairs.next()
        inputs, images = pair[:, : self.given], pair[:, self.given :]
        inputs = inputs.contiguous(memory_format=self.layout)
        fakes = self.forward("generator", inputs)
        fake_pair = torch.cat([inputs, fakes], 1)
        with self.update("discriminator"):
            fake_loss = self.judged(self.forward("discriminator", fake_pair.detach()), real=False)
            real_loss = self.judged(self.forward("discriminator", pair), real=True)
            (fake_loss + real_loss).backward()
        with self.frozen_discriminators(), self.update("generator"):
            adversarial = self.fooled(self.forward("discriminator", fake_pair))
            to_image = l1_loss(fakes, images)
            weights = self.model["lambda_gan"], self.model["lambda_l1"]
            (weights[0] * adversarial + weights[1] * to_image).backward()


class ImagePool:
    """The last fakes, an image at a time; half of those asked for are older ones."""

    def __init__(self, size):
        self.size, self.images = size, []

    def exchange(self, fakes):
        shown = []
        for fake in fakes.split(1):
            if len(self.images) < self.size:
                self.images.append(fake)
            elif self.size > 0 and random.random() < 0.5:
                place = random.randrange(self.size)
                fake, self.images[place] = self.images[place], fake
            shown.append(fake)
        return torch.cat(shown)


class Cyclegan(Recipe):
    """The authors' order: both generators through the frozen discriminators, then these, each on
    reals and on fakes out of a pool.
    """

    def __init__(self, *words):
        super().__init__(*words)
        self.a = self.images(self.model["input_channels"])
        self.b = self.images(self.model["image_channels"])
        self.pools = {name: ImagePool(self.model["pool_size"]) for name in ("d_a", "d_b")}

    def step(self):
        a, b = self.a.next(), self.b.next()
        cycle = self.model["lambda_cycle"]
        identity = cycle * self.model["lambda_identity"]
        with self.frozen_discriminators(), self.update("generator"):
            fake_b, fake_a = self.forward("g_ab", a), self.forward("g_ba", b)
            loss = cycle * l1_loss(self.forward("g_ba", fake_b), a)
            loss = loss + cycle * l1_loss(self.forward("g_ab", fake_a), b)
            for judge, fakes in (("d_b", fake_b), ("d_a", fake_a)):
                loss = loss + self.model["lambda_gan"] * self.fooled(self.forward(judge, fakes))
            if identity > 0:
                loss = loss + identity * l1_loss(self.forward("g_ab", b), b)
                loss = loss + identity * l1_loss(self.forward("g_ba", a), a)
            loss.backward()
        with self.update("discriminator"):
            for judge, reals, fakes in (("d_b", b, fake_b), ("d_a", a, fake_a)):
                shown = self.pools[judge].exchange(fakes.detach())
                fake_loss = self.judged(self.forward(judge, shown), real=False)
                (self.judged(self.forward(judge, reals), real=True) + fake_loss).backward()


TRANSLATORS = {"pix2pix": Pix2pix, "cyclegan": Cyclegan}


def recipe_of(config, images, channels_last, autocast):
    """images: how many there are."""
    kind = TRANSLATORS.get(config["model"]["type"], FromNoise)
    return kind(config, images, channels_last, autocast)

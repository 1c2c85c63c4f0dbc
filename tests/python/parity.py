"""Runs gantrain_parity (tests/training/parity_dump.cpp), and the same steps on Python twins.

    gantrain_parity --config FILE [--set key=value]... --inputs in.pt --steps N --out out.pt

builds the model of the configuration with the initialisation of its seed, opens no data, trains N
steps with the trainer's own step (phases, optimizers, EMA) on what it is given, and writes what
happened. Tensors have the precision of runtime.precision (fp64, fp32).

in.pt, by torch.save
  {"steps": {"0": {"images": [N, C, H, W] in [-1, 1], "z": [N, latent_dim]}, "1": ...}}
  Step "0" is always there; N is training.batch_size. A model that translates has "inputs" beside
  "images", and no "z"; one with classes has "real_labels" [N] of the images and "labels" [N] of
  the fakes. Beside "steps" there are, for a model that translates,
  "probes": {network: [N, C, H, W]} and, where something drops,
  "masks": {network: {"model.1": what that dropout multiplies by, always}}

out.pt, by write_pt_file
  "config"   the resolved configuration as JSON text
  "initial"  {network: state dict} before anything ran
  "outputs"  {network: what it makes of its probe, in train mode}; without probes one pass of the initial networks in train mode over step "0": "fakes" = G(z),
             "real_logits" = D(images), "fake_logits" = D(fakes). Buffers are put back afterwards.
             Networks that are more than a chain of layers "main" have none, and no "masks".
  "masks"    {network: {"main.5": mask}}: what each dropout of that pass multiplied by, 0 or
             1 / (1 - p); D has the same mask in both of its passes. To make them, walk the
             children of "main" one by one; before a dropout seed the library's generator, feed it
             ones, seed again, feed it the map. {} where nothing drops.
  With steps > 0:
  "losses"   {"0": {"d_real", "d_fake", "g"}, ...}: the loss terms of every step
  "gradients_step0"  {network: {parameter: gradient}}: each network's in its own phase of step 0
  "final"    {network: state dict} after the last step
  "ema"      {"generator": state dict} after the last step
  "state"    what the model keeps besides: image pools

    gantrain_parity --ckpt g.pt --inputs in.pt --out out.pt

runs the generator of a file as `sample` and `translate` do, on the CPU in single precision: in.pt
holds "z", or "there" and "back" (pictures, [N, C, H, W] in [-1, 1]; "back" goes the other way);
out.pt what was made of each, [N, C, H, W] before it becomes pixels.
"""

import copy
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

ROOT = Path(os.environ.get("GANTRAIN_SOURCE_DIR", Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(ROOT / "scripts"))

from gantrain_torch import build_network, load_network  # noqa: E402

NETWORKS = ("generator", "discriminator")
DTYPES = {"fp64": torch.float64, "fp32": torch.float32}


def parity_binary():
    """The built gantrain_parity: GANTRAIN_PARITY_BINARY, or the file of that name beside
    GANTRAIN_BINARY.
    """
    named = os.environ.get("GANTRAIN_PARITY_BINARY")
    path = (
        Path(named) if named else Path(os.environ["GANTRAIN_BINARY"]).with_name("gantrain_parity")
    )
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: not there; build the target gantrain_parity or set GANTRAIN_PARITY_BINARY"
        )
    return path


def run_parity(config, inputs, settings=(), steps=0, **more):
    """What gantrain_parity wrote, with "config" parsed. config: a file, or the dictionary of one;
    more: "probes" and "masks".
    """
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        if isinstance(config, dict):
            (folder / "config.json").write_text(json.dumps(config))
            config = folder / "config.json"
        torch.save(
            {"steps": {str(step): given for step, given in enumerate(inputs)}, **more},
            folder / "in.pt",
        )
        words = ["--config", str(config), "--steps", str(steps)]
        for setting in [*settings, f"training.batch_size={len(inputs[0]['images'])}"]:
            words += ["--set", setting]
        result = call_parity(words, folder)
    return {**result, "config": json.loads(result["config"])}


def run_generator(path, **inputs):
    """What the generator of a file makes of "z" (and "labels"), or of "there" and "back", by the same names."""
    with tempfile.TemporaryDirectory() as folder:
        torch.save(inputs, Path(folder) / "in.pt")
        return call_parity(["--ckpt", str(path)], Path(folder))


def call_parity(words, folder):
    """Runs gantrain_parity on the folder's in.pt; what it wrote."""
    files = ["--inputs", str(folder / "in.pt"), "--out", str(folder / "out.pt")]
    command = [str(parity_binary()), *words, *files]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(
            f"gantrain_parity ended with {done.returncode}: {done.stderr}\n{' '.join(command)}"
        )
    return torch.load(folder / "out.pt", weights_only=True)


def make_inputs(model, steps, batch, precision, seed=0):
    """Images, latents and the penalties' draws for some steps of a model section with "resolution", "image_channels" and
    "latent_dim".
    """
    random = torch.Generator().manual_seed(seed)
    dtype, side = DTYPES[precision], model["resolution"]
    classes = model.get("classes", 0)

    def labels():
        return torch.randint(classes, (batch,), generator=random)

    return [
        {
            **({"real_labels": labels(), "labels": labels()} if classes else {}),
            "images": torch.rand(
                batch, model["image_channels"], side, side, generator=random, dtype=dtype
            )
            * 2
            - 1,
            "z": torch.randn(batch, model["latent_dim"], generator=random, dtype=dtype),
            "wgan_gp": torch.rand(batch, generator=random, dtype=dtype),
            "dragan": torch.rand(
                batch, model["image_channels"], side, side, generator=random, dtype=dtype
            ),
        }
        for _ in range(steps)
    ]


class Masked(torch.nn.Module):
    """Stands in for a dropout whose draw is known."""

    def __init__(self, mask):
        super().__init__()
        self.mask = mask

    def forward(self, values):
        return values * self.mask


def load_twins(result, masks=False):
    """The twins of a result's networks with its initial weights, in train mode; with its dropout
    masks in place on request.
    """
    twins = {}
    for name in NETWORKS:
        twins[name] = load_network(
            build_network(result["config"], name), result["initial"][name]
        ).train()
        if masks:
            twins[name].requires_grad_(False)
            dropouts = [
                key
                for key, module in twins[name].named_modules()
                if isinstance(module, torch.nn.Dropout)
            ]
            found = result["masks"].get(name, {})
            if sorted(found) != sorted(dropouts):
                raise AssertionError(
                    f"{name}: masks for {sorted(found)}, dropouts at {sorted(dropouts)}"
                )
            for key in dropouts:
                twins[name].main[int(key.split(".")[1])] = Masked(found[key])
    return twins


def twin_outputs(twins, given):
    """The entry "outputs" as the twins see it. Moves their buffers."""
    with torch.no_grad():
        fakes = twins["generator"](given["z"])
        return {
            "fakes": fakes,
            "real_logits": twins["discriminator"](given["images"]),
            "fake_logits": twins["discriminator"](fakes),
        }


class TwinTraining:
    """A GAN's training step as the recipes tell it: fakes once; D on reals and on the detached
    fakes, one backward, D's update; G on the same fakes through the updated D, G's update; EMA of
    the generator, its half-life ramped up with the images seen so far. Penalties stand in D's loss,
    or have an update of their own after it where they have an interval.
    """

    def __init__(self, result):
        self.config = result["config"]
        self.twins = load_twins(result)
        self.ema = copy.deepcopy(self.twins["generator"])
        self.optimizers = {
            name: optimizer_of(
                self.twins[name].parameters(),
                self.config["optimizer"][name],
                self.config["penalty"]["interval"] if name == "discriminator" else 1,
            )
            for name in NETWORKS
        }
        self.steps = self.images_seen = 0

    def step(self, given):
        """One step on the draws of a step of make_inputs(): the losses, and the gradients of both
        networks.
        """
        objective, penalty = self.config["objective"], self.config["penalty"]
        interval = penalty["interval"]
        real_labels, fake_labels = given.get("real_labels"), given.get("labels")
        reals = given["images"].requires_grad_()
        fakes = called(self.twins["generator"], given["z"], fake_labels)
        detached = fakes.detach().requires_grad_()
        real_logits, real_classes = self._judge(reals, real_labels)
        fake_logits, fake_classes = self._judge(detached, fake_labels)
        losses = discriminator_losses(objective, real_logits, fake_logits)
        losses |= self._class_loss("d_class_real", real_classes, real_labels)
        losses |= self._class_loss("d_class_fake", fake_classes, fake_labels)
        if interval == 1:
            losses |= self._penalties(given, reals, detached, real_logits, fake_logits)
        gradients = {"discriminator": self._update("discriminator", sum(losses.values()))}
        if interval > 1 and self.steps % interval == 0:
            terms = self._penalties(
                given, reals, detached, self._judge(reals, real_labels)[0],
                self._judge(detached, fake_labels)[0],
            )  # fmt: skip
            losses |= {name: interval * value for name, value in terms.items()}
            self._update("discriminator", interval * sum(terms.values()))
        self._clip(penalty["weight_clip"])
        fake_logits, fake_classes = self._judge(fakes, fake_labels)
        if objective["type"].startswith("relativistic"):
            real_logits, _ = self._judge(reals, real_labels)
        terms = {"g": generator_loss(objective, real_logits.detach(), fake_logits)}
        terms |= self._class_loss("g_class", fake_classes, fake_labels)
        gradients["generator"] = self._update("generator", sum(terms.values()))
        losses |= terms
        self.steps += 1
        self.images_seen += len(reals)
        self._average(len(reals))
        return {name: value.item() for name, value in losses.items()}, gradients

    def _judge(self, images, labels):
        """D's logits, and those of its head for classes or None."""
        said = called(self.twins["discriminator"], images, labels)
        return said if isinstance(said, tuple) else (said, None)

    def _class_loss(self, name, logits, labels):
        if logits is None:
            return {}
        return {name: self.config["model"]["lambda_class"] * cross_entropy(logits, labels)}

    def _penalties(self, given, reals, fakes, real_logits, fake_logits):
        options, terms = self.config["penalty"], {}
        if options["gradient"] != "none":
            if options["gradient"] == "wgan_gp":
                share = given["wgan_gp"][:, None, None, None]
                points = share * reals + (1 - share) * fakes
            else:
                points = reals + 0.5 * reals.std() * given["dragan"]
            points = points.detach().requires_grad_()
            norms = slopes(self._judge(points, given.get("real_labels"))[0], points).sqrt()
            terms["d_gp"] = options["lambda_gp"] * (norms - 1).square().mean()
        for name, logits, images in (("r1", real_logits, reals), ("r2", fake_logits, fakes)):
            if options[f"{name}_gamma"] > 0:
                squares = slopes(logits, images)
                terms[f"d_{name}"] = options[f"{name}_gamma"] / 2 * squares.mean()
        return terms

    @torch.no_grad()
    def _clip(self, bound):
        if bound > 0:
            for parameter in self.twins["discriminator"].parameters():
                parameter.clamp_(-bound, bound)

    def _update(self, name, loss):
        parameters = dict(self.twins[name].named_parameters())
        gradients = dict(
            zip(
                parameters,
                torch.autograd.grad(
                    loss, list(parameters.values()), retain_graph=True, allow_unused=True
                ),
            )
        )
        for key, parameter in parameters.items():
            parameter.grad = None if gradients[key] is None else gradients[key].clone()
        self.optimizers[name].step()
        return gradients

    @torch.no_grad()
    def _average(self, batch):
        options = self.config["ema"]
        half_life = options["half_life_kimg"] * 1000
        if options["ramp_up"] > 0:
            half_life = min(half_life, options["ramp_up"] * self.images_seen)
        keep = 0.5 ** (batch / half_life) if half_life > 0 else 0.0
        sources = self.twins["generator"].state_dict()
        for name, target in self.ema.state_dict().items():
            source = sources[name]
            averages = source.is_floating_point() and not name.endswith(("weight_u", "weight_v"))
            target.copy_(keep * target + (1 - keep) * source if averages else source)


def called(network, values, labels):
    return network(values) if labels is None else network(values, labels)


def slopes(logits, images):
    """Squared norm of each logit's gradient, [N]."""
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gradient.square().sum((1, 2, 3))


def _distance(objective, logits, label):
    if objective["type"] == "least_squares":
        return (logits - label).square().mean() / 2
    return binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def discriminator_losses(objective, reals, fakes):
    """From the papers' formulas, see objective.h."""
    kind, weight = objective["type"], objective["discriminator_weight"]
    if kind == "hinge":
        halves = (1 - reals).clamp(min=0).mean(), (1 + fakes).clamp(min=0).mean()
    elif kind == "wasserstein":
        halves = -reals.mean(), fakes.mean()
    elif kind == "relativistic":
        return {"d": weight * -torch.nn.functional.logsigmoid(reals - fakes).mean()}
    else:
        if kind == "relativistic_average":
            reals, fakes = reals - fakes.mean(), fakes - reals.mean()
        halves = (
            _distance(objective, reals, objective["real_label"]),
            _distance(objective, fakes, objective["fake_label"]),
        )
    return {"d_real": weight * halves[0], "d_fake": weight * halves[1]}


def generator_loss(objective, reals, fakes):
    kind = objective["type"]
    if kind in ("hinge", "wasserstein"):
        return -fakes.mean()
    if kind == "saturating":
        return torch.log(1 - torch.sigmoid(fakes)).mean()
    if kind == "relativistic":
        return -torch.nn.functional.logsigmoid(fakes - reals).mean()
    if kind == "relativistic_average":
        return _distance(objective, fakes - reals.mean(), 1.0) + _distance(
            objective, reals - fakes.mean(), 0.0
        )
    return _distance(objective, fakes, 1.0)


def optimizer_of(parameters, options, interval):
    """For a constant rate without clipping: the keys of those are left out."""
    update = ("schedule", "warmup", "clip")
    options = {key: value for key, value in options.items() if not key.startswith(update)}
    kind, rate = options.pop("type"), options.pop("learning_rate")
    if kind == "adam":
        share = interval / (interval + 1) if interval > 1 else 1
        betas = float(options.pop("beta1")) ** share, float(options.pop("beta2")) ** share
        return torch.optim.Adam(parameters, rate * share, betas, **options)
    return {"rmsprop": torch.optim.RMSprop, "sgd": torch.optim.SGD}[kind](
        parameters, rate, **options
    )

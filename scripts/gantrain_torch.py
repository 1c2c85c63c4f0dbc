"""Gantrain's networks in Python: open g.pt, a snapshot or a checkpoint with nothing but PyTorch.

    from gantrain_torch import load_generator
    generator = load_generator("runs/mnist_dcgan/g.pt")
    images = generator(torch.randn(16, generator.latent_dim))   # [16, C, H, W] in [-1, 1]

A file holds the whole configuration of its run as JSON text, every default included, so the classes
here have no defaults of their own: they take the section "model" of that text. Their state dicts
have the names of gantrain's files (strict=True).
"""

import json
from pathlib import Path

import torch
from torch import nn


class DcganGenerator(nn.Module):
    """The generator of the DCGAN family (arXiv:1511.06434 and its tutorials): z [N, latent_dim] ->
    [N, C, H, W] in [-1, 1].

    `options` is the complete section "model" of a configuration. The layers are one Sequential
    named "main", activations and reshapes included; with the options of pytorch/examples' DCGAN its
    state dict is that of their netG.
    """

    def __init__(self, options):
        super().__init__()
        self.latent_dim = options["latent_dim"]
        self._takes_vectors = _is_dense(options, "generator") or options["generator_stem"] == "dense"
        if _is_dense(options, "generator"):
            layers = self._dense(options)
        else:
            layers = self._convolutions(options)
        self.main = nn.Sequential(*layers)
        initialise(self, options)

    def forward(self, z):
        return self.main(z if self._takes_vectors else z[:, :, None, None])

    @staticmethod
    def _dense(options):
        sides = options["image_channels"], options["resolution"], options["resolution"]
        inputs, bias, layers = options["latent_dim"], options["generator_bias"], []
        for width in options["generator_channels"] or [256, 256]:
            layers.append(nn.Linear(inputs, width, bias=bias))
            layers += _after_layer(options, "generator", width, nn.BatchNorm1d)
            inputs = width
        values = sides[0] * sides[1] * sides[2]
        return layers + [nn.Linear(inputs, values, bias=bias), nn.Tanh(), nn.Unflatten(1, sides)]

    def _convolutions(self, options):
        sizes, channels, strides, kernels = generator_plan(options)
        layers = self._stem(options, channels[0], sizes[0])
        outputs = channels[1:] + [options["image_channels"]]
        for stage, (stride, kernel) in enumerate(zip(strides, kernels)):
            layers += self._resize(
                options,
                channels[stage],
                outputs[stage],
                sizes[stage],
                sizes[stage + 1],
                stride,
                kernel,
            )
            if stage + 1 < len(strides):
                layers += _after_layer(options, "generator", outputs[stage])
        return layers + [nn.Tanh()]

    @staticmethod
    def _stem(options, channels, base):
        bias = options["generator_bias"]
        if options["generator_stem"] == "transposed":
            stem = nn.ConvTranspose2d(options["latent_dim"], channels, base, bias=bias)
            return [stem] + _after_layer(options, "generator", channels)
        features = channels * base * base
        stem, reshape = nn.Linear(options["latent_dim"], features, bias=bias), nn.Unflatten(
            1, (channels, base, base)
        )
        if options["generator_stem_norm"] == "features":
            return [stem] + _after_layer(options, "generator", features, nn.BatchNorm1d) + [reshape]
        return [stem, reshape] + _after_layer(options, "generator", channels)

    @staticmethod
    def _resize(options, inputs, outputs, size, wanted, stride, kernel):
        bias, padding = options["generator_bias"], (kernel - 1) // 2
        if options["generator_upsampling"] == "nearest":
            if kernel % 2 == 0 or size * stride != wanted:
                raise ValueError(
                    f"nearest up-sampling needs odd kernels and whole factors, got kernel {kernel} "
                    f"and {size} -> {wanted}"
                )
            enlarge = [nn.Upsample(scale_factor=stride, mode="nearest")] if stride > 1 else []
            return enlarge + [nn.Conv2d(inputs, outputs, kernel, padding=padding, bias=bias)]
        missing = wanted - ((size - 1) * stride - 2 * padding + kernel)
        if not 0 <= missing < stride:
            raise ValueError(
                f"a transposed convolution with kernel {kernel} and stride {stride} cannot turn "
                f"{size} into {wanted}"
            )
        return [
            nn.ConvTranspose2d(
                inputs, outputs, kernel, stride, padding, output_padding=missing, bias=bias
            )
        ]


class DcganDiscriminator(nn.Module):
    """The discriminator of the DCGAN family: images [N, C, H, W] -> logits [N], before any sigmoid.

    `options` is the complete section "model" of a configuration.
    """

    def __init__(self, options):
        super().__init__()
        if _is_dense(options, "discriminator"):
            layers = self._dense(options)
        else:
            layers = self._convolutions(options)
        self.main = nn.Sequential(*layers)
        initialise(self, options)
        if options["discriminator_norm"] == "spectral":
            for layer in self.main:
                if isinstance(layer, (nn.Conv2d, nn.Linear)):
                    nn.utils.spectral_norm(layer)

    def forward(self, images):
        return self.main(images).flatten()

    @staticmethod
    def _dense(options):
        inputs, bias = options["resolution"] ** 2 * options["image_channels"], options["discriminator_bias"]
        layers = [nn.Flatten()]
        for stage, width in enumerate(options["discriminator_channels"] or [256, 256]):
            layers.append(nn.Linear(inputs, width, bias=bias))
            layers += _after_layer(
                options, "discriminator", width if stage > 0 else None, nn.BatchNorm1d
            )
            inputs = width
        return layers + [nn.Linear(inputs, 1, bias=bias)]

    @staticmethod
    def _convolutions(options):
        channels, strides, kernels = discriminator_plan(options)
        bias, inputs, size = (
            options["discriminator_bias"],
            options["image_channels"],
            options["resolution"],
        )
        layers = []
        for stage, (outputs, stride, kernel) in enumerate(zip(channels, strides, kernels)):
            layers.append(nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, bias=bias))
            layers += _after_layer(options, "discriminator", outputs if stage > 0 else None)
            inputs, size = outputs, convolved_size(size, stride, kernel)
        if options["discriminator_head"] == "convolution":
            layers += [nn.Conv2d(inputs, 1, size, bias=bias), nn.Flatten()]
        else:
            layers += [nn.Flatten(), nn.Linear(inputs * size * size, 1, bias=bias)]
        return layers


def _is_dense(options, network):
    """Whether "generator" or "discriminator" has dense layers alone; older files know none."""
    return options.get(f"{network}_layers", "convolution") == "dense"


def generator_plan(options):
    """Sizes after the stem and after every stage, channels going into every stage, strides and
    kernels of the stages.
    """
    channels, strides = list(options["generator_channels"]), list(options["generator_strides"])
    if not strides:
        strides = [2] * (len(channels) or _halvings(options["resolution"]))
    if not channels:
        channels = [min(64 << left, 512) for left in reversed(range(len(strides)))]
    if len(channels) != len(strides):
        raise ValueError("generator_channels and generator_strides need the same number of entries")
    sizes = [options["resolution"]]
    for stride in reversed(strides):
        sizes.insert(0, -(-sizes[0] // stride))
    return sizes, channels, strides, _one_per_stage(options["generator_kernels"], len(strides))


def discriminator_plan(options):
    """Channels, strides and kernels of the stages before the head."""
    channels, strides = list(options["discriminator_channels"]), list(
        options["discriminator_strides"]
    ) or [2]
    if not channels:
        channels = [min(64 << stage, 512) for stage in range(_halvings(options["resolution"]))]
    return (
        channels,
        _one_per_stage(strides, len(channels)),
        _one_per_stage(options["discriminator_kernels"], len(channels)),
    )


def convolved_size(size, stride, kernel):
    """Side of a map after a convolution of the discriminator, whose padding is (kernel - 1) / 2."""
    return (size + 2 * ((kernel - 1) // 2) - kernel) // stride + 1


def initialise(network, options):
    """Fills a network with its starting values: "normal" as in the DCGAN paper, or "library",
    PyTorch's own.
    """
    if options["init"] == "library":
        return
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            nn.init.normal_(module.weight, 0.0, options["init_std"])
        elif isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.normal_(module.weight, 1.0, options["init_std"])
        else:
            continue
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def _after_layer(options, network, norm_over, norm=nn.BatchNorm2d):
    """Norm (none where norm_over is None), activation and dropout after one layer of "generator" or
    "discriminator".
    """
    layers = []
    if norm_over is not None and options[f"{network}_norm"] == "batch":
        layers.append(norm(norm_over))
    leaky = network == "discriminator" or options["generator_activation"] == "leaky_relu"
    layers.append(nn.LeakyReLU(options[f"{network}_slope"]) if leaky else nn.ReLU())
    if options[f"{network}_dropout"] > 0:
        layers.append(nn.Dropout(options[f"{network}_dropout"]))
    return layers


def _halvings(resolution):
    """How many halvings make a map smaller than 8: 64 -> 4 takes 4, 28 -> 7 takes 2."""
    count = 0
    while resolution >= 8:
        resolution, count = resolution // 2, count + 1
    return count


def _one_per_stage(values, stages):
    values = list(values) * stages if len(values) == 1 else list(values)
    if len(values) != stages:
        raise ValueError(f"{len(values)} entries for {stages} stages: give one, or one per stage")
    return values


# "type" of the section "model" -> the class of each network.
MODELS = {"dcgan": {"generator": DcganGenerator, "discriminator": DcganDiscriminator}}


def load_checkpoint(path, map_location="cpu"):
    """The plain dictionary in a file of gantrain, with its configuration parsed.

    Keys: "gantrain" (format, kind, config as text, step, images_seen, ...), "networks" and, in kind
    "training", "ema", "optimizers", "random", "progress", "state". "config" is added here:
    gantrain's configuration as a dictionary.
    """
    data = torch.load(Path(path), map_location=map_location, weights_only=True)
    if not isinstance(data, dict) or "gantrain" not in data:
        raise ValueError(f'{path}: not a file of gantrain (it has no entry "gantrain")')
    return {**data, "config": json.loads(data["gantrain"]["config"])}


def build_network(config, name):
    """A network of a configuration with fresh weights; name: "generator", "discriminator"."""
    model = config["model"]
    if model["type"] not in MODELS:
        raise ValueError(
            f"no Python twin of the model \"{model['type']}\"; there is one of: {', '.join(MODELS)}"
        )
    return MODELS[model["type"]][name](model)


def load_network(network, state):
    """Copies a state dict of a file into a network, in the file's precision, and returns the
    network.
    """
    dtype = next(value.dtype for value in state.values() if value.is_floating_point())
    network.to(dtype).load_state_dict(state, strict=True)
    return network


def load_generator(path, weights="ema", name="generator", map_location="cpu"):
    """The generator in g.pt, a snapshot or a full checkpoint: an nn.Module in eval mode, called
    with z [N, latent_dim].

    weights: "ema" (the average where the run kept one; always what a generator file has) or "raw"
    (as trained; full checkpoints).
    """
    data = load_checkpoint(path, map_location)
    averaged = data.get("ema", {}).get(name)
    if weights not in ("ema", "raw"):
        raise ValueError(f'weights must be "ema" or "raw", got {weights!r}')
    if (
        weights == "raw"
        and data["gantrain"]["kind"] == "generator"
        and data["config"]["ema"]["enabled"]
    ):
        raise ValueError(
            f"{path}: holds the averaged weights only; the raw ones are in the run's checkpoints"
        )
    state = averaged if weights == "ema" and averaged else data["networks"][name]
    network = load_network(build_network(data["config"], name), state).to(map_location)
    return network.eval().requires_grad_(False)

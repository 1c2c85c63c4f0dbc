"""Gantrain's networks in Python: open g.pt, a snapshot or a checkpoint with nothing but PyTorch.

    from gantrain_torch import load_generator
    generator = load_generator("runs/mnist_dcgan/g.pt")
    images = generator(torch.randn(16, generator.latent_dim))   # [16, C, H, W] in [-1, 1]

One with classes (generator.classes > 0) is called with z and labels, [N] integers.
One that translates pictures is called with them instead, [N, C, H, W] in [-1, 1].

A file holds the whole configuration of its run as JSON text, every default included, so the classes
here have no defaults of their own: they take the section "model" of that text. Their state dicts
have the names of gantrain's files (strict=True).
"""

import json
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional


class DcganGenerator(nn.Module):
    """The generator of the DCGAN family (arXiv:1511.06434 and its tutorials): z [N, latent_dim],
    with classes labels [N] -> [N, C, H, W] in [-1, 1].

    `options` is the complete section "model" of a configuration. The layers are one Sequential
    named "main", activations and reshapes included; with the options of pytorch/examples' DCGAN its
    state dict is that of their netG.
    """

    def __init__(self, options):
        super().__init__()
        self.latent_dim, self.classes = options["latent_dim"], _classes(options)
        self._takes_vectors = _is_dense(options, "generator") or options["generator_stem"] == "dense"
        if _is_dense(options, "generator"):
            layers = self._dense(options)
        else:
            layers = self._convolutions(options)
        self.main = nn.Sequential(*layers)
        if self.classes:
            self.embedding = nn.Embedding(self.classes, self.latent_dim)
        initialise(self, options)

    def forward(self, z, labels=None):
        if self.classes:
            z = torch.cat([z, self.embedding(labels)], 1)
        return self.main(z if self._takes_vectors else z[:, :, None, None])

    @staticmethod
    def _dense(options):
        sides = options["image_channels"], options["resolution"], options["resolution"]
        inputs, bias, layers = _given_values(options), options["generator_bias"], []
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
            stem = nn.ConvTranspose2d(_given_values(options), channels, base, bias=bias)
            return [stem] + _after_layer(options, "generator", channels)
        features = channels * base * base
        stem, reshape = nn.Linear(_given_values(options), features, bias=bias), nn.Unflatten(
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
    """The discriminator of the DCGAN family: images [N, C, H, W], with classes labels [N] -> logits
    [N], before any sigmoid; with conditioning "auxiliary" also class logits [N, classes].

    `options` is the complete section "model" of a configuration.
    """

    def __init__(self, options):
        super().__init__()
        if _is_dense(options, "discriminator"):
            layers = self._dense(options)
        else:
            layers = self._convolutions(options)
        self.main = nn.Sequential(*layers)
        self.gain = options.get("discriminator_gain", 1)  # older files know none
        self._head_at = len(layers) - (1 if _is_dense(options, "discriminator") else 2)
        self._conditioning = options["conditioning"] if _classes(options) else None
        self._add_condition(options)
        initialise(self, options)
        if options["discriminator_norm"] == "spectral":
            for layer in [*self.main, *self.children()]:
                if isinstance(layer, (nn.Conv2d, nn.Linear)):
                    nn.utils.spectral_norm(layer)

    def _add_condition(self, options):
        if self._conditioning is None:
            return
        head = next(layer for layer in self.main[self._head_at :] if hasattr(layer, "weight"))
        classes, values = options["classes"], head.weight.numel()
        if self._conditioning == "concat":
            self.plane = nn.Embedding(classes, options["resolution"] ** 2)
        elif self._conditioning == "projection":
            inputs = next(
                layer.weight.shape[0]
                for layer in reversed(self.main[: self._head_at])
                if isinstance(layer, (nn.Conv2d, nn.Linear))
            )
            self.embedding = spectral_embedding(classes, inputs)
        else:
            self.class_head = nn.Linear(values, classes)

    def forward(self, images, labels=None):
        values = self.gain * images
        if self._conditioning == "concat":
            plane = self.plane(labels).view(-1, 1, *images.shape[2:])
            values = torch.cat([images, plane], 1)
        features = self.main[: self._head_at](values)
        logits = self.main[self._head_at :](features).flatten()
        if self._conditioning == "projection":
            means = features.mean((2, 3)) if features.dim() == 4 else features
            return logits + (self.embedding(labels) * means).sum(1)
        if self._conditioning == "auxiliary":
            return logits, self.class_head(features.flatten(1))
        return logits

    @staticmethod
    def _dense(options):
        inputs, bias = options["resolution"] ** 2 * _given_channels(options), options["discriminator_bias"]
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
            _given_channels(options),
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


def _classes(options):
    """0 = unconditional; older files know none."""
    return options.get("classes", 0)


def _given_values(options):
    """Values that a generator's first layer is given: z, and with classes as many of an embedding."""
    return options["latent_dim"] * (2 if _classes(options) else 1)


def _given_channels(options):
    """Channels that a discriminator's first layer is given."""
    told = _classes(options) and options["conditioning"] == "concat"
    return options["image_channels"] + (1 if told else 0)


def spectral_embedding(classes, features):
    embedding = nn.Embedding(classes, features)
    nn.init.xavier_uniform_(embedding.weight)
    return nn.utils.spectral_norm(embedding)


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


class PictureBatchNorm2d(nn.BatchNorm2d):
    """Batch norm that can take each picture's own statistics instead of the running ones: what it
    computes in training at batch 1.
    """

    own_statistics = False

    def forward(self, values):
        if self.own_statistics:
            return functional.instance_norm(
                values, None, None, self.weight, self.bias, True, 0.0, self.eps
            )
        return super().forward(values)


class UnetLevel(nn.Module):
    """One level of a U-Net and all inside of it; `inside` is None at the innermost one."""

    def __init__(self, options, outer, width, inside, given=None, made=None, drops=False):
        super().__init__()
        norm, bias = options["generator_norm"], _bias_before(options["generator_norm"])
        self.outermost = made is not None
        down = nn.Conv2d(given or outer, width, 4, 2, 1, bias=bias)
        joined = width if inside is None else 2 * width
        if self.outermost:
            up = nn.ConvTranspose2d(joined, made, 4, 2, 1)
            layers = [down, inside, nn.ReLU(), up, nn.Tanh()]
        else:
            up = nn.ConvTranspose2d(joined, outer, 4, 2, 1, bias=bias)
            layers = [nn.LeakyReLU(0.2), down]
            layers += [] if inside is None else [_map_norm(norm, width), inside]
            layers += [nn.ReLU(), up, _map_norm(norm, outer)]
            layers += [nn.Dropout(options["generator_dropout"])] if drops else []
        self.model = nn.Sequential(*layers)

    def forward(self, values):
        made = self.model(values)
        return made if self.outermost else torch.cat([values, made], 1)


class UnetGenerator(nn.Module):
    """The U-Net of pix2pix (arXiv:1611.07004); keys are those of the authors' unet_256 and
    unet_128.
    """

    def __init__(self, options, given, made):
        super().__init__()
        downs = options["generator_downs"] or _powers_of_two(options["resolution"])
        widths = [options["generator_channels"] * min(8, 2**level) for level in range(downs)]
        level = None
        for depth in range(downs - 1, 0, -1):
            drops = 4 <= depth < downs - 1 and options["generator_dropout"] > 0
            level = UnetLevel(options, widths[depth - 1], widths[depth], level, drops=drops)
        self.model = UnetLevel(options, None, widths[0], level, given, made)

    def forward(self, pictures):
        return self.model(pictures)


class ResnetBlock(nn.Module):
    def __init__(self, options, channels):
        super().__init__()
        norm = options["generator_norm"]

        def convolution():
            return [
                nn.ReflectionPad2d(1),
                nn.Conv2d(channels, channels, 3, bias=_bias_before(norm)),
                _map_norm(norm, channels),
            ]

        drop = [nn.Dropout(options["generator_dropout"])] if options["generator_dropout"] else []
        self.conv_block = nn.Sequential(*convolution(), nn.ReLU(), *drop, *convolution())

    def forward(self, values):
        return values + self.conv_block(values)


class ResnetGenerator(nn.Module):
    """The generator of CycleGAN (arXiv:1703.10593); keys are those of resnet_9blocks."""

    def __init__(self, options, given, made):
        super().__init__()
        norm, width = options["generator_norm"], options["generator_channels"]
        bias = _bias_before(norm)
        layers = [nn.ReflectionPad2d(3), nn.Conv2d(given, width, 7, bias=bias)]
        layers += [_map_norm(norm, width), nn.ReLU()]
        for factor in (1, 2):
            layers += [nn.Conv2d(width * factor, width * factor * 2, 3, 2, 1, bias=bias)]
            layers += [_map_norm(norm, width * factor * 2), nn.ReLU()]
        layers += [ResnetBlock(options, 4 * width) for _ in range(options["generator_blocks"])]
        for factor in (4, 2):
            layers += [
                nn.ConvTranspose2d(
                    width * factor, width * factor // 2, 3, 2, 1, output_padding=1, bias=bias
                )
            ]
            layers += [_map_norm(norm, width * factor // 2), nn.ReLU()]
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, made, 7), nn.Tanh()]
        self.model = nn.Sequential(*layers)

    def forward(self, pictures):
        return self.model(pictures)


class ResidualBlock(nn.Module):
    def __init__(self, options):
        super().__init__()
        norm, width = options["generator_norm"], options["generator_channels"]
        drop = [nn.Dropout(options["generator_dropout"])] if options["generator_dropout"] else []

        def convolution():
            return [
                nn.Conv2d(width, width, 3, padding=1, bias=norm != "batch"),
                _map_norm(norm, width),
            ]

        self.layers = nn.Sequential(*convolution(), nn.PReLU(), *drop, *convolution())

    def forward(self, values):
        return values + self.layers(values)


class ResidualGenerator(nn.Module):
    """After SRGAN (arXiv:1609.04802); what it makes is added to the enlarged input."""

    def __init__(self, options, channels, _):
        super().__init__()
        norm, width = options["generator_norm"], options["generator_channels"]
        self.scale = options["scale"]
        self.head = nn.Sequential(nn.Conv2d(channels, width, 9, padding=4), nn.PReLU())
        self.blocks = nn.Sequential(
            *[ResidualBlock(options) for _ in range(options["generator_blocks"])]
        )
        self.trunk = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=norm != "batch"), _map_norm(norm, width)
        )
        up, factor = [], 1
        while factor < self.scale:
            up += [nn.Conv2d(width, 4 * width, 3, padding=1), nn.PixelShuffle(2), nn.PReLU()]
            factor *= 2
        self.up = nn.Sequential(*up)
        self.tail = nn.Sequential(nn.Conv2d(width, channels, 9, padding=4))

    def forward(self, pictures):
        first = self.head(pictures)
        change = self.tail(self.up(first + self.trunk(self.blocks(first))))
        if self.scale > 1:
            pictures = functional.interpolate(pictures, scale_factor=self.scale, mode="bicubic")
        return pictures + change


class PatchDiscriminator(nn.Module):
    """PatchGAN (arXiv:1611.07004): [N, C, H, W] -> logits [N, 1, h, w]."""

    def __init__(self, options, channels):
        super().__init__()
        norm, width = options["discriminator_norm"], options["discriminator_channels"]
        layers = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        count, now = options["discriminator_layers"], width
        for layer in range(1, count + 1):
            wanted = width * min(8, 2**layer)
            stride = 2 if layer < count else 1
            layers += [nn.Conv2d(now, wanted, 4, stride, 1, bias=_bias_before(norm))]
            layers += [_map_norm(norm, wanted), nn.LeakyReLU(0.2)]
            now = wanted
        self.model = nn.Sequential(*layers, nn.Conv2d(now, 1, 4, 1, 1))

    def forward(self, images):
        return self.model(images)


class PixelDiscriminator(nn.Module):
    """Every pixel by itself."""

    def __init__(self, options, channels):
        super().__init__()
        norm, width = options["discriminator_norm"], options["discriminator_channels"]
        bias = _bias_before(norm)
        self.net = nn.Sequential(
            nn.Conv2d(channels, width, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 1, bias=bias),
            _map_norm(norm, 2 * width),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 1, 1, bias=bias),
        )

    def forward(self, images):
        return self.net(images)


def _bias_before(norm):
    return norm == "instance"


def _map_norm(norm, channels):
    if norm == "batch":
        return PictureBatchNorm2d(channels)
    return nn.InstanceNorm2d(channels) if norm == "instance" else nn.Identity()


def _powers_of_two(number):
    count = 0
    while number % 2 == 0 and count < 8:
        number, count = number // 2, count + 1
    return count


def _translator(options, given="input_channels", made="image_channels"):
    kinds = {"unet": UnetGenerator, "resnet": ResnetGenerator, "residual": ResidualGenerator}
    return kinds[options["generator"]](options, options[given], options[made])


def _judge(options, channels):
    kinds = {"patch": PatchDiscriminator, "pixel": PixelDiscriminator}
    return kinds[options["discriminator"]](options, channels)


def _pair_channels(options):
    return options["image_channels"] + options["conditional"] * options["input_channels"]


# "type" of the section "model" -> what builds each network of its options; generators first.
class ConditionalBatchNorm2d(nn.BatchNorm2d):
    """Batch norm with a gain and an offset per class; with classes 0 the ordinary one."""

    def __init__(self, channels, classes):
        super().__init__(channels, affine=classes == 0)
        self._conditional = classes > 0
        if classes:
            self.gain, self.offset = nn.Embedding(classes, channels), nn.Embedding(classes, channels)
            nn.init.ones_(self.gain.weight)
            nn.init.zeros_(self.offset.weight)

    def forward(self, values, labels=None):
        values = super().forward(values)
        if not self._conditional:
            return values
        return self.gain(labels)[:, :, None, None] * values + self.offset(labels)[:, :, None, None]


class SelfAttention(nn.Module):
    """That of SAGAN (arXiv:1805.08318), key and value pooled."""

    def __init__(self, channels, spectral):
        super().__init__()
        few, half = max(1, channels // 8), max(1, channels // 2)
        self.query, self.key, self.value, self.out = (
            _with_spectral(nn.Conv2d(inputs, outputs, 1, bias=False), spectral)
            for inputs, outputs in ((channels, few), (channels, few), (channels, half), (half, channels))
        )
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, values):
        pooled = [functional.max_pool2d(layer(values), 2).flatten(2) for layer in (self.key, self.value)]
        scores = self.query(values).flatten(2).transpose(1, 2) @ pooled[0]
        seen = pooled[1] @ scores.softmax(2).transpose(1, 2)
        return values + self.gamma * self.out(seen.unflatten(2, values.shape[2:]))


def minibatch_stddev(values):
    """One more channel: how much the pictures of a group of up to 4 differ (arXiv:1710.10196)."""
    count, _, height, width = values.shape
    group = next(size for size in (4, 3, 2, 1) if count % size == 0)
    deviation = (values.unflatten(0, (group, -1)).var(0, unbiased=False) + 1e-8).sqrt()
    channel = deviation.mean((1, 2, 3)).repeat(group)[:, None, None, None]
    return torch.cat([values, channel.expand(-1, 1, height, width)], 1)


class UpBlock(nn.Module):
    """Pre-activation residual block that doubles the map."""

    def __init__(self, inputs, outputs, classes, spectral):
        super().__init__()
        self.norm1 = ConditionalBatchNorm2d(inputs, classes)
        self.conv1 = _xavier_conv(inputs, outputs, 3, spectral)
        self.norm2 = ConditionalBatchNorm2d(outputs, classes)
        self.conv2 = _xavier_conv(outputs, outputs, 3, spectral)
        self.shortcut = _xavier_conv(inputs, outputs, 1, spectral)

    def forward(self, values, labels):
        made = _doubled(self.norm1(values, labels).relu())
        made = self.conv2(self.norm2(self.conv1(made), labels).relu())
        return made + self.shortcut(_doubled(values))


class DownBlock(nn.Module):
    """Pre-activation residual block of a discriminator."""

    def __init__(self, inputs, outputs, first, halves, spectral):
        super().__init__()
        hidden = outputs if first else inputs
        self.conv1 = _xavier_conv(inputs, hidden, 3, spectral)
        self.conv2 = _xavier_conv(hidden, outputs, 3, spectral)
        self.shortcut = None
        if halves or inputs != outputs:
            self.shortcut = _xavier_conv(inputs, outputs, 1, spectral)
        self._first, self._halves = first, halves

    def forward(self, values):
        made = self.conv2(self.conv1(values if self._first else values.relu()).relu())
        beside = values
        if self._halves:
            made, beside = functional.avg_pool2d(made, 2), functional.avg_pool2d(values, 2)
        return made + (beside if self.shortcut is None else self.shortcut(beside))


class SnganGenerator(nn.Module):
    """The residual generator of SNGAN and SAGAN: z [N, latent_dim], with classes labels [N] ->
    [N, C, H, W] in [-1, 1].
    """

    def __init__(self, options):
        super().__init__()
        self.latent_dim, self.classes = options["latent_dim"], options["classes"]
        spectral, (widths, _, _) = options["generator_spectral"], sngan_plan(options)
        self.stem = _xavier(nn.Linear(self.latent_dim, widths[0] * 16), 1, spectral)
        self.blocks = nn.ModuleList(
            UpBlock(inputs, outputs, self.classes, spectral)
            for inputs, outputs in zip(widths, widths[1:])
        )
        self._attention_at = None
        if options["attention_size"]:
            self._attention_at = max(
                place for place in range(len(self.blocks)) if 8 << place <= options["attention_size"]
            )
            self.attention = SelfAttention(widths[self._attention_at + 1], spectral)
        self.norm = ConditionalBatchNorm2d(widths[-1], 0)
        self.last = _xavier(
            nn.Conv2d(widths[-1], options["image_channels"], 3, padding=1), 1, spectral
        )

    def forward(self, z, labels=None):
        values = self.stem(z).view(len(z), -1, 4, 4)
        for place, block in enumerate(self.blocks):
            values = block(values, labels)
            if place == self._attention_at:
                values = self.attention(values)
        return self.last(self.norm(values).relu()).tanh()


class SnganDiscriminator(nn.Module):
    """The residual discriminator of SNGAN and SAGAN: images [N, C, H, W], with classes labels [N]
    -> logits [N].
    """

    def __init__(self, options):
        super().__init__()
        spectral, (_, widths, downs) = options["discriminator_spectral"], sngan_plan(options)
        inputs = [options["image_channels"], *widths]
        self.blocks = nn.ModuleList(
            DownBlock(inputs[place], width, place == 0, place < downs, spectral)
            for place, width in enumerate(widths)
        )
        self._attention_at = None
        if options["attention_size"]:
            self._attention_at = min(
                place
                for place in range(len(widths))
                if options["resolution"] >> min(place + 1, downs) <= options["attention_size"]
            )
            self.attention = SelfAttention(widths[self._attention_at], spectral)
        self._stddev = options["minibatch_stddev"]
        features = widths[-1] + (1 if self._stddev else 0)
        self.dense = _xavier(nn.Linear(features, 1), 1, spectral)
        self.embedding = None
        if options["classes"]:
            self.embedding = spectral_embedding(options["classes"], features)

    def forward(self, images, labels=None):
        values = images
        for place, block in enumerate(self.blocks):
            values = block(values)
            if place == self._attention_at:
                values = self.attention(values)
        values = minibatch_stddev(values) if self._stddev else values
        sums = values.relu().sum((2, 3))
        logits = self.dense(sums).flatten()
        return logits if self.embedding is None else logits + (self.embedding(labels) * sums).sum(1)


def sngan_plan(options):
    """Widths of the generator (its stem's first) and of the discriminator's blocks, and how many of
    those halve the map.
    """
    ups = _powers_of_two(options["resolution"] // 4)
    small = options["resolution"] <= 32
    widening = [min(64 << place, 1024) for place in range(ups + 1)]
    generator = list(options["generator_channels"]) or (
        [256] * (ups + 1) if small else widening[::-1]
    )
    discriminator = list(options["discriminator_channels"]) or ([128] * 4 if small else widening)
    downs = options["discriminator_downs"] or min(2 if small else ups, len(discriminator))
    return generator, discriminator, downs


def _doubled(values):
    return functional.interpolate(values, scale_factor=2, mode="nearest")


def _with_spectral(layer, spectral):
    return nn.utils.spectral_norm(layer) if spectral else layer


def _xavier(layer, gain, spectral):
    nn.init.xavier_uniform_(layer.weight, gain)
    nn.init.zeros_(layer.bias)
    return _with_spectral(layer, spectral)


def _xavier_conv(inputs, outputs, kernel, spectral):
    layer = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)
    return _xavier(layer, 1 if kernel == 1 else 2**0.5, spectral)


MODELS = {
    "dcgan": {"generator": DcganGenerator, "discriminator": DcganDiscriminator},
    "sngan": {"generator": SnganGenerator, "discriminator": SnganDiscriminator},
    "sagan": {"generator": SnganGenerator, "discriminator": SnganDiscriminator},
    "pix2pix": {
        "generator": _translator,
        "discriminator": lambda options: _judge(options, _pair_channels(options)),
    },
    "cyclegan": {
        "g_ab": _translator,
        "g_ba": lambda options: _translator(options, "image_channels", "input_channels"),
        "d_a": lambda options: _judge(options, options["input_channels"]),
        "d_b": lambda options: _judge(options, options["image_channels"]),
    },
}


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
    """A network of a configuration with fresh weights; name: "generator", "discriminator"; of a
    cyclegan "g_ab", "g_ba", "d_a", "d_b".
    """
    model = config["model"]
    if model["type"] not in MODELS:
        raise ValueError(
            f"no Python twin of the model \"{model['type']}\"; there is one of: {', '.join(MODELS)}"
        )
    network = MODELS[model["type"]][name](model)
    keeps = model.get("keeps", "nothing")
    if keeps != "nothing" and name == "generator":
        network.register_forward_hook(
            lambda _, inputs, pictures: with_kept_input(keeps, inputs[0], pictures)
        )
    return network


def with_kept_input(keeps, inputs, pictures):
    """What a generator of a configuration with model.keeps makes: with the luma of its inputs, or
    with their pixels where the last channel, the mask, is -1.
    """
    if keeps == "luma":
        return (pictures + _luma(inputs) - _luma(pictures)).clamp(-1, 1)
    channels = pictures.shape[1]
    return torch.lerp(inputs[:, :channels], pictures, (inputs[:, channels:] + 1) / 2)


def _luma(pictures):
    if pictures.shape[1] == 1:
        return pictures
    return (pictures * pictures.new_tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(1, keepdim=True)


def load_network(network, state):
    """Copies a state dict of a file into a network, in the file's precision, and returns the
    network.
    """
    dtype = next(value.dtype for value in state.values() if value.is_floating_point())
    network.to(dtype).load_state_dict(state, strict=True)
    return network


def load_generator(path, weights="ema", name=None, map_location="cpu"):
    """The generator in g.pt, a snapshot or a full checkpoint: an nn.Module in eval mode, called
    with z [N, latent_dim] (and labels [N], where generator.classes > 0), or with pictures. One that
    translates and was trained a picture at a time goes on with each picture's own statistics and
    with dropout, as gantrain does.

    weights: "ema" (the average where the run kept one; always what a generator file has) or "raw"
    (as trained; full checkpoints). name: "g_ba" for the way back of a cyclegan.
    """
    data = load_checkpoint(path, map_location)
    name = name or next(iter(MODELS[data["config"]["model"]["type"]]))
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
    network.eval().requires_grad_(False)
    training = data["config"].get("training", {})
    if (training.get("micro_batch_size") or training.get("batch_size")) == 1:
        for module in network.modules():
            if isinstance(module, PictureBatchNorm2d):
                module.own_statistics = True
            elif isinstance(module, nn.Dropout) and not hasattr(network, "latent_dim"):
                module.train()
    return network

"""The DCGAN family against its Python twins: networks, first steps, initial weights. Needs
gantrain_parity, see parity.py.
"""

import random
import unittest

import torch

from parity import NETWORKS, ROOT, TwinTraining, load_twins, make_inputs, run_parity, twin_outputs

# Systems: configuration, settings, batch.
DCGAN_64 = ("mnist_dcgan_64.json", ["model.image_channels=3"], 2)
DCGAN_28 = ("mnist_dcgan.json", ["model.discriminator_dropout=0"], 4)
DENSE_GAN = ("mnist_gan_dense.json", [], 8)
MLP_GAN = ("mnist_gan_mlp.json", [], 8)
SYSTEMS = {"DCGAN-64": DCGAN_64, "DCGAN-28": DCGAN_28, "dense GAN": DENSE_GAN}
# Written down here so that a slip in a configuration shows.
SHAPES = {
    DCGAN_64[0]: dict(resolution=64, image_channels=3, latent_dim=100),
    DCGAN_28[0]: dict(resolution=28, image_channels=1, latent_dim=100),
    DENSE_GAN[0]: dict(resolution=28, image_channels=1, latent_dim=100),
    MLP_GAN[0]: dict(resolution=28, image_channels=1, latent_dim=64),
}
ADAM = {"type": "adam", "learning_rate": 2e-4, "beta1": 0.5, "beta2": 0.999}
TINY = {
    "type": "dcgan",
    "resolution": 8,
    "image_channels": 1,
    "latent_dim": 6,
    "generator_channels": [8, 6],
    "generator_strides": [1, 2],
    "generator_kernels": [3],
    "discriminator_channels": [6, 8],
}


def run_system(system, precision, steps, seed=0):
    file, settings, batch = system
    inputs = make_inputs(SHAPES[file], max(steps, 1), batch, precision, seed)
    settings = [*settings, f"runtime.precision={precision}", "runtime.device=cpu"]
    return run_parity(ROOT / "configs" / file, inputs, settings, steps), inputs


def in_double_precision(states):
    return {
        network: {
            key: value.double() if value.is_floating_point() else value
            for key, value in state.items()
        }
        for network, state in states.items()
    }


def tiny_config(model, precision="fp64", **sections):
    config = {
        "format": 1,
        "model": model,
        "objective": {"type": "non_saturating"},
        "data": {"type": "synthetic", "count": 8, "seed": 1},
        "optimizer": {"generator": ADAM, "discriminator": ADAM},
        "training": {"length": "2 steps", "batch_size": 4},
        "runtime": {"device": "cpu", "precision": precision},
    }
    return {**config, **sections}


class ParityCase(unittest.TestCase):
    def assert_near(self, ours, twins, tolerance, what):
        self.assertEqual(ours.shape, twins.shape, what)
        error = (ours - twins).abs().max().item()
        self.assertLessEqual(error, tolerance, what)

    def assert_same_state(self, ours, network, tolerance, what):
        """Every parameter and buffer within `tolerance` of the network's largest parameter; counts
        are equal.
        """
        twins = network.state_dict()
        self.assertEqual(list(ours), list(twins), what)
        largest = max(parameter.abs().max().item() for parameter in network.parameters())
        for key, value in twins.items():
            self.assert_near(
                ours[key],
                value,
                tolerance * largest if value.is_floating_point() else 0,
                f"{what}.{key}",
            )

    def assert_same_training(self, result, inputs):
        twin = TwinTraining(result)
        self.assertEqual(len(result["losses"]), len(inputs))
        for step, given in enumerate(inputs):
            losses, _ = twin.step(given)
            for name, value in losses.items():
                ours = float(result["losses"][str(step)][name])
                self.assertAlmostEqual(
                    ours, value, delta=1e-6 * max(1, abs(value)), msg=f"step {step}, {name}"
                )
        for name in NETWORKS:
            self.assert_same_state(result["final"][name], twin.twins[name], 1e-6, name)
        self.assert_same_state(result["ema"]["generator"], twin.ema, 1e-6, "generator's average")
        moved = max(
            (result["final"]["generator"][key] - value).abs().max().item()
            for key, value in result["initial"]["generator"].items()
        )
        self.assertGreater(moved, 1e-4, "nothing was trained")


class TwentyStepsInDoublePrecision(ParityCase):
    def test_dcgan_64(self):
        self.assert_same_training(*run_system(DCGAN_64, "fp64", 20))

    def test_dcgan_28(self):
        self.assert_same_training(*run_system(DCGAN_28, "fp64", 20))

    def test_dense_gan(self):
        self.assert_same_training(*run_system(DENSE_GAN, "fp64", 20))

    def test_mlp_gan(self):
        self.assert_same_training(*run_system(MLP_GAN, "fp64", 20))

    def test_least_squares_rmsprop_and_sgd(self):
        config = tiny_config(
            TINY,
            objective={
                "type": "least_squares",
                "real_label": 0.8,
                "fake_label": -0.5,
                "discriminator_weight": 0.7,
            },
            optimizer={
                "generator": {"type": "rmsprop", "learning_rate": 1e-3, "momentum": 0.5},
                "discriminator": {"type": "sgd", "learning_rate": 1e-2, "momentum": 0.9},
            },
            ema={"half_life_kimg": 0.02, "ramp_up": 0.5},
        )
        inputs = make_inputs(TINY, 20, 4, "fp64")
        self.assert_same_training(run_parity(config, inputs, steps=20), inputs)


class FirstStepInSinglePrecision(ParityCase):
    """Outputs within 1e-5 of the twins', gradients within 1e-4 of the largest gradient norm.

    The gradients' yardstick are twins in double precision. Where a value lies within rounding of a
    ReLU's kink, single precision may take the other side, and the gradient jumps by more than
    rounding (Python's own single precision is off by 3e-4 to 3e-2 then). So one of three draws of
    images and latents has to agree: an error in the program shows in all of them.
    """

    DRAWS = 3

    def check(self, system):
        errors = []
        for seed in range(self.DRAWS):
            result, inputs = run_system(system, "fp32", 1, seed)
            for name, value in self.outputs_in_our_order(result, inputs[0]).items():
                self.assertEqual(value.dtype, torch.float32)
                self.assert_near(result["outputs"][name], value, 1e-5, name)
            errors.append(self.gradient_error(result, inputs[0]))
            if errors[-1] <= 1e-4:
                return
        self.fail(f"largest error of a gradient, by draw: {errors}")

    def outputs_in_our_order(self, result, given):
        """Of twins whose maps lie in memory as the program's do, so that sums are rounded alike."""
        last = torch.channels_last
        twins = load_twins(result)
        for twin in twins.values():
            twin.to(memory_format=last)
        return twin_outputs(
            twins,
            {
                name: draw.contiguous(memory_format=last) if draw.dim() == 4 else draw
                for name, draw in given.items()
            },
        )

    def gradient_error(self, result, given):
        """The largest error of a gradient over the largest norm of one, of both networks."""
        exact = {**result, "initial": in_double_precision(result["initial"])}
        _, gradients = TwinTraining(exact).step(
            {name: draw.double() for name, draw in given.items()}
        )
        worst = 0.0
        for network, twins in gradients.items():
            ours = result["gradients_step0"][network]
            self.assertEqual(list(ours), list(twins))
            largest = max(gradient.norm().item() for gradient in twins.values())
            self.assertGreater(largest, 0)
            for key, gradient in twins.items():
                self.assertEqual(ours[key].dtype, torch.float32)
                worst = max(worst, (ours[key].double() - gradient).norm().item() / largest)
        return worst

    def test_dcgan_64(self):
        self.check(DCGAN_64)

    def test_dcgan_28(self):
        self.check(DCGAN_28)

    def test_dense_gan(self):
        self.check(DENSE_GAN)


class InitialWeights(ParityCase):
    def test_dcgan_64_has_the_published_sizes_and_keys(self):
        result, _ = run_system(DCGAN_64, "fp32", 0)
        counts = [
            sum(parameter.numel() for parameter in network.parameters())
            for network in load_twins(result).values()
        ]
        self.assertEqual(counts, [3_576_704, 2_765_568])
        for network, layers, norms in (
            ("generator", (0, 3, 6, 9, 12), (1, 4, 7, 10)),
            ("discriminator", (0, 2, 5, 8, 11), (3, 6, 9)),
        ):
            keys = [f"main.{index}.weight" for index in layers]
            keys += [
                f"main.{index}.{name}"
                for index in norms
                for name in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
            ]
            self.assertEqual(sorted(result["initial"][network]), sorted(keys))
        self.assertEqual(
            tuple(result["initial"]["generator"]["main.3.weight"].shape), (512, 256, 4, 4)
        )
        self.assertEqual(
            tuple(result["initial"]["discriminator"]["main.11.weight"].shape), (1, 512, 4, 4)
        )

    def test_normal_init_has_the_papers_mean_and_deviation_in_every_layer(self):
        for name, system in (("DCGAN-64", DCGAN_64), ("DCGAN-28", DCGAN_28)):
            result, _ = run_system(system, "fp32", 0)
            for network, twin in load_twins(result).items():
                for key, module in twin.named_modules():
                    if getattr(module, "weight", None) is None:
                        continue
                    is_norm = isinstance(module, (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d))
                    with self.subTest(system=name, network=network, layer=key):
                        self.check_distribution(module.weight, 1.0 if is_norm else 0.0, 0.02)
                        if module.bias is not None:
                            self.assertEqual(module.bias.abs().max().item(), 0)
                        if is_norm:
                            self.assertEqual(module.running_mean.abs().max().item(), 0)
                            self.assertEqual((module.running_var - 1).abs().max().item(), 0)

    def test_library_init_is_that_of_pytorch(self):
        result, _ = run_system(DENSE_GAN, "fp32", 0)
        for network, twin in load_twins(result).items():
            for key, module in twin.named_modules():
                if not isinstance(
                    module, (torch.nn.Conv2d, torch.nn.ConvTranspose2d, torch.nn.Linear)
                ):
                    continue
                fan_in = module.weight[
                    0
                ].numel()  # also for transposed convolutions, whose first dimension is the input's
                bound = fan_in**-0.5 * (1 + 1e-6)  # rounding of float32
                with self.subTest(network=network, layer=key):
                    self.check_distribution(module.weight, 0.0, bound / 3**0.5)
                    self.assertLessEqual(module.weight.abs().max().item(), bound)
                    self.assertLessEqual(module.bias.abs().max().item(), bound)
                    self.assertGreater(module.bias.abs().max().item(), 0)

    def test_another_seed_gives_other_weights_and_the_same_seed_the_same(self):
        inputs = make_inputs(TINY, 1, 4, "fp32")
        first, again, other = (
            run_parity(tiny_config(TINY, "fp32", seed=seed), inputs)["initial"]["generator"][
                "main.0.weight"
            ]
            for seed in (1, 1, 2)
        )
        self.assertTrue(torch.equal(first, again))
        self.assertFalse(torch.equal(first, other))

    def check_distribution(self, values, mean, deviation):
        """Within five standard errors."""
        count = values.numel()
        self.assertLess(abs(values.double().mean().item() - mean), 5 * deviation / count**0.5)
        self.assertLess(abs(values.double().std().item() / deviation - 1), 5 / (2 * count) ** 0.5)


class Dropout(ParityCase):
    def test_with_the_same_masks_the_twins_agree(self):
        model = {
            **TINY,
            "generator_dropout": 0.25,
            "discriminator_dropout": 0.5,
            "discriminator_channels": [16, 32],
        }
        inputs = make_inputs(model, 1, 64, "fp64")
        result = run_parity(tiny_config(model), inputs)
        for name, value in twin_outputs(load_twins(result, masks=True), inputs[0]).items():
            self.assert_near(result["outputs"][name], value, 1e-9, name)
        for network, p in (("generator", 0.25), ("discriminator", 0.5)):
            self.assertEqual(len(result["masks"][network]), 2)
            for key, mask in result["masks"][network].items():
                kept = mask > 0
                self.assertEqual(sorted(mask.unique().tolist()), [0, 1 / (1 - p)])
                error = 5 * (p * (1 - p) / mask.numel()) ** 0.5
                self.assertAlmostEqual(
                    kept.double().mean().item(), 1 - p, delta=error, msg=f"{network}.{key}"
                )

    def test_training_with_dropout_is_not_training_without(self):
        inputs, losses = make_inputs(TINY, 2, 4, "fp64"), []
        for p in (0.0, 0.5):
            result = run_parity(tiny_config({**TINY, "discriminator_dropout": p}), inputs, steps=2)
            losses.append(float(result["losses"]["0"]["d_real"]))
        self.assertNotAlmostEqual(losses[0], losses[1], places=9)


class Toolbox(ParityCase):
    """Twenty steps in double precision with each objective and each penalty."""

    def check(self, objective, norm="none", **penalty):
        model = {**TINY, "discriminator_norm": norm, "discriminator_bias": True, "init_std": 0.2}
        config = tiny_config(model, objective=objective, penalty=penalty)
        inputs = make_inputs(model, 20, 4, "fp64")
        self.assert_same_training(run_parity(config, inputs, steps=20), inputs)

    def test_objectives(self):
        for objective in (
            {"type": "saturating", "real_label": 0.9},
            {"type": "hinge", "discriminator_weight": 0.5},
            {"type": "wasserstein"},
            {"type": "relativistic"},
            {"type": "relativistic_average", "fake_label": 0.1},
        ):
            with self.subTest(objective):
                self.check(objective, "spectral")

    def test_weights_are_clipped(self):
        self.check({"type": "wasserstein"}, "batch", weight_clip=0.05)

    def test_wgan_gp(self):
        self.check({"type": "wasserstein"}, gradient="wgan_gp", lambda_gp=7)

    def test_dragan(self):
        self.check({"type": "non_saturating"}, gradient="dragan")

    def test_relativistic_with_r1_and_r2(self):
        self.check({"type": "relativistic"}, "spectral", r1_gamma=2, r2_gamma=0.5)

    def test_lazy_r1(self):
        self.check({"type": "non_saturating"}, r1_gamma=3, interval=4)


class RandomOptions(ParityCase):
    """Valid option sets of the family build, their twins load strictly and give the same outputs."""

    def check(self, seeds):
        for seed in seeds:
            model = random_options(random.Random(seed))
            with self.subTest(seed=seed, model=model):
                inputs = make_inputs(model, 1, 4, "fp64", seed)
                result = run_parity(tiny_config(model), inputs)
                for key, value in model.items():
                    self.assertEqual(result["config"]["model"][key], value, key)
                for name, value in twin_outputs(load_twins(result, masks=True), inputs[0]).items():
                    self.assert_near(result["outputs"][name], value, 1e-9, name)
                    self.assertGreater(value.abs().max().item(), 0)

    def test_first_ten(self):
        self.check(range(10))

    def test_second_ten(self):
        self.check(range(10, 20))

    def test_third_ten(self):
        self.check(range(20, 30))


def random_options(draw):
    """A complete, valid option set with small networks, by the rules of dcgan_options.h."""
    model = {
        "type": "dcgan",
        "resolution": draw.choice([8, 10, 12, 14, 16, 20, 24, 28, 32]),
        "image_channels": draw.choice([1, 3]),
        "latent_dim": draw.randint(1, 12),
        "init": draw.choice(["normal", "library"]),
        "init_std": draw.choice([0.02, 0.1, 0.3]),
    }
    generator = {
        "upsampling": draw.choice(["transposed", "nearest"]),
        "norm": draw.choice(["batch", "none"]),
        "activation": draw.choice(["relu", "leaky_relu"]),
        "slope": draw.choice([0.1, 0.2, 0.3]),
        "bias": draw.choice([True, False]),
        "dropout": draw.choice([0.0, 0.0, 0.25]),
    }
    generator["stem"] = draw.choice(["transposed", "dense"])
    generator["stem_norm"] = (
        draw.choice(["channels", "features"]) if generator["stem"] == "dense" else "channels"
    )
    generator.update(random_generator_stages(draw, model["resolution"], generator["upsampling"]))
    discriminator = {
        "norm": draw.choice(["batch", "spectral", "none"]),
        "slope": draw.choice([0.1, 0.2, 0.3]),
        "bias": draw.choice([True, False]),
        "dropout": draw.choice([0.0, 0.0, 0.3]),
        "head": draw.choice(["convolution", "dense"]),
    }
    discriminator.update(random_discriminator_stages(draw, model["resolution"]))
    discriminator["gain"] = draw.choice([1.0, 0.5, 3.0])
    model.update({f"generator_{key}": value for key, value in generator.items()})
    model.update({f"discriminator_{key}": value for key, value in discriminator.items()})
    for network in ("generator", "discriminator"):
        if draw.random() < 0.3:
            model.update({f"{network}_layers": "dense", f"{network}_strides": []})
            if network == "generator":
                model.update(generator_upsampling="transposed", generator_stem_norm="channels")
    return model


def random_generator_stages(draw, size, upsampling):
    strides, kernels = [], []
    for _ in range(draw.randint(1, 4)):  # from the image inwards
        stride = draw.choice([1, 2, 2])
        inner = -(-size // stride)
        if inner < 3 or (upsampling == "nearest" and inner * stride != size):
            stride, inner = 1, size
        fitting = [
            kernel for kernel in (3, 4, 5, 6, 7) if _fits(upsampling, inner, size, stride, kernel)
        ]
        strides.insert(0, stride)
        kernels.insert(0, draw.choice(fitting))
        size = inner
    channels = [draw.randint(1, 12) for _ in strides]
    if set(strides) == {2} and draw.random() < 0.5:
        strides = []
    return {
        "channels": channels,
        "strides": strides,
        "kernels": kernels[:1] if len(set(kernels)) == 1 else kernels,
    }


def _fits(upsampling, inner, outer, stride, kernel):
    if upsampling == "nearest":
        return kernel % 2 == 1
    return 0 <= outer - ((inner - 1) * stride - 2 * ((kernel - 1) // 2) + kernel) < stride


def random_discriminator_stages(draw, size):
    strides, kernels = [], []
    for _ in range(draw.randint(1, 4)):
        stride = draw.choice([1, 2, 2]) if size > 3 else 1
        fitting = [
            kernel
            for kernel in (3, 4, 5, 6, 7)
            if size + 2 * ((kernel - 1) // 2) - kernel >= stride
        ]
        kernel = draw.choice(fitting)
        strides.append(stride)
        kernels.append(kernel)
        size = (size + 2 * ((kernel - 1) // 2) - kernel) // stride + 1
    if set(strides) == {2} and draw.random() < 0.5:
        strides = []
    return {
        "channels": [draw.randint(1, 12) for _ in kernels],
        "strides": strides,
        "kernels": kernels[:1] if len(set(kernels)) == 1 else kernels,
    }


if __name__ == "__main__":
    unittest.main()

"""pix2pix and CycleGAN against their Python twins: keys and counts as published, outputs, first
gradients, twenty steps. Needs gantrain_parity, see parity.py.
"""

import unittest

import torch
from torch.nn.functional import l1_loss

from gantrain_torch import MODELS, build_network, load_network
from parity import (
    DTYPES,
    Masked,
    discriminator_losses,
    generator_loss,
    optimizer_of,
    run_parity,
    slopes,
)

ADAM = {"type": "adam", "learning_rate": 2e-4, "beta1": 0.5, "beta2": 0.999}
VANILLA = {"type": "non_saturating", "discriminator_weight": 0.5}
UNET = {
    "type": "pix2pix",
    "resolution": 64,
    "generator_channels": 6,
    "discriminator_channels": 6,
    "generator_dropout": 0,
}
RESNET = {
    **UNET,
    "resolution": 32,
    "input_channels": 1,
    "generator": "resnet",
    "generator_norm": "instance",
    "generator_blocks": 2,
    "discriminator_norm": "instance",
    "discriminator_layers": 2,
}
CYCLE = {**RESNET, "type": "cyclegan", "input_channels": 3, "pool_size": 4}
STEPS = 20


def config_of(model, precision="fp64", batch=1, **sections):
    """A run that keeps no average; its data are never opened."""
    return {
        "format": 1,
        "seed": 3,
        "model": model,
        "objective": VANILLA,
        "data": {"type": "synthetic", "count": 8},
        "optimizer": {"generator": ADAM, "discriminator": ADAM},
        "training": {"length": "2 steps", "batch_size": batch},
        "ema": {"enabled": False},
        "runtime": {"device": "cpu", "precision": precision},
        **sections,
    }


def pictures(shape, precision, seed):
    random = torch.Generator().manual_seed(seed)
    return torch.rand(*shape, generator=random, dtype=DTYPES[precision]) * 2 - 1


def make_draws(model, steps, batch, precision, seed=0):
    """What gantrain_parity is given for each step: pictures of both domains, and every draw."""
    random = torch.Generator().manual_seed(seed)
    side, scale, dtype = model["resolution"], model.get("scale", 1), DTYPES[precision]

    def domain(channels, size):
        shape = (batch, model.get(channels, 3), size, size)
        return torch.rand(*shape, generator=random, dtype=dtype) * 2 - 1

    draws = []
    for _ in range(steps):
        draw = {
            "images": domain("image_channels", side),
            "inputs": domain("input_channels", side // scale),
            "wgan_gp": torch.rand(batch, generator=random, dtype=dtype),
        }
        for pool in ("pool_a", "pool_b"):
            size = max(1, model.get("pool_size", 1))
            draw[pool] = torch.randint(size, (batch,), generator=random)
            draw[f"{pool}_chance"] = torch.rand(batch, generator=random, dtype=dtype)
        draws.append(draw)
    return draws


def probes_of(result, precision):
    """A picture for each network."""
    model, probes = result["config"]["model"], {}
    inputs, images = model["input_channels"], model["image_channels"]
    judged = images + inputs * model.get("conditional", False)
    channels = {"generator": inputs, "g_ab": inputs, "g_ba": images, "discriminator": judged}
    for seed, name in enumerate(MODELS[model["type"]]):
        shape = (1, channels.get(name, images), model["resolution"], model["resolution"])
        probes[name] = pictures(shape, precision, seed)
    return probes


def twins_of(result):
    return {
        name: load_network(build_network(result["config"], name), state).train()
        for name, state in result["initial"].items()
    }


def masks_of(twins, inputs, seed=1):
    """A mask for each dropout of the generators, 0 or 1 / (1 - p)."""
    random, masks = torch.Generator().manual_seed(seed), {}
    for name in ("generator", "g_ab", "g_ba"):
        found = {}
        for key, module in twins[name].named_modules() if name in twins else ():
            if isinstance(module, torch.nn.Dropout):

                def keep(layer, given, made, key=key):
                    kept = torch.rand(given[0].shape, generator=random) >= layer.p
                    found[key] = kept.to(given[0].dtype) / (1 - layer.p)

                module.register_forward_hook(keep)
        if name in twins:
            state = {key: value.clone() for key, value in twins[name].state_dict().items()}
            with torch.no_grad():
                twins[name](inputs)
            twins[name].load_state_dict(state)
            masks[name] = found
    return masks


def put_masks(network, masks):
    for key, mask in masks.items():
        parent, _, last = key.rpartition(".")
        network.get_submodule(parent)[int(last)] = Masked(mask)


class Pool:
    """The image pool of the facts, an image at a time."""

    def __init__(self, size):
        self.size, self.images = size, []

    def exchange(self, newcomers, places, chances):
        shown = []
        for newcomer, place, chance in zip(newcomers, places.tolist(), chances.tolist()):
            if len(self.images) < self.size:
                self.images.append(newcomer.clone())
                shown.append(newcomer)
            elif self.size > 0 and chance < 0.5:
                shown.append(self.images[place])
                self.images[place] = newcomer.clone()
            else:
                shown.append(newcomer)
        return torch.stack(shown)


class Training:
    """What both recipes share: twins of a result, and how one group of them is updated."""

    def __init__(self, result, masks=None):
        self.config, self.model = result["config"], result["config"]["model"]
        self.objective = self.config["objective"]
        self.twins = twins_of(result)
        for name, of_network in (masks or {}).items():
            put_masks(self.twins[name], of_network)
        self.groups = {
            "generator": [name for name in self.twins if name[0] == "g"],
            "discriminator": [name for name in self.twins if name[0] == "d"],
        }
        self.optimizers = {
            group: optimizer_of(
                [p for name in names for p in self.twins[name].parameters()],
                self.config["optimizer"][group],
                1,
            )
            for group, names in self.groups.items()
        }

    def update(self, group, loss):
        named = [
            (name, key, parameter)
            for name in self.groups[group]
            for key, parameter in self.twins[name].named_parameters()
        ]
        values = torch.autograd.grad(loss, [entry[2] for entry in named], retain_graph=True)
        gradients = {name: {} for name in self.groups[group]}
        for (name, key, parameter), value in zip(named, values):
            gradients[name][key] = value
            parameter.grad = value.clone()
        self.optimizers[group].step()
        return gradients

    def adversarial(self, judge, fakes):
        return self.model["lambda_gan"] * generator_loss(self.objective, None, judge(fakes))


class Pix2pixTraining(Training):
    """G forward; D on the detached fake pair, then the real pair, one update; G through the updated
    D, and towards the image.
    """

    def step(self, draw):
        generator, judge = self.twins["generator"], self.twins["discriminator"]
        inputs, images = draw["inputs"], draw["images"]
        fakes = generator(inputs)
        fake_pair, real_pair = (
            torch.cat([inputs, pictures], 1) if self.model["conditional"] else pictures
            for pictures in (fakes.detach(), images)
        )
        fake_logits = judge(fake_pair)
        terms = discriminator_losses(self.objective, judge(real_pair), fake_logits)
        losses = {f"D{name[1:]}": value for name, value in terms.items()}
        if self.config["penalty"]["gradient"] == "wgan_gp":
            share = draw["wgan_gp"][:, None, None, None]
            points = (share * real_pair + (1 - share) * fake_pair).requires_grad_()
            norms = slopes(judge(points), points).sqrt()
            weight = self.config["penalty"]["lambda_gp"]
            losses["D_gp"] = weight * (norms - 1).square().mean()
        gradients = self.update("discriminator", sum(losses.values()))
        pair = torch.cat([inputs, fakes], 1) if self.model["conditional"] else fakes
        g_losses = {
            "G_GAN": self.adversarial(judge, pair),
            "G_L1": self.model["lambda_l1"] * l1_loss(fakes, images),
        }
        gradients |= self.update("generator", sum(g_losses.values()))
        return {name: value.item() for name, value in (losses | g_losses).items()}, gradients


class CycleganTraining(Training):
    """All forwards; both generators with the discriminators as they are; then both discriminators
    on reals and on fakes from the pools.
    """

    def __init__(self, result, masks=None):
        super().__init__(result, masks)
        self.pools = {name: Pool(self.model["pool_size"]) for name in ("pool_a", "pool_b")}

    def step(self, draw):
        g_ab, g_ba, d_a, d_b = (self.twins[name] for name in ("g_ab", "g_ba", "d_a", "d_b"))
        a, b, cycle = draw["inputs"], draw["images"], self.model["lambda_cycle"]
        fake_b, fake_a = g_ab(a), g_ba(b)
        identity = cycle * self.model["lambda_identity"]
        losses = {
            "G_A": self.adversarial(d_b, fake_b),
            "G_B": self.adversarial(d_a, fake_a),
            "cycle_A": cycle * l1_loss(g_ba(fake_b), a),
            "cycle_B": cycle * l1_loss(g_ab(fake_a), b),
            "idt_A": identity * l1_loss(g_ab(b), b),
            "idt_B": identity * l1_loss(g_ba(a), a),
        }
        gradients = self.update("generator", sum(losses.values()))
        d_losses = {}
        for name, judge, reals, fakes, pool in (
            ("D_A", d_b, b, fake_b, "pool_b"),
            ("D_B", d_a, a, fake_a, "pool_a"),
        ):
            shown = self.pools[pool].exchange(fakes.detach(), draw[pool], draw[f"{pool}_chance"])
            terms = discriminator_losses(self.objective, judge(reals), judge(shown))
            d_losses[name] = sum(terms.values())
        gradients |= self.update("discriminator", sum(d_losses.values()))
        return {name: value.item() for name, value in (losses | d_losses).items()}, gradients


TRAININGS = {"pix2pix": Pix2pixTraining, "cyclegan": CycleganTraining}


class TranslationCase(unittest.TestCase):
    def run_both(self, config, batch=1, steps=STEPS, dropout=False, seed=0):
        """The program's result and the twins' training, on the same draws and masks."""
        draws = make_draws(
            config["model"], max(steps, 1), batch, config["runtime"]["precision"], seed
        )
        masks = {}
        if dropout:
            masks = masks_of(twins_of(run_parity(config, draws, probes={})), draws[0]["inputs"])
            self.assertTrue(all(masks.values()), "nothing drops")
        result = run_parity(config, draws, steps=steps, probes={}, masks=masks)
        return result, TRAININGS[config["model"]["type"]](result, masks), draws

    def check_training(self, config, batch=1, dropout=False):
        result, twin, draws = self.run_both(config, batch, dropout=dropout)
        for step, draw in enumerate(draws):
            losses, _ = twin.step(draw)
            ours = result["losses"][str(step)]
            self.assertEqual(sorted(ours), sorted(losses))
            for name, value in losses.items():
                self.assertAlmostEqual(
                    float(ours[name]), value, delta=1e-6 * max(1, abs(value)), msg=f"{step} {name}"
                )
        for name, network in twin.twins.items():
            ours, state = result["final"][name], network.state_dict()
            self.assertEqual(list(ours), list(state))
            largest = max(parameter.abs().max().item() for parameter in network.parameters())
            moved = 0
            for key, value in state.items():
                error = (ours[key].double() - value.double()).abs().max().item()
                limit = 1e-6 * largest if value.is_floating_point() else 0
                self.assertLessEqual(error, limit, f"{name}.{key}")
                moved = max(moved, (ours[key] - result["initial"][name][key]).abs().max().item())
            self.assertGreater(moved, 1e-4, f"{name} was not trained")
        return result, twin

    def check_first_step(self, config, draws=3):
        """Gradients in single precision within 1e-4 of the largest norm of one, against twins in
        double precision; of several draws one has to agree, see test_parity_dcgan.py.
        """
        errors = []
        for seed in range(draws):
            result, _, given = self.run_both(config, steps=1, seed=seed)
            exact = {
                **result,
                "initial": {
                    name: {
                        key: value.double() if value.is_floating_point() else value
                        for key, value in state.items()
                    }
                    for name, state in result["initial"].items()
                },
            }
            twin = TRAININGS[config["model"]["type"]](exact)
            doubled = {
                key: value.double() if value.is_floating_point() else value
                for key, value in given[0].items()
            }
            _, gradients = twin.step(doubled)
            worst = 0.0
            for name, of_network in gradients.items():
                largest = max(gradient.norm().item() for gradient in of_network.values())
                ours = result["gradients_step0"][name]
                self.assertEqual(list(ours), list(of_network))
                for key, gradient in of_network.items():
                    self.assertEqual(ours[key].dtype, torch.float32)
                    error = (ours[key].double() - gradient).norm().item() / largest
                    worst = max(worst, error)
            errors.append(worst)
            if worst <= 1e-4:
                return
        self.fail(f"largest error of a gradient, by draw: {errors}")

    def check_outputs(self, config, beside_python=False):
        """Single precision within 1e-5 of Python's; where statistics of few values enlarge
        rounding, not more than twice as far from double precision as Python.
        """
        draws = make_draws(config["model"], 1, 1, "fp32")
        probes = probes_of(run_parity(config, draws, probes={}), "fp32")
        result = run_parity(config, draws, probes=probes)
        for name, network in twins_of(result).items():
            with torch.no_grad():
                python, ours = network(probes[name]), result["outputs"][name]
                exact = network.double()(probes[name].double())
            self.assertEqual(ours.dtype, torch.float32)
            self.assertEqual(ours.shape, python.shape)
            self.assertGreater(exact.std().item(), 1e-3)
            limit = 1e-5
            if beside_python:
                limit = max(1e-6, 2 * (python.double() - exact).abs().max().item())
            self.assertLessEqual((ours.double() - exact).abs().max().item(), limit, name)


class Pix2pix(TranslationCase):
    def test_unet_with_batch_norm_trains_as_its_twin(self):
        self.check_training(config_of(UNET))

    def test_unet_with_dropout_trains_as_its_twin(self):
        self.check_training(
            config_of({**UNET, "generator_channels": 3, "generator_dropout": 0.5}), dropout=True
        )

    def test_resnet_with_instance_norm_trains_as_its_twin(self):
        objective = {"type": "least_squares"}
        self.check_training(config_of({**RESNET, "lambda_gan": 2}, objective=objective))

    def test_resnet_with_dropout_of_a_batch_trains_as_its_twin(self):
        model = {**RESNET, "generator_dropout": 0.25, "generator_norm": "batch"}
        self.check_training(config_of(model, batch=3), batch=3, dropout=True)

    def test_rmsprop_beside_adam_and_a_pixel_discriminator(self):
        rmsprop = {"type": "rmsprop", "learning_rate": 2e-4, "alpha": 0.99}
        model = {**RESNET, "discriminator": "pixel", "generator_norm": "none"}
        optimizer = {"generator": rmsprop, "discriminator": ADAM}
        self.check_training(config_of(model, optimizer=optimizer))

    def test_wasserstein_with_a_penalty_on_pairs(self):
        self.check_training(
            config_of(
                RESNET,
                batch=2,
                objective={"type": "wasserstein"},
                penalty={"gradient": "wgan_gp", "lambda_gp": 10},
            ),
            batch=2,
        )

    def test_super_resolution_with_a_discriminator_of_images_alone(self):
        model = {
            **UNET,
            "resolution": 32,
            "generator": "residual",
            "scale": 2,
            "generator_blocks": 2,
            "discriminator_layers": 2,
            "conditional": False,
        }
        self.check_training(config_of(model, batch=2), batch=2)

    def test_first_step_in_single_precision(self):
        self.check_first_step(config_of(UNET, "fp32"))
        self.check_first_step(config_of(RESNET, "fp32"))

    def test_outputs_in_single_precision(self):
        self.check_outputs(config_of(UNET, "fp32"), beside_python=True)
        self.check_outputs(config_of(RESNET, "fp32"))


class Cyclegan(TranslationCase):
    def test_it_trains_as_its_twin_with_a_pool_that_turned_over(self):
        objective = {"type": "least_squares"}
        result, twin = self.check_training(
            config_of({**CYCLE, "lambda_gan": 2}, objective=objective)
        )
        for name, pool in twin.pools.items():
            ours = result["state"][name]
            self.assertEqual(ours.shape[0], 4)
            self.assertLessEqual((ours - torch.stack(pool.images)).abs().max().item(), 1e-6)

    def test_batches_go_through_the_pool_an_image_at_a_time(self):
        self.check_training(config_of(CYCLE, batch=3), batch=3)

    def test_single_precision(self):
        self.check_first_step(config_of(CYCLE, "fp32"))
        self.check_outputs(config_of(CYCLE, "fp32"))


class Published(unittest.TestCase):
    """Keys and counts of the authors' networks."""

    def initial(self, **model):
        model = {"type": "pix2pix", **model}
        draws = [{"images": torch.zeros(1, 3, 64, 64)}]
        result = run_parity(config_of(model, "fp32"), draws, probes={})
        twins = {name: build_network(result["config"], name) for name in result["initial"]}
        for name, state in result["initial"].items():
            self.assertEqual(
                [(key, value.shape) for key, value in state.items()],
                [(key, value.shape) for key, value in twins[name].state_dict().items()],
            )
        counts = {
            name: sum(parameter.numel() for parameter in twin.parameters())
            for name, twin in twins.items()
        }
        return result["initial"], counts

    def unet_keys(self, downs):
        """From the facts: the way in, then the way out."""
        norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
        places = ["model.model"]
        for depth in range(1, downs):
            places.append(places[-1] + (".1.model" if depth == 1 else ".3.model"))
        keys = [f"{places[0]}.0.weight"]
        for place in places[1:-1]:
            keys += [f"{place}.1.weight"] + [f"{place}.2.{name}" for name in norm]
        keys += [f"{places[-1]}.1.weight", f"{places[-1]}.3.weight"]
        keys += [f"{places[-1]}.4.{name}" for name in norm]
        for place in reversed(places[1:-1]):
            keys += [f"{place}.5.weight"] + [f"{place}.6.{name}" for name in norm]
        return keys + [f"{places[0]}.3.weight", f"{places[0]}.3.bias"]

    def test_unet_256_and_its_discriminator(self):
        states, counts = self.initial(resolution=256)
        self.assertEqual(counts, {"generator": 54_413_955, "discriminator": 2_768_705})
        self.assertEqual(list(states["generator"]), self.unet_keys(8))
        self.assertEqual(len(states["generator"]), 82)
        inner = ".".join(["model.model.1"] + ["model.3"] * 6 + ["model.3.weight"])
        self.assertEqual(tuple(states["generator"][inner].shape), (512, 512, 4, 4))
        shapes = {key: tuple(value.shape) for key, value in states["discriminator"].items()}
        self.assertEqual(shapes["model.0.weight"], (64, 6, 4, 4))
        self.assertEqual(shapes["model.11.weight"], (1, 512, 4, 4))
        self.assertEqual(
            [key for key in shapes if "model.3" not in key and "model.6" not in key][:6],
            ["model.0.weight", "model.0.bias", "model.2.weight", "model.5.weight",
             "model.8.weight", "model.9.weight"],
        )  # fmt: skip

    def test_unet_128(self):
        states, counts = self.initial(resolution=128)
        self.assertEqual(counts["generator"], 41_828_995)
        self.assertEqual(list(states["generator"]), self.unet_keys(7))
        self.assertEqual(len(states["generator"]), 70)

    def test_resnets(self):
        for blocks, count, last in ((9, 11_378_179, 26), (6, 7_837_699, 23)):
            states, counts = self.initial(
                type="cyclegan", resolution=64, generator_blocks=blocks, pool_size=0
            )
            self.assertEqual(counts["g_ab"], count)
            self.assertEqual(counts["d_a"], 2_764_737)
            keys = list(states["g_ba"])
            self.assertEqual(keys[0], "model.1.weight")
            self.assertIn(f"model.{9 + blocks}.conv_block.5.bias", keys)
            self.assertEqual(keys[-2:], [f"model.{last}.weight", f"model.{last}.bias"])
            self.assertTrue(all(key.endswith(("weight", "bias")) for key in keys))
        _, counts = self.initial(
            resolution=64, generator="resnet", generator_norm="batch", generator_dropout=0.5
        )
        self.assertEqual(counts["generator"], 11_383_427)

    def test_initial_weights(self):
        model = {"resolution": 64, "generator_channels": 32, "discriminator_channels": 16}
        states = {
            kind: self.initial(init=kind, init_gain=0.5, **model)[0]["generator"]
            for kind in ("normal", "xavier", "kaiming", "orthogonal")
        }
        key = "model.model.1.model.3.model.1.weight"  # [128, 64, 4, 4]
        fan_in, fan_out = 64 * 16, 128 * 16
        for kind, deviation in (
            ("normal", 0.5),
            ("xavier", 0.5 * (2 / (fan_in + fan_out)) ** 0.5),
            ("kaiming", (2 / fan_in) ** 0.5),
        ):
            self.assertAlmostEqual(
                states[kind][key].std().item() / deviation, 1, delta=0.02, msg=kind
            )
        rows = states["orthogonal"][key].flatten(1).double()
        self.assertTrue(torch.allclose(rows @ rows.t(), 0.25 * torch.eye(128).double(), atol=1e-5))
        for state in states.values():
            scale = state["model.model.1.model.2.weight"]
            self.assertLess(abs(scale.mean().item() - 1), 5 * 0.5 / len(scale) ** 0.5)
            self.assertEqual(state["model.model.3.bias"].abs().max().item(), 0)


if __name__ == "__main__":
    unittest.main()

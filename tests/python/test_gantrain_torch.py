"""scripts/gantrain_torch.py: what it reads, what it refuses. With GANTRAIN_BINARY also files that
the program wrote.
"""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import torch

from parity import ROOT, run_generator
from gantrain_torch import (
    MODELS,
    DcganDiscriminator,
    DcganGenerator,
    load_checkpoint,
    load_generator,
)

MODEL = {
    "type": "dcgan",
    "resolution": 16,
    "image_channels": 3,
    "latent_dim": 5,
    "generator_stem": "dense",
    "generator_stem_norm": "channels",
    "generator_channels": [8, 4],
    "generator_strides": [],
    "generator_kernels": [4],
    "generator_upsampling": "transposed",
    "generator_norm": "batch",
    "generator_activation": "relu",
    "generator_slope": 0.2,
    "generator_bias": False,
    "generator_dropout": 0.5,
    "discriminator_channels": [4, 8],
    "discriminator_strides": [],
    "discriminator_kernels": [4],
    "discriminator_norm": "batch",
    "discriminator_slope": 0.2,
    "discriminator_bias": False,
    "discriminator_dropout": 0,
    "discriminator_head": "convolution",
    "init": "normal",
    "init_std": 0.02,
}


def names(network):
    return [type(layer).__name__ for layer in network.main]


class Layers(unittest.TestCase):
    def test_dense_stem_normalises_the_map_or_the_features(self):
        self.assertEqual(
            names(DcganGenerator(MODEL))[:5],
            ["Linear", "Unflatten", "BatchNorm2d", "ReLU", "Dropout"],
        )
        features = DcganGenerator({**MODEL, "generator_stem_norm": "features"})
        self.assertEqual(
            names(features)[:5], ["Linear", "BatchNorm1d", "ReLU", "Dropout", "Unflatten"]
        )

    def test_what_is_off_is_no_entry(self):
        plain = {
            **MODEL,
            "generator_dropout": 0,
            "generator_norm": "none",
            "generator_upsampling": "nearest",
            "generator_kernels": [3],
            "generator_stem": "transposed",
        }
        self.assertEqual(
            names(DcganGenerator(plain)),
            ["ConvTranspose2d", "ReLU", "Upsample", "Conv2d", "ReLU", "Upsample", "Conv2d", "Tanh"],
        )

    def test_heads(self):
        self.assertEqual(
            names(DcganDiscriminator(MODEL)),
            ["Conv2d", "LeakyReLU", "Conv2d", "BatchNorm2d", "LeakyReLU", "Conv2d", "Flatten"],
        )
        dense = DcganDiscriminator({**MODEL, "discriminator_head": "dense"})
        self.assertEqual(names(dense)[-2:], ["Flatten", "Linear"])
        self.assertEqual(dense(torch.zeros(3, 3, 16, 16)).shape, (3,))

    def test_empty_lists_fill_themselves_in(self):
        published = {
            **MODEL,
            "resolution": 64,
            "generator_channels": [],
            "discriminator_channels": [],
            "generator_dropout": 0,
            "generator_stem": "transposed",
            "latent_dim": 100,
        }
        counts = [
            sum(p.numel() for p in network(published).parameters())
            for network in (DcganGenerator, DcganDiscriminator)
        ]
        self.assertEqual(counts, [3_576_704, 2_765_568])

    def test_impossible_sizes_are_refused(self):
        for change in (
            {"generator_channels": [8, 4], "generator_strides": [2]},
            {"generator_kernels": [4, 4, 4]},
            {"generator_upsampling": "nearest"},
            {"generator_strides": [1, 2]},
        ):
            with self.subTest(change), self.assertRaises(ValueError):
                DcganGenerator({**MODEL, **change})


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = Path(self.folder.name) / "file.pt"
        torch.manual_seed(1)
        self.raw, self.averaged = DcganGenerator(MODEL), DcganGenerator(MODEL)

    def write(self, kind, **entries):
        config = json.dumps({"format": 1, "model": MODEL, "ema": {"enabled": True}})
        torch.save(
            {"gantrain": {"format": 1, "kind": kind, "config": config, "step": 3}, **entries},
            self.path,
        )

    def test_a_generator_file_gives_a_generator_ready_to_use(self):
        self.write("generator", networks={"generator": self.averaged.state_dict()})
        generator = load_generator(self.path)
        self.assertFalse(generator.training)
        self.assertEqual(generator.latent_dim, 5)
        z = torch.randn(2, generator.latent_dim)
        images = generator(z)
        self.assertEqual(images.shape, (2, 3, 16, 16))
        self.assertFalse(images.requires_grad)
        self.assertTrue(torch.equal(images, self.averaged.eval()(z)))

    def test_a_checkpoint_has_both_kinds_of_weights(self):
        self.write(
            "training",
            networks={"generator": self.raw.state_dict()},
            ema={"generator": self.averaged.state_dict()},
        )
        for weights, source in (("ema", self.averaged), ("raw", self.raw)):
            loaded = load_generator(self.path, weights)
            self.assertTrue(torch.equal(loaded.main[0].weight, source.main[0].weight), weights)

    def test_raw_weights_are_not_made_up(self):
        self.write("generator", networks={"generator": self.averaged.state_dict()})
        with self.assertRaisesRegex(ValueError, "averaged weights only"):
            load_generator(self.path, "raw")

    def test_double_precision_stays_double(self):
        self.write("generator", networks={"generator": self.averaged.double().state_dict()})
        self.assertEqual(load_generator(self.path).main[0].weight.dtype, torch.float64)

    def test_weights_that_do_not_fit_are_refused(self):
        state = dict(self.averaged.state_dict())
        state.pop("main.0.weight")
        self.write("generator", networks={"generator": state})
        with self.assertRaisesRegex(RuntimeError, "main.0.weight"):
            load_generator(self.path)

    def test_other_files_are_refused(self):
        torch.save({"state_dict": {}}, self.path)
        with self.assertRaisesRegex(ValueError, "not a file of gantrain"):
            load_checkpoint(self.path)


@unittest.skipUnless(
    "GANTRAIN_BINARY" in os.environ, "GANTRAIN_BINARY does not name the built gantrain"
)
class FilesOfTheProgram(unittest.TestCase):
    def test_a_smoke_run_leaves_files_that_python_opens(self):
        with tempfile.TemporaryDirectory() as folder:
            run = Path(folder) / "run"
            command = [
                os.environ["GANTRAIN_BINARY"],
                "--config",
                str(ROOT / "configs" / "smoke" / "dcgan.json"),
                "--run-dir",
                str(run),
            ]
            done = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            data = load_checkpoint(run / "g.pt")
            self.assertEqual(data["gantrain"]["kind"], "generator")
            self.assertEqual(data["gantrain"]["step"], 20)
            self.assertEqual(list(data["networks"]), ["generator"])
            self.assertEqual(data["config"], json.loads((run / "config.json").read_text()))
            generator = load_generator(run / "g.pt")
            images = generator(torch.randn(3, generator.latent_dim))
            self.assertEqual(images.shape, (3, 3, 16, 16))
            self.assertLessEqual(images.abs().max().item(), 1)
            checkpoint = max((run / "checkpoints").glob("*.pt"))
            self.assertTrue(
                torch.equal(load_generator(checkpoint).main[0].weight, generator.main[0].weight)
            )
            self.assertFalse(
                torch.equal(
                    load_generator(checkpoint, "raw").main[0].weight, generator.main[0].weight
                )
            )
            discriminator = DcganDiscriminator(data["config"]["model"])
            discriminator.load_state_dict(
                load_checkpoint(checkpoint)["networks"]["discriminator"], strict=True
            )


# What stands in no configuration of configs/smoke: (its file, changed keys).
VARIANTS = {
    "dcgan of dense layers": (
        "dcgan",
        {
            "model.generator_layers": "dense",
            "model.discriminator_layers": "dense",
            "model.generator_channels": [24, 16],
            "model.discriminator_channels": [16],
        },
    ),
    "dcgan with a dense stem and nearest up-sampling": (
        "dcgan",
        {
            "model.generator_stem": "dense",
            "model.generator_upsampling": "nearest",
            "model.generator_kernels": [3],
            "model.generator_activation": "leaky_relu",
        },
    ),
    "unet trained a picture at a time": ("pix2pix", {"training.batch_size": 1}),
    "unet with instance norm, which drops nothing at batch 4": (
        "pix2pix",
        {
            "model.resolution": 64,
            "model.generator_norm": "instance",
            "model.generator_dropout": 0.5,
        },
    ),
    "resnet with batch norm and dropout": (
        "pix2pix",
        {
            "model.generator": "resnet",
            "model.generator_blocks": 2,
            "model.generator_norm": "batch",
            "model.generator_dropout": 0.5,
        },
    ),
    "resnet with batch norm, a picture at a time": (
        "pix2pix",
        {
            "model.generator": "resnet",
            "model.generator_blocks": 2,
            "model.generator_norm": "batch",
            "training.batch_size": 1,
        },
    ),
    "residual at the input's size": (
        "pix2pix",
        {"model.generator": "residual", "model.generator_blocks": 2, "model.input_channels": 3},
    ),
    "residual with sub-pixel doublings": (
        "pix2pix",
        {
            "model.generator": "residual",
            "model.generator_blocks": 2,
            "model.input_channels": 3,
            "model.scale": 4,
            "model.conditional": False,
        },
    ),
    "made colours under the luma of the input": ("pix2pix", {"model.keeps": "luma"}),
    "cyclegan of unets from grey to colour": (
        "cyclegan",
        {
            "model.generator": "unet",
            "model.generator_norm": "batch",
            "model.input_channels": 1,
            "model.lambda_identity": 0,
        },
    ),
}


# Of the smoke configurations whose pictures would be all but grey after three steps.
LARGE_WEIGHTS = {
    "dcgan": {"model.init_std": 0.1},
    "acgan": {"model.init_std": 0.1},
    "pix2pix": {"model.init_gain": 0.1},
    "cyclegan": {"model.init_gain": 0.1},
}


@unittest.skipUnless(
    "GANTRAIN_BINARY" in os.environ, "GANTRAIN_BINARY does not name the built gantrain"
)
class EveryModelOfTheRegistry(unittest.TestCase):
    """load_generator gives what the program makes of the same latents, labels and pictures."""

    STEPS = 3

    def gantrain(self, *words):
        done = subprocess.run(
            [os.environ["GANTRAIN_BINARY"], *map(str, words)], capture_output=True, text=True
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def check(self, smoke, changes):
        changes = {
            **LARGE_WEIGHTS.get(smoke, {}),
            **changes,
            "training.length": f"{self.STEPS} steps",
            "samples.count": 1,
            "runtime.device": "cpu",
            "runtime.precision": "fp32",
        }
        words = []
        for key, value in changes.items():
            words += ["--set", f"{key}={value if isinstance(value, str) else json.dumps(value)}"]
        with tempfile.TemporaryDirectory() as folder:
            run = Path(folder) / "run"
            config = ROOT / "configs" / "smoke" / f"{smoke}.json"
            self.gantrain("--config", config, "--run-dir", run, *words)
            model = load_checkpoint(run / "g.pt")["config"]["model"]
            torch.manual_seed(1)
            inputs = self.inputs(model)
            ours = run_generator(run / "g.pt", **inputs)
            labels = [inputs.pop("labels")] if "labels" in inputs else []
            names = dict(zip(inputs, MODELS[model["type"]]))
            for name, given in inputs.items():
                python = load_generator(run / "g.pt", name=names[name])(given, *labels).clamp(-1, 1)
                self.assertEqual(ours[name].shape, python.shape, name)
                self.assertGreater(python.std().item(), 0.01, name)
                self.assertLessEqual((ours[name] - python).abs().max().item(), 1e-5, name)

    @staticmethod
    def inputs(model, count=3):
        if "latent_dim" in model:
            latents = {"z": torch.randn(count, model["latent_dim"])}
            classes = model["classes"]
            return {**latents, "labels": torch.randint(classes, (count,))} if classes else latents
        side = model["resolution"] // model.get("scale", 1)
        there = torch.rand(count, model["input_channels"], side, side) * 2 - 1
        if model["type"] != "cyclegan":
            return {"there": there}
        return {"there": there, "back": torch.rand(count, model["image_channels"], side, side) * 2 - 1}

    def test_every_model_has_a_twin_and_a_smoke_configuration(self):
        schema = json.loads(self.gantrain("config", "schema"))
        registered = schema["properties"]["model"]["properties"]["type"]["enum"]
        self.assertEqual(sorted(registered), sorted(MODELS))
        smoke = {path.stem for path in (ROOT / "configs" / "smoke").glob("*.json")}
        self.assertLessEqual(set(registered), smoke)

    def test_as_the_smoke_configurations_have_them(self):
        for path in sorted((ROOT / "configs" / "smoke").glob("*.json")):
            with self.subTest(path.stem):
                self.check(path.stem, {})

    def test_variants(self):
        for name, (smoke, changes) in VARIANTS.items():
            with self.subTest(name):
                self.check(smoke, changes)


if __name__ == "__main__":
    unittest.main()

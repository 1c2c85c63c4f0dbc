"""No option is decoration: every key of the schema, set to another value, changes what is seen.

Most changes show in a dry run: the sizes of networks and data, or the first step's losses, reports
and gradients; those of an optimizer show in the metrics of three steps. The rest stands in
ELSEWHERE with the test that shows it. A key in neither place fails, and so does a place whose key is gone.
"""

import importlib
import json
import random
import re
import struct
import tempfile
import unittest
from pathlib import Path

import torch
from PIL import Image

from driver import (
    ROOT,
    TINY,
    TINY_CYCLEGAN,
    TINY_PIX2PIX,
    TINY_SAGAN,
    TINY_SNGAN,
    ProgramTest,
    gantrain,
    read_lines,
    settings,
)
from test_run_folder import FolderTest

# Where the nearest other value would not fit the rest, or change too little to be seen.
VALUES = {
    "model.dcgan.image_channels": [3],
    "model.dcgan.generator_channels": ["[16, 12]"],
    "model.dcgan.generator_strides": ["[1, 4]"],
    "model.dcgan.generator_kernels": ["[6]"],
    "model.dcgan.discriminator_channels": ["[8, 12]"],
    "model.dcgan.discriminator_strides": ["[2, 1]"],
    "model.dcgan.discriminator_kernels": ["[3]"],
    "model.dcgan.resolution": [32],
    "data.idx.classes": [11],
    "data.idx.max_images": [12],
    "data.cifar.max_images": [4],
    "data.cifar.variant": ["100"],  # "10" is what "auto" finds
    "model.pix2pix.resolution": [64],
    "model.pix2pix.input_channels": [1],
    "model.pix2pix.image_channels": [1],
    "model.pix2pix.generator_downs": [4],
    "model.pix2pix.generator_dropout": [0.5],
    "model.pix2pix.keeps": ["luma"],  # known_pixels: test_translation.KeptInputTest
    "model.cyclegan.resolution": [32],
    "model.cyclegan.input_channels": [1],
    "model.cyclegan.image_channels": [1],
    "model.cyclegan.generator_downs": [3],
    "model.cyclegan.discriminator_layers": [1],
    "objective.label_noise": [0.1],
    "objective.n_critic_thorough": [2],
    "penalty.weight_clip": [0.001],
    "training.micro_batch_size": [4],
    "augment.policy": ['["color"]', '["translation"]', '["cutout"]'],
    "runtime.precision": ["fp64", "bf16"],
    "runtime.memory_format": ["contiguous"],
    "runtime.threads": [2],
}
# Labels in the middle leave room for noise.
LABELS = {"objective.real_label": 0.8, "objective.fake_label": 0.2}
SMALL = {"eps": [0.01]}
PER_IMAGE = {"model.discriminator_norm": "none"}
# What a key needs beside it to matter, or to be allowed.
BESIDE = {
    "model.dcgan.generator_stem_norm": {"model.generator_stem": "dense"},
    "model.dcgan.generator_slope": {"model.generator_activation": "leaky_relu"},
    "model.dcgan.generator_upsampling": {"model.generator_kernels": "[3]"},
    "model.dcgan.generator_strides": {"model.generator_kernels": "[3]"},
    "model.pix2pix.generator_blocks": {"model.generator": "resnet"},
    "model.pix2pix.generator_dropout": {"model.generator": "resnet"},
    "model.pix2pix.scale": {"model.generator": "residual"},
    "model.cyclegan.generator_downs": {"model.generator": "unet"},
    "model.cyclegan.input_channels": {"model.lambda_identity": 0},
    "model.cyclegan.image_channels": {"model.lambda_identity": 0},
    "objective.label_noise": LABELS,
    "penalty.gradient": PER_IMAGE,
    "penalty.lambda_gp": PER_IMAGE | {"penalty.gradient": "wgan_gp"},
    "penalty.r1_gamma": PER_IMAGE,
    "penalty.r2_gamma": PER_IMAGE,
    "penalty.interval": PER_IMAGE | {"penalty.r1_gamma": 1},
    "augment.probability": {"augment.policy": '["color"]'},
    "augment.adaptive": {"augment.policy": '["color"]'},
}
POINTS = {
    "data.type": "points",
    "model.resolution": 1,
    "model.image_channels": 2,
    "model.generator_layers": "dense",
    "model.discriminator_layers": "dense",
}
CLASSES = {"model.classes": 4}
VALUES |= {"model.dcgan.classes": [4]}
BESIDE |= {
    "model.dcgan.conditioning": CLASSES,
    "model.dcgan.lambda_class": CLASSES | {"model.conditioning": "auxiliary"},
}
for kind in ("sngan", "sagan"):
    VALUES |= {
        f"model.{kind}.resolution": [32],
        f"model.{kind}.image_channels": [3],
        f"model.{kind}.classes": [0],
        f"model.{kind}.generator_channels": ["[8, 6, 8]"],
        f"model.{kind}.discriminator_channels": ["[8, 6]"],
        f"model.{kind}.discriminator_downs": [1],
        f"model.{kind}.attention_size": [8],
    }
    BESIDE |= {f"model.{kind}.resolution": {"model.generator_channels": "[]"}}
# The keys that stand beside those of any optimizer.
for part in (f"optimizer.{net}.{kind}." for net in ("generator", "discriminator") for kind in ("adam", "rmsprop", "sgd")):  # fmt: skip
    section = part.rsplit(".", 2)[0]
    every = {f"{section}.schedule_every": "1 step"}
    VALUES |= {
        part + "schedule_every": ["1 step"],
        part + "schedule_start": ["1 step"],
        part + "warmup": ["3 steps"],
        part + "clip_value": [0.001],
    }
    BESIDE |= {
        part + "schedule": every | {"data.count": 12},
        part + "schedule_every": {f"{section}.schedule": "step"},
        part + "schedule_factor": every | {f"{section}.schedule": "step"},
        part + "schedule_start": {f"{section}.schedule": "linear"},
    }
FILES = "test_options.FilesTest."
RUNS = "test_run_folder.RunFolderTest."
BAD = "test_bad_inputs.BadInputTest."
TRANSFER = "test_transfer.TransferTest."
ADAPTIVE = "tests/models/augmenter_test.cpp: "
ELSEWHERE = {
    "$schema": FILES + "test_editors_may_be_told_the_schema",
    "format": BAD + "test_row_28_newer_format",
    "extends": "test_sampling.ConfigTest.test_every_config_takes_a_step",
    "name": RUNS + "test_resume_latest_takes_the_run_written_last",
    # The same function of the same numbers: only the file tells them apart.
    "model.dcgan.discriminator_head": FILES + "test_the_head_gives_its_weight_a_shape",
    # It shows when the pool has turned over.
    "model.cyclegan.pool_size": "test_parity_translation.Cyclegan"
    ".test_it_trains_as_its_twin_with_a_pool_that_turned_over",
    "validation.split": "test_translation.ValidationTest.test_the_split_is_shown_and_measured",
    "validation.every": "test_translation.ValidationTest.test_every_and_count",
    "validation.count": "test_translation.ValidationTest.test_every_and_count",
    "validation.best_by": "test_translation.ValidationTest.test_the_best_is_kept_by_what_is_asked",
    "model.type": BAD + "test_row_26_model",
    "data.type": FILES + "test_data_are_where_the_path_says",
    "data.idx.path": FILES + "test_data_are_where_the_path_says",
    "data.cifar.path": FILES + "test_data_are_where_the_path_says",
    "data.stacked_mnist.path": FILES + "test_data_are_where_the_path_says",
    # They show when the probability has moved.
    "augment.target": ADAPTIVE + "MovesByTheRuleEveryFourBatches",
    "augment.interval": ADAPTIVE + "MovesByTheRuleEveryFourBatches",
    "augment.speed_kimg": ADAPTIVE + "a move of 10 * 4 / 200",
    "training.init_from": TRANSFER + "test_a_run_starts_from_each_kind_of_file",
    "training.freeze": TRANSFER + "test_frozen_layers_stay",
    "training.length": RUNS + "test_a_longer_length_continues",
    "ema.enabled": FILES + "test_averaging",
    "ema.half_life_kimg": FILES + "test_averaging",
    "ema.ramp_up": FILES + "test_averaging",
    "samples.every": FILES + "test_samples",
    "samples.count": FILES + "test_samples",
    "samples.seed": FILES + "test_samples",
    "checkpoints.every": FILES + "test_checkpoints",
    "checkpoints.keep": FILES + "test_checkpoints",
    "checkpoints.keep_every": FILES + "test_checkpoints",
    "checkpoints.snapshot_every": RUNS + "test_snapshots_are_kept",
    "log.every": FILES + "test_log",
    "runtime.device": BAD + "test_row_33_no_such_device",
    "runtime.deterministic": "tests/runtime/device_test.cpp: deterministicAlgorithms",
}
# Image files: what their types share are rows of one table, shown with a folder.
PICTURES = "test_picture_options.SharedKeyTest.test_"
SETS = "test_datasets."
SHOWN = {
    key: PICTURES + key
    for key in (
        "path", "fit", "load_size", "crop", "flip", "shift", "filter", "background", "small_images",
        "max_images", "max_image_pixels", "follow_links",
    )
} | {
    "split": PICTURES + "split_val_share_test_share_and_split_seed",
    "val_share": PICTURES + "split_val_share_test_share_and_split_seed",
    "test_share": PICTURES + "split_val_share_test_share_and_split_seed",
    "split_seed": PICTURES + "split_val_share_test_share_and_split_seed",
    "on_bad_image": PICTURES + "on_bad_image_and_max_bad_share",
    "max_bad_share": PICTURES + "on_bad_image_and_max_bad_share",
    "bit_depth": SETS + "TrainingTest.test_sixteen_bits_come_in_and_go_out",
    "workers": "tests/data/picture_dataset_test.cpp: options.workers = workers",
    "cache": SETS + "TrainingTest.test_a_set_larger_than_its_share_of_memory",
    "memory_mb": SETS + "TrainingTest.test_a_set_larger_than_its_share_of_memory",
}  # fmt: skip
for kind in ("folder", "classes", "zip", "paired", "paired_folders", "unpaired", "derived"):
    ELSEWHERE |= {f"data.{kind}.{key}": place for key, place in SHOWN.items()}
FOLDERS = "test_picture_options.OwnKeyTest.test_direction_and_names_of_two_folders"
for kind in ("paired_folders", "unpaired"):
    ELSEWHERE |= {f"data.{kind}.{key}": FOLDERS for key in ("a", "b", "direction")}
ELSEWHERE |= {
    "data.paired.direction": "test_picture_options.OwnKeyTest.test_direction_of_paired",
    "data.zip.labels": "test_picture_options.OwnKeyTest.test_labels_of_a_zip",
    "data.derived.input": "tests/data/input_deriver_test.cpp: GreyIsLumaInOneChannelOrThree",
    "data.derived.mask": "tests/data/input_deriver_test.cpp: ARandomMaskMovesWithTheKey",
    "data.derived.mask_share": "tests/data/input_deriver_test.cpp: mask_share = 0.25",
}


def load_schema():
    return json.loads(gantrain("config", "schema", cwd=ROOT).stdout)


def keys_of(schema):
    """(name, key path, variant, JSON Schema) of every key."""
    for key, entry in schema["properties"].items():
        if "properties" not in entry:
            yield key, key, None, entry
        elif "type" not in entry["properties"] and key == "optimizer":
            for network, section in entry["properties"].items():
                yield from keys_of_section(f"{key}.{network}", section)
        else:
            yield from keys_of_section(key, entry)


def keys_of_section(path, section):
    variants = [
        (rule["if"]["properties"]["type"]["const"], rule["then"])
        for rule in section.get("allOf", [])
    ]
    for key, entry in section["properties"].items():
        if not variants or key == "type":
            yield f"{path}.{key}", f"{path}.{key}", None, entry
            continue
        for variant, then in variants:
            if key in then["propertyNames"]["enum"]:
                name = f"{path}.{variant}.{key}" if len(variants) > 1 else f"{path}.{key}"
                own = then.get("properties", {}).get(key, entry)
                yield name, f"{path}.{key}", variant, own


def other_values(name, entry, now):
    """Values that differ from the one there is."""
    key = name.rpartition(".")[2]
    if name in VALUES or key in SMALL:
        return VALUES.get(name) or SMALL[key]
    if "enum" in entry:
        return [choice for choice in entry["enum"] if choice != now]
    if entry["type"] == "boolean":
        return ["false" if now else "true"]
    if entry["type"] == "integer":
        return [now + 1]
    if entry["type"] == "number":
        return [now / 2 if now else 0.5]
    raise AssertionError(f"{name}: no other value for {entry}; add one to VALUES")


def written(path, shape, magic):
    """Makes an IDX file of noise."""
    count = 1
    for side in shape:
        count *= side
    noise = random.Random(str(path)).randbytes(count)
    if len(shape) == 1:
        noise = bytes(byte % 10 for byte in noise[:-1]) + b"\x09"
    path.write_bytes(struct.pack(f">{1 + len(shape)}I", magic, *shape) + noise)


def make_idx(folder, train, test):
    folder.mkdir()
    for prefix, count in (("train", train), ("t10k", test)):
        written(folder / f"{prefix}-images-idx3-ubyte", (count, 12, 12), 0x803)
        written(folder / f"{prefix}-labels-idx1-ubyte", (count,), 0x801)


def make_cifar(folder, records):
    folder.mkdir()
    for name, labels in [
        ("data_batch_1.bin", 1), ("test_batch.bin", 1), ("train.bin", 2), ("test.bin", 2),
    ]:  # fmt: skip
        noise = random.Random(name)
        (folder / name).write_bytes(
            b"".join(bytes(labels) + noise.randbytes(3072) for _ in range(records))
        )


class KeyTest(ProgramTest):
    """Has one generated test per key."""

    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.home = Path(temporary.name)
        for model, config in (
            ("dcgan", TINY), ("pix2pix", TINY_PIX2PIX), ("cyclegan", TINY_CYCLEGAN),
            ("sngan", TINY_SNGAN), ("sagan", TINY_SAGAN),
        ):  # fmt: skip
            (cls.home / f"{model}.json").write_text(json.dumps(config))
        make_idx(cls.home / "idx", 20, 16)
        make_idx(cls.home / "stacked_mnist", 20, 16)
        make_cifar(cls.home / "cifar", 12)
        cls.seen = {}

    @staticmethod
    def config_of(name):
        """The file of a tiny run that has the key."""
        model = name.split(".")[1] if name.startswith("model.") else "dcgan"
        return f"{'dcgan' if model == 'type' else model}.json"

    def base(self, name, variant):
        """Settings under which the key can matter."""
        base = dict(BESIDE.get(name, {}))
        if name.startswith("data.points"):
            base |= POINTS
        elif name.startswith("data.") and variant != "synthetic":
            base |= {"data.type": variant, "data.path": variant, "model.resolution": 16}
        if name.startswith("data.stacked_mnist"):
            base |= {"model.image_channels": 3}
        if name.startswith("data.cifar"):
            base |= {"model.image_channels": 3, "model.resolution": 64}
        if name.startswith("optimizer."):
            section = ".".join(name.split(".")[:2])
            base |= {f"{section}.type": variant} if variant else {}
            base |= {f"{section}.learning_rate": 0.01, "training.length": "3 steps"}
        return base

    def observe(self, name, chosen):
        """What a run shows that depends on nothing but its settings."""
        trained = name.startswith("optimizer.")
        config = self.config_of(name)
        key = trained, config, *sorted(chosen.items())
        if key in self.seen:
            return self.seen[key]
        words = [word for pair in chosen.items() for word in ("--set", "{}={}".format(*pair))]
        if trained:
            with tempfile.TemporaryDirectory() as folder:
                words += ["--run-dir", f"{folder}/run", *settings(log__every="1 step")]
                self.run_program("--config", config, *words, cwd=self.home)
                result = [
                    {key: value for key, value in line.items() if "Loss" in key or "Grad" in key}
                    for line in read_lines(Path(folder) / "run" / "metrics.jsonl")
                ]
        else:
            hidden = "memory|step|run " + ("" if name == "runtime.threads" else "|runtime")
            done = self.run_program("--config", config, "--dry-run", *words, cwd=self.home)
            lines = done.stdout.splitlines()
            result = [line for line in lines if not re.match(hidden, line)]
        self.seen[key] = result
        return result

    def check(self, name, path, variant, entry):
        base = self.base(name, variant)
        words = [word for pair in base.items() for word in ("--set", "{}={}".format(*pair))]
        shown = json.loads(
            self.run_program(
                "config", "show", self.config_of(name), *words, cwd=self.home
            ).stdout
        )
        for part in path.split("."):
            shown = shown[part]
        for value in other_values(name, entry, shown):
            self.assertNotEqual(str(value), str(shown))
            self.assertNotEqual(
                self.observe(name, base), self.observe(name, base | {path: value}), value
            )

    def test_the_same_settings_show_the_same(self):
        """Else the generated tests would see nothing but noise."""
        for name in ("seed", "optimizer.generator.adam.beta1"):
            chosen = {"seed": 5, "training.length": "3 steps"}
            first = self.observe(name, chosen)
            self.seen.clear()
            self.assertEqual(self.observe(name, chosen), first)


SCHEMA_KEYS = list(keys_of(load_schema()))
for each in SCHEMA_KEYS:
    if each[0] not in ELSEWHERE:
        test = "test_" + re.sub(r"\W+", "_", each[0])
        setattr(KeyTest, test, lambda self, each=each: self.check(*each))


class TableTest(unittest.TestCase):
    def test_tables_hold_keys_that_exist(self):
        names = {name for name, *_ in SCHEMA_KEYS}
        self.assertEqual({*ELSEWHERE, *VALUES, *BESIDE} - names, set())

    def test_tests_that_show_the_rest_exist(self):
        for key, place in ELSEWHERE.items():
            with self.subTest(key):
                if ": " in place:
                    file, text = place.split(": ")
                    self.assertIn(text, (ROOT / file).read_text())
                    continue
                module, case, method = place.split(".")
                self.assertTrue(hasattr(getattr(importlib.import_module(module), case), method))


class FilesTest(FolderTest):
    """Keys that show in the files of a run."""

    def g(self, name):
        return torch.load(self.folder / name / "g.pt", weights_only=True)["networks"]["generator"]

    def run_with(self, name, **values):
        self.train("--run-dir", name, *settings(training__length="10 steps", **values))

    def test_editors_may_be_told_the_schema(self):
        self.write_config("with.json", {**TINY, "$schema": "gantrain.schema.json"})
        self.run_program("config", "check", "with.json")
        self.write_config("with.json", {**TINY, "$schema": 5})
        self.run_program("config", "check", "with.json", code=3)

    def test_data_are_where_the_path_says(self):
        make_idx(self.folder / "a", 20, 16)
        make_idx(self.folder / "b", 24, 16)
        make_cifar(self.folder / "c", 12)
        make_cifar(self.folder / "d", 14)
        for kind, path, expected in [
            ("idx", "a", "IDX, 20 images"), ("idx", "b", "IDX, 24 images"),
            ("stacked_mnist", "a", "of IDX, 20 images"), ("stacked_mnist", "b", "of IDX, 24 images"),
            ("cifar", "c", "CIFAR-10 (1 of 5 training batches), 12 images"),
            ("cifar", "d", "CIFAR-10 (1 of 5 training batches), 14 images"),
        ]:  # fmt: skip
            done = self.train(
                "--dry-run", "--data", path, *settings(data__type=kind, model__image_channels=3)
            )
            self.assertIn(expected, done.stdout)

    def test_the_head_gives_its_weight_a_shape(self):
        ranks = {}
        for head in ("convolution", "dense"):
            self.run_with(head, model__discriminator_head=head)
            weights = self.checkpoint(10, self.folder / head)["networks"]["discriminator"]
            ranks[head] = [weight.dim() for weight in weights.values()][-1]
        self.assertEqual(ranks, {"convolution": 4, "dense": 2})

    def test_averaging(self):
        self.run_with("base")
        self.run_with("without", ema__enabled="false")
        self.run_with("quick", ema__half_life_kimg=0.001)
        self.run_with("at_once", ema__ramp_up=0)
        raw = self.checkpoint(10, self.folder / "base")["networks"]["generator"]
        for name, tensor in self.g("without").items():
            self.assertTrue(torch.equal(tensor, raw[name]), name)
        distance = {
            name: sum((self.g(name)[key] - raw[key]).double().norm() for key in raw)
            for name in ("base", "quick", "at_once")
        }
        self.assertLess(distance["quick"], distance["base"])
        self.assertLess(distance["base"], distance["at_once"])

    def test_samples(self):
        self.run_with("base")
        self.run_with("often", samples__every="5 steps")
        self.run_with("few", samples__count=1)
        self.run_with("other", samples__seed=1)
        names = [f"step-{step:08}.png" for step in (0, 5, 10)]
        folders = {
            name: self.folder / name / "samples" for name in ("base", "often", "few", "other")
        }
        self.assertEqual(sorted(path.name for path in folders["often"].glob("step*")), names)
        self.assertEqual(sorted(path.name for path in folders["base"].glob("step*")), names[::2])
        last = {name: folder / names[-1] for name, folder in folders.items()}
        self.assertNotEqual(last["base"].read_bytes(), last["other"].read_bytes())
        with Image.open(last["base"]) as base, Image.open(last["few"]) as few:
            self.assertLess(few.size, base.size)

    def kept(self, name):
        return [int(path.stem[5:]) for path in sorted((self.folder / name).glob("checkpoints/*"))]

    def test_checkpoints(self):
        every = {"checkpoints__every": "2 steps"}
        self.run_with("base")
        self.assertEqual(self.kept("base"), [0, 10])
        self.run_with("often", **every)
        self.assertEqual(self.kept("often"), [8, 10])
        self.run_with("three", **every, checkpoints__keep=3)
        self.assertEqual(self.kept("three"), [6, 8, 10])
        self.run_with("for_good", **every, checkpoints__keep=1, checkpoints__keep_every="4 steps")
        self.assertEqual(self.kept("for_good"), [4, 8, 10])

    def test_log(self):
        self.run_with("run", log__every="3 steps")
        lines = read_lines(self.folder / "run" / "metrics.jsonl")
        self.assertEqual([line["step"] for line in lines], [3, 6, 9, 10])


if __name__ == "__main__":
    unittest.main()

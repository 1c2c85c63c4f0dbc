"""What a finished run is good for: pictures, Python, and the verbs that describe things."""

import json
import re
import sys
import tempfile
import unittest
from pathlib import Path

import jsonschema
import numpy
import torch
from PIL import Image

from driver import ROOT, TINY, ProgramTest, gantrain, settings, strip_comments

sys.path.insert(0, str(ROOT / "scripts"))

from gantrain_torch import load_generator  # noqa: E402

CONFIGS = sorted((ROOT / "configs").rglob("*.json"))
THREADS = ("--threads", "1")


def classes_of_made_up(path):
    """Made-up shapes have 4 classes."""
    model = json.loads(strip_comments(path.read_text())).get("model", {})
    return {"model": {"classes": 4}} if model.get("classes") else {}


def pixels(path):
    with Image.open(path) as image:
        return numpy.asarray(image).astype(int)


class FinishedRunTest(ProgramTest):
    """One short run for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.home = Path(temporary.name)
        (cls.home / "tiny.json").write_text(json.dumps(TINY))
        # With large weights the pictures are no plain grey, and differ.
        words = settings(checkpoints__snapshot_every="10 steps", model__init_std=0.3)
        done = gantrain("--config", "tiny.json", *words, cwd=cls.home)
        assert done.returncode == 0, done.stderr
        cls.run_folder = cls.home / "runs" / "tiny"

    def sample(self, *words, ckpt="g.pt", **options):
        return self.run_program(
            "sample", "--ckpt", self.run_folder / ckpt, *THREADS, *words, **options
        )


class GeneratorFileTest(FinishedRunTest):
    def test_is_a_plain_dictionary_for_python(self):
        file = torch.load(self.run_folder / "g.pt", weights_only=True)
        self.assertEqual(set(file), {"gantrain", "networks"})
        head = file["gantrain"]
        self.assertEqual((head["format"], head["kind"], head["step"]), (1, "generator", 20))
        self.assertEqual(head["images_seen"], 160)
        self.assertEqual(json.loads(head["config"])["model"]["latent_dim"], 8)
        self.assertEqual(list(file["networks"]), ["generator"])
        for name, tensor in file["networks"]["generator"].items():
            self.assertIsInstance(tensor, torch.Tensor, name)

    def test_checkpoint_has_everything_that_resuming_needs(self):
        path = self.run_folder / "checkpoints" / "step-00000020.pt"
        file = torch.load(path, weights_only=True)
        self.assertLessEqual(
            {"gantrain", "networks", "ema", "optimizers", "random", "progress", "state"}, set(file)
        )
        self.assertEqual(file["gantrain"]["kind"], "training")
        self.assertEqual(set(file["networks"]), {"generator", "discriminator"})
        averaged = torch.load(self.run_folder / "g.pt", weights_only=True)["networks"]["generator"]
        for name, tensor in file["ema"]["generator"].items():
            self.assertTrue(torch.equal(tensor, averaged[name]), name)

    def test_snapshot_is_a_generator_of_its_step(self):
        file = torch.load(self.run_folder / "snapshots" / "g-step-00000010.pt", weights_only=True)
        self.assertEqual((file["gantrain"]["kind"], file["gantrain"]["step"]), ("generator", 10))

    def test_python_makes_pictures_of_the_same_kind(self):
        """The latents of `sample` are its own, so here only mean and spread can agree; the same
        latents are compared in test_parity_dcgan.
        """
        self.sample("--n", 200, "--separate", "--out", "ours")
        ours = numpy.stack([pixels(path) for path in sorted((self.folder / "ours").iterdir())])
        with torch.no_grad():
            values = load_generator(self.run_folder / "g.pt")(torch.randn(200, 8))
        theirs = ((values.clamp(-1, 1) + 1) * 127.5).round().numpy()[:, 0]
        self.assertLess(numpy.abs(ours.mean(0) - theirs.mean(0)).max(), 60)
        self.assertLess(abs(ours.std(0).mean() / theirs.std(0).mean() - 1), 0.2)


class SampleTest(FinishedRunTest):
    def test_picture_i_is_the_same_for_any_count(self):
        self.sample("--n", 5, "--separate", "--out", "few")
        self.sample("--n", 140, "--separate", "--out", "many")
        names = sorted(path.name for path in (self.folder / "few").iterdir())
        self.assertEqual(names, [f"picture-{i:06}.png" for i in range(5)])
        self.assertEqual(len(list((self.folder / "many").iterdir())), 140)
        for name in names:
            few, many = pixels(self.folder / "few" / name), pixels(self.folder / "many" / name)
            self.assertLessEqual(numpy.abs(few - many).max(), 1, name)

    def test_grid_shows_the_separate_pictures(self):
        done = self.sample("--n", 4, "--out", "grid.png")
        self.assertEqual(done.stdout, "grid.png: 4 pictures, step 20\n")
        self.sample("--n", 4, "--separate", "--out", "files")
        grid = pixels(self.folder / "grid.png")
        for path in sorted((self.folder / "files").iterdir()):
            piece = pixels(path)
            self.assertEqual(piece.shape, (16, 16))
            places = numpy.lib.stride_tricks.sliding_window_view(grid, piece.shape)
            self.assertLessEqual(numpy.abs(places - piece).max(axis=(2, 3)).min(), 1, path.name)

    def test_seeds_choose_the_pictures(self):
        for seed in (3, 4):
            self.sample("--n", 1, "--seed", seed, "--separate", "--out", f"seed{seed}")
        self.sample("--seeds", "2-4,9", "--separate", "--out", "seeds")
        self.assertEqual(
            sorted(path.name for path in (self.folder / "seeds").iterdir()),
            [f"seed-{seed:06}.png" for seed in (2, 3, 4, 9)],
        )
        three, four = (
            pixels(self.folder / f"seed{seed}" / "picture-000000.png") for seed in (3, 4)
        )
        listed = pixels(self.folder / "seeds" / "seed-000003.png")
        self.assertLessEqual(numpy.abs(listed - three).max(), 1)
        self.assertGreater(numpy.abs(three - four).max(), 50)

    def test_every_kind_of_checkpoint_gives_pictures(self):
        for ckpt in ("g.pt", "", "checkpoints/step-00000020.pt"):
            self.sample("--n", 4, "--out", "same.png", ckpt=ckpt)
            made = (self.folder / "same.png").read_bytes()
            self.sample("--n", 4, "--out", "first.png")
            self.assertEqual(made, (self.folder / "first.png").read_bytes(), ckpt)
        done = self.sample("--n", 4, "--out", "old.png", ckpt="snapshots/g-step-00000010.pt")
        self.assertIn("step 10", done.stdout)
        self.assertNotEqual(
            (self.folder / "old.png").read_bytes(), (self.folder / "first.png").read_bytes()
        )

    def test_raw_weights_are_within_reach(self):
        checkpoint = "checkpoints/step-00000020.pt"
        self.sample("--n", 4, "--out", "ema.png", ckpt=checkpoint)
        self.sample("--n", 4, "--weights", "raw", "--out", "raw.png", ckpt=checkpoint)
        self.assertNotEqual(
            (self.folder / "ema.png").read_bytes(), (self.folder / "raw.png").read_bytes()
        )

    def test_truncated_latents_give_tamer_pictures(self):
        for trunc in (0.1, 0.5, 4):
            self.sample("--n", 20, "--trunc", trunc, "--separate", "--out", f"t{trunc}")
        self.sample("--n", 20, "--separate", "--out", "all")
        spread = {}
        for name in ("t0.1", "t0.5", "t4", "all"):
            pictures = [pixels(path) for path in sorted((self.folder / name).iterdir())]
            spread[name] = numpy.stack(pictures).std(0).mean()
        self.assertLess(spread["t0.1"], 0.5 * spread["t0.5"])
        self.assertLess(spread["t0.5"], 0.8 * spread["all"])
        self.assertEqual(spread["t4"], spread["all"], "nothing beyond 4 in 160 numbers")
        self.sample("--n", 1, "--trunc", 0.5, "--separate", "--out", "again")
        self.assertEqual(
            (self.folder / "again" / "picture-000000.png").read_bytes(),
            (self.folder / "t0.5" / "picture-000000.png").read_bytes(),
        )
        for word in ("0", "0.05", "11", "nan", "-1", "much"):
            done = self.sample("--n", 1, "--trunc", word, code=2)
            self.assertIn("--trunc", done.stderr)

    def test_grid_of_the_run_is_what_sample_makes(self):
        self.sample("--n", 4, "--seed", 0, "--out", "again.png")
        grid = pixels(self.run_folder / "samples" / "step-00000020.png")
        again = pixels(self.folder / "again.png")
        self.assertEqual(grid.shape, again.shape)
        self.assertLessEqual(numpy.abs(grid - again).max(), 1)

    def test_interpolation_starts_and_ends_at_the_seeds(self):
        self.run_program(
            "interpolate", "--ckpt", self.run_folder / "g.pt", *THREADS,
            "--seeds", "3,4,5", "--frames", 13, "--out", "walk",
        )  # fmt: skip
        self.assertEqual(
            sorted(path.name for path in (self.folder / "walk").glob("frame-*")),
            [f"frame-{i:05}.png" for i in range(13)],
        )
        self.assertEqual(len(list((self.folder / "walk").iterdir())), 14)  # and the strip
        self.sample("--seeds", "3,4,5", "--separate", "--out", "ends")
        frames = [pixels(self.folder / "walk" / f"frame-{i:05}.png") for i in range(13)]
        for frame, seed in [(0, 3), (6, 4), (12, 5)]:
            end = pixels(self.folder / "ends" / f"seed-{seed:06}.png")
            self.assertLessEqual(numpy.abs(frames[frame] - end).max(), 1, seed)
        words = ("--ckpt", self.run_folder / "g.pt", *THREADS, "--seeds", "3,4", "--frames", 2)
        self.run_program("interpolate", *words, "--trunc", 0.3, "--out", "tame")
        self.sample("--seeds", "3,4", "--trunc", 0.3, "--separate", "--out", "tame_ends")
        for frame, seed in [(0, 3), (1, 4)]:
            made = pixels(self.folder / "tame" / f"frame-{frame:05}.png")
            end = pixels(self.folder / "tame_ends" / f"seed-{seed:06}.png")
            self.assertLessEqual(numpy.abs(made - end).max(), 1, seed)
        steps = [numpy.abs(a - b).mean() for a, b in zip(frames, frames[1:])]
        self.assertLess(max(steps), numpy.abs(frames[0] - frames[6]).mean())

    def test_a_file_that_is_none_is_refused(self):
        (self.folder / "g.pt").write_bytes((self.run_folder / "g.pt").read_bytes()[:-1000])
        self.run_program("sample", "--ckpt", "g.pt", "--out", "x.png", code=5)
        self.run_program("sample", "--ckpt", "nowhere.pt", "--out", "x.png", code=5)
        self.assertFalse((self.folder / "x.png").exists())


class PointsTest(ProgramTest):
    def test_points_are_shown_as_dots(self):
        self.run_program(
            "--config", ROOT / "configs" / "points_ring.json", "--run-dir", "run",
            *settings(training__length="10 steps", samples__count=50),
        )  # fmt: skip
        reals = pixels(self.folder / "run" / "samples" / "reals.png")
        self.assertEqual(reals.shape, (256, 256))
        dark = numpy.argwhere(reals == 0) / 255 * 2 - 1
        radii = numpy.hypot(dark[:, 0], dark[:, 1])
        self.assertLess(numpy.abs(radii - 0.75).max(), 5 * 0.05 + 0.02)
        self.assertGreater(len(dark), 200)
        done = self.run_program("sample", "--ckpt", "run", "--n", 40, "--out", "dots.png")
        self.assertEqual(done.stdout, "dots.png: 40 points, step 10\n")
        self.assertEqual(pixels(self.folder / "dots.png").shape, (256, 256))
        done = self.run_program("sample", "--ckpt", "run", "--separate", code=2)
        self.assertIn("shown in one picture", done.stderr)
        self.run_program(
            "interpolate", "--ckpt", "run", "--seeds", "1,2", "--frames", 4, "--out", "walk"
        )
        frame = pixels(self.folder / "walk" / "frame-00000.png")
        self.assertEqual((frame.shape, (frame == 0).sum()), ((256, 256), 9))

    def test_models_of_points_learn_from_points_alone(self):
        config = ROOT / "configs" / "points_ring.json"
        done = self.run_program("--config", config, *settings(data__type="synthetic"), code=3)
        self.assertIn('data.type "points"', done.stderr)
        done = self.train(*settings(data__type="points"), code=3)
        self.assertIn("needs a model of points", done.stderr)
        done = self.train(*settings(model__resolution=4), code=3)
        self.assertIn("must be at least 8 unless both networks have dense layers", done.stderr)
        done = self.run_program(
            "--config", config, "--set", 'augment.policy=["color"]', "--dry-run", code=3
        )
        self.assertIn("augment.policy", done.stderr)
        self.assertIn("model.resolution", done.stderr)


class DescribeTest(FinishedRunTest):
    def test_inspect_gives_json(self):
        for target, kind in [("g.pt", "generator"), ("", "training")]:
            done = self.run_program("inspect", "--json", self.run_folder / target)
            answer = json.loads(done.stdout)
            self.assertEqual((answer["kind"], answer["step"]), (kind, 20))
            self.assertEqual(answer["config"]["model"]["latent_dim"], 8)
            file = torch.load(answer["file"], weights_only=True)
            tensors = file["networks"]["generator"]
            self.assertEqual(
                answer["networks"]["generator"]["tensors"],
                {name: list(tensor.shape) for name, tensor in tensors.items()},
            )
        self.assertIn("step 20", self.run_program("inspect", self.run_folder).stdout)

    def test_doctor_gives_json(self):
        answer = json.loads(self.run_program("doctor", "--json").stdout)
        self.assertRegex(answer["libtorch"], r"^\d+\.\d+")
        self.assertIn("cpu", answer["devices"])
        self.assertIn(answer["auto"]["precision"], ("fp32", "bf16", "tf32"))
        self.assertIn(answer["libtorch"], self.run_program("doctor").stdout)

    def test_help_ends_with_an_example(self):
        table = self.run_program("--help").stdout.split("ubcommands:")[1].split("Example")[0]
        verbs = re.findall(r"^  ([a-z]+) ", table, re.MULTILINE)
        self.assertLessEqual({"train", "sample", "interpolate", "inspect", "config"}, set(verbs))
        nested = [("config", verb) for verb in ("show", "check", "schema", "reference", "init")]
        for words in [*((verb,) for verb in verbs), *nested]:
            with self.subTest(verb=" ".join(words)):
                done = self.run_program(*words, "--help")
                end = done.stdout.rstrip().rpartition("Example")[2]
                shown = "--config" if words == ("train",) else " ".join(words)
                self.assertIn(f"\n  gantrain {shown}", end)


class ConfigTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        done = gantrain("config", "schema", cwd=ROOT)
        cls.schema = json.loads(done.stdout)
        jsonschema.Draft202012Validator.check_schema(cls.schema)
        cls.validator = jsonschema.Draft202012Validator(cls.schema)

    def test_every_config_fits_the_schema(self):
        for path in CONFIGS:
            with self.subTest(config=path.name):
                config = json.loads(strip_comments(path.read_text()))
                self.assertEqual(
                    [error.message for error in self.validator.iter_errors(config)], []
                )

    def test_schema_refuses_what_the_program_refuses(self):
        wrong = {
            "unknown key": ("training", "batch", 8),
            "text for a number": ("training", "batch_size", "8"),
            "fraction": ("training", "batch_size", 8.5),
            "out of range": ("training", "batch_size", 0),
            "no length": ("training", "length", "20 parsecs"),
            "no choice": ("model", "init", "zero"),
            "key of another type": ("data", "path", "data/mnist"),
            "null": ("model", "latent_dim", None),
            "items of an array": ("model", "generator_channels", [16, "8"]),
            "number for a section": ("ema", None, 5),
        }
        self.assertTrue(self.validator.is_valid(TINY))
        for name, (section, key, value) in wrong.items():
            with self.subTest(name):
                config = json.loads(json.dumps(TINY))
                if key is None:
                    config[section] = value
                else:
                    config[section][key] = value
                self.assertFalse(self.validator.is_valid(config))
                self.write_config("wrong.json", config)
                self.run_program("config", "check", "wrong.json", code=3)

    def test_every_config_is_right(self):
        done = self.run_program("config", "check", *CONFIGS)
        self.assertEqual(done.stdout.count(": ok\n"), len(CONFIGS))

    def test_init_and_show_write_configs_that_are_right(self):
        for name, words in {
            "init.json": ("init",),
            "synthetic.json": ("init", "--data", "synthetic"),
            "cifar.json": ("init", "--data", "cifar", "--model", "dcgan"),
            "folder.json": ("init", "--data", "folder"),
            "show.json": ("show", "tiny.json", *settings(training__batch_size=4)),
        }.items():
            with self.subTest(name):
                text = self.run_program("config", *words).stdout
                (self.folder / name).write_text(text)
                self.run_program("config", "check", name)
                config = json.loads(strip_comments(text))
                self.assertEqual(
                    [error.message for error in self.validator.iter_errors(config)], []
                )
        self.assertEqual(
            json.loads((self.folder / "show.json").read_text())["training"]["batch_size"], 4
        )

    def test_reference_names_every_key(self):
        reference = self.run_program("config", "reference").stdout

        def leaves(properties):
            for name, entry in properties.items():
                yield from leaves(entry["properties"]) if "properties" in entry else [name]

        for key in {*leaves(self.schema["properties"])} - {"$schema", "format", "extends"}:
            self.assertIn(f"`{key}`", reference)

    def test_every_config_takes_a_step(self):
        """With made-up pictures instead of its data."""
        for path in CONFIGS:
            with self.subTest(config=path.name):
                made_up = {} if path.name.startswith("points") else {"type": "synthetic"}
                self.write_config(
                    "made_up.json",
                    {
                        "extends": str(path),
                        **classes_of_made_up(path),
                        "data": {**made_up, "count": 16},
                        "training": {"batch_size": 1 if "facades" in path.name else 4},
                        "runtime": {"threads": 1, "precision": "fp32"},
                    },
                )
                done = self.run_program("--config", "made_up.json", "--dry-run")
                self.assertRegex(done.stdout, r"Loss/(g|G_GAN|G_A) -?[0-9.]+")


if __name__ == "__main__":
    unittest.main()

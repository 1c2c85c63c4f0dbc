"""GANs with classes, end to end: training, pictures of a class, Python, what is refused."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

import numpy
import torch
from PIL import Image

from driver import ROOT, TINY, TINY_SAGAN, ProgramTest, gantrain, read_lines, settings
from test_sampling import THREADS, pixels

sys.path.insert(0, str(ROOT / "scripts"))

from gantrain_torch import load_generator  # noqa: E402

# A grid's tiles and how far apart they stand.
STRIDE, SIDE = 18, 16


def tile(grid, row, column):
    top, left = 2 + row * STRIDE, 2 + column * STRIDE
    return grid[top : top + SIDE, left : left + SIDE]


class ConditionalRunTest(ProgramTest):
    """One short run of an ACGAN, and one without classes, for all tests."""

    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.home = Path(temporary.name)
        (cls.home / "tiny.json").write_text(json.dumps(TINY))
        words = settings(model__init_std=0.3, samples__count=10)
        for name, more in (
            ("plain", ()),
            ("acgan", settings(model__classes=4, model__conditioning="auxiliary")),
        ):
            done = gantrain(
                "--config", "tiny.json", "--run-dir", name, *words, *more, cwd=cls.home
            )
            assert done.returncode == 0, done.stderr

    def sample(self, *words, run="acgan", **options):
        return self.run_program(
            "sample", "--ckpt", self.home / run / "g.pt", *THREADS, *words, **options
        )

    def separate(self, folder, *words):
        self.sample("--separate", "--out", folder, *words)
        return {path.name: pixels(path) for path in sorted((self.folder / folder).iterdir())}

    def test_a_class_is_made_on_request(self):
        twos = self.separate("two", "--class", 2, "--n", 3)
        self.assertEqual(list(twos), [f"class-002-picture-{i:06}.png" for i in range(3)])
        others = self.separate("three", "--class", 3, "--n", 3)
        for mine, theirs in zip(twos.values(), others.values()):
            self.assertGreater(numpy.abs(mine - theirs).max(), 10)

    def test_all_gives_one_row_per_class(self):
        done = self.sample("--class", "all", "--n", 3, "--out", "all.png")
        self.assertIn("12 pictures", done.stdout)
        grid = pixels(self.folder / "all.png")
        self.assertEqual(grid.shape, (2 + 4 * STRIDE, 2 + 3 * STRIDE))
        for label in range(4):
            row = self.separate(f"class{label}", "--class", label, "--n", 3)
            for column, picture in enumerate(row.values()):
                found = tile(grid, label, column)
                self.assertLessEqual(numpy.abs(found - picture).max(), 1, (label, column))
        files = self.separate("files", "--class", "all", "--seeds", "1,2")
        self.assertEqual(len(files), 8)
        self.assertIn("class-003-seed-000002.png", files)

    def test_without_a_class_one_is_drawn_for_each(self):
        drawn = list(self.separate("drawn", "--n", 12).values())
        chosen = [
            list(self.separate(f"of{label}", "--class", label, "--n", 12).values())
            for label in range(4)
        ]
        found = [
            [label for label in range(4) if numpy.abs(chosen[label][i] - picture).max() <= 1]
            for i, picture in enumerate(drawn)
        ]
        self.assertTrue(all(len(labels) == 1 for labels in found), found)
        self.assertGreater(len({labels[0] for labels in found}), 1)

    def test_grids_of_a_run_have_a_row_per_class(self):
        grid = pixels(self.home / "acgan" / "samples" / "step-00000020.png")
        self.assertEqual(grid.shape, (2 + 4 * STRIDE, 2 + 2 * STRIDE))  # 10 pictures, 4 classes
        self.sample("--class", "all", "--n", 2, "--out", "again.png")
        self.assertLessEqual(numpy.abs(grid - pixels(self.folder / "again.png")).max(), 1)

    def test_interpolation_stays_in_its_class(self):
        self.run_program(
            "interpolate", "--ckpt", self.home / "acgan" / "g.pt", *THREADS, "--seeds", "3,4",
            "--frames", 5, "--class", 1, "--out", "walk",
        )  # fmt: skip
        ends = self.separate("ends", "--class", 1, "--seeds", "3,4")
        for frame, picture in zip((0, 4), ends.values()):
            made = pixels(self.folder / "walk" / f"frame-{frame:05}.png")
            self.assertLessEqual(numpy.abs(made - picture).max(), 1)

    def test_wrong_classes_are_refused(self):
        path = self.home / "acgan" / "g.pt"
        for word in ("4", "-1", "two", "99999999999999999999"):
            done = self.sample(f"--class={word}", code=2)
            self.assertEqual(
                done.stderr, f"error: --class: not a class of {path} (got {word}, expected 0 to 3)\n"
            )
        plain = self.home / "plain" / "g.pt"
        for word in ("0", "all"):
            done = self.sample("--class", word, run="plain", code=2)
            self.assertEqual(
                done.stderr,
                f"error: --class: {plain} was trained without classes (model.classes is 0); leave "
                "--class out\n",
            )
        self.run_program(
            "interpolate", "--ckpt", path, "--seeds", "1,2", "--class", "all", code=2
        )  # fmt: skip

    def test_inspect_tells_the_classes(self):
        done = self.run_program("inspect", self.home / "acgan" / "g.pt")
        self.assertIn("classes: 4 (0 to 3; sample --class)\n", done.stdout)
        answer = json.loads(
            self.run_program("inspect", "--json", self.home / "plain" / "g.pt").stdout
        )
        self.assertEqual(answer["classes"], 0)

    def test_python_makes_the_same_class(self):
        """Its own latents: the mean picture of a class is compared with the program's."""
        generator = load_generator(self.home / "acgan" / "g.pt")
        self.assertEqual(generator.classes, 4)
        ours = numpy.stack(list(self.separate("many", "--class", 2, "--n", 200).values())).mean(0)
        means = []
        for label in range(4):
            with torch.no_grad():
                made = generator(torch.randn(200, 8), torch.full((200,), label))
            means.append(((made.clamp(-1, 1) + 1) * 127.5).numpy()[:, 0].mean(0))
        distances = [numpy.abs(ours - mean).mean() for mean in means]
        self.assertEqual(int(numpy.argmin(distances)), 2, distances)

    def test_the_log_has_the_accuracy_of_the_classes(self):
        line = read_lines(self.home / "acgan" / "metrics.jsonl")[-1]
        for name in ("(x)", "(G(z))", "(G(z))_after"):
            self.assertTrue(0 <= line[f"Report/D_class_accuracy{name}"] <= 1, name)
        for name in ("d_class_real", "d_class_fake", "g_class"):
            self.assertGreater(line[f"Loss/{name}"], 0)


class DataTest(ProgramTest):
    def test_other_classes_than_the_models_are_refused(self):
        done = self.train("--dry-run", *settings(model__classes=10), code=3)
        self.assertIn("error: data: has 4 classes (synthetic shapes", done.stderr)
        self.assertIn("and model.classes is 10; set model.classes to 4\n", done.stderr)
        done = self.train(*settings(model__classes=10), code=3)
        self.assertFalse(list(self.folder.glob("runs/*/checkpoints/*")))

    def test_data_without_labels_are_refused(self):
        (self.folder / "pictures").mkdir()
        for i in range(4):
            self.write_picture(self.folder / "pictures" / f"{i}.png", i)
        words = settings(model__classes=4, data__type="folder")
        done = self.train("--dry-run", "--data", "pictures", *words, code=3)
        self.assertIn(": has no labels (", done.stderr)
        self.assertIn("with model.classes 4 every image needs one", done.stderr)

    @staticmethod
    def write_picture(path, shade):
        Image.new("L", (16, 16), 60 * shade).save(path)

    def test_an_auxiliary_head_learns_the_classes(self):
        words = settings(
            model__classes=4, model__conditioning="auxiliary", training__length="300 steps",
            training__batch_size=32, data__count=2000, log__every="100 steps",
            model__discriminator_norm="none",
            optimizer__discriminator__learning_rate=0.003,
        )  # fmt: skip
        self.train("--run-dir", "run", *words)
        lines = read_lines(self.folder / "run" / "metrics.jsonl")
        self.assertGreater(lines[-1]["Report/D_class_accuracy(x)"], 0.5)  # chance: 0.25


class ResidualTest(ProgramTest):
    def test_a_sagan_trains_and_opens_in_python(self):
        self.write_config("tiny.json", TINY_SAGAN)
        self.train("--run-dir", "run", *settings(model__attention_size=8))
        self.run_program(
            "sample", "--ckpt", "run/g.pt", *THREADS, "--class", "all", "--n", 2, "--out", "a.png"
        )
        self.assertEqual(pixels(self.folder / "a.png").shape, (2 + 4 * STRIDE, 2 + 2 * STRIDE))
        generator = load_generator(self.folder / "run" / "g.pt")
        images = generator(torch.randn(3, generator.latent_dim), torch.tensor([0, 1, 3]))
        self.assertEqual(images.shape, (3, 1, 16, 16))


if __name__ == "__main__":
    unittest.main()

"""Models that are given pictures, driven end to end: grids, validation, files for Python, what is
refused.
"""

import json
import unittest

import numpy as np
import torch
from PIL import Image

from driver import TINY_CYCLEGAN, TINY_PIX2PIX, ProgramTest, read_lines, settings
from parity import ROOT
from gantrain_torch import load_checkpoint, load_generator

GAP = 2


class TranslationTest(ProgramTest):
    CONFIG = TINY_PIX2PIX

    def setUp(self):
        super().setUp()
        self.write_config("tiny.json", self.CONFIG)

    def run_with(self, name, **values):
        values = {"training__length": "10 steps", **values}
        self.train("--run-dir", name, *settings(**values))
        return self.folder / name

    def tiles(self, path, side):
        """[rows, columns, 3, side, side] in [-1, 1] of a grid."""
        with Image.open(path) as image:
            pixels = torch.frombuffer(bytearray(image.convert("RGB").tobytes()), dtype=torch.uint8)
            pixels = pixels.view(image.height, image.width, 3).permute(2, 0, 1)
        step = side + GAP
        rows, columns = (size // step for size in pixels.shape[1:])
        cut = [
            [pixels[:, GAP + y * step :, GAP + x * step :][:, :side, :side] for x in range(columns)]
            for y in range(rows)
        ]
        return torch.stack([torch.stack(row) for row in cut]).float() / 127.5 - 1

    def assert_made_by(self, generator, inputs, shown):
        """Within a level of 255: what was shown has been rounded."""
        for given, made in zip(inputs, shown):
            with torch.no_grad():
                ours = generator(given[None])[0]
            self.assertLessEqual((ours - made).abs().max().item(), 1.01 / 127.5)


class GridTest(TranslationTest):
    def test_it_shows_input_output_and_target(self):
        run = self.run_with("run", data__seed=4)
        tiles = self.tiles(run / "samples" / "step-00000010.png", 32)
        self.assertEqual(tiles.shape[:2], (2, 6))
        rows = tiles.unflatten(1, (2, 3)).flatten(0, 1)
        inputs, made, targets = rows.unbind(1)
        self.assertEqual(sorted(inputs.unique().tolist()), [-1, 1])
        covered = inputs.gt(0).float()
        for row in range(4):  # a silhouette is brighter in its target
            inside = (targets[row] * covered[row]).sum() / covered[row].sum()
            outside = (targets[row] * (1 - covered[row])).sum() / (1 - covered[row]).sum()
            self.assertGreater(inside, outside)
        self.assert_made_by(load_generator(run / "g.pt"), inputs, made)
        before = self.tiles(run / "samples" / "step-00000000.png", 32)
        self.assertTrue(torch.equal(before[:, ::3], tiles[:, ::3]), "always the same inputs")

    def test_one_trained_a_picture_at_a_time_uses_its_own_statistics_in_python_too(self):
        run = self.run_with("run", training__batch_size=1)
        tiles = self.tiles(run / "samples" / "step-00000010.png", 32)
        inputs, made, _ = tiles.unflatten(1, (2, 3)).flatten(0, 1).unbind(1)
        generator = load_generator(run / "g.pt")
        self.assert_made_by(generator, inputs, made)
        running = generator.eval()
        for module in running.modules():
            module.own_statistics = False
        self.assertGreater((running(inputs) - made).abs().max().item(), 0.05)

    def test_larger_images_than_inputs(self):
        values = {"model__generator": "residual", "model__scale": 2, "model__generator_norm": "none"}
        run = self.run_with("run", **values)
        inputs, made, _ = (
            self.tiles(run / "samples" / "step-00000010.png", 32)
            .unflatten(1, (2, 3)).flatten(0, 1).unbind(1)
        )  # fmt: skip
        clamped = load_generator(run / "g.pt")
        self.assert_made_by(lambda x: clamped(x).clamp(-1, 1), inputs[..., ::2, ::2], made)


class KeptInputTest(TranslationTest):
    """What model.keeps names of the input is in the results, to the rounding of a PNG."""

    SIDE = 32

    def setUp(self):
        super().setUp()
        random = np.random.default_rng(1)
        (self.folder / "photos").mkdir()
        self.photos = []
        for place in range(8):
            coarse = random.integers(40, 216, (5, 5, 3), dtype=np.uint8)
            photo = Image.fromarray(coarse).resize((self.SIDE, self.SIDE), Image.BICUBIC)
            photo.save(self.folder / "photos" / f"{place}.png")
            self.photos.append(photo)

    def results(self, keeps, channels, derived, inputs):
        """Float arrays of what `gantrain translate` makes after ten steps."""
        data = {"type": "derived", "path": "photos", "input": derived}
        self.write_config("tiny.json", {**self.CONFIG, "data": data})
        run = self.run_with(
            keeps, model__keeps=keeps, model__input_channels=channels, model__init_gain=0.2,
            training__batch_size=4,
        )  # fmt: skip
        (self.folder / "in").mkdir()
        for place, picture in enumerate(inputs):
            picture.save(self.folder / "in" / f"{place}.png")
        self.run_program("translate", "--ckpt", run, "--in", "in", "--out", "out")
        return [
            np.asarray(Image.open(self.folder / "out" / f"{place}.png").convert("RGB"), dtype=float)
            for place in range(len(inputs))
        ]

    def test_luma(self):
        inputs = [photo.convert("L") for photo in self.photos]
        for given, made in zip(inputs, self.results("luma", 1, "grey", inputs)):
            inside = ((made > 0) & (made < 255)).all(2)
            self.assertGreater(inside.mean(), 0.3)
            off = np.abs(made @ [0.299, 0.587, 0.114] - np.asarray(given))
            self.assertLessEqual(off[inside].max(), 0.51)
            self.assertGreater(np.ptp(made, axis=2).max(), 5, "colours were made up")

    def test_known_pixels(self):
        alpha = np.full((self.SIDE, self.SIDE), 255, np.uint8)
        alpha[8:24, 4:20] = 0
        inputs = [photo.copy() for photo in self.photos]
        for picture in inputs:
            picture.putalpha(Image.fromarray(alpha))
        made = self.results("known_pixels", 4, "masked", inputs)
        for given, result in zip(self.photos, made):
            off = np.abs(result - np.asarray(given, dtype=float))
            self.assertEqual(off[alpha == 255].max(), 0)
            self.assertGreater(off[alpha == 0].mean(), 5)


class CycleganTest(TranslationTest):
    CONFIG = TINY_CYCLEGAN

    def test_the_grid_shows_both_ways(self):
        run = self.run_with("run")
        tiles = self.tiles(run / "samples" / "step-00000010.png", 16)
        a, fake_b, b, fake_a = tiles.unflatten(1, (2, 4)).flatten(0, 1).unbind(1)
        self.assert_made_by(load_generator(run / "g.pt"), a, fake_b)
        self.assert_made_by(load_generator(run / "g.pt", name="g_ba"), b, fake_a)
        self.assertFalse(torch.equal(a.gt(0), b.gt(b.mean())), "two orders")

    def test_losses_have_the_names_that_users_know(self):
        run = self.run_with("run")
        line = read_lines(run / "metrics.jsonl")[-1]
        names = {name.removeprefix("Loss/") for name in line if name.startswith("Loss/")}
        self.assertEqual(
            names, {"G_A", "G_B", "cycle_A", "cycle_B", "idt_A", "idt_B", "D_A", "D_B"}
        )

    def test_pools_are_in_the_checkpoint(self):
        run = self.run_with("run")
        state = load_checkpoint(run / "checkpoints" / "step-00000010.pt")["state"]["model"]
        self.assertEqual(state["pool_a"].shape, (4, 3, 16, 16))
        self.assertEqual(state["pool_b_filled"].tolist(), [4])
        self.assertGreater(state["pool_a"].flatten(1).std(1).min().item(), 0)


class ValidationTest(TranslationTest):
    def values(self, run, name="L1"):
        return [
            (line["step"], line[f"Validation/{name}"])
            for line in read_lines(run / "metrics.jsonl")
            if f"Validation/{name}" in line
        ]

    def pairs(self, folder, split, count, colour):
        for side, shade in (("A", 200), ("B", colour)):
            (folder / f"{split}{side}").mkdir(parents=True)
            for index in range(count):
                image = Image.new("RGB", (32, 32), (shade, 10 * index, 0))
                image.save(folder / f"{split}{side}" / f"{index}.png")

    def test_the_split_is_shown_and_measured(self):
        self.pairs(self.folder / "pairs", "train", 4, 60)
        self.pairs(self.folder / "pairs", "test", 3, 90)
        data = {"type": "paired_folders", "path": "pairs", "flip": True}
        config = {**TINY_PIX2PIX, "data": data}
        self.write_config("tiny.json", config)
        run = self.run_with("run", validation__split="test", validation__every="5 steps")
        rows = self.tiles(run / "samples" / "step-00000010.png", 32)
        rows = rows.unflatten(1, (2, 3)).flatten(0, 1)[:3]
        self.assertEqual({round((value + 1) * 127.5) for value in rows[:, 2, 0].unique().tolist()}, {90})
        self.assertEqual([step for step, _ in self.values(run)], [5, 10])
        made, targets = (rows[:, column].double() for column in (1, 2))
        expected = (made - targets).abs().mean().item() / 2
        self.assertAlmostEqual(self.values(run)[-1][1], expected, delta=0.003)
        square = ((made - targets) / 2).square().mean((1, 2, 3))
        self.assertAlmostEqual(
            self.values(run, "PSNR")[-1][1], (-10 * square.log10()).mean().item(), delta=0.1
        )
        self.assertEqual(self.values(run, "sharpness"), [], "flat targets have no details")
        done = self.train("--run-dir", "other", *settings(validation__split="val"), code=4)
        self.assertIn("val", done.stderr)

    def test_sharpness_is_how_much_detail_there_is_beside_the_targets(self):
        def details(pictures):
            return sum(pictures.diff(dim=axis).abs().mean().item() for axis in (-2, -1))

        run = self.run_with("run", validation__split="train", data__count=4)
        rows = self.tiles(run / "samples" / "step-00000010.png", 32).unflatten(1, (2, 3))
        inputs, _, targets = rows.flatten(0, 1).unbind(1)
        self.assertEqual(len(inputs.unique(dim=0)), 4, "all that are measured")
        with torch.no_grad():
            expected = details(load_generator(run / "g.pt")(inputs)) / details(targets)
        self.assertAlmostEqual(self.values(run, "sharpness")[-1][1] / expected, 1, delta=0.005)

    def test_every_and_count(self):
        every = {"validation__split": "train", "data__count": 8, "log__every": "100 steps"}
        all_of_them = self.run_with("all", validation__every="4 steps", **every)
        self.assertEqual([step for step, _ in self.values(all_of_them)], [4, 8, 10])
        some = self.run_with("some", validation__every="4 steps", validation__count=2, **every)
        self.assertNotEqual(self.values(all_of_them), self.values(some))

    def test_the_best_is_kept_by_what_is_asked(self):
        found = {}
        for by, sign in (("l1", 1), ("psnr", -1), ("ssim", -1)):
            run = self.run_with(
                by,
                validation__split="train",
                validation__every="1 step",
                validation__count=4,
                validation__best_by=by,
                optimizer__generator__learning_rate=0.5,
            )
            measured = self.values(run, "L1" if by == "l1" else by.upper())
            best = min(measured, key=lambda entry: sign * entry[1])[0]
            self.assertEqual(load_checkpoint(run / "best.pt")["gantrain"]["step"], best, by)
            found[by] = best
        self.assertTrue(any(step < 10 for step in found.values()), "a rate of 0.5 walks about")
        # Going on does not forget the best of before.
        words = settings(validation__split="train", validation__every="1 step",
                         validation__count=4, training__length="12 steps",
                         optimizer__generator__learning_rate=0.5)  # fmt: skip
        self.train("--run-dir", "l1", *words)
        measured = self.values(self.folder / "l1")
        best = min(measured, key=lambda entry: entry[1])[0]
        self.assertEqual(load_checkpoint(self.folder / "l1" / "best.pt")["gantrain"]["step"], best)


class RefusalTest(TranslationTest):
    def refused(self, *words, code=3, **values):
        return self.train("--dry-run", *words, *settings(**values), code=code).stderr

    def test_sections_that_do_not_go_together(self):
        text = self.refused(penalty__gradient="wgan_gp")
        self.assertIn("penalty.gradient looks at each image by itself", text)
        self.assertIn("model.discriminator_norm", text)
        text = self.refused(model__generator_downs=6)
        self.assertIn("generator_downs", text)
        self.assertIn("resolution", text)
        self.write_config("tiny.json", {**TINY_CYCLEGAN, "validation": {"split": "val"}})
        text = self.train("--run-dir", "run", code=3).stderr
        self.assertIn('data.type "synthetic" has no split "val"', text)

    def test_a_model_of_noise_has_no_validation(self):
        config = {**TINY_PIX2PIX, "model": {"type": "dcgan", "resolution": 16}}
        self.write_config("tiny.json", {**config, "validation": {"split": "train"}})
        text = self.refused()
        self.assertIn("validation.split", text)
        self.assertIn("model.type", text)

    def test_data_that_do_not_fit(self):
        emoji = str(ROOT / "data" / "emoji64")
        self.write_config(
            "tiny.json", {**TINY_PIX2PIX, "data": {"type": "unpaired", "path": emoji}}
        )
        self.assertIn("the model learns from pairs", self.refused())
        data = {"type": "folder", "path": emoji + "/trainA"}
        self.write_config("tiny.json", {**TINY_PIX2PIX, "data": data})
        self.assertIn("the model is given inputs, and this data set has none", self.refused())
        self.write_config(
            "tiny.json", {**TINY_CYCLEGAN, "data": {"type": "unpaired", "path": emoji}}
        )
        done = self.train("--dry-run")
        self.assertIn("900", done.stdout)

    def test_networks_of_another_shape_are_refused_on_resume(self):
        self.run_with("run")
        done = self.run_program(
            "--resume", "run", *settings(model__input_channels=1), code=5
        )
        self.assertIn("model.input_channels", done.stderr)


class ScheduleTest(TranslationTest):
    def test_a_run_follows_linear_by_epoch(self):
        """Factors 1, 2/3, 1/3 and 0 in four epochs of four steps: the last moves nothing."""
        kind = {"schedule": "linear_by_epoch", "schedule_start": "2 epochs", "learning_rate": 0.01}
        config = {**TINY_PIX2PIX, "ema": {"enabled": False}}
        config["optimizer"] = {"generator": kind, "discriminator": kind}
        self.write_config("tiny.json", config)
        run = self.run_with(
            "run",
            training__length="4 epochs",
            data__count=32,
            checkpoints__every="1 epoch",
            checkpoints__keep=9,
            log__every="1 epoch",
        )
        lines = read_lines(run / "metrics.jsonl")
        for name in ("generator", "discriminator"):
            for line, factor in zip(lines, (1, 2 / 3, 1 / 3, 0), strict=True):
                self.assertAlmostEqual(line[f"Rate/{name}"], 0.01 * factor, delta=1e-12)
        log = (run / "log.txt").read_text()
        self.assertEqual(log.count("generator_rate"), 3)
        self.assertIn("generator_rate 0.00667", log)
        states = [
            load_checkpoint(run / "checkpoints" / f"step-{step:08}.pt")["networks"]
            for step in (0, 4, 8, 12, 16)
        ]
        for network in ("generator", "discriminator"):
            moved = [
                sum(
                    (after[network][key] - value).abs().sum().item()
                    for key, value in before[network].items()
                    if "running" not in key and value.is_floating_point()
                )
                for before, after in zip(states, states[1:])
            ]
            self.assertGreater(min(moved[:3]), 0)
            self.assertEqual(moved[3], 0, json.dumps(moved))


if __name__ == "__main__":
    unittest.main()

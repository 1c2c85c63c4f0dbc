"""Data sets of image files, through the built program: every type trains, the same pictures give
the same training wherever they come from and whoever decodes them, also after resuming; `dataset
scan` and `dataset pack`.
"""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import unittest
import zipfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from driver import BINARY, ROOT, TINY, ProgramTest, environment, flat_tensors

SHARED = Path(os.environ.get("GANTRAIN_SHARED_DATA", ROOT / ".." / "shared" / "data"))
DATA, USAGE = 4, 2


def needs(name):
    path = SHARED / name
    return unittest.skipUnless(path.exists(), f"shared data: {path} is not here")


def picture(seed, height=20, width=20, channels=3):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)
    return Image.fromarray(noise if channels > 1 else noise[:, :, 0])


class SetTest(ProgramTest):
    """With a folder "set" of pictures, and runs that train on one."""

    def setUp(self):
        super().setUp()
        self.set = self.folder / "set"
        self.set.mkdir()
        self.runs = 0

    def write_pictures(self, count=12, folder="", **options):
        (self.set / folder).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            picture(i, **options).save(self.set / folder / f"{i:03}.png")

    def words(self, data, length="6 steps", channels=3, run=None):
        config = json.loads(json.dumps(TINY))
        config["model"]["image_channels"] = channels
        config["data"] = data
        config["training"]["length"] = length
        config["checkpoints"]["every"] = "3 steps"
        self.write_config("set.json", config)
        if run is None:
            self.runs += 1
            run = f"run{self.runs}"
        return ["--config", "set.json", "--run-dir", run]

    def trained(self, data, **options):
        """The networks at the end of a run, and what it said."""
        words = self.words(data, **options)
        done = self.run_program(*words)
        return self.networks(words[-1]), done.stderr

    def networks(self, run, step=6):
        path = self.folder / run / "checkpoints" / f"step-{step:08}.pt"
        return flat_tensors(torch.load(path, weights_only=True)["networks"])

    def assert_equal(self, one, other):
        self.assertEqual(sorted(one), sorted(other))
        for key, value in one.items():
            self.assertTrue(torch.equal(value, other[key]), key)


class TrainingTest(SetTest):
    def test_a_folder_and_a_zip_of_it_train_alike(self):
        self.write_pictures()
        from_folder, said = self.trained({"type": "folder", "path": "set"})
        self.assertIn("folder of images, 12 images 16x16 RGB", said)
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            with zipfile.ZipFile(self.folder / "set.zip", "w", method) as archive:
                for path in sorted(self.set.iterdir()):
                    archive.write(path, path.name)
            from_zip, said = self.trained({"type": "zip", "path": "set.zip"})
            self.assertIn("zip of images, 12 images 16x16 RGB", said)
            self.assert_equal(from_folder, from_zip)

    def test_batches_do_not_depend_on_workers_or_on_what_is_kept(self):
        for i in range(15):
            picture(i, 17 + i, 40 - i).save(self.set / f"{i:03}.jpg", quality=95)
        data = {"type": "folder", "path": "set", "crop": "random", "flip": True}
        expected, _ = self.trained({**data, "workers": 0})
        for workers in (1, 4):
            for cache in ("auto", "off"):
                made, _ = self.trained({**data, "workers": workers, "cache": cache})
                self.assert_equal(expected, made)
        plain, _ = self.trained({"type": "folder", "path": "set"})
        self.assertFalse(all(torch.equal(plain[key], expected[key]) for key in plain))

    def test_resuming_in_mid_epoch_changes_nothing(self):
        self.write_pictures(50, height=24, width=30)
        data = {"type": "folder", "path": "set", "crop": "random", "flip": True}
        through, _ = self.trained(data)
        run = "resumed"
        self.run_program(*self.words(data, length="3 steps", run=run))
        done = self.run_program(*self.words(data, length="6 steps", run=run))
        self.assertIn("going on from step 3", done.stderr)
        self.assert_equal(through, self.networks(run))

    def test_classes_of_folders_and_of_a_zip(self):
        for name in ("cats", "dogs"):
            self.write_pictures(5, name)
        _, said = self.trained({"type": "classes", "path": "set"})
        self.assertIn("class folders, 10 images 16x16 RGB, 2 classes", said)
        with zipfile.ZipFile(self.folder / "set.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            labels = []
            for path in sorted(self.set.rglob("*.png")):
                name = str(path.relative_to(self.set))
                archive.write(path, name)
                labels.append([name, 2 * name.startswith("dogs")])
            archive.writestr("dataset.json", json.dumps({"labels": labels}))
        _, said = self.trained({"type": "zip", "path": "set.zip"})
        self.assertIn("zip of images, 10 images 16x16 RGB, 3 classes", said)

    def test_a_set_larger_than_its_share_of_memory(self):
        """Three times the share: in a file, with the same batches, and again after a stop."""
        count, side = 210, 128
        for i in range(count):
            picture(i, side, side).save(self.set / f"{i:03}.bmp")
        self.assertGreater(count * side * side * 3, 3 * 3_000_000)
        data = {"type": "folder", "path": "set", "fit": "none", "crop": "random"}
        resident, _ = self.trained(data)
        words = self.words({**data, "memory_mb": 3}, run="cached", length="100000 steps")
        process = subprocess.Popen(
            [BINARY, *words], cwd=self.folder, env=environment(), stderr=subprocess.PIPE, text=True
        )
        cache = self.folder / "cached" / "pixels.cache"
        first = self.folder / "cached" / "checkpoints" / "step-00000003.pt"
        for _ in range(600):
            if first.exists() or process.poll() is not None:
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM, said)
        self.assertGreater(cache.stat().st_size, count * side * side * 3)
        written = cache.stat().st_mtime_ns
        self.run_program(
            "--config", "set.json", "--run-dir", "again", "--set", "training.length=6 steps"
        )
        self.assert_equal(resident, self.networks("again"))
        done = self.run_program(*words, "--max-time", "1s", code=75)
        self.assertIn("decoded images are there already", done.stderr)
        self.assertEqual(cache.stat().st_mtime_ns, written)

    def test_memory_stays_within_the_share(self):
        """65 MB of pixels with a share of 20 MB: training and packing take hardly more than the share
        beyond what they take of four pictures, and less than the share + 512 MB.
        """
        count, share = 333, 20_000_000
        for folder, pictures in ((self.folder / "few", 4), (self.set, count)):
            folder.mkdir(exist_ok=True)
            for i in range(pictures):
                Image.fromarray(np.full((256, 256, 3), i % 256, np.uint8)).save(
                    folder / f"{i:03}.png"
                )
        data = {"type": "folder", "fit": "none", "crop": "random", "memory_mb": 20}

        def trains(path):
            return self.peak_memory(*self.words({**data, "path": path}))

        def packs(path):
            self.words({**data, "path": path, "crop": "centre"})
            size = ("--set", "model.resolution=256")
            return self.peak_memory(
                "dataset", "pack", "--config", "set.json", *size, "--out", f"{path}.zip"
            )

        for peak_of in (trains, packs):
            few, peak = peak_of("few"), peak_of("set")
            self.assertLess(peak, share + 512_000_000)
            self.assertLess(peak - few, share + 20_000_000)
        with zipfile.ZipFile(self.folder / "set.zip") as archive:
            self.assertEqual(sum(name.endswith(".png") for name in archive.namelist()), count)

    def peak_memory(self, *words):
        """Bytes, of the program with these words. It is started by a small process: what a process
        had before it became the program counts as the program's.
        """
        starter = (
            "import resource, subprocess, sys\n"
            "subprocess.run(sys.argv[1:], check=True, capture_output=True)\n"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        )
        command = [sys.executable, "-c", starter, BINARY, *words]
        done = subprocess.run(
            command, cwd=self.folder, env=environment(), capture_output=True, text=True
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return int(done.stdout) * 1024

    def test_sixteen_bits_come_in_and_go_out(self):
        values = np.random.default_rng(1).integers(0, 65536, (16, 16), np.uint16)
        Image.fromarray(values).save(self.set / "0.png")
        data = {"type": "folder", "path": "set", "bit_depth": 16}
        self.trained(data, channels=1)
        reals = Image.open(self.folder / "run1" / "samples" / "reals.png")
        self.assertEqual(reals.mode, "I;16")
        np.testing.assert_array_equal(np.asarray(reals)[2:-2, 2:-2], values)
        self.run_program("sample", "--ckpt", "run1", "--n", "1", "--separate", "--out", "made")
        made = np.asarray(Image.open(self.folder / "made" / "picture-000000.png"))
        self.assertEqual(made.dtype, np.uint16)
        self.assertGreater(len(np.unique(made % 257)), 16)  # more than 8 bits, spread

    def test_sixteen_bits_through_the_cache_file(self):
        """More than the share of memory: the batches of a resident set, down to the last bit. Every
        value is a multiple of 7, which rounding to 8 bits on the way would not leave.
        """
        count, side = 100, 128
        random = np.random.default_rng(1)
        for i in range(count):
            values = 7 * random.integers(0, 65536 // 7, (side, side), np.uint16)
            Image.fromarray(values).save(self.set / f"{i:03}.png", compress_level=0)
        data = {
            "type": "folder", "path": "set", "bit_depth": 16, "fit": "none", "crop": "random",
        }  # fmt: skip
        resident, _ = self.trained(data, channels=1)
        cached, _ = self.trained({**data, "memory_mb": 1}, channels=1)
        self.assert_equal(resident, cached)
        self.assertFalse((self.folder / "run1" / "pixels.cache").exists())
        cache = self.folder / "run2" / "pixels.cache"
        self.assertGreater(cache.stat().st_size, 2 * count * side * side)
        reals = [self.folder / run / "samples" / "reals.png" for run in ("run1", "run2")]
        self.assertEqual(reals[0].read_bytes(), reals[1].read_bytes())
        with Image.open(reals[1]) as grid:
            values = np.asarray(grid)
        self.assertEqual(values.dtype, np.uint16)
        for top in (2, 20):
            for left in (2, 20):
                real = values[top : top + 16, left : left + 16].astype(int)
                self.assertEqual((real % 7).max(), 0)
                self.assertGreater(len(np.unique(real)), 200)
        eight, _ = self.trained({**data, "bit_depth": 8}, channels=1)
        self.assertFalse(all(torch.equal(resident[key], eight[key]) for key in resident))

    def test_a_pair_set_trains_a_model_without_inputs_on_what_it_should_make(self):
        for side, seed in (("A", 0), ("B", 50)):
            (self.set / side).mkdir()
            for i in range(8):
                picture(seed + i, 16, 16).save(self.set / side / f"{i}.png")
        paired, _ = self.trained({"type": "paired_folders", "path": "set"})
        alone, _ = self.trained({"type": "folder", "path": "set/B"})
        self.assert_equal(paired, alone)

    def test_a_resumed_run_says_that_the_data_changed(self):
        self.write_pictures()
        data = {"type": "folder", "path": "set"}
        self.run_program(*self.words(data, length="3 steps", run="run"))
        picture(99).save(self.set / "000.png")
        done = self.run_program(*self.words(data, length="6 steps", run="run"))
        self.assertIn("the data set's fingerprint changed", done.stderr)

    def test_a_signal_while_pictures_are_decoded(self):
        picture(0, 1500, 1500).save(self.set / "0.png", compress_level=1)
        for i in range(1, 500):
            os.link(self.set / "0.png", self.set / f"{i}.png")
        process = subprocess.Popen(
            [BINARY, *self.words({"type": "folder", "path": "set"})],
            cwd=self.folder,
            env=environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        while "runtime:" not in (line := process.stderr.readline()):
            self.assertNotEqual(line, "")
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        _, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM, said)
        self.assertIn("stopped before the first step", said)
        self.assertLess(time.monotonic() - asked, 5)


class ScanTest(SetTest):
    def scan(self, *words, **options):
        return self.run_program("dataset", "scan", *words, **options)

    def test_one_screen_for_people(self):
        self.write_pictures(5, "cats")
        self.write_pictures(3, "dogs", height=30)
        (self.set / "notes.txt").write_text("text")
        said = self.scan("set", "--full").stdout
        self.assertEqual(
            said.splitlines(),
            [
                "set: class folders",
                "files        8 PNG",
                "sizes        20x20 to 20x30, median 20x20 (2 different sizes)",
                "colours      8 RGB",
                "classes      2: cats (5), dogs (3)",
                "memory       98.3 kB once decoded to 64x64 RGB",
                "other files  1 .txt",
                "unusable     none",
            ],
        )

    def test_json_for_scripts_and_the_exit_code(self):
        self.write_pictures(4)
        found = json.loads(self.scan("set", "--json").stdout)
        self.assertEqual(found["files"], 4)
        self.assertEqual(found["bad"], [])
        (self.set / "x.png").write_bytes(b"")
        said = self.scan("set", "--json", code=DATA)
        found = json.loads(said.stdout)
        self.assertEqual(found["bad"][0]["kind"], "empty")
        self.assertIn("x.png", found["bad"][0]["name"])
        self.assertIn("x.png: empty", self.scan("set", code=DATA).stdout)

    def test_the_preview_is_a_grid_of_the_images(self):
        self.write_pictures(9)
        self.scan("set", "--preview", "grid.png")
        grid = np.asarray(Image.open(self.folder / "grid.png"))
        self.assertEqual(grid.shape, (3 * 22 + 2, 3 * 22 + 2, 3))
        np.testing.assert_array_equal(grid[2:22, 2:22], np.asarray(picture(0)))
        np.testing.assert_array_equal(grid[-22:-2, -22:-2], np.asarray(picture(8)))

    def test_with_a_configuration(self):
        self.write_pictures(4)
        self.words({"type": "folder", "path": "set"})
        said = self.scan("--config", "set.json").stdout
        self.assertIn("once decoded to 16x16 RGB", said)
        said = self.scan("--config", "set.json", "--set", "data.small_images=error").stdout
        self.assertIn("unusable     none", said)

    def test_the_mnist_of_the_project(self):
        said = self.scan(ROOT / "data" / "mnist", "--preview", "digits.png").stdout
        self.assertIn("60,000 images 28x28 grey, 10 classes", said)
        with Image.open(self.folder / "digits.png") as grid:
            self.assertEqual(grid.size, (242, 242))

    def test_the_emoji_of_the_project(self):
        emoji = ROOT / "data" / "emoji64"
        said = self.scan(emoji, "--full", "--json")
        found = json.loads(said.stdout)
        self.assertEqual((found["type"], found["pairs"]), ("pairs in two folders", 900))
        files = sorted(path for path in emoji.rglob("*") if path.is_file())
        self.assertEqual(len(files), 2000)
        self.assertLess(sum(path.stat().st_size for path in files), 6_000_000)
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
        self.assertIn(digest, (ROOT / "data" / "README.md").read_text())

    def test_no_emoji_to_test_with_is_one_to_learn_from(self):
        def drawings(part):
            return {path.read_bytes() for path in (ROOT / "data" / "emoji64" / part).iterdir()}

        def without_tone(part):
            names = (path.stem for path in (ROOT / "data" / "emoji64" / part).iterdir())
            return {re.sub("-1f3f[b-f]|-fe0f", "", name) for name in names}

        for side in "AB":
            self.assertEqual(drawings("train" + side) & drawings("test" + side), set())
        self.assertEqual(without_tone("trainA") & without_tone("testA"), set())

    def test_wrong_use(self):
        self.assertIn("no data set", self.scan(code=USAGE).stderr)
        self.assertIn("no such file or folder", self.scan("missing", code=DATA).stderr)
        done = self.scan("set", "--type", "folders", code=USAGE)
        self.assertIn('did you mean "folder"?', done.stderr)

    def test_members_of_a_zip_that_lead_out_of_it(self):
        for name in ("../a.png", "/a.png", "x/../../a.png"):
            with zipfile.ZipFile(self.folder / "bad.zip", "w") as archive:
                archive.writestr(name, b"x")
            done = self.scan("bad.zip", code=DATA)
            self.assertIn("the archive is not used", done.stderr)

    def test_a_zip_bomb_is_refused_before_it_is_unpacked(self):
        with zipfile.ZipFile(self.folder / "bad.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.png", bytes(300_000_000))
        done = self.scan("bad.zip", "--full", code=DATA)
        self.assertIn("would grow from", done.stderr)

    def test_a_name_that_comes_twice(self):
        with self.assertWarns(UserWarning), zipfile.ZipFile(self.folder / "bad.zip", "w") as one:
            one.writestr("a.png", b"x")
            one.writestr("a.png", b"y")
        self.assertIn("is there twice", self.scan("bad.zip", code=DATA).stderr)


class PackTest(SetTest):
    def pack(self, *words, **options):
        return self.run_program("dataset", "pack", *words, "--out", "out.zip", **options)

    def test_python_reads_what_is_packed(self):
        self.write_pictures(3, "cats")
        self.write_pictures(2, "dogs")
        self.assertIn("out.zip: 5 images, ", self.pack("set").stdout)
        with zipfile.ZipFile(self.folder / "out.zip") as archive:
            self.assertIsNone(archive.testzip())
            names = [f"00000/img{i:08}.png" for i in range(5)]
            self.assertEqual(archive.namelist(), [*names, "dataset.json"])
            labels = json.loads(archive.read("dataset.json"))["labels"]
            self.assertEqual(labels, [[name, int(i > 2)] for i, name in enumerate(names)])
            for i, name in enumerate(names):
                with archive.open(name) as file:
                    made = np.asarray(Image.open(file))
                np.testing.assert_array_equal(made, np.asarray(picture(i if i < 3 else i - 3)))

    def test_the_packed_set_trains_as_the_files_do(self):
        for i in range(12):
            picture(i, 20 + i, 31 - i).save(self.set / f"{i:03}.png")
        from_files, _ = self.trained({"type": "folder", "path": "set"})
        self.assertIn("--resolution", self.pack("set", code=USAGE).stderr)
        self.pack("set", "--resolution", "16")
        from_pack, _ = self.trained({"type": "zip", "path": "out.zip"})
        self.assert_equal(from_files, from_pack)

    def test_sixteen_bits_stay(self):
        values = np.random.default_rng(1).integers(0, 65536, (16, 16), np.uint16)
        Image.fromarray(values).save(self.set / "0.png")
        self.pack("set")
        with zipfile.ZipFile(self.folder / "out.zip") as archive:
            with archive.open("00000/img00000000.png") as file:
                np.testing.assert_array_equal(np.asarray(Image.open(file)), values)

    def test_idx_files_keep_their_size_and_labels(self):
        words = ["--config", "idx.json"]
        config = json.loads(json.dumps(TINY))
        config["model"]["resolution"] = 32
        path = str(ROOT / "data" / "mnist")
        config["data"] = {"type": "idx", "path": path, "split": "test", "max_images": 100}
        self.write_config("idx.json", config)
        self.pack(*words)
        with zipfile.ZipFile(self.folder / "out.zip") as archive:
            with archive.open("00000/img00000099.png") as file:
                self.assertEqual(Image.open(file).size, (32, 32))
            labels = json.loads(archive.read("dataset.json"))["labels"]
            self.assertEqual([label for _, label in labels[:5]], [7, 2, 1, 0, 4])

    def test_nothing_is_left_of_a_pack_that_fails(self):
        self.write_pictures(3)
        (self.set / "x.png").write_bytes(b"")
        self.assertIn("x.png: empty", self.pack("set", code=DATA).stderr)
        self.assertFalse((self.folder / "out.zip").exists())


class RealSetsTest(SetTest):
    """Sets as people have them; nothing of them is part of the project."""

    @needs("anime_faces")
    def test_faces_of_mixed_size(self):
        path = str(SHARED / "anime_faces")
        _, said = self.trained({"type": "folder", "path": path, "flip": True})
        self.assertIn("1,500 images 16x16 RGB", said)
        self.assertIn("19 images are byte for byte the same as another", said)

    @needs("orl_faces")
    def test_forty_people(self):
        path = str(SHARED / "orl_faces")
        _, said = self.trained({"type": "classes", "path": path}, channels=1)
        self.assertIn("400 images 16x16 grey, 40 classes", said)

    @needs("emoji64")
    def test_emoji_with_transparency_pack_as_pairs(self):
        path = SHARED / "emoji64"
        self.run_program("dataset", "pack", path, "--out", "emoji.zip")
        with zipfile.ZipFile(self.folder / "emoji.zip") as archive:
            self.assertEqual(len(archive.namelist()), 901)
            with archive.open("00000/img00000000.png") as file:
                both = np.asarray(Image.open(file).convert("RGB"))
        name = sorted(file.name for file in (path / "trainA").iterdir())[0]
        for side, half in (("A", both[:, :64]), ("B", both[:, 64:])):
            image = Image.open(path / f"train{side}" / name).convert("RGBA")
            white = Image.new("RGBA", image.size, (255, 255, 255, 255))
            white.alpha_composite(image)
            expected = np.asarray(white.convert("RGB")).astype(int)
            self.assertLessEqual(abs(half.astype(int) - expected).max(), 1)

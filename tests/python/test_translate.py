"""`gantrain translate`: folders, sizes, transparency, tiles, batch norm, bad pictures, kills.

The networks are the Python twins with random weights, brought in by `gantrain import`, so what the
program makes of a picture can be computed beside it.
"""

import html.parser
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
from pathlib import Path

import numpy
import torch
from PIL import Image

from driver import BINARY, ROOT, ProgramTest, environment, gantrain
from faults import injected, temporaries

sys.path.insert(0, str(ROOT / "scripts"))

from gantrain_torch import build_network, load_checkpoint  # noqa: E402

USAGE, DATA, CHECKPOINT, OUTPUT = 2, 4, 5, 7

RESNET = {
    "type": "pix2pix",
    "resolution": 64,
    "generator": "resnet",
    "generator_channels": 8,
    "generator_blocks": 2,
    "generator_norm": "none",
    "generator_dropout": 0,
}
UNET = {
    "type": "pix2pix",
    "resolution": 32,
    "generator": "unet",
    "generator_channels": 8,
    "generator_norm": "batch",
    "generator_dropout": 0,
}
CYCLEGAN = {
    "type": "cyclegan",
    "resolution": 64,
    "generator_channels": 6,
    "generator_blocks": 1,
    "input_channels": 3,
    "image_channels": 1,
    "lambda_identity": 0,
}


def config_of(model, **data):
    return {
        "format": 1,
        "model": model,
        "data": {"type": "paired", "path": "nowhere", **data},
        "training": {"batch_size": 1},
    }


def noise(width, height, mode="RGB", seed=0):
    """A picture with structure: smooth colours and a little noise."""
    random = numpy.random.default_rng([seed, width, height])
    channels = len(Image.new(mode, (1, 1)).getbands())
    y, x = numpy.mgrid[:height, :width]
    waves = [numpy.sin(x / (7 + 3 * c) + c) + numpy.cos(y / (11 - c)) for c in range(channels)]
    values = 127 + 50 * numpy.stack(waves, -1) + random.normal(0, 8, (height, width, channels))
    values = numpy.clip(values, 0, 255).astype(numpy.uint8)
    return Image.fromarray(values[..., 0] if channels == 1 else values)


def pixels(path):
    with Image.open(path) as image:
        return numpy.asarray(image).astype(int)


def in_python(network, picture, multiple, channels=3):
    """What the network makes of a picture that is mirrored to the multiple and cropped again."""
    values = numpy.asarray(picture.convert("RGB" if channels == 3 else "L"), numpy.float32)
    values = values.reshape(picture.height, picture.width, -1) / 127.5 - 1
    margins = []
    for side in values.shape[:2]:
        missing = -(-max(side, 16) // multiple) * multiple - side
        margins.append((missing // 2, missing - missing // 2))
    for axis, (before, after) in enumerate(margins):
        side = values.shape[axis]
        period = max(2 * (side - 1), 1)
        places = numpy.arange(-before, side + after) % period
        values = values.take(numpy.where(places < side, places, period - places), axis)
    with torch.no_grad():
        made = network(torch.tensor(values).permute(2, 0, 1)[None]).clamp(-1, 1)[0]
    top, left = margins[0][0], margins[1][0]
    made = made[:, top : top + picture.height, left : left + picture.width]
    return ((made + 1) * 127.5).round().permute(1, 2, 0).numpy().astype(int)


class Links(html.parser.HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = set()
        self.feed(page.read_text())

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("src", "href"):
                self.found.add(urllib.parse.unquote(value))


class TranslateTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.home = Path(temporary.name)
        cls.twins = {}

    def network(self, model, name="g.pt", **data):
        """A generator file of random weights, and its twin in eval mode."""
        key = json.dumps([model, data])
        if key not in self.twins:
            folder = self.home / str(len(self.twins))
            folder.mkdir()
            (folder / "c.json").write_text(json.dumps(config_of(model, **data)))
            shown = gantrain("config", "show", "c.json", cwd=folder)
            self.assertEqual(shown.returncode, 0, shown.stderr)
            config = json.loads(shown.stdout)
            names = ["g_ab", "g_ba"] if model["type"] == "cyclegan" else ["generator"]
            torch.manual_seed(7)
            twins = {each: build_network(config, each).eval() for each in names}
            words = []
            for each, twin in twins.items():
                for parameter in twin.parameters():
                    if parameter.dim() > 1:
                        torch.nn.init.kaiming_normal_(parameter.data, nonlinearity="linear")
                for module in twin.modules():
                    if isinstance(module, torch.nn.BatchNorm2d):
                        module.running_mean.uniform_(-0.3, 0.3)
                        module.running_var.uniform_(0.5, 2)
                torch.save(twin.state_dict(), folder / f"{each}.pth")
                words.append(f"{each}={each}.pth" if len(names) > 1 else f"{each}.pth")
            done = gantrain("import", *words, "--config", "c.json", "-o", "g.pt", cwd=folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.twins[key] = folder / "g.pt", twins
        path, twins = self.twins[key]
        (self.folder / name).write_bytes(path.read_bytes())
        return next(iter(twins.values())) if len(twins) == 1 else twins

    def save(self, name, picture, **options):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path, **options)
        return picture

    def translate(self, *words, into="out", source="in", **options):
        return self.run_program(
            "translate", "--ckpt", "g.pt", "--in", source, "--out", into, "--threads", 1, *words, **options
        )  # fmt: skip

    def results(self, folder="out"):
        root = self.folder / folder
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())

    def assert_near(self, path, expected, most=1):
        found = pixels(self.folder / path)
        found = found.reshape(*found.shape[:2], -1)
        self.assertEqual(found.shape, expected.shape, path)
        self.assertLessEqual(numpy.abs(found - expected).max(), most, path)


class SizesTest(TranslateTest):
    def test_any_size_any_folder_any_name(self):
        twin = self.network(RESNET)
        names = {
            "1x1.png": (1, 1),
            "a b/17x31.png": (17, 31),
            "a b/c/255x257.bmp": (255, 257),
            'quote".png': (64, 48),
            "ümlaut&<b>.png": (33, 64),
        }
        pictures = {name: self.save(f"in/{name}", noise(*size)) for name, size in names.items()}
        (self.folder / "in" / "notes.txt").write_text("no picture")
        done = self.translate()
        self.assertEqual(done.stdout, "out: 5 pictures, step 0\n")
        wanted = {str(Path(name).with_suffix(".png")): name for name in names}
        self.assertEqual(self.results(), sorted([*wanted, "index.html"]))
        for out, name in wanted.items():
            self.assert_near(f"out/{out}", in_python(twin, pictures[name], 4))

    def test_page_opens_from_the_disk(self):
        self.network(RESNET)
        self.save("in/a b/ü#1.png", noise(20, 20))
        self.translate("--compare")
        links = Links(self.folder / "out" / "index.html").found
        self.assertEqual(links, {"a b/ü#1.png", "compare/a b/ü#1.png"})
        self.translate(into="out2")
        links = Links(self.folder / "out2" / "index.html").found
        self.assertEqual(len(links), 2)
        for link in links:
            self.assertTrue((self.folder / "out2" / link).is_file(), link)

    def test_one_picture(self):
        twin = self.network(RESNET)
        picture = self.save("x.jpg", noise(40, 30), quality=95)
        picture = Image.open(self.folder / "x.jpg")
        self.translate(source="x.jpg")
        self.assert_near("out/x.png", in_python(twin, picture, 4), 2)

    def test_same_names_keep_their_extensions(self):
        self.network(RESNET)
        self.save("in/a.png", noise(20, 20))
        self.save("in/a.bmp", noise(24, 20))
        self.translate()
        self.assertEqual(self.results(), ["a.bmp.png", "a.png.png", "index.html"])

    def test_batches_change_nothing(self):
        self.network(RESNET)
        for i in range(7):
            self.save(f"in/{i}.png", noise(30 if i != 4 else 40, 20, seed=i))
        self.translate(into="one")
        self.translate("--batch", 3, into="three")
        for i in range(7):
            self.assert_near(f"three/{i}.png", pixels(self.folder / "one" / f"{i}.png"))

    def test_grey_in_colour_out_and_sixteen_bits(self):
        model = {**RESNET, "input_channels": 1}
        twin = self.network(model, bit_depth=16)
        colour = self.save("in/c.png", noise(20, 24))
        deep = numpy.linspace(0, 65535, 20 * 24).astype(numpy.uint16).reshape(24, 20)
        Image.fromarray(deep).save(self.folder / "in" / "deep.png")
        self.translate()
        made = (self.folder / "out" / "deep.png").read_bytes()
        self.assertEqual(made[24:26], bytes([16, 2]))  # bit depth, RGB
        # Pillow brings 16-bit RGB down to 8.
        self.assert_near("out/c.png", in_python(twin, colour, 4, channels=1), 2)


class TransparencyTest(TranslateTest):
    def test_alpha_is_carried_through(self):
        twin = self.network(RESNET, background=[10, 200, 30])
        picture = self.save("in/a.png", noise(30, 20, "RGBA"))
        self.translate()
        found = pixels(self.folder / "out" / "a.png")
        self.assertEqual(found.shape, (20, 30, 4))
        self.assertTrue((found[..., 3] == numpy.asarray(picture)[..., 3]).all())
        values = numpy.asarray(picture).astype(int)
        alpha, behind = values[..., 3:], numpy.array([10, 200, 30])
        seen = (values[..., :3] * alpha + behind * (255 - alpha) + 127) // 255
        expected = in_python(twin, Image.fromarray(seen.astype(numpy.uint8)), 4)
        self.assertLessEqual(numpy.abs(found[..., :3] - expected).max(), 2)

    def test_grids_show_what_the_network_saw(self):
        self.network(RESNET)
        self.save("in/a.png", Image.new("RGBA", (20, 20), (0, 0, 0, 0)))
        self.translate("--compare")
        grid = pixels(self.folder / "out" / "compare" / "a.png")
        self.assertEqual(grid.shape, (24, 46, 3))
        self.assertTrue((grid[2:22, 2:22] == 255).all())


class CompareTest(TranslateTest):
    def test_targets_by_name(self):
        self.network(RESNET)
        self.save("in/s/a.png", noise(20, 16))
        target = self.save("t/s/a.bmp", noise(20, 16, seed=5))
        self.translate("--compare", "--targets", "t")
        grid = pixels(self.folder / "out" / "compare" / "s" / "a.png")
        self.assertEqual(grid.shape, (20, 68, 3))
        made = pixels(self.folder / "out" / "s" / "a.png")
        self.assertTrue((grid[2:18, 24:44] == made).all())
        self.assertTrue((grid[2:18, 46:66] == numpy.asarray(target)).all())

    def test_pairs_side_by_side(self):
        for direction, input_is_left in (("AtoB", True), ("BtoA", False)):
            twin = self.network(RESNET, direction=direction)
            halves = noise(20, 16, seed=1), noise(20, 16, seed=2)
            pair = Image.new("RGB", (40, 16))
            pair.paste(halves[0], (0, 0))
            pair.paste(halves[1], (20, 0))
            self.save("in/a.png", pair)
            self.translate("--compare", "--pairs")
            source, target = halves if input_is_left else halves[::-1]
            self.assert_near("out/a.png", in_python(twin, source, 4))
            grid = pixels(self.folder / "out" / "compare" / "a.png")
            self.assertTrue((grid[2:18, 46:66] == numpy.asarray(target)).all())

    def test_missing_targets_are_refused_first(self):
        self.network(RESNET)
        self.save("in/a.png", noise(20, 16))
        self.save("in/b.png", noise(20, 16))
        self.save("t/b.png", noise(20, 16))
        done = self.translate("--compare", "--targets", "t", code=DATA)
        self.assertIn("in/a.png: has no target of its name in t", done.stderr)
        self.assertFalse((self.folder / "out").exists())


class TilesTest(TranslateTest):
    def test_tiles_give_what_the_whole_picture_gives(self):
        self.network(RESNET)
        self.save("in/a.png", noise(300, 221))
        self.translate(into="whole")
        done = self.translate("--tile", 132, "--batch", 2, into="tiles")
        self.assertEqual(done.stdout, "tiles: 1 picture, 1 of them in tiles, step 0\n")
        self.assert_near("tiles/a.png", pixels(self.folder / "whole" / "a.png"))

    def test_memory_decides(self):
        """A picture of 3000x2000, whose maps would take 600 MB, in 60."""
        self.network({**RESNET, "generator_blocks": 1})
        self.save("in/a.png", noise(3000, 2000))
        command = [BINARY, "translate", "--ckpt", "g.pt", "--in", "in", "--out", "out"]
        process = subprocess.Popen(
            [*map(str, command), "--memory-mb", "60", "--threads", "1"],
            cwd=self.folder, env=environment(), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        with process.stdout as out:
            said = out.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        self.assertIn("1 of them in tiles", said)
        self.assertLess(used.ru_maxrss, 1_000_000)  # kB
        self.assertEqual(pixels(self.folder / "out" / "a.png").shape, (2000, 3000, 3))

    def test_norms_over_tiles_are_said_once_and_seams_are_no_edges(self):
        self.network({**RESNET, "generator_norm": "instance"})
        for name in "ab":
            self.save(f"in/{name}.png", noise(600, 280))
        done = self.translate("--tile", 256)
        self.assertEqual(done.stderr.count("norms run over each tile by itself"), 1)
        made = pixels(self.folder / "out" / "a.png")
        steps = numpy.abs(numpy.diff(made, axis=1)).mean((0, 2))
        # Of 600 px, tiles of 256 that share 128: they begin at 0, 128, 256 and 344.
        seams = numpy.concatenate([steps[start : start + 128] for start in (128, 256, 344)])
        self.assertLessEqual(seams.mean(), 1.1 * steps[:96].mean())


class BatchNormTest(TranslateTest):
    def test_each_picture_has_its_own_statistics_as_the_originals(self):
        twin = self.network(UNET)
        self.save("in/a.png", noise(32, 32))
        picture = self.save("in/b.png", noise(32, 32, seed=1))
        done = self.translate("--batch", 2)
        self.assertIn("batch norms take each picture's own statistics", done.stderr)
        running = in_python(twin, picture, 32)
        twin.train()
        for module in twin.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = 0
        self.assert_near("out/b.png", in_python(twin, picture, 32))
        twin.eval()
        done = self.translate("--norm-mode", "running", into="running")
        self.assertNotIn("statistics", done.stderr)
        self.assert_near("running/b.png", running)
        both = pixels(self.folder / "out" / "b.png") - pixels(self.folder / "running" / "b.png")
        self.assertGreater(numpy.abs(both).max(), 5)

    def test_dropout_goes_on_by_the_seed(self):
        self.network({**UNET, "resolution": 64, "generator_dropout": 0.5})
        self.save("in/a.png", noise(64, 64))
        made = {}
        for name, words in {
            "first": (), "again": (), "other": ("--seed", 1), "running": ("--norm-mode", "running"),
        }.items():  # fmt: skip
            self.translate(*words, into=name)
            made[name] = (self.folder / name / "a.png").read_bytes()
        self.assertEqual(made["first"], made["again"])
        self.assertEqual(len(set(made.values())), 3)


class DirectionTest(TranslateTest):
    def test_both_ways(self):
        twins = self.network(CYCLEGAN, type="unpaired")
        picture = self.save("in/a.png", noise(24, 20))
        for words, name, channels in [
            ((), "g_ab", 3), (("--direction", "AtoB"), "g_ab", 3), (("--direction", "BtoA"), "g_ba", 1),
        ]:  # fmt: skip
            self.translate(*words)
            self.assert_near("out/a.png", in_python(twins[name], picture, 4, channels), 2)

    def test_one_way_networks_refuse_the_other(self):
        self.network(RESNET, direction="BtoA")
        self.save("in/a.png", noise(24, 20))
        self.translate("--direction", "BtoA")
        done = self.translate("--direction", "AtoB", code=USAGE)
        self.assertIn("was trained BtoA and goes this way only", done.stderr)


class BadInputTest(TranslateTest):
    def bad_pictures(self):
        self.save("in/good.png", noise(20, 20))
        folder = self.folder / "in"
        (folder / "empty.png").write_bytes(b"")
        (folder / "page.jpg").write_text("<html></html>")
        (folder / "short.png").write_bytes((folder / "good.png").read_bytes()[:20])
        os.mkfifo(folder / "pipe.png")
        (folder / "nowhere.png").symlink_to("missing.png")

    def test_all_are_listed_before_any_work(self):
        self.network(RESNET)
        self.bad_pictures()
        done = self.translate(code=DATA)
        self.assertIn("5 pictures cannot be used:", done.stderr)
        for name in ("empty.png", "page.jpg", "short.png", "pipe.png", "nowhere.png"):
            self.assertIn(f"in/{name}: ", done.stderr)
        self.assertFalse((self.folder / "out").exists())

    def test_or_left_out(self):
        self.network(RESNET)
        self.bad_pictures()
        done = self.translate("--skip-bad")
        self.assertIn("out: 1 picture, 5 left out, step 0", done.stdout)
        self.assertEqual(self.results(), ["good.png", "index.html"])

    def test_damaged_pixels(self):
        self.network(RESNET)
        self.save("in/a.png", noise(40, 40))
        self.save("in/c.png", noise(40, 40))
        data = bytearray((self.folder / "in" / "a.png").read_bytes())
        data[len(data) // 2] ^= 1
        (self.folder / "in" / "b.png").write_bytes(data)
        done = self.translate(code=DATA)
        self.assertIn("in/b.png: CRC mismatch", done.stderr)
        self.assertEqual(self.results(), ["a.png"])
        done = self.translate("--skip-bad", into="rest")
        self.assertIn("rest: 2 pictures, 1 left out", done.stdout)

    def test_words_that_are_wrong(self):
        self.network(RESNET)
        self.save("in/a.png", noise(20, 20))
        (self.folder / "empty").mkdir()
        (self.folder / "file").write_text("x")
        for code, words, message in [
            (DATA, ("--in", "missing", "--out", "out"), "missing"),
            (DATA, ("--in", "empty", "--out", "out"), "empty: holds no pictures"),
            (DATA, ("--in", "file", "--out", "out"), "file: "),
            (USAGE, ("--in", "in", "--out", "in"), "is the folder of the pictures"),
            (USAGE, ("--in", "in", "--out", "in/new/deep"), "lies in it"),
            (USAGE, ("--in", "in/a.png", "--out", "in"), "take the place"),
            (USAGE, ("--in", "in", "--out", "out", "--direction", "left"), "--direction"),
            (USAGE, ("--in", "in", "--out", "out", "--pairs", "--targets", "in"), "--targets"),
            (USAGE, ("--in", "in", "--out", "out", "--trunc", "0.5"), "--trunc"),
            (USAGE, ("--out", "out"), "--in is required"),
            (OUTPUT, ("--in", "in", "--out", "file/out"), "file"),
        ]:
            with self.subTest(words):
                done = self.run_program("translate", "--ckpt", "g.pt", *words, code=code)
                self.assertIn(message, done.stderr)
                self.assertEqual(done.stderr.count("error:"), 1)
                self.assertFalse((self.folder / "out").exists())
        for words in (("sample",), ("interpolate", "--seeds", "1,2")):
            done = self.run_program(*words, "--ckpt", "g.pt", "--trunc", 0.5, code=USAGE)
            self.assertIn("makes none from noise", done.stderr)
        done = self.run_program("translate", "--ckpt", "none.pt", "--in", "in", "--out", "out", code=CHECKPOINT)  # fmt: skip
        self.assertIn("none.pt", done.stderr)

    def test_networks_from_noise_translate_nothing(self):
        config = {**config_of({"type": "dcgan", "resolution": 8}), "data": {"type": "synthetic"}}
        self.write_config("c.json", {**config, "training": {"length": "1 step", "batch_size": 4}})
        self.run_program("--config", "c.json", "--run-dir", "run")
        self.save("in/a.png", noise(20, 20))
        done = self.run_program("translate", "--ckpt", "run", "--in", "in", "--out", "o", code=USAGE)
        self.assertIn("makes pictures from noise", done.stderr)


class StopTest(TranslateTest):
    def start(self):
        return subprocess.Popen(
            [str(BINARY), "translate", "--ckpt", "g.pt", "--in", "in", "--out", "out", "--threads", "1"],
            cwd=self.folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def wait_for_results(self, process, count=2):
        end = time.monotonic() + 60
        while len(list((self.folder / "out").glob("*.png"))) < count:
            self.assertLess(time.monotonic(), end)
            self.assertIsNone(process.poll())
            time.sleep(0.01)

    def prepare(self):
        self.network(RESNET)
        for i in range(40):
            self.save(f"in/{i:02}.png", noise(300, 200, seed=i))

    def test_a_kill_leaves_whole_pictures_only(self):
        self.prepare()
        process = self.start()
        self.wait_for_results(process)
        process.kill()
        process.wait()
        results = list((self.folder / "out").glob("[0-9]*.png"))
        self.assertLess(len(results), 40)
        for path in results:
            self.assertEqual(pixels(path).shape, (200, 300, 3))
        stale = self.folder / "out" / f".00.png.tmp-{process.pid}"
        stale.write_bytes(b"half")
        self.translate()
        self.assertFalse(stale.exists())
        self.assertEqual(len(self.results()), 41)

    def test_a_kill_at_any_operation_leaves_whole_files_only(self):
        """Not by luck: the process dies right before the n-th operation on its results."""
        self.network(RESNET)
        for i in range(2):
            self.save(f"in/{i}.png", noise(40, 30, seed=i))
        trace = self.folder / "trace.txt"
        self.translate(into="out/whole", env=injected(folder="out/", trace=trace))
        whole = {path.name: path.read_bytes() for path in (self.folder / "out/whole").iterdir()}
        self.assertEqual(sorted(whole), ["0.png", "1.png", "index.html"])
        operations = [line.split()[0] for line in trace.read_text().splitlines()]
        self.assertLessEqual({"open", "write", "rename"}, set(operations))
        for call in range(1, len(operations) + 1):
            with self.subTest(call=call, operation=operations[call - 1]):
                env = injected("any", "KILL", call, folder="out/")
                self.translate(into="out/cut", env=env, code=-signal.SIGKILL)
                for path in (self.folder / "out/cut").glob("[!.]*"):
                    self.assertEqual(path.read_bytes(), whole[path.name])
        self.translate(into="out/cut")
        self.assertEqual(temporaries(self.folder), [])
        self.assertEqual(self.results("out/cut"), sorted(whole))

    def test_a_stop_finishes_the_picture_and_the_page(self):
        self.prepare()
        process = self.start()
        self.wait_for_results(process)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 128 + signal.SIGTERM)
        results = [path.name for path in (self.folder / "out").glob("*.png")]
        self.assertLess(len(results), 40)
        links = Links(self.folder / "out" / "index.html").found
        self.assertEqual({link for link in links if "/" not in link}, set(results))
        self.assertFalse(list((self.folder / "out").glob(".*")))


class OwnRunTest(TranslateTest):
    def test_the_file_says_what_translate_needs(self):
        self.network(RESNET)
        self.assertEqual(load_checkpoint(self.folder / "g.pt")["config"]["model"]["generator"], "resnet")
        self.save("in/a.png", noise(20, 20))
        (self.folder / "run").mkdir()
        (self.folder / "g.pt").rename(self.folder / "run" / "g.pt")
        self.run_program("translate", "--ckpt", "run", "--in", "in", "--out", "out")
        self.assertEqual(self.results(), ["a.png", "index.html"])


if __name__ == "__main__":
    unittest.main()

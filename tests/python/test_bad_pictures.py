"""Wrong image files, row by row (37 to 68 of the list of wrong inputs): what training says of them
before it starts, and that it goes on without them where that was asked for.

Every row makes its files itself, beside sound ones.
"""

import io
import json
import os
import re
import socket
import struct
import subprocess
import time
import unittest
import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image

from driver import BINARY, TINY, ProgramTest, environment

WANTED = list(range(37, 69))
ROWS = []
DATA = 4
FINISHED = 0
SOUND = 12  # images that stand beside the bad one
PLAIN_USER = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()


@dataclass
class Row:
    number: int
    name: str
    check: object  # a function of the test


def row(number, name=None):
    def add(function):
        ROWS.append(Row(number, name or function.__name__, function))
        return function

    return add


def pixels(seed, height=16, width=16, channels=3):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)
    return Image.fromarray(noise if channels > 1 else noise[:, :, 0])


def encoded(image, kind="PNG", **options):
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bad_file(number, name, file, data, reason):
    """One bad file among sound ones: an error that names it, or left out."""

    def check(test):
        test.sound_images()
        (test.set / file).write_bytes(data() if callable(data) else data)
        test.refused(rf"{re.escape(file)}: {reason}")
        test.left_out()

    ROWS.append(Row(number, name, check))


def jpeg(**options):
    return encoded(pixels(1, 64, 64).resize((96, 96)), "JPEG", **options)


def flipped(data, position, bit=0):
    data = bytearray(data)
    data[position] ^= 1 << bit
    return bytes(data)


# --- folders -------------------------------------------------------------------------------------
@row(37)
def missing_folder(test):
    test.set.rmdir()
    test.refused(r"set: no such file or folder \(data.path\)")


@row(37)
def empty_folder(test):
    test.refused(r"set: there are no images; it holds nothing\.")


@row(37)
def only_other_files(test):
    for name in ("a.txt", "b.txt", "c.csv", "README"):
        (test.set / name).write_text("text")
    test.refused(
        r"set: there are no images; it holds 1 without an extension, 1 \.csv, 2 \.txt\. Images are"
    )


@row(38)
def fewer_images_than_one_batch(test):
    test.sound_images(3)
    done = test.train_set()
    test.assertIn("3 images, fewer than one batch of 8", done.stderr)


# --- single files --------------------------------------------------------------------------------
bad_file(39, "empty file", "x.png", b"", "empty")
bad_file(40, "text named jpg", "x.jpg", b"hello, this is no image at all", ".*not .*hello")
bad_file(40, "HTML named jpg", "x.jpg", b"<html><body>404</body></html>", ".*<html")


@row(41)
def png_named_jpg(test):
    test.sound_images()
    (test.set / "x.jpg").write_bytes(encoded(pixels(5)))
    done = test.train_set()
    test.assertEqual(done.stderr.count("extension of another format"), 1)


UNSUPPORTED = {
    "GIF": ("x.gif", lambda: encoded(pixels(1).convert("P"), "GIF")),
    "WebP": ("x.webp", lambda: b"RIFF\x24\0\0\0WEBPVP8 " + bytes(24)),
    "TIFF": ("x.tif", lambda: encoded(pixels(1), "TIFF")),
    "AVIF": ("x.avif", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1" + bytes(16)),
    "HEIC": ("x.heic", b"\0\0\0\x1cftypheic\0\0\0\0mif1heic" + bytes(16)),
}
for kind, (file, data) in UNSUPPORTED.items():
    bad_file(42, kind, file, data, f".*{kind}.*convert")

for share in (10, 50, 90, 99):
    for progressive in (False, True):
        whole = jpeg(progressive=progressive)
        # Two bytes fewer are the end marker, without which a JPEG file is still whole.
        cut = whole[: min(len(whole) * share // 100, len(whole) - 3)]
        bad_file(
            43,
            f"{'progressive' if progressive else 'baseline'} JPEG cut at {share} %",
            "x.jpg",
            cut,
            "(.*ends early|.*end)",
        )
for share in (20, 60, 95):
    data = encoded(pixels(2, 32, 32))
    bad_file(44, f"PNG cut at {share} %", "x.png", data[: len(data) * share // 100], ".*ends")
bad_file(44, "PNG without IEND", "x.png", encoded(pixels(2))[:-12], ".*(IEND|ends)")
DAMAGED = encoded(pixels(3, 32, 32))
IDAT = DAMAGED.index(b"IDAT")
bad_file(45, "bit flipped in IDAT", "x.png", flipped(DAMAGED, IDAT + 40), ".*CRC mismatch in IDAT")
bad_file(
    45,
    "bad Adler",
    "x.png",
    lambda: b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 0))
    + chunk(b"IDAT", flipped(zlib.compress(b"\0ab\0cd"), -1))
    + chunk(b"IEND", b""),
    ".",
)


@row(46)
def jpeg_with_a_flipped_byte(test):
    test.sound_images()
    data = jpeg()
    (test.set / "x.jpg").write_bytes(flipped(data, len(data) * 3 // 4, 3))
    test.train_set()


def with_huffman_counts(counts):
    """A JPEG whose first Huffman table has these numbers of codes of each length."""
    data = jpeg()
    at = data.index(b"\xff\xc4") + 5
    return data[:at] + bytes(counts) + data[at + 16 :]


bad_file(47, "over-full table", "x.jpg", with_huffman_counts([255] * 16), ".*Huffman")
bad_file(47, "over-subscribed table", "x.jpg", with_huffman_counts([3] + [0] * 15), ".")


def with_frame(marker):
    data = jpeg()
    at = data.index(b"\xff\xc0")
    return data[: at + 1] + bytes([marker]) + data[at + 2 :]


bad_file(48, "arithmetic coding", "x.jpg", lambda: with_frame(0xC9), ".*arithmetic")
bad_file(48, "lossless", "x.jpg", lambda: with_frame(0xC3), ".*lossless")


def twelve_bits():
    data = jpeg()
    at = data.index(b"\xff\xc0")
    return data[: at + 4] + b"\x0c" + data[at + 5 :]


bad_file(48, "12 bits", "x.jpg", twelve_bits, ".*12")


@row(49)
def cmyk_jpeg(test):
    test.sound_images()
    (test.set / "x.jpg").write_bytes(encoded(pixels(1, 32, 32).convert("CMYK"), "JPEG"))
    done = test.train_set()
    test.assertIn("1 image is CMYK; the colours are approximate", done.stderr)


@row(50)
def every_kind_of_png(test):
    kinds = {
        "grey16": Image.fromarray((np.arange(256).reshape(16, 16) * 257).astype(np.uint16)),
        "palette": pixels(1).convert("P"),
        "bits": pixels(1).convert("1"),
        "grey": pixels(1).convert("L"),
        "grey_alpha": pixels(1).convert("LA"),
    }
    for name, image in kinds.items():
        image.save(test.set / f"{name}.png")
    report = test.scan()
    test.assertEqual(report["files"], 5)
    test.assertEqual(report["bad"], [])
    test.train_set()


@row(51)
def transparency_is_composited(test):
    image = Image.new("RGBA", (16, 16), (255, 0, 0, 0))
    image.save(test.set / "x.png")
    for background, expected in (("[255, 255, 255]", 255), ("[0, 0, 0]", 0)):
        test.train_set("data.background=" + background)
        reals = np.asarray(Image.open(test.run_folder() / "samples/reals.png"))
        test.assertTrue((reals[2:-2, 2:-2] == expected).all())
    test.assertIn("1 RGB with transparency", test.train_set().stderr)


@row(52)
def exif_orientation(test):
    upright = Image.new("RGB", (24, 16), (0, 0, 0))
    upright.paste((255, 0, 0), (0, 0, 8, 8))
    turns = {1: [], 2: [0], 3: [3], 4: [1], 5: [5], 6: [2], 7: [6], 8: [4]}
    for orientation, inverse in turns.items():
        stored = upright
        for turn in inverse:
            stored = stored.transpose(turn)
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored.save(test.set / f"{orientation}.jpg", quality=100, subsampling=0, exif=exif)
    test.train_set("data.fit=stretch", "samples.count=8")
    reals = np.asarray(Image.open(test.run_folder() / "samples/reals.png").convert("L")).astype(int)
    places = [(2 + 18 * (i // 3), 2 + 18 * (i % 3)) for i in range(8)]
    tiles = [reals[top : top + 16, left : left + 16] for top, left in places]
    for tile in tiles[1:]:
        test.assertLess(abs(tile - tiles[0]).mean(), 4)
    test.assertEqual(test.scan()["sizes"]["different"], 1)


def large_png(width, height):
    rows = zlib.compressobj(9)
    data = b"".join(rows.compress(bytes(width * 3 + 1)) for _ in range(height)) + rows.flush()
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", data)
        + chunk(b"IEND", b"")
    )


bad_file(53, "huge", "x.png", lambda: large_png(16000, 16000), ".*16000")
bad_file(53, "100000 wide", "x.png", lambda: large_png(100000, 1), ".*100000")


def claimed(width, height):
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


bad_file(54, "width 0", "x.png", claimed(0, 16), ".")
bad_file(54, "claims 2^31", "x.png", claimed(1 << 31, 1 << 31), ".")


@row(55)
def bombs_in_metadata(test):
    data = encoded(pixels(1))
    bomb = chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(10_000_000)))
    many = b"".join(chunk(b"tEXt", b"k\0v") for _ in range(1000))
    (test.set / "x.png").write_bytes(data[:33] + bomb + many + data[33:])
    test.train_set()


@row(56)
def smaller_than_the_model(test):
    test.sound_images()
    pixels(1, 8, 8).save(test.set / "x.png")
    test.train_set()
    test.refused(r"x\.png: 8x8 is smaller than the model's 16x16", "data.small_images=error")


@row(57)
def mixed_sizes(test):
    for i in range(8):
        pixels(i, 16 + 3 * i, 40 - 2 * i).save(test.set / f"{i}.png")
    done = test.train_set()
    test.assertIn("(8 different sizes)", done.stderr)


@row(58)
def grey_and_colour(test):
    test.sound_images(4)
    pixels(9, channels=1).save(test.set / "grey.png")
    done = test.train_set()
    test.assertIn("4 RGB, 1 grey", done.stderr)
    test.train_set("model.image_channels=1")


# --- what is no regular file ---------------------------------------------------------------------
@row(59)
def fifo_and_socket(test):
    test.sound_images()
    os.mkfifo(test.set / "x.png")
    test.refused(r"x\.png: a FIFO, not a file")
    test.left_out()
    (test.set / "x.png").unlink()
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(test.set / "x.png"))
        test.refused(r"x\.png: a socket, not a file")


@row(59)
def dangling_link(test):
    test.sound_images()
    (test.set / "x.png").symlink_to("nowhere.png")
    test.refused(r"x\.png: a link to nothing")
    test.left_out()


@row(59)
def no_permission(test):
    test.sound_images()
    pixels(1).save(test.set / "x.png")
    (test.set / "x.png").chmod(0)
    test.refused(r"x\.png: no permission to read it", prefix=PLAIN_USER)


@row(60)
def link_loop(test):
    test.sound_images()
    (test.set / "loop").symlink_to(".")
    (test.set / "below").mkdir()
    (test.set / "below" / "up").symlink_to("..")
    test.assertEqual(test.scan()["files"], SOUND)


@row(60)
def link_out(test):
    test.sound_images()
    pixels(1).save(test.folder / "outside.png")
    (test.set / "x.png").symlink_to("../outside.png")
    test.refused(r"x\.png: a link out of the folder \(data.follow_links follows it\)")
    test.train_set("data.follow_links=true")


@row(61)
def odd_names(test):
    names = [b"new\nline.png", b'quo"te.png', b"in\xffvalid.png", b"x" * 251 + b".png"]
    for name in names:
        with open(os.path.join(os.fsencode(test.set), name), "wb") as file:
            file.write(encoded(pixels(1)))
    descriptor = os.open(test.set, os.O_RDONLY)
    for _ in range(25):  # deeper than PATH_MAX
        os.mkdir("d" * 200, dir_fd=descriptor)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    file = os.open("deep.png", os.O_WRONLY | os.O_CREAT, dir_fd=descriptor)
    os.write(file, encoded(pixels(2)))
    os.close(file)
    os.close(descriptor)
    test.addCleanup(subprocess.run, ["rm", "-rf", str(test.set)], check=True)
    test.assertEqual(test.scan()["files"], 5)
    with open(os.path.join(os.fsencode(test.set), names[0]), "wb") as file:
        file.write(b"")
    test.refused(r"new\\nline\.png: empty")


# --- files that change ---------------------------------------------------------------------------
@row(62)
def deleted_in_training(test):
    test.sound_images(300)
    process = test.start("training.length=100000 steps", "data.cache=off", "log.every=1 steps")
    test.wait_for(lambda: test.steps() > 3)
    (test.set / "000.png").unlink()
    (test.set / "001.png").write_bytes(b"other")
    test.wait_for(lambda: "another image takes its place (2 so far)" in test.log())
    before = test.steps()
    test.wait_for(lambda: test.steps() > before)
    for i in range(2, 100):
        (test.set / f"{i:03}.png").unlink()
    test.assertEqual(process.wait(60), DATA)
    test.assertIn("vanished or changed during training (at most 1 % may)", test.log_of(process))


@row(63)
def input_output_error(test):
    # A file of the kernel that opens and then fails with EIO.
    broken = "/proc/self/mem"
    test.sound_images()
    (test.set / "x.png").symlink_to(broken)
    done = test.refused(r"x\.png: ", "data.follow_links=true")
    test.assertIn("x.png: cannot be read: Input/output error", done.stderr)


@row(64)
def many_files(test):
    data = encoded(pixels(1, 4, 4))
    first = test.set / "0.png"
    first.write_bytes(data)
    for i in range(1, 3000):
        os.link(first, test.set / f"{i}.png")
    start = time.monotonic()
    test.assertEqual(test.scan(full=False)["files"], 3000)
    test.assertLess(time.monotonic() - start, 20)


@row(65)
def no_variety(test):
    for i in range(4):
        Image.new("RGB", (16, 16)).save(test.set / f"{i}.png", compress_level=i + 1)
    done = test.train_set()
    test.assertIn("no variety: all images have the same pixels", done.stderr)


# --- classes and pairs ---------------------------------------------------------------------------
@row(66)
def odd_classes(test):
    for name, count in (("cats", 4), ("dogs", 1), ("empty", 0)):
        (test.set / name).mkdir()
        for i in range(count):
            pixels(i).save(test.set / name / f"{i}.png")
    done = test.train_set(kind="classes")
    test.assertIn('class folder "empty" holds no images', done.stderr)
    test.assertIn('class folder "dogs" holds a single image', done.stderr)
    test.assertIn("2 classes", done.stderr)


@row(66)
def too_many_classes(test):
    for i in range(10_001):
        (test.set / f"{i:05}").mkdir()
    pixels(1).save(test.set / "00000" / "x.png")
    test.refused(r"holds 10,001 class folders, at most 10,000 are taken", kind="classes")


@row(67)
def pairs_without_partners(test):
    for side, names in (("A", range(20)), ("B", range(14, 30))):
        (test.set / side).mkdir()
        for i in names:
            pixels(i).save(test.set / side / f"{i:02}.png")
    done = test.refused(r"A/00\.png: has no partner in B/", kind="paired_folders")
    test.assertEqual(done.stderr.count("has no partner"), 10)
    test.assertIn("and 14 more without a partner", done.stderr)


@row(67)
def sizes_that_differ_within_a_pair(test):
    for side, width in (("A", 16), ("B", 24)):
        (test.set / side).mkdir()
        pixels(1, 16, width).save(test.set / side / "x.png")
    done = test.run_program(
        "dataset", "scan", "set", "--type", "paired_folders", "--json", code=DATA
    )
    test.assertRegex(
        json.loads(done.stdout)["bad"][0]["reason"],
        "the sizes within the pair differ: 24x16, and its partner has 16x16",
    )


@row(68)
def odd_width(test):
    pixels(1, 16, 33).save(test.set / "x.png")
    test.refused(
        r"x\.png: is 33 pixels wide; a pair A\|B side by side has an even width", kind="paired"
    )


class BadPictureTest(ProgramTest):
    """The rows are attached below, one test each."""

    def setUp(self):
        super().setUp()
        self.set = self.folder / "set"
        self.set.mkdir()
        self.runs = 0

    def sound_images(self, count=SOUND):
        for i in range(count):
            pixels(100 + i).save(self.set / f"{i:03}.png")

    def words(self, changes, kind="folder"):
        config = json.loads(json.dumps(TINY))
        config["model"]["image_channels"] = 3
        config["data"] = {"type": kind, "path": "set"}
        config["training"]["length"] = "2 steps"
        self.write_config("set.json", config)
        self.runs += 1
        sets = [word for change in changes for word in ("--set", change)]
        return ["--config", "set.json", "--run-dir", f"run{self.runs}", *sets]

    def run_folder(self):
        return self.folder / f"run{self.runs}"

    def train_set(self, *changes, kind="folder", code=FINISHED):
        return self.run_program(*self.words(changes, kind), code=code)

    def refused(self, message, *changes, kind="folder", prefix=()):
        """Training ends before it starts, with this on a line of its own or in the sentence."""
        done = subprocess.run(
            [*prefix, str(BINARY), *self.words(changes, kind)],
            cwd=self.folder,
            env=environment(),
            capture_output=True,
            text=True,
            errors="backslashreplace",
            timeout=120,
        )
        self.assertEqual(done.returncode, DATA, done.stderr)
        self.assertRegex(done.stderr, message)
        return done

    def left_out(self):
        """The same set trains without the bad file."""
        done = self.train_set("data.on_bad_image=skip", "data.max_bad_share=0.5")
        self.assertIn(f"1 of {SOUND + 1} files are left out", done.stderr)
        self.train_set("data.on_bad_image=skip", "data.max_bad_share=0.01", code=DATA)

    def scan(self, full=True):
        words = ["dataset", "scan", "set", "--json"] + (["--full"] if full else [])
        return json.loads(self.run_program(*words).stdout)

    def start(self, *changes):
        process = subprocess.Popen(
            [str(BINARY), *self.words(changes)],
            cwd=self.folder,
            env=environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(lambda: (process.poll() is None and process.kill(), process.communicate()))
        return process

    def log(self):
        path = self.run_folder() / "log.txt"
        return path.read_text() if path.exists() else ""

    def log_of(self, process):
        return self.log() + process.stderr.read()

    def steps(self):
        path = self.run_folder() / "metrics.jsonl"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def wait_for(self, condition):
        end = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), end, self.log())
            time.sleep(0.02)


def attach(each):
    name = f"test_row_{each.number:02}_" + re.sub(r"\W+", "_", each.name)
    assert not hasattr(BadPictureTest, name), name
    setattr(BadPictureTest, name, lambda self: each.check(self))


for one in ROWS:
    attach(one)


class TableTest(unittest.TestCase):
    def test_has_every_row(self):
        self.assertEqual(sorted({each.number for each in ROWS}), WANTED)

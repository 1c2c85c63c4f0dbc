"""Image files of many kinds against Pillow: decoding, grey and colour, transparency, resizing.

Drives gantrain_images (tests/image/image_dump.cpp): GANTRAIN_IMAGES_BINARY, or the file of that name
beside GANTRAIN_BINARY.
"""

import io
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

ROOT = Path(os.environ.get("GANTRAIN_SOURCE_DIR", Path(__file__).resolve().parents[2]))
SHARED = Path(os.environ.get("GANTRAIN_SHARED_DATA", ROOT / ".." / "shared" / "data"))
NAMED = os.environ.get("GANTRAIN_IMAGES_BINARY")
BINARY = (
    Path(NAMED) if NAMED else Path(os.environ["GANTRAIN_BINARY"]).with_name("gantrain_images")
).resolve()
FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def random_array(random, height, width, channels, top=256):
    """Smooth on the left, noise on the right."""
    y, x, c = np.mgrid[0:height, 0:width, 0:channels]
    smooth = (x * 3 + y * 2 + c * 40) * (top // 256) % top
    noise = random.integers(0, top, smooth.shape)
    array = np.where(x < width // 2, smooth, noise)
    return array.astype(np.uint16 if top > 256 else np.uint8)


def picture(random, size, mode):
    """A Pillow image of that mode with pixels of all values."""
    width, height = size
    channels = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4}[mode]
    array = random_array(random, height, width, channels)
    return Image.fromarray(array[:, :, 0] if channels == 1 else array, mode)


def saved(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


class Result:
    def __init__(self, path):
        facts, pixels = path.read_bytes().split(b"\n", 1)
        self.facts = json.loads(facts)
        if "error" not in self.facts:
            dtype = np.uint16 if self.facts["bits"] == 16 else np.uint8
            shape = [self.facts[name] for name in ("height", "width", "channels")]
            self.pixels = np.frombuffer(pixels, dtype).reshape(shape)


def run(jobs):
    """[(bytes or path of a file, {what to do})] to [Result], in one call of the program."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = []
        for number, (source, wanted) in enumerate(jobs):
            if isinstance(source, bytes):
                path = folder / f"{number}.in"
                path.write_bytes(source)
                source = path
            out = str(folder / f"{number}.out")
            lines.append(json.dumps({"in": str(source), "out": out, **wanted}))
        (folder / "jobs").write_text("\n".join(lines) + "\n")
        subprocess.run([str(BINARY), str(folder / "jobs")], check=True, timeout=240)
        return [Result(folder / f"{number}.out") for number in range(len(jobs))]


def as_array(image):
    array = np.asarray(image)
    return array[:, :, None] if array.ndim == 2 else array


class Comparing(unittest.TestCase):
    def setUp(self):
        self.random = np.random.default_rng(7)

    def size(self, most=90):
        return tuple(int(side) for side in self.random.integers(1, most, 2))

    def compare(self, jobs, expected, names, tolerance=0):
        for result, wanted, name in zip(run(jobs), expected, names, strict=True):
            with self.subTest(name):
                self.assertNotIn("error", result.facts)
                self.assertEqual(result.pixels.shape, wanted.shape)
                self.assertEqual(result.pixels.dtype, wanted.dtype)
                difference = np.abs(result.pixels.astype(int) - wanted.astype(int))
                self.assertLessEqual(difference.max(), tolerance)


class DecodingTest(Comparing):
    def test_png_of_every_mode(self):
        jobs, expected, names = [], [], []
        for number in range(8):
            size = self.size()
            for mode in ("L", "LA", "RGB", "RGBA"):
                image = picture(self.random, size, mode)
                jobs.append((saved(image, "PNG"), {}))
                expected.append(as_array(image))
                names.append(f"{mode} {size}")
            bits = picture(self.random, size, "L").convert("1")
            jobs.append((saved(bits, "PNG"), {}))
            expected.append(as_array(bits.convert("L")))
            names.append(f"1 {size}")
            for colours in (2, 4, 13, 200):
                palette = picture(self.random, size, "RGB").quantize(colours)
                jobs.append((saved(palette, "PNG"), {}))
                expected.append(as_array(palette.convert("RGB")))
                names.append(f"P {colours} {size}")
            palette.info["transparency"] = bytes(range(200))
            jobs.append((saved(palette, "PNG", transparency=bytes(range(200))), {}))
            expected.append(as_array(palette.convert("RGBA")))
            names.append(f"P with transparency {size}")
            deep = random_array(self.random, size[1], size[0], 1, 65536)
            jobs.append((saved(Image.fromarray(deep[:, :, 0]), "PNG"), {}))
            expected.append(deep)
            names.append(f"I;16 {size}")
        self.compare(jobs, expected, names)

    def test_png_with_a_transparent_colour(self):
        image = picture(self.random, (20, 9), "RGB")
        key = image.getpixel((15, 4))
        self.compare(
            [(saved(image, "PNG", transparency=key), {})],
            [as_array(Image.open(io.BytesIO(saved(image, "PNG", transparency=key))).convert("RGBA"))],
            ["RGB"],
        )

    def test_bmp(self):
        jobs, expected, names = [], [], []
        for _ in range(6):
            size = self.size(40)
            for image in (
                picture(self.random, size, "RGB"),
                picture(self.random, size, "RGBA"),
                picture(self.random, size, "L"),
                picture(self.random, size, "L").convert("1"),
                picture(self.random, size, "RGB").quantize(16),
            ):
                data = saved(image, "BMP")
                read = Image.open(io.BytesIO(data))
                jobs.append((data, {}))
                target = {"1": "L", "P": "RGB"}.get(read.mode, read.mode)
                expected.append(as_array(read.convert(target)))
                names.append(f"{image.mode} {size}")
        self.compare(jobs, expected, names)

    def test_pgm_and_ppm(self):
        jobs, expected, names = [], [], []
        for _ in range(6):
            size = self.size(40)
            for mode in ("L", "RGB"):
                image = picture(self.random, size, mode)
                array = as_array(image)
                jobs.append((saved(image, "PPM"), {}))
                plain = f"P{2 if mode == 'L' else 3}\n# a comment\n{size[0]} {size[1]}\n255\n"
                plain += "\n".join(" ".join(map(str, row)) for row in array.reshape(size[1], -1))
                jobs.append((plain.encode(), {}))
                expected += [array, array]
                names += [f"{mode} {size}", f"plain {mode} {size}"]
            deep = random_array(self.random, size[1], size[0], 1, 65536)
            header = f"P5 {size[0]} {size[1]} 65535\n".encode()
            jobs.append((header + deep.astype(">u2").tobytes(), {}))
            expected.append(deep)
            names.append(f"16 bits {size}")
        self.compare(jobs, expected, names)

    def jpeg_files(self):
        for number in range(6):
            size = self.size()
            for subsampling in (0, 1, 2):
                for progressive in (False, True):
                    yield f"RGB {size} {subsampling} {progressive}", saved(
                        picture(self.random, size, "RGB"),
                        "JPEG",
                        quality=int(self.random.integers(30, 100)),
                        subsampling=subsampling,
                        progressive=progressive,
                    )
            yield f"L {size}", saved(picture(self.random, size, "L"), "JPEG", quality=80)
            yield (
                f"restarts {size}",
                saved(picture(self.random, size, "RGB"), "JPEG", restart_marker_blocks=2),
            )

    # Pillow brings its own libjpeg-turbo; 2 of 255 leaves room for another version's rounding.
    def test_jpeg(self):
        files = list(self.jpeg_files())
        self.compare(
            [(data, {}) for _, data in files],
            [as_array(Image.open(io.BytesIO(data))) for _, data in files],
            [name for name, _ in files],
            tolerance=2,
        )

    def test_cmyk_jpeg(self):
        files = [saved(picture(self.random, self.size(), "CMYK"), "JPEG") for _ in range(6)]
        results = run([(data, {}) for data in files])
        for data, result in zip(files, results):
            expected = as_array(Image.open(io.BytesIO(data)).convert("RGB"))
            difference = np.abs(result.pixels.astype(int) - expected.astype(int))
            self.assertLessEqual(difference.max(), 2)
            self.assertTrue(result.facts["cmyk"])

    def test_exif_orientation(self):
        jobs, expected, names = [], [], []
        for orientation in range(1, 9):
            exif = Image.Exif()
            exif[0x0112] = orientation
            data = saved(picture(self.random, (37, 21), "RGB"), "JPEG", exif=exif)
            jobs.append((data, {}))
            expected.append(as_array(ImageOps.exif_transpose(Image.open(io.BytesIO(data)))))
            names.append(f"orientation {orientation}")
        self.compare(jobs, expected, names, tolerance=2)

    def test_truncated_files_are_refused_where_pillow_refuses_them(self):
        image = picture(self.random, (64, 48), "RGB")
        for kind in ("PNG", "JPEG", "BMP", "PPM"):
            data = saved(image, kind)
            for percent in (10, 50, 90):
                cut = data[: len(data) * percent // 100]
                (result,) = run([(cut, {})])
                self.assertIn("ends early", result.facts["error"], f"{kind} {percent}")
                self.assertEqual(result.facts["fault"], "damaged")
                with self.assertRaises(OSError):
                    Image.open(io.BytesIO(cut)).load()


class ColourTest(Comparing):
    def test_rgb_to_grey_and_back(self):
        jobs, expected, names = [], [], []
        for _ in range(10):
            image = picture(self.random, self.size(), "RGB")
            jobs.append((saved(image, "PNG"), {"channels": 1}))
            expected.append(as_array(image.convert("L")))
            grey = picture(self.random, self.size(), "L")
            jobs.append((saved(grey, "PNG"), {"channels": 3}))
            expected.append(as_array(grey.convert("RGB")))
            names += ["to grey", "to RGB"]
        self.compare(jobs, expected, names)

    def test_transparency_on_a_background(self):
        jobs, expected, names = [], [], []
        for background in ((255, 255, 255), (0, 0, 0), (12, 200, 99)):
            for mode in ("RGBA", "LA"):
                image = picture(self.random, self.size(), mode)
                canvas = Image.new("RGB", image.size, background)
                canvas.paste(image.convert("RGB"), mask=image.getchannel("A"))
                wanted = {"channels": 3, "background": background}
                jobs.append((saved(image, "PNG"), wanted))
                expected.append(as_array(canvas))
                names.append(f"{mode} on {background}")
        self.compare(jobs, expected, names)


class ResizingTest(Comparing):
    def test_every_filter_over_many_sizes(self):
        jobs, expected, names = [], [], []
        for number in range(40):
            mode = ("L", "RGB")[number % 2]
            image = picture(self.random, self.size(150), mode)
            for name, resample in FILTERS.items():
                target = self.size(150)
                jobs.append((saved(image, "PNG"), {"resize": [*target, name]}))
                expected.append(as_array(image.resize(target, resample)))
                names.append(f"{mode} {image.size} to {target} {name}")
        self.compare(jobs, expected, names)

    def test_large_reductions(self):
        image = picture(self.random, (701, 533), "RGB")
        jobs = [(saved(image, "PNG"), {"resize": [9, 7, name]}) for name in FILTERS]
        expected = [as_array(image.resize((9, 7), resample)) for resample in FILTERS.values()]
        self.compare(jobs, expected, list(FILTERS))

    # Pillow rounds to 16 bits after each pass and clamps there, we once at the end; what is far from
    # both ends differs by rounding alone.
    def test_16_bits(self):
        jobs, expected, names = [], [], []
        for _ in range(10):
            width, height = self.size()
            deep = self.random.integers(25_000, 40_000, (height, width)).astype(np.uint16)
            floats = Image.fromarray(deep.astype(np.float32), "F")
            for name in ("box", "bilinear", "bicubic", "lanczos"):
                target = self.size()
                data = saved(Image.fromarray(deep), "PNG")
                jobs.append((data, {"resize": [*target, name]}))
                exact = np.asarray(floats.resize(target, FILTERS[name]))
                expected.append(np.rint(exact).astype(np.uint16)[:, :, None])
                names.append(f"{deep.shape} to {target} {name}")
        self.compare(jobs, expected, names, tolerance=1)


class SharedDataTest(Comparing):
    """A sample of real files, where they are."""

    def sample(self, folder, pattern, count):
        if not (SHARED / folder).is_dir():
            self.skipTest(f"shared data: {folder} is not here")
        paths = sorted((SHARED / folder).rglob(pattern))
        return paths[:: max(1, len(paths) // count)]

    def check(self, folder, pattern, mode, tolerance, count=25):
        paths = self.sample(folder, pattern, count)
        expected = [as_array(Image.open(path).convert(mode)) for path in paths]
        self.compare([(path, {}) for path in paths], expected, map(str, paths), tolerance)

    def test_facades(self):
        self.check("facades", "*.jpg", "RGB", 2)

    def test_anime_faces(self):
        self.check("anime_faces", "*.jpg", "RGB", 2)

    def test_orl_faces(self):
        self.check("orl_faces", "*.pgm", "L", 0)

    def test_super_resolution(self):
        self.check("sr", "*.png", "RGB", 0)

    def test_emoji(self):
        paths = self.sample("emoji64", "*.png", 100)
        jobs, expected = [], []
        for path in paths:
            image = Image.open(path).convert("RGBA")
            canvas = Image.new("RGB", image.size, (255, 255, 255))
            canvas.paste(image.convert("RGB"), mask=image.getchannel("A"))
            jobs.append((path, {"channels": 3}))
            expected.append(as_array(canvas))
        self.compare(jobs, expected, map(str, paths))


if __name__ == "__main__":
    unittest.main()

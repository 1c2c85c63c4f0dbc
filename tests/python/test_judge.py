"""judge.py and png.py: what the figures mean, and that pictures come through unchanged."""

import math
import struct
import tempfile
import unittest
import zlib
from pathlib import Path

import torch

from judge import coverage, read_images, share_as_asked, summarise
from png import SIGNATURE, grid, read_png, write_png


class Summary(unittest.TestCase):
    def test_sure_and_balanced_digits_score_the_number_of_classes(self):
        result = summarise(torch.eye(10, dtype=torch.float64).repeat(5, 1))
        self.assertAlmostEqual(result["score"], 10, places=6)
        self.assertAlmostEqual(result["confidence"], 1)
        self.assertEqual(result["shares"], [0.1] * 10)
        self.assertEqual(result["count"], 50)

    def test_one_digit_only_scores_one(self):
        probabilities = torch.zeros(20, 10, dtype=torch.float64)
        probabilities[:, 7] = 1
        result = summarise(probabilities)
        self.assertAlmostEqual(result["score"], 1, places=6)
        self.assertEqual(result["shares"], [0, 0, 0, 0, 0, 0, 0, 1, 0, 0])

    def test_unsure_digits_score_one(self):
        self.assertAlmostEqual(
            summarise(torch.full((20, 10), 0.1, dtype=torch.float64))["score"], 1
        )

    def test_a_mixed_case_by_hand(self):
        # Rows (1, 0) and (1/2, 1/2), marginal (3/4, 1/4).
        expected = math.exp((math.log(4 / 3) + 0.5 * math.log(2 / 3) + 0.5 * math.log(2)) / 2)
        self.assertAlmostEqual(
            summarise(torch.tensor([[1.0, 0.0], [0.5, 0.5]], dtype=torch.float64))["score"],
            expected,
        )


class Stacked(unittest.TestCase):
    def test_each_triple_once_is_full_coverage(self):
        triples = torch.cartesian_prod(*[torch.arange(10)] * 3)
        found = coverage(triples)
        self.assertEqual(found["modes"], 1000)
        self.assertAlmostEqual(found["kl"], 0)

    def test_one_triple_only_is_the_log_of_their_number(self):
        found = coverage(torch.tensor([[1, 2, 3]] * 50))
        self.assertEqual(found["modes"], 1)
        self.assertAlmostEqual(found["kl"], math.log(1000))

    def test_the_order_of_the_digits_counts(self):
        self.assertEqual(coverage(torch.tensor([[1, 2, 3], [3, 2, 1], [1, 2, 3]]))["modes"], 2)


class Pictures(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = Path(self.folder.name) / "0.png"

    def test_written_pictures_come_back(self):
        for channels in (1, 3):
            image = torch.randint(0, 256, (channels, 5, 7), dtype=torch.uint8)
            write_png(self.path, image)
            self.assertTrue(torch.equal(read_png(self.path), image))

    def test_a_folder_is_named_after_the_digit_that_was_asked_for(self):
        def tells_white_from_black(shown):  # log probabilities: 1 for white, 0 for black
            white = shown.mean((1, 2, 3)) > 0.5
            return torch.nn.functional.one_hot(white.long(), 10).double().log()

        for digit, shades in ((0, (0, 0, 255)), (1, (255,))):
            folder = Path(self.folder.name) / str(digit)
            folder.mkdir()
            for place, shade in enumerate(shades):
                write_png(folder / f"{place}.png", torch.full((1, 28, 28), shade, dtype=torch.uint8))
        folders = [Path(self.folder.name) / name for name in "01"]
        self.assertEqual(share_as_asked(tells_white_from_black, folders), 3 / 4)

    def test_every_row_filter_is_undone(self):
        image = torch.randint(
            0, 256, (5, 12), dtype=torch.uint8, generator=torch.Generator().manual_seed(1)
        )  # 4 RGB pixels a row
        rows, step = image.tolist(), 3
        packed = b""
        for kind, row in enumerate(rows):
            above = rows[kind - 1] if kind else [0] * 12
            packed += bytes([kind]) + bytes(
                (
                    row[i]
                    - self.prediction(
                        kind,
                        row[i - step] if i >= step else 0,
                        above[i],
                        above[i - step] if i >= step else 0,
                    )
                )
                % 256
                for i in range(12)
            )
        header = struct.pack(">IIBBBBB", 4, 5, 8, 2, 0, 0, 0)
        chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(packed)), (b"IEND", b""))
        self.path.write_bytes(
            SIGNATURE
            + b"".join(
                struct.pack(">I", len(body))
                + kind
                + body
                + struct.pack(">I", zlib.crc32(kind + body))
                for kind, body in chunks
            )
        )
        self.assertTrue(torch.equal(read_png(self.path).permute(1, 2, 0).reshape(5, 12), image))

    @staticmethod
    def prediction(kind, left, up, corner):
        if kind == 4:
            nearest = left + up - corner
            return min((left, up, corner), key=lambda value: abs(nearest - value))
        return (0, left, up, (left + up) // 2)[kind]

    def test_a_grid_keeps_the_order_of_its_pictures(self):
        pictures = torch.tensor([-1.0, 0.0, 1.0]).view(3, 1, 1, 1).expand(3, 1, 2, 2)
        self.assertEqual(grid(pictures, 2)[0, ::2, ::2].tolist(), [[0, 128], [255, 0]])

    def test_folders_of_pictures_become_images_between_minus_one_and_one(self):
        for number, value in enumerate((0, 255)):
            write_png(
                Path(self.folder.name) / f"{number}.png",
                torch.full((1, 2, 2), value, dtype=torch.uint8),
            )
        self.assertEqual(read_images([self.folder.name])[:, 0, 0, 0].tolist(), [-1.0, 1.0])


if __name__ == "__main__":
    unittest.main()

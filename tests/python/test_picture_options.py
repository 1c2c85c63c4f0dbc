"""Every key of the data sets of image files matters: another value gives another run. The keys that
all of them share are rows of one table and are tried on a folder.
"""

import json
import os
import unittest
import zipfile

from PIL import Image

from test_datasets import SetTest, picture

DATA = 4


def write_mixed(folder, count=12):
    """Wide pictures of mixed sizes; the last two are transparent in part, the first is small."""
    for i in range(count):
        image = picture(i, 24 + i, 40 + 3 * i)
        if i == 0:
            image = image.resize((12, 10))
        if i >= count - 2:
            image.putalpha(Image.linear_gradient("L").resize(image.size))
        image.save(folder / f"{i:03}.png")


class SharedKeyTest(SetTest):
    base = {"type": "folder", "path": "set"}

    def setUp(self):
        super().setUp()
        write_mixed(self.set)

    def differs(self, changed, beside=None):
        base = self.base | (beside or {})
        networks = [self.trained(data)[0] for data in (base, base | changed)]
        self.assertFalse(
            all((networks[0][key] == networks[1][key]).all() for key in networks[0]), changed
        )

    def refused(self, data, expected):
        done = self.run_program(*self.words(self.base | data), code=DATA)
        self.assertIn(expected, done.stderr)

    def test_path(self):
        os.rename(self.set, self.folder / "other")
        self.refused({}, "set: no such file or folder")
        self.trained(self.base | {"path": "other"})

    def test_fit(self):
        for fit in ("stretch", "letterbox", "pad", "resize_and_crop", "scale_width"):
            self.differs({"fit": fit})
        self.set.joinpath("000.png").unlink()  # smaller than a window
        self.differs({"fit": "none"})

    def test_load_size(self):
        self.differs({"load_size": 30}, {"fit": "resize_and_crop"})

    def test_crop(self):
        self.differs({"crop": "random"})

    def test_flip(self):
        self.differs({"flip": True})

    def test_shift(self):
        self.differs({"shift": 3})

    def test_filter(self):
        for name in ("bilinear", "lanczos", "box"):
            self.differs({"filter": name})

    def test_background(self):
        self.differs({"background": [255, 0, 0]})

    def test_small_images(self):
        self.refused({"small_images": "error"}, "000.png")

    def test_max_images(self):
        self.differs({"max_images": 5})

    def test_split_val_share_test_share_and_split_seed(self):
        shares = {"val_share": 0.3, "test_share": 0.2}
        self.differs({"val_share": 0.3})
        self.differs({"test_share": 0.2})
        for split in ("val", "test", "all"):
            self.differs({"split": split}, shares)
        self.differs({"split_seed": 7}, shares)

    def test_on_bad_image_and_max_bad_share(self):
        (self.set / "bad.png").write_bytes(b"no picture")
        self.refused({}, "bad.png")
        skip = {"on_bad_image": "skip"}
        self.trained(self.base | skip | {"max_bad_share": 0.5})
        self.refused(skip | {"max_bad_share": 0.01}, "bad.png")

    def test_max_image_pixels(self):
        self.refused({"max_image_pixels": 1000}, "011.png")

    def test_follow_links(self):
        outside = self.folder / "outside"
        outside.mkdir()
        picture(99, 30, 30).save(outside / "x.png")
        (self.set / "link").symlink_to(outside)
        self.refused({}, "a link out of the folder (data.follow_links follows it)")
        _, said = self.trained(self.base | {"follow_links": True})
        self.assertIn(" 13 images", said)


class OwnKeyTest(SetTest):
    """A model that takes no inputs is trained on what a pair should become."""

    def differs(self, base, changed):
        one, other = (self.trained(data)[0] for data in (base, base | changed))
        self.assertFalse(all((one[key] == other[key]).all() for key in one), changed)

    def test_direction_of_paired(self):
        self.write_pictures(8, height=20, width=40)
        self.differs({"type": "paired", "path": "set"}, {"direction": "BtoA"})

    def test_direction_and_names_of_two_folders(self):
        for seed, name in enumerate(("A", "B", "C", "D")):
            (self.set / name).mkdir()
            for i in range(6):
                picture(10 * seed + i).save(self.set / name / f"{i}.png")
        for kind in ("paired_folders", "unpaired"):
            base = {"type": kind, "path": "set"}
            self.differs(base, {"direction": "BtoA"})
            self.differs(base, {"b": "C"})
            self.differs(base | {"direction": "BtoA"}, {"a": "D"})

    def test_labels_of_a_zip(self):
        self.write_pictures(4)
        with zipfile.ZipFile(self.folder / "set.zip", "w") as archive:
            for path in sorted(self.set.iterdir()):
                archive.write(path, path.name)
            labels = [[path.name, i % 2] for i, path in enumerate(sorted(self.set.iterdir()))]
            archive.writestr("dataset.json", json.dumps({"labels": labels}))
        _, said = self.trained({"type": "zip", "path": "set.zip"})
        self.assertIn("2 classes", said)
        _, said = self.trained({"type": "zip", "path": "set.zip", "labels": False})
        self.assertNotIn("classes", said)


if __name__ == "__main__":
    unittest.main()

"""Pictures that are made up, so that no benchmark needs data: smooth colours and noise, which decode
like photographs.
"""

import numpy as np
from PIL import Image


def picture(random, width, height):
    coarse = random.integers(0, 256, (8, 8, 3), np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.BICUBIC)).astype(int)
    noisy = smooth + random.integers(-8, 9, smooth.shape)
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def write_pictures(folder, count, width, height):
    """JPEG files of quality 90; the names count."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(1)
    for i in range(count):
        picture(random, width, height).save(folder / f"{i:05}.jpg", quality=90)

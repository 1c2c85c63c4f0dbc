#!/usr/bin/env python3
"""Makes data/emoji64: a small real set of pairs, the same emoji drawn by Noto (A) and Twemoji (B).

    npm pack emoji-datasource-google@16.0.0 emoji-datasource-twitter@16.0.0
    python3 scripts/make_emoji64.py emoji-datasource-google-16.0.0.tgz emoji-datasource-twitter-16.0.0.tgz

Takes 1,000 of the emoji that both have, without flags and skin tones, chosen by the SHA-256 of their names, so that
another run chooses the same; the last 100 of that order are the test pairs. The 64x64 PNG files are copied byte for
byte.
"""

import argparse
import hashlib
import json
import sys
import tarfile
from pathlib import Path

TRAIN, TEST = 900, 100
SIDES = {"A": "google", "B": "twitter"}
SHA256 = {
    "google": "fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438",
    "twitter": "f64a530c63bca463bd8317fdc4615ce63a53a0c65018e4ce2d848aaba7a28877",
}


def read_members(path, names):
    """The bytes of the members of a .tgz whose names are wanted."""
    with tarfile.open(path) as archive:
        return {
            member.name: archive.extractfile(member).read()
            for member in archive
            if member.isfile() and names(member.name)
        }


def choose(catalogue):
    """File names of the chosen emoji, in their order."""
    names = [
        emoji["image"]
        for emoji in catalogue
        if emoji["category"] != "Flags" and all(emoji[f"has_img_{side}"] for side in SIDES.values())
    ]
    return sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("google", type=Path, help="emoji-datasource-google-16.0.0.tgz")
    parser.add_argument("twitter", type=Path, help="emoji-datasource-twitter-16.0.0.tgz")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).resolve().parents[1] / "data" / "emoji64"
    )
    arguments = parser.parse_args()
    packages = {"google": arguments.google, "twitter": arguments.twitter}
    for side, path in packages.items():
        if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256[side]:
            sys.exit(f"{path}: is not emoji-datasource-{side} 16.0.0 (its SHA-256 differs)")
    catalogue = read_members(arguments.google, lambda name: name == "package/emoji.json")
    names = choose(json.loads(catalogue["package/emoji.json"]))
    images = {
        letter: read_members(
            packages[side], lambda name, side=side: name.startswith(f"package/img/{side}/64/")
        )
        for letter, side in SIDES.items()
    }
    chosen = [
        name
        for name in names
        if all(f"package/img/{side}/64/{name}" in images[letter] for letter, side in SIDES.items())
    ][: TRAIN + TEST]
    if len(chosen) < TRAIN + TEST:
        sys.exit(f"only {len(chosen)} emoji are in both packages, {TRAIN + TEST} are wanted")
    for place, name in enumerate(chosen):
        for letter, side in SIDES.items():
            folder = arguments.out / f"{'train' if place < TRAIN else 'test'}{letter}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(images[letter][f"package/img/{side}/64/{name}"])


if __name__ == "__main__":
    main()

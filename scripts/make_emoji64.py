#!/usr/bin/env python3
"""Makes data/emoji64: a small real set of pairs, the same emoji drawn by Noto (A) and Twemoji (B).

    npm pack emoji-datasource-google@16.0.0 emoji-datasource-twitter@16.0.0
    python3 scripts/make_emoji64.py emoji-datasource-google-16.0.0.tgz emoji-datasource-twitter-16.0.0.tgz

Takes the kinds of emoji that both draw after one pattern each, so that one drawing tells what the other will be:
smileys, flags, signs, clocks, hands and parts of the body, these in every skin tone. That is 1,000 drawings. An emoji,
its skin tones and whatever shares a drawing with it in either style stay together; in the order of the SHA-256 of
their names, so that another run chooses the same, the last that make 100 are the test pairs. The 64x64 PNG files are
copied byte for byte.
"""

import argparse
import hashlib
import json
import sys
import tarfile
from pathlib import Path

CATEGORIES = ("Smileys & Emotion", "Flags", "Symbols")
SUBCATEGORIES = ("time", "hand", "body-parts")
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


def read_pairs(packages):
    """name: {letter: bytes} of every emoji that both packages draw."""
    sides = {}
    for letter, side in SIDES.items():
        folder = f"package/img/{side}/64/"
        members = read_members(packages[side], lambda name, folder=folder: name.startswith(folder))
        sides[letter] = {name.removeprefix(folder): data for name, data in members.items()}
    both = sides["A"].keys() & sides["B"].keys()
    return {name: {letter: sides[letter][name] for letter in SIDES} for name in both}


def is_patterned(emoji):
    return emoji["category"] in CATEGORIES or emoji["subcategory"].startswith(SUBCATEGORIES)


def drawings(catalogue, pairs):
    """The names of each chosen emoji and of its skin tones, a list an emoji."""
    for emoji in filter(is_patterned, catalogue):
        tones = emoji.get("skin_variations", {})
        one_tone = [tone for key, tone in tones.items() if "-" not in key]
        names = [
            one["image"]
            for one in [emoji, *one_tone]
            if one["image"] in pairs and all(one[f"has_img_{side}"] for side in SIDES.values())
        ]
        if names:
            yield names


def join_same(emoji, pairs):
    """Lists of names, those joined that share a drawing in either style."""
    groups = []  # names, and what they look like
    for names in emoji:
        looks = {(letter, pairs[name][letter]) for name in names for letter in SIDES}
        same = [group for group in groups if group[1] & looks]
        groups = [group for group in groups if not group[1] & looks]
        joined = [name for group in same for name in group[0]] + names
        groups.append((joined, looks.union(*(group[1] for group in same))))
    return [names for names, _ in groups]


def choose(catalogue, pairs):
    """Names of the pairs to train on and of those to test with."""
    train, test = [], []
    groups = join_same(drawings(catalogue, pairs), pairs)

    def by_hash(group):
        return hashlib.sha256(group[0].encode()).digest()

    for group in sorted(groups, key=by_hash, reverse=True):
        (test if len(test) + len(group) <= TEST else train).extend(group)
    return train, test


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
    catalogue = read_members(packages["google"], lambda name: name == "package/emoji.json")
    pairs = read_pairs(packages)
    train, test = choose(json.loads(catalogue["package/emoji.json"]), pairs)
    if (len(train), len(test)) != (TRAIN, TEST):
        sys.exit(
            f"found {len(train)} pairs to train on and {len(test)} to test with, "
            f"not {TRAIN} and {TEST}"
        )
    for part, names in (("train", train), ("test", test)):
        for letter in SIDES:
            folder = arguments.out / f"{part}{letter}"
            folder.mkdir(parents=True, exist_ok=True)
            for name in names:
                (folder / name).write_bytes(pairs[name][letter])


if __name__ == "__main__":
    main()

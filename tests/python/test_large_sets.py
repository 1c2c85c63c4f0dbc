"""A folder of 200,000 files: how long its headers take, and how much memory each file."""

import io
import json
import os
import subprocess
import time
import unittest

from PIL import Image

from driver import BINARY, ProgramTest, environment

FILES = 200_000
A_FOLDER = 1000


def png_of(side):
    file = io.BytesIO()
    Image.new("RGB", (side, side)).save(file, "png")
    return file.getvalue()


class LargeSetTest(ProgramTest):
    def write(self, folder, count):
        """Small pictures of five sizes, a thousand to a folder."""
        pictures = [png_of(side) for side in range(8, 13)]
        for start in range(0, count, A_FOLDER):
            place = self.folder / folder / f"{start // A_FOLDER:05}"
            place.mkdir(parents=True)
            for i in range(start, min(start + A_FOLDER, count)):
                with open(place / f"picture-{i:08}.png", "wb", buffering=0) as file:
                    file.write(pictures[i % len(pictures)])

    def scan(self, folder):
        """What the scan found, its seconds and its peak memory in bytes."""
        started = time.monotonic()
        with open(self.folder / "found.json", "w+") as found:
            process = subprocess.Popen(
                [BINARY, "dataset", "scan", folder, "--json"],
                cwd=self.folder,
                env=environment(OMP_NUM_THREADS=None),
                stdin=subprocess.DEVNULL,
                stdout=found,
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            seconds = time.monotonic() - started
            self.assertEqual(process.returncode, 0)
            found.seek(0)
            return json.load(found), seconds, usage.ru_maxrss * 1024

    def test_two_hundred_thousand_files(self):
        self.write("small", 100)
        self.write("large", FILES)
        _, _, before = self.scan("small")
        found, seconds, peak = self.scan("large")
        self.assertEqual((found["files"], found["bad"]), (FILES, []))
        each = (peak - before) / FILES
        print(f"{FILES} files: {seconds:.1f} s, {each:.0f} bytes of memory a file", flush=True)
        self.assertLess(seconds, 60)
        self.assertLess(each, 300)


if __name__ == "__main__":
    unittest.main()

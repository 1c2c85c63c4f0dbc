"""A power cut at any moment of a save, modelled: the operations of a run are written down, and after
each of them the test asks what the disk may hold if writes that were not flushed are lost or kept,
and renames that were not flushed happened or not. Always is there a whole checkpoint, and never a
torn one under a checkpoint's name. The same on small disks that really fill.
"""

import re
import resource
import shutil
import signal
import subprocess
import unittest

from driver import BINARY, environment, gantrain
from faults import FaultTest, every, injected, settings, temporaries

WORDS = [*every(2, 8), *settings(checkpoints__keep=2, samples__every="100 steps", log__every="4 steps")]
KEPT = re.compile(r"/(checkpoints/step-\d+|g)\.pt$")
CANNOT_WRITE = 7


class Inode:
    def __init__(self):
        self.written = self.synced = 0


class Disk:
    """What is there now, and for each name all that a power cut may leave of it."""

    def __init__(self, total):
        self.total = total  # writes that each whole file takes, in the order of their making
        self.now = {}
        self.after_power_cut = {}
        self.made = []

    def bind(self, name, inode):
        if inode is None:
            self.now.pop(name, None)
        else:
            self.now[name] = inode
        self.after_power_cut.setdefault(name, [None]).append(inode)

    def do(self, operation, name, from_name=None):
        if operation == "open" and ".tmp-" in name and name not in self.now:
            inode = Inode()
            self.made.append(inode)
            self.bind(name, inode)
        elif operation == "write" and name in self.now:
            self.now[name].written += 1
        elif operation == "fsync" and name in self.now:
            self.now[name].synced = self.now[name].written
        elif operation == "rename":
            inode = self.now[from_name]
            self.bind(from_name, None)
            self.bind(name, inode)
        elif operation == "unlink":
            self.bind(name, None)
        elif operation == "fsync_folder":
            for each in self.after_power_cut:
                if each.rpartition("/")[0] == name.rstrip("/"):
                    self.after_power_cut[each] = [self.now.get(each)]

    def is_whole(self, inode):
        return inode is not None and inode.synced == self.total[self.made.index(inode)]

    def torn(self):
        """Names of checkpoints that may come back with half their contents."""
        return [
            name
            for name, states in self.after_power_cut.items()
            if KEPT.search(name) and any(each and not self.is_whole(each) for each in states)
        ]

    def safe(self):
        """Checkpoints that come back whole whatever was lost."""
        return [
            name
            for name, states in self.after_power_cut.items()
            if "/checkpoints/step-" in name and all(map(self.is_whole, states))
        ]


def problems(operations):
    """What goes wrong after which operation."""
    whole = Disk([])
    for operation in operations:
        whole.do(*operation)
    disk, found, started = Disk([inode.written for inode in whole.made]), [], False
    for number, operation in enumerate(operations):
        disk.do(*operation)
        started = started or bool(disk.safe())
        found += [(number, "torn", name) for name in disk.torn()]
        if started and not disk.safe():
            found.append((number, "none left", ""))
    return found if started else [*found, (len(operations), "never safe", "")]


class PowerLossTest(FaultTest):
    def trace(self, *more):
        path = self.folder / "trace.txt"
        path.unlink(missing_ok=True)
        done = self.start("--fresh", *WORDS, *more, env=injected(trace=path))
        self.assertEqual(done.returncode, 0, done.stderr)
        return [tuple(line.split(" ")) for line in path.read_text().splitlines()]

    def test_every_prefix_of_a_runs_operations_leaves_a_whole_checkpoint(self):
        operations = self.trace()
        self.assertGreater(sum(each[0] == "rename" and bool(KEPT.search(each[1])) for each in operations), 8)
        self.assertGreater(sum(each[0] == "unlink" and "/step-" in each[1] for each in operations), 1)
        self.assertEqual(problems(operations), [])
        # With a single one kept the new one must be safe before the old one goes.
        self.assertEqual(problems(self.trace(*settings(checkpoints__keep=1))), [])

    def test_the_model_sees_what_a_missing_guard_would_do(self):
        operations = self.trace()
        of_saves = [each for each in operations if "/checkpoints" in each[1] or "g.pt" in each[1]]

        def without(name):
            return [each for each in of_saves if each[0] != name]

        self.assertEqual(problems(of_saves), [])
        self.assertIn("torn", {what for _, what, _ in problems(without("fsync"))})
        self.assertIn("never safe", {what for _, what, _ in problems(without("fsync_folder"))})
        # The rename before the flush of the file.
        swapped = list(of_saves)
        for number, each in enumerate(of_saves):
            if each[0] == "fsync":
                later = next(i for i in range(number, len(swapped)) if swapped[i][0] == "rename")
                swapped[number], swapped[later] = swapped[later], ("fsync", swapped[later][1])
        self.assertIn("torn", {what for _, what, _ in problems(swapped)})
        # Old ones deleted first.
        unlinks = [each for each in of_saves if each[0] == "unlink" and "/step-" in each[1]]
        early = [each for each in of_saves if each not in unlinks]
        last = max(i for i, each in enumerate(early) if each[0] == "open" and "/.step-" in each[1])
        kept = [("unlink", each[1]) for each in early[:last] if each[0] == "rename" and "/step-" in each[1]]
        self.assertIn(
            "none left", {what for _, what, _ in problems([*early[:last], *kept, *early[last:]])}
        )


class SmallDiskTest(FaultTest):
    def size(self):
        """Bytes of one checkpoint."""
        done = self.start(*WORDS, "--run-dir", "measured")
        self.assertEqual(done.returncode, 0, done.stderr)
        return max(path.stat().st_size for path in self.folder.glob("measured/checkpoints/*.pt"))

    def check(self, done, code):
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(temporaries(self.run_folder), [])
        for step, root in self.checkpoints().items():
            self.assertEqual(root["progress"]["step"], step)
        if code == CANNOT_WRITE:
            self.assertIn("3 saves in a row failed", done.stderr)
            self.assertRegex(done.stderr, r"step-\d+\.pt: .*\(\d+ bytes needed")

    def test_a_tmpfs_of_three_sizes(self):
        """Where a mount is not allowed only the limit of the next test is tried; it says so."""
        size = self.size()
        unshare = ["unshare", "--mount"] if self.may_mount("unshare", "--mount") else ["unshare", "-rm"]
        if not self.may_mount(*unshare):
            print("this machine lets nobody mount a tmpfs: only the limit on file sizes was tried")
            return
        for room, code in ((0.6, CANNOT_WRITE), (3.2, CANNOT_WRITE), (12, 0)):
            with self.subTest(room=room):
                # What is left is copied out of the tmpfs before its namespace ends.
                shutil.rmtree(self.folder / "runs", ignore_errors=True)
                script = (
                    'mkdir -p small && mount -t tmpfs -o size="$1" tmpfs small && cd small || exit 99; '
                    'shift; "$@"; code=$?; cd ..; cp -a small/runs . ; exit $code'
                )
                words = [str(BINARY), "--config", str(self.folder / "tiny.json"), *WORDS]
                done = subprocess.run(
                    [*unshare, "bash", "-c", script, "-", str(int(room * size)), *map(str, words)],
                    cwd=self.folder, env=environment(), capture_output=True, text=True, timeout=60,
                )  # fmt: skip
                self.check(done, code)
                self.assertEqual(bool(self.checkpoints()), room > 1)

    def may_mount(self, *unshare):
        (self.folder / "probe").mkdir(exist_ok=True)
        return (
            subprocess.run(
                [*unshare, "mount", "-t", "tmpfs", "tmpfs", "probe"], cwd=self.folder, capture_output=True
            ).returncode
            == 0
        )

    def test_a_limit_on_the_size_of_files_is_a_full_disk(self):
        """`ulimit -f`: EFBIG in the middle of a file, and SIGXFSZ, which would end the program."""
        limit = self.size() // 2

        def limited():
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        done = gantrain("--config", "tiny.json", *WORDS, cwd=self.folder, preexec_fn=limited)
        self.check(done, CANNOT_WRITE)
        self.assertIn("File too large", done.stderr)
        self.assertEqual(self.checkpoints(), {})
        done = self.start(*WORDS)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()

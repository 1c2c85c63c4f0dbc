"""Rows 75 to 101 of the table of wrong input: damaged and foreign checkpoints, full disks, too little
memory, a lost device, numbers that are not finite. The exit code and what the message says.

Files with damage inside are sealed again (a right SHA-256 over wrong contents), so that the checks
behind the seal are what is tested. GPU failures are thrown by a preloaded library.
"""

import gzip
import hashlib
import io
import os
import pickle
import re
import resource
import shutil
import struct
import tarfile
import time
import unittest
import zipfile

import torch

from driver import gantrain, settings
from faults import STALE, FaultTest, device_fault, every, injected, temporaries

WANTED = range(75, 102)
CHECKPOINT, DIVERGED, CANNOT_WRITE, MEMORY, DEVICE, INTERNAL = 5, 6, 7, 8, 9, 70
RUN = [*every(5, 15), *settings(checkpoints__keep=3)]
LONGER = [*RUN, *settings(training__length="20 steps")]


def with_seal(data):
    """A zip file with our archive comment, whatever it was before."""
    end = data.rindex(b"PK\x05\x06")
    body = data[: end + 20] + struct.pack("<H", 80)
    return body + b"gantrain-sha256:" + hashlib.sha256(body).hexdigest().encode()


def sealed(root):
    out = io.BytesIO()
    torch.save(root, out)
    return with_seal(out.getvalue())


def rezipped(data, change, compression=zipfile.ZIP_STORED):
    """The same records with other contents: change(name, bytes) -> bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", compression) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


def in_pickle(old, new):
    def change(name, data):
        if not name.endswith("data.pkl"):
            return data
        assert old in data, (old, data[:300])
        return data.replace(old, new, 1)

    return change


def weights(**tensors):
    out = io.BytesIO()
    torch.save(tensors or {"a": torch.ones(2, 3), "b": torch.zeros(4)}, out)
    return out.getvalue()


def spoil(tensor, value):
    tensor[(0,) * tensor.dim()] = float(value)


class BadCheckpointTest(FaultTest):
    """Each row starts with a run of 15 steps: checkpoints 5, 10 and 15."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finished = None

    def setUp(self):
        super().setUp()
        cls = BadCheckpointTest
        if cls.finished is None:
            self.assertEqual(self.start(*RUN).returncode, 0)
            cls.finished = {
                path.relative_to(self.run_folder): path.read_bytes()
                for path in self.run_folder.rglob("*")
                if path.is_file()
            }
        for name, data in cls.finished.items():
            (self.run_folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.run_folder / name).write_bytes(data)
        self.newest = self.run_folder / "checkpoints/step-00000015.pt"

    def contents(self):
        return torch.load(io.BytesIO(self.finished[self.newest.relative_to(self.run_folder)]), weights_only=True)

    def refused(self, code, *patterns, words=None, env=None, **options):
        words = words or ("--config", "tiny.json", *LONGER)
        done = gantrain(*words, cwd=self.folder, env=env, **options)
        self.assertEqual(done.returncode, code, done.stderr)
        errors = done.stderr[done.stderr.index("error: ") :]
        for pattern in patterns:
            self.assertRegex(errors, pattern)
        for word in ("c10::", "Exception raised", "terminate called", "std::"):
            self.assertNotIn(word, done.stderr)
        return done.stderr

    def refused_file(self, data, *patterns):
        """The same as a checkpoint to resume and as a generator."""
        path = self.folder / "bad.pt"
        path.write_bytes(data)
        self.refused(CHECKPOINT, r"^error: bad\.pt: ", *patterns, words=("inspect", "bad.pt"))
        self.refused(CHECKPOINT, r"bad\.pt: ", *patterns, words=("--resume", "bad.pt"))
        self.refused(
            CHECKPOINT, r"bad\.pt: ", *patterns, words=("sample", "--ckpt", "bad.pt", "--n", "1", "--out", "x.png")
        )

    def falls_back(self, reason, step=10):
        done = self.start(*LONGER)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(
            done.stderr,
            rf"warning: runs/tiny/checkpoints/step-00000015\.pt: .*{reason}.*; renamed to "
            r"step-00000015\.pt\.broken; trying the next older checkpoint",
        )
        self.assertIn(f"going on from step {step} ", done.stderr)

    # --- files that cannot be read -----------------------------------------------------------------

    def test_row_75_missing(self):
        for name in ("runs/nowhere", "runs/tiny/checkpoints/step-00000099.pt"):
            self.refused(
                CHECKPOINT,
                f"^error: --resume {name}: there is no such run or file; nothing was started\n$",
                words=("--resume", name),
            )
        self.assertEqual([path.name for path in (self.folder / "runs").iterdir()], ["tiny"])

    def test_row_76_cut(self):
        whole = self.newest.read_bytes()
        for size in (0, 7, 100, len(whole) // 2, len(whole) - 81, len(whole) - 1):
            with self.subTest(size=size):
                self.refused_file(whole[:size], r"(truncated|empty|ends early|too short|cut)")
        self.refused_file(whole[:-1], rf"{len(whole) - 1} of {len(whole)} bytes")
        self.newest.write_bytes(whole[: len(whole) // 2])
        self.falls_back("")

    def test_row_77_a_bit_in_the_weights(self):
        data = bytearray(self.newest.read_bytes())
        name = "generator.main.0.weight"
        tensor = self.contents()["networks"]["generator"]["main.0.weight"]
        place = data.index(bytes(tensor.untyped_storage())[:16])
        data[place + 5] ^= 16
        self.refused_file(bytes(data), rf"checksum mismatch.*{re.escape(name)}")

    def test_row_78_a_bit_in_the_header(self):
        whole = self.newest.read_bytes()
        directory = whole.rindex(b"PK\x05\x06")
        for place in (0, 5, 27, 60, directory, directory + 10, directory + 17, len(whole) - 80, len(whole) - 1):
            with self.subTest(place=place):
                data = bytearray(whole)
                data[place] ^= 4
                self.refused_file(bytes(data))

    def test_row_79_a_zip_that_lies(self):
        data = weights()
        end = data.rindex(b"PK\x05\x06")
        past = data[: end + 16] + struct.pack("<I", 0x7FFFFFFF) + data[end + 20 :]
        end64 = past.rindex(b"PK\x06\x06")  # PyTorch writes both; the 64-bit one counts
        past = past[: end64 + 48] + struct.pack("<Q", 1 << 62) + past[end64 + 56 :]
        self.refused_file(past, "directory|byte")
        self.refused_file(with_seal(past), "directory|byte")
        self.refused_file(rezipped(data, lambda name, each: each, zipfile.ZIP_DEFLATED), "is compressed")
        first = data.index(b"PK\x01\x02")
        sizes = data[: first + 20] + struct.pack("<II", 0xFFFFFFF0, 0xFFFFFFF0) + data[first + 28 :]
        self.refused_file(sizes, "record|byte")
        renamed = data.replace(b"/data.pkl", b"/data.pkx", 1)  # in the local header alone
        self.refused_file(renamed, "byte|header|directory")

    def test_row_80_caps(self):
        self.refused_file(weights(a=torch.ones([1] * 9)), "rank 9; at most 8")
        shared = torch.ones(4)
        self.refused_file(weights(**{str(i): shared[:1] for i in range(100_001)}), "100000|100,000")
        deep = []
        for _ in range(200):
            deep = [deep]
        self.refused_file(weights(a=deep), "(deep|nest)")
        self.refused_file(weights(**{"n" * 600: shared}), "600 bytes; at most 512|(name|key).*512")
        big = rezipped(weights(), lambda name, each: each + bytes(17 << 20) if name.endswith(".pkl") else each)
        self.refused_file(big, "17826\\d+ bytes; at most 16777216|larger")

    def test_row_81_storages_that_do_not_hold_their_tensors(self):
        short = rezipped(weights(), lambda name, data: data[:-4] if name.endswith("data/0") else data)
        self.refused_file(short, '"a"|data/0')
        # sizes (2, 3) of strides (3, 1) become strides (9, 1)
        strided = rezipped(weights(), in_pickle(b"K\x03K\x01\x86", b"K\x09K\x01\x86"))
        self.refused_file(strided, '"?a"?.*(outside|reach|storage)')

    def test_row_82_impossible_shapes(self):
        for old, new in (
            (b"K\x02K\x03\x86", b"J\xff\xff\xff\x7fK\x03\x86"),
            (b"K\x02K\x03\x86", b"J\xff\xff\xff\xffK\x03\x86"),
            (b"K\x02K\x03\x86", b"\x8a\x08" + b"\xff" * 7 + b"\x7f" + b"K\x03\x86"),
        ):
            self.refused_file(rezipped(weights(), in_pickle(old, new)), '"?a"?')

    def test_row_83_duplicate_name_and_unknown_type(self):
        self.refused_file(rezipped(weights(), in_pickle(b"X\x01\0\0\0b", b"X\x01\0\0\0a")), '"a".*twice|duplicate')
        self.refused_file(rezipped(weights(), in_pickle(b"FloatStorage", b"QuiltStorage")), "QuiltStorage")

    # --- files that do not fit -----------------------------------------------------------------------

    def test_row_84_another_architecture(self):
        root = self.contents()
        root["networks"] = {
            name: {key: value[:1] for key, value in network.items() if value.dim() > 0}
            for name, network in root["networks"].items()
        }
        self.newest.write_bytes(sealed(root))
        text = self.refused(
            CHECKPOINT,
            r"^error: runs/tiny/checkpoints/step-00000015\.pt: does not fit this run; nothing was loaded. \d+ "
            r"differences:\n  networks\.\w+\.\S+: file has \[1.*\], expected \[",
        )
        self.assertEqual(text[text.index("error: ") :].count("\n  "), 11)  # ten and "..."
        self.assertTrue(self.newest.exists())
        for key, value in (("model.latent_dim", 9), ("model.resolution", 32), ("model.image_channels", 3)):
            self.refused(
                CHECKPOINT, f"nothing was started.*\n  {key}: ",
                words=("--resume", "runs/tiny", *settings(**{key.replace(".", "__"): value})),
            )  # fmt: skip

    def test_row_85_missing_and_extra_tensors(self):
        root = self.contents()
        lost = root["networks"]["generator"].popitem()[0]
        root["networks"]["generator"]["more"] = torch.ones(3)
        root["optimizers"]["discriminator"]["extra"] = torch.ones(3)
        self.newest.write_bytes(sealed(root))
        self.refused(
            CHECKPOINT,
            r"nothing was loaded\. 3 differences:",
            rf"\n  networks\.generator\.{lost}: missing in the file",
            r"\n  networks\.generator\.more: in the file, not expected",
            r"\n  optimizers\.discriminator\.extra: in the file, not expected",
        )
        self.assertTrue(self.newest.exists())

    def test_row_86_not_finite(self):
        root = self.contents()
        spoil(root["networks"]["generator"]["main.0.weight"], "nan")
        self.newest.write_bytes(sealed(root))
        self.falls_back(r"networks\.generator\.main\.0\.weight holds a value that is not finite")

    def test_row_86_not_finite_in_adam(self):
        root = self.contents()
        name = next(key for key in root["optimizers"]["generator"] if key.endswith("exp_avg_sq"))
        spoil(root["optimizers"]["generator"][name], "inf")
        self.newest.write_bytes(sealed(root))
        self.falls_back(r"optimizers\.generator\..*exp_avg_sq holds a value that is not finite")

    def test_row_87_random_state(self):
        for number, state in enumerate(
            ({"seed": 1}, {"attempt": 0}, {"seed": "x", "attempt": 0}, {"seed": 123, "attempt": 0},
             {"seed": torch.ones(5056), "attempt": 0})
        ):  # fmt: skip
            with self.subTest(number):
                self.setUp()
                root = self.contents()
                root["random"] = state
                self.newest.write_bytes(sealed(root))
                self.falls_back("random state invalid")
                shutil.rmtree(self.folder / "runs")

    def test_row_88_files_of_others(self):
        self.newest.write_bytes(weights())
        self.refused(CHECKPOINT, "not a gantrain checkpoint.*gantrain import")
        marker = self.folder / "executed"
        evil = f"cposix\nsystem\n(S'touch {marker}'\ntR.".encode()
        for data, word in (
            (rezipped(weights(), lambda name, each: evil if name.endswith(".pkl") else each), "pickle"),
            (weights(a=Evil(str(marker))), r"posix\.system.*nothing was executed"),
            (pickle.dumps({"G_ema": Evil(str(marker))}, 2), "pickle|nothing was executed"),
            (self.torchscript(), "TorchScript"),
        ):
            self.refused_file(data, word)
        self.assertFalse(marker.exists())

    def torchscript(self):
        out = io.BytesIO()
        torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 2), torch.ones(1, 2)), out)
        return out.getvalue()

    def test_row_89_something_else(self):
        tar = io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w") as archive:
            archive.addfile(tarfile.TarInfo("a"), io.BytesIO())
        plain_zip = io.BytesIO()
        with zipfile.ZipFile(plain_zip, "w") as archive:
            archive.writestr("a.txt", "text")
        for data, name in (
            (gzip.compress(b"x" * 1000), "gzip"),
            (tar.getvalue(), "tar"),
            (plain_zip.getvalue(), "zip"),
            (b"<!DOCTYPE html><html><body>404 Not Found</body></html>", "HTML"),
        ):
            with self.subTest(name):
                self.refused_file(data, f"(?i){name}")

    def test_row_90_a_newer_format(self):
        root = self.contents()
        root["gantrain"]["format"] = 2
        self.newest.write_bytes(sealed(root))
        self.refused(CHECKPOINT, "has format 2, this gantrain reads up to 1; use a newer gantrain")
        self.assertTrue(self.newest.exists())

    def test_row_91_changed_configuration(self):
        self.refused(
            CHECKPOINT, r"does not fit the changed configuration; nothing was started.*\n  model\.latent_dim: 8 -> 9",
            words=("--resume", "runs/tiny", *settings(model__latent_dim=9)),
        )  # fmt: skip
        done = gantrain(
            "--resume", "runs/tiny",
            *settings(optimizer__generator__learning_rate=0.001, training__length="20 steps"), cwd=self.folder,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"changed on resume:\n.*learning_rate: 0.0002 -> 0.001")

    def test_row_92_changed_circumstances(self):
        root = self.contents()
        root["circumstances"] |= {"data": "0" * 64, "threads": 7, "libtorch": "1.0.0", "precision": "bf16", "device": "cuda", "memory_format": "contiguous"}
        self.newest.write_bytes(sealed(root))
        done = self.start(*LONGER)
        self.assertEqual(done.returncode, 0, done.stderr)
        for words in (
            r"the data set's fingerprint changed \(0+ -> \w+\): the run goes on with other images",
            r"the number of threads changed \(7 -> 1\): ",
            r"LibTorch's version changed \(1\.0\.0 -> ",
            r"the precision changed \(bf16 -> fp32\): ",
            r"the order of maps in memory changed \(contiguous -> channels_last\): ",
            r"the device changed \(cuda -> cpu\): ",
        ):
            self.assertRegex(done.stderr, "warning: " + words)

    def test_row_93_all_broken(self):
        for path in (self.run_folder / "checkpoints").iterdir():
            path.write_bytes(path.read_bytes()[:1000])
        self.refused(
            CHECKPOINT, "no checkpoint of this run can be read; nothing was started",
            *(rf"\n  runs/tiny/checkpoints/step-{step:08}\.pt: " for step in (5, 10, 15)),
        )  # fmt: skip

    def test_row_94_stale_temporaries(self):
        for number in range(10_000):
            (self.run_folder / "checkpoints" / f".step-{number}.pt.tmp-4194303").touch()
        done = self.start(*LONGER)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("removed 10,000 unfinished files of an interrupted run", done.stderr)
        self.assertEqual(temporaries(self.run_folder), [])

    # --- the machine ---------------------------------------------------------------------------------

    def test_row_95_disk_full(self):
        self.refused(
            CANNOT_WRITE, "No space left on device.*3 saves in a row failed",
            words=("--config", "tiny.json", *LONGER, "--fresh"),
            env=injected("write", "ENOSPC", times=0, match="/checkpoints"),
        )  # fmt: skip
        for match in ("metrics.jsonl", "samples/"):
            done = self.start(*LONGER, "--fresh", env=injected("write", "ENOSPC", times=0, match=match))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stderr, "warning: .*No space left on device")

    def test_row_96_quota_read_only_stale(self):
        for error, reason in (("EDQUOT", "Disk quota"), ("EROFS", "Read-only"), ("ESTALE", STALE)):
            self.refused(
                CANNOT_WRITE, f"{reason}.*3 saves in a row failed",
                words=("--config", "tiny.json", *LONGER, "--fresh"),
                env=injected("fsync", error, call=2, times=0, match="/checkpoints"),
            )  # fmt: skip

    def test_row_97_device_out_of_memory(self):
        for update in (1, 16):
            self.refused(
                MEMORY, r"^error: out of memory; a smaller training\.batch_size or training\.micro_batch_size",
                words=("--config", "tiny.json", *LONGER, "--fresh"), env=device_fault("oom", update),
            )  # fmt: skip

    def test_row_98_host_out_of_memory(self):
        def limited():
            resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))

        words = ("--config", "tiny.json", *RUN, *settings(model__generator_channels="[128,64]"))
        for verb in ([], ["--dry-run"]):
            for many, advice in ((65536, r"batch_size \d+ would fit"),):
                text = self.refused(
                    MEMORY, r"training\.batch_size: 65536 images at once need about [\d.]+ GB of memory", advice,
                    words=(*words, *verb, *settings(training__batch_size=many)), preexec_fn=limited,
                )  # fmt: skip
                fits = int(re.search(r"batch_size (\d+) would fit", text)[1])
                self.assertTrue(8 <= fits < many, fits)
        self.refused(
            MEMORY, "tensors need more than the .* of memory that is available", preexec_fn=limited,
            words=("--config", "tiny.json", *RUN, *settings(model__generator_channels="[8192,8192]")),
        )  # fmt: skip

    def test_row_99_device_lost(self):
        for code in (700, 719):
            shutil.rmtree(self.folder / "runs", ignore_errors=True)
            start = time.monotonic()
            text = self.refused(
                DEVICE, r"^error: the device is lost: CUDA error: an illegal memory access was encountered; nothing "
                "was saved from it", env=device_fault(code, 2 * 7 + 1),
            )  # fmt: skip
            self.assertLess(time.monotonic() - start, 10)
            self.assertIn("step 5/20", text)
            self.assertEqual(set(self.checkpoints()), {0, 5})
            self.assertEqual(temporaries(self.run_folder), [])
            self.assertEqual(self.start(*LONGER).returncode, 0)

    def test_row_100_not_finite(self):
        exploding = settings(
            objective__type="least_squares",
            optimizer__generator__type="sgd",
            optimizer__discriminator__type="sgd",
            optimizer__generator__learning_rate=10,
            optimizer__discriminator__learning_rate=10,
            training__length="1000 steps",
            log__every="1 step",
        )
        self.refused(
            DIVERGED, "training diverged: .*try a lower learning_rate",
            words=("--config", "tiny.json", "--fresh", *exploding),
        )  # fmt: skip

    def test_row_101_clock_that_jumps(self):
        """Order by step, not by time; saves within one second."""
        for number, step in enumerate((15, 10, 5)):
            path = self.run_folder / f"checkpoints/step-{step:08}.pt"
            os.utime(path, (time.time() + 86400 * number, time.time() + 86400 * number))
        done = self.start(*LONGER, *every(1, 20))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("going on from step 15 ", done.stderr)
        self.assertEqual(set(self.checkpoints()), {18, 19, 20})

    # --- entries that are blank ------------------------------------------------------------------------

    def test_a_blank_entry_beside_the_tensors_is_noticed(self):
        """Refused, fallen back from, warned of, or the run ends differently. Those of networks, averages, optimizers
        and sums: training_state_test.cpp.
        """
        self.assertEqual(self.start(*LONGER).returncode, 0)
        whole = self.checkpoints()[20]
        entries = [
            (section, key) for section in ("gantrain", "circumstances", "random", "progress") for key in whole[section]
        ]
        self.assertGreater(len(entries), 12)
        for section, key in entries:
            with self.subTest(entry=f"{section}.{key}"):
                shutil.rmtree(self.folder / "runs")
                self.setUp()
                root = self.contents()
                value = root[section][key]
                root[section][key] = int(value == 0) if isinstance(value, int) else ""
                self.newest.write_bytes(sealed(root))
                done = self.start(*LONGER)
                if (section, key) == ("gantrain", "version"):  # which program wrote it: for people only
                    self.assertEqual(done.returncode, 0, done.stderr)
                elif done.returncode == 0 and not re.search(r"renamed to|warning: .* changed \(", done.stderr):
                    with self.assertRaises(AssertionError, msg="it is not needed"):
                        self.assert_same_state(self.checkpoints()[20], whole)
                else:
                    self.assertIn(done.returncode, (0, CHECKPOINT), done.stderr)

    def test_an_internal_error_says_where_the_log_is(self):
        text = self.refused(
            INTERNAL,
            r"^error: internal error, a bug of gantrain: a made-up bug; the log is in runs/tiny/log\.txt\n$",
            env=device_fault("bug", 9),
        )
        self.assertIn(text.splitlines()[-1], (self.run_folder / "log.txt").read_text())


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


class TableTest(unittest.TestCase):
    def test_has_every_row(self):
        names = [name for name in dir(BadCheckpointTest) if name.startswith("test_row_")]
        self.assertEqual(sorted({int(name.split("_")[2]) for name in names}), list(WANTED))


if __name__ == "__main__":
    unittest.main()

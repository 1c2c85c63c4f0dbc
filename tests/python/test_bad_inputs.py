"""Wrong input, row by row: what the program says, word for word, and with which code it ends.

ROWS has a row for each number of WANTED. In messages {folder} is the test's folder, {pid} and
{host} name the process that holds a lock.
"""

import gzip
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import time
import unittest
from dataclasses import dataclass

from driver import (
    BINARY,
    TINY_PIX2PIX,
    ProgramTest,
    environment,
    gantrain,
    read_lines,
    settings,
)

WANTED = [*range(1, 37), *range(69, 75)]
ROWS = []

USAGE, CONFIG, DATA, CHECKPOINT, OUTPUT = 2, 3, 4, 5, 7
CHECK = ("config", "check", "bad.json")
# Root reads and writes everything, so permissions are tried without that power.
PLAIN_USER = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()


@dataclass
class Row:
    """One wrong input. prepare makes it in a folder and may return values for the command and the
    message.
    """

    number: int
    name: str
    code: int
    message: str  # the whole of stderr
    prepare: object = b""  # bytes of bad.json, or a function of the folder
    command: tuple = CHECK
    prefix: tuple = ()
    scene: object = None  # instead of all that: a function of the test, for more than one process


def row(number, name, prepare, code, message, command=CHECK, prefix=()):
    if isinstance(prepare, str):
        prepare = prepare.encode()
    ROWS.append(Row(number, name, code, message, prepare, command, prefix))


def scene(number):
    """Rows that take more than one call of the program."""

    def add(function):
        ROWS.append(Row(number, function.__name__, 0, "", scene=function))
        return function

    return add


def accepted(number, name, text):
    row(number, name, text, 0, "")


def config(number, name, text, message):
    row(number, name, text, CONFIG, f"error: bad.json{message}\n")


def make(action):
    """A preparation out of an expression."""
    return lambda folder: action(folder) and None


MODEL = '"model": {"type": "dcgan"}, "data": {"type": "synthetic"}'
TRAIN = ("--config", "tiny.json")

# --- the file ------------------------------------------------------------------------------------
row(1, "missing", lambda folder: None, CONFIG, "error: bad.json: no such file\n")
row(
    1,
    "misspelt",
    lambda folder: None,
    CONFIG,
    'error: tinny.json: no such file; did you mean "tiny.json"?\n',
    ("config", "check", "tinny.json"),
)
row(
    1,
    "folder",
    make(lambda folder: (folder / "bad.json").mkdir()),
    CONFIG,
    "error: bad.json: is a folder, expected a file\n",
)


def unreadable(folder):
    (folder / "bad.json").write_text("{}")
    (folder / "bad.json").chmod(0)


row(
    1,
    "no permission",
    unreadable,
    CONFIG,
    "error: bad.json: no permission to read it\n",
    prefix=PLAIN_USER,
)
config(2, "empty", "", ": empty file; see `gantrain config init`")
config(2, "blank", " \n\t", ": empty file; see `gantrain config init`")
config(
    3,
    "missing quote",
    '{\n  "seed: 5\n}',
    ':2:3: text without a closing quote\n    "seed: 5\n    ^',
)
config(
    3,
    "trailing comma",
    '{\n  "seed": 5,\n}',
    ':3:1: syntax error (got "}", expected a key in double quotes). Remove the comma '
    "before it\n  }\n  ^",
)
config(
    3,
    "single quotes",
    "{'seed': 5}",
    ':1:2: syntax error (got "\'", expected a key in double quotes or "}"). Texts '
    "stand in double quotes\n  {'seed': 5}\n   ^",
)
accepted(4, "comments", '// one\n{ /* two\n lines */ "seed": 5, // three\n' + MODEL + "}")
config(
    4,
    "unclosed comment",
    '{"seed": 5,\n /* never',
    ':2:2: comment without an end (expected "*/")\n   /* never\n   ^',
)
config(
    5,
    "text after the object",
    '{"seed": 5}\n  more',
    ':2:3: syntax error (got "more", expected nothing after the object)\n    more\n    ^',
)
config(6, "array", "[1]", ":1:1: expected an object, got an array")
config(6, "number", "12", ":1:1: expected an object, got 12")
config(6, "text", '"seed"', ':1:1: expected an object, got "seed"')
config(
    7,
    "unknown key",
    '{"optimizer": {"generator": {"learning_rte": 1}}}',
    ':1:30: unknown key "learning_rte" in optimizer.generator; did you mean "learning_rate"?',
)
config(
    8,
    "duplicate key",
    '{"seed": 1,\n "seed": 2}',
    ":2:2: seed: duplicate key (first on line 1, again on line 2). Keep one of them",
)
config(
    9,
    "number in quotes",
    '{"training": {"batch_size": "5"}}',
    ':1:29: training.batch_size: wrong type (got "5", expected an integer from 1 to '
    "65536). Numbers stand without quotes",
)
config(
    10,
    "fraction",
    '{"training": {"batch_size": 3.7}}',
    ":1:29: training.batch_size: not an integer (got 3.7, expected an integer from 1 to 65536)",
)
config(
    11,
    "negative",
    '{"training": {"batch_size": -1}}',
    ":1:29: training.batch_size: out of range (got -1, expected an integer from 1 to 65536)",
)
config(
    11,
    "zero",
    '{"training": {"batch_size": 0}}',
    ":1:29: training.batch_size: out of range (got 0, expected an integer from 1 to 65536)",
)
config(
    12,
    "two to the 40",
    '{"training": {"batch_size": 1099511627776}}',
    ":1:29: training.batch_size: out of range (got 1099511627776, expected an "
    "integer from 1 to 65536)",
)
config(
    13,
    "boolean for a number",
    '{"training": {"batch_size": true}}',
    ":1:29: training.batch_size: wrong type (got true, expected an integer from 1 to 65536)",
)
config(
    13,
    "number for a boolean",
    '{"model": {"type": "dcgan", "generator_bias": 1}}',
    ":1:47: model.generator_bias: wrong type (got 1, expected true or false)",
)
RATE = '{"optimizer": {"generator": {"learning_rate": %s}}}'
config(
    14,
    "too large for float",
    RATE % "1e39",
    ":1:47: optimizer.generator.learning_rate: out of range (got 1e39, expected a "
    "number above 0 and of at most 10)",
)
config(
    15,
    "too large for double",
    RATE % "1e400",
    ":1:47: optimizer.generator.learning_rate: number not representable (got 1e400, "
    "expected a magnitude below 1.8e308)",
)
config(
    15,
    "not a number",
    RATE % "NaN",
    ':1:47: syntax error (got "NaN", expected a value). JSON has no such number\n  '
    '{"optimizer": {"generator": {"learning_rate": NaN}}}\n                          '
    "                      ^",
)
config(
    15,
    "infinity",
    RATE % "Infinity",
    ':1:47: syntax error (got "Infinity", expected a value). JSON has no such '
    'number\n  {"optimizer": {"generator": {"learning_rate": Infinity}}}\n           '
    "                                     ^",
)
config(
    16,
    "long seed",
    '{"seed": 123456789012345678901234567890}',
    ":1:10: seed: out of range (got 123456789012345678901234567890, expected an "
    "integer from 0 to 9223372036854775807)",
)
accepted(16, "largest seed", '{"seed": 9223372036854775807, ' + MODEL + "}")
config(
    17,
    "null",
    '{"training": {"batch_size": null}}',
    ":1:29: training.batch_size: null is not allowed (got null, expected an integer "
    "from 1 to 65536). Leave the key out for its default",
)
config(18, "65 levels", '{"model": ' + "[" * 64 + "]" * 64 + "}", ":1:74: nested deeper than 64")
config(18, "half a million levels", "[" * 500_000, ":1:65: nested deeper than 64")
config(18, "five million levels", "[" * 5_000_000, ": larger than 1 MiB")
config(19, "two megabytes", "{" + " " * (2 << 20) + "}", ": larger than 1 MiB")
row(
    20,
    "UTF-16",
    '{"seed": 1}'.encode("utf-16"),
    CONFIG,
    "error: bad.json: not UTF-8 at byte 0 (it looks like UTF-16). Save it as UTF-8\n",
)
row(
    20,
    "Latin-1",
    '{"name": "Bäume"}'.encode("latin-1"),
    CONFIG,
    "error: bad.json:1:12: not UTF-8 at byte 11. Save it as UTF-8\n",
)
row(
    20,
    "lone surrogate",
    rb'{"name": "\ud800"}',
    CONFIG,
    "error: bad.json:1:10: lone surrogate in a text: not UTF-8 at byte 17 (expected "
    'a pair such as \\ud83d\\ude00)\n  {"name": "\\ud800"}\n           ^\n',
)
row(
    20,
    "surrogate in UTF-8",
    b'{"name": "\xed\xa0\x80"}',
    CONFIG,
    "error: bad.json:1:11: not UTF-8 at byte 10. Save it as UTF-8\n",
)
row(
    21,
    "byte order mark and CRLF",
    b"\xef\xbb\xbf" + ("{\r\n" + MODEL + "\r\n}\r\n").encode(),
    0,
    "",
)
config(
    22,
    "NUL in a path",
    r'{"data": {"type": "idx", "path": "a\u0000b"}}',
    ":1:34: data.path: holds the character \\u0000, which no text may",
)
RESOLUTION = '{"model": {"type": "dcgan", "resolution": %s}, "data": {"type": "synthetic"}}'
config(
    23,
    "100 px",
    RESOLUTION % 100,
    ":1:43: model.resolution: must be a base of 4 to 8 times a power of two (got "
    "100); the nearest ones are 96 and 112",
)
config(
    23,
    "0 px",
    RESOLUTION % 0,
    ":1:43: model.resolution: out of range (got 0, expected an integer from 1 to 1024)",
)
config(
    23,
    "65536 px",
    RESOLUTION % 65536,
    ":1:43: model.resolution: out of range (got 65536, expected an integer from 1 to 1024)",
)
config(
    24,
    "beta of 1",
    '{"optimizer": {"generator": {"beta1": 1.0}}}',
    ":1:39: optimizer.generator.beta1: out of range (got 1.0, expected a number of "
    "at least 0 and below 1)",
)
config(
    24,
    "beta list",
    '{"optimizer": {"generator": {"betas": [0.5, 0.9]}}}',
    ':1:30: unknown key "betas" in optimizer.generator; "betas" is called "beta1" here',
)
config(
    24,
    "EMA",
    '{"ema": {"half_life_kimg": -1.5}}',
    ":1:28: ema.half_life_kimg: out of range (got -1.5, expected a number from 0 to 1000000)",
)
config(
    24,
    "dropout",
    '{"model": {"type": "dcgan", "generator_dropout": -0.1}}',
    ":1:50: model.generator_dropout: out of range (got -0.1, expected a number of at "
    "least 0 and below 1)",
)
config(
    25,
    "kernels and upsampling",
    '{"model": {"type": "dcgan", "generator_upsampling": "nearest", "generator_kernels": [4]},'
    ' "data": {"type": "synthetic"}}',
    ':1:85: model.generator_kernels: generator_upsampling "nearest" needs odd kernels (got 4)',
)
config(
    25,
    "classes without labels",
    '{"model": {"type": "dcgan"},\n "data": {"type": "idx", "path": ".", "labels": false,'
    ' "classes": 10}}',
    ":2:67: data.classes: needs labels (got 10 classes and labels false); leave it "
    "out, or set labels to true",
)
config(
    25,
    "micro batches",
    '{"model": {"type": "dcgan"}, "data": {"type": "synthetic"},\n'
    ' "training": {"batch_size": 8, "micro_batch_size": 3}}',
    ":2:52: training.micro_batch_size: must divide batch_size (got 3 and 8)",
)
config(
    26,
    "model",
    '{"model": {"type": "dcgn"}}',
    ':1:20: model.type: not one of the choices (got "dcgn", expected "dcgan", "sngan", '
    '"sagan", "pix2pix" or "cyclegan"); did you mean'
    ' "dcgan"?',
)
config(
    26,
    "optimizer",
    '{"optimizer": {"generator": {"type": "adma"}}}',
    ':1:38: optimizer.generator.type: not one of the choices (got "adma", expected '
    '"adam", "rmsprop" or "sgd"); did you mean "adam"?',
)
config(
    26,
    "optimizer without networks",
    '{"optimizer": "adma"}',
    ':1:15: optimizer: is a section (got "adma", expected an object)',
)
config(
    26,
    "choice",
    '{"model": {"type": "dcgan", "init": "libary"}}',
    ':1:37: model.init: not one of the choices (got "libary", expected "normal" or '
    '"library"); did you mean "library"?',
)


def file_in_the_way(folder):
    (folder / "runs").write_text("not a folder")


row(
    27,
    "run folder below a file",
    file_in_the_way,
    OUTPUT,
    "error: runs: is a file, cannot make a folder for runs/tiny there\n",
    TRAIN,
)
row(
    27,
    "run folder is a file",
    file_in_the_way,
    OUTPUT,
    "error: runs: is a file, cannot be a run folder; give another --run-dir\n",
    (*TRAIN, "--run-dir", "runs"),
)
row(
    27,
    "picture below a file",
    file_in_the_way,
    OUTPUT,
    "error: runs: is a file, cannot make a folder for runs/a/b there\n",
    (*TRAIN, "--run-dir", "runs/a/b"),
)
config(
    28,
    "newer format",
    '{"format": 3}',
    ":1:12: format: written for a newer gantrain (got format 3, this one reads "
    "format 1). Update gantrain",
)

# --- command line and environment ----------------------------------------------------------------
row(
    29,
    "unknown option",
    "",
    USAGE,
    "error: unknown option --batchsize (see gantrain train --help)\n",
    (*TRAIN, "--batchsize", "5"),
)
row(
    29,
    "misspelt option",
    "",
    USAGE,
    'error: unknown option --confg; did you mean "--config"? (see gantrain train --help)\n',
    ("--confg", "tiny.json"),
)
row(
    29,
    "missing value",
    "",
    USAGE,
    "error: --config: 1 required FILE missing; see gantrain train --help\n",
    ("train", "--config"),
)
row(
    29,
    "wrong type",
    "",
    USAGE,
    "error: --epochs: Value many not in range 1 to 1000000000; see gantrain train --help\n",
    (*TRAIN, "--epochs", "many"),
)
row(
    29,
    "wrong time",
    "",
    USAGE,
    'error: --max-time: unknown unit "parsecs" (got "5 parsecs"), expected a count '
    'with its unit: "200 steps", "1 epoch", "50 kimg", "10 min", "3h50m" or "never"; '
    "see gantrain train --help\n",
    (*TRAIN, "--max-time", "5 parsecs"),
)
TRANSLATE = ("translate", "--ckpt", "run", "--in", "run/samples/reals.png")
row(
    29,
    "misspelt option that has to be there",
    "",
    USAGE,
    'error: unknown option --ouut; did you mean "--out"? (see gantrain translate --help)\n',
    (*TRANSLATE, "--ouut", "results"),
)
row(
    29,
    "wrong type for translate",
    "",
    USAGE,
    "error: --batch: Value many not in range 1 to 4096; see gantrain translate --help\n",
    (*TRANSLATE, "--out", "results", "--batch", "many"),
)
row(
    29,
    "missing value of import",
    "",
    USAGE,
    "error: --out: 1 required FILE missing; see gantrain import --help\n",
    ("import", "a.pth", "--config", "tiny.json", "--out"),
)
row(
    29,
    "misspelt option of export",
    "",
    USAGE,
    'error: unknown option --fromat; did you mean "--format"? (see gantrain export --help)\n',
    ("export", "run", "--fromat", "pt", "-o", "x.pt"),
)
row(
    29,
    "nothing to train",
    "",
    USAGE,
    "error: nothing to train: give --config FILE, or --resume RUN; see gantrain train --help\n",
    ("train",),
)
row(
    29,
    "unknown verb",
    "",
    USAGE,
    'error: unknown verb "tarin"; did you mean "train"? (the verbs are train, '
    "sample, interpolate, translate, import, export, inspect, dataset, config, doctor; see gantrain "
    "--help)\n",
    ("tarin", "--config", "tiny.json"),
)
row(
    29,
    "wrong override",
    "",
    CONFIG,
    "error: --set seed: expected key.path=value, such as model.latent_dim=64\n",
    (*TRAIN, "--set", "seed"),
)


def read_only_folder(folder):
    (folder / "closed").mkdir(mode=0o555)


row(
    30,
    "read-only",
    read_only_folder,
    OUTPUT,
    "error: closed: cannot make the folder run there (Permission denied)\n",
    (*TRAIN, "--run-dir", "closed/run"),
    PLAIN_USER,
)


def translator(folder):
    """A network that translates, in run/."""
    (folder / "tiny.json").write_text(json.dumps(TINY_PIX2PIX))
    quick(folder, "--run-dir", "run")
    read_only_folder(folder)


row(
    30,
    "results into a read-only folder",
    translator,
    OUTPUT,
    "error: closed: cannot make the folder results there (Permission denied)\n",
    (*TRANSLATE, "--out", "closed/results"),
    PLAIN_USER,
)
row(
    30,
    "results where a file is",
    translator,
    OUTPUT,
    "error: tiny.json: is a file, cannot make a folder there\n",
    (*TRANSLATE, "--out", "tiny.json"),
)
row(
    30,
    "not creatable",
    "",
    OUTPUT,
    "error: /proc: cannot make the folder gantrain for /proc/gantrain/run there (No "
    "such file or directory)\n",
    (*TRAIN, "--run-dir", "/proc/gantrain/run"),
)
row(
    30,
    "read-only run folder",
    read_only_folder,
    OUTPUT,
    "error: closed/.lock: cannot be opened: Permission denied\n",
    (*TRAIN, "--run-dir", "closed"),
    PLAIN_USER,
)


def other_run(folder):
    quick(folder, "--run-dir", "there")


def quick(folder, *words):
    done = gantrain(*TRAIN, *settings(training__length="1 step"), *words, cwd=folder)
    assert done.returncode == 0, done.stderr


def start(test, *words, **options):
    """A run in the background that is past its start; killed at the end of the test."""
    process = subprocess.Popen(
        [str(BINARY), *TRAIN, *words],
        cwd=test.folder,
        env=environment(),
        text=True,
        stdin=subprocess.DEVNULL,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
    )
    test.addCleanup(process.communicate)
    test.addCleanup(process.kill)
    wait_for(lambda: (test.folder / "runs/tiny/g.pt").exists())
    return process


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


ENDLESS = settings(training__length="1000000 steps", log__every="1 step")


@scene(31)
def two_processes(test):
    first = start(test, *ENDLESS)
    second = test.train(*ENDLESS, code=USAGE)
    test.assertEqual(
        second.stderr,
        f"error: runs/tiny: locked by pid {first.pid} on host {socket.gethostname()}; wait for it, "
        "or give another --name\n",
    )
    first.send_signal(signal.SIGTERM)
    test.assertEqual(first.wait(60), 128 + signal.SIGTERM)
    test.train(*ENDLESS, "--max-time", "1s", code=75)  # the lock went with its holder


@scene(34)
def closed_output(test):
    for closed in ("stdout", "stderr"):
        with test.subTest(closed=closed):
            reader, writer = os.pipe()
            length = settings(training__length={"stdout": "10 steps", "stderr": "20 steps"}[closed])
            process = subprocess.Popen(
                [str(BINARY), *TRAIN, *length],
                cwd=test.folder,
                env=environment(),
                **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, closed: writer},
            )
            os.close(writer)
            os.close(reader)
            test.assertEqual(process.wait(60), 0)
    steps = [line["step"] for line in read_lines(test.folder / "runs/tiny/metrics.jsonl")]
    test.assertEqual(steps, [5, 10, 15, 20])


@scene(35)
def full_log(test):
    test.train(*settings(training__length="5 steps"))
    log = test.folder / "runs/tiny/log.txt"
    log.unlink()
    log.symlink_to("/dev/full")
    done = test.train(*settings(training__length="20 steps"))
    warnings = [line for line in done.stderr.splitlines() if line.startswith("warning")]
    test.assertEqual(
        warnings,
        [
            "warning: runs/tiny/log.txt: the log cannot be written (No space left on "
            "device); it goes "
            "to stderr only"
        ],
    )
    test.assertEqual(read_lines(test.folder / "runs/tiny/metrics.jsonl")[-1]["step"], 20)


@scene(36)
def surroundings(test):
    german = dict.fromkeys(["LC_ALL", "LC_NUMERIC", "LANG"], "de_DE.UTF-8")
    written = []
    for name, changes in [("plain", {}), ("odd", {**german, "TZ": "Mars/Olympus", "HOME": None})]:
        words = settings(training__length="10 steps", name="same")
        words += ["--run-dir", name, *settings(model__init_std=0.025)]
        test.train(*words, env=environment(**changes))
        written.append(
            [
                (test.folder / name / file).read_bytes()
                for file in (
                    "checkpoints/step-00000010.pt",
                    "g.pt",
                    "config.json",
                    "samples/step-00000010.png",
                )
            ]
        )
    test.assertEqual(*written)


row(
    32,
    "run folder of another configuration",
    other_run,
    CONFIG,
    "error: there: holds a run of another configuration; give another --run-dir. "
    "Differences (there, here):\n  seed: 0, 3\n  model.latent_dim: 8, 9\n",
    (*TRAIN, "--run-dir", "there", *settings(model__latent_dim=9, seed=3)),
)
row(
    32,
    "folder of something else",
    make(lambda folder: (folder / "there" / "x").mkdir(parents=True)),
    CONFIG,
    "error: there: is not empty and holds no run of gantrain; give another --run-dir\n",
    (*TRAIN, "--run-dir", "there"),
)
row(
    32,
    "resume with another architecture",
    other_run,
    CHECKPOINT,
    "error: there/checkpoints/step-00000001.pt: does not fit the changed "
    "configuration; nothing was started. Changed (checkpoint -> asked):\n  seed: 0 "
    "-> 3\n  model.latent_dim: 8 -> 9\n",
    ("--resume", "there", *settings(model__latent_dim=9, seed=3)),
)
row(
    33,
    "no CUDA device",
    "",
    CONFIG,
    "error: --set: runtime.device: no CUDA device; found: cpu\n",
    (*TRAIN, "--dry-run", *settings(runtime__device="cuda")),
)
row(
    33,
    "no such CUDA device",
    "",
    CONFIG,
    "error: --set: runtime.device: no CUDA device; found: cpu\n",
    (*TRAIN, "--dry-run", *settings(runtime__device="cuda:7")),
)
row(
    33,
    "no such device",
    "",
    CONFIG,
    'error: --set: runtime.device: must be auto, cpu, cuda or cuda:N, got "gpu"; found: cpu\n',
    (*TRAIN, "--dry-run", *settings(runtime__device="gpu")),
)

# --- binary data sets ----------------------------------------------------------------------------
IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
IDX = (*TRAIN, "--dry-run", "--data", "mnist", *settings(data__type="idx"))
CIFAR = (
    *TRAIN,
    "--dry-run",
    "--data",
    "cifar",
    *settings(data__type="cifar", model__image_channels=3),
)


def idx(*shape, magic=None, body=None):
    """An IDX file of unsigned bytes."""
    size = 1
    for side in shape:
        size *= side
    start = struct.pack(">I", 0x800 + len(shape) if magic is None else magic)
    return start + struct.pack(f">{len(shape)}I", *shape) + (bytes(size) if body is None else body)


def mnist(images=None, labels=None, ending=""):
    """A preparation that writes a folder with a pair of files."""

    def prepare(folder):
        (folder / "mnist").mkdir()
        for name, content, default in [
            (IMAGES, images, idx(20, 16, 16)),
            (LABELS, labels, idx(20)),
        ]:
            content = default if content is None else content
            (folder / "mnist" / (name + ending)).write_bytes(content)

    return prepare


def cifar(files):
    def prepare(folder):
        (folder / "cifar").mkdir()
        for name, content in files.items():
            (folder / "cifar" / name).write_bytes(content)

    return prepare


def damaged_gzip(content):
    packed = bytearray(gzip.compress(content, 0, mtime=0))
    packed[-6] ^= 1
    return bytes(packed)


def idx_row(number, name, prepare, message):
    row(number, name, prepare, DATA, f"error: {{folder}}/mnist/{message}\n", IDX)


def loads(number, name, prepare, command=IDX):
    row(number, name, prepare, 0, "", command)


idx_row(
    69,
    "wrong magic",
    mnist(idx(20, 16, 16, magic=0x00000C03)),
    IMAGES + ": an IDX file whose elements are not unsigned bytes (starts with 0x00000c03, "
    "expected 0x00000803); convert them to bytes from 0 to 255.",
)
idx_row(
    69,
    "labels for images",
    mnist(idx(20)),
    IMAGES + ": an IDX file of labels (starts with 0x00000801, expected 0x00000803); images "
    "are needed here.",
)
idx_row(
    69,
    "PNG",
    mnist(b"\x89PNG\r\n\x1a\n" + bytes(100)),
    IMAGES
    + ": not an IDX file (starts with 0x89504e47, expected 0x00000803); it looks like a PNG.",
)
loads(69, "gzip by another name", mnist(gzip.compress(idx(20, 16, 16))))
loads(69, "plain by the name of gzip", mnist(ending=".gz"))
idx_row(
    69,
    "damaged gzip",
    mnist(damaged_gzip(idx(20, 16, 16)), ending=".gz"),
    IMAGES + ".gz: damaged gzip data at byte 5,155 of 5,159: CRC mismatch. Fetch the file again.",
)
idx_row(
    69,
    "cut gzip",
    mnist(gzip.compress(idx(20, 16, 16), 0)[:-20], ending=".gz"),
    IMAGES + ".gz: damaged gzip data at byte 5,139 of 5,139: it ends early. Fetch the file again.",
)
idx_row(
    70,
    "fewer images than the header says",
    mnist(idx(30, 16, 16, body=bytes(20 * 256))),
    IMAGES + ": ends at byte 5,136, inside image 20 (counted from 0), but its header says 30 "
    "images of 16x16, which takes 7,696 bytes. Fetch the file again.",
)
idx_row(
    70,
    "more images than the header says",
    mnist(idx(10, 16, 16, body=bytes(20 * 256))),
    IMAGES
    + ": holds 5,136 bytes, but its header says 10 images of 16x16, which takes 2,576 bytes.",
)
idx_row(
    71,
    "no images",
    mnist(idx(0, 16, 16)),
    IMAGES + ": byte 4: the number of images is out of range (got 0, expected 1 to 100000000).",
)
idx_row(
    71,
    "side of 0",
    mnist(idx(20, 0, 16)),
    IMAGES + ": byte 8: the height is out of range (got 0, expected 1 to 65535).",
)
idx_row(
    71,
    "2^31 images",
    mnist(idx(1 << 31, 16, 16, body=b"")),
    IMAGES
    + ": byte 4: the number of images is out of range (got 2147483648, expected 1 to 100000000).",
)
idx_row(
    71,
    "product overflow",
    mnist(idx(99_999_999, 65_535, 65_535, body=b"")),
    IMAGES + ": byte 8: the product of the dimensions is out of range (more than the 17.2 GB "
    "that are read).",
)
idx_row(
    72,
    "counts differ",
    mnist(labels=idx(19)),
    LABELS + ": holds 19 labels, but {folder}/mnist/train-images-idx3-ubyte holds 20 images.",
)
row(
    72,
    "label out of range",
    mnist(labels=idx(20, body=bytes(19) + b"\x0c")),
    DATA,
    f"error: {{folder}}/mnist/{LABELS}: label 12 of image 19 (counted from 0) is out "
    f"of range: data.classes is 10, so labels are 0 to 9.\n",
    (*IDX, *settings(data__classes=10)),
)
row(
    73,
    "CIFAR-10 of a wrong size",
    cifar({"data_batch_1.bin": bytes(3073 * 10 + 5)}),
    DATA,
    "error: {folder}/cifar/data_batch_1.bin: its size is not a multiple of a "
    "CIFAR-10 record (got 30,735 bytes, expected a multiple of 3,073; 10 records and "
    "5 bytes). Fetch the file again.\n",
    CIFAR,
)
row(
    73,
    "CIFAR-100 of a wrong size",
    cifar({"train.bin": bytes(3074 * 10 - 5)}),
    DATA,
    "error: {folder}/cifar/train.bin: its size is not a multiple of a CIFAR-100 "
    "record (got 30,735 bytes, expected a multiple of 3,074; 9 records and 3,069 "
    "bytes). Fetch the file again.\n",
    CIFAR,
)
row(
    73,
    "no CIFAR",
    cifar({}),
    DATA,
    "error: {folder}/cifar: neither CIFAR-10 (data_batch_1.bin ... data_batch_5.bin, "
    "test_batch.bin) nor CIFAR-100 (train.bin, test.bin) is in this folder; only "
    "their binary versions are read.\n",
    CIFAR,
)
loads(73, "two batches", cifar({f"data_batch_{i}.bin": bytes(3073 * 10) for i in (1, 4)}), CIFAR)
idx_row(
    74,
    "cut in the last image",
    mnist(idx(20, 16, 16)[:-100]),
    IMAGES + ": ends at byte 5,036, inside image 19 (counted from 0), but its header says 20 "
    "images of 16x16, which takes 5,136 bytes. Fetch the file again.",
)


class BadInputTest(ProgramTest):
    """The rows are attached below, one test each."""

    maxDiff = None

    def check(self, row):
        if row.scene:
            row.scene(self)
            return
        if row.prefix and not shutil.which(row.prefix[0]):
            self.skipTest(f"needs {row.prefix[0]} to give up root's powers")
        if callable(row.prepare):
            row.prepare(self.folder)
        else:
            (self.folder / "bad.json").write_bytes(row.prepare)
        done = subprocess.run(
            [*row.prefix, str(BINARY), *row.command],
            cwd=self.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            timeout=120,
            capture_output=True,
            text=True,
            errors="backslashreplace",
        )
        message = row.message.replace("{folder}", str(self.folder))
        self.assertEqual((row.code, message), (done.returncode, done.stderr))


def attach(row):
    name = f"test_row_{row.number:02}_" + re.sub(r"\W+", "_", row.name)
    assert not hasattr(BadInputTest, name), name
    setattr(BadInputTest, name, lambda self: self.check(row))


for each in ROWS:
    attach(each)


class TableTest(unittest.TestCase):
    def test_has_every_row(self):
        self.assertEqual(sorted({row.number for row in ROWS}), WANTED)

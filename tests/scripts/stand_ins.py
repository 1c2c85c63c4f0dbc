"""A copy of the set-up scripts in a temporary folder, on a machine made of stand-ins.

The PATH holds only what this file puts there: the real small tools of the system, and stand-ins for cmake, ninja, c++,
python3, pip, apt-get, sudo, id, df and nvidia-smi. `world/` holds the state that they share: a file installed/NAME for
each package, uid, fail/NAME with the message with which a stand-in fails, and calls, the command lines in order.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time

SOURCE = pathlib.Path(os.environ.get("GANTRAIN_SOURCE_DIR", pathlib.Path(__file__).parents[2]))

TOOLS = """awk bash basename cat chmod cp date dirname env find flock grep head ln ls mkdir mv nproc printf readlink rm sed
 sh sleep sort tail touch tr true uname""".split()

PACKAGES = """libcli11-dev libspdlog-dev nlohmann-json3-dev libstb-dev libgtest-dev libgmock-dev zlib1g-dev libjpeg-dev
 cmake ninja-build g++ python3-venv""".split()

PROGRAM_OF = {"cmake": "cmake", "ninja-build": "ninja", "g++": "c++", "ccache": "ccache"}

HEAD = """#!/bin/bash
call() { echo "$(basename "$0") $*" >>"$WORLD/calls"; }
fail_if_told() { if [[ -f $WORLD/fail/$1 ]]; then cat "$WORLD/fail/$1" >&2; exit 100; fi; }
"""

STAND_INS = {
    "cmake": """
case $1 in
  --version) echo "cmake version $(cat "$WORLD/cmake-version")" ;;
  --preset)
    call "$@"
    fail_if_told configure
    touch "build/$2/build.ninja" ;;
  --build)
    call "$@"
    fail_if_told build
    cp "$WORLD/programs/gantrain" "build/$3/gantrain" ;;
esac""",
    "gantrain": """
echo "folder $PWD"
for a; do echo "argument $a"; done
exit 6""",
    "ninja": "echo 1.11.1",
    "ccache": "exit 1",
    "c++": """
case "$*" in
  --version) echo "c++ (Debian) $(cat "$WORLD/gcc-version")" ;;
  -dumpversion) cat "$WORLD/gcc-version" ;;
  *-E*) sed -n 's/^missing //p' | while read -r p; do [[ -f $WORLD/installed/$p ]] || echo "missing $p"; done ;;
esac""",
    "dpkg-query": """
for p; do :; done
[[ -f $WORLD/installed/$p ]] && echo 'install ok installed'""",
    "apt-get": """
call "$@"
[[ $(id -u) == 0 || -n ${AS_ROOT:-} ]] || { echo 'E: are you root?' >&2; exit 100; }
if [[ $1 == update ]]; then fail_if_told apt-get-update; touch "$WORLD/lists"; exit 0; fi
fail_if_told apt-get
[[ -f $WORLD/lists ]] || { echo "E: Unable to locate package" >&2; exit 100; }
for p in "${@:2}"; do
  [[ $p == -* ]] && continue
  touch "$WORLD/installed/$p"
  case $p in cmake) n=cmake ;; ninja-build) n=ninja ;; g++) n=c++ ;; ccache) n=ccache ;; *) continue ;; esac
  cp "$WORLD/programs/$n" "$(dirname "$0")/$n"
done""",
    "sudo": """
call "$@"
[[ $1 != -v ]] || exit 1
[[ $1 != -n ]] || shift
AS_ROOT=1 "$@" """,
    "id": 'cat "$WORLD/uid"',
    "df": """
if [[ $1 == -Ph ]]; then printf 'h\\n/dev/x 10G 10G 0 100%% /\\n'; exit; fi
printf 'Filesystem 1024-blocks Used Available Capacity Mounted\\n/dev/x 9 9 %s 1%% /\\n' "$(cat "$WORLD/free-kb")" """,
    "nvidia-smi": "echo 'GPU 0: stand-in'",
    "python3": """
here=$(cd "$(dirname "$0")/.." && pwd)
site=$here/lib/python3.11/site-packages
case "$*" in
  --version) echo "Python $(cat "$WORLD/python-version")" ;;
  *"-c import sys, ensurepip"*)
    [[ -f $WORLD/installed/python3-venv && $(cat "$WORLD/python-version") == 3.1[0-3].* ]] ;;
  *"-c import ensurepip"*) [[ -f $WORLD/installed/python3-venv ]] ;;
  *find_spec*)
    if [[ -f $here/pyvenv.cfg ]]; then
      if [[ -d $site/torch ]]; then echo "$site/torch"; fi
    elif [[ -f $WORLD/active-torch ]]; then cat "$WORLD/active-torch"; fi ;;
  *purelib*) echo "$site" ;;
  "-c import torch") [[ -d $site/torch || ( -f $site/gantrain_torch.pth && ! -f $WORLD/other-python ) ]] ;;
  "-m venv "*)
    call "$@"
    mkdir -p "$3/bin" "$3/lib/python3.11/site-packages"
    touch "$3/pyvenv.cfg"
    cp "$WORLD/programs/python3" "$3/bin/python3"
    fail_if_told venv ;;
  "-m pip --version") [[ -f $here/pyvenv.cfg ]] ;;
  "-m pip install "*)
    call "$@"
    case "$*" in
      *--index-url*) fail_if_told pip-2; wheel=torch ;;
      *+cpu) fail_if_told pip-1; wheel=torch ;;
      *-r*) fail_if_told pip-requirements; wheel='' ;;
      *) fail_if_told pip-3; wheel=torch ;;
    esac
    [[ -z $wheel ]] || cp -r "$WORLD/torch-2.13" "$site/torch" ;;
  *) echo "stand-in python3: unexpected: $*" >&2; exit 3 ;;
esac""",
}

ENVIRONMENT_TO_HIDE = ("GANTRAIN_TORCH_ROOT", "CMAKE_PREFIX_PATH", "CXX", "VIRTUAL_ENV", "PIP_CACHE_DIR")


def make_torch(folder, version, cuda=False):
    """The files of a LibTorch that set-up looks at."""
    major, minor = version.split(".")
    header = folder / "include/torch/headeronly/version.h"
    header.parent.mkdir(parents=True)
    header.write_text(f"#define TORCH_VERSION_MAJOR {major}\n#define TORCH_VERSION_MINOR {minor}\n"
                      "#define TORCH_VERSION_ABI_TAG 0\n")
    for name in ("include/torch/csrc/api/include/torch/torch.h", "include/ATen/ATen.h", "lib/libtorch_cpu.so"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    if cuda:
        (folder / "lib/libtorch_cuda.so").touch()
    return folder


class Machine:
    """Everything present and root, until a test takes something away."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="gantrain setup ")
        base = pathlib.Path(self.folder.name).resolve()
        self.clone, self.bin, self.world = base / "clone", base / "bin", base / "world"
        (self.clone / "tests").mkdir(parents=True)
        shutil.copytree(SOURCE / "scripts", self.clone / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(SOURCE / "tests/requirements.txt", self.clone / "tests")
        for name in ("src/core", "include/gantrain", "cmake"):
            (self.clone / name).mkdir(parents=True)
        for name in ("CMakeLists.txt", "CMakePresets.json", "src/core/error.cpp"):
            (self.clone / name).touch()
        for name in ("installed", "fail", "programs"):
            (self.world / name).mkdir(parents=True)
        self.bin.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool))
        for name, text in STAND_INS.items():
            path = self.world / "programs" / name
            path.write_text(HEAD + text + "\n")
            path.chmod(0o755)
            if name not in ("nvidia-smi", "sudo", "ccache", "gantrain"):
                self.add(name)
        for package in PACKAGES:
            (self.world / "installed" / package).touch()
        make_torch(self.world / "torch-2.13", "2.13")
        self.set("uid", "0")
        self.set("free-kb", "90000000")
        self.set("cmake-version", "3.22.1")
        self.set("gcc-version", "11")
        self.set("python-version", "3.11.2")
        self.set("lists", "")
        self.set("calls", "")

    def close(self):
        self.folder.cleanup()

    def set(self, name, text):
        (self.world / name).write_text(text)

    def add(self, program):
        shutil.copy(self.world / "programs" / program, self.bin / program)

    def take_away(self, *packages):
        for package in packages:
            (self.world / "installed" / package).unlink()
            if package in PROGRAM_OF:
                (self.bin / PROGRAM_OF[package]).unlink()

    def fail(self, name, message):
        (self.world / "fail" / name).write_text(message)

    def mend(self, name):
        (self.world / "fail" / name).unlink()

    def calls(self):
        """The command lines since the last look."""
        lines = (self.world / "calls").read_text().splitlines()
        self.set("calls", "")
        return lines

    def environment(self, **more):
        kept = {k: v for k, v in os.environ.items() if k not in ENVIRONMENT_TO_HIDE}
        return kept | {"PATH": str(self.bin), "WORLD": str(self.world)} | more

    def run(self, script, *arguments, cwd=None, **environment):
        """Exit code, stdout, stderr and seconds."""
        start = time.monotonic()
        done = subprocess.run([self.clone / "scripts" / script, *arguments], cwd=cwd, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, env=self.environment(**environment), timeout=60)
        self.seconds = time.monotonic() - start
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        return self.code

    def setup(self, *arguments, **environment):
        return self.run("setup", *arguments, **environment)

    def torch_root(self):
        return (self.clone / ".deps/torch_root").read_text().strip()

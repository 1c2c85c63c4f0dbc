"""scripts/setup on machines made of stand-ins: what it installs, what it says when a step fails, how it goes on."""

import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from stand_ins import Machine, make_torch  # noqa: E402

NETWORK_DOWN = "E: Failed to fetch packages  Temporary failure resolving the name"
NO_WHEEL = "ERROR: No matching distribution found for torch==2.13.0+cpu"
DISK_FULL = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"


class Setup(unittest.TestCase):
    def setUp(self):
        self.machine = Machine()
        self.addCleanup(self.machine.close)

    def assert_done(self, *arguments, **environment):
        self.machine.setup(*arguments, **environment)
        self.assertEqual(self.machine.code, 0, self.machine.err)
        self.assertEqual(self.machine.out, "")

    def assert_stops(self, *sentences, arguments=(), **environment):
        self.machine.setup(*arguments, **environment)
        self.assertEqual(self.machine.code, 1, self.machine.err)
        for sentence in sentences:
            self.assertIn(sentence, self.machine.err)

    def log(self, name):
        return (self.machine.clone / ".deps/logs" / f"{name}.log").read_text()


class NothingMissing(Setup):
    def test_second_run_says_nothing_calls_nothing_and_takes_under_a_fifth_of_a_second(self):
        self.assert_done("--tests")
        self.machine.calls()
        best = 9.0
        for _ in range(5):
            self.assert_done("--tests")
            self.assertEqual(self.machine.err, "")
            best = min(best, self.machine.seconds)
        self.assertEqual(self.machine.calls(), [])
        self.assertLess(best, 0.2)

    def test_other_pins_are_noticed(self):
        self.assert_done("--tests")
        self.machine.calls()
        with open(self.machine.clone / "tests/requirements.txt", "a") as file:
            file.write("another==1.0\n")
        self.assert_done("--tests")
        self.assertEqual(len(self.machine.calls()), 1)

    def test_removed_libtorch_is_noticed(self):
        self.assert_done()
        shutil.rmtree(self.machine.clone / ".deps/python")
        self.machine.calls()
        self.assert_done()
        self.assertTrue(any("pip install" in call for call in self.machine.calls()))

    def test_all_lands_inside_the_clone(self):
        self.assert_done("--tests")
        beside = sorted(path.name for path in self.machine.clone.parent.iterdir())
        self.assertEqual(beside, ["bin", "clone", "world"])
        self.assertIn(".deps", [path.name for path in self.machine.clone.iterdir()])

    def test_unknown_argument_is_refused(self):
        self.assert_stops('unknown argument "--test"; allowed: --tests, --help', arguments=["--test"])


class SystemPackages(Setup):
    def test_root_installs_exactly_what_is_missing_and_ccache(self):
        self.machine.take_away("libstb-dev", "ninja-build")
        self.assert_done()
        self.assertIn("apt-get install -y --no-install-recommends -oDPkg::Lock::Timeout=300 ninja-build libstb-dev ccache", self.machine.calls())
        self.assertIn("Installing ninja-build libstb-dev ccache ...", self.machine.err)

    def test_a_bare_machine_gets_everything(self):
        self.machine.take_away("cmake", "g++", "ninja-build", "libcli11-dev", "libspdlog-dev", "nlohmann-json3-dev",
                               "libstb-dev", "libgtest-dev", "libgmock-dev", "zlib1g-dev", "libjpeg-dev", "python3-venv")
        (self.machine.world / "lists").unlink()
        self.assert_done()
        calls = [call for call in self.machine.calls() if call.startswith("apt-get")]
        self.assertEqual([call.split()[1] for call in calls], ["install", "update", "install"])
        for package in ("cmake", "g++", "libjpeg-dev", "python3-venv"):
            self.assertIn(f" {package}", calls[-1])

    def test_sudo_is_used_by_others_than_root(self):
        self.machine.set("uid", "1000")
        self.machine.add("sudo")
        self.machine.take_away("zlib1g-dev")
        self.assert_done()
        self.assertIn("sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -oDPkg::Lock::Timeout=300 zlib1g-dev ccache",
                      self.machine.calls())

    def test_without_root_and_sudo_one_line_says_what_to_ask_for(self):
        self.machine.set("uid", "1000")
        self.machine.take_away("zlib1g-dev", "cmake")
        self.assert_stops()
        self.assertEqual(self.machine.err, "Neither root nor sudo here; ask for: apt-get install cmake zlib1g-dev\n")
        self.assertEqual(self.machine.calls(), [])

    def test_sudo_that_wants_a_password_without_a_terminal_counts_as_none(self):
        self.machine.set("uid", "1000")
        (self.machine.bin / "sudo").write_text("#!/bin/bash\nexit 1\n")
        (self.machine.bin / "sudo").chmod(0o755)
        self.machine.take_away("libstb-dev")
        self.assert_stops("Neither root nor sudo here; ask for: apt-get install libstb-dev")

    def test_without_apt_the_names_are_still_said(self):
        (self.machine.bin / "apt-get").unlink()
        self.machine.take_away("libstb-dev", "g++")
        self.assert_stops("Packages are missing: g++ libstb-dev", "package manager of this system")

    def test_failing_network_is_explained_and_the_next_run_goes_on(self):
        self.machine.take_away("libspdlog-dev")
        self.machine.fail("apt-get", NETWORK_DOWN)
        self.machine.fail("apt-get-update", NETWORK_DOWN)
        self.assert_stops("failed after", NETWORK_DOWN, "The network or a proxy is in the way.",
                          "by hand: apt-get install libspdlog-dev", "The whole log: .deps/logs/packages.log")
        self.assertIn(NETWORK_DOWN, self.log("packages"))
        self.machine.mend("apt-get")
        self.assert_done()

    def test_packages_that_apt_did_not_bring_are_named(self):
        self.machine.take_away("libspdlog-dev")
        (self.machine.bin / "apt-get").write_text("#!/bin/bash\nexit 0\n")
        self.assert_stops("apt-get finished, but still missing: libspdlog-dev")

    def test_old_cmake_and_old_compiler_are_named(self):
        self.machine.set("cmake-version", "3.18.4")
        self.assert_stops("CMake 3.18.4 is too old: 3.22 or later is needed")
        self.machine.set("cmake-version", "3.25.1")
        self.machine.set("gcc-version", "9")
        self.assert_stops("is version 9: g++ 11 or clang 14 (or later) is needed", "CXX=")


class LibTorch(Setup):
    def pips(self):
        return [call.split("install ")[1] for call in self.machine.calls() if "pip install" in call]

    def test_the_machines_own_configuration_is_asked_first(self):
        self.assert_done()
        self.assertEqual(self.pips(), ["--no-input torch==2.13.0+cpu"])
        self.assertTrue(self.machine.torch_root().startswith(str(self.machine.clone / ".deps/python")))

    def test_pytorchs_index_is_second(self):
        self.machine.fail("pip-1", NO_WHEEL)
        self.assert_done()
        first, second = self.pips()
        self.assertIn("--index-url https://download.pytorch.org/whl/cpu torch==2.13.0+cpu", second)

    def test_the_default_index_is_last_and_its_size_is_said(self):
        self.machine.fail("pip-1", NO_WHEEL)
        self.machine.fail("pip-2", "ERROR: Connection refused")
        self.assert_done()
        self.assertEqual(self.pips()[2], "--no-input torch==2.13.0")
        self.assertIn("the build for CUDA: 0.5 GB, and several GB of packages with it", self.machine.err)

    def test_when_all_three_fail_the_logs_are_named_and_the_next_run_goes_on(self):
        for name in ("pip-1", "pip-2", "pip-3"):
            self.machine.fail(name, NO_WHEEL)
        self.assert_stops(NO_WHEEL, "failed from all three sources (logs: torch-1, torch-2, torch-3)",
                          "The package source does not carry it", "GANTRAIN_TORCH_ROOT=FOLDER")
        self.assertEqual(self.log("torch-2").strip(), NO_WHEEL)
        self.machine.calls()
        self.machine.mend("pip-1")
        self.assert_done()
        self.assertEqual(self.machine.calls(), ["python3 -m pip install --no-input torch==2.13.0+cpu"])

    def test_full_disk_is_foreseen(self):
        self.machine.set("free-kb", "512000")
        self.assert_stops("LibTorch needs about 1.8 GB", "only 500 MB are free", "Make room")
        self.assertEqual(self.pips(), [])

    def test_disk_that_fills_up_is_named(self):
        for name in ("pip-1", "pip-2", "pip-3"):
            self.machine.fail(name, DISK_FULL)
        self.assert_stops("The disk is full: 0 free in")

    def test_interrupted_environment_is_made_again(self):
        self.machine.fail("venv", "Error: Command ensurepip returned non-zero exit status 1")
        self.assert_stops("Making the Python environment failed", "ensurepip returned non-zero")
        self.machine.mend("venv")
        self.assert_done()

    def test_unsuitable_python_is_named(self):
        self.machine.set("python-version", "3.9.2")
        self.assert_stops("No Python 3.10 to 3.13 with venv was found: python3 is Python 3.9.2")


class ExistingLibTorch(Setup):
    def torch(self, version, **options):
        return make_torch(self.machine.world / "other" / f"torch {version}", version, **options)

    def test_torch_root_is_used(self):
        torch = self.torch("2.11")
        self.assert_done(GANTRAIN_TORCH_ROOT=str(torch))
        self.assertEqual(self.machine.torch_root(), str(torch))
        self.assertEqual(self.machine.calls(), [])

    def test_torch_root_that_is_too_old_or_none_is_an_error(self):
        self.assert_stops("is not a LibTorch 2.11 or later", GANTRAIN_TORCH_ROOT=str(self.torch("2.9")))
        self.assert_stops("is not a LibTorch 2.11 or later", GANTRAIN_TORCH_ROOT=str(self.machine.world))

    def test_prefix_path_is_used(self):
        torch = self.torch("2.12")
        self.assert_done(CMAKE_PREFIX_PATH=f"/nowhere:{torch}")
        self.assertEqual(self.machine.torch_root(), str(torch))
        (torch / "share/cmake").mkdir(parents=True)
        self.assert_done(CMAKE_PREFIX_PATH=f"{torch}/share/cmake")
        self.assertEqual(self.machine.torch_root(), str(torch))

    def test_active_pythons_torch_is_used(self):
        torch = self.torch("2.12")
        self.machine.set("active-torch", str(torch))
        self.assert_done()
        self.assertEqual(self.machine.torch_root(), str(torch))
        self.assertEqual(self.machine.calls(), [])

    def test_active_pythons_old_torch_is_passed_over(self):
        self.machine.set("active-torch", str(self.torch("2.4")))
        self.assert_done()
        self.assertIn(".deps/python", self.machine.torch_root())

    def test_another_choice_is_noticed_and_said(self):
        self.assert_done()
        self.assert_done(GANTRAIN_TORCH_ROOT=str(self.torch("2.12")))
        self.assertIn("everything is built again", self.machine.err)

    def test_tests_see_the_active_pythons_torch(self):
        torch = self.torch("2.12")
        self.machine.set("active-torch", str(torch))
        self.assert_done("--tests")
        self.assertFalse(any("torch==" in call for call in self.machine.calls()))
        path = self.machine.clone / ".deps/python/lib/python3.11/site-packages/gantrain_torch.pth"
        self.assertEqual(path.read_text().strip(), str(torch.parent))

    def test_tests_get_their_own_torch_when_that_one_cannot_be_imported(self):
        torch = self.torch("2.12")
        self.machine.set("other-python", "")
        self.assert_done("--tests", GANTRAIN_TORCH_ROOT=str(torch))
        self.assertTrue(any("torch==2.13.0+cpu" in call for call in self.machine.calls()))
        self.assertEqual(self.machine.torch_root(), str(torch))

    def test_machine_with_nvidia_driver_is_told_how_to_get_the_cuda_build(self):
        self.machine.add("nvidia-smi")
        self.assert_done()
        self.assertIn("is the CPU build. To train on the GPU:", self.machine.err)
        self.assertIn(".deps/cuda/bin/pip install torch==2.13.0", self.machine.err)
        self.assertIn("export GANTRAIN_TORCH_ROOT=", self.machine.err)

    def test_cuda_build_needs_no_hint(self):
        self.machine.add("nvidia-smi")
        self.assert_done(GANTRAIN_TORCH_ROOT=str(self.torch("2.13", cuda=True)))
        self.assertEqual(self.machine.err, "")


class Tests(Setup):
    def test_their_packages_come_only_with_the_tests(self):
        self.assert_done()
        self.assertFalse(any("requirements" in call for call in self.machine.calls()))
        self.assert_done("--tests")
        self.assertTrue(any("-r" in call and "requirements.txt" in call for call in self.machine.calls()))

    def test_failure_is_explained(self):
        self.machine.fail("pip-requirements", "ERROR: ProxyError('Cannot connect to proxy.')")
        self.assert_stops("Installing tests/requirements.txt failed", "The network or a proxy is in the way.",
                          arguments=["--tests"])


class TwoAtATime(Setup):
    def test_the_second_waits_and_finds_nothing_left_to_do(self):
        slow = self.machine.bin / "apt-get"
        slow.write_text(slow.read_text().replace("fail_if_told apt-get\n", "fail_if_told apt-get\nsleep 1\n"))
        self.machine.take_away("libstb-dev")
        runs = [subprocess.Popen([self.machine.clone / "scripts/setup"], env=self.machine.environment(), text=True,
                                 stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
        messages = [run.communicate(timeout=60)[1] for run in runs]
        self.assertEqual([run.returncode for run in runs], [0, 0], messages)
        self.assertEqual(sum("waiting for it" in message for message in messages), 1)
        self.assertEqual(len([call for call in self.machine.calls() if call.startswith("apt-get")]), 1)


if __name__ == "__main__":
    unittest.main()

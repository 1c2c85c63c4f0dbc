"""scripts/gantrain builds only what changed, passes everything on to the program and explains a failed build."""

import os
import pathlib
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from stand_ins import Machine  # noqa: E402


class Launcher(unittest.TestCase):
    def setUp(self):
        self.machine = Machine()
        self.addCleanup(self.machine.close)

    def run_program(self, *arguments, **options):
        """The program's exit code is 6, so that nothing else can be taken for it."""
        self.machine.run("gantrain", *arguments, **options)
        self.assertEqual(self.machine.code, 6, self.machine.err)

    def builds(self):
        return [call for call in self.machine.calls() if call.startswith("cmake")]

    def test_first_run_sets_up_configures_builds_and_runs(self):
        self.run_program("--config", "a b.json")
        self.assertEqual(self.machine.out.splitlines()[1:], ["argument --config", "argument a b.json"])
        configure, build = self.builds()
        self.assertEqual(configure, "cmake --preset release")
        self.assertTrue(build.startswith("cmake --build --preset release --target gantrain -j "))
        for line in ("Installing LibTorch", "Configuring release ... 0 s", "Building gantrain"):
            self.assertIn(line, self.machine.err)

    def test_second_run_adds_nothing_and_little_time(self):
        self.run_program()
        self.machine.calls()
        best = 9.0
        for _ in range(5):
            self.run_program()
            self.assertEqual(self.machine.err, "")
            best = min(best, self.machine.seconds)
        self.assertEqual(self.machine.calls(), [])
        self.assertLess(best, 0.2)

    def test_program_runs_in_the_users_folder(self):
        folder = self.machine.clone.parent / "elsewhere"
        folder.mkdir()
        self.run_program("x.json", cwd=folder)
        self.assertEqual(self.machine.out.splitlines(), [f"folder {folder}", "argument x.json"])

    def test_works_through_a_symbolic_link(self):
        link = self.machine.clone.parent / "link"
        link.symlink_to(self.machine.clone / "scripts/gantrain")
        self.run_program()
        self.assertFalse((self.machine.clone.parent / ".deps").exists())

    def change(self, path):
        path = self.machine.clone / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        later = time.time() + 5
        os.utime(path, (later, later))

    def test_changed_new_and_removed_sources_are_built(self):
        self.run_program()
        for path in ("src/core/error.cpp", "include/gantrain/core/new.h", "cmake/Packages.cmake", "CMakeLists.txt"):
            with self.subTest(path=path):
                stamp = self.machine.clone / "build/release/.built"
                os.utime(stamp, (time.time() + 1, time.time() + 1))
                self.machine.calls()
                self.change(path)
                self.run_program()
                self.assertEqual(len(self.builds()), 1)
                self.assertIn("Building what changed ...", self.machine.err)
                now = time.time()
                os.utime(self.machine.clone / path, (now - 60, now - 60))
        time.sleep(0.02)
        self.machine.calls()
        os.remove(self.machine.clone / "src/core/error.cpp")
        self.run_program()
        self.assertEqual(len(self.builds()), 1)

    def test_changed_tests_are_not_its_business(self):
        self.run_program()
        self.machine.calls()
        self.change("tests/core/a_test.cpp")
        self.run_program()
        self.assertEqual(self.builds(), [])

    def test_failed_build_shows_the_errors_and_the_next_run_goes_on(self):
        self.machine.fail("build", "[1/9] nothing of interest\nsrc/a.cpp:3:1: error: expected ';'\n" + "noise\n" * 50)
        self.machine.run("gantrain", "--help")
        self.assertEqual((self.machine.code, self.machine.out), (1, ""))
        for words in ("src/a.cpp:3:1: error: expected ';'", "The build failed; what is built already is kept",
                      "The whole log: .deps/logs/build-release.log"):
            self.assertIn(words, self.machine.err)
        self.assertLess(self.machine.err.count("noise"), 20)
        self.machine.mend("build")
        self.run_program()

    def test_failed_configure_checks_all_packages_again(self):
        self.machine.fail("configure", "CMake Error: Could not find a package configuration file provided by spdlog")
        self.machine.run("gantrain")
        self.assertEqual(self.machine.code, 1)
        self.assertIn("provided by spdlog", self.machine.err)
        self.machine.mend("configure")
        (self.machine.world / "installed/libspdlog-dev").unlink()
        self.run_program()
        self.assertTrue(any("apt-get install" in call and "libspdlog-dev" in call for call in self.machine.calls()))

    def test_compiler_killed_for_memory_is_explained(self):
        self.machine.fail("build", "g++: fatal error: Killed signal terminated program cc1plus\n")
        self.machine.run("gantrain")
        self.assertIn("ran out of memory; GANTRAIN_JOBS=1", self.machine.err)
        self.machine.mend("build")
        self.machine.calls()
        self.run_program(GANTRAIN_JOBS="1")
        self.assertTrue(self.builds()[-1].endswith(" -j 1"))

    def test_failed_set_up_runs_nothing(self):
        self.machine.set("gcc-version", "9")
        self.machine.run("gantrain")
        self.assertEqual((self.machine.code, self.machine.out), (1, ""))
        self.assertEqual(self.builds(), [])


if __name__ == "__main__":
    unittest.main()

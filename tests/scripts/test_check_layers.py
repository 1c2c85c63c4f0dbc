"""scripts/check_layers.py: this tree keeps the rules, and a tree that breaks one is told where."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("GANTRAIN_SOURCE_DIR", pathlib.Path(__file__).parents[2]))


def check(root):
    done = subprocess.run([sys.executable, SOURCE / "scripts/check_layers.py", root], capture_output=True, text=True)
    return done.returncode, done.stdout


class CheckLayers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for floor in ("core", "config", "image", "nn", "data", "models", "training", "report", "commands"):
            self.write(f"include/gantrain/{floor}/public.h", "#pragma once\n")
            self.write(f"src/{floor}/private.h", "#pragma once\n")

    def write(self, path, *lines):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text("\n".join(lines) + "\n")

    def assert_broken(self, path, line, *words):
        """Exactly one broken rule, at this file and line, whose sentence holds these words."""
        self.write(path, *line)
        code, output = check(self.root)
        self.assertEqual(code, 1, output)
        first, last = output.splitlines()
        self.assertTrue(first.startswith(f"{path}:{len(line)}: "), first)
        for word in words:
            self.assertIn(word, first)
        self.assertEqual(last, "1 of the includes break the layers; docs/design.md has the map")

    def assert_kept(self, path, *lines):
        self.write(path, *lines)
        code, output = check(self.root)
        self.assertEqual((code, output), (0, ""))

    def test_this_tree_keeps_the_rules(self):
        self.assertEqual(check(SOURCE), (0, ""))

    def test_own_folder_and_lower_floors_are_allowed(self):
        self.assert_kept("src/models/a.cpp", '#include "gantrain/models/public.h"', "#include <torch/torch.h>",
                         '#include "models/private.h"', '#include "private.h"', '#include "gantrain/nn/public.h"',
                         '#include "gantrain/core/public.h"')

    def test_upward_is_refused(self):
        self.assert_broken("src/core/a.cpp", ["#include <string>", '#include "gantrain/data/public.h"'],
                           "core (floor 0)", "data (floor 2)")

    def test_neighbour_is_refused(self):
        self.assert_broken("src/data/a.cpp", ['#include "gantrain/nn/public.h"'], "neighbour nn on floor 2")

    def test_upward_in_a_public_header_is_refused(self):
        self.assert_broken("include/gantrain/nn/a.h", ['#  include "gantrain/models/public.h"'], "models (floor 3)")

    def test_tests_mirror_the_floors(self):
        self.assert_broken("tests/core/a_test.cpp", ['#include "gantrain/training/public.h"'], "training (floor 4)")
        (self.root / "tests/core/a_test.cpp").unlink()
        self.assert_kept("tests/core/a_test.cpp", '#include "core/private.h"', '#include "gantrain/core/public.h"')

    def test_what_tests_share_may_be_included_by_every_test(self):
        self.write("tests/support/folder.h", '#include "gantrain/core/public.h"')
        self.assert_kept("tests/core/a_test.cpp", '#include "support/folder.h"')

    def test_private_header_of_another_folder_is_refused(self):
        self.assert_broken("src/models/a.cpp", ['#include "nn/private.h"'], "private to src/nn")

    def test_private_header_in_a_public_one_is_refused(self):
        self.assert_broken("include/gantrain/nn/a.h", ['#include "nn/private.h"'], "private to src/nn")

    def test_climbing_is_refused(self):
        self.assert_broken("src/nn/a.cpp", ['#include "../core/private.h"'], "climbs")

    def test_missing_header_is_named(self):
        self.assert_broken("src/nn/a.cpp", ['#include "gantrain/core/gone.h"'], "does not exist in include/")

    def test_libtorch_is_refused_below(self):
        for floor, header in (("core", "torch/torch.h"), ("config", "ATen/ATen.h"), ("image", "c10/util/Half.h"),
                              ("report", "torch/types.h")):
            with self.subTest(floor=floor):
                self.assert_broken(f"src/{floor}/a.cpp", [f"#include <{header}>"], "do without LibTorch", header)
                (self.root / f"src/{floor}/a.cpp").unlink()

    def test_libtorch_is_refused_in_public_headers_and_tests_below(self):
        self.assert_broken("include/gantrain/core/a.h", ["#include <torch/torch.h>"], "do without LibTorch")
        (self.root / "include/gantrain/core/a.h").unlink()
        self.assert_broken("tests/image/a_test.cpp", ["#include <torch/torch.h>"], "do without LibTorch")

    def test_spdlog_is_for_the_log_only(self):
        self.assert_kept("src/core/log.cpp", "#include <spdlog/spdlog.h>")
        self.assert_broken("src/core/other.cpp", ["#include <spdlog/spdlog.h>"], "src/core/log.cpp only")

    def test_cli11_is_for_commands_and_main_only(self):
        self.write("src/main.cpp", "#include <CLI/CLI.hpp>", '#include "gantrain/commands/public.h"')
        self.assert_kept("src/commands/a.cpp", "#include <CLI/CLI.hpp>")
        self.assert_broken("src/training/a.cpp", ["#include <CLI/CLI.hpp>"], "src/commands and src/main.cpp only")

    def test_json_library_is_refused_in_public_headers(self):
        self.assert_kept("src/config/a.cpp", "#include <nlohmann/json.hpp>")
        self.assert_broken("include/gantrain/config/a.h", ["#include <nlohmann/json.hpp>"], "public header")

    def test_own_header_in_angle_brackets_is_refused(self):
        self.assert_broken("src/nn/a.cpp", ["#include <gantrain/core/public.h>"], "with quotes")

    def test_unknown_folder_is_refused(self):
        self.assert_broken("src/misc/a.cpp", ["int a;"], '"misc" is on no floor')

    def test_folder_without_sources_is_a_usage_error(self):
        self.assertEqual(check(self.root / "include")[0], 2)


if __name__ == "__main__":
    unittest.main()

"""Weights in and out: `gantrain import` and `gantrain export`, against PyTorch and safetensors."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

import torch
from safetensors import safe_open

from driver import ROOT, TINY, ProgramTest, gantrain, settings

sys.path.insert(0, str(ROOT / "scripts"))

from gantrain_torch import (  # noqa: E402
    DcganDiscriminator,
    DcganGenerator,
    build_network,
    load_generator,
)

USAGE, CONFIG, CHECKPOINT, OUTPUT = 2, 3, 5, 7


def load_file(path):
    with safe_open(path, framework="pt") as file:
        return {key: file.get_tensor(key) for key in file.keys()}


def resolved(config, cwd):
    return json.loads(gantrain("config", "show", config, cwd=cwd).stdout)


class OtherNames(torch.nn.Module):
    """A generator as another program writes it: TINY's layers under names of its own."""

    def __init__(self, generator):
        super().__init__()
        layers = [m for m in generator.main if not isinstance(m, torch.nn.Tanh)]
        self.deconv1, self.bn1, _, self.deconv2, self.bn2, _, self.out = layers


class ImportTest(ProgramTest):
    def setUp(self):
        super().setUp()
        torch.manual_seed(3)
        self.model = resolved("tiny.json", self.folder)["model"]
        self.generator = DcganGenerator(self.model)
        for module in self.generator.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.uniform_(-0.1, 0.1)
                module.running_var.uniform_(0.5, 2)
        self.generator.eval()

    def bring_in(self, content, code=0, words=(), **options):
        torch.save(content, self.folder / "foreign.pth", **options)
        command = ["import", "foreign.pth", "--config", "tiny.json", "-o", "g.pt", *words]
        return self.run_program(*command, code=code)

    def assert_same_pictures(self):
        z = torch.randn(4, self.model["latent_dim"])
        ours = load_generator(self.folder / "g.pt")
        self.assertTrue(torch.equal(ours(z), self.generator(z)))

    def test_state_dict_by_name(self):
        done = self.bring_in(self.generator.state_dict())
        self.assertIn("foreign.pth -> generator: 13 tensors by name", done.stdout)
        self.assert_same_pictures()

    def test_the_container_before_pytorch_1_6(self):
        self.bring_in(self.generator.state_dict(), _use_new_zipfile_serialization=False)
        self.assert_same_pictures()

    def test_checkpoint_of_a_wrapped_network(self):
        wrapped = torch.nn.DataParallel(self.generator)
        optimizer = torch.optim.Adam(wrapped.parameters())
        wrapped.train()(torch.randn(4, 8)).sum().backward()
        optimizer.step()
        self.generator.eval()
        done = self.bring_in(
            {
                "epoch": 4,
                "netG": wrapped.state_dict(),
                "netD": DcganDiscriminator(self.model).state_dict(),
                "optimizerG": optimizer.state_dict(),
            }
        )
        self.assertIn("foreign.pth: netG -> generator", done.stdout)
        self.assertIn("taken off every name: module.", done.stdout)
        self.assertIn("not taken: other weights in the file, at netD", done.stdout)
        self.assert_same_pictures()

    def test_other_names_go_by_order_and_shape_and_are_printed(self):
        done = self.bring_in(OtherNames(self.generator).state_dict())
        self.assertIn("by order and shape", done.stdout)
        self.assertIn("  deconv1.weight -> main.0.weight [8, 16, 4, 4]", done.stdout)
        self.assertIn("  bn2.running_var -> main.4.running_var [8]", done.stdout)
        self.assert_same_pictures()

    def test_half_precision_becomes_single(self):
        self.bring_in({key: value.half() if value.is_floating_point() else value
                       for key, value in self.generator.state_dict().items()})  # fmt: skip
        weight = torch.load(self.folder / "g.pt", weights_only=True)["networks"]["generator"]["main.0.weight"]  # fmt: skip
        self.assertEqual(weight.dtype, torch.float32)
        self.assertTrue(torch.equal(weight, self.generator.main[0].weight.half().float()))

    def test_sample_and_inspect_take_the_file(self):
        self.bring_in(self.generator.state_dict())
        self.run_program("sample", "--ckpt", "g.pt", "--n", 4, "--out", "x.png", "--threads", 1)
        done = self.run_program("inspect", "g.pt")
        self.assertIn("generator file of gantrain", done.stdout)
        self.assertIn("step 0, 0 images seen", done.stdout)

    def test_another_width_is_refused_with_the_differences_and_nothing_written(self):
        wider = DcganGenerator({**self.model, "generator_channels": [16, 12]})
        done = self.bring_in(wider.state_dict(), code=CHECKPOINT)
        self.assertIn("does not fit this network", done.stderr)
        self.assertIn("main.3.weight: file has [16, 12, 4, 4], expected [16, 8, 4, 4]", done.stderr)
        self.assertFalse((self.folder / "g.pt").exists())
        self.assertFalse(list(self.folder.glob(".*")))

    def test_what_cannot_be_weights_is_refused(self):
        for content, message in [
            ({"loss": torch.ones(3)}, "holds no weights"),
            ({"netG_A": self.generator.state_dict(), "netG_B": self.generator.state_dict()}, "say which with --from"),
            ({**self.generator.state_dict(), "main.0.weight": torch.full((8, 16, 4, 4), float("nan"))}, "not finite"),
        ]:  # fmt: skip
            with self.subTest(message):
                done = self.bring_in(content, code=CHECKPOINT)
                self.assertIn(message, done.stderr)
                self.assertFalse((self.folder / "g.pt").exists())

    def test_from_names_the_place(self):
        both = {"netG_A": DcganGenerator(self.model).state_dict(), "netG_B": self.generator.state_dict()}  # fmt: skip
        self.bring_in(both, words=("--from", "netG_B"))
        self.assert_same_pictures()

    def test_words_that_are_wrong(self):
        self.bring_in(self.generator.state_dict())
        for code, words, message in [
            (CHECKPOINT, ("missing.pth", "--config", "tiny.json", "-o", "x.pt"), "missing.pth"),
            (CONFIG, ("foreign.pth", "--config", "no.json", "-o", "x.pt"), "no.json"),
            (USAGE, ("foreign.pth", "--config", "tiny.json"), "--out is required"),
            (USAGE, ("g=foreign.pth", "--config", "tiny.json", "-o", "x.pt"), 'no generator "g"'),
            (USAGE, ("foreign.pth", "foreign.pth", "--config", "tiny.json", "-o", "x.pt"), "two files"),
            (CHECKPOINT, ("g.pt", "--config", "tiny.json", "-o", "x.pt"), "already"),
            (OUTPUT, ("foreign.pth", "--config", "tiny.json", "-o", "no/x.pt"), "no/x.pt"),
        ]:  # fmt: skip
            with self.subTest(message):
                done = self.run_program("import", *words, code=code)
                self.assertIn(message, done.stderr)
                self.assertEqual(done.stderr.count("error:"), 1)
                self.assertFalse((self.folder / "x.pt").exists())


class TranslationWeightsTest(ProgramTest):
    """Weights as the authors' pix2pix and CycleGAN program saves them."""

    MODEL = {"type": "pix2pix", "resolution": 32, "generator": "resnet", "generator_channels": 4,
             "generator_blocks": 2, "generator_norm": "instance"}  # fmt: skip

    def prepare(self, model):
        config = {"format": 1, "model": model, "data": {"type": "paired", "path": "nowhere"}}
        self.write_config("c.json", {**config, "training": {"batch_size": 1}})
        self.config = resolved("c.json", self.folder)
        names = ["g_ab", "g_ba"] if model["type"] == "cyclegan" else ["generator"]
        return {name: build_network(self.config, name).state_dict() for name in names}

    def networks(self):
        return torch.load(self.folder / "g.pt", weights_only=True)["networks"]

    def test_leftovers_of_old_instance_norms_are_dropped(self):
        state = self.prepare(self.MODEL)["generator"]
        old = {}
        for key, value in state.items():
            old[f"module.{key}"] = value
            if key.endswith("bias") and key != list(state)[-1]:
                # The norm stands behind its convolution.
                *path, index, _ = key.split(".")
                norm = ".".join(["module", *path, str(int(index) + 1)])
                old[f"{norm}.running_mean"] = torch.zeros(len(value))
                old[f"{norm}.running_var"] = torch.ones(len(value))
        torch.save(old, self.folder / "latest_net_G.pth", _use_new_zipfile_serialization=False)
        done = self.run_program("import", "latest_net_G.pth", "--config", "c.json", "-o", "g.pt")
        self.assertIn(f"{len(state)} tensors by name", done.stdout)
        self.assertIn(f"dropped: {len(old) - len(state)} statistics", done.stdout)
        found = self.networks()["generator"]
        self.assertEqual(list(found), list(state))
        for key, value in state.items():
            self.assertTrue(torch.equal(found[key], value), key)

    def test_unets_come_back_whole(self):
        for norm in ("batch", "instance"):
            model = {**self.MODEL, "generator": "unet", "generator_norm": norm, "generator_dropout": 0}
            state = self.prepare(model)["generator"]
            torch.save(state, self.folder / "latest_net_G.pth")
            self.run_program("import", "latest_net_G.pth", "--config", "c.json", "-o", "g.pt")
            self.run_program("export", "g.pt", "--format", "safetensors", "-o", "g.safetensors")
            found = load_file(self.folder / "g.safetensors")
            build_network(self.config, "generator").load_state_dict(found, strict=True)
            for key, value in state.items():
                self.assertTrue(torch.equal(found[key], value), key)

    def test_another_norm_does_not_fit(self):
        batch = {**self.MODEL, "generator_norm": "batch"}
        torch.save(self.prepare(batch)["generator"], self.folder / "G.pth")
        self.prepare(self.MODEL)
        done = self.run_program("import", "G.pth", "--config", "c.json", "-o", "g.pt", code=CHECKPOINT)
        self.assertIn("model.1.bias: missing in the file (expected [4])", done.stderr)
        self.assertIn("model.2.weight: in the file [4], not expected", done.stderr)

    def test_both_generators_of_a_cyclegan(self):
        model = {"type": "cyclegan", "resolution": 32, "generator_channels": 4, "generator_blocks": 1}
        states = self.prepare(model)
        words = []
        for name, state in states.items():
            torch.save(state, self.folder / f"{name}.pth")
            words.append(f"{name}={name}.pth")
        tail = ("--config", "c.json", "-o", "g.pt")
        self.run_program("import", *words, *tail)
        for name, state in states.items():
            for key, value in state.items():
                self.assertTrue(torch.equal(self.networks()[name][key], value), key)
        self.run_program("export", "g.pt", "--network", "g_ba", "--format", "pt", "-o", "x.pt")
        for key, value in torch.load(self.folder / "x.pt", weights_only=True).items():
            self.assertTrue(torch.equal(value, states["g_ba"][key]), key)
        for command, message in [
            (("import", words[0], *tail), 'no file is given for the generator "g_ba"'),
            (("import", "g_ab.pth", *tail), "several generators (g_ab, g_ba)"),
            (("export", "g.pt", "--format", "pt", "-o", "y.pt"), "say which one with --network"),
        ]:
            self.assertIn(message, self.run_program(*command, code=USAGE).stderr)


class ExportTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.home = Path(temporary.name)
        (cls.home / "tiny.json").write_text(json.dumps(TINY))
        done = gantrain("--config", "tiny.json", *settings(ema__ramp_up=0), cwd=cls.home)
        assert done.returncode == 0, done.stderr
        cls.run_folder = cls.home / "runs" / "tiny"
        cls.model = json.loads((cls.run_folder / "config.json").read_text())["model"]
        file = torch.load(cls.run_folder / "checkpoints" / "step-00000020.pt", weights_only=True)
        cls.raw, cls.averaged = file["networks"], file["ema"]

    def write_out(self, *words, ckpt="g.pt", code=0):
        return self.run_program("export", self.run_folder / ckpt, *words, code=code)

    def assert_same(self, found, expected):
        self.assertEqual(set(found), set(expected))
        for key, value in expected.items():
            self.assertEqual(found[key].dtype, value.dtype, key)
            self.assertEqual(found[key].shape, value.shape, key)
            self.assertTrue(torch.equal(found[key], value), key)

    def test_pt_is_a_state_dict_for_python(self):
        done = self.write_out("--format", "pt", "-o", "x.pt")
        self.assertEqual(done.stdout, "x.pt: generator, 13 tensors, 4,322 values\n")
        state = torch.load(self.folder / "x.pt", weights_only=True)
        self.assertEqual(list(state), list(self.averaged["generator"]))
        self.assert_same(state, self.averaged["generator"])
        DcganGenerator(self.model).load_state_dict(state, strict=True)
        self.assertTrue(all(value.is_contiguous() for value in state.values()))

    def test_safetensors_opens_with_the_official_package(self):
        self.write_out("--format", "safetensors", "-o", "x.safetensors")
        state = load_file(self.folder / "x.safetensors")
        self.assert_same(state, self.averaged["generator"])
        DcganGenerator(self.model).load_state_dict(state, strict=True)
        with safe_open(self.folder / "x.safetensors", framework="pt") as file:
            metadata = file.metadata()
        self.assertEqual((metadata["format"], metadata["gantrain.step"]), ("pt", "20"))
        self.assertEqual(json.loads(metadata["gantrain.config"])["model"], self.model)

    def test_raw_weights_and_discriminators_come_from_checkpoints(self):
        for words, expected in [
            (("--weights", "raw"), self.raw["generator"]),
            (("--network", "discriminator"), self.raw["discriminator"]),
            ((), self.averaged["generator"]),
        ]:
            with self.subTest(words):
                self.write_out("--format", "safetensors", "-o", "x.safetensors", *words,
                               ckpt="checkpoints/step-00000020.pt")  # fmt: skip
                self.assert_same(load_file(self.folder / "x.safetensors"), expected)

    def test_ckpt_may_be_named(self):
        self.run_program("export", "--ckpt", self.run_folder, "--format", "pt", "-o", "x.pt")
        self.assert_same(
            torch.load(self.folder / "x.pt", weights_only=True), self.averaged["generator"]
        )

    def test_what_goes_out_comes_in_again(self):
        self.write_out("--format", "pt", "-o", "x.pt")
        self.run_program("import", "x.pt", "--config", self.run_folder / "config.json", "-o", "g.pt")
        again = torch.load(self.folder / "g.pt", weights_only=True)["networks"]["generator"]
        self.assert_same(again, self.averaged["generator"])

    def test_words_that_are_wrong(self):
        torch.save(self.raw["generator"], self.folder / "plain.pth")
        out = ("--format", "pt", "-o", "x.pt")
        run = self.run_folder
        for code, words, message in [
            (CHECKPOINT, (run / "g.pt", "--weights", "raw", *out), "averaged weights only"),
            (CHECKPOINT, (run / "g.pt", "--network", "generatr", *out), 'did you mean "generator"'),
            (CHECKPOINT, ("plain.pth", *out), "gantrain import"),
            (CHECKPOINT, ("missing.pt", *out), "missing.pt"),
            (USAGE, (run / "g.pt", "--format", "onnx", "-o", "x.pt"), "onnx"),
            (USAGE, (run / "g.pt", "-o", "x.pt"), "--format is required"),
            (OUTPUT, (run / "g.pt", "--format", "safetensors", "-o", "no/x"), "no/x"),
        ]:
            with self.subTest(message):
                done = self.run_program("export", *words, code=code)
                self.assertIn(message, done.stderr)
                self.assertFalse((self.folder / "x.pt").exists())


if __name__ == "__main__":
    unittest.main()

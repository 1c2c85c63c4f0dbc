"""GANs with classes, and the residual family, against their Python twins: twenty steps in double
precision, and the published sizes. Needs gantrain_parity, see parity.py.
"""

import unittest

from parity import load_twins, make_inputs, run_parity
from test_parity_dcgan import TINY, ParityCase, tiny_config

HINGE = {"type": "hinge"}
WITH_CLASSES = {**TINY, "classes": 3, "init_std": 0.2}
SMALL_RESIDUAL = {
    "type": "sngan",
    "resolution": 16,
    "image_channels": 3,
    "latent_dim": 6,
    "generator_channels": [8, 6, 6],
    "discriminator_channels": [6, 8, 8],
}


class TwentySteps(ParityCase):
    def check(self, model, **sections):
        config = tiny_config(model, **sections)
        inputs = make_inputs(model, 20, 4, "fp64")
        result = run_parity(config, inputs, steps=20)
        self.assert_same_training(result, inputs)
        return result

    def test_cgan(self):
        for changes in (
            {},
            {"generator_stem": "dense", "discriminator_head": "dense"},
            {"generator_layers": "dense", "discriminator_layers": "dense",
             "generator_strides": []},
        ):  # fmt: skip
            with self.subTest(changes):
                self.check({**WITH_CLASSES, **changes})

    def test_dcgan_with_projection(self):
        for norm in ("spectral", "batch"):
            with self.subTest(norm):
                model = {**WITH_CLASSES, "conditioning": "projection", "discriminator_norm": norm}
                self.check(model, objective=HINGE)

    def test_acgan(self):
        model = {**WITH_CLASSES, "conditioning": "auxiliary", "lambda_class": 0.7}
        for norm, head in (("batch", "convolution"), ("spectral", "dense")):
            with self.subTest(norm):
                result = self.check(
                    {**model, "discriminator_norm": norm, "discriminator_head": head}
                )
                self.assertLessEqual(
                    {"d_class_real", "d_class_fake", "g_class"}, set(result["losses"]["0"])
                )

    def test_a_penalty_looks_between_images_as_the_real_class(self):
        model = {**WITH_CLASSES, "discriminator_norm": "none"}
        self.check(
            model, objective={"type": "wasserstein"}, penalty={"gradient": "wgan_gp"}
        )  # fmt: skip

    def test_sngan(self):
        self.check(SMALL_RESIDUAL, objective=HINGE)

    def test_sngan_with_classes_and_statistics_of_the_batch(self):
        self.check(
            {**SMALL_RESIDUAL, "classes": 3, "minibatch_stddev": True},
            objective=HINGE,
            penalty={"r1_gamma": 0.5},
        )

    def test_sagan(self):
        self.check(
            {**SMALL_RESIDUAL, "type": "sagan", "classes": 3, "attention_size": 8}, objective=HINGE
        )

    def test_residual_networks_without_spectral_norm(self):
        self.check(
            {**SMALL_RESIDUAL, "discriminator_spectral": False, "discriminator_downs": 1},
            objective=HINGE,
            penalty={"gradient": "wgan_gp"},
        )


class Attention(ParityCase):
    def test_a_share_that_is_not_nothing(self):
        """gamma is 0 at first: with a larger rate attention does something within twenty steps."""
        model = {**SMALL_RESIDUAL, "type": "sagan", "attention_size": 16}
        adam = {"type": "adam", "learning_rate": 0.01, "beta1": 0.0, "beta2": 0.9}
        config = tiny_config(
            model, objective=HINGE, optimizer={"generator": adam, "discriminator": adam}
        )
        inputs = make_inputs(model, 20, 4, "fp64")
        result = run_parity(config, inputs, steps=20)
        self.assert_same_training(result, inputs)
        for name in ("generator", "discriminator"):
            self.assertGreater(abs(result["final"][name]["attention.gamma"].item()), 1e-3, name)


class Sizes(unittest.TestCase):
    def test_sngan_has_the_published_ones(self):
        model = {"type": "sngan", "resolution": 32, "image_channels": 3, "latent_dim": 128}
        result = run_parity(
            tiny_config(model, "fp32"), make_inputs(model, 1, 2, "fp32"), steps=0
        )  # fmt: skip
        counts = [
            sum(parameter.numel() for parameter in network.parameters())
            for network in load_twins(result).values()
        ]
        self.assertEqual(counts, [4_276_739, 1_053_825])


if __name__ == "__main__":
    unittest.main()

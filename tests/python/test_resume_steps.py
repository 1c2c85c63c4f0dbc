"""Resume after any step, in a new process, with dropout, batch norm, EMA, sums between two log lines
and epochs' ends inside: checkpoints, g.pt, pictures and metrics come out bit for bit as those of the
run that nobody stopped. Quick: 10 of 40 steps; GANTRAIN_LONG_TESTS=1: every step.
"""

import shutil
import unittest

from driver import TINY, TINY_CYCLEGAN, TINY_PIX2PIX, TINY_SAGAN, TINY_SNGAN, read_lines, settings
from faults import LONG, FaultTest

STEPS = 40
CUTS = range(STEPS) if LONG else (0, 1, 6, 7, 8, 13, 20, 27, 35, 39)
RUN = settings(
    training__length=f"{STEPS} steps",
    checkpoints__every="1 step",
    checkpoints__keep=1000,
    samples__every="15 steps",
    log__every="7 steps",
    data__count=60,  # an epoch ends in the eighth step, in the middle of a batch
)
# Each model adds its line: dropout, normalisation, schedules, n_critic.
MODELS = {
    "dcgan": settings(model__generator_dropout=0.1, model__discriminator_dropout=0.2),
    "dcgan with SGD and micro-batches": settings(
        model__discriminator_dropout=0.2,
        optimizer__generator__type="sgd",
        optimizer__generator__momentum=0.9,
        optimizer__discriminator__type="rmsprop",
        training__micro_batch_size=4,
    ),
    "dcgan with schedules, two critic updates and a lazy penalty": settings(
        objective__type="hinge",
        objective__n_critic=2,
        model__discriminator_norm="spectral",
        penalty__r1_gamma=1,
        penalty__interval=3,
        optimizer__generator__schedule="cosine",
        optimizer__generator__warmup="10 steps",
        optimizer__discriminator__schedule="linear_by_epoch",
        optimizer__discriminator__schedule_start="2 epochs",
        optimizer__discriminator__clip_norm=0.5,
    ),
    "dcgan with adaptive augmentation and a lazy R1": settings(
        augment__policy='["color", "translation", "cutout"]',
        augment__adaptive="true",
        augment__target=-1,
        augment__interval=3,
        augment__speed_kimg=0.5,
        model__discriminator_norm="none",
        penalty__r1_gamma=1,
        penalty__interval=3,
    ),
}
# Labels of fakes are drawn; normalisation by class, stored singular vectors, attention.
CONDITIONAL = {
    "acgan": (
        TINY,
        settings(
            model__classes=4,
            model__conditioning="auxiliary",
            model__discriminator_norm="none",
            training__micro_batch_size=4,
            penalty__r1_gamma=1,
            penalty__interval=3,
        ),
    ),
    "sngan": (TINY_SNGAN, settings(objective__n_critic=2)),
    "sagan": (TINY_SAGAN, settings(objective__n_critic=2, model__minibatch_stddev="true")),
}
TRANSLATIONS = {
    "pix2pix a picture at a time with dropout": (
        TINY_PIX2PIX,
        settings(
            training__batch_size=1,
            data__count=15,
            model__generator="resnet",
            model__generator_dropout=0.25,
            validation__split="train",
            validation__every="10 steps",
            validation__count=3,
        ),
    ),
    "cyclegan with pools of four": (
        TINY_CYCLEGAN,
        settings(training__batch_size=2, training__micro_batch_size=1, data__count=15),
    ),
}


def without_clock(line):
    return {
        key: value for key, value in line.items() if not key.startswith(("Timing/", "Resources/"))
    }


def made_by(folder):
    """Name -> bytes of everything that must not depend on where a run was cut."""
    files = [folder / "g.pt", *folder.glob("checkpoints/*.pt"), *folder.glob("samples/*.png")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(files)}


class ResumeEveryStepTest(FaultTest):
    def cut(self, whole, folder, step):
        """The folder as a power cut right after the save of this step would leave it, but with what was logged
        and drawn later.
        """
        shutil.copytree(whole, folder)
        for path in folder.glob("checkpoints/*.pt"):
            if int(path.stem.removeprefix("step-")) > step:
                path.unlink()

    def check(self, words, config=TINY):
        self.write_config("tiny.json", config)
        whole, folder = self.folder / "whole", self.folder / "cut"
        done = self.start("--run-dir", "whole", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        wanted = made_by(whole)
        self.assertEqual(len([name for name in wanted if name.startswith("checkpoints")]), STEPS + 1)
        for step in CUTS:
            with self.subTest(step=step):
                shutil.rmtree(folder, ignore_errors=True)
                self.cut(whole, folder, step)
                done = self.start("--run-dir", "cut", *words)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(f"going on from step {step} ", done.stderr)
                found = made_by(folder)
                self.assertEqual(sorted(found), sorted(wanted))
                self.assertEqual([name for name in wanted if found[name] != wanted[name]], [])
                self.assertEqual(
                    list(map(without_clock, read_lines(folder / "metrics.jsonl"))),
                    list(map(without_clock, read_lines(whole / "metrics.jsonl"))),
                )
        shutil.rmtree(whole)


def attach(name, words, config=TINY):
    def test(self):
        self.check([*RUN, *words], config)

    setattr(ResumeEveryStepTest, "test_" + name.replace(" ", "_").replace("-", "_"), test)


for each in MODELS.items():
    attach(*each)
for name, (config, words) in (TRANSLATIONS | CONDITIONAL).items():
    attach(name, words, config)


if __name__ == "__main__":
    unittest.main()

#include "training/micro_batch.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "training/tiny_run.h"

namespace gantrain {
namespace {

using Words = std::vector<std::string>;

Words joined(Words first, const Words& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

constexpr double kSame = 1e-10;

// Plain steps, so that rounding is not made larger.
const Words kExact = {"runtime.precision=fp64", "optimizer.generator.type=sgd",
                      "optimizer.discriminator.type=sgd"};
const Words kPerImage = {"model.generator_norm=none", "model.discriminator_norm=none"};
const Words kPlainDcgan = joined(kPerImage, {"model.discriminator_dropout=0"});

// The largest difference of a parameter after three steps in halves and at once.
double largest_difference(const std::string& model, const Words& words) {
  const Words exact = joined(kExact, words);
  auto whole = tiny_state(tiny_config_of(model, exact));
  auto halves = tiny_state(tiny_config_of(model, joined(exact, {"training.micro_batch_size=2"})));
  double most = 0;
  for (int step = 0; step < 3; ++step) {
    whole->step();
    halves->step();
  }
  for (const auto& network : whole->model().networks()) {
    const auto others = halves->model().networks()[network.key()]->named_parameters();
    for (const auto& item : network.value()->named_parameters()) {
      most = std::max(most, (item.value() - others[item.key()]).abs().max().item<double>());
    }
  }
  return most;
}

Words reasons_of(const std::string& model, const Words& words) {
  const RunConfig config = tiny_config_of(model, joined(words, {"training.micro_batch_size=2"}));
  return micro_batch_differences(config, tiny_state(config)->model());
}

struct MicroBatchCase {
  std::string model;
  Words words;
  std::string reason;  // "" = the same steps
};

void PrintTo(const MicroBatchCase& each, std::ostream* out) {
  *out << each.model << " " << testing::PrintToString(each.words);
}

class MicroBatches : public testing::TestWithParam<MicroBatchCase> {};

TEST_P(MicroBatches, GiveTheSameStepsOrTheReasonIsSaid) {
  const MicroBatchCase& each = GetParam();
  const double found = largest_difference(each.model, each.words);
  if (each.reason.empty()) {
    EXPECT_LT(found, kSame);
    EXPECT_THAT(reasons_of(each.model, each.words), testing::IsEmpty());
  } else {
    EXPECT_GT(found, kSame) << "both are the same; the warning is wrong";
    EXPECT_THAT(reasons_of(each.model, each.words),
                testing::ElementsAre(testing::HasSubstr(each.reason)));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Training, MicroBatches,
    testing::Values(
        MicroBatchCase{"dcgan", kPlainDcgan, ""},
        MicroBatchCase{"dcgan", joined(kPlainDcgan, {"objective.type=hinge"}), ""},
        MicroBatchCase{"dcgan",
                       joined(kPlainDcgan, {"objective.type=wasserstein", "objective.n_critic=2",
                                            "penalty.gradient=wgan_gp"}),
                       ""},
        MicroBatchCase{"dcgan",
                       joined(kPlainDcgan, {"objective.type=relativistic", "penalty.r1_gamma=1",
                                            "penalty.r2_gamma=1", "penalty.interval=2",
                                            "optimizer.discriminator.clip_norm=0.1"}),
                       ""},
        MicroBatchCase{"dcgan",
                       joined(kPlainDcgan, {R"(augment.policy=["color", "translation", "cutout"])",
                                            "augment.adaptive=true", "augment.interval=1",
                                            "augment.speed_kimg=0.02"}),
                       ""},
        MicroBatchCase{"pix2pix",
                       {"model.generator_norm=instance", "model.discriminator_norm=instance",
                        "model.generator_dropout=0"},
                       ""},
        MicroBatchCase{"cyclegan", {"model.generator_dropout=0", "model.pool_size=3"}, ""},
        MicroBatchCase{"dcgan", joined(kPlainDcgan, {"model.generator_norm=batch"}), "batch norm"},
        MicroBatchCase{"dcgan", joined(kPlainDcgan, {"model.discriminator_dropout=0.2"}),
                       "dropout"},
        MicroBatchCase{"dcgan", joined(kPlainDcgan, {"model.discriminator_norm=spectral"}),
                       "spectral norm"},
        MicroBatchCase{"dcgan", joined(kPlainDcgan, {"objective.type=relativistic_average"}),
                       "relativistic_average"},
        MicroBatchCase{"dcgan", joined(kPlainDcgan, {"penalty.gradient=dragan"}), "dragan"}));

TEST(MicroBatchDifferences, MinibatchStatisticsAreAReason) {
  const Words plain = {"model.discriminator_spectral=false"};
  EXPECT_THAT(reasons_of("sngan", plain), testing::Contains(testing::HasSubstr("minibatch")));
  EXPECT_THAT(reasons_of("sngan", joined(plain, {"model.minibatch_stddev=false"})),
              testing::Not(testing::Contains(testing::HasSubstr("minibatch"))));
}

TEST(MicroBatchDifferences, OneMicroBatchIsTheWhole) {
  const RunConfig config = tiny_config({"training.micro_batch_size=4"});
  EXPECT_THAT(micro_batch_differences(config, tiny_state(config)->model()), testing::IsEmpty());
}

}  // namespace
}  // namespace gantrain

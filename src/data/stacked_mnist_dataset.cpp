#include "data/stacked_mnist_dataset.h"

#include <limits>
#include <utility>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"

#include "data/checks.h"
#include "data/counter_random.h"
#include "data/fingerprint.h"
#include "data/idx_dataset.h"

namespace gantrain {
namespace {

constexpr int64_t kDigits = 10;
constexpr int64_t kChannels = 3;
constexpr int64_t kClasses = kDigits * kDigits * kDigits;

class StackedMnistDataset : public Dataset {
 public:
  StackedMnistDataset(const StackedMnistOptions& options, std::shared_ptr<const Dataset> digits)
      : seed_(static_cast<uint64_t>(options.seed)), digits_(std::move(digits)) {
    info_ = digits_->info();
    info_.count = options.count;
    info_.classes = kClasses;
    info_.geometry.channels = info_.stored.channels = kChannels;
    info_.description = "three digits as channels, " + format_count(options.count) + " images of " +
                        digits_->info().description;
    info_.fingerprint = fingerprint({"stacked_mnist 1", digits_->info().fingerprint,
                                     std::to_string(options.count), std::to_string(options.seed)});
  }

  const DatasetInfo& info() const override { return info_; }

  void gather(const std::vector<Draw>& draws, HostBatch& out) const override {
    check_gather(draws, out, info_);
    std::vector<Draw> chosen;
    chosen.reserve(draws.size() * kChannels);
    for (const Draw& draw : draws) {
      CounterRandom random(seed_, static_cast<uint64_t>(draw.image));
      for (int64_t c = 0; c < kChannels; ++c) {
        const auto digit =
            static_cast<int64_t>(random.below(static_cast<uint64_t>(digits_->info().count)));
        chosen.push_back({digit, digit, 0});
      }
    }
    HostBatch grey = make_host_batch(digits_->info(), static_cast<int64_t>(chosen.size()));
    digits_->gather(chosen, grey);
    const auto count = static_cast<int64_t>(draws.size());
    const ImageGeometry& size = info_.geometry;
    out.images.copy_(grey.images.view({count, kChannels, size.height, size.width}));
    const auto* label = grey.labels.data_ptr<int64_t>();
    for (int64_t i = 0; i < count; ++i, label += kChannels) {
      out.labels.data_ptr<int64_t>()[i] = (label[0] * kDigits + label[1]) * kDigits + label[2];
    }
  }

 private:
  uint64_t seed_;
  std::shared_ptr<const Dataset> digits_;
  DatasetInfo info_;
};

}  // namespace

const OptionTable& stacked_mnist_options() {
  using O = StackedMnistOptions;
  static const OptionTable table = OptionTable::of<O>(
      "Three digits of MNIST as the channels of one image: 1,000 modes to be counted. The class is "
      "100 a + 10 b + c.",
      {
          path("path", &O::path, "Folder that holds MNIST's files, or one file of images.")
              .not_empty()
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"root", "dataroot", "data_dir"}),
          choice("split", &O::split, data_split_names(),
                 "Which digits of a folder; a path to a file ignores it."),
          choice("fit", &O::fit, image_fit_names(), kImageFitHelp),
          integer("count", &O::count, "Number of different images.")
              .range(int64_t{1}, int64_t{1'000'000'000}),
          integer("seed", &O::seed, "Another seed stacks other digits.")
              .range(int64_t{0}, std::numeric_limits<int64_t>::max()),
      });
  return table;
}

std::shared_ptr<const Dataset> open_stacked_mnist_dataset(const StackedMnistOptions& options,
                                                          const ImageGeometry& geometry,
                                                          const std::string& where) {
  if (geometry.channels != kChannels) {
    throw Error(ErrorKind::kConfig,
                where + ".type: \"stacked_mnist\" needs model.image_channels 3 (got " +
                    std::to_string(geometry.channels) + ")");
  }
  IdxOptions digits;
  digits.path = options.path;
  digits.split = options.split;
  digits.fit = options.fit;
  digits.classes = kDigits;
  return std::make_shared<StackedMnistDataset>(
      options, open_idx_dataset(digits, {1, geometry.height, geometry.width}, where));
}

}  // namespace gantrain

#include "training/validation.h"

#include <algorithm>
#include <fstream>

#include <nlohmann/json.hpp>

#include "gantrain/core/error.h"
#include "gantrain/data/registry.h"
#include "gantrain/metrics/image_similarity.h"

#include "training/sample_grid.h"

namespace gantrain {
namespace {

constexpr int64_t kMeasuredAtOnce = 16;
constexpr const char* kL1 = "Validation/L1";
constexpr const char* kPsnr = "Validation/PSNR";
constexpr const char* kSsim = "Validation/SSIM";
constexpr const char* kSharpness = "Validation/sharpness";

const char* name_of(BestBy measure) {
  switch (measure) {
    case BestBy::kPsnr:
      return kPsnr;
    case BestBy::kSsim:
      return kSsim;
    case BestBy::kL1:
      break;
  }
  return kL1;
}

HostBatch in_order(const Dataset& dataset, int64_t start, int64_t end) {
  std::vector<Draw> draws;
  for (int64_t i = start; i < end; ++i) {
    draws.push_back({i, i, 0});
  }
  HostBatch batch = make_host_batch(dataset.info(), end - start);
  dataset.gather(draws, batch);
  return batch;
}

std::string split_name(ValidationSplit split) {
  return split == ValidationSplit::kVal ? "val" : "test";
}

}  // namespace

Validation::Validation(const ValidationOptions& options, std::shared_ptr<const Dataset> dataset,
                       const Runtime& runtime)
    : options_(options),
      dataset_(std::move(dataset)),
      runtime_(runtime),
      pairs_(dataset_->info().unpaired_images == 0) {}

void Validation::read_best(const std::filesystem::path& metrics) {
  std::ifstream lines(metrics, std::ios::binary);
  for (std::string line; std::getline(lines, line);) {
    const auto object = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    const auto found = object.is_object() ? object.find(name_of(options_.best_by)) : object.end();
    if (object.is_object() && found != object.end() && found->is_number()) {
      const auto value = found->get<double>();
      best_ = improves(value) ? value : best_;
    }
  }
}

bool Validation::measure(Generator& generator) {
  const int64_t all = dataset_->info().count;
  const int64_t count = options_.count > 0 ? std::min(options_.count, all) : all;
  values_ = {{kL1, 0}, {kPsnr, 0}, {kSsim, 0}};
  double details_made = 0;
  double details_wanted = 0;
  for (int64_t start = 0; start < count; start += kMeasuredAtOnce) {
    const HostBatch batch = in_order(*dataset_, start, std::min(start + kMeasuredAtOnce, count));
    const torch::Tensor made =
        translate(generator, in_unit_range(batch.inputs), /*backward=*/false, runtime_);
    const torch::Tensor targets = in_unit_range(batch.images);
    values_[0].second += l1_distances(made, targets).sum().item<double>();
    values_[1].second += peak_signal_to_noise(made, targets).sum().item<double>();
    values_[2].second += structural_similarity(made, targets).sum().item<double>();
    details_made += gradient_magnitudes(made).sum().item<double>();
    details_wanted += gradient_magnitudes(targets).sum().item<double>();
  }
  bool better = false;
  for (auto& [name, value] : values_) {
    value /= static_cast<double>(count);
    if (name == name_of(options_.best_by) && improves(value)) {
      best_ = value;
      better = true;
    }
  }
  if (details_wanted > 0) {
    values_.emplace_back(kSharpness, details_made / details_wanted);
  }
  return better;
}

bool Validation::improves(double value) const {
  return !best_ || (options_.best_by == BestBy::kL1 ? value < *best_ : value > *best_);
}

std::any validation_data_options(const RunConfig& config) {
  const std::string& type = config.data.type;
  const OptionTable& table = *dataset_table(type);
  const std::string split = split_name(config.validation.split);
  const Option* choice = table.find("split");
  if (choice == nullptr ||
      std::find(choice->choices.begin(), choice->choices.end(), split) == choice->choices.end()) {
    throw Error(ErrorKind::kConfig, config.config.place("validation.split") + ": data.type \"" +
                                        type + "\" has no split \"" + split +
                                        "\"; set it to \"train\" or \"none\"");
  }
  std::any options = config.data.options;
  set_dataset_option(type, "split", split, options);
  set_dataset_option(type, "crop", std::string("centre"), options);
  set_dataset_option(type, "flip", false, options);
  set_dataset_option(type, "shift", int64_t{0}, options);
  const Option* fit = table.find("fit");
  if (fit != nullptr && std::get<std::string>(fit->get(options)) == "resize_and_crop") {
    set_dataset_option(type, "load_size", image_geometry(config.model).height, options);
  }
  return options;
}

}  // namespace gantrain

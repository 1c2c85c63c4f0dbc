#include "gantrain/data/registry.h"

#include "data/cifar_dataset.h"
#include "data/idx_dataset.h"
#include "data/synthetic_dataset.h"

namespace gantrain {
namespace {

using Open = std::shared_ptr<const Dataset> (*)(const std::any& options,
                                                const ImageGeometry& geometry,
                                                const std::string& where);

struct Row {
  const char* name;
  const OptionTable& (*table)();
  Open open;
};

constexpr Row kRows[] = {
    {"idx", idx_options,
     [](const std::any& options, const ImageGeometry& geometry, const std::string& where) {
       return open_idx_dataset(std::any_cast<const IdxOptions&>(options), geometry, where);
     }},
    {"cifar", cifar_options,
     [](const std::any& options, const ImageGeometry& geometry, const std::string& where) {
       return open_cifar_dataset(std::any_cast<const CifarOptions&>(options), geometry, where);
     }},
    {"synthetic", synthetic_options,
     [](const std::any& options, const ImageGeometry& geometry, const std::string&) {
       return open_synthetic_dataset(std::any_cast<const SyntheticOptions&>(options), geometry);
     }},
};

}  // namespace

const std::vector<SectionVariant>& dataset_variants() {
  static const std::vector<SectionVariant> variants = [] {
    std::vector<SectionVariant> made;
    for (const Row& row : kRows) {
      made.push_back({row.name, &row.table()});
    }
    return made;
  }();
  return variants;
}

std::shared_ptr<const Dataset> open_dataset(const std::string& type, const std::any& options,
                                            const ImageGeometry& geometry,
                                            const std::string& where) {
  for (const Row& row : kRows) {
    if (type == row.name) {
      return row.open(options, geometry, where);
    }
  }
  TORCH_CHECK(false, "there is no data set of type ", type);
}

}  // namespace gantrain

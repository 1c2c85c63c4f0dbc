#include "gantrain/data/registry.h"

#include "gantrain/core/error.h"

#include "data/checks.h"
#include "data/cifar_dataset.h"
#include "data/idx_dataset.h"
#include "data/picture_dataset.h"
#include "data/picture_types.h"
#include "data/points_dataset.h"
#include "data/stacked_mnist_dataset.h"
#include "data/synthetic_dataset.h"

namespace gantrain {
namespace {

// A set that is not made of image files.
struct Row {
  const char* name;
  const OptionTable& (*table)();
  std::shared_ptr<const Dataset> (*open)(const std::any& options, const BatchGeometry& geometry,
                                         const std::string& where);
};

constexpr Row kRows[] = {
    {"idx", idx_options,
     [](const std::any& options, const BatchGeometry& geometry, const std::string& where) {
       check_no_inputs(geometry, where);
       return open_idx_dataset(std::any_cast<const IdxOptions&>(options), geometry.images, where);
     }},
    {"cifar", cifar_options,
     [](const std::any& options, const BatchGeometry& geometry, const std::string& where) {
       check_no_inputs(geometry, where);
       return open_cifar_dataset(std::any_cast<const CifarOptions&>(options), geometry.images,
                                 where);
     }},
    {"stacked_mnist", stacked_mnist_options,
     [](const std::any& options, const BatchGeometry& geometry, const std::string& where) {
       check_no_inputs(geometry, where);
       return open_stacked_mnist_dataset(std::any_cast<const StackedMnistOptions&>(options),
                                         geometry.images, where);
     }},
    {"points", points_options,
     [](const std::any& options, const BatchGeometry& geometry, const std::string& where) {
       check_no_inputs(geometry, where);
       return open_points_dataset(std::any_cast<const PointsOptions&>(options), geometry.images,
                                  where);
     }},
    {"synthetic", synthetic_options,
     [](const std::any& options, const BatchGeometry& geometry, const std::string&) {
       return open_synthetic_dataset(std::any_cast<const SyntheticOptions&>(options), geometry);
     }},
};

}  // namespace

const std::vector<SectionVariant>& dataset_variants() {
  static const std::vector<SectionVariant> variants = [] {
    std::vector<SectionVariant> made;
    for (const PictureType& type : picture_types()) {
      made.push_back({type.name, &type.table()});
    }
    for (const Row& row : kRows) {
      made.push_back({row.name, &row.table()});
    }
    return made;
  }();
  return variants;
}

const OptionTable* dataset_table(const std::string& type) {
  for (const SectionVariant& variant : dataset_variants()) {
    if (variant.name == type) {
      return variant.table;
    }
  }
  return nullptr;
}

void set_dataset_option(const std::string& type, const std::string& key, const OptionValue& value,
                        std::any& options) {
  if (const Option* option = dataset_table(type)->find(key)) {
    option->set(options, value);
  }
}

int dataset_bits(const std::string& type, const std::any& options) {
  const Option* depth = dataset_table(type)->find("bit_depth");
  return depth == nullptr ? 8 : static_cast<int>(std::get<int64_t>(depth->get(options)));
}

namespace {

std::shared_ptr<const Dataset> open_any(const std::string& type, const std::any& options,
                                        const BatchGeometry& geometry, const std::string& where,
                                        const DataContext& context) {
  if (const PictureType* pictures = find_picture_type(type)) {
    return open_picture_dataset(pictures->plan(options, context.stopped), geometry, where, context);
  }
  for (const Row& row : kRows) {
    if (type == row.name) {
      return row.open(options, geometry, where);
    }
  }
  TORCH_CHECK(false, "there is no data set of type ", type);
}

void check_classes(const DatasetInfo& info, int64_t wanted, const std::string& where) {
  if (wanted == 0 || info.classes == wanted) {
    return;
  }
  if (info.classes == 0) {
    throw Error(ErrorKind::kConfig,
                where + ": has no labels (" + info.description + "), and with model.classes " +
                    std::to_string(wanted) +
                    " every image needs one; take a set with labels, or set model.classes to 0");
  }
  throw Error(ErrorKind::kConfig, where + ": has " + std::to_string(info.classes) + " classes (" +
                                      info.description + "), and model.classes is " +
                                      std::to_string(wanted) + "; set model.classes to " +
                                      std::to_string(info.classes));
}

}  // namespace

std::shared_ptr<const Dataset> open_dataset(const std::string& type, const std::any& options,
                                            const BatchGeometry& geometry, const std::string& where,
                                            const DataContext& context) {
  auto dataset = open_any(type, options, geometry, where, context);
  check_classes(dataset->info(), geometry.classes, where);
  return dataset;
}

}  // namespace gantrain

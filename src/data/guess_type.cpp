#include <algorithm>
#include <functional>

#include "gantrain/core/error.h"
#include "gantrain/core/file_tree.h"
#include "gantrain/core/text.h"
#include "gantrain/data/registry.h"
#include "gantrain/data/scan.h"
#include "gantrain/image/image_header.h"

#include "data/pair_dataset.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

bool is_idx(std::string_view name) {
  return name.find("-ubyte") != std::string_view::npos;
}

bool is_cifar(std::string_view name) {
  return name.ends_with("_batch.bin") || name.ends_with("data_batch_1.bin") ||
         name.ends_with("train.bin");
}

bool is_loose_image(std::string_view name) {
  return name.find('/') == std::string_view::npos && is_image_extension(extension_of(name));
}

bool any_file(const FileTree& tree, bool (*test)(std::string_view)) {
  for (int64_t i = 0; i < tree.names.count(); ++i) {
    if (test(tree.names.at(i))) {
      return true;
    }
  }
  return false;
}

// Pairs when every name of one side is also the other's.
std::string guess_two_folders(const fs::path& path) {
  PairedFoldersOptions options;
  options.path = path.string();
  return plan_paired_folders(options, {}).problems.empty() ? "paired_folders" : "unpaired";
}

}  // namespace

std::string guess_dataset_type(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    throw Error(ErrorKind::kData, printable(path.string()) + ": no such file or folder.");
  }
  if (!fs::is_directory(path, ignored)) {
    return extension_of(path.string()) == ".zip" ? "zip" : "idx";
  }
  const FolderHandle folder(path);
  const FileTree tree = list_files(folder, {[](std::string_view) { return true; }, false, {}});
  if (any_file(tree, is_idx)) {
    return "idx";
  }
  if (any_file(tree, is_cifar)) {
    return "cifar";
  }
  const auto has_folder = [&](const char* name) {
    return std::binary_search(tree.folders.begin(), tree.folders.end(), name);
  };
  if ((has_folder("trainA") && has_folder("trainB")) || (has_folder("A") && has_folder("B"))) {
    return guess_two_folders(path);
  }
  const bool split = has_folder("train") || has_folder("test") || has_folder("val");
  return !split && tree.folders.size() > 1 && !any_file(tree, is_loose_image) ? "classes"
                                                                              : "folder";
}

std::any default_dataset_options(const std::string& type, const fs::path& path) {
  const OptionTable* table = dataset_table(type);
  if (table == nullptr) {
    std::vector<std::string> names;
    for (const SectionVariant& variant : dataset_variants()) {
      names.push_back(variant.name);
    }
    throw Error(ErrorKind::kUsage, "--type: there is no data set of type \"" + printable(type) +
                                       "\" (expected " + join(names, ", ") + ")" +
                                       did_you_mean(type, names) + ".");
  }
  std::any options = table->make_default();
  set_dataset_option(type, "path", path.string(), options);
  return options;
}

}  // namespace gantrain

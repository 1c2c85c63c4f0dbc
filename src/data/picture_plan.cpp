#include "data/picture_plan.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"

#include "data/counter_random.h"

namespace gantrain {
namespace {

// FNV-1a, the same everywhere.
uint64_t hash_of(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : name) {
    hash = (hash ^ static_cast<uint8_t>(byte)) * 0x100000001b3;
  }
  return hash;
}

bool any_below(const PictureSource& source, const std::string& folder) {
  return !files_below(source, folder).empty();
}

template <typename T>
void keep(const std::vector<int64_t>& kept, std::vector<T>& all) {
  if (all.empty()) {
    return;
  }
  std::vector<T> result;
  for (const int64_t index : kept) {
    result.push_back(std::move(all[static_cast<size_t>(index)]));
  }
  all = std::move(result);
}

// The indices of [0, names) that belong to the split.
std::vector<int64_t> drawn(const PictureOptions& options, bool by_share, int64_t count,
                           const std::function<std::string_view(int64_t)>& name) {
  std::vector<int64_t> all(static_cast<size_t>(count));
  std::iota(all.begin(), all.end(), int64_t{0});
  if (by_share) {
    std::vector<uint64_t> keys;
    for (const int64_t i : all) {
      keys.push_back(
          CounterRandom(static_cast<uint64_t>(options.split_seed), hash_of(name(i))).next());
    }
    std::sort(all.begin(), all.end(), [&](int64_t a, int64_t b) {
      return keys[static_cast<size_t>(a)] < keys[static_cast<size_t>(b)];
    });
    const int64_t val = std::llround(options.val_share * static_cast<double>(count));
    const int64_t test = std::llround(options.test_share * static_cast<double>(count));
    const int64_t from = options.split == PictureSplit::kTest  ? val
                         : options.split == PictureSplit::kVal ? 0
                                                               : val + test;
    const int64_t to = options.split == PictureSplit::kTest  ? val + test
                       : options.split == PictureSplit::kVal ? val
                                                             : count;
    all.assign(all.begin() + from, all.begin() + to);
    std::sort(all.begin(), all.end());
  }
  if (options.max_images > 0 && options.max_images < static_cast<int64_t>(all.size())) {
    all.resize(static_cast<size_t>(options.max_images));
  }
  return all;
}

}  // namespace

std::string split_name(PictureSplit split) {
  for (const auto& [name, value] : picture_detail::choices().splits) {
    if (value == split) {
      return name;
    }
  }
  return "";
}

std::vector<NamedFile> files_below(const PictureSource& source, std::string_view folder) {
  std::vector<NamedFile> files;
  for (int64_t i = 0; i < source.count(); ++i) {
    const std::string_view name = source.name(i);
    if (name.starts_with(folder)) {
      files.push_back({name.substr(folder.size()), i});
    }
  }
  return files;
}

std::string split_folder(const PictureSource& source, const PictureOptions& options,
                         bool& by_share) {
  const std::string name = split_name(options.split);
  by_share = false;
  if (options.split == PictureSplit::kAll) {
    return "";
  }
  if (any_below(source, name + "/")) {
    return name + "/";
  }
  const bool drawn_val = options.split == PictureSplit::kVal && options.val_share > 0;
  const bool drawn_test = options.split == PictureSplit::kTest && options.test_share > 0;
  if (options.split != PictureSplit::kTrain && !drawn_val && !drawn_test) {
    throw Error(ErrorKind::kData, printable(source.path().string()) + ": there is no split \"" +
                                      name + "\": no images in a folder " + name + "/, and data." +
                                      name +
                                      "_share is 0; set data.split to all, or give a share.");
  }
  by_share = options.val_share > 0 || options.test_share > 0;
  return "";
}

void keep_split(const PictureOptions& options, bool by_share, PicturePlan& plan) {
  const auto name_of = [&](const std::vector<PicturePlan::Item>& items) {
    return [&](int64_t i) { return plan.source->name(items[static_cast<size_t>(i)].image); };
  };
  const auto kept =
      drawn(options, by_share, static_cast<int64_t>(plan.items.size()), name_of(plan.items));
  const auto inputs = drawn(options, by_share, static_cast<int64_t>(plan.unpaired_inputs.size()),
                            name_of(plan.unpaired_inputs));
  keep(kept, plan.labels);
  keep(kept, plan.items);
  keep(inputs, plan.unpaired_inputs);
}

void check_not_empty(const PicturePlan& plan, const std::string& where_looked) {
  const bool unpaired = plan.inputs == PicturePlan::Inputs::kUnpaired;
  if (!plan.items.empty() && (!unpaired || !plan.unpaired_inputs.empty())) {
    return;
  }
  const FileTree& tree = plan.source->tree();
  std::vector<std::string> kinds;
  for (const auto& [extension, count] : tree.ignored) {
    kinds.push_back(format_count(count) + " " +
                    (extension.empty() ? "without an extension" : printable(extension)));
  }
  if (plan.source->count() > 0) {
    kinds.push_back(format_count(plan.source->count()) + " images elsewhere");
  }
  for (const FileTree::Refused& refused : tree.refused) {
    kinds.push_back(printable(refused.name) + " (" + refused.reason + ")");
  }
  throw Error(ErrorKind::kData, printable(plan.source->path().string()) + ": there are no images" +
                                    (where_looked.empty() ? "" : " in " + where_looked) +
                                    "; it holds " +
                                    (kinds.empty() ? "nothing" : join(kinds, ", ")) +
                                    ". Images are .png, .jpg, .bmp, .pgm and .ppm files.");
}

}  // namespace gantrain

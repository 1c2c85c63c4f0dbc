#include "data/folder_dataset.h"

#include <algorithm>
#include <limits>
#include <map>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"

namespace gantrain {
namespace {

constexpr int64_t kMostClasses = 10'000;
constexpr int64_t kFewImages = 1;
constexpr char kLabelFile[] = "dataset.json";

PicturePlan plan_files(const PictureOptions& options, const StopCheck& stopped, std::string what,
                       std::string& folder, bool& by_share) {
  PicturePlan plan;
  plan.what = std::move(what);
  plan.source = open_picture_source(options.path, options.follow_links, stopped);
  folder = split_folder(*plan.source, options, by_share);
  for (const NamedFile& file : files_below(*plan.source, folder)) {
    plan.items.push_back({file.index, -1});
  }
  check_not_empty(plan, folder);
  return plan;
}

// The folders directly below `folder`, also those that hold no image.
std::map<std::string, int64_t> class_folders(const PicturePlan& plan, const std::string& folder) {
  std::map<std::string, int64_t> counts;
  for (const std::string& name : plan.source->tree().folders) {
    if (name.starts_with(folder)) {
      const std::string below = name.substr(folder.size());
      counts[below.substr(0, below.find('/'))];
    }
  }
  for (const PicturePlan::Item& item : plan.items) {
    const std::string_view below = plan.source->name(item.image).substr(folder.size());
    if (const size_t slash = below.find('/'); slash != std::string_view::npos) {
      ++counts[std::string(below.substr(0, slash))];
    }
  }
  counts.erase("");
  return counts;
}

[[noreturn]] void fail(const PicturePlan& plan, const std::string& what) {
  throw Error(ErrorKind::kData, printable(plan.source->path().string()) + ": " + what);
}

void name_odd_classes(const std::map<std::string, int64_t>& counts, PicturePlan& plan) {
  for (const auto& [name, count] : counts) {
    if (count == 0) {
      plan.warnings.push_back("class folder \"" + printable(name) + "\" holds no images");
    } else if (count <= kFewImages) {
      plan.warnings.push_back("class folder \"" + printable(name) + "\" holds a single image");
    }
  }
}

// Labels by name out of dataset.json; `labelled` is false when it says that there are none.
std::unordered_map<std::string, int64_t> parse_labels(const PicturePlan& plan,
                                                      const std::string& text, bool& labelled) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("labels")) {
    fail(plan, std::string(kLabelFile) +
                   " is not {\"labels\": [[NAME, CLASS], ...]}; set "
                   "data.labels to false to train without labels.");
  }
  std::unordered_map<std::string, int64_t> labels;
  labelled = json["labels"].is_array();
  if (!labelled) {
    return labels;
  }
  for (const auto& entry : json["labels"]) {
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() ||
        !entry[1].is_number_integer() || entry[1] < 0 || entry[1] >= kMostClasses) {
      fail(plan, std::string(kLabelFile) + ": label " +
                     format_count(static_cast<int64_t>(labels.size())) + " is " +
                     printable(entry.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                                   .substr(0, 80)) +
                     ", expected [NAME, CLASS] with a class from 0 to " +
                     format_count(kMostClasses - 1) +
                     "; set data.labels to false to train without labels.");
    }
    labels[entry[0].get<std::string>()] = entry[1].get<int64_t>();
  }
  return labels;
}

void read_labels(PicturePlan& plan) {
  const std::string text = plan.source->read_other(kLabelFile);
  bool labelled = !text.empty();
  const auto labels =
      labelled ? parse_labels(plan, text, labelled) : std::unordered_map<std::string, int64_t>();
  if (!labelled) {
    return;
  }
  int64_t classes = 0;
  for (const PicturePlan::Item& item : plan.items) {
    const auto found = labels.find(std::string(plan.source->name(item.image)));
    if (found == labels.end()) {
      fail(plan, std::string(kLabelFile) + " has no label for " +
                     printable(plan.source->name(item.image)) +
                     "; set data.labels to false to train without labels.");
    }
    plan.labels.push_back(static_cast<int32_t>(found->second));
    classes = std::max(classes, found->second + 1);
  }
  for (int64_t i = 0; i < classes; ++i) {
    plan.class_names.push_back(std::to_string(i));
  }
}

}  // namespace

const OptionTable& folder_options() {
  static const OptionTable table =
      OptionTable::of<FolderOptions>("Every image in a folder and below it.",
                                     picture_rows<FolderOptions>())
          .check<FolderOptions>([](const FolderOptions& o) { return picture_conflict(o); });
  return table;
}

PicturePlan plan_folder(const FolderOptions& options, const StopCheck& stopped) {
  std::string folder;
  bool by_share = false;
  PicturePlan plan = plan_files(options, stopped, "folder of images", folder, by_share);
  keep_split(options, by_share, plan);
  check_not_empty(plan, folder);
  return plan;
}

const OptionTable& classes_options() {
  static const OptionTable table =
      OptionTable::of<ClassesOptions>("A folder whose sub-folders are classes.",
                                      picture_rows<ClassesOptions>())
          .check<ClassesOptions>([](const ClassesOptions& o) { return picture_conflict(o); });
  return table;
}

PicturePlan plan_classes(const ClassesOptions& options, const StopCheck& stopped) {
  std::string folder;
  bool by_share = false;
  PicturePlan plan = plan_files(options, stopped, "class folders", folder, by_share);
  const auto counts = class_folders(plan, folder);
  if (static_cast<int64_t>(counts.size()) > kMostClasses) {
    fail(plan, "holds " + format_count(static_cast<int64_t>(counts.size())) +
                   " class folders, at most " + format_count(kMostClasses) +
                   " are taken; is this a folder of class folders?");
  }
  name_odd_classes(counts, plan);
  std::map<std::string, int32_t, std::less<>> labels;
  for (const auto& [name, count] : counts) {
    if (count > 0) {
      labels[name] = static_cast<int32_t>(plan.class_names.size());
      plan.class_names.push_back(name);
    }
  }
  const size_t before = plan.items.size();
  std::erase_if(plan.items, [&](const PicturePlan::Item& item) {
    return plan.source->name(item.image).substr(folder.size()).find('/') == std::string_view::npos;
  });
  if (before > plan.items.size()) {
    plan.warnings.push_back(
        format_count(static_cast<int64_t>(before - plan.items.size())) +
        " images that stand beside the class folders belong to no class and are left out");
  }
  for (const PicturePlan::Item& item : plan.items) {
    const std::string_view below = plan.source->name(item.image).substr(folder.size());
    plan.labels.push_back(labels.find(below.substr(0, below.find('/')))->second);
  }
  check_not_empty(plan, "class folders");
  keep_split(options, by_share, plan);
  check_not_empty(plan, folder);
  return plan;
}

const OptionTable& zip_options() {
  static const OptionTable table =
      OptionTable::of<ZipOptions>(
          "A zip file as StyleGAN's tools and `gantrain dataset pack` write it.",
          picture_rows<ZipOptions>(
              {boolean("labels", &ZipOptions::labels, "Whether to read labels of dataset.json.")}))
          .check<ZipOptions>([](const ZipOptions& o) { return picture_conflict(o); });
  return table;
}

PicturePlan plan_zip(const ZipOptions& options, const StopCheck& stopped) {
  std::string folder;
  bool by_share = false;
  PicturePlan plan = plan_files(options, stopped, "zip of images", folder, by_share);
  if (options.labels) {
    read_labels(plan);
  }
  keep_split(options, by_share, plan);
  check_not_empty(plan, folder);
  return plan;
}

}  // namespace gantrain

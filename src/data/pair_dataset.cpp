#include "data/pair_dataset.h"

#include <algorithm>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"

#include "data/folder_dataset.h"

namespace gantrain {
namespace {

std::string_view without_extension(std::string_view name) {
  return name.substr(0, name.size() - extension_of(name).size());
}

struct Side {
  std::string folder;
  bool has_split = false;  // the folder is one of the split
  std::vector<NamedFile> files;
};

Side find_side(const PictureSource& source, const PictureOptions& options,
               const std::string& side) {
  const std::string split = split_name(options.split);
  std::vector<std::string> tried;
  if (options.split != PictureSplit::kAll) {
    tried = {split + side + "/", split + "/" + side + "/", side + "/" + split + "/"};
  }
  tried.push_back(side + "/");
  for (const std::string& folder : tried) {
    Side found{folder, folder != side + "/", files_below(source, folder)};
    if (!found.files.empty()) {
      return found;
    }
  }
  throw Error(ErrorKind::kData, printable(source.path().string()) + ": there are no images in " +
                                    join(tried, " or ") +
                                    "; data.a and data.b name the folders of the two sides.");
}

// Sorted by the names without extension, and what stands there twice.
void sort_by_stem(Side& side, std::vector<std::string>& problems) {
  std::stable_sort(side.files.begin(), side.files.end(),
                   [](const NamedFile& a, const NamedFile& b) {
                     return without_extension(a.name) < without_extension(b.name);
                   });
  const auto same = [](const NamedFile& a, const NamedFile& b) {
    return without_extension(a.name) == without_extension(b.name);
  };
  for (size_t i = 1; i < side.files.size(); ++i) {
    if (same(side.files[i - 1], side.files[i])) {
      problems.push_back(printable(side.folder) + printable(side.files[i].name) +
                         ": stands beside " + printable(side.files[i - 1].name));
    }
  }
  side.files.erase(std::unique(side.files.begin(), side.files.end(), same), side.files.end());
}

void match(const Side& a, const Side& b, bool a_is_input, PicturePlan& plan) {
  auto left = a.files.begin();
  auto right = b.files.begin();
  while (left != a.files.end() || right != b.files.end()) {
    const bool no_right = right == b.files.end();
    const int order = no_right ? -1
                      : left == a.files.end()
                          ? 1
                          : without_extension(left->name).compare(without_extension(right->name));
    if (order == 0) {
      plan.items.push_back(a_is_input ? PicturePlan::Item{right->index, left->index}
                                      : PicturePlan::Item{left->index, right->index});
      ++left;
      ++right;
    } else if (order < 0) {
      plan.problems.push_back(printable(a.folder) + printable(left->name) + ": has no partner in " +
                              printable(b.folder));
      ++left;
    } else {
      plan.problems.push_back(printable(b.folder) + printable(right->name) +
                              ": has no partner in " + printable(a.folder));
      ++right;
    }
  }
}

bool wants_share(const TwoFolderOptions& options, const PictureSource& source, const Side& a,
                 const Side& b) {
  if (a.has_split && b.has_split) {
    return false;
  }
  const double share = options.split == PictureSplit::kVal    ? options.val_share
                       : options.split == PictureSplit::kTest ? options.test_share
                                                              : 0;
  if ((options.split == PictureSplit::kVal || options.split == PictureSplit::kTest) && share == 0) {
    const std::string split = split_name(options.split);
    throw Error(ErrorKind::kData, printable(source.path().string()) + ": there is no split \"" +
                                      split + "\": no images in " + split + options.a + "/ and " +
                                      split + options.b + "/, and data." + split + "_share is 0.");
  }
  return options.split != PictureSplit::kAll && options.val_share + options.test_share > 0;
}

template <typename O>
std::vector<OptionBuilder<O>> direction_row() {
  Direction O::*member = &O::direction;
  return {choice("direction", member, direction_names(),
                 "AtoB: A is what the generator is given, B what it should make.")};
}

template <typename O>
std::vector<OptionBuilder<O>> two_folder_rows() {
  std::string O::*a = &O::a;
  std::string O::*b = &O::b;
  auto rows = direction_row<O>();
  rows.push_back(text("a", a, "Name of the folders of side A: trainA/, train/A/, A/train/ or A/.")
                     .not_empty());
  rows.push_back(text("b", b, "The same for side B.").not_empty());
  return rows;
}

}  // namespace

const OptionTable& paired_options() {
  static const OptionTable table =
      OptionTable::of<PairedOptions>("Pairs A|B side by side in one file.",
                                     picture_rows<PairedOptions>(direction_row<PairedOptions>()))
          .check<PairedOptions>([](const PairedOptions& o) { return picture_conflict(o); });
  return table;
}

PicturePlan plan_paired(const PairedOptions& options, const StopCheck& stopped) {
  FolderOptions files;
  static_cast<PictureOptions&>(files) = options;
  PicturePlan plan = plan_folder(files, stopped);
  plan.what = "pairs side by side";
  plan.inputs = options.direction == Direction::kAToB ? PicturePlan::Inputs::kLeftHalf
                                                      : PicturePlan::Inputs::kRightHalf;
  return plan;
}

const OptionTable& paired_folders_options() {
  using O = PairedFoldersOptions;
  static const OptionTable table = OptionTable::of<O>("Two folders; files of equal name are pairs.",
                                                      picture_rows<O>(two_folder_rows<O>()))
                                       .check<O>([](const O& o) { return picture_conflict(o); });
  return table;
}

PicturePlan plan_paired_folders(const PairedFoldersOptions& options, const StopCheck& stopped) {
  PicturePlan plan;
  plan.what = "pairs in two folders";
  plan.inputs = PicturePlan::Inputs::kOwnFile;
  plan.source = open_picture_source(options.path, options.follow_links, stopped);
  Side a = find_side(*plan.source, options, options.a);
  Side b = find_side(*plan.source, options, options.b);
  sort_by_stem(a, plan.problems);
  sort_by_stem(b, plan.problems);
  match(a, b, options.direction == Direction::kAToB, plan);
  keep_split(options, wants_share(options, *plan.source, a, b), plan);
  return plan;
}

const OptionTable& unpaired_options() {
  using O = UnpairedOptions;
  static const OptionTable table =
      OptionTable::of<O>("Two folders that do not belong together picture by picture.",
                         picture_rows<O>(two_folder_rows<O>()))
          .check<O>([](const O& o) { return picture_conflict(o); });
  return table;
}

PicturePlan plan_unpaired(const UnpairedOptions& options, const StopCheck& stopped) {
  PicturePlan plan;
  plan.what = "two folders, unpaired";
  plan.inputs = PicturePlan::Inputs::kUnpaired;
  plan.source = open_picture_source(options.path, options.follow_links, stopped);
  const Side a = find_side(*plan.source, options, options.a);
  const Side b = find_side(*plan.source, options, options.b);
  const bool a_is_input = options.direction == Direction::kAToB;
  for (const NamedFile& file : (a_is_input ? b : a).files) {
    plan.items.push_back({file.index, -1});
  }
  for (const NamedFile& file : (a_is_input ? a : b).files) {
    plan.unpaired_inputs.push_back({file.index, -1});
  }
  keep_split(options, wants_share(options, *plan.source, a, b), plan);
  return plan;
}

const OptionTable& derived_options() {
  using O = DerivedOptions;
  static const OptionTable table =
      OptionTable::of<O>(
          "A folder of images whose inputs are made of the images themselves.",
          picture_rows<O>(
              {choice("input", &O::input,
                      {{"low_resolution", DerivedInput::kLowResolution},
                       {"grey", DerivedInput::kGrey},
                       {"masked", DerivedInput::kMasked}},
                      "What the generator is given: the image made smaller, its luma, or the "
                      "image with a rectangle of grey over it."),
               choice("mask", &O::mask,
                      {{"centre", MaskPlace::kCentre}, {"random", MaskPlace::kRandom}},
                      "input masked: where the rectangle lies."),
               number("mask_share", &O::mask_share,
                      "input masked: the rectangle's sides as a share of the image's.")
                   .range(0, 1)
                   .above_minimum()}))
          .check<O>([](const O& o) { return picture_conflict(o); });
  return table;
}

PicturePlan plan_derived(const DerivedOptions& options, const StopCheck& stopped) {
  FolderOptions files;
  static_cast<PictureOptions&>(files) = options;
  PicturePlan plan = plan_folder(files, stopped);
  plan.what = "folder of images with derived inputs";
  plan.inputs = PicturePlan::Inputs::kDerived;
  return plan;
}

}  // namespace gantrain

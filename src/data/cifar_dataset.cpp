#include "data/cifar_dataset.h"

#include <filesystem>
#include <sstream>

#include "gantrain/core/error.h"
#include "gantrain/core/files.h"
#include "gantrain/core/text.h"

#include "data/resident_dataset.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kSide = 32;
constexpr int64_t kPlane = kSide * kSide;
constexpr uint64_t kMaximumFileBytes = uint64_t{1} << 30;
constexpr uint64_t kMaximumNamesBytes = 65'536;

// What is published.
struct Layout {
  std::string name;
  std::vector<std::string> train;
  std::vector<std::string> test;
  std::string names_file;
  int64_t label_bytes;  // the last one is the class
  int64_t classes;
  std::vector<std::string> class_names;
  int64_t record_bytes() const { return label_bytes + 3 * kPlane; }
};

const Layout& cifar_10() {
  static const Layout layout = {
      "CIFAR-10",
      {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
       "data_batch_5.bin"},
      {"test_batch.bin"},
      "batches.meta.txt",
      1,
      10,
      {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}};
  return layout;
}

const Layout& cifar_100() {
  static const Layout layout = {
      "CIFAR-100", {"train.bin"}, {"test.bin"}, "fine_label_names.txt", 2, 100, {}};
  return layout;
}

bool holds_any(const fs::path& folder, const std::vector<std::string>& names) {
  std::error_code ignored;
  for (const std::string& name : names) {
    if (fs::exists(folder / name, ignored)) {
      return true;
    }
  }
  return false;
}

bool holds(const fs::path& folder, const Layout& layout) {
  return holds_any(folder, layout.train) || holds_any(folder, layout.test);
}

const Layout& choose_layout(const CifarOptions& options) {
  const fs::path folder = options.path;
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    throw Error(ErrorKind::kData,
                printable(folder.string()) +
                    ": no such folder (data.path); expected the folder that holds "
                    "data_batch_1.bin (CIFAR-10) or train.bin (CIFAR-100).");
  }
  if (options.variant != CifarVariant::kAuto) {
    return options.variant == CifarVariant::kTen ? cifar_10() : cifar_100();
  }
  if (holds(folder, cifar_10())) {
    return cifar_10();
  }
  if (holds(folder, cifar_100())) {
    return cifar_100();
  }
  throw Error(ErrorKind::kData,
              printable(folder.string()) +
                  ": neither CIFAR-10 (data_batch_1.bin ... data_batch_5.bin, "
                  "test_batch.bin) nor CIFAR-100 (train.bin, test.bin) is in this "
                  "folder; only their binary versions are read.");
}

// Adds the records of one file: planes of colour become interleaved pixels.
void append_file(const fs::path& path, const Layout& layout, ResidentImages& all) {
  const std::string bytes = read_file(path, ErrorKind::kData, kMaximumFileBytes);
  const int64_t record_bytes = layout.record_bytes();
  const auto size = static_cast<int64_t>(bytes.size());
  if (size == 0 || size % record_bytes != 0) {
    throw Error(ErrorKind::kData,
                printable(path.string()) + ": its size is not a multiple of a " + layout.name +
                    " record (got " + format_count(size) + " bytes, expected a multiple of " +
                    format_count(record_bytes) + "; " + format_count(size / record_bytes) +
                    " records and " + format_count(size % record_bytes) +
                    " bytes). Fetch the file again.");
  }
  const int64_t records = size / record_bytes;
  const size_t first = all.pixels.size();
  all.pixels.resize(first + records * 3 * kPlane);
  char* out = all.pixels.data() + first;
  for (int64_t i = 0; i < records; ++i) {
    const char* record = bytes.data() + i * record_bytes;
    const auto label = static_cast<uint8_t>(record[layout.label_bytes - 1]);
    if (label >= layout.classes) {
      throw Error(ErrorKind::kData,
                  printable(path.string()) + ": byte " +
                      format_count(i * record_bytes + layout.label_bytes - 1) + ": label " +
                      std::to_string(label) + " of record " + format_count(i) +
                      " (counted from 0) is out of range (expected 0 to " +
                      std::to_string(layout.classes - 1) + "); is this file " + layout.name + "?");
    }
    all.labels.push_back(label);
    const char* planes = record + layout.label_bytes;
    for (int64_t pixel = 0; pixel < kPlane; ++pixel) {
      for (int64_t c = 0; c < 3; ++c) {
        *out++ = planes[c * kPlane + pixel];
      }
    }
  }
}

// How many of the published files were there, for people: "" when all.
std::string append_split(const fs::path& folder, const Layout& layout,
                         const std::vector<std::string>& files, ResidentImages& all) {
  size_t present = 0;
  for (const std::string& name : files) {
    std::error_code ignored;
    if (fs::exists(folder / name, ignored)) {
      append_file(folder / name, layout, all);
      ++present;
    }
  }
  if (present == 0) {
    throw Error(ErrorKind::kData, printable(folder.string()) + ": there is no " +
                                      join(files, " or ") +
                                      " in this folder; change data.split or data.variant, or "
                                      "fetch the binary version of " +
                                      layout.name + ".");
  }
  return present == files.size() ? ""
                                 : " (" + std::to_string(present) + " of " +
                                       std::to_string(files.size()) + " training batches)";
}

// The names that came with the files, if there is one for each class.
std::vector<std::string> class_names(const fs::path& folder, const Layout& layout) {
  std::error_code ignored;
  const fs::path path = folder / layout.names_file;
  if (!fs::exists(path, ignored)) {
    return layout.class_names;
  }
  std::istringstream lines(read_file(path, ErrorKind::kData, kMaximumNamesBytes));
  std::vector<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) {
      line.pop_back();
    }
    if (!line.empty()) {
      names.push_back(line);
    }
  }
  return static_cast<int64_t>(names.size()) == layout.classes ? names : layout.class_names;
}

}  // namespace

const OptionTable& cifar_options() {
  static const OptionTable table = OptionTable::of<CifarOptions>(
      "CIFAR-10 or CIFAR-100, the binary version.",
      {
          path("path", &CifarOptions::path,
               "Folder that holds the .bin files; training batches may be missing.")
              .not_empty()
              .on_resume(OnResume::kFree)
              .known_elsewhere_as({"root", "dataroot", "data_dir"}),
          choice("split", &CifarOptions::split, data_split_names(), "Which images."),
          choice("variant", &CifarOptions::variant,
                 {{"auto", CifarVariant::kAuto},
                  {"10", CifarVariant::kTen},
                  {"100", CifarVariant::kHundred}},
                 "Which of the two; auto looks at the names of the files."),
          choice("fit", &CifarOptions::fit, image_fit_names(), kImageFitHelp),
          integer("max_images", &CifarOptions::max_images,
                  "Only the first so many images; 0 takes all.")
              .range(int64_t{0}, int64_t{100'000'000}),
      });
  return table;
}

std::shared_ptr<const Dataset> open_cifar_dataset(const CifarOptions& options,
                                                  const ImageGeometry& geometry,
                                                  const std::string& where) {
  const Layout& layout = choose_layout(options);
  const fs::path folder = options.path;
  ResidentImages all;
  all.description = layout.name;
  all.geometry = {3, kSide, kSide};
  all.classes = layout.classes;
  all.class_names = class_names(folder, layout);
  if (options.split != DataSplit::kTest) {
    all.description += append_split(folder, layout, layout.train, all);
  }
  if (options.split != DataSplit::kTrain) {
    append_split(folder, layout, layout.test, all);
  }
  return make_resident_dataset(std::move(all), geometry, options.fit, options.max_images, where);
}

}  // namespace gantrain

#include "data/idx_dataset.h"

#include <algorithm>
#include <filesystem>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"
#include "gantrain/image/idx_file.h"

#include "data/resident_dataset.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

struct FilePair {
  fs::path images;
  fs::path labels;  // empty when not asked for
};

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored) && !fs::is_directory(path, ignored);
}

// "train" + "images-idx3" in the spellings that are about, or an error that names them.
fs::path find_in(const fs::path& folder, const std::string& prefix, const std::string& content,
                 const std::string& type, const std::string& hint) {
  for (const char* separator : {"-", "."}) {
    for (const char* ending : {"", ".gz"}) {
      const fs::path path =
          folder / (prefix + "-" + content + separator + type + "-ubyte" + ending);
      if (is_file(path)) {
        return path;
      }
    }
  }
  throw Error(ErrorKind::kData, printable(folder.string()) + ": there is no " + prefix + "-" +
                                    content + "-" + type + "-ubyte or " + prefix + "-" + content +
                                    "-" + type + "-ubyte.gz in this folder" + hint + ".");
}

constexpr char kNoLabelsHint[] = "; set data.labels to false to train without labels";

FilePair pair_in_folder(const IdxOptions& options, const std::string& prefix) {
  const fs::path folder = options.path;
  FilePair files;
  files.images = find_in(folder, prefix, "images", "idx3",
                         "; data.path is the folder that holds it, or a file of images");
  if (options.labels) {
    files.labels = find_in(folder, prefix, "labels", "idx1", kNoLabelsHint);
  }
  return files;
}

bool replace_last(std::string& text, const std::string& from, const std::string& to) {
  const size_t position = text.rfind(from);
  if (position == std::string::npos) {
    return false;
  }
  text.replace(position, from.size(), to);
  return true;
}

FilePair pair_of_file(const IdxOptions& options) {
  FilePair files{options.path, {}};
  if (!options.labels) {
    return files;
  }
  std::string name = files.images.filename().string();
  if (!replace_last(name, "images", "labels")) {
    throw Error(ErrorKind::kData, printable(files.images.string()) +
                                      ": its file of labels is unknown, because its name does not "
                                      "have \"images\" in it" +
                                      kNoLabelsHint + ".");
  }
  if (!replace_last(name, "idx3", "idx1")) {
    replace_last(name, "idx4", "idx1");
  }
  files.labels = files.images.parent_path() / name;
  for (const fs::path& candidate : {files.labels, fs::path(files.labels.string() + ".gz"),
                                    files.labels.parent_path() / files.labels.stem()}) {
    if (is_file(candidate)) {
      files.labels = candidate;
      return files;
    }
  }
  throw Error(ErrorKind::kData, printable(files.labels.string()) +
                                    ": no such file, and it should hold the labels of " +
                                    printable(files.images.string()) + kNoLabelsHint + ".");
}

std::vector<FilePair> find_files(const IdxOptions& options) {
  std::error_code ignored;
  if (!fs::exists(options.path, ignored)) {
    throw Error(ErrorKind::kData,
                printable(options.path) +
                    ": no such file or folder (data.path); expected a folder with IDX "
                    "files or a file of images.");
  }
  if (!fs::is_directory(options.path, ignored)) {
    return {pair_of_file(options)};
  }
  switch (options.split) {
    case DataSplit::kTrain:
      return {pair_in_folder(options, "train")};
    case DataSplit::kTest:
      return {pair_in_folder(options, "t10k")};
    case DataSplit::kAll:
      break;
  }
  return {pair_in_folder(options, "train"), pair_in_folder(options, "t10k")};
}

ImageGeometry geometry_of(const IdxArray& array) {
  return {array.shape.size() == 4 ? array.shape[3] : 1, array.shape[1], array.shape[2]};
}

std::string full_size(const ImageGeometry& geometry) {
  return std::to_string(geometry.width) + "x" + std::to_string(geometry.height) + "x" +
         std::to_string(geometry.channels);
}

void append_images(const FilePair& files, ResidentImages& all) {
  IdxArray array = read_idx(files.images, IdxContent::kImages);
  const ImageGeometry geometry = geometry_of(array);
  if (all.pixels.empty()) {
    all.geometry = geometry;
    all.pixels = std::move(array.elements);
    return;
  }
  if (full_size(geometry) != full_size(all.geometry)) {
    throw Error(ErrorKind::kData, printable(files.images.string()) + ": its images are " +
                                      full_size(geometry) + ", those of the other split " +
                                      full_size(all.geometry) + "; set data.split to one of them.");
  }
  all.pixels += array.elements;
}

void append_labels(const FilePair& files, int64_t images, ResidentImages& all) {
  const IdxArray array = read_idx(files.labels, IdxContent::kLabels);
  if (array.shape[0] != images) {
    throw Error(ErrorKind::kData, printable(files.labels.string()) + ": holds " +
                                      format_count(array.shape[0]) + " labels, but " +
                                      printable(files.images.string()) + " holds " +
                                      format_count(images) + " images.");
  }
  all.labels.insert(all.labels.end(), array.elements.begin(), array.elements.end());
}

void check_labels(const FilePair& files, size_t first, int64_t classes, const ResidentImages& all) {
  const auto wrong =
      std::find_if(all.labels.begin() + static_cast<int64_t>(first), all.labels.end(),
                   [&](uint8_t label) { return label >= classes; });
  if (wrong != all.labels.end()) {
    const int64_t index = wrong - all.labels.begin() - static_cast<int64_t>(first);
    throw Error(ErrorKind::kData, printable(files.labels.string()) + ": label " +
                                      std::to_string(*wrong) + " of image " + format_count(index) +
                                      " (counted from 0) is out of range: data.classes is " +
                                      std::to_string(classes) + ", so labels are 0 to " +
                                      std::to_string(classes - 1) + ".");
  }
}

}  // namespace

const OptionTable& idx_options() {
  static const OptionTable table =
      OptionTable::of<IdxOptions>(
          "MNIST and its relatives: IDX files of images and labels, plain or gzip.",
          {
              path("path", &IdxOptions::path,
                   "Folder that holds the files under their usual names, or one file of images.")
                  .not_empty()
                  .on_resume(OnResume::kFree)
                  .known_elsewhere_as({"root", "dataroot", "data_dir"}),
              choice("split", &IdxOptions::split, data_split_names(),
                     "Which images of a folder; a path to a file ignores it."),
              boolean("labels", &IdxOptions::labels, "Whether to read the file of labels too."),
              integer("classes", &IdxOptions::classes,
                      "Number of classes; 0 takes the highest label plus one.")
                  .range(int64_t{0}, int64_t{256}),
              choice("fit", &IdxOptions::fit, image_fit_names(), kImageFitHelp),
              integer("max_images", &IdxOptions::max_images,
                      "Only the first so many images; 0 takes all.")
                  .range(int64_t{0}, int64_t{100'000'000}),
          })
          .check<IdxOptions>([](const IdxOptions& options) -> std::optional<OptionConflict> {
            if (!options.labels && options.classes > 0) {
              return OptionConflict{"classes", "needs labels (got " +
                                                   std::to_string(options.classes) +
                                                   " classes and labels false); leave it out, or "
                                                   "set labels to true"};
            }
            return std::nullopt;
          });
  return table;
}

std::shared_ptr<const Dataset> open_idx_dataset(const IdxOptions& options,
                                                const ImageGeometry& geometry,
                                                const std::string& where) {
  ResidentImages all;
  all.description = "IDX";
  for (const FilePair& files : find_files(options)) {
    const int64_t before = all.pixels.empty() ? 0 : all.count();
    append_images(files, all);
    if (options.labels) {
      const size_t first = all.labels.size();
      append_labels(files, all.count() - before, all);
      check_labels(files, first, options.classes > 0 ? options.classes : 256, all);
    }
  }
  if (options.labels) {
    all.classes = options.classes > 0 ? options.classes
                                      : 1 + *std::max_element(all.labels.begin(), all.labels.end());
  }
  return make_resident_dataset(std::move(all), geometry, options.fit, options.max_images, where);
}

}  // namespace gantrain

#include "data/record_maker.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "gantrain/core/sha256.h"
#include "gantrain/image/colour.h"

namespace gantrain {
namespace {

constexpr double kPix2PixLoad = 286.0 / 256;
constexpr int64_t kMostResized = 16;  // times the target

std::string size_text(int64_t width, int64_t height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

Image half_of(const Image& image, bool right) {
  Image half;
  half.width = image.width / 2;
  half.height = image.height;
  half.channels = image.channels;
  half.bits = image.bits;
  half.pixels.resize(static_cast<size_t>(half.height * half.row_bytes()));
  copy_window(image.pixels.data(), image.width, image.pixel_bytes(),
              {right ? half.width : 0, 0, false}, half.width, half.height, half.pixels.data());
  return half;
}

}  // namespace

RecordMaker::RecordMaker(const PicturePlan& plan, const PictureOptions& options,
                         const BatchGeometry& geometry, const std::vector<PictureFacts>& facts)
    : plan_(plan), options_(options), facts_(facts) {
  using Inputs = PicturePlan::Inputs;
  const bool halves = plan.inputs == Inputs::kLeftHalf || plan.inputs == Inputs::kRightHalf;
  const bool input_left = plan.inputs == Inputs::kLeftHalf;
  item_parts_.push_back({geometry.images,
                         !halves      ? Cut::kWhole
                         : input_left ? Cut::kRightHalf
                                      : Cut::kLeftHalf,
                         false});
  if (geometry.has_inputs() && halves) {
    item_parts_.push_back({geometry.inputs, input_left ? Cut::kLeftHalf : Cut::kRightHalf, false});
  } else if (geometry.has_inputs() && plan.inputs == Inputs::kOwnFile) {
    item_parts_.push_back({geometry.inputs, Cut::kWhole, true});
  } else if (plan.inputs == Inputs::kUnpaired) {
    input_parts_.push_back({geometry.inputs, Cut::kWhole, false});
  }
  const bool crops = options.fit == Fit::kCrop || options.fit == Fit::kScaleWidth ||
                     options.fit == Fit::kResizeAndCrop || options.fit == Fit::kNone;
  keeps_whole_ = options.crop == Crop::kRandom && crops;
}

int64_t RecordMaker::count() const {
  const size_t inputs = input_parts_.empty() || input_parts_[0].target.channels == 0
                            ? 0
                            : plan_.unpaired_inputs.size();
  return static_cast<int64_t>(plan_.items.size() + inputs);
}

const PicturePlan::Item& RecordMaker::item(int64_t record) const {
  const auto items = static_cast<int64_t>(plan_.items.size());
  return record < items ? plan_.items[static_cast<size_t>(record)]
                        : plan_.unpaired_inputs[static_cast<size_t>(record - items)];
}

const std::vector<RecordMaker::Part>& RecordMaker::parts(int64_t record) const {
  return record < static_cast<int64_t>(plan_.items.size()) ? item_parts_ : input_parts_;
}

GeometryOptions RecordMaker::geometry_options(const Part& part) const {
  GeometryOptions geometry;
  geometry.fit = options_.fit;
  geometry.width = part.target.width;
  geometry.height = part.target.height;
  const double shorter = static_cast<double>(std::min(geometry.width, geometry.height));
  const double scale =
      options_.load_size > 0 ? static_cast<double>(options_.load_size) / shorter : kPix2PixLoad;
  const auto load = [&](int64_t side) {
    return std::max(side, static_cast<int64_t>(std::llround(static_cast<double>(side) * scale)));
  };
  geometry.load_width = load(geometry.width);
  geometry.load_height = load(geometry.height);
  geometry.filter = options_.filter;
  for (size_t i = 0; i < 3; ++i) {
    geometry.padding[i] = static_cast<uint8_t>(options_.background[i]);
  }
  return geometry;
}

void RecordMaker::check_size(const Part& part, int64_t width, int64_t height) const {
  const bool small = width < part.target.width || height < part.target.height;
  if (small && options_.fit == Fit::kNone) {
    throw UnfitPicture(size_text(width, height) + " is smaller than the model's " +
                       size_text(part.target.width, part.target.height) +
                       ", and fit \"none\" does not enlarge");
  }
  if (small && options_.small_images == SmallImages::kError) {
    throw UnfitPicture(size_text(width, height) + " is smaller than the model's " +
                       size_text(part.target.width, part.target.height) +
                       " (data.small_images is \"error\")");
  }
}

// A strip covers the target only once it is many times as long as it is now.
void RecordMaker::check_resized(const Part& part, const GeometryPlan& plan) const {
  const int64_t most =
      std::max(options_.max_image_pixels, kMostResized * part.target.width * part.target.height);
  if (plan.resized_width * plan.resized_height > most) {
    throw UnfitPicture("would be resized to " + size_text(plan.resized_width, plan.resized_height) +
                       " before it is cropped, which exceeds max_image_pixels; cut it, or set "
                       "data.fit to letterbox");
  }
}

PartShape RecordMaker::part_shape(const Part& part, int64_t width, int64_t height) const {
  check_size(part, width, height);
  const GeometryPlan plan = plan_geometry(geometry_options(part), width, height);
  check_resized(part, plan);
  PartShape shape;
  shape.window_width = part.target.width;
  shape.window_height = part.target.height;
  shape.width = keeps_whole_ ? plan.resized_width : part.target.width;
  shape.height = keeps_whole_ ? plan.resized_height : part.target.height;
  shape.pixel_bytes = part.target.channels * options_.bits() / 8;
  return shape;
}

RecordShape RecordMaker::shape(int64_t record) const {
  const PicturePlan::Item& files = item(record);
  const PictureFacts& facts = facts_[static_cast<size_t>(files.image)];
  RecordShape shape;
  for (const Part& part : parts(record)) {
    PartShape& made = shape.parts[static_cast<size_t>(shape.part_count++)];
    if (part.own_file) {
      const PictureFacts& input = facts_[static_cast<size_t>(files.input)];
      check_pair(facts, input);
      made = part_shape(part, input.width, input.height);
    } else if (part.cut == Cut::kWhole) {
      made = part_shape(part, facts.width, facts.height);
    } else if (facts.width % 2 == 0) {
      made = part_shape(part, facts.width / 2, facts.height);
    } else {
      throw UnfitPicture("is " + std::to_string(facts.width) +
                         " pixels wide; a pair A|B side by side has an even width");
    }
  }
  if (shape.part_count == 2) {
    check_windows(shape);
  }
  return shape;
}

// One image may be larger (super-resolution), but both show the same: they differ by less than a
// pixel from having one aspect ratio.
void RecordMaker::check_pair(const PictureFacts& image, const PictureFacts& input) const {
  const int64_t difference =
      int64_t{image.width} * input.height - int64_t{input.width} * image.height;
  if (std::abs(difference) > std::max({image.width, image.height, input.width, input.height})) {
    throw UnfitPicture("the sizes within the pair differ: " + size_text(image.width, image.height) +
                       ", and its partner has " + size_text(input.width, input.height));
  }
}

// A random window must show the same of both, within a pixel of the coarser one.
void RecordMaker::check_windows(const RecordShape& shape) const {
  const PartShape& a = shape.parts[0];
  const PartShape& b = shape.parts[1];
  const int64_t wide = std::abs(a.width * b.window_width - b.width * a.window_width);
  const int64_t high = std::abs(a.height * b.window_height - b.height * a.window_height);
  if (wide > std::max(a.window_width, b.window_width) ||
      high > std::max(a.window_height, b.window_height)) {
    throw UnfitPicture("the sizes within the pair differ: once resized " +
                       size_text(a.width, a.height) + " and " + size_text(b.width, b.height));
  }
}

std::string RecordMaker::recipe() const {
  std::string text = "records 1";
  const auto add = [&text](int64_t value) { text.append(" ").append(std::to_string(value)); };
  for (const auto* all : {&item_parts_, &input_parts_}) {
    for (const Part& part : *all) {
      const GeometryOptions geometry = geometry_options(part);
      add(part.target.channels);
      add(part.target.height);
      add(part.target.width);
      add(static_cast<int64_t>(part.cut));
      add(static_cast<int64_t>(geometry.fit));
      add(geometry.load_width);
      add(geometry.load_height);
      add(static_cast<int64_t>(geometry.filter));
    }
    text += ";";
  }
  for (const int64_t value : options_.background) {
    add(value);
  }
  add(options_.bits());
  add(keeps_whole_ ? 1 : 0);
  add(static_cast<int64_t>(options_.small_images));
  add(options_.max_image_pixels);
  return text;
}

RecordMaker::Scratch RecordMaker::make_scratch() const {
  Scratch scratch;
  for (const auto* all : {&item_parts_, &input_parts_}) {
    for (const Part& part : *all) {
      scratch.geometry.push_back(std::make_unique<GeometryWorker>(geometry_options(part)));
    }
  }
  return scratch;
}

Image RecordMaker::decode(int64_t file, int64_t channels, Scratch& scratch, Made& made) const {
  const PictureFacts& facts = facts_[static_cast<size_t>(file)];
  const FileStamp stamp = plan_.source->read(file, kMaximumPictureFile, scratch.encoded);
  if (!(stamp == facts.stamp)) {
    throw UnreadableFile("it was changed after the scan");
  }
  DecodeNotes notes;
  Image image = decode_image(scratch.encoded, {options_.max_image_pixels}, &notes);
  if (image.width != facts.width || image.height != facts.height) {
    throw UnreadableFile("it was changed after the scan");
  }
  made.warnings += notes.warnings;
  ColourMapping mapping;
  mapping.channels = channels;
  mapping.bits = options_.bits();
  for (size_t i = 0; i < 3; ++i) {
    mapping.background[i] = static_cast<uint8_t>(options_.background[i]);
  }
  return map_colour(std::move(image), mapping);
}

Image RecordMaker::keep(const Part& part, const Image& image, GeometryWorker& worker) const {
  if (options_.fit != Fit::kNone) {
    return keeps_whole_ ? worker.resize(image) : worker.run(image);
  }
  if (keeps_whole_) {
    return image;
  }
  GeometryPlan plan{image.width, image.height, part.target.width, part.target.height};
  Image window;
  window.width = part.target.width;
  window.height = part.target.height;
  window.channels = image.channels;
  window.bits = image.bits;
  window.pixels.resize(static_cast<size_t>(window.height * window.row_bytes()));
  copy_window(image.pixels.data(), image.width, image.pixel_bytes(), centre_placement(plan),
              window.width, window.height, window.pixels.data());
  return window;
}

RecordMaker::Made RecordMaker::make(int64_t record, bool hash, Scratch& scratch,
                                    uint8_t* out) const {
  const PicturePlan::Item& files = item(record);
  const std::vector<Part>& all = parts(record);
  const RecordShape expected = shape(record);
  const size_t first_worker = &all == &item_parts_ ? 0 : item_parts_.size();
  Made made;
  Image decoded;
  int64_t decoded_channels = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    const Part& part = all[i];
    if (i == 0 || part.own_file || part.target.channels != decoded_channels) {
      decoded =
          decode(part.own_file ? files.input : files.image, part.target.channels, scratch, made);
      decoded_channels = part.target.channels;
      if (hash) {
        made.content += sha256(scratch.encoded);
      }
    }
    GeometryWorker& worker = *scratch.geometry[first_worker + i];
    const Image kept = part.cut == Cut::kWhole
                           ? keep(part, decoded, worker)
                           : keep(part, half_of(decoded, part.cut == Cut::kRightHalf), worker);
    TORCH_CHECK(static_cast<int64_t>(kept.pixels.size()) == expected.parts[i].bytes(),
                "a record of another size than planned");
    std::memcpy(out, kept.pixels.data(), kept.pixels.size());
    out += kept.pixels.size();
  }
  return made;
}

}  // namespace gantrain

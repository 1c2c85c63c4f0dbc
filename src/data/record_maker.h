#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gantrain/data/dataset.h"
#include "gantrain/image/decode.h"
#include "gantrain/image/geometry.h"

#include "data/header_scan.h"
#include "data/picture_options.h"
#include "data/picture_plan.h"

namespace gantrain {

// The size of one image as it is kept, and of the window that a batch takes out of it.
struct PartShape {
  int64_t width = 0;
  int64_t height = 0;
  int64_t window_width = 0;
  int64_t window_height = 0;
  int64_t pixel_bytes = 0;
  int64_t bytes() const { return width * height * pixel_bytes; }
};

// A record: the image, then the input where the pair has one of its own.
struct RecordShape {
  std::array<PartShape, 2> parts;
  int64_t part_count = 0;
  int64_t bytes() const { return parts[0].bytes() + parts[1].bytes(); }
};

// Turns the files of a plan into records: decoded, of the model's channels and depth, resized. With
// a random crop the resized image is kept whole, else only its window. Records are numbered: the
// plan's items, then its unpaired inputs. A record is a function of its files and the options.
class RecordMaker {
 public:
  RecordMaker(const PicturePlan& plan, const PictureOptions& options, const BatchGeometry& geometry,
              const std::vector<PictureFacts>& facts);

  int64_t count() const;
  // From the headers alone. Throws UnfitPicture when the sizes do not go together.
  RecordShape shape(int64_t record) const;
  const PicturePlan::Item& item(int64_t record) const;
  // Text that changes with everything that a record depends on besides its files.
  std::string recipe() const;

  // What a thread works with.
  struct Scratch {
    std::string encoded;
    std::vector<std::unique_ptr<GeometryWorker>> geometry;
  };
  struct Made {
    int64_t warnings = 0;
    std::string content;  // SHA-256 of the encoded files, hex
  };
  Scratch make_scratch() const;
  // Writes shape(record).bytes() bytes. hash: whether Made::content is wanted. Throws as
  // PictureSource::read and decode_image, and when a file has changed since the scan.
  Made make(int64_t record, bool hash, Scratch& scratch, uint8_t* out) const;

 private:
  enum class Cut { kWhole, kLeftHalf, kRightHalf };
  struct Part {
    ImageGeometry target;
    Cut cut = Cut::kWhole;
    bool own_file = false;
  };
  const std::vector<Part>& parts(int64_t record) const;
  GeometryOptions geometry_options(const Part& part) const;
  PartShape part_shape(const Part& part, int64_t width, int64_t height) const;
  void check_size(const Part& part, int64_t width, int64_t height) const;
  void check_resized(const Part& part, const GeometryPlan& plan) const;
  void check_pair(const PictureFacts& image, const PictureFacts& input) const;
  void check_windows(const RecordShape& shape) const;
  Image decode(int64_t file, int64_t channels, Scratch& scratch, Made& made) const;
  Image keep(const Part& part, const Image& image, GeometryWorker& worker) const;

  const PicturePlan& plan_;
  const PictureOptions& options_;
  const std::vector<PictureFacts>& facts_;
  std::vector<Part> item_parts_;
  std::vector<Part> input_parts_;  // of unpaired inputs
  bool keeps_whole_;               // for random crops
};

}  // namespace gantrain

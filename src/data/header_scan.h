#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gantrain/core/stop_check.h"
#include "gantrain/image/image_header.h"

#include "data/picture_plan.h"
#include "data/worker_pool.h"

namespace gantrain {

// What the header of one file says.
struct PictureFacts {
  FileStamp stamp;
  int32_t width = 0;  // 0: not read, or bad
  int32_t height = 0;
  int8_t channels = 0;
  int8_t bits = 0;
  int8_t orientation = 1;
  bool cmyk = false;
  ImageFormat format = ImageFormat::kPng;
};

// A sound image that the options do not admit: too small, or not to be paired. what() is a clause
// without the file's name.
class UnfitPicture : public FormatError {
 public:
  using FormatError::FormatError;
};

// A file, or a pair, that cannot be used.
struct BadPicture {
  std::string name;    // path for people
  std::string reason;  // a clause: "empty file"
  std::string kind;    // "unreadable", "unfit", "gone", or the image_fault_name()
};

struct HeaderScan {
  std::vector<PictureFacts> facts;  // by the source's index
  std::vector<BadPicture> bad;      // in the order of the source, then what it refused
};

// Reads the headers of every file of the plan. Throws Stopped.
HeaderScan scan_headers(const PicturePlan& plan, const ImageLimits& limits, WorkerPool& pool,
                        const StopCheck& stopped);

// Every index of the source that the plan uses, once, ascending.
std::vector<int64_t> files_of(const PicturePlan& plan);

// Runs `read` and says what went wrong: kind "" when nothing did.
template <typename Read>
BadPicture try_picture(const PictureSource& source, int64_t file, const Read& read) {
  try {
    read();
    return {};
  } catch (const UnreadableFile& problem) {
    return {source.shown(file), problem.what(), "unreadable"};
  } catch (const UnfitPicture& problem) {
    return {source.shown(file), problem.what(), "unfit"};
  } catch (const ImageError& problem) {
    return {source.shown(file), problem.what(), image_fault_name(problem.fault())};
  } catch (const FormatError& problem) {
    return {source.shown(file), problem.what(), image_fault_name(ImageFault::kDamaged)};
  }
}

}  // namespace gantrain

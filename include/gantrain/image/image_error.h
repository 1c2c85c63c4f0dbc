#pragma once

#include <string>

#include "gantrain/core/format_error.h"

namespace gantrain {

// Why an image file is not used: what a scan counts by.
enum class ImageFault {
  kEmpty,        // no bytes
  kNotAnImage,   // text, HTML, anything unknown
  kUnsupported,  // an image, of a kind that is not read: WebP, arithmetic-coded JPEG, ...
  kTooLarge,     // more pixels or a longer side than allowed
  kDamaged,      // cut, a wrong checksum, an impossible header
};
const char* image_fault_name(ImageFault fault);  // "empty", "not an image", "unsupported", ...

// What is wrong with the bytes of an image file. what() is a clause without the file's name and
// without a full stop: "ends early (after 3,012 of 4,096 rows)"; the caller writes
// "<path>: <what()>.".
class ImageError : public FormatError {
 public:
  ImageError(ImageFault fault, const std::string& reason) : FormatError(reason), fault_(fault) {}
  ImageFault fault() const { return fault_; }

 private:
  ImageFault fault_;
};

}  // namespace gantrain

#include "fuzz/idx_target.h"

#include <cstdlib>
#include <string>

#include "gantrain/core/error.h"
#include "gantrain/core/gzip.h"
#include "gantrain/image/idx_file.h"

#include "support/idx_bytes.h"

namespace gantrain {
namespace {

// Whether it was accepted.
bool read(const std::string& bytes, std::string_view plain, IdxContent content) {
  try {
    const IdxArray array = parse_idx(bytes, content, "fuzz");
    if (!looks_gzipped(plain) &&
        plain != idx_bytes({array.shape.begin(), array.shape.end()}, array.elements)) {
      std::abort();
    }
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) {
      std::abort();
    }
    return false;
  }
}

}  // namespace

void fuzz_idx(std::string_view bytes) {
  const std::string file(bytes);
  for (const IdxContent content : {IdxContent::kImages, IdxContent::kLabels}) {
    const bool accepted = read(file, file, content);
    if (!looks_gzipped(file) && read(gzip_bytes(file), file, content) != accepted) {
      std::abort();
    }
  }
}

}  // namespace gantrain

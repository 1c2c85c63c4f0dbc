#pragma once

#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace gantrain {

// Writes all bytes; retries what a signal interrupts. Returns errno, 0 when all went out.
inline int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) {
      return errno;
    }
    bytes.remove_prefix(written > 0 ? static_cast<size_t>(written) : 0);
  }
  return 0;
}

}  // namespace gantrain

#include "gantrain/core/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "gantrain/core/format_error.h"
#include "gantrain/core/text.h"

namespace gantrain {

void MemorySource::read(uint64_t offset, void* out, size_t count) const {
  if (offset > bytes_.size() || count > bytes_.size() - offset) {
    throw FormatError("ends early: bytes " + std::to_string(offset) + " to " +
                      std::to_string(offset + count) + " of " + std::to_string(bytes_.size()) +
                      " were asked for");
  }
  if (count > 0) {
    std::memcpy(out, bytes_.data() + offset, count);
  }
}

FileSource::FileSource(const std::filesystem::path& path, ErrorKind kind)
    : name_(printable(path.string())), kind_(kind) {
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor_ < 0) {
    throw SystemError(kind, name_ + ": cannot be opened: " + std::system_category().message(errno));
  }
  struct stat status {};
  std::string problem;
  if (::fstat(descriptor_, &status) != 0) {
    problem = std::string("cannot be examined: ") + std::system_category().message(errno);
  } else if (S_ISDIR(status.st_mode)) {
    problem = "is a folder, not a file";
  } else if (!S_ISREG(status.st_mode)) {
    problem = "is not a regular file";
  }
  if (!problem.empty()) {
    ::close(descriptor_);
    throw Error(kind, name_ + ": " + problem);
  }
  size_ = static_cast<uint64_t>(status.st_size);
}

FileSource::~FileSource() {
  ::close(descriptor_);
}

void FileSource::read(uint64_t offset, void* out, size_t count) const {
  char* next = static_cast<char*>(out);
  while (count > 0) {
    const ssize_t got = ::pread(descriptor_, next, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      throw SystemError(kind_, name_ + ": cannot be read at byte " + std::to_string(offset) + ": " +
                                   std::system_category().message(errno));
    }
    if (got == 0) {
      throw FormatError("ends early, at byte " + std::to_string(offset));
    }
    next += got;
    offset += static_cast<uint64_t>(got);
    count -= static_cast<size_t>(got);
  }
}

}  // namespace gantrain

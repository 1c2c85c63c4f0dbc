#include "gantrain/core/folder_handle.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLongestPiece = PATH_MAX / 2;

// As many bytes as there are, up to `limit`; errno of a failure, else 0.
int read_up_to(int descriptor, uint64_t limit, std::string& bytes) {
  size_t filled = 0;
  while (filled < limit) {
    if (filled == bytes.size()) {
      bytes.resize(static_cast<size_t>(std::min<uint64_t>(limit, 2 * filled + 4096)));
    }
    const ssize_t got = ::pread(descriptor, bytes.data() + filled, bytes.size() - filled,
                                static_cast<off_t>(filled));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return errno;
    }
    if (got == 0) {
      break;
    }
    filled += static_cast<size_t>(got);
  }
  bytes.resize(filled);
  return 0;
}

}  // namespace

std::string special_kind(uint32_t mode) {
  return S_ISFIFO(mode)   ? "a FIFO, not a file"
         : S_ISSOCK(mode) ? "a socket, not a file"
         : S_ISCHR(mode)  ? "a character device, not a file"
         : S_ISBLK(mode)  ? "a block device, not a file"
         : S_ISDIR(mode)  ? "a folder, not a file"
                          : "not a regular file";
}

std::string open_problem(int error) {
  switch (error) {
    case ENOENT:
      return "it is gone";
    case EACCES:
    case EPERM:
      return "no permission to read it";
    case ELOOP:
      return "a link in a loop";
    default:
      return std::system_category().message(error);
  }
}

FolderHandle::FolderHandle(const fs::path& path) : path_(path) {
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) {
    const int error = errno;
    const std::string what = error == ENOENT    ? "no such folder"
                             : error == ENOTDIR ? "is a file, expected a folder"
                                                : open_problem(error);
    throw Error(ErrorKind::kData, printable(path.string()) + ": " + what + ".");
  }
}

FolderHandle::~FolderHandle() {
  ::close(descriptor_);
}

std::string FolderHandle::shown(std::string_view name) const {
  return printable(name.empty() ? path_.string() : (path_ / name).string());
}

int FolderHandle::open(std::string_view name, int flags) const {
  int from = descriptor_;
  while (name.size() > kLongestPiece) {
    const size_t slash = name.rfind('/', kLongestPiece);
    if (slash == std::string_view::npos) {
      errno = ENAMETOOLONG;
      break;
    }
    const int next = ::openat(from, std::string(name.substr(0, slash)).c_str(),
                              O_PATH | O_DIRECTORY | O_CLOEXEC);
    const int error = errno;
    if (from != descriptor_) {
      ::close(from);
    }
    if (next < 0) {
      errno = error;
      return -1;
    }
    from = next;
    name.remove_prefix(slash + 1);
  }
  const int result =
      ::openat(from, std::string(name).c_str(), flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  const int error = errno;
  if (from != descriptor_) {
    ::close(from);
  }
  errno = error;
  return result;
}

std::string read_below(const FolderHandle& folder, std::string_view name, uint64_t limit,
                       std::string& bytes, FileStamp& stamp) {
  int error = 0;
  for (int attempt = 0; attempt < 2; ++attempt) {
    const int descriptor = folder.open(name, O_RDONLY);
    if (descriptor < 0) {
      error = errno;
      if (error == ENXIO) {
        return "not a regular file";
      }
    } else {
      struct stat status {};
      error = ::fstat(descriptor, &status) == 0 ? 0 : errno;
      if (error == 0 && !S_ISREG(status.st_mode)) {
        ::close(descriptor);
        return special_kind(status.st_mode);
      }
      stamp.size = static_cast<uint64_t>(status.st_size);
      stamp.changed = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
      bytes.resize(static_cast<size_t>(std::min(limit, stamp.size + 1)));
      error = error == 0 ? read_up_to(descriptor, limit, bytes) : error;
      ::close(descriptor);
    }
    if (error != EIO) {
      break;
    }
  }
  return error == 0     ? ""
         : error == EIO ? "cannot be read: " + open_problem(error)
                        : open_problem(error);
}

}  // namespace gantrain

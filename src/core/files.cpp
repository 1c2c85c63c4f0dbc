#include "gantrain/core/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <vector>

#include "gantrain/core/text.h"

#include "core/write_all.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

std::string reason(int error) {
  return std::system_category().message(error);
}

std::string named(const fs::path& path) {
  return printable(path.string());
}

[[noreturn]] void fail_write(const fs::path& path, int error) {
  throw Error(ErrorKind::kOutput, named(path) + ": cannot be written (" + reason(error) + ")");
}

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  int number() const { return number_; }
  int close() {
    const int result = number_ < 0 ? 0 : ::close(number_);
    number_ = -1;
    return result;
  }

 private:
  int number_;
};

std::string limit_text(uint64_t limit) {
  constexpr uint64_t kMebibyte = uint64_t{1} << 20;
  return limit % kMebibyte == 0 ? std::to_string(limit / kMebibyte) + " MiB"
                                : std::to_string(limit) + " bytes";
}

std::string near_names(const fs::path& path) {
  constexpr size_t kMostNames = 1000;
  std::vector<std::string> names;
  std::error_code ignored;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  for (fs::directory_iterator entry(folder, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    if (names.size() == kMostNames) {
      break;
    }
    names.push_back(printable(entry->path().filename().string()));
  }
  return did_you_mean(path.filename().string(), names);
}

[[noreturn]] void fail_open(const fs::path& path, ErrorKind kind, int error) {
  std::string what = "cannot be opened (" + reason(error) + ")";
  if (error == ENOENT) {
    what = "no such file" + near_names(path);
  } else if (error == ENOTDIR) {
    what = "no such file (a part of its path is a file, not a folder)";
  } else if (error == EACCES || error == EPERM) {
    what = "no permission to read it";
  } else if (error == ENXIO) {
    what = "not a regular file";
  }
  throw Error(kind, named(path) + ": " + what);
}

std::string file_type(mode_t mode) {
  return S_ISFIFO(mode)   ? "a FIFO"
         : S_ISSOCK(mode) ? "a socket"
         : S_ISCHR(mode)  ? "a character device"
         : S_ISBLK(mode)  ? "a block device"
                          : "a special file";
}

}  // namespace

std::string read_file(const fs::path& path, ErrorKind kind, uint64_t limit) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (file.number() < 0) {
    fail_open(path, kind, errno);
  }
  struct stat status = {};
  if (::fstat(file.number(), &status) != 0) {
    fail_open(path, kind, errno);
  }
  if (S_ISDIR(status.st_mode)) {
    throw Error(kind, named(path) + ": is a folder, expected a file");
  }
  if (!S_ISREG(status.st_mode)) {
    throw Error(kind,
                named(path) + ": not a regular file (it is " + file_type(status.st_mode) + ")");
  }
  const auto too_large = [&] {
    throw Error(kind, named(path) + ": larger than " + limit_text(limit));
  };
  if (static_cast<uint64_t>(status.st_size) > limit) {
    too_large();
  }
  // The file may grow or shrink meanwhile, and files in /proc have size 0: read to the end.
  std::string bytes(static_cast<size_t>(status.st_size) + 1, '\0');
  size_t filled = 0;
  while (true) {
    const ssize_t got = ::read(file.number(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno != EINTR) {
      throw Error(kind, named(path) + ": cannot be read (" + reason(errno) + ")");
    }
    if (got == 0) {
      break;
    }
    filled += got > 0 ? static_cast<size_t>(got) : 0;
    if (filled > limit) {
      too_large();
    }
    if (filled == bytes.size()) {
      bytes.resize(bytes.size() * 2);
    }
  }
  bytes.resize(filled);
  return bytes;
}

void append_line(const fs::path& path, std::string_view line) {
  Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666));
  if (file.number() < 0) {
    fail_write(path, errno);
  }
  int error = write_all(file.number(), std::string(line) + "\n");
  if (file.close() != 0 && error == 0) {
    error = errno;
  }
  if (error != 0) {
    fail_write(path, error);
  }
}

void make_folders(const fs::path& path) {
  fs::path part;
  for (const fs::path& name : path) {
    const fs::path parent = part;
    part /= name;
    std::error_code ignored;
    if (fs::is_directory(part, ignored) || ::mkdir(part.c_str(), 0777) == 0) {
      continue;
    }
    const int error = errno;
    if (error == EEXIST && fs::is_directory(part, ignored)) {
      continue;  // another process made it meanwhile
    }
    const std::string whole = part == path ? "" : " for " + named(path);
    if (error == EEXIST) {
      const bool dangling = !fs::exists(part, ignored);
      throw Error(ErrorKind::kOutput, named(part) + ": is " +
                                          (dangling ? "a link to nothing" : "a file") +
                                          ", cannot make a folder" + whole + " there");
    }
    throw Error(ErrorKind::kOutput, named(parent.empty() ? "." : parent) +
                                        ": cannot make the folder " + name.string() + whole +
                                        " there (" + reason(error) + ")");
  }
}

}  // namespace gantrain

#include "gantrain/core/durable_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <system_error>

#include "gantrain/core/error.h"
#include "gantrain/core/files.h"
#include "gantrain/core/text.h"

namespace gantrain {
namespace {

constexpr std::string_view kTemporaryMark = ".tmp-";

std::filesystem::path folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.parent_path();
  return folder.empty() ? "." : folder;
}

std::filesystem::path temporary_of(const std::filesystem::path& path) {
  constexpr size_t kLongestPart = 200;  // names end at 255 bytes
  return folder_of(path) / ("." + path.filename().string().substr(0, kLongestPart) +
                            std::string(kTemporaryMark) + std::to_string(::getpid()));
}

// What an ordinary user may still write to the file system of `folder`, if it says.
std::optional<uint64_t> free_bytes(const std::filesystem::path& folder) {
  struct statvfs status {};
  if (::statvfs(folder.c_str(), &status) != 0 || status.f_blocks == 0) {
    return std::nullopt;
  }
  return uint64_t{status.f_bavail} * status.f_frsize;
}

// Retries what a signal interrupted.
template <typename Call>
auto retry(const Call& call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

// The process that a temporary's name carries, or 0 for any other name.
pid_t owner_of(std::string_view name) {
  const size_t mark = name.rfind(kTemporaryMark);
  if (!name.starts_with('.') || mark == std::string_view::npos || mark < 2) {
    return 0;
  }
  const std::string_view digits = name.substr(mark + kTemporaryMark.size());
  pid_t owner = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), owner);
  return status == std::errc() && end == digits.data() + digits.size() && owner > 0 ? owner : 0;
}

}  // namespace

DurableFile::DurableFile(std::filesystem::path path, uint64_t expected_bytes, Flush flush)
    : path_(std::move(path)),
      temporary_(temporary_of(path_)),
      expected_bytes_(expected_bytes),
      flush_(flush) {
  if (const auto available = free_bytes(folder_of(path_));
      available && *available < expected_bytes) {
    fail("not enough space", ENOSPC);
  }
  // A left-over of the same name can only be of a dead process that had this one's number.
  ::unlink(temporary_.c_str());
  descriptor_ = retry([&] {
    return ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  });
  if (descriptor_ < 0) {
    fail("cannot create a temporary file beside it", errno);
  }
  temporary_exists_ = true;
}

DurableFile::~DurableFile() {
  discard();
}

void DurableFile::discard() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
    descriptor_ = -1;
  }
  if (temporary_exists_) {
    retry([&] { return ::unlink(temporary_.c_str()); });
    temporary_exists_ = false;
  }
}

void DurableFile::fail(const std::string& doing, int error) {
  const auto available = free_bytes(folder_of(path_));
  discard();
  const uint64_t needed = std::max(expected_bytes_, written_);
  std::string message = printable(path_.string()) + ": " + doing + ": " +
                        std::system_category().message(error) + " (" + std::to_string(needed) +
                        " bytes needed";
  if (available) {
    message += ", " + std::to_string(*available) + " bytes free";
  }
  throw Error(ErrorKind::kOutput,
              message + (renamed_ ? "); the new file is there, but a power cut may take it back"
                                  : "); an older file of this name is untouched"));
}

void DurableFile::write(std::string_view bytes) {
  hash_.update(bytes);
  while (!bytes.empty()) {
    const ssize_t count = retry([&] { return ::write(descriptor_, bytes.data(), bytes.size()); });
    if (count < 0) {
      fail("cannot be written", errno);
    }
    written_ += static_cast<uint64_t>(count);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

void DurableFile::commit() {
  const bool to_disk = flush_ == Flush::kToDisk;
  if (to_disk) {
    flush();
  }
  close();
  if (to_disk) {
    verify();
  }
  if (retry([&] { return ::rename(temporary_.c_str(), path_.c_str()); }) != 0) {
    fail("cannot be put in the place of the old file", errno);
  }
  temporary_exists_ = false;
  renamed_ = true;
  if (to_disk) {
    flush_folder();
  }
}

void DurableFile::flush() {
  if (retry([&] { return ::fsync(descriptor_); }) != 0) {
    fail("cannot be flushed to the disk", errno);
  }
  // So that reading back asks the disk, as far as the system allows it.
  ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_DONTNEED);
}

void DurableFile::close() {
  const int descriptor = descriptor_;
  descriptor_ = -1;
  // After EINTR Linux has closed the descriptor: no second try.
  if (::close(descriptor) != 0 && errno != EINTR) {
    fail("cannot be closed", errno);
  }
}

void DurableFile::flush_folder() {
  const int folder =
      retry([&] { return ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (folder < 0) {
    fail("is written, but its folder cannot be opened to flush it", errno);
  }
  const int result = retry([&] { return ::fsync(folder); });
  const int error = errno;
  ::close(folder);
  // EINVAL: a file system whose folders cannot be flushed.
  if (result != 0 && error != EINVAL) {
    fail("is written, but its folder cannot be flushed to the disk", error);
  }
}

void DurableFile::verify() {
  const int descriptor =
      retry([&] { return ::open(temporary_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW); });
  if (descriptor < 0) {
    fail("cannot be opened to read it back", errno);
  }
  Sha256 hash;
  std::string chunk(1u << 20, '\0');
  ssize_t count = 0;
  do {
    count = retry([&] { return ::read(descriptor, chunk.data(), chunk.size()); });
    if (count > 0) {
      hash.update(std::string_view(chunk).substr(0, static_cast<size_t>(count)));
    }
  } while (count > 0);
  const int error = errno;
  ::close(descriptor);
  if (count < 0) {
    fail("cannot be read back", error);
  }
  if (hash.finish() != hash_.finish()) {
    fail("reads back differently than it was written; the disk may be failing", EIO);
  }
}

int64_t remove_stale_temporaries(const std::filesystem::path& folder) {
  int64_t removed = 0;
  std::error_code problem;
  std::filesystem::directory_iterator entry(folder, problem);
  for (const std::filesystem::directory_iterator end; !problem && entry != end;
       entry.increment(problem)) {
    const pid_t owner = owner_of(entry->path().filename().string());
    const bool is_dead =
        owner > 0 && owner != ::getpid() && ::kill(owner, 0) != 0 && errno == ESRCH;
    if (is_dead && ::unlink(entry->path().c_str()) == 0) {
      ++removed;
    }
  }
  return removed;
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  DurableFile file(path, bytes.size());
  file.write(bytes);
  file.commit();
}

}  // namespace gantrain

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include <nlohmann/json.hpp>

#include "gantrain/core/error.h"
#include "gantrain/core/sha256.h"
#include "gantrain/core/text.h"

#include "data/pixel_store.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

// The file: the records, their checksums (uint32 each), a head in JSON, then this.
struct Tail {
  char magic[16];
  uint64_t head_bytes;
  char hash[64];  // SHA-256, hex, of checksums and head
};
constexpr char kMagic[17] = "gantrain pixels\n";
constexpr uint64_t kMostHeadBytes = uint64_t{256} << 20;

[[noreturn]] void fail(const fs::path& path, int error) {
  throw Error(ErrorKind::kOutput, printable(path.string()) + ": cannot be written (" +
                                      std::system_category().message(error) + ")");
}

bool read_all(int descriptor, uint64_t offset, void* out, size_t count) {
  char* next = static_cast<char*>(out);
  while (count > 0) {
    const ssize_t got = ::pread(descriptor, next, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return false;
    }
    next += got;
    offset += static_cast<uint64_t>(got);
    count -= static_cast<size_t>(got);
  }
  return true;
}

// errno, or 0.
int write_all(int descriptor, uint64_t offset, const void* bytes, size_t count) {
  const char* next = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t put = ::pwrite(descriptor, next, count, static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) {
      continue;
    }
    if (put < 0) {
      return errno;
    }
    next += put;
    offset += static_cast<uint64_t>(put);
    count -= static_cast<size_t>(put);
  }
  return 0;
}

uint32_t checksum(const uint8_t* bytes, uint64_t count) {
  uLong crc = crc32_z(0, bytes, static_cast<z_size_t>(count));
  return static_cast<uint32_t>(crc);
}

std::string_view raw(const std::vector<uint32_t>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(uint32_t)};
}

std::string head_text(const std::string& key, const DecodeFindings& findings) {
  nlohmann::json head = {{"key", key},
                         {"lost", findings.lost},
                         {"gone", findings.gone},
                         {"warnings", findings.warnings},
                         {"duplicates", findings.duplicates},
                         {"all_alike", findings.all_alike},
                         {"content", findings.content},
                         {"bad", nlohmann::json::array()}};
  for (const BadPicture& bad : findings.bad) {
    head["bad"].push_back({bad.name, bad.reason, bad.kind});
  }
  return head.dump();
}

bool parse_head(const std::string& text, const std::string& key, DecodeFindings& findings) {
  try {
    const auto head = nlohmann::json::parse(text);
    if (head.at("key") != key) {
      return false;
    }
    DecodeFindings read;
    read.lost = head.at("lost").get<std::vector<int64_t>>();
    read.gone = head.at("gone").get<int64_t>();
    read.warnings = head.at("warnings").get<int64_t>();
    read.duplicates = head.at("duplicates").get<int64_t>();
    read.all_alike = head.at("all_alike").get<bool>();
    read.content = head.at("content").get<std::string>();
    for (const auto& bad : head.at("bad")) {
      read.bad.push_back({bad.at(0), bad.at(1), bad.at(2)});
    }
    findings = std::move(read);
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

}  // namespace

CacheFile::CacheFile(fs::path path, int descriptor, Offsets offsets)
    : path_(std::move(path)),
      descriptor_(descriptor),
      offsets_(std::move(offsets)),
      checksums_(offsets_->size() - 1) {}

CacheFile::~CacheFile() {
  ::close(descriptor_);
  if (!temporary_.empty()) {
    ::unlink(temporary_.c_str());
  }
}

std::unique_ptr<CacheFile> CacheFile::open(const fs::path& path, const std::string& key,
                                           Offsets offsets, DecodeFindings& findings) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    return nullptr;
  }
  std::unique_ptr<CacheFile> cache(new CacheFile(path, descriptor, std::move(offsets)));
  struct stat status {};
  Tail tail = {};
  const uint64_t pixels = cache->offsets_->back();
  const uint64_t sums = raw(cache->checksums_).size();
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) ||
      static_cast<uint64_t>(status.st_size) < pixels + sums + sizeof tail) {
    return nullptr;
  }
  const uint64_t size = static_cast<uint64_t>(status.st_size);
  if (!read_all(descriptor, size - sizeof tail, &tail, sizeof tail) ||
      std::memcmp(tail.magic, kMagic, sizeof tail.magic) != 0 || tail.head_bytes > kMostHeadBytes ||
      tail.head_bytes != size - pixels - sums - sizeof tail) {
    return nullptr;
  }
  std::string head(static_cast<size_t>(tail.head_bytes), '\0');
  if (!read_all(descriptor, pixels, cache->checksums_.data(), sums) ||
      !read_all(descriptor, pixels + sums, head.data(), head.size())) {
    return nullptr;
  }
  if (sha256(std::string(raw(cache->checksums_)) + head) !=
          std::string_view(tail.hash, sizeof tail.hash) ||
      !parse_head(head, key, findings)) {
    return nullptr;
  }
  return cache;
}

std::unique_ptr<CacheFile> CacheFile::create(const fs::path& path, Offsets offsets) {
  std::string name = ".";
  name += path.filename().string() + ".tmp-" + std::to_string(::getpid());
  const fs::path temporary = path.parent_path() / name;
  const int descriptor =
      ::open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor < 0) {
    fail(temporary, errno);
  }
  std::unique_ptr<CacheFile> cache(new CacheFile(path, descriptor, std::move(offsets)));
  cache->temporary_ = temporary;
  const int error =
      ::posix_fallocate(descriptor, 0, static_cast<off_t>(cache->offsets_->back() + 1));
  if (error != 0) {
    fail(path, error);
  }
  return cache;
}

const uint8_t* CacheFile::read(int64_t record, std::vector<uint8_t>& scratch) const {
  const auto index = static_cast<size_t>(record);
  const uint64_t start = (*offsets_)[index];
  const uint64_t count = (*offsets_)[index + 1] - start;
  if (scratch.size() < count) {
    scratch.resize(count);
  }
  if (!read_all(descriptor_, start, scratch.data(), count) ||
      checksum(scratch.data(), count) != checksums_[index]) {
    return nullptr;
  }
  return scratch.data();
}

void CacheFile::write(int64_t record, const uint8_t* bytes) {
  const auto index = static_cast<size_t>(record);
  const uint64_t start = (*offsets_)[index];
  const uint64_t count = (*offsets_)[index + 1] - start;
  checksums_[index] = checksum(bytes, count);
  if (const int error = write_all(descriptor_, start, bytes, count); error != 0) {
    fail(path_, error);
  }
}

uint64_t CacheFile::memory_bytes() const {
  return raw(checksums_).size();
}

void CacheFile::finish(const std::string& key, const DecodeFindings& findings) {
  const std::string head = head_text(key, findings);
  const std::string sums(raw(checksums_));
  Tail tail = {};
  std::memcpy(tail.magic, kMagic, sizeof tail.magic);
  tail.head_bytes = head.size();
  const std::string hash = sha256(sums + head);
  std::memcpy(tail.hash, hash.data(), sizeof tail.hash);
  const uint64_t pixels = offsets_->back();
  int error = write_all(descriptor_, pixels, sums.data(), sums.size());
  error =
      error != 0 ? error : write_all(descriptor_, pixels + sums.size(), head.data(), head.size());
  error = error != 0
              ? error
              : write_all(descriptor_, pixels + sums.size() + head.size(), &tail, sizeof tail);
  const auto size = static_cast<off_t>(pixels + sums.size() + head.size() + sizeof tail);
  if (error == 0 && (::ftruncate(descriptor_, size) != 0 || ::fsync(descriptor_) != 0 ||
                     ::rename(temporary_.c_str(), path_.c_str()) != 0)) {
    error = errno;
  }
  if (error != 0) {
    fail(path_, error);
  }
  temporary_.clear();
}

}  // namespace gantrain

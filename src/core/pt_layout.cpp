#include "gantrain/core/pt_layout.h"

#include <zlib.h>

#include <algorithm>

#include "gantrain/core/pickle_writer.h"
#include "gantrain/core/pt_seal.h"
#include "gantrain/core/sha256.h"

namespace gantrain {
namespace {

constexpr std::string_view kByteOrder = "little";
constexpr std::string_view kVersion = "3\n";

uint32_t crc32_of(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

// Hashes what passes through.
class HashingSink : public ByteSink {
 public:
  explicit HashingSink(ByteSink& sink) : sink_(sink) {}
  void write(std::string_view bytes) override {
    constexpr size_t kChunk = 1u << 20;  // hashed and written while it is in the cache
    while (!bytes.empty()) {
      const std::string_view chunk = bytes.substr(0, kChunk);
      hash_.update(chunk);
      sink_.write(chunk);
      bytes.remove_prefix(chunk.size());
    }
  }
  std::string finish() { return hash_.finish(); }

 private:
  ByteSink& sink_;
  Sha256 hash_;
};

}  // namespace

PtLayout::PtLayout(const PickleTree& tree)
    : pickle_(write_pickle(tree)), storages_(tree.storages.size()) {
  plan_.add("archive/data.pkl", pickle_.size());
  plan_.add("archive/byteorder", kByteOrder.size());
  plan_.add("archive/version", kVersion.size());
  for (const StorageDescription& storage : tree.storages) {
    plan_.add("archive/data/" + storage.key, storage.bytes());
  }
  plan_.finish(kSealBytes);
}

void PtLayout::write(ByteSink& sink,
                     const std::function<std::string_view(size_t storage)>& bytes_of) {
  HashingSink hashing(sink);
  size_t index = 0;
  const auto write_record = [&](std::string_view bytes) {
    hashing.write(plan_.local_header(index++, crc32_of(bytes)));
    hashing.write(bytes);
  };
  write_record(pickle_);
  write_record(kByteOrder);
  write_record(kVersion);
  for (size_t i = 0; i < storages_; ++i) {
    write_record(bytes_of(i));
  }
  hashing.write(plan_.directory());
  sink.write(std::string(kSealPrefix) + hashing.finish());
}

}  // namespace gantrain

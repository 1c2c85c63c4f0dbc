#include "data/pixel_store.h"

#include <cstring>

namespace gantrain {
namespace {

class MemoryStore : public PixelStore {
 public:
  explicit MemoryStore(Offsets offsets)
      : offsets_(std::move(offsets)), bytes_(new uint8_t[offsets_->back()]) {}

  const uint8_t* read(int64_t record, std::vector<uint8_t>&) const override {
    return bytes_.get() + (*offsets_)[static_cast<size_t>(record)];
  }

  void write(int64_t record, const uint8_t* bytes) override {
    const auto index = static_cast<size_t>(record);
    std::memcpy(bytes_.get() + (*offsets_)[index], bytes,
                (*offsets_)[index + 1] - (*offsets_)[index]);
  }

  uint64_t memory_bytes() const override { return offsets_->back(); }

 private:
  Offsets offsets_;
  std::unique_ptr<uint8_t[]> bytes_;  // not cleared: pages are taken as records come
};

}  // namespace

std::unique_ptr<PixelStore> make_memory_store(Offsets offsets) {
  return std::make_unique<MemoryStore>(std::move(offsets));
}

}  // namespace gantrain

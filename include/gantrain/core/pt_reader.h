#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gantrain/core/byte_source.h"
#include "gantrain/core/pickle_value.h"

namespace gantrain {

// What torch.save wrote, ours or any Python program's: the zip container of PyTorch 1.6 and later
// or the one before it. Tensors are described; their bytes are read one storage at a time. The seal
// of a sealed file is checked before anything else is looked at. A file whose root has the key
// "gantrain" and no valid seal is refused.
class PtReader {
 public:
  // `source` must outlive the reader; `name` is how errors call the file. Throws
  // Error(kCheckpoint).
  PtReader(const ByteSource& source, std::string name);

  PickleTree& tree() { return tree_; }
  bool sealed() const { return sealed_; }

  // Whether a tensor of the tree lies in storage i.
  bool is_used(size_t storage) const { return locations_[storage].used; }
  // Fills `out` with the tree().storages[i].bytes() bytes of a used storage and checks their CRC32,
  // if the file has one. Throws Error(kCheckpoint) that names the tensor.
  void read_storage(size_t storage, void* out) const;

 private:
  struct Location {
    bool used = false;
    uint64_t offset = 0;
    std::optional<uint32_t> crc32;
  };

  void open();
  void open_zip();
  void open_legacy();
  void mark_used();
  void check_expansion() const;
  std::string describe_damage();
  std::string damaged_record();

  const ByteSource& source_;
  std::string name_;
  PickleTree tree_;
  std::vector<Location> locations_;
  bool sealed_ = false;
};

}  // namespace gantrain

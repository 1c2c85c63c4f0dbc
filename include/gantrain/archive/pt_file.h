#pragma once

#include <filesystem>
#include <string>

#include "gantrain/archive/value.h"

namespace gantrain {

// PyTorch zip files (.pt, .pth) by our own writer and strict reader. Format: docs/run_folder.md.

// Writes `root` (a dictionary) so that torch.load(path, weights_only=True) gives the same plain
// dictionary: zip, stored records, data 64-byte aligned, CRC32 of each record, the SHA-256 of
// everything before it in the archive comment. Tensors are written from contiguous host copies
// (strides of channels_last tensors are kept: sizes and strides describe the storage). Atomic:
// temporary in the same folder, write, fsync, close, read back and verify, rename, fsync of the
// folder. Throws Error(kOutput); then older files are untouched and no temporary is left.
void write_pt_file(const std::filesystem::path& path, const Value& root);

struct PtContents {
  Value root;
  bool sealed = false;  // has our hash, and it matched
};

// Reads a file that we or any Python program saved. No code runs: allow-listed opcodes and globals
// only; sizes, counts, ranks and names are capped and checked before they are used. Damage (a
// flipped bit, a truncation) in a sealed file is found before a single tensor is used. A file whose
// root has the key "gantrain" and no valid hash is refused. Throws Error(kCheckpoint) that names
// the file and the place.
PtContents read_pt_file(const std::filesystem::path& path);

}  // namespace gantrain

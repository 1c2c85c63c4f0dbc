#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "gantrain/core/error.h"

namespace gantrain {

// Reads a regular file whole (never a FIFO or a device: opened O_NONBLOCK and checked with fstat).
// Throws Error(kind) that says which it is: missing, a directory, no permission, not a regular
// file, larger than `limit` bytes.
std::string read_file(const std::filesystem::path& path, ErrorKind kind, uint64_t limit);

// Writes `bytes` so that `path` is either the old or the new file, whole, whatever happens: a
// temporary in the same folder, write, fsync, close, rename, fsync of the folder. Throws
// Error(kOutput) with path and reason; no temporary is left.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

// Appends one line and flushes it. Throws Error(kOutput).
void append_line(const std::filesystem::path& path, std::string_view line);

// Makes the folder and its parents. Throws Error(kOutput) that names the part of the path that is a
// file or may not be written.
void make_folders(const std::filesystem::path& path);

}  // namespace gantrain

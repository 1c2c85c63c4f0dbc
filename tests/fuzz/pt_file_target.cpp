#include "fuzz/pt_file_target.h"

#include <cstdlib>
#include <string>

#include "gantrain/core/error.h"
#include "gantrain/core/format_error.h"
#include "gantrain/core/pickle_writer.h"
#include "gantrain/core/pt_reader.h"
#include "gantrain/core/pt_seal.h"
#include "gantrain/core/sha256.h"

#include "core/pickle_reader.h"

namespace gantrain {
namespace {

void read_all(std::string_view bytes) {
  try {
    const MemorySource source(bytes);
    PtReader reader(source, "fuzz.pt");
    for (size_t i = 0; i < reader.tree().storages.size(); ++i) {
      if (reader.is_used(i)) {
        std::string storage(reader.tree().storages[i].bytes(), '\0');
        reader.read_storage(i, storage.data());
      }
    }
  } catch (const Error&) {
  }
}

}  // namespace

void fuzz_pt_file(std::string_view bytes) {
  read_all(bytes);
  if (bytes.size() >= kSealBytes) {
    const std::string_view body = bytes.substr(0, bytes.size() - kSealBytes);
    read_all(std::string(body) + std::string(kSealPrefix) + sha256(body));
  }
}

void fuzz_pickle(std::string_view bytes) {
  std::string first;
  try {
    size_t consumed = 0;
    first = write_pickle(read_pickle(bytes, consumed));
  } catch (const FormatError&) {
    return;  // refused, or too long for the writer
  }
  size_t consumed = 0;
  if (write_pickle(read_pickle(first, consumed)) != first || consumed != first.size()) {
    std::abort();
  }
}

}  // namespace gantrain

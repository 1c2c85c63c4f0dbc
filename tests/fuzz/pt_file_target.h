#pragma once

#include <string_view>

namespace gantrain {

// What the fuzzers drive and the replay of their corpus repeats. Each returns normally whatever the
// bytes are; a crash, a sanitizer's report, or more memory than the limit is a finding.

// A whole file: as it is, and again as a sealed one with the seal made to fit. Every storage is
// read.
void fuzz_pt_file(std::string_view bytes);
// A pickle, wrapped into a file whose checksums are right. What is read is written and read again:
// the same tree must come back.
void fuzz_pickle(std::string_view bytes);

}  // namespace gantrain

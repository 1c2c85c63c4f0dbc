#pragma once

#include <string_view>

namespace gantrain {

// As in pt_file_target.h: returns normally whatever the bytes are.

// A configuration for the made-up schema of tests/config; what stands behind the first zero byte is
// then set on top as --set would. Refusals are configuration errors; what is accepted comes back
// the same from its own JSON.
void fuzz_config(std::string_view bytes);

}  // namespace gantrain

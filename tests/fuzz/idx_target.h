#pragma once

#include <string_view>

namespace gantrain {

// As in pt_file_target.h: returns normally whatever the bytes are.

// An IDX file, read as images and as labels, as it is and inside of gzip. Refusals are data errors;
// of what is accepted the elements are the end of the file.
void fuzz_idx(std::string_view bytes);

}  // namespace gantrain

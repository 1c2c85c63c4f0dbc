#pragma once

#include <string>

namespace gantrain {

// The project's version, such as "0.1.0".
std::string version();

// What git said of the source when it was built: tag or commit, with "-dirty" when files differed
// from it, such as "3f2a9c01b7de-dirty". Empty when the source was no git clone.
std::string source_description();

// Compiler and its version, such as "GNU 12.2.0".
std::string compiler_description();

// CMake's build type, such as "Release"; empty when none was chosen.
std::string build_type();

// All of it on one line, as --version prints it: "gantrain 0.1.0 (3f2a9c01b7de, GNU 12.2.0,
// Release)".
std::string version_line();

}  // namespace gantrain

#pragma once

#include <stdexcept>
#include <string>

namespace gantrain {

// What is wrong with the bytes of a file, without the file's name: whoever knows the name turns it
// into an Error.
class FormatError : public std::runtime_error {
 public:
  explicit FormatError(const std::string& message) : std::runtime_error(message) {}
};

}  // namespace gantrain

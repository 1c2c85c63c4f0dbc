#pragma once

#include <stdexcept>
#include <string>

namespace gantrain {

// What went wrong, in the classes that users and scripts tell apart. The value is the exit code of
// the program.
enum class ErrorKind : int {
  kUsage = 2,       // command line, or a run folder that is in use
  kConfig = 3,      // JSON configuration
  kData = 4,        // data sets, images
  kCheckpoint = 5,  // checkpoint and weight files
  kDiverged = 6,    // training became non-finite and could not be rescued
  kOutput = 7,      // cannot write
  kMemory = 8,      // host or device memory
  kDevice = 9,      // the device is lost
  kInternal = 70,   // a bug of ours
};

// The one exception type for what the user can mend. what() is one full sentence without "error:":
// where, what is wrong, what is allowed, what to do. main prints it on one line and exits with the
// kind's code.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }
  int exit_code() const { return static_cast<int>(kind_); }

 private:
  ErrorKind kind_;
};

// The operating system refused (no permission, a disk error): the file itself may be well, and the
// next attempt may succeed.
class SystemError : public Error {
 public:
  using Error::Error;
};

}  // namespace gantrain

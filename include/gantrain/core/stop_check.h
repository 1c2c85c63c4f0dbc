#pragma once

#include <exception>
#include <functional>

namespace gantrain {

// Asked now and then by work that takes long; true when the user wants the program to end. Called
// from any thread.
using StopCheck = std::function<bool()>;

// Thrown out of such work once a StopCheck said true: no error.
class Stopped : public std::exception {
 public:
  const char* what() const noexcept override { return "stopped"; }
};

inline void throw_if_stopped(const StopCheck& stopped) {
  if (stopped && stopped()) {
    throw Stopped();
  }
}

}  // namespace gantrain

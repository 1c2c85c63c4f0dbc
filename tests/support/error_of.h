#pragma once

#include <string>

#include <gtest/gtest.h>

#include "gantrain/core/error.h"

namespace gantrain {

// The message of the Error that `function` throws, which must be of `kind`; "" and a failed test
// otherwise.
template <typename Function>
std::string error_of(ErrorKind kind, Function&& function) {
  try {
    function();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error was thrown";
  return "";
}

}  // namespace gantrain

#include "gantrain/runtime/failure.h"

#include <new>
#include <stdexcept>

#include <c10/util/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantrain {
namespace {

using testing::HasSubstr;

constexpr c10::SourceLocation kHere = {"here", "here.cpp", 1};

TEST(Failure, KeepsOurOwnErrors) {
  const Error error = explained(Error(ErrorKind::kData, "x.png: broken"));
  EXPECT_EQ(error.kind(), ErrorKind::kData);
  EXPECT_STREQ(error.what(), "x.png: broken");
}

TEST(Failure, AllocationsThatFailAreMemory) {
  const std::string host =
      "[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate memory: "
      "you tried to allocate 400000000000 bytes. Error code 12";
  EXPECT_EQ(explained(std::bad_alloc()).kind(), ErrorKind::kMemory);
  EXPECT_EQ(explained(c10::OutOfMemoryError(kHere, "CUDA out of memory. Tried")).kind(),
            ErrorKind::kMemory);
  EXPECT_EQ(explained(c10::Error(kHere, host)).kind(), ErrorKind::kMemory);
  EXPECT_EQ(explained(std::runtime_error(host)).kind(), ErrorKind::kMemory);
  EXPECT_EQ(explained(c10::AcceleratorError(kHere, 2, "CUDA error: out of memory")).kind(),
            ErrorKind::kMemory);
  EXPECT_THAT(explained(std::bad_alloc()).what(), HasSubstr("training.batch_size"));
}

TEST(Failure, CudaErrorsThatEndTheContextAreALostDevice) {
  for (const int code : {46, 100, 214, 700, 702, 710, 719, 999}) {
    EXPECT_EQ(explained(c10::AcceleratorError(kHere, code, "CUDA error: something")).kind(),
              ErrorKind::kDevice)
        << code;
  }
  const Error error = explained(std::runtime_error(
      "CUDA error: an illegal memory access was encountered\nCUDA kernel errors might be"));
  EXPECT_EQ(error.kind(), ErrorKind::kDevice);
  EXPECT_THAT(error.what(), HasSubstr("illegal memory access was encountered; nothing was saved"));
}

TEST(Failure, EverythingElseIsABugOnOneLine) {
  EXPECT_EQ(explained(c10::AcceleratorError(kHere, 1, "CUDA error: invalid argument")).kind(),
            ErrorKind::kInternal);
  const Error error = explained(c10::Error(kHere, "sizes differ\nException raised from here"));
  EXPECT_EQ(error.kind(), ErrorKind::kInternal);
  EXPECT_STREQ(error.what(), "internal error, a bug of gantrain: sizes differ");
}

}  // namespace
}  // namespace gantrain

// Repeats what the fuzzers found interesting or once broke; runs under the sanitizers with the asan
// preset.

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include <gtest/gtest.h>

#include "fuzz/config_target.h"
#include "fuzz/idx_target.h"
#include "fuzz/image_target.h"
#include "fuzz/pt_file_target.h"

namespace gantrain {
namespace {

int replay(const std::string& name, const std::function<void(std::string_view)>& target) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(GANTRAIN_FUZZ_CORPUS) / name)) {
    std::ifstream in(entry.path(), std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    SCOPED_TRACE(entry.path());
    target(bytes.str());
    ++files;
  }
  return files;
}

TEST(FuzzCorpus, PtFilesAreReadSafely) {
  EXPECT_GT(replay("pt_file", fuzz_pt_file), 5);
}

TEST(FuzzCorpus, PicklesAreReadSafely) {
  EXPECT_GT(replay("pickle", fuzz_pickle), 5);
}

TEST(FuzzCorpus, PngFilesAreDecodedSafely) {
  EXPECT_GT(replay("png", fuzz_png), 5);
}

TEST(FuzzCorpus, OtherImageFilesAreDecodedSafely) {
  for (const char* kind : {"jpeg", "bmp", "pnm"}) {
    EXPECT_GT(replay(kind, fuzz_image), 5) << kind;
  }
}

TEST(FuzzCorpus, ConfigurationsAreReadSafely) {
  EXPECT_GT(replay("config", fuzz_config), 5);
}

TEST(FuzzCorpus, IdxFilesAreReadSafely) {
  EXPECT_GT(replay("idx", fuzz_idx), 5);
}

}  // namespace
}  // namespace gantrain

#include "gantrain/core/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

template <typename Action>
std::string message_of(const TemporaryFolder& folder, ErrorKind kind, Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    std::string text = error.what();
    const std::string root = folder.path().string();
    for (size_t at = text.find(root); at != std::string::npos; at = text.find(root)) {
      text.replace(at, root.size(), "ROOT");
    }
    return text;
  }
  return "done";
}

// Without the bytes needed and free, which differ from machine to machine.
template <typename Action>
std::string without_sizes(const TemporaryFolder& folder, Action action) {
  const std::string text = message_of(folder, ErrorKind::kOutput, action);
  return text.substr(0, text.find(" ("));
}

class Files : public testing::Test {
 protected:
  std::string reading(const fs::path& path, uint64_t limit = 1000) const {
    return message_of(folder_, ErrorKind::kData, [&] { read_file(path, ErrorKind::kData, limit); });
  }
  size_t entries() const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()));
  }
  TemporaryFolder folder_;
};

TEST_F(Files, ReadsEveryByte) {
  const std::string bytes("a\0\xFF\n", 4);
  EXPECT_EQ(read_file(folder_.write("x", bytes), ErrorKind::kData, 4), bytes);
  EXPECT_EQ(read_file(folder_.write("empty", ""), ErrorKind::kData, 0), "");
}

TEST_F(Files, SaysWhyAFileCannotBeRead) {
  folder_.write("images", "x");
  EXPECT_EQ(reading(folder_.path() / "imagse"),
            "ROOT/imagse: no such file; did you mean \"images\"?");
  EXPECT_EQ(reading(folder_.path() / "images" / "a"),
            "ROOT/images/a: no such file (a part of its path is a file, not a folder)");
  EXPECT_EQ(reading(folder_.path()), "ROOT: is a folder, expected a file");
  EXPECT_EQ(reading("/dev/null"), "/dev/null: not a regular file (it is a character device)");
  EXPECT_EQ(reading(folder_.write("big", std::string(1001, 'x'))),
            "ROOT/big: larger than 1000 bytes");
  EXPECT_EQ(reading("/proc/self/environ", 0), "/proc/self/environ: larger than 0 MiB");
}

TEST_F(Files, NeverWaitsForAFifo) {
  const fs::path fifo = folder_.path() / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(reading(fifo), "ROOT/fifo: not a regular file (it is a FIFO)");
}

TEST_F(Files, AtomicWriteReplacesWholeAndLeavesNoTemporary) {
  const fs::path file = folder_.write("config.json", "old and longer");
  write_file_atomically(file, "new");
  EXPECT_EQ(read_file(file, ErrorKind::kData, 100), "new");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Files, FailedAtomicWriteKeepsTheOldOne) {
  fs::create_directories(folder_.path() / "taken" / "inside");
  EXPECT_EQ(without_sizes(folder_, [&] { write_file_atomically(folder_.path() / "taken", "new"); }),
            "ROOT/taken: cannot be put in the place of the old file: Is a directory");
  EXPECT_TRUE(fs::exists(folder_.path() / "taken" / "inside"));
  EXPECT_EQ(entries(), 1U);
  EXPECT_EQ(
      without_sizes(folder_, [&] { write_file_atomically(folder_.path() / "no" / "x", "new"); }),
      "ROOT/no/x: cannot create a temporary file beside it: No such file or directory");
}

TEST_F(Files, AppendsLines) {
  const fs::path file = folder_.path() / "metrics.jsonl";
  append_line(file, "{\"step\": 1}");
  append_line(file, "{\"step\": 2}");
  EXPECT_EQ(read_file(file, ErrorKind::kData, 100), "{\"step\": 1}\n{\"step\": 2}\n");
  EXPECT_EQ(message_of(folder_, ErrorKind::kOutput, [&] { append_line("/dev/full", "x"); }),
            "/dev/full: cannot be written (No space left on device)");
}

TEST_F(Files, MakesFoldersAndNamesWhatIsInTheWay) {
  make_folders(folder_.path() / "a" / "b");
  make_folders(folder_.path() / "a" / "b");
  make_folders(folder_.path() / "a" / "c" / "");
  EXPECT_TRUE(fs::is_directory(folder_.path() / "a" / "c"));
  folder_.write("file", "x");
  const auto making = [&](const fs::path& path) {
    return message_of(folder_, ErrorKind::kOutput, [&] { make_folders(path); });
  };
  EXPECT_EQ(making(folder_.path() / "file"), "ROOT/file: is a file, cannot make a folder there");
  EXPECT_EQ(making(folder_.path() / "file" / "b" / "c"),
            "ROOT/file: is a file, cannot make a folder for ROOT/file/b/c there");
  EXPECT_THAT(making("/proc/gantrain/x"),
              testing::StartsWith("/proc: cannot make the folder gantrain for /proc/gantrain/x "
                                  "there ("));
}

}  // namespace
}  // namespace gantrain

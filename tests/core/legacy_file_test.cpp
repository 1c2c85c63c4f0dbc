// The container of torch.save before PyTorch 1.6: pickles in a row, then the bytes of the storages.

#include <gmock/gmock.h>

#include "core/pickle_pieces.h"
#include "core/pt_samples.h"

namespace gantrain::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

struct Legacy {
  std::string magic = start() + "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
  std::string version = start() + "M\xe9\x03.";
  std::string system = start() + dict({{"little_endian", "\x88"}}) + ".";
  std::string value = start() +
                      dict({{"a", tensor(storage("FloatStorage", "94", 2), 0, {2}, {1})},
                            {"b", tensor(storage("CharStorage", "17", 3), 1, {2}, {1})}}) +
                      ".";
  std::string keys = start() + "](" + text("17") + text("94") + "e.";
  std::string first = std::string("\3\0\0\0\0\0\0\0", 8) + "xyz";
  std::string second = std::string("\2\0\0\0\0\0\0\0", 8) + "12345678";

  std::string file() const { return magic + version + system + value + keys + first + second; }
};

TEST(LegacyFile, IsRead) {
  const std::string file = Legacy().file();
  ASSERT_EQ(problem_of(file), "");
  const MemorySource source(file);
  PtReader reader(source, "a.pth");
  EXPECT_FALSE(reader.sealed());
  ASSERT_EQ(reader.tree().storages[1].key, "17");
  std::string bytes(3, '\0');
  reader.read_storage(1, bytes.data());
  EXPECT_EQ(bytes, "xyz");
  bytes.resize(8);
  reader.read_storage(0, bytes.data());
  EXPECT_EQ(bytes, "12345678");
}

TEST(LegacyFile, EveryCutIsFound) {
  const std::string file = Legacy().file();
  for (size_t length = 0; length < file.size(); ++length) {
    ASSERT_NE(problem_of(file.substr(0, length)), "") << length;
  }
  EXPECT_THAT(problem_of(file.substr(0, file.size() - 1)),
              AllOf(HasSubstr("truncated: " + std::to_string(file.size() - 1) + " of at least " +
                              std::to_string(file.size())),
                    HasSubstr("\"a\"")));
}

TEST(LegacyFile, BytesBehindTheEndAreRefused) {
  EXPECT_THAT(problem_of(Legacy().file() + "x"), HasSubstr("behind the last tensor"));
}

TEST(LegacyFile, StoragesThatAreMissingUnknownOrOfAnotherSizeAreRefused) {
  Legacy missing;
  missing.keys = start() + "](" + text("17") + "e.";
  missing.second = "";
  EXPECT_THAT(problem_of(missing.file()), HasSubstr("\"a\" is missing"));
  Legacy unknown;
  unknown.keys = start() + "](" + text("17") + text("95") + "e.";
  EXPECT_THAT(problem_of(unknown.file()), HasSubstr("no tensor uses"));
  Legacy twice;
  twice.keys = start() + "](" + text("17") + text("17") + "e.";
  twice.second = twice.first;
  EXPECT_THAT(problem_of(twice.file()), HasSubstr("twice"));
  Legacy other;
  other.first[0] = 2;
  EXPECT_THAT(problem_of(other.file()),
              AllOf(HasSubstr("\"b\""), HasSubstr("2 elements, and 3 are needed")));
  Legacy none;
  none.keys = start() + "N.";
  EXPECT_THAT(problem_of(none.file()), HasSubstr("list of storages is missing"));
}

TEST(LegacyFile, OtherVersionsAndByteOrdersAreRefused) {
  Legacy version;
  version.version = start() + "M\xea\x03.";
  EXPECT_THAT(problem_of(version.file()), HasSubstr("unknown version"));
  Legacy order;
  order.system = start() + dict({{"little_endian", "\x89"}}) + ".";
  EXPECT_THAT(problem_of(order.file()), HasSubstr("big-endian"));
}

TEST(LegacyFile, AGlobalOutsideTheListIsRefused) {
  Legacy file;
  file.value = start() + "cposix\nsystem\n(" + text("touch executed") + "tR.";
  EXPECT_THAT(problem_of(file.file()),
              AllOf(HasSubstr("\"posix.system\""), HasSubstr("nothing was executed")));
}

TEST(LegacyFile, EveryFlippedBitIsSafe) {
  std::string file = Legacy().file();
  for (size_t bit = 0; bit < file.size() * 8; ++bit) {
    file[bit / 8] = static_cast<char>(file[bit / 8] ^ (1 << bit % 8));
    problem_of(file);
    file[bit / 8] = static_cast<char>(file[bit / 8] ^ (1 << bit % 8));
  }
}

}  // namespace
}  // namespace gantrain::testing

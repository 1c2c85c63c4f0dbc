#include <fstream>

#include <gtest/gtest.h>

#include "gantrain/core/error.h"

#include "data/pixel_store.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kRecords = 5;

Offsets offsets_of_records() {
  std::vector<uint64_t> offsets = {0};
  for (uint64_t i = 0; i < kRecords; ++i) {
    offsets.push_back(offsets.back() + 10 * i);  // the first record is empty
  }
  return std::make_shared<const std::vector<uint64_t>>(offsets);
}

std::vector<uint8_t> record(int64_t index) {
  return std::vector<uint8_t>(static_cast<size_t>(10 * index), static_cast<uint8_t>(index + 1));
}

DecodeFindings some_findings() {
  DecodeFindings findings;
  findings.lost = {2};
  findings.bad = {{"a/\\xff.png", "ends early", "damaged"}};
  findings.gone = 1;
  findings.warnings = 3;
  findings.duplicates = 4;
  findings.all_alike = true;
  findings.content = "abc";
  return findings;
}

void write_cache(const fs::path& path, const std::string& key = "key") {
  const auto cache = CacheFile::create(path, offsets_of_records());
  for (const int64_t i : {3, 0, 4, 1, 2}) {
    cache->write(i, record(i).data());
  }
  cache->finish(key, some_findings());
}

std::unique_ptr<CacheFile> open_cache(const fs::path& path, const std::string& key = "key") {
  DecodeFindings findings;
  return CacheFile::open(path, key, offsets_of_records(), findings);
}

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(CacheFile, GivesBackRecordsAndFindings) {
  const TemporaryFolder folder;
  write_cache(folder / "c");
  DecodeFindings findings;
  const auto cache = CacheFile::open(folder / "c", "key", offsets_of_records(), findings);
  ASSERT_NE(cache, nullptr);
  std::vector<uint8_t> scratch;
  for (int64_t i = 1; i < kRecords; ++i) {
    const uint8_t* read = cache->read(i, scratch);
    ASSERT_NE(read, nullptr);
    EXPECT_EQ(std::vector<uint8_t>(read, read + 10 * i), record(i));
  }
  const DecodeFindings expected = some_findings();
  EXPECT_EQ(findings.lost, expected.lost);
  ASSERT_EQ(findings.bad.size(), 1U);
  EXPECT_EQ(findings.bad[0].name, expected.bad[0].name);
  EXPECT_EQ(findings.bad[0].reason, expected.bad[0].reason);
  EXPECT_EQ(findings.bad[0].kind, expected.bad[0].kind);
  EXPECT_EQ(findings.gone, 1);
  EXPECT_EQ(findings.warnings, 3);
  EXPECT_EQ(findings.duplicates, 4);
  EXPECT_TRUE(findings.all_alike);
  EXPECT_EQ(findings.content, "abc");
  EXPECT_EQ(folder.names(), std::vector<std::string>{"c"});  // no temporary is left
}

TEST(CacheFile, IsNotUsedForAnotherKeyOrLayout) {
  const TemporaryFolder folder;
  write_cache(folder / "c");
  EXPECT_EQ(open_cache(folder / "c", "another key"), nullptr);
  EXPECT_EQ(open_cache(folder / "missing"), nullptr);
  EXPECT_EQ(open_cache(folder.path()), nullptr);
  DecodeFindings findings;
  const auto other = std::make_shared<const std::vector<uint64_t>>(std::vector<uint64_t>{0, 10});
  EXPECT_EQ(CacheFile::open(folder / "c", "key", other, findings), nullptr);
}

TEST(CacheFile, IsNotUsedWhenItWasCutAnywhere) {
  const TemporaryFolder folder;
  write_cache(folder / "c");
  const std::string whole = bytes_of(folder / "c");
  for (size_t size = 0; size < whole.size(); ++size) {
    ASSERT_EQ(open_cache(folder.write("cut", whole.substr(0, size))), nullptr) << size;
  }
  EXPECT_EQ(open_cache(folder.write("longer", whole + "x")), nullptr);
}

TEST(CacheFile, NoFlippedBitReachesTraining) {
  const TemporaryFolder folder;
  write_cache(folder / "c");
  const std::string whole = bytes_of(folder / "c");
  std::vector<uint8_t> scratch;
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    const auto cache = open_cache(folder.write("damaged", damaged));
    if (cache == nullptr) {
      continue;  // made anew
    }
    ASSERT_LT(at, offsets_of_records()->back()) << "only pixels are checked later";
    int64_t refused = 0;
    for (int64_t i = 1; i < kRecords; ++i) {
      refused += cache->read(i, scratch) == nullptr ? 1 : 0;
    }
    ASSERT_EQ(refused, 1) << at;  // that record is decoded again
  }
}

TEST(CacheFile, IsNotThereUntilItIsFinished) {
  const TemporaryFolder folder;
  write_cache(folder / "c", "old");
  {
    const auto cache = CacheFile::create(folder / "c", offsets_of_records());
    cache->write(1, record(1).data());
    EXPECT_NE(open_cache(folder / "c", "old"), nullptr);
  }
  EXPECT_NE(open_cache(folder / "c", "old"), nullptr);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"c"});
}

TEST(CacheFile, SaysWhereItCannotBeWritten) {
  const TemporaryFolder folder;
  const std::string message = error_of(ErrorKind::kOutput, [&] {
    CacheFile::create(folder / "missing" / "c", offsets_of_records());
  });
  EXPECT_NE(message.find("cannot be written"), std::string::npos) << message;
}

}  // namespace
}  // namespace gantrain

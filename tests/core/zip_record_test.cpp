#include <zlib.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gantrain/core/format_error.h"
#include "gantrain/core/zip_plan.h"
#include "gantrain/core/zip_reader.h"

#include "support/deflated.h"

namespace gantrain {
namespace {

using testing::HasSubstr;

uint32_t crc_of(const std::string& bytes) {
  return static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

// A deflated record that says of itself that it holds `plain_bytes`.
ZipRecord record_of(const std::string& packed, const std::string& plain, uint64_t plain_bytes) {
  ZipRecord record;
  record.name = "a.png";
  record.bytes = packed.size();
  record.plain_bytes = plain_bytes;
  record.crc32 = crc_of(plain);
  record.method = 8;
  return record;
}

std::string problem_of(const std::string& bytes, const ZipRecord& record, uint64_t limit = 1000) {
  try {
    read_zip_record(MemorySource(bytes), record, limit);
  } catch (const FormatError& problem) {
    return problem.what();
  }
  return "";
}

TEST(ZipRecord, InflatesToWhatWentIn) {
  for (const std::string& plain : {std::string(), std::string("x"), std::string(100'000, 'z')}) {
    const std::string packed = deflated(plain, kRawDeflate);
    EXPECT_EQ(
        read_zip_record(MemorySource(packed), record_of(packed, plain, plain.size()), 1'000'000),
        plain);
  }
}

TEST(ZipRecord, RefusesARecordThatIsLongerOrShorterThanItSays) {
  const std::string plain(500, 'q');
  const std::string packed = deflated(plain, kRawDeflate);
  EXPECT_THAT(problem_of(packed, record_of(packed, plain, 499)), HasSubstr("but to more"));
  EXPECT_THAT(problem_of(packed, record_of(packed, plain, 501)), HasSubstr("is damaged"));
}

TEST(ZipRecord, RefusesMoreThanTheLimitBeforeItAllocates) {
  const std::string plain(500, 'q');
  const std::string packed = deflated(plain, kRawDeflate);
  EXPECT_THAT(problem_of(packed, record_of(packed, plain, uint64_t{1} << 60)),
              HasSubstr("at most 1000 are allowed"));
}

TEST(ZipRecord, FindsEveryFlippedBit) {
  const std::string plain = "a picture's bytes, say";
  const std::string packed = deflated(plain, kRawDeflate);
  const ZipRecord record = record_of(packed, plain, plain.size());
  for (size_t bit = 0; bit < 8 * packed.size(); ++bit) {
    std::string damaged = packed;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    std::string read;
    try {
      read = read_zip_record(MemorySource(damaged), record, 1000);
    } catch (const FormatError&) {
      continue;
    }
    EXPECT_EQ(read, plain) << "bit " << bit;  // deflate has a few bits without a meaning
  }
}

TEST(ZipRecord, NamesAMethodThatIsNotRead) {
  ZipRecord record = record_of("abc", "abc", 3);
  record.method = 14;
  EXPECT_THAT(problem_of("abc", record), HasSubstr("compressed with method 14"));
}

TEST(ZipPlan, AGrowingPlanIsWrittenRecordByRecord) {
  ZipPlan plan(0xFFFFFFFF, /*grows=*/true);
  std::string file;
  for (size_t i = 0; i < 5; ++i) {
    const std::string bytes(100 * i, static_cast<char>('a' + i));
    plan.add("record" + std::to_string(i), bytes.size());
    file += plan.local_header(i, crc_of(bytes)) + bytes;
  }
  plan.finish(0);
  file += plan.directory();
  EXPECT_EQ(file.size(), plan.total_bytes());
  const MemorySource source(file);
  const ZipDirectory directory = read_zip_directory(source);
  ASSERT_EQ(directory.records.size(), 5U);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(directory.records[i].name, "record" + std::to_string(i));
    EXPECT_EQ(read_zip_record(source, directory.records[i], 1000),
              std::string(100 * i, static_cast<char>('a' + i)));
  }
}

}  // namespace
}  // namespace gantrain

// What a file may claim of itself although its checksums are right: rows 78-85 and 88-89 of the
// list of bad inputs. Seals are repaired over the damage: the reader must be safe without them.

#include <cstring>
#include <functional>

#include <gmock/gmock.h>

#include "core/pt_samples.h"
#include "core/zip_format.h"

namespace gantrain::testing {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;

template <typename Integer>
void store(std::string& file, size_t offset, Integer value) {
  std::memcpy(file.data() + offset, &value, sizeof value);
}

// A sealed file, and where the parts of its zip are.
struct Sample {
  std::string file = sealed_file(sample_tree());
  ZipDirectory zip = read_zip_directory(MemorySource(file));
  size_t end = file.size() - kSealBytes - zip::kEndBytes;
  size_t directory = load(end + 16);

  uint32_t load(size_t offset) const {
    uint32_t value = 0;
    std::memcpy(&value, file.data() + offset, sizeof value);
    return value;
  }
  // The directory's entry of record i.
  size_t entry(size_t i) const {
    size_t at = directory;
    for (size_t k = 0; k < i; ++k) {
      at += zip::kDirectoryEntryBytes + zip.records[k].name.size();
    }
    return at;
  }
  std::string problem() {
    repair_seal(file);
    return problem_of(file);
  }
};

TEST(ZipStructure, RepairedSampleIsFine) {
  EXPECT_EQ(Sample().problem(), "");
}

TEST(ZipStructure, DirectoryPastTheEndIsRefused) {
  Sample sample;
  store<uint32_t>(sample.file, sample.end + 16, 0x7fffffff);
  EXPECT_THAT(sample.problem(), AllOf(HasSubstr("at byte"), HasSubstr("directory")));
}

TEST(ZipStructure, HugeRecordSizesAreRefused) {
  for (const uint32_t size : {0x7fffffffu, 0xfffffffeu, 0xffffffffu}) {
    Sample sample;
    store(sample.file, sample.entry(3) + 20, size);
    store(sample.file, sample.entry(3) + 24, size);
    store(sample.file, sample.zip.records[3].header_offset + 18, size);
    store(sample.file, sample.zip.records[3].header_offset + 22, size);
    EXPECT_THAT(sample.problem(), HasSubstr("reaches past the records"));
  }
}

TEST(ZipStructure, Zip64SizesOfTwoTo63AreRefused) {
  std::string file = unsealed_file("\x80\x02}.", {{"archive/data/0", "12345678"}}, 0);
  ASSERT_EQ(problem_of(file), "");
  const std::string size("\x08\0\0\0\0\0\0\0", 8);
  for (size_t at = file.find(size); at != std::string::npos; at = file.find(size, at + 1)) {
    std::string changed = file;
    store<uint64_t>(changed, at, uint64_t{1} << 63);
    EXPECT_NE(problem_of(changed), "") << at;
  }
}

TEST(ZipStructure, LocalHeaderThatDisagreesIsRefused) {
  for (const size_t field : {14, 18, 22, 8, 6}) {  // checksum, sizes, method, flags
    Sample sample;
    sample.file[sample.zip.records[3].header_offset + field] ^= 1;
    EXPECT_THAT(sample.problem(), HasSubstr("disagrees with the directory")) << field;
  }
  Sample sample;
  sample.file[sample.zip.records[3].header_offset + zip::kLocalHeaderBytes] ^= 1;
  EXPECT_THAT(sample.problem(), HasSubstr("another name"));
}

TEST(ZipStructure, CompressedRecordsAreRefused) {
  Sample sample;
  sample.file[sample.entry(3) + 10] = 8;
  sample.file[sample.zip.records[3].header_offset + 8] = 8;
  EXPECT_THAT(sample.problem(), AllOf(HasSubstr("compressed"), HasSubstr("archive/data/0")));
}

TEST(ZipStructure, EncryptedRecordsAreRefused) {
  Sample sample;
  sample.file[sample.entry(3) + 8] |= 1;
  EXPECT_THAT(sample.problem(), HasSubstr("unknown flags"));
}

TEST(ZipStructure, OverlappingRecordsAreRefused) {
  Sample sample;
  // The last record starts inside the one before it, which holds a perfect local header.
  PickleTree tree = sample_tree();
  tree.storages[0].elements = 64;
  tree.tensors[0] = {0, 0, {64}, {1}};
  const std::string inner = sample.file.substr(
      sample.zip.records[4].header_offset,
      sample.zip.records[4].data_offset - sample.zip.records[4].header_offset + 24);
  PtLayout layout(tree);
  StringSink sink;
  std::string bytes;
  layout.write(sink, [&](size_t i) {
    bytes = storage_bytes(tree.storages[i], i);
    if (i == 0) {
      bytes.replace(0, inner.size(), inner);
    } else {
      bytes = storage_bytes(tree.storages[1], 1);
    }
    return std::string_view(bytes);
  });
  sample.file = sink.bytes();
  sample.zip = read_zip_directory(MemorySource(sample.file));
  sample.end = sample.file.size() - kSealBytes - zip::kEndBytes;
  sample.directory = sample.load(sample.end + 16);
  ASSERT_EQ(sample.problem(), "");
  store(sample.file, sample.entry(4) + 42,
        static_cast<uint32_t>(sample.zip.records[3].data_offset));
  EXPECT_THAT(sample.problem(), HasSubstr("overlaps"));
}

TEST(ZipStructure, TheSameRecordTwiceIsRefused) {
  EXPECT_THAT(problem_of(unsealed_file("\x80\x02}.", {{"archive/a", "1"}, {"archive/a", "1"}})),
              HasSubstr("\"archive/a\" is there twice"));
}

TEST(ZipStructure, LongRecordNamesAreRefused) {
  EXPECT_EQ(problem_of(unsealed_file("\x80\x02}.", {{std::string(512, 'n'), "1"}})), "");
  EXPECT_THAT(problem_of(unsealed_file("\x80\x02}.", {{std::string(513, 'n'), "1"}})),
              HasSubstr("513 bytes"));
}

TEST(ZipStructure, EverySingleByteChangeWithARepairedSealIsSafe) {
  // Many changes are harmless (a time stamp); none may crash, hang or read outside the file.
  Sample sample;
  const std::string original = sample.file;
  for (size_t i = 0; i < original.size() - kSealBytes; ++i) {
    for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      sample.file = original;
      sample.file[i] = static_cast<char>(value);
      sample.problem();
    }
  }
}

TEST(ZipStructure, EveryCutWithARepairedEndIsSafe) {
  const std::string original = sealed_file(sample_tree());
  for (size_t length = 0; length < original.size() - kSealBytes; ++length) {
    std::string file = original.substr(0, length) + std::string(kSealBytes, '0');
    repair_seal(file);
    ASSERT_NE(problem_of(file), "") << length;
  }
}

TEST(ZipStructure, ManyRecordsAndZip64AreRead) {
  std::vector<std::pair<std::string, std::string>> records;
  for (int i = 0; i < 70'000; ++i) {
    records.emplace_back("archive/x" + std::to_string(i), "");
  }
  EXPECT_EQ(problem_of(unsealed_file("\x80\x02}.", records)), "");
  EXPECT_EQ(problem_of(unsealed_file("\x80\x02}.", {{"archive/x", "abc"}}, 0)), "");
  EXPECT_EQ(problem_of(unsealed_file("\x80\x02}.", {{"archive/x", "abc"}}, 100)), "");
}

TEST(OtherFormats, AreRecognised) {
  std::string tar(512, '\0');
  tar.replace(257, 5, "ustar");
  EXPECT_THAT(problem_of(""), HasSubstr("empty file"));
  EXPECT_THAT(problem_of("PK"), HasSubstr("truncated"));
  EXPECT_THAT(problem_of("PK\x03\x04 something"), HasSubstr("truncated"));
  EXPECT_THAT(problem_of(tar), HasSubstr("tar archive"));
  EXPECT_THAT(problem_of("\x1f\x8b\x08..."), HasSubstr("gzip"));
  EXPECT_THAT(problem_of("\n <!DOCTYPE html><html>"), HasSubstr("HTML"));
  EXPECT_THAT(problem_of("<html>404"), HasSubstr("HTML"));
  EXPECT_THAT(problem_of("hello, world"),
              HasSubstr("not a PyTorch file (starts with 0x68656c6c6f2c2077"));
  EXPECT_THAT(problem_of("x"), HasSubstr("not a PyTorch file"));
  EXPECT_THAT(problem_of(std::string("\x80\x03"
                                     "cdnnlib.tflib.network\nNetwork\nq.",
                                     35)),
              AllOf(HasSubstr("StyleGAN"), HasSubstr("dnnlib.tflib.network.Network")));
  EXPECT_THAT(problem_of("\x80"), HasSubstr("pickle"));
  EXPECT_THAT(problem_of(unsealed_file("\x80\x02}.", {{"archive/constants.pkl", "x"}})),
              HasSubstr("TorchScript"));
}

TEST(OtherFormats, ZipWithoutAPickleIsNoPyTorchFile) {
  ZipPlan plan;
  plan.add("photo.png", 0);
  plan.finish(0);
  const std::string header = plan.local_header(0, 0);
  EXPECT_THAT(problem_of(header + plan.directory()), HasSubstr("not one of PyTorch"));
}

TEST(OtherFormats, BigEndianFilesAreRefused) {
  EXPECT_THAT(problem_of(unsealed_file("\x80\x02}.", {{"archive/byteorder", "big"}})),
              HasSubstr("big-endian"));
}

}  // namespace
}  // namespace gantrain::testing

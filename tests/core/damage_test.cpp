// Every flipped bit and every cut of a sealed file is found, and what is found is named.

#include <random>

#include <gmock/gmock.h>

#include "core/pt_samples.h"

namespace gantrain::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(SealedFile, ReadsBack) {
  const PickleTree written = sample_tree();
  const std::string file = sealed_file(written);
  const MemorySource source(file);
  PtReader reader(source, "a.pt");
  EXPECT_TRUE(reader.sealed());
  ASSERT_EQ(reader.tree().tensors.size(), 2u);
  EXPECT_EQ(reader.tree().tensors[0].sizes, (std::vector<int64_t>{2, 4}));
  EXPECT_EQ(reader.tree().tensors[0].strides, (std::vector<int64_t>{4, 1}));
  for (size_t i = 0; i < 2; ++i) {
    std::string bytes(reader.tree().storages[i].bytes(), '\0');
    reader.read_storage(i, bytes.data());
    EXPECT_EQ(bytes, storage_bytes(written.storages[i], i));
  }
}

TEST(SealedFile, DependsOnItsContentOnly) {
  EXPECT_EQ(sealed_file(sample_tree()), sealed_file(sample_tree()));
}

TEST(SealedFile, KnowsItsSizeBeforeItIsWritten) {
  for (int64_t elements : {0, 1, 5, 1000}) {
    const PickleTree tree = sample_tree(elements);
    EXPECT_EQ(PtLayout(tree).total_bytes(), sealed_file(tree).size());
  }
}

TEST(SealedFile, AlignsDataAt64Bytes) {
  const std::string file = sealed_file(sample_tree());
  for (const ZipRecord& record : read_zip_directory(MemorySource(file)).records) {
    EXPECT_EQ(record.data_offset % 64, 0u) << record.name;
  }
}

TEST(SealedFile, EveryFlippedBitIsFound) {
  std::string file = sealed_file(sample_tree());
  ASSERT_EQ(problem_of(file), "");
  for (size_t bit = 0; bit < file.size() * 8; ++bit) {
    file[bit / 8] = static_cast<char>(file[bit / 8] ^ (1 << bit % 8));
    ASSERT_NE(problem_of(file), "") << "bit " << bit % 8 << " of byte " << bit / 8;
    file[bit / 8] = static_cast<char>(file[bit / 8] ^ (1 << bit % 8));
  }
}

TEST(SealedFile, EveryCutIsFoundAndCounted) {
  const std::string file = sealed_file(sample_tree());
  for (size_t length = 0; length < file.size(); ++length) {
    const std::string problem = problem_of(std::string_view(file).substr(0, length));
    ASSERT_NE(problem, "") << length;
    if (length >= 256) {
      ASSERT_THAT(problem, HasSubstr("truncated: " + std::to_string(length) + " of " +
                                     std::to_string(file.size()) + " bytes"));
    }
  }
}

TEST(SealedFile, RandomFlipsOfALargeOneAreFound) {
  std::string file = sealed_file(sample_tree(250'000));
  ASSERT_GT(file.size(), 2'000'000u);
  std::mt19937_64 random(1);
  for (int i = 0; i < 2000; ++i) {
    const size_t bit = random() % (file.size() * 8);
    file[bit / 8] = static_cast<char>(file[bit / 8] ^ (1 << bit % 8));
    // Naming the damaged tensor takes longer than finding the damage; now and then is enough.
    if (i % 50 == 0) {
      ASSERT_NE(problem_of(file), "") << bit;
    } else {
      ASSERT_NE(check_seal(MemorySource(file)), Seal::kValid) << bit;
    }
    file[bit / 8] = static_cast<char>(file[bit / 8] ^ (1 << bit % 8));
  }
  EXPECT_EQ(problem_of(file), "");
}

TEST(SealedFile, DamageInATensorIsNamed) {
  std::string file = sealed_file(sample_tree(100));
  const ZipDirectory zip = read_zip_directory(MemorySource(file));
  file[zip.records[3].data_offset + 5] ^= 4;
  const std::string problem = problem_of(file);
  EXPECT_THAT(problem, StartsWith("a.pt: checksum mismatch"));
  EXPECT_THAT(problem, HasSubstr("\"networks.generator.conv1.weight\""));
  EXPECT_THAT(problem, HasSubstr(std::to_string(zip.records[3].data_offset)));
}

TEST(SealedFile, DamageWithoutTheHashIsStillFoundByTheRecordsChecksum) {
  std::string file = sealed_file(sample_tree(100));
  const ZipDirectory zip = read_zip_directory(MemorySource(file));
  file[zip.records[3].data_offset + 5] ^= 4;
  repair_seal(file);
  EXPECT_THAT(problem_of(file),
              HasSubstr("checksum mismatch in \"networks.generator.conv1.weight\""));
}

TEST(SealedFile, DamageOfTheTreeWithoutTheHashIsFoundByItsChecksum) {
  std::string file = sealed_file(sample_tree());
  const size_t name = file.find("conv1.weight");
  ASSERT_NE(name, std::string::npos);
  file[name] = 'C';  // a tree as good as before, but for its CRC
  repair_seal(file);
  EXPECT_THAT(problem_of(file), HasSubstr("checksum mismatch in record \"archive/data.pkl\""));
}

TEST(SealedFile, RemovedSealIsRefused) {
  std::string file = sealed_file(sample_tree());
  file.resize(file.size() - kSealBytes);
  file[file.size() - 2] = 0;  // the comment's length
  EXPECT_THAT(problem_of(file), HasSubstr("seal"));
}

TEST(SealedFile, ForeignCommentIsRefused) {
  std::string file = unsealed_file("\x80\x02}.");
  ASSERT_EQ(problem_of(file), "");
  file[file.size() - 2] = 5;
  EXPECT_THAT(problem_of(file + "hello"), HasSubstr("comment"));
}

}  // namespace
}  // namespace gantrain::testing

#include "data/picture_source.h"

#include <zlib.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gantrain/core/zip_plan.h"

#include "support/error_of.h"
#include "support/picture_files.h"

namespace gantrain {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

// A zip file of stored records.
std::string zip_of(const std::vector<std::pair<std::string, std::string>>& records) {
  ZipPlan plan(0xFFFFFFFF, /*grows=*/true);
  std::string file;
  for (size_t i = 0; i < records.size(); ++i) {
    const std::string& bytes = records[i].second;
    plan.add(records[i].first, bytes.size());
    file += plan.local_header(
                i, static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(bytes.data()),
                                               static_cast<uInt>(bytes.size())))) +
            bytes;
  }
  plan.finish(0);
  return file + plan.directory();
}

std::vector<std::string> names_of(const PictureSource& source) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < source.count(); ++i) {
    names.emplace_back(source.name(i));
  }
  return names;
}

std::string refusal_of(const TemporaryFolder& folder, const std::string& zip) {
  return error_of(ErrorKind::kData,
                  [&] { open_picture_source(folder.write("x.zip", zip), false, {}); });
}

TEST(PictureSource, AFolderAndAZipOfItAreTheSame) {
  const TemporaryFolder folder;
  const std::vector<std::pair<std::string, std::string>> files = {{"b.png", "bb"},
                                                                  {"a/1.jpg", "a1"},
                                                                  {"dataset.json", "{}"},
                                                                  {".hidden.png", "h"},
                                                                  {"notes.txt", "n"}};
  for (const auto& [name, bytes] : files) {
    folder.write("set/" + name, bytes);
  }
  const auto plain = open_picture_source(folder / "set", false, {});
  const auto zip = open_picture_source(folder.write("set.zip", zip_of(files)), false, {});
  for (const auto& source : {plain, zip}) {
    EXPECT_THAT(names_of(*source), ElementsAre("a/1.jpg", "b.png"));
    EXPECT_THAT(source->tree().ignored, ElementsAre(Pair(".json", 1), Pair(".txt", 1)));
    EXPECT_EQ(source->tree().hidden, 1);
    EXPECT_EQ(source->read_other("dataset.json"), "{}");
    EXPECT_EQ(source->read_other("nothing.json"), "");
    std::string bytes;
    EXPECT_EQ(source->read(0, 100, bytes).size, 2U);
    EXPECT_EQ(bytes, "a1");
    source->read(1, 1, bytes);
    EXPECT_EQ(bytes, "b");
  }
}

TEST(PictureSource, SaysThatAFileIsGone) {
  const TemporaryFolder folder;
  folder.write("set/a.png", "a");
  const auto source = open_picture_source(folder / "set", false, {});
  std::filesystem::remove(folder / "set/a.png");
  std::string bytes;
  EXPECT_THROW(source->read(0, 10, bytes), UnreadableFile);
}

TEST(PictureSource, RefusesNamesThatLeadOutOfTheArchive) {
  const TemporaryFolder folder;
  for (const char* name : {"/etc/a.png", "../a.png", "a/../../b.png", "C:\\a.png", "\\a.png",
                           "a\\..\\b.png", "../notes.txt"}) {
    EXPECT_THAT(refusal_of(folder, zip_of({{"ok.png", "x"}, {name, "x"}})),
                HasSubstr("the archive is not used"))
        << name;
  }
  EXPECT_NO_THROW(
      open_picture_source(folder.write("ok.zip", zip_of({{"a..b/..c.png", "x"}})), false, {}));
}

TEST(PictureSource, RefusesANameThatComesTwice) {
  const TemporaryFolder folder;
  EXPECT_THAT(refusal_of(folder, zip_of({{"a.png", "x"}, {"a.png", "y"}})),
              HasSubstr("is there twice"));
}

TEST(PictureSource, ADamagedMemberIsNotRead) {
  const TemporaryFolder folder;
  std::string zip = zip_of({{"a.png", "some bytes of a picture"}});
  zip[zip.find("bytes")] ^= 1;
  const auto source = open_picture_source(folder.write("x.zip", zip), false, {});
  std::string bytes;
  EXPECT_THROW(source->read(0, 1000, bytes), FormatError);
}

TEST(PictureSource, SaysWhatIsNoArchive) {
  const TemporaryFolder folder;
  EXPECT_THAT(refusal_of(folder, "text"), HasSubstr("x.zip"));
  EXPECT_THAT(
      error_of(ErrorKind::kData, [&] { open_picture_source(folder / "missing", false, {}); }),
      HasSubstr("missing: no such file or folder (data.path)"));
}

}  // namespace
}  // namespace gantrain

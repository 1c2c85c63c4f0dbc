#include "training/picture_jobs.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "gantrain/core/error.h"
#include "gantrain/image/png_writer.h"

#include "support/error_of.h"
#include "support/temporary_folder.h"
#include "training/result_page.h"

namespace gantrain {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

class PictureJobsTest : public ::testing::Test {
 protected:
  void add(const std::string& name, int64_t width = 3, int64_t height = 2) {
    const fs::path path = in() / name;
    fs::create_directories(path.parent_path());
    Image image;
    image.width = width;
    image.height = height;
    image.channels = 1;
    image.pixels.resize(static_cast<size_t>(width * height));
    write_png(path, image);
  }

  PictureJobs find(const fs::path& path, const fs::path& out, const fs::path& targets = {}) {
    return find_picture_jobs(path, out, targets, {});
  }

  std::vector<std::string> results() {
    std::vector<std::string> names;
    for (const PictureJob& job : find(in(), folder_.path() / "out").jobs) {
      names.push_back(job.out);
    }
    return names;
  }

  Error refused(const fs::path& path, const fs::path& out) {
    try {
      find(path, out);
    } catch (const Error& error) {
      return error;
    }
    return {ErrorKind::kInternal, "nothing was refused"};
  }

  fs::path in() { return folder_.path() / "in"; }
  TemporaryFolder folder_;
};

TEST_F(PictureJobsTest, KeepsFoldersAndNamesAndTakesSizesFromHeaders) {
  add("b.png", 17, 31);
  add("a/x y.JPG");  // a PNG by its content
  const PictureJobs found = find(in(), folder_.path() / "out");
  ASSERT_EQ(found.jobs.size(), 2u);
  EXPECT_EQ(found.jobs[0].out, "a/x y.png");
  EXPECT_EQ(found.jobs[1].out, "b.png");
  EXPECT_EQ(found.jobs[1].width, 17);
  EXPECT_EQ(found.jobs[1].height, 31);
}

TEST_F(PictureJobsTest, NamesThatDifferInTheExtensionAloneKeepIt) {
  add("a.jpg");
  add("a.png");
  add("b.c.png");
  EXPECT_THAT(results(), ElementsAre("a.jpg.png", "a.png.png", "b.c.png"));
}

TEST_F(PictureJobsTest, ResultsOfOneNameAreRefused) {
  add("a.jpg");
  add("a.png");
  add("a.jpg.bmp");
  EXPECT_THAT(refused(in(), "out").what(), HasSubstr("a.jpg.png"));
}

TEST_F(PictureJobsTest, OnePictureIsFoundByItself) {
  add("b.png");
  add("c.png");
  const PictureJobs found = find(in() / "b.png", folder_.path() / "out");
  ASSERT_EQ(found.jobs.size(), 1u);
  EXPECT_EQ(found.jobs[0].name, "b.png");
}

TEST_F(PictureJobsTest, ResultsAmongThePicturesAreRefused) {
  add("a/b.png");
  for (const fs::path& out : {in(), in() / "new", in() / "a", in() / "." / "x" / ".."}) {
    const Error error = refused(in(), out);
    EXPECT_EQ(error.kind(), ErrorKind::kUsage) << out;
  }
  EXPECT_EQ(refused(in() / "a" / "b.png", in() / "a").kind(), ErrorKind::kUsage);
  EXPECT_NO_THROW(find(in() / "a" / "b.png", in()));
  EXPECT_NO_THROW(find(in(), folder_.path()));
  EXPECT_NO_THROW(find(in(), folder_.path() / "input"));
}

TEST_F(PictureJobsTest, FilesThatAreNoPicturesAreBadAndSaidTogether) {
  add("good.png");
  std::ofstream(in() / "empty.png");
  std::ofstream(in() / "page.jpg") << "<html>";
  const PictureJobs found = find(in(), folder_.path() / "out");
  EXPECT_EQ(found.jobs.size(), 1u);
  ASSERT_EQ(found.bad.size(), 2u);
  const std::string message = error_of(ErrorKind::kData, [&] { refuse_bad_pictures(found.bad); });
  EXPECT_THAT(message, HasSubstr("2 pictures cannot be used:"));
  EXPECT_THAT(message, HasSubstr("empty.png: "));
  EXPECT_THAT(message, HasSubstr("--skip-bad"));
}

TEST_F(PictureJobsTest, FoldersWithoutPicturesSayWhatTheyHold) {
  fs::create_directories(in());
  std::ofstream(in() / "a.txt");
  const Error error = refused(in(), "out");
  EXPECT_EQ(error.kind(), ErrorKind::kData);
  EXPECT_THAT(error.what(), HasSubstr("holds no pictures (1 .txt)"));
  EXPECT_THAT(refused(folder_.path() / "missing", "out").what(),
              HasSubstr("missing: no such file or folder"));
}

TEST_F(PictureJobsTest, TargetsGoByName) {
  add("a/1.png");
  add("2.png");
  fs::create_directories(folder_.path() / "t" / "a");
  fs::copy_file(in() / "2.png", folder_.path() / "t" / "a" / "1.bmp");
  const PictureJobs found = find(in(), folder_.path() / "out", folder_.path() / "t");
  ASSERT_EQ(found.jobs.size(), 1u);
  EXPECT_EQ(found.jobs[0].target, "a/1.bmp");
  ASSERT_EQ(found.bad.size(), 1u);
  EXPECT_THAT(found.bad[0].reason, HasSubstr("has no target of its name"));
}

TEST(ResultPage, EscapesNames) {
  const std::string page =
      result_page("T", "s", {{"<b>&\"", "../in/a b#.png", "o?%.png", "", "n"}});
  EXPECT_THAT(page, Not(HasSubstr("<b>")));
  EXPECT_THAT(page, HasSubstr("src=\"../in/a%20b%23.png\""));
  EXPECT_THAT(page, HasSubstr("href=\"o%3F%25.png\""));
}

TEST(ResultPage, ShowsGridsInPlaceOfInputs) {
  const std::string page = result_page("T", "s", {{"a", "in.png", "out.png", "grid.png", ""}});
  EXPECT_THAT(page, HasSubstr("src=\"grid.png\""));
  EXPECT_THAT(page, Not(HasSubstr("in.png\"")));
}

}  // namespace
}  // namespace gantrain

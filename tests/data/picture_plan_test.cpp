#include "data/picture_plan.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/folder_dataset.h"
#include "data/pair_dataset.h"
#include "support/error_of.h"
#include "support/picture_files.h"

namespace gantrain {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// The names of the items' images, or of their inputs.
std::vector<std::string> names_of(const PicturePlan& plan, bool inputs = false) {
  std::vector<std::string> names;
  for (const PicturePlan::Item& item : plan.items) {
    names.emplace_back(plan.source->name(inputs ? item.input : item.image));
  }
  return names;
}

template <typename Options>
Options plan_options(const TemporaryFolder& folder) {
  Options options;
  options.path = folder.path().string();
  return options;
}

PicturePlan folder_plan(const TemporaryFolder& folder, PictureSplit split, double val_share = 0,
                        double test_share = 0, int64_t seed = 0) {
  auto options = plan_options<FolderOptions>(folder);
  options.split = split;
  options.val_share = val_share;
  options.test_share = test_share;
  options.split_seed = seed;
  return plan_folder(options, {});
}

TEST(PictureOptions, SayWhatDoesNotGoTogether) {
  PictureOptions options;
  EXPECT_FALSE(picture_conflict(options));
  options.val_share = options.test_share = 0.5;
  EXPECT_EQ(picture_conflict(options)->key, "val_share");
  options = {};
  options.bit_depth = 12;
  EXPECT_EQ(picture_conflict(options)->key, "bit_depth");
  options = {};
  options.load_size = 70;
  EXPECT_EQ(picture_conflict(options)->key, "load_size");
  options.fit = Fit::kResizeAndCrop;
  EXPECT_FALSE(picture_conflict(options));
}

TEST(FolderPlan, TakesEveryImageBelow) {
  const TemporaryFolder folder;
  for (const char* name : {"z.png", "a/b/1.jpg", "a/0.bmp", "a/x.txt"}) {
    folder.write(name, "");
  }
  const PicturePlan plan = plan_folder(plan_options<FolderOptions>(folder), {});
  EXPECT_THAT(names_of(plan), ElementsAre("a/0.bmp", "a/b/1.jpg", "z.png"));
  EXPECT_EQ(plan.classes(), 0);
}

TEST(FolderPlan, TakesTheSubFolderOfTheSplit) {
  const TemporaryFolder folder;
  for (const char* name : {"train/1.png", "train/a/2.png", "val/3.png", "test/4.png"}) {
    folder.write(name, "");
  }
  EXPECT_THAT(names_of(folder_plan(folder, PictureSplit::kTrain)),
              ElementsAre("train/1.png", "train/a/2.png"));
  EXPECT_THAT(names_of(folder_plan(folder, PictureSplit::kVal)), ElementsAre("val/3.png"));
  EXPECT_THAT(names_of(folder_plan(folder, PictureSplit::kTest)), ElementsAre("test/4.png"));
  EXPECT_THAT(names_of(folder_plan(folder, PictureSplit::kAll)), SizeIs(4));
}

TEST(FolderPlan, DrawsSharesThatShareNothingAndLoseNothing) {
  const TemporaryFolder folder;
  for (int i = 0; i < 50; ++i) {
    folder.write(std::to_string(i) + ".png", "");
  }
  std::vector<std::string> all;
  const size_t sizes[] = {35, 10, 5};
  const PictureSplit splits[] = {PictureSplit::kTrain, PictureSplit::kVal, PictureSplit::kTest};
  for (int i = 0; i < 3; ++i) {
    const auto names = names_of(folder_plan(folder, splits[i], 0.2, 0.1));
    EXPECT_THAT(names, SizeIs(sizes[i]));
    EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
    all.insert(all.end(), names.begin(), names.end());
  }
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 50U);
  EXPECT_EQ(names_of(folder_plan(folder, PictureSplit::kVal, 0.2, 0.1)),
            names_of(folder_plan(folder, PictureSplit::kVal, 0.2, 0.1)));
  EXPECT_NE(names_of(folder_plan(folder, PictureSplit::kVal, 0.2, 0.1)),
            names_of(folder_plan(folder, PictureSplit::kVal, 0.2, 0.1, 1)));
}

TEST(FolderPlan, ASplitThatIsNotThereIsAnError) {
  const TemporaryFolder folder;
  folder.write("1.png", "");
  EXPECT_THAT(
      error_of(ErrorKind::kData, [&] { folder_plan(folder, PictureSplit::kVal); }),
      HasSubstr("there is no split \"val\": no images in a folder val/, and data.val_share is 0"));
}

TEST(FolderPlan, TakesTheFirstImagesOnly) {
  const TemporaryFolder folder;
  for (const char* name : {"1.png", "2.png", "3.png"}) {
    folder.write(name, "");
  }
  auto options = plan_options<FolderOptions>(folder);
  options.max_images = 2;
  EXPECT_THAT(names_of(plan_folder(options, {})), ElementsAre("1.png", "2.png"));
}

TEST(FolderPlan, SaysWhatAFolderWithoutImagesHolds) {
  const TemporaryFolder folder;
  folder.write("a.txt", "");
  folder.write("README", "");
  EXPECT_THAT(error_of(ErrorKind::kData, [&] { folder_plan(folder, PictureSplit::kTrain); }),
              HasSubstr("there are no images; it holds 1 without an extension, 1 .txt."));
}

TEST(ClassPlan, TheFirstFolderIsTheClass) {
  const TemporaryFolder folder;
  for (const char* name : {"dogs/1.png", "cats/b/2.png", "cats/3.png", "loose.png"}) {
    folder.write(name, "");
  }
  std::filesystem::create_directory(folder / "birds");
  const PicturePlan plan = plan_classes(plan_options<ClassesOptions>(folder), {});
  EXPECT_THAT(plan.class_names, ElementsAre("cats", "dogs"));
  EXPECT_THAT(names_of(plan), ElementsAre("cats/3.png", "cats/b/2.png", "dogs/1.png"));
  EXPECT_THAT(plan.labels, ElementsAre(0, 0, 1));
  EXPECT_THAT(plan.warnings, ElementsAre("class folder \"birds\" holds no images",
                                         "class folder \"dogs\" holds a single image",
                                         HasSubstr("1 images that stand beside")));
}

TEST(ClassPlan, ClassesStandBelowTheSplit) {
  const TemporaryFolder folder;
  for (const char* name : {"train/a/1.png", "train/b/2.png", "train/b/3.png", "test/b/4.png"}) {
    folder.write(name, "");
  }
  const PicturePlan plan = plan_classes(plan_options<ClassesOptions>(folder), {});
  EXPECT_THAT(plan.class_names, ElementsAre("a", "b"));
  EXPECT_THAT(plan.labels, ElementsAre(0, 1, 1));
}

PicturePlan plan_with_labels(const TemporaryFolder& folder, const std::string& json) {
  folder.write("dataset.json", json);
  return plan_zip(plan_options<ZipOptions>(folder), {});
}

TEST(ZipPlanOfPictures, ReadsLabelsByName) {
  const TemporaryFolder folder;
  folder.write("00000/a.png", "");
  folder.write("00000/b.png", "");
  const PicturePlan plan =
      plan_with_labels(folder, R"({"labels": [["00000/b.png", 3], ["00000/a.png", 1]]})");
  EXPECT_THAT(plan.labels, ElementsAre(1, 3));
  EXPECT_THAT(plan.class_names, ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(plan_with_labels(folder, R"({"labels": null})").labels, IsEmpty());
}

TEST(ZipPlanOfPictures, SaysWhatIsWrongWithLabels) {
  const TemporaryFolder folder;
  folder.write("a.png", "");
  const auto problem = [&](const std::string& json) {
    return error_of(ErrorKind::kData, [&] { plan_with_labels(folder, json); });
  };
  EXPECT_THAT(problem("[1]"), HasSubstr("dataset.json is not {\"labels\""));
  EXPECT_THAT(problem("{"), HasSubstr("dataset.json is not {\"labels\""));
  EXPECT_THAT(problem(R"({"labels": []})"), HasSubstr("has no label for a.png"));
  for (const char* label : {R"(["a.png", -1])", R"(["a.png", 10000])", R"(["a.png", 0.5])",
                            R"(["a.png"])", R"([1, 1])", "5"}) {
    EXPECT_THAT(problem(std::string(R"({"labels": [)") + label + "]}"),
                HasSubstr("expected [NAME, CLASS]"))
        << label;
  }
  auto options = plan_options<ZipOptions>(folder);
  options.labels = false;
  EXPECT_THAT(plan_zip(options, {}).labels, IsEmpty());
}

TEST(PairPlan, MatchesNamesWithoutTheirExtensions) {
  const TemporaryFolder folder;
  for (const char* name : {"A/1.png", "A/2.jpg", "A/x.png", "B/2.png", "B/1.png", "B/y.png"}) {
    folder.write(name, "");
  }
  auto options = plan_options<PairedFoldersOptions>(folder);
  const PicturePlan plan = plan_paired_folders(options, {});
  EXPECT_THAT(names_of(plan), ElementsAre("B/1.png", "B/2.png"));
  EXPECT_THAT(names_of(plan, true), ElementsAre("A/1.png", "A/2.jpg"));
  EXPECT_THAT(plan.problems,
              ElementsAre("A/x.png: has no partner in B/", "B/y.png: has no partner in A/"));
  options.direction = Direction::kBToA;
  EXPECT_THAT(names_of(plan_paired_folders(options, {})), ElementsAre("A/1.png", "A/2.jpg"));
}

TEST(PairPlan, TwoFilesOfOneNameAreNamed) {
  const TemporaryFolder folder;
  for (const char* name : {"A/1.png", "A/1.jpg", "B/1.png"}) {
    folder.write(name, "");
  }
  const PicturePlan plan = plan_paired_folders(plan_options<PairedFoldersOptions>(folder), {});
  EXPECT_THAT(plan.items, SizeIs(1));
  EXPECT_THAT(plan.problems, ElementsAre("A/1.png: stands beside 1.jpg"));
}

TEST(PairPlan, FindsTheFoldersOfASplitInAnyLayout) {
  const std::vector<std::array<const char*, 2>> layouts = {{"trainA/1.png", "trainB/1.png"},
                                                           {"train/A/1.png", "train/B/1.png"},
                                                           {"A/train/1.png", "B/train/1.png"},
                                                           {"A/1.png", "B/1.png"}};
  for (const auto& [a, b] : layouts) {
    const TemporaryFolder folder;
    folder.write(a, "");
    folder.write(b, "");
    const PicturePlan plan = plan_paired_folders(plan_options<PairedFoldersOptions>(folder), {});
    EXPECT_THAT(names_of(plan), ElementsAre(b));
    EXPECT_THAT(names_of(plan, true), ElementsAre(a));
  }
}

TEST(PairPlan, SaysWhereItLooked) {
  const TemporaryFolder folder;
  folder.write("A/1.png", "");
  EXPECT_THAT(
      error_of(ErrorKind::kData,
               [&] { plan_paired_folders(plan_options<PairedFoldersOptions>(folder), {}); }),
      HasSubstr("there are no images in trainB/ or train/B/ or B/train/ or B/"));
}

TEST(PairPlan, SharesOfAPairedSetKeepPairsTogether) {
  const TemporaryFolder folder;
  for (int i = 0; i < 20; ++i) {
    folder.write("A/" + std::to_string(i) + ".png", "");
    folder.write("B/" + std::to_string(i) + ".png", "");
  }
  auto options = plan_options<PairedFoldersOptions>(folder);
  options.val_share = 0.25;
  options.split = PictureSplit::kVal;
  const PicturePlan plan = plan_paired_folders(options, {});
  ASSERT_THAT(plan.items, SizeIs(5));
  for (const PicturePlan::Item& item : plan.items) {
    EXPECT_EQ(plan.source->name(item.image).substr(2), plan.source->name(item.input).substr(2));
  }
}

TEST(UnpairedPlan, KeepsBothSidesWhole) {
  const TemporaryFolder folder;
  for (const char* name : {"trainA/a1.png", "trainA/a2.png", "trainB/b1.png", "testA/t.png"}) {
    folder.write(name, "");
  }
  const PicturePlan plan = plan_unpaired(plan_options<UnpairedOptions>(folder), {});
  EXPECT_THAT(names_of(plan), ElementsAre("trainB/b1.png"));
  ASSERT_THAT(plan.unpaired_inputs, SizeIs(2));
  EXPECT_EQ(plan.source->name(plan.unpaired_inputs[0].image), "trainA/a1.png");
  EXPECT_THAT(plan.problems, IsEmpty());
}

}  // namespace
}  // namespace gantrain

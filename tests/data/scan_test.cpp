#include "gantrain/data/scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/error_of.h"
#include "support/idx_bytes.h"
#include "support/picture_files.h"
#include "support/shared_data.h"

namespace gantrain {
namespace {

using testing::HasSubstr;
using testing::Not;

ScanRequest request_for(const std::string& type, const std::filesystem::path& path,
                        bool full = false) {
  ScanRequest request;
  request.type = type;
  request.options = default_dataset_options(type, path);
  request.full = full;
  return request;
}

nlohmann::json json_of(const ScanRequest& request) {
  return nlohmann::json::parse(scan_dataset(request).json);
}

void write_mixed_set(const TemporaryFolder& folder) {
  write_noise(folder, "set/a.png", 1, 10, 20);
  write_noise(folder, "set/b.jpg", 2, 30, 20);  // a PNG by content
  folder.write("set/c.png", encode_png(noise_image(3, 8, 8, 1)));
  write_noise(folder, "set/d.png", 1, 10, 20);  // as a.png
  folder.write("set/notes.txt", "");
}

TEST(Scan, CountsWhatThereIs) {
  const TemporaryFolder folder;
  write_mixed_set(folder);
  const ScanResult quick = scan_dataset(request_for("folder", folder / "set"));
  EXPECT_TRUE(quick.all_usable);
  EXPECT_FALSE(quick.one_size);
  for (const char* part :
       {"set: folder of images\n", "4 PNG", "8x8 to 30x20, median 10x20 (3 different sizes)",
        "3 RGB, 1 grey", "1 .txt", "1 file has the extension of another format",
        "none, by the headers; --full decodes every image"}) {
    EXPECT_THAT(quick.text, HasSubstr(part));
  }
  EXPECT_THAT(quick.text, Not(HasSubstr("byte for byte")));
  const nlohmann::json full = json_of(request_for("folder", folder / "set", true));
  EXPECT_EQ(full["files"], 4);
  EXPECT_EQ(full["formats"]["PNG"], 4);
  EXPECT_EQ(full["channels"]["grey"], 1);
  EXPECT_EQ(full["sizes"]["median"]["height"], 20);
  EXPECT_EQ(full["other_files"][".txt"], 1);
  EXPECT_EQ(full["duplicates"], 1);
  EXPECT_EQ(full["no_variety"], false);
  EXPECT_EQ(full["decoded_bytes"], 4 * 64 * 64 * 3);
  EXPECT_EQ(full["bad"].size(), 0U);
}

TEST(Scan, TheFullOneFindsWhatHeadersDoNotShow) {
  const TemporaryFolder folder;
  write_noises(folder, "set/", 3);
  folder.write("set/empty.png", "");
  std::string damaged = encode_png(noise_image(1, 8, 8));
  damaged[damaged.find("IDAT") + 20] ^= 1;
  folder.write("set/damaged.png", damaged);
  const auto request = request_for("folder", folder / "set");
  EXPECT_FALSE(scan_dataset(request).all_usable);
  EXPECT_EQ(json_of(request)["bad"].size(), 1U);
  const nlohmann::json full = json_of(request_for("folder", folder / "set", true));
  ASSERT_EQ(full["bad"].size(), 2U);
  EXPECT_EQ(full["bad"][0]["kind"], "empty");
  EXPECT_EQ(full["bad"][1]["kind"], "damaged");
  EXPECT_THAT(full["bad"][1]["name"].get<std::string>(), HasSubstr("damaged.png"));
}

TEST(Scan, OneSizeIsTheGeometryThatItProposes) {
  const TemporaryFolder folder;
  write_noises(folder, "set/", 3, 12, 10, 1);
  auto request = request_for("folder", folder / "set");
  const ScanResult result = scan_dataset(request);
  EXPECT_TRUE(result.one_size);
  EXPECT_EQ(result.geometry, (ImageGeometry{1, 10, 12}));
  EXPECT_THAT(result.text, HasSubstr("360 B once decoded to 12x10 grey"));
  request.resolution = 32;
  EXPECT_EQ(scan_dataset(request).geometry, (ImageGeometry{1, 32, 32}));
  EXPECT_EQ(scan_dataset(request_for("paired", folder / "set")).geometry,
            (ImageGeometry{1, 10, 6}));
}

TEST(Scan, KnowsThatAllFilesHaveSixteenBits) {
  const TemporaryFolder folder;
  folder.write("set/a.png", encode_png(noise_image(1, 8, 8, 1, 16)));
  EXPECT_EQ(scan_dataset(request_for("folder", folder / "set")).bits, 16);
  folder.write("set/b.png", encode_png(noise_image(1, 8, 8, 1)));
  EXPECT_EQ(scan_dataset(request_for("folder", folder / "set")).bits, 8);
}

TEST(Scan, ShowsImagesFromAllOverTheSet) {
  const TemporaryFolder folder;
  for (uint32_t i = 0; i < 100; ++i) {
    folder.write("set/" + std::to_string(100 + i) + ".png",
                 encode_png(plain_image(static_cast<uint8_t>(i), 8, 8)));
  }
  auto request = request_for("folder", folder / "set");
  EXPECT_FALSE(scan_dataset(request).preview);
  request.preview_images = 10;
  const auto preview = scan_dataset(request).preview;
  ASSERT_TRUE(preview);
  ASSERT_EQ(preview->images.size(0), 10);
  for (int64_t i = 0; i < 10; ++i) {
    EXPECT_EQ(preview->images[i][0][0][0].item<int>(), 10 * i);
  }
}

TEST(Scan, ThePreviewOfPairsHasInputs) {
  const TemporaryFolder folder;
  write_noises(folder, "set/A/", 2);
  write_noises(folder, "set/B/", 2);
  auto request = request_for("paired_folders", folder / "set");
  request.preview_images = 10;
  const ScanResult result = scan_dataset(request);
  ASSERT_TRUE(result.preview);
  EXPECT_TRUE(result.preview->inputs.equal(result.preview->images));
  EXPECT_THAT(result.text, HasSubstr("pairs        2\n"));
}

TEST(Scan, ASetWithoutAUsableImageHasNoPreview) {
  const TemporaryFolder folder;
  folder.write("set/empty.png", "");
  auto request = request_for("folder", folder / "set");
  request.preview_images = 10;
  const ScanResult result = scan_dataset(request);
  EXPECT_FALSE(result.preview);
  EXPECT_THAT(result.text, HasSubstr("empty.png: "));
}

TEST(Scan, OpensWhatIsNotMadeOfImageFiles) {
  const TemporaryFolder folder;
  folder.write("train-images-idx3-ubyte", idx_bytes({5, 6, 4}, counting_bytes(5 * 6 * 4)));
  folder.write("train-labels-idx1-ubyte", idx_bytes({5}, counting_bytes(5)));
  auto request = request_for("idx", folder.path());
  request.preview_images = 3;
  const ScanResult result = scan_dataset(request);
  EXPECT_EQ(result.geometry, (ImageGeometry{1, 6, 4}));
  EXPECT_THAT(result.text, HasSubstr("5 images 4x6 grey, 5 classes"));
  EXPECT_THAT(result.text, Not(HasSubstr("resized")));
  ASSERT_TRUE(result.preview);
  EXPECT_EQ(result.preview->images.size(0), 3);
}

TEST(GuessDatasetType, LooksAtNames) {
  const auto guess = [](const std::vector<std::string>& names) {
    const TemporaryFolder folder;
    for (const std::string& name : names) {
      folder.write(name, "");
    }
    return guess_dataset_type(folder.path());
  };
  EXPECT_EQ(guess({"a.png", "b/c.png"}), "folder");
  EXPECT_EQ(guess({"a/1.png", "b/2.png"}), "classes");
  EXPECT_EQ(guess({"a/1.png"}), "folder");
  EXPECT_EQ(guess({"train/a/1.png", "test/a/1.png"}), "folder");
  EXPECT_EQ(guess({"trainA/1.png", "trainB/1.png"}), "paired_folders");
  EXPECT_EQ(guess({"A/1.png", "B/2.png"}), "unpaired");
  EXPECT_EQ(guess({"train-images-idx3-ubyte.gz"}), "idx");
  EXPECT_EQ(guess({"data_batch_1.bin"}), "cifar");
  const TemporaryFolder folder;
  EXPECT_EQ(guess_dataset_type(folder.write("x.zip", "")), "zip");
  EXPECT_EQ(guess_dataset_type(folder.write("x", "")), "idx");
  EXPECT_THAT(error_of(ErrorKind::kData, [&] { guess_dataset_type(folder / "no"); }),
              HasSubstr("no: no such file or folder"));
}

TEST(DefaultDatasetOptions, NameTheNearestType) {
  EXPECT_THAT(error_of(ErrorKind::kUsage, [] { default_dataset_options("folders", "x"); }),
              HasSubstr("did you mean \"folder\"?"));
}

// What stands in shared/data/README.md about the sets.
TEST(ScanOfRealSets, AgreesWithWhatIsKnownOfThem) {
  const auto faces = shared_data("anime_faces");
  GANTRAIN_NEEDS_SHARED_DATA(faces);
  const nlohmann::json anime = json_of(request_for("folder", faces, true));
  EXPECT_EQ(anime["files"], 1500);
  EXPECT_EQ(anime["duplicates"], 19);
  EXPECT_EQ(anime["bad"].size(), 0U);
  const nlohmann::json orl = json_of(request_for("classes", shared_data("orl_faces")));
  EXPECT_EQ(orl["classes"].size(), 40U);
  EXPECT_EQ(orl["formats"]["PGM/PPM"], 400);
  EXPECT_EQ(orl["sizes"]["largest"]["width"], 92);
  EXPECT_EQ(json_of(request_for("paired", shared_data("facades")))["pairs"], 400);
  EXPECT_EQ(guess_dataset_type(shared_data("emoji64")), "paired_folders");
  EXPECT_EQ(json_of(request_for("paired_folders", shared_data("emoji64")))["pairs"], 900);
  EXPECT_EQ(guess_dataset_type(shared_data("summer2winter")), "unpaired");
  const nlohmann::json seasons =
      json_of(request_for("unpaired", shared_data("summer2winter"), true));
  EXPECT_EQ(seasons["unpaired_images"], 110);
  EXPECT_EQ(seasons["duplicates"], 2);
}

}  // namespace
}  // namespace gantrain

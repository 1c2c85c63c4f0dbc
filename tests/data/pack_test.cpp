#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gantrain/data/registry.h"
#include "gantrain/data/scan.h"

#include "data/folder_dataset.h"
#include "data/gathered.h"
#include "data/pair_dataset.h"
#include "data/synthetic_dataset.h"
#include "support/picture_files.h"

namespace gantrain {
namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::shared_ptr<const Dataset> open_packed(const std::string& type,
                                           const std::filesystem::path& path,
                                           const BatchGeometry& geometry) {
  return open_dataset(type, default_dataset_options(type, path), geometry, "");
}

TEST(Pack, ImagesAndLabelsComeBack) {
  const TemporaryFolder folder;
  const auto shapes = open_synthetic_dataset({150, 4, 1}, {3, 8, 8});
  const PackSummary summary = pack_dataset(*shapes, folder / "shapes.zip", {});
  EXPECT_EQ(summary.images, 150);
  EXPECT_EQ(summary.bytes, std::filesystem::file_size(folder / "shapes.zip"));
  const auto packed = open_packed("zip", folder / "shapes.zip", {{3, 8, 8}});
  const std::vector<int64_t> all = first_indices(150);
  EXPECT_TRUE(gathered(*packed, all).equal(gathered(*shapes, all)));
  EXPECT_EQ(gathered_labels(*packed, all), gathered_labels(*shapes, all));
}

TEST(Pack, GivesTheSameBytesAgain) {
  const TemporaryFolder folder;
  const auto shapes = open_synthetic_dataset({70, 4, 1}, {1, 8, 8});
  pack_dataset(*shapes, folder / "a.zip", {});
  pack_dataset(*shapes, folder / "b.zip", {});
  EXPECT_EQ(bytes_of(folder / "a.zip"), bytes_of(folder / "b.zip"));
}

TEST(Pack, APairBecomesOneImage) {
  const TemporaryFolder folder;
  for (uint32_t i = 0; i < 3; ++i) {
    write_noise(folder, "set/A/" + std::to_string(i) + ".png", i);
    write_noise(folder, "set/B/" + std::to_string(i) + ".png", 10 + i);
  }
  const BatchGeometry geometry = {{3, 8, 8}, {3, 8, 8}};
  const auto pairs = open_packed("paired_folders", folder / "set", geometry);
  pack_dataset(*pairs, folder / "pairs.zip", {});
  const auto packed = open_packed("paired", folder / "pairs.zip", geometry);
  const HostBatch before = gathered_batch(*pairs, {0, 1, 2});
  const HostBatch after = gathered_batch(*packed, {0, 1, 2});
  EXPECT_TRUE(after.images.equal(before.images));
  EXPECT_TRUE(after.inputs.equal(before.inputs));
}

TEST(Pack, UnpairedSidesStandInFoldersOfTheirOwn) {
  const TemporaryFolder folder;
  write_noises(folder, "set/trainA/", 5);
  write_noises(folder, "set/trainB/b", 3);
  const BatchGeometry geometry = {{3, 8, 8}, {3, 8, 8}};
  const auto sides = open_packed("unpaired", folder / "set", geometry);
  const PackSummary summary = pack_dataset(*sides, folder / "sides.zip", {});
  EXPECT_EQ(summary.images, 8);
  const auto packed = open_packed("unpaired", folder / "sides.zip", geometry);
  EXPECT_EQ(packed->info().unpaired_images, 3);
  EXPECT_EQ(packed->info().unpaired_inputs, 5);
  HostBatch before = make_host_batch(sides->info(), 1);
  HostBatch after = make_host_batch(packed->info(), 1);
  for (int64_t i = 0; i < 5; ++i) {
    sides->gather({{i % 3, i, 0}}, before);
    packed->gather({{i % 3, i, 0}}, after);
    EXPECT_TRUE(after.images.equal(before.images));
    EXPECT_TRUE(after.inputs.equal(before.inputs));
  }
}

TEST(Pack, KeepsSixteenBits) {
  const TemporaryFolder folder;
  folder.write("set/a.png", encode_png(noise_image(1, 8, 8, 1, 16)));
  std::any options = default_dataset_options("folder", folder / "set");
  set_dataset_option("folder", "bit_depth", int64_t{16}, options);
  const auto deep = open_dataset("folder", options, {{1, 8, 8}}, "");
  pack_dataset(*deep, folder / "deep.zip", {});
  std::any packed_options = default_dataset_options("zip", folder / "deep.zip");
  set_dataset_option("zip", "bit_depth", int64_t{16}, packed_options);
  const auto packed = open_dataset("zip", packed_options, {{1, 8, 8}}, "");
  EXPECT_TRUE(gathered(*packed, {0}).equal(gathered(*deep, {0})));
}

TEST(Pack, LeavesNothingBehindWhenStopped) {
  const TemporaryFolder folder;
  const auto shapes = open_synthetic_dataset({70, 4, 1}, {1, 8, 8});
  EXPECT_THROW(pack_dataset(*shapes, folder / "a.zip", [] { return true; }), Stopped);
  EXPECT_TRUE(folder.names().empty());
}

}  // namespace
}  // namespace gantrain

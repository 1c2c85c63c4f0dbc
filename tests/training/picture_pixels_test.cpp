#include "training/picture_pixels.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <torch/torch.h>

#include "gantrain/core/format_error.h"
#include "gantrain/image/png_writer.h"
#include "gantrain/training/pictures.h"

#include "support/temporary_folder.h"

namespace gantrain {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Image image_of(int64_t width, int64_t height, int64_t channels, std::vector<uint8_t> pixels) {
  Image image;
  image.width = width;
  image.height = height;
  image.channels = channels;
  image.pixels = std::move(pixels);
  return image;
}

class PicturePixels : public ::testing::Test {
 protected:
  LoadedPicture load(const Image& image, const PixelFormat& format) {
    write_png(folder_.path() / "x.png", image);
    const FolderHandle folder(folder_.path());
    return load_picture(folder, "x.png", format);
  }

  TemporaryFolder folder_;
};

TEST_F(PicturePixels, TransparencyIsKeptApart) {
  const LoadedPicture picture =
      load(image_of(2, 1, 4, {10, 20, 30, 255, 10, 20, 30, 0}), {.background = {1, 2, 3}});
  EXPECT_THAT(picture.colours.pixels, ElementsAre(10, 20, 30, 1, 2, 3));
  EXPECT_THAT(picture.alpha.pixels, ElementsAre(255, 0));
  const Image again = with_alpha(picture.colours, picture.alpha);
  EXPECT_THAT(again.pixels, ElementsAre(10, 20, 30, 255, 1, 2, 3, 0));
}

TEST_F(PicturePixels, OpaquePicturesHaveNoAlpha) {
  const LoadedPicture picture = load(image_of(1, 1, 1, {77}), {});
  EXPECT_THAT(picture.colours.pixels, ElementsAre(77, 77, 77));
  EXPECT_TRUE(picture.alpha.pixels.empty());
}

TEST_F(PicturePixels, SixteenBitsStaySixteen) {
  const LoadedPicture picture = load(image_of(1, 1, 2, {200, 100}), {.channels = 1, .bits = 16});
  EXPECT_EQ(picture.alpha.samples16()[0], 100 * 257);
  EXPECT_EQ(picture.colours.bits, 16);
}

TEST_F(PicturePixels, GreyedPicturesLoseTheirColours) {
  const LoadedPicture picture = load(image_of(1, 1, 3, {255, 0, 0}), {.greyed = true});
  EXPECT_THAT(picture.colours.pixels, ElementsAre(76, 76, 76));
}

TEST_F(PicturePixels, HolesAreMediumGreyAndMarked) {
  PixelFormat format{.channels = 4, .fills_holes = true};
  const Image holed = image_of(2, 1, 4, {10, 20, 30, 255, 10, 20, 30, 0});
  const LoadedPicture picture = load(holed, format);
  EXPECT_THAT(picture.colours.pixels, ElementsAre(10, 20, 30, 0, 128, 128, 128, 255));
  EXPECT_TRUE(picture.alpha.pixels.empty());
  format.channels = 3;
  EXPECT_THAT(load(holed, format).colours.pixels, ElementsAre(10, 20, 30, 128, 128, 128));
  format.channels = 4;
  try {
    load(image_of(1, 1, 3, {1, 2, 3}), format);
    FAIL();
  } catch (const FormatError& problem) {
    EXPECT_THAT(problem.what(), HasSubstr("has no transparent pixels"));
  }
}

TEST_F(PicturePixels, HalvesOfAPair) {
  const LoadedPicture pair{image_of(4, 2, 1, {1, 2, 3, 4, 5, 6, 7, 8}), {}};
  EXPECT_THAT(half_of(pair, false).colours.pixels, ElementsAre(1, 2, 5, 6));
  EXPECT_THAT(half_of(pair, true).colours.pixels, ElementsAre(3, 4, 7, 8));
  EXPECT_THROW(half_of({image_of(3, 1, 1, {1, 2, 3}), {}}, false), FormatError);
}

TEST_F(PicturePixels, TensorsAndBackAreTheSame) {
  std::vector<uint8_t> values;
  for (int i = 0; i < 24; ++i) {
    values.push_back(static_cast<uint8_t>(i * 11));
  }
  const Image image = image_of(4, 2, 3, values);
  const torch::Tensor tensor = to_tensor(image);
  EXPECT_EQ(tensor.sizes(), (torch::IntArrayRef{1, 3, 2, 4}));
  EXPECT_FLOAT_EQ(tensor[0][1][0][0].item<float>(), 11 / 127.5F - 1);
  EXPECT_EQ(to_images(tensor)[0].pixels, image.pixels);
}

TEST_F(PicturePixels, AreMadeAlikeForGrids) {
  const Image wide = made_alike(image_of(1, 1, 1, {9}), 2, 2, 3);
  EXPECT_THAT(wide.pixels, ElementsAre(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9));
  EXPECT_THAT(made_alike(image_of(1, 1, 4, {1, 2, 3, 255}), 1, 1, 3).pixels, ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace gantrain

#include "data/image_fit.h"

#include <gtest/gtest.h>

#include "support/error_of.h"

namespace gantrain {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes fit(const Bytes& in, const ImageGeometry& from, const ImageGeometry& to, ImageFit how) {
  Bytes out(to.height * to.width * to.channels, 77);
  ImageFitter::Scratch scratch;
  ImageFitter(from, to, how, "c.json").run(in.data(), out.data(), scratch);
  return out;
}

TEST(ImageFit, CopiesWhatFits) {
  for (const ImageFit how : {ImageFit::kResize, ImageFit::kPad}) {
    EXPECT_EQ(fit({1, 2, 3, 4}, {1, 2, 2}, {1, 2, 2}, how), (Bytes{1, 2, 3, 4}));
  }
}

TEST(ImageFit, PadsWithBlackAroundTheMiddle) {
  EXPECT_EQ(fit({1, 2}, {1, 1, 2}, {1, 3, 4}, ImageFit::kPad),
            (Bytes{0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0}));
  EXPECT_EQ(fit({1, 2, 3}, {3, 1, 1}, {3, 1, 2}, ImageFit::kPad), (Bytes{1, 2, 3, 0, 0, 0}));
}

TEST(ImageFit, ResizesBothWays) {
  EXPECT_EQ(fit({0, 200}, {1, 1, 2}, {1, 1, 4}, ImageFit::kResize), (Bytes{0, 50, 150, 200}));
  EXPECT_EQ(fit({70, 0, 0, 0, 0, 0}, {1, 1, 6}, {1, 1, 3}, ImageFit::kResize), (Bytes{30, 0, 0}));
}

TEST(ImageFit, RepeatsGreyForRgb) {
  EXPECT_EQ(fit({1, 2}, {1, 1, 2}, {3, 1, 2}, ImageFit::kResize), (Bytes{1, 1, 1, 2, 2, 2}));
  EXPECT_EQ(fit({9}, {1, 1, 1}, {3, 1, 2}, ImageFit::kPad), (Bytes{9, 9, 9, 0, 0, 0}));
}

TEST(ImageFit, WeighsRgbForGrey) {
  EXPECT_EQ(fit({255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255}, {3, 1, 4}, {1, 1, 4},
                ImageFit::kResize),
            (Bytes{76, 150, 29, 255}));
}

TEST(ImageFit, SaysWhatItDoes) {
  const auto text = [](ImageGeometry from, ImageGeometry to, ImageFit how) {
    return ImageFitter(from, to, how, "").description();
  };
  EXPECT_EQ(text({1, 28, 28}, {1, 28, 28}, ImageFit::kPad), "");
  EXPECT_EQ(text({1, 28, 28}, {3, 32, 64}, ImageFit::kPad),
            ", padded to 64x32, grey repeated to RGB");
  EXPECT_EQ(text({3, 32, 32}, {1, 16, 16}, ImageFit::kResize),
            ", resized to 16x16, RGB turned to grey");
}

TEST(ImageFit, RefusesToPadToLess) {
  EXPECT_EQ(error_of(ErrorKind::kConfig,
                     [] {
                       ImageFitter({1, 28, 28}, {1, 32, 16}, ImageFit::kPad, "c.json");
                     }),
            "c.json: data.fit: \"pad\" cannot make the images (28x28) smaller, and the model's are "
            "16x32; use \"resize\".");
}

}  // namespace
}  // namespace gantrain

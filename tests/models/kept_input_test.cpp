#include "models/kept_input.h"

#include <gtest/gtest.h>

namespace gantrain {
namespace {

TranslationOptions keeping(KeptInput what) {
  TranslationOptions options;
  options.keeps = what;
  return options;
}

torch::Tensor some_pictures(int64_t channels) {
  return torch::rand({2, channels, 4, 6}, torch::kDouble) * 2 - 1;
}

torch::Tensor weights() {
  return torch::tensor({0.299, 0.587, 0.114}, torch::kDouble).view({3, 1, 1});
}

torch::Tensor luma(const torch::Tensor& pictures) {
  return (pictures * weights()).sum(1, /*keepdim=*/true);
}

TEST(KeptInput, NothingLeavesPicturesAlone) {
  const torch::Tensor made = some_pictures(3);
  EXPECT_TRUE(with_kept_input(keeping(KeptInput::kNothing), some_pictures(3), made).is_same(made));
}

TEST(KeptInput, LumaOfTheInputAndColourDifferencesOfThePicture) {
  torch::manual_seed(1);
  const torch::Tensor made = some_pictures(3);
  for (const int64_t channels : {1, 3}) {
    const torch::Tensor input = some_pictures(channels);
    const torch::Tensor wanted = channels == 1 ? input : luma(input);
    const torch::Tensor kept = with_kept_input(keeping(KeptInput::kLuma), input, made);
    EXPECT_TRUE(torch::allclose(luma(kept), wanted, 0, 1e-12)) << channels;
    EXPECT_TRUE(torch::allclose(kept - luma(kept), made - luma(made), 0, 1e-12)) << channels;
  }
}

TEST(KeptInput, AGreyPictureTurnsIntoItsInput) {
  const torch::Tensor input = some_pictures(1);
  const torch::Tensor grey = some_pictures(1).expand({-1, 3, -1, -1});
  EXPECT_TRUE(torch::allclose(with_kept_input(keeping(KeptInput::kLuma), input, grey),
                              input.expand_as(grey), 0, 1e-12));
}

TEST(KeptInput, KnownPixelsWhereTheMaskIsOff) {
  const torch::Tensor input = some_pictures(4);
  const torch::Tensor made = some_pictures(3).requires_grad_();
  input.narrow(1, 3, 1).fill_(-1).slice(3, 0, 2).fill_(1);
  const torch::Tensor kept = with_kept_input(keeping(KeptInput::kKnownPixels), input, made);
  EXPECT_TRUE(torch::equal(kept.slice(3, 0, 2), made.slice(3, 0, 2)));
  EXPECT_TRUE(torch::equal(kept.slice(3, 2), input.narrow(1, 0, 3).slice(3, 2)));
  kept.sum().backward();
  EXPECT_TRUE((made.grad().slice(3, 0, 2) == 1).all().item<bool>());
  EXPECT_TRUE((made.grad().slice(3, 2) == 0).all().item<bool>());
}

}  // namespace
}  // namespace gantrain

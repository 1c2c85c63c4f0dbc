#include "models/image_pool.h"

#include <iterator>

namespace gantrain {
namespace {

constexpr double kExchangeChance = 0.5;

}  // namespace

ImagePool::ImagePool(int64_t size, const ImageGeometry& geometry)
    : size_(size),
      images_(torch::zeros({size, geometry.channels, geometry.height, geometry.width})),
      filled_(torch::zeros({1}, torch::kLong)) {}

void ImagePool::place(torch::Device device, torch::ScalarType type) {
  images_ = images_.to(device, type);
  filled_ = filled_.to(device);
}

torch::Tensor ImagePool::exchange(const torch::Tensor& newcomers, const torch::Tensor& places,
                                  const torch::Tensor& chances) {
  if (size_ == 0) {
    return newcomers;
  }
  torch::NoGradGuard no_grad;
  if (exchanges_.empty()) {
    filled_before_ = filled_.clone();
  }
  std::vector<torch::Tensor> shown;
  for (int64_t i = 0; i < newcomers.size(0); ++i) {
    const torch::Tensor newcomer = newcomers.slice(0, i, i + 1).to(images_.scalar_type());
    const torch::Tensor filling = filled_ < size_;
    const torch::Tensor place = torch::where(filling, filled_, places.slice(0, i, i + 1));
    const torch::Tensor old = images_.index_select(0, place);
    const torch::Tensor swapped =
        filling.logical_not().logical_and(chances.slice(0, i, i + 1) < kExchangeChance);
    images_.index_copy_(
        0, place, torch::where(filling.logical_or(swapped).view({1, 1, 1, 1}), newcomer, old));
    shown.push_back(torch::where(swapped.view({1, 1, 1, 1}), old, newcomer));
    filled_.add_(filling);
    exchanges_.push_back({place, old});
  }
  return torch::cat(shown).contiguous(newcomers.suggest_memory_format());
}

void ImagePool::settle(const torch::Tensor& skip) {
  if (exchanges_.empty()) {
    return;
  }
  torch::NoGradGuard no_grad;
  const torch::Tensor undo = skip > 0;
  for (auto last = exchanges_.rbegin(); last != exchanges_.rend(); ++last) {
    images_.index_copy_(0, last->place,
                        torch::where(undo, last->before, images_.index_select(0, last->place)));
  }
  filled_.copy_(torch::where(undo, filled_before_, filled_));
  exchanges_.clear();
}

void ImagePool::visit_state(StateVisitor& visitor, const std::string& name) {
  visitor.visit(name, images_);
  visitor.visit(name + "_filled", filled_);
}

}  // namespace gantrain

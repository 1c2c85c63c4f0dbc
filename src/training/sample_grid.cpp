#include "training/sample_grid.h"

#include <algorithm>

#include "gantrain/image/grid.h"
#include "gantrain/training/pictures.h"

namespace gantrain {
namespace {

constexpr int64_t kPicturesAtOnce = 8;
constexpr int64_t kRowsSideBySide = 2;  // of a tall grid

// As RGB of the wanted size, so that all tiles of a grid are alike; a mask is not shown.
torch::Tensor as_tile(const torch::Tensor& pictures, torch::IntArrayRef size) {
  torch::Tensor tiles = pictures.slice(1, 0, pictures.size(1) == 2 ? 1 : 3);
  if (tiles.size(1) == 1) {
    tiles = tiles.expand({-1, 3, -1, -1});
  }
  return tiles.sizes().slice(2) == size ? tiles : torch::upsample_nearest2d(tiles, size);
}

}  // namespace

torch::Tensor in_unit_range(const torch::Tensor& pixels) {
  torch::Tensor values = torch::empty(pixels.sizes());
  to_unit_range(pixels, values);
  return values;
}

torch::Tensor translate(Generator& generator, const torch::Tensor& pictures, bool backward,
                        const Runtime& runtime) {
  std::vector<torch::Tensor> made;
  for (const torch::Tensor& part : pictures.split(kPicturesAtOnce)) {
    GeneratorInput input;
    input.images = part.to(runtime.device, runtime.parameter_type()).contiguous(runtime.map_format);
    input.backward = backward;
    made.push_back(generator.run(input).to(torch::kCPU, torch::kFloat));
  }
  return torch::cat(made);
}

SampleGrid::SampleGrid(const RunConfig& config, const Generator& generator, const Dataset& shown,
                       const Runtime& runtime)
    : bits_(picture_bits(config)), runtime_(runtime) {
  const auto seed = static_cast<uint64_t>(config.samples.seed);
  if (!generator.picture_task()) {
    choose_latents(config.samples.count, seed, generator);
    return;
  }
  const HostBatch batch = some_of(shown, std::min(config.samples.count, shown.info().count), seed);
  inputs_ = in_unit_range(batch.inputs);
  images_ = in_unit_range(batch.images);
}

void SampleGrid::choose_latents(int64_t count, uint64_t seed, const Generator& generator) {
  const int64_t rows = std::min(generator.classes(), count);
  columns_ = rows > 0 ? count / rows : 0;
  std::vector<PictureKey> keys;
  for (int64_t i = 0; i < (rows > 0 ? columns_ : count); ++i) {
    keys.push_back({seed, i});
  }
  if (rows > 0) {
    keys = in_every_class(keys, rows);
  }
  latents_ = latents_of(keys, generator.latent_dim());
  labels_ = labels_of(keys, generator.classes());
}

Image SampleGrid::draw(Generator& generator) const {
  return inputs_.defined() ? draw_pictures(generator) : draw_latents(generator);
}

Image SampleGrid::draw_latents(Generator& generator) const {
  std::vector<torch::Tensor> made;
  generate(generator, latents_.to(runtime_.parameter_type()), labels_, runtime_.device,
           [&](int64_t, const torch::Tensor& images) { made.push_back(images); });
  return shown_together(torch::cat(made), bits_, columns_);
}

Image SampleGrid::draw_pictures(Generator& generator) const {
  std::vector<torch::Tensor> columns = {inputs_, translate(generator, inputs_, false, runtime_),
                                        images_};
  if (generator.picture_task()->both_ways) {
    columns.push_back(translate(generator, images_, true, runtime_));
  }
  for (torch::Tensor& column : columns) {
    column = as_tile(column, images_.sizes().slice(2));
  }
  const int64_t rows = images_.size(0);
  const auto count = static_cast<int64_t>(columns.size());
  const torch::Tensor tiles = torch::stack(columns, 1).flatten(0, 1);
  return make_grid(to_images(tiles, bits_),
                   rows > kRowsSideBySide ? kRowsSideBySide * count : count);
}

}  // namespace gantrain

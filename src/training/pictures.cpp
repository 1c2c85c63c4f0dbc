#include "gantrain/training/pictures.h"

#include <algorithm>
#include <cstring>

#include "gantrain/data/dataset.h"
#include "gantrain/image/grid.h"
#include "gantrain/runtime/random_streams.h"

namespace gantrain {
namespace {

constexpr const char* kLatentStream = "picture";
constexpr const char* kClassStream = "picture_class";

torch::Tensor padded_rows(const torch::Tensor& rows, int64_t start, int64_t count) {
  if (!rows.defined()) {
    return rows;
  }
  const int64_t end = std::min(start + count, rows.size(0));
  torch::Tensor part = rows.slice(0, start, end);
  if (end - start < count) {
    auto shape = part.sizes().vec();
    shape[0] = count - (end - start);
    part = torch::cat({part, torch::zeros(shape, part.options())});
  }
  return part;
}

torch::Tensor latent_of(const PictureKey& key, int64_t latent_dim, double truncation) {
  const RandomStreams streams(key.seed, 0, torch::kCPU);
  const auto draw = [&](int64_t number) {
    return streams.normal(key.index, number, kLatentStream, {latent_dim});
  };
  torch::Tensor z = draw(0);
  if (truncation > 0) {
    torch::Tensor outside = z.abs() > truncation;
    for (int64_t number = 1; outside.any().item<bool>(); ++number) {
      z = torch::where(outside, draw(number), z);
      outside = z.abs() > truncation;
    }
  }
  return z;
}

}  // namespace

std::vector<Image> to_images(const torch::Tensor& images, int bits) {
  const int64_t channels = images.size(1) == 2 ? 1 : images.size(1);
  const double half = bits == 16 ? 32767.5 : 127.5;
  const torch::Tensor samples = images.slice(1, 0, channels)
                                    .detach()
                                    .to(torch::kCPU, torch::kFloat)
                                    .mul(half)
                                    .add(half)
                                    .round()
                                    .clamp(0, 2 * half)
                                    .to(bits == 16 ? torch::kUInt16 : torch::kByte)
                                    .permute({0, 2, 3, 1})
                                    .contiguous();
  std::vector<Image> result(static_cast<size_t>(samples.size(0)));
  for (int64_t i = 0; i < samples.size(0); ++i) {
    Image& image = result[static_cast<size_t>(i)];
    image.height = samples.size(1);
    image.width = samples.size(2);
    image.channels = channels;
    image.bits = bits;
    image.pixels.resize(static_cast<size_t>(image.height * image.row_bytes()));
    std::memcpy(image.pixels.data(), samples[i].data_ptr(), image.pixels.size());
  }
  return result;
}

bool are_points(const torch::Tensor& images) {
  return ImageGeometry{images.size(1), images.size(2), images.size(3)} == kPointGeometry;
}

void add_points(ScatterCanvas& canvas, const torch::Tensor& points) {
  const torch::Tensor places = points.flatten(1).to(torch::kCPU, torch::kDouble).contiguous();
  const auto* place = places.data_ptr<double>();
  for (int64_t i = 0; i < places.size(0); ++i, place += 2) {
    canvas.add(place[0], place[1]);
  }
}

Image shown_together(const torch::Tensor& images, int bits, int64_t columns) {
  if (are_points(images)) {
    ScatterCanvas canvas;
    add_points(canvas, images);
    return canvas.take();
  }
  return make_grid(to_images(images, bits), columns);
}

torch::Tensor latents_of(const std::vector<PictureKey>& keys, int64_t latent_dim,
                         double truncation) {
  torch::Tensor z = torch::empty({static_cast<int64_t>(keys.size()), latent_dim});
  for (size_t i = 0; i < keys.size(); ++i) {
    z[static_cast<int64_t>(i)] = latent_of(keys[i], latent_dim, truncation);
  }
  return z;
}

torch::Tensor labels_of(const std::vector<PictureKey>& keys, int64_t classes) {
  if (classes == 0) {
    return {};
  }
  torch::Tensor labels = torch::empty({static_cast<int64_t>(keys.size())}, torch::kLong);
  auto label = labels.accessor<int64_t, 1>();
  for (size_t i = 0; i < keys.size(); ++i) {
    const RandomStreams streams(keys[i].seed, 0, torch::kCPU);
    label[static_cast<int64_t>(i)] =
        keys[i].label != kAnyClass
            ? keys[i].label
            : streams.integers(keys[i].index, 0, kClassStream, classes, {1}).item<int64_t>();
  }
  return labels;
}

std::vector<PictureKey> in_every_class(const std::vector<PictureKey>& keys, int64_t classes) {
  std::vector<PictureKey> all;
  for (int64_t label = 0; label < classes; ++label) {
    for (const PictureKey& key : keys) {
      all.push_back({key.seed, key.index, label});
    }
  }
  return all;
}

void generate(Generator& generator, const torch::Tensor& z, const torch::Tensor& labels,
              torch::Device device,
              const std::function<void(int64_t start, const torch::Tensor& images)>& take) {
  torch::NoGradGuard no_grad;
  const int64_t count = z.size(0);
  for (int64_t start = 0; start < count; start += kPictureBatch) {
    GeneratorInput input;
    input.z = padded_rows(z, start, kPictureBatch).to(device);
    if (labels.defined()) {
      input.labels = padded_rows(labels, start, kPictureBatch).to(device);
    }
    const torch::Tensor images = generator.run(input).to(torch::kCPU);
    take(start, images.slice(0, 0, std::min(kPictureBatch, count - start)));
  }
}

}  // namespace gantrain

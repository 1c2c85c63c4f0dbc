#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "gantrain/image/image.h"
#include "gantrain/image/png_writer.h"

#include "support/temporary_folder.h"

namespace gantrain {

// An image whose samples are a function of the seed and of their place.
inline Image noise_image(uint32_t seed, int64_t width, int64_t height, int64_t channels = 3,
                         int bits = 8) {
  Image image;
  image.width = width;
  image.height = height;
  image.channels = channels;
  image.bits = bits;
  image.pixels.resize(static_cast<size_t>(height * image.row_bytes()));
  uint32_t state = seed * 2654435761U + 1;
  for (uint8_t& byte : image.pixels) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<uint8_t>(state >> 24);
  }
  return image;
}

// The same value in every sample of 8 bits.
inline Image plain_image(uint8_t value, int64_t width, int64_t height, int64_t channels = 3) {
  Image image = noise_image(0, width, height, channels);
  image.pixels.assign(image.pixels.size(), value);
  return image;
}

// noise_image(seed) as a PNG file.
inline void write_noise(const TemporaryFolder& folder, const std::string& name, uint32_t seed,
                        int64_t width = 8, int64_t height = 8, int64_t channels = 3) {
  folder.write(name, encode_png(noise_image(seed, width, height, channels)));
}

// NAME0.png .. with noise of seeds 0 to count - 1.
inline void write_noises(const TemporaryFolder& folder, const std::string& name, uint32_t count,
                         int64_t width = 8, int64_t height = 8, int64_t channels = 3) {
  for (uint32_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    write_noise(folder,
                name + std::string(3 - std::min<size_t>(3, number.size()), '0') + number + ".png",
                i, width, height, channels);
  }
}

}  // namespace gantrain

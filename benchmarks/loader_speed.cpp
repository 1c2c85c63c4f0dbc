// How many images of a folder come out of the loader in a second, as float batches.
//
//   loader_speed FOLDER SIDE BATCH IMAGES CACHE WORKERS [BATCH_FILE]
//
// CACHE: "off" (decoded each time), "auto" (decoded once into memory, before the clock starts) or
// the path of a cache file (the same into that file, of which 1 MB may be in memory). Prints images
// per second. BATCH_FILE: the first BATCH images of the folder, unshuffled, as raw bytes
// [BATCH, SIDE, SIDE, 3], for comparing pixels.

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include "gantrain/core/error.h"
#include "gantrain/data/loader.h"
#include "gantrain/data/registry.h"
#include "gantrain/data/scan.h"

namespace gantrain {
namespace {

void write_first(const Dataset& dataset, int64_t count, const char* path) {
  std::vector<Draw> draws;
  for (int64_t i = 0; i < count; ++i) {
    draws.push_back({i, i, 0});
  }
  HostBatch batch = make_host_batch(dataset.info(), count);
  dataset.gather(draws, batch);
  std::ofstream(path, std::ios::binary)
      .write(static_cast<const char*>(batch.images.data_ptr()), batch.images.numel());
}

double images_per_second(std::shared_ptr<const Dataset> dataset, int64_t batch, int64_t images) {
  BatchLoader loader(std::move(dataset), batch, /*seed=*/1, torch::kCPU, torch::kFloat);
  loader.next();
  loader.next();  // both slots have been filled once
  const auto start = std::chrono::steady_clock::now();
  for (int64_t done = 0; done < images; done += batch) {
    loader.next();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return static_cast<double>(images) / seconds.count();
}

int run(char** words) {
  const int64_t side = std::atoll(words[2]);
  const int64_t batch = std::atoll(words[3]);
  std::any options = default_dataset_options("folder", words[1]);
  const std::string cache = words[5];
  const bool in_file = cache.find('/') != std::string::npos;
  set_dataset_option("folder", "cache", in_file ? "auto" : cache, options);
  set_dataset_option("folder", "workers", int64_t{std::atoll(words[6])}, options);
  if (in_file) {
    set_dataset_option("folder", "memory_mb", int64_t{1}, options);
  }
  const auto dataset = open_dataset("folder", options, {{3, side, side}}, "loader_speed",
                                    {in_file ? cache : "", {}, /*quiet=*/true});
  if (words[7] != nullptr) {
    write_first(*dataset, batch, words[7]);
  }
  std::cout << images_per_second(dataset, batch, std::atoll(words[4])) << "\n";
  return 0;
}

}  // namespace
}  // namespace gantrain

int main(int count, char** words) {
  if (count != 7 && count != 8) {
    std::cerr << "usage: loader_speed FOLDER SIDE BATCH IMAGES CACHE WORKERS [BATCH_FILE]\n";
    return 2;
  }
  try {
    return gantrain::run(words);
  } catch (const gantrain::Error& error) {
    std::cerr << error.what() << "\n";
    return 4;
  }
}

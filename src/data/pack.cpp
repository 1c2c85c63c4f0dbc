#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include <nlohmann/json.hpp>

#include "gantrain/core/durable_file.h"
#include "gantrain/core/log.h"
#include "gantrain/core/text.h"
#include "gantrain/core/zip_plan.h"
#include "gantrain/data/scan.h"
#include "gantrain/image/png_writer.h"

namespace gantrain {
namespace {

constexpr int64_t kGatheredBytes = 16 << 20;
constexpr int64_t kFilesInFolder = 1000;

// A zip file that grows record by record.
class ZipWriter {
 public:
  explicit ZipWriter(const std::filesystem::path& path) : file_(path, 0), plan_(0xFFFFFFFF, true) {}

  void add(const std::string& name, const std::string& bytes) {
    plan_.add(name, bytes.size());
    const uLong crc = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
    file_.write(plan_.local_header(records_++, static_cast<uint32_t>(crc)));
    file_.write(bytes);
  }

  uint64_t finish() {
    plan_.finish(0);
    file_.write(plan_.directory());
    file_.commit();
    return plan_.total_bytes();
  }

 private:
  DurableFile file_;
  ZipPlan plan_;
  size_t records_ = 0;
};

Image image_at(const torch::Tensor& batch, int64_t place, int bits) {
  Image image;
  image.channels = batch.size(1);
  image.height = batch.size(2);
  image.width = batch.size(3);
  image.bits = bits;
  image.pixels.resize(static_cast<size_t>(image.height * image.row_bytes()));
  std::memcpy(image.pixels.data(),
              static_cast<const uint8_t*>(batch.data_ptr()) +
                  place * static_cast<int64_t>(image.pixels.size()),
              image.pixels.size());
  return image;
}

Image side_by_side(const Image& left, const Image& right) {
  Image both = left;
  both.width = left.width + right.width;
  both.pixels.clear();
  for (int64_t y = 0; y < left.height; ++y) {
    for (const Image* half : {&left, &right}) {
      const uint8_t* row = half->pixels.data() + y * half->row_bytes();
      both.pixels.insert(both.pixels.end(), row, row + half->row_bytes());
    }
  }
  return both;
}

std::string name_of(const std::string& folder, int64_t index) {
  char name[64];
  std::snprintf(name, sizeof name, "%05lld/img%08lld.png",
                static_cast<long long>(index / kFilesInFolder), static_cast<long long>(index));
  return folder + name;
}

bool fits_beside(const DatasetInfo& info) {
  return info.has_inputs() && info.unpaired_inputs == 0 &&
         info.input_geometry.channels == info.geometry.channels &&
         info.input_geometry.height == info.geometry.height &&
         info.input_geometry.width == info.geometry.width;
}

// How many images, with their inputs, are gathered at once.
int64_t gathered(const DatasetInfo& info) {
  const auto values = [](const ImageGeometry& geometry) {
    return geometry.channels * geometry.height * geometry.width;
  };
  const int64_t inputs = info.has_inputs() ? values(info.input_geometry) : 0;
  const int64_t bytes = (values(info.geometry) + inputs) * info.bits / 8;
  return std::max<int64_t>(1, kGatheredBytes / bytes);
}

// Writes `count` images, or inputs, in their order.
void add_side(const Dataset& dataset, int64_t count, bool inputs, const std::string& folder,
              const StopCheck& stopped, ZipWriter& zip, nlohmann::json& labels) {
  const DatasetInfo& info = dataset.info();
  const int64_t at_once = gathered(info);
  for (int64_t start = 0; start < count; start += at_once) {
    throw_if_stopped(stopped);
    std::vector<Draw> draws;
    for (int64_t i = start; i < std::min(start + at_once, count); ++i) {
      const int64_t other_inputs = info.unpaired_inputs > 0 ? info.unpaired_inputs : info.count;
      const int64_t other_images = info.unpaired_images > 0 ? info.unpaired_images : info.count;
      draws.push_back({i % other_images, i % other_inputs, 0});
    }
    HostBatch batch = make_host_batch(info, static_cast<int64_t>(draws.size()));
    dataset.gather(draws, batch);
    show_progress("packing: " + format_count(start) + " of " + format_count(count));
    for (int64_t i = 0; i < static_cast<int64_t>(draws.size()); ++i) {
      Image image = image_at(inputs ? batch.inputs : batch.images, i, info.bits);
      if (fits_beside(info)) {
        image = side_by_side(image_at(batch.inputs, i, info.bits), image);
      }
      const std::string name = name_of(folder, start + i);
      zip.add(name, encode_png(image));
      if (info.classes > 0) {
        labels.push_back({name, batch.labels.data_ptr<int64_t>()[i]});
      }
    }
  }
  clear_progress();
}

}  // namespace

PackSummary pack_dataset(const Dataset& dataset, const std::filesystem::path& out,
                         const StopCheck& stopped) {
  const DatasetInfo& info = dataset.info();
  ZipWriter zip(out);
  nlohmann::json labels = nlohmann::json::array();
  PackSummary summary;
  if (info.unpaired_inputs > 0) {
    add_side(dataset, info.unpaired_inputs, true, "A/", stopped, zip, labels);
    add_side(dataset, info.unpaired_images, false, "B/", stopped, zip, labels);
    summary.images = info.unpaired_inputs + info.unpaired_images;
  } else {
    add_side(dataset, info.count, false, "", stopped, zip, labels);
    summary.images = info.count;
  }
  const nlohmann::json names = {{"labels", info.classes > 0 ? labels : nlohmann::json()}};
  zip.add("dataset.json", names.dump());
  summary.bytes = zip.finish();
  return summary;
}

}  // namespace gantrain

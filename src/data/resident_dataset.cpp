#include "data/resident_dataset.h"

#include <utility>

#include "gantrain/core/text.h"

#include "data/checks.h"
#include "data/fingerprint.h"

namespace gantrain {
namespace {

std::string geometry_text(const ImageGeometry& geometry) {
  return std::to_string(geometry.width) + "x" + std::to_string(geometry.height) +
         (geometry.channels == 1 ? " grey" : " RGB");
}

class ResidentDataset : public Dataset {
 public:
  ResidentDataset(ResidentImages images, const ImageGeometry& geometry, ImageFit fit,
                  const std::string& where)
      : images_(std::move(images)), fitter_(images_.geometry, geometry, fit, where) {
    info_.count = images_.count();
    info_.classes = images_.classes;
    info_.class_names = images_.class_names;
    info_.geometry = geometry;
    info_.stored = images_.geometry;
    info_.bytes = images_.pixels.size() + images_.labels.size();
    info_.description = images_.description + ", " + format_count(info_.count) + " images " +
                        geometry_text(images_.geometry) + fitter_.description() +
                        (info_.classes > 0 ? ", " + format_count(info_.classes) + " classes" : "");
    info_.fingerprint =
        fingerprint({images_.pixels,
                     {reinterpret_cast<const char*>(images_.labels.data()), images_.labels.size()},
                     geometry_text(images_.geometry),
                     geometry_text(geometry),
                     fitter_.description()});
  }

  const DatasetInfo& info() const override { return info_; }

  void gather(const std::vector<Draw>& draws, HostBatch& out) const override {
    check_gather(draws, out, info_);
    thread_local ImageFitter::Scratch scratch;
    const int64_t step = images_.geometry.values();
    const auto* pixels = reinterpret_cast<const uint8_t*>(images_.pixels.data());
    uint8_t* target = out.images.data_ptr<uint8_t>();
    for (const Draw& draw : draws) {
      fitter_.run(pixels + draw.image * step, target, scratch);
      target += info_.geometry.values();
    }
    for (size_t i = 0; i < draws.size() && info_.classes > 0; ++i) {
      out.labels.data_ptr<int64_t>()[i] = images_.labels[draws[i].image];
    }
  }

 private:
  ResidentImages images_;
  ImageFitter fitter_;
  DatasetInfo info_;
};

}  // namespace

int64_t ResidentImages::count() const {
  return static_cast<int64_t>(pixels.size()) / geometry.values();
}

std::shared_ptr<const Dataset> make_resident_dataset(ResidentImages images,
                                                     const ImageGeometry& geometry, ImageFit fit,
                                                     int64_t maximum_images,
                                                     const std::string& where) {
  if (maximum_images > 0 && maximum_images < images.count()) {
    images.pixels.resize(maximum_images * images.geometry.values());
    images.pixels.shrink_to_fit();
    images.labels.resize(images.labels.empty() ? 0 : maximum_images);
  }
  return std::make_shared<ResidentDataset>(std::move(images), geometry, fit, where);
}

}  // namespace gantrain

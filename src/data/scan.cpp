#include "gantrain/data/scan.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"
#include "gantrain/data/registry.h"

#include "data/picture_dataset.h"
#include "data/picture_records.h"
#include "data/picture_types.h"
#include "data/scan_report.h"

namespace gantrain {
namespace {

constexpr int64_t kUsualSide = 64;
constexpr int64_t kPreviewSide = 128;  // the longer one's most
constexpr const char* kWhere = "gantrain dataset scan";

using Inputs = PicturePlan::Inputs;

bool in_halves(Inputs inputs) {
  return inputs == Inputs::kLeftHalf || inputs == Inputs::kRightHalf;
}

// What a request without a geometry means for files like these.
ImageGeometry usual_geometry(const ScanRequest& request, const ScanReport& report, Inputs inputs) {
  const bool grey = report.channels.size() == 1 && report.channels.count("grey") == 1;
  ImageGeometry geometry = {grey ? 1 : 3, kUsualSide, kUsualSide};
  if (request.resolution > 0) {
    geometry.width = geometry.height = request.resolution;
  } else if (report.sizes == 1) {
    geometry.width = std::max<int64_t>(1, report.smallest.width / (in_halves(inputs) ? 2 : 1));
    geometry.height = report.smallest.height;
  }
  return geometry;
}

// At most `count` items, as far apart as they can be.
std::vector<PicturePlan::Item> spread(const std::vector<PicturePlan::Item>& items, int64_t count) {
  const auto all = static_cast<int64_t>(items.size());
  std::vector<PicturePlan::Item> some;
  for (int64_t i = 0; i < std::min(all, count); ++i) {
    some.push_back(items[static_cast<size_t>(i * all / std::min(all, count))]);
  }
  return some;
}

std::vector<Draw> in_order(const DatasetInfo& info, int64_t count) {
  std::vector<Draw> draws;
  for (int64_t i = 0; i < count; ++i) {
    draws.push_back({info.unpaired_images > 0 ? i % info.unpaired_images : i,
                     info.unpaired_inputs > 0 ? i % info.unpaired_inputs : i, 0});
  }
  return draws;
}

ImageGeometry small_enough(ImageGeometry geometry) {
  const int64_t longer = std::max(geometry.width, geometry.height);
  if (longer > kPreviewSide) {
    geometry.width = std::max<int64_t>(1, geometry.width * kPreviewSide / longer);
    geometry.height = std::max<int64_t>(1, geometry.height * kPreviewSide / longer);
  }
  return geometry;
}

std::optional<HostBatch> preview_of(const PlannedPictures& planned, const ImageGeometry& images,
                                    const ScanRequest& request) {
  const BatchGeometry geometry = geometry_of_type(request.type, small_enough(images));
  const int64_t places = request.preview_images / (geometry.has_inputs() ? 2 : 1);
  PlannedPictures some = planned;
  some.plan.items = spread(planned.plan.items, places);
  some.plan.unpaired_inputs = spread(planned.plan.unpaired_inputs, places);
  some.plan.labels.clear();
  some.options.cache = Caching::kAuto;
  try {
    const auto dataset = open_picture_dataset(std::move(some), geometry, kWhere,
                                              {{}, request.stopped, /*quiet=*/true});
    const int64_t count = dataset->info().count;
    HostBatch batch = make_host_batch(dataset->info(), count);
    dataset->gather(in_order(dataset->info(), count), batch);
    return batch;
  } catch (const Error& problem) {
    if (problem.kind() != ErrorKind::kData) {
      throw;
    }
    return std::nullopt;  // no image among them can be used, which the report says
  }
}

// The option "path", "" where the type has none.
std::string path_of(const ScanRequest& request) {
  const Option* path = dataset_table(request.type)->find("path");
  return path == nullptr ? "" : std::get<std::string>(path->get(request.options));
}

// Sets that are not made of image files have no headers to look at: they are opened.
ScanResult scan_other(const ScanRequest& request) {
  const int64_t side = request.resolution > 0 ? request.resolution : kUsualSide;
  ImageGeometry geometry = request.geometry.value_or(ImageGeometry{3, side, side});
  auto dataset = open_dataset(request.type, request.options, {geometry, {0, 0, 0}}, kWhere);
  const ImageGeometry stored = dataset->info().stored;
  if (!request.geometry && stored.channels > 0) {
    geometry = request.resolution > 0 ? ImageGeometry{stored.channels, side, side} : stored;
    dataset = open_dataset(request.type, request.options, {geometry, {0, 0, 0}}, kWhere);
  }
  const DatasetInfo& info = dataset->info();
  ScanResult result;
  result.geometry = geometry;
  result.one_size = stored.channels > 0;
  result.text = report_text(path_of(request), info);
  result.json = report_json(request.type, info);
  if (request.preview_images > 0) {
    result.preview = some_of(*dataset, std::min(request.preview_images, info.count), 0);
  }
  return result;
}

ScanReport full_report(const PlannedPictures& planned, const BatchGeometry& geometry,
                       const StopCheck& stopped) {
  PictureOptions options = planned.options;
  options.cache = Caching::kOff;
  return make_report(
      PictureRecords(planned.plan, options, geometry, {{}, stopped, /*quiet=*/true}));
}

ScanResult scan_pictures(const PictureType& type, const ScanRequest& request) {
  const PlannedPictures planned = type.plan(request.options, request.stopped);
  const Inputs inputs = planned.plan.inputs;
  WorkerPool pool(worker_count(planned.options.workers));
  const HeaderScan headers =
      scan_headers(planned.plan, {planned.options.max_image_pixels}, pool, request.stopped);
  ScanReport report = make_report(planned.plan, headers);
  ScanResult result;
  result.one_size = report.sizes == 1;
  result.bits = report.images > 0 && report.sixteen_bits == report.images ? 16 : 8;
  result.geometry = request.geometry ? *request.geometry : usual_geometry(request, report, inputs);
  const BatchGeometry geometry = geometry_of_type(request.type, result.geometry);
  if (request.full) {
    report = full_report(planned, geometry, request.stopped);
  } else {
    const RecordMaker maker(planned.plan, planned.options, geometry, headers.facts);
    add_layout(lay_out(planned.plan, maker, headers), report);
  }
  report.geometry = result.geometry;
  result.text = report_text(report);
  result.json = report_json(report);
  result.all_usable = report.bad.empty() && report.unmatched.empty();
  if (request.preview_images > 0) {
    result.preview = preview_of(planned, result.geometry, request);
  }
  return result;
}

}  // namespace

ScanResult scan_dataset(const ScanRequest& request) {
  const PictureType* pictures = find_picture_type(request.type);
  return pictures != nullptr ? scan_pictures(*pictures, request) : scan_other(request);
}

BatchGeometry geometry_of_type(const std::string& type, const ImageGeometry& images) {
  const PictureType* pictures = find_picture_type(type);
  const bool has_inputs = pictures != nullptr && pictures->has_input_files;
  return {images, has_inputs ? images : ImageGeometry{0, 0, 0}};
}

}  // namespace gantrain

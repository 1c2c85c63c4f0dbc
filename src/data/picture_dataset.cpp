#include "data/picture_dataset.h"

#include <algorithm>
#include <mutex>

#include "gantrain/core/error.h"
#include "gantrain/core/log.h"
#include "gantrain/core/text.h"

#include "data/checks.h"
#include "data/counter_random.h"
#include "data/fingerprint.h"
#include "data/input_deriver.h"
#include "data/picture_records.h"
#include "data/scan_report.h"

namespace gantrain {
namespace {

// What chance decides about one draw.
struct Chance {
  double x = 0;
  double y = 0;
  bool flip = false;
  int64_t right = 0;
  int64_t down = 0;
};

// One pixel of it; grey takes the first sample.
std::vector<uint8_t> background_pixel(const PictureOptions& options) {
  std::vector<uint8_t> bytes;
  for (const int64_t sample : options.background) {
    bytes.insert(bytes.end(), static_cast<size_t>(options.bits() / 8),
                 static_cast<uint8_t>(sample));  // of 16 bits: sample * 257
  }
  return bytes;
}

// The window of a kept image. The place is drawn in the coarser of a pair's two grids.
Placement placed(const PartShape& shape, const PartShape& coarse, const Chance* chance) {
  const GeometryPlan plan{coarse.width, coarse.height, coarse.window_width, coarse.window_height};
  Placement placement = chance == nullptr
                            ? centre_placement(plan)
                            : random_placement(plan, chance->x, chance->y, chance->flip);
  placement.left = std::min(placement.left * shape.window_width / coarse.window_width,
                            shape.width - shape.window_width);
  placement.top = std::min(placement.top * shape.window_height / coarse.window_height,
                           shape.height - shape.window_height);
  return placement;
}

class PictureDataset : public Dataset {
 public:
  PictureDataset(std::unique_ptr<PictureRecords> records,
                 const std::optional<DerivedOptions>& derived, const BatchGeometry& geometry,
                 const std::string& where)
      : records_(std::move(records)), background_(background_pixel(records_->options())) {
    if (derived && geometry.has_inputs()) {
      deriver_.emplace(*derived, geometry, where);
    }
    const PicturePlan& plan = records_->plan();
    const auto items = static_cast<int64_t>(records_->items().size());
    info_.geometry = geometry.images;
    info_.input_geometry = geometry.inputs;
    info_.bits = records_->options().bits();
    info_.count = items;
    if (plan.inputs == PicturePlan::Inputs::kUnpaired && geometry.has_inputs()) {
      info_.unpaired_images = items;
      info_.unpaired_inputs = static_cast<int64_t>(records_->inputs().size());
      info_.count = std::max(info_.unpaired_images, info_.unpaired_inputs);
    }
    info_.classes = plan.labels.empty() ? 0 : plan.classes();
    info_.class_names = plan.class_names;
    info_.bytes = records_->memory_bytes();
    describe(plan);
    info_.fingerprint = fingerprint(
        {"pictures 1", records_->findings().content, labels_text(plan), info_.description});
    for (int64_t i = 0; i < records_->pool().workers(); ++i) {
      scratches_.push_back({records_->make_scratch(), {}});
    }
  }

  const DatasetInfo& info() const override { return info_; }

  void gather(const std::vector<Draw>& draws, HostBatch& out) const override {
    check_gather(draws, out, info_);
    const std::lock_guard lock(mutex_);
    const auto count = static_cast<int64_t>(draws.size());
    if (records_->slow()) {
      records_->pool().run(count, [&](int64_t place, int64_t worker) {
        fill(draws[static_cast<size_t>(place)], place, scratches_[static_cast<size_t>(worker)],
             out);
      });
      return;
    }
    for (int64_t place = 0; place < count; ++place) {
      fill(draws[static_cast<size_t>(place)], place, scratches_[0], out);
    }
  }

 private:
  struct Scratch {
    PictureRecords::Scratch records;
    InputDeriver::Scratch deriver;
  };

  static uint8_t* at(torch::Tensor& tensor, int64_t place) {
    return static_cast<uint8_t*>(tensor.data_ptr()) +
           place * tensor.stride(0) * static_cast<int64_t>(tensor.element_size());
  }

  void fill(const Draw& draw, int64_t place, Scratch& scratch, HostBatch& out) const {
    CounterRandom random(draw.key, 0);
    const Chance chance = chance_of(random);
    const Chance* drawn = draw.key == 0 ? nullptr : &chance;
    int64_t used = 0;
    const uint8_t* pixels =
        records_->read(records_->items()[static_cast<size_t>(draw.image)], scratch.records, used);
    const RecordShape shape = records_->shape(used);
    const bool own_input = shape.part_count == 2;
    const PartShape& coarse = own_input && shape.parts[1].window_width < shape.parts[0].window_width
                                  ? shape.parts[1]
                                  : shape.parts[0];
    uint8_t* image = at(out.images, place);
    cut(pixels, shape.parts[0], coarse, drawn, image);
    if (own_input) {
      cut(pixels + shape.parts[0].bytes(), shape.parts[1], coarse, drawn, at(out.inputs, place));
    } else if (deriver_) {
      deriver_->run(image, at(out.inputs, place), draw.key == 0 ? nullptr : &random,
                    scratch.deriver);
    }
    if (info_.classes > 0) {
      out.labels.data_ptr<int64_t>()[place] = records_->plan().labels[static_cast<size_t>(used)];
    }
    if (info_.unpaired_inputs > 0) {
      fill_unpaired(draw, random, place, scratch, out);
    }
  }

  // The other side's crop, flip and shift are its own.
  void fill_unpaired(const Draw& draw, CounterRandom& random, int64_t place, Scratch& scratch,
                     HostBatch& out) const {
    const Chance chance = chance_of(random);
    int64_t used = 0;
    const uint8_t* pixels =
        records_->read(records_->inputs()[static_cast<size_t>(draw.input)], scratch.records, used);
    const PartShape shape = records_->shape(used).parts[0];
    cut(pixels, shape, shape, draw.key == 0 ? nullptr : &chance, at(out.inputs, place));
  }

  Chance chance_of(CounterRandom& random) const {
    const PictureOptions& options = records_->options();
    Chance chance{random.uniform(0, 1), random.uniform(0, 1)};
    chance.flip = random.below(2) == 1 && options.flip;
    if (options.shift > 0) {
      for (int64_t* offset : {&chance.right, &chance.down}) {
        *offset = static_cast<int64_t>(random.below(2 * static_cast<uint64_t>(options.shift) + 1)) -
                  options.shift;
      }
    }
    return chance;
  }

  void cut(const uint8_t* pixels, const PartShape& shape, const PartShape& coarse,
           const Chance* chance, uint8_t* out) const {
    copy_window(pixels, shape.width, shape.pixel_bytes, placed(shape, coarse, chance),
                shape.window_width, shape.window_height, out);
    if (chance != nullptr && (chance->right != 0 || chance->down != 0)) {
      shift_pixels(out, shape.window_width, shape.window_height, shape.pixel_bytes,
                   chance->right * shape.window_width / coarse.window_width,
                   chance->down * shape.window_height / coarse.window_height, background_.data());
    }
  }

  static std::string_view labels_text(const PicturePlan& plan) {
    return {reinterpret_cast<const char*>(plan.labels.data()),
            plan.labels.size() * sizeof(int32_t)};
  }

  void describe(const PicturePlan& plan) {
    info_.description =
        plan.what + ", " + format_count(info_.count) + " images " +
        std::to_string(info_.geometry.width) + "x" + std::to_string(info_.geometry.height) +
        (info_.geometry.channels == 1 ? " grey" : " RGB") + (info_.bits == 16 ? " of 16 bits" : "");
    if (info_.unpaired_inputs > 0) {
      info_.description += " (" + format_count(info_.unpaired_images) + " to make, " +
                           format_count(info_.unpaired_inputs) + " given)";
    }
    if (info_.classes > 0) {
      info_.description += ", " + format_count(info_.classes) + " classes";
    }
  }

  std::unique_ptr<PictureRecords> records_;
  std::vector<uint8_t> background_;
  std::optional<InputDeriver> deriver_;
  DatasetInfo info_;
  mutable std::mutex mutex_;
  mutable std::vector<Scratch> scratches_;  // one for each worker
};

void check_geometry(const PicturePlan& plan, const BatchGeometry& geometry,
                    const std::string& where) {
  const bool derived = plan.inputs == PicturePlan::Inputs::kDerived;
  for (const ImageGeometry* each : {&geometry.images, &geometry.inputs}) {
    const bool free = each == &geometry.inputs && (derived || !geometry.has_inputs());
    if (!free && each->channels != 1 && each->channels != 3) {
      throw Error(ErrorKind::kConfig,
                  where + ": image files come out with 1 or 3 channels (got " +
                      std::to_string(each->channels) + " from the model); set model." +
                      (each == &geometry.images ? "image_channels" : "input_channels") +
                      " to one of them.");
    }
  }
  if (plan.inputs == PicturePlan::Inputs::kUnpaired && geometry.pairs) {
    throw Error(ErrorKind::kConfig,
                where +
                    ": the model learns from pairs, and in this data set inputs and images do not "
                    "belong together; use data.type paired, paired_folders or derived, or "
                    "model.type cyclegan.");
  }
  if (plan.inputs == PicturePlan::Inputs::kNone) {
    check_no_inputs(geometry, where);
  }
}

}  // namespace

std::shared_ptr<const Dataset> open_picture_dataset(PlannedPictures planned,
                                                    const BatchGeometry& geometry,
                                                    const std::string& where,
                                                    const DataContext& context) {
  check_geometry(planned.plan, geometry, where);
  auto records =
      std::make_unique<PictureRecords>(std::move(planned.plan), planned.options, geometry, context);
  if (!context.quiet) {
    for (const std::string& line : summary_lines(make_report(*records))) {
      log_info("data: " + line);
    }
  }
  return std::make_shared<PictureDataset>(std::move(records), planned.derived, geometry, where);
}

}  // namespace gantrain

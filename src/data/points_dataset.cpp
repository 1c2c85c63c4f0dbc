#include "data/points_dataset.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"

#include "data/checks.h"
#include "data/counter_random.h"
#include "data/fingerprint.h"

namespace gantrain {
namespace {

constexpr double kHalfScale = 32767.5;  // as in to_unit_range()
constexpr double kReachInSigmas = 5;    // beyond, one point of a million is cut to the border

uint16_t sample_of(double coordinate) {
  return static_cast<uint16_t>(
      std::lround(std::clamp((coordinate + 1) * kHalfScale, 0.0, 2 * kHalfScale)));
}

class PointsDataset : public Dataset {
 public:
  explicit PointsDataset(const PointsOptions& options) : options_(options) {
    info_.count = options.count;
    info_.classes = options.modes;
    info_.geometry = info_.stored = kPointGeometry;
    info_.bits = 16;
    info_.description = format_count(options.count) + " points round " +
                        std::to_string(options.modes) + " centres on a circle of radius " +
                        format_number(options.radius) + ", sigma " + format_number(options.sigma);
    info_.fingerprint = fingerprint({"points 1", info_.description, std::to_string(options.seed)});
  }

  const DatasetInfo& info() const override { return info_; }

  void gather(const std::vector<Draw>& draws, HostBatch& out) const override {
    check_gather(draws, out, info_);
    auto* target = out.images.data_ptr<uint16_t>();
    auto* label = out.labels.data_ptr<int64_t>();
    for (const Draw& draw : draws) {
      write_point(draw.image, target);
      target += info_.geometry.values();
      *label++ = draw.image % options_.modes;
    }
  }

 private:
  // A pair of normal numbers by Box and Muller.
  void write_point(int64_t index, uint16_t* out) const {
    CounterRandom random(static_cast<uint64_t>(options_.seed), static_cast<uint64_t>(index));
    const double length = options_.sigma * std::sqrt(-2 * std::log(1 - random.uniform(0, 1)));
    const double direction = random.uniform(0, 2 * std::numbers::pi);
    const double angle = 2 * std::numbers::pi * static_cast<double>(index % options_.modes) /
                         static_cast<double>(options_.modes);
    out[0] = sample_of(options_.radius * std::cos(angle) + length * std::cos(direction));
    out[1] = sample_of(options_.radius * std::sin(angle) + length * std::sin(direction));
  }

  PointsOptions options_;
  DatasetInfo info_;
};

}  // namespace

const OptionTable& points_options() {
  using O = PointsOptions;
  static const OptionTable table =
      OptionTable::of<O>(
          "Points of the plane round centres on a circle, drawn on demand: the toy on which lost "
          "modes are shown. For a model of resolution 1 and 2 channels.",
          {
              integer("count", &O::count, "Number of different points.")
                  .range(int64_t{1}, int64_t{1'000'000'000}),
              integer("modes", &O::modes, "Centres on the circle; the centre is the class.")
                  .range(int64_t{1}, int64_t{1000}),
              number("radius", &O::radius, "Of the circle; coordinates lie in [-1, 1].")
                  .range(0.0, 1.0),
              number("sigma", &O::sigma, "Deviation of each coordinate from the centre's.")
                  .range(0.0, 0.2),
              integer("seed", &O::seed, "Another seed gives other points.")
                  .range(int64_t{0}, std::numeric_limits<int64_t>::max()),
          })
          .check<O>([](const O& options) -> std::optional<OptionConflict> {
            if (options.radius + kReachInSigmas * options.sigma > 1) {
              return OptionConflict{"sigma", "radius and 5 times sigma must lie within 1 (got " +
                                                 format_number(options.radius) + " and " +
                                                 format_number(options.sigma) + ")"};
            }
            return std::nullopt;
          });
  return table;
}

std::shared_ptr<const Dataset> open_points_dataset(const PointsOptions& options,
                                                   const ImageGeometry& geometry,
                                                   const std::string& where) {
  if (geometry != kPointGeometry) {
    throw Error(ErrorKind::kConfig,
                where +
                    ".type: \"points\" needs a model of points: model.type \"dcgan\" with dense "
                    "layers, model.resolution 1 and model.image_channels 2 (got resolution " +
                    std::to_string(geometry.height) + " and " + std::to_string(geometry.channels) +
                    (geometry.channels == 1 ? " channel)" : " channels)"));
  }
  return std::make_shared<PointsDataset>(options);
}

}  // namespace gantrain

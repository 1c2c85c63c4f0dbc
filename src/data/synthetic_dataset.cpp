#include "data/synthetic_dataset.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "gantrain/core/text.h"

#include "data/checks.h"
#include "data/counter_random.h"
#include "data/fingerprint.h"

namespace gantrain {
namespace {

constexpr double kSmallestShare = 0.1;
constexpr double kLargestShare = 0.3;
constexpr size_t kMostChannels = 4;

// A shape of area 1 at the origin: half the sides of its bounding box, and whether it covers a
// point.
struct Shape {
  const char* name;
  double half_width;
  double half_height;
  bool (*covers)(double x, double y);
};

const double kCircle = std::sqrt(1 / std::numbers::pi);
const double kTriangle = std::sqrt(2.0) / 2;   // base and height are sqrt(2)
const double kCross = std::sqrt(9.0 / 5) / 2;  // five squares
const double kDiamond = std::sqrt(0.5);
const double kRing = std::sqrt(4 / (3 * std::numbers::pi));  // its hole has half the radius
const double kBar = std::sqrt(0.5) / 2;                      // half the height; twice as wide

const std::array<Shape, 8> kShapes = {{
    {"circle", kCircle, kCircle,
     [](double x, double y) { return x * x + y * y <= kCircle * kCircle; }},
    {"square", 0.5, 0.5,
     [](double x, double y) { return std::abs(x) <= 0.5 && std::abs(y) <= 0.5; }},
    {"triangle", kTriangle, kTriangle,
     [](double x, double y) {
       return std::abs(y) <= kTriangle && 2 * std::abs(x) <= y + kTriangle;
     }},
    {"cross", kCross, kCross,
     [](double x, double y) {
       x = std::abs(x);
       y = std::abs(y);
       return std::max(x, y) <= kCross && std::min(x, y) <= kCross / 3;
     }},
    {"diamond", kDiamond, kDiamond,
     [](double x, double y) { return std::abs(x) + std::abs(y) <= kDiamond; }},
    {"ring", kRing, kRing,
     [](double x, double y) {
       const double square = x * x + y * y;
       return square <= kRing * kRing && square >= kRing * kRing / 4;
     }},
    {"bar", 2 * kBar, kBar,
     [](double x, double y) { return std::abs(x) <= 2 * kBar && std::abs(y) <= kBar; }},
    {"diagonal", kDiamond, kDiamond,
     [](double x, double y) {
       return std::abs(x) <= kDiamond && std::abs(y) <= kDiamond && x * y >= 0;
     }},
}};

class SyntheticDataset : public Dataset {
 public:
  SyntheticDataset(const SyntheticOptions& options, const BatchGeometry& wanted)
      : options_(options) {
    const ImageGeometry& geometry = wanted.images;
    info_.count = options.count;
    info_.classes = options.classes;
    info_.geometry = geometry;
    info_.input_geometry = wanted.inputs;
    if (wanted.has_inputs() && !wanted.pairs) {
      info_.unpaired_images = info_.unpaired_inputs = options.count;
    }
    for (int64_t i = 0; i < options.classes; ++i) {
      info_.class_names.emplace_back(kShapes[i].name);
    }
    info_.description = "synthetic shapes, " + format_count(options.count) + " images " +
                        std::to_string(geometry.width) + "x" + std::to_string(geometry.height) +
                        (geometry.channels == 1 ? " grey, " : " RGB, ") +
                        std::to_string(options.classes) + " classes" +
                        (wanted.has_inputs() ? ", with their silhouettes as inputs" : "");
    info_.fingerprint =
        fingerprint({"synthetic 1", info_.description, std::to_string(options.seed)});
  }

  const DatasetInfo& info() const override { return info_; }

  void gather(const std::vector<Draw>& draws, HostBatch& out) const override {
    check_gather(draws, out, info_);
    uint8_t* target = out.images.data_ptr<uint8_t>();
    uint8_t* input = info_.has_inputs() ? out.inputs.data_ptr<uint8_t>() : nullptr;
    int64_t* label = out.labels.data_ptr<int64_t>();
    for (const Draw& draw : draws) {
      draw_shape(draw.image, info_.geometry, /*coloured=*/true, target);
      target += info_.geometry.values();
      if (input != nullptr) {
        draw_shape(draw.input, info_.input_geometry, /*coloured=*/false, input);
        input += info_.input_geometry.values();
      }
      *label++ = draw.image % options_.classes;
    }
  }

 private:
  void draw_shape(int64_t index, const ImageGeometry& geometry, bool coloured, uint8_t* out) const {
    CounterRandom random(static_cast<uint64_t>(options_.seed), static_cast<uint64_t>(index));
    const Shape& shape = kShapes[index % options_.classes];
    const double scale = std::sqrt(random.uniform(kSmallestShare, kLargestShare));
    const double margin_x = scale * shape.half_width;
    const double margin_y = scale * shape.half_height;
    const double center_x = random.uniform(margin_x, 1 - margin_x);
    const double center_y = random.uniform(margin_y, 1 - margin_y);
    std::array<std::array<uint8_t, kMostChannels>, 2> colors = {};  // background, shape
    colors[1].fill(255);
    for (size_t c = 0; coloured && c < kMostChannels; ++c) {
      colors[0][c] = static_cast<uint8_t>(random.below(128));
      colors[1][c] = static_cast<uint8_t>(128 + random.below(128));
    }
    const auto width = static_cast<double>(geometry.width);
    const auto height = static_cast<double>(geometry.height);
    for (int64_t row = 0; row < geometry.height; ++row) {
      const double y = ((static_cast<double>(row) + 0.5) / height - center_y) / scale;
      for (int64_t column = 0; column < geometry.width; ++column) {
        const double x = ((static_cast<double>(column) + 0.5) / width - center_x) / scale;
        const auto& color = colors[shape.covers(x, y) ? 1 : 0];
        for (int64_t c = 0; c < geometry.channels; ++c) {
          *out++ = color[c];
        }
      }
    }
  }

  SyntheticOptions options_;
  DatasetInfo info_;
};

}  // namespace

const OptionTable& synthetic_options() {
  static const OptionTable table = OptionTable::of<SyntheticOptions>(
      "Filled shapes on plain backgrounds, drawn on demand: for tests and smoke runs.",
      {
          integer("count", &SyntheticOptions::count, "Number of different images.")
              .range(int64_t{1}, int64_t{1'000'000'000}),
          integer("classes", &SyntheticOptions::classes,
                  "Number of shapes; the shape is the class.")
              .range(int64_t{1}, static_cast<int64_t>(kShapes.size())),
          integer("seed", &SyntheticOptions::seed, "Another seed gives other images.")
              .range(int64_t{0}, std::numeric_limits<int64_t>::max()),
      });
  return table;
}

std::shared_ptr<const Dataset> open_synthetic_dataset(const SyntheticOptions& options,
                                                      const BatchGeometry& geometry) {
  for (const int64_t channels : {geometry.images.channels, geometry.inputs.channels}) {
    TORCH_CHECK(channels <= static_cast<int64_t>(kMostChannels), "synthetic images have at most ",
                kMostChannels, " channels, not ", channels);
  }
  return std::make_shared<SyntheticDataset>(options, geometry);
}

}  // namespace gantrain

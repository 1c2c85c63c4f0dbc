#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gantrain {

// How one side of a picture is cut into overlapping tiles, and how their results are blended. All
// lengths in pixels of the input, multiples of what the network asks for where it says so.
struct TileAxis {
  int64_t size = 0;             // of the padded picture; a multiple
  int64_t tile = 0;             // of every tile; a multiple, at most `size`
  int64_t feather = 0;          // over which one tile fades into the next
  std::vector<int64_t> starts;  // multiples, rising; the last tile ends at `size`

  int64_t overlap() const;  // the smallest one of neighbours; 0 with one tile
  // What each of the tile's results counts for, tile * scale numbers in [0, 1], where the results
  // have `scale` times the side. At every place those of all tiles sum to 1. Nothing counts that is
  // nearer than (overlap - feather) / 2 to an edge which the picture does not have.
  std::vector<float> weights(size_t index, int64_t scale = 1) const;
};

// How much neighbouring tiles share: at the ends of each tile a margin that counts for nothing,
// because what a network makes there lacks what lies beyond the edge, and between the margins of
// both tiles the feather.
struct TileOverlap {
  int64_t margin = 0;
  int64_t feather = 0;  // at least 1; grows by what rounding the overlap up to a multiple adds

  int64_t total() const { return 2 * margin + feather; }
};

// The smallest multiple that is at least `value`.
int64_t rounded_up(int64_t value, int64_t multiple);

// Cuts `size` into tiles of side `tile`, both multiples. A side that is no longer than the tile is
// one tile. The tile must be longer than the overlap, rounded up to a multiple.
TileAxis plan_tiles(int64_t size, int64_t tile, const TileOverlap& overlap, int64_t multiple);

// Which pixel of a side of `size` stands at place i in [-before, size + after): mirrored at both
// ends without repeating the last pixel, as often as needed; a side of 1 is repeated.
int64_t mirrored(int64_t place, int64_t size);

}  // namespace gantrain

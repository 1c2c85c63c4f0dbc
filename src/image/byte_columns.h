#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace gantrain {

// Sixteen bytes at a time: the inner loops of resizing 8-bit images. The same results with and
// without SSE2.

inline constexpr int64_t kLanes = 16;
inline constexpr int kFractionBits = 22;  // 32 bits less 8 of the pixel and 2 of headroom
inline constexpr int kLowBits = 12;

// Two fixed-point weights in two words, as a multiplication of 16-bit pairs wants them: the low
// kLowBits of both, and the rest of both.
inline void split_weights(int32_t first, int32_t second, int32_t* out) {
  const auto pair = [](int32_t a, int32_t b) {
    return static_cast<int32_t>((static_cast<uint32_t>(b) << 16) |
                                (static_cast<uint32_t>(a) & 0xffffu));
  };
  constexpr int32_t kLowMask = (1 << kLowBits) - 1;
  out[0] = pair(first & kLowMask, second & kLowMask);
  out[1] = pair(first >> kLowBits, second >> kLowBits);
}

#ifdef __SSE2__

// out[lane] = clamp(round(sum over k < taps of weight k * in[k * stride + lane])). taps is even;
// weights: taps words from split_weights().
inline void weigh_columns(const uint8_t* in, int64_t stride, const int32_t* weights, int64_t taps,
                          uint8_t* out) {
  const __m128i zero = _mm_setzero_si128();
  const auto load = [](const uint8_t* bytes) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
  };
  __m128i low0 = _mm_set1_epi32(1 << (kFractionBits - 1));
  __m128i low1 = low0, low2 = low0, low3 = low0;
  __m128i high0 = zero, high1 = zero, high2 = zero, high3 = zero;
  for (int64_t k = 0; k < taps; k += 2, in += 2 * stride) {
    const __m128i a = load(in);
    const __m128i b = load(in + stride);
    const __m128i first = _mm_unpacklo_epi8(a, b);
    const __m128i second = _mm_unpackhi_epi8(a, b);
    const __m128i pixels0 = _mm_unpacklo_epi8(first, zero);
    const __m128i pixels1 = _mm_unpackhi_epi8(first, zero);
    const __m128i pixels2 = _mm_unpacklo_epi8(second, zero);
    const __m128i pixels3 = _mm_unpackhi_epi8(second, zero);
    const __m128i low = _mm_set1_epi32(weights[k]);
    const __m128i high = _mm_set1_epi32(weights[k + 1]);
    low0 = _mm_add_epi32(low0, _mm_madd_epi16(pixels0, low));
    low1 = _mm_add_epi32(low1, _mm_madd_epi16(pixels1, low));
    low2 = _mm_add_epi32(low2, _mm_madd_epi16(pixels2, low));
    low3 = _mm_add_epi32(low3, _mm_madd_epi16(pixels3, low));
    high0 = _mm_add_epi32(high0, _mm_madd_epi16(pixels0, high));
    high1 = _mm_add_epi32(high1, _mm_madd_epi16(pixels1, high));
    high2 = _mm_add_epi32(high2, _mm_madd_epi16(pixels2, high));
    high3 = _mm_add_epi32(high3, _mm_madd_epi16(pixels3, high));
  }
  const auto total = [](__m128i low, __m128i high) {
    return _mm_srai_epi32(_mm_add_epi32(low, _mm_slli_epi32(high, kLowBits)), kFractionBits);
  };
  const __m128i words0 = _mm_packs_epi32(total(low0, high0), total(low1, high1));
  const __m128i words1 = _mm_packs_epi32(total(low2, high2), total(low3, high3));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_packus_epi16(words0, words1));
}

// rows: sixteen pointers; out[lane_of_column][row] = rows[row][column], sixteen columns.
inline void transpose_bytes(const uint8_t* const* rows, uint8_t* out, int64_t out_stride) {
  __m128i a[kLanes], b[kLanes];
  for (int64_t i = 0; i < kLanes; ++i) {
    a[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[i]));
  }
  const auto shuffle = [](const __m128i* from, __m128i* to) {
    for (int64_t i = 0; i < kLanes / 2; ++i) {
      to[2 * i] = _mm_unpacklo_epi8(from[i], from[i + kLanes / 2]);
      to[2 * i + 1] = _mm_unpackhi_epi8(from[i], from[i + kLanes / 2]);
    }
  };
  shuffle(a, b);
  shuffle(b, a);
  shuffle(a, b);
  shuffle(b, a);
  for (int64_t i = 0; i < kLanes; ++i) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i * out_stride), a[i]);
  }
}

#else

inline void weigh_columns(const uint8_t* in, int64_t stride, const int32_t* weights, int64_t taps,
                          uint8_t* out) {
  int32_t sums[kLanes];
  std::fill_n(sums, kLanes, 1 << (kFractionBits - 1));
  for (int64_t k = 0; k < taps; ++k) {
    const int shift = k % 2 == 0 ? 0 : 16;
    const int32_t* pair = weights + k / 2 * 2;
    const int32_t low = static_cast<uint32_t>(pair[0]) >> shift & 0xffffu;
    const int32_t high = static_cast<int16_t>(static_cast<uint32_t>(pair[1]) >> shift);
    const int32_t weight = high * (1 << kLowBits) + low;
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      sums[lane] += weight * in[k * stride + lane];
    }
  }
  for (int64_t lane = 0; lane < kLanes; ++lane) {
    out[lane] = static_cast<uint8_t>(std::clamp(sums[lane] >> kFractionBits, 0, 255));
  }
}

inline void transpose_bytes(const uint8_t* const* rows, uint8_t* out, int64_t out_stride) {
  for (int64_t row = 0; row < kLanes; ++row) {
    for (int64_t column = 0; column < kLanes; ++column) {
      out[column * out_stride + row] = rows[row][column];
    }
  }
}

#endif

}  // namespace gantrain

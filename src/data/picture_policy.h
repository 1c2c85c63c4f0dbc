#pragma once

#include <string>
#include <vector>

#include "data/header_scan.h"
#include "data/picture_options.h"

namespace gantrain {

// At most this share of the files may vanish or change while a run uses them.
inline constexpr double kMostGone = 0.01;

// What is to be done about `bad` of `total` files: throws Error(kData) that lists them, or warns
// that they are left out. unmatched: pairs without a partner, of which ten are listed.
void apply_policy(const std::string& path, const std::vector<BadPicture>& bad,
                  const std::vector<std::string>& unmatched, int64_t total,
                  const PictureOptions& options);

// "name: reason" on lines of their own.
std::string listed(const std::vector<BadPicture>& bad, const std::vector<std::string>& unmatched);

}  // namespace gantrain

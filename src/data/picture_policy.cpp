#include "data/picture_policy.h"

#include <algorithm>

#include "gantrain/core/error.h"
#include "gantrain/core/log.h"
#include "gantrain/core/text.h"

namespace gantrain {
namespace {

constexpr size_t kUnmatchedListed = 10;

}  // namespace

std::string listed(const std::vector<BadPicture>& bad, const std::vector<std::string>& unmatched) {
  std::string text;
  for (const BadPicture& each : bad) {
    text += "\n  " + each.name + ": " + each.reason;
  }
  for (size_t i = 0; i < std::min(unmatched.size(), kUnmatchedListed); ++i) {
    text += "\n  " + unmatched[i];
  }
  if (unmatched.size() > kUnmatchedListed) {
    text += "\n  and " + format_count(static_cast<int64_t>(unmatched.size() - kUnmatchedListed)) +
            " more without a partner";
  }
  return text;
}

void apply_policy(const std::string& path, const std::vector<BadPicture>& bad,
                  const std::vector<std::string>& unmatched, int64_t total,
                  const PictureOptions& options) {
  const auto gone = std::count_if(bad.begin(), bad.end(),
                                  [](const BadPicture& each) { return each.kind == "gone"; });
  const auto count = static_cast<int64_t>(bad.size() + unmatched.size());
  if (count == 0) {
    return;
  }
  const std::string share = format_count(count) + " of " + format_count(total) + " files";
  if (static_cast<double>(gone) > kMostGone * static_cast<double>(total)) {
    throw Error(ErrorKind::kData,
                path + ": " + share + " cannot be used, and " + format_count(gone) +
                    " of them vanished or changed while they were read (at most 1 % may):" +
                    listed(bad, unmatched));
  }
  if (options.on_bad_image == BadImages::kError && count > gone) {
    throw Error(ErrorKind::kData, path + ": " + share +
                                      " cannot be used; mend or remove them, or set "
                                      "data.on_bad_image to skip to leave them out:" +
                                      listed(bad, unmatched));
  }
  if (static_cast<double>(count - gone) > options.max_bad_share * static_cast<double>(total)) {
    throw Error(ErrorKind::kData,
                path + ": " + share + " cannot be used, more than data.max_bad_share (" +
                    format_number(options.max_bad_share) + ") allows:" + listed(bad, unmatched));
  }
  log_warning("data: " + share + " are left out:" + listed(bad, unmatched));
}

}  // namespace gantrain

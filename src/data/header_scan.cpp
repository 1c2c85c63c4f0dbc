#include "data/header_scan.h"

#include <algorithm>
#include <mutex>

#include "gantrain/core/text.h"

namespace gantrain {
namespace {

constexpr int64_t kPiece = 256;  // files

PictureFacts read_facts(const PictureSource& source, int64_t file, const ImageLimits& limits,
                        std::string& bytes) {
  PictureFacts facts;
  for (uint64_t limit = kUsualHeaderBytes;; limit *= 4) {
    facts.stamp = source.read(file, limit, bytes);
    const auto header = read_image_header(bytes, facts.stamp.size, limits);
    if (header) {
      facts.width = static_cast<int32_t>(header->width);
      facts.height = static_cast<int32_t>(header->height);
      facts.channels = static_cast<int8_t>(header->channels);
      facts.bits = static_cast<int8_t>(header->bits);
      facts.orientation = static_cast<int8_t>(header->orientation);
      facts.cmyk = header->cmyk;
      facts.format = header->format;
      return facts;
    }
    if (limit >= facts.stamp.size) {
      throw ImageError(ImageFault::kDamaged, "its header does not end");
    }
  }
}

}  // namespace

std::vector<int64_t> files_of(const PicturePlan& plan) {
  std::vector<int64_t> files;
  for (const auto* items : {&plan.items, &plan.unpaired_inputs}) {
    for (const PicturePlan::Item& item : *items) {
      files.push_back(item.image);
      if (item.input >= 0) {
        files.push_back(item.input);
      }
    }
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

HeaderScan scan_headers(const PicturePlan& plan, const ImageLimits& limits, WorkerPool& pool,
                        const StopCheck& stopped) {
  const std::vector<int64_t> files = files_of(plan);
  const auto count = static_cast<int64_t>(files.size());
  HeaderScan scan;
  scan.facts.resize(static_cast<size_t>(plan.source->count()));
  std::vector<std::pair<int64_t, BadPicture>> bad;
  std::mutex mutex;
  pool.run((count + kPiece - 1) / kPiece, [&](int64_t piece, int64_t) {
    std::string bytes;
    for (int64_t i = piece * kPiece; i < std::min(count, (piece + 1) * kPiece); ++i) {
      throw_if_stopped(stopped);
      const int64_t file = files[static_cast<size_t>(i)];
      PictureFacts& facts = scan.facts[static_cast<size_t>(file)];
      BadPicture problem = try_picture(
          *plan.source, file, [&] { facts = read_facts(*plan.source, file, limits, bytes); });
      if (!problem.kind.empty()) {
        const std::lock_guard lock(mutex);
        bad.emplace_back(file, std::move(problem));
      }
    }
  });
  std::sort(bad.begin(), bad.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [file, problem] : bad) {
    scan.bad.push_back(std::move(problem));
  }
  for (const FileTree::Refused& refused : plan.source->tree().refused) {
    scan.bad.push_back(
        {printable((plan.source->path() / refused.name).string()), refused.reason, "unreadable"});
  }
  return scan;
}

}  // namespace gantrain

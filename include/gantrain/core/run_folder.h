#pragma once

#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

namespace gantrain {

// Added to the name of a checkpoint that is damaged; it is no checkpoint any more.
inline constexpr const char* kBrokenSuffix = ".broken";

// Every file name of a run folder (docs/run_folder.md) is built here and nowhere else.
class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path config() const {
    return root_ / "config.json";
  }  // resolved, with every default
  std::filesystem::path command() const {
    return root_ / "command.txt";
  }  // one command line per start
  std::filesystem::path versions() const {
    return root_ / "versions.json";
  }  // of what the run was started with
  std::filesystem::path changes() const {
    return root_ / "changes.jsonl";
  }  // what --resume --set changed, when
  std::filesystem::path generator() const { return root_ / "g.pt"; }  // the generator to use
  std::filesystem::path best() const { return root_ / "best.pt"; }    // the one that validated best
  std::filesystem::path metrics() const {
    return root_ / "metrics.jsonl";
  }  // one object per log interval
  std::filesystem::path log() const { return root_ / "log.txt"; }
  std::filesystem::path pixel_cache() const {
    return root_ / "pixels.cache";
  }  // decoded images that did not fit into memory; made anew when it is gone
  std::filesystem::path lock() const { return root_ / ".lock"; }
  std::filesystem::path samples() const { return root_ / "samples"; }
  std::filesystem::path real_images() const { return samples() / "reals.png"; }
  std::filesystem::path snapshots() const { return root_ / "snapshots"; }
  std::filesystem::path checkpoints() const { return root_ / "checkpoints"; }

  std::filesystem::path sample(int64_t step) const;      // samples/step-00001000.png
  std::filesystem::path snapshot(int64_t step) const;    // snapshots/g-step-00001000.pt
  std::filesystem::path checkpoint(int64_t step) const;  // checkpoints/step-00001000.pt

  // The checkpoints that are there, by step, the newest last; empty when there is no such folder.
  std::vector<std::filesystem::path> checkpoints_by_step() const;

  // The step in a checkpoint's file name, or -1 for any other name.
  static int64_t step_of_checkpoint(const std::filesystem::path& path);

 private:
  std::filesystem::path root_;
};

}  // namespace gantrain

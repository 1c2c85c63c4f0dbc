#include "gantrain/training/translate.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "gantrain/core/durable_file.h"
#include "gantrain/core/error.h"
#include "gantrain/core/files.h"
#include "gantrain/core/format_error.h"
#include "gantrain/core/log.h"
#include "gantrain/core/text.h"
#include "gantrain/data/registry.h"
#include "gantrain/image/grid.h"
#include "gantrain/image/png_writer.h"
#include "gantrain/training/pictures.h"

#include "training/picture_jobs.h"
#include "training/picture_pixels.h"
#include "training/result_page.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;

constexpr const char* kForward = "AtoB";
constexpr const char* kBackward = "BtoA";
constexpr const char* kGridFolder = "compare/";
constexpr const char* kPage = "index.html";

// The value of a key of the section "data", or nothing where its type does not have the key.
template <typename T>
std::optional<T> data_value(const RunConfig& config, const std::string& key) {
  const Option* option = dataset_table(config.data.type)->find(key);
  return option == nullptr ? std::nullopt
                           : std::optional<T>(std::get<T>(option->get(config.data.options)));
}

PictureTask task_of(const LoadedGenerator& loaded) {
  const auto task = loaded.generator->picture_task();
  if (!task) {
    throw Error(ErrorKind::kUsage, printable(loaded.path.string()) +
                                       ": its network makes pictures from noise and translates "
                                       "none; use gantrain sample");
  }
  return *task;
}

// Whether the network from what was the output to what was the input is asked for.
bool goes_backward(const LoadedGenerator& loaded, const PictureTask& task,
                   const std::string& direction) {
  const std::string trained =
      data_value<std::string>(loaded.config, "direction").value_or(kForward);
  if (direction.empty() || direction == trained) {
    return false;
  }
  if (!task.both_ways) {
    throw Error(ErrorKind::kUsage, "--direction " + direction + ": the network in " +
                                       printable(loaded.path.string()) + " was trained " + trained +
                                       " and goes this way only");
  }
  return true;
}

PixelFormat format_of(const LoadedGenerator& loaded, const PictureTask& task, bool backward) {
  PixelFormat format;
  format.channels = task.input_channels;
  format.bits = picture_bits(loaded.config);
  if (const auto colour = data_value<std::vector<int64_t>>(loaded.config, "background")) {
    for (size_t i = 0; i < format.background.size(); ++i) {
      format.background[i] = static_cast<uint8_t>(colour->at(i));
    }
  }
  const std::string derived = data_value<std::string>(loaded.config, "input").value_or("");
  format.greyed = !backward && derived == "grey";
  format.fills_holes = !backward && derived == "masked";
  return format;
}

// A picture that was read and waits for its batch.
struct Waiting {
  const PictureJob* job = nullptr;
  LoadedPicture input;
  Image target;  // no pixels where there is none
};

// The pictures of one call.
class FolderTranslation {
 public:
  FolderTranslation(LoadedGenerator& loaded, torch::Device device, const TranslateRequest& request)
      : loaded_(loaded), request_(request), task_(task_of(loaded)) {
    backward_ = goes_backward(loaded, task_, request.direction);
    if (backward_) {
      std::swap(task_.input_channels, task_.image_channels);
    }
    const bool running = request.running_statistics;
    if (running && task_.own_statistics) {
      task_.own_statistics = task_.sees_whole_picture = false;
    }
    format_ = format_of(loaded, task_, backward_);
    jobs_ = find_picture_jobs(request.in, request.out, request.targets, request.stopped);
    check_jobs();
    translator_ = std::make_unique<PictureTranslator>(
        task_,
        [this, running](const torch::Tensor& images) {
          GeneratorInput input;
          input.images = images;
          input.backward = backward_;
          input.running_statistics = running;
          input.seed = request_.seed;
          return loaded_.generator->run(input);
        },
        request.limits, device);
  }

  TranslateSummary run() {
    say_what_norms_do();
    make_folders(request_.out);
    remove_stale_temporaries(request_.out);
    size_t taken = 0;
    for (; taken < jobs_.jobs.size() && !is_stopped(); ++taken) {
      show_progress("translate: picture " + std::to_string(taken + 1) + " of " +
                    std::to_string(jobs_.jobs.size()));
      take(jobs_.jobs[taken]);
    }
    flush();
    clear_progress();
    summary_.stopped = taken < jobs_.jobs.size();
    summary_.pictures = static_cast<int64_t>(rows_.size());
    write_page();
    return summary_;
  }

 private:
  bool is_stopped() const { return request_.stopped && request_.stopped(); }

  void check_jobs() {
    if (!jobs_.bad.empty() && !request_.skip_bad) {
      refuse_bad_pictures(jobs_.bad);
    }
    for (size_t i = 0; i < std::min(jobs_.bad.size(), kShownBadPictures); ++i) {
      log_warning(jobs_.bad[i].shown + ": " + jobs_.bad[i].reason + "; left out");
    }
    summary_.skipped = static_cast<int64_t>(jobs_.bad.size());
    if (jobs_.jobs.empty()) {
      throw Error(ErrorKind::kData, printable(request_.in.string()) + ": none of its " +
                                        format_count(summary_.skipped) + " pictures can be used");
    }
    std::set<std::string> names;
    for (const PictureJob& job : jobs_.jobs) {
      names.insert(job.out);
    }
    for (const PictureJob& job : jobs_.jobs) {
      if (request_.compare && names.contains(kGridFolder + job.out)) {
        throw Error(ErrorKind::kUsage, "--compare writes to the folder " +
                                           std::string(kGridFolder) +
                                           ", and so does the result of " +
                                           printable(kGridFolder + job.out) + "; rename it");
      }
    }
  }

  void say_what_norms_do() const {
    if (task_.own_statistics) {
      log_info(
          "batch norms take each picture's own statistics and dropout goes on, as in training at "
          "batch 1; --norm-mode running takes those of training and drops nothing");
    }
  }

  void take(const PictureJob& job) {
    Waiting next{&job, {}, {}};
    try {
      load(next);
    } catch (const FormatError& problem) {
      const BadJob bad{jobs_.folder->shown(job.name), problem.what()};
      if (!request_.skip_bad) {
        flush();
        clear_progress();
        refuse_bad_pictures({bad});
      }
      log_warning(bad.shown + ": " + bad.reason + "; left out");
      ++summary_.skipped;
      return;
    }
    const auto same_size = [&](const Waiting& other) {
      return other.input.colours.width == next.input.colours.width &&
             other.input.colours.height == next.input.colours.height;
    };
    if (!waiting_.empty() && !same_size(waiting_.front())) {
      flush();
    }
    waiting_.push_back(std::move(next));
    const Image& first = waiting_.front().input.colours;
    if (static_cast<int64_t>(waiting_.size()) >=
        translator_->plan(first.height, first.width).batch) {
      flush();
    }
  }

  void load(Waiting& next) const {
    next.input = load_picture(*jobs_.folder, next.job->name, format_);
    PixelFormat of_target = format_;
    of_target.channels = task_.image_channels;
    of_target.greyed = of_target.fills_holes = false;
    if (request_.pairs) {
      // A stands on the left.
      const bool trained_backward =
          data_value<std::string>(loaded_.config, "direction").value_or(kForward) == kBackward;
      const bool input_is_right = trained_backward != backward_;
      next.target =
          half_of(load_picture(*jobs_.folder, next.job->name, of_target), !input_is_right).colours;
      next.input = half_of(next.input, input_is_right);
    } else if (!next.job->target.empty()) {
      next.target = load_picture(*jobs_.targets, next.job->target, of_target).colours;
    }
  }

  void flush() {
    if (waiting_.empty()) {
      return;
    }
    std::vector<torch::Tensor> inputs;
    for (const Waiting& each : waiting_) {
      inputs.push_back(to_tensor(each.input.colours));
    }
    const Image& first = waiting_.front().input.colours;
    const TranslationPlan plan = translator_->plan(first.height, first.width);
    if (plan.tiled() && task_.sees_whole_picture && summary_.in_tiles == 0) {
      log_info("large pictures go in tiles, and norms run over each tile by itself");
    }
    const std::vector<Image> made = to_images(translator_->run(torch::cat(inputs)), format_.bits);
    inputs.clear();
    for (size_t i = 0; i < made.size(); ++i) {
      write(waiting_[i], made[i], plan);
    }
    summary_.in_tiles += plan.tiled() ? static_cast<int64_t>(made.size()) : 0;
    waiting_.clear();
  }

  void write(const Waiting& each, const Image& made, const TranslationPlan& plan) {
    const bool carries_alpha = !each.input.alpha.pixels.empty() && made.channels % 2 == 1;
    write_picture(each.job->out, carries_alpha ? with_alpha(made, each.input.alpha) : made);
    ResultRow row;
    row.name = each.job->name;
    row.output = each.job->out;
    row.input = link_to_input(each.job->name);
    row.note =
        std::to_string(each.input.colours.width) + "x" + std::to_string(each.input.colours.height);
    if (plan.tiled()) {
      row.note +=
          ", in " + std::to_string(plan.rows.starts.size() * plan.columns.starts.size()) + " tiles";
    }
    if (request_.compare) {
      row.grid = kGridFolder + each.job->out;
      write_picture(row.grid, grid_of(each, made));
    }
    rows_.push_back(std::move(row));
  }

  void write_picture(const std::string& name, const Image& image) {
    const fs::path path = request_.out / name;
    if (folders_.insert(path.parent_path()).second) {
      make_folders(path.parent_path());
      remove_stale_temporaries(path.parent_path());
    }
    write_png(path, image);
  }

  // input | output | target, of one size.
  static Image grid_of(const Waiting& each, const Image& made) {
    std::vector<const Image*> images = {&each.input.colours, &made};
    if (!each.target.pixels.empty()) {
      images.push_back(&each.target);
    }
    const bool coloured = std::any_of(images.begin(), images.end(),
                                      [](const Image* image) { return image->channels >= 3; });
    std::vector<Image> alike;
    for (const Image* image : images) {
      alike.push_back(made_alike(*image, made.width, made.height, coloured ? 3 : 1));
    }
    return make_grid(alike, static_cast<int64_t>(alike.size()));
  }

  std::string link_to_input(const std::string& name) const {
    std::error_code failed;
    const fs::path folder = fs::proximate(jobs_.folder->path(), request_.out, failed);
    return failed ? "" : (folder / name).string();
  }

  void write_page() const {
    const std::string title = "Results of " + loaded_.path.filename().string();
    const std::string subtitle = loaded_.path.string() + ", step " +
                                 format_count(loaded_.header.step) + ", on " + request_.in.string();
    write_file_atomically(request_.out / kPage,
                          result_page(printable(title), printable(subtitle), rows_));
  }

  LoadedGenerator& loaded_;
  const TranslateRequest& request_;
  PictureTask task_;
  bool backward_ = false;
  PixelFormat format_;
  PictureJobs jobs_;
  std::unique_ptr<PictureTranslator> translator_;
  std::vector<Waiting> waiting_;
  std::vector<ResultRow> rows_;
  std::set<fs::path> folders_;
  TranslateSummary summary_;
};

}  // namespace

TranslateSummary translate(LoadedGenerator& loaded, torch::Device device,
                           const TranslateRequest& request) {
  return FolderTranslation(loaded, device, request).run();
}

}  // namespace gantrain

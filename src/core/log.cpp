#include "gantrain/core/log.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string_view>
#include <system_error>

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include "core/write_all.h"

namespace gantrain {
namespace {

const char* prefix_of(spdlog::level::level_enum level) {
  return level == spdlog::level::err ? "error: " : level == spdlog::level::warn ? "warning: " : "";
}

bool environment_allows_color() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return (no_color == nullptr || *no_color == '\0') &&
         (terminal == nullptr || std::string_view(terminal) != "dumb");
}

// The first `columns` characters of UTF-8 text.
std::string_view cut_to_width(std::string_view text, size_t columns) {
  for (size_t at = 0, seen = 0; at < text.size(); ++at) {
    const bool starts_character = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (starts_character && seen++ == columns) {
      return text.substr(0, at);
    }
  }
  return text;
}

// Lines for a person on stderr; the progress line stays below them. A stderr that cannot be written
// is ignored.
class TerminalSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  void set_color(ColorMode mode) {
    const std::lock_guard lock(mutex_);
    color_ = mode;
  }

  void show(const std::string& line) {
    const std::lock_guard lock(mutex_);
    if (!should_log(spdlog::level::info) || !stderr_is_terminal()) {
      return;
    }
    progress_ = line;
    draw();
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    if (!progress_.empty()) {
      write_all(STDERR_FILENO, "\r\033[K");
      progress_.clear();
    }
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const bool color =
        color_ == ColorMode::kAlways ||
        (color_ == ColorMode::kAuto && stderr_is_terminal() && environment_allows_color());
    std::string line = progress_.empty() ? "" : "\r\033[K";
    const std::string prefix = prefix_of(message.level);
    if (color && !prefix.empty()) {
      line += (message.level == spdlog::level::err ? "\033[31m" : "\033[33m") + prefix + "\033[0m";
    } else {
      line += prefix;
    }
    line.append(message.payload.data(), message.payload.size());
    write_all(STDERR_FILENO, line + "\n");
    if (!progress_.empty()) {
      draw();
    }
  }
  void flush_() override {}

 private:
  void draw() {
    winsize size = {};
    const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    const size_t columns = known ? size.ws_col - 1U : 79U;
    write_all(STDERR_FILENO, "\r\033[K" + std::string(cut_to_width(progress_, columns)));
  }

  ColorMode color_ = ColorMode::kAuto;
  std::string progress_;
};

// Time-stamped lines in the run's log.txt. The first failure is kept for take_error() and ends the
// file.
class FileSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  FileSink() {
    set_formatter_(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%d %H:%M:%S.%e "));
  }
  ~FileSink() override { close(); }
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;

  void open(const std::filesystem::path& path) {
    const std::lock_guard lock(mutex_);
    close();
    path_ = path;
    error_ = 0;
    descriptor_ = ::open(path.c_str(),
                         O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
    if (descriptor_ < 0) {
      error_ = errno;
    }
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    close();
  }

  std::filesystem::path path() {
    const std::lock_guard lock(mutex_);
    return descriptor_ < 0 ? std::filesystem::path() : path_;
  }

  // The sentence about a failure that was not yet told, or "".
  std::string take_error() {
    const std::lock_guard lock(mutex_);
    if (error_ == 0) {
      return "";
    }
    const std::string why = std::system_category().message(error_);
    error_ = 0;
    return path_.string() + ": the log cannot be written (" + why + "); it goes to stderr only";
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (descriptor_ < 0) {
      return;
    }
    spdlog::memory_buf_t stamp;
    formatter_->format(message, stamp);
    std::string line(stamp.data(), stamp.size());
    while (!line.empty() && line.back() == '\n') {
      line.pop_back();
    }
    line += prefix_of(message.level);
    line.append(message.payload.data(), message.payload.size());
    error_ = write_all(descriptor_, line + "\n");
    if (error_ != 0) {
      close();
    }
  }
  void flush_() override {}

 private:
  void close() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
      descriptor_ = -1;
    }
  }

  int descriptor_ = -1;
  int error_ = 0;
  std::filesystem::path path_;
};

struct Log {
  std::shared_ptr<TerminalSink> terminal = std::make_shared<TerminalSink>();
  std::shared_ptr<FileSink> file = std::make_shared<FileSink>();
  spdlog::logger logger = spdlog::logger("gantrain", {terminal, file});

  void report_file_error() {
    if (const std::string error = file->take_error(); !error.empty()) {
      logger.warn("{}", error);
    }
  }
  void write(spdlog::level::level_enum level, const std::string& message) {
    logger.log(level, "{}", message);
    report_file_error();
  }
};

// Never destroyed: destructors of other statics may log.
Log& the_log() {
  static Log& log = *new Log;
  return log;
}

}  // namespace

void log_info(const std::string& message) {
  the_log().write(spdlog::level::info, message);
}

void log_warning(const std::string& message) {
  the_log().write(spdlog::level::warn, message);
}

void log_error(const std::string& message) {
  the_log().write(spdlog::level::err, message);
}

void set_log_color(ColorMode mode) {
  the_log().terminal->set_color(mode);
}

void set_log_quiet(bool quiet) {
  the_log().terminal->set_level(quiet ? spdlog::level::warn : spdlog::level::trace);
}

void open_log_file(const std::filesystem::path& path) {
  the_log().file->open(path);
  the_log().report_file_error();
}

void close_log_file() {
  the_log().file->stop();
}

std::filesystem::path log_file() {
  return the_log().file->path();
}

void show_progress(const std::string& line) {
  the_log().terminal->show(line);
}

void clear_progress() {
  the_log().terminal->clear();
}

bool stderr_is_terminal() {
  return ::isatty(STDERR_FILENO) == 1;
}

}  // namespace gantrain

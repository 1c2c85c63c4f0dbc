#pragma once

#include <filesystem>
#include <string>

namespace gantrain {

// The log goes to stderr (with colour on a terminal, unless NO_COLOR or --color says otherwise)
// and, once a run has a folder, to its log.txt with time stamps. stdout is never touched. spdlog is
// seen by log.cpp alone.

enum class ColorMode { kAuto, kAlways, kNever };

void log_info(const std::string& message);
void log_warning(const std::string& message);
void log_error(const std::string& message);  // "error: ..." on stderr

void set_log_color(ColorMode mode);
void set_log_quiet(bool quiet);  // stderr gets warnings and errors only

// Starts writing to `path` as well, appending. A file that cannot be written gives one warning,
// never an error.
void open_log_file(const std::filesystem::path& path);
void close_log_file();
std::filesystem::path log_file();  // that is being written; empty = none

// One line that is redrawn in place on a terminal; a no-op in a pipe. Other log lines appear above
// it.
void show_progress(const std::string& line);
void clear_progress();
bool stderr_is_terminal();

}  // namespace gantrain

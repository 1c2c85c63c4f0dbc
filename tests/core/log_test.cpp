#include "gantrain/core/log.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gantrain/core/error.h"
#include "gantrain/core/files.h"

#include "support/temporary_folder.h"

namespace gantrain {
namespace {

using testing::HasSubstr;

// What `action` writes to stderr when that is `descriptor`, read back from `source`. A terminal
// hands on its text a little later: read up to an end mark.
std::string stderr_of(int descriptor, int source, const std::function<void()>& action) {
  const std::string mark = "<the end>";
  const int saved = dup(STDERR_FILENO);
  dup2(descriptor, STDERR_FILENO);
  action();
  dup2(saved, STDERR_FILENO);
  close(saved);
  EXPECT_EQ(write(descriptor, mark.data(), mark.size()), static_cast<ssize_t>(mark.size()));
  std::string text;
  pollfd readable = {source, POLLIN, 0};
  while (!text.ends_with(mark) && poll(&readable, 1, 10'000) == 1) {
    char buffer[4096];
    const ssize_t got = read(source, buffer, sizeof buffer);
    if (got <= 0) {
      break;
    }
    text.append(buffer, static_cast<size_t>(got));
  }
  EXPECT_TRUE(text.ends_with(mark));
  return text.substr(0, text.size() - std::min(text.size(), mark.size()));
}

std::string in_a_pipe(const std::function<void()>& action) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_NONBLOCK), 0);
  const std::string text = stderr_of(ends[1], ends[0], action);
  close(ends[0]);
  close(ends[1]);
  return text;
}

std::string on_a_terminal(const std::function<void()>& action) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
  EXPECT_EQ(grantpt(master) + unlockpt(master), 0);
  const int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
  winsize size = {};
  size.ws_col = 21;
  size.ws_row = 5;
  ioctl(terminal, TIOCSWINSZ, &size);
  const std::string text = stderr_of(terminal, master, action);
  close(terminal);
  close(master);
  return text;
}

class Log : public testing::Test {
 protected:
  void SetUp() override {
    unsetenv("NO_COLOR");
    setenv("TERM", "xterm", 1);
  }
  void TearDown() override {
    set_log_color(ColorMode::kAuto);
    set_log_quiet(false);
    close_log_file();
  }
};

TEST_F(Log, PipesGetPlainLinesWithPrefixes) {
  EXPECT_EQ(in_a_pipe([] {
              log_info("started {}");
              log_warning("odd");
              log_error("bad");
              show_progress("step 1");
              clear_progress();
            }),
            "started {}\nwarning: odd\nerror: bad\n");
}

TEST_F(Log, QuietKeepsWarnings) {
  set_log_quiet(true);
  EXPECT_EQ(in_a_pipe([] {
              log_info("started");
              log_warning("odd");
            }),
            "warning: odd\n");
  EXPECT_EQ(on_a_terminal([] { show_progress("step 1"); }), "");
}

TEST_F(Log, ColorFollowsTheTerminalNoColorAndTheMode) {
  const auto warn = [] { log_warning("odd"); };
  EXPECT_EQ(on_a_terminal(warn), "\033[33mwarning: \033[0modd\r\n");
  setenv("NO_COLOR", "1", 1);
  EXPECT_EQ(on_a_terminal(warn), "warning: odd\r\n");
  set_log_color(ColorMode::kAlways);
  EXPECT_EQ(in_a_pipe([] { log_error("bad"); }), "\033[31merror: \033[0mbad\n");
  unsetenv("NO_COLOR");
  set_log_color(ColorMode::kNever);
  EXPECT_EQ(on_a_terminal(warn), "warning: odd\r\n");
}

TEST_F(Log, ProgressIsRedrawnBelowOtherLinesAndCutToTheWidth) {
  EXPECT_EQ(on_a_terminal([] {
              show_progress("step 1");
              log_info("saved");
              show_progress("123456789012345678901234567890");
              clear_progress();
            }),
            "\r\033[Kstep 1"
            "\r\033[Ksaved\r\n\r\033[Kstep 1"
            "\r\033[K12345678901234567890"
            "\r\033[K");
}

TEST_F(Log, FileGetsTimeStampsAndAppends) {
  const TemporaryFolder folder;
  const auto file = folder.write("log.txt", "before\n");
  set_log_quiet(true);
  in_a_pipe([&] {
    open_log_file(file);
    log_info("started");
    log_warning("odd");
    close_log_file();
    log_info("not in the file");
  });
  const std::string stamp = "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}[.][0-9]{3} ";
  EXPECT_THAT(read_file(file, ErrorKind::kData, 10000),
              testing::MatchesRegex("before\n" + stamp + "started\n" + stamp + "warning: odd\n"));
}

TEST_F(Log, AFileThatCannotBeOpenedGivesOneWarning) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "no" / "log.txt").string();
  EXPECT_EQ(in_a_pipe([&] {
              open_log_file(path);
              log_info("on");
            }),
            "warning: " + path +
                ": the log cannot be written (No such file or directory); it goes "
                "to stderr only\non\n");
}

TEST_F(Log, Row35AFileThatFailsLaterGivesOneWarningAndTheRunGoesOn) {
  EXPECT_EQ(in_a_pipe([] {
              open_log_file("/dev/full");
              log_info("one");
              log_info("two");
            }),
            "one\nwarning: /dev/full: the log cannot be written (No space left on device); it goes "
            "to stderr only\ntwo\n");
}

TEST_F(Log, SurvivesAClosedStderr) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    close(STDERR_FILENO);
    log_info("into the void");
    show_progress("step 1");
    log_error("still here");
    _exit(7);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

}  // namespace
}  // namespace gantrain

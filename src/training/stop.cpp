#include "gantrain/training/stop.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>

namespace gantrain {
namespace {

volatile sig_atomic_t stop_flag = 0;
volatile sig_atomic_t save_flag = 0;

void on_stop(int number) {
  if (number == SIGINT && stop_flag == SIGINT) {
    _exit(128 + SIGINT);
  }
  stop_flag = number;
}

void on_save(int) {
  save_flag = 1;
}

void handle(int number, void (*handler)(int)) {
  struct sigaction now = {};
  if (sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN) {
    return;
  }
  struct sigaction action = {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(number, &action, nullptr);
}

}  // namespace

void install_signal_handlers() {
  for (const int number : {SIGTERM, SIGHUP, SIGUSR1, SIGINT}) {
    handle(number, on_stop);
  }
  handle(SIGUSR2, on_save);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // beyond `ulimit -f` a write fails as on a full disk
}

int stop_signal() {
  return stop_flag;
}

bool take_save_request() {
  const bool asked = save_flag != 0;
  save_flag = 0;
  return asked;
}

}  // namespace gantrain

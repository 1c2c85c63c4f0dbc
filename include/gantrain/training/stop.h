#pragma once

namespace gantrain {

// Signals that ask a run to stop or to save, and how the loop hears of them. Handlers only set
// flags. SIGTERM, SIGHUP, SIGUSR1, SIGINT: finish the step, save, exit 128 + n (a second SIGINT
// quits at once). SIGUSR2: save and go on. A signal that is ignored when the program starts (nohup)
// stays ignored.
void install_signal_handlers();

int stop_signal();         // the signal that asked to stop, 0 = none
bool take_save_request();  // true once after SIGUSR2

}  // namespace gantrain

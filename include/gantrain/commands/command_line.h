#pragma once

namespace gantrain {

// The program: parses the command line, runs the verb, prints one line on stderr for an Error, and
// returns the exit code (docs: README, "Exit codes"). Never throws.
int run_command_line(int argc, char** argv);

}  // namespace gantrain

#include "gantrain/commands/command_line.h"

int main(int argc, char** argv) {
  return gantrain::run_command_line(argc, argv);
}

# Run at every build (cmake -P): writes OUTPUT, a header with what git says of SOURCE, only when it changed.
execute_process(COMMAND git describe --always --dirty --tags --abbrev=12
  WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE description OUTPUT_STRIP_TRAILING_WHITESPACE
  RESULT_VARIABLE status ERROR_QUIET)
if(NOT "${status}" STREQUAL "0" OR NOT EXISTS ${SOURCE}/.git)
  set(description "")
endif()
set(text "#pragma once\n#define GANTRAIN_SOURCE_DESCRIPTION \"${description}\"\n")
set(before "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
if(NOT text STREQUAL before)
  file(WRITE ${OUTPUT} "${text}")
endif()

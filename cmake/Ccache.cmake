# Compiles through ccache when it is there and no launcher was named. Precompiled headers need its sloppiness; its
# cache stays in this clone unless CCACHE_DIR names another.
option(GANTRAIN_CCACHE "Compile through ccache when it is installed" ON)
find_program(GANTRAIN_CCACHE_PROGRAM ccache)
if(GANTRAIN_CCACHE AND GANTRAIN_CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime)
  if(NOT DEFINED ENV{CCACHE_DIR})
    list(APPEND CMAKE_CXX_COMPILER_LAUNCHER CCACHE_DIR=${PROJECT_SOURCE_DIR}/.deps/ccache CCACHE_MAXSIZE=3G)
  endif()
  list(APPEND CMAKE_CXX_COMPILER_LAUNCHER ${GANTRAIN_CCACHE_PROGRAM})
endif()

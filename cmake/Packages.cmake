# Packages of the system, found by name; scripts/setup installs them.
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(JPEG REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(spdlog 1.9 REQUIRED)
if(GANTRAIN_TORCH)
  find_package(CLI11 2.1 REQUIRED)
endif()
if(GANTRAIN_BUILD_TESTS)
  find_package(GTest 1.11 REQUIRED)
  # Runs the tests in Python: -DGANTRAIN_PYTHON=PROGRAM, else the one that scripts/test prepares.
  if(NOT GANTRAIN_PYTHON)
    set(GANTRAIN_PYTHON ${PROJECT_SOURCE_DIR}/.deps/python/bin/python3)
    if(NOT EXISTS ${GANTRAIN_PYTHON})
      set(GANTRAIN_PYTHON python3)
    endif()
  endif()
endif()

# stb has no CMake file of its own.
find_path(STB_INCLUDE_DIR stb_image.h PATH_SUFFIXES stb REQUIRED)
add_library(gantrain_stb INTERFACE)
target_include_directories(gantrain_stb SYSTEM INTERFACE ${STB_INCLUDE_DIR})

# How every target of ours is compiled, linked and tested. Nothing here is global.

find_program(GANTRAIN_MOLD mold)

# Several files of a target are compiled as one: each compilation instantiates anew what torch/torch.h leaves pending
# (4 s with g++, about as much as a file of ours), or reads nlohmann/json. So names in anonymous namespaces are unique
# within a floor.
option(GANTRAIN_UNITY "Compile several files as one" ON)

function(gantrain_configure_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  # No POSITION_INDEPENDENT_CODE: it means -fPIC for a library and -fPIE for a test, and then g++ passes over the
  # precompiled header in silence (16 s a file instead of 5).
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF
    UNITY_BUILD ${GANTRAIN_UNITY} UNITY_BUILD_BATCH_SIZE 4)
  target_include_directories(${target}
    PUBLIC ${PROJECT_SOURCE_DIR}/include
    PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -Wno-sign-conversion
    # GCC 12 sees overlaps in std::string concatenation that are not there (GCC bug 105651).
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
  if(GANTRAIN_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=address,undefined)
  endif()
  # g++ knows -fuse-ld=mold from version 12 on.
  if(GANTRAIN_MOLD AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 12)
    target_link_options(${target} PRIVATE -fuse-ld=mold)
  endif()
endfunction()

# A target whose files read LibTorch's headers.
function(gantrain_reads_libtorch target)
  if(target STREQUAL gantrain_torch)
    target_precompile_headers(${target} PRIVATE <torch/torch.h>)
  else()
    target_precompile_headers(${target} REUSE_FROM gantrain_torch)
  endif()
endfunction()

# One test binary of a floor without LibTorch: gantrain_base_test(name file.cpp ...). One CTest entry a binary;
# scripts/test counts the cases inside.
function(gantrain_base_test name)
  add_executable(${name}_test ${ARGN})
  gantrain_configure_target(${name}_test)
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name}_test PRIVATE gantrain_base GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name}_test)
  set_tests_properties(${name} PROPERTIES LABELS base TIMEOUT 300
    ENVIRONMENT GANTRAIN_SOURCE_DIR=${PROJECT_SOURCE_DIR})
endfunction()

# One test binary of a floor with LibTorch. One CTest entry for the whole binary: loading LibTorch takes 0.2 s.
# One thread each, because CTest runs as many at a time as there are cores.
function(gantrain_torch_test name)
  if(NOT GANTRAIN_TORCH)
    return()
  endif()
  add_executable(${name}_test ${ARGN})
  gantrain_configure_target(${name}_test)
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name}_test PRIVATE gantrain_torch GTest::gmock GTest::gtest_main)
  gantrain_reads_libtorch(${name}_test)
  add_test(NAME ${name} COMMAND ${name}_test)
  set_tests_properties(${name} PROPERTIES LABELS torch TIMEOUT 900
    ENVIRONMENT "GANTRAIN_SOURCE_DIR=${PROJECT_SOURCE_DIR};OMP_NUM_THREADS=1")
endfunction()

# One file of Python unittests that drives the built program:
# gantrain_python_test(name file.py [ALONE] [LABELS long] [TIMEOUT seconds]). One thread; ALONE keeps the other cores
# free too, for files that measure or aim at moments. With the label GANTRAIN_LONG_TESTS is 1, for files that have a
# quick and a full set.
function(gantrain_python_test name file)
  cmake_parse_arguments(arg "ALONE" "TIMEOUT" "LABELS" ${ARGN})
  if(NOT TARGET gantrain)
    return()
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  get_filename_component(file ${file} ABSOLUTE)
  add_test(NAME ${name}
    COMMAND ${CMAKE_COMMAND} -E env
      OMP_NUM_THREADS=1
      GANTRAIN_BINARY=$<TARGET_FILE:gantrain>
      GANTRAIN_FAULT_INJECTOR=$<TARGET_FILE:fault_injector>
      GANTRAIN_DEVICE_FAULTS=$<TARGET_FILE:device_fault>
      GANTRAIN_LONG_TESTS=$<BOOL:${arg_LABELS}>
      GANTRAIN_SOURCE_DIR=${PROJECT_SOURCE_DIR}
      PYTHONPATH=${PROJECT_SOURCE_DIR}/scripts:${PROJECT_SOURCE_DIR}/tests/python
      PYTHONDONTWRITEBYTECODE=1
      ${GANTRAIN_PYTHON} ${PROJECT_SOURCE_DIR}/tests/run_unittest.py ${name} ${file})
  set(cores 1)
  if(arg_ALONE)
    cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
  endif()
  set_tests_properties(${name} PROPERTIES
    LABELS "python;${arg_LABELS}" TIMEOUT ${arg_TIMEOUT} PROCESSORS ${cores})
endfunction()

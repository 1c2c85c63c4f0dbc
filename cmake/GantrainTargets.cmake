# How every target of ours is compiled. Nothing here is global.

function(gantrain_configure_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  target_include_directories(${target}
    PUBLIC ${PROJECT_SOURCE_DIR}/include
    PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -Wno-sign-conversion)
  if(GANTRAIN_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=address,undefined)
  endif()
endfunction()

# One test binary of a floor without LibTorch: gantrain_base_test(name file.cpp ...). Every case is a CTest entry.
function(gantrain_base_test name)
  add_executable(${name}_test ${ARGN})
  gantrain_configure_target(${name}_test)
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name}_test PRIVATE gantrain_base GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name}_test)
  set_tests_properties(${name} PROPERTIES LABELS base)
endfunction()

# One test binary of a floor with LibTorch. One CTest entry for the whole binary: loading LibTorch takes 0.2 s.
function(gantrain_torch_test name)
  if(NOT GANTRAIN_TORCH)
    return()
  endif()
  add_executable(${name}_test ${ARGN})
  gantrain_configure_target(${name}_test)
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name}_test PRIVATE gantrain_torch GTest::gmock GTest::gtest_main)
  # A library gets -fPIC, a program -fPIE: with other flags than the library's its header would be compiled again in every file.
  set_target_properties(${name}_test PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${name}_test PRIVATE -fPIC)
  target_precompile_headers(${name}_test REUSE_FROM gantrain_torch)
  add_test(NAME ${name} COMMAND ${name}_test)
endfunction()

# Finds LibTorch and makes the target gantrain_libtorch. In this order: GANTRAIN_TORCH_ROOT (cache or environment),
# Torch_DIR and CMAKE_PREFIX_PATH, .deps/python, the active python3's torch.
# find_package(Torch) is not used: with a CUDA wheel and no CUDA toolkit it is a fatal error, and it edits global variables.

set(GANTRAIN_TORCH_MINIMUM 2.11)

function(gantrain_torch_root_of_python python result)
  execute_process(
    COMMAND ${python} -c "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')"
    OUTPUT_VARIABLE root OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  set(${result} "${root}" PARENT_SCOPE)
endfunction()

function(gantrain_find_torch_root result)
  set(candidates ${GANTRAIN_TORCH_ROOT} $ENV{GANTRAIN_TORCH_ROOT})
  if(Torch_DIR)
    list(APPEND candidates ${Torch_DIR}/../../..)
  endif()
  set(env_prefixes "$ENV{CMAKE_PREFIX_PATH}")
  string(REPLACE ":" ";" env_prefixes "${env_prefixes}")
  foreach(prefix ${CMAKE_PREFIX_PATH} ${env_prefixes})
    list(APPEND candidates ${prefix} ${prefix}/../..)
  endforeach()
  foreach(python ${PROJECT_SOURCE_DIR}/.deps/python/bin/python3 python3)
    gantrain_torch_root_of_python(${python} root)
    list(APPEND candidates ${root})
  endforeach()
  foreach(candidate ${candidates})
    if(EXISTS ${candidate}/include/torch/csrc/api/include/torch/torch.h)
      get_filename_component(candidate ${candidate} REALPATH)
      set(${result} ${candidate} PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR
    "LibTorch ${GANTRAIN_TORCH_MINIMUM} or later was not found. Run scripts/setup, or give -DGANTRAIN_TORCH_ROOT=FOLDER "
    "(the folder that holds include/ and lib/).")
endfunction()

gantrain_find_torch_root(gantrain_torch_root)
file(STRINGS ${gantrain_torch_root}/include/torch/headeronly/version.h version_lines REGEX "define TORCH_VERSION_(MAJOR|MINOR) ")
string(REGEX REPLACE ".*MAJOR ([0-9]+).*MINOR ([0-9]+).*" "\\1.\\2" gantrain_torch_version "${version_lines}")
if(gantrain_torch_version VERSION_LESS GANTRAIN_TORCH_MINIMUM)
  message(FATAL_ERROR "${gantrain_torch_root} holds LibTorch ${gantrain_torch_version}; ${GANTRAIN_TORCH_MINIMUM} or later is needed.")
endif()
message(STATUS "LibTorch ${gantrain_torch_version} in ${gantrain_torch_root}")

add_library(gantrain_libtorch INTERFACE)
target_include_directories(gantrain_libtorch SYSTEM INTERFACE
  ${gantrain_torch_root}/include ${gantrain_torch_root}/include/torch/csrc/api/include)
target_link_directories(gantrain_libtorch INTERFACE ${gantrain_torch_root}/lib)
target_link_options(gantrain_libtorch INTERFACE
  -Wl,-rpath,${gantrain_torch_root}/lib -Wl,--allow-shlib-undefined)
target_link_libraries(gantrain_libtorch INTERFACE torch_cpu c10)
if(EXISTS ${gantrain_torch_root}/lib/libtorch_cuda.so)
  target_link_libraries(gantrain_libtorch INTERFACE
    -Wl,--no-as-needed torch torch_cuda c10_cuda -Wl,--as-needed)
endif()

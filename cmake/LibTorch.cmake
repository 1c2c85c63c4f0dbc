# Finds LibTorch and makes the target gantrain_libtorch. In this order: GANTRAIN_TORCH_ROOT (cache, then environment),
# Torch_DIR and CMAKE_PREFIX_PATH, what scripts/setup chose, .deps/python, the active python3's torch. The first two
# are wishes: a folder named there that is no LibTorch, or too old, is an error.
# find_package(Torch) is not used: with a CUDA wheel and no CUDA toolkit it is a fatal error, and it edits global variables.

set(GANTRAIN_TORCH_MINIMUM 2.11)

# The version of the LibTorch in a folder, empty when it holds none.
function(gantrain_torch_version root result)
  set(${result} "" PARENT_SCOPE)
  foreach(header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
    if(EXISTS ${root}/include/torch/csrc/api/include/torch/torch.h AND EXISTS ${root}/include/${header})
      file(STRINGS ${root}/include/${header} lines REGEX "define TORCH_VERSION_(MAJOR|MINOR) ")
      if(lines MATCHES "MAJOR ([0-9]+).*MINOR ([0-9]+)")
        set(${result} ${CMAKE_MATCH_1}.${CMAKE_MATCH_2} PARENT_SCOPE)
        return()
      endif()
    endif()
  endforeach()
endfunction()

function(gantrain_torch_root_of_python python result)
  execute_process(
    COMMAND ${python} -c "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')"
    OUTPUT_VARIABLE root OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  set(${result} "${root}" PARENT_SCOPE)
endfunction()

function(gantrain_find_torch_root result)
  foreach(wish "${GANTRAIN_TORCH_ROOT}" "$ENV{GANTRAIN_TORCH_ROOT}")
    if(wish)
      gantrain_torch_version(${wish} version)
      if(NOT version OR version VERSION_LESS GANTRAIN_TORCH_MINIMUM)
        message(FATAL_ERROR "GANTRAIN_TORCH_ROOT=${wish} is not a LibTorch ${GANTRAIN_TORCH_MINIMUM} or later. It must name the "
          "folder that holds include/ and lib/; for a Python installation that is .../site-packages/torch.")
      endif()
      set(${result} ${wish} PARENT_SCOPE)
      return()
    endif()
  endforeach()

  set(candidates)
  if(Torch_DIR)
    list(APPEND candidates ${Torch_DIR}/../../..)
  endif()
  string(REPLACE ":" ";" prefixes "$ENV{CMAKE_PREFIX_PATH}")
  foreach(prefix ${CMAKE_PREFIX_PATH} ${prefixes})
    list(APPEND candidates ${prefix} ${prefix}/../..)
  endforeach()
  set(chosen ${PROJECT_SOURCE_DIR}/.deps/torch_root)
  if(EXISTS ${chosen})
    file(STRINGS ${chosen} root LIMIT_COUNT 1)
    list(APPEND candidates ${root})
    set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${chosen})
  endif()
  foreach(python ${PROJECT_SOURCE_DIR}/.deps/python/bin/python3 python3)
    gantrain_torch_root_of_python(${python} root)
    list(APPEND candidates ${root})
  endforeach()
  foreach(candidate ${candidates})
    gantrain_torch_version(${candidate} version)
    if(version AND version VERSION_GREATER_EQUAL GANTRAIN_TORCH_MINIMUM)
      set(${result} ${candidate} PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR
    "LibTorch ${GANTRAIN_TORCH_MINIMUM} or later was not found. Run scripts/setup, or give -DGANTRAIN_TORCH_ROOT=FOLDER "
    "(the folder that holds include/ and lib/).")
endfunction()

gantrain_find_torch_root(gantrain_torch_root)
get_filename_component(gantrain_torch_root ${gantrain_torch_root} REALPATH)
gantrain_torch_version(${gantrain_torch_root} gantrain_torch_version)
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

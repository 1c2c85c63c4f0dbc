# Gives gantrain_base what src/core/version.cpp tells: the project's version, what git says of the source at each build
# (src/core/version.h.in and cmake/DescribeSource.cmake), compiler and build type.
function(gantrain_add_version target)
  set(folder ${PROJECT_BINARY_DIR}/include)
  configure_file(${PROJECT_SOURCE_DIR}/src/core/version.h.in ${folder}/generated/version_values.h)
  add_custom_target(gantrain_describe_source
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DOUTPUT=${folder}/generated/version_source.h
      -P ${PROJECT_SOURCE_DIR}/cmake/DescribeSource.cmake
    BYPRODUCTS ${folder}/generated/version_source.h
    COMMENT "")
  add_dependencies(${target} gantrain_describe_source)
  target_include_directories(${target} PRIVATE ${folder})
endfunction()

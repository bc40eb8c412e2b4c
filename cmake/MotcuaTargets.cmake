# Helpers that keep each folder's CMakeLists.txt at a few lines.

# motcua_library(<folder> SOURCES … DEPENDS …): static library motcua_<folder>.
# DEPENDS names other folders (without prefix) or imported targets (with ::).
function(motcua_library folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(motcua_${folder} STATIC ${ARG_SOURCES})
  target_include_directories(motcua_${folder} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  motcua_link(motcua_${folder} PUBLIC ${ARG_DEPENDS})
endfunction()

# motcua_test(<folder> SOURCES … DEPENDS … [FILTER …]): test program <folder>_test, its cases known to ctest (those that
# gtest's FILTER names).
# CONFORMANCE_DIR (default ../shared/conformance) reaches every test through the environment.
function(motcua_test folder)
  if(NOT MOTCUA_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "FILTER" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${folder}_test ${ARG_SOURCES})
  target_compile_definitions(${folder}_test PRIVATE MOTCUA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  motcua_link(${folder}_test PRIVATE ${folder} ${ARG_DEPENDS} GTest::gtest_main)
  gtest_discover_tests(${folder}_test TEST_PREFIX ${folder}. TEST_FILTER "${ARG_FILTER}" DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
endfunction()

# motcua_test_databases(<folder> KINDS file|postgres … [FILTER …]): runs the cases of <folder>_test once more on each kind
# of database, as <folder>.<kind>.…; FILTER is gtest's, for cases of one database alone. See src/db/test_database.hpp.
function(motcua_test_databases folder)
  if(NOT MOTCUA_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "FILTER" "KINDS" ${ARGN})
  foreach(kind ${ARG_KINDS})
    gtest_discover_tests(${folder}_test TEST_PREFIX ${folder}.${kind}. TEST_FILTER "${ARG_FILTER}" TEST_LIST ${folder}_${kind}
                         DISCOVERY_TIMEOUT 60
                         PROPERTIES TIMEOUT 300 ENVIRONMENT MOTCUA_TEST_DATABASE=${kind} SKIP_RETURN_CODE 77)
  endforeach()
endfunction()

function(motcua_link target scope)
  foreach(dep ${ARGN})
    if(dep MATCHES "::")
      target_link_libraries(${target} ${scope} ${dep})
    else()
      target_link_libraries(${target} ${scope} motcua_${dep})
    endif()
  endforeach()
endfunction()

# motcua_fuzzer(<name> SOURCES … DEPENDS …): libFuzzer program, built by the fuzz preset only. Its seeds, if any, are the
# folder <name>_corpus beside the source.
function(motcua_fuzzer name)
  if(NOT MOTCUA_FUZZ)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_compile_definitions(${name} PRIVATE MOTCUA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  motcua_link(${name} PRIVATE ${ARG_DEPENDS})
endfunction()

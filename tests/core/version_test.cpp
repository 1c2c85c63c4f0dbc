#include "gantrain/core/version.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantrain {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

TEST(Version, HasThreeNumbers) {
  EXPECT_THAT(version(), MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

TEST(Version, NamesCompilerWithItsVersion) {
  EXPECT_THAT(compiler_description(), MatchesRegex("[A-Za-z]+ [0-9].*"));
}

TEST(Version, LineHoldsEveryPart) {
  EXPECT_THAT(version_line(), MatchesRegex("gantrain [^ ]+ \\(.*[^ ,]\\)"));
  for (const std::string& part :
       {version(), source_description(), compiler_description(), build_type()}) {
    EXPECT_THAT(version_line(), HasSubstr(part));
  }
}

TEST(Version, SourceDescriptionIsOneWordOrNothing) {
  EXPECT_THAT(source_description(), MatchesRegex("[^ \n]*"));
}

}  // namespace
}  // namespace gantrain

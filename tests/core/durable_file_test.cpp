#include "gantrain/core/durable_file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "gantrain/core/error.h"
#include "gantrain/core/files.h"

#include "support/temporary_folder.h"

namespace gantrain {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class DurableFileTest : public ::testing::Test {
 protected:
  std::string content() const {
    std::ifstream in(path_, std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
  }

  template <typename Action>
  static std::string problem_of(const Action& action) {
    try {
      action();
      return "";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kOutput);
      return error.what();
    }
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "a.bin";
};

TEST_F(DurableFileTest, IsThereWholeAfterCommitAndNotBefore) {
  DurableFile file(path_, 10);
  file.write("hello");
  file.write(" there");
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_EQ(folder_.names(), std::vector<std::string>{".a.bin.tmp-" + std::to_string(::getpid())});
  file.commit();
  EXPECT_EQ(content(), "hello there");
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"a.bin"});
}

TEST_F(DurableFileTest, WithoutCommitTheOlderFileStays) {
  write_file_atomically(path_, "old");
  {
    DurableFile file(path_, 3);
    file.write("new");
  }
  EXPECT_EQ(content(), "old");
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"a.bin"});
}

TEST_F(DurableFileTest, ReplacesTheOlderFile) {
  write_file_atomically(path_, "old");
  write_file_atomically(path_, "");
  EXPECT_EQ(content(), "");
  write_file_atomically(path_, std::string(3'000'000, 'x'));
  EXPECT_EQ(content(), std::string(3'000'000, 'x'));
}

TEST_F(DurableFileTest, TooLittleSpaceIsSaidBeforeAnythingIsWritten) {
  const uint64_t much = uint64_t{1} << 60;
  EXPECT_THAT(problem_of([&] { DurableFile file(path_, much); }),
              AllOf(HasSubstr(path_.string()), HasSubstr("not enough space"),
                    HasSubstr(std::to_string(much) + " bytes needed"), HasSubstr("bytes free")));
  EXPECT_TRUE(folder_.names().empty());
}

TEST_F(DurableFileTest, MissingFolderIsNamed) {
  const auto path = folder_.path() / "none" / "a.bin";
  EXPECT_THAT(problem_of([&] { write_file_atomically(path, "x"); }),
              AllOf(HasSubstr(path.string()), HasSubstr("No such file")));
}

// A limit on the size of files stands for a disk that fills up: write() writes a part, then fails.
TEST_F(DurableFileTest, FailureInTheMiddleLeavesTheOlderFileAndNoTemporary) {
  write_file_atomically(path_, "old");
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const std::string problem =
        problem_of([&] { write_file_atomically(path_, std::string(5000, 'x')); });
    const bool good = problem.find("cannot be written") != std::string::npos &&
                      problem.find("5000 bytes needed") != std::string::npos;
    ::_exit(good ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(content(), "old");
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"a.bin"});
}

TEST_F(DurableFileTest, BytesThatChangeOnTheDiskAreNoticed) {
  write_file_atomically(path_, "old");
  DurableFile file(path_, 5);
  file.write("hello");
  std::ofstream(folder_.path() / (".a.bin.tmp-" + std::to_string(::getpid())),
                std::ios::in | std::ios::binary)
      << "H";
  EXPECT_THAT(problem_of([&] { file.commit(); }), HasSubstr("reads back differently"));
  EXPECT_EQ(content(), "old");
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"a.bin"});
}

TEST_F(DurableFileTest, TemporaryThatVanishesIsAnError) {
  DurableFile file(path_, 5);
  file.write("hello");
  std::filesystem::remove(folder_.path() / (".a.bin.tmp-" + std::to_string(::getpid())));
  EXPECT_THAT(problem_of([&] { file.commit(); }), HasSubstr("read it back"));
}

TEST_F(DurableFileTest, TargetThatIsAFolderIsAnError) {
  std::filesystem::create_directory(path_);
  EXPECT_THAT(problem_of([&] { write_file_atomically(path_, "x"); }), HasSubstr("in the place of"));
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"a.bin"});
}

TEST_F(DurableFileTest, LongNamesWork) {
  path_ = folder_.path() / std::string(255, 'n');
  write_file_atomically(path_, "x");
  EXPECT_EQ(content(), "x");
}

TEST_F(DurableFileTest, StaleTemporariesOfDeadProcessesAreRemovedAndCounted) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  const std::string dead = std::to_string(child);
  for (const std::string& name :
       {".step-00000001.pt.tmp-" + dead, ".g.pt.tmp-" + dead,
        ".g.pt.tmp-" + std::to_string(::getpid()), std::string(".g.pt.tmp-1"),
        std::string(".g.pt.tmp-x"), ".tmp-" + dead, "g.pt.tmp-" + dead,
        std::string("step-00000001.pt")}) {
    std::ofstream(folder_.path() / name) << "x";
  }
  EXPECT_EQ(remove_stale_temporaries(folder_.path()), 2);
  EXPECT_EQ(folder_.names().size(), 6u);
  EXPECT_EQ(remove_stale_temporaries(folder_.path()), 0);
  EXPECT_EQ(remove_stale_temporaries(folder_.path() / "none"), 0);
}

}  // namespace
}  // namespace gantrain

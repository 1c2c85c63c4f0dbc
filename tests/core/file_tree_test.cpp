#include "gantrain/core/file_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace gantrain {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

FileTree list_png(const fs::path& path, bool follow_links_out = false) {
  const FolderHandle folder(path);
  return list_files(
      folder,
      {[](std::string_view extension) { return extension == ".png"; }, follow_links_out, {}});
}

std::vector<std::string> names_of(const FileTree& tree) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < tree.names.count(); ++i) {
    names.emplace_back(tree.names.at(i));
  }
  return names;
}

std::vector<std::pair<std::string, std::string>> refused_of(const FileTree& tree) {
  std::vector<std::pair<std::string, std::string>> refused;
  for (const FileTree::Refused& each : tree.refused) {
    refused.emplace_back(each.name, each.reason);
  }
  return refused;
}

TEST(FileTree, ListsWantedFilesBelowSortedByBytes) {
  const TemporaryFolder folder;
  for (const char* name : {"b.png", "a/2.PNG", "a/10.png", "B.png", "a/b/c/d.png", "a.png", "x.txt",
                           "README", "y.TXT", ".hidden.png", ".git/z.png"}) {
    folder.write(name, "x");
  }
  fs::create_directory(folder / "empty");
  const FileTree tree = list_png(folder.path());
  EXPECT_THAT(names_of(tree),
              ElementsAre("B.png", "a.png", "a/10.png", "a/2.PNG", "a/b/c/d.png", "b.png"));
  EXPECT_THAT(tree.ignored, ElementsAre(Pair("", 1), Pair(".txt", 2)));
  EXPECT_THAT(tree.folders, ElementsAre("a", "a/b", "a/b/c", "empty"));
  EXPECT_EQ(tree.hidden, 2);
  EXPECT_TRUE(tree.refused.empty());
}

TEST(FileTree, RefusesWhatIsNoRegularFile) {
  const TemporaryFolder folder;
  folder.write("sound.png", "x");
  ASSERT_EQ(::mkfifo((folder / "fifo.png").c_str(), 0600), 0);
  fs::create_symlink("nowhere", folder / "gone.png");
  fs::create_symlink("/dev/null", folder / "null.png");
  fs::create_symlink("self.png", folder / "self.png");
  const FileTree tree = list_png(folder.path(), /*follow_links_out=*/true);
  EXPECT_THAT(names_of(tree), ElementsAre("sound.png"));
  EXPECT_THAT(refused_of(tree), ElementsAre(Pair("fifo.png", "a FIFO, not a file"),
                                            Pair("gone.png", "a link to nothing"),
                                            Pair("null.png", "a character device, not a file"),
                                            Pair("self.png", "a link in a loop")));
}

TEST(FileTree, VisitsEveryFolderOnceWhateverLinksLeadToIt) {
  const TemporaryFolder folder;
  folder.write("a/1.png", "x");
  fs::create_directory_symlink(".", folder / "a/again");
  fs::create_directory_symlink("../a", folder / "a/up");
  fs::create_directory_symlink("a", folder / "Alias");  // before "a" in the order of names
  EXPECT_THAT(names_of(list_png(folder.path())), ElementsAre("a/1.png"));
}

TEST(FileTree, FollowsLinksOutOnlyWhenAsked) {
  const TemporaryFolder folder;
  folder.write("out/1.png", "x");
  folder.write("set/2.png", "x");
  fs::create_directory_symlink("../out", folder / "set/far");
  fs::create_symlink("../out/1.png", folder / "set/one.png");
  const FileTree kept = list_png(folder / "set");
  EXPECT_THAT(names_of(kept), ElementsAre("2.png"));
  EXPECT_EQ(kept.refused.size(), 2U);
  EXPECT_THAT(kept.refused[0].reason, HasSubstr("out of the folder"));
  EXPECT_THAT(names_of(list_png(folder / "set", true)),
              ElementsAre("2.png", "far/1.png", "one.png"));
}

TEST(FileTree, ReadsFilesDeeperThanASinglePathMayBe) {
  const TemporaryFolder folder;
  int descriptor = ::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  const std::string piece(200, 'd');
  for (int i = 0; i < 25; ++i) {
    ASSERT_EQ(::mkdirat(descriptor, piece.c_str(), 0700), 0);
    const int next = ::openat(descriptor, piece.c_str(), O_RDONLY | O_DIRECTORY);
    ::close(descriptor);
    descriptor = next;
  }
  const int file = ::openat(descriptor, "deep.png", O_WRONLY | O_CREAT, 0600);
  ASSERT_EQ(::write(file, "bytes", 5), 5);
  ::close(file);
  ::close(descriptor);
  const FileTree tree = list_png(folder.path());
  ASSERT_EQ(tree.names.count(), 1);
  const FolderHandle handle(folder.path());
  std::string bytes;
  FileStamp stamp;
  EXPECT_EQ(read_below(handle, tree.names.at(0), 100, bytes, stamp), "");
  EXPECT_EQ(bytes, "bytes");
}

TEST(FileTree, StopsWhenAsked) {
  const TemporaryFolder folder;
  folder.write("a.png", "x");
  const FolderHandle handle(folder.path());
  EXPECT_THROW(
      list_files(handle, {[](std::string_view) { return true; }, false, [] { return true; }}),
      Stopped);
}

TEST(FolderHandle, SaysWhatStandsThereInstead) {
  const TemporaryFolder folder;
  folder.write("file", "x");
  EXPECT_THAT(error_of(ErrorKind::kData, [&] { FolderHandle(folder / "missing"); }),
              HasSubstr("missing: no such folder"));
  EXPECT_THAT(error_of(ErrorKind::kData, [&] { FolderHandle(folder / "file"); }),
              HasSubstr("file: is a file, expected a folder"));
}

TEST(ReadBelow, GivesTheStartTheSizeAndTheReasonWhyNot) {
  const TemporaryFolder folder;
  folder.write("a", "0123456789");
  folder.write("empty", "");
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  const FolderHandle handle(folder.path());
  std::string bytes;
  FileStamp stamp;
  EXPECT_EQ(read_below(handle, "a", 4, bytes, stamp), "");
  EXPECT_EQ(bytes, "0123");
  EXPECT_EQ(stamp.size, 10U);
  EXPECT_EQ(read_below(handle, "a", 100, bytes, stamp), "");
  EXPECT_EQ(bytes, "0123456789");
  const FileStamp before = stamp;
  EXPECT_EQ(read_below(handle, "empty", 100, bytes, stamp), "");
  EXPECT_EQ(bytes, "");
  EXPECT_EQ(read_below(handle, "missing", 100, bytes, stamp), "it is gone");
  EXPECT_EQ(read_below(handle, "fifo", 100, bytes, stamp), "a FIFO, not a file");
  EXPECT_EQ(read_below(handle, ".", 100, bytes, stamp), "a folder, not a file");
  folder.write("a", "abcdefghij");
  fs::last_write_time(folder / "a", fs::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_EQ(read_below(handle, "a", 100, bytes, stamp), "");
  EXPECT_FALSE(stamp == before);
}

TEST(NameList, SortsByBytes) {
  NameList names;
  for (const char* name : {"b", "", "\xff", "a/b", "a", "a.b"}) {
    names.add(name);
  }
  const NameList sorted = names.picked(names.sorted());
  std::vector<std::string> found;
  for (int64_t i = 0; i < sorted.count(); ++i) {
    found.emplace_back(sorted.at(i));
  }
  EXPECT_THAT(found, ElementsAre("", "a", "a.b", "a/b", "b", "\xff"));
}

TEST(ExtensionOf, IsLowerCaseAndOfTheFileAlone) {
  EXPECT_EQ(extension_of("a.b/photo.JPG"), ".jpg");
  EXPECT_EQ(extension_of("a.b/README"), "");
  EXPECT_EQ(extension_of("x.tar.gz"), ".gz");
}

}  // namespace
}  // namespace gantrain

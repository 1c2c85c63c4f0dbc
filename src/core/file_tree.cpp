#include "gantrain/core/file_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "gantrain/core/error.h"
#include "gantrain/core/text.h"

namespace gantrain {
namespace {

constexpr size_t kMostExtensions = 1000;

// Where a descriptor leads to, all links resolved; "" when the system does not say.
std::string real_path(int descriptor) {
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  std::string target(PATH_MAX, '\0');
  const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
  return length <= 0 ? "" : target.substr(0, static_cast<size_t>(length));
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

class Walker {
 public:
  Walker(const FolderHandle& folder, const FileTreeOptions& options, FileTree& tree)
      : folder_(folder), options_(options), tree_(tree) {
    const int root = folder.open(".", O_RDONLY | O_DIRECTORY);
    root_path_ = real_path(root) + "/";
    ::close(root);
  }

  // Folders that stand there themselves first, so that a link to one of them finds it visited.
  void walk() {
    folders_.emplace_back();
    while (!folders_.empty() || !linked_folders_.empty()) {
      if (folders_.empty()) {
        std::sort(linked_folders_.begin(), linked_folders_.end(), std::greater<>());
        folders_.push_back(std::move(linked_folders_.back()));
        linked_folders_.pop_back();
      }
      const std::string name = std::move(folders_.back());
      folders_.pop_back();
      visit(name);
    }
  }

 private:
  void visit(const std::string& name) {
    const int descriptor = folder_.open(name.empty() ? "." : name, O_RDONLY | O_DIRECTORY);
    if (descriptor < 0) {
      refuse(name, "a folder that cannot be read: " + open_problem(errno));
      return;
    }
    struct stat status {};
    ::fstat(descriptor, &status);
    if (!visited_.emplace(status.st_dev, status.st_ino).second) {
      ::close(descriptor);
      return;
    }
    const std::unique_ptr<DIR, CloseFolder> folder(::fdopendir(descriptor));
    const std::string prefix = name.empty() ? "" : name + "/";
    if (!name.empty()) {
      tree_.folders.push_back(name);
    }
    while (const dirent* entry = ::readdir(folder.get())) {
      throw_if_stopped(options_.stopped);
      const std::string_view file = entry->d_name;
      if (file == "." || file == "..") {
        continue;
      }
      if (file.front() == '.') {
        ++tree_.hidden;
        continue;
      }
      take(descriptor, *entry, prefix + std::string(file));
    }
  }

  void take(int parent, const dirent& entry, std::string name) {
    unsigned char type = entry.d_type;
    struct stat status {};
    if (type == DT_UNKNOWN && ::fstatat(parent, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
      type = static_cast<unsigned char>(IFTODT(status.st_mode));
    }
    if (type == DT_DIR) {
      folders_.push_back(std::move(name));
    } else if (type == DT_REG) {
      if (wanted(name)) {
        tree_.names.add(name);
      }
    } else if (type == DT_LNK) {
      take_link(parent, entry.d_name, std::move(name));
    } else if (wanted(name)) {
      refuse(name, special_kind(DTTOIF(type)));
    }
  }

  void take_link(int parent, const char* file, std::string name) {
    const int target = ::openat(parent, file, O_PATH | O_CLOEXEC);
    struct stat status {};
    if (target < 0 || ::fstat(target, &status) != 0) {
      const int error = errno;
      if (wanted(name)) {
        refuse(name, error == ENOENT ? "a link to nothing" : open_problem(error));
      }
      return;
    }
    const bool inside =
        options_.follow_links_out || (real_path(target) + "/").starts_with(root_path_);
    ::close(target);
    const bool folder = S_ISDIR(status.st_mode);
    if (!folder && !wanted(name)) {
      return;
    }
    if (!inside) {
      refuse(name, "a link out of the folder (data.follow_links follows it)");
    } else if (folder) {
      linked_folders_.push_back(std::move(name));
    } else if (S_ISREG(status.st_mode)) {
      tree_.names.add(name);
    } else {
      refuse(name, special_kind(status.st_mode));
    }
  }

  bool wanted(std::string_view name) {
    std::string extension = extension_of(name);
    if (options_.wanted(extension)) {
      return true;
    }
    if (tree_.ignored.size() >= kMostExtensions && tree_.ignored.count(extension) == 0) {
      extension.clear();
    }
    ++tree_.ignored[extension];
    return false;
  }

  void refuse(std::string name, std::string reason) {
    tree_.refused.push_back({std::move(name), std::move(reason)});
  }

  const FolderHandle& folder_;
  const FileTreeOptions& options_;
  FileTree& tree_;
  std::string root_path_;
  std::vector<std::string> folders_;
  std::vector<std::string> linked_folders_;
  std::set<std::pair<dev_t, ino_t>> visited_;
};

}  // namespace

FileTree list_files(const FolderHandle& folder, const FileTreeOptions& options) {
  FileTree tree;
  Walker(folder, options, tree).walk();
  tree.names = tree.names.picked(tree.names.sorted());
  std::sort(tree.folders.begin(), tree.folders.end());
  std::sort(tree.refused.begin(), tree.refused.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return tree;
}

std::string extension_of(std::string_view name) {
  const std::string_view file = name.substr(name.rfind('/') + 1);
  const size_t dot = file.rfind('.');
  std::string extension(dot == std::string_view::npos ? "" : file.substr(dot));
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

}  // namespace gantrain

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gantrain/core/folder_handle.h"
#include "gantrain/core/name_list.h"
#include "gantrain/core/stop_check.h"

namespace gantrain {

struct FileTreeOptions {
  // Whether files with this extension (lower case, with its dot, or "") are wanted.
  std::function<bool(std::string_view extension)> wanted;
  bool follow_links_out = false;  // links that lead out of the folder are followed
  StopCheck stopped;
};

struct FileTree {
  NameList names;  // wanted regular files, sorted bytewise
  struct Refused {
    std::string name;
    std::string reason;  // "a FIFO", "a link to nothing"
  };
  std::vector<std::string> folders;        // every folder below the root, sorted
  std::vector<Refused> refused;            // wanted by name, or folders that cannot be read; sorted
  std::map<std::string, int64_t> ignored;  // other files by extension, lower case ("" = none)
  int64_t hidden = 0;                      // names that begin with a dot: neither read nor entered
};

// Lists a folder and everything below it. Folders that links lead to are visited once, loops end.
// Takes the names' bytes and some ten bytes more for each file.
FileTree list_files(const FolderHandle& folder, const FileTreeOptions& options);

// The extension of a name in lower case, with its dot, or "".
std::string extension_of(std::string_view name);

}  // namespace gantrain

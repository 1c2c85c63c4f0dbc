#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gantrain {

// One row of the page; links are relative to the page, as written in a folder ("/" between
// folders, any bytes), "" where there is none.
struct ResultRow {
  std::string name;  // of the picture
  std::string input;
  std::string output;
  std::string grid;  // input | output | target, in one picture
  std::string note;  // "3000x2000, in 6 tiles"
};

// A page that shows results from the disk, without scripts or anything from elsewhere.
std::string result_page(const std::string& title, const std::string& subtitle,
                        const std::vector<ResultRow>& rows);

}  // namespace gantrain

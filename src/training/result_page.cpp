#include "training/result_page.h"

#include <string_view>

#include "gantrain/core/text.h"

namespace gantrain {
namespace {

constexpr const char* kStyle =
    "body{font-family:sans-serif;margin:2em;background:#fafafa;color:#222}"
    "figure{display:inline-block;margin:0 1em 1em 0;vertical-align:top}"
    "img{max-width:100%;max-height:512px;background:#ddd;image-rendering:auto}"
    "figcaption{font-size:smaller;color:#555}";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// As RFC 3986 wants it: every byte but letters, digits and a few signs as %XX.
std::string link(std::string_view path) {
  constexpr std::string_view kPlain = "-._~/";
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

void add_picture(std::string& page, const std::string& path, const char* caption) {
  if (path.empty()) {
    return;
  }
  const std::string where = link(path);
  page += "<figure><a href=\"" + where + "\"><img loading=\"lazy\" alt=\"" + caption + "\" src=\"" +
          where + "\"></a><figcaption>" + caption + "</figcaption></figure>\n";
}

}  // namespace

std::string result_page(const std::string& title, const std::string& subtitle,
                        const std::vector<ResultRow>& rows) {
  std::string page = "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>";
  page += escaped(title) + "</title>\n<style>" + kStyle + "</style>\n<h1>" + escaped(title) +
          "</h1>\n<p>" + escaped(subtitle) + "</p>\n";
  for (const ResultRow& row : rows) {
    page += "<h2>" + escaped(printable(row.name)) + "</h2>\n<p>" + escaped(row.note) + "</p>\n";
    if (row.grid.empty()) {
      add_picture(page, row.input, "input");
    } else {
      add_picture(page, row.grid, "comparison");
    }
    add_picture(page, row.output, "output");
  }
  return page + "</html>\n";
}

}  // namespace gantrain

#include "data/scan_report.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "gantrain/core/text.h"

#include "data/picture_policy.h"

namespace gantrain {
namespace {

constexpr size_t kClassesShown = 10;
constexpr size_t kKindsShown = 6;
constexpr size_t kNameWidth = 13;
constexpr const char* kOnlyHeaders = ", by the headers; --full decodes every image";

std::string channel_word(const PictureFacts& facts) {
  static const char* const words[] = {"", "grey", "grey with transparency", "RGB",
                                      "RGB with transparency"};
  return words[facts.channels];
}

void count_file(const PicturePlan& plan, int64_t file, const PictureFacts& facts,
                ScanReport& report) {
  ++report.formats[image_format_name(facts.format)];
  ++report.channels[channel_word(facts)];
  report.turned += facts.orientation > 1 ? 1 : 0;
  report.cmyk += facts.cmyk ? 1 : 0;
  report.sixteen_bits += facts.bits == 16 ? 1 : 0;
  const bool fits = extension_fits(facts.format, extension_of(plan.source->name(file)));
  report.wrong_extensions += fits ? 0 : 1;
}

void measure(std::vector<std::pair<int32_t, int32_t>> sizes, ScanReport& report) {
  if (sizes.empty()) {
    return;
  }
  std::sort(sizes.begin(), sizes.end(), [](const auto& a, const auto& b) {
    const int64_t pixels_a = int64_t{a.first} * a.second;
    const int64_t pixels_b = int64_t{b.first} * b.second;
    return pixels_a != pixels_b ? pixels_a < pixels_b : a < b;
  });
  const auto size = [](const std::pair<int32_t, int32_t>& of) {
    return ScanReport::Size{of.first, of.second};
  };
  report.smallest = size(sizes.front());
  report.median = size(sizes[sizes.size() / 2]);
  report.largest = size(sizes.back());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  report.sizes = static_cast<int64_t>(sizes.size());
}

void count_classes(const PicturePlan& plan, ScanReport& report) {
  std::vector<int64_t> counts(plan.class_names.size());
  for (const int32_t label : plan.labels) {
    ++counts[static_cast<size_t>(label)];
  }
  for (size_t i = 0; i < counts.size(); ++i) {
    report.classes.emplace_back(plan.class_names[i], counts[i]);
  }
}

std::string counted(const std::map<std::string, int64_t>& counts) {
  std::vector<std::pair<int64_t, std::string>> sorted;
  for (const auto& [name, count] : counts) {
    sorted.emplace_back(-count, name.empty() ? "without an extension" : printable(name));
  }
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::string> words;
  for (const auto& [count, name] : sorted) {
    if (words.size() == kKindsShown) {
      words.push_back("...");
      break;
    }
    words.push_back(format_count(-count) + " " + name);
  }
  return join(words, ", ");
}

std::string size_text(const ScanReport::Size& size) {
  return std::to_string(size.width) + "x" + std::to_string(size.height);
}

std::string sizes_text(const ScanReport& report) {
  if (report.sizes <= 1) {
    return report.sizes == 0 ? "none" : "all " + size_text(report.smallest);
  }
  return size_text(report.smallest) + " to " + size_text(report.largest) + ", median " +
         size_text(report.median) + " (" + format_count(report.sizes) + " different sizes)";
}

std::string classes_text(const ScanReport& report) {
  std::vector<std::string> words;
  for (const auto& [name, count] : report.classes) {
    if (words.size() == kClassesShown) {
      words.push_back("...");
      break;
    }
    words.push_back(printable(name) + " (" + format_count(count) + ")");
  }
  return format_count(static_cast<int64_t>(report.classes.size())) + ": " + join(words, ", ");
}

std::string counted(int64_t count, const char* one, const char* many) {
  return format_count(count) + " " + (count == 1 ? one : many);
}

// What is worth a word, once, with its count.
std::vector<std::string> notes(const ScanReport& report) {
  std::vector<std::string> lines = report.warnings;
  const auto add = [&](int64_t count, const char* one, const char* many, const std::string& text) {
    if (count > 0) {
      lines.push_back(counted(count, one, many) + " " + text);
    }
  };
  add(report.wrong_extensions, "file has", "files have",
      "the extension of another format; the content counts");
  add(report.turned, "photo is", "photos are", "turned as EXIF says");
  add(report.cmyk, "image is", "images are", "CMYK; the colours are approximate");
  add(report.sixteen_bits, "image has", "images have",
      "16 bits a sample, kept with data.bit_depth 16");
  add(report.duplicates, "image is", "images are", "byte for byte the same as another");
  add(report.jpeg_warnings, "JPEG file is", "JPEG files are",
      "damaged but can be decoded; the pixels may be wrong");
  if (report.no_variety) {
    lines.push_back("no variety: all images have the same pixels");
  }
  return lines;
}

std::string memory_text(const ScanReport& report) {
  std::string text = format_bytes(report.decoded_bytes) + " once decoded";
  if (report.geometry.width > 0) {
    text += " to " + size_text({report.geometry.width, report.geometry.height}) +
            (report.geometry.channels == 1 ? " grey" : " RGB");
  }
  return text;
}

// A line of the report: what it is about, padded, and what there is to say.
std::string line(std::string name, const std::string& value) {
  name.resize(kNameWidth, ' ');
  return name + value + "\n";
}

}  // namespace

ScanReport make_report(const PicturePlan& plan, const HeaderScan& headers) {
  ScanReport report;
  report.path = plan.source->path().string();
  report.what = plan.what;
  report.ignored = plan.source->tree().ignored;
  report.hidden = plan.source->tree().hidden;
  report.bad = headers.bad;
  report.unmatched = plan.problems;
  report.warnings = plan.warnings;
  std::vector<std::pair<int32_t, int32_t>> sizes;
  for (const int64_t file : files_of(plan)) {
    ++report.images;
    const PictureFacts& facts = headers.facts[static_cast<size_t>(file)];
    if (facts.width > 0) {
      count_file(plan, file, facts, report);
      sizes.emplace_back(facts.width, facts.height);
    }
  }
  measure(std::move(sizes), report);
  if (plan.inputs == PicturePlan::Inputs::kUnpaired) {
    report.unpaired_images = static_cast<int64_t>(plan.items.size());
    report.unpaired_inputs = static_cast<int64_t>(plan.unpaired_inputs.size());
  } else if (plan.inputs != PicturePlan::Inputs::kNone &&
             plan.inputs != PicturePlan::Inputs::kDerived) {
    report.pairs = static_cast<int64_t>(plan.items.size());
  }
  count_classes(plan, report);
  return report;
}

void add_layout(const RecordLayout& layout, ScanReport& report) {
  report.bad.insert(report.bad.end(), layout.bad.begin(), layout.bad.end());
  report.decoded_bytes = layout.bytes();
}

ScanReport make_report(const PictureRecords& records) {
  ScanReport report = make_report(records.plan(), records.headers());
  report.bad = records.bad();
  report.full = true;
  report.duplicates = records.findings().duplicates;
  report.no_variety = records.findings().all_alike;
  report.jpeg_warnings = records.findings().warnings;
  report.decoded_bytes = records.record_bytes();
  report.kept_in = records.kept_in();
  return report;
}

std::vector<std::string> summary_lines(const ScanReport& report) {
  std::vector<std::string> lines = {printable(report.path) + ": " + report.what + ", " +
                                    counted(report.images, "file", "files") + " (" +
                                    counted(report.formats) + "), " + sizes_text(report) + "; " +
                                    counted(report.channels)};
  lines.push_back("decoded images take " + format_bytes(report.decoded_bytes) + ", " +
                  report.kept_in);
  for (const std::string& note : notes(report)) {
    lines.push_back(note);
  }
  return lines;
}

std::string report_text(const ScanReport& report) {
  std::string text = printable(report.path) + ": " + report.what + "\n";
  text += line("files", counted(report.formats));
  if (report.pairs > 0) {
    text += line("pairs", format_count(report.pairs));
  }
  if (report.unpaired_images > 0) {
    text += line("sides", format_count(report.unpaired_inputs) + " given, " +
                              format_count(report.unpaired_images) + " to make");
  }
  text += line("sizes", sizes_text(report));
  text += line("colours", counted(report.channels));
  if (!report.classes.empty()) {
    text += line("classes", classes_text(report));
  }
  if (report.decoded_bytes > 0) {
    text += line("memory", memory_text(report));
  }
  if (!report.ignored.empty()) {
    text += line("other files", counted(report.ignored));
  }
  for (const std::string& note : notes(report)) {
    text += line("note", note);
  }
  const auto unusable = static_cast<int64_t>(report.bad.size() + report.unmatched.size());
  text += line("unusable", (unusable == 0 ? "none" : format_count(unusable)) +
                               std::string(report.full ? "" : kOnlyHeaders) +
                               listed(report.bad, report.unmatched));
  return text;
}

std::string report_text(const std::string& path, const DatasetInfo& info) {
  return (path.empty() ? "" : printable(path) + ": ") + info.description + "\n" +
         (info.bytes > 0 ? line("memory", format_bytes(info.bytes)) : "");
}

std::string report_json(const std::string& type, const DatasetInfo& info) {
  const nlohmann::ordered_json json = {{"type", type},
                                       {"description", info.description},
                                       {"images", info.count},
                                       {"classes", info.classes},
                                       {"decoded_bytes", info.bytes},
                                       {"fingerprint", info.fingerprint}};
  return json.dump(2) + "\n";
}

std::string report_json(const ScanReport& report) {
  const auto size = [](const ScanReport::Size& of) {
    return nlohmann::ordered_json{{"width", of.width}, {"height", of.height}};
  };
  nlohmann::ordered_json json;
  json["path"] = printable(report.path);
  json["type"] = report.what;
  json["files"] = report.images;
  json["pairs"] = report.pairs;
  json["unpaired_images"] = report.unpaired_images;
  json["unpaired_inputs"] = report.unpaired_inputs;
  json["formats"] = report.formats;
  json["channels"] = report.channels;
  json["sizes"] = {{"smallest", size(report.smallest)},
                   {"median", size(report.median)},
                   {"largest", size(report.largest)},
                   {"different", report.sizes}};
  json["classes"] = nlohmann::ordered_json::object();
  for (const auto& [name, count] : report.classes) {
    json["classes"][printable(name)] = count;
  }
  json["other_files"] = nlohmann::ordered_json::object();
  for (const auto& [name, count] : report.ignored) {
    json["other_files"][printable(name)] = count;
  }
  json["hidden_files"] = report.hidden;
  json["notes"] = notes(report);
  json["bad"] = nlohmann::ordered_json::array();
  for (const BadPicture& bad : report.bad) {
    json["bad"].push_back({{"name", bad.name}, {"kind", bad.kind}, {"reason", bad.reason}});
  }
  json["unmatched"] = report.unmatched;
  json["full"] = report.full;
  json["decoded_bytes"] = report.decoded_bytes;
  if (report.full) {
    json["duplicates"] = report.duplicates;
    json["no_variety"] = report.no_variety;
    json["jpeg_warnings"] = report.jpeg_warnings;
  }
  return json.dump(2) + "\n";
}

}  // namespace gantrain

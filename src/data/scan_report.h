#pragma once

#include <map>
#include <string>
#include <vector>

#include "data/header_scan.h"
#include "data/picture_plan.h"
#include "data/picture_records.h"

namespace gantrain {

// What a scan found, for people and for scripts.
struct ScanReport {
  std::string path;
  std::string what;
  int64_t images = 0;  // files that the plan uses
  int64_t pairs = 0;   // 0 = no pairs
  int64_t unpaired_images = 0;
  int64_t unpaired_inputs = 0;
  std::map<std::string, int64_t> formats;   // "JPEG" -> files
  std::map<std::string, int64_t> channels;  // "RGB", "grey", "RGB with transparency" ...
  std::map<std::string, int64_t> ignored;   // other files by extension
  int64_t hidden = 0;
  struct Size {
    int64_t width = 0;
    int64_t height = 0;
  };
  Size smallest, median, largest;  // by the number of pixels
  int64_t sizes = 0;               // different ones
  int64_t turned = 0;              // EXIF orientations applied
  int64_t cmyk = 0;
  int64_t sixteen_bits = 0;
  int64_t wrong_extensions = 0;
  std::vector<BadPicture> bad;
  std::vector<std::string> unmatched;
  std::vector<std::pair<std::string, int64_t>> classes;
  std::vector<std::string> warnings;

  bool full = false;  // every image was decoded, and the next three are known
  int64_t duplicates = 0;
  bool no_variety = false;
  int64_t jpeg_warnings = 0;
  uint64_t decoded_bytes = 0;          // of the records
  ImageGeometry geometry = {0, 0, 0};  // what they are decoded to; 0 = not to be said
  std::string kept_in;
};

// Of the headers alone.
ScanReport make_report(const PicturePlan& plan, const HeaderScan& headers);
// Adds what follows from the geometry: images that do not fit it, the memory that they take.
void add_layout(const RecordLayout& layout, ScanReport& report);
// Of a set that was decoded.
ScanReport make_report(const PictureRecords& records);

// A line each, at most one screen: for the log.
std::vector<std::string> summary_lines(const ScanReport& report);
// One screen for people; every unreadable file is listed.
std::string report_text(const ScanReport& report);
std::string report_json(const ScanReport& report);
// The same of sets that are not made of image files.
std::string report_text(const std::string& path, const DatasetInfo& info);
std::string report_json(const std::string& type, const DatasetInfo& info);

}  // namespace gantrain

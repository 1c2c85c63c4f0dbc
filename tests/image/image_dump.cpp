// What the Python tests of images drive (tests/python/test_images.py):
//
//   gantrain_images JOBS
//
// JOBS has one JSON object a line: "in" (an image file), "out" (a file to write) and, each optional
// and in this order, "channels" and "bits" with "background" [r, g, b] (map_colour), and "resize"
// [width, height, filter]. "out" holds a line of JSON, {"width", "height", "channels", "bits",
// "warnings", "cmyk"} or {"error", "fault"}, and then the pixels.

#include <filesystem>
#include <fstream>
#include <iostream>

#include <nlohmann/json.hpp>

#include "gantrain/core/files.h"
#include "gantrain/image/colour.h"
#include "gantrain/image/decode.h"
#include "gantrain/image/geometry.h"

namespace gantrain {
namespace {

using nlohmann::json;

ResizeFilter filter_named(const std::string& wanted) {
  for (const auto& [name, filter] : resize_filter_names()) {
    if (name == wanted) {
      return filter;
    }
  }
  throw std::invalid_argument("no filter " + wanted);
}

Image mapped(Image image, const json& job) {
  if (!job.contains("channels")) {
    return image;
  }
  ColourMapping mapping;
  mapping.channels = job.at("channels");
  mapping.bits = job.value("bits", image.bits);
  mapping.background = job.value("background", mapping.background);
  return map_colour(std::move(image), mapping);
}

Image resized(Image image, const json& job) {
  if (!job.contains("resize")) {
    return image;
  }
  const json& wanted = job.at("resize");
  GeometryOptions options;
  options.width = wanted.at(0);
  options.height = wanted.at(1);
  options.filter = filter_named(wanted.at(2));
  return GeometryWorker(options).run(image);
}

void run(const json& job) {
  json facts;
  Image image;
  try {
    DecodeNotes notes;
    const std::string bytes = read_file(job.at("in").get<std::string>(), ErrorKind::kData, 1 << 30);
    image = resized(mapped(decode_image(bytes, {}, &notes), job), job);
    facts = {{"width", image.width}, {"height", image.height},     {"channels", image.channels},
             {"bits", image.bits},   {"warnings", notes.warnings}, {"cmyk", notes.cmyk}};
  } catch (const ImageError& error) {
    facts = {{"error", error.what()}, {"fault", image_fault_name(error.fault())}};
  }
  std::ofstream out(job.at("out").get<std::string>(), std::ios::binary);
  out << facts.dump() << '\n';
  out.write(reinterpret_cast<const char*>(image.pixels.data()),
            static_cast<std::streamsize>(image.pixels.size()));
}

}  // namespace
}  // namespace gantrain

int main(int count, char** arguments) {
  try {
    if (count != 2) {
      throw std::invalid_argument("usage: gantrain_images JOBS");
    }
    std::ifstream jobs(arguments[1]);
    for (std::string line; std::getline(jobs, line);) {
      gantrain::run(nlohmann::json::parse(line));
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}

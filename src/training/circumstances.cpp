#include "training/circumstances.h"

#include <ATen/Parallel.h>

#include "gantrain/core/text.h"

namespace gantrain {
namespace {

struct Meaning {
  const char* key;
  const char* name;
  const char* meaning;
};

constexpr Meaning kMeanings[] = {
    {"data", "the data set's fingerprint",
     "the run goes on with other images than it has seen so far"},
    {"device", "the device", "from here on the bits differ from those of an uninterrupted run"},
    {"precision", "the precision",
     "from here on the bits differ from those of an uninterrupted run"},
    {"memory_format", "the order of maps in memory",
     "sums are added in another order, so the bits differ from those of an uninterrupted run"},
    {"threads", "the number of threads",
     "sums are added in another order, so the bits differ from those of an uninterrupted run"},
    {"libtorch", "LibTorch's version",
     "its kernels may round otherwise, so the bits may differ from those of an uninterrupted run"},
};

// "" for what is neither a text nor a number.
std::string text_of(const Value* value) {
  if (value != nullptr && value->is<std::string>()) {
    return printable(value->as<std::string>()).substr(0, 16);
  }
  if (value != nullptr && value->is<int64_t>()) {
    return std::to_string(value->as<int64_t>());
  }
  return "";
}

}  // namespace

Value circumstances(const Runtime& runtime, const DatasetInfo& data) {
  return Value::Dict{{"libtorch", TORCH_VERSION},
                     {"device", c10::DeviceTypeName(runtime.device.type(), /*lower_case=*/true)},
                     {"threads", int64_t{at::get_num_threads()}},
                     {"precision", precision_name(runtime.precision)},
                     {"memory_format", map_format_name(runtime.map_format)},
                     {"data", data.fingerprint}};
}

std::vector<std::string> changed_circumstances(const Value& saved, const Value& now) {
  std::vector<std::string> sentences;
  for (const Meaning& each : kMeanings) {
    const Value* found = saved.is<Value::Dict>() ? saved.find(each.key) : nullptr;
    const std::string before = text_of(found);
    const std::string after = text_of(now.find(each.key));
    if (found != nullptr && before != after) {
      sentences.push_back(std::string(each.name) + " changed (" + before + " -> " + after +
                          "): " + each.meaning);
    }
  }
  return sentences;
}

}  // namespace gantrain

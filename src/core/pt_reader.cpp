#include "gantrain/core/pt_reader.h"

#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <unordered_map>

#include "gantrain/core/format_error.h"
#include "gantrain/core/little_endian.h"
#include "gantrain/core/pt_seal.h"
#include "gantrain/core/text.h"
#include "gantrain/core/zip_plan.h"
#include "gantrain/core/zip_reader.h"

#include "core/file_kinds.h"
#include "core/pickle_reader.h"

namespace gantrain {
namespace {

constexpr std::string_view kPickleSuffix = "/data.pkl";
constexpr std::string_view kLegacyMagic = "119547037146038801333356";  // 0x1950a86a20f9469cfc6c
constexpr int64_t kLegacyVersion = 1001;
constexpr uint64_t kExpansionAllowance = 64u << 20;

std::string read_start(const ByteSource& source, uint64_t offset, uint64_t limit) {
  const uint64_t left = source.size() - std::min(offset, source.size());
  std::string bytes(static_cast<size_t>(std::min(left, limit)), '\0');
  source.read(offset, bytes.data(), bytes.size());
  return bytes;
}

uint32_t crc32_of(const ByteSource& source, uint64_t offset, uint64_t count) {
  uLong crc = crc32_z(0, nullptr, 0);
  std::string chunk;
  while (count > 0) {
    chunk.resize(static_cast<size_t>(std::min<uint64_t>(count, 1u << 20)));
    source.read(offset, chunk.data(), chunk.size());
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(chunk.data()), chunk.size());
    offset += chunk.size();
    count -= chunk.size();
  }
  return static_cast<uint32_t>(crc);
}

std::string starts_with_bytes(std::string_view start) {
  std::string text = "starts with 0x";
  for (const char byte : start.substr(0, 8)) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(static_cast<uint8_t>(byte)));
    text += digits;
  }
  return text;
}

const ZipRecord* find_record(const ZipDirectory& zip, const std::string& name) {
  const auto found = std::find_if(zip.records.begin(), zip.records.end(),
                                  [&](const ZipRecord& record) { return record.name == name; });
  return found == zip.records.end() ? nullptr : &*found;
}

// "archive": the folder that holds everything, whatever it is called.
std::string top_folder(const ZipDirectory& zip) {
  std::string top;
  for (const ZipRecord& record : zip.records) {
    const std::string_view name = record.name;
    if (!name.ends_with(kPickleSuffix)) {
      continue;
    }
    const std::string_view folder = name.substr(0, name.size() - kPickleSuffix.size());
    if (folder.find('/') == std::string_view::npos) {
      if (!top.empty()) {
        throw FormatError("a zip file with two data.pkl, which is no PyTorch file");
      }
      top = folder;
    }
  }
  if (top.empty()) {
    throw FormatError("a zip file, but not one of PyTorch (it has no data.pkl)");
  }
  if (find_record(zip, top + "/constants.pkl") != nullptr) {
    throw FormatError(
        "a TorchScript program, which is not run; save the state_dict in Python with torch.save");
  }
  for (const ZipRecord& record : zip.records) {
    if (record.compressed()) {
      throw FormatError("record \"" + printable(record.name) + "\" at byte " +
                        std::to_string(record.header_offset) +
                        " is compressed, which torch.save never does");
    }
  }
  return top;
}

PickleTree read_pickle_record(const ByteSource& source, const ZipRecord& record) {
  const std::string bytes = read_zip_record(source, record, pickle_limits::kBytes);
  size_t consumed = 0;
  PickleTree tree = read_pickle(bytes, consumed);
  if (consumed != bytes.size()) {
    throw FormatError("bytes behind the end of the pickle, at byte " + std::to_string(consumed));
  }
  return tree;
}

bool has_gantrain_key(const PickleValue& root) {
  const auto* dict = std::get_if<PickleValue::Dict>(&root.data);
  return dict != nullptr && std::any_of(dict->begin(), dict->end(),
                                        [](const auto& entry) { return entry.key == "gantrain"; });
}

std::string storage_label(const PickleTree& tree, size_t storage) {
  return "\"" + printable(name_of_storage(tree, storage)) + "\"";
}

uint64_t elements_of(const TensorDescription& tensor) {
  uint64_t elements = 1;
  for (const int64_t size : tensor.sizes) {
    elements *= static_cast<uint64_t>(size);
  }
  return elements;
}

}  // namespace

PtReader::PtReader(const ByteSource& source, std::string name)
    : source_(source), name_(std::move(name)) {
  try {
    open();
  } catch (const FormatError& error) {
    throw Error(ErrorKind::kCheckpoint, name_ + ": " + error.what());
  }
}

void PtReader::open() {
  if (source_.size() == 0) {
    throw FormatError(
        "empty file (0 bytes); no checkpoint is empty, so the copy or the save of it failed");
  }
  const Seal seal = check_seal(source_);
  if (seal == Seal::kBroken) {
    throw FormatError(describe_damage());
  }
  sealed_ = seal == Seal::kValid;
  const std::string start = read_start(source_, 0, 512);
  if (std::string_view("PK\x03\x04").starts_with(start.substr(0, 4))) {
    open_zip();
  } else if (start[0] == '\x80' && !sealed_) {
    open_legacy();
  } else {
    const std::string kind = kind_of_file(start);
    throw FormatError(kind.empty() ? "not a PyTorch file (" + starts_with_bytes(start) +
                                         ", expected a zip file, 0x504b0304)"
                                   : "not a PyTorch file but " + kind);
  }
  check_expansion();
  if (!sealed_ && has_gantrain_key(tree_.root)) {
    throw FormatError(
        "a gantrain checkpoint whose seal (the SHA-256 at its end) is missing or damaged; it was "
        "changed after it was "
        "saved, so it is not used");
  }
}

void PtReader::open_zip() {
  if (!has_zip_end(source_)) {
    const uint64_t planned = planned_file_size(read_start(source_, 0, 4096));
    throw FormatError(planned > source_.size()
                          ? "truncated: " + std::to_string(source_.size()) + " of " +
                                std::to_string(planned) + " bytes are there"
                          : "truncated or damaged: " + std::to_string(source_.size()) +
                                " bytes are there, and the end of a zip file is not among them");
  }
  const ZipDirectory zip = read_zip_directory(source_);
  if (!sealed_ && !zip.comment.empty()) {
    throw FormatError(
        "a zip file with a comment that is no gantrain seal; PyTorch files have none");
  }
  const std::string top = top_folder(zip);
  if (const ZipRecord* order = find_record(zip, top + "/byteorder");
      order != nullptr && read_zip_record(source_, *order, 16) != "little") {
    throw FormatError("saved on a big-endian machine, which is not read");
  }
  tree_ = read_pickle_record(source_, *find_record(zip, top + std::string(kPickleSuffix)));
  std::unordered_map<std::string_view, const ZipRecord*> records;
  for (const ZipRecord& record : zip.records) {
    records.emplace(record.name, &record);
  }
  locations_.resize(tree_.storages.size());
  mark_used();
  for (size_t i = 0; i < locations_.size(); ++i) {
    const auto found = records.find(top + "/data/" + tree_.storages[i].key);
    if (found == records.end() || found->second->bytes != tree_.storages[i].bytes()) {
      if (!locations_[i].used) {
        continue;
      }
      throw FormatError("the data of tensor " + storage_label(tree_, i) + " " +
                        (found == records.end()
                             ? "is missing"
                             : "has " + std::to_string(found->second->bytes) + " bytes, and " +
                                   std::to_string(tree_.storages[i].bytes()) + " are needed"));
    }
    locations_[i].offset = found->second->data_offset;
    locations_[i].crc32 = found->second->crc32;
  }
}

// Four pickles (magic number, version, system, the value), the list of storage keys, then for each
// storage the number of its elements (8 bytes) and its bytes.
void PtReader::open_legacy() {
  uint64_t at = 0;
  const auto next_pickle = [&] {
    const std::string bytes = read_start(source_, at, pickle_limits::kBytes);
    size_t consumed = 0;
    PickleTree tree = read_pickle(bytes, consumed);
    at += consumed;
    return tree;
  };
  constexpr const char* kBare =
      "a bare Python pickle (as StyleGAN's .pkl files are) or a damaged PyTorch file; such a file "
      "can run any code, so it is not read";
  try {
    const PickleTree magic = next_pickle();
    const auto* digits = std::get_if<std::string>(&magic.root.data);
    if (digits == nullptr || *digits != kLegacyMagic) {
      throw FormatError("it does not start with PyTorch's magic number");
    }
  } catch (const FormatError& error) {
    throw FormatError(std::string(kBare) + " (" + error.what() + ")");
  }
  const PickleTree version = next_pickle();
  const auto* number = std::get_if<int64_t>(&version.root.data);
  if (number == nullptr || *number != kLegacyVersion) {
    throw FormatError("a PyTorch file of an unknown version (1001 is read)");
  }
  const PickleTree system = next_pickle();
  if (const auto* dict = std::get_if<PickleValue::Dict>(&system.root.data)) {
    for (const auto& [key, value] : *dict) {
      const auto* flag = std::get_if<bool>(&value.data);
      if (key == "little_endian" && (flag == nullptr || !*flag)) {
        throw FormatError("saved on a big-endian machine, which is not read");
      }
    }
  }
  tree_ = next_pickle();
  locations_.resize(tree_.storages.size());
  mark_used();
  const PickleTree keys = next_pickle();
  const auto* list = std::get_if<PickleValue::List>(&keys.root.data);
  if (list == nullptr) {
    throw FormatError("the list of storages is missing at byte " + std::to_string(at));
  }
  std::unordered_map<std::string, size_t> storage_of_key;
  for (size_t i = 0; i < tree_.storages.size(); ++i) {
    storage_of_key.emplace(tree_.storages[i].key, i);
  }
  for (const PickleValue& value : *list) {
    const auto* key = std::get_if<std::string>(&value.data);
    const auto found = key == nullptr ? storage_of_key.end() : storage_of_key.find(*key);
    if (found == storage_of_key.end()) {
      throw FormatError("the list of storages names one that no tensor uses, or one twice");
    }
    const size_t i = found->second;
    const StorageDescription& storage = tree_.storages[i];
    if (source_.size() - at < 8 || storage.bytes() > source_.size() - at - 8) {
      throw FormatError("truncated: " + std::to_string(source_.size()) + " of at least " +
                        std::to_string(at + 8 + storage.bytes()) +
                        " bytes are there; the first tensor that is not whole is " +
                        storage_label(tree_, i));
    }
    uint64_t elements = 0;
    source_.read(at, &elements, sizeof elements);
    if (elements != storage.elements) {
      throw FormatError("the data of tensor " + storage_label(tree_, i) + " at byte " +
                        std::to_string(at) + " has " + std::to_string(elements) +
                        " elements, and " + std::to_string(storage.elements) + " are needed");
    }
    locations_[i].offset = at + 8;
    at += 8 + storage.bytes();
    storage_of_key.erase(found);
  }
  for (const auto& [key, i] : storage_of_key) {
    if (locations_[i].used) {
      throw FormatError("the data of tensor " + storage_label(tree_, i) + " is missing");
    }
  }
  if (at != source_.size()) {
    throw FormatError("bytes behind the last tensor, from byte " + std::to_string(at));
  }
}

void PtReader::mark_used() {
  for (const TensorDescription& tensor : tree_.tensors) {
    locations_[tensor.storage].used = true;
  }
}

// Strides of 0 and shared storages let a small file describe tensors of any size, which whoever
// copies them would have to hold.
void PtReader::check_expansion() const {
  const uint64_t allowed = 4 * source_.size() + kExpansionAllowance;
  uint64_t total = 0;
  for (size_t i = 0; i < tree_.tensors.size(); ++i) {
    const TensorDescription& tensor = tree_.tensors[i];
    const uint64_t elements = elements_of(tensor);
    const size_t each = element_bytes(tree_.storages[tensor.storage].type);
    if (elements > (allowed - total) / each) {
      throw FormatError("\"" + printable(name_of_tensor(tree_.root, i)) +
                        "\": the tensors up to this one are views of more than " +
                        std::to_string(allowed) + " bytes, far more than the file holds");
    }
    total += elements * each;
  }
}

void PtReader::read_storage(size_t storage, void* out) const {
  const Location& location = locations_[storage];
  const auto bytes = static_cast<size_t>(tree_.storages[storage].bytes());
  try {
    source_.read(location.offset, out, bytes);
  } catch (const FormatError& error) {
    throw Error(ErrorKind::kCheckpoint, name_ + ": " + error.what());
  }
  if (location.crc32 && crc32_z(0, static_cast<const Bytef*>(out), bytes) != *location.crc32) {
    throw Error(ErrorKind::kCheckpoint, name_ + ": checksum mismatch in " +
                                            storage_label(tree_, storage) + " (bytes " +
                                            std::to_string(location.offset) + " to " +
                                            std::to_string(location.offset + bytes) + ")");
  }
}

// The hash of a sealed file does not match: says where, as closely as what is left tells.
std::string PtReader::describe_damage() {
  std::string place;
  try {
    place = damaged_record();
  } catch (const FormatError& error) {
    place = error.what();
  }
  return "checksum mismatch: " + place +
         "; the file was damaged after it was saved and is not used";
}

std::string PtReader::damaged_record() {
  const ZipDirectory zip = read_zip_directory(source_);
  const std::string top = top_folder(zip);
  const ZipRecord& pickle = *find_record(zip, top + std::string(kPickleSuffix));
  const PickleTree tree = read_pickle_record(source_, pickle);
  const std::string prefix = top + "/data/";
  for (const ZipRecord& record : zip.records) {
    if (crc32_of(source_, record.data_offset, record.bytes) == record.crc32) {
      continue;
    }
    std::string label = "record \"" + printable(record.name) + "\"";
    for (size_t i = 0; i < tree.storages.size() && record.name.starts_with(prefix); ++i) {
      if (prefix + tree.storages[i].key == record.name) {
        label = "tensor " + storage_label(tree, i);
      }
    }
    return label + ", bytes " + std::to_string(record.data_offset) + " to " +
           std::to_string(record.data_offset + record.bytes);
  }
  return "outside the tensors, in a header, the directory or the seal at byte " +
         std::to_string(source_.size() - kSealBytes);
}

}  // namespace gantrain

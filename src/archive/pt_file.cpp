#include "gantrain/archive/pt_file.h"

#include <algorithm>

#include "gantrain/core/byte_source.h"
#include "gantrain/core/durable_file.h"
#include "gantrain/core/error.h"
#include "gantrain/core/format_error.h"
#include "gantrain/core/pt_layout.h"
#include "gantrain/core/pt_reader.h"
#include "gantrain/core/text.h"

#include "archive/element_types.h"

namespace gantrain {
namespace {

// Takes a tree of values apart into descriptions and the tensors that they describe.
class Describer {
 public:
  PickleTree tree;
  std::vector<torch::Tensor> tensors;  // tensors[i] lies in tree.storages[i] alone

  PickleValue describe(const Value& value) {
    if (value.is<torch::Tensor>()) {
      return {describe_tensor(value.as<torch::Tensor>())};
    }
    if (value.is<Value::List>()) {
      PickleValue::List list;
      for (const Value& item : value.as<Value::List>()) {
        list.push_back(describe(item));
      }
      return {std::move(list)};
    }
    if (value.is<Value::Dict>()) {
      PickleValue::Dict dict;
      for (const auto& [key, item] : value.as<Value::Dict>()) {
        dict.emplace_back(key, describe(item));
      }
      return {std::move(dict)};
    }
    return describe_plain(value);
  }

 private:
  static PickleValue describe_plain(const Value& value) {
    if (value.is<bool>()) {
      return {value.as<bool>()};
    }
    if (value.is<int64_t>()) {
      return {value.as<int64_t>()};
    }
    if (value.is<double>()) {
      return {value.as<double>()};
    }
    if (value.is<std::string>()) {
      return {value.as<std::string>()};
    }
    return {};
  }

  TensorIndex describe_tensor(const torch::Tensor& tensor) {
    TORCH_CHECK(tensor.defined() && tensor.layout() == torch::kStrided && !tensor.is_quantized(),
                "only defined, dense tensors are written to files");
    const auto type = element_type(tensor.scalar_type());
    TORCH_CHECK(type, "tensors of type ", tensor.scalar_type(), " are not written to files");
    TensorDescription description;
    description.storage = tree.storages.size();
    description.sizes = tensor.sizes().vec();
    description.strides = compact_strides(tensor);
    tree.storages.push_back(
        {std::to_string(tensors.size()), *type, static_cast<uint64_t>(tensor.numel())});
    tree.tensors.push_back(std::move(description));
    tensors.push_back(tensor.detach());
    return {tree.tensors.size() - 1};
  }

  // A tensor without gaps keeps its order (channels_last); any other one is written in the order of
  // its sizes.
  static std::vector<int64_t> compact_strides(const torch::Tensor& tensor) {
    if (tensor.is_non_overlapping_and_dense()) {
      return tensor.strides().vec();
    }
    std::vector<int64_t> strides(static_cast<size_t>(tensor.dim()));
    int64_t next = 1;
    for (size_t i = strides.size(); i-- > 0;) {
      strides[i] = next;
      next *= std::max<int64_t>(tensor.size(static_cast<int64_t>(i)), 1);
    }
    return strides;
  }
};

// The same tensor on the host with its elements side by side, in the order that compact_strides()
// describes.
torch::Tensor compact_on_host(const torch::Tensor& tensor) {
  const torch::Tensor dense = tensor.is_non_overlapping_and_dense() ? tensor : tensor.contiguous();
  return dense.to(torch::kCPU).resolve_neg();
}

// Puts tensors into a tree that came from a file.
class Assembler {
 public:
  explicit Assembler(PtReader& reader) : reader_(reader), storages_(reader.tree().storages.size()) {
    for (size_t i = 0; i < storages_.size(); ++i) {
      if (!reader.is_used(i)) {
        continue;
      }
      const StorageDescription& description = reader.tree().storages[i];
      storages_[i] =
          torch::empty({static_cast<int64_t>(description.elements)}, scalar_type(description.type));
      reader.read_storage(i, storages_[i].data_ptr());
    }
    for (const TensorDescription& tensor : reader.tree().tensors) {
      tensors_.push_back(
          storages_[tensor.storage].as_strided(tensor.sizes, tensor.strides, tensor.offset));
    }
  }

  Value assemble(PickleValue& value) const {
    return std::visit([this](auto& data) { return convert(data); }, value.data);
  }

 private:
  template <typename Plain>
  Value convert(Plain& plain) const {
    return Value(std::move(plain));
  }
  Value convert(std::monostate&) const { return {}; }
  Value convert(TensorIndex& tensor) const { return Value(tensors_[tensor.index]); }
  Value convert(PickleValue::List& list) const {
    Value::List values;
    values.reserve(list.size());
    for (PickleValue& item : list) {
      values.push_back(assemble(item));
    }
    return values;
  }
  Value convert(PickleValue::Dict& dict) const {
    Value::Dict values;
    values.reserve(dict.size());
    for (auto& [key, item] : dict) {
      values.emplace_back(std::move(key), assemble(item));
    }
    return values;
  }

  PtReader& reader_;
  std::vector<torch::Tensor> storages_;
  std::vector<torch::Tensor> tensors_;
};

}  // namespace

void write_pt_file(const std::filesystem::path& path, const Value& root) {
  const torch::NoGradGuard no_grad;
  TORCH_CHECK(root.is<Value::Dict>(), "the root of a file is a dictionary");
  Describer describer;
  try {
    describer.tree.root = describer.describe(root);
    PtLayout layout(describer.tree);
    DurableFile file(path, layout.total_bytes());
    torch::Tensor host;  // the one that is being written
    layout.write(file, [&](size_t storage) {
      host = compact_on_host(describer.tensors[storage]);
      return std::string_view(static_cast<const char*>(host.const_data_ptr()), host.nbytes());
    });
    file.commit();
  } catch (const FormatError& error) {
    throw Error(ErrorKind::kOutput,
                printable(path.string()) + ": cannot be written: " + error.what());
  }
}

PtContents read_pt_file(const std::filesystem::path& path) {
  const torch::NoGradGuard no_grad;
  const FileSource source(path, ErrorKind::kCheckpoint);
  PtReader reader(source, printable(path.string()));
  const Assembler assembler(reader);
  return {assembler.assemble(reader.tree().root), reader.sealed()};
}

}  // namespace gantrain

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <torch/torch.h>

namespace gantrain {

// The plain tree that a .pt file holds: null, bool, int, float, text, tensor, list, dictionary (in
// order, text keys).
class Value {
 public:
  using List = std::vector<Value>;
  using Dict = std::vector<std::pair<std::string, Value>>;

  Value() = default;
  Value(bool value) : data_(value) {}                      // NOLINT(google-explicit-constructor)
  Value(int64_t value) : data_(value) {}                   // NOLINT(google-explicit-constructor)
  Value(double value) : data_(value) {}                    // NOLINT(google-explicit-constructor)
  Value(std::string value) : data_(std::move(value)) {}    // NOLINT(google-explicit-constructor)
  Value(const char* value) : data_(std::string(value)) {}  // NOLINT(google-explicit-constructor)
  Value(torch::Tensor value) : data_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Value(List value) : data_(std::move(value)) {}           // NOLINT(google-explicit-constructor)
  Value(Dict value) : data_(std::move(value)) {}           // NOLINT(google-explicit-constructor)

  template <typename T>
  bool is() const {
    return std::holds_alternative<T>(data_);
  }
  template <typename T>
  const T& as() const {
    return std::get<T>(data_);
  }
  template <typename T>
  T& as() {
    return std::get<T>(data_);
  }

  // The entry of a dictionary, or nullptr.
  const Value* find(const std::string& key) const;
  // Sets or adds an entry; makes a null value a dictionary.
  Value& operator[](const std::string& key);

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, torch::Tensor, List, Dict> data_;
};

std::string shape_text(torch::IntArrayRef sizes);  // "[64, 3, 4, 4]"

}  // namespace gantrain

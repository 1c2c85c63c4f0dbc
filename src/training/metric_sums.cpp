#include "training/metric_sums.h"

#include <algorithm>

#include "training/misfits.h"

namespace gantrain {
namespace {

// {"names": [text], "sums": [one of each], "count": scalar}
bool is_group(const Value& entry) {
  if (!entry.is<Value::Dict>()) {
    return false;
  }
  const Value* names = entry.find("names");
  const Value* sums = entry.find("sums");
  const Value* count = entry.find("count");
  if (names == nullptr || !names->is<Value::List>() || sums == nullptr ||
      !sums->is<torch::Tensor>() || count == nullptr || !count->is<torch::Tensor>()) {
    return false;
  }
  const auto& list = names->as<Value::List>();
  const auto& values = sums->as<torch::Tensor>();
  return std::all_of(list.begin(), list.end(),
                     [](const Value& each) { return each.is<std::string>(); }) &&
         values.dim() == 1 && values.numel() == static_cast<int64_t>(list.size()) &&
         values.is_floating_point() && count->as<torch::Tensor>().dim() == 0;
}

}  // namespace

void MetricSums::add(const std::string& group, const Named& values, const torch::Tensor& skip) {
  if (values.empty()) {
    return;
  }
  torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> scalars;
  scalars.reserve(values.size());
  for (const auto& [name, value] : values) {
    scalars.push_back(value.detach().to(torch::kDouble).reshape({}));
  }
  const torch::Tensor stacked = torch::stack(scalars);
  auto found = std::find_if(groups_.begin(), groups_.end(),
                            [&](const Group& each) { return each.name == group; });
  const auto same_names = [&](const Group& each) {
    return std::equal(each.names.begin(), each.names.end(), values.begin(), values.end(),
                      [](const auto& name, const auto& value) { return name == value.first; });
  };
  if (found != groups_.end() && found->loaded && !same_names(*found)) {
    groups_.erase(found);
    found = groups_.end();
  }
  if (found == groups_.end()) {
    Group fresh;
    fresh.name = group;
    for (const auto& [name, value] : values) {
      fresh.names.push_back(name);
    }
    fresh.sums = torch::zeros_like(stacked);
    fresh.count = torch::zeros({}, stacked.options());
    groups_.push_back(std::move(fresh));
    found = groups_.end() - 1;
  }
  TORCH_CHECK(found->names.size() == values.size(), "phase ", group, " reported ", values.size(),
              " values, earlier ", found->names.size());
  const torch::Tensor counted = skip == 0;
  found->sums.add_(torch::where(counted, stacked, 0.0));
  found->count.add_(counted);
}

std::vector<std::pair<std::string, double>> MetricSums::means() const {
  std::vector<std::pair<std::string, double>> result;
  for (const Group& group : groups_) {
    const double count = group.count.item<double>();
    if (count <= 0) {
      continue;
    }
    const torch::Tensor sums = group.sums.to(torch::kCPU);
    for (size_t i = 0; i < group.names.size(); ++i) {
      result.emplace_back(group.names[i], sums[static_cast<int64_t>(i)].item<double>() / count);
    }
  }
  return result;
}

void MetricSums::reset() {
  for (Group& group : groups_) {
    group.sums.zero_();
    group.count.zero_();
  }
}

Value MetricSums::save() const {
  Value::Dict saved;
  for (const Group& group : groups_) {
    Value::List names;
    for (const std::string& name : group.names) {
      names.emplace_back(name);
    }
    Value::Dict entry;
    entry.emplace_back("names", std::move(names));
    entry.emplace_back("sums", group.sums);
    entry.emplace_back("count", group.count);
    saved.emplace_back(group.name, std::move(entry));
  }
  return saved;
}

void MetricSums::check(const Value& saved, const std::string& name, Misfits& misfits) {
  if (!saved.is<Value::Dict>()) {
    misfits.add(name + ": missing in the file (expected the sums of each phase)");
    return;
  }
  for (const auto& [phase, entry] : saved.as<Value::Dict>()) {
    if (!is_group(entry)) {
      misfits.add(name + "." + phase + ": is not names with a sum each, and a count");
    }
  }
}

void MetricSums::load(const Value& saved, torch::Device device) {
  groups_.clear();
  for (const auto& [name, entry] : saved.as<Value::Dict>()) {
    Group group;
    group.name = name;
    group.loaded = true;
    for (const Value& each : entry.find("names")->as<Value::List>()) {
      group.names.push_back(each.as<std::string>());
    }
    group.sums = entry.find("sums")->as<torch::Tensor>().to(device).clone();
    group.count = entry.find("count")->as<torch::Tensor>().to(device).clone();
    groups_.push_back(std::move(group));
  }
}

}  // namespace gantrain

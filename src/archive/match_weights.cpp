#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "gantrain/archive/foreign_weights.h"
#include "gantrain/core/text.h"

namespace gantrain {
namespace {

constexpr std::string_view kCounter = "num_batches_tracked";
constexpr std::array<std::string_view, 3> kStatistics = {"running_mean", "running_var", kCounter};

std::string module_of(const std::string& key) {
  const size_t dot = key.rfind('.');
  return dot == std::string::npos ? "" : key.substr(0, dot);
}

std::string leaf_of(const std::string& key) {
  return key.substr(key.rfind('.') + 1);
}

bool is_statistic(const std::string& key) {
  return std::find(kStatistics.begin(), kStatistics.end(), leaf_of(key)) != kStatistics.end();
}

// A tensor of the file or of the network.
struct Item {
  std::string key;
  std::vector<int64_t> sizes;
  torch::Tensor tensor;  // undefined on the network's side
};

std::vector<Item> items_of(const Value::Dict& tensors) {
  std::vector<Item> items;
  for (const auto& [key, value] : tensors) {
    const auto& tensor = value.as<torch::Tensor>();
    items.push_back({key, tensor.sizes().vec(), tensor});
  }
  return items;
}

std::vector<Item> items_of(const std::vector<NeededTensor>& needed) {
  std::vector<Item> items;
  for (const NeededTensor& each : needed) {
    items.push_back({each.key, each.sizes, {}});
  }
  return items;
}

// Pairs what belongs together, or says why not.
void pair_up(const Item& from, const Item& to, WeightMatch& match) {
  if (from.sizes == to.sizes) {
    match.pairs.push_back({from.key, to.key, from.tensor});
    return;
  }
  const std::string name = from.key == to.key ? to.key : printable(from.key) + " -> " + to.key;
  match.differences.push_back(name + ": file has " + shape_text(from.sizes) + ", expected " +
                              shape_text(to.sizes));
}

void say_missing(const Item& wanted, WeightMatch& match) {
  if (leaf_of(wanted.key) == kCounter) {
    match.kept.push_back(wanted.key);
  } else {
    match.differences.push_back(wanted.key + ": missing in the file (expected " +
                                shape_text(wanted.sizes) + ")");
  }
}

void say_extra(const Item& extra, WeightMatch& match) {
  if (is_statistic(extra.key)) {
    match.dropped.push_back(extra.key);
  } else {
    match.differences.push_back(printable(extra.key) + ": in the file " + shape_text(extra.sizes) +
                                ", not expected");
  }
}

WeightMatch match_by_name(const std::vector<Item>& file, const std::vector<Item>& network) {
  WeightMatch match;
  std::unordered_map<std::string, const Item*> by_key;
  for (const Item& item : file) {
    by_key[item.key] = &item;
  }
  std::unordered_set<std::string> known;
  for (const Item& wanted : network) {
    known.insert(wanted.key);
    const auto found = by_key.find(wanted.key);
    if (found == by_key.end()) {
      say_missing(wanted, match);
    } else {
      pair_up(*found->second, wanted, match);
    }
  }
  for (const Item& item : file) {
    if (!known.contains(item.key)) {
      say_extra(item, match);
    }
  }
  return match;
}

// The tensors of one layer or norm.
struct Group {
  std::string name;
  std::vector<Item> items;

  const Item* find(const std::string& leaf) const {
    for (const Item& item : items) {
      if (leaf_of(item.key) == leaf) {
        return &item;
      }
    }
    return nullptr;
  }
  bool is_layer() const {
    return std::any_of(items.begin(), items.end(),
                       [](const Item& item) { return item.sizes.size() >= 2; });
  }
  bool only_statistics() const {
    return std::all_of(items.begin(), items.end(),
                       [](const Item& item) { return is_statistic(item.key); });
  }
};

struct Groups {
  std::vector<Group> layers;
  std::vector<Group> norms;
  std::vector<Group> statistics;  // of norms that have nothing else
};

Groups groups_of(const std::vector<Item>& items) {
  std::vector<Group> all;
  std::unordered_map<std::string, size_t> places;
  for (const Item& item : items) {
    const auto [place, is_new] = places.try_emplace(module_of(item.key), all.size());
    if (is_new) {
      all.push_back({place->first, {}});
    }
    all[place->second].items.push_back(item);
  }
  Groups groups;
  for (Group& group : all) {
    (group.is_layer()          ? groups.layers
     : group.only_statistics() ? groups.statistics
                               : groups.norms)
        .push_back(std::move(group));
  }
  return groups;
}

void pair_groups(const Group& from, const Group& to, WeightMatch& match) {
  for (const Item& wanted : to.items) {
    if (const Item* found = from.find(leaf_of(wanted.key))) {
      pair_up(*found, wanted, match);
    } else {
      say_missing(wanted, match);
    }
  }
  for (const Item& item : from.items) {
    if (to.find(leaf_of(item.key)) == nullptr) {
      say_extra(item, match);
    }
  }
}

void pair_lists(const char* what, const std::vector<Group>& from, const std::vector<Group>& to,
                WeightMatch& match) {
  if (from.size() != to.size()) {
    match.differences.push_back("the file has " + std::to_string(from.size()) + " " + what +
                                ", the network " + std::to_string(to.size()));
  }
  for (size_t i = 0; i < std::max(from.size(), to.size()); ++i) {
    if (i >= from.size()) {
      pair_groups({}, to[i], match);
    } else if (i >= to.size()) {
      pair_groups(from[i], {}, match);
    } else {
      pair_groups(from[i], to[i], match);
    }
  }
}

WeightMatch match_by_order(const std::vector<Item>& file, const std::vector<Item>& network) {
  WeightMatch match;
  match.by_name = false;
  const Groups from = groups_of(file);
  const Groups to = groups_of(network);
  pair_lists("layers", from.layers, to.layers, match);
  pair_lists("norms", from.norms, to.norms, match);
  pair_lists("norms without weights",
             to.statistics.empty() ? std::vector<Group>{} : from.statistics, to.statistics, match);
  if (to.statistics.empty()) {
    for (const Group& group : from.statistics) {
      pair_groups(group, {}, match);
    }
  }
  return match;
}

}  // namespace

WeightMatch match_weights(const Value::Dict& tensors, const std::vector<NeededTensor>& needed) {
  const std::vector<Item> file = items_of(tensors);
  const std::vector<Item> network = items_of(needed);
  WeightMatch by_name = match_by_name(file, network);
  if (by_name.differences.empty()) {
    return by_name;
  }
  WeightMatch by_order = match_by_order(file, network);
  // Where half of the names are right, they are meant.
  const auto right = std::count_if(network.begin(), network.end(), [&](const Item& wanted) {
    return std::any_of(file.begin(), file.end(),
                       [&](const Item& item) { return item.key == wanted.key; });
  });
  const bool names_are_meant = 2 * static_cast<size_t>(right) >= network.size();
  return by_order.differences.empty() || !names_are_meant ? by_order : by_name;
}

}  // namespace gantrain

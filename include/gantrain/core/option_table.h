#pragma once

#include <any>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "gantrain/core/length.h"

namespace gantrain {

// One place per fact: a part of the program keeps an options struct and, beside it, a table that
// names every member's key, range, unit and help. Parsing, `config show|check|schema`, the docs,
// the comparison of two configurations and generated tests read the table. Defaults stand in the
// struct's member initialisers.
//
//   struct AdamOptions { double learning_rate = 2e-4; ... };
//   const OptionTable& adam_options() {
//     static const OptionTable table = OptionTable::of<AdamOptions>("Adam, arXiv:1412.6980", {
//         number("learning_rate", &AdamOptions::learning_rate, "Step size.").range(0,
//         10).on_resume(OnResume::kFree),
//     });
//     return table;
//   }

enum class OptionType {
  kBoolean,
  kInteger,
  kNumber,
  kText,
  kPath,      // text; a relative path in a file is relative to that file
  kChoice,    // text; one of choices
  kIntegers,  // array; range holds for each item
  kNumbers,
  kTexts,
  kLength,  // text with a unit, see length.h
};

// What a changed value means when a run is resumed.
enum class OnResume {
  kRefuse,  // the checkpoint would not fit any more: refused, with the differences
  kFree,  // may change with --resume RUN --set; written to changes.jsonl. Makes the run another run
          // otherwise
  kExtend,  // lengths and intervals: may always change, and is no part of a run's identity
};

using OptionValue = std::variant<bool, int64_t, double, std::string, std::vector<int64_t>,
                                 std::vector<double>, std::vector<std::string>, Length>;

// One key. Bounds are inclusive unless said; `get` and `set` reach the member inside a std::any
// that holds the options struct.
struct Option {
  std::string name;
  OptionType type = OptionType::kText;
  std::string help;  // one sentence
  std::string unit;  // "" when the name says it
  OnResume resume = OnResume::kRefuse;
  int64_t minimum_integer = std::numeric_limits<int64_t>::min();
  int64_t maximum_integer = std::numeric_limits<int64_t>::max();
  double minimum_number = std::numeric_limits<double>::lowest();
  double maximum_number = std::numeric_limits<double>::max();
  bool minimum_excluded = false;
  bool maximum_excluded = false;
  size_t minimum_items = 0;
  size_t maximum_items = 64;
  bool allow_empty_text = true;
  bool allow_never = false;  // kLength
  std::vector<std::string> choices;
  std::vector<std::string>
      known_elsewhere_as;  // named in the hint for an unknown key, not accepted
  std::function<OptionValue(const std::any&)> get;
  std::function<void(std::any&, const OptionValue&)> set;
};

// Two or more keys that do not go together.
struct OptionConflict {
  std::string key;      // the one to point at, relative to the section
  std::string message;  // a sentence that names the others
};

template <typename Options>
class OptionBuilder {
 public:
  OptionBuilder(std::string name, OptionType type, std::string help) {
    option_.name = std::move(name);
    option_.type = type;
    option_.help = std::move(help);
  }
  // Two whole bounds hold for integers and numbers, others for numbers.
  template <typename Low, typename High>
  OptionBuilder&& range(Low minimum, High maximum) && {
    static_assert(std::is_arithmetic_v<Low> && std::is_arithmetic_v<High>);
    if constexpr (std::is_integral_v<Low> && std::is_integral_v<High>) {
      option_.minimum_integer = minimum;
      option_.maximum_integer = maximum;
    }
    option_.minimum_number = static_cast<double>(minimum);
    option_.maximum_number = static_cast<double>(maximum);
    return std::move(*this);
  }
  OptionBuilder&& above_minimum() && { return option_.minimum_excluded = true, std::move(*this); }
  OptionBuilder&& below_maximum() && { return option_.maximum_excluded = true, std::move(*this); }
  OptionBuilder&& items(size_t minimum, size_t maximum) && {
    option_.minimum_items = minimum;
    option_.maximum_items = maximum;
    return std::move(*this);
  }
  OptionBuilder&& unit(std::string text) && {
    return option_.unit = std::move(text), std::move(*this);
  }
  OptionBuilder&& or_never() && { return option_.allow_never = true, std::move(*this); }
  OptionBuilder&& not_empty() && { return option_.allow_empty_text = false, std::move(*this); }
  OptionBuilder&& on_resume(OnResume resume) && {
    return option_.resume = resume, std::move(*this);
  }
  OptionBuilder&& known_elsewhere_as(std::vector<std::string> names) && {
    option_.known_elsewhere_as = std::move(names);
    return std::move(*this);
  }

  Option option_;
};

// The keys of one options struct.
class OptionTable {
 public:
  template <typename Options>
  static OptionTable of(std::string help, std::vector<OptionBuilder<Options>> builders) {
    OptionTable table;
    table.help_ = std::move(help);
    table.make_ = [] { return std::any(Options{}); };
    for (auto& builder : builders) {
      table.options_.push_back(std::move(builder.option_));
    }
    return table;
  }

  // Adds a check over several keys, run once every key is set. The function returns nothing when
  // all is well.
  template <typename Options>
  OptionTable&& check(std::function<std::optional<OptionConflict>(const Options&)> function) && {
    checks_.push_back([function = std::move(function)](const std::any& options) {
      return function(std::any_cast<const Options&>(options));
    });
    return std::move(*this);
  }

  const std::string& help() const { return help_; }
  const std::vector<Option>& options() const { return options_; }
  const Option* find(const std::string& name) const {
    for (const Option& option : options_) {
      if (option.name == name) {
        return &option;
      }
    }
    return nullptr;
  }
  std::any make_default() const { return make_(); }
  std::optional<OptionConflict> conflict(const std::any& options) const {
    for (const auto& check : checks_) {
      if (auto found = check(options)) {
        return found;
      }
    }
    return std::nullopt;
  }

 private:
  std::string help_;
  std::vector<Option> options_;
  std::function<std::any()> make_;
  std::vector<std::function<std::optional<OptionConflict>(const std::any&)>> checks_;
};

namespace option_detail {

template <typename Options, typename Member, typename Stored>
OptionBuilder<Options> bind(OptionBuilder<Options> builder, Member Options::*member) {
  builder.option_.get = [member](const std::any& options) -> OptionValue {
    return Stored(std::any_cast<const Options&>(options).*member);
  };
  builder.option_.set = [member](std::any& options, const OptionValue& value) {
    std::any_cast<Options&>(options).*member = static_cast<Member>(std::get<Stored>(value));
  };
  return builder;
}

}  // namespace option_detail

template <typename O>
OptionBuilder<O> boolean(std::string name, bool O::*member, std::string help) {
  return option_detail::bind<O, bool, bool>(
      {std::move(name), OptionType::kBoolean, std::move(help)}, member);
}
template <typename O>
OptionBuilder<O> integer(std::string name, int64_t O::*member, std::string help) {
  return option_detail::bind<O, int64_t, int64_t>(
      {std::move(name), OptionType::kInteger, std::move(help)}, member);
}
template <typename O>
OptionBuilder<O> number(std::string name, double O::*member, std::string help) {
  return option_detail::bind<O, double, double>(
      {std::move(name), OptionType::kNumber, std::move(help)}, member);
}
template <typename O>
OptionBuilder<O> text(std::string name, std::string O::*member, std::string help) {
  return option_detail::bind<O, std::string, std::string>(
      {std::move(name), OptionType::kText, std::move(help)}, member);
}
template <typename O>
OptionBuilder<O> path(std::string name, std::string O::*member, std::string help) {
  return option_detail::bind<O, std::string, std::string>(
      {std::move(name), OptionType::kPath, std::move(help)}, member);
}
template <typename O>
OptionBuilder<O> integers(std::string name, std::vector<int64_t> O::*member, std::string help) {
  return option_detail::bind<O, std::vector<int64_t>, std::vector<int64_t>>(
      {std::move(name), OptionType::kIntegers, std::move(help)}, member);
}
template <typename O>
OptionBuilder<O> numbers(std::string name, std::vector<double> O::*member, std::string help) {
  return option_detail::bind<O, std::vector<double>, std::vector<double>>(
      {std::move(name), OptionType::kNumbers, std::move(help)}, member);
}
template <typename O>
OptionBuilder<O> texts(std::string name, std::vector<std::string> O::*member, std::string help) {
  return option_detail::bind<O, std::vector<std::string>, std::vector<std::string>>(
      {std::move(name), OptionType::kTexts, std::move(help)}, member);
}
// Lengths and intervals may change on resume unless said otherwise.
template <typename O>
OptionBuilder<O> length(std::string name, Length O::*member, std::string help) {
  auto builder = option_detail::bind<O, Length, Length>(
      {std::move(name), OptionType::kLength, std::move(help)}, member);
  builder.option_.resume = OnResume::kExtend;
  return builder;
}
// An enum, written as one of the names.
template <typename O, typename Enum>
OptionBuilder<O> choice(std::string name, Enum O::*member,
                        std::vector<std::pair<std::string, Enum>> names, std::string help) {
  OptionBuilder<O> builder(std::move(name), OptionType::kChoice, std::move(help));
  for (const auto& [word, value] : names) {
    builder.option_.choices.push_back(word);
  }
  builder.option_.get = [member, names](const std::any& options) -> OptionValue {
    const Enum value = std::any_cast<const O&>(options).*member;
    for (const auto& [word, candidate] : names) {
      if (candidate == value) {
        return word;
      }
    }
    return std::string();
  };
  builder.option_.set = [member, names](std::any& options, const OptionValue& value) {
    for (const auto& [word, candidate] : names) {
      if (word == std::get<std::string>(value)) {
        std::any_cast<O&>(options).*member = candidate;
      }
    }
  };
  return builder;
}

}  // namespace gantrain

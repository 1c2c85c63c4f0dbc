#include <limits>

#include <gmock/gmock.h>

#include "gantrain/core/format_error.h"
#include "gantrain/core/pickle_writer.h"

#include "core/pickle_pieces.h"
#include "core/pickle_reader.h"
#include "core/pt_samples.h"

namespace gantrain::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

PickleTree read(const std::string& bytes) {
  size_t consumed = 0;
  return read_pickle(bytes, consumed);
}

std::string problem(const std::string& bytes) {
  try {
    read(bytes);
    return "";
  } catch (const FormatError& error) {
    return error.what();
  }
}

const PickleValue& at(const PickleTree& tree, const std::string& key) {
  for (const auto& [name, value] : std::get<PickleValue::Dict>(tree.root.data)) {
    if (name == key) {
      return value;
    }
  }
  throw std::runtime_error("no key " + key);
}

TEST(PickleReader, ReadsATensorsDescription) {
  const PickleTree tree =
      read(one_tensor(tensor(storage("HalfStorage", "7", 24), 2, {2, 3}, {8, 2})));
  ASSERT_EQ(tree.tensors.size(), 1u);
  EXPECT_EQ(tree.tensors[0].offset, 2);
  EXPECT_EQ(tree.tensors[0].sizes, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(tree.tensors[0].strides, (std::vector<int64_t>{8, 2}));
  EXPECT_EQ(tree.storages[0].key, "7");
  EXPECT_EQ(tree.storages[0].type, ElementType::kFloat16);
  EXPECT_EQ(tree.storages[0].elements, 24u);
  EXPECT_EQ(name_of_tensor(tree.root, 0), "w");
}

TEST(PickleReader, ReadsWhatTheWriterWrites) {
  const PickleTree tree = sample_tree();
  const PickleTree back = read(write_pickle(tree));
  EXPECT_EQ(write_pickle(back), write_pickle(tree));
  EXPECT_EQ(name_of_tensor(back.root, 1), "networks.generator.conv1.bias");
}

TEST(PickleReader, IntegersOfEverySizeKeepTheirValue) {
  EXPECT_EQ(std::get<int64_t>(read(start() + std::string("\x8a\x00.", 3)).root.data), 0);
  EXPECT_EQ(std::get<int64_t>(read(start() + "\x8a\x01\xff.").root.data), -1);
  EXPECT_EQ(std::get<int64_t>(read(start() + "J\xfe\xff\xff\xff.").root.data), -2);
  EXPECT_EQ(std::get<std::string>(
                read(start() + std::string("\x8a\x09\0\0\0\0\0\0\0\x80\0.", 12)).root.data),
            "9223372036854775808");
  EXPECT_EQ(std::get<std::string>(
                read(start() + "\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\xff.").root.data),
            "-1");
}

TEST(PickleReader, KeysThatAreNumbersBecomeText) {
  const PickleTree tree = read(start() + "}(K\x05K\x01\x88K\x02u.");
  EXPECT_EQ(std::get<int64_t>(at(tree, "5").data), 1);
  EXPECT_EQ(std::get<int64_t>(at(tree, "True").data), 2);
  EXPECT_THAT(problem(start() + "}(NK\x01u."), HasSubstr("key is neither"));
}

TEST(PickleReader, RefusesEveryGlobalOutsideTheList) {
  for (const std::string name :
       {"os\nsystem\n", "posix\nsystem\n", "builtins\neval\n", "__builtin__\nexec\n",
        "torch._utils\n_rebuild_tensor_v3\n", "torch.nn.modules.linear\nLinear\n", "torch\nload\n",
        "torch\n_utils._rebuild_tensor_v2\n", "\n\n", "collections\nOrderedDict.fromkeys\n"}) {
    EXPECT_THAT(problem(start() + "c" + name + "."), HasSubstr("nothing was executed")) << name;
  }
  EXPECT_THAT(problem(start() + text("os") + text("system") + "\x93."), HasSubstr("\"os.system\""));
  EXPECT_THAT(problem(start() + "ctorch\nComplexFloatStorage\n."),
              HasSubstr("torch.ComplexFloatStorage"));
}

TEST(PickleReader, RefusesEveryOpcodeOutsideTheList) {
  const std::string allowed =
      "(.NJKMGTUXaebcQR)]}tsuhjqr\x80\x85\x86\x87\x88\x89\x8a\x8c\x8d\x93\x94\x95";
  for (int code = 0; code < 256; ++code) {
    if (allowed.find(static_cast<char>(code)) == std::string::npos) {
      EXPECT_THAT(problem(start() + static_cast<char>(code) + std::string(16, '\0')),
                  HasSubstr("nothing was executed"))
          << code;
    }
  }
}

TEST(PickleReader, CallsNothingButTheListedFunctions) {
  EXPECT_THAT(problem(start() + "ctorch\nFloatStorage\n)R."), HasSubstr("nothing was executed"));
  EXPECT_THAT(problem(start() + text("os.system") + ")R."), HasSubstr("nothing was executed"));
  EXPECT_THAT(problem(start() + "]}b."), HasSubstr("BUILD"));
  EXPECT_THAT(problem(start() + "ctorch\nFloatStorage\n."), HasSubstr("torch.FloatStorage"));
  EXPECT_THAT(problem(start() + storage("FloatStorage", "0", 1) + "."), HasSubstr("bare storage"));
}

TEST(PickleReader, DropsTheMetadataOfAnOrderedDict) {
  const PickleTree tree = read(start() + "ccollections\nOrderedDict\n)R(" + text("a") + "K\x01u" +
                               dict({{"_metadata", "]"}}) + "b.");
  EXPECT_EQ(std::get<PickleValue::Dict>(tree.root.data).size(), 1u);
}

TEST(PickleReader, ReadsTheOrderedDictOfPython2) {
  const PickleTree tree = read(start() +
                               "ccollections\nOrderedDict\n](](U\x01"
                               "aK\x01"
                               "e](U\x01"
                               "bK\x02"
                               "ee\x85R.");
  EXPECT_EQ(std::get<int64_t>(at(tree, "b").data), 2);
}

TEST(PickleReader, RefusesDamagedStacks) {
  for (const std::string body :
       {".", "0.", "a.", "]a.", "(.", "t.", "u.", "}(K\x01u.", "K\x01(e.", "h\x05.", "\x85.", "Q.",
        "NQ.", ")Q.", "NR.", "NN.", "\x93.", "b."}) {
    EXPECT_NE(problem(start() + body), "") << body;
  }
  EXPECT_NE(problem("\x80\x01N."), "");
  EXPECT_NE(problem("\x80\x06N."), "");
  EXPECT_NE(problem("N."), "");
  EXPECT_NE(problem(""), "");
  EXPECT_EQ(problem(start() + "N."), "");
}

TEST(PickleReader, RefusesEveryCut) {
  const std::string whole = write_pickle(sample_tree());
  for (size_t length = 0; length < whole.size(); ++length) {
    ASSERT_NE(problem(whole.substr(0, length)), "") << length;
  }
}

TEST(PickleReader, NamesTensorsThatReachOutsideTheirStorage) {
  const std::string block = storage("FloatStorage", "0", 10);
  const auto of = [&](int64_t offset, const std::vector<int64_t>& sizes,
                      const std::vector<int64_t>& strides) {
    return problem(one_tensor(tensor(block, offset, sizes, strides)));
  };
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(of(0, {10}, {1}), "");
  EXPECT_EQ(of(9, {}, {}), "");
  EXPECT_EQ(of(10, {0}, {1}), "");
  EXPECT_EQ(of(0, {1, 10}, {1000, 1}), "");
  for (const std::string& message :
       {of(0, {11}, {1}), of(1, {10}, {1}), of(10, {}, {}), of(0, {2, 5}, {6, 1}), of(-1, {1}, {1}),
        of(0, {4}, {4}), of(0, {2}, {kMost}), of(kMost, {1}, {1}), of(11, {0}, {1})}) {
    EXPECT_THAT(message, AllOf(HasSubstr("\"w\""), HasSubstr("outside its storage")));
  }
  EXPECT_THAT(of(0, {-1}, {1}), HasSubstr("negative"));
  EXPECT_THAT(of(0, {2}, {-1}), HasSubstr("negative"));
  EXPECT_THAT(of(0, {kMost, kMost}, {0, 0}), HasSubstr("product"));
  EXPECT_THAT(of(0, {0, kMost, kMost}, {0, 0, 0}), HasSubstr("product"));
  EXPECT_THAT(of(0, {1, 2}, {1}), HasSubstr("2 sizes and 1 strides"));
  EXPECT_THAT(problem(one_tensor(tensor(storage("FloatStorage", "0", -1), 0, {1}, {1}))),
              HasSubstr("claims -1 elements"));
}

TEST(PickleReader, RefusesOneStorageDescribedInTwoWays) {
  const auto two = [](const std::string& other) {
    return problem(start() +
                   dict({{"a", tensor(storage("FloatStorage", "0", 4), 0, {4}, {1})},
                         {"b", tensor(other, 0, {4}, {1})}}) +
                   ".");
  };
  EXPECT_EQ(two(storage("FloatStorage", "0", 4)), "");
  EXPECT_THAT(two(storage("IntStorage", "0", 4)), HasSubstr("two ways"));
  EXPECT_THAT(two(storage("FloatStorage", "0", 5)), HasSubstr("two ways"));
}

TEST(PickleReader, NamesTheCapThatIsExceeded) {
  const std::vector<int64_t> nine(9, 1);
  EXPECT_THAT(problem(one_tensor(tensor(storage("FloatStorage", "0", 1), 0, nine, nine))),
              HasSubstr("rank 9"));
  EXPECT_THAT(problem(start() + dict({{std::string(600, 'n'), "N"}}) + "."),
              HasSubstr("600 bytes"));
  EXPECT_EQ(problem(start() + dict({{std::string(512, 'n'), "N"}}) + "."), "");
  EXPECT_THAT(problem(start() + "c" + std::string(600, 'm') + "\nx\n."), HasSubstr("512"));
  std::string many = start() + "](";
  const std::string one = tensor(storage("FloatStorage", "0", 1), 0, {}, {});
  many += one + "q\x01" + "ctorch._utils\n_rebuild_tensor\nq\x02" +
          storage("FloatStorage", "0", 1) + "q\x03" + integer(0) + "q\x04)q\x05";
  for (int i = 0; i < 100'001; ++i) {
    many += "h\x02(h\x03h\x04h\x05h\x05tR";
  }
  EXPECT_THAT(problem(many + "e."), HasSubstr("100000 tensors"));
  EXPECT_THAT(problem(start() + std::string((16u << 20) + 10, ']')), HasSubstr("more than"));
  EXPECT_THAT(problem(start() + text(std::string(17u << 20, 'x')) + "."), HasSubstr("ends early"));
  EXPECT_THAT(problem(start() + std::string(20'000, '(')), HasSubstr("marks"));
}

TEST(PickleReader, RefusesNestingWithoutEnd) {
  const auto nested = [](size_t depth) {
    return start() + std::string(depth, ']') + std::string(depth - 1, 'a') + ".";
  };
  EXPECT_EQ(problem(nested(65)), "");
  EXPECT_THAT(problem(nested(66)), HasSubstr("deeper than 64"));
  EXPECT_THAT(problem(nested(400'000)), HasSubstr("deeper than 64"));
  EXPECT_THAT(problem(start() + "]q\x01h\x01"
                                "a."),
              HasSubstr("deeper than 64"));  // holds itself
}

TEST(PickleReader, WhatTheMemoSharesDoesNotExplode) {
  // Each list holds the one before it ten times: 10^9 values in 200 bytes.
  std::string bytes = start() + "]q" + '\0';
  for (char level = 1; level <= 9; ++level) {
    bytes += "](";
    for (int i = 0; i < 10; ++i) {
      bytes += std::string("h") + static_cast<char>(level - 1);
    }
    bytes += std::string("eq") + level;
  }
  // The stack keeps every level; the last one becomes the root's only item.
  EXPECT_THAT(problem(start() + "(" + bytes.substr(2) + "t."), HasSubstr("1000000 values"));
  // The same text a million times.
  std::string texts = start() + "](" + text(std::string(1'000'000, 'x')) + "q\x01";
  for (int i = 0; i < 100; ++i) {
    texts += "h\x01";
  }
  EXPECT_THAT(problem(texts + "e."), HasSubstr("bytes of text"));
}

TEST(PickleReader, RefusesAKeyTwice) {
  EXPECT_THAT(problem(start() + dict({{"w", "N"}, {"w", "N"}}) + "."),
              HasSubstr("\"w\" is there twice"));
  EXPECT_THAT(problem(start() + "}(K\x01N" + text("1") + "Nu."), HasSubstr("\"1\" is there twice"));
}

TEST(PickleReader, RefusesTextThatIsNoUtf8) {
  for (const std::string bad :
       {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", "a\x80"}) {
    EXPECT_THAT(problem(start() + text(bad) + "."), HasSubstr("UTF-8")) << bad;
  }
  for (const std::string good : {"ä", "\xed\x9f\xbf", "\xee\x80\x80", "🎨", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(problem(start() + text(good) + "."), "") << good;
  }
}

TEST(PtReader, NamesTensorsWhoseBytesAreMissingOrOfAnotherSize) {
  const std::string pickle = one_tensor(tensor(storage("FloatStorage", "0", 2), 0, {2}, {1}));
  EXPECT_EQ(problem_of(unsealed_file(pickle, {{"archive/data/0", "12345678"}})), "");
  EXPECT_THAT(problem_of(unsealed_file(pickle)), HasSubstr("\"w\" is missing"));
  EXPECT_THAT(problem_of(unsealed_file(pickle, {{"archive/data/0", "1234567"}})),
              HasSubstr("\"w\" has 7 bytes, and 8 are needed"));
}

TEST(PtReader, RefusesTensorsFarLargerThanTheFile) {
  // A stride of 0 makes 2^40 elements of one.
  const std::string huge = tensor(storage("FloatStorage", "0", 1), 0, {1 << 20, 1 << 20}, {0, 0});
  EXPECT_THAT(problem_of(unsealed_file(one_tensor(huge), {{"archive/data/0", "1234"}})),
              AllOf(HasSubstr("\"w\""), HasSubstr("far more than the file holds")));
  const std::string wide = tensor(storage("FloatStorage", "0", 1), 0, {1000, 1000}, {0, 0});
  EXPECT_EQ(problem_of(unsealed_file(one_tensor(wide), {{"archive/data/0", "1234"}})), "");
}

TEST(PtReader, RefusesBytesBehindThePickle) {
  EXPECT_THAT(problem_of(unsealed_file(start() + "}.x")), HasSubstr("behind the end"));
}

TEST(PtReader, RefusesTheGantrainKeyWithoutASeal) {
  EXPECT_THAT(problem_of(unsealed_file(start() + dict({{"gantrain", "}"}}) + ".")),
              HasSubstr("seal"));
}

}  // namespace
}  // namespace gantrain::testing

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gantrain/config/config.h"
#include "gantrain/core/error.h"

#include "config/made_up_schema.h"

namespace gantrain {
namespace {

std::string message_of(const std::string& text) {
  try {
    parse_config(text, "c.json", made_up_schema());
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
    return error.what();
  }
  return "accepted";
}

std::string message_of_set(const std::string& assignment) {
  Config config = parse_config(R"({"model": {"type": "net"}})", "c.json", made_up_schema());
  try {
    override_config(config, {assignment});
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
    return error.what();
  }
  return "accepted";
}

std::string in_net(const std::string& member) {
  return "{\"model\": {\"type\": \"net\",\n " + member + "}}";
}
std::string in_run(const std::string& member) {
  return "{\"model\": {\"type\": \"net\"},\n " + member + "}";
}

struct Case {
  const char* name;  // with the row of the list of bad input
  std::string text;
  std::string message;
};

void PrintTo(const Case& tested, std::ostream* out) {
  *out << tested.name;
}

class ConfigRows : public testing::TestWithParam<Case> {};

TEST_P(ConfigRows, SaysWhereWhatAndWhatIsAllowed) {
  EXPECT_EQ(message_of(GetParam().text), GetParam().message);
}

const std::string kSeeds = "an integer from 0 to 9223372036854775807";
const std::string kBatches = "an integer from 1 to 65536";

INSTANTIATE_TEST_SUITE_P(
    All, ConfigRows,
    testing::Values(
        Case{"Row02Empty", "", "c.json: empty file; see `gantrain config init`"},
        Case{"Row02Blank", "\xEF\xBB\xBF \r\n\t", "c.json: empty file; see `gantrain config init`"},
        Case{"Row02CommentOnly", "// nothing\n", "c.json:2:1: no object in this file\n  \n  ^"},
        Case{"Row03MissingQuote", "{\n  \"model: {\n  }\n}",
             "c.json:2:3: text without a closing quote\n    \"model: {\n    ^"},
        Case{"Row03TrailingComma", "{\"seed\": 1,\n}",
             "c.json:2:1: syntax error (got \"}\", expected a key in double quotes). Remove the "
             "comma before it\n  }\n  ^"},
        Case{"Row03TrailingCommaInArray", "{\"seed\": [1, ]}",
             "c.json:1:14: syntax error (got \"]\", expected a value). Remove the comma before "
             "it\n  {\"seed\": [1, ]}\n               ^"},
        Case{"Row03TwoCommas", "[1,,2]",
             "c.json:1:4: syntax error (got \",\", expected a value)\n  [1,,2]\n     ^"},
        Case{
            "Row03SingleQuotes", "{'seed': 1}",
            "c.json:1:2: syntax error (got \"'\", expected a key in double quotes or \"}\"). Texts "
            "stand in double quotes\n  {'seed': 1}\n   ^"},
        Case{"Row03MissingColon", "{\"seed\" 1}",
             "c.json:1:9: syntax error (got \"1\", expected \":\" after the key)\n  {\"seed\" 1}\n"
             "          ^"},
        Case{"Row03MissingComma", "{\"seed\": 1 /* , */ \"name\": \"\"}",
             "c.json:1:20: syntax error (got a text, expected \",\" or \"}\")\n"
             "  {\"seed\": 1 /* , */ \"name\": \"\"}\n                     ^"},
        Case{"Row03Unclosed", "{\"model\": {\"type\": \"net\"",
             "c.json:1:25: the file ends inside the object that starts on line 1, column 11 "
             "(expected \",\" or \"}\")\n  {\"model\": {\"type\": \"net\"\n                        "
             "  "
             "^"},
        Case{"Row03LeadingZero", "{\"seed\": 01}",
             "c.json:1:11: syntax error (got \"1\", expected \",\" or \"}\")\n  {\"seed\": 01}\n"
             "            ^"},
        Case{"Row03Plus", "{\"seed\": +1}",
             "c.json:1:10: syntax error (got \"+1\", expected a value). Numbers are written like "
             "12, 0.5 or 1e-4\n  {\"seed\": +1}\n           ^"},
        Case{"Row03PythonTrue", "{\"seed\": True}",
             "c.json:1:10: syntax error (got \"True\", expected a value). Write true or false\n"
             "  {\"seed\": True}\n           ^"},
        Case{"Row03Hash", "# a comment\n{}",
             "c.json:1:1: syntax error (got \"#\", expected an object). Comments start with //\n"
             "  # a comment\n  ^"},
        Case{"Row03Escape", "{\"name\": \"a\\qb\"}",
             "c.json:1:13: wrong escape in a text (expected \\\" \\\\ \\/ \\b \\f \\n \\r \\t or "
             "\\u with 4 hex digits)\n  {\"name\": \"a\\qb\"}\n              ^"},
        Case{"Row03Control", "{\"name\": \"a\tb\"}",
             "c.json:1:12: control character in a text (expected an escape such as \\t)\n"
             "  {\"name\": \"a b\"}\n             ^"},
        Case{"Row04UnclosedComment", "{\"seed\": 1, /* and so on\n}",
             "c.json:1:13: comment without an end (expected \"*/\")\n  {\"seed\": 1, /* and so "
             "on\n              ^"},
        Case{"Row05TextAfter", "{}\n{}",
             "c.json:2:1: syntax error (got \"{\", expected nothing after the object)\n  {}\n  ^"},
        Case{"Row06Array", "[1]", "c.json:1:1: expected an object, got an array"},
        Case{"Row06Number", " 3", "c.json:1:2: expected an object, got 3"},
        Case{"Row06Text", "\"net\"", "c.json:1:1: expected an object, got \"net\""},
        Case{"Row07Typo", in_net("\"latent_dm\": 3"),
             "c.json:2:2: unknown key \"latent_dm\" in model; did you mean \"latent_dim\"?"},
        Case{"Row07NameElsewhere", in_net("\"nz\": 3"),
             "c.json:2:2: unknown key \"nz\" in model; \"nz\" is called \"latent_dim\" here"},
        Case{"Row07OtherSection", in_run("\"training\": {\"learning_rate\": 1}"),
             "c.json:2:15: unknown key \"learning_rate\" in training; it belongs to "
             "optimizer.generator or optimizer.discriminator"},
        Case{"Row07OtherVariant", in_net("\"n_critic\": 3"),
             "c.json:2:2: unknown key \"n_critic\" in model; it belongs to type \"critic\", and "
             "the type here is \"net\""},
        Case{"Row07Dotted", in_run("\"model.latent_dim\": 3"),
             "c.json:2:2: unknown key \"model.latent_dim\". Keys are nested: put \"latent_dim\" "
             "into the object \"model\""},
        Case{"Row07Nothing", in_run("\"optimizer\": {\"momentous\": 3}"),
             "c.json:2:16: unknown key \"momentous\" in optimizer; expected \"generator\" or "
             "\"discriminator\""},
        Case{"Row07TopLevel", in_run("\"trainin\": {}"),
             "c.json:2:2: unknown key \"trainin\"; did you mean \"training\"?"},
        Case{"Row08Duplicate", in_net("\"bias\": true,\n \"bias\": true"),
             "c.json:3:2: model.bias: duplicate key (first on line 2, again on line 3). Keep one "
             "of them"},
        Case{"Row09TextForNumber", in_net("\"latent_dim\": \"5\""),
             "c.json:2:16: model.latent_dim: wrong type (got \"5\", expected an integer from 1 to "
             "4096). Numbers stand without quotes"},
        Case{"Row09ArrayForNumber", in_net("\"latent_dim\": [5]"),
             "c.json:2:16: model.latent_dim: wrong type (got an array, expected an integer from 1 "
             "to 4096)"},
        Case{"Row10Fraction", in_run("\"training\": {\"batch_size\": 3.7}"),
             "c.json:2:29: training.batch_size: not an integer (got 3.7, expected " + kBatches +
                 ")"},
        Case{"Row11Zero", in_run("\"training\": {\"batch_size\": 0}"),
             "c.json:2:29: training.batch_size: out of range (got 0, expected " + kBatches + ")"},
        Case{"Row11Negative", in_run("\"training\": {\"batch_size\": -1}"),
             "c.json:2:29: training.batch_size: out of range (got -1, expected " + kBatches + ")"},
        Case{"Row12TwoToTheForty", in_run("\"training\": {\"batch_size\": 1099511627776}"),
             "c.json:2:29: training.batch_size: out of range (got 1099511627776, expected " +
                 kBatches + ")"},
        Case{"Row13TrueForNumber", in_net("\"dropout\": true"),
             "c.json:2:13: model.dropout: wrong type (got true, expected a number of at least 0 "
             "and below 1)"},
        Case{"Row13OneForBoolean", in_net("\"bias\": 1"),
             "c.json:2:10: model.bias: wrong type (got 1, expected true or false)"},
        Case{"Row14HugeRate", in_run("\"optimizer\": {\"generator\": {\"learning_rate\": 1e39}}"),
             "c.json:2:47: optimizer.generator.learning_rate: out of range (got 1e39, expected a "
             "number above 0 and of at most 10)"},
        Case{"Row15TooLarge", in_net("\"dropout\": 1e400"),
             "c.json:2:13: model.dropout: number not representable (got 1e400, expected a "
             "magnitude below 1.8e308)"},
        Case{"Row15Nan", "{\"seed\": NaN}",
             "c.json:1:10: syntax error (got \"NaN\", expected a value). JSON has no such "
             "number\n  {\"seed\": NaN}\n           ^"},
        Case{"Row15Infinity", "{\"seed\": -Infinity}",
             "c.json:1:10: syntax error (got \"-Infinity\", expected a value). JSON has no such "
             "number\n  {\"seed\": -Infinity}\n           ^"},
        Case{"Row16ThirtyDigits", in_run("\"seed\": 123456789012345678901234567890"),
             "c.json:2:10: seed: out of range (got 123456789012345678901234567890, expected " +
                 kSeeds + ")"},
        Case{"Row17Null", in_run("\"seed\": null"),
             "c.json:2:10: seed: null is not allowed (got null, expected " + kSeeds +
                 "). Leave the key out for its default"},
        Case{"Row18Deep", std::string(65, '['), "c.json:1:65: nested deeper than 64"},
        Case{"Row19Large", "{" + std::string(2 << 20, ' ') + "}", "c.json: larger than 1 MiB"},
        Case{"Row20Utf16", std::string("\xFF\xFE{\0}\0", 6),
             "c.json: not UTF-8 at byte 0 (it looks like UTF-16). Save it as UTF-8"},
        Case{"Row20Utf16WithoutMark", std::string("{\0}\0", 4),
             "c.json:1:2: NUL byte at byte 1; not a text file"},
        Case{"Row20Latin1", "{\n// caf\xE9\n}",
             "c.json:2:7: not UTF-8 at byte 8. Save it as UTF-8"},
        Case{"Row20LoneSurrogate", "{\"name\": \"\\ud83d\"}",
             "c.json:1:10: lone surrogate in a text: not UTF-8 at byte 17 (expected a pair such "
             "as \\ud83d\\ude00)\n  {\"name\": \"\\ud83d\"}\n           ^"},
        Case{"Row22Nul", in_run("\"name\": \"a\\u0000b\""),
             "c.json:2:10: name: holds the character \\u0000, which no text may"},
        Case{"Row24OneBeta", in_run("\"optimizer\": {\"generator\": {\"betas\": [0.5]}}"),
             "c.json:2:39: optimizer.generator.betas: wrong number of items (got 1, expected an "
             "array of 2 numbers of at least 0 and below 1)"},
        Case{"Row24BetaOne", in_run("\"optimizer\": {\"generator\": {\"betas\": [0.5, 1.0]}}"),
             "c.json:2:45: optimizer.generator.betas[1]: out of range (got 1.0, expected a number "
             "of at least 0 and below 1)"},
        Case{"Row24Dropout", in_net("\"dropout\": -0.1"),
             "c.json:2:13: model.dropout: out of range (got -0.1, expected a number of at least 0 "
             "and below 1)"},
        Case{"Row25Conflict", in_run("\"training\": {\"batch_size\": 8, \"micro_batch_size\": 16}"),
             "c.json:2:52: training.micro_batch_size: larger than training.batch_size (got 16 and "
             "8)"},
        Case{"Row25ConflictWithDefault", in_run("\"training\": {\"micro_batch_size\": 99}"),
             "c.json:2:35: training.micro_batch_size: larger than training.batch_size (got 99 and "
             "64)"},
        Case{"Row26Choice",
             in_run("\"data\": {\"type\": \"folder\", \"path\": \"x\", \"policy\": "
                    "\"slip\"}"),
             "c.json:2:52: data.policy: not one of the choices (got \"slip\", expected \"fail\" "
             "or \"skip\"); did you mean \"skip\"?"},
        Case{"Row26Type", in_run("\"optimizer\": {\"generator\": {\"type\": \"adma\"}}"),
             "c.json:2:38: optimizer.generator.type: not one of the choices (got \"adma\", "
             "expected \"adam\" or \"sgd\"); did you mean \"adam\"?"},
        Case{"Row28Newer", "{\"format\": 3}",
             "c.json:1:12: format: written for a newer gantrain (got format 3, this one reads "
             "format 1). Update gantrain"},
        Case{"FormatZero", "{\"format\": 0}",
             "c.json:1:12: format: not a format (got 0, expected 1)"},
        Case{"MissingType", "{\"model\": {}}",
             "c.json:1:11: model.type: missing (expected \"net\" or \"critic\")"},
        Case{"MissingSection", "{}",
             "c.json: model.type: missing (expected \"net\" or "
             "\"critic\")"},
        Case{"MissingPath", in_run("\"data\": {\"type\": \"folder\"}"),
             "c.json: data.path: missing (expected a path)"},
        Case{"EmptyPath", in_run("\"data\": {\"type\": \"folder\", \"path\": \"\"}"),
             "c.json:2:37: data.path: must not be empty (got \"\", expected a path)"},
        Case{"SectionIsNoObject", in_run("\"training\": 5"),
             "c.json:2:14: training: is a section (got 5, expected an object)"},
        Case{"Length", in_run("\"training\": {\"length\": \"5 parsecs\"}"),
             "c.json:2:25: training.length: not a length: unknown unit \"parsecs\" (got \"5 "
             "parsecs\"), expected a count with its unit: \"200 steps\", \"1 epoch\", \"50 "
             "kimg\", \"10 min\", \"3h50m\" or \"never\""},
        Case{"LengthNever", in_run("\"training\": {\"length\": \"never\"}"),
             "c.json:2:25: training.length: \"never\" is not allowed here (got \"never\", "
             "expected a length such as \"200 steps\", \"1 epoch\", \"50 kimg\" or \"10 min\")"},
        Case{"TextInTexts",
             in_run("\"data\": {\"type\": \"folder\", \"path\": \"x\", \"tags\": [\"a\", 1]}"),
             "c.json:2:56: data.tags[1]: wrong type (got 1, expected a text)"},
        Case{"ExtendsInAText", "{\"extends\": \"b.json\"}",
             "c.json:1:13: extends: not allowed here: this text is no file"}),
    [](const testing::TestParamInfo<Case>& tested) { return std::string(tested.param.name); });

TEST(ConfigErrors, ColumnsCountCharacters) {
  EXPECT_EQ(message_of("{\"name\": \"\xC3\xA4\xF0\x9F\x98\x80\", \"sead\": 1}"),
            "c.json:1:16: unknown key \"sead\"; did you mean \"seed\"?");
}

TEST(ConfigErrors, ExcerptsOfLongLinesAreCut) {
  const std::string message = message_of("{\"name\": \"" + std::string(5000, 'x') + "\" 5}");
  EXPECT_LT(message.size(), 400U);
  EXPECT_THAT(message, testing::StartsWith("c.json:1:5013: syntax error"));
}

TEST(ConfigErrors, OverridesNameThemselves) {
  EXPECT_EQ(message_of_set("model.latent_dm=3"),
            "--set model.latent_dm=3: unknown key \"latent_dm\" in model; did you mean "
            "\"latent_dim\"?");
  EXPECT_EQ(message_of_set("model.latent_dim=3.7"),
            "--set model.latent_dim=3.7: not an integer (got 3.7, expected an integer from 1 to "
            "4096)");
  EXPECT_EQ(message_of_set("model.latent_dim=x"),
            "--set model.latent_dim=x: wrong type (got \"x\", expected an integer from 1 to "
            "4096)");
  EXPECT_EQ(message_of_set("model.bias=1"),
            "--set model.bias=1: wrong type (got \"1\", expected true or false)");
  EXPECT_EQ(message_of_set("model.channels=5"),
            "--set model.channels=5: wrong type (got \"5\", expected an array of 1 to 8 integers "
            "from 1 to 8192). Write it as [1, 2]");
  EXPECT_EQ(message_of_set("model=3"),
            "--set model=3: \"model\" is a section (got \"3\", expected an object). Set its keys "
            "one by one");
  EXPECT_EQ(message_of_set("model.latent_dim"),
            "--set model.latent_dim: expected key.path=value, such as model.latent_dim=64");
  EXPECT_EQ(message_of_set(".a=1"),
            "--set .a=1: expected key.path=value, such as model.latent_dim=64");
  EXPECT_EQ(message_of_set("format=1"), "--set format=1: \"format\" stands in files only");
  EXPECT_EQ(message_of_set("modle.latent_dim=1"),
            "--set modle.latent_dim=1: unknown key \"modle\"; did you mean \"model\"?");
  EXPECT_EQ(message_of_set("model.type=nets"),
            "--set model.type=nets: not one of the choices (got \"nets\", expected \"net\" or "
            "\"critic\"); did you mean \"net\"?");
  EXPECT_EQ(message_of_set("training.batch_size=8"), "accepted");
}

TEST(ConfigErrors, SurviveFiveMillionBrackets) {
  EXPECT_EQ(message_of(std::string(5'000'000, '[')), "c.json: larger than 1 MiB");
  EXPECT_EQ(message_of(std::string(1'000'000, '[')), "c.json:1:65: nested deeper than 64");
}

TEST(ConfigErrors, EveryTruncationIsRefusedWithAMessage) {
  const std::string text =
      "// c\n{\"model\": {\"type\": \"net\", \"channels\": [1, 2], \"dropout\": 1e-1},\n"
      "/* x */ \"name\": \"\\u00e4\xC3\xA4\\n\", \"seed\": 12}";
  ASSERT_EQ(message_of(text), "accepted");
  for (size_t length = 0; length < text.size(); ++length) {
    EXPECT_THAT(message_of(text.substr(0, length)), testing::StartsWith("c.json"));
  }
}

TEST(ConfigErrors, EveryDamagedByteIsSurvived) {
  const std::string text =
      "{\"model\": {\"type\": \"net\", \"channels\": [1, 2], \"dropout\": 1e-1}, /* x */\n"
      "\"name\": \"\\u00e4\xC3\xA4\\n\", \"seed\": 12}";
  for (size_t at = 0; at < text.size(); ++at) {
    for (const char byte :
         {'\0', '"', '{', '}', '[', ',', ':', '/', '*', '\\', '\n', '\xFF', '9'}) {
      std::string damaged = text;
      damaged[at] = byte;
      EXPECT_FALSE(message_of(damaged).empty());
    }
  }
}

}  // namespace
}  // namespace gantrain

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gantrain/config/config.h"
#include "gantrain/core/error.h"

#include "config/made_up_schema.h"

namespace gantrain {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json schema_of_made_up() {
  return json::parse(config_json_schema(made_up_schema()));
}

TEST(ConfigJsonSchema, KeepsTypeRangeDefaultAndHelp) {
  const json schema = schema_of_made_up();
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_EQ(schema["properties"]["training"]["properties"]["batch_size"],
            json::parse(R"({"type": "integer", "minimum": 1, "maximum": 65536,
                            "description": "Images per step.", "default": 64})"));
  EXPECT_EQ(schema["properties"]["optimizer"]["properties"]["generator"]["properties"]["betas"],
            json::parse(R"({"type": "array", "minItems": 2, "maxItems": 2,
                            "items": {"type": "number", "minimum": 0.0, "exclusiveMaximum": 1.0},
                            "description": "Decay of the moments.", "default": [0.5, 0.999]})"));
}

TEST(ConfigJsonSchema, AllowsTheKeysOfTheChosenVariantOnly) {
  const json model = schema_of_made_up()["properties"]["model"];
  EXPECT_EQ(model["properties"]["type"]["enum"], json::parse(R"(["net", "critic"])"));
  EXPECT_EQ(model["properties"]["latent_dim"]["anyOf"].size(), 2U);
  ASSERT_EQ(model["allOf"].size(), 2U);
  EXPECT_EQ(model["allOf"][1]["if"]["properties"]["type"]["const"], "critic");
  EXPECT_EQ(model["allOf"][1]["then"]["propertyNames"]["enum"],
            json::parse(R"(["type", "latent_dim", "n_critic"])"));
  EXPECT_EQ(model["allOf"][1]["then"]["properties"]["latent_dim"]["maximum"], 64);
}

TEST(ConfigJsonSchema, AsksForATypeWithoutDefaultUnlessABaseMayHaveIt) {
  EXPECT_EQ(schema_of_made_up()["anyOf"], json::parse(R"([{"required": ["extends"]},
                            {"required": ["model"],
                             "properties": {"model": {"required": ["type"]}}}])"));
}

TEST(ConfigJsonSchema, RefusesNeverWhereItIsNotAllowed) {
  const json training = schema_of_made_up()["properties"]["training"]["properties"];
  EXPECT_EQ(training["length"]["not"], json::parse(R"({"const": "never"})"));
  EXPECT_FALSE(training["every"].contains("not"));
}

TEST(ConfigReference, ListsEveryKeyWithItsRange) {
  const std::string text = config_reference(made_up_schema());
  EXPECT_THAT(text, HasSubstr("## `optimizer.discriminator`"));
  EXPECT_THAT(text, HasSubstr("### `model` of type `critic`"));
  EXPECT_THAT(text, HasSubstr("| `learning_rate` | a number above 0 and of at most 10 | `0.0002` | "
                              "free | Step size. |"));
}

TEST(StarterConfig, LoadsAsTheDefaults) {
  const std::string text = starter_config(made_up_schema(), {{"model", "critic"}});
  const Config config = parse_config(text, "starter", made_up_schema());
  EXPECT_EQ(config.section("model").type, "critic");
  const Config plain = parse_config(R"({"model": {"type": "critic"}})", "plain", made_up_schema());
  EXPECT_EQ(config.to_json(), plain.to_json());
}

TEST(StarterConfig, LoadsWithEveryCommentTakenAway) {
  std::string text = starter_config(made_up_schema(), {{"data", "folder"}, {"model", "net"}});
  EXPECT_NO_THROW(parse_config(text, "starter", made_up_schema()));
  size_t active = 0;
  for (size_t at = text.find("// \""); at != std::string::npos; at = text.find("// \"", at)) {
    text.erase(at, 3);
    ++active;
  }
  EXPECT_GT(active, 8U);
  EXPECT_NO_THROW(parse_config(text, "starter", made_up_schema()));
}

TEST(StarterConfig, NamesTheNearestType) {
  try {
    starter_config(made_up_schema(), {{"model", "nett"}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "model.type: unknown type \"nett\" (expected \"net\" or \"critic\"); did you mean "
                 "\"net\"?");
  }
}

}  // namespace
}  // namespace gantrain

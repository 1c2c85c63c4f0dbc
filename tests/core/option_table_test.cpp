#include "gantrain/core/option_table.h"

#include <gtest/gtest.h>

namespace gantrain {
namespace {

enum class Color { kRed, kBlue };

struct Paint {
  int64_t coats = 2;
  double gloss = 0.5;
  Color color = Color::kBlue;
};

OptionTable paint_options() {
  return OptionTable::of<Paint>(
             "Paint.",
             {
                 integer("coats", &Paint::coats, "Layers.").range(1, 9).unit("layers"),
                 number("gloss", &Paint::gloss, "Shine.").range(0, 1.5).above_minimum(),
                 choice("color", &Paint::color, {{"red", Color::kRed}, {"blue", Color::kBlue}},
                        "Colour."),
             })
      .check<Paint>([](const Paint& paint) -> std::optional<OptionConflict> {
        if (paint.color == Color::kRed && paint.coats < 2) {
          return OptionConflict{"coats", "red needs two coats"};
        }
        return std::nullopt;
      });
}

TEST(OptionTable, ReadsDefaultsFromTheStruct) {
  const OptionTable table = paint_options();
  const std::any paint = table.make_default();
  EXPECT_EQ(std::get<int64_t>(table.find("coats")->get(paint)), 2);
  EXPECT_EQ(std::get<double>(table.find("gloss")->get(paint)), 0.5);
  EXPECT_EQ(std::get<std::string>(table.find("color")->get(paint)), "blue");
  EXPECT_EQ(table.find("colour"), nullptr);
}

TEST(OptionTable, WritesThroughToTheMember) {
  const OptionTable table = paint_options();
  std::any paint = table.make_default();
  table.find("coats")->set(paint, int64_t{7});
  table.find("color")->set(paint, std::string("red"));
  EXPECT_EQ(std::any_cast<const Paint&>(paint).coats, 7);
  EXPECT_EQ(std::any_cast<const Paint&>(paint).color, Color::kRed);
}

TEST(OptionTable, KeepsWholeAndFractionalBounds) {
  const OptionTable table = paint_options();
  EXPECT_EQ(table.find("coats")->maximum_integer, 9);
  EXPECT_EQ(table.find("gloss")->maximum_number, 1.5);
  EXPECT_TRUE(table.find("gloss")->minimum_excluded);
}

TEST(OptionTable, ReportsTheFirstConflict) {
  const OptionTable table = paint_options();
  std::any paint = table.make_default();
  EXPECT_FALSE(table.conflict(paint).has_value());
  std::any_cast<Paint&>(paint) = {1, 0.5, Color::kRed};
  ASSERT_TRUE(table.conflict(paint).has_value());
  EXPECT_EQ(table.conflict(paint)->key, "coats");
}

}  // namespace
}  // namespace gantrain

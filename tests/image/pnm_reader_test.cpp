#include "image/image_bytes.h"

namespace gantrain {
namespace {

using Bytes = std::vector<uint8_t>;

std::vector<uint16_t> samples16(const Image& image) {
  EXPECT_EQ(image.bits, 16);
  return {image.samples16(), image.samples16() + image.pixels.size() / 2};
}

TEST(PnmReader, ReadsAllFourKinds) {
  EXPECT_EQ(decode_image("P5 3 1 255\nabc").pixels, (Bytes{'a', 'b', 'c'}));
  EXPECT_EQ(decode_image("P6\n1 2\n255\nabcdef").pixels, (Bytes{'a', 'b', 'c', 'd', 'e', 'f'}));
  EXPECT_EQ(decode_image("P2 3 1 255 7 0\n255").pixels, (Bytes{7, 0, 255}));
  EXPECT_EQ(decode_image("P3 1 1 255 1 2 3 ").pixels, (Bytes{1, 2, 3}));
  EXPECT_EQ(decode_image("P3 1 1 255 1 2 3 ").channels, 3);
}

TEST(PnmReader, PassesOverComments) {
  const std::string bytes = "P5#one\n# two\r\n2 # three\n1\n255\nab";
  EXPECT_EQ(decode_image(bytes).pixels, (Bytes{'a', 'b'}));
  EXPECT_EQ(read_image_header(bytes, bytes.size())->width, 2);
  EXPECT_EQ(decode_image("P2 2 1 255 1 # ...\n 2").pixels, (Bytes{1, 2}));
}

TEST(PnmReader, Keeps16Bits) {
  EXPECT_EQ(samples16(decode_image(std::string("P5 2 1 65535\n\x01\x02\xff\xff", 17))),
            (std::vector<uint16_t>{0x0102, 0xffff}));
  EXPECT_EQ(samples16(decode_image("P2 2 1 65535 258 65535")), (std::vector<uint16_t>{258, 65535}));
  EXPECT_EQ(samples16(decode_image("P2 3 1 1000 0 500 1000")),
            (std::vector<uint16_t>{0, 32768, 65535}));
}

TEST(PnmReader, SpreadsOtherMaxima) {
  EXPECT_EQ(decode_image("P2 3 1 15 0 1 15").pixels, (Bytes{0, 17, 255}));
  EXPECT_EQ(decode_image("P2 2 1 100 50 100").pixels, (Bytes{128, 255}));
}

TEST(PnmReader, RefusesEveryTruncation) {
  for (const std::string& bytes :
       {std::string("P5 3 2 255\nabcdef"), std::string("P6 1 2 300\nabcdefghijkl"),
        std::string("P2 2 2 255 10 20 30 4")}) {
    for (size_t size = 3; size < bytes.size(); ++size) {
      const std::string message = decode_error(ImageFault::kDamaged, bytes.substr(0, size));
      EXPECT_NE(message.find("ends early"), std::string::npos) << size << ": " << message;
    }
  }
}

TEST(PnmReader, RefusesWhatIsWrong) {
  EXPECT_EQ(decode_error(ImageFault::kDamaged, "P5 2 1 0\nab"),
            "a maxval of 0 (expected 1 to 65535)");
  EXPECT_EQ(decode_error(ImageFault::kDamaged, "P5 2 1 70000\nab"),
            "a maxval of 70000 (expected 1 to 65535)");
  EXPECT_EQ(decode_error(ImageFault::kDamaged, "P2 2 1 9 4 10"),
            "a sample of 10, more than its maxval of 9");
  EXPECT_EQ(decode_error(ImageFault::kDamaged, "P5 2 x 255\nab"), "no number at byte 5");
  EXPECT_EQ(decode_error(ImageFault::kDamaged, "P5 12345678901 1 255\nab"),
            "a number of more than 9 digits at byte 3");
  EXPECT_EQ(decode_error(ImageFault::kDamaged, "P5 0 1 255\nab"), "its header says 0x1 pixels");
  EXPECT_EQ(decode_error(ImageFault::kTooLarge, "P5 9000 9000 255\nab"),
            "9000x9000 exceeds max_image_pixels 64 Mpx");
}

}  // namespace
}  // namespace gantrain

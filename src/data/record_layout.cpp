#include "data/record_layout.h"

#include <utility>

namespace gantrain {

RecordLayout lay_out(const PicturePlan& plan, const RecordMaker& maker, const HeaderScan& headers) {
  RecordLayout layout;
  auto offsets = std::make_shared<std::vector<uint64_t>>();
  offsets->reserve(static_cast<size_t>(maker.count()) + 1);
  offsets->push_back(0);
  const auto header_is_bad = [&](int64_t file) {
    return file >= 0 && headers.facts[static_cast<size_t>(file)].width == 0;
  };
  for (int64_t record = 0; record < maker.count(); ++record) {
    const PicturePlan::Item& files = maker.item(record);
    uint64_t bytes = 0;
    if (header_is_bad(files.image) || header_is_bad(files.input)) {
      layout.skip.push_back(record);
    } else {
      BadPicture problem = try_picture(*plan.source, files.image, [&] {
        bytes = static_cast<uint64_t>(maker.shape(record).bytes());
      });
      if (!problem.kind.empty()) {
        layout.skip.push_back(record);
        layout.bad.push_back(std::move(problem));
      }
    }
    offsets->push_back(offsets->back() + bytes);
  }
  layout.offsets = std::move(offsets);
  return layout;
}

}  // namespace gantrain

#pragma once

#include <memory>
#include <string>

#include "gantrain/data/dataset.h"
#include "gantrain/data/registry.h"

#include "data/picture_types.h"

namespace gantrain {

// Reads every header, then every image, before training starts: what cannot be used is listed or
// left out, as the options say. Decoded images stay in memory when they fit, else in
// context.cache_file, else (no such file, data.cache "off", a full disk) they are decoded each
// time. What the scan found goes to the log. Throws Error(kData), Error(kConfig) beginning with
// `where`, Stopped.
std::shared_ptr<const Dataset> open_picture_dataset(PlannedPictures planned,
                                                    const BatchGeometry& geometry,
                                                    const std::string& where,
                                                    const DataContext& context);

}  // namespace gantrain

#pragma once

#include <any>
#include <memory>
#include <string>
#include <vector>

#include "gantrain/config/schema.h"
#include "gantrain/data/dataset.h"

namespace gantrain {

// Every data set that a configuration can name, once: the variants of the section "data".
const std::vector<SectionVariant>& dataset_variants();

// Opens and checks the data set `type` with its options struct. Throws Error(kData) with the file
// and what is wrong with it, or Error(kConfig), beginning with `where` (the place of the section
// "data"), when the options do not go with the geometry.
std::shared_ptr<const Dataset> open_dataset(const std::string& type, const std::any& options,
                                            const ImageGeometry& geometry,
                                            const std::string& where);

}  // namespace gantrain

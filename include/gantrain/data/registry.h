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

// Opens and checks the data set `type` with its options struct. `where` begins messages about the
// configuration. Throws Error(kData) with the file and what is wrong with it.
std::shared_ptr<const Dataset> open_dataset(const std::string& type, const std::any& options,
                                            const ImageGeometry& geometry,
                                            const std::string& where);

}  // namespace gantrain

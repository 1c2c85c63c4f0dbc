#pragma once

#include <any>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "gantrain/config/schema.h"
#include "gantrain/core/stop_check.h"
#include "gantrain/data/dataset.h"

namespace gantrain {

// What a data set may use besides its options.
struct DataContext {
  // For decoded images that do not fit into memory; empty: there is no place for them.
  std::filesystem::path cache_file;
  StopCheck stopped;   // asked while files are read
  bool quiet = false;  // bad files and findings do not go to the log
};

// Every data set that a configuration can name, once: the variants of the section "data".
const std::vector<SectionVariant>& dataset_variants();

// The options of a type, or nullptr.
const OptionTable* dataset_table(const std::string& type);

// Sets one key of the type's options struct; where the type does not have the key, nothing.
void set_dataset_option(const std::string& type, const std::string& key, const OptionValue& value,
                        std::any& options);

// How many bits a sample of the images has, 8 or 16.
int dataset_bits(const std::string& type, const std::any& options);

// Opens and checks the data set `type` with its options struct. Throws Error(kData) with the file
// and what is wrong with it, Error(kConfig), beginning with `where` (the place of the section
// "data"), when the options do not go with the geometry or there are other classes than its, or
// Stopped.
std::shared_ptr<const Dataset> open_dataset(const std::string& type, const std::any& options,
                                            const BatchGeometry& geometry, const std::string& where,
                                            const DataContext& context = {});

}  // namespace gantrain

#include "data/picture_types.h"

#include <type_traits>

#include "data/folder_dataset.h"

namespace gantrain {
namespace {

template <typename Options, PicturePlan (*kPlan)(const Options&, const StopCheck&)>
PlannedPictures plan_with(const std::any& any, const StopCheck& stopped) {
  const auto& options = std::any_cast<const Options&>(any);
  PlannedPictures planned{kPlan(options, stopped), options, std::nullopt};
  if constexpr (std::is_same_v<Options, DerivedOptions>) {
    planned.derived = options;
  }
  return planned;
}

}  // namespace

const std::vector<PictureType>& picture_types() {
  static const std::vector<PictureType> types = {
      {"folder", folder_options, false, plan_with<FolderOptions, plan_folder>},
      {"classes", classes_options, false, plan_with<ClassesOptions, plan_classes>},
      {"zip", zip_options, false, plan_with<ZipOptions, plan_zip>},
      {"paired", paired_options, true, plan_with<PairedOptions, plan_paired>},
      {"paired_folders", paired_folders_options, true,
       plan_with<PairedFoldersOptions, plan_paired_folders>},
      {"unpaired", unpaired_options, true, plan_with<UnpairedOptions, plan_unpaired>},
      {"derived", derived_options, false, plan_with<DerivedOptions, plan_derived>},
  };
  return types;
}

const PictureType* find_picture_type(const std::string& name) {
  for (const PictureType& type : picture_types()) {
    if (name == type.name) {
      return &type;
    }
  }
  return nullptr;
}

}  // namespace gantrain

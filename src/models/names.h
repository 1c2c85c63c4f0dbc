#pragma once

namespace gantrain {

// Names that several models share: of networks (keys of checkpoints) and of optimizers (sections of
// the configuration), and of what prepare() leaves for the phases.
inline constexpr const char* kGenerator = "generator";
inline constexpr const char* kDiscriminator = "discriminator";
inline constexpr const char* kFakes = "fakes";
inline constexpr const char* kLabels =
    "labels";  // the fakes' classes; also the stream of its draws

}  // namespace gantrain

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "gantrain/training/generator_file.h"

namespace gantrain {

enum class WeightFormat { kPt, kSafetensors };

struct ExportedWeights {
  std::string network;
  int64_t tensors = 0;
  int64_t values = 0;
};

// Writes one network of a file of ours, or of a run folder, as the plain state dict that other
// programs take: keys and shapes of the published networks, contiguous, on the host. kPt: a
// dictionary for torch.load(weights_only=True) and load_state_dict(strict=True). kSafetensors: the
// same, with the configuration, the step and the network's name as metadata. network: "" where
// there is one generator; a training checkpoint has its discriminators too. Throws
// Error(kCheckpoint) (not ours, no such network), Error(kUsage) (several, none named),
// Error(kOutput).
ExportedWeights export_weights(const std::filesystem::path& source, WeightChoice weights,
                               const std::string& network, WeightFormat format,
                               const std::filesystem::path& out);

}  // namespace gantrain

#include "gantrain/models/gan_model.h"

namespace gantrain {

void GanModel::prepare(StepContext&) {}

void GanModel::after_update(const Phase&, UpdateContext&) {}

void GanModel::visit_state(StateVisitor&) {}

void GanModel::place_state(torch::Device, torch::ScalarType) {}

}  // namespace gantrain

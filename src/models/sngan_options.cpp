#include "gantrain/models/sngan_options.h"

#include <string>
#include <utility>

#include "models/sngan_layout.h"

namespace gantrain {
namespace {

// A member of SnganOptions as one of the struct that begins with it.
template <typename O, typename T>
T O::*of_sngan(T SnganOptions::*member) {
  return member;
}

template <typename O>
OptionTable sngan_table(std::string help) {
  using S = SnganOptions;
  return OptionTable::of<O>(
             std::move(help),
             {
                 integer("resolution", of_sngan<O>(&S::resolution),
                         "Side of the square images: 4 times a power of two.")
                     .range(int64_t{8}, int64_t{512})
                     .unit("px")
                     .known_elsewhere_as({"img_size", "image_size", "size"}),
                 integer("image_channels", of_sngan<O>(&S::image_channels),
                         "1 for grey, 3 for colour.")
                     .range(int64_t{1}, int64_t{4})
                     .known_elsewhere_as({"nc", "channels"}),
                 integer("latent_dim", of_sngan<O>(&S::latent_dim), "Size of the latent vector z.")
                     .range(int64_t{1}, int64_t{4096})
                     .known_elsewhere_as({"nz", "z_dim"}),
                 integer("classes", of_sngan<O>(&S::classes),
                         "Classes of the data, which both networks are told (batch norms per class "
                         "in the generator, projection in the discriminator); 0 = unconditional.")
                     .range(int64_t{0}, int64_t{100'000})
                     .known_elsewhere_as({"n_classes", "num_classes"}),
                 integers("generator_channels", of_sngan<O>(&S::generator_channels),
                          "Widths of the first map and of each block, which doubles it; [] = 256 "
                          "each up to 32 px, beyond that 64 at the image, doubling inwards up to "
                          "1024.")
                     .range(int64_t{1}, int64_t{8192})
                     .items(0, 10)
                     .known_elsewhere_as({"ngf"}),
                 boolean("generator_spectral", of_sngan<O>(&S::generator_spectral),
                         "Spectral norm in the generator, arXiv:1805.08318."),
                 integers("discriminator_channels", of_sngan<O>(&S::discriminator_channels),
                          "Widths of the blocks; [] = four of 128 up to 32 px, beyond that 64 at "
                          "the image, doubling inwards up to 1024.")
                     .range(int64_t{1}, int64_t{8192})
                     .items(0, 12)
                     .known_elsewhere_as({"ndf"}),
                 integer("discriminator_downs", of_sngan<O>(&S::discriminator_downs),
                         "How many of the first blocks halve the map; 0 = two up to 32 px, beyond "
                         "that until it is 4 px wide.")
                     .range(int64_t{0}, int64_t{10}),
                 boolean("discriminator_spectral", of_sngan<O>(&S::discriminator_spectral),
                         "Spectral norm in the discriminator, arXiv:1802.05957.")
                     .known_elsewhere_as({"spectral_norm"}),
                 boolean("minibatch_stddev", of_sngan<O>(&S::minibatch_stddev),
                         "One more channel after the discriminator's last block: how much groups "
                         "of up to 4 pictures differ, arXiv:1710.10196."),
                 integer("attention_size", of_sngan<O>(&S::attention_size),
                         "Self-attention in both networks, behind the block whose map is the "
                         "largest of at most this side; 0 = none.")
                     .range(int64_t{0}, int64_t{128})
                     .unit("px"),
             })
      .template check<O>([](const O& options) {
        std::optional<OptionConflict> conflict;
        sngan_layout(options, conflict);
        return conflict;
      });
}

}  // namespace

const OptionTable& sngan_options() {
  static const OptionTable table =
      sngan_table<SnganOptions>("Residual networks with spectral norm, arXiv:1802.05957.");
  return table;
}

const OptionTable& sagan_options() {
  static const OptionTable table = sngan_table<SaganOptions>(
      "SNGAN's networks with self-attention, spectral norm in both, arXiv:1805.08318.");
  return table;
}

}  // namespace gantrain

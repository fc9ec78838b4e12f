//! The text of the `collection.toml` that `init` writes.

use std::fmt::Write as _;
use std::path::Path;

use traitpress::geometry::Size;
use traitpress::project::{Project, Rarities, RarityKind};

use super::Place;
use super::sizes::OddSizes;

/// What the file contains beside its comments.
pub(super) struct Contents<'a> {
    pub(super) project: &'a Project,
    /// The folder of the layers, relative to the project, if it is not `layers`.
    pub(super) layers_folder: Option<&'a Path>,
    /// The schema, relative to the project.
    pub(super) schema: &'a str,
    pub(super) count: u32,
    /// Unknown where no picture can be read.
    pub(super) size: Option<Size>,
    pub(super) places: &'a [Place],
    pub(super) odd: Option<&'a OddSizes>,
    pub(super) rarities: Option<(RarityKind, &'a Rarities)>,
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

impl Contents<'_> {
    pub(super) fn text(&self) -> String {
        let Self { project, schema, count, .. } = self;
        let size = match self.size {
            Some(Size { width, height }) => format!("size = [{width}, {height}]\n"),
            None => "# size = [1000, 1000]\n".to_owned(),
        };
        let layers_folder = match self.layers_folder {
            Some(folder) => format!(
                "# The folder that contains the layer folders.\nlayers_folder = {}\n\n",
                quoted(&folder.to_string_lossy().replace('\\', "/"))
            ),
            None => String::new(),
        };
        let mut text = format!(
            "#:schema {schema}\n\
             # A collection for traitpress. Text after a # is a comment, or a setting that is not in use.\n\n\
             name = {}\n# description = \"\"\n\n\
             # Width and height of every picture, in pixels.\n{size}\n\
             # The number of items, the number of the first item, and the seed of the selection.\n\
             count = {count}\n# start = 1\n# seed = 1\n\n\
             # The start of `image` in metadata. Without it the address is relative.\n# base_uri = \"ipfs://...\"\n\n\
             # A colour below all layers: \"#rgb\", \"#rrggbb\" or \"#rrggbbaa\".\n# background = \"#ffffff\"\n\n\
             {}# scale_filter = \"lanczos3\"\n\n\
             {layers_folder}\
             # The layers, back to front. Each picture in a layer's folder is a trait; `Name#5.png` is chosen five times\n\
             # as often as `Other.png`, and an empty file `None#3` leaves the layer out with that weight.\n",
            quoted(&project.name),
            self.fit()
        );
        self.layers(&mut text);
        self.traits(&mut text);
        text.push_str(EXAMPLES);
        text
    }

    fn fit(&self) -> String {
        let Some(odd) = self.odd else {
            return "# Pictures of another size are an error, unless they are scaled to the canvas\n\
                    # (scale_filter = \"nearest\" keeps pixel art sharp) or placed at their layer's offset.\n\
                    # fit = \"scale\"\n"
                .to_owned();
        };
        let (fit, other) = odd.fits();
        let mut text = "# Pictures of another size than the canvas:\n".to_owned();
        for group in &odd.groups {
            let _ = writeln!(text, "#     {group}");
        }
        let _ = write!(
            text,
            "# \"scale\" scales them to the canvas in their own proportions (scale_filter = \"nearest\" keeps pixel art\n\
             # sharp); \"place\" puts them at their layer's offset, pixel by pixel, and cuts off what is outside.\n\
             fit = \"{fit}\"\n# fit = \"{other}\"\n"
        );
        text
    }

    fn layers(&self, text: &mut String) {
        for (number, Place { layer, folder, .. }) in self.places.iter().enumerate() {
            let _ = write!(text, "\n[[layers]]\nname = {}\n", quoted(layer));
            if let Some(folder) = folder {
                let _ = writeln!(text, "folder = {}", quoted(folder));
            }
            if number == 0 {
                text.push_str(
                    "# chance = 1.0      # probability that an item shows the layer\n\
                     # opacity = 1.0     # 0.0 is invisible\n\
                     # blend = \"normal\"  # or multiply, screen, overlay, darken and the other modes of CSS\n\
                     # unique = true     # false: items that differ only here count as equal\n\
                     # offset = [0, 0]   # position of its pictures, with fit = \"place\"\n",
                );
            }
        }
    }

    fn traits(&self, text: &mut String) {
        let Some((kind, rarities)) = self.rarities else { return };
        let key = if kind == RarityKind::Count { "count" } else { "weight" };
        text.push_str("\n[traits]\n");
        for (name, number) in &rarities.settings {
            // Six digits behind the point are as exact as weights are.
            let number = (number * 1e6).round() / 1e6;
            let _ = writeln!(text, "{} = {{ {key} = {number} }}", quoted(&self.renamed(name)));
        }
    }

    /// A reference to a trait, `Layer/Trait`, with the name that its layer has in the file.
    fn renamed(&self, reference: &str) -> String {
        let item =
            |place: &Place| reference.strip_prefix(&*place.before)?.strip_prefix('/').map(str::to_owned);
        let found = self.places.iter().find_map(|place| Some((place, item(place)?)));
        found.map_or_else(|| reference.to_owned(), |(place, item)| format!("{}/{item}", place.layer))
    }
}

/// Settings that are not in use, as examples.
const EXAMPLES: &str = "
# Rules hold for every item. A reference is \"Layer/Trait\", \"Layer\" (any trait), \"Layer/none\" or \"#tag\":
#
#     [[rules]]
#     forbid = [\"Hat/Crown\", \"Body/Robot\"]           # never together
#
#     [[rules]]
#     when = \"Hat/Hood\"
#     require = [\"Hair/none\", \"Hair/Short\"]         # one of these; or allow = [..], or forbid = [..]
#
#     [[unique]]
#     layers = [\"Body\", \"Eyes\"]                    # no two items have the same combination
#
#     [traits.\"Hat/Crown\"]
#     weight = 0.5                                # or count = 7, or min = 5 and max = 9
#     tags = [\"royal\"]

# One-of-ones: finished pictures that are items of the collection, included in `count`.
#
#     [[ones]]
#     image = \"ones/Golden King.png\"
#     name = \"Golden King\"
#     edition = 7                                # random by default
#     attributes = { Background = \"Gold\", Power = 9 }

# Other contents of the metadata. Layers also accept display_name = \"..\" and hidden = true, and
# [traits.\"Hat/Crown\"] accepts display_name.
#
#     [metadata]
#     standard = \"erc721\"                        # or metaplex, tezos, cardano, csv, jsonl, several, or none
#     external_url = \"https://../{edition}\"      # and animation_url, background_color
#     show_absent = \"None\"                       # value for absent layers
#     number_width = 4                           # #0007 in names
#     file_name = \"{Body}-{edition:04}\"         # file names of images, without .png
#     attributes = { Generation = 1 }            # of every item
#     display_types = { Generation = \"number\" }
#     symbol = \"CATS\"
#     seller_fee_basis_points = 500              # 5 %
#     creators = [{ address = \"..\", share = 100 }]
#     policy_id = \"..\"                           # for cardano
";

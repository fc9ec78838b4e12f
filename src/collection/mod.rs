//! Load and check a project: layers, traits, weights, pictures.

mod art;
mod blending;
mod config;
mod decode;
mod fingerprint;
pub(crate) mod fit;
mod header;
mod metadata_settings;
mod metadata_table;
mod names;
mod one_art;
mod one_settings;
mod ones;
mod open;
mod palette;
mod problem;
mod profile;
mod project;
mod raster;
mod resolve;
mod rule;
mod rule_settings;
mod scan;
mod standard;
mod store;
pub(crate) mod template;
#[cfg(test)]
mod tests_decode;
#[cfg(test)]
mod tests_ones;
#[cfg(test)]
mod tests_open;
#[cfg(test)]
mod tests_store;
mod values;

pub use art::{Tile, TraitArt, TraitId};
pub(crate) use metadata_settings::check_settings;
pub use metadata_settings::{Creator, DisplayType, LayerText, MetadataSettings};
pub(crate) use names::{nearest, nfc};
pub use one_art::OneArt;
pub use ones::{Attribute, AttributeValue, One};
pub(crate) use problem::{Escaped, quoted};
pub use problem::{Problem, ProjectError};
pub use project::{Fit, Layer, MILLION, PredictSettings, Project, ScaleFilter, Trait};
pub(crate) use raster::Scratch as PictureScratch;
pub use rule::{Amount, Choices, Group, GroupOrder, Rarity, Reference, Rule, RuleKind};
pub use standard::Standard;
pub(crate) use store::ArtStore;
pub use store::{ReloadError, TraitUse};

/// Every trait of a project, decoded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Art {
    /// The canvas and its tiles.
    pub grid: crate::tiling::Grid,
    /// By [`TraitId`]; one more at the end when the project has a background colour. Under a budget for traits those
    /// of an engine hold no pixels.
    pub traits: Vec<TraitArt>,
    /// The background colour's own id, always at the bottom.
    pub ground: Option<TraitId>,
    /// The distinct visible premultiplied colours of all traits, sorted, if they are at most 256, every alpha in the
    /// art is 0 or 255 (fully transparent is not among them), and no layer's blend mode mixes them to others.
    pub palette: Option<Vec<crate::pixel::Pixel>>,
    /// The one RGB ICC profile that every picture carries.
    pub icc_profile: Option<Vec<u8>>,
    /// By [`TraitId`], what [`TraitArt::digest`] gives.
    pub digests: Vec<blake3::Hash>,
    /// What is known of the pictures of [`Project::ones`], in their order; their pixels are decoded when they are written.
    pub ones: Vec<OneArt>,
    /// Things that do not stop a run but that the artist should know.
    pub warnings: Vec<Problem>,
}

impl Art {
    /// Bytes of memory that the decoded traits take when all pixels are held.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.traits.iter().map(TraitArt::bytes).sum()
    }
}

#[cfg(any(test, feature = "gpu"))]
impl Art {
    /// Art without files or a project, as made-up checks and tests need it.
    pub(crate) fn of_tiles(grid: crate::tiling::Grid, traits: Vec<TraitArt>) -> Self {
        Self {
            grid,
            traits,
            ground: None,
            palette: None,
            icc_profile: None,
            digests: Vec::new(),
            ones: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

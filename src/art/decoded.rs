//! All art of a project.

use crate::art::one_art::OneArt;
use crate::art::trait_art::TraitArt;
use crate::files::Digest;
use crate::geometry::TraitId;
use crate::pixel::Arithmetic;
use crate::project::Problem;

/// Every trait of a project, decoded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Art {
    /// The canvas and its tiles.
    pub grid: crate::geometry::Grid,
    /// What the pixels of traits are, and what is composited from them.
    pub arithmetic: Arithmetic,
    /// By [`TraitId`]; one more at the end when the project has a background colour. Under a budget for traits those
    /// of an engine hold no pixels.
    pub traits: Vec<TraitArt>,
    /// The background colour's own id, always at the bottom.
    pub background: Option<TraitId>,
    /// Whether some pictures are clipped or masks.
    pub has_roles: bool,
    /// The distinct visible colours of all traits, sorted, if they are at most 256, every alpha in the
    /// art is 0 or 255 (fully transparent is not among them), and no layer's blend mode mixes them to others.
    pub palette: Option<Vec<crate::pixel::Pixel>>,
    /// The one RGB ICC profile that every picture carries.
    pub icc_profile: Option<Vec<u8>>,
    /// By [`TraitId`], what [`TraitArt::digest`] gives.
    pub digests: Vec<Digest>,
    /// What is known of the pictures of [`Project::ones`](crate::project::Project::ones), in their order; their pixels are decoded when they are written.
    pub ones: Vec<OneArt>,
    /// Things that do not stop a run but that the artist should see.
    pub warnings: Vec<Problem>,
    /// What was done in the only way that there is, although something is lost by it.
    pub notes: Vec<Problem>,
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
    pub(crate) fn of_tiles(grid: crate::geometry::Grid, traits: Vec<TraitArt>) -> Self {
        Self {
            grid,
            arithmetic: Arithmetic::Premultiplied,
            has_roles: traits.iter().any(|of| of.role() != crate::project::Role::Drawn),
            traits,
            background: None,
            palette: None,
            icc_profile: None,
            digests: Vec::new(),
            ones: Vec::new(),
            warnings: Vec::new(),
            notes: Vec::new(),
        }
    }
}

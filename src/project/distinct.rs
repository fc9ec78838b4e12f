//! By what the items of a collection differ.

use std::sync::Arc;

/// By what items differ: the key `distinct`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Distinct {
    /// By the names of their traits.
    #[default]
    Items,
    /// By what is visible: what each trait does to a picture, by layer and trait.
    ///
    /// [`Project::open`](super::Project::open) reads the pictures for it.
    Pictures(Arc<[Vec<PictureClass>]>),
}

impl Distinct {
    /// Whether items differ by what is visible.
    #[must_use]
    pub fn by_pictures(&self) -> bool {
        matches!(self, Self::Pictures(_))
    }
}

/// What a trait does to a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PictureClass {
    /// It shows nothing.
    Empty,
    /// Every pixel of it is covered, whatever the layers above show.
    Covered,
    /// It shows something.
    Shows {
        /// Equal for traits with the same pixels and blend mode, in whatever layer.
        pixels: u32,
        /// Whether everything below it is hidden, in every picture.
        hides_all: bool,
    },
}

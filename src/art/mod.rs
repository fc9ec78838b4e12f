//! The decoded pictures of a project.
//!
//! All headers are read first and decide the canvas; then pictures are decoded in parallel, one canvas and one picture a
//! thread. When all are there, `storage` says whether pictures store alpha, which decides the arithmetic, and traits are
//! converted to it. A trait is kept as tiles; `store` lends pixels within a memory budget.

mod canvas_size;
mod classes;
mod coarse;
mod decode;
mod decoded;
mod earlier;
mod fit;
mod held_pixels;
mod layer_order;
mod odd_sizes;
mod on_canvas;
mod one_art;
mod open;
mod palette;
mod placement;
mod profile;
mod storage;
mod store;
#[cfg(test)]
mod tests_decode;
#[cfg(test)]
mod tests_ones;
#[cfg(test)]
mod tests_store;
#[cfg(test)]
mod tests_trait_art;
mod touching;
mod trait_art;
mod undecided;

pub use decoded::Art;
pub(crate) use fit::{resize, scale};
pub use layer_order::{LayerCoverage, guess_order};
pub use odd_sizes::{OddSize, odd_sizes};
pub use one_art::OneArt;
pub(crate) use storage::Storage;
pub use store::ReloadError;
pub(crate) use store::{ArtStore, StoreOptions};
pub use trait_art::{Tile, TraitArt};

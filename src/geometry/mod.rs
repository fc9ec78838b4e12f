//! Where things are on the canvas: sizes, the tile grid, places of spans, and the numbers of traits.
//!
//! Ground: nothing here imports anything of ours.

mod grid;
mod place;
mod trait_id;

pub use grid::{Grid, MAX_SIDE, Size};
pub(crate) use place::Place;
pub use trait_id::TraitId;

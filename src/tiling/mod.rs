//! From an item's traits to the spans of pixels that it shows.

mod grid;

pub use grid::{Grid, MAX_SIDE, Size};

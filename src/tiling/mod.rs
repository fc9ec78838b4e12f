//! From an item's traits to the spans of pixels that it shows.
//!
//! `grid` cuts the canvas into tiles, `scan` finds which traits show where and merges equal neighbours to spans,
//! `items` are many items together, `stacks` gives equal stacks equal numbers. No pixel is looked at here: coverage alone decides.

mod items;
mod scan;
mod stacks;
#[cfg(test)]
pub(crate) mod testing;

pub(crate) use items::ItemStacks;
pub(crate) use scan::SpanScanner;
pub(crate) use stacks::{StackId, StackTable};

//! From an item's traits to the spans of pixels that it shows.
//!
//! `grid` cuts the canvas into tiles, `scan` finds which traits show where and merges equal neighbours to spans,
//! `stacks` gives equal stacks equal numbers, `batch` finds what many items share. No pixel is looked at here: coverage
//! alone decides.

mod batch;
mod scan;
mod stacks;
#[cfg(test)]
mod testing;

pub(crate) use batch::{BatchSpans, ItemStacks};
pub(crate) use scan::SpanScanner;
pub(crate) use stacks::{StackId, StackTable};

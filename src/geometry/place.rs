//! Where a span lies.

/// A run of tiles with the same stack: tile row, first and last tile column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) tile_row: u16,
    pub(crate) first: u16,
    pub(crate) last: u16,
}

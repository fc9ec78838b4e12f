//! What an item shows of a layer.

/// In a row, "this layer is absent".
pub(crate) const ABSENT: u16 = u16::MAX;

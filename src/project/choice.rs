//! What an item shows of a layer.

/// In a row, "this layer is absent".
pub(crate) const ABSENT: u16 = u16::MAX;

/// The number of the trait that a choice of a row is; `None` for absence.
pub(crate) fn trait_number(choice: u16) -> Option<u16> {
    (choice != ABSENT).then_some(choice)
}

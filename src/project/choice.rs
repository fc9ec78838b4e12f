//! What an item shows of a layer.

/// In a row, "this layer is absent".
pub(crate) const ABSENT: u16 = u16::MAX;

/// In a decision diagram, "this layer is not chosen from, because no trait is shown that it belongs to". In a row that is
/// [`ABSENT`], too; drawn, it is another outcome than the absence of a layer that is chosen from. No trait has this number.
pub(crate) const NOT_ASKED: u16 = u16::MAX - 1;

/// What a row has of a choice of a decision diagram.
pub(crate) fn in_row(choice: u16) -> u16 {
    if choice == NOT_ASKED { ABSENT } else { choice }
}

/// The number of the trait that a choice of a row is; `None` for absence.
pub(crate) fn trait_number(choice: u16) -> Option<u16> {
    (choice != ABSENT).then_some(choice)
}

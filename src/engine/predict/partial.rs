//! An item that is being chosen: some layers decided, others open.

use crate::project::ABSENT;

/// What is decided of one layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Nothing yet.
    Open,
    /// The item will not show the layer.
    Absent,
    /// The item will show this trait of the layer.
    Trait(u16),
}

/// What is decided of an item, layer by layer in drawing order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partial {
    /// As in a row, and [`OPEN`].
    row: Vec<u16>,
}

/// "Nothing is decided"; a project has at most 65534 traits, so none has this index.
pub(super) const OPEN: u16 = ABSENT - 1;

impl Partial {
    /// An item of that many layers of which nothing is decided.
    #[must_use]
    pub fn open(layers: usize) -> Self {
        Self { row: vec![OPEN; layers] }
    }

    /// The item with these choices.
    #[must_use]
    pub fn new(choices: impl IntoIterator<Item = Choice>) -> Self {
        Self { row: choices.into_iter().map(of_choice).collect() }
    }

    /// How many layers it has.
    #[must_use]
    pub fn layers(&self) -> usize {
        self.row.len()
    }

    /// Decides a layer, or opens it again.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn set(&mut self, layer: usize, choice: Choice) {
        self.row[layer] = of_choice(choice);
    }

    /// What is decided of a layer; nothing is of one that is not there.
    #[must_use]
    pub fn choice(&self, layer: usize) -> Choice {
        match self.row.get(layer) {
            None | Some(&OPEN) => Choice::Open,
            Some(&ABSENT) => Choice::Absent,
            Some(&index) => Choice::Trait(index),
        }
    }

    /// Whether nothing is decided.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.row.iter().all(|&index| index == OPEN)
    }

    /// As in a row, with [`OPEN`] for what is not decided.
    pub(super) fn row(&self) -> &[u16] {
        &self.row
    }
}

fn of_choice(choice: Choice) -> u16 {
    match choice {
        Choice::Open => OPEN,
        Choice::Absent => ABSENT,
        Choice::Trait(index) => index,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_kept_by_layer() {
        let mut partial = Partial::new([Choice::Trait(3), Choice::Absent, Choice::Open]);
        let choices = |partial: &Partial| (0..4).map(|layer| partial.choice(layer)).collect::<Vec<_>>();
        assert_eq!(choices(&partial), [Choice::Trait(3), Choice::Absent, Choice::Open, Choice::Open]);
        assert!(!partial.is_open() && partial.layers() == 3);
        partial.set(0, Choice::Open);
        assert!(!partial.is_open(), "an absent layer is decided");
        partial.set(1, Choice::Open);
        assert_eq!(partial, Partial::open(3));
    }
}

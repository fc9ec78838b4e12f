//! The choices of all layers, numbered through.

use crate::project::{ABSENT, NOT_ASKED, Project};

/// The choices of all layers, numbered through.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    /// The first slot of each layer, and of none behind the last.
    first: Vec<usize>,
}

impl Slots {
    pub(crate) fn new(project: &Project) -> Self {
        let mut first = vec![0];
        for layer in &project.layers {
            // One for each trait, and one for none of them.
            first.push(first.last().expect("there is a first") + layer.traits.len() + 1);
        }
        Self { first }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        *self.first.last().expect("there is one more than layers")
    }

    /// The slot of a choice.
    pub(crate) fn of(&self, layer: usize, choice: u16) -> usize {
        match choice {
            ABSENT | NOT_ASKED => self.first[layer + 1] - 1,
            index => self.first[layer] + usize::from(index),
        }
    }

    /// The slots of a layer.
    pub(crate) fn layer(&self, layer: usize) -> std::ops::Range<usize> {
        self.first[layer]..self.first[layer + 1]
    }

    /// The slots that an item shows.
    pub(crate) fn shown<'a>(&'a self, row: &'a [u16]) -> impl Iterator<Item = usize> + 'a {
        row.iter().enumerate().map(|(layer, &choice)| self.of(layer, choice))
    }
}

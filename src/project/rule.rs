//! Rules between traits: what a `[[rules]]` table of the configuration means, with every name resolved.

use crate::project::choice::trait_number;

/// Some choices of one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Choices {
    /// The layer's number in drawing order.
    pub layer: usize,
    /// Numbers of traits in ascending order, then `ABSENT` if absence is one of the choices.
    pub(crate) any: Vec<u16>,
}

impl Choices {
    /// Whether a choice of the layer is one of these.
    pub(crate) fn has(&self, choice: u16) -> bool {
        self.any.binary_search(&choice).is_ok()
    }

    /// The traits' numbers in ascending order, then `None` if the layer's absence is one of the choices.
    pub fn trait_numbers(&self) -> impl ExactSizeIterator<Item = Option<u16>> + '_ {
        self.any.iter().map(|&choice| trait_number(choice))
    }
}

/// The meaning of a reference in a rule: a trait, all of a layer's, a layer's absence, or a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reference {
    /// As the artist wrote it.
    pub text: String,
    /// It is true of an item that shows one of these, in any layer. One entry a layer, in drawing order.
    pub choices: Vec<Choices>,
}

impl Reference {
    /// A reference to one trait, for tests.
    #[cfg(test)]
    pub(crate) fn of_trait(text: String, layer: usize, index: u16) -> Self {
        Self { text, choices: vec![Choices { layer, any: vec![index] }] }
    }

    /// Whether it is true of an item with these traits, a number or `ABSENT` for each layer in drawing order.
    pub(crate) fn is_shown(&self, row: &[u16]) -> bool {
        self.choices.iter().any(|choices| choices.has(row[choices.layer]))
    }
}

/// What a rule asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleKind {
    /// Not all of these together.
    Forbid(Vec<Reference>),
    /// Where the first is shown, one of the others must be.
    Require(Reference, Vec<Reference>),
    /// Where the first is shown, layers that the others speak of show nothing else; they may be absent.
    Allow(Reference, Vec<Reference>),
    /// Where the first is shown, none of the others is.
    Exclude(Reference, Vec<Reference>),
    /// Where both layers show a trait, the two traits have a tag in common.
    SameTag([usize; 2]),
    /// The second layer shows the trait with the name of the first one's, and is absent with it.
    Same([usize; 2]),
}

/// A rule, which every item obeys.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// Counted from 1, in the order of the configuration.
    pub number: usize,
    /// The line of the configuration that it begins on.
    pub line: usize,
    /// What it asks for. A table with several of `require`, `allow` and `forbid` is as many rules of one number.
    pub kind: RuleKind,
}

/// How many items show a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Amount {
    /// The layer's number in drawing order.
    pub layer: usize,
    /// The trait's number, or `ABSENT`.
    pub(crate) choice: u16,
    /// At least so many.
    pub least: u32,
    /// At most so many; `u32::MAX` if there is no limit.
    pub most: u32,
    /// The line of the configuration that says so.
    pub line: usize,
}

impl Amount {
    /// The number of the trait in its layer; `None` for the layer's absence.
    #[must_use]
    pub fn trait_number(&self) -> Option<u16> {
        trait_number(self.choice)
    }
}

/// How weights become numbers of items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rarity {
    /// Every item is drawn by weight, so that numbers come out as in any series of draws.
    #[default]
    Random,
    /// Every choice is shown by as many items as its share says, to the nearest whole number.
    Exact,
}

/// How the traits of an item are drawn where rules restrict them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChoiceLaw {
    /// As a whole, by weight among the items that obey all rules: as if items were drawn again while they break one.
    #[default]
    Whole,
    /// Layer by layer in drawing order, each by weight among the traits that earlier choices and rules leave and with which the
    /// item can be completed.
    Sequential,
}

/// A species: so many items that show some of the layers and none of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// Its name, unique in the project.
    pub name: String,
    /// How many items.
    pub count: u32,
    /// The layers that its items can show, in drawing order.
    pub layers: Vec<usize>,
}

/// The order of the items of several groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupOrder {
    /// As in a shuffled deck.
    #[default]
    Shuffled,
    /// One group after the other.
    Listed,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::choice::ABSENT;

    #[test]
    fn absence_has_no_number() {
        let choices = |any: &[u16]| Choices { layer: 0, any: any.to_vec() };
        let numbers = |any: &[u16]| choices(any).trait_numbers().collect::<Vec<_>>();
        assert_eq!(numbers(&[0, 2, ABSENT]), [Some(0), Some(2), None]);
        assert_eq!(numbers(&[ABSENT - 1]), [Some(ABSENT - 1)], "the largest number of a trait");
        let amount = |choice: u16| Amount { layer: 0, choice, least: 1, most: 1, line: 1 };
        assert_eq!([3, ABSENT].map(|choice| amount(choice).trait_number()), [Some(3), None]);
    }
}

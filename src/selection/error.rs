//! Why items could not be chosen.

use crate::error::{Explain, Explanation, counted};
use crate::selection::message::message;

/// Why items could not be chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum SelectionError {
    /// There are fewer different items than are wanted.
    TooMany {
        /// The items that are wanted.
        count: u32,
        /// The most items that can be made.
        capacity: u128,
        /// The layers that count, each with what it can show.
        factors: String,
    },
    /// A unique set allows fewer items than are wanted.
    TooManyUnique {
        /// The items that are wanted.
        count: u32,
        /// The most items that can be made.
        most: u128,
        /// What they do not repeat.
        what: Unrepeated,
    },
    /// The groups' numbers of items do not add up to what is wanted.
    GroupCounts {
        /// The items that are wanted.
        count: u32,
        /// The sum of their items.
        sum: u64,
        /// The groups, each with its number of items.
        groups: String,
    },
    /// A layer's amounts ask for more items than there are.
    AmountsAbove {
        /// The layer.
        layer: String,
        /// What is asked for.
        sum: u64,
        /// The items of the run.
        count: u32,
        /// The amounts.
        amounts: String,
    },
    /// A layer's amounts let it show fewer items than there are.
    AmountsBelow {
        /// The layer.
        layer: String,
        /// What is possible.
        sum: u64,
        /// The items of the run.
        count: u32,
        /// The amounts.
        amounts: String,
    },
    /// A unique set lets a choice be shown by fewer items than are asked for.
    AmountAboveUnique {
        /// The amount.
        amount: String,
        /// What items do not repeat.
        what: Unrepeated,
        /// The most items that can be made.
        most: u128,
    },
    /// A unique set and amounts together allow fewer items than are wanted.
    TooManyWithAmounts {
        /// The items that are wanted.
        count: u32,
        /// The most items that can be made.
        most: u128,
        /// What items do not repeat.
        what: Unrepeated,
        /// The amounts.
        amounts: String,
    },
    /// Amounts that no collection of the size has.
    ConflictOfAmounts {
        /// The items that are wanted.
        count: u32,
        /// The demands that contradict each other.
        demands: String,
    },
    /// Amounts that were not reached.
    AmountsNotFound {
        /// The numbers that differ.
        off: String,
        /// The items.
        count: u32,
        /// How often an item was changed.
        changes: u64,
    },
    /// Not every item can be made together with all others.
    NotAll {
        /// The layers of the set.
        layers: String,
    },
    /// Not every item can be made, because the configuration asks for a number.
    NotAllOfNumber {
        /// The amount, or the group.
        what: String,
    },
    /// The kept items of a plan do not have the required numbers.
    AmountsKept {
        /// The numbers that differ.
        off: String,
    },
    /// A plan has no such item.
    NoEdition {
        /// The edition.
        edition: u32,
    },
    /// Two items of plans have the same number.
    EditionTwice {
        /// The edition.
        edition: u32,
    },
    /// An item of a plan breaks a rule.
    Broken {
        /// Its edition.
        edition: u32,
        /// The rule in words.
        rule: String,
    },
    /// Two items of plans have in common what no two items may have.
    Repeated {
        /// An edition.
        first: u32,
        /// Another.
        second: u32,
        /// What they repeat.
        what: Unrepeated,
    },
    /// Rules and settings contradict each other.
    Conflict {
        /// The smallest set of rules and settings that contradict each other.
        demands: String,
    },
    /// The search found too few items.
    Stopped {
        /// The items that are wanted.
        count: u32,
        /// The items that were found.
        found: u32,
        /// Choices that the last search tried.
        steps: u64,
        /// Earlier items that were exchanged in the search for one more.
        exchanges: u64,
        /// Whether it is certain that there is no more.
        proven: bool,
    },
    /// There are more one-of-ones than items are wanted.
    FewerThanOnes {
        /// The items that are wanted.
        count: u32,
        /// The project's one-of-ones.
        ones: u32,
    },
    /// A one-of-one has an edition that no item of the run has.
    OneBeyond {
        /// Its name.
        one: String,
        /// The edition that it has.
        edition: u32,
        /// The first edition.
        start: u32,
        /// The last.
        last: u64,
    },
    /// Items beside the one-of-ones could not be chosen.
    BesideOnes {
        /// The project's one-of-ones.
        ones: usize,
        /// The reason, in numbers of the other items.
        source: Box<SelectionError>,
    },
    /// No other item was found for one that is chosen again.
    NoOtherItem {
        /// Its edition.
        edition: u32,
        /// The layers in which it keeps its choices.
        layers: Vec<String>,
        /// Whether numbers of items are exact.
        numbers: bool,
        /// Whether it could have traded choices with other items.
        trades: bool,
        /// Whether several items were chosen again together.
        together: bool,
    },
    /// A one-of-one has an edition of its own, so it cannot change places.
    OneFixed {
        /// The edition.
        edition: u32,
        /// Its name.
        one: String,
    },
    /// A one-of-one cannot be chosen again.
    OneReroll {
        /// The edition.
        edition: u32,
        /// Its name.
        one: String,
    },
    /// Plans that are put together have the same one-of-one.
    OneTwice {
        /// An edition.
        first: u32,
        /// Another.
        second: u32,
        /// Its name.
        one: String,
    },
    /// The last edition would not fit 32 bits.
    Editions {
        /// The first edition.
        start: u32,
        /// The items that are wanted.
        count: u32,
    },
}

/// What no two items have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unrepeated {
    /// The group of the items, if the project has groups.
    pub group: Option<String>,
    /// The layers of a unique set; none where it is the picture.
    pub layers: Option<String>,
}

impl Unrepeated {
    /// That it allows so many items, as the end of a sentence.
    pub(super) fn at_most(&self, most: u128) -> String {
        let group = self.group.as_ref().map_or_else(String::new, |group| format!("in group {group}, "));
        match &self.layers {
            Some(layers) => {
                // Layers are listed, or it is one.
                let have = if layers.contains("\", \"") { "have" } else { "has" };
                let most = counted(most, "combination");
                format!("{group}{layers} {have} at most {most}, each used once")
            }
            None if most == 1 => format!("{group}only 1 picture is possible"),
            None => format!("{group}{most} different pictures are possible at most"),
        }
    }

    /// What to change so that more items are possible.
    pub(super) fn remedy(&self) -> &'static str {
        match self.layers {
            Some(_) => "relax the rules",
            None => "redraw traits that look the same",
        }
    }
}

impl SelectionError {
    /// The most items that can be made, beside one-of-ones, where that is why items could not be chosen and where it is
    /// known. Where only a group has too few, nothing is said of all items.
    #[must_use]
    pub fn most(&self) -> Option<u128> {
        match self {
            Self::TooMany { capacity, .. } => Some(*capacity),
            Self::TooManyUnique { most, .. } | Self::TooManyWithAmounts { most, .. } => Some(*most),
            Self::Stopped { found, proven: true, .. } => Some(u128::from(*found)),
            Self::Conflict { .. } => Some(0),
            Self::BesideOnes { source, .. } => source.most(),
            _ => None,
        }
    }
}

impl Explain for SelectionError {
    fn explain(&self) -> Explanation<'_> {
        let (detail, remedies) = message(self);
        let found = match self {
            // Names that are not there, and plans that do not go together.
            Self::NoEdition { .. }
            | Self::EditionTwice { .. }
            | Self::OneFixed { .. }
            | Self::OneReroll { .. }
            | Self::OneTwice { .. }
            | Self::NotAll { .. }
            | Self::NotAllOfNumber { .. }
            | Self::Broken { .. }
            | Self::Repeated { .. } => Explanation::usage(detail),
            // What a project cannot give is a problem of the project, whether the number is in its configuration or is asked
            // for beside it: the same refusal has one kind, whoever meets it.
            _ => Explanation::project(detail),
        };
        remedies.into_iter().fold(found, Explanation::remedy)
    }
}

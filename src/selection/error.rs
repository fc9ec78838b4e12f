//! Why items could not be chosen.

/// Why items could not be chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectionError {
    /// There are fewer different items than are wanted.
    #[error(
        "{count} items are wanted, but only {capacity} different ones can be made ({factors}); \
         ask for at most {capacity} or add traits"
    )]
    TooMany {
        /// What is wanted.
        count: u32,
        /// The most that can be made.
        capacity: u128,
        /// The layers that count, each with what it can show.
        factors: String,
    },
    /// A unique set allows fewer items than are wanted.
    #[error(
        "{count} items are wanted, but {layers} can be combined in {most} ways at most, each of them once; \
         ask for at most {most}, or loosen the rules"
    )]
    TooManyUnique {
        /// What is wanted.
        count: u32,
        /// The most that can be made.
        most: u128,
        /// The layers of the set.
        layers: String,
    },
    /// The groups' numbers of items do not add up to what is wanted.
    #[error(
        "the groups have {sum} items together ({groups}), and {count} are wanted; change a group's count, or take count \
         out of the configuration"
    )]
    GroupCounts {
        /// What is wanted.
        count: u32,
        /// What they have.
        sum: u64,
        /// The groups, each with its number of items.
        groups: String,
    },
    /// A layer's amounts ask for more items than there are.
    #[error(
        "layer {layer} is asked for {sum} items, and there are {count}: {amounts}; lower one or make more items"
    )]
    AmountsAbove {
        /// The layer.
        layer: String,
        /// What is asked for.
        sum: u64,
        /// What there is.
        count: u32,
        /// The amounts.
        amounts: String,
    },
    /// A layer's amounts let it show fewer items than there are.
    #[error(
        "layer {layer} can show {sum} items at most, and there are {count}: {amounts}; raise one, make fewer items, or \
         add a trait without an amount"
    )]
    AmountsBelow {
        /// The layer.
        layer: String,
        /// What is possible.
        sum: u64,
        /// What there is.
        count: u32,
        /// The amounts.
        amounts: String,
    },
    /// A unique set lets a choice be shown by fewer items than are asked for.
    #[error(
        "{amount} is asked for, but with it {layers} can be combined in {most} ways at most, each of them once; \
         lower the amount, or loosen the rules"
    )]
    AmountAboveUnique {
        /// The amount.
        amount: String,
        /// The layers of the set.
        layers: String,
        /// The most that can be made.
        most: u128,
    },
    /// A unique set and amounts together allow fewer items than are wanted.
    #[error(
        "{count} items are wanted, but with the numbers that are asked for ({amounts}) {layers} can be combined in {most} \
         ways at most, each of them once; ask for at most {most}, or loosen a number or the set"
    )]
    TooManyWithAmounts {
        /// What is wanted.
        count: u32,
        /// The most that can be made.
        most: u128,
        /// The layers of the set.
        layers: String,
        /// The amounts.
        amounts: String,
    },
    /// Amounts that no collection of the size has.
    #[error("no collection of {count} items is possible: {demands}; change or drop one of these")]
    ConflictOfAmounts {
        /// What is wanted.
        count: u32,
        /// What contradicts itself.
        demands: String,
    },
    /// Amounts that were not reached.
    #[error(
        "of {count} items not all numbers were reached: {off}; the search gave up after {changes} changes of items, and \
         there may be a way: loosen one of these, a rule or a unique set, or try another seed"
    )]
    AmountsNotFound {
        /// What is off.
        off: String,
        /// The items.
        count: u32,
        /// How often an item was changed.
        changes: u64,
    },
    /// Not every item can be made together with all others.
    #[error(
        "every combination was asked for, and {layers} must not be combined in the same way twice; \
         ask for a number of items, or take the unique set out"
    )]
    NotAll {
        /// The layers of the set.
        layers: String,
    },
    /// Not every item can be made, as so many of them are asked for.
    #[error(
        "every combination was asked for, and the configuration asks for a number of items: {what}; \
         ask for that many items, or take the number out"
    )]
    NotAllOfNumber {
        /// The amount, or the group.
        what: String,
    },
    /// What stays of a plan has not the numbers that are asked for.
    #[error(
        "the items that stay have not the numbers that are asked for: {off}; drop, reroll or extend, or change a number"
    )]
    AmountsKept {
        /// What is off.
        off: String,
    },
    /// A plan has no such item.
    #[error("edition {edition} is in none of the plans; name one that is")]
    NoEdition {
        /// The edition.
        edition: u32,
    },
    /// Two items of plans have the same number.
    #[error("edition {edition} is there twice; drop one, or give all items new numbers with --renumber")]
    EditionTwice {
        /// The edition.
        edition: u32,
    },
    /// An item of a plan breaks a rule.
    #[error("item {edition} breaks a rule: {rule}; drop or reroll it, or change the rule")]
    Broken {
        /// Its edition.
        edition: u32,
        /// The rule in words.
        rule: String,
    },
    /// Two items of plans combine the layers of a unique set in the same way.
    #[error("items {first} and {second} combine {layers} in the same way; drop or reroll one")]
    Repeated {
        /// An edition.
        first: u32,
        /// Another.
        second: u32,
        /// The layers of the set.
        layers: String,
    },
    /// Rules and settings contradict each other.
    #[error("no item is possible: {demands}; change or drop one of these")]
    Conflict {
        /// Rules and settings, none of which could be left out.
        demands: String,
    },
    /// No more items were found.
    #[error("{found} of {count} items were found, then none that repeats nothing ({}); ask for {found}, or loosen rules or \
             unique sets", looked(*steps, *exchanges, *proven))]
    Stopped {
        /// What is wanted.
        count: u32,
        /// What was found.
        found: u32,
        /// Choices that the last search looked at.
        steps: u64,
        /// Earlier items that gave way to others in the search for one more.
        exchanges: u64,
        /// Whether it is certain that there is no more.
        proven: bool,
    },
    /// There are more one-of-ones than items are wanted.
    #[error(
        "{count} items are wanted, and the project has {ones} one-of-ones; ask for at least {ones}, or take some out"
    )]
    FewerThanOnes {
        /// What is wanted.
        count: u32,
        /// How many ones there are.
        ones: u32,
    },
    /// A one-of-one has an edition that no item of the run has.
    #[error(
        "the one-of-one {one} has edition {edition}, and the editions are {start} to {last}; change its edition, or start \
         or count"
    )]
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
    #[error("{source}; one-of-ones, of which there are {ones}, come on top of these numbers")]
    BesideOnes {
        /// How many ones there are.
        ones: usize,
        /// Why, in numbers of the other items.
        source: Box<SelectionError>,
    },
    /// A one-of-one cannot be chosen anew.
    #[error("edition {edition} is the one-of-one {one}, which is not chosen; leave it as it is, or drop it")]
    OneReroll {
        /// The edition.
        edition: u32,
        /// Its name.
        one: String,
    },
    /// Plans that are put together have the same one-of-one.
    #[error("items {first} and {second} are both the one-of-one {one}; drop one of them")]
    OneTwice {
        /// An edition.
        first: u32,
        /// Another.
        second: u32,
        /// Its name.
        one: String,
    },
    /// The last edition would not fit 32 bits.
    #[error(
        "{count} items from edition {start} on would go beyond edition {}; lower start or count",
        u32::MAX
    )]
    Editions {
        /// The first edition.
        start: u32,
        /// What is wanted.
        count: u32,
    },
}

/// How long a search that found nothing looked, and what that means.
fn looked(steps: u64, exchanges: u64, proven: bool) -> String {
    match proven {
        true => "all that are possible were looked at".to_owned(),
        false => format!(
            "the search gave up after {steps} choices and {exchanges} exchanges with earlier items; there may be one"
        ),
    }
}

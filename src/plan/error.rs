//! What can be wrong with a plan file.

use std::io;
use std::path::{Path, PathBuf};

use crate::project::Escaped;

/// Why a plan file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {kind}", Escaped(&path.to_string_lossy()))]
#[non_exhaustive]
pub struct PlanError {
    /// The plan file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub kind: PlanErrorKind,
}

impl PlanError {
    pub(crate) fn new(path: &Path, kind: PlanErrorKind) -> Self {
        Self { path: path.to_owned(), kind }
    }
}

/// What is wrong with a plan. Names are in quotation marks, items are counted from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanErrorKind {
    /// The file cannot be read.
    #[error("the plan cannot be read: {0}; check that it is there and that you may read it")]
    Io(#[source] io::Error),
    /// It is not JSON, or not of a plan's form.
    #[error("line {line}, column {column}: {what}; write the plan again with `traitpress plan`")]
    Json {
        /// 1-based.
        line: usize,
        /// 1-based.
        column: usize,
        /// What the parser says.
        what: String,
    },
    /// It says that it is something else.
    #[error("the format is {found}, not \"traitpress-plan/1\"; use a plan of this version")]
    Format {
        /// What it says.
        found: String,
    },
    /// A key that a plan needs is not there.
    #[error("the plan has no {key:?}; add it")]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// A key that is not known, or twice there.
    #[error("the key {key} is not known or is there twice; the keys are {known}")]
    Key {
        /// The key.
        key: String,
        /// Those that are known.
        known: String,
    },
    /// The plan's layers are not those of the project.
    #[error("the plan's layer {layer} {what}")]
    Layer {
        /// The layer.
        layer: String,
        /// What about it, and the next step.
        what: String,
    },
    /// The project's layer is not in the plan.
    #[error("the plan lacks the project's layer {layer}; plan and project must have the same layers")]
    LayerMissing {
        /// The layer.
        layer: String,
    },
    /// An item with too few or too many traits.
    #[error(
        "item {item} has {found} traits, and the plan has {expected} layers; give one trait or null for each"
    )]
    Length {
        /// The item.
        item: usize,
        /// Its traits.
        found: usize,
        /// The layers.
        expected: usize,
    },
    /// An item that the configuration does not allow.
    #[error("item {item}, layer {layer}: {what}")]
    Entry {
        /// The item.
        item: usize,
        /// The layer.
        layer: String,
        /// What is wrong, and the next step.
        what: String,
    },
    /// An item that breaks a rule.
    #[error("item {item} breaks a rule: {rule}; change the item or the rule")]
    Rule {
        /// The item.
        item: usize,
        /// The rule in words.
        rule: String,
    },
    /// Two items that combine the layers of a unique set in the same way.
    #[error("items {first} and {second} combine {layers} in the same way; change one, or the unique set")]
    Repeated {
        /// An edition.
        first: u32,
        /// Another.
        second: u32,
        /// The layers of the set.
        layers: String,
    },
    /// An item is a one-of-one that the project does not have.
    #[error("item {item}: the project has no one-of-one {one}; {hint}")]
    One {
        /// The item.
        item: usize,
        /// What it says.
        one: String,
        /// The next step.
        hint: String,
    },
    /// Two items are the same one-of-one.
    #[error("items {first} and {second} are both the one-of-one {one}; take one out")]
    OneTwice {
        /// An item.
        first: usize,
        /// Another.
        second: usize,
        /// Its name.
        one: String,
    },
    /// An item is a one-of-one and has traits.
    #[error("item {item} has both \"one\" and \"traits\"; take one of them out")]
    OneWithTraits {
        /// The item.
        item: usize,
    },
    /// A group that is not known.
    #[error("item {item}: the project has no group {group}; {hint}")]
    Group {
        /// The item.
        item: usize,
        /// The group.
        group: String,
        /// The next step.
        hint: String,
    },
    /// An item that none of the groups can have, or not the one that it names.
    #[error("item {item}: {what}")]
    NotInGroup {
        /// The item.
        item: usize,
        /// Why, and the next step.
        what: String,
    },
    /// Other numbers of items than the configuration asks for.
    #[error(
        "the items have not the numbers that the configuration asks for: {off}; reroll some with `traitpress plan --keep`, \
         change the numbers, or take only the first items with --count"
    )]
    Numbers {
        /// What is off.
        off: String,
    },
    /// No items at all.
    #[error("the plan has no items; add some, or write a plan with `traitpress plan`")]
    Empty,
    /// Two equal items.
    #[error("editions {first} and {second} are equal in the layers that count; change one")]
    Equal {
        /// The edition of one.
        first: u32,
        /// The edition of the other.
        second: u32,
    },
    /// Two items of one edition.
    #[error("edition {edition} is there twice; give each item its own")]
    Edition {
        /// The edition.
        edition: u32,
    },
    /// More items are wanted than there are.
    #[error("{wanted} items are wanted, and the plan has {found}; ask for at most {found}")]
    TooFew {
        /// What is wanted.
        wanted: u32,
        /// What there is.
        found: usize,
    },
    /// Editions beyond 32 bits.
    #[error("{count} items from edition {start} on would go beyond edition {}; lower start", u32::MAX)]
    Editions {
        /// The first edition.
        start: u32,
        /// The number of items.
        count: usize,
    },
}

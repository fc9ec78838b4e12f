//! What can be wrong with a plan file.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::{ErrorKind, Explain, Explanation, Remedy};

/// Why a plan file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
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

impl Explain for PlanError {
    fn explain(&self) -> Explanation<'_> {
        let kind = match self.kind {
            PlanErrorKind::Io(_) => ErrorKind::Io,
            _ => ErrorKind::Project,
        };
        let found = Explanation::new(kind, self.kind.to_string()).path(&self.path);
        self.kind.remedies().into_iter().fold(found, Explanation::remedy)
    }
}

/// What is wrong with a plan. Names are in quotation marks, items are counted from 1. The text names no remedy;
/// [`PlanError`] adds it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanErrorKind {
    /// The file cannot be read.
    #[error("the plan cannot be read: {0}")]
    Io(#[source] io::Error),
    /// It is not JSON, or does not have the form of a plan.
    #[error("line {line}, column {column}: {what}")]
    Json {
        /// 1-based.
        line: usize,
        /// 1-based.
        column: usize,
        /// What the parser says.
        what: String,
    },
    /// It states another format.
    #[error("the format is {found}, not \"traitpress-plan/1\"")]
    Format {
        /// The format that it states.
        found: String,
    },
    /// A required key is missing.
    #[error("the plan has no {key:?}")]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// A key that is unknown, or occurs twice.
    #[error("the key {key} is unknown or occurs twice")]
    Key {
        /// The key.
        key: String,
        /// The known keys.
        known: String,
    },
    /// The plan's layers are not those of the project.
    #[error("the plan's layer {layer} {what}")]
    Layer {
        /// The layer.
        layer: String,
        /// What is wrong with it.
        what: String,
        /// The next step.
        hint: String,
    },
    /// The project's layer is not in the plan.
    #[error("the plan lacks the project's layer {layer}")]
    LayerMissing {
        /// The layer.
        layer: String,
    },
    /// An item with too few or too many traits.
    #[error("item {item} has {found} traits, and the plan has {expected} layers")]
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
        /// What is wrong.
        what: String,
        /// The next step.
        hint: String,
    },
    /// An item that breaks a rule.
    #[error("item {item} breaks a rule: {rule}")]
    Rule {
        /// The item.
        item: usize,
        /// The rule in words.
        rule: String,
    },
    /// Two items that combine the layers of a unique set in the same way.
    #[error("items {first} and {second} have the same combination of {layers}")]
    Repeated {
        /// An edition.
        first: u32,
        /// Another.
        second: u32,
        /// The layers of the set.
        layers: String,
    },
    /// An item is a one-of-one that the project does not have.
    #[error("item {item}: the project has no one-of-one {one}")]
    One {
        /// The item.
        item: usize,
        /// What it says.
        one: String,
        /// The next step.
        hint: String,
    },
    /// Two items are the same one-of-one.
    #[error("items {first} and {second} are both the one-of-one {one}")]
    OneTwice {
        /// An item.
        first: usize,
        /// Another.
        second: usize,
        /// Its name.
        one: String,
    },
    /// An item is a one-of-one and has traits.
    #[error("item {item} has both \"one\" and \"traits\"")]
    OneWithTraits {
        /// The item.
        item: usize,
    },
    /// A name that an item cannot have.
    #[error("item {item}: the name {name} {what}")]
    Name {
        /// The item.
        item: usize,
        /// The name, quoted.
        name: String,
        /// What is wrong with it.
        what: String,
    },
    /// A group that the project does not have.
    #[error("item {item}: the project has no group {group}")]
    Group {
        /// The item.
        item: usize,
        /// The group.
        group: String,
        /// The next step.
        hint: String,
    },
    /// An item that no group can have, or not the group that it names.
    #[error("item {item}: {what}")]
    NotInGroup {
        /// The item.
        item: usize,
        /// Why.
        what: String,
        /// The next step.
        hint: String,
    },
    /// Other numbers of items than the configuration asks for.
    #[error("the items do not have the exact numbers: {off}")]
    Numbers {
        /// The numbers that differ.
        off: String,
    },
    /// No items at all.
    #[error("the plan has no items")]
    Empty,
    /// Two equal items.
    #[error("editions {first} and {second} show the same traits")]
    Equal {
        /// The edition of one.
        first: u32,
        /// The edition of the other.
        second: u32,
    },
    /// Two items of which the same is visible.
    #[error("editions {first} and {second} have the same picture")]
    SamePicture {
        /// The edition of one.
        first: u32,
        /// The edition of the other.
        second: u32,
    },
    /// Two items of one edition.
    #[error("edition {edition} occurs twice")]
    Edition {
        /// The edition.
        edition: u32,
    },
    /// More items are wanted than the plan has.
    #[error("{wanted} items are requested, and the plan has {found}")]
    TooFew {
        /// The items that are wanted.
        wanted: u32,
        /// The items of the plan.
        found: usize,
    },
    /// Editions beyond 32 bits.
    #[error("{count} items from number {start} on would exceed the number {}", u32::MAX)]
    Editions {
        /// The first edition.
        start: u32,
        /// The number of items.
        count: usize,
    },
}

impl PlanErrorKind {
    /// The next step, if it depends on more than the kind.
    pub(crate) fn hint(&self) -> Option<&str> {
        match self {
            Self::Layer { hint, .. }
            | Self::Entry { hint, .. }
            | Self::One { hint, .. }
            | Self::Group { hint, .. }
            | Self::NotInGroup { hint, .. } => Some(hint),
            _ => None,
        }
    }

    /// The next steps.
    fn remedies(&self) -> Vec<Remedy> {
        let text = match self {
            Self::Layer { hint, .. }
            | Self::Entry { hint, .. }
            | Self::One { hint, .. }
            | Self::Group { hint, .. }
            | Self::NotInGroup { hint, .. } => hint,
            Self::Json { .. } => return vec![Remedy::WritePlan],
            Self::Empty => return vec![Remedy::text("add some"), Remedy::WritePlan],
            Self::TooFew { found, .. } => return vec![Remedy::LowerCount(*found as u64)],
            Self::Numbers { .. } => {
                return vec![Remedy::Reroll, Remedy::text("change the numbers"), Remedy::UseFirstItems];
            }
            Self::Key { known, .. } => return vec![Remedy::text(format!("the keys are {known}"))],
            Self::Io(_) => "check that it exists and is readable",
            Self::Format { .. } => "use a plan of this version",
            Self::Missing { .. } => "add it",
            Self::LayerMissing { .. } => "use the same layers in plan and project",
            Self::Length { .. } => "give one trait or null for each layer",
            Self::Rule { .. } => "change the item or the rule",
            Self::Repeated { .. } => "change one, or the unique set",
            Self::OneTwice { .. } => "remove one",
            Self::Name { .. } => "change it, or remove it",
            Self::OneWithTraits { .. } => "remove one of them",
            Self::Equal { .. } => "change one",
            Self::SamePicture { .. } => {
                "change one, or remove distinct = \"pictures\" from the configuration"
            }
            Self::Edition { .. } => "give each item another edition",
            Self::Editions { .. } => "lower start",
        };
        vec![Remedy::text(text)]
    }
}

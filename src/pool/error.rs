//! What can go wrong with a pool.

use std::io;

use crate::error::{Explain, Explanation, Remedy};

/// Why a pool, or something in it, cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum PoolError {
    /// The file is no pool.
    NotAPool(String),
    /// The pool is of another version of the format.
    Version {
        /// The pool.
        name: String,
        /// Its version.
        version: u32,
    },
    /// The file is not what was written.
    Damaged {
        /// The pool.
        name: String,
        /// What is damaged, and how.
        what: String,
    },
    /// The pool has the digests of its files.
    HasDigests(String),
    /// The collection has no such item.
    NoItem {
        /// The pool.
        name: String,
        /// What was asked for.
        edition: u32,
        /// The first and the last item that there are.
        between: (u32, u32),
    },
    /// The collection has no pictures of this size.
    NoSize {
        /// The pool.
        name: String,
        /// The number that was asked for, from 0 on.
        number: usize,
        /// How many sizes there are.
        sizes: usize,
    },
    /// The system refused.
    Read {
        /// The pool.
        name: String,
        /// The system's error.
        source: io::Error,
    },
}

impl Explain for PoolError {
    fn explain(&self) -> Explanation<'_> {
        match self {
            Self::NotAPool(name) => Explanation::usage("this is not a pool of a collection")
                .name(name)
                .remedy(Remedy::text("give a file that `generate` or `pool` wrote, which ends in .pool")),
            Self::Version { name, version } => {
                Explanation::usage(format!("its format is version {version}, this program reads version 1"))
                    .name(name)
                    .remedy(Remedy::text("use a newer version of the program"))
            }
            Self::Damaged { name, what } => Explanation::mismatch(format!("the pool is damaged: {what}"))
                .name(name)
                .remedy(Remedy::RestoreFromCopy)
                .remedy(Remedy::PressAgain),
            Self::HasDigests(name) => Explanation::usage("the pool has the digests of its files already")
                .name(name)
                .remedy(Remedy::text("verify it without adding them")),
            Self::NoItem { name, edition, between: (first, last) } => {
                Explanation::usage(format!("there is no item {edition}"))
                    .name(name)
                    .remedy(Remedy::text(format!("the items are from {first} to {last}")))
            }
            Self::NoSize { name, number, sizes } => {
                Explanation::usage(format!("there is no size number {number}"))
                    .name(name)
                    .remedy(Remedy::text(format!("the pictures have {sizes}, counted from 0")))
            }
            Self::Read { name, source } => Explanation::io(format!("cannot read the pool: {source}"))
                .name(name)
                .remedy(Remedy::CheckPermissions),
        }
    }
}

/// Why some bytes of a pool cannot be what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Damage(pub(super) String);

impl<T: Into<String>> From<T> for Damage {
    fn from(what: T) -> Self {
        Self(what.into())
    }
}

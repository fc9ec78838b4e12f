//! What can go wrong with a store.

use std::path::PathBuf;

use crate::error::{ErrorKind, Explain, Explanation, PathIo, Remedy};

/// Why something could not be read from a store or written to it.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum StoreError {
    /// This is no address of a store. Only its scheme is kept, for the rest may have credentials in it.
    Address {
        /// What is before `://`.
        scheme: String,
        /// What is wrong with it.
        what: String,
    },
    /// The program was built without stores.
    NotBuilt(PathBuf),
    /// The settings of the environment do not fit together, or lack something.
    Settings {
        /// The address.
        path: PathBuf,
        /// What is wrong with them.
        what: String,
    },
    /// There is no such object, or no such bucket.
    Missing {
        /// What was tried: a verb that can follow "cannot".
        action: &'static str,
        /// The address.
        path: PathBuf,
    },
    /// The object is there already.
    Exists(PathBuf),
    /// The store refuses.
    Refused {
        /// What was tried.
        action: &'static str,
        /// The address.
        path: PathBuf,
        /// What the store answers.
        what: String,
    },
    /// The store does not answer, or has too much to do; all tries were in vain.
    Away {
        /// What was tried.
        action: &'static str,
        /// The address.
        path: PathBuf,
        /// What happened at the last try.
        what: String,
    },
    /// More is there than is copied to a disk.
    TooMuch {
        /// The address.
        path: PathBuf,
        /// How much it is, and the limit.
        what: String,
    },
    /// A command reads or writes files, and an address was given.
    Unfit {
        /// The address.
        path: PathBuf,
        /// Why it does not fit.
        what: &'static str,
        /// What can be given in its place.
        remedy: &'static str,
    },
    /// The caller has stopped it.
    Stopped,
    /// The system refused.
    Io(#[from] PathIo),
}

impl Explain for StoreError {
    fn explain(&self) -> Explanation<'_> {
        match self {
            Self::Address { scheme, what } => {
                Explanation::usage(format!("an address that begins with {scheme}:// cannot be used: {what}"))
                    .remedy(Remedy::text("give one like s3://bucket/prefix/"))
            }
            Self::NotBuilt(path) => Explanation::usage("this program was built without object stores")
                .path(path)
                .remedy(Remedy::BuildWith("cloud")),
            Self::Settings { path, what } => {
                Explanation::usage(format!("the store cannot be opened: {what}"))
                    .path(path)
                    .remedy(Remedy::text("check the variables of the environment that it is configured by"))
            }
            Self::Missing { action, path } => {
                Explanation::io(format!("cannot {action} this: there is no such object or bucket"))
                    .path(path)
                    .remedy(Remedy::text("check the address, the region and the endpoint"))
            }
            Self::Exists(path) => Explanation::usage("this object is there already")
                .path(path)
                .remedy(Remedy::ChooseOtherName)
                .remedy(Remedy::Replace),
            Self::Refused { action, path, what } => {
                Explanation::io(format!("cannot {action} this: the store refuses it ({what})"))
                    .path(path)
                    .remedy(Remedy::text("check the credentials and what they permit"))
            }
            Self::Away { action, path, what } => Explanation::new(
                ErrorKind::Temporary,
                format!("cannot {action} this: the store does not answer as it should ({what})"),
            )
            .path(path)
            .remedy(Remedy::RunAgain)
            .remedy(Remedy::text("check the endpoint, the network and the credentials")),
            Self::TooMuch { path, what } => Explanation::usage(what.as_str())
                .path(path)
                .remedy(Remedy::text("copy it to a disk with the store's own program, and give the folder")),
            Self::Unfit { path, what, remedy } => {
                Explanation::usage(*what).path(path).remedy(Remedy::text(*remedy))
            }
            Self::Stopped => Explanation::new(ErrorKind::Cancelled, "the transfer was stopped"),
            Self::Io(error) => error.explain(),
        }
    }
}

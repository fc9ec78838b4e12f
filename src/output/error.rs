//! What can go wrong with an output folder.

use std::path::PathBuf;

use crate::error::{Explain, Explanation, PathIo, Remedy};
use crate::project::Layout;

/// Why a collection could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum OutputError {
    /// The folder holds files that are not ours.
    Foreign(PathBuf),
    /// The files of the collection are in shards or in a tar, which are not changed in place.
    InOneFile(PathBuf),
    /// The folder holds a finished collection.
    Finished {
        /// The folder.
        path: PathBuf,
        /// Its items, if the manifest can be read.
        items: Option<u64>,
    },
    /// The folder holds a run that did not finish.
    Unfinished(PathBuf),
    /// Another run is writing to the folder.
    InUse(PathBuf),
    /// The folder is, or lies in, a folder of the project's art.
    InsideArt {
        /// The output folder.
        path: PathBuf,
        /// The art's.
        art: PathBuf,
    },
    /// The folder holds a picture of the project.
    HoldsArt {
        /// The output folder.
        path: PathBuf,
        /// The picture.
        art: PathBuf,
    },
    /// The output is something other than a folder.
    NotAFolder(PathBuf),
    /// The folder is a link whose target does not exist.
    Dangling(PathBuf),
    /// Something was put in place of a folder while it was written to.
    Replaced {
        /// The path of the folder.
        path: PathBuf,
        /// What was found there.
        source: std::io::Error,
    },
    /// A file or folder to be written is a link.
    Link(PathBuf),
    /// A file that we did not write has the name of one to be written.
    Stray(PathBuf),
    /// A folder has the name of a file to be written.
    NotAFile(PathBuf),
    /// The manifest or journal cannot be read.
    Unreadable {
        /// The manifest or journal.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A pool was written without the digests of its files.
    NoDigests(PathBuf),
    /// New metadata was not moved into place completely.
    Rewriting(PathBuf),
    /// Items are missing at the end of a run.
    Incomplete {
        /// The journal.
        path: PathBuf,
        /// The number of missing items.
        missing: usize,
        /// The items of the plan.
        expected: usize,
    },
    /// One folder would hold more items than file systems do.
    TooManyForLayout {
        /// The items.
        items: usize,
        /// The layout.
        layout: Layout,
    },
    /// The system refused.
    Io(#[from] PathIo),
}

impl Explain for OutputError {
    fn explain(&self) -> Explanation<'_> {
        let other = Remedy::ChooseOtherOutput;
        match self {
            Self::Foreign(path) => {
                Explanation::usage("the folder is not empty and is not a collection of this program")
                    .path(path)
                    .remedy(other)
                    .remedy(Remedy::text("empty it first"))
            }
            Self::Finished { path, items } => {
                let size = items.map_or(String::new(), |items| format!(" of {items} items"));
                let found = Explanation::usage(format!("the folder contains a finished collection{size}"))
                    .path(path)
                    .remedy(other)
                    .remedy(Remedy::Replace);
                match *items {
                    Some(count) => found.remedy(Remedy::Extend { count }),
                    None => found,
                }
            }
            Self::InOneFile(path) => Explanation::usage(
                "the files of this collection are in shards or in a tar, which are not changed in place",
            )
            .path(path)
            .remedy(Remedy::text("make a folder of its files, and change that")),
            Self::Unfinished(path) => Explanation::usage("the folder contains an unfinished run")
                .path(path)
                .remedy(other)
                .remedy(Remedy::Resume)
                .remedy(Remedy::Replace),
            Self::InUse(path) => Explanation::usage("another run is writing to this folder")
                .path(path)
                .remedy(Remedy::WaitForOtherRun)
                .remedy(other),
            Self::InsideArt { path, art } => inside_art(art).path(path),
            Self::HoldsArt { path, art } => {
                let art = art.display();
                Explanation::usage(format!("the output folder contains the picture of a one-of-one, {art}"))
                    .path(path)
                    .remedy(other)
            }
            Self::NotAFolder(path) => {
                Explanation::usage("this is not a folder").path(path).remedy(other).remedy(Remedy::MoveAway)
            }
            Self::Dangling(path) => Explanation::usage("this link has no target")
                .path(path)
                .remedy(Remedy::text("create the folder that it points to"))
                .remedy(other),
            Self::Link(path) => {
                Explanation::usage("this is a link, and files are not written or removed through links")
                    .path(path)
                    .remedy(Remedy::text("remove it"))
                    .remedy(other)
            }
            Self::Stray(path) => {
                let detail = "this file is not listed in the manifest, but its name is needed";
                Explanation::usage(detail).path(path).remedy(Remedy::MoveAway)
            }
            Self::NotAFile(path) => Explanation::usage("this is a folder, and a file is to be written here")
                .path(path)
                .remedy(Remedy::MoveAway),
            Self::Replaced { path, source } => {
                Explanation::mismatch(format!("the output folder was replaced: {source}"))
                    .path(path)
                    .remedy(Remedy::MoveAway)
            }
            Self::Unreadable { path, reason } => Explanation::usage(reason.as_str())
                .path(path)
                .remedy(Remedy::text("move the folder elsewhere"))
                .remedy(other),
            Self::NoDigests(path) => {
                Explanation::usage("the pool was written without the digests of its files")
                    .path(path)
                    .remedy(Remedy::AddDigests)
            }
            Self::Rewriting(path) => Explanation::usage("new metadata is only partly in place")
                .path(path)
                .remedy(Remedy::FinishMetadata)
                .remedy(other),
            Self::Incomplete { path, missing, expected } => {
                Explanation::usage(format!("{missing} of {expected} items were not recorded"))
                    .path(path)
                    .remedy(Remedy::Resume)
            }
            Self::TooManyForLayout { items, layout } => {
                let (name, most) = (layout.name(), Layout::MAX_FLAT);
                Explanation::usage(format!(
                    "{items} items are too many for the layout {name}, whose folders hold up to {most}"
                ))
                .remedy(Remedy::FanOut)
            }
            Self::Io(error) => error.explain(),
        }
    }
}

/// The output lies among the art.
pub(super) fn inside_art(art: &std::path::Path) -> Explanation<'static> {
    Explanation::usage(format!("the output would lie in the art folder {}", art.display()))
        .remedy(Remedy::ChooseOtherOutput)
}

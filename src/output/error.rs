//! What can go wrong with an output folder.

use std::io;
use std::path::{Path, PathBuf};

/// Why a collection could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// The folder holds files of somebody else.
    #[error("{}: the folder is not empty and holds no collection of ours; choose another --out or empty it yourself", .0.display())]
    Foreign(PathBuf),
    /// The folder holds a collection.
    #[error("{}: the folder holds a {what}; choose another --out, or give --resume to go on with it or --force to replace it", path.display())]
    Occupied {
        /// The folder.
        path: PathBuf,
        /// What it holds.
        what: &'static str,
    },
    /// Another run is writing to the folder.
    #[error("{}: another run is writing to this folder now; wait for it or choose another --out", .0.display())]
    InUse(PathBuf),
    /// The folder is, or lies in, a folder of the project's art.
    #[error("{}: the output would lie in the art folder {}; choose another --out", path.display(), art.display())]
    InsideArt {
        /// The output folder.
        path: PathBuf,
        /// The art's.
        art: PathBuf,
    },
    /// The folder holds a picture of the project.
    #[error("{}: the output folder holds the picture of a one-of-one, {}; choose another --out", path.display(), art.display())]
    HoldsArt {
        /// The output folder.
        path: PathBuf,
        /// The picture.
        art: PathBuf,
    },
    /// There is something else where a folder belongs.
    #[error("{}: this is not a folder; choose another --out or move it away", .0.display())]
    NotAFolder(PathBuf),
    /// The folder is a link to one that is not there.
    #[error("{}: this is a link that leads nowhere; make the folder that it names, or choose another --out", .0.display())]
    Dangling(PathBuf),
    /// A link stands where files would be written.
    #[error("{}: this is a link, and files are never written or removed through one; remove it or choose another --out", .0.display())]
    Link(PathBuf),
    /// A file that we did not make has the name of one that we would.
    #[error("{}: this file is not listed in the manifest but has the name of one to be written; move it away", .0.display())]
    Stray(PathBuf),
    /// A folder has the name of a file that we would write.
    #[error("{}: this is a folder where a file is to be written; move it away", .0.display())]
    NotAFile(PathBuf),
    /// The manifest or journal cannot be read.
    #[error("{}: {reason}; move the folder away or choose another --out", path.display())]
    Unreadable {
        /// The manifest or journal.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Items are missing at the end of a run.
    #[error("{}: {missing} of {expected} items were not recorded; give --resume to make them", path.display())]
    Incomplete {
        /// The journal.
        path: PathBuf,
        /// How many are missing.
        missing: usize,
        /// How many there should be.
        expected: usize,
    },
    /// The system refused.
    #[error("{}: cannot {action}: {source}; check permissions and free space", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl OutputError {
    /// Pairs an error of the system with what was tried.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

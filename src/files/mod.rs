//! Folders that are held open, files that are written whole or not at all, and digests of what they hold.

mod digest;
mod folder;
mod temporary;
mod tree;
mod whole;

pub use digest::{Digest, DigestError};
pub(crate) use folder::Folder;
pub use temporary::remove_temporary_files;
pub(crate) use tree::{OpenFile, Tree};
pub use whole::write_file;
pub(crate) use whole::{PathKind, WholeFile, folder_of, path_kind};

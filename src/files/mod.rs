//! Folders that are held open, files that are written whole or not at all, and digests of what they hold.

mod digest;
mod folder;
mod read_at;
mod temporary;
mod temporary_folder;
mod tree;
mod whole;

pub use digest::{Digest, DigestError};
pub(crate) use folder::Folder;
pub use read_at::ReadAt;
pub(crate) use read_at::ReadPart;
pub use temporary::remove_temporary_files;
pub(crate) use temporary_folder::TemporaryFolder;
pub(crate) use tree::{OpenFile, Tree};
pub use whole::write_file;
pub(crate) use whole::{PathKind, WholeFile, folder_of, path_kind};

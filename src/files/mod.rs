//! Files that are written whole or not at all, and digests of what they hold.

mod digest;
mod whole;

pub use digest::{Digest, DigestError};
pub use whole::write_file;
pub(crate) use whole::{PathKind, WholeFile, folder_of, path_kind};

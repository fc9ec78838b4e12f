//! Files that are written whole or not at all.

mod whole;

pub use whole::write_file;
pub(crate) use whole::{PathKind, WholeFile, folder_of, path_kind};

//! Files that are written whole or not at all.

mod whole;

pub(crate) use whole::{Stands, WholeFile, folder_of, stands};

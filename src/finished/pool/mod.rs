//! What is done with pools alone: writing their files out, and completing their digests.
//!
//! All other readers of collections read a pool as they read a folder, through `output::PoolTree`.

mod check;
pub(crate) mod copy;
mod fill;
mod picked;
mod unpack;

pub use check::{CheckedPool, check_pool};
pub use fill::fill_pool;
pub use picked::Editions;
pub use unpack::{UnpackOptions, Unpacked, unpack, unpack_to_file, unpack_to_folder};

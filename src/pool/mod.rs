//! Pools: a collection in one file, of which any picture can be read by itself.
//!
//! A picture is joined from compressed spans, and most of its spans are those of other pictures, too. A pool has each
//! different span once, and for each item the numbers of its spans, so it is a small part of the size of the files. The
//! format is in `docs/pool.md`.
//!
//! `writer` appends items in the order of their editions: new spans to the file, the rest to a `bundle`, whose index block
//! follows its spans. `reader` finds an item by the directory, reads its bundle's index block and its spans (`spans`), and joins
//! them; `footer` and `description` are what it begins with, it reads where `files::ReadAt` leads. The spans' own form is
//! `png::record`. Pools know nothing of what files are called or mean: `output` does.

mod bundle;
mod cache;
mod description;
mod error;
mod footer;
mod index_block;
mod reader;
mod section;
mod spans;
#[cfg(test)]
mod tests_hostile;
mod writer;

pub use crate::files::ReadAt;
pub(crate) use description::PoolSize;
pub use error::PoolError;
pub(crate) use index_block::FileDigest;
pub use reader::Pool;
pub(crate) use reader::is_pool;
pub(crate) use spans::{StoredItem, StoredPicture};
pub(crate) use writer::{NewItem, NewPicture, PoolWriter};

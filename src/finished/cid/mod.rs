//! The address of a file or folder on IPFS, computed without an upload, so that metadata can be final before it.
//!
//! A CID depends on how bytes are cut into blocks. These are the rules of `ipfs add -r --cid-version=1` of Kubo, with which
//! npm's ipfs-unixfs-importer agrees when it is asked for chunks of 256 KiB and 174 links: files are raw leaves of 256 KiB
//! below a balanced tree (`file`), folders are nodes of links by name (`directory`), and a folder whose links are larger than
//! 256 KiB becomes a trie of small nodes (`sharded`), which 6,000 pictures reach. `node` encodes what all of them are made
//! of. Files are read by several threads at once, each in pieces of one chunk.
//!
//! No crate is used for the tree: the one that does all of it (aleph-cid) has a single release, and the others lack sharded
//! folders. `scripts/check-cid` compares with the importer.

mod address;
mod directory;
mod error;
mod file;
mod murmur;
mod node;
mod sharded;
mod walk;

pub use address::{Cid, CidError};
pub use error::FolderCidError;

use std::num::NonZeroUsize;
use std::path::Path;

use crate::error::Error;
use crate::telemetry::Observer;

/// The address of a file or folder, and what it was computed from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FolderCid {
    /// The address.
    pub cid: Cid,
    /// Files that were read.
    pub files: u64,
    /// Their bytes together.
    pub bytes: u64,
    /// Hidden files and folders that were left out, as IPFS leaves them out.
    pub hidden: u64,
}

/// Computes the CID that IPFS gives the folder or file at `path`. Hidden files (names that begin with a dot) are left out.
///
/// # Errors
/// If something cannot be read, is a link or no regular file, or has a name that is no UTF-8; if `observer` stops the work,
/// with [`Cancelled`](crate::error::Cancelled).
pub fn folder_cid(
    path: &Path,
    threads: Option<NonZeroUsize>,
    observer: &dyn Observer,
) -> Result<FolderCid, Error> {
    walk::compute(path, threads, observer)
}

#[cfg(test)]
mod tests;

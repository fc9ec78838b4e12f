//! A folder as one node, or as a trie if its links are large.

use crate::finished::cid::error::FolderCidError;
use crate::finished::cid::node::{Block, Node, number};
use crate::finished::cid::sharded;

/// The bytes of names and CIDs from which on a folder is a trie: more than these. Kubo's `HAMTShardingSize`.
const MAX_LINK_BYTES: usize = 256 << 10;
/// What UnixFS calls a folder.
const DIRECTORY: u64 = 1;

/// What a folder contains.
pub(super) type Entries = Vec<(String, Block)>;

/// The block of a folder.
///
/// # Errors
/// If two of its names have the same hash, so that a trie cannot have both.
pub(super) fn of_entries(mut entries: Entries) -> Result<Block, FolderCidError> {
    entries.sort_by(|(a, _), (b, _)| a.as_bytes().cmp(b.as_bytes()));
    let bytes: usize = entries.iter().map(|(name, _)| name.len() + Block::CID_BYTES).sum();
    if bytes > MAX_LINK_BYTES {
        return sharded::of_entries(&entries);
    }
    let mut node = Node::default();
    entries.iter().for_each(|(name, block)| node.link(name.as_bytes(), block));
    let mut data = Vec::new();
    number(&mut data, 1, DIRECTORY);
    Ok(node.with_data(&data))
}

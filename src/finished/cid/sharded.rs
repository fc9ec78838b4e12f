//! A large folder as a trie of nodes (HAMT): each level has 256 places, and eight bits of a name's hash choose one.
//!
//! A place has a name alone, or a node of the next level if several names share it. Links are called by their place in two
//! hexadecimal digits, and what they link to by name by that name, too. specs.ipfs.tech/unixfs, "HAMTDirectory"; the hash is
//! the first half of MurmurHash3 of 128 bits (0x22).

use crate::finished::cid::error::FolderCidError;
use crate::finished::cid::murmur::hash;
use crate::finished::cid::node::{Block, Node, field, number};

/// Places of a node.
const FANOUT: usize = 256;
/// Levels: a hash has no more bits.
const LEVELS: usize = 8;
/// What UnixFS calls a node of the trie, and its function.
const SHARD: u64 = 5;
const MURMUR: u64 = 0x22;

/// A name with its hash, whose bytes choose its places from the top level down.
struct Hashed<'a> {
    hash: [u8; LEVELS],
    name: &'a str,
    block: &'a Block,
}

/// The root of the trie.
pub(super) fn of_entries(entries: &[(String, Block)]) -> Result<Block, FolderCidError> {
    let hashed = entries.iter().map(|(name, block)| {
        let hash = hash(name.as_bytes()).to_be_bytes();
        Hashed { hash, name, block }
    });
    let mut hashed: Vec<Hashed<'_>> = hashed.collect();
    hashed.sort_by_key(|entry| entry.hash);
    shard(&hashed, 0)
}

/// The node of names whose hashes are the same up to `level`; they are in the order of their hashes.
fn shard(entries: &[Hashed<'_>], level: usize) -> Result<Block, FolderCidError> {
    let mut node = Node::default();
    let mut present = [0; FANOUT / 8];
    for group in entries.chunk_by(|a, b| a.hash[level] == b.hash[level]) {
        let place = group[0].hash[level];
        // The first place is the lowest bit of the last byte.
        present[FANOUT / 8 - 1 - usize::from(place / 8)] |= 1 << (place % 8);
        match group {
            [one] => node.link(format!("{place:02X}{}", one.name).as_bytes(), one.block),
            [first, second, ..] if level + 1 == LEVELS => {
                return Err(FolderCidError::SameHash([first.name, second.name].map(str::to_owned)));
            }
            several => node.link(format!("{place:02X}").as_bytes(), &shard(several, level + 1)?),
        }
    }
    let zeros = present.iter().take_while(|byte| **byte == 0).count();
    let mut data = Vec::with_capacity(48);
    number(&mut data, 1, SHARD);
    field(&mut data, 2, &present[zeros..]);
    number(&mut data, 5, MURMUR);
    number(&mut data, 6, FANOUT as u64);
    Ok(node.with_data(&data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_hash_are_refused_and_not_followed_without_end() {
        let block = Block::raw(b"");
        let of = |last| {
            let hash = |last| [7, 7, 7, 7, 7, 7, 7, last];
            ["a", "b"].map(|name| Hashed {
                hash: hash(if name == "a" { 1 } else { last }),
                name,
                block: &block,
            })
        };
        shard(&of(2), 0).unwrap();
        let error = shard(&of(1), 0).unwrap_err();
        assert!(matches!(error, FolderCidError::SameHash(_)), "{error}");
    }
}

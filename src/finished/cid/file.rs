//! A file as a balanced tree: raw leaves of 256 KiB, and nodes of up to 174 links above them. A file of one leaf is that leaf.

use std::io::{self, Read};

use crate::finished::cid::node::{Block, Node, number};

/// Bytes of a leaf.
pub(super) const CHUNK: usize = 256 << 10;
/// Links of a node.
pub(super) const MAX_LINKS: usize = 174;
/// What UnixFS calls a file.
const FILE: u64 = 2;

/// A part of a file: its block, and how many bytes of the file are below it.
struct Part {
    block: Block,
    bytes: u64,
}

/// The root of a file, and its length. `chunk` is space for a leaf.
pub(super) fn of_file(mut file: impl Read, chunk: &mut Vec<u8>) -> io::Result<(Block, u64)> {
    let mut parts = Vec::new();
    loop {
        chunk.clear();
        file.by_ref().take(CHUNK as u64).read_to_end(chunk)?;
        // An empty file is one empty leaf.
        if chunk.is_empty() && !parts.is_empty() {
            break;
        }
        parts.push(Part { block: Block::raw(chunk), bytes: chunk.len() as u64 });
        if chunk.len() < CHUNK {
            break;
        }
    }
    while parts.len() > 1 {
        parts = parts.chunks(MAX_LINKS).map(parent).collect();
    }
    let root = parts.pop().expect("a file has a leaf at least");
    Ok((root.block, root.bytes))
}

/// The node above some parts.
fn parent(parts: &[Part]) -> Part {
    let bytes = parts.iter().map(|part| part.bytes).sum();
    let mut data = Vec::with_capacity(8 + parts.len() * 4);
    number(&mut data, 1, FILE);
    number(&mut data, 3, bytes);
    let mut node = Node::default();
    for part in parts {
        node.link(b"", &part.block);
        number(&mut data, 4, part.bytes);
    }
    Part { block: node.with_data(&data), bytes }
}

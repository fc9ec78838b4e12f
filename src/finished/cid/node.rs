//! Nodes of IPFS: DAG-PB, the protobuf message of links and data, and what UnixFS keeps in the data.
//!
//! The two messages have nine fields together, so they are encoded by hand. DAG-PB writes the links (field 2) before the data
//! (field 1): ipld.io/specs/codecs/dag-pb/spec, "Serial format". UnixFS: specs.ipfs.tech/unixfs, "Data".

use sha2::{Digest, Sha256};

/// What the bytes of a block are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    /// Bytes of a file.
    Raw,
    /// A node.
    DagPb,
}

impl Codec {
    /// Its number in the table of multicodecs.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Raw => 0x55,
            Self::DagPb => 0x70,
        }
    }
}

/// A block that can be linked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) codec: Codec,
    /// The SHA-256 of its bytes.
    pub(super) sha256: [u8; 32],
    /// Bytes of the block and of all blocks below it.
    pub(super) size: u64,
}

impl Block {
    /// The bytes of a binary CID: version, codec, and a multihash with its function and length.
    pub(super) const CID_BYTES: usize = 36;

    /// A block of bytes of a file.
    pub(super) fn raw(bytes: &[u8]) -> Self {
        Self { codec: Codec::Raw, sha256: Sha256::digest(bytes).into(), size: bytes.len() as u64 }
    }

    fn cid(&self) -> [u8; Self::CID_BYTES] {
        let mut cid = [0; Self::CID_BYTES];
        cid[..4].copy_from_slice(&[1, self.codec.number(), 0x12, 32]);
        cid[4..].copy_from_slice(&self.sha256);
        cid
    }
}

/// A node: links, then data.
#[derive(Debug, Default)]
pub(super) struct Node {
    bytes: Vec<u8>,
    below: u64,
}

impl Node {
    /// Adds a link. Links are written in the order of their names.
    pub(super) fn link(&mut self, name: &[u8], to: &Block) {
        let mut link = Vec::with_capacity(Block::CID_BYTES + name.len() + 16);
        field(&mut link, 1, &to.cid());
        field(&mut link, 2, name);
        number(&mut link, 3, to.size);
        field(&mut self.bytes, 2, &link);
        self.below += to.size;
    }

    /// The finished block, with its UnixFS data.
    pub(super) fn with_data(mut self, data: &[u8]) -> Block {
        field(&mut self.bytes, 1, data);
        let size = self.bytes.len() as u64 + self.below;
        Block { codec: Codec::DagPb, sha256: Sha256::digest(&self.bytes).into(), size }
    }
}

/// A field of bytes.
pub(super) fn field(out: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    out.push(number << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// A field that is a number.
pub(super) fn number(out: &mut Vec<u8>, number: u8, value: u64) {
    out.push(number << 3);
    varint(out, value);
}

/// Seven bits a byte, the lowest first; the top bit says that more follow.
fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

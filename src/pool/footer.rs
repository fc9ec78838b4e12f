//! What a reader begins with: the tail at the end of the file, the footer before it, and the directory of the bundles.

use crate::png::Bytes;
use crate::pool::error::Damage;

/// What a pool begins with.
pub(super) const HEAD: [u8; 16] = *b"\x89TPOOL\r\n\x01\0\0\0\0\0\0\0";
/// The magic number in it.
pub(super) const MAGIC: usize = 8;
/// What it ends with.
const TAIL_END: [u8; 8] = *b"TPOOLEND";
/// Bytes of the tail.
pub(super) const TAIL: usize = 32;
/// Bytes that a footer may have.
const MOST_FOOTER: u32 = 16 << 20;
/// Bytes of a directory's entry.
const ENTRY: usize = 56;

/// Names of sections that are not files of the collection.
pub(super) const DESCRIPTION: &str = ".description";
pub(super) const DIRECTORY: &str = ".directory";

/// Where the footer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tail {
    pub(super) footer: u64,
    pub(super) footer_len: u32,
    pub(super) crc: u32,
    /// Bytes of the pool.
    pub(super) len: u64,
}

impl Tail {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let Self { footer, footer_len, crc, len } = self;
        let mut out = Vec::with_capacity(TAIL);
        out.extend(footer.to_le_bytes());
        out.extend(footer_len.to_le_bytes());
        out.extend(crc.to_le_bytes());
        out.extend(len.to_le_bytes());
        out.extend(TAIL_END);
        out
    }

    /// The tail of a pool of `len` bytes.
    pub(super) fn read(bytes: &[u8], len: u64) -> Result<Self, Damage> {
        let mut rest = Bytes(bytes);
        let (footer, footer_len) = (u64_of(&mut rest)?, u32_of(&mut rest)?);
        let (crc, written) = (u32_of(&mut rest)?, u64_of(&mut rest)?);
        if rest.0 != TAIL_END {
            return Err("it does not end as a pool; it is cut short, or was not written to its end".into());
        }
        if written != len {
            return Err(format!("it has {len} bytes, and {written} were written").into());
        }
        let is_there = footer.checked_add(footer_len.into()) == Some(len - TAIL as u64);
        if !is_there || footer_len > MOST_FOOTER || footer < HEAD.len() as u64 {
            return Err("its footer is not where it should be".into());
        }
        Ok(Self { footer, footer_len, crc, len })
    }
}

/// A part of a pool with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) name: String,
    /// Whether it is deflated.
    pub(super) deflated: bool,
    pub(super) offset: u64,
    /// Bytes in the pool.
    pub(super) stored: u64,
    /// Bytes of what it is.
    pub(super) len: u64,
    /// CRC-32 of the bytes in the pool.
    pub(super) crc: u32,
}

/// What the footer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Footer {
    /// BLAKE3 of all bytes before the footer.
    pub(super) digest: [u8; 32],
    pub(super) sections: Vec<Section>,
}

impl Footer {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.digest.to_vec();
        out.extend((self.sections.len() as u32).to_le_bytes());
        for Section { name, deflated, offset, stored, len, crc } in &self.sections {
            out.push(u8::from(*deflated));
            out.push(name.len() as u8);
            out.extend(name.as_bytes());
            out.extend(offset.to_le_bytes());
            out.extend(stored.to_le_bytes());
            out.extend(len.to_le_bytes());
            out.extend(crc.to_le_bytes());
        }
        out
    }

    /// The footer that begins at `at` in the pool; sections lie before it.
    pub(super) fn read(bytes: &[u8], at: u64) -> Result<Self, Damage> {
        let mut rest = Bytes(bytes);
        let digest = rest.array()?;
        let count = u32_of(&mut rest)?;
        let mut sections: Vec<Section> = Vec::new();
        for _ in 0..count {
            let deflated = match rest.byte()? {
                0 => false,
                1 => true,
                form => return Err(format!("a section has the form {form}, and there are 0 and 1").into()),
            };
            let name_len = rest.byte()?;
            let name = std::str::from_utf8(rest.take(name_len.into())?)
                .map_err(|_| "a section's name is not text")?;
            let (offset, stored, len) = (u64_of(&mut rest)?, u64_of(&mut rest)?, u64_of(&mut rest)?);
            let section =
                Section { name: name.to_owned(), deflated, offset, stored, len, crc: u32_of(&mut rest)? };
            if offset.checked_add(stored).is_none_or(|end| end > at) || !deflated && stored != len {
                return Err(format!("the section {:?} does not lie before the footer", section.name).into());
            }
            if sections.iter().any(|other| other.name == section.name) {
                return Err(format!("the section {:?} is there twice", section.name).into());
            }
            sections.push(section);
        }
        match rest.0 {
            [] => Ok(Self { digest, sections }),
            _ => Err("its footer is longer than its sections".into()),
        }
    }
}

/// A bundle of items in the directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) items: u32,
    pub(super) index_len: u32,
    pub(super) index: u64,
    pub(super) documents: u64,
    /// Bytes in the pool.
    pub(super) documents_stored: u32,
    pub(super) documents_len: u32,
    /// Where the addresses of the index block count from.
    pub(super) base: u64,
    pub(super) index_crc: u32,
    pub(super) documents_crc: u32,
}

/// What an index block may have.
pub(super) const MOST_INDEX: u32 = 16 << 20;
/// What the documents of a bundle may have.
pub(super) const MOST_DOCUMENTS: u32 = 64 << 20;
/// What items a bundle may have.
pub(super) const MOST_ITEMS: u32 = 65_536;

pub(super) fn directory_to_bytes(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::with_capacity(ENTRY * entries.len());
    for entry in entries {
        [entry.first, entry.last, entry.items, entry.index_len]
            .iter()
            .for_each(|n| out.extend(n.to_le_bytes()));
        [entry.index, entry.documents].iter().for_each(|n| out.extend(n.to_le_bytes()));
        [entry.documents_stored, entry.documents_len].iter().for_each(|n| out.extend(n.to_le_bytes()));
        out.extend(entry.base.to_le_bytes());
        [entry.index_crc, entry.documents_crc].iter().for_each(|n| out.extend(n.to_le_bytes()));
    }
    out
}

/// The bundles of a pool whose footer begins at `end`.
pub(super) fn read_directory(bytes: &[u8], end: u64) -> Result<Vec<Entry>, Damage> {
    if !bytes.len().is_multiple_of(ENTRY) {
        return Err("its directory is cut short".into());
    }
    let mut rest = Bytes(bytes);
    let mut entries: Vec<Entry> = Vec::with_capacity(bytes.len() / ENTRY);
    while !rest.0.is_empty() {
        let entry = Entry {
            first: u32_of(&mut rest)?,
            last: u32_of(&mut rest)?,
            items: u32_of(&mut rest)?,
            index_len: u32_of(&mut rest)?,
            index: u64_of(&mut rest)?,
            documents: u64_of(&mut rest)?,
            documents_stored: u32_of(&mut rest)?,
            documents_len: u32_of(&mut rest)?,
            base: u64_of(&mut rest)?,
            index_crc: u32_of(&mut rest)?,
            documents_crc: u32_of(&mut rest)?,
        };
        let lies = |offset: u64, len: u32| offset.checked_add(len.into()).is_some_and(|to| to <= end);
        let is_valid = lies(entry.index, entry.index_len)
            && lies(entry.documents, entry.documents_stored)
            && entry.base <= end
            && entry.index_len <= MOST_INDEX
            && entry.documents_len <= MOST_DOCUMENTS
            && (1..=MOST_ITEMS).contains(&entry.items)
            && u64::from(entry.first) + u64::from(entry.items) <= u64::from(entry.last) + 1
            && entries.last().is_none_or(|before| before.last < entry.first);
        if !is_valid {
            return Err(format!("entry {} of its directory is not possible", entries.len()).into());
        }
        entries.push(entry);
    }
    Ok(entries)
}

pub(super) fn u32_of(bytes: &mut Bytes<'_>) -> Result<u32, Damage> {
    Ok(u32::from_le_bytes(bytes.array()?))
}

pub(super) fn u64_of(bytes: &mut Bytes<'_>) -> Result<u64, Damage> {
    Ok(u64::from_le_bytes(bytes.array()?))
}

impl From<crate::png::CutShort> for Damage {
    fn from(short: crate::png::CutShort) -> Self {
        Self(<&str>::from(short).to_owned())
    }
}

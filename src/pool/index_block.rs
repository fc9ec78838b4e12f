//! The index block of a bundle: which spans each of its items is joined from, and where they are.
//!
//! A block lists the spans of its items once, in the order of their addresses, and the different tile rows of these
//! items once, as numbers in that list; an item is a number for each tile row. So the block of a picture is all that is
//! read before its spans, and on a flat set of 2048x2048 it takes a kilobyte an item.

use crate::png::{Bytes, put_varint};
use crate::pool::description::PoolSize;
use crate::pool::error::Damage;
use crate::pool::footer::{MOST_ITEMS, u32_of};

/// Flags of an item.
const NAMED: u8 = 1;
const DIGESTS: u8 = 2;
const DOCUMENT: u8 = 4;

/// Length and BLAKE3 of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileDigest {
    pub(crate) bytes: u64,
    pub(crate) blake3: [u8; 32],
}

/// Where bytes are: an address that counts from the base of the bundle, and how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) address: u64,
    pub(super) len: u32,
}

/// What all items of a bundle need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct IndexBlock {
    /// The spans, by ascending addresses.
    pub(super) spans: Vec<Extent>,
    /// For each size, for each tile row, the different ones.
    pub(super) rows: Vec<Vec<TileRows>>,
    pub(super) items: Vec<Item>,
}

/// The different tile rows of one place, as numbers of spans.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TileRows {
    /// Where each ends in `spans`.
    ends: Vec<u32>,
    spans: Vec<u32>,
}

impl TileRows {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn push(&mut self, spans: impl IntoIterator<Item = u32>) {
        self.spans.extend(spans);
        self.ends.push(self.spans.len() as u32);
    }

    /// The spans of a tile row, left to right.
    pub(super) fn get(&self, number: usize) -> &[u32] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.spans[start..self.ends[number] as usize]
    }
}

/// An item of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) edition: u32,
    /// What stands for the edition in the names of its pictures.
    pub(super) name: Option<Box<str>>,
    /// One for each size.
    pub(super) pictures: Vec<Picture>,
    /// One for each picture, and that of the document.
    pub(super) digests: Option<Digests>,
    /// Bytes of its document.
    pub(super) document: Option<u32>,
}

/// The digests of an item's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Digests {
    pub(super) pictures: Vec<FileDigest>,
    pub(super) document: [u8; 32],
}

/// A picture of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Picture {
    /// Joined: the number of its tile row among the different ones, for each.
    Rows(Box<[u32]>),
    /// A file as it is, with its CRC-32.
    Whole(Extent, u32),
}

fn put_signed(value: i64, out: &mut Vec<u8>) {
    put_varint((value << 1 ^ value >> 63) as u64, out);
}

fn signed(bytes: &mut Bytes<'_>) -> Result<i64, Damage> {
    let value = bytes.varint()?;
    Ok((value >> 1) as i64 ^ -((value & 1) as i64))
}

/// A number of at most so much.
fn within(bytes: &mut Bytes<'_>, most: u64, what: &str) -> Result<u64, Damage> {
    match bytes.varint()? {
        value if value <= most => Ok(value),
        value => Err(format!("{what} is {value} in an index block; the most is {most}").into()),
    }
}

impl IndexBlock {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_varint(self.spans.len() as u64, &mut out);
        let mut end = 0;
        for &Extent { address, len } in &self.spans {
            put_varint(address - end, &mut out);
            put_varint(len.into(), &mut out);
            end = address + u64::from(len);
        }
        put_varint(self.items.len() as u64, &mut out);
        for rows in self.rows.iter().flatten() {
            put_varint(rows.len() as u64, &mut out);
            for number in 0..rows.len() {
                let spans = rows.get(number);
                put_varint(spans.len() as u64, &mut out);
                let mut before = 0;
                for &span in spans {
                    put_signed(i64::from(span) - before, &mut out);
                    before = span.into();
                }
            }
        }
        let mut least = self.items.first().map_or(0, |item| item.edition);
        for item in &self.items {
            item.write(least, &mut out);
            least = item.edition.saturating_add(1);
        }
        out
    }

    /// Reads the block of a bundle whose first item is `first`. Addresses lie before `end`.
    pub(super) fn read(bytes: &[u8], sizes: &[PoolSize], first: u32, end: u64) -> Result<Self, Damage> {
        let mut rest = Bytes(bytes);
        // Everything that is counted takes at least a byte, so nothing is made that is larger than a small factor of the block.
        let most = bytes.len() as u64;
        let count = within(&mut rest, most, "the number of spans")?;
        let mut spans = Vec::with_capacity(count as usize);
        let mut at = 0u64;
        for _ in 0..count {
            let address = at.checked_add(rest.varint()?).ok_or("a span lies outside the pool")?;
            let len = u32::try_from(rest.varint()?).map_err(|_| "a span is too long")?;
            at = address
                .checked_add(len.into())
                .filter(|&at| at <= end)
                .ok_or("a span lies outside the pool")?;
            spans.push(Extent { address, len });
        }
        let count = within(&mut rest, MOST_ITEMS.into(), "the number of items")?;
        let mut rows = Vec::with_capacity(sizes.len());
        for size in sizes {
            let of_size = (0..size.tile_rows()).map(|_| read_rows(&mut rest, spans.len(), most));
            rows.push(of_size.collect::<Result<Vec<_>, _>>()?);
        }
        let mut items: Vec<Item> = Vec::with_capacity(count as usize);
        let mut least = u64::from(first);
        for _ in 0..count {
            let item = Item::read(&mut rest, least, sizes, &rows, end)?;
            least = u64::from(item.edition) + 1;
            items.push(item);
        }
        match rest.0 {
            [] => Ok(Self { spans, rows, items }),
            _ => Err("an index block is longer than its items".into()),
        }
    }

    /// Bytes of memory, nearly.
    pub(super) fn memory(&self) -> usize {
        let rows = |rows: &TileRows| 48 + 4 * (rows.ends.len() + rows.spans.len());
        let item = |item: &Item| {
            let picture = |picture: &Picture| match picture {
                Picture::Rows(rows) => 32 + 4 * rows.len(),
                Picture::Whole(..) => 32,
            };
            size_of::<Item>() + item.pictures.iter().map(picture).sum::<usize>() + 48 * item.pictures.len()
        };
        size_of_val(&*self.spans)
            + self.rows.iter().flatten().map(rows).sum::<usize>()
            + self.items.iter().map(item).sum::<usize>()
    }
}

/// The different tile rows of one place.
fn read_rows(rest: &mut Bytes<'_>, spans: usize, most: u64) -> Result<TileRows, Damage> {
    let mut rows = TileRows::default();
    for _ in 0..within(rest, most, "the number of tile rows")? {
        let mut before = 0;
        for _ in 0..within(rest, most, "the number of spans of a tile row")? {
            before = signed(rest)?.checked_add(before).ok_or("a span has no number")?;
            let number = usize::try_from(before).ok().filter(|&number| number < spans);
            rows.spans.push(number.ok_or("a tile row has a span that is not listed")? as u32);
        }
        rows.ends.push(rows.spans.len() as u32);
    }
    Ok(rows)
}

impl Item {
    fn write(&self, least: u32, out: &mut Vec<u8>) {
        let Self { edition, name, pictures, digests, document } = self;
        put_varint((edition - least).into(), out);
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        let flags = flag(name.is_some(), NAMED) | flag(digests.is_some(), DIGESTS);
        out.push(flags | flag(document.is_some(), DOCUMENT));
        if let Some(name) = name {
            put_varint(name.len() as u64, out);
            out.extend(name.as_bytes());
        }
        for picture in pictures {
            match picture {
                Picture::Rows(rows) => {
                    put_varint(0, out);
                    rows.iter().for_each(|&row| put_varint(row.into(), out));
                }
                Picture::Whole(Extent { address, len }, crc) => {
                    put_varint(1, out);
                    put_varint(*address, out);
                    put_varint((*len).into(), out);
                    out.extend(crc.to_le_bytes());
                }
            }
        }
        for FileDigest { bytes, blake3 } in digests.iter().flat_map(|digests| &digests.pictures) {
            put_varint(*bytes, out);
            out.extend(blake3);
        }
        if let Some(len) = document {
            put_varint((*len).into(), out);
            out.extend(digests.iter().flat_map(|digests| digests.document));
        }
    }

    fn read(
        rest: &mut Bytes<'_>,
        least: u64,
        sizes: &[PoolSize],
        rows: &[Vec<TileRows>],
        end: u64,
    ) -> Result<Self, Damage> {
        let edition = least.checked_add(rest.varint()?).and_then(|edition| u32::try_from(edition).ok());
        let edition = edition.ok_or("the number of an item is too large")?;
        let flags = rest.byte()?;
        if flags & !(NAMED | DIGESTS | DOCUMENT) != 0 {
            return Err(format!("item {edition} has the flags {flags}").into());
        }
        let mut name = None;
        if flags & NAMED != 0 {
            let len = within(rest, 255, "the length of a name")?;
            let text = std::str::from_utf8(rest.take(len as usize)?).map_err(|_| "a name is not text")?;
            name = Some(text.into());
        }
        let mut pictures = Vec::with_capacity(sizes.len());
        for (size, rows) in sizes.iter().zip(rows) {
            pictures.push(match rest.varint()? {
                0 if size.encoder.is_some() => {
                    let number = |of: &TileRows| match rest.varint()? {
                        number if number < of.len() as u64 => Ok(number as u32),
                        number => {
                            Err(Damage(format!("item {edition} has tile row {number} of {}", of.len())))
                        }
                    };
                    Picture::Rows(rows.iter().map(number).collect::<Result<_, _>>()?)
                }
                1 => {
                    let (address, len) = (rest.varint()?, rest.varint()?);
                    let len = u32::try_from(len).map_err(|_| "a picture has 4 GiB or more")?;
                    if address.checked_add(len.into()).is_none_or(|to| to > end) {
                        return Err(format!("a picture of item {edition} lies outside the pool").into());
                    }
                    Picture::Whole(Extent { address, len }, u32_of(rest)?)
                }
                kind => return Err(format!("a picture of item {edition} has the kind {kind}").into()),
            });
        }
        let mut digests = None;
        if flags & DIGESTS != 0 {
            let digest = |_: &PoolSize| -> Result<FileDigest, Damage> {
                Ok(FileDigest { bytes: rest.varint()?, blake3: rest.array()? })
            };
            let pictures = sizes.iter().map(digest).collect::<Result<_, _>>()?;
            digests = Some(Digests { pictures, document: [0; 32] });
        }
        let mut document = None;
        if flags & DOCUMENT != 0 {
            document = Some(u32::try_from(rest.varint()?).map_err(|_| "a document has 4 GiB or more")?);
            if let Some(digests) = &mut digests {
                digests.document = rest.array()?;
            }
        }
        Ok(Self { edition, name, pictures, digests, document })
    }
}

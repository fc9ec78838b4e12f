//! Writing a pool from its beginning to its end.
//!
//! Items come in the order of their editions, so a pool's bytes depend on its items alone: a span gets its number when
//! the first item that shows it comes. Spans that were numbered carry their number; those that were pressed again after
//! they left the span cache are found by the digest of their record. That takes some 34 bytes of memory for each
//! different span, and what a bundle takes.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use hashbrown::HashTable;

use crate::png::{Encoder, RowSpans, place_of};
use crate::pool::bundle::Bundle;
use crate::pool::description::{Description, PoolSize};
use crate::pool::footer::{
    DESCRIPTION, DIRECTORY, Entry, Footer, HEAD, Section, TAIL, Tail, directory_to_bytes,
};
use crate::pool::index_block::{Digests, Extent, FileDigest, Item, Picture};

/// An item to add.
#[derive(Debug)]
pub(crate) struct NewItem<'a> {
    pub(crate) edition: u32,
    /// What stands for the edition in the names of its pictures, where that is something else.
    pub(crate) name: Option<&'a str>,
    /// One for each size.
    pub(crate) pictures: &'a [NewPicture<'a>],
    /// One for each picture, and one for the document.
    pub(crate) digests: Option<(&'a [FileDigest], [u8; 32])>,
    pub(crate) document: Option<&'a [u8]>,
}

/// A picture of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NewPicture<'a> {
    /// Its tile rows from top to bottom.
    Spans(&'a [Arc<RowSpans>]),
    /// Its file, where it is not joined.
    Whole(&'a [u8]),
}

/// Counts and digests what is written.
#[derive(Debug)]
struct Digesting<W> {
    out: W,
    at: u64,
    hasher: blake3::Hasher,
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.at += written as u64;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The spans of a pool.
#[derive(Debug, Default)]
struct Spans {
    extents: Vec<Extent>,
    digests: Vec<[u8; 16]>,
    table: HashTable<u32>,
}

fn hash_of(digest: &[u8; 16]) -> u64 {
    u64::from_le_bytes(*digest.first_chunk().expect("it has sixteen bytes"))
}

/// Writers so far, so that the numbers which spans carry are those of one pool.
static WRITERS: AtomicU32 = AtomicU32::new(1);

/// A pool that is being written.
#[derive(Debug)]
pub(crate) struct PoolWriter<W> {
    out: Digesting<W>,
    sizes: Vec<PoolSize>,
    /// Which writer it is.
    writer: u32,
    spans: Spans,
    bundle: Bundle,
    entries: Vec<Entry>,
    sections: Vec<Section>,
    items: u64,
    /// Reused from span to span.
    record: Vec<u8>,
}

impl<W: Write> PoolWriter<W> {
    /// Begins a pool whose pictures have these sizes.
    pub(crate) fn begin(out: W, sizes: Vec<PoolSize>) -> io::Result<Self> {
        let mut out = Digesting { out, at: 0, hasher: blake3::Hasher::new() };
        out.write_all(&HEAD)?;
        let bundle = Bundle::new(&tile_rows(&sizes));
        let writer = WRITERS.fetch_add(1, Relaxed);
        let (spans, entries, sections) = (Spans::default(), Vec::new(), Vec::new());
        Ok(Self { out, sizes, writer, spans, bundle, entries, sections, items: 0, record: Vec::new() })
    }

    /// Adds the next item; editions ascend.
    pub(crate) fn add(&mut self, item: &NewItem<'_>) -> io::Result<()> {
        let mut pictures = Vec::with_capacity(item.pictures.len());
        let mut numbers = Vec::new();
        for (number, picture) in item.pictures.iter().enumerate() {
            pictures.push(match picture {
                NewPicture::Whole(file) => {
                    let len = u32::try_from(file.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
                    let extent = Extent { address: self.out.at, len };
                    self.out.write_all(file)?;
                    Picture::Whole(extent, crc32fast::hash(file))
                }
                NewPicture::Spans(rows) => {
                    let encoder = self.sizes[number].encoder.clone().expect("pictures of spans have one");
                    let mut of_rows = Vec::with_capacity(rows.len());
                    for (tile_row, spans) in rows.iter().enumerate() {
                        numbers.clear();
                        self.add_spans(number, tile_row, spans, &encoder, &mut numbers)?;
                        of_rows.push(self.bundle.row(number, tile_row, &numbers));
                    }
                    Picture::Rows(of_rows.into())
                }
            });
        }
        let digests =
            item.digests.map(|(pictures, document)| Digests { pictures: pictures.to_vec(), document });
        let document = match item.document {
            Some(document) => Some(u32::try_from(document.len()).map_err(|_| io::ErrorKind::FileTooLarge)?),
            None => None,
        };
        let (edition, name) = (item.edition, item.name.map(Into::into));
        self.bundle
            .push(Item { edition, name, pictures, digests, document }, item.document.unwrap_or_default());
        self.items += 1;
        if self.bundle.is_complete() { self.end_bundle() } else { Ok(()) }
    }

    /// The numbers of the spans of a tile row; what is new is written.
    fn add_spans(
        &mut self,
        size: usize,
        tile_row: usize,
        row: &RowSpans,
        encoder: &Encoder,
        numbers: &mut Vec<u32>,
    ) -> io::Result<()> {
        let spans = row.spans();
        for (index, span) in spans.iter().enumerate() {
            if let Some(number) = span.mark.get(self.writer) {
                numbers.push(number);
                continue;
            }
            let end = spans.get(index + 1).map_or(self.sizes[size].size.width, |next| next.x);
            self.record.clear();
            encoder.write_record(place_of(tile_row, span.x, end), span, &mut self.record);
            let mut hasher = blake3::Hasher::new();
            hasher.update(&[size as u8]).update(&self.record);
            let digest = *hasher.finalize().as_bytes().first_chunk().expect("it has 32 bytes");
            let Spans { extents, digests, table } = &mut self.spans;
            let found = table.find(hash_of(&digest), |&number| digests[number as usize] == digest);
            let number = match found {
                Some(&number) => number,
                None => {
                    let number = extents.len() as u32;
                    self.record.extend(crc32fast::hash(&self.record).to_le_bytes());
                    extents.push(Extent { address: self.out.at, len: self.record.len() as u32 });
                    digests.push(digest);
                    table.insert_unique(hash_of(&digest), number, |&number| {
                        hash_of(&digests[number as usize])
                    });
                    self.out.write_all(&self.record)?;
                    number
                }
            };
            span.mark.set(self.writer, number);
            numbers.push(number);
        }
        Ok(())
    }

    /// Writes index block and documents of the items since the last bundle.
    fn end_bundle(&mut self) -> io::Result<()> {
        let bundle = std::mem::replace(&mut self.bundle, Bundle::new(&tile_rows(&self.sizes)));
        let ends = |of: &Item| of.edition;
        let (Some(first), Some(last)) = (bundle.items.first().map(ends), bundle.items.last().map(ends))
        else {
            return Ok(());
        };
        let items = bundle.items.len() as u32;
        let (block, documents) = bundle.finish(|number| self.spans.extents[number as usize]);
        let block = block.to_bytes();
        let index = self.out.at;
        self.out.write_all(&block)?;
        let at = self.out.at;
        let mut stored = Vec::new();
        if !documents.is_empty() {
            let mut deflate = DeflateEncoder::new(&mut stored, Compression::best());
            deflate.write_all(&documents)?;
            deflate.finish()?;
            self.out.write_all(&stored)?;
        }
        self.entries.push(Entry {
            first,
            last,
            items,
            index_len: block.len() as u32,
            index,
            documents: at,
            documents_stored: stored.len() as u32,
            documents_len: documents.len() as u32,
            base: 0,
            index_crc: crc32fast::hash(&block),
            documents_crc: crc32fast::hash(&stored),
        });
        Ok(())
    }

    /// Adds a file that is not of one item.
    pub(crate) fn add_file(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        self.add_section(name, write)
    }

    fn add_section(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let offset = self.out.at;
        let stored = Checked { out: &mut self.out, crc: crc32fast::Hasher::new(), len: 0 };
        let mut section = Checked {
            out: DeflateEncoder::new(stored, Compression::best()),
            crc: crc32fast::Hasher::new(),
            len: 0,
        };
        write(&mut section)?;
        let Checked { out, len, .. } = section;
        let Checked { crc, len: stored, .. } = out.finish()?;
        let (name, crc) = (name.to_owned(), crc.finalize());
        self.sections.push(Section { name, deflated: true, offset, stored, len, crc });
        Ok(())
    }

    /// Writes what follows the items. Gives what was written to, and BLAKE3 of the pool without footer and tail.
    pub(crate) fn finish(
        mut self,
        digests: bool,
        run: Option<serde_json::Value>,
        files: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<(W, [u8; 32])> {
        self.end_bundle()?;
        files(&mut self)?;
        let description = Description::new(self.items, digests, &self.sizes, run);
        self.add_section(DESCRIPTION, |out| serde_json::to_writer(out, &description).map_err(Into::into))?;
        let directory = directory_to_bytes(&self.entries);
        self.add_section(DIRECTORY, |out| out.write_all(&directory))?;
        let Digesting { mut out, at, hasher } = self.out;
        let digest = *hasher.finalize().as_bytes();
        let footer = Footer { digest, sections: self.sections }.to_bytes();
        out.write_all(&footer)?;
        let len = at + footer.len() as u64 + TAIL as u64;
        let tail = Tail { footer: at, footer_len: footer.len() as u32, crc: crc32fast::hash(&footer), len };
        out.write_all(&tail.to_bytes())?;
        out.flush()?;
        Ok((out, digest))
    }
}

fn tile_rows(sizes: &[PoolSize]) -> Vec<usize> {
    sizes.iter().map(PoolSize::tile_rows).collect()
}

/// Counts what is written, with its CRC-32.
struct Checked<W> {
    out: W,
    crc: crc32fast::Hasher,
    len: u64,
}

impl<W: Write> Write for Checked<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.crc.update(&bytes[..written]);
        self.len += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

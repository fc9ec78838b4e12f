//! Reading the spans of a picture: those that are near to each other together, each checked, and kept for the next picture.

use std::sync::Arc;

use crate::geometry::Place;
use crate::png::{CompressedSpan, Encoder, RowSpans};
use crate::pool::error::PoolError;
use crate::pool::index_block::{Extent, IndexBlock, Picture};
use crate::pool::reader::{PIECE, Pool};
use crate::threads::lock;

/// Spans that are so near to each other are read together, in pieces of so many bytes.
const GAP: u64 = 8 << 10;

/// A span and where it lies.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) place: Place,
    pub(super) span: Arc<CompressedSpan>,
}

/// An item with all that its files are made of.
#[derive(Debug)]
pub(crate) struct StoredItem {
    pub(crate) name: Option<String>,
    /// One for each size.
    pub(crate) pictures: Vec<StoredPicture>,
    pub(crate) document: Option<Vec<u8>>,
}

/// A picture of it.
#[derive(Debug)]
pub(crate) enum StoredPicture {
    /// Its tile rows, from top to bottom.
    Spans(Vec<Arc<RowSpans>>),
    /// Its file.
    Whole(Vec<u8>),
}

impl Pool {
    /// An item as it was written, with the spans of its pictures.
    pub(crate) fn stored_item(&self, edition: u32) -> Result<StoredItem, PoolError> {
        let (bundle, block, index) = self.find(edition)?;
        let item = &block.items[index];
        let mut pictures = Vec::with_capacity(item.pictures.len());
        for (number, picture) in item.pictures.iter().enumerate() {
            pictures.push(match picture {
                Picture::Whole(..) => StoredPicture::Whole(self.picture_of_size(edition, number)?),
                Picture::Rows(rows) => {
                    let encoder = self.sizes[number].encoder.as_ref().expect("it was read with its spans");
                    StoredPicture::Spans(self.rows(bundle, number, &block, rows, encoder, edition)?)
                }
            });
        }
        let name = item.name.as_deref().map(str::to_owned);
        Ok(StoredItem { name, pictures, document: self.metadata(edition)? })
    }

    /// The spans of a picture of these tile rows.
    pub(super) fn rows(
        &self,
        bundle: usize,
        size: usize,
        block: &IndexBlock,
        rows: &[u32],
        encoder: &Encoder,
        edition: u32,
    ) -> Result<Vec<Arc<RowSpans>>, PoolError> {
        let spans_of = |tile_row: usize| block.rows[size][tile_row].get(rows[tile_row] as usize);
        let mut wanted: Vec<u32> = (0..rows.len()).flat_map(|row| spans_of(row).to_vec()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let spans = self.spans(bundle, size, block, &wanted, encoder)?;
        let grid = encoder.grid();
        let mut joined = Vec::with_capacity(rows.len());
        for tile_row in 0..rows.len() {
            let (mut column, mut of_row) = (0, Vec::new());
            for number in spans_of(tile_row) {
                let Placed { place, span } =
                    &*spans[wanted.binary_search(number).expect("all were asked for")];
                if usize::from(place.tile_row) != tile_row || usize::from(place.first) != column {
                    let what =
                        format!("tile row {tile_row} of picture {edition} has a span of another place");
                    return Err(self.damaged(what));
                }
                column = usize::from(place.last) + 1;
                of_row.push(span.clone());
            }
            if column != grid.columns() {
                return Err(self.damaged(format!("tile row {tile_row} of picture {edition} is not filled")));
            }
            joined.push(Arc::new(RowSpans::new(of_row.into())));
        }
        Ok(joined)
    }

    /// Spans of a bundle by their numbers, which ascend, each with its place.
    fn spans(
        &self,
        bundle: usize,
        size: usize,
        block: &IndexBlock,
        wanted: &[u32],
        encoder: &Encoder,
    ) -> Result<Vec<Arc<Placed>>, PoolError> {
        let base = self.bundles[bundle].base;
        let extents: Vec<Extent> = wanted.iter().map(|&number| block.spans[number as usize]).collect();
        let key = |extent: &Extent| (base + extent.address, size as u8);
        let mut found: Vec<Option<Arc<Placed>>> = {
            let mut kept = lock(&self.kept_spans);
            extents.iter().map(|extent| kept.get(&key(extent))).collect()
        };
        let missing: Vec<usize> = (0..found.len()).filter(|&index| found[index].is_none()).collect();
        let mut new = Vec::with_capacity(missing.len());
        let mut buffer = Vec::new();
        let mut rest = &missing[..];
        while let [first, ..] = rest {
            let start = extents[*first].address;
            let mut end = start;
            let near = |index: &&usize| {
                let Extent { address, len } = extents[**index];
                let near =
                    address <= end + GAP && (end == start || address + u64::from(len) - start <= PIECE);
                if near {
                    end = address + u64::from(len);
                }
                near
            };
            let count = rest.iter().take_while(near).count();
            let end = extents[rest[count - 1]].address + u64::from(extents[rest[count - 1]].len);
            buffer.resize((end - start) as usize, 0);
            self.read_into(base + start, &mut buffer)?;
            for &index in &rest[..count] {
                let Extent { address, len } = extents[index];
                let record = &buffer[(address - start) as usize..][..len as usize];
                new.push((index, Arc::new(self.span(record, encoder)?)));
            }
            rest = &rest[count..];
        }
        let mut kept = lock(&self.kept_spans);
        for (index, span) in new {
            kept.put(key(&extents[index]), span.clone(), span.span.memory() + 96);
            found[index] = Some(span);
        }
        drop(kept);
        Ok(found.into_iter().map(|span| span.expect("it was kept or read")).collect())
    }

    /// The span of a record with its checksum.
    fn span(&self, record: &[u8], encoder: &Encoder) -> Result<Placed, PoolError> {
        let (record, crc) =
            record.split_last_chunk().ok_or_else(|| self.damaged("a span is cut short".to_owned()))?;
        if crc32fast::hash(record) != u32::from_le_bytes(*crc) {
            return Err(self.damaged("the checksum of a span is wrong".to_owned()));
        }
        let read = encoder.read_record(record);
        let (place, span) = read.map_err(|what| self.damaged(format!("a span cannot be: {what}")))?;
        Ok(Placed { place, span: Arc::new(span) })
    }
}

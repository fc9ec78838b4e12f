//! Pools that were not written by us, with every checksum right: an error or the right picture, never a panic.

use std::sync::Arc;

use proptest::prelude::*;

use crate::geometry::Size;
use crate::png::{CodeLengths, Color, Encoder, Filter, Format, RowSpans, Scratch, Search, shape_of};
use crate::pool::Pool;
use crate::pool::description::PoolSize;
use crate::pool::footer::{
    DESCRIPTION, DIRECTORY, Entry, Footer, Section, TAIL, Tail, directory_to_bytes, read_directory,
};
use crate::pool::index_block::{Extent, FileDigest, IndexBlock};
use crate::pool::section::read_section;
use crate::pool::writer::{NewItem, NewPicture, PoolWriter};

const SIZE: Size = Size { width: 150, height: 70 };
const ITEMS: u32 = 6;

fn encoder(color: Color, filter: Filter) -> Encoder {
    let format = Format { size: SIZE, color, icc_profile: None };
    let lengths = CodeLengths::untrained(shape_of(&format), 256);
    Encoder::new(format, filter, lengths, Search::Far)
}

/// The pixels of an item: stripes, of which neighbours share some.
fn pixel(item: u32, x: u32, y: u32) -> u32 {
    let shade = (x / 20 + y / 9 + item / 2 * (x / 64)) % 5;
    0xff00_0000 | (shade * 0x0012_3456) | ((x * y * u32::from(item == 3 && x < 8)) & 0xff)
}

/// A pool with and without digests, and its pictures.
fn pool(color: Color, filter: Filter, with_digests: bool) -> (Vec<u8>, Vec<Vec<u8>>) {
    let encoder = Arc::new(encoder(color, filter));
    let grid = encoder.grid();
    let size = PoolSize {
        folder: "images".into(),
        extension: "png".into(),
        size: SIZE,
        encoder: Some(encoder.clone()),
    };
    let mut writer = PoolWriter::begin(Vec::new(), vec![size]).unwrap();
    let mut files = Vec::new();
    for item in 0..ITEMS {
        let row = |tile_row: usize| {
            let spans = [0..64, 64..150].map(|xs: std::ops::Range<usize>| {
                let pixels = grid
                    .y_range(tile_row)
                    .flat_map(|y| xs.clone().map(move |x| pixel(item, x as u32, y as u32)));
                let mut pixels: Vec<u32> = pixels.collect();
                Arc::new(encoder.compress(&mut pixels, xs.len(), xs.start, &mut Scratch::default()))
            });
            Arc::new(RowSpans::new(spans.into()))
        };
        let rows: Vec<Arc<RowSpans>> = (0..grid.rows()).map(row).collect();
        let tile_rows: Vec<_> = rows.iter().map(|spans| crate::png::TileRow { spans, block: None }).collect();
        let mut file = Vec::new();
        let len = encoder.join(&tile_rows, &mut file).expect("stripes are smaller than their pixels");
        file.truncate(len);
        let digests = [FileDigest { bytes: len as u64, blake3: *blake3::hash(&file).as_bytes() }];
        let document = format!("{{\"item\": {item}}}");
        let of_document = *blake3::hash(document.as_bytes()).as_bytes();
        writer
            .add(&NewItem {
                edition: 3 + 2 * item,
                name: Some(&format!("n{item}")).filter(|_| item % 2 == 0).map(String::as_str),
                pictures: &[NewPicture::Spans(&rows)],
                digests: with_digests.then_some((&digests[..], of_document)),
                document: Some(document.as_bytes()),
            })
            .unwrap();
        files.push(file);
    }
    let (bytes, _) = writer
        .finish(with_digests, None, |writer| writer.add_file("plan.json", |out| out.write_all(b"{}")))
        .unwrap();
    (bytes, files)
}

/// A pool in its parts, which can be changed and put together again with the right checksums.
struct Parts {
    body: Vec<u8>,
    entries: Vec<Entry>,
    description: Vec<u8>,
    sections: Vec<Section>,
}

impl Parts {
    fn of(pool: &[u8]) -> Self {
        let len = pool.len();
        let tail = Tail::read(&pool[len - TAIL..], len as u64).unwrap();
        let footer = &pool[tail.footer as usize..][..tail.footer_len as usize];
        let Footer { sections, .. } = Footer::read(footer, tail.footer).unwrap();
        let held = |name: &str| {
            let section = sections.iter().find(|section| section.name == name).unwrap();
            (section.offset, read_section(&pool.to_vec(), section, "").unwrap())
        };
        let ((at, description), (_, directory)) = (held(DESCRIPTION), held(DIRECTORY));
        let entries = read_directory(&directory, tail.footer).unwrap();
        let sections = sections.into_iter().filter(|section| !section.name.starts_with('.')).collect();
        Self { body: pool[..at as usize].to_vec(), entries, description, sections }
    }

    fn put_together(self) -> Vec<u8> {
        let Self { mut body, entries, description, mut sections } = self;
        for (name, bytes) in [(DESCRIPTION, description), (DIRECTORY, directory_to_bytes(&entries))] {
            let (offset, len, crc) = (body.len() as u64, bytes.len() as u64, crc32fast::hash(&bytes));
            sections.push(Section { name: name.to_owned(), deflated: false, offset, stored: len, len, crc });
            body.extend(bytes);
        }
        let footer = Footer { digest: *blake3::hash(&body).as_bytes(), sections }.to_bytes();
        let len = (body.len() + footer.len() + TAIL) as u64;
        let tail = Tail {
            footer: body.len() as u64,
            footer_len: footer.len() as u32,
            crc: crc32fast::hash(&footer),
            len,
        };
        body.extend(footer);
        body.extend(tail.to_bytes());
        body
    }

    /// Where the index block is, and where the spans are that it lists.
    fn index(&self, sizes: &[PoolSize]) -> (std::ops::Range<usize>, Vec<Extent>) {
        let Entry { index, index_len, first, .. } = self.entries[0];
        let range = index as usize..index as usize + index_len as usize;
        let block =
            IndexBlock::read(&self.body[range.clone()], sizes, first, self.body.len() as u64).unwrap();
        (range, block.spans)
    }
}

/// What is changed: its kind, where (of the kind's own bytes), and to what.
type Change = (u8, prop::sample::Index, u8);

fn change(parts: &mut Parts, sizes: &[PoolSize], (kind, at, to): &Change) {
    let (index, spans) = parts.index(sizes);
    match kind {
        0 => {
            parts.body[index.start + at.index(index.len())] = *to;
            let crc = crc32fast::hash(&parts.body[index]);
            parts.entries[0].index_crc = crc;
        }
        1 | 2 => {
            // A span and its checksum.
            let Extent { address, len } = spans[at.index(spans.len())];
            let record = &mut parts.body[address as usize..][..len as usize];
            let (record, crc) = record.split_last_chunk_mut::<4>().unwrap();
            let within = if *kind == 1 { record.len() } else { record.len().min(12) };
            record[at.index(within)] = *to;
            *crc = crc32fast::hash(record).to_le_bytes();
        }
        3 => {
            let len = parts.description.len();
            parts.description[at.index(len)] = *to;
        }
        4 => {
            let mut directory = directory_to_bytes(&parts.entries);
            let place = at.index(directory.len());
            directory[place] = *to;
            // What is refused stays as it was.
            if let Ok(entries) = read_directory(&directory, parts.body.len() as u64) {
                parts.entries = entries;
            }
        }
        _ => {
            let section = &mut parts.sections[0];
            let number = u64::from(*to) << (8 * at.index(8));
            match to % 3 {
                0 => section.offset = number,
                1 => section.stored = number,
                _ => section.len = number,
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_is_the_right_picture_or_an_error(
        color in prop::sample::select(vec![Color::Rgb, Color::Rgba]),
        filter in prop::sample::select(Filter::ALL.to_vec()),
        with_digests in any::<bool>(),
        changes in prop::collection::vec((0u8..6, any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let (bytes, files) = pool(color, filter, with_digests);
        let whole = Pool::open(bytes.clone()).unwrap();
        let sizes = whole.pool_sizes().to_vec();
        for (item, file) in (0..).zip(&files) {
            prop_assert!(whole.picture(3 + 2 * item).unwrap() == *file);
            prop_assert_eq!(whole.metadata(3 + 2 * item).unwrap().unwrap(), format!("{{\"item\": {item}}}").into_bytes());
        }
        prop_assert!(whole.has_own_digest().unwrap());
        for change_of in &changes {
            let mut parts = Parts::of(&bytes);
            change(&mut parts, &sizes, change_of);
            let Ok(pool) = Pool::open(parts.put_together()) else { continue };
            for (item, file) in (0..).zip(&files) {
                if let Ok(picture) = pool.picture(3 + 2 * item) {
                    // Without digests bits that were changed with their checksum make another picture.
                    prop_assert!(!with_digests || picture == *file || change_of.0 == 3 || change_of.0 == 0);
                }
                let _ = pool.metadata(3 + 2 * item);
                let _ = pool.stored_item(3 + 2 * item);
            }
            let _ = pool.editions();
            for name in pool.files() {
                let _ = std::io::copy(&mut pool.file(name).unwrap(), &mut std::io::sink());
            }
        }
    }
}

//! A tile row of a picture: its spans from left to right, and what joining needs of all of them together.
//!
//! Many pictures show the same tile row, more than half of them in a long collection. What is the same for all of these
//! is added up once here: the sums for Adler-32 and the most bits that can come out. A row that repeats is joined once,
//! to a [`Block`]: it begins with its filter byte and no copy or run goes on past its end, so its bits depend on nothing
//! outside, and a picture takes them in one copy in place of one for each row of each span.

use std::sync::Arc;

use crate::png::span::CompressedSpan;

/// The spans of a tile row.
#[derive(Debug)]
pub(crate) struct RowSpans {
    spans: Box<[Arc<CompressedSpan>]>,
    /// No more bits than this are joined for them.
    most_bits: u64,
    /// Adler-32's two sums over the spans, by positions within the tile row.
    sums: ByteSums,
}

/// Adler-32's two sums: of bytes, and of bytes times their position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ByteSums {
    pub(crate) plain: u64,
    pub(crate) weighted: u64,
}

impl RowSpans {
    /// Of spans that fill a tile row, left to right.
    pub(crate) fn new(spans: Box<[Arc<CompressedSpan>]>) -> Self {
        let most_bits = spans.iter().map(|span| span.most_bits).sum();
        let plain = spans.iter().map(|span| u64::from(span.sums.0)).sum();
        let weighted = spans.iter().map(|span| u64::from(span.sums.1)).sum();
        Self { spans, most_bits, sums: ByteSums { plain, weighted } }
    }

    /// The spans, left to right.
    pub(crate) fn spans(&self) -> &[Arc<CompressedSpan>] {
        &self.spans
    }

    /// No more bits than this are joined for the spans.
    pub(crate) fn most_bits(&self) -> u64 {
        self.most_bits
    }

    /// ByteSums over what the spans code.
    pub(crate) fn sums(&self) -> ByteSums {
        self.sums
    }

    /// Bytes of memory beside the spans themselves.
    pub(crate) fn memory(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.spans)
    }
}

/// A tile row as one string of bits, filter bytes included.
#[derive(Debug)]
pub(crate) struct Block {
    /// The bits, and as many bytes more as copying reads of the last.
    pub(super) bytes: Box<[u8]>,
    pub(super) bits: u32,
    /// ByteSums of the first pixels of spans, which are made at joining under a filter that looks to the left.
    pub(super) edges: ByteSums,
}

impl Block {
    /// Bytes of memory.
    pub(crate) fn memory(&self) -> usize {
        size_of::<Self>() + self.bytes.len()
    }
}

/// A tile row of a picture to join.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TileRow<'a> {
    pub(crate) spans: &'a RowSpans,
    /// The same row joined, where there is such a string.
    pub(crate) block: Option<&'a Block>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geometry::{Grid, Size};
    use crate::png::{CodeLengths, Color, Encoder, Filter, Format, Scratch, Search, shape_of};

    proptest! {
        /// Pictures whose tile rows are joined span by span and as blocks, in any mixture, are the same files, and decode to
        /// the picture.
        #[test]
        fn a_block_is_its_tile_row(
            filter in prop::sample::select(Filter::ALL.to_vec()),
            color in prop::sample::select(vec![Color::Rgb, Color::Rgba]),
            width in 1usize..300,
            height in 1usize..90,
            changes in prop::collection::vec((0usize..20_000, 1usize..900, 0u32..4), 0..60),
            cuts in prop::collection::btree_set(1usize..300, 0..6),
            joined in prop::collection::vec(any::<bool>(), 3),
        ) {
            let colours = [0xff00_0000u32, 0xff80_4020, 0xff80_4021, 0xffff_ffff];
            let mut picture = vec![colours[0]; width * height];
            for (from, length, colour) in changes {
                picture.iter_mut().skip(from).take(length).for_each(|pixel| *pixel = colours[colour as usize]);
            }
            let size = Size { width: width as u32, height: height as u32 };
            let format = Format { size, color: color.clone(), icc_profile: None };
            let lengths = CodeLengths::untrained(shape_of(&format), 256);
            let encoder = Encoder::new(format, filter, lengths, Search::Far);
            let grid = Grid::new(size);
            let cuts: Vec<usize> = [0].into_iter().chain(cuts.into_iter().filter(|&cut| cut < width)).collect();
            let span = |tile_row: usize, from: usize, to: usize| {
                let rows = grid.y_range(tile_row).flat_map(|y| &picture[y * width..][from..to]);
                let mut pixels: Vec<u32> = rows.copied().collect();
                Arc::new(encoder.compress(&mut pixels, to - from, from, &mut Scratch::default()))
            };
            let ends = || cuts.iter().skip(1).copied().chain([width]);
            let rows: Vec<RowSpans> = (0..grid.rows())
                .map(|row| RowSpans::new(cuts.iter().zip(ends()).map(|(&from, to)| span(row, from, to)).collect()))
                .collect();
            let mut buffer = vec![0xaa; 50];
            let blocks: Vec<Option<Block>> = rows.iter().enumerate()
                .map(|(row, spans)| joined[row % 3].then(|| encoder.block(row, spans, usize::MAX, &mut buffer).unwrap()))
                .collect();
            let file = |blocks: &[Option<Block>]| {
                let rows: Vec<TileRow<'_>> = rows.iter().zip(blocks)
                    .map(|(spans, block)| TileRow { spans, block: block.as_ref() })
                    .collect();
                let mut file = Vec::new();
                encoder.join(&rows, &mut file).map(|len| file[..len].to_vec())
            };
            let none: Vec<Option<Block>> = rows.iter().map(|_| None).collect();
            let want = file(&none);
            prop_assert_eq!(&file(&blocks), &want);
            for (row, block) in blocks.iter().enumerate() {
                let Some(block) = block else { continue };
                prop_assert!(encoder.block(row, &rows[row], block.bytes.len(), &mut buffer).is_some());
                prop_assert!(encoder.block(row, &rows[row], block.bytes.len() - 1, &mut buffer).is_none());
            }
            if let Some(file) = want {
                let mut decoded = image::load_from_memory(&file).unwrap().to_rgba8().into_raw();
                if color == Color::Rgb {
                    decoded.chunks_exact_mut(4).for_each(|pixel| pixel[3] = 255);
                }
                let want: Vec<u8> = picture.iter().flat_map(|pixel| pixel.to_le_bytes()).collect();
                prop_assert!(decoded == want, "the file shows the picture");
            }
        }
    }
}

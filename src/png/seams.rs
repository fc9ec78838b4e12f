//! Joining rows of spans: what ends one and goes on in the next is written as one.
//!
//! Copies from straight above, and runs of one colour, that a row begins or ends with are not part of its bits (see
//! [`Row`]). Here they wait for what follows, and go on if that begins with more of them. Rows that are all copy, which
//! most are where pictures are plain, are a sum.
//!
//! What a row begins and ends with follows no pattern. What waits is put where it may have to be, as no bits if it is
//! nothing; only where a stretch turns into another, which is rarer, is asked. Putting everything each time took 1.2 times
//! as long.

use crate::png::bits::BitWriter;
use crate::png::huffman_tables::Code;
use crate::png::rows::Row;

/// A deflate stream that rows of spans are appended to.
#[derive(Debug)]
pub(crate) struct SeamWriter<'a> {
    code: &'a Code,
    stream: BitWriter<'a>,
    /// Pixels that repeat others, and whether that is the one to their left.
    waiting: usize,
    waiting_left: bool,
    /// The last pixel; no pixel at the beginning of a row.
    last: u64,
}

/// Differs from all pixels.
const NO_PIXEL: u64 = u64::MAX;

impl<'a> SeamWriter<'a> {
    pub(crate) fn new(code: &'a Code, stream: BitWriter<'a>) -> Self {
        Self { code, stream, waiting: 0, waiting_left: false, last: NO_PIXEL }
    }

    /// Begins a row of the picture with the byte of its filter.
    #[inline(always)]
    pub(crate) fn begin_row(&mut self, filter: u8) {
        self.flush();
        let bits = self.code.byte(filter);
        self.stream.put(bits.bits, bits.count);
        self.last = NO_PIXEL;
    }

    /// Appends rows that were joined before, from a filter byte to the end of a row.
    #[inline(always)]
    pub(crate) fn block(&mut self, bytes: &[u8], bits: u32) {
        self.flush();
        self.stream.copy(bytes, bits);
    }

    /// Ends the last row.
    pub(crate) fn end(mut self) -> BitWriter<'a> {
        self.flush();
        self.stream
    }

    /// Writes what waits, if anything does.
    #[inline(always)]
    fn flush(&mut self) {
        self.code.put_repeats(self.waiting_left, self.waiting, &mut self.stream);
        self.waiting = 0;
    }

    /// Writes a pixel as it is. Nothing may wait.
    #[inline(always)]
    pub(crate) fn literal(&mut self, pixel: u32) {
        self.code.put_pixel(pixel, &mut self.stream);
    }

    /// Appends a row of a span with these bytes.
    #[inline(always)]
    pub(crate) fn row(&mut self, bytes: &[u8], row: &Row) {
        let (pixels, left) = (row.head.pixels(), row.head.is_left());
        // Another colour begins here: its first pixel is written, and the others repeat it.
        let other = left && u64::from(row.first) != self.last;
        let turns = pixels > 0 && self.waiting > 0 && left != self.waiting_left;
        if other | turns {
            self.flush();
            if other {
                self.literal(row.first);
            }
        }
        self.waiting += pixels - usize::from(other);
        self.waiting_left = if pixels > 0 { left } else { self.waiting_left };
        self.last = row.last.into();
        if row.bits > 0 || row.tail.pixels() > 0 {
            self.flush();
            self.stream.copy(row.of(bytes), row.bits);
            (self.waiting, self.waiting_left) = (row.tail.pixels(), row.tail.is_left());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use fearless_simd::Level;
    use proptest::prelude::*;

    use super::*;
    use crate::png::bits::SLACK;
    use crate::png::deflate_symbols::{CodeLengths, Shape};
    use crate::png::filter::Filter;
    use crate::png::lz77::Search;
    use crate::png::span::{CompressedSpan, Method, Scratch, SpanSamples, compress};

    /// The columns `from..to` of a picture with rows of `width`.
    fn columns(picture: &[u32], width: usize, [from, to]: [usize; 2]) -> Vec<u32> {
        picture.chunks(width).flat_map(|row| row[from..to].to_vec()).collect()
    }

    proptest! {
        /// Pictures of few colours, cut into spans anywhere: what one span ends with often goes on in the next.
        #[test]
        fn joined_rows_inflate_to_the_picture(
            bpp in prop::sample::select(vec![1usize, 3, 4]),
            filter in prop::sample::select(vec![Filter::None, Filter::Up]),
            search in prop::sample::select(vec![Search::Straight, Search::Near, Search::Far, Search::Optimal]),
            width in 1usize..400,
            changes in prop::collection::vec((0usize..1600, 0u32..3), 0..40),
            cuts in prop::collection::btree_set(1usize..400, 0..8),
        ) {
            let mask = if bpp == 4 { u32::MAX } else { (1 << (8 * bpp)) - 1 };
            let mut picture = vec![0u32; 4 * width];
            for (from, colour) in changes {
                picture.iter_mut().skip(from).for_each(|pixel| *pixel = (0x0102_0304 * colour) & mask);
            }
            let shape = Shape { bpp, width };
            let code = Code::new(CodeLengths::untrained(shape, 256), shape);
            let method = Method { code: &code, filter, search, level: Level::new() };
            let cuts: Vec<usize> = std::iter::once(0).chain(cuts.into_iter().filter(|&cut| cut < width)).collect();
            let ends = cuts.iter().skip(1).copied().chain([width]);
            let spans: Vec<CompressedSpan> = cuts.iter().zip(ends).map(|(&from, to)| {
                let pixels = columns(&picture, width, [from, to]);
                let samples = SpanSamples { pixels: &pixels, width: to - from, x: from };
                compress(samples, &method, &mut Scratch::default())
            }).collect();

            let mut bytes = vec![0; 10_000 + 8 * picture.len() + SLACK];
            let mut stream = BitWriter::new(&mut bytes);
            let (header, bits) = code.header();
            stream.copy(header, bits);
            let mut writer = SeamWriter::new(&code, stream);
            for y in 0..4 {
                writer.begin_row(filter.byte(y));
                spans.iter().for_each(|span| writer.row(&span.bytes, &span.rows[y]));
            }
            let mut stream = writer.end();
            stream.put(code.end.bits, code.end.count);
            let end = stream.align();

            let mut got = Vec::new();
            flate2::read::DeflateDecoder::new(&bytes[..end]).read_to_end(&mut got).unwrap();
            let mut want = Vec::new();
            let mut filtered = vec![0; width];
            let mut above: &[u32] = &[];
            for (y, row) in picture.chunks(width).enumerate() {
                filter.row(y, row, above, &mut filtered);
                above = row;
                want.push(filter.byte(y));
                want.extend(filtered.iter().flat_map(|pixel| pixel.to_le_bytes()[..bpp].to_vec()));
            }
            prop_assert_eq!(got, want);
        }
    }
}

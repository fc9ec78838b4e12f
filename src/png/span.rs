//! Compressed spans: what is kept of a span once its pixels are coded.
//!
//! A span is a rectangle of pixels inside one tile row. Its rows are filtered by their position in the tile row, parsed
//! and coded; the bits of all rows lie one after another, each from a byte on, so that joining needs no second shift. Two
//! sums are kept for Adler-32 of the pictures that it will be part of.
//!
//! Copies from straight above and runs of one colour that a row begins and ends with are kept apart from its bits,
//! because they may go on in the spans beside it. That saves 3 % and 7 % of the bytes of flat pictures.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use fearless_simd::{Level, Simd, dispatch};

use crate::png::bits::{BLOCK, BitWriter, SLACK};
use crate::png::deflate_symbols::{Histogram, Shape, distance_symbol, length_symbol};
use crate::png::filter::{Around, Filter};
use crate::png::huffman_tables::Code;
use crate::png::lines::{Line, LineBuffers};
use crate::png::lz77::{self, FAR, Finder, Search};
use crate::png::optimal::{self, Best};
use crate::png::parts::{Parts, pieces};
use crate::png::rows::{Row, RowCoder};
use crate::png::sums::Sums;
use crate::telemetry::Buffer;

/// The number that a span has in what it is written to, where it was written.
#[derive(Debug, Default)]
pub(crate) struct Mark(AtomicU64);

impl Mark {
    /// The number that `writer` gave it; writers count from 1.
    #[inline]
    pub(crate) fn get(&self, writer: u32) -> Option<u32> {
        let mark = self.0.load(Relaxed);
        ((mark >> 32) as u32 == writer).then_some(mark as u32)
    }

    /// `writer` gives it this number.
    pub(crate) fn set(&self, writer: u32, number: u32) {
        self.0.store(u64::from(writer) << 32 | u64::from(number), Relaxed);
    }
}

/// A span's rows as bits of the collection's code.
#[derive(Debug)]
pub(crate) struct CompressedSpan {
    /// The bits of all rows, and as many bytes more as joining reads of the last.
    pub(crate) bytes: Box<[u8]>,
    /// As many as the span has rows. Equal rows are the same bits, kept once.
    pub(crate) rows: Box<[Row]>,
    /// The span's first column in the picture.
    pub(crate) x: u32,
    /// No more bits than this are joined for the span.
    pub(crate) most_bits: u64,
    /// Sum of the filtered bytes that the span codes, and of each times its position in the tile row, mod 65521.
    pub(crate) sums: (u32, u32),
    /// Its number in a pool.
    pub(crate) mark: Mark,
    #[cfg(feature = "gpu")]
    pub(crate) on_card: OnCard,
}

/// Where a span lies in the memory of a device, where it has a place of its own there.
#[cfg(feature = "gpu")]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OnCard {
    /// Whose memory that is, and since when; 0 is nowhere.
    pub(crate) generation: u32,
    /// The words that the records of its rows and their bits begin with.
    pub(crate) rows: u32,
    pub(crate) bits: u32,
}

#[cfg(feature = "gpu")]
impl OnCard {
    /// The place so many words behind.
    pub(crate) fn at(self, rows: u32, bits: u32) -> Self {
        if self.generation == 0 {
            return self;
        }
        Self { rows: self.rows + rows, bits: self.bits + bits, ..self }
    }
}

impl CompressedSpan {
    /// A span that means nothing and takes memory.
    #[cfg(test)]
    pub(crate) fn of_bytes(count: usize) -> Self {
        Self {
            bytes: vec![0; count].into(),
            rows: Box::default(),
            x: 0,
            most_bits: 0,
            sums: (0, 0),
            mark: Mark::default(),
            #[cfg(feature = "gpu")]
            on_card: OnCard::default(),
        }
    }

    /// A span from column `x` on that was compressed elsewhere: five words for each row, as [`Row::from_words`] has them, the
    /// bits of all rows, and the two sums.
    #[cfg(feature = "gpu")]
    pub(super) fn from_words(rows: &[[u32; 5]], bits: &[u8], x: u32, sums: (u32, u32), code: &Code) -> Self {
        let rows = rows.iter().map(|&words| Row::from_words(words)).collect();
        Self::of_rows(rows, bits, x, sums, code)
    }

    /// A span of these rows, whose bits are `bits`, from column `x` on.
    pub(super) fn of_rows(rows: Box<[Row]>, bits: &[u8], x: u32, sums: (u32, u32), code: &Code) -> Self {
        let most_bits = rows.iter().map(|row| row.most_bits(code)).sum();
        let bytes = [bits, &[0; BLOCK]].concat().into();
        Self {
            bytes,
            rows,
            x,
            most_bits,
            sums,
            mark: Mark::default(),
            #[cfg(feature = "gpu")]
            on_card: OnCard::default(),
        }
    }

    /// Whether all of it is the same, but for what is behind its bits, which may be any, and for where else it is.
    #[cfg(any(test, feature = "gpu"))]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let Self { bytes, rows, x, most_bits, sums, .. } = self;
        let bits = |bytes: &[u8]| bytes.len() - BLOCK;
        bits(bytes) == bits(&other.bytes)
            && bytes[..bits(bytes)] == other.bytes[..bits(bytes)]
            && (rows, x, most_bits, sums) == (&other.rows, &other.x, &other.most_bits, &other.sums)
    }

    /// Bytes of memory that the span takes, its own header included.
    pub(crate) fn memory(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.bytes) + size_of_val(&*self.rows)
    }
}

/// The pixels of a span, as the colour type stores them (see [`Color::to_samples`](crate::png::color::Color)).
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanSamples<'a> {
    /// `width` pixels a row, rows one after another.
    pub(crate) pixels: &'a [u32],
    /// Columns of the span; at least 1.
    pub(crate) width: usize,
    /// The span's first column in the picture.
    pub(crate) x: usize,
}

impl<'a> SpanSamples<'a> {
    pub(crate) fn height(&self) -> usize {
        self.pixels.len() / self.width
    }

    #[inline(always)]
    pub(crate) fn row(&self, y: usize) -> &'a [u32] {
        &self.pixels[y * self.width..][..self.width]
    }
}

/// How spans are coded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Method<'a> {
    pub(crate) code: &'a Code,
    pub(crate) filter: Filter,
    pub(crate) search: Search,
    /// The vector instructions at hand; they decide the speed alone.
    pub(crate) level: Level,
}

impl Method<'_> {
    /// What is looked for in rows above.
    #[inline(always)]
    pub(super) fn search(&self) -> Search {
        match (self.filter, self.search) {
            // Where a filter pays, pictures are made of literals: single small numbers match everywhere and save
            // nothing, and looking at them made the painterly reference set take three times as long for 0.02 % of
            // its bytes. Choosing among such matches for the fewest bits misled the training to a filter and a code whose files
            // were 5 % larger, at twenty times the time.
            (Filter::None, search) => search,
            _ => Search::Straight,
        }
    }

    /// The shape of the pictures, if edges are looked at.
    #[inline(always)]
    fn searched(&self) -> Option<Shape> {
        (self.search() != Search::Straight).then_some(self.code.shape)
    }

    /// Hands on the parts of a line that is not all copies.
    #[inline(always)]
    fn parse<S: Simd>(&self, simd: S, line: Line<'_>, best: &mut Best, parts: &mut impl Parts) {
        match self.search() {
            Search::Straight => lz77::parse(&Finder::<S, 0>::new(simd, line, self.code), parts),
            Search::Near => lz77::parse(&Finder::<S, 1>::new(simd, line, self.code), parts),
            Search::Far => lz77::parse(&Finder::<S, FAR>::new(simd, line, self.code), parts),
            Search::Optimal => optimal::parse(&Finder::new(simd, line, self.code), best, parts),
        }
    }

    /// Whether rows can begin with a run that may go on from another span: not where short runs are no matches, and not
    /// where first columns are made at joining.
    fn opens(&self) -> bool {
        self.code.min_match == 1 && !self.filter.looks_left()
    }

    /// Whether rows that equal the one above, of so many pixels, can be copies of it.
    fn can_copy(&self, width: usize) -> bool {
        self.code.shape.reaches_above() && width >= self.code.min_match
    }
}

/// Buffers that one thread reuses from span to span.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    lines: LineBuffers,
    best: Best,
    bytes: Vec<u8>,
    rows: Vec<Row>,
}

impl Buffer for Scratch {
    fn bytes(&self) -> usize {
        self.lines.bytes() + self.best.bytes() + self.bytes.bytes() + self.rows.bytes()
    }
}

/// Codes a span.
pub(crate) fn compress(span: SpanSamples<'_>, method: &Method<'_>, scratch: &mut Scratch) -> CompressedSpan {
    dispatch!(method.level, simd => compress_with(simd, span, method, scratch))
}

#[inline(always)]
fn compress_with<S: Simd>(
    simd: S,
    span: SpanSamples<'_>,
    method: &Method<'_>,
    scratch: &mut Scratch,
) -> CompressedSpan {
    let Method { code, filter, .. } = *method;
    let bpp = code.shape.bpp;
    let skipped = usize::from(filter.looks_left());
    let Scratch { lines, best, bytes, rows } = scratch;
    // Four bytes of fifteen bits are the most that a pixel takes; what is used of the room is much less.
    let room = 8 * span.pixels.len() + BLOCK + SLACK;
    if bytes.len() < room {
        bytes.resize(room, 0);
    }
    // Where first columns are made at joining, no copy goes on past them.
    let mut coder = RowCoder::new(code, BitWriter::new(bytes), skipped == 0);
    rows.clear();
    let mut sums = Sums::new(bpp, 1 + (span.x + skipped) * bpp, code.shape.stride());
    for y in 0..span.height() {
        let line = lines.read(simd, span, filter, y, method.opens(), method.searched());
        let edges = match skipped {
            0 => line.pixels(),
            _ => span.row(y),
        };
        let edges = [edges[0], edges[edges.len() - 1]];
        let row = match rows.last() {
            Some(last) if line.equal => {
                sums.add_again();
                let again = coder.is_repeatable() && is_cheaper_again(last, line.width, code);
                if again || !method.can_copy(line.width) {
                    // Of a filtered row the edges may be others.
                    last.with_edges(edges)
                } else {
                    coder.begin_row();
                    pieces(line.width, code.shape, |length| coder.above(length));
                    coder.end_row(edges)
                }
            }
            _ => {
                sums.add(line.pixels());
                coder.begin_row();
                method.parse(simd, line, best, &mut coder);
                coder.end_row(edges)
            }
        };
        rows.push(row);
    }
    let used = coder.len();
    CompressedSpan {
        bytes: bytes[..used + BLOCK].into(),
        rows: rows.as_slice().into(),
        x: span.x as u32,
        most_bits: rows.iter().map(|row| row.most_bits(code)).sum(),
        sums: sums.finish(),
        mark: Mark::default(),
        #[cfg(feature = "gpu")]
        on_card: OnCard::default(),
    }
}

/// Whether the bits of the row above are a better way to write an equal row of `width` pixels than copies of it.
fn is_cheaper_again(last: &Row, width: usize, code: &Code) -> bool {
    // Copies and runs go on from span to span, so what counts is their price by the pixel.
    let (bits, most) = code.long_copy();
    let copy = |pixels: usize| pixels as u32 * bits / most;
    last.bits + copy(last.head.pixels() + last.tail.pixels()) <= copy(width)
}

/// Counts what coding a span would use.
pub(crate) fn count(
    span: SpanSamples<'_>,
    method: &Method<'_>,
    counts: &mut Histogram,
    scratch: &mut Scratch,
) {
    dispatch!(method.level, simd => count_with(simd, span, method, counts, scratch));
}

#[inline(always)]
fn count_with<S: Simd>(
    simd: S,
    span: SpanSamples<'_>,
    method: &Method<'_>,
    counts: &mut Histogram,
    scratch: &mut Scratch,
) {
    let Scratch { lines, best, .. } = scratch;
    let shape = method.code.shape;
    let mut counter = Counter { shape, counts, opens: false };
    for y in 0..span.height() {
        if method.filter.looks_left() {
            // The neighbour is not known here; the second pixel is as good a guess.
            let (second, up) = (1.min(span.width - 1), y.saturating_sub(1));
            let (here, above) = (span.row(y), span.row(up));
            let around =
                Around { pixel: here[0], left: here[second], above: above[0], above_left: above[second] };
            counter.literal(method.filter.pixel(y, around));
        }
        let line = lines.read(simd, span, method.filter, y, method.opens(), method.searched());
        if line.equal && method.can_copy(line.width) {
            pieces(line.width, shape, |length| counter.above(length));
        } else {
            // The left neighbour is not available here either; every other time it is the same.
            counter.opens = method.opens() && y % 2 == 0;
            method.parse(simd, line, best, &mut counter);
        }
    }
}

/// Counts the symbols of parts.
struct Counter<'a> {
    shape: Shape,
    counts: &'a mut Histogram,
    /// Whether a run that comes now begins a row and repeats nothing.
    opens: bool,
}

impl Counter<'_> {
    fn a_match(&mut self, length: usize, distance: usize) {
        self.counts.literals[length_symbol(length * self.shape.bpp).0] += 1;
        self.counts.distances[distance_symbol(distance).0] += 1;
    }
}

impl Parts for Counter<'_> {
    #[inline(always)]
    fn literal(&mut self, pixel: u32) {
        self.opens = false;
        let bytes = pixel.to_le_bytes();
        bytes[..self.shape.bpp].iter().for_each(|&byte| self.counts.literals[usize::from(byte)] += 1);
    }

    #[inline(always)]
    fn left(&mut self, length: usize, pixel: u32) {
        let opens = self.opens;
        if opens {
            self.literal(pixel);
        }
        if length > usize::from(opens) {
            self.a_match(length - usize::from(opens), self.shape.bpp);
        }
    }

    #[inline(always)]
    fn above(&mut self, length: usize) {
        self.opens = false;
        self.a_match(length, self.shape.stride());
    }

    #[inline(always)]
    fn back(&mut self, length: usize, distance: u32) {
        self.opens = false;
        self.a_match(length, distance as usize);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::png::deflate_symbols::CodeLengths;
    use crate::png::testing::levels;

    proptest! {
        /// Vector instructions decide the speed alone, and so do buffers that other spans were coded in.
        #[test]
        fn bytes_are_the_same_at_every_level(
            width in 1usize..200,
            changes in prop::collection::vec((0usize..2400, 0u32..6), 0..80),
            filter in prop::sample::select(&Filter::ALL[..]),
            search in prop::sample::select(vec![Search::Straight, Search::Near, Search::Far, Search::Optimal]),
            bpp in prop::sample::select(vec![1usize, 3, 4]),
        ) {
            let mut pixels = vec![0u32; 12 * width];
            for (from, colour) in changes {
                pixels.iter_mut().skip(from).take(9).for_each(|pixel| *pixel = 0x0001_0101 * colour);
            }
            let shape = Shape { bpp, width: 640 };
            let code = Code::new(CodeLengths::untrained(shape, 256), shape);
            let mut scratch = Scratch::default();
            let mut made: Vec<CompressedSpan> = Vec::new();
            for level in levels() {
                let method = Method { code: &code, filter, search, level };
                let span = SpanSamples { pixels: &pixels, width, x: 64 };
                made.push(compress(span, &method, &mut scratch));
            }
            prop_assert!(made.windows(2).all(|pair| pair[0].is_same(&pair[1])));
        }
    }
}

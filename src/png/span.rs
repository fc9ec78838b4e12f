//! Compressed spans: what is kept of a span once its pixels are coded.
//!
//! A span is a rectangle of pixels inside one tile row. Its rows are filtered by their position in the tile row,
//! parsed, and coded; the bits of all rows lie one after another in one bit string with the place where each row
//! begins. Two sums are kept for Adler-32 of the pictures that it will be part of.

use crate::png::bits::BitWriter;
use crate::png::code::{Code, Histogram, REACH, distance_symbol, length_symbol};
use crate::png::filter::{Filter, filter_up};
use crate::png::parse::{RowAbove, Tokens, copy_cost, copy_row, parse_row};
use crate::pool::Buffer;

/// Adler-32's modulus.
pub(crate) const ADLER_MOD: u64 = 65_521;

/// Where a row's bits are: they begin with a word, so that joining needs no second shift.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Row {
    word: u32,
    /// How many bits; those of the last word beyond them are zero.
    pub(crate) bits: u32,
}

/// A span's rows as bits of the collection's code.
#[derive(Debug)]
pub(crate) struct CompressedSpan {
    words: Box<[u64]>,
    /// As many as the span has rows. Equal rows are the same bits, kept once.
    pub(crate) rows: Box<[Row]>,
    /// The first and the last pixel of each row, for filters that look to the left: what they make of a span's first
    /// pixel depends on the span beside it and is coded at joining. Empty under None and Up.
    edges: Box<[[u32; 2]]>,
    /// Sum of the filtered bytes, and of each byte times its position in the tile row's bytes, mod 65521.
    pub(crate) sums: (u32, u32),
}

impl CompressedSpan {
    /// The words in which the bits of `row` lie, and all after them.
    #[inline]
    pub(crate) fn words(&self, row: Row) -> &[u64] {
        &self.words[row.word as usize..]
    }

    /// The bits of all rows.
    pub(crate) fn bits(&self) -> u64 {
        self.rows.iter().map(|row| u64::from(row.bits)).sum()
    }

    /// Bytes of memory that the span takes, its own header included.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.words) + size_of_val(&*self.rows) + size_of_val(&*self.edges)
    }
}

/// Codes tokens as bits.
struct Coder<'a> {
    code: &'a Code,
    out: BitWriter,
    /// Whether the row so far copies from the row above only straight down, so that its bits mean the same again
    /// in a row below with equal pixels.
    repeatable: bool,
}

impl Tokens for Coder<'_> {
    #[inline(always)]
    fn literal(&mut self, pixel: u32) {
        let bits = self.code.pixel(pixel);
        self.out.put(bits.bits, bits.count);
    }

    #[inline]
    fn left(&mut self, length: usize) {
        let bits = self.code.left[length];
        self.out.put(bits.bits, bits.count);
    }

    #[inline]
    fn above(&mut self, offset: usize, length: usize) {
        let bits = self.code.above[offset][length];
        self.out.put(bits.bits, bits.count);
        self.repeatable &= offset == REACH as usize;
    }
}

/// Counts tokens, to train a code.
struct Counter<'a> {
    code: &'a Code,
    counts: &'a mut Histogram,
}

impl Counter<'_> {
    fn copy(&mut self, distance: usize, length: usize) {
        self.counts.literals[length_symbol(length * self.code.shape.bpp).0] += 1;
        self.counts.distances[distance_symbol(distance).0] += 1;
    }
}

impl Tokens for Counter<'_> {
    fn literal(&mut self, pixel: u32) {
        for byte in &pixel.to_le_bytes()[..self.code.shape.bpp] {
            self.counts.literals[*byte as usize] += 1;
        }
    }

    fn left(&mut self, length: usize) {
        self.copy(self.code.shape.bpp, length);
    }

    fn above(&mut self, offset: usize, length: usize) {
        let distance = self.code.shape.above(offset as i32 - REACH).expect("a source in reach");
        self.copy(distance, length);
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

/// Buffers that one thread re-uses from span to span.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    filtered: Vec<u32>,
    above: Vec<u32>,
    words: Vec<u64>,
}

impl Buffer for Scratch {
    fn bytes(&self) -> usize {
        self.filtered.bytes() + self.above.bytes() + self.words.bytes()
    }
}

/// Codes a span.
pub(crate) fn compress(
    span: SpanSamples<'_>,
    code: &Code,
    filter: Filter,
    scratch: &mut Scratch,
) -> CompressedSpan {
    let Scratch { filtered, above, words } = scratch;
    let rows = filtered_rows(span, filter, filtered);
    let mut coder = Coder { code, out: BitWriter::reusing(std::mem::take(words)), repeatable: false };
    let copy = copy_cost(span.width, code);
    let mut table: Vec<Row> = Vec::with_capacity(rows.len() / span.width);
    let mut sums = SumKeeper::new(code.shape.bpp, code.shape.stride(), span.x);
    let mut previous: Option<&[u32]> = None;
    let mut row_sums = (0, 0);
    for row in rows.chunks_exact(span.width) {
        let equal = previous == Some(row);
        match table.last() {
            // Bits that copy straight down or do not look up at all mean the same again, unless a copy is shorter.
            Some(&last)
                if equal && coder.repeatable && copy.is_none_or(|cost| cost >= u64::from(last.bits)) =>
            {
                table.push(last);
            }
            _ => {
                let start = coder.out.align();
                coder.repeatable = true;
                if equal && copy.is_some() {
                    copy_row(span.width, code, &mut coder);
                } else {
                    let above = previous.map(|pixels| RowAbove::new(pixels, above));
                    parse_row(row, above, code, &mut coder);
                }
                let bits = coder.out.len() - start as u64 * 64;
                table.push(Row { word: start as u32, bits: bits as u32 });
            }
        }
        if !equal {
            row_sums = sums.of_row(row);
        }
        sums.add(row_sums);
        previous = Some(row);
    }
    let out = coder.out.finish();
    let edges = Box::default();
    let compressed =
        CompressedSpan { words: out.as_slice().into(), rows: table.into(), edges, sums: sums.finish() };
    *words = out;
    compressed
}

/// Counts what coding a span with `code` would use.
pub(crate) fn count(
    span: SpanSamples<'_>,
    code: &Code,
    filter: Filter,
    counts: &mut Histogram,
    scratch: &mut Scratch,
) {
    let Scratch { filtered, above, .. } = scratch;
    let rows = filtered_rows(span, filter, filtered);
    let mut previous = None;
    let mut counter = Counter { code, counts };
    for row in rows.chunks_exact(span.width) {
        if previous == Some(row) && copy_cost(span.width, code).is_some() {
            copy_row(span.width, code, &mut counter);
        } else {
            let above = previous.map(|pixels| RowAbove::new(pixels, above));
            parse_row(row, above, code, &mut counter);
        }
        previous = Some(row);
    }
}

/// The span's rows after filtering.
fn filtered_rows<'a>(span: SpanSamples<'a>, filter: Filter, buffer: &'a mut Vec<u32>) -> &'a [u32] {
    match filter {
        Filter::None => span.pixels,
        Filter::Up => {
            filter_up(span.pixels, span.width, buffer);
            buffer
        }
    }
}

/// Sums for Adler-32: of the bytes, and of the bytes times their position.
struct SumKeeper {
    bpp: u64,
    /// Position in the tile row's bytes of the current row's first byte of this span.
    position: u64,
    stride: u64,
    plain: u64,
    weighted: u64,
}

impl SumKeeper {
    fn new(bpp: usize, stride: usize, x: usize) -> Self {
        Self { bpp: bpp as u64, position: 1 + (x * bpp) as u64, stride: stride as u64, plain: 0, weighted: 0 }
    }

    /// Sum of the bytes of `row`, and of each times its position in the row. 16384 pixels of 4 bytes stay below
    /// 2^24 and 2^40.
    ///
    /// Adding columns up the way that Adler-32 does itself, which saves the multiplication, took 1.8 times as long.
    fn of_row(&self, row: &[u32]) -> (u64, u64) {
        let (mut plain, mut weighted) = (0u64, 0u64);
        for (index, block) in row.chunks(64).enumerate() {
            // Inside a block 32 bits are enough, so that the compiler can use wide registers.
            let (mut bytes, mut by_pixel, mut by_byte) = (0u32, 0u32, 0u32);
            for (i, &pixel) in block.iter().enumerate() {
                let even = pixel & 0x00ff_00ff;
                let odd = (pixel >> 8) & 0x00ff_00ff;
                let both = even + odd;
                let sum = (both & 0xffff) + (both >> 16);
                bytes += sum;
                by_pixel += sum * i as u32;
                by_byte += (odd & 0xffff) + 2 * (even >> 16) + 3 * (odd >> 16);
            }
            plain += u64::from(bytes);
            weighted += self.bpp * (u64::from(by_pixel) + (index * 64) as u64 * u64::from(bytes))
                + u64::from(by_byte);
        }
        (plain, weighted)
    }

    /// Adds the next row's sums.
    fn add(&mut self, (plain, weighted): (u64, u64)) {
        self.plain += plain;
        self.weighted += (self.position % ADLER_MOD) * plain + weighted;
        self.position += self.stride;
    }

    fn finish(self) -> (u32, u32) {
        ((self.plain % ADLER_MOD) as u32, (self.weighted % ADLER_MOD) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_rows_equal_the_definition() {
        for bpp in [1usize, 3, 4] {
            for width in (0..140).chain([1000]) {
                let mask = if bpp == 4 { u32::MAX } else { (1 << (8 * bpp)) - 1 };
                for row in [
                    vec![mask; width],
                    (0..width as u32).map(|i| i.wrapping_mul(0x9e37_79b1) & mask).collect(),
                ] {
                    let bytes: Vec<u8> = row.iter().flat_map(|p| p.to_le_bytes()[..bpp].to_vec()).collect();
                    let plain: u64 = bytes.iter().map(|&b| u64::from(b)).sum();
                    let weighted: u64 = bytes.iter().zip(0u64..).map(|(&b, i)| u64::from(b) * i).sum();
                    assert_eq!(
                        SumKeeper::new(bpp, 1, 0).of_row(&row),
                        (plain, weighted),
                        "{bpp} bytes, {width} pixels"
                    );
                }
            }
        }
    }
}

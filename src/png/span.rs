//! Compressed spans: what is kept of a span once its pixels are coded.
//!
//! A span is a rectangle of pixels inside one tile row. Its rows are filtered by their position in the tile row,
//! parsed, and coded; the bits of all rows lie one after another in one bit string with the place where each row
//! begins. Two sums are kept for Adler-32 of the pictures that it will be part of.
//!
//! Copies from straight above that a row begins and ends with are kept apart from its bits, because they may go on in the
//! spans beside it. That saves 3 % of the bytes of flat pictures. (Runs of one colour could go on as well; that saved
//! another 1.7 %, and joining took half as long again.)

use std::ops::Range;

use fearless_simd::{Level, Simd, dispatch};

use crate::png::bits::BitWriter;
use crate::png::code::{Code, Histogram, distance_symbol, length_symbol};
use crate::png::filter::{Around, Filter};
use crate::png::optimal::{self, Best};
use crate::png::parse::{Lines, ROOM, Search, equal_bits, parse_line};
use crate::png::sums::{Sums, row_sums};
use crate::png::token::{Token, pieces};
use crate::pool::Buffer;

/// A row of a compressed span. Its bits begin with a word, so that joining needs no second shift.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Row {
    word: u32,
    /// How many bits; those of the last word beyond them are zero.
    pub(crate) bits: u32,
    /// So many pixels from straight above come before the bits. All of a row's, if it has no bits.
    pub(crate) head: u16,
    /// So many pixels from straight above come after the bits.
    pub(crate) tail: u16,
}

impl Row {
    /// The words of its span in which its bits lie, and all after them.
    #[inline(always)]
    pub(crate) fn words<'a>(&self, words: &'a [u64]) -> &'a [u64] {
        &words[self.word as usize..]
    }
}

/// A span's rows as bits of the collection's code.
#[derive(Debug)]
pub(crate) struct CompressedSpan {
    /// The bits of all rows, and as many words more as joining reads of the last.
    pub(crate) words: Box<[u64]>,
    /// As many as the span has rows. Equal rows are the same bits, kept once.
    pub(crate) rows: Box<[Row]>,
    /// The first and the last pixel of each row, for filters that look to the left. Empty under others.
    pub(crate) edges: Box<[[u32; 2]]>,
    /// The span's first column in the picture.
    pub(crate) x: u32,
    /// No more bits than this are joined for the span.
    pub(crate) most_bits: u64,
    /// Sum of the filtered bytes that the span codes, and of each times its position in the tile row, mod 65521.
    pub(crate) sums: (u32, u32),
}

impl CompressedSpan {
    /// A span that means nothing and takes memory.
    #[cfg(test)]
    pub(crate) fn of_words(count: usize) -> Self {
        let (rows, edges) = (Box::default(), Box::default());
        Self { words: vec![0; count].into(), rows, edges, x: 0, most_bits: 0, sums: (0, 0) }
    }

    /// Bytes of memory that the span takes, its own header included.
    pub(crate) fn bytes(&self) -> usize {
        let edges = size_of_val(&*self.edges);
        size_of::<Self>() + size_of_val(&*self.words) + size_of_val(&*self.rows) + edges
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

/// How spans are coded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Method<'a> {
    pub(crate) code: &'a Code,
    pub(crate) filter: Filter,
    pub(crate) search: Search,
    /// The vector instructions at hand; they decide the speed alone.
    pub(crate) level: Level,
}

/// Buffers that one thread re-uses from span to span.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    lines: Vec<u32>,
    left: Vec<u64>,
    straight: Vec<u64>,
    tokens: Vec<Token>,
    best: Best,
    words: Vec<u64>,
    rows: Vec<Row>,
}

impl Buffer for Scratch {
    fn bytes(&self) -> usize {
        let words = self.left.bytes() + self.straight.bytes() + self.words.bytes();
        self.lines.bytes()
            + words
            + self.best.bytes()
            + 4 * self.tokens.capacity()
            + size_of::<Row>() * self.rows.capacity()
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
    let mut out = BitWriter::reusing(std::mem::take(&mut scratch.words));
    let mut rows = std::mem::take(&mut scratch.rows);
    rows.clear();
    let mut sums = Sums::new(1 + (span.x + skipped) * bpp, code.shape.stride());
    let mut row_sum = (0, 0);
    // Whether the bits of the row before mean the same again below it.
    let mut repeatable = false;
    each_row(simd, span, method, scratch, |_, pixels, equal, tokens| {
        if !equal {
            row_sum = row_sums(pixels, bpp);
        }
        sums.add(row_sum);
        let row = match rows.last() {
            Some(last) if equal && repeatable && is_cheaper_again(last, tokens, code) => *last,
            _ => {
                // Only what looks straight up, or not up at all, finds the same pixels a row further down.
                repeatable = tokens.iter().all(|token| token.source().is_none() || token.is_copy());
                // Where first columns are made at joining, no copy goes on past them.
                let (head, body, tail) = match skipped {
                    0 => split(tokens),
                    _ => (0, 0..tokens.len(), 0),
                };
                let word = out.align();
                put(&tokens[body], &pixels[head.into()..], code, &mut out);
                let bits = (out.len() - word as u64 * 64) as u32;
                Row { word: word as u32, bits, head, tail }
            }
        };
        rows.push(row);
    });
    let words = out.finish();
    let pixels = span.pixels.chunks_exact(span.width).take(if skipped > 0 { rows.len() } else { 0 });
    let compressed = CompressedSpan {
        words: words.as_slice().into(),
        rows: rows.as_slice().into(),
        edges: pixels.map(|row| [row[0], row[row.len() - 1]]).collect(),
        x: span.x as u32,
        most_bits: rows.iter().map(|row| most_bits(row, code)).sum(),
        sums: sums.finish(),
    };
    (scratch.words, scratch.rows) = (words, rows);
    compressed
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
    let shape = method.code.shape;
    let literal = |counts: &mut Histogram, pixel: u32| {
        pixel.to_le_bytes()[..shape.bpp].iter().for_each(|&byte| counts.literals[usize::from(byte)] += 1);
    };
    each_row(simd, span, method, scratch, |y, pixels, _, tokens| {
        if method.filter.looks_left() {
            // The neighbour is not known here; the second pixel is as good a guess.
            let at = |y: usize, x: usize| span.pixels[y * span.width + x];
            let (second, up) = (1.min(span.width - 1), y.saturating_sub(1));
            let around =
                Around { pixel: at(y, 0), left: at(y, second), above: at(up, 0), above_left: at(up, second) };
            literal(counts, method.filter.pixel(y, around));
        }
        let mut x = 0;
        for token in tokens {
            if token.is_literal() {
                literal(counts, pixels[x]);
            } else {
                let distance = match token.source() {
                    Some((up, lane)) => shape.above(up, lane).expect("matches have sources in reach"),
                    None => shape.bpp,
                };
                counts.literals[length_symbol(usize::from(token.length) * shape.bpp).0] += 1;
                counts.distances[distance_symbol(distance).0] += 1;
            }
            x += usize::from(token.length);
        }
    });
}

/// Filters and parses each row of a span and hands it on: its number, its filtered pixels without those that are
/// coded at joining, whether they equal those of the row above, and their tokens.
#[inline(always)]
fn each_row<S: Simd>(
    simd: S,
    span: SpanSamples<'_>,
    method: &Method<'_>,
    scratch: &mut Scratch,
    mut take: impl FnMut(usize, &[u32], bool, &[Token]),
) {
    let Method { code, filter, .. } = *method;
    let search = match (filter, method.search) {
        // Where a filter pays, pictures are made of literals: single small numbers match everywhere and save nothing,
        // and looking at them made the painterly reference set take three times as long for 0.02 % of its bytes.
        (Filter::None, search) | (_, search @ Search::Optimal) => search,
        _ => Search::Straight,
    };
    let Scratch { lines: padded, left, straight, tokens, best, .. } = scratch;
    let width = span.width - usize::from(filter.looks_left());
    let (min, max) = (code.shape.min_match(), code.shape.max_match());
    let can_copy = !code.above.is_empty() && width >= min;
    let pitch = width + 2 * ROOM;
    let height = span.pixels.len() / span.width;
    if padded.len() < height * pitch {
        padded.resize(height * pitch, 0);
    }
    let mut above: &[u32] = &[];
    for (y, pixels) in span.pixels.chunks_exact(span.width).enumerate() {
        filter.row(y, pixels, above, &mut padded[y * pitch + ROOM..][..width]);
        above = pixels;
        let here = &padded[y * pitch + ROOM..];
        let equal = y > 0 && equal_bits(simd, here, &padded[(y - 1) * pitch + ROOM..], width, straight);
        tokens.clear();
        if equal && can_copy {
            pieces(width, min, max, |length| tokens.push(Token::copy(length)));
        } else if width > 0 {
            equal_bits(simd, here, &padded[y * pitch + ROOM - 1..], width, left);
            // What stands before the first pixel is not part of the span.
            left[0] &= !1;
            let lines = Lines { padded, line: y, width, left, straight };
            match search {
                Search::Straight | Search::Near | Search::Far => {
                    parse_line(simd, &lines, code, search, tokens);
                }
                Search::Optimal => optimal::parse_line(simd, &lines, code, search, best, tokens),
            }
        }
        take(y, &padded[y * pitch + ROOM..][..width], equal, tokens);
    }
}

/// Writes tokens; `pixels` are those from the first on.
#[inline(always)]
fn put(tokens: &[Token], pixels: &[u32], code: &Code, out: &mut BitWriter) {
    let mut x = 0;
    for token in tokens {
        let length = usize::from(token.length);
        let bits = if token.is_literal() {
            code.pixel(pixels[x])
        } else {
            let back = match token.source() {
                Some((up, lane)) => code.above[up - 1][lane],
                None => code.left,
            };
            code.length[length].then(back)
        };
        out.put(bits.bits, bits.count);
        x += length;
    }
}

/// Pixels that are copied from straight above at a row's beginning, the tokens between, and pixels at its end.
fn split(tokens: &[Token]) -> (u16, Range<usize>, u16) {
    let pixels = |tokens: &[Token]| tokens.iter().map(|token| token.length).sum::<u16>();
    let from = tokens.iter().take_while(|token| token.is_copy()).count();
    let ends = tokens[from..].iter().rev().take_while(|token| token.is_copy()).count();
    let to = tokens.len() - ends;
    (pixels(&tokens[..from]), from..to, pixels(&tokens[to..]))
}

/// Whether the bits of the row above are a better way to write an equal row than `copies` of it.
fn is_cheaper_again(last: &Row, copies: &[Token], code: &Code) -> bool {
    if !copies.iter().all(|token| token.is_copy()) {
        // There is nothing above that could be copied; the tokens are those of the row above.
        return true;
    }
    // Copies go on from span to span, so what counts is their price by the pixel.
    let (most, longest) = (code.shape.max_match() as u32, code.copy[code.shape.max_match()].count);
    let copy = |pixels: u32| pixels * longest / most;
    let again = last.bits + copy(u32::from(last.head) + u32::from(last.tail));
    again <= copy(copies.iter().map(|token| u32::from(token.length)).sum())
}

/// The most bits that joining writes for a row, whatever stands beside it.
fn most_bits(row: &Row, code: &Code) -> u64 {
    let copies = |pixels: u16| match pixels {
        0 => 0,
        _ => u64::from(pixels) / (code.shape.max_match() - code.shape.min_match()) as u64 + 2,
    };
    // The first pixel counts even where it is part of the bits.
    let first = 15 * code.shape.bpp as u64;
    u64::from(row.bits) + (copies(row.head) + copies(row.tail)) * u64::from(code.longest_match) + first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_split_at_what_may_join() {
        let (literal, run, copy) = (Token::literal(), Token::left(4), Token::copy(6));
        let other = Token::above(2, 3, 5);
        for (tokens, want) in [
            (vec![], (0, 0..0, 0)),
            (vec![literal, run], (0, 0..2, 0)),
            (vec![copy, copy], (12, 2..2, 0)),
            (vec![literal, run, other, copy], (0, 0..3, 6)),
            (vec![copy, run], (6, 1..2, 0)),
            (vec![copy, copy, other, copy, copy], (12, 2..3, 12)),
        ] {
            assert_eq!(split(&tokens), want, "{tokens:?}");
        }
    }
}

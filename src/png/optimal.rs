//! Choosing matches for the fewest bits of a row, by dynamic programming.
//!
//! From the left, each pixel at which a row's parts can begin stores the fewest bits to reach it; every match that begins
//! at it offers a way on. At each pixel the matches are those that the greedy parse sees, each at its whole length:
//! shorter ones made the reference set 0.85 % smaller and took five times as long. Where a long match begins no
//! literal is tried, for it leads into the middle of the same match; so most pixels are never looked at.
//!
//! Against the greedy parse it saves 2.7 % of the flat reference set at seven times the time.

use fearless_simd::prelude::*;

use crate::png::lz77::Finder;
use crate::png::parts::{Parts, Source};
use crate::telemetry::Buffer;

/// From a match of this many pixels on no literal is tried in its place.
const LONG: usize = 86;

/// Edges that are tried at each pixel.
pub(super) const EDGES: usize = 16;

/// Buffers, re-used from row to row.
#[derive(Debug, Default)]
pub(crate) struct Best {
    /// The fewest bits to get to each pixel.
    bits: Vec<u32>,
    /// The part that leads there.
    last: Vec<Part>,
    /// The parts of the best way, from its end.
    way: Vec<(usize, Part)>,
}

/// A part of a row.
#[derive(Clone, Copy, Debug)]
enum Part {
    Literal,
    Match { length: usize, source: Source },
}

impl Best {
    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        self.bits.bytes() + self.last.bytes() + self.way.bytes()
    }
}

/// Chooses the parts of a line.
#[inline(always)]
pub(crate) fn parse<S: Simd>(finder: &Finder<'_, S, EDGES>, best: &mut Best, parts: &mut impl Parts) {
    let (line, code) = (finder.line, finder.code);
    let width = line.width;
    let Best { bits, last, way } = best;
    bits.clear();
    bits.resize(width + 1, u32::MAX);
    last.clear();
    last.resize(width + 1, Part::Literal);
    bits[0] = 0;
    for x in 0..width {
        let so_far = bits[x];
        if so_far == u32::MAX {
            continue;
        }
        let mut longest = 0;
        finder.matches(x, |length, source| {
            longest = length;
            let cost = so_far + code.a_match(length, source).count;
            if length >= code.min_match && cost < bits[x + length] {
                (bits[x + length], last[x + length]) = (cost, Part::Match { length, source });
            }
        });
        if longest < LONG.min(code.max_match) {
            let cost = so_far + code.pixel(finder.row[x]).count;
            if cost < bits[x + 1] {
                (bits[x + 1], last[x + 1]) = (cost, Part::Literal);
            }
        }
    }
    way.clear();
    let mut x = width;
    while x > 0 {
        let part = last[x];
        x -= match part {
            Part::Literal => 1,
            Part::Match { length, .. } => length,
        };
        way.push((x, part));
    }
    for &(x, part) in way.iter().rev() {
        match part {
            Part::Literal => parts.literal(finder.row[x]),
            Part::Match { length, source: Source::Left } => parts.left(length, finder.row[x]),
            Part::Match { length, source: Source::Above } => parts.above(length),
            Part::Match { length, source: Source::Back(distance) } => parts.back(length, distance),
        }
    }
}

//! Choosing matches for the fewest bits of a row, by dynamic programming.
//!
//! From the left, each pixel that a row's parts can begin at knows the fewest bits to get there; every match that begins
//! at it offers a way on. At each pixel the matches are those that the greedy parse sees, each at its whole length:
//! shorter ones made the reference set 0.7 % smaller and took several times as long. Where a long match begins no
//! literal is tried, for it leads into the middle of the same match; so most pixels are never looked at.
//!
//! Against the greedy parse it saves 2.6 % of the flat reference set at about ten times the time.

use fearless_simd::prelude::*;

use crate::png::code::Code;
use crate::png::parse::{Finder, Lines, Search};
use crate::png::token::Token;
use crate::pool::Buffer;

/// From a match of this many pixels on no literal is tried in its place.
const LONG: usize = 86;

/// Buffers, re-used from row to row.
#[derive(Debug, Default)]
pub(crate) struct Best {
    /// The fewest bits to get to each pixel.
    bits: Vec<u32>,
    /// The part that leads there.
    last: Vec<Token>,
}

impl Best {
    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        self.bits.bytes() + size_of::<Token>() * self.last.capacity()
    }
}

/// Chooses the parts of a line.
#[inline(always)]
pub(crate) fn parse_line<S: Simd>(
    simd: S,
    lines: &Lines<'_>,
    code: &Code,
    search: Search,
    best: &mut Best,
    tokens: &mut Vec<Token>,
) {
    let finder = Finder::new(simd, lines, code, search);
    let (width, min) = (lines.width, code.shape.min_match());
    let Best { bits, last } = best;
    bits.clear();
    bits.resize(width + 1, u32::MAX);
    last.clear();
    last.resize(width + 1, Token::literal());
    bits[0] = 0;
    for x in 0..width {
        let so_far = bits[x];
        if so_far == u32::MAX {
            continue;
        }
        let mut longest = 0;
        finder.matches(x, |length, source| {
            longest = length;
            let cost = so_far + finder.price(length, source);
            if length >= min && cost < bits[x + length] {
                let token = match source {
                    Some((up, lane)) => Token::above(up, lane, length),
                    None => Token::left(length),
                };
                (bits[x + length], last[x + length]) = (cost, token);
            }
        });
        if longest < LONG.min(code.shape.max_match()) {
            let cost = so_far + code.pixel(finder.row[x]).count;
            if cost < bits[x + 1] {
                (bits[x + 1], last[x + 1]) = (cost, Token::literal());
            }
        }
    }
    let first = tokens.len();
    let mut x = width;
    while x > 0 {
        tokens.push(last[x]);
        x -= usize::from(last[x].length);
    }
    tokens[first..].reverse();
}

//! Where the colour changes in the rows of a span, by the two colours.
//!
//! Pictures of few colours are runs with edges between them, and so a match above is found by the edge that it goes
//! through: an index knows the last edge of each two colours, each edge knows the one before it. A row has a few edges where it has
//! a hundred pixels, so the index costs little to keep, and reaches the whole span.

use crate::telemetry::Buffer;

/// Bits of a hash: two indexes of 2 KB are cleared for each span.
const BITS: u32 = 9;

/// A place in a row where one colour ends and another begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    /// One more than the number of the last edge before it that has the same hash; 0 if there is none.
    before: u32,
    /// Its row in the span.
    pub(crate) row: u16,
    /// The first pixel of the second colour.
    pub(crate) column: u16,
    /// How many pixels of the first colour are to its left.
    pub(crate) run: u16,
}

/// The edges of a span's rows. Memory is re-used from span to span.
#[derive(Debug, Default)]
pub(crate) struct Edges {
    all: Vec<Edge>,
    /// By the hash of two colours: one more than the number of the last edge between such.
    between: Vec<u32>,
    /// By the hash of a colour: one more than the number of the last edge that begins such.
    into: Vec<u32>,
}

impl Edges {
    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        self.all.bytes() + self.between.bytes() + self.into.bytes()
    }

    /// Forgets all.
    #[inline(always)]
    pub(crate) fn clear(&mut self) {
        self.all.clear();
        for index in [&mut self.between, &mut self.into] {
            index.clear();
            index.resize(1 << BITS, 0);
        }
    }

    /// Adds the edges of row `row`, where `left` has a bit for each pixel that equals the one to its left.
    #[inline(always)]
    pub(crate) fn add(&mut self, row: usize, pixels: &[u32], left: &[u64]) {
        let mut start = 0;
        for (word, &left) in left.iter().enumerate().take(pixels.len().div_ceil(64)) {
            // The first pixel has nothing to its left.
            let mut edges = !left & if word == 0 { !1 } else { u64::MAX };
            while edges != 0 {
                let column = 64 * word + edges.trailing_zeros() as usize;
                // Bits beyond the last pixel are clear, too.
                let Some(&[from, to]) = pixels.get(column - 1..).and_then(<[u32]>::first_chunk) else {
                    break;
                };
                edges &= edges - 1;
                let between = &mut self.between[hash(from, to)];
                self.all.push(Edge {
                    before: *between,
                    row: row as u16,
                    column: column as u16,
                    run: (column - start) as u16,
                });
                *between = self.all.len() as u32;
                self.into[hash(to, to)] = *between;
                start = column;
            }
        }
    }

    /// The edges between two colours from the last to the first. Others with the same hash are among them.
    #[inline(always)]
    pub(crate) fn between(&self, from: u32, to: u32) -> impl Iterator<Item = Edge> {
        let mut next = self.between[hash(from, to)];
        std::iter::from_fn(move || {
            let edge = self.numbered(next)?;
            next = edge.before;
            Some(edge)
        })
    }

    /// The last edge that begins a colour, or another with the same hash.
    #[inline(always)]
    pub(crate) fn last_into(&self, to: u32) -> Option<Edge> {
        self.numbered(self.into[hash(to, to)])
    }

    /// The edge whose number is one less.
    #[inline(always)]
    fn numbered(&self, next: u32) -> Option<Edge> {
        self.all.get((next as usize).wrapping_sub(1)).copied()
    }
}

/// The number of two colours in an index.
#[inline(always)]
fn hash(from: u32, to: u32) -> usize {
    ((from ^ to.rotate_left(13)).wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bit for each pixel that equals the one to its left, and two words more.
    fn left(pixels: &[u32]) -> Vec<u64> {
        let mut bits = vec![0; pixels.len().div_ceil(64) + 2];
        for at in (1..pixels.len()).filter(|&at| pixels[at] == pixels[at - 1]) {
            bits[at / 64] |= 1 << (at % 64);
        }
        bits
    }

    #[test]
    fn edges_are_found_from_the_last_to_the_first() {
        let mut edges = Edges::default();
        for _ in 0..2 {
            edges.clear();
            let mut first = vec![1; 200];
            first[64..130].fill(2);
            first[150] = 2;
            let second = [[1; 3], [2; 3]].concat();
            edges.add(0, &first, &left(&first));
            edges.add(3, &second, &left(&second));
            let found = |from, to| -> Vec<(u16, u16, u16)> {
                edges.between(from, to).map(|edge| (edge.row, edge.column, edge.run)).collect()
            };
            assert_eq!(found(1, 2), [(3, 3, 3), (0, 150, 20), (0, 64, 64)]);
            assert_eq!(found(2, 1), [(0, 151, 1), (0, 130, 66)]);
            assert_eq!(found(1, 3), []);
            assert_eq!(edges.last_into(1).map(|edge| (edge.row, edge.column)), Some((0, 151)));
            assert_eq!(edges.last_into(2).map(|edge| (edge.row, edge.column)), Some((3, 3)));
            assert_eq!(edges.last_into(7), None);
        }
    }

    #[test]
    fn a_row_of_one_colour_and_one_of_all_colours_have_none_and_all_edges() {
        for width in [1, 2, 63, 64, 65, 128, 200] {
            let mut edges = Edges::default();
            edges.clear();
            edges.add(0, &vec![5; width], &left(&vec![5; width]));
            assert_eq!(edges.all.len(), 0, "{width}");
            let all: Vec<u32> = (0..width as u32).collect();
            edges.add(1, &all, &left(&all));
            assert_eq!(edges.all.len(), width - 1, "{width}");
        }
    }
}

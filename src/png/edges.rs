//! Where the colour changes in the rows of a span, by the two colours.
//!
//! Pictures of few colours are runs with edges between them, and so a match above is found by the edge that it goes
//! through. A row has a few edges where it has a hundred pixels, so the index costs little to keep, and reaches the whole span.
//!
//! An edge is a pixel of another colour than the one to its left. Each has the number of the last edge before it with the same
//! hash of both colours, and of the second colour; a far search along these compares the colours themselves, so that hashes
//! decide its time alone. What is found is a function of the rows: from an edge on, edges of the same colours come in the order of their
//! positions, the last first, which is also the order of their distances in the file.
//!
//! A table of the pairs of colours, each with the chain of its edges, gives the same and was slower: most pairs are met
//! a few times in a span (520 ns a row against 442, of the flat reference set at 2048 pixels, AVX2).

use crate::png::deflate_symbols::Shape;
use crate::png::row_bits::RowBits;
use crate::telemetry::Buffer;

/// Bits of a hash: two tables of 4 KB are cleared for each span.
const BITS: u32 = 10;
const PLACES: usize = 1 << BITS;

/// A place in a row where one colour ends and another begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    /// The first and the second colour.
    pub(crate) colours: [u32; 2],
    /// The last edge before it whose two colours have the same hash, and whose second colour has.
    pub(crate) like: Number,
    pub(crate) into: Number,
    /// The first pixel of the second colour: its number in the span, where its bytes begin in the tile row, and its column.
    pub(crate) pixel: u32,
    pub(crate) position: u32,
    pub(crate) column: u16,
    /// How many pixels of the first colour are to its left.
    pub(crate) run: u16,
}

/// What is beyond the reach of every match.
const NONE: Edge = Edge {
    colours: [0; 2],
    like: Number(0),
    into: Number(0),
    pixel: 0,
    position: 1 << 31,
    column: 0,
    run: 0,
};

/// The number of an edge; that of none is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Number(u32);

/// The edges of a span's rows. Memory is re-used from span to span.
#[derive(Debug)]
pub(crate) struct Edges {
    /// By number; there is room for those of a row behind them.
    all: Vec<Edge>,
    /// How many there are, with the one that is none.
    count: usize,
    /// By the hash of two colours, the last edge between such, and by the hash of a colour, the last that begins such.
    between: Box<[Number; PLACES]>,
    into: Box<[Number; PLACES]>,
}

impl Default for Edges {
    fn default() -> Self {
        let none = || Box::new([Number(0); PLACES]);
        Self { all: vec![NONE], count: 1, between: none(), into: none() }
    }
}

impl Edges {
    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        self.all.bytes() + 2 * size_of::<[Number; PLACES]>()
    }

    /// Forgets all.
    #[inline(always)]
    pub(crate) fn clear(&mut self) {
        self.count = 1;
        self.between.fill(Number(0));
        self.into.fill(Number(0));
    }

    /// Adds the edges of row `row`, where `left` has a bit for each pixel that equals the one to its left.
    #[inline(always)]
    pub(crate) fn add(&mut self, row: usize, pixels: &[u32], left: &RowBits, shape: Shape) {
        let (first, stride, bpp) = (row * pixels.len(), row * shape.stride(), shape.bpp);
        let Self { all, count, between, into } = self;
        let mut at = *count;
        if all.len() < at + pixels.len() {
            all.resize(2 * (at + pixels.len()), NONE);
        }
        let mut start = 0;
        for (word, left) in left.words().enumerate() {
            // The first pixel has nothing to its left.
            let mut edges = !left & if word == 0 { !1 } else { u64::MAX };
            while edges != 0 {
                let column = 64 * word + edges.trailing_zeros() as usize;
                // Bits beyond the last pixel are clear, too.
                let Some(&colours) = pixels.get(column - 1..).and_then(<[u32]>::first_chunk::<2>) else {
                    break;
                };
                edges &= edges - 1;
                let [from, to] = colours;
                let (between, into) = (&mut between[hash(from, to)], &mut into[hash(to, to)]);
                all[at] = Edge {
                    colours,
                    like: *between,
                    into: *into,
                    pixel: (first + column) as u32,
                    position: (stride + bpp * column) as u32,
                    column: column as u16,
                    run: (column - start) as u16,
                };
                let number = Number(at as u32);
                (*between, *into) = (number, number);
                at += 1;
                start = column;
            }
        }
        *count = at;
    }

    /// The last edge whose two colours have the hash of these.
    #[inline(always)]
    pub(crate) fn last_between(&self, from: u32, to: u32) -> Number {
        self.between[hash(from, to)]
    }

    /// The last edge whose second colour has the hash of this.
    #[inline(always)]
    pub(crate) fn last_into(&self, to: u32) -> Number {
        self.into[hash(to, to)]
    }

    /// An edge; that of no number is nowhere near.
    #[inline(always)]
    pub(crate) fn get(&self, Number(number): Number) -> &Edge {
        &self.all[number as usize]
    }
}

/// Two colours by their hash: those of the last edge of it are all that a search of one edge looks at.
#[cfg(test)]
pub(crate) fn hash_of([from, to]: [u32; 2]) -> usize {
    hash(from, to)
}

/// The number of two colours in an index.
#[inline(always)]
fn hash(from: u32, to: u32) -> usize {
    ((from ^ to.rotate_left(13)).wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { bpp: 3, width: 300 };

    /// A bit for each pixel that equals the one to its left.
    fn left(pixels: &[u32]) -> RowBits {
        let mut bits = RowBits::default();
        bits.set_count(pixels.len());
        for (word, first) in bits.words_mut().iter_mut().zip((0..).step_by(64)) {
            let equal = |&at: &usize| at > 0 && pixels[at] == pixels[at - 1];
            let set = (first..pixels.len().min(first + 64))
                .filter(equal)
                .fold(0u64, |bits, at| bits | 1 << (at - first));
            *word = set.to_le_bytes();
        }
        bits
    }

    /// Positions and runs of the edges from `number` on.
    fn follow(edges: &Edges, mut number: Number, next: fn(&Edge) -> Number) -> Vec<(u32, u16, u16)> {
        let mut found = Vec::new();
        while number != Number(0) {
            let edge = edges.get(number);
            found.push((edge.position, edge.column, edge.run));
            number = next(edge);
        }
        found
    }

    #[test]
    fn edges_are_found_from_the_last_to_the_first() {
        let mut edges = Edges::default();
        for _ in 0..2 {
            edges.clear();
            let mut first = vec![1; 200];
            first[64..130].fill(2);
            first[150] = 2;
            let mut second = vec![2; 200];
            second[..3].fill(1);
            edges.add(0, &first, &left(&first), SHAPE);
            edges.add(3, &second, &left(&second), SHAPE);
            let like = |from, to| follow(&edges, edges.last_between(from, to), |edge| edge.like);
            assert_eq!(like(1, 2), [(3 * 901 + 9, 3, 3), (450, 150, 20), (192, 64, 64)]);
            assert_eq!(like(2, 1), [(453, 151, 1), (390, 130, 66)]);
            assert_eq!(like(1, 3), []);
            let into = |to| follow(&edges, edges.last_into(to), |edge| edge.into);
            assert_eq!(into(1), [(453, 151, 1), (390, 130, 66)]);
            assert_eq!(into(2).len(), 3);
            assert_eq!(into(7), []);
            let last = edges.get(edges.last_between(1, 2));
            assert_eq!((last.colours, last.pixel), ([1, 2], 603));
        }
        assert!(edges.get(Number(0)).position > 32 * 65_537, "none is out of reach");
    }

    #[test]
    fn a_row_of_one_colour_and_one_of_all_colours_have_none_and_all_edges() {
        for width in [1, 2, 63, 64, 65, 128, 200] {
            let mut edges = Edges::default();
            edges.clear();
            edges.add(0, &vec![5; width], &left(&vec![5; width]), SHAPE);
            assert_eq!(edges.count, 1, "{width}");
            let all: Vec<u32> = (0..width as u32).collect();
            edges.add(1, &all, &left(&all), SHAPE);
            assert_eq!(edges.count, width, "{width}");
        }
    }
}

//! Choosing matches: one row of a span, whole pixels at a time, left to right.
//!
//! At each pixel the candidates are the run of the pixel to the left, the copy from straight above, and what the edges
//! of rows above lead to (see [`Edges`](crate::png::edges::Edges)); the longest wins, and of those as long the first. A
//! match above is taken only where it is cheaper than the literals that it replaces; a run always is.
//!
//! A match that is worth looking for goes on past the run that it begins in, through the edge behind it. So, where `colour`
//! pixels of one colour begin here, followed by one of a second, the candidates are the last [`FAR`] edges between these two
//! colours, the last one first: in rows above that differ from the row below them, from the lowest up, in a row from right to
//! left, as far back as deflate reaches. Each is tried `colour` pixels before its second colour begins; one with fewer pixels
//! of the first colour counts, and is no match. They are not looked for where a run or a copy is as long as a match can be, or
//! the colour goes on to the end of the row, or for as long. Last, where nothing is as long as `colour`, the last run of the
//! pixel's own colour that begins with an edge may still be cheaper than the pixel itself. All this is a function of the
//! pixels alone.
//!
//! That a run wins over a copy where both are longer than any match is worth 2.7 % of flat pictures at 2048 pixels: runs
//! of whole rows go on from span to span.
//!
//! How many edges are tried is a matter of effort: against one, eight make files 8 % smaller and compressing 1.3 times
//! as long; sixteen make no difference. Where one is tried, it is the last one of the same hash (see
//! [`Edges`](crate::png::edges::Edges)), and if its colours are others, none is: to look on took a tenth of the time for 0.3 to 0.9 %
//! of the bytes. Comparing all places of the seven rows above, sixteen pixels to either side, in vector
//! registers made files 2 to 6 % larger, for edges lead anywhere in the span, and took up to a fifth longer.
//!
//! The choice depends on the span's own pixels and the collection's code alone: that is what lets a span's bits be
//! used in every picture that shows it.

use fearless_simd::prelude::*;
use fearless_simd::u32x16;

use crate::png::deflate_symbols::WINDOW;
use crate::png::edges::Edge;
use crate::png::huffman_tables::Code;
use crate::png::lines::Line;
use crate::png::parts::{Parts, Source, pieces};

/// How far to look for matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Search {
    /// The pixel to the left, and straight above.
    Straight,
    /// Where the last edge with the same hash of two colours leads to, if they are the same, besides.
    Near,
    /// The last [`FAR`] edges, and the last run of the same colour.
    Far,
    /// As far, and the matches chosen for the fewest bits of a whole row (see [`crate::png::optimal`]).
    Optimal,
}

/// Edges that are tried in a far search.
pub(crate) const FAR: usize = 8;

/// How many values from `a` and from `b` on are equal, `most` at most, of which `count` are. There are `most`.
#[inline(always)]
fn equal_prefix<S: Simd>(simd: S, all: &[u32], [a, b]: [usize; 2], mut count: usize, most: usize) -> usize {
    loop {
        let (a, b) = (&all[a + count..], &all[b + count..]);
        let (Some(x), Some(y)) = (a.first_chunk::<16>(), b.first_chunk::<16>()) else {
            return count + equal_prefix_at_end(&a[..most - count], b);
        };
        let equal = u32x16::from_slice(simd, x).simd_eq(u32x16::from_slice(simd, y)).to_bitmask();
        let ones = (!equal).trailing_zeros() as usize;
        count += ones.min(16);
        if ones < 16 || count >= most {
            return count.min(most);
        }
    }
}

/// The same where the span ends: no vectors are behind it.
#[cold]
fn equal_prefix_at_end(a: &[u32], b: &[u32]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// What the matches of a line are looked for with: the last `EDGES` edges between the same two colours, and if that is
/// more than one, the last run of the same colour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finder<'a, S, const EDGES: usize> {
    simd: S,
    pub(crate) line: Line<'a>,
    pub(crate) code: &'a Code,
    /// The line itself, and what comes behind it.
    pub(crate) row: &'a [u32],
    /// Whether pixels can be copied from straight above.
    copies: bool,
}

/// The longest match at a pixel so far.
struct Longest<B> {
    length: usize,
    /// Called with each that is longer than those before.
    better: B,
}

impl<B: FnMut(usize, Source)> Longest<B> {
    #[inline(always)]
    fn offer(&mut self, length: usize, source: Source) {
        if length > self.length {
            self.length = length;
            (self.better)(length, source);
        }
    }
}

impl<'a, S: Simd, const EDGES: usize> Finder<'a, S, EDGES> {
    #[inline(always)]
    pub(crate) fn new(simd: S, line: Line<'a>, code: &'a Code) -> Self {
        let copies = line.number > 0 && code.shape.reaches_above();
        Self { simd, line, code, row: line.onwards(), copies }
    }

    /// Calls `better` with the match at `x` that goes on with the pixel to the left, if there is one, and then with each that is
    /// longer, from near to far. No match is longer than deflate's longest. Gives how many pixels from `x` on equal the one to the left.
    #[inline(always)]
    pub(crate) fn matches(&self, x: usize, better: impl FnMut(usize, Source)) -> usize {
        let Self { simd, line, code, copies, .. } = *self;
        let Line { all, width, .. } = line;
        let most = code.max_match.min(width - x);
        // How many pixels of one colour begin at `x`; what is looked for is longer, unless nothing else is there.
        let (run, colour) = if EDGES == 0 { (line.run(x), 0) } else { line.run_and_colour(x) };
        let mut longest = Longest { length: 0, better };
        longest.offer(run.min(most), Source::Left);
        if copies {
            longest.offer(line.copy(x).min(most), Source::Above);
        }
        if EDGES == 0 || longest.length == most {
            return run;
        }
        let here = line.number * width + x;
        let position = line.number * code.stride + x * code.shape.bpp;
        let first = all[here];
        if colour < most {
            let pair = [first, all[here + colour]];
            let position = position + colour * code.shape.bpp;
            let mut number = line.edges.last_between(pair[0], pair[1]);
            let mut tries = EDGES;
            while tries > 0 {
                let edge = line.edges.get(number);
                let distance = position.wrapping_sub(edge.position as usize);
                if distance > WINDOW {
                    break;
                }
                if edge.colours == pair {
                    tries -= 1;
                    self.offer_through(edge, colour, most, [here, distance], &mut longest);
                } else if EDGES == 1 {
                    break;
                }
                number = edge.like;
            }
        }
        if EDGES > 1 && longest.length < colour {
            let mut number = line.edges.last_into(first);
            loop {
                let &Edge { colours, into, pixel, position: there, column, .. } = line.edges.get(number);
                number = into;
                let distance = position.wrapping_sub(there as usize);
                if distance > WINDOW {
                    break;
                }
                if colours[1] == first {
                    let limit = most.min(width - usize::from(column));
                    let length = equal_prefix(simd, all, [here, pixel as usize], 0, limit);
                    longest.offer(length, Source::Back(distance as u32));
                    break;
                }
            }
        }
        run
    }

    /// Offers the match that begins `colour` pixels before an edge, `distance` bytes back from pixel `here`.
    #[inline(always)]
    fn offer_through<B: FnMut(usize, Source)>(
        &self,
        edge: &Edge,
        colour: usize,
        most: usize,
        [here, distance]: [usize; 2],
        longest: &mut Longest<B>,
    ) {
        let Line { all, width, .. } = self.line;
        if usize::from(edge.run) < colour {
            return;
        }
        let limit = most.min(width + colour - usize::from(edge.column));
        // A longer match must also agree where the best so far ends, which refuses most.
        let length = longest.length;
        let start = edge.pixel as usize - colour;
        if limit > length && all[start + length] == all[here + length] {
            let equal = equal_prefix(self.simd, all, [here, start], colour, limit);
            longest.offer(equal, Source::Back(distance as u32));
        }
    }
}

/// Chooses the parts of a line, at each pixel the longest match.
#[inline(always)]
pub(crate) fn parse<S: Simd, const EDGES: usize>(finder: &Finder<'_, S, EDGES>, parts: &mut impl Parts) {
    let (code, line) = (finder.code, finder.line);
    let min = code.min_match;
    let mut x = 0;
    while x < line.width {
        let (mut length, mut source) = (0, Source::Left);
        if EDGES == 0 {
            // Where nothing repeats, pixels are written as they are, all at once up to the next that could.
            let literals = line.literals(x);
            if literals > 0 {
                parts.literals(finder.simd, &finder.row[x..], literals);
                x += literals;
                continue;
            }
        }
        let run = finder.matches(x, |longer, from| (length, source) = (longer, from));
        if source != Source::Left && length >= min {
            let pays = length >= code.sure_match || {
                let literals: u32 = finder.row[x..x + length].iter().map(|&p| code.pixel(p).count).sum();
                code.a_match(length, source).count < literals
            };
            if pays {
                match source {
                    Source::Back(distance) => parts.back(length, distance),
                    _ => parts.above(length),
                }
                x += length;
                continue;
            }
        }
        if run >= min {
            let pixel = finder.row[x];
            pieces(run, code.shape, |length| parts.left(length, pixel));
            x += run;
        } else {
            parts.literal(finder.row[x]);
            x += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use fearless_simd::Level;
    use proptest::prelude::*;

    use super::*;
    use crate::png::deflate_symbols::{CodeLengths, Shape};
    use crate::png::filter::Filter;
    use crate::png::lines::LineBuffers;
    use crate::png::span::SpanSamples;
    use crate::png::testing::matches_of;

    /// The longest match, of `most` pixels or fewer, of those at `x` of row `y` with some in a row above that goes on past
    /// the first edge.
    fn longest(picture: &[u32], width: usize, [x, y]: [usize; 2], most: usize) -> usize {
        let here = &picture[y * width..][x..width];
        let colour = here.iter().take_while(|&&pixel| pixel == here[0]).count();
        let equal = |row: usize, column: usize| {
            let there = &picture[row * width..][column..width];
            here.iter().zip(there).take_while(|(a, b)| a == b).count()
        };
        let all = (0..y).flat_map(|row| (0..width).map(move |column| (row, column)));
        all.map(|(row, column)| equal(row, column))
            .map(|length| length.min(most))
            .filter(|&length| length > colour)
            .max()
            .unwrap_or(0)
    }

    proptest! {
        /// All edges tried, the longest match is found, as it is by looking everywhere.
        #[test]
        fn the_longest_match_is_found(
            width in 1usize..150,
            changes in prop::collection::vec((0usize..1200, 0u32..3), 0..60),
        ) {
            let mut picture = vec![0u32; 8 * width];
            for (from, colour) in changes {
                picture.iter_mut().skip(from).take(7).for_each(|pixel| *pixel = 0x0001_0203 * colour);
            }
            let shape = Shape { bpp: 3, width };
            let code = Code::new(CodeLengths::untrained(shape, 256), shape);
            let simd = Level::baseline();
            let mut buffers = LineBuffers::default();
            let span = SpanSamples { pixels: &picture, width, x: 0 };
            for y in 0..8 {
                let found: Vec<Vec<(usize, Source)>> = fearless_simd::dispatch!(simd, simd => {
                    let line = buffers.read(simd, span, Filter::None, y, false, Some(shape));
                    matches_of(&Finder::<_, 10_000>::new(simd, line, &code))
                });
                for (x, found) in found.into_iter().enumerate() {
                    prop_assert!(found.is_sorted_by_key(|&(length, _)| length));
                    let most = found.last().map_or(0, |&(length, _)| length);
                    let want = longest(&picture, width, [x, y], code.max_match);
                    prop_assert!(most >= want, "{} of {} pixels at {}, {}", most, want, x, y);
                    for (length, source) in found {
                        let back = match source {
                            Source::Left => 3,
                            Source::Above => shape.stride(),
                            Source::Back(distance) => distance as usize,
                        };
                        // Pixels as far back as bytes say, in rows of a byte more.
                        let at = y * shape.stride() + 1 + 3 * x;
                        let (row, column) = ((at - back) / shape.stride(), (at - back) % shape.stride() / 3);
                        let there = &picture[row * width + column..];
                        let here = &picture[y * width + x..][..length];
                        prop_assert_eq!(here, &there[..length], "{:?}", source);
                    }
                }
            }
        }
    }
}

//! The matches of searches along edges against their definition.

use proptest::prelude::*;

use crate::png::deflate_symbols::{CodeLengths, Shape, WINDOW};
use crate::png::edges::hash_of;
use crate::png::filter::Filter;
use crate::png::huffman_tables::Code;
use crate::png::lines::LineBuffers;
use crate::png::lz77::{FAR, Finder};
use crate::png::parts::Source;
use crate::png::span::SpanSamples;
use crate::png::testing::{levels, matches_of};

/// The matches of pixel `x` of row `y` as the text of `lz77` defines them: each longer than the one before. The
/// slow way, from the pixels alone, where `tries` edges are tried.
fn defined(
    picture: &[u32],
    shape: Shape,
    width: usize,
    [x, y]: [usize; 2],
    tries: usize,
) -> Vec<(usize, Source)> {
    let row = |y: usize| &picture[y * width..][..width];
    let here = row(y);
    let most = shape.max_match().min(width - x);
    let run = (x..width).take_while(|&at| at > 0 && here[at] == here[at - 1]).count().min(most);
    let equal = |r: usize, column: usize| {
        here[x..].iter().zip(&row(r)[column..]).take_while(|(a, b)| a == b).count().min(most)
    };
    let mut found = vec![(run, Source::Left)];
    if y > 0 && shape.reaches_above() {
        found.push((equal(y - 1, x), Source::Above));
    }
    let mut best = found.iter().map(|&(length, _)| length).max().unwrap_or(0);
    let colour = here[x..].iter().take_while(|&&pixel| pixel == here[x]).count();
    // By row from below, from right to left.
    let edges = (0..y).rev().filter(|&r| row(r) != row(r + 1));
    let edges = edges.flat_map(|r| (1..width).rev().map(move |column| (r, column)));
    let edges = edges.filter(|&(r, column)| row(r)[column - 1] != row(r)[column]);
    let distance = |r: usize, column: usize| (y - r) * shape.stride() + shape.bpp * x - shape.bpp * column;
    if best < most && colour < most {
        let pair = &here[x + colour - 1..][..2];
        let colours = |(r, column): (usize, usize)| [row(r)[column - 1], row(r)[column]];
        let is_same = |&place: &(usize, usize)| colours(place) == [pair[0], pair[1]];
        // One edge is tried only if it is the last of its hash.
        let is_like =
            |&place: &(usize, usize)| tries > 1 || hash_of(colours(place)) == hash_of([pair[0], pair[1]]);
        let tried = edges.clone().filter(is_like).enumerate();
        let tried = tried.filter(|(before, _)| tries > 1 || *before == 0).map(|(_, place)| place);
        for (r, column) in tried.filter(is_same).take(tries) {
            let same = (0..column).rev().take_while(|&at| row(r)[at] == here[x]).count();
            let distance = distance(r, column) + shape.bpp * colour;
            if same >= colour && distance <= WINDOW {
                found.push((equal(r, column - colour), Source::Back(distance as u32)));
                best = best.max(equal(r, column - colour));
            }
        }
    }
    if tries > 1 && best < colour && best < most {
        let into = edges.filter(|&(r, column)| row(r)[column] == here[x]).take(1);
        let reached = into.filter(|&(r, column)| distance(r, column) <= WINDOW);
        found.extend(reached.map(|(r, column)| (equal(r, column), Source::Back(distance(r, column) as u32))));
    }
    let mut longest = 0;
    found.retain(|&(length, _)| {
        let longer = length > longest;
        longest = longest.max(length);
        longer
    });
    found
}

proptest! {
    /// Few colours and so many that hashes of pairs meet; rows that repeat parts of those above, or all of them; pictures
    /// in which deflate reaches all rows, some, and none.
    #[test]
    fn matches_are_those_of_the_definition(
        width in 1usize..150,
        bpp in prop::sample::select(vec![1usize, 3, 4]),
        picture_width in prop::sample::select(vec![150usize, 2048, 16_384]),
        colours in prop::sample::select(vec![2u32, 5, 1000]),
        rows in prop::collection::vec((any::<u32>(), 0usize..8), 1..8),
    ) {
        let mut picture: Vec<u32> = Vec::new();
        for (y, (seed, kind)) in rows.iter().enumerate() {
            let mut state = *seed;
            let mut random = |most: u32| {
                state = state.wrapping_mul(0x0019_660d).wrapping_add(0x3c6e_f35f);
                (state >> 10) % most
            };
            let mut row: Vec<u32> = Vec::new();
            while row.len() < width {
                let (length, above) = (1 + random(12) as usize, random(8) as usize);
                match y.checked_sub(1 + above % 3) {
                    Some(above) if *kind > 0 && random(3) > 0 => {
                        let from = random(width as u32) as usize;
                        row.extend(picture[above * width..][from..width].iter().take(length));
                    }
                    _ => row.extend(vec![0x0001_0101 * random(colours); 1 + length / 3]),
                }
            }
            row.truncate(width);
            if *kind == 7 && y > 0 {
                row = picture[(y - 1) * width..].to_vec();
            }
            picture.extend(row);
        }
        let shape = Shape { bpp, width: picture_width };
        let code = Code::new(CodeLengths::untrained(shape, 256), shape);
        let span = SpanSamples { pixels: &picture, width, x: 0 };
        for level in levels() {
            let mut buffers = LineBuffers::default();
            for y in 0..rows.len() {
                let [far, near]: [Vec<Vec<(usize, Source)>>; 2] = fearless_simd::dispatch!(level, simd => {
                    let line = buffers.read(simd, span, Filter::None, y, false, Some(shape));
                    let far = matches_of(&Finder::<_, FAR>::new(simd, line, &code));
                    [far, matches_of(&Finder::<_, 1>::new(simd, line, &code))]
                });
                for (x, (far, near)) in far.into_iter().zip(near).enumerate() {
                    prop_assert_eq!(far, defined(&picture, shape, width, [x, y], FAR), "{}, {}", x, y);
                    prop_assert_eq!(near, defined(&picture, shape, width, [x, y], 1), "near, {}, {}", x, y);
                }
            }
        }
    }
}

//! Stacks with clipped and masked pictures.
//!
//! A stack is cut into units: a picture that is drawn, the masks right below it, and the pictures that are clipped to it, each with
//! masks of its own. A unit is composited by itself and then blended with what is below by the mode of its base.

use std::ops::Range;

use crate::art::Tile;
use crate::pixel::{Arithmetic, Blend, Pixel};
use crate::project::Role;

/// A picture of a stack in one tile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub(super) tile: Tile<'a>,
    pub(super) mode: Blend,
    pub(super) role: Role,
}

/// The units of a stack, by the roles of its pictures: which of them each has.
pub(super) fn units(roles: &[Role]) -> Vec<Range<usize>> {
    let mut units: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while at < roles.len() {
        let masks = roles[at..].iter().take_while(|&&role| role == Role::Mask).count();
        let end = (at + masks + 1).min(roles.len());
        match (units.last_mut(), roles.get(at + masks)) {
            (Some(unit), Some(Role::Clipped)) => unit.end = end,
            _ => units.push(at..end),
        }
        at = end;
    }
    units
}

/// Room for the pixels of a unit.
#[derive(Debug, Default)]
pub(super) struct UnitBuffers {
    unit: Vec<Pixel>,
    clipped: Vec<Pixel>,
}

impl UnitBuffers {
    /// Composites a unit in a tile of `area` pixels; with the mode in which it is blended with what is below.
    pub(super) fn composite(
        &mut self,
        arithmetic: Arithmetic,
        entries: &[Entry<'_>],
        area: usize,
    ) -> (&[Pixel], Blend) {
        let Self { unit, clipped } = self;
        unit.clear();
        unit.resize(area, 0);
        let mut base = None;
        let mut masks = 0;
        for (at, entry) in entries.iter().enumerate() {
            if entry.role == Role::Mask {
                masks += 1;
                continue;
            }
            let to = if base.is_none() { &mut *unit } else { &mut *clipped };
            fill(to, entry.tile, area);
            for mask in &entries[at - masks..at] {
                mask_tile(arithmetic, to, mask.tile);
            }
            masks = 0;
            match base {
                None => base = Some(entry.mode),
                Some(_) => arithmetic.clip_row(entry.mode, unit, clipped),
            }
        }
        (unit, base.unwrap_or_default())
    }
}

fn fill(pixels: &mut Vec<Pixel>, tile: Tile<'_>, area: usize) {
    pixels.clear();
    match tile {
        Tile::Empty => pixels.resize(area, 0),
        Tile::Solid(pixel) => pixels.resize(area, pixel),
        Tile::Pixels(source) => pixels.extend_from_slice(source),
    }
}

fn mask_tile(arithmetic: Arithmetic, pixels: &mut [Pixel], mask: Tile<'_>) {
    match mask {
        Tile::Empty => pixels.fill(0),
        Tile::Solid(mask) if mask >> 24 == 255 => {}
        Tile::Solid(mask) => {
            pixels.iter_mut().for_each(|pixel| *pixel = arithmetic.masked(*pixel, (mask >> 24) as u8));
        }
        Tile::Pixels(masks) => {
            let pairs = pixels.iter_mut().zip(masks);
            pairs.for_each(|(pixel, mask)| *pixel = arithmetic.masked(*pixel, (mask >> 24) as u8));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::art::{Art, TraitArt};
    use crate::compositor::{SpanJob, composite_canvas, composite_span, extent};
    use crate::geometry::{Grid, Size, TraitId};
    use crate::pixel::{pack, premultiply};
    use crate::project::cases;
    use crate::tiling::SpanScanner;

    /// Wide enough for tiles to become parts of their neighbours.
    const SIZE: Size = Size { width: 17 * 64 - 9, height: 40 };

    /// A picture of tiles that are empty, of one colour, or mixed, by their kinds.
    fn picture(kinds: &[u8], seed: u8) -> TraitArt {
        let grid = Grid::new(SIZE);
        let pixel = |x: u32, y: u32| {
            let kind = kinds[(x / 64) as usize % kinds.len()];
            let [r, g, b] = [x as u8 ^ seed, (y as u8).wrapping_add(seed), seed];
            match (kind, (x + y) % 3) {
                (0, _) | (3, 0) => 0,
                (1, _) => pack([seed, 9, 99, 255]),
                (2, _) | (3, 1) => premultiply(pack([r, g, b, 100])),
                _ => pack([r, g, b, 255]),
            }
        };
        let canvas: Vec<Pixel> =
            (0..SIZE.height).flat_map(|y| (0..SIZE.width).map(move |x| pixel(x, y))).collect();
        TraitArt::from_canvas(grid, &canvas)
    }

    /// Masks, a picture, and others that are clipped to it: for each the kinds of its tiles and a mode.
    fn unit() -> impl Strategy<Value = Vec<(Role, Vec<u8>, usize)>> {
        let picture = |role| (Just(role), prop::collection::vec(0u8..4, 3..18), 0..Blend::ALL.len());
        let masked = move |role| {
            (prop::collection::vec(picture(Role::Mask), 0..2), picture(role)).prop_map(
                |(mut masks, picture)| {
                    masks.push(picture);
                    masks
                },
            )
        };
        (masked(Role::Drawn), prop::collection::vec(masked(Role::Clipped), 0..3))
            .prop_map(|(base, clipped)| [base, clipped.concat()].concat())
    }

    proptest! {
        #![proptest_config(cases(96))]

        /// Whatever is left out of a span's stack, and whatever tiles it joins, its pixels are those of the whole picture.
        #[test]
        fn spans_of_clipped_and_masked_pictures_are_parts_of_the_whole(units in prop::collection::vec(unit(), 1..4)) {
            let pictures = units.concat();
            let traits: Vec<TraitArt> = pictures
                .iter()
                .enumerate()
                .map(|(seed, (role, kinds, mode))| {
                    // Most layers are normal, and only these hide.
                    let mode = if mode % 2 == 0 || *role == Role::Mask { Blend::Normal } else { Blend::ALL[*mode] };
                    picture(kinds, (seed as u8).wrapping_mul(40)).with_blend(mode).with_role(*role)
                })
                .collect();
            let art = Arc::new(Art::of_tiles(Grid::new(SIZE), traits));
            let ids: Vec<TraitId> = (0..pictures.len() as TraitId).collect();
            let mut canvas = Vec::new();
            let pin = |_| Ok::<_, std::convert::Infallible>(art.clone());
            composite_canvas(art.grid, &ids, pin, &mut canvas).unwrap();
            let (mut buffer, mut pixels) = (Vec::new(), 0);
            SpanScanner::default().spans(&art, &ids, |place, stack| {
                let (xs, ys) = extent(&art, place);
                let found = composite_span(&art, &SpanJob { place, stack: stack.into() }, &mut buffer);
                for (row, y) in found.chunks(xs.len()).zip(ys) {
                    let at = y * SIZE.width as usize;
                    assert!(row == &canvas[at + xs.start..at + xs.end], "{place:?} {stack:?}");
                    pixels += row.len();
                }
            });
            prop_assert_eq!(pixels as u64, SIZE.pixels());
        }
    }

    #[test]
    fn a_unit_is_a_picture_with_its_masks_and_what_is_clipped_to_it() {
        use Role::{Clipped as C, Drawn as D, Mask as M};
        assert_eq!(units(&[D, D, C, C, M, D, M, C, D]), [0..1, 1..4, 4..8, 8..9]);
        assert_eq!(units(&[M, M, D, D]), [0..3, 3..4]);
        assert!(units(&[]).is_empty());
    }

    #[test]
    fn what_is_clipped_shows_where_its_base_does_and_masks_come_before_it() {
        let (red, green) = (pack([255, 0, 0, 255]), pack([0, 255, 0, 255]));
        let base = [red, red, 0, red];
        let mask = [pack([0, 0, 0, 255]), 0, pack([9, 9, 9, 255]), pack([0, 0, 0, 255])];
        let over = [green, green, green, 0];
        let entry = |tile, role| Entry { tile, mode: Blend::Normal, role };
        let entries = [
            entry(Tile::Pixels(&mask), Role::Mask),
            entry(Tile::Pixels(&base), Role::Drawn),
            entry(Tile::Pixels(&over), Role::Clipped),
        ];
        for arithmetic in Arithmetic::ALL {
            let mut buffers = UnitBuffers::default();
            assert_eq!(buffers.composite(arithmetic, &entries, 4), (&[green, 0, 0, red][..], Blend::Normal));
            assert_eq!(buffers.composite(arithmetic, &entries[1..2], 4).0, base);
        }
    }
}

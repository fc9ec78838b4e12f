//! Canvases cut into tiles, and tiles converted.

use std::sync::Arc;

use crate::art::held_pixels::HeldPixels;
use crate::art::trait_art::{Tile, TraitArt};
use crate::geometry::{Grid, Size};
use crate::pixel::{Arithmetic, Blend, Pixel, pack};

#[test]
fn tiles_are_empty_solid_or_pixels_and_the_bits_agree() {
    let grid = Grid::new(Size { width: 130, height: 33 });
    assert_eq!((grid.columns(), grid.rows()), (3, 2));
    let mut canvas = vec![0u32; 130 * 33];
    for y in 0..32 {
        canvas[y * 130..y * 130 + 64].fill(pack([1, 2, 3, 255]));
        canvas[y * 130 + 64..y * 130 + 128].fill(pack([1, 1, 1, 128]));
    }
    canvas[32 * 130 + 129] = pack([5, 5, 5, 5]);
    let art = TraitArt::from_canvas(grid, &canvas);
    assert_eq!(art.tile(0, 0), Tile::Solid(pack([1, 2, 3, 255])));
    assert_eq!(art.tile(0, 1), Tile::Solid(pack([1, 1, 1, 128])));
    assert_eq!(art.tile(0, 2), Tile::Empty);
    assert_eq!(art.tile(1, 2), Tile::Pixels(&[0, pack([5, 5, 5, 5])]));
    assert_eq!((art.present_row(0), art.hiding_row(0)), (&[0b011][..], &[0b001][..]));
    assert_eq!((art.present_row(1), art.hiding_row(1)), (&[0b100][..], &[0][..]));
}

#[test]
fn only_normal_traits_hide() {
    let grid = Grid::new(Size { width: 65, height: 3 });
    let normal = TraitArt::solid(grid, pack([9, 9, 9, 255]));
    assert_eq!((normal.blend(), normal.hiding_row(0)), (Blend::Normal, &[0b11][..]));
    for &mode in &Blend::ALL[1..] {
        let blended = normal.clone().with_blend(mode);
        assert_eq!((blended.blend(), blended.hiding_row(0)), (mode, &[0][..]));
        assert_eq!(blended.present_row(0), normal.present_row(0));
        assert_eq!(blended.digest(), normal.digest());
    }
}

/// Pixels that differ straight can be the same premultiplied, and faint ones can vanish: tiles become solid or empty.
#[test]
fn a_converted_trait_is_that_of_a_converted_canvas() {
    let size = Size { width: 200, height: 70 };
    let (grid, account) = (Grid::new(size), Arc::<HeldPixels>::default());
    let canvas: Vec<Pixel> = (0..200 * 70u32)
        .map(|i| match ((i % 200) / 64, i / 200 / 32) {
            (0, 0) => pack([200, 100, (i % 7) as u8, 1]),
            (1, 0) => [0, pack([9, 9, 9, 1])][i as usize % 2],
            (2, 0) | (0, 2) => pack([1, 2, 3, 255]),
            (1, 1) => pack([9, 8, 7, 100]),
            (2, 1) => 0,
            _ => pack([i as u8, (i / 200) as u8, 99, (i % 255 + 1) as u8]),
        })
        .collect();
    for blend in [Blend::Normal, Blend::Screen] {
        let straight = || TraitArt::from_canvas(grid, &canvas).with_blend(blend);
        for arithmetic in Arithmetic::ALL {
            for opacity in [0, 1, 100, 127, 128, 255] {
                let mut converted = canvas.clone();
                arithmetic.convert(&mut converted, opacity);
                let want = TraitArt::from_canvas(grid, &converted).with_blend(blend);
                let counted = straight().counted(&account);
                let shared = counted.clone().converted(arithmetic, opacity);
                assert_eq!(counted.digest(), straight().digest(), "a clone is as it was");
                let got = counted.converted(arithmetic, opacity);
                for got in [&got, &shared] {
                    assert_eq!(got.digest(), want.digest(), "{arithmetic:?} at {opacity}");
                    assert_eq!((got.pixel_bytes(), got.blend()), (want.pixel_bytes(), blend));
                    for row in 0..grid.rows() {
                        assert_eq!(got.present_row(row), want.present_row(row));
                        assert_eq!(got.hiding_row(row), want.hiding_row(row));
                    }
                }
                assert_eq!(account.bytes(), got.pixel_bytes(), "{arithmetic:?} at {opacity}");
            }
        }
    }
    assert_eq!(account.bytes(), 0);
}

#[test]
fn a_solid_trait_equals_a_filled_canvas() {
    let grid = Grid::new(Size { width: 65, height: 3 });
    for pixel in [0, pack([1, 1, 1, 1]), pack([9, 9, 9, 255])] {
        let filled = TraitArt::from_canvas(grid, &[pixel; 65 * 3]);
        let solid = TraitArt::solid(grid, pixel);
        assert_eq!(solid.digest(), filled.digest());
        assert_eq!(solid.present_row(0), filled.present_row(0));
        assert_eq!(solid.hiding_row(0), filled.hiding_row(0));
    }
}

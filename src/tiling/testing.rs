//! Art for tests that is given tile by tile.

use crate::art::{Art, TraitArt};
use crate::geometry::{Grid, Size};
use crate::pixel::pack;

/// Art of traits of which each tile, in reading order, shows nothing (0), something (1), or hides all below (2).
pub(crate) fn painted<'a>(size: Size, traits: impl IntoIterator<Item = &'a [u8]>) -> Art {
    let grid = Grid::new(size);
    let width = size.width as usize;
    let paint = |kinds: &[u8]| {
        let mut canvas = vec![0; width * size.height as usize];
        for (tile, kind) in kinds.iter().enumerate() {
            let (xs, ys) = (grid.x_range(tile % grid.columns()), grid.y_range(tile / grid.columns()));
            match kind {
                1 => canvas[ys.start * width + xs.start + 3] = pack([1, 1, 1, 255]),
                2 => ys.for_each(|y| canvas[y * width..][xs.clone()].fill(pack([2, 2, 2, 255]))),
                _ => {}
            }
        }
        TraitArt::from_canvas(grid, &canvas)
    };
    Art::of_tiles(grid, traits.into_iter().map(paint).collect())
}

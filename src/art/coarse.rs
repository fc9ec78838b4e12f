//! Art on a grid of fewer and larger tiles: what smaller pictures are cut into spans by.
//!
//! A tile of a picture that is smaller by a whole factor shows that factor times as many tiles of the art, in rows and in
//! columns. A trait shows there if it shows in any of them, and hides what is below if it does so in all.

use crate::art::decoded::Art;
use crate::art::trait_art::TraitArt;
use crate::geometry::{Grid, Size};

impl Art {
    /// The coverage of the same art on the grid of pictures that are smaller by `factor`, which divides both sides. Its
    /// traits have no pixels.
    pub(crate) fn coarser(&self, factor: usize) -> Self {
        let Size { width, height } = self.grid.size();
        let smaller = |side: u32| side / factor as u32;
        let grid = Grid::new(Size { width: smaller(width), height: smaller(height) });
        let traits = self.traits.iter().map(|of| coarser(of, self.grid, grid, factor)).collect();
        Self { grid, traits, ..self.clone() }
    }
}

/// A trait on `fine` tiles, on coarse ones.
fn coarser(of: &TraitArt, fine: Grid, coarse: Grid, factor: usize) -> TraitArt {
    let words = TraitArt::words_per_row(&coarse);
    let mut present = vec![0u64; words * coarse.rows()];
    // Hiding until a tile does not.
    let mut showing = present.clone();
    let bit = |row: &[u64], column: usize| row[column / 64] >> (column % 64) & 1 == 1;
    for row in 0..fine.rows() {
        let (shows, hides) = (of.present_row(row), of.hiding_row(row));
        let start = row / factor * words;
        for column in 0..fine.columns() {
            let (word, shift) = (start + column / factor / 64, column / factor % 64);
            present[word] |= u64::from(bit(shows, column)) << shift;
            showing[word] |= u64::from(!bit(hides, column)) << shift;
        }
    }
    for row in 0..coarse.rows() {
        for column in 0..coarse.columns() {
            showing[row * words + column / 64] ^= 1 << (column % 64);
        }
    }
    TraitArt::of_coverage(coarse, of.blend(), present, showing).with_role(of.role())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixel::Pixel;

    #[test]
    fn a_coarse_tile_shows_what_any_and_hides_what_all_of_its_tiles_do() {
        // Nine by four tiles and a bit, by three: three by two, of which the last row has one row of tiles.
        let size = Size { width: 9 * 64 - 9, height: 3 * 32 + 3 };
        let grid = Grid::new(size);
        let opaque: Pixel = 0xff00_0001;
        let mut canvas: Vec<Pixel> = vec![opaque; size.pixels() as usize];
        let width = size.width as usize;
        // A hole in the second column of coarse tiles, nothing in the third.
        canvas[40 * width + 200] = 0;
        canvas.chunks_exact_mut(width).take(96).for_each(|row| row[384..].fill(0));
        let art = Art::of_tiles(grid, vec![TraitArt::from_canvas(grid, &canvas), TraitArt::solid(grid, 0)]);
        let coarse = art.coarser(3);
        assert_eq!(coarse.grid.size(), Size { width: 189, height: 33 });
        let bits = |row: usize| (coarse.traits[0].present_row(row)[0], coarse.traits[0].hiding_row(row)[0]);
        assert_eq!((bits(0), bits(1)), ((0b011, 0b001), (0b111, 0b111)));
        assert!(coarse.traits[1].is_empty());
    }
}

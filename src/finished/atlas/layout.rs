//! Pages, and where each sprite is on them: rows and columns where all sprites have one size, else a skyline.

use std::path::Path;

use crate::finished::atlas::pack::{Limits, Packed, pack};
use crate::finished::sheet::SheetError;
use crate::finished::sheet::grid::{Grid, Wish};
use crate::geometry::Size;

/// What pages are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) limits: Limits,
    pub(crate) columns: Option<u32>,
    /// Whether there can be more than one page.
    pub(crate) several: bool,
    /// The file, for messages.
    pub(crate) file: &'a Path,
}

impl Request<'_> {
    /// Pages for sprites of these sizes, at least one.
    pub(crate) fn pages(&self, sizes: &[[u32; 2]]) -> Result<Vec<Packed>, SheetError> {
        let longest = self.limits.longest();
        let room = longest.saturating_sub(2 * self.limits.gap);
        let pages =
            if let Some(&[width, height]) = sizes.iter().find(|size| size.iter().any(|&side| side > room)) {
                return Err(SheetError::LargeSprite { size: [width, height], most: longest });
            } else if sizes.iter().all(|size| *size == sizes[0]) {
                self.grids(sizes.len(), sizes[0])?
            } else {
                pack(sizes, self.limits)
            };
        if pages.len() > 1 && !self.several {
            return Err(self.too_many(sizes.len()));
        }
        Ok(pages)
    }

    fn too_many(&self, sprites: usize) -> SheetError {
        SheetError::Full { path: self.file.to_owned(), sprites, most: self.limits.longest() }
    }

    /// Pages of rows and columns, in the order of the sprites.
    fn grids(&self, count: usize, [width, height]: [u32; 2]) -> Result<Vec<Packed>, SheetError> {
        let Limits { gap, most, powers_of_two } = self.limits;
        let cell = Size { width, height };
        let wish = |columns| Wish { cell, gap, below: 0, columns, powers_of_two, most };
        if let Ok(grid) = wish(self.columns).grid(count, self.file) {
            return Ok(vec![packed(&grid, 0..count)]);
        }
        let room = self.limits.longest() - gap;
        let columns = self.columns.unwrap_or(room / (width + gap));
        let full = columns as usize * (room / (height + gap)) as usize;
        let mut pages = Vec::new();
        for first in (0..count).step_by(full.max(1)) {
            let sprites = first..count.min(first + full.max(1));
            let grid = wish(self.columns).grid(sprites.len(), self.file);
            let grid = grid.or_else(|_| wish(Some(columns)).grid(sprites.len(), self.file));
            pages.push(packed(&grid.map_err(|_| self.too_many(count))?, sprites));
        }
        Ok(pages)
    }
}

fn packed(grid: &Grid, sprites: std::ops::Range<usize>) -> Packed {
    let places = sprites.enumerate().map(|(place, number)| (number, grid.corner(place))).collect();
    Packed { size: [grid.width, grid.height], places }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(gap: u32, most: u32, columns: Option<u32>) -> Request<'static> {
        let limits = Limits { gap, most, powers_of_two: false };
        Request { limits, columns, several: true, file: Path::new("a.png") }
    }

    #[test]
    fn equal_sprites_stay_in_order_over_all_pages() {
        let pages = request(1, 21, None).pages(&[[9, 9]; 6]).unwrap();
        let sizes: Vec<[u32; 2]> = pages.iter().map(|page| page.size).collect();
        assert_eq!(sizes, [[21, 21], [21, 11]]);
        let places: Vec<_> = pages.iter().flat_map(|page| &page.places).copied().collect();
        let corners = [[1, 1], [11, 1], [1, 11], [11, 11], [1, 1], [11, 1]];
        assert_eq!(places, corners.into_iter().enumerate().collect::<Vec<_>>());
        // In one row as long as asked for, and whatever fits below it.
        let pages = request(0, 40, Some(2)).pages(&[[10, 10]; 9]).unwrap();
        assert_eq!(pages.iter().map(|page| page.size).collect::<Vec<_>>(), [[20, 40], [10, 10]]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let error = |request: Request<'_>, sizes: &[[u32; 2]]| request.pages(sizes).unwrap_err().to_string();
        let large = error(request(2, 100, None), &[[10, 10], [97, 5]]);
        assert!(large.contains("97x5") && large.contains("100"), "{large}");
        let one = Request { several: false, ..request(0, 100, None) };
        for sizes in [vec![[50, 50]; 5], vec![[50, 60]; 4], vec![[50, 50], [50, 60], [50, 50], [50, 50]]] {
            let full = error(one, &sizes);
            assert!(full.contains("a.png") && full.contains(&format!("{} sprites", sizes.len())), "{full}");
        }
        assert!(error(request(0, 100, Some(11)), &[[10, 10]; 200]).contains("200 sprites"));
    }
}

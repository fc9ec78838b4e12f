//! Where each picture goes: rows and columns of cells of one size.

use std::path::Path;

use crate::finished::sheet::error::SheetError;
use crate::geometry::Size;

/// Most pixels a side of a sheet or an atlas: what graphics cards take as a texture.
pub(crate) const MAX_SIDE: u32 = 16384;
/// The same of a WebP file, whose format ends there.
pub(crate) const MAX_WEBP_SIDE: u32 = 16383;

/// Rows and columns of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) cell: Size,
    /// Pixels between cells, and around all of them.
    pub(crate) gap: u32,
    /// Pixels below each cell, for its label.
    pub(crate) below: u32,
    pub(crate) columns: u32,
    pub(crate) rows: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// What a grid is to be like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    pub(crate) cell: Size,
    pub(crate) gap: u32,
    pub(crate) below: u32,
    /// As square as can be, if nothing is said.
    pub(crate) columns: Option<u32>,
    /// Whether width and height are to be powers of two.
    pub(crate) powers_of_two: bool,
    pub(crate) most: u32,
}

impl Wish {
    /// The grid for so many pictures, at least one; `path` is for the message if it is too large.
    pub(crate) fn grid(&self, pictures: usize, path: &Path) -> Result<Grid, SheetError> {
        let Self { cell, gap, below, most, .. } = *self;
        let step = [u64::from(cell.width + gap), u64::from(cell.height + below + gap)];
        let count = pictures as u64;
        let columns = match self.columns {
            Some(columns) => u64::from(columns),
            None if self.powers_of_two => smallest(count, step, gap.into(), most.into()),
            None => squarest(count, step),
        };
        let columns = columns.clamp(1, count);
        let rows = count.div_ceil(columns);
        let side = |cells: u64, step: u64| {
            let side = cells * step + u64::from(gap);
            if self.powers_of_two { side.next_power_of_two() } else { side }
        };
        let size = [side(columns, step[0]), side(rows, step[1])];
        if size.iter().any(|&side| side > u64::from(most)) {
            return Err(SheetError::TooLarge { path: path.to_owned(), pictures, size, most });
        }
        let [width, height] = size.map(|side| side as u32);
        Ok(Grid { cell, gap, below, columns: columns as u32, rows: rows as u32, width, height })
    }
}

/// Columns of the grid that is nearest to a square and has few cells without a picture: a hundred pictures with labels are
/// ten rows of ten, although eleven columns are a little squarer, as the last row would have one picture. Of equal ones the
/// widest.
fn squarest(count: u64, [width, height]: [u64; 2]) -> u64 {
    // The square has about so many columns; nothing far from it is looked at.
    let square = (u128::from(count) * u128::from(height) / u128::from(width.max(1))).isqrt() as u64;
    let cost = |columns: u64| {
        let rows = count.div_ceil(columns);
        let sides = [u128::from(columns * width), u128::from(rows * height)];
        let empty = u128::from(columns * rows - count);
        // In millionths: how much longer one side is, and two for each part of the cells that is empty.
        let longer = sides[0].max(sides[1]) * 1_000_000 / sides[0].min(sides[1]).max(1);
        (longer + 2_000_000 * empty / u128::from(count), std::cmp::Reverse(columns))
    };
    let (low, high) = ((square / 2).clamp(1, count), (2 * square + 2).clamp(1, count));
    (low..=high).min_by_key(|&columns| cost(columns)).unwrap_or(1)
}

/// Columns of the grid that takes the fewest pixels when both sides become powers of two; of several the squarest, and the wider.
fn smallest(count: u64, [width, height]: [u64; 2], gap: u64, most: u64) -> u64 {
    let columns = (0..64).map(|power| 1u64 << power).take_while(|&side| side <= most);
    let columns =
        columns.map(|side| (side.saturating_sub(gap) / width).min(count)).filter(|&columns| columns > 0);
    let sides = |columns: u64| {
        let side = |cells: u64, step: u64| (cells * step + gap).next_power_of_two();
        [side(columns, width), side(count.div_ceil(columns), height)]
    };
    let cost = |columns: &u64| {
        let [width, height] = sides(*columns);
        (u128::from(width) * u128::from(height), width.max(height), height)
    };
    columns.min_by_key(cost).unwrap_or(1)
}

impl Grid {
    /// The upper left corner of the cell with this number.
    pub(crate) fn corner(&self, number: usize) -> [u32; 2] {
        let (column, row) = (number as u32 % self.columns, number as u32 / self.columns);
        [self.gap + column * (self.cell.width + self.gap), self.gap + row * self.row_height()]
    }

    /// Pixels from one row of cells to the next.
    pub(crate) fn row_height(&self) -> u32 {
        self.cell.height + self.below + self.gap
    }

    /// Whether so many pictures leave no pixel uncovered.
    pub(crate) fn is_covered_by(&self, pictures: usize) -> bool {
        let cells = self.columns as usize * self.rows as usize;
        let size = [self.columns * self.cell.width, self.rows * self.cell.height];
        self.gap == 0 && self.below == 0 && pictures == cells && size == [self.width, self.height]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(cell: [u32; 2]) -> Wish {
        let cell = Size { width: cell[0], height: cell[1] };
        Wish { cell, gap: 0, below: 0, columns: None, powers_of_two: false, most: MAX_SIDE }
    }

    #[test]
    fn grids_are_nearly_square_whatever_the_cells() {
        for (cell, count, expected) in [
            ([10, 10], 1, [1, 1]),
            ([10, 10], 2, [2, 1]),
            ([10, 10], 10, [4, 3]),
            ([10, 10], 10_000, [100, 100]),
            ([30, 10], 12, [2, 6]),
            ([10, 30], 12, [6, 2]),
            ([136, 104], 12, [3, 4]),
            // With labels below them: rows are filled.
            ([256, 290], 25, [5, 5]),
            ([256, 290], 36, [6, 6]),
            ([256, 290], 49, [7, 7]),
            ([256, 290], 64, [8, 8]),
            ([256, 290], 81, [9, 9]),
            ([256, 290], 100, [10, 10]),
            ([10, 10], 7, [3, 3]),
        ] {
            let grid = wish(cell).grid(count, Path::new("")).unwrap();
            assert_eq!([grid.columns, grid.rows], expected, "{count} of {cell:?}");
        }
    }

    #[test]
    fn cells_lie_side_by_side_with_gaps_around() {
        let wish = Wish { gap: 3, below: 7, columns: Some(2), ..wish([10, 20]) };
        let grid = wish.grid(3, Path::new("")).unwrap();
        assert_eq!([grid.width, grid.height], [3 + 13 * 2, 3 + 30 * 2]);
        assert_eq!([0, 1, 2].map(|number| grid.corner(number)), [[3, 3], [16, 3], [3, 33]]);
        assert!(!grid.is_covered_by(4));
    }

    #[test]
    fn what_is_too_large_is_refused_with_the_limit() {
        let error = wish([200, 200]).grid(10_000, Path::new("a.png")).unwrap_err().to_string();
        assert!(error.contains("a.png: 10000 pictures") && error.contains("20000 x 20000"), "{error}");
        assert!(error.contains("the limit is 16384"), "{error}");
        let powers = Wish { powers_of_two: true, ..wish([100, 100]) };
        let grid = powers.grid(100, Path::new("")).unwrap();
        assert_eq!([grid.width, grid.height], [1024, 1024]);
        assert!(!grid.is_covered_by(100));
        let powers = Wish { cell: Size { width: 64, height: 64 }, ..powers };
        let grid = powers.grid(100, Path::new("")).unwrap();
        assert_eq!([grid.width, grid.height, grid.columns], [1024, 512, 16], "half of what a square takes");
        assert!(powers.grid(70_000, Path::new("")).is_err());
        // One picture of the largest size has room.
        assert!(wish([16384, 16384]).grid(1, Path::new("")).unwrap().is_covered_by(1));
    }
}

//! How the spans of a size are found and composited: in the art's own pixels, or in averages of them.
//!
//! Pictures that are smaller by a whole factor have a tile grid of their own, on which the art's coverage is kept
//! (`art::coarse`), so that all that finds and keeps spans works on it as on the art. The pixels of such a span come from
//! *pieces*: the spans of the art that lie in its tiles. These are composited as ever, and each becomes averages at once,
//! on the thread that has its pixels. Where the factor divides a tile's sides no average crosses a piece's edge; else a
//! piece gives sums, which are added up.

use std::ops::Range;
use std::sync::Arc;

use crate::art::Art;
use crate::compositor::{AveragedJob, SpanJob, composite_span, extent};
use crate::engine::cache::Held;
use crate::geometry::{Grid, Place, TraitId};
use crate::pixel::{Averages, BoxSums, Pixel, average_rows};
use crate::telemetry::Buffer;
use crate::tiling::SpanScanner;

/// The most tiles of a piece.
const MOST_TILES: usize = 32;

/// The grid of a size, and how its spans are composited.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// Coverage on the size's grid; without pixels where these are averages.
    shapes: Arc<Art>,
    averaged: Option<Averaged>,
}

/// Spans whose pixels are averages of boxes of the art's.
#[derive(Clone, Debug)]
pub(crate) struct Averaged {
    /// Coverage on the art's grid.
    art: Arc<Art>,
    grid: Grid,
    factor: usize,
    averages: Averages,
}

/// What a piece gives to the spans that it is part of, row by row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    /// Averages.
    Pixels(Box<[Pixel]>),
    /// Sums over those parts of boxes that the piece has.
    Sums(Box<[BoxSums]>),
}

impl Held for Piece {
    fn memory(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Pixels(pixels) => size_of_val(&**pixels),
                Self::Sums(sums) => size_of_val(&**sums),
            }
    }
}

/// Buffers that are used again from span to span.
#[derive(Debug, Default)]
pub(crate) struct ViewBuffers {
    piece: Vec<Pixel>,
    sums: Vec<BoxSums>,
    pub(crate) pixels: Vec<Pixel>,
}

impl Buffer for ViewBuffers {
    fn bytes(&self) -> usize {
        self.piece.bytes() + self.sums.bytes() + self.pixels.bytes()
    }
}

impl View {
    /// Of pictures of the art's size.
    pub(crate) fn full(art: &Arc<Art>) -> Self {
        Self { shapes: art.clone(), averaged: None }
    }

    /// Of pictures that are smaller by `factor`, which divides both sides of the art.
    pub(crate) fn averaged(art: &Arc<Art>, factor: u32) -> Self {
        let (shapes, art, factor) = (Arc::new(art.coarser(factor as usize)), art.clone(), factor as usize);
        let averages = Averages::of_boxes((factor * factor) as u64);
        let averaged = Averaged { art, grid: shapes.grid, factor, averages };
        Self { shapes, averaged: Some(averaged) }
    }

    /// The art's coverage on the grid of these pictures.
    pub(crate) fn shapes(&self) -> &Arc<Art> {
        &self.shapes
    }

    /// How averages are made, where these are averages.
    pub(crate) fn averages(&self) -> Option<&Averaged> {
        self.averaged.as_ref()
    }

    /// Pixel columns and rows of a span.
    pub(crate) fn extent(&self, place: Place) -> (Range<usize>, Range<usize>) {
        extent(&self.shapes, place)
    }

    /// Composites a span alone. `art` has the pixels of its traits.
    pub(crate) fn composite<'b>(
        &self,
        art: &Art,
        job: &SpanJob,
        buffers: &'b mut ViewBuffers,
    ) -> &'b mut [Pixel] {
        let Some(averaged) = &self.averaged else {
            return composite_span(art, job, &mut buffers.pixels);
        };
        let mut pieces = Vec::new();
        averaged.pieces(job, &mut SpanScanner::default(), |place, stack| {
            let piece = composite_span(art, &SpanJob { place, stack: stack.into() }, &mut buffers.piece);
            pieces.push((place, averaged.piece(place, piece)));
        });
        averaged.assemble(job.place, pieces.iter().map(|(place, piece)| (*place, piece)), buffers);
        &mut buffers.pixels
    }
}

impl Averaged {
    /// Pixels of the art that become one, in a row.
    pub(crate) fn factor(&self) -> usize {
        self.factor
    }

    /// Tile rows of the art, in which pieces lie.
    pub(crate) fn tile_rows(&self) -> usize {
        self.art.grid.rows()
    }

    /// Calls `emit` with the pieces of a span, with the traits that show there.
    pub(crate) fn pieces(
        &self,
        job: &SpanJob,
        scanner: &mut SpanScanner,
        mut emit: impl FnMut(Place, &[TraitId]),
    ) {
        let (factor, fine) = (self.factor, self.art.grid);
        let of_art = |first: usize, last: usize, end: usize| first * factor..((last + 1) * factor).min(end);
        let SpanJob { place, stack } = job;
        let columns = of_art(place.first.into(), place.last.into(), fine.columns());
        // Cut where tiles end, so that spans of other tiles have the same pieces.
        let most = factor.min(MOST_TILES);
        for row in of_art(place.tile_row.into(), place.tile_row.into(), fine.rows()) {
            for start in columns.clone().step_by(factor) {
                let tile = start..(start + factor).min(columns.end);
                scanner.part(&self.art, stack, row, tile, most, &mut emit);
            }
        }
    }

    /// A span with all of its pieces.
    pub(crate) fn whole_job(&self, job: &SpanJob) -> AveragedJob {
        let mut pieces = Vec::new();
        self.pieces(job, &mut SpanScanner::default(), |place, stack| {
            pieces.push(SpanJob { place, stack: stack.into() });
        });
        let (Place { tile_row, first, last }, factor, fine) = (job.place, self.factor, self.art.grid);
        let (xs, ys) = (self.grid.x_range(first.into()), self.grid.y_range(tile_row.into()));
        let columns = usize::from(first) * factor..((usize::from(last) + 1) * factor).min(fine.columns());
        let rows = usize::from(tile_row) * factor..((usize::from(tile_row) + 1) * factor).min(fine.rows());
        AveragedJob {
            factor: factor as u32,
            x: xs.start as u32,
            size: [self.grid.x_range(last.into()).end - xs.start, ys.len()].map(|pixels| pixels as u32),
            corner: [columns.start, rows.start].map(|tile| tile as u16),
            tiles: [columns.len(), rows.len()].map(|tiles| tiles as u16),
            pieces: pieces.into(),
        }
    }

    /// The pixels of these pictures that a piece of the art is part of.
    fn covered(&self, place: Place) -> (Range<usize>, Range<usize>) {
        let (xs, ys) = extent(&self.art, place);
        let covered = |range: Range<usize>| range.start / self.factor..range.end.div_ceil(self.factor);
        (covered(xs), covered(ys))
    }

    /// Whether no box has pixels of two pieces.
    fn is_aligned(&self) -> bool {
        Grid::TILE_HEIGHT.is_multiple_of(self.factor as u32)
    }

    /// What a composited piece gives.
    pub(crate) fn piece(&self, place: Place, pixels: &[Pixel]) -> Piece {
        let (factor, arithmetic) = (self.factor, self.art.arithmetic);
        let ((xs, ys), (columns, rows)) = (extent(&self.art, place), self.covered(place));
        if self.is_aligned() {
            let mut averages = vec![0; columns.len() * rows.len()];
            let boxes = pixels.chunks_exact(xs.len() * factor).zip(averages.chunks_exact_mut(columns.len()));
            boxes.for_each(|(rows, out)| average_rows(arithmetic, factor, rows, out));
            return Piece::Pixels(averages.into());
        }
        let mut sums = vec![BoxSums::default(); columns.len() * rows.len()];
        for (y, row) in ys.zip(pixels.chunks_exact(xs.len())) {
            let sums = &mut sums[(y / factor - rows.start) * columns.len()..][..columns.len()];
            for (column, sums) in columns.clone().zip(sums) {
                let start = (column * factor).max(xs.start) - xs.start;
                let end = ((column + 1) * factor).min(xs.end) - xs.start;
                sums.add_row(arithmetic, &row[start..end]);
            }
        }
        Piece::Sums(sums.into())
    }

    /// Puts the pieces of a span together in the buffers' `pixels`.
    pub(crate) fn assemble<'p>(
        &self,
        place: Place,
        pieces: impl Iterator<Item = (Place, &'p Piece)>,
        buffers: &mut ViewBuffers,
    ) {
        let left = self.grid.x_range(place.first.into()).start;
        let (xs, ys) =
            (left..self.grid.x_range(place.last.into()).end, self.grid.y_range(place.tile_row.into()));
        let (width, area) = (xs.len(), xs.len() * ys.len());
        let ViewBuffers { sums, pixels, .. } = buffers;
        pixels.clear();
        pixels.resize(area, 0);
        if !self.is_aligned() {
            sums.clear();
            sums.resize(area, BoxSums::default());
        }
        for (place, piece) in pieces {
            let (columns, rows) = self.covered(place);
            let at = |row: usize| (row - ys.start) * width + columns.start - xs.start;
            match piece {
                Piece::Pixels(of) => {
                    for (row, from) in rows.zip(of.chunks_exact(columns.len())) {
                        pixels[at(row)..][..columns.len()].copy_from_slice(from);
                    }
                }
                Piece::Sums(of) => {
                    for (row, from) in rows.zip(of.chunks_exact(columns.len())) {
                        sums[at(row)..].iter_mut().zip(from).for_each(|(to, from)| to.add(from));
                    }
                }
            }
        }
        if !self.is_aligned() {
            pixels.iter_mut().zip(sums).for_each(|(pixel, sums)| *pixel = self.averages.of(sums));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::art::TraitArt;
    use crate::compositor::composite_canvas;
    use crate::engine::scaling::average;
    use crate::geometry::Size;
    use crate::pixel::{Arithmetic, pack, premultiply};

    /// Shapes with soft edges over a background that does not cover everything.
    fn art(size: Size, arithmetic: Arithmetic) -> Arc<Art> {
        let grid = Grid::new(size);
        let paint = |color: &dyn Fn(u32, u32) -> [u8; 4]| {
            let place = |at| (at % size.width, at / size.width);
            let pixels = (0..size.width * size.height).map(place);
            let canvas: Vec<Pixel> = pixels
                .map(|(x, y)| match (arithmetic, pack(color(x, y))) {
                    (_, pixel) if pixel >> 24 == 0 => 0,
                    (Arithmetic::Straight, pixel) => pixel,
                    (Arithmetic::Premultiplied, pixel) => premultiply(pixel | 0xff00_0000),
                })
                .collect();
            TraitArt::from_canvas(grid, &canvas)
        };
        let back = paint(&|x, y| [x as u8, y as u8, 9, if x / 100 == 1 { 0 } else { 255 }]);
        let middle = paint(&|x, y| [200, (x ^ y) as u8, 40, if y > 70 { (x + y) as u8 } else { 0 }]);
        let top = paint(&|x, y| [1, 2, 3, if x < 70 && y < 40 { 255 } else { 0 }]);
        Arc::new(Art { arithmetic, ..Art::of_tiles(grid, vec![back, middle, top]) })
    }

    #[test]
    fn spans_of_averages_are_the_averages_of_the_canvas() {
        for (width, height, factors) in
            [(240, 120, &[2, 3, 4, 5, 6, 8, 10, 12, 24, 40, 60, 120][..]), (128, 64, &[32, 64])]
        {
            for arithmetic in Arithmetic::ALL {
                let art = art(Size { width, height }, arithmetic);
                let pinned = |_| Ok::<_, ()>(art.clone());
                let mut canvas = Vec::new();
                let traits: [TraitId; 3] = [0, 1, 2];
                composite_canvas(art.grid, &traits, pinned, &mut canvas).unwrap();
                for &factor in factors {
                    let mut wanted = Vec::new();
                    average(arithmetic, &canvas, &mut wanted, width as usize, factor as usize);
                    let view = View::averaged(&art, factor);
                    let mut found = vec![7; wanted.len()];
                    let mut buffers = ViewBuffers::default();
                    SpanScanner::default().spans(view.shapes(), &traits, |place, stack| {
                        let (xs, ys) = view.extent(place);
                        let job = SpanJob { place, stack: stack.into() };
                        let pixels = view.composite(&art, &job, &mut buffers);
                        for (y, row) in ys.zip(pixels.chunks_exact(xs.len())) {
                            found[y * (width / factor) as usize..][xs.clone()].copy_from_slice(row);
                        }
                    });
                    assert!(found == wanted, "{width}x{height} by {factor}, {arithmetic:?}");
                }
            }
        }
    }
}

//! Many pictures in one: contact sheets of finished collections, and previews of a run.
//!
//! `finished` reads a collection's pictures as strictly as `verify` does, `thumb` scales them on premultiplied pixels, `grid`
//! says where each goes, and `write` puts a picture into a file row by row. So what is held is one row of cells, and one
//! decoded picture a thread, however many pictures there are; only a WebP is held as a whole. The bytes do not depend on the
//! threads. `preview` takes pictures while a run makes them.

mod error;
pub(crate) mod finished;
pub(crate) mod grid;
mod label;
mod pairs;
mod preview;
pub(crate) mod thumb;
pub(crate) mod write;

pub use error::SheetError;
pub use pairs::pairs;
pub use preview::{PreviewObserver, PreviewOptions, Previewed, Previews};

use std::num::NonZeroUsize;
use std::path::Path;

use rayon::prelude::*;

use crate::error::{PathIo, ThreadsError};
use crate::files::WholeFile;
use crate::finished::sheet::finished::Finished;
use crate::finished::sheet::grid::Wish;
use crate::finished::sheet::thumb::fitted;
use crate::finished::sheet::write::{Colours, Format, Rows, refuse_taken};
use crate::threads::{in_order, thread_count};

/// Which pictures of a collection are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pick {
    /// By ascending edition.
    #[default]
    First,
    /// At random; the same seed picks the same.
    Random {
        /// What decides.
        seed: u64,
    },
    /// The rarest by information content first, as [`rarity`](crate::finished::rarity) ranks them.
    Rarest,
}

/// What a sheet is to be like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SheetOptions {
    /// The longer side of each picture in pixels, at least 1; `None` is [`Self::SIZE`].
    pub size: Option<u32>,
    /// Pictures a row, at least 1; `None` makes it about as wide as high.
    pub columns: Option<u32>,
    /// The most pictures; `None` is [`Self::COUNT`].
    pub count: Option<u32>,
    /// Which pictures.
    pub pick: Pick,
    /// Pixels between pictures and around them, at most 1024.
    pub gap: u32,
    /// Whether each picture's number is below it.
    pub labels: bool,
    /// Threads that work, at most 1024; `None` takes one per processor.
    pub threads: Option<NonZeroUsize>,
    /// Replace files that are there already.
    pub force: bool,
}

impl SheetOptions {
    /// Pixels of the longer side of a sheet's pictures if nothing else is asked for.
    pub const SIZE: u32 = 128;
    /// Pictures of a sheet if nothing else is asked for.
    pub const COUNT: u32 = 100;
    /// The most pixels between pictures.
    pub const MAX_GAP: u32 = 1024;

    fn pool(&self) -> Result<rayon::ThreadPool, SheetError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(thread_count(self.threads));
        pool.build().map_err(|error| ThreadsError(error).into())
    }
}

/// What was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sheet {
    /// How many pictures it shows.
    pub pictures: usize,
    /// Pictures a row.
    pub columns: u32,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

/// Makes a contact sheet of the finished collection in `folder`: a PNG or lossless WebP, as the name of `file` says.
///
/// Pictures are scaled to `size`, or enlarged a whole number of times where there is room; what they leave uncovered is
/// transparent.
///
/// # Errors
/// If there is no finished collection, one of the pictures is not what its manifest lists, the sheet would be larger
/// than its format allows, or `file` is there already, lies in the collection or cannot be written to.
pub fn sheet(folder: &Path, file: &Path, options: &SheetOptions) -> Result<Sheet, SheetError> {
    let format = Format::of(file)?;
    refuse_taken(file, options.force)?;
    let collection = Finished::open(folder)?;
    collection.ensure_outside(file)?;
    let chosen = collection.pick(options.pick, Some(options.count.unwrap_or(SheetOptions::COUNT).max(1)))?;
    let cell = fitted(collection.size(chosen[0])?, options.size.unwrap_or(SheetOptions::SIZE).max(1));
    let editions: Vec<u32> = chosen.iter().map(|&place| collection.items[place].edition).collect();
    let label = options.labels.then(|| label::Label::new(cell.width, &editions));
    let wish = Wish {
        cell,
        gap: options.gap.min(SheetOptions::MAX_GAP),
        below: label.as_ref().map_or(0, label::Label::height),
        columns: options.columns,
        powers_of_two: false,
        most: format.most_side(),
    };
    let grid = wish.grid(chosen.len(), file)?;
    let pool = options.pool()?;
    let opaque = grid.is_covered_by(chosen.len())
        && pool
            .install(|| in_order(chosen.par_iter().map(|&place| collection.is_opaque(place))))?
            .into_iter()
            .all(|opaque| opaque);
    let colours = if opaque { Colours::Rgb } else { Colours::Rgba };
    let fail = PathIo::on("write", file);
    let whole = WholeFile::begin(file).map_err(fail)?;
    let mut rows = Rows::begin(whole, format, [grid.width, grid.height], &colours).map_err(fail)?;
    let line = grid.width as usize * 4;
    let mut band = Vec::new();
    for (row, places) in chosen.chunks(grid.columns as usize).enumerate() {
        let thumbs =
            pool.install(|| in_order(places.par_iter().map(|&place| collection.thumb(place, cell))))?;
        band.clear();
        band.resize(line * grid.row_height() as usize, 0);
        for (column, thumb) in thumbs.iter().enumerate() {
            let number = row * grid.columns as usize + column;
            let [x, _] = grid.corner(number);
            thumb.place(&mut band, grid.width, [x, grid.gap]);
            if let Some(label) = &label {
                label.draw(&mut band, grid.width, [x, grid.gap + cell.height], editions[number]);
            }
        }
        rows.write(&band).map_err(fail)?;
    }
    // The gap below the last row, and what makes a power of two.
    let written = grid.rows * grid.row_height();
    let empty = vec![0; line];
    (written..grid.height).try_for_each(|_| rows.write(&empty)).map_err(fail)?;
    rows.close(grid.height).and_then(|whole| whole.finish(options.force)).map_err(|error| {
        match error.kind() {
            std::io::ErrorKind::AlreadyExists => SheetError::Occupied(file.to_owned()),
            _ => fail(error).into(),
        }
    })?;
    Ok(Sheet { pictures: chosen.len(), columns: grid.columns, width: grid.width, height: grid.height })
}

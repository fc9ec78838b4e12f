//! Items of a collection before and after a change, as one sheet: what was above what is.

use std::path::Path;

use crate::error::PathIo;
use crate::files::WholeFile;
use crate::finished::decode::size_of;
use crate::finished::sheet::Sheet;
use crate::finished::sheet::error::SheetError;
use crate::finished::sheet::finished::Finished;
use crate::finished::sheet::grid::{MAX_SIDE, Wish};
use crate::finished::sheet::label::Label;
use crate::finished::sheet::thumb::{Thumb, fitted};
use crate::finished::sheet::write::{is_ours, png, refuse_taken};
use crate::geometry::Size;

/// The longer side of each picture, in pixels.
const SIDE: u32 = 256;
/// Items side by side, at most.
const COLUMNS: usize = 8;
const GAP: u32 = 12;
/// What labels say of a picture before and after the change.
const WORDS: [&str; 2] = [" OLD", " NEW"];

/// Writes a sheet of items that are about to change to `file`, a PNG: in each row of items the pictures of the finished
/// collection in `folder`, and below these the new ones, each labelled as old or new. Of an item that is gone there is no new picture, and of an added one
/// no old one; where that is so of all items, there is no line for these. A sheet that was written before is replaced.
///
/// # Errors
/// If there is no finished collection, a picture of it is not what its manifest lists, or `file` lies in the collection, is
/// there already and no sheet, or cannot be written to.
pub fn pairs(folder: &Path, file: &Path, items: &[(u32, Option<Vec<u8>>)]) -> Result<Sheet, SheetError> {
    refuse_taken(file, is_ours(file))?;
    let collection = Finished::open(folder)?;
    collection.ensure_outside(file)?;
    let broken = |what: String| SheetError::Picture { path: file.to_owned(), what };
    let mut pictures: Vec<[Option<Vec<u8>>; 2]> = Vec::new();
    for (edition, new) in items {
        let old = collection.place_of(*edition).map(|place| collection.png(place)).transpose()?;
        pictures.push([old, new.clone()]);
    }
    let first = pictures.iter().flatten().flatten().next();
    let size = first.map_or(Ok(Size { width: 1, height: 1 }), |picture| size_of(picture)).map_err(broken)?;
    let cell = fitted(size, SIDE);
    let editions: Vec<u32> = items.iter().map(|(edition, _)| *edition).collect();
    let label = Label::with_words(cell.width, &editions, WORDS[0].len() as u32);
    // Where all items go, or all are added, the other half of the sheet would be empty.
    let lines: Vec<usize> =
        [0, 1].into_iter().filter(|&line| pictures.iter().any(|pair| pair[line].is_some())).collect();
    let columns = items.len().clamp(1, COLUMNS);
    let wish = Wish {
        cell,
        gap: GAP,
        below: label.height(),
        columns: Some(columns as u32),
        powers_of_two: false,
        most: MAX_SIDE,
    };
    let rows = items.len().div_ceil(columns).max(1);
    let grid = wish.grid(lines.len().max(1) * rows * columns, file)?;
    let mut rgba = vec![0; grid.width as usize * grid.height as usize * 4];
    for (number, pair) in pictures.iter().enumerate() {
        for (place, &line) in lines.iter().enumerate() {
            let place = (lines.len() * (number / columns) + place) * columns + number % columns;
            let [x, y] = grid.corner(place);
            let Some(picture) = &pair[line] else { continue };
            Thumb::of_file(picture, cell).map_err(broken)?.place(&mut rgba, grid.width, [x, y]);
            let text = format!("#{}{}", editions[number], WORDS[line]);
            label.write(&mut rgba, grid.width, [x, y + cell.height], &text);
        }
    }
    let written =
        WholeFile::begin(file).and_then(|whole| png(whole, [grid.width, grid.height], &rgba, is_ours(file)));
    written.map_err(PathIo::on("write", file))?;
    let shown = pictures.iter().flatten().flatten().count();
    Ok(Sheet { pictures: shown, columns: grid.columns, width: grid.width, height: grid.height })
}

//! A picture's file brought onto the canvas: decoded, and scaled or placed as the project says.

use std::path::Path;

use crate::art::fit;
use crate::art::placement::Extent;
use crate::art::trait_art::{Bands, TraitArt};
use crate::geometry::{Grid, Size};
use crate::picture::{self, Header, Scratch, ToSrgb};
use crate::pixel::{premultiply_all, unpremultiply};
use crate::project::{Fit, Problem, Project};

/// What there is to say of a picture on the canvas.
pub(super) struct Placed {
    /// Its visible part, if it is placed.
    pub(super) extent: Option<Extent>,
    /// Whether it has colours that sRGB does not have.
    pub(super) is_lossy: bool,
}

/// Decodes the picture at `path` onto the canvas, in `scratch.pixels`: straight pixels, invisible ones 0. A placed picture's
/// upper left corner is at `offset`. `conversion` brings its colours to sRGB.
pub(super) fn decode(
    project: &Project,
    path: &Path,
    header: &Header,
    offset: [i32; 2],
    canvas: Size,
    conversion: Option<&ToSrgb>,
    scratch: &mut Scratch,
) -> Result<Placed, Problem> {
    let is_lossy = read(path, header, conversion, scratch)?;
    let extent = bring(project, path, header, offset, canvas, scratch)?;
    Ok(Placed { extent, is_lossy })
}

/// Whether a picture's pixels are those of the canvas, as they are.
pub(super) fn is_plain(
    project: &Project,
    header: &Header,
    canvas: Size,
    conversion: Option<&ToSrgb>,
) -> bool {
    conversion.is_none() && project.fit != Fit::Place && header.size() == canvas
}

/// The tiles of a plain picture, without a canvas in between; nothing if it is not of the kind that is decoded so, or is
/// damaged.
pub(super) fn tiles(path: &Path, header: &Header, grid: Grid, scratch: &mut Scratch) -> Option<TraitArt> {
    let mut room = std::mem::take(&mut scratch.other);
    let mut bands = Bands::new(grid, &mut room);
    let is_whole =
        picture::decode_bands(path, header, Grid::TILE_HEIGHT as usize, scratch, |band| bands.add(band));
    let art = is_whole.then(|| bands.finish());
    scratch.other = room;
    art
}

/// Decodes the picture at `path` as it is, in colours of sRGB if there is a conversion; whether it has others.
pub(super) fn read(
    path: &Path,
    header: &Header,
    conversion: Option<&ToSrgb>,
    scratch: &mut Scratch,
) -> Result<bool, Problem> {
    picture::decode(path, header, scratch)?;
    let Some(conversion) = conversion else { return Ok(false) };
    conversion.convert(&mut scratch.pixels).map_err(|error| {
        let what = format!("the picture cannot be converted to sRGB: {error}");
        Problem::at(path, what, "export it with an sRGB profile, or with none")
    })
}

/// Brings a picture that was read onto the canvas; its visible part, if it is placed.
pub(super) fn bring(
    project: &Project,
    path: &Path,
    header: &Header,
    offset: [i32; 2],
    canvas: Size,
    scratch: &mut Scratch,
) -> Result<Option<Extent>, Problem> {
    let size = header.size();
    let Scratch { pixels, other, .. } = scratch;
    let is_placed = project.fit == Fit::Place;
    let extent = is_placed.then(|| Extent::of(pixels, size, offset)).flatten();
    match project.fit {
        Fit::Scale | Fit::Stretch if size != canvas => {
            premultiply_all(pixels);
            let target = if project.fit == Fit::Stretch { canvas } else { size.fitted(canvas) };
            fit::scale(pixels, other, size, target, canvas, project.scale_filter).map_err(|error| {
                Problem::at(path, format!("the picture cannot be scaled: {error}"), "redraw it")
            })?;
            pixels.iter_mut().for_each(|pixel| *pixel = unpremultiply(*pixel));
        }
        Fit::Place if size != canvas || offset != [0, 0] => {
            fit::place(pixels, size, offset.map(i64::from), other, canvas);
            std::mem::swap(pixels, other);
        }
        _ => {}
    }
    Ok(extent)
}

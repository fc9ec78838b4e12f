//! Sprite atlases: pictures in one texture, and a JSON file that says where each is.
//!
//! The JSON has the form that TexturePacker calls "JSON (Hash)", which game engines read: `frames` by name, each with its
//! rectangle in pixels, and `meta` with the picture's name and size. All pictures of a collection are of one size, so a
//! grid wastes nothing but the ends of its last row.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::error::PathIo;
use crate::files::WholeFile;
use crate::finished::sheet::error::SheetError;
use crate::finished::sheet::finished::Finished;
use crate::finished::sheet::grid::Wish;
use crate::finished::sheet::thumb::fitted;
use crate::finished::sheet::write::{Format, refuse_taken};
use crate::finished::sheet::{Sheet, SheetOptions, draw};

/// Packs pictures of the finished collection in `folder` into `file`, a PNG or lossless WebP, and writes the rectangles
/// beside it: `atlas.json` for `atlas.png`, whose path comes back. Pictures are called as their files are, `7.png`.
///
/// # Errors
/// As [`sheet`](super::sheet), for both files.
pub fn atlas(folder: &Path, file: &Path, options: &SheetOptions) -> Result<(Sheet, PathBuf), SheetError> {
    let format = Format::of(file)?;
    let rectangles = file.with_extension("json");
    refuse_taken(file, options.force)?;
    refuse_taken(&rectangles, options.force)?;
    let collection = Finished::open(folder)?;
    collection.ensure_outside(file)?;
    let chosen = collection.pick(options.pick, options.count.map(|count| count.max(1)))?;
    let size = collection.size(chosen[0])?;
    let cell = options.size.map_or(size, |side| fitted(size, side.max(1)));
    let wish = Wish {
        cell,
        gap: options.gap.min(SheetOptions::MAX_GAP),
        below: 0,
        columns: options.columns,
        powers_of_two: options.powers_of_two,
        most: format.most_side(),
    };
    let grid = wish.grid(chosen.len(), file)?;
    let pool = options.pool()?;
    // Before the picture: a full disk is noticed while neither has its name.
    let fail = PathIo::on("write", &rectangles);
    let whole = WholeFile::begin(&rectangles).map_err(fail)?;
    let mut out = BufWriter::new(whole.file().map_err(fail)?);
    let mut write = || -> std::io::Result<()> {
        let sides = json!({"w": cell.width, "h": cell.height});
        let mut before = "{\"frames\": {\n";
        for (number, &place) in chosen.iter().enumerate() {
            let [x, y] = grid.corner(number);
            let frame = json!({
                "frame": {"x": x, "y": y, "w": cell.width, "h": cell.height},
                "rotated": false,
                "trimmed": false,
                "spriteSourceSize": {"x": 0, "y": 0, "w": cell.width, "h": cell.height},
                "sourceSize": sides,
            });
            let name = collection.stems.stem(collection.items[place].edition);
            write!(out, "{before}\"{name}.png\": {frame}")?;
            before = ",\n";
        }
        let meta = json!({
            "app": "traitpress",
            "version": env!("CARGO_PKG_VERSION"),
            "image": file.file_name().unwrap_or_default().to_string_lossy(),
            "format": "RGBA8888",
            "size": {"w": grid.width, "h": grid.height},
            "scale": (f64::from(cell.width) / f64::from(size.width)).to_string(),
        });
        write!(out, "\n}},\n\"meta\": {meta}\n}}\n")?;
        out.flush()
    };
    write().map_err(fail)?;
    let made = draw(&collection, &chosen, &grid, file, format, false, &pool, options.force, |_, _| {})?;
    whole.finish(options.force).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => SheetError::Occupied(rectangles.clone()),
        _ => fail(error).into(),
    })?;
    Ok((made, rectangles))
}

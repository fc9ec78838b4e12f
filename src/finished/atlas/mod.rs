//! Sprite atlases for games: pictures of a collection, or cells of them, in one or several textures, and a JSON file for each
//! that lists where each sprite is.
//!
//! `look` finds what is visible and which colours there are, `layout` and `pack` place the sprites, `draw` decodes the pictures again
//! and draws the pages a band at a time, and `json` describes them as TexturePacker or Aseprite do. Decoding twice costs less memory
//! than keeping all pixels of a collection. No file has its name before all of them are complete.

mod draw;
mod json;
mod layout;
mod look;
mod names;
mod options;
mod pack;

pub use options::{Atlas, AtlasFormat, AtlasOptions, AtlasPage};

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::error::{PathIo, ThreadsError};
use crate::files::WholeFile;
use crate::finished::atlas::draw::Source;
use crate::finished::atlas::layout::Request;
use crate::finished::atlas::look::{Look, palette};
use crate::finished::atlas::names::{Subject, Template, ensure_different};
use crate::finished::atlas::pack::{Limits, Packed};
use crate::finished::sheet::SheetError;
use crate::finished::sheet::finished::Finished;
use crate::finished::sheet::thumb::fitted;
use crate::finished::sheet::write::{Colours, Format, Rows, refuse_taken};
use crate::geometry::Size;
use crate::threads::{in_order, thread_count};

/// Pictures that are looked at to see whether scaling blurs them.
const SAMPLE: usize = 8;

/// A part of a picture.
#[derive(Debug)]
pub(crate) struct Sprite {
    /// The number of the picture among those that were chosen.
    picture: usize,
    name: String,
    /// Left, top, width and height in the picture.
    cut: [u32; 4],
    /// Where it begins in its cell, or in the picture if there are no cells.
    offset: [u32; 2],
    /// The size of the cell, or of the picture.
    source: [u32; 2],
}

/// The frames of one picture.
#[derive(Debug)]
pub(crate) struct Tag {
    name: String,
    first: usize,
    last: usize,
}

/// Packs pictures of the finished collection in `folder` into `file`, a PNG or lossless WebP, and writes JSON beside it: `atlas.json`
/// for `atlas.png`. If there are several pages, these are `atlas-0.png`, `atlas-1.png` and so on.
///
/// # Errors
/// If there is no finished collection, one of its pictures is not what its manifest lists, the sprites do not fit or would have equal
/// names, or a file is there already, lies in the collection or cannot be written to.
pub fn atlas(folder: &Path, file: &Path, options: &AtlasOptions) -> Result<Atlas, SheetError> {
    let format = Format::of(file)?;
    [file, &file.with_extension("json")]
        .into_iter()
        .try_for_each(|path| refuse_taken(path, options.force))?;
    let collection = Finished::open(folder)?;
    collection.ensure_outside(file)?;
    let chosen = collection.pick(options.pick, options.count.map(|count| count.max(1)))?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(thread_count(options.threads)).build();
    let pool = pool.map_err(ThreadsError)?;
    let own = collection.size(chosen[0])?;
    let size = options.size.map_or(own, |side| fitted(own, side.max(1)));
    let cell = cell_of(options.cell, size)?;

    let look = |size: Size, cell: [u32; 2], chosen: &[usize]| -> Result<Vec<Look>, SheetError> {
        let look = |&place: &usize| Ok(Look::at(&collection.thumb(place, size)?, cell));
        pool.install(|| in_order(chosen.par_iter().map(look)))
    };
    let is_smaller = size.width < own.width || size.height < own.height;
    let blurred = match is_smaller {
        true => look(own, [own.width, own.height], &chosen[..chosen.len().min(SAMPLE)])?
            .iter()
            .all(Look::is_pixel_art),
        false => false,
    };
    let are_indexed = format == Format::Png && !is_smaller && {
        let indexed = |&place: &usize| collection.is_indexed(place);
        pool.install(|| in_order(chosen.par_iter().map(indexed)))?.into_iter().all(|indexed| indexed)
    };
    let looks = if options.trim || are_indexed { look(size, cell, &chosen)? } else { Vec::new() };
    let palette = if are_indexed { palette(&looks) } else { None };
    let sprites = sprites(&collection, &chosen, size, cell, &looks, options)?;

    let extrude = options.extrude.min(AtlasOptions::MAX_EXTRUDE);
    let most = options.max_side.unwrap_or(u32::MAX).clamp(1, format.most_side());
    let limits =
        Limits { gap: options.gap.min(AtlasOptions::MAX_GAP), most, powers_of_two: options.powers_of_two };
    // An animation of Aseprite's is on one page.
    let several = options.max_side.is_some() && options.format != AtlasFormat::Aseprite;
    let request = Request { limits, columns: options.columns, several, file };
    let sizes: Vec<[u32; 2]> =
        sprites.iter().map(|sprite| [sprite.cut[2] + 2 * extrude, sprite.cut[3] + 2 * extrude]).collect();
    let pages = request.pages(&sizes)?;
    let files: Vec<[PathBuf; 2]> = (0..pages.len()).map(|page| page_files(file, page, pages.len())).collect();
    files.iter().flatten().try_for_each(|path| refuse_taken(path, options.force))?;

    let tags = if options.cell.is_some() { tags(&collection, &chosen, &sprites) } else { Vec::new() };
    let colours = palette.map_or(Colours::Rgba, |palette| Colours::palette(&palette));
    let source =
        Source { collection: &collection, chosen: &chosen, size, sprites: &sprites, extrude, pool: &pool };
    let describe = |number: usize| describe(number, &pages, &files, &sprites, extrude, options, &tags);
    let mut complete: Vec<(WholeFile, &Path)> = Vec::new();
    for (number, (page, [picture, json])) in pages.iter().zip(&files).enumerate() {
        let fail = PathIo::on("write", json);
        let whole = WholeFile::begin(json).map_err(fail)?;
        let mut described = describe(number);
        described.scale = f64::from(size.width) / f64::from(own.width);
        described.indexed = colours != Colours::Rgba;
        whole.file().and_then(|out| described.write(&mut BufWriter::new(out))).map_err(fail)?;
        complete.push((whole, json));
        let fail = PathIo::on("write", picture);
        let whole = WholeFile::begin(picture).map_err(fail)?;
        let mut rows = Rows::begin(whole, format, page.size, &colours).map_err(fail)?;
        source.draw(page, |rgba| Ok(rows.write(rgba).map_err(fail)?))?;
        complete.push((rows.close(page.size[1]).map_err(fail)?, picture));
    }
    for (whole, path) in complete {
        whole.finish(options.force).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => SheetError::Occupied(path.to_owned()),
            _ => PathIo::on("write", path)(error).into(),
        })?;
    }
    let made = |(page, [file, json]): (&Packed, [PathBuf; 2])| {
        let [width, height] = page.size;
        AtlasPage { file, json, sprites: page.places.len(), width, height }
    };
    Ok(Atlas {
        pictures: chosen.len(),
        sprites: sprites.len(),
        pages: pages.iter().zip(files).map(made).collect(),
        indexed: colours != Colours::Rgba,
        blurred: blurred.then_some(own.width.max(own.height)),
    })
}

/// The size of cells, which must divide pictures without a rest.
fn cell_of(cell: Option<[u32; 2]>, size: Size) -> Result<[u32; 2], SheetError> {
    let picture = [size.width, size.height];
    let Some(cell) = cell else { return Ok(picture) };
    let divides = |side: usize| cell[side] > 0 && picture[side].is_multiple_of(cell[side]);
    if divides(0) && divides(1) { Ok(cell) } else { Err(SheetError::Cells { cell, picture }) }
}

/// The sprites of all pictures, in the order of the pictures.
fn sprites(
    collection: &Finished,
    chosen: &[usize],
    size: Size,
    cell: [u32; 2],
    looks: &[Look],
    options: &AtlasOptions,
) -> Result<Vec<Sprite>, SheetError> {
    let ending = collection.stems.format().extension();
    let template = match (&options.names, options.cell) {
        (Some(names), _) => names.clone(),
        (None, None) => format!("{{name}}.{ending}"),
        (None, Some(_)) => format!("{{name}}-{{frame}}.{ending}"),
    };
    let template = Template::read(&template)?;
    let titles: HashMap<u32, String> = match template.has_titles() {
        true => collection.titles()?,
        false => HashMap::new(),
    };
    let [columns, rows] = [size.width / cell[0], size.height / cell[1]];
    let mut sprites = Vec::with_capacity(chosen.len() * columns as usize * rows as usize);
    for (picture, &place) in chosen.iter().enumerate() {
        let edition = collection.items[place].edition;
        let name: Cow<'_, str> = collection.stems.stem(edition);
        for frame in 0..columns * rows {
            let (column, row) = (frame % columns, frame / columns);
            let [left, top, width, height] = match looks.get(picture).filter(|_| options.trim) {
                Some(look) => look.visible[frame as usize],
                None => [0, 0, cell[0], cell[1]],
            };
            let title = titles.get(&edition).map_or("", |title| title);
            let subject = Subject { name: &name, title, edition, frame, row, column };
            sprites.push(Sprite {
                picture,
                name: template.name(subject),
                cut: [column * cell[0] + left, row * cell[1] + top, width, height],
                offset: [left, top],
                source: cell,
            });
        }
    }
    ensure_different(sprites.iter().map(|sprite| &*sprite.name))?;
    Ok(sprites)
}

/// One tag for the sprites of each picture.
fn tags(collection: &Finished, chosen: &[usize], sprites: &[Sprite]) -> Vec<Tag> {
    let each = sprites.len() / chosen.len();
    let tag = |(number, &place): (usize, &usize)| Tag {
        name: collection.stems.stem(collection.items[place].edition).into_owned(),
        first: number * each,
        last: number * each + each - 1,
    };
    chosen.iter().enumerate().map(tag).collect()
}

/// The picture and the JSON of a page.
fn page_files(file: &Path, page: usize, pages: usize) -> [PathBuf; 2] {
    let picture = match pages {
        1 => file.to_owned(),
        _ => {
            let mut name = file.file_stem().unwrap_or_default().to_owned();
            name.push(format!("-{page}."));
            name.push(file.extension().unwrap_or_default());
            file.with_file_name(name)
        }
    };
    let json = picture.with_extension("json");
    [picture, json]
}

/// What the JSON of a page says.
fn describe<'a>(
    number: usize,
    pages: &[Packed],
    files: &'a [[PathBuf; 2]],
    sprites: &'a [Sprite],
    extrude: u32,
    options: &AtlasOptions,
    tags: &'a [Tag],
) -> json::Page<'a> {
    let mut places = pages[number].places.clone();
    places.sort_unstable_by_key(|&(sprite, _)| sprite);
    let frame = |&(sprite, [x, y]): &(usize, [u32; 2])| (&sprites[sprite], [x + extrude, y + extrude]);
    let other = |(page, [_, json]): (usize, &'a [PathBuf; 2])| {
        if page == number { None } else { json.file_name()?.to_str() }
    };
    json::Page {
        format: options.format,
        image: &files[number][0],
        size: pages[number].size,
        scale: 1.0,
        indexed: false,
        duration: options.duration,
        frames: places.iter().map(frame).collect(),
        tags,
        others: files.iter().enumerate().filter_map(other).collect(),
    }
}

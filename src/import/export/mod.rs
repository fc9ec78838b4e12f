//! The way back: a project of ours as one of HashLips art engine 1.1.
//!
//! What HashLips has no word for is left out and noted, as an import does it: rules, exact numbers, traits of several pictures,
//! and the like. Weights become whole numbers; absence and the chance of a layer become a transparent picture called None.

mod config;
mod layers;

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::RgbaImage;

use crate::error::PathIo;
use crate::geometry::Size;
use crate::import::error::ImportError;
use crate::import::notes::{Note, Notes};
use crate::picture::Header;
use crate::project::{PartImage, Project};

use layers::Written;

/// The notes of an export, in the folder.
const NOTES: &str = "EXPORT.md";

/// Writes `project` as a project of HashLips art engine into the new folder `target`: whole or not at all. Gives what could not be
/// said, the worst first.
///
/// # Errors
/// [`ImportError::Exists`] if `target` is there; [`ImportError::Source`] if a picture cannot be read; [`ImportError::Io`] if the system
/// refuses something.
pub fn hashlips(project: &Project, target: impl AsRef<Path>) -> Result<Vec<Note>, ImportError> {
    let target = target.as_ref();
    let mut notes = Notes::default();
    let canvas = canvas(project)?;
    let layers = layers::layers(project, &mut notes);
    if layers.iter().all(Option::is_none) {
        let what = "no layer can be said in the form of HashLips";
        return Err(ImportError::source(&project.root, what, "add a layer of traits of one picture"));
    }
    let script = config::script(project, canvas, &layers, &mut notes);
    crate::import::write::whole(target, None, |folder| {
        for layer in layers.iter().flatten() {
            let home = folder.join("layers").join(&layer.folder);
            fs::create_dir_all(&home).map_err(PathIo::on("create", &home))?;
            for (file, picture) in &layer.files {
                art(picture, &home.join(file), canvas)?;
            }
        }
        let source = folder.join("src");
        fs::create_dir_all(&source).map_err(PathIo::on("create", &source))?;
        let notes = notes.sorted();
        for (path, text) in [(source.join("config.js"), script.clone()), (folder.join(NOTES), report(&notes))]
        {
            fs::write(&path, text).map_err(PathIo::on("write", &path))?;
        }
        Ok(notes)
    })
}

/// The canvas: that of the configuration, or else the size of the first picture.
fn canvas(project: &Project) -> Result<Size, ImportError> {
    if let Some(size) = project.size {
        return Ok(size);
    }
    let files = project.layers.iter().flat_map(|layer| &layer.traits).flat_map(|item| &item.parts);
    let first = files.filter_map(|part| part.image.file()).next();
    let Some(first) = first else {
        return Err(ImportError::source(&project.root, "the project has no picture", "set size"));
    };
    Ok(Header::read(first)?.size())
}

/// Writes a picture: a copy, a PNG where HashLips does not read the format, or a colour.
fn art(picture: &Written, to: &Path, canvas: Size) -> Result<(), ImportError> {
    match picture {
        Written::Copy(from) => _ = fs::copy(from, to).map_err(PathIo::on("copy", from))?,
        Written::AsPng(from) => {
            let bytes = fs::read(from).map_err(PathIo::on("read", from))?;
            let decoded = image::load_from_memory(&bytes).map_err(|error| {
                ImportError::source(from, format!("the picture cannot be read: {error}"), "export it again")
            })?;
            png(&decoded.to_rgba8(), to)?;
        }
        Written::Colour(colour) => {
            png(&RgbaImage::from_pixel(canvas.width, canvas.height, image::Rgba(*colour)), to)?;
        }
    }
    Ok(())
}

fn png(picture: &RgbaImage, to: &Path) -> Result<(), ImportError> {
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, image::ImageFormat::Png)
        .map_err(|error| ImportError::source(to, format!("it cannot be written: {error}"), "start again"))?;
    Ok(fs::write(to, bytes.into_inner()).map_err(PathIo::on("write", to))?)
}

/// The text of [`NOTES`].
fn report(notes: &[Note]) -> String {
    let mut text = "# Export\n\nThis folder is a project for HashLips art engine 1.1: put it over a copy of the engine.\n".to_owned();
    crate::import::write::list(notes, &mut text);
    text
}

/// The picture of a part, as it is written.
fn written(image: &PartImage) -> Written {
    match image {
        PartImage::Colour(colour) => Written::Colour(*colour),
        PartImage::File(path) => {
            let end = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            // The engine cuts four characters off a name, and its canvas reads these.
            if ["png", "jpg", "jpeg", "gif"].contains(&&*end) {
                Written::Copy(path.clone())
            } else {
                Written::AsPng(path.clone())
            }
        }
    }
}

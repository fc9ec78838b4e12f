//! The sample project that `traitpress demo` draws, so that a newcomer has art to press before they have art.
//!
//! It is an ordinary project folder: a picture for every trait, its weight in the file name, and a commented
//! `collection.toml`. The pictures are drawn here as vector shapes, so they cost no room in the program, come in any
//! size, and are the same bytes every time. [`LAYERS`] is the table of contents; each module below draws one or
//! more of its layers, [`figure`] keeps them in register, and [`canvas`], [`shape`] and [`palette`] are the tools.

mod backgrounds;
mod canvas;
mod clothes;
mod creatures;
mod extras;
mod face;
mod figure;
mod hats;
mod palette;
mod recipe;
mod shape;

use std::path::Path;
use std::{fs, io};

use rayon::prelude::*;

use canvas::Canvas;

/// Side of the pictures in pixels, unless a test draws smaller ones.
pub(crate) const SIDE: u32 = 512;

/// One trait: how often it comes, and how it is drawn.
#[derive(Debug)]
struct Sketch {
    name: &'static str,
    weight: u32,
    draw: fn(&mut Canvas),
}

const fn sketch(name: &'static str, weight: u32, draw: fn(&mut Canvas)) -> Sketch {
    Sketch { name, weight, draw }
}

/// One layer: its traits, and the weight of the empty `None` placeholder beside them, if there is one.
#[derive(Debug)]
struct LayerSketch {
    name: &'static str,
    traits: &'static [Sketch],
    none: Option<u32>,
}

/// In drawing order, back to front, as in the configuration that [`recipe`] writes.
const LAYERS: [LayerSketch; 8] = [
    LayerSketch { name: "Background", traits: backgrounds::TRAITS, none: None },
    LayerSketch { name: "Clothes", traits: clothes::TRAITS, none: None },
    LayerSketch { name: "Creature", traits: creatures::TRAITS, none: None },
    LayerSketch { name: "Cheeks", traits: face::CHEEKS, none: None },
    LayerSketch { name: "Mouth", traits: face::MOUTHS, none: None },
    LayerSketch { name: "Eyes", traits: face::EYES, none: None },
    LayerSketch { name: "Hat", traits: hats::TRAITS, none: None },
    LayerSketch { name: "Extra", traits: extras::TRAITS, none: Some(40) },
];

/// Writes the sample project into the folder `project`: `layers/<Layer>/<Trait>#<weight>.png`, each `side` x `side`
/// pixels, and `collection.toml`. Folders are created as needed and files of the same names replaced.
///
/// Most of the time goes into compressing the pictures, so they are made on all cores.
pub(crate) fn draw(project: &Path, side: u32) -> io::Result<()> {
    let layers = project.join("layers");
    for layer in &LAYERS {
        fs::create_dir_all(layers.join(layer.name))?;
        if let Some(weight) = layer.none {
            fs::write(layers.join(layer.name).join(format!("None#{weight}.png")), [])?;
        }
    }
    LAYERS
        .par_iter()
        .flat_map(|layer| layer.traits.par_iter().map(move |sketch| (layer, sketch)))
        .try_for_each(|(layer, sketch)| {
            let file = format!("{}#{}.png", sketch.name, sketch.weight);
            fs::write(layers.join(layer.name).join(file), picture(sketch, side)?)
        })?;
    fs::write(project.join("collection.toml"), recipe::collection_toml(side))
}

/// One trait as a PNG file.
fn picture(sketch: &Sketch, side: u32) -> io::Result<Vec<u8>> {
    let mut canvas = Canvas::new(side)?;
    (sketch.draw)(&mut canvas);
    canvas.png()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use tiny_skia::Pixmap;

    use super::*;

    const SIDE: u32 = 64;

    fn drawn() -> io::Result<(tempfile::TempDir, Vec<PathBuf>)> {
        let project = tempfile::tempdir()?;
        draw(project.path(), SIDE)?;
        let mut files = Vec::new();
        for layer in fs::read_dir(project.path().join("layers"))? {
            for file in fs::read_dir(layer?.path())? {
                files.push(file?.path());
            }
        }
        files.sort();
        Ok((project, files))
    }

    fn is_placeholder(file: &Path) -> bool {
        file.file_stem().is_some_and(|stem| stem.to_string_lossy().starts_with("None#"))
    }

    #[test]
    fn the_pictures_are_as_many_and_as_large_as_promised() -> io::Result<()> {
        let (project, files) = drawn()?;
        assert_eq!(fs::read_dir(project.path().join("layers"))?.count(), 8);
        let (placeholders, pictures): (Vec<_>, Vec<_>) = files.iter().partition(|file| is_placeholder(file));
        assert_eq!(placeholders.len(), 1);
        assert_eq!(fs::metadata(placeholders[0])?.len(), 0);
        assert!((35..=45).contains(&pictures.len()), "{} traits", pictures.len());
        for file in pictures {
            let picture = Pixmap::load_png(file).map_err(io::Error::other)?;
            assert_eq!((picture.width(), picture.height()), (SIDE, SIDE), "{}", file.display());
            let least = picture.pixels().iter().map(|pixel| pixel.alpha()).min();
            let most = picture.pixels().iter().map(|pixel| pixel.alpha()).max();
            let ground = file.parent().is_some_and(|folder| folder.ends_with("Background"));
            assert_eq!(least, Some(if ground { 255 } else { 0 }), "{}", file.display());
            assert!(most > Some(50), "{} shows nothing", file.display());
        }
        Ok(())
    }

    #[test]
    fn drawing_twice_makes_the_same_bytes() -> io::Result<()> {
        let (first_project, first) = drawn()?;
        let (second_project, second) = drawn()?;
        assert_eq!(first.len(), second.len());
        for (a, b) in first.iter().zip(&second) {
            let names = (a.strip_prefix(first_project.path()), b.strip_prefix(second_project.path()));
            assert_eq!(names.0.ok(), names.1.ok());
            assert!(fs::read(a)? == fs::read(b)?, "{} differs", a.display());
        }
        Ok(())
    }

    #[test]
    fn the_configuration_lists_the_layers_in_drawing_order() {
        let text = recipe::collection_toml(SIDE);
        let listed: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("name = ")).skip(1).collect();
        let drawn: Vec<_> = LAYERS.iter().map(|layer| format!("\"{}\"", layer.name)).collect();
        assert_eq!(listed, drawn);
    }

    #[test]
    fn a_side_without_pixels_is_an_error() -> io::Result<()> {
        let project = tempfile::tempdir()?;
        assert_eq!(draw(project.path(), 0).map_err(|e| e.kind()), Err(io::ErrorKind::InvalidInput));
        Ok(())
    }
}

//! Finished items without a folder: into a sink of one's own, and as a tar to any writer.
//!
//! ```text
//! cargo run --release --example own_sink [PROJECT]
//! ```
//!
//! A service that puts pictures into a store of its own takes them as they are finished, on the threads that make them;
//! one that sends a whole collection somewhere gives a writer, and gets the files in order.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use image::{Rgba, RgbaImage};
use traitpress::engine::Engine;
use traitpress::output::{Archive, Sink, SinkError};
use traitpress::selection::Choose;
use traitpress::telemetry::FinishedItem;

fn main() -> Result<(), Box<dyn Error>> {
    run(std::env::args_os().nth(1).map(PathBuf::from))
}

/// A store in small: files by name.
#[derive(Debug, Default)]
struct Store {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl Sink for Store {
    /// Several threads call this at once, and items come nearly, not strictly, in order; a store does not mind.
    fn write(&self, item: FinishedItem<'_>) -> Result<(), SinkError> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(format!("images/{}.png", item.edition), item.picture.to_vec());
        files.insert(format!("json/{}.json", item.edition), item.metadata.to_vec());
        Ok(())
    }
}

/// Presses some items of `project`, or of a tiny one that is drawn for the purpose, both ways.
pub(crate) fn run(project: Option<PathBuf>) -> Result<(), Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    let project = match project {
        Some(folder) => folder,
        None => draw_project(scratch.path())?,
    };
    let engine = Engine::open(&project)?;
    let plan = engine.choose(Choose::new(12).with_seed(1))?;

    let store = Store::default();
    let stats = engine.press(&plan).to_sink(&store)?;
    let stored = store.files.into_inner()?;
    println!("{} items, {} files in the store", stats.items, stored.len());

    // Memory is a writer; so is a pipe, or a connection.
    let mut tar = Vec::new();
    let archived = engine.press(&plan).to_archive(Archive::tar(&mut tar))?.collection;
    println!("collection {}, {} bytes of tar", archived.digest, tar.len());

    let mut last = 0;
    for entry in tar::Archive::new(&tar[..]).entries()? {
        let mut entry = entry?;
        let name = entry.path()?.to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        if let Some(number) = name.strip_prefix("images/").and_then(|file| file.strip_suffix(".png")) {
            let edition: u32 = number.parse()?;
            assert!(edition > last, "in a tar they are in order");
            last = edition;
        }
        // What belongs to the whole collection is in the tar alone.
        if !["plan.json", "json/_metadata.json", "manifest.json"].contains(&name.as_str()) {
            assert!(stored[&name] == bytes, "{name} is the same file in both outputs");
        }
    }
    assert_eq!(last, 12);
    Ok(())
}

/// Draws a project of two layers with discs on them.
fn draw_project(folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    const SIDE: u32 = 128;
    for (layer, names, radius) in
        [("1 Ground", ["Sea", "Sand", "Moss", "Clay"], SIDE), ("2 Face", ["Rose", "Lime", "Plum", "Sky"], 50)]
    {
        let layer = folder.join("layers").join(layer);
        std::fs::create_dir_all(&layer)?;
        for (variant, name) in names.iter().enumerate() {
            let hue = (u32::from(radius == SIDE) * 97 + variant as u32 * 53) as u8;
            let picture = RgbaImage::from_fn(SIDE, SIDE, |x, y| {
                let (dx, dy) = (x.abs_diff(SIDE / 2), y.abs_diff(SIDE / 2));
                let inside = dx * dx + dy * dy <= radius * radius;
                Rgba(if inside { [hue, 255 - hue, (x / 4) as u8, 255] } else { [0; 4] })
            });
            picture.save(layer.join(format!("{name}.png")))?;
        }
    }
    Ok(folder.to_owned())
}

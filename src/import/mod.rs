//! Projects of other programs become projects of this one.
//!
//! `detect` recognises the format of a folder or file; a reader in `peer` turns it into one neutral value (`model`), in the terms
//! of this library and with a list of everything that could not be kept; `write` makes the new project of it. So a peer's law is
//! written once, and what is written to the disk does not depend on where it came from. The source is never changed.

mod art;
mod collection;
mod colour;
mod detect;
mod drawing;
mod error;
mod export;
mod js;
mod model;
mod names;
mod notes;
mod open;
mod peer;
mod python;
mod sequence;
mod value;
mod write;

use std::path::Path;

use crate::error::Remedy;

pub use error::{ImportError, ScriptProblem};
pub use export::hashlips as export_hashlips;
pub use model::Peer;
pub use notes::{Note, NoteKind};

use collection::PlannedItem;
use detect::Kind;
use model::Imported;

/// A project of another program that was read, to be written as one of ours.
///
/// ```no_run
/// use traitpress::import::Import;
///
/// # fn main() -> Result<(), traitpress::Error> {
/// let import = Import::read("hashlips_art_engine", None)?;
/// for note in import.notes() {
///     println!("{}: {}", note.key, note.done);
/// }
/// import.write("my-art")?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Import {
    imported: Imported,
    source: std::path::PathBuf,
    /// The choices of all items, where they are from a finished collection.
    plan: Vec<PlannedItem>,
}

impl Import {
    /// Reads the project of another program in a folder or file; `count` is the number of items for those that have none.
    ///
    /// # Errors
    /// [`ImportError`], if the format is not recognised, or something in the source is wrong.
    pub fn read(source: impl AsRef<Path>, count: Option<u32>) -> Result<Self, ImportError> {
        let path = source.as_ref();
        if !path.exists() {
            return Err(ImportError::Missing(path.to_owned()));
        }
        if let Some(file) = detect::animations(path) {
            let what = "this project makes animations, each trait of several frames, and traitpress makes still pictures";
            let remedy = "for still pictures, make a project with a folder for each layer that has one frame of each trait";
            return Err(ImportError::source(file, what, Remedy::text(remedy)));
        }
        let Some(found) = detect::detect(path) else {
            let what = "no project of a program that is read was recognised here";
            return Err(ImportError::Unknown(path.to_owned(), what.to_owned()));
        };
        let mut imported = open::imported(&found)?;
        if let Some(count) = count {
            if !imported.groups.is_empty() {
                return Err(ImportError::Grouped(path.to_owned()));
            }
            imported.settings.count = Some(count);
            imported.notes.remove(model::NO_COUNT);
        }
        Ok(Self { imported, source: path.to_owned(), plan: Vec::new() })
    }

    /// Reads the metadata and the layers of a collection that another program has finished, in a folder with both; the project gets
    /// a plan with the same items.
    ///
    /// # Errors
    /// [`ImportError`], if there are no documents with attributes, or no layers.
    pub fn from_collection(folder: impl AsRef<Path>) -> Result<Self, ImportError> {
        let path = folder.as_ref();
        if !path.is_dir() {
            return Err(ImportError::Missing(path.to_owned()));
        }
        let (imported, plan) = collection::read(path)?;
        Ok(Self { imported, source: path.to_owned(), plan })
    }

    /// The program whose project it is.
    #[must_use]
    pub fn peer(&self) -> Peer {
        self.imported.peer
    }

    /// What could not be kept, was changed or makes no difference; the worst first.
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        self.imported.notes.sorted()
    }

    /// The layers, back to front, each with its number of traits.
    #[must_use]
    pub fn layers(&self) -> Vec<(&str, usize)> {
        self.imported.layers.iter().map(|layer| (layer.name.as_str(), layer.traits.len())).collect()
    }

    /// The number of items, if the source has one.
    #[must_use]
    pub fn count(&self) -> Option<u32> {
        self.imported.settings.count
    }

    /// Writes the new project `target`, a folder that does not exist: whole or not at all.
    ///
    /// # Errors
    /// [`ImportError::Exists`] and [`ImportError::Inside`]; [`ImportError::Io`] if the system refuses something.
    pub fn write(&self, target: impl AsRef<Path>) -> Result<(), ImportError> {
        write::project(&self.imported, &self.plan, &self.source, target.as_ref())
    }
}

/// The program whose project is in this folder, judged by its files without running anything of it. It is stricter than
/// [`Import::read`], for it judges folders that may be anything.
#[must_use]
pub fn recognise(folder: &Path) -> Option<Peer> {
    let found = detect::detect(folder)?;
    match found.kind {
        // Many programs have a config.js.
        Kind::Script => {
            let text = detect::text(&found.file)?;
            text.contains("layerConfigurations").then_some(Peer::HashLips)
        }
        Kind::Of(Peer::NftStudio) => None,
        Kind::Of(peer) => Some(peer),
    }
}

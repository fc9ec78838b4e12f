//! Pressing a plan: where its items go, how they are written, and who watches.

use std::fmt;
use std::path::Path;

use crate::engine::facade::Engine;
use crate::engine::to_folder::FolderOptions;
use crate::error::Error;
use crate::output::{Archive, Archived, Collection, Sink};
use crate::plan::Plan;
use crate::telemetry::{Observer, Stats};

/// A collection that was written, and how that went.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Pressed<C = Collection> {
    /// The collection: where it is, if it is a folder or a file, and its digest.
    pub collection: C,
    /// What was done, and how long that took.
    pub stats: Stats,
}

/// Items that are to be made: see [`Engine::press`].
#[must_use]
pub struct Press<'a> {
    engine: &'a Engine,
    plan: &'a Plan,
    options: FolderOptions,
    observer: &'a dyn Observer,
}

impl Engine {
    /// Begins to make the items of `plan`; where they go is the last thing to say.
    ///
    /// Items are made in batches by several threads, and memory does not grow with their number.
    ///
    /// ```no_run
    /// use traitpress::engine::Engine;
    /// use traitpress::output::Archive;
    /// use traitpress::selection::Choose;
    ///
    /// # fn main() -> Result<(), traitpress::Error> {
    /// let engine = Engine::open("my-project")?;
    /// let plan = engine.choose(Choose::new(100).with_seed(7))?;
    /// let folder = engine.press(&plan).with_provenance().to_folder("out")?;
    /// let tar = engine.press(&plan).to_archive(Archive::tar(std::io::stdout()))?;
    /// assert_eq!(folder.collection.digest, tar.collection.digest);
    /// # Ok(())
    /// # }
    /// ```
    pub fn press<'a>(&'a self, plan: &'a Plan) -> Press<'a> {
        Press { engine: self, plan, options: FolderOptions::default(), observer: &() }
    }
}

impl<'a> Press<'a> {
    /// Reports progress to `observer`, which can also stop the run.
    pub fn with_observer(mut self, observer: &'a dyn Observer) -> Self {
        self.observer = observer;
        self
    }

    /// Writes by these options, in place of those that were set before.
    pub fn with_options(mut self, options: FolderOptions) -> Self {
        self.options = options;
        self
    }

    /// Replaces a collection that is there already, or a file.
    pub fn with_replacement(mut self) -> Self {
        self.options.replace = true;
        self
    }

    /// Also takes SHA-256 of each image, and the provenance hash over them.
    pub fn with_provenance(mut self) -> Self {
        self.options.provenance = true;
        self
    }

    /// Also keeps a thumbnail of each item in a file of the folder, of so many pixels on its longer side, 16 to 256. An
    /// archive keeps none.
    pub fn with_thumbnails(mut self, side: u32) -> Self {
        self.options.thumbnails = Some(side);
        self
    }

    /// Makes a folder of pictures, metadata, plan and manifest. [`Engine::press_run`] goes on with one that is there.
    ///
    /// # Errors
    /// If the plan is not one of this project, the folder must not be touched or cannot be written to, or what is there
    /// is not what this run would make. What was written before is whole, and the journal in the folder lists it. So it
    /// is with [`Cancelled`](crate::error::Cancelled), when the observer stopped the run.
    pub fn to_folder(self, folder: impl AsRef<Path>) -> Result<Pressed, Error> {
        self.engine.press_to_folder(self.plan, folder.as_ref(), self.options, self.observer)
    }

    /// Makes the file `path`, a tar or a zip as its name says. It has that name only when it is whole.
    ///
    /// # Errors
    /// As [`check_archive`](crate::output::check_archive) and [`Self::to_archive`].
    pub fn to_file(self, path: impl AsRef<Path>) -> Result<Pressed, Error> {
        self.engine.press_to_file(self.plan, path.as_ref(), self.options, self.observer)
    }

    /// Writes an archive: the files of a folder of the same plan, byte for byte, pictures and metadata in edition order.
    /// Its bytes do not depend on threads, batches or memory.
    ///
    /// # Errors
    /// If the plan is not one of this project, or the archive cannot be written to. What was written is no whole archive
    /// then.
    pub fn to_archive(self, archive: Archive<'_>) -> Result<Pressed<Archived>, Error> {
        self.engine.press_to_archive(self.plan, archive, self.options, self.observer)
    }

    /// Hands every item to `sink`, from several threads, nearly but not strictly in the order of the plan.
    ///
    /// # Errors
    /// If the plan is not one of this project; else the first error of the sink or of an encoder. Items that were on
    /// their way are still handed over.
    pub fn to_sink(self, sink: &dyn Sink) -> Result<Stats, Error> {
        self.engine.press_into(self.plan, sink, self.observer)
    }
}

impl fmt::Debug for Press<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items = self.plan.len();
        f.debug_struct("Press").field("items", &items).field("options", &self.options).finish_non_exhaustive()
    }
}

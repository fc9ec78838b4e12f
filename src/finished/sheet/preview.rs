//! Previews of a run: a thumbnail of every so many items while they are made, and a contact sheet of these at the end.
//!
//! A whole picture never lies in memory as pixels, for it is joined of compressed spans; so the finished file of one item in
//! fifty is decoded. Which these are is known before the first, so each has its place on the sheet, and the sheet does
//! not depend on who is first. A run that goes on makes only some of its items; the others are read from the finished folder
//! at the end. Errors here do not stop the run; they are reported at its end.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::error::PathIo;
use crate::files::{Folder, WholeFile};
use crate::finished::sheet::error::SheetError;
use crate::finished::sheet::finished::Finished;
use crate::finished::sheet::grid::{Grid, MAX_SIDE, Wish};
use crate::finished::sheet::thumb::{Thumb, fitted};
use crate::finished::sheet::write::{is_ours, png, refuse_taken};
use crate::geometry::Size;
use crate::output::{names, resolve};
use crate::plan::Plan;
use crate::project::Project;
use crate::telemetry::{FinishedItem, Observer};
use crate::threads::lock;

/// The sheet's file in the folder.
const SHEET: &str = "sheet.png";

/// How a run is previewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PreviewOptions {
    /// A thumbnail of each item of which there are so many from the one before, at least 1, and of the last.
    pub every: u32,
    /// Pixels of a thumbnail's longer side, 1 to 1024.
    pub size: u32,
    /// The most thumbnails on the sheet, spread evenly over the run, 1 to 1000; it is held in memory.
    pub most: u32,
    /// Replace previews that are there already.
    pub force: bool,
}

impl Default for PreviewOptions {
    fn default() -> Self {
        Self { every: 50, size: 128, most: 100, force: false }
    }
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Previewed {
    /// Thumbnails, `N.png` by their edition.
    pub thumbnails: usize,
    /// The contact sheet.
    pub sheet: PathBuf,
}

/// The previews of a run.
pub struct Previews {
    folder: PathBuf,
    /// The same, held open from the first picture on.
    open: Mutex<Option<Arc<Folder>>>,
    options: PreviewOptions,
    /// By edition, the place on the sheet, for items that get a thumbnail; not all of them are on the sheet.
    wanted: HashMap<u32, Option<usize>>,
    cells: usize,
    /// The folder of the collection.
    out: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// From the first picture on.
    sheet: Option<(Grid, Vec<u8>)>,
    /// The items that have a thumbnail.
    made: HashSet<u32>,
    failure: Option<SheetError>,
}

impl std::fmt::Debug for Previews {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { folder, options, state, .. } = self;
        f.debug_struct("Previews")
            .field("folder", folder)
            .field("options", options)
            .field("state", state)
            .finish_non_exhaustive()
    }
}

impl Previews {
    /// Checks that previews of a run of `plan` can be written to `folder`, and writes nothing yet; `out` is the folder that
    /// the collection goes to, if it goes to one.
    ///
    /// # Errors
    /// If the folder is the collection's or lies in it or in the project's art, or files have the names of previews: previews of an
    /// earlier run are replaced only by force, and other files never.
    pub fn begin(
        folder: &Path,
        project: &Project,
        plan: &Plan,
        out: Option<&Path>,
        options: PreviewOptions,
    ) -> Result<Self, SheetError> {
        let resolved = resolve(folder)?;
        let inside = |folder: &Path, what| {
            let (path, folder) = (resolved.clone(), folder.to_owned());
            Err(SheetError::Inside { path, folder, what })
        };
        if let Some(out) = out
            && resolved.starts_with(resolve(out)?)
        {
            return inside(out, "the folder of the collection");
        }
        if let Some(art) = project.art_folders().find(|art| resolved.starts_with(art)) {
            return inside(art, "a folder of the project's art");
        }
        match fs::metadata(folder) {
            Ok(found) if !found.is_dir() => {
                return Err(SheetError::NotAFile {
                    path: folder.to_owned(),
                    what: "a file instead of a folder",
                });
            }
            _ => {}
        }
        let every = options.every.max(1) as usize;
        let last = plan.len().saturating_sub(1);
        let shown: Vec<usize> =
            (0..plan.len()).filter(|index| index % every == every - 1 || *index == last).collect();
        let cells = shown.len().min(options.most.clamp(1, 1000) as usize);
        let mut wanted: HashMap<u32, Option<usize>> =
            shown.iter().map(|&index| (plan.edition(index), None)).collect();
        for cell in 0..cells {
            // The last on the sheet is the last of all.
            let number = ((cell + 1) * shown.len()).div_ceil(cells) - 1;
            wanted.insert(plan.edition(shown[number]), Some(cell));
        }
        let out = out.map(Path::to_owned);
        let previews = Self {
            folder: folder.to_owned(),
            open: Mutex::default(),
            options,
            wanted,
            cells,
            out,
            state: Mutex::default(),
        };
        previews.refuse_taken(&previews.folder.join(SHEET))?;
        previews.wanted.keys().try_for_each(|&edition| previews.refuse_taken(&previews.file(edition)))?;
        Ok(previews)
    }

    /// An observer of the run that makes the previews, and passes everything on to `inner`.
    #[must_use]
    pub fn observe<'a>(&'a self, inner: &'a dyn Observer) -> PreviewObserver<'a> {
        PreviewObserver { previews: self, inner }
    }

    fn refuse_taken(&self, path: &Path) -> Result<(), SheetError> {
        refuse_taken(path, self.options.force)?;
        if path.exists() && !is_ours(path) {
            return Err(SheetError::Foreign(path.to_owned()));
        }
        Ok(())
    }

    fn file(&self, edition: u32) -> PathBuf {
        self.folder.join(format!("{edition}.png"))
    }

    /// Makes the thumbnails of items that were there already, and writes the sheet.
    ///
    /// # Errors
    /// The first thing that went wrong with any preview.
    pub fn finish(self) -> Result<Previewed, SheetError> {
        if lock(&self.state).failure.is_none() {
            self.take_what_was_there()?;
        }
        let state = std::mem::take(&mut *lock(&self.state));
        if let Some(failure) = state.failure {
            return Err(failure);
        }
        let sheet = self.folder.join(SHEET);
        if let Some((grid, rgba)) = state.sheet {
            self.write(SHEET, [grid.width, grid.height], &rgba)?;
        }
        Ok(Previewed { thumbnails: state.made.len(), sheet })
    }

    /// The items of a run that went on which were made before it.
    fn take_what_was_there(&self) -> Result<(), SheetError> {
        let made = lock(&self.state).made.clone();
        let mut missing: Vec<u32> =
            self.wanted.keys().copied().filter(|edition| !made.contains(edition)).collect();
        let (false, Some(out)) = (missing.is_empty(), &self.out) else { return Ok(()) };
        missing.sort_unstable();
        let collection = Finished::open(out)?;
        for edition in missing {
            let Some(place) = collection.place_of(edition) else { continue };
            let png = collection.png(place)?;
            self.take(edition, &png, self.wanted[&edition])?;
        }
        Ok(())
    }

    /// Writes a picture, in the folder that was there when the first one was written.
    fn write(&self, name: &str, size: [u32; 2], rgba: &[u8]) -> Result<(), SheetError> {
        let folder = self.open().map_err(PathIo::on("create", &self.folder))?;
        let written =
            WholeFile::begin_in(folder, name).and_then(|whole| png(whole, size, rgba, self.options.force));
        Ok(written.map_err(|error| PathIo::on("write", &self.folder.join(name))(error))?)
    }

    fn open(&self) -> io::Result<Arc<Folder>> {
        let mut open = lock(&self.open);
        if let Some(folder) = &*open {
            return Ok(folder.clone());
        }
        fs::create_dir_all(&self.folder)?;
        Ok(open.insert(Arc::new(Folder::open(&self.folder)?)).clone())
    }

    fn take(&self, edition: u32, picture: &[u8], place: Option<usize>) -> Result<PathBuf, SheetError> {
        let broken = |what: String| {
            let path = PathBuf::from(names::image(edition));
            SheetError::Picture { path, what }
        };
        let size = crate::finished::decode::size_of(picture).map_err(broken)?;
        let cell = fitted(size, self.options.size.clamp(1, 1024));
        let thumb = Thumb::of_file(picture, cell).map_err(broken)?;
        self.write(&format!("{edition}.png"), [cell.width, cell.height], &thumb.rgba)?;
        let path = self.file(edition);
        let mut state = lock(&self.state);
        state.made.insert(edition);
        if let Some(place) = place {
            if state.sheet.is_none() {
                state.sheet = Some(self.empty_sheet(cell)?);
            }
            if let Some((grid, rgba)) = &mut state.sheet {
                let corner = grid.corner(place);
                thumb.place(rgba, grid.width, corner);
            }
        }
        Ok(path)
    }

    fn empty_sheet(&self, cell: Size) -> Result<(Grid, Vec<u8>), SheetError> {
        let wish = Wish { cell, gap: 0, below: 0, columns: None, powers_of_two: false, most: MAX_SIDE * 2 };
        let grid = wish.grid(self.cells, &self.folder.join(SHEET))?;
        Ok((grid, vec![0; grid.width as usize * grid.height as usize * 4]))
    }
}

/// Makes the previews of a run while it goes on.
pub struct PreviewObserver<'a> {
    previews: &'a Previews,
    inner: &'a dyn Observer,
}

impl std::fmt::Debug for PreviewObserver<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PreviewObserver").field("previews", self.previews).finish_non_exhaustive()
    }
}

impl Observer for PreviewObserver<'_> {
    fn items(&self, done: u64, total: u64) {
        self.inner.items(done, total);
    }

    fn is_cancelled(&self) -> bool {
        self.inner.is_cancelled()
    }

    fn finished(&self, item: FinishedItem<'_>) {
        self.inner.finished(item);
        let Some(&place) = self.previews.wanted.get(&item.edition) else { return };
        match self.previews.take(item.edition, item.picture, place) {
            Ok(path) => self.inner.preview(&path, item.edition),
            Err(error) => {
                lock(&self.previews.state).failure.get_or_insert(error);
            }
        }
    }

    fn preview(&self, path: &Path, edition: u32) {
        self.inner.preview(path, edition);
    }
}

//! Pressing a finished collection again, to see whether the project still makes it.
//!
//! Comparing files with a manifest says that nothing happened to them since; only making them again shows that they are what
//! the project, its configuration and this program make. Differences in what they are made from are reported first, because
//! it explains the pictures that differ.

use std::collections::BTreeSet;
use std::io::{self, BufReader, Read, Write};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::Path;
use std::sync::Mutex;

use serde_json::Value;

use crate::art::Art;
use crate::compositor::Backend;
use crate::engine::continued::RecipeSource;
use crate::engine::encoding::Encoding;
use crate::engine::facade::Engine;
use crate::engine::options::{PressOptions, RunOptions};
use crate::engine::performance::Performance;
use crate::engine::recipe::Recipe;
use crate::engine::resume::{changed_parts, check_reading, list};
use crate::error::{Error, PathIo};
use crate::files::{Folder, OpenFile};
use crate::finished::{FileProblem, Verification};
use crate::output::{
    MetadataInputs, MetadataTexts, ProblemKind, RunHeader, SinkError, VerifyError, differs, names,
    open_place, whole_files, write_whole,
};
use crate::plan::Plan;
use crate::project::{MetadataSettings, Problem, Project};
use crate::telemetry::{Account, FinishedItem, Observer, Pool};
use crate::threads::{into_inner, lock};

/// Which items are pressed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleSize {
    /// All of them.
    All,
    /// So many, from the first to the last and evenly between.
    Count(NonZeroU32),
}

/// How a collection is made again.
#[derive(Clone, Copy, Debug)]
pub struct Reproduction {
    sample: SampleSize,
    threads: Option<NonZeroUsize>,
}

impl Reproduction {
    /// Makes these items, with a thread per processor.
    #[must_use]
    pub fn new(sample: SampleSize) -> Self {
        Self { sample, threads: None }
    }

    /// Uses so many threads, at most [`Performance::MAX_THREADS`].
    #[must_use]
    pub fn with_threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = Some(threads);
        self
    }
}

/// What [`reproduce`] did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reproduced {
    /// Items that were made again.
    pub pressed: u64,
    /// What is odd about the project's art.
    pub warnings: Vec<Problem>,
}

/// Makes items of the collection in `folder` again from `project` and compares their files; `found` is what
/// [`verify`](crate::finished::verify()) found there, and gets the differences.
///
/// A recipe that is not the one of the project is a difference, unless every file is the same by the collection's own
/// recipe: such a collection was made by the recipe of another one.
///
/// # Errors
/// If the collection was made by other rules of reading, the project's art cannot be used, or an item cannot be made.
/// Differences are no errors.
pub fn reproduce(
    project: &Project,
    folder: &Path,
    found: &mut Verification,
    request: Reproduction,
    observer: &dyn Observer,
) -> Result<Reproduced, Error> {
    check_reading(&found.header)?;
    // The CPU composites, which makes the same as a GPU.
    let performance = Performance::new().with_threads(request.threads).with_backend(Backend::Cpu);
    let options =
        PressOptions::new().with_encoding(Encoding::of_run(&found.header)).with_performance(performance);
    // Pictures have the sizes that the run was asked for, whatever the project asks for now.
    let mut project = project.clone();
    found.header.set_output(&mut project);
    let make = |options: PressOptions, found: &mut Verification| -> Result<Reproduced, Error> {
        let engine = Engine::new(project.clone(), options)?;
        let pressed = engine.compare_with(folder, found, request.sample, observer)?;
        Ok(Reproduced { pressed, warnings: engine.art().warnings.clone() })
    };
    let mut by_own_recipe = found.clone();
    let made = make(options.clone(), found)?;
    if found.problems.iter().any(|problem| problem.kind == ProblemKind::Recipe) {
        let recipe = RecipeSource::SameRun(Box::new(found.header.clone()));
        let made = make(options.with_run(RunOptions::new().with_recipe(recipe)), &mut by_own_recipe);
        if let Ok(made) = made
            && by_own_recipe.is_whole()
        {
            *found = by_own_recipe;
            return Ok(made);
        }
    }
    Ok(made)
}

impl Engine {
    /// Makes items of the collection in `folder` again and compares their files; adds the differences to `found` and
    /// gives the number of items.
    fn compare_with(
        &self,
        folder: &Path,
        found: &mut Verification,
        sample: SampleSize,
        observer: &dyn Observer,
    ) -> Result<u64, Error> {
        found.add(other_origins(self.project(), self.art(), &self.recipe, &found.header));
        let path = folder.join(names::PLAN);
        let folder =
            open_place(folder).map_err(|error| VerifyError::from(PathIo::on("open", folder)(error)))?;
        // A link or a folder was reported when the files were verified.
        if !folder.is_file(names::PLAN) {
            return Ok(0);
        }
        let count = u32::try_from(found.items.len()).unwrap_or(u32::MAX);
        let told = |what: String| FileProblem::new(names::PLAN, ProblemKind::Plan, what);
        let read = Plan::read_opened(folder.read(names::PLAN), &path, self.project(), Some(count));
        let plan = match read.and_then(|plan| plan.checked(&path, self.project(), Some(count))) {
            Ok(plan) => plan,
            Err(error) => {
                found.add([told(format!("it cannot be made with this project: {error}"))]);
                return Ok(0);
            }
        };
        let other = other_plan(self.project(), &plan, found);
        found.add(other.map(told));
        let told = told_project(self.project(), &found.header);
        let texts = MetadataTexts::new(&told);
        let comparison = Comparison::new(&folder, found);
        let pressed = match sample {
            SampleSize::Count(count) if u64::from(count.get()) < plan.len() as u64 => {
                let (mut metadata, count) = (Vec::new(), count.get() as usize);
                for number in 0..count {
                    let index = number * (plan.len() - 1) / (count - 1).max(1);
                    let pictures = self.render_sizes(&plan.item(index))?;
                    let pictures: Vec<&[u8]> = pictures.iter().map(Vec::as_slice).collect();
                    metadata.clear();
                    texts.write_item(&plan, index, &mut metadata);
                    comparison.item(plan.edition(index), &pictures, &metadata);
                    observer.items(number as u64 + 1, count as u64);
                }
                count as u64
            }
            _ => {
                let sink = |item: FinishedItem<'_>| -> Result<(), SinkError> {
                    let mut metadata = Vec::new();
                    texts.write_item(&plan, item.index, &mut metadata);
                    let pictures: Vec<&[u8]> =
                        std::iter::once(item.picture).chain(item.more.iter().copied()).collect();
                    comparison.item(item.edition, &pictures, &metadata);
                    Ok(())
                };
                self.press_into(&plan, &sink, observer)?.items
            }
        };
        for name in whole_files(&told.metadata) {
            comparison.whole(name, |out| write_whole(name, &told, &plan, out));
        }
        let problems = into_inner(comparison.problems);
        found.add(problems);
        Ok(pressed)
    }
}

/// The project with what the collection's metadata was made by.
fn told_project(project: &Project, header: &RunHeader) -> Project {
    let mut project = project.clone();
    header.set_output(&mut project);
    match &header.metadata {
        Some(told) => told.apply(&mut project),
        None => project.metadata = MetadataSettings::default(),
    }
    project
}

/// How what a collection was made from differs from this project.
fn other_origins(project: &Project, art: &Art, recipe: &Recipe, header: &RunHeader) -> Vec<FileProblem> {
    let mut problems = Vec::new();
    let mut report = |kind, what| problems.push(FileProblem::new(names::MANIFEST, kind, what));
    if header.configuration != project.configuration_digest() {
        let changes = changed_parts(header, project, &[]);
        let what = match list(&changes) {
            changes if changes.is_empty() => String::new(),
            changes => format!(": {changes}"),
        };
        report(
            ProblemKind::Configuration,
            format!("the collection was made with another configuration{what}"),
        );
    }
    if header.art != art.digest() {
        report(ProblemKind::Art, "the collection was made with other art".to_owned());
    }
    // Standards and names are those that were asked for, as the effort is.
    let mut ours = MetadataInputs::of(project);
    let told = header
        .metadata
        .clone()
        .unwrap_or_else(|| MetadataInputs { settings: MetadataSettings::default(), ..ours.clone() });
    ours.settings.standards.clone_from(&told.settings.standards);
    ours.settings.file_name.clone_from(&told.settings.file_name);
    if ours != told {
        let what = format!("the metadata was made with other settings: {}", ours.differing(&told));
        report(ProblemKind::Metadata, what);
    }
    let ours = serde_json::to_value(recipe).expect("a recipe always serializes");
    if ours != header.recipe {
        let keys = |value: &Value| -> BTreeSet<String> {
            value.as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default()
        };
        let differ = |key: &&String| ours.get(key.as_str()) != header.recipe.get(key.as_str());
        let all: BTreeSet<String> = keys(&ours).union(&keys(&header.recipe)).cloned().collect();
        let differing: Vec<&str> = all.iter().filter(differ).map(String::as_str).collect();
        // Names of ours only: others may be anything.
        let known = differing.iter().copied().filter(|key| ours.get(key).is_some());
        let known = known.collect::<Vec<_>>().join(", ");
        let which =
            if known.is_empty() { "has additional parts".to_owned() } else { format!("has another {known}") };
        let what = format!("the recipe of the collection {which}");
        report(ProblemKind::Recipe, what);
    }
    problems
}

/// How a plan differs from the one that the manifest lists.
fn other_plan(project: &Project, plan: &Plan, found: &Verification) -> Option<String> {
    let header = &found.header;
    if !plan.sorted_editions().into_iter().eq(found.items.iter().map(|item| item.edition)) {
        return Some("its items have other numbers than in the manifest".to_owned());
    }
    if plan.seed() != header.seed || plan.start() != header.start {
        return Some("its seed or start differs from the manifest".to_owned());
    }
    let same = plan.digest(project) == header.plan;
    (!same).then(|| "it differs from the plan in the manifest, as this project would write it".to_owned())
}

/// Compares files of a folder with what was made again.
struct Comparison<'a> {
    folder: &'a Folder,
    found: &'a Verification,
    /// Whether images and metadata are in folders of their own, and not behind links.
    is_open: [bool; 2],
    buffers: Pool<Vec<u8>>,
    problems: Mutex<Vec<FileProblem>>,
}

impl<'a> Comparison<'a> {
    fn new(folder: &'a Folder, found: &'a Verification) -> Self {
        let is_open = [names::IMAGES, names::JSON].map(|name| folder.is_folder(name));
        let buffers = Pool::new(&Account::new(true));
        Self { folder, found, is_open, buffers, problems: Mutex::default() }
    }

    fn report(&self, name: &str, kind: ProblemKind, what: String) {
        let mut problems = lock(&self.problems);
        problems.push(FileProblem::new(name, kind, what));
    }

    /// Compares the files of an item; one that is not listed was reported with the plan.
    fn item(&self, edition: u32, pictures: &[&[u8]], metadata: &[u8]) {
        if self.found.items.binary_search_by_key(&edition, |item| item.edition).is_err() {
            return;
        }
        let [images, json] = self.is_open;
        let pictures = self.found.stems.images(edition).zip(pictures.iter().copied()).filter(|_| images);
        let document = (self.found.stems.metadata(edition), metadata);
        for (name, bytes) in pictures.chain(Some(document).filter(|(_, bytes)| json && !bytes.is_empty())) {
            match self.buffers.with(|buffer| differs(self.folder, &name, bytes, buffer)) {
                Ok(None) => {}
                Ok(Some(what)) => self.report(&name, ProblemKind::Pressed, what),
                Err((kind, what)) => self.report(&name, kind, what),
            }
        }
    }

    /// Compares a file of the whole collection with what `write` writes.
    fn whole(&self, name: &str, write: impl FnOnce(&mut Same<BufReader<OpenFile>>) -> io::Result<()>) {
        if (name.starts_with(names::JSON) && !self.is_open[1]) || !self.folder.is_file(name) {
            return;
        }
        let compared = self.folder.read(name).and_then(|file| {
            let mut same = Same { file: BufReader::with_capacity(1 << 16, file), at: 0, piece: Vec::new() };
            write(&mut same)?;
            same.end()
        });
        match compared {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                self.report(name, ProblemKind::Pressed, error.to_string());
            }
            Err(error) => {
                let what = format!("it cannot be read: {error}");
                self.report(name, ProblemKind::Unreadable, what);
            }
        }
    }
}

/// Takes only what a file holds; anything else is an error of invalid data.
struct Same<R> {
    file: R,
    at: u64,
    piece: Vec<u8>,
}

impl<R: Read> Same<R> {
    fn differs(&self) -> io::Error {
        let what = format!("the project makes other bytes, starting at byte {}", self.at);
        io::Error::new(io::ErrorKind::InvalidData, what)
    }

    /// Nothing may be left.
    fn end(mut self) -> io::Result<()> {
        if self.file.read(&mut [0])? == 0 { Ok(()) } else { Err(self.differs()) }
    }
}

impl<R: Read> Write for Same<R> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.resize(bytes.len(), 0);
        match self.file.read_exact(&mut self.piece) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(self.differs()),
            other => other?,
        }
        if let Some(first) = self.piece.iter().zip(bytes).position(|(a, b)| a != b) {
            self.at += first as u64;
            return Err(self.differs());
        }
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

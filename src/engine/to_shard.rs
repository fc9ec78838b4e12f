//! Pressing one shard of a plan: the files of its items, and then its manifest.
//!
//! A shard needs its own items, and of the whole plan the digest. The first shard also has what belongs to the whole
//! collection: the plan itself, and the digests of the files that describe all items. With them, the collection's digest
//! follows from the manifests of the shards alone.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::engine::facade::Engine;
use crate::engine::ones::check_plan;
use crate::engine::to_folder::FolderOptions;
use crate::error::{Cancelled, Error, PathIo};
use crate::files::{Digest, Folder, TemporaryFolder, write_file};
use crate::output::{
    ArchiveFile, Contents, FolderShard, Hashing, Labels, MetadataInputs, Record, RunHeader, Shard,
    ShardError, ShardFolder, ShardForm, ShardHead, ShardManifest, ShardSink, ShardState, Stems, TarShard,
    WholeFile, WritePlan, check_layout, check_shards, finished, manifest_path, names, send_shard,
    shard_plan_path as plan_path, whole_files, write_manifest, write_whole,
};
use crate::plan::{Plan, PlanRows};
use crate::project::{Layout, Project};
use crate::store::{Created, StoreError};
use crate::telemetry::{Observer, Stats, Stopwatch};

/// Which shard is made, and in which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShardOptions {
    /// The shard.
    pub shard: Shard,
    /// What it is.
    pub form: ShardForm,
    /// The names of its files: those of the collection, or, in a tar, [`Layout::Webdataset`], with a label beside each picture.
    /// [`Layout::Objects`] is for a store and the form of a folder: each file is an object.
    pub names: Layout,
    /// Whether to make it again if it is there.
    pub replace: bool,
    /// Whether to take SHA-256 of each image.
    pub provenance: bool,
}

impl ShardOptions {
    /// One tar, with the names of the collection.
    #[must_use]
    pub fn new(shard: Shard) -> Self {
        Self { shard, form: ShardForm::default(), names: Layout::Flat, replace: false, provenance: false }
    }
}

/// A shard that is there.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ShardDone {
    /// Its file or folder.
    pub path: PathBuf,
    /// How many items it has.
    pub items: u64,
    /// What was done; none if it was there already.
    pub stats: Option<Stats>,
}

/// The whole plan of which a shard is a part.
pub trait WholePlan {
    /// How many items it has.
    fn items(&self) -> u64;

    /// Its seed, and the edition that it counts from.
    fn seed_and_start(&self) -> (Option<u64>, u32);

    /// Length and digest of its file.
    ///
    /// # Errors
    /// If it cannot be read.
    fn contents(&self, project: &Project) -> Result<(u64, Digest), Error>;

    /// Some of its items, in the order of their editions.
    ///
    /// # Errors
    /// If they cannot be read, or are none of the project.
    fn part(&self, project: &Project, range: std::ops::Range<u64>) -> Result<Plan, Error>;

    /// Writes its file.
    ///
    /// # Errors
    /// If it cannot be read or written.
    fn write(&self, project: &Project, out: &mut dyn Write) -> io::Result<()>;

    /// Writes a file that describes all items.
    ///
    /// # Errors
    /// If it cannot be read or written.
    fn write_whole(&self, name: &str, project: &Project, out: &mut dyn Write) -> io::Result<()>;
}

impl WholePlan for Plan {
    fn items(&self) -> u64 {
        self.len() as u64
    }

    fn seed_and_start(&self) -> (Option<u64>, u32) {
        (self.seed(), self.start())
    }

    fn contents(&self, project: &Project) -> Result<(u64, Digest), Error> {
        let mut out = io::BufWriter::with_capacity(1 << 16, Hashing::new(io::sink()));
        Self::write(self, project, &mut out).expect("a hasher takes every byte");
        let written = out.into_inner().expect("a hasher takes every byte").written();
        Ok((written.bytes, written.digest.into()))
    }

    fn part(&self, _: &Project, range: std::ops::Range<u64>) -> Result<Plan, Error> {
        let range =
            u32::try_from(range.start).unwrap_or(u32::MAX)..u32::try_from(range.end).unwrap_or(u32::MAX);
        Ok(self.by_edition().pick(&range.collect::<Vec<u32>>()))
    }

    fn write(&self, project: &Project, mut out: &mut dyn Write) -> io::Result<()> {
        Self::write(self, project, &mut out)
    }

    fn write_whole(&self, name: &str, project: &Project, mut out: &mut dyn Write) -> io::Result<()> {
        write_whole(name, project, self, &mut out)
    }
}

impl WholePlan for PlanRows {
    fn items(&self) -> u64 {
        Self::items(self)
    }

    fn seed_and_start(&self) -> (Option<u64>, u32) {
        Self::seed_and_start(self)
    }

    fn contents(&self, _: &Project) -> Result<(u64, Digest), Error> {
        Ok(Self::contents(self))
    }

    fn part(&self, project: &Project, range: std::ops::Range<u64>) -> Result<Plan, Error> {
        Ok(Self::part(self, project, range)?)
    }

    fn write(&self, project: &Project, mut out: &mut dyn Write) -> io::Result<()> {
        Self::write(self, project, &mut out)
    }

    fn write_whole(&self, name: &str, project: &Project, mut out: &mut dyn Write) -> io::Result<()> {
        let plan = Self::part(self, project, 0..Self::items(self)).map_err(io::Error::other)?;
        write_whole(name, project, &plan, &mut out)
    }
}

impl Engine {
    /// Makes a shard of `whole` in `folder`, unless it is there: its file or folder, and its manifest. The folder can be
    /// the address of a store, `s3://bucket/prefix`: then the shard is made in a temporary folder first.
    ///
    /// # Errors
    /// If a shard of another run is there, another process writes this one, or files cannot be written; with
    /// [`Cancelled`](crate::error::Cancelled) if the observer stops it. Nothing of the shard is left then.
    pub fn press_shard(
        &self,
        whole: &dyn WholePlan,
        folder: &Path,
        options: ShardOptions,
        observer: &dyn Observer,
    ) -> Result<ShardDone, Error> {
        let start = Stopwatch::start();
        let ShardOptions { shard, form, names, .. } = options;
        let project = self.project();
        let at = ShardFolder::at(folder)?;
        check_form(&at, form, names)?;
        if let ShardFolder::Disk(folder) = &at {
            check_shards(folder, project)?;
        }
        let range = shard.range(whole.items());
        let contents = whole.contents(project)?;
        let (seed, first) = whole.seed_and_start();
        let run = RunHeader { seed, start: first, count: whole.items(), plan: contents.1, ..self.origins() };
        let head = ShardHead {
            shard,
            form,
            names,
            items: range.end - range.start,
            editions: None,
            documents: names::has_json(&project.metadata),
            sha256: options.provenance,
            file: None,
        };
        let format = ShardManifest::FORMAT.to_owned();
        let manifest =
            ShardManifest { format, shard: head, run, texts: MetadataInputs::of(project), whole: Vec::new() };
        let path = at.file(&manifest.shard);
        let items = manifest.shard.items;
        if !options.replace && matches!(at.look(&manifest)?, ShardState::There) {
            return Ok(ShardDone { path, items, stats: None });
        }
        let ShardFolder::Store(store) = at else {
            return self.press_shard_on_disk(whole, folder, (options, manifest, contents), observer, &start);
        };
        let made = TemporaryFolder::new().map_err(ShardError::from)?;
        let done =
            self.press_shard_on_disk(whole, made.path(), (options, manifest, contents), observer, &start)?;
        let goes_on = || !observer.is_cancelled();
        let sending = Instant::now();
        let stats = match send_shard(made.path(), shard, &store, options.replace, &goes_on) {
            Ok(Created::Now) => done.stats.map(|mut stats| {
                stats.stages.write += sending.elapsed().as_secs_f64();
                stats.timed(&start);
                stats
            }),
            Ok(Created::Before) => None,
            Err(ShardError::Store(StoreError::Stopped)) => {
                return Err(Cancelled { done: items, total: items }.into());
            }
            Err(error) => return Err(error.into()),
        };
        Ok(ShardDone { path, items, stats })
    }

    /// Makes the shard of `manifest` in a folder.
    fn press_shard_on_disk(
        &self,
        whole: &dyn WholePlan,
        folder: &Path,
        (options, mut manifest, contents): (ShardOptions, ShardManifest, (u64, Digest)),
        observer: &dyn Observer,
        start: &Stopwatch,
    ) -> Result<ShardDone, Error> {
        let ShardOptions { shard, form, names, .. } = options;
        let project = self.project();
        let (path, items) = (form.path(folder, shard), manifest.shard.items);
        let webdataset = names == Layout::Webdataset;
        let part = whole.part(project, shard.range(whole.items()))?;
        check_plan(project, &part)?;
        if form == ShardForm::Folder {
            check_layout(project, part.len())?;
        }
        std::fs::create_dir_all(folder).map_err(PathIo::on("create", folder)).map_err(ShardError::from)?;
        let open = Folder::open(folder).map_err(PathIo::on("open", folder)).map_err(ShardError::from)?;
        let stems = Stems::of(project, &part);
        let editions: Vec<u32> = (0..part.len()).map(|index| part.edition(index)).collect();
        manifest.shard.editions =
            editions.first().copied().zip(editions.last().copied()).map(|(a, b)| [a, b]);
        let labels = webdataset.then_some(Labels { project, plan: &part });
        let has_plan = shard.number() == 0;
        let mut write_plan = |out: &mut dyn Write| whole.write(project, out);
        let sink: Box<dyn ShardSink + '_> = match form {
            ShardForm::Pool => {
                return self.press_pool_shard((whole, &part, contents), folder, manifest, observer, start);
            }
            ShardForm::Folder => {
                let plan = has_plan.then_some(&mut write_plan as WritePlan<'_>);
                let documents = manifest.shard.documents;
                Box::new(FolderShard::begin(&path, stems.clone(), documents, options.provenance, plan)?)
            }
            _ => {
                let plan = has_plan.then_some((contents.0, &mut write_plan as WritePlan<'_>));
                let files = (stems.clone(), editions);
                Box::new(TarShard::begin(Arc::new(open), &path, files, labels, options.provenance, plan)?)
            }
        };
        let began = start.elapsed();
        let mut stats = Stats::default();
        if !part.is_empty() {
            let (pressed, checksums) = self.press_checked(&part, 0, &*sink, observer)?;
            stats = pressed;
            self.add_equal_items(&mut stats, &part, checksums, observer)?;
        }
        let pressed = Instant::now();
        if has_plan {
            manifest.whole = self.whole_files(whole, contents, form)?;
        }
        let at = manifest_path(folder, shard);
        remove_if_there(&at)?;
        let (records, file) = sink.complete()?;
        manifest.shard.file = file.map(Contents::from);
        let label_bytes = |edition: u32| labels.map_or(0, |labels| labels.of(edition).len() as u64);
        let label = webdataset.then_some(&label_bytes as &dyn Fn(u32) -> u64);
        finish_shard(&at, &manifest, records, &stems, label)?;
        stats.stages.write += (began + pressed.elapsed()).as_secs_f64();
        stats.timed(start);
        Ok(ShardDone { path, items, stats: Some(stats) })
    }

    /// Makes a shard that is a pool: a collection of its own, of its part of the plan. The first has the whole plan beside it.
    fn press_pool_shard(
        &self,
        (whole, part, contents): (&dyn WholePlan, &Plan, (u64, Digest)),
        folder: &Path,
        mut manifest: ShardManifest,
        observer: &dyn Observer,
        start: &Stopwatch,
    ) -> Result<ShardDone, Error> {
        let shard = manifest.shard.shard;
        let (at, path) = (manifest_path(folder, shard), manifest.shard.form.path(folder, shard));
        remove_if_there(&at)?;
        if shard.number() == 0 {
            manifest.whole = self.whole_files(whole, contents, manifest.shard.form)?;
        }
        let options =
            FolderOptions { replace: true, provenance: manifest.shard.sha256, ..FolderOptions::default() };
        let file = ArchiveFile::begin(&path)?;
        let pressed = self.press_to_pool(part, (file, &path), options, observer)?;
        if shard.number() == 0 {
            let plan = plan_path(folder, shard);
            write_file(&plan, true, |out| whole.write(self.project(), out))
                .map_err(PathIo::on("write", &plan))
                .map_err(ShardError::from)?;
        }
        // The pool lists the files of its items as this manifest does.
        let (_, listing) = finished(&path)?;
        let fail = PathIo::on("read", &path);
        let mut hasher = blake3::Hasher::new();
        let read = File::open(&path).and_then(|file| hasher.update_reader(file).map(drop));
        read.map_err(fail).map_err(ShardError::from)?;
        let bytes = hasher.count();
        manifest.shard.file = Some(Contents { bytes, blake3: (*hasher.finalize().as_bytes()).into() });
        finish_shard(&at, &manifest, listing.items, &listing.stems, None)?;
        let mut stats = pressed.stats;
        stats.timed(start);
        Ok(ShardDone { path, items: manifest.shard.items, stats: Some(stats) })
    }

    /// What the whole collection has beside the files of items. Those that describe all items are not kept: they follow from the
    /// plan.
    fn whole_files(
        &self,
        whole: &dyn WholePlan,
        (bytes, blake3): (u64, Digest),
        form: ShardForm,
    ) -> Result<Vec<WholeFile>, Error> {
        let project = self.project();
        let mut files = Vec::new();
        for name in whole_files(&project.metadata) {
            let mut out = io::BufWriter::with_capacity(1 << 16, Hashing::new(io::sink()));
            let made = whole.write_whole(name, project, &mut out).and_then(|()| out.flush());
            made.map_err(PathIo::on("make", name)).map_err(ShardError::from)?;
            let written = out.get_ref().written();
            files.push(WholeFile { name: name.to_owned(), contents: written.into(), offset: None });
        }
        // The first file of a tar, behind its header.
        let offset = (form == ShardForm::Tar).then_some(512);
        let contents = Contents { bytes, blake3 };
        files.push(WholeFile { name: names::PLAN.to_owned(), contents, offset });
        Ok(files)
    }
}

/// Refuses a form that a store cannot have, or a disk.
fn check_form(at: &ShardFolder, form: ShardForm, names: Layout) -> Result<(), StoreError> {
    let unfit =
        |what: &'static str, remedy: &'static str| Err(StoreError::Unfit { path: at.path(), what, remedy });
    match (at, form, names) {
        (ShardFolder::Disk(_), _, Layout::Objects) => unfit(
            "the layout objects is for stores: on a disk its files are those of a folder",
            "give an address such as s3://bucket/prefix/, or the form folder",
        ),
        (ShardFolder::Store(_), ShardForm::Folder, Layout::Flat) => {
            unfit("a store has no folders", "choose the form tar or pool, or the layout objects")
        }
        (_, ShardForm::Folder | ShardForm::Pool, Layout::Webdataset)
        | (_, ShardForm::Tar | ShardForm::Pool, Layout::Objects) => {
            unfit("this form of a shard cannot have this layout", "choose another")
        }
        _ => Ok(()),
    }
}

/// Removes the manifest of an earlier shard: what is there under its name describes another file from here on.
fn remove_if_there(manifest: &Path) -> Result<(), ShardError> {
    match std::fs::remove_file(manifest) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(PathIo::on("remove", manifest)(error).into())
        }
        _ => Ok(()),
    }
}

/// Writes the manifest of a shard, with which it is there. Another process may have made the same shard meanwhile: the bytes are
/// the same.
fn finish_shard(
    at: &Path,
    manifest: &ShardManifest,
    records: Vec<Record>,
    stems: &Stems,
    label: Option<&dyn Fn(u32) -> u64>,
) -> Result<(), ShardError> {
    let written = write_file(at, true, |out| {
        write_manifest(out, manifest, records.into_iter(), stems, label).map(drop)
    });
    Ok(written.map_err(PathIo::on("write", at))?)
}

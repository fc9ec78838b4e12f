//! Pressing a plan into a pool.
//!
//! A pool takes the spans of pictures in place of their files. The files are made all the same, and not written, for the
//! manifest lists their digests; where digests are left for later, nothing is joined at all.

use std::path::Path;
use std::time::Instant;

use sha2::Digest as _;

use crate::engine::continued::{ContinuedRun, RecipeSource, plan_of_run};
use crate::engine::encoding::Encoding;
use crate::engine::facade::Engine;
use crate::engine::options::{PressOptions, RunOptions};
use crate::engine::output::{Output, Outputs};
use crate::engine::performance::Performance;
use crate::engine::pipeline::{Pipeline, PreparedItem, Pressing};
use crate::engine::press::Pressed;
use crate::engine::presser::Prepared;
use crate::engine::resume::check_reading;
use crate::engine::resume_error::ResumeError;
use crate::engine::to_folder::FolderOptions;
use crate::error::{Error, Explain, Explanation, Remedy};
use crate::files::Digest;
use crate::output::{
    ArchiveFile, Archived, Collection, PoolItem, PoolPicture, PoolSink, Record, RunHeader, Stems, Written,
    check_archive, finished, sink_failed, written,
};
use crate::plan::Plan;
use crate::pool::PoolSize;
use crate::project::Project;
use crate::telemetry::{EncodingMode, Observer, Stage, Stopwatch};

/// Why a finished folder cannot become a pool.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum PoolOfFolderError {
    /// The project makes other files than those in the folder.
    Differs,
    /// Pictures of the art have changed since.
    Art {
        /// Which.
        what: String,
    },
}

impl Explain for PoolOfFolderError {
    fn explain(&self) -> Explanation<'_> {
        match self {
            Self::Differs => Explanation::mismatch(
                "the project makes other files than those in the folder, so nothing was written",
            )
            .remedy(Remedy::VerifyProject),
            Self::Art { what } => Explanation::mismatch(format!(
                "the art changed since the folder was written, so nothing was written: {what}"
            ))
            .remedy(Remedy::UndoChanges),
        }
    }
}

/// Makes the collection in `folder` into the pool `out`: items are made again from `project`, and the pool gets its name
/// only if all files are the same.
///
/// # Errors
/// If there is no finished collection, the project makes other files, something is at `out` that the options do not
/// replace, or the observer stopped it. Then nothing is written.
pub fn pool_of_folder(
    project: &Project,
    folder: &Path,
    out: &Path,
    (performance, options): (Performance, FolderOptions),
    observer: &dyn Observer,
) -> Result<Pressed, Error> {
    let (_, listing) = finished(folder)?;
    let header = listing.header;
    check_reading(&header)?;
    check_archive(out, project, options.replace)?;
    let mut project = project.clone();
    header.set_output(&mut project);
    if let Some(metadata) = &header.metadata {
        metadata.apply(&mut project);
    }
    let plan = plan_of_run(&header, &project, folder)?;
    let recipe = RecipeSource::SameRun(Box::new(header.clone()));
    let press = PressOptions::new()
        .with_encoding(Encoding::of_run(&header))
        .with_performance(performance)
        .with_run(RunOptions::new().with_recipe(recipe));
    let engine = Engine::new(project, press).map_err(|error| match error.downcast_ref() {
        Some(ResumeError::Art { what }) => PoolOfFolderError::Art { what: what.clone() }.into(),
        _ => error,
    })?;
    let file = ArchiveFile::begin(out)?;
    let options = options.with_provenance(listing.has_sha256);
    engine.press_as(&plan, (file, out), (header, Some(listing.collection)), options, observer)
}

impl Engine {
    /// Makes every item of `plan` into the pool `file`.
    pub(crate) fn press_to_pool(
        &self,
        plan: &Plan,
        place: (ArchiveFile, &Path),
        options: FolderOptions,
        observer: &dyn Observer,
    ) -> Result<Pressed, Error> {
        let header = RunHeader { of: options.first_of, ..self.header(plan) };
        self.press_as(plan, place, (header, None), options, observer)
    }

    /// Makes the changed items of a collection in a pool, which is written again as a whole. Spans are shared by items, so
    /// there is no part of it that could stay as it is.
    pub(crate) fn press_run_to_pool(
        &self,
        run: &ContinuedRun,
        options: FolderOptions,
        observer: &dyn Observer,
    ) -> Result<Pressed, Error> {
        let provenance = options.provenance || run.edit.is_some_and(|edit| edit.provenance);
        let options = FolderOptions { replace: true, provenance, ..options };
        let file = ArchiveFile::begin(&run.folder)?;
        self.press_to_pool(run.plan(), (file, &run.folder), options, observer)
    }

    /// The same of a run with this header; the collection must have the digest that is given, if one is.
    fn press_as(
        &self,
        plan: &Plan,
        (file, path): (ArchiveFile, &Path),
        (header, expected): (RunHeader, Option<Digest>),
        options: FolderOptions,
        observer: &dyn Observer,
    ) -> Result<Pressed, Error> {
        let start = Stopwatch::start();
        self.check_before_writing(plan)?;
        let ordered = plan.by_edition();
        let sink = PoolSink::begin(
            file.file()?,
            path.display().to_string(),
            (self.project(), &ordered),
            header,
            self.pool_sizes(plan),
            (options.provenance, options.digests_later),
        )?;
        let began = start.elapsed();
        let pipeline = Pipeline { pool: Some(&sink), ..self.pipeline() };
        let (mut stats, checksums) = self.press_with(pipeline, &ordered, 0, &sink, observer)?;
        let pressed = Instant::now();
        self.add_equal_items(&mut stats, plan, checksums, observer)?;
        let Archived { digest, provenance } = sink.finish(self.project(), plan, &ordered)?;
        if expected.is_some_and(|expected| expected != digest) {
            return Err(PoolOfFolderError::Differs.into());
        }
        let collection = Collection { folder: file.finish(options.replace)?, digest, provenance };
        stats.stages.write += (began + pressed.elapsed()).as_secs_f64();
        stats.timed(&start);
        Ok(Pressed { collection, stats })
    }

    /// The sizes of the pictures, with the encoder of their spans.
    fn pool_sizes(&self, plan: &Plan) -> Vec<PoolSize> {
        let stems = Stems::of(self.project(), plan);
        let size = |(number, Output { presser, .. }): (usize, &Output)| PoolSize {
            folder: stems.folder(number),
            extension: stems.format().extension().to_owned(),
            size: presser.encoder().format().size,
            encoder: (presser.mode() == EncodingMode::Spans).then(|| presser.encoder().clone()),
        };
        self.outputs.each().enumerate().map(size).collect()
    }
}

impl Pressing<'_> {
    /// Hands the spans of an item's pictures to a pool, and the digests of their files.
    pub(super) fn write_to_pool(&self, item: &PreparedItem, pool: &PoolSink) -> Result<(), Error> {
        let Pipeline { project, outputs, telemetry, .. } = self.pipeline;
        let Outputs { first, more } = outputs;
        let index = item.first.index;
        let (edition, one) = (self.plan.edition(index), self.plan.one(index));
        let mut pictures = Vec::with_capacity(1 + more.len());
        let mut digests: Vec<Written> = Vec::new();
        let mut sha256 = None;
        let mut bytes = 0;
        first.presser.with_files(1, |files| {
            let file = &mut files[0];
            for (number, output) in outputs.each().enumerate() {
                let Output { presser, ones } = output;
                let prepared = match number {
                    0 => Some(&item.first),
                    _ => item.more.get(number - 1),
                };
                let spans = prepared.filter(|_| one.is_none()).and_then(Prepared::spans);
                if let Some(spans) = spans.filter(|spans| presser.encoder().surely_joins(spans)) {
                    if number == self.compared {
                        self.checksums.add_sum(edition, presser.encoder().checksum_of(&spans));
                    }
                    if pool.needs_files() {
                        let prepared = prepared.expect("it has spans");
                        let len = presser.write_picture(prepared, self.plan.traits(index), file)?;
                        if number == 0 && pool.needs_provenance() {
                            sha256 = Some(Box::new(sha2::Sha256::digest(&file[..len]).into()));
                        }
                        digests.push(written(&file[..len]));
                        bytes += len as u64;
                    }
                    pictures.push(PoolPicture::Spans(spans));
                    continue;
                }
                let len = match (one, prepared) {
                    (Some(one), _) => {
                        *file = ones.encode(project, one)?;
                        file.len()
                    }
                    (None, prepared) => {
                        let prepared = prepared.expect("an item is prepared in every size");
                        presser.write_picture(prepared, self.plan.traits(index), file)?
                    }
                };
                let picture = &file[..len];
                if one.is_none() && number == self.compared {
                    self.checksums.add(edition, project.picture_format, picture);
                }
                if number == 0 && pool.needs_provenance() {
                    sha256 = Some(Box::new(sha2::Sha256::digest(picture).into()));
                }
                digests.push(written(picture));
                bytes += len as u64;
                pictures.push(PoolPicture::Whole(picture.to_vec()));
            }
            Ok::<_, Error>(())
        })?;
        telemetry.stages.time(Stage::Write, || {
            let mut metadata = Vec::new();
            self.texts.write_item(self.plan, index, &mut metadata);
            let record = pool.needs_files().then(|| {
                let document = if metadata.is_empty() { Written::NOTHING } else { written(&metadata) };
                let image = digests.remove(0);
                Record { edition, image, more: std::mem::take(&mut digests), metadata: document, sha256 }
            });
            let item = PoolItem { edition, pictures, metadata, record };
            pool.take(index, item).map_err(sink_failed)
        })?;
        self.count(bytes);
        Ok(())
    }
}

//! Metadata written again: another address of the pictures, name or standard, and no picture is touched.
//!
//! `source` finds the settings without the project, `swap` takes the new files over so that a stop at any moment
//! leaves a collection that is the old one, or that the same command makes the new one.

mod error;
mod source;
mod swap;

pub use error::RewriteError;

use std::fs::{File, TryLockError};
use std::io::{self, BufWriter};
use std::path::Path;

use crate::output::is_unfinished;

use crate::error::{Cancelled, Error, PathIo, Remedy};
use crate::files::Folder;
use crate::finished::listed;
use crate::output::{
    Collection, Hashing, Listing, MetadataInputs, MetadataTexts, Parts, Record, Stems, Written,
    check_metadata, hashing, listing, look_for_collection, manifest, names, whole_files, write_whole,
};
use crate::plan::Plan;
use crate::project::{Project, ProjectError, Standard};
use crate::telemetry::Observer;

/// What is to be otherwise; everything else stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MetadataChanges {
    /// The standards to write.
    pub standards: Option<Vec<Standard>>,
    /// What addresses of pictures begin with.
    pub base_uri: Option<String>,
    /// The collection's name.
    pub name: Option<String>,
    /// Text for every item.
    pub description: Option<String>,
}

/// Writes the metadata of the finished collection in `folder` again: as `project` says now, if it is given, else as it was
/// written; with `changes`.
///
/// Pictures and plan stay as they are, and so do their digests; manifest and collection digest are new. All files are
/// written under temporary names before the first takes its place, and the manifest does so last.
///
/// # Errors
/// If there is no such collection, the project cannot have made its plan, a standard does not allow what would be
/// written, or files cannot be written. A run that was stopped is finished by the next. If `observer` stops it before
/// the first file takes its place, that is [`Cancelled`] and nothing has changed.
pub fn rewrite_metadata(
    folder: &Path,
    project: Option<&Project>,
    changes: &MetadataChanges,
    observer: &dyn Observer,
) -> Result<Collection, Error> {
    let path = folder;
    let folder = &look_for_collection(path).map_err(RewriteError::from)?;
    for name in [names::JSON, names::WORK] {
        swap::refuse_link(folder, name)?;
    }
    let manifest_path = folder.join(names::MANIFEST);
    let lock = folder.read(names::MANIFEST).map_err(PathIo::on("read", &manifest_path))?;
    if matches!(lock.try_lock(), Err(TryLockError::WouldBlock)) {
        return Err(RewriteError::InUse(path.to_owned()).into());
    }
    if is_unfinished(folder) {
        swap::take_over(folder)?;
        // The manifest is another file now.
        drop(lock);
        return rewrite_metadata(path, project, changes, observer);
    }
    swap::clear_work(folder)?;
    let listing = listing::read(folder, names::MANIFEST).map_err(RewriteError::from)?;
    let damaged = |path: &Path, what: String| RewriteError::Damaged { path: path.to_owned(), what };
    if let Some(what) = listing.contradictions.first() {
        return Err(damaged(&manifest_path, what.clone()).into());
    }
    let plan_path = folder.join(names::PLAN);
    listed::check_plan(folder, &listing).map_err(|what| damaged(&plan_path, what))?;

    let (told_project, plan, header) = match project {
        Some(project) => {
            // Pictures stay as they are called.
            let mut project = project.clone();
            project.output_size.clone_from(&listing.header.output_size);
            let told = listing.header.metadata.as_ref();
            project.metadata.file_name =
                told.map_or_else(String::new, |told| told.settings.file_name.clone());
            from_project(folder, &listing, &project, changes)?
        }
        None => from_folder(folder, &listing, changes)?,
    };
    if Stems::of(&told_project, &plan) != listing.stems {
        let what = "its pictures are not named as the plan and file_name require".to_owned();
        return Err(damaged(&manifest_path, what).into());
    }
    match project {
        Some(project) => check_metadata(&project.root.join("collection.toml"), &told_project, Some(&plan))?,
        None => check_metadata(path, &told_project, Some(&plan)).map_err(without_project)?,
    }
    if !plan.sorted_editions().into_iter().eq(listing.items.iter().map(|item| item.edition)) {
        let what = "its items have other numbers than in the manifest".to_owned();
        return Err(damaged(&plan_path, what).into());
    }

    let work = folder.make_sub(names::WORK).map_err(PathIo::on("create", &folder.join(names::WORK)))?;
    let parts = Parts::new(work);
    let Some(records) = write_documents(&parts, &told_project, &plan, &listing, observer)? else {
        swap::clear_work(folder)?;
        return Err(Cancelled { done: 0, total: plan.len() as u64 }.into());
    };
    let mut others = Vec::new();
    for name in whole_files(&told_project.metadata) {
        others.push((name, write_part(&parts, name, |out| write_whole(name, &told_project, &plan, out))?));
    }
    others.push(listing.others.last().copied().expect("the plan is listed"));
    let mut digests = None;
    write_part(&parts, names::MANIFEST, |out| {
        digests = Some(manifest::write(out, &header, records.into_iter(), &listing.stems, &others)?);
        Ok(())
    })?;
    let digests = digests.expect("the manifest was written");
    parts.begin(names::MANIFEST).take_place(folder, names::NEXT)?;
    // Some systems remove no folder that is held open.
    drop(parts);
    swap::take_over(folder)?;
    Ok(Collection { folder: path.to_owned(), digest: digests.collection, provenance: digests.provenance })
}

/// What a standard does not allow is corrected in the project, not in the folder of the collection.
fn without_project(mut error: ProjectError) -> ProjectError {
    for problem in &mut error.problems {
        problem.remedy = Remedy::InProject(Box::new(problem.remedy.clone()));
    }
    error
}

/// What makes new metadata: a project that says it, the plan, and what the manifest is to say.
type Source = (Project, Plan, manifest::RunHeader);

fn from_folder(folder: &Folder, listing: &Listing, changes: &MetadataChanges) -> Result<Source, Error> {
    let (mut project, plan) = listed::read_plan(folder, listing)?;
    let told = match &listing.header.metadata {
        Some(told) => told.clone(),
        None => source::understood(folder, listing, &project, &plan)?,
    };
    told.apply(&mut project);
    changes.apply(&mut project);
    let mut header = listing.header.clone();
    let groups = told.groups;
    header.metadata = Some(MetadataInputs { groups, ..MetadataInputs::of(&project) });
    Ok((project, plan, header))
}

fn from_project(
    folder: &Folder,
    listing: &Listing,
    given: &Project,
    changes: &MetadataChanges,
) -> Result<Source, Error> {
    let plan = listed::plan_for(folder, given)?;
    let mut header = listing.header.clone();
    // If texts are all that has changed in the project, the collection is one of this project now.
    let own = given.configuration_digest();
    let earlier = header.metadata.clone().or_else(|| {
        let mut bare = listed::project_of(folder).ok()?;
        bare.output_size.clone_from(&listing.header.output_size);
        let plan = listed::plan_for(folder, &bare).ok()?;
        source::understood(folder, listing, &bare, &plan).ok()
    });
    let mut as_it_was = given.clone();
    if let Some(earlier) = earlier {
        earlier.apply(&mut as_it_was);
    }
    if as_it_was.configuration_digest() == header.configuration {
        header.configuration = own;
        header.parts.extend(given.configuration_parts());
    }
    let mut project = given.clone();
    changes.apply(&mut project);
    let is_own = MetadataInputs { settings: given.metadata.clone(), ..MetadataInputs::of(&project) }
        == MetadataInputs::of(given);
    header.metadata =
        if is_own { MetadataInputs::kept(&project) } else { Some(MetadataInputs::of(&project)) };
    Ok((project, plan, header))
}

impl MetadataChanges {
    fn apply(&self, project: &mut Project) {
        let texts = [
            (&mut project.name, &self.name),
            (&mut project.description, &self.description),
            (&mut project.base_uri, &self.base_uri),
        ];
        for (text, change) in texts {
            text.clone_from(change.as_ref().unwrap_or(&text.clone()));
        }
        if let Some(standards) = &self.standards {
            project.metadata.standards.clone_from(standards);
        }
    }
}

/// Writes the documents of all items, and gives the items' records in the manifest's order; nothing if the observer
/// stops it.
fn write_documents(
    parts: &Parts,
    project: &Project,
    plan: &Plan,
    listing: &Listing,
    observer: &dyn Observer,
) -> Result<Option<Vec<Record>>, RewriteError> {
    let mut records = listing.items.clone();
    let texts = MetadataTexts::new(project);
    let mut document = Vec::new();
    for index in 0..plan.len() {
        if observer.is_cancelled() {
            return Ok(None);
        }
        observer.items(index as u64, plan.len() as u64);
        let edition = plan.edition(index);
        let Ok(place) = records.binary_search_by_key(&edition, |record| record.edition) else { continue };
        document.clear();
        texts.write_item(plan, index, &mut document);
        records[place].metadata = Written::NOTHING;
        if !document.is_empty() {
            let part = parts.begin(&names::metadata(edition));
            let written = io::Write::write_all(&mut part.create()?, &document);
            written.map_err(PathIo::on("write", &names::metadata(edition)))?;
            records[place].metadata = hashing::written(&document);
        }
    }
    Ok(Some(records))
}

fn write_part(
    parts: &Parts,
    name: &str,
    write: impl FnOnce(&mut BufWriter<Hashing<File>>) -> io::Result<()>,
) -> Result<Written, RewriteError> {
    let part = parts.begin(name);
    let fail = PathIo::on("write", name);
    let mut out = BufWriter::new(Hashing::new(part.create()?));
    write(&mut out).map_err(fail)?;
    let hashing = out.into_inner().map_err(|error| fail(error.into_error()))?;
    Ok(hashing.written())
}

//! Metadata written again: another address of the pictures, name or standard, and no picture is touched.
//!
//! `inputs` decides what the new metadata is made from, `source` finds the settings without the project, and `swap` moves the
//! new files into place so that a stop at any moment leaves the old collection, or one that the same command completes.

mod error;
mod in_pool;
pub(crate) mod inputs;
mod source;
mod swap;

pub use error::RewriteError;
pub use inputs::MetadataChanges;

use std::fs::{File, TryLockError};
use std::io::{self, BufWriter};
use std::path::Path;

use crate::error::{Cancelled, Error, PathIo, Remedy};
use crate::files::Folder;
use crate::finished::listed;
use crate::output::{
    Collection, Hashing, Listing, MetadataTexts, Parts, Record, RunHeader, Written, check_changeable,
    check_metadata, hashing, is_unfinished, listing, look_for_collection, manifest, names, whole_files,
    write_whole,
};
use crate::plan::Plan;
use crate::pool::is_pool;
use crate::project::{Project, ProjectError};
use crate::telemetry::Observer;

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
    check_changeable(path)?;
    if is_pool(path) {
        let listing = listing::read(folder, names::MANIFEST).map_err(RewriteError::from)?;
        let (told_project, plan, header) = checked(path, folder, &listing, project, changes)?;
        return in_pool::rewrite(path, &listing, (&told_project, &plan, &header), observer);
    }
    for name in [names::JSON, names::WORK] {
        swap::refuse_link(folder, name)?;
    }
    let manifest_path = folder.join(names::MANIFEST);
    let lock = folder.open_file(names::MANIFEST).map_err(PathIo::on("read", &manifest_path))?;
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
    let (told_project, plan, header) = checked(path, folder, &listing, project, changes)?;

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

/// What makes the new metadata of a collection whose files do not contradict each other.
fn checked(
    path: &Path,
    folder: &Folder,
    listing: &Listing,
    project: Option<&Project>,
    changes: &MetadataChanges,
) -> Result<(Project, Plan, RunHeader), Error> {
    let manifest_path = folder.join(names::MANIFEST);
    let damaged = |path: &Path, what: String| RewriteError::Damaged { path: path.to_owned(), what };
    if let Some(what) = listing.contradictions.first() {
        return Err(damaged(&manifest_path, what.clone()).into());
    }
    let plan_path = folder.join(names::PLAN);
    listed::check_plan(folder, listing).map_err(|what| damaged(&plan_path, what))?;

    let (told_project, plan, header) = inputs::of(folder, listing, project, changes)?;
    match project {
        Some(project) => {
            let file = project.root.join("collection.toml");
            check_metadata(&file, &told_project, Some(&plan)).map_err(of_finished)?;
        }
        None => check_metadata(path, &told_project, Some(&plan)).map_err(without_project)?,
    }
    if !plan.sorted_editions().into_iter().eq(listing.items.iter().map(|item| item.edition)) {
        let what = "its items have other numbers than in the manifest".to_owned();
        return Err(damaged(&plan_path, what).into());
    }
    Ok((told_project, plan, header))
}

/// What a standard does not allow is corrected in the project, not in the folder of the collection.
pub(crate) fn without_project(mut error: ProjectError) -> ProjectError {
    for problem in &mut error.problems {
        if problem.remedy != Remedy::CountFromZero {
            problem.remedy = Remedy::InProject(Box::new(problem.remedy.clone()));
        }
    }
    of_finished(error)
}

/// The items of a finished collection have their numbers, whatever the project says by now.
fn of_finished(mut error: ProjectError) -> ProjectError {
    let counted = error.problems.iter_mut().filter(|problem| problem.remedy == Remedy::CountFromZero);
    counted.for_each(|problem| problem.remedy = Remedy::SugarLayout);
    error
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
            let name = listing.stems.metadata(edition);
            let part = parts.begin(&name);
            let written = io::Write::write_all(&mut part.create()?, &document);
            written.map_err(PathIo::on("write", &name))?;
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

//! New metadata for a collection in a pool: the pool is written again with the same spans.

use std::path::Path;

use crate::error::{Cancelled, Error};
use crate::finished::pool::copy::{PoolCopy, damaged};
use crate::output::{
    Collection, Listing, MetadataTexts, RunHeader, Written, add_file, hashing, names, whole_files,
    write_whole,
};
use crate::plan::Plan;
use crate::pool::{Pool, StoredItem};
use crate::project::Project;
use crate::telemetry::Observer;

/// Writes the pool at `path` again, with the documents that `project` makes of `plan`.
pub(crate) fn rewrite(
    path: &Path,
    listing: &Listing,
    (project, plan, header): (&Project, &Plan, &RunHeader),
    observer: &dyn Observer,
) -> Result<Collection, Error> {
    let pool = &Pool::open_file(path)?;
    let texts = MetadataTexts::new(project);
    let ordered = plan.by_edition();
    let editions = ordered.sorted_editions();
    let mut copy = PoolCopy::begin(pool, path)?;
    copy.items(None, observer, |edition, item: &mut StoredItem| {
        let index = editions.binary_search(&edition);
        let place = listing.items.binary_search_by_key(&edition, |record| record.edition);
        let (Ok(index), Ok(place)) = (index, place) else {
            return Err(damaged(pool, format!("its plan or manifest has no item {edition}")));
        };
        let mut document = Vec::new();
        texts.write_item(&ordered, index, &mut document);
        let mut record = listing.items[place].clone();
        record.metadata = if document.is_empty() { Written::NOTHING } else { hashing::written(&document) };
        item.document = Some(document).filter(|document| !document.is_empty());
        Ok(record)
    })
    .map_err(|error| match error.downcast_ref::<Cancelled>() {
        Some(&Cancelled { total, .. }) => Cancelled { done: 0, total }.into(),
        None => error,
    })?;
    let (digest, provenance) = copy.finish(header, &listing.stems, |writer| {
        let mut others = Vec::new();
        for name in whole_files(&project.metadata) {
            let write = |mut out: &mut dyn std::io::Write| write_whole(name, project, &ordered, &mut out);
            others.push((name, add_file(writer, name, write)?));
        }
        others.push((names::PLAN, PoolCopy::copy_file(writer, pool, names::PLAN)?));
        Ok(others)
    })?;
    Ok(Collection { folder: path.to_owned(), digest, provenance })
}

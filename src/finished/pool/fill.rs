//! Adding the digests that a pool was written without: every picture is joined once.

use std::io;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Mutex;

use crate::error::Error;
use crate::files::Digest;
use crate::finished::pool::copy::{PoolCopy, damaged};
use crate::finished::pool::unpack::MEMORY;
use crate::output::{Record, RunHeader, Stems, Written, names, written};
use crate::pool::{Pool, PoolError, StoredItem};
use crate::telemetry::Observer;
use crate::threads::{into_inner, lock};

/// Adds the digests of its files to the pool at `path`, which then is the pool that the run would have written with them.
/// Gives the digest of the collection.
///
/// # Errors
/// If the pool has them, cannot be read or is damaged, cannot be written, or the observer stopped it; then it is as it was.
pub fn fill_pool(
    path: &Path,
    threads: Option<NonZeroUsize>,
    observer: &dyn Observer,
) -> Result<Digest, Error> {
    let pool = &Pool::open_file(path)?.with_memory(MEMORY);
    let Some(run) = pool.run() else {
        return Err(PoolError::HasDigests(pool.name().to_owned()).into());
    };
    let header: RunHeader = serde_json::from_value(run.clone())
        .map_err(|error| damaged(pool, format!("what its run was made from cannot be read: {error}")))?;
    let stems: Mutex<Vec<(u32, String)>> = Mutex::default();
    let mut copy = PoolCopy::begin(pool, path)?;
    copy.items(threads, observer, |edition, item: &mut StoredItem| {
        let digest = |number: usize| Ok(written(&pool.picture_of_size(edition, number)?));
        let mut digests =
            (0..item.pictures.len()).map(digest).collect::<Result<Vec<Written>, PoolError>>()?;
        let image = digests.remove(0);
        let metadata = item.document.as_deref().map_or(Written::NOTHING, written);
        if let Some(name) = &item.name {
            lock(&stems).push((edition, name.clone()));
        }
        Ok(Record { edition, image, more: digests, metadata, sha256: None })
    })?;
    let mut stems = into_inner(stems);
    stems.sort_unstable();
    let stems = match stems.is_empty() {
        true => Stems::default(),
        false => Stems::try_from(stems).map_err(|what| damaged(pool, what))?,
    };
    let stems = stems.of_sizes(&header.output_size).of_format(header.picture_format).of_layout(header.layout);
    let (digest, _) = copy.finish(&header, &stems, |writer| {
        let mut others = Vec::new();
        for name in pool.files() {
            let known = names::WHOLE.into_iter().chain([names::PLAN]).find(|known| *known == name);
            let known = known.ok_or(io::ErrorKind::InvalidData)?;
            others.push((known, PoolCopy::copy_file(writer, pool, name)?));
        }
        Ok(others)
    })?;
    Ok(digest)
}

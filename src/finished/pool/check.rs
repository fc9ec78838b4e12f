//! A pool that has no digests of its files: what can be said of it all the same.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;

use crate::error::{Cancelled, Error, ThreadsError};
use crate::files::Digest;
use crate::finished::pool::unpack::MEMORY;
use crate::output::{PoolFile, PoolTree};
use crate::pool::{Pool, PoolError};
use crate::telemetry::Observer;
use crate::threads::thread_count;

/// A pool whose bytes are those that were written, and whose pictures can all be joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckedPool {
    /// BLAKE3 of the pool but for its footer.
    pub digest: Digest,
    /// Its items.
    pub items: u64,
    /// The bytes of their files.
    pub bytes: u64,
}

/// Checks the pool at `path` by its own digest, and makes every file of its items.
///
/// # Errors
/// If it cannot be read or anything in it is damaged, or the observer stopped it.
pub fn check_pool(
    path: &Path,
    threads: Option<NonZeroUsize>,
    observer: &dyn Observer,
) -> Result<CheckedPool, Error> {
    let pool = Arc::new(Pool::open_file(path)?.with_memory(MEMORY));
    if !pool.has_own_digest()? {
        let what = "its bytes are not those that were written".to_owned();
        return Err(PoolError::Damaged { name: pool.name().to_owned(), what }.into());
    }
    let tree = PoolTree::new(pool.clone())?;
    let workers = rayon::ThreadPoolBuilder::new().num_threads(thread_count(threads)).build();
    let workers = workers.map_err(ThreadsError)?;
    let bytes = AtomicU64::new(0);
    let mut waiting: Vec<PoolFile> = Vec::new();
    let check = |waiting: &mut Vec<PoolFile>, done| -> Result<(), Error> {
        if observer.is_cancelled() {
            return Err(Cancelled { done, total: pool.len() }.into());
        }
        let make = |file: PoolFile| Ok::<_, PoolError>(tree.bytes(file)?.len() as u64);
        let made: Vec<Result<u64, PoolError>> =
            workers.install(|| std::mem::take(waiting).into_par_iter().map(make).collect());
        made.into_iter().try_for_each(|len| Ok::<_, PoolError>(_ = bytes.fetch_add(len?, Relaxed)))?;
        observer.items(done, pool.len());
        Ok(())
    };
    let (mut last, mut done) = (None, 0);
    tree.for_each_file(|edition, _, file| {
        if last != Some(edition) {
            (last, done) = (Some(edition), done + 1);
        }
        waiting.push(file);
        if waiting.len() >= 256 { check(&mut waiting, done) } else { Ok(()) }
    })?;
    check(&mut waiting, done)?;
    Ok(CheckedPool { digest: pool.digest(), items: pool.len(), bytes: bytes.load(Relaxed) })
}

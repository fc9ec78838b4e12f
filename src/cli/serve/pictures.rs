//! Pictures on demand within limits: a queue, a deadline, one work for equal requests, and a cache of finished files.
//!
//! A picture is made on a thread for blocking work, as many at a time as there are threads. Others wait, at most as many as the
//! queue has places; beyond that, a request is refused at once. Requests for the same file wait at one place for one work. If the
//! one that began it leaves, its work is cancelled, and the next that waits starts, from the spans that are there.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::StatusCode;
use tokio::sync::Semaphore;
use traitpress::finished;
use traitpress::plan::Item;
use traitpress::pool::Pool;
use traitpress::project::PictureFormat;
use traitpress::telemetry::CancelToken;

use crate::cli::serve::clients::Clients;
use crate::cli::serve::file_cache::{FileCache, Found, Key};
use crate::cli::serve::metrics::Metrics;
use crate::cli::serve::problem::Problem;
use crate::cli::serve::sites::Site;

/// A picture of an item.
#[derive(Clone, Debug)]
pub(crate) enum Picture {
    /// One that is made.
    Made { site: Arc<Site>, item: Item, side: u32, format: PictureFormat },
    /// One that a finished collection has, of the size with this number.
    Written { pictures: Arc<finished::Pictures>, edition: u32, size: usize },
    /// One that a pool has, of the size with this number.
    Stored { pool: Arc<Pool>, edition: u32, size: usize },
}

impl Picture {
    /// What its file depends on: the state of the project or the pool, the item, the size and the format.
    pub(crate) fn key(&self) -> Key {
        let mut hasher = blake3::Hasher::new();
        match self {
            Self::Made { site, item, side, format } => {
                hasher.update(site.state.as_bytes());
                hasher.update(&(item.one().map_or(u64::MAX, |one| one as u64)).to_le_bytes());
                for index in item.indices() {
                    hasher.update(&index.map_or(u32::MAX, |index| index as u32).to_le_bytes());
                }
                hasher.update(&side.to_le_bytes());
                hasher.update(format!("{format:?}").as_bytes());
            }
            Self::Written { pictures, edition, size } => {
                hasher.update(b"file");
                hasher.update(pictures.digest(*edition, *size).unwrap_or_default().as_bytes());
            }
            Self::Stored { pool, edition, size } => {
                hasher.update(pool.digest().as_bytes());
                hasher.update(&edition.to_le_bytes());
                hasher.update(&(*size as u64).to_le_bytes());
            }
        }
        *hasher.finalize().as_bytes()
    }

    /// Its file.
    fn file(&self, until: Instant, token: &CancelToken) -> Result<Vec<u8>, Problem> {
        match self {
            Self::Made { site, item, side, format } => {
                let request = site.engine.picture(item).with_side(*side).with_format(*format);
                Ok(request.with_deadline(until).with_cancel(token).file()?)
            }
            // 500 in place of 409: unlike art that is not read again yet, this does not go away by itself.
            Self::Written { pictures, edition, size } => pictures.read(*edition, *size).map_err(|error| {
                Problem { status: StatusCode::INTERNAL_SERVER_ERROR, ..traitpress::Error::from(error).into() }
            }),
            Self::Stored { pool, edition, size } => {
                Ok(pool.picture_of_size(*edition, *size).map_err(traitpress::Error::from)?)
            }
        }
    }
}

/// What makes pictures.
#[derive(Debug)]
pub(crate) struct Pictures {
    pub(crate) cache: FileCache,
    pub(crate) clients: Clients,
    threads: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
    deadline: Duration,
    metrics: Arc<Metrics>,
}

/// Ends the work on a picture when nobody waits for it any more.
struct Leave(CancelToken);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// A picture that is being made.
struct AtWork(Arc<Metrics>);

impl AtWork {
    fn begin(metrics: &Arc<Metrics>) -> Self {
        metrics.at_work.inc();
        Self(metrics.clone())
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.at_work.dec();
    }
}

/// A place in the queue.
struct Place<'p>(&'p Pictures);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, SeqCst);
        self.0.metrics.waiting.dec();
    }
}

impl Pictures {
    pub(crate) fn new(
        cache: FileCache,
        clients: Clients,
        threads: usize,
        queue: usize,
        deadline: Duration,
        metrics: Arc<Metrics>,
    ) -> Self {
        let threads = Arc::new(Semaphore::new(threads));
        Self { cache, clients, threads, waiting: AtomicUsize::new(0), queue, deadline, metrics }
    }

    /// The file of a picture, and whether it was there already.
    pub(crate) async fn file(
        &self,
        picture: &Picture,
        key: Key,
        client: IpAddr,
    ) -> Result<(Bytes, bool), Problem> {
        let work = match self.cache.find(&key) {
            Found::File(file) => {
                self.metrics.from_cache.inc();
                return Ok((file, true));
            }
            Found::InWork(work) => work,
        };
        let _waiting = self.clients.enter(client).inspect_err(|_| self.count_client())?;
        let until = Instant::now() + self.deadline;
        let make = work.get_or_try_init(|| async {
            let file = self.make(picture, until, client).await?;
            self.cache.keep(key, &file);
            self.metrics.cache_bytes.set(self.cache.bytes());
            Ok(file)
        });
        match tokio::time::timeout_at(until.into(), make).await {
            Ok(made) => made.map(|file| (file.clone(), false)),
            Err(_) => {
                let seconds = self.deadline.as_secs_f64();
                Err(Problem::busy(format!("the picture was not made within {seconds} seconds; try again")))
            }
        }
    }

    fn count_client(&self) {
        self.metrics.refused_client.inc();
    }

    /// A place in the queue, if one is free.
    fn place(&self) -> Result<Place<'_>, Problem> {
        let waiting = self.waiting.fetch_add(1, SeqCst);
        self.metrics.waiting.inc();
        let place = Place(self);
        if waiting >= self.queue {
            self.metrics.refused_busy.inc();
            return Err(Problem::busy(format!("{waiting} pictures wait already; try again")));
        }
        Ok(place)
    }

    async fn make(&self, picture: &Picture, until: Instant, client: IpAddr) -> Result<Bytes, Problem> {
        let permit = self.threads.clone().try_acquire_owned().ok();
        let place = if permit.is_some() { None } else { Some(self.place()?) };
        // Only now, so that a full queue costs the client nothing.
        if !matches!(picture, Picture::Written { .. }) {
            self.clients.pay(client).inspect_err(|_| self.count_client())?;
        }
        let permit = match permit {
            Some(permit) => permit,
            None => self.threads.clone().acquire_owned().await.expect("the threads are never closed"),
        };
        drop(place);
        let (picture, token) = (picture.clone(), CancelToken::new());
        let leave = Leave(token.clone());
        let at_work = AtWork::begin(&self.metrics);
        let work = tokio::task::spawn_blocking(move || {
            let made = picture.file(until, &token);
            // The next begins only now, even if nobody waits for this one.
            drop((at_work, permit));
            made
        });
        let made = work.await;
        drop(leave);
        self.metrics.made.inc();
        match made {
            Ok(made) => Ok(made?.into()),
            Err(_) => Err(Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "making the picture failed; this is a bug of traitpress",
            )),
        }
    }
}

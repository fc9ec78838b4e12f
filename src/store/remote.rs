//! The objects of a bucket by the crate `object_store`.
//!
//! Its calls are asynchronous. One event loop on the calling thread drives them, so nothing runs between two calls, and all
//! stores of a process share it and one client for each bucket, with its connections and credentials.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::store::objects::{Cause, Level, Objects, Pair};
use crate::store::{StoreAddress, StoreError, StoreKind, environment, send};
use crate::threads::lock;

/// Objects that are on their way at once.
const AT_ONCE: usize = 16;

type Clients = BTreeMap<(StoreKind, String), Arc<Remote>>;

/// The clients of this process.
static CLIENTS: LazyLock<Mutex<Clients>> = LazyLock::new(Mutex::default);

/// The client of an address' bucket.
pub(super) fn open(address: &StoreAddress) -> Result<Arc<dyn Objects>, StoreError> {
    let mut clients = lock(&CLIENTS);
    let key = (address.kind(), address.bucket().to_owned());
    if let Some(open) = clients.get(&key) {
        return Ok(open.clone());
    }
    let settings = |what: String| StoreError::Settings { path: address.path_of(""), what };
    let client = environment::client(address).map_err(settings)?;
    let remote = Arc::new(Remote { client });
    clients.insert(key, remote.clone());
    Ok(remote)
}

/// Keeps a client for an address' bucket.
#[cfg(test)]
pub(super) fn keep(address: &StoreAddress, client: Arc<dyn ObjectStore>) {
    let key = (address.kind(), address.bucket().to_owned());
    lock(&CLIENTS).insert(key, Arc::new(Remote { client }));
}

/// Waits for a call of a store.
fn wait<T>(call: impl Future<Output = Result<T, Cause>>) -> Result<T, Cause> {
    static LOOP: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let made = || tokio::runtime::Builder::new_current_thread().enable_all().build();
    match LOOP.get_or_init(|| made().map_err(|error| error.to_string())) {
        Ok(event_loop) => event_loop.block_on(call),
        Err(what) => Err(Cause::Away(what.clone())),
    }
}

/// The key of an object, taken literally.
fn key(text: &str) -> Result<Key, Cause> {
    Key::parse(text).map_err(|error| Cause::Refused(error.to_string()))
}

/// A client of one bucket.
pub(super) struct Remote {
    client: Arc<dyn ObjectStore>,
}

/// A client has credentials, which are not printed.
impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").finish_non_exhaustive()
    }
}

impl Objects for Remote {
    fn list(&self, prefix: &str) -> Result<Level, Cause> {
        let below = key(prefix)?;
        let found = wait(async { Ok(self.client.list_with_delimiter(Some(&below)).await?) })?;
        let name = |of: &Key| of.filename().unwrap_or_default().to_owned();
        // Some programs put an empty object with the name of a folder.
        let objects = found.objects.iter().filter(|object| object.location != below);
        Ok(Level {
            objects: objects.map(|object| (name(&object.location), object.size)).collect(),
            folders: found.common_prefixes.iter().map(name).collect(),
        })
    }

    fn len(&self, at: &str) -> Result<u64, Cause> {
        let at = key(at)?;
        wait(async { Ok(self.client.head(&at).await?.size) })
    }

    fn read(&self, at: &str, range: Range<u64>) -> Result<Vec<u8>, Cause> {
        let at = key(at)?;
        wait(async { Ok(self.client.get_range(&at, range).await?.to_vec()) })
    }

    fn fetch(&self, pairs: &[Pair], goes_on: &dyn Fn() -> bool) -> Result<(), Cause> {
        wait(async {
            let mut left = pairs.iter();
            let mut under_way: JoinSet<Result<(), Cause>> = JoinSet::new();
            loop {
                while under_way.len() < AT_ONCE
                    && let Some((file, at)) = left.next()
                {
                    let (client, at, file) = (self.client.clone(), key(at)?, file.clone());
                    under_way.spawn(async move { send::to_file(&*client, &at, &file).await });
                }
                match under_way.join_next().await {
                    None => return Ok(()),
                    Some(done) => done.map_err(|error| Cause::Away(error.to_string()))??,
                }
                if !goes_on() {
                    return Err(Cause::Stopped);
                }
            }
        })
    }

    fn put(&self, (file, at): &Pair, unless: Option<&str>, goes_on: &dyn Fn() -> bool) -> Result<(), Cause> {
        let (at, unless) = (key(at)?, unless.map(key).transpose()?);
        wait(send::file(&*self.client, file, &at, unless.as_ref(), goes_on))
    }

    fn put_all(&self, pairs: &[Pair], goes_on: &dyn Fn() -> bool) -> Result<(), (usize, Cause)> {
        // They are put in order, several at once; those before the first that is not certain need not be put again.
        let mut done = 0;
        for some in pairs.chunks(AT_ONCE) {
            let put = wait(async {
                let mut under_way: JoinSet<Result<(), Cause>> = JoinSet::new();
                for (file, at) in some {
                    let (client, at, file) = (self.client.clone(), key(at)?, file.clone());
                    under_way.spawn(async move { send::whole_file(&*client, &file, &at).await });
                }
                while let Some(put) = under_way.join_next().await {
                    put.map_err(|error| Cause::Away(error.to_string()))??;
                }
                if goes_on() { Ok(()) } else { Err(Cause::Stopped) }
            });
            put.map_err(|cause| (done, cause))?;
            done += some.len();
        }
        Ok(())
    }

    fn create(&self, at: &str, bytes: Vec<u8>) -> Result<(), Cause> {
        let at = key(at)?;
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        wait(async { Ok(self.client.put_opts(&at, PutPayload::from(bytes), options).await.map(drop)?) })
    }

    fn remove(&self, at: &str) -> Result<(), Cause> {
        let at = key(at)?;
        wait(async { Ok(self.client.delete(&at).await?) })
    }
}

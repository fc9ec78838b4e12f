//! What lies below one address.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::error::PathIo;
use crate::store::objects::{Cause, Level, Objects, Pair};
use crate::store::{StoreAddress, StoreError, StoreObject};

/// Pauses between the tries to put a file. Requests are tried again by themselves; this is for those that fail after that.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// What was put only if it was not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Created {
    /// It is there now.
    Now,
    /// It was there before.
    Before,
}

/// The objects below one address. Names are the rest of their keys.
#[derive(Clone)]
pub struct Store {
    address: StoreAddress,
    objects: Arc<dyn Objects>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address)
    }
}

impl Store {
    /// Opens a store with the settings and credentials of the environment. Nothing is asked of the store yet.
    ///
    /// # Errors
    /// If the settings do not fit together, or the library was built without the feature `cloud`.
    pub fn open(address: &StoreAddress) -> Result<Self, StoreError> {
        let objects = objects_of(address)?;
        Ok(Self { address: address.clone(), objects })
    }

    /// Opens the store of one object, whose name in it comes with it.
    ///
    /// # Errors
    /// If the address is that of a whole bucket, which `action` cannot be done to, and as [`Self::open`].
    pub(crate) fn of_object<'a>(
        address: &'a StoreAddress,
        action: &'static str,
    ) -> Result<(Self, &'a str), StoreError> {
        let missing = || StoreError::Missing { action, path: address.path_of("") };
        let (of, name) = address.split().ok_or_else(missing)?;
        Ok((Self::open(&of)?, name))
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> &StoreAddress {
        &self.address
    }

    /// The address of an object, for messages.
    pub(crate) fn path_of(&self, name: &str) -> PathBuf {
        self.address.path_of(name)
    }

    fn fail(&self, action: &'static str, name: &str) -> impl Fn(Cause) -> StoreError {
        let path = self.path_of(name);
        move |cause| match cause {
            Cause::Missing => StoreError::Missing { action, path: path.clone() },
            Cause::Exists => StoreError::Exists(path.clone()),
            Cause::Refused(what) => StoreError::Refused { action, path: path.clone(), what },
            Cause::Away(what) => StoreError::Away { action, path: path.clone(), what },
            Cause::Disk(action, path, kind) => PathIo { action, path, source: kind.into() }.into(),
            Cause::Stopped => StoreError::Stopped,
        }
    }

    /// The pairs with keys in place of names.
    fn with_keys(&self, pairs: &[(PathBuf, String)]) -> Vec<Pair> {
        pairs.iter().map(|(file, name)| (file.clone(), self.address.key_of(name))).collect()
    }

    fn prefix(&self, name: &str) -> String {
        let key = if name.is_empty() { self.address.key().to_owned() } else { self.address.key_of(name) };
        if key.is_empty() { key } else { key + "/" }
    }

    /// What lies directly below `name`, or below the address if that is empty.
    pub(crate) fn list(&self, name: &str) -> Result<Level, StoreError> {
        self.objects.list(&self.prefix(name)).map_err(self.fail("list", name))
    }

    /// Opens an object, if it is there.
    ///
    /// # Errors
    /// If the store does not answer, or refuses.
    pub fn object(&self, name: &str) -> Result<Option<StoreObject>, StoreError> {
        match self.objects.len(&self.address.key_of(name)) {
            Ok(len) => Ok(Some(StoreObject::new(self.clone(), name.to_owned(), len))),
            Err(Cause::Missing) => Ok(None),
            Err(cause) => Err(self.fail("read", name)(cause)),
        }
    }

    /// An object that was listed with its length, which is not asked for again.
    pub(crate) fn listed(&self, name: &str, len: u64) -> StoreObject {
        StoreObject::new(self.clone(), name.to_owned(), len)
    }

    /// Some bytes of an object; fewer at its end.
    pub(crate) fn read(&self, name: &str, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        self.objects.read(&self.address.key_of(name), range).map_err(self.fail("read", name))
    }

    /// Copies objects to files. `goes_on` is asked between two of them.
    pub(crate) fn fetch(
        &self,
        pairs: &[(PathBuf, String)],
        goes_on: &dyn Fn() -> bool,
    ) -> Result<(), StoreError> {
        self.objects.fetch(&self.with_keys(pairs), goes_on).map_err(self.fail("read", ""))
    }

    /// Puts a file, over an object of that name if there is one, unless the object `unless` is there: then that is
    /// [`Created::Before`]. It is tried again where the store is away for a moment.
    pub(crate) fn put(
        &self,
        file: &Path,
        name: &str,
        unless: Option<&str>,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<Created, StoreError> {
        let pair = (file.to_owned(), self.address.key_of(name));
        let unless = unless.map(|name| self.address.key_of(name));
        let put = || self.objects.put(&pair, unless.as_deref(), goes_on);
        match again(put, goes_on) {
            Ok(()) => Ok(Created::Now),
            Err(Cause::Exists) => Ok(Created::Before),
            Err(cause) => Err(self.fail("write", name)(cause)),
        }
    }

    /// Puts files, several at once.
    pub(crate) fn put_all(
        &self,
        pairs: &[(PathBuf, String)],
        goes_on: &dyn Fn() -> bool,
    ) -> Result<(), StoreError> {
        let pairs = self.with_keys(pairs);
        let mut done = 0;
        let put = || {
            self.objects.put_all(&pairs[done..], goes_on).map_err(|(more, cause)| {
                done += more;
                cause
            })
        };
        again(put, goes_on).map_err(self.fail("write", ""))
    }

    /// Puts bytes where there is no object. A try that was answered too late is [`Created::Before`] at the next.
    pub(crate) fn create(&self, name: &str, bytes: Vec<u8>) -> Result<Created, StoreError> {
        let key = self.address.key_of(name);
        match again(|| self.objects.create(&key, bytes.clone()), &|| true) {
            Ok(()) => Ok(Created::Now),
            Err(Cause::Exists) => Ok(Created::Before),
            Err(cause) => Err(self.fail("write", name)(cause)),
        }
    }

    /// Removes an object, if there is one.
    pub(crate) fn remove(&self, name: &str) -> Result<(), StoreError> {
        match self.objects.remove(&self.address.key_of(name)) {
            Ok(()) | Err(Cause::Missing) => Ok(()),
            Err(cause) => Err(self.fail("remove", name)(cause)),
        }
    }
}

/// Does something again after a pause where the store is away.
fn again(mut work: impl FnMut() -> Result<(), Cause>, goes_on: &dyn Fn() -> bool) -> Result<(), Cause> {
    for pause in PAUSES {
        match work() {
            Err(Cause::Away(_)) if goes_on() => thread::sleep(pause),
            other => return other,
        }
    }
    work()
}

#[cfg(feature = "cloud")]
fn objects_of(address: &StoreAddress) -> Result<Arc<dyn Objects>, StoreError> {
    crate::store::remote::open(address)
}

#[cfg(not(feature = "cloud"))]
fn objects_of(address: &StoreAddress) -> Result<Arc<dyn Objects>, StoreError> {
    Err(StoreError::NotBuilt(address.path_of("")))
}

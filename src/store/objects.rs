//! What a store has to do, in calls that block.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

/// What lies directly below a prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Level {
    /// The names of objects, and their lengths.
    pub(crate) objects: Vec<(String, u64)>,
    /// The names of what has objects below it, without a slash.
    pub(crate) folders: Vec<String>,
}

/// Why a call has failed.
#[cfg_attr(not(feature = "cloud"), expect(dead_code, reason = "without a client nothing fails so"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// There is no such object or bucket.
    Missing,
    /// The object is there already.
    Exists,
    /// The store refuses, and will again.
    Refused(String),
    /// The store does not answer or is overloaded.
    Away(String),
    /// A file on the disk cannot be read or written.
    Disk(&'static str, PathBuf, std::io::ErrorKind),
    /// The caller has stopped it.
    Stopped,
}

/// A file and the key of its object.
pub(crate) type Pair = (PathBuf, String);

/// The objects of one bucket.
pub(crate) trait Objects: fmt::Debug + Send + Sync {
    /// What lies directly below a prefix, which is empty or ends in a slash.
    fn list(&self, prefix: &str) -> Result<Level, Cause>;

    /// The length of an object.
    fn len(&self, key: &str) -> Result<u64, Cause>;

    /// Some bytes of an object; fewer at its end.
    fn read(&self, key: &str, range: Range<u64>) -> Result<Vec<u8>, Cause>;

    /// Copies objects to files, several at once; `goes_on` is asked between two of them.
    fn fetch(&self, pairs: &[Pair], goes_on: &dyn Fn() -> bool) -> Result<(), Cause>;

    /// Puts a file, in parts where it is large. Nothing is put if the object `unless` is there before the last step.
    fn put(&self, pair: &Pair, unless: Option<&str>, goes_on: &dyn Fn() -> bool) -> Result<(), Cause>;

    /// Puts files, several at once; gives the number of those that were put before one failed.
    fn put_all(&self, pairs: &[Pair], goes_on: &dyn Fn() -> bool) -> Result<(), (usize, Cause)>;

    /// Puts bytes where there is no object.
    fn create(&self, key: &str, bytes: Vec<u8>) -> Result<(), Cause>;

    /// Removes an object; none need be there.
    fn remove(&self, key: &str) -> Result<(), Cause>;
}

//! Addresses of stores: `s3://bucket/prefix/`.
//!
//! An address is taken literally: nothing in it is decoded. It has no user, password or query, in which credentials could be,
//! and what is refused is not repeated in the message for the same reason.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// The kind of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum StoreKind {
    /// Amazon S3, and servers with its interface: `s3://`.
    S3,
    /// Google Cloud Storage: `gs://`.
    Gcs,
    /// Azure Blob Storage: `az://`.
    Azure,
}

impl StoreKind {
    const ALL: [Self; 3] = [Self::S3, Self::Gcs, Self::Azure];

    /// What its addresses begin with.
    #[must_use]
    pub fn scheme(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Gcs => "gs",
            Self::Azure => "az",
        }
    }
}

/// The address of an object, or of all objects whose keys begin with a prefix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreAddress {
    kind: StoreKind,
    bucket: String,
    /// Without a slash at its end.
    key: String,
}

impl StoreAddress {
    /// The most characters of a key, which S3 and Google Cloud Storage have.
    const MAX_KEY: usize = 1024;

    /// Whether a path is an address, of a store or of something else: no file is meant by it.
    #[must_use]
    pub fn is_one(path: &Path) -> bool {
        path.to_str().is_some_and(|text| scheme(text).is_some())
    }

    /// The address that a path is; none if it is a path.
    ///
    /// # Errors
    /// If it is an address, and none of a store.
    pub fn of(path: &Path) -> Result<Option<Self>, StoreError> {
        match path.to_str() {
            Some(text) if scheme(text).is_some() => Self::parse(text).map(Some),
            _ => Ok(None),
        }
    }

    fn parse(text: &str) -> Result<Self, StoreError> {
        let found = scheme(text).unwrap_or_default();
        let refuse = |what: String| StoreError::Address { scheme: found.to_owned(), what };
        let kind = StoreKind::ALL.into_iter().find(|kind| kind.scheme().eq_ignore_ascii_case(found));
        let Some(kind) = kind else {
            return Err(refuse("stores have addresses that begin with s3://, gs:// or az://".to_owned()));
        };
        let rest = &text[found.len() + "://".len()..];
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if text.contains(['?', '@']) {
            let what = "an address has no user, password or query; credentials come from the environment";
            return Err(refuse(what.to_owned()));
        }
        let is_of_bucket = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !(3..=222).contains(&bucket.len()) || !bucket.chars().all(is_of_bucket) {
            let what = "behind :// comes the name of a bucket: 3 or more letters, digits, hyphens, points and underscores";
            return Err(refuse(what.to_owned()));
        }
        let key = key.strip_suffix('/').unwrap_or(key);
        if key.len() > Self::MAX_KEY {
            return Err(refuse(format!("a key has at most {} bytes", Self::MAX_KEY)));
        }
        let is_wrong = |part: &str| matches!(part, "" | "." | "..") || part.contains(char::is_control);
        if !key.is_empty() && key.split('/').any(is_wrong) {
            return Err(refuse(
                "its parts are names: none is empty, . or .., or has control characters".to_owned(),
            ));
        }
        Ok(Self { kind, bucket: bucket.to_owned(), key: key.to_owned() })
    }

    /// The kind of the store.
    #[must_use]
    pub fn kind(&self) -> StoreKind {
        self.kind
    }

    /// The bucket, which Azure calls a container.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The key of the object, or the prefix without a slash at its end; empty for the whole bucket.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The last part of the address: that of the key, else the bucket.
    #[must_use]
    pub fn name(&self) -> &str {
        match self.key.rsplit('/').next() {
            Some(name) if !name.is_empty() => name,
            _ => &self.bucket,
        }
    }

    /// The address that an object is in, and the object's name there; none for a whole bucket.
    #[must_use]
    pub fn split(&self) -> Option<(Self, &str)> {
        let (folder, name) = match self.key.rsplit_once('/') {
            Some((folder, name)) => (folder, name),
            None if self.key.is_empty() => return None,
            None => ("", self.key.as_str()),
        };
        Some((Self { key: folder.to_owned(), ..self.clone() }, name))
    }

    /// The key of an object below it.
    pub(crate) fn key_of(&self, name: &str) -> String {
        match self.key.as_str() {
            "" => name.to_owned(),
            key => format!("{key}/{name}"),
        }
    }

    /// The address as a path, for messages, with `name` behind it.
    pub(crate) fn path_of(&self, name: &str) -> PathBuf {
        match name {
            "" => self.to_string().into(),
            name => format!("{self}/{name}").into(),
        }
    }
}

impl fmt::Display for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.kind.scheme(), self.bucket)?;
        if self.key.is_empty() { Ok(()) } else { write!(f, "/{}", self.key) }
    }
}

/// What is before `://`. One letter is a drive of Windows.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once("://")?;
    let is_of_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let is_one = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(is_of_scheme);
    is_one.then_some(scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Option<StoreAddress>, StoreError> {
        StoreAddress::of(Path::new(text))
    }

    #[test]
    fn addresses_have_a_bucket_and_a_prefix() {
        for (text, bucket, key, name, shown) in [
            ("s3://drop", "drop", "", "drop", "s3://drop"),
            ("s3://drop/", "drop", "", "drop", "s3://drop"),
            ("s3://drop/a/b/", "drop", "a/b", "b", "s3://drop/a/b"),
            ("gs://my.drop/a", "my.drop", "a", "a", "gs://my.drop/a"),
            ("AZ://drop/Hat#5 %20.png", "drop", "Hat#5 %20.png", "Hat#5 %20.png", "az://drop/Hat#5 %20.png"),
        ] {
            let address = parsed(text).unwrap().unwrap();
            assert_eq!((address.bucket(), address.key(), address.name()), (bucket, key, name), "{text}");
            assert_eq!(address.to_string(), shown);
        }
        let address = parsed("s3://drop/a/b.tpl").unwrap().unwrap();
        assert_eq!(address.split().map(|(of, name)| (of.to_string(), name.to_owned())).unwrap(), {
            ("s3://drop/a".to_owned(), "b.tpl".to_owned())
        });
        assert_eq!(address.path_of("x"), Path::new("s3://drop/a/b.tpl/x"));
        assert_eq!(parsed("s3://drop").unwrap().unwrap().split(), None);
    }

    #[test]
    fn paths_are_no_addresses() {
        for text in
            ["", "out", "s3:", "s3:/drop/x", "./s3://drop", "c://drop", "://drop", "a b://drop", "3d://x"]
        {
            assert_eq!(parsed(text).unwrap(), None, "{text}");
            assert!(!StoreAddress::is_one(Path::new(text)), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_of_a_store_is_refused_and_no_secret_is_repeated() {
        for (text, what) in [
            ("https://example.com/secret", "begin with s3://"),
            ("s3a://drop/secret", "begin with s3://"),
            ("file:///secret", "begin with s3://"),
            ("s3://", "name of a bucket"),
            ("s3:///secret", "name of a bucket"),
            ("s3://ab/secret", "name of a bucket"),
            ("s3://user:secret/drop", "name of a bucket"),
            ("s3://key:secret@drop/x", "no user, password or query"),
            ("az://drop/x?sig=secret", "no user, password or query"),
            ("s3://drop//secret", "none is empty"),
            ("s3://drop/../secret", "none is empty"),
            ("s3://drop/secret\n", "none is empty"),
        ] {
            let error = parsed(text).unwrap_err().to_string();
            assert!(error.contains(what) && !error.contains("secret"), "{text}: {error}");
            assert!(StoreAddress::is_one(Path::new(text)));
        }
        assert!(parsed(&format!("s3://drop/{}", "x".repeat(1025))).unwrap_err().to_string().contains("1024"));
    }
}

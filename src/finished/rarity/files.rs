//! Reading a file of a finished collection, as its manifest lists it.
//!
//! What is parsed is hashed as it passes by, and is only believed if the digest is the one that is listed. Links are not
//! followed, and a file of another length is not read.

use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use serde::de::DeserializeSeed;

use crate::error::PathIo;
use crate::files::{Folder, OpenFile, PathKind};
use crate::finished::error::ReportError;
use crate::finished::rarity::plan::NamedPlan;
use crate::output::{Listing, Written, names};
use crate::plan::PlanErrorKind;
use crate::project::Escaped;

/// Opens the file `name` of the collection in `folder`.
pub(crate) fn open(
    folder: &Folder,
    name: &str,
    listed: &Written,
) -> Result<(PathBuf, OpenFile), ReportError> {
    let path = folder.join(name);
    let fail = |what: &str| ReportError::File { path: path.clone(), what: what.to_owned() };
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => fail("it is missing"),
        _ => PathIo::on("read", &path)(error).into(),
    };
    if let Some((sub, _)) = name.split_once('/')
        && folder.kind(sub).map_err(unreadable)? == PathKind::LINK
    {
        return Err(fail("its folder is a link, and links are not followed"));
    }
    match folder.kind(name).map_err(unreadable)? {
        PathKind::File => {}
        PathKind::Nothing => return Err(fail("it is missing")),
        PathKind::LINK => return Err(fail("this is a link, and links are not followed")),
        PathKind::Else(_) => return Err(fail("this is not a file")),
    }
    let file = folder.read(name).map_err(unreadable)?;
    let (found, listed) = (file.len().map_err(unreadable)?, listed.bytes);
    if found != listed {
        return Err(fail(&format!("it has {found} bytes instead of {listed}")));
    }
    Ok((path, file))
}

/// Reads the plan of the collection in `folder`, which must be the one that is listed; its path comes with it.
pub(crate) fn plan(folder: &Folder, listing: &Listing) -> Result<(PathBuf, NamedPlan), ReportError> {
    let listed = listing.other(names::PLAN);
    let (path, mut file) = open(folder, names::PLAN, listed)?;
    let unreadable = |error: io::Error| PathIo::on("read", &path)(error);
    // Its keys may come in any order, so it can be read twice: it is hashed before.
    let mut passing = Passing { inner: (&mut file).take(listed.bytes), hasher: blake3::Hasher::new() };
    io::copy(&mut passing, &mut io::sink()).map_err(unreadable)?;
    check_digest(&passing.hasher, listed, &path)?;
    file.rewind().map_err(unreadable)?;
    match NamedPlan::read(&mut file) {
        Ok(plan) => Ok((path, plan)),
        Err(PlanErrorKind::Io(error)) => Err(unreadable(error).into()),
        Err(kind) => {
            let hint = kind.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
            Err(ReportError::file(&path, format!("its content is invalid ({kind}{hint})")))
        }
    }
}

/// Refuses a file that is not the one that is listed.
fn check_digest(found: &blake3::Hasher, listed: &Written, path: &Path) -> Result<(), ReportError> {
    if *found.finalize().as_bytes() == listed.digest {
        return Ok(());
    }
    Err(ReportError::file(path, "it is not the file listed in the manifest"))
}

/// Parses the file `name` of the collection in `folder`, which must be what is listed.
pub(crate) fn parse<T, S: for<'de> DeserializeSeed<'de, Value = T>>(
    folder: &Folder,
    name: &str,
    listed: &Written,
    seed: S,
) -> Result<T, ReportError> {
    let (path, file) = open(folder, name, listed)?;
    let mut passing = Passing { inner: file.take(listed.bytes), hasher: blake3::Hasher::new() };
    let parsed = {
        let reader = BufReader::with_capacity(1 << 16, &mut passing);
        let mut parser = serde_json::Deserializer::from_reader(reader);
        seed.deserialize(&mut parser).and_then(|value| parser.end().map(|()| value))
    };
    let unreadable = PathIo::on("read", &path);
    // A parser that gave up has left some of it.
    io::copy(&mut passing, &mut io::sink()).map_err(unreadable)?;
    check_digest(&passing.hasher, listed, &path)?;
    parsed.map_err(|error| {
        if error.is_io() {
            return PathIo::on("read", &path)(error.into()).into();
        }
        ReportError::file(&path, format!("its content is invalid ({})", Escaped(&error.to_string())))
    })
}

/// A file on its way to the parser.
struct Passing<R> {
    inner: R,
    hasher: blake3::Hasher,
}

impl<R: Read> Read for Passing<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.hasher.update(&out[..count]);
        Ok(count)
    }
}

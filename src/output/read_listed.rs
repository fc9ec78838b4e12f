//! Reading one file, once, in pieces: every look that is taken at it is taken at the same bytes as they pass by.

use std::io::{self, Read};

use crate::files::{Folder, PathKind};
use crate::output::problem_kind::ProblemKind;

/// Bytes that are read at a time: enough for hashing with all vector registers, little enough for a processor's cache.
const PIECE: usize = 256 << 10;

/// What keeps a file from being compared.
pub(crate) type Obstacle = (ProblemKind, String);

/// Reads the file `name` in `folder` and has `look` see all of it, piece by piece.
///
/// Links are not followed. A file of another length than `bytes` is not read, so what a reading costs is known.
pub(crate) fn read(
    folder: &Folder,
    name: &str,
    bytes: u64,
    buffer: &mut Vec<u8>,
    mut look: impl FnMut(&[u8]),
) -> Result<(), Obstacle> {
    let unreadable = |error: io::Error| (ProblemKind::Unreadable, format!("it cannot be read: {error}"));
    let not_a_file = |what: &str| Err((ProblemKind::NotAFile, format!("it is {what}, not a file")));
    match folder.kind(name).map_err(unreadable)? {
        PathKind::File => {}
        PathKind::Nothing => return Err((ProblemKind::Missing, "it is missing".to_owned())),
        PathKind::LINK => {
            return Err((ProblemKind::Link, "it is a link, and links are not followed".to_owned()));
        }
        PathKind::FOLDER => return not_a_file("a folder"),
        PathKind::Else(_) => return not_a_file("something else"),
    }
    let mut file = folder.read(name).map_err(unreadable)?;
    let found = file.len().map_err(unreadable)?;
    if found != bytes {
        return Err((ProblemKind::Changed, lengths(found, bytes)));
    }
    buffer.resize(PIECE, 0);
    let mut left = bytes;
    while left > 0 {
        let most = PIECE.min(usize::try_from(left).unwrap_or(PIECE));
        match file.read(&mut buffer[..most]) {
            Ok(0) => return Err((ProblemKind::Changed, "it became shorter while being read".to_owned())),
            Ok(count) => {
                look(&buffer[..count]);
                left -= count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
    Ok(())
}

/// How a file's length differs from what is listed.
fn lengths(found: u64, listed: u64) -> String {
    let how = if found < listed { "it is cut short" } else { "it is too long" };
    format!("{how}: {found} bytes instead of {listed}")
}

/// Compares the file `name` in `folder` with `bytes`, and says how it differs. What is no file is passed over: the
/// manifest lists it, so that was reported.
pub(crate) fn differs(
    folder: &Folder,
    name: &str,
    bytes: &[u8],
    buffer: &mut Vec<u8>,
) -> Result<Option<String>, Obstacle> {
    let (mut at, mut first) = (0, None);
    let compared = read(folder, name, bytes.len() as u64, buffer, |piece| {
        let same = piece.iter().zip(&bytes[at..]).position(|(a, b)| a != b);
        first = first.or_else(|| same.map(|same| at + same));
        at += piece.len();
    });
    match compared {
        Ok(()) => Ok(first.map(|byte| format!("the project makes other bytes, starting at byte {byte}"))),
        Err((ProblemKind::Changed, _)) => {
            Ok(Some(format!("the project makes a file of {} bytes", bytes.len())))
        }
        Err((ProblemKind::Unreadable, what)) => Err((ProblemKind::Unreadable, what)),
        Err(_) => Ok(None),
    }
}

//! Files that the user named: never replaced without permission, and complete as soon as they have their names.

pub(crate) use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use traitpress::files::write_file;

use crate::cli::failure::Failure;

/// Refuses to replace a file without permission, and anything that is not a file, such as a device. `flag` is what named it.
pub(crate) fn refuse_taken(file: &Path, flag: &str, force: bool) -> Result<(), Failure> {
    let Ok(metadata) = file.symlink_metadata() else { return Ok(()) };
    let why = match (metadata.is_file(), force) {
        (false, _) => format!("this is not a regular file; choose another {flag}"),
        (true, false) => "this file exists; use --force to replace it".to_owned(),
        (true, true) => return Ok(()),
    };
    Err(Failure::Usage(format!("{}: {why}", file.display())))
}

/// Why a file was not written.
#[derive(Debug)]
pub(crate) enum WriteFailure {
    /// The system refused.
    Io(std::io::Error),
    /// What was to be written could not be made.
    Other(Failure),
}

impl From<std::io::Error> for WriteFailure {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// Writes a file (`what`: "plan") under a temporary name beside `file`, then renames it.
pub(crate) fn write<T>(
    file: &Path,
    what: &str,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<T, WriteFailure>,
) -> Result<T, Failure> {
    let failed = |error: &std::io::Error| {
        let file = file.display();
        Failure::Other(format!(
            "{file}: cannot write the {what}: {error}; check the folder and its permissions"
        ))
    };
    write_file(file, true, write).map_err(|failure| match failure {
        WriteFailure::Io(error) => failed(&error),
        WriteFailure::Other(failure) => failure,
    })
}

//! Files that somebody asked for by name: never replaced unasked, and whole as soon as they have their names.

pub(crate) use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::cli::failure::Failure;

/// Refuses to replace a file unasked, and anything else (a device, say) at all. `flag` is what named it.
pub(crate) fn refuse_taken(file: &Path, flag: &str, force: bool) -> Result<(), Failure> {
    let Ok(metadata) = file.symlink_metadata() else { return Ok(()) };
    let why = match (metadata.is_file(), force) {
        (false, _) => format!("this is not a regular file; choose another {flag}"),
        (true, false) => "this file is there already; give --force to replace it".to_owned(),
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
    write: impl FnOnce(&mut BufWriter<&mut File>) -> Result<T, WriteFailure>,
) -> Result<T, Failure> {
    let failed = |e: &dyn std::fmt::Display| {
        Failure::Other(format!(
            "{}: cannot write the {what}: {e}; check the folder and its permissions",
            file.display()
        ))
    };
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    // As readable as any new file: it is no secret, which is what temporary files are made for.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut part = builder.tempfile_in(folder).map_err(|e| failed(&e))?;
    let mut out = BufWriter::with_capacity(1 << 16, part.as_file_mut());
    let written = match write(&mut out) {
        Ok(written) => out.flush().map(|()| written).map_err(|e| failed(&e))?,
        Err(WriteFailure::Io(error)) => return Err(failed(&error)),
        Err(WriteFailure::Other(failure)) => return Err(failure),
    };
    drop(out);
    part.persist(file).map_err(|e| failed(&e))?;
    Ok(written)
}

//! Paths of outputs: refused before any work if they cannot be written, or if something would be overwritten.

use std::path::{Path, PathBuf};

use crate::cli::failure::Failure;

/// Refuses a file that is a folder, or whose folder does not exist.
pub(crate) fn ensure_writable(file: &Path, flag: &str) -> Result<(), Failure> {
    if file.is_dir() {
        return Err(Failure::Usage(format!(
            "{}: this is a folder; give a file in it as {flag}",
            file.display()
        )));
    }
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() && !parent.is_dir() => Err(Failure::Usage(format!(
            "{}: the folder for {flag} does not exist; create it or choose another",
            parent.display()
        ))),
        _ => Ok(()),
    }
}

/// Refuses a file in a folder whose content must not change.
pub(crate) fn ensure_outside(file: &Path, flag: &str, folder: &Path, what: &str) -> Result<(), Failure> {
    let real = |path: &Path| path.canonicalize().ok();
    // A folder that does not exist yet is empty.
    let Some(within) = real(folder) else { return Ok(()) };
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The file itself may be a link that leads there.
    if [real(parent), real(file)].into_iter().flatten().any(|place| place.starts_with(&within)) {
        let (file, folder) = (file.display(), folder.display());
        return Err(Failure::Usage(format!("{file}: this lies in {folder}, {what}; choose another {flag}")));
    }
    Ok(())
}

/// Refuses two outputs that name one place: the later would overwrite the earlier. Each comes with its flag.
pub(crate) fn ensure_distinct(outputs: &[(&str, Option<&Path>)]) -> Result<(), Failure> {
    let mut places: Vec<(&str, PathBuf)> = Vec::new();
    for &(flag, path) in outputs {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else { continue };
        let Ok(place) = std::path::absolute(path) else { continue };
        if let Some((other, _)) = places.iter().find(|(_, other)| *other == place) {
            let path = path.display();
            return Err(Failure::Usage(format!(
                "{path}: {other} and {flag} are the same file; choose another"
            )));
        }
        places.push((flag, place));
    }
    Ok(())
}

/// Refuses to replace a file other than statistics of a run.
pub(crate) fn ensure_ours(file: &Path) -> Result<(), Failure> {
    // Reading a device may never end.
    if !file.is_file() {
        return match file.symlink_metadata() {
            Ok(found) if found.is_symlink() && !file.exists() => Err(Failure::Usage(format!(
                "{}: this link has no target; remove it or choose another --stats",
                file.display()
            ))),
            _ => Ok(()),
        };
    }
    let Ok(bytes) = std::fs::read(file) else { return Ok(()) };
    let found: Result<serde_json::Value, _> = serde_json::from_slice(&bytes);
    let is_ours = found.is_ok_and(|found| found["items"].is_u64() && found["seconds"].is_object());
    if is_ours || bytes.is_empty() {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "{}: this file exists and contains no statistics; move it or choose another --stats",
        file.display()
    )))
}

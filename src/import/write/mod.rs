//! The new project: art under clean names, `collection.toml` and `IMPORT.md`.
//!
//! Everything is written to a temporary folder beside the target, which gets its name at the end. So there is a whole project or
//! none, and the source is only read.

mod layout;
mod report;
mod text;

use std::fs;
use std::path::Path;

use crate::error::PathIo;
use crate::import::collection::PlannedItem;
use crate::import::error::ImportError;
use crate::import::model::{Art, Imported};

use layout::Layout;

pub(super) use report::list;

/// Writes `imported`, which was read from `source`, as the new folder `target`.
pub(super) fn project(
    imported: &Imported,
    items: &[PlannedItem],
    source: &Path,
    target: &Path,
) -> Result<(), ImportError> {
    whole(target, Some(source), |folder| {
        let layout = Layout::of(imported);
        for place in &layout.layers {
            // A layer can have traits that show nothing alone.
            let home = folder.join("layers").join(&place.folder);
            fs::create_dir_all(&home).map_err(PathIo::on("create", &home))?;
        }
        for (art, below) in &layout.files {
            let to = folder.join(below);
            let home = crate::files::folder_of(&to);
            fs::create_dir_all(&home).map_err(PathIo::on("create", &home))?;
            match art {
                Art::File(from) => _ = fs::copy(from, &to).map_err(PathIo::on("copy", from))?,
                Art::Bytes(bytes, _) => fs::write(&to, bytes).map_err(PathIo::on("write", &to))?,
            }
        }
        let mut texts = vec![
            ("collection.toml", text::collection(imported, &layout)),
            ("IMPORT.md", report::report(imported, &layout, source)),
        ];
        if !items.is_empty() {
            texts.push(("plan.json", plan(&layout, items)));
        }
        for (name, text) in texts {
            let path = folder.join(name);
            fs::write(&path, text).map_err(PathIo::on("write", &path))?;
        }
        Ok(())
    })
}

/// The text of a plan with these items.
fn plan(layout: &Layout, items: &[PlannedItem]) -> String {
    let layers: Vec<&str> = layout.layers.iter().map(|place| place.name.as_str()).collect();
    let start = items.first().map_or(1, |item| item.edition);
    let rows: Vec<String> = items
        .iter()
        .map(|item| {
            let places = item.choices.iter().zip(&layout.layers);
            let traits: Vec<Option<&str>> = places
                .map(|(choice, place)| choice.map(|choice| place.traits[choice].name.as_str()))
                .collect();
            let mut row = serde_json::json!({ "edition": item.edition, "traits": traits });
            if let Some(name) = &item.name {
                row["name"] = name.as_str().into();
            }
            row.to_string()
        })
        .collect();
    format!(
        "{{\n\"format\": \"traitpress-plan/1\",\n\"start\": {start},\n\"layers\": {},\n\"items\": [\n{}\n]\n}}\n",
        serde_json::json!(layers),
        rows.join(",\n")
    )
}

/// Makes the new folder `target`, which is not within `source`, of what `write` writes into a temporary folder beside it.
pub(super) fn whole<T>(
    target: &Path,
    source: Option<&Path>,
    write: impl FnOnce(&Path) -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    if fs::symlink_metadata(target).is_ok() {
        return Err(ImportError::Exists(target.to_owned()));
    }
    let parent = crate::files::folder_of(target);
    let resolved = fs::canonicalize(&parent).map_err(PathIo::on("open", &parent))?;
    let source = source.and_then(|source| fs::canonicalize(source).ok());
    if source.is_some_and(|source| source.is_dir() && resolved.starts_with(source)) {
        return Err(ImportError::Inside(target.to_owned()));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".traitpress-import-");
    #[cfg(unix)]
    {
        // What the user's mask leaves of it, as for every other folder.
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o777));
    }
    let folder = builder.tempdir_in(&parent).map_err(PathIo::on("create a folder in", &parent))?;
    let written = write(folder.path())?;
    fs::rename(folder.path(), target).map_err(PathIo::on("rename a folder to", target))?;
    // It is no longer there under its old name, so nothing is removed.
    let _ = folder.keep();
    Ok(written)
}

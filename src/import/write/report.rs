//! `IMPORT.md`: where a project comes from, and what could not be kept.

use std::fmt::Write as _;
use std::path::Path;

use super::layout::Layout;
use crate::error::Escaped;
use crate::import::model::Imported;
use crate::import::notes::{Note, NoteKind};

/// The text of the file.
pub(super) fn report(imported: &Imported, layout: &Layout, source: &Path) -> String {
    let mut text = format!(
        "# Import\n\nThis project was made from a project of {}: `{}` in `{}`. The source was not changed.\n",
        imported.peer.name(),
        Escaped(&imported.configuration),
        Escaped(&source.to_string_lossy())
    );
    let notes = imported.notes.sorted();
    list(&notes, &mut text);
    if notes.iter().all(|note| note.kind == NoteKind::Ignored) {
        text += "\nEverything that makes a difference was kept.\n";
    }
    text += "\n## Layers\n\n| layer | traits | from |\n|---|---|---|\n";
    for (layer, place) in imported.layers.iter().zip(&layout.layers) {
        let _ =
            writeln!(text, "| {} | {} | {} |", cell(&place.name), layer.traits.len(), cell(&layer.origin));
    }
    text
}

/// Adds the notes, one table for each kind.
pub(in crate::import) fn list(notes: &[Note], text: &mut String) {
    for kind in NoteKind::ALL {
        let of_kind: Vec<_> = notes.iter().filter(|note| note.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        let _ = write!(text, "\n## {}\n\n| key | value | what was done |\n|---|---|---|\n", kind.heading());
        for note in of_kind {
            let _ = writeln!(text, "| {} | {} | {} |", cell(&note.key), cell(&note.value), cell(&note.done));
        }
    }
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    Escaped(text)
        .to_string()
        .replace('\\', "\\\\")
        .replace('|', "\\|")
        .replace('<', "\\<")
        .replace('`', "\\`")
}

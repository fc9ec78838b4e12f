//! What an import or an export could not keep, as lists.

use traitpress::import::{Note, NoteKind};

use crate::cli::measure::thousands;
use crate::cli::print::outln;

/// Notes of a kind that are printed; a file has all of them.
const MOST: usize = 12;

/// What could not be kept in full, the rest in short.
pub(crate) fn print_list(notes: &[Note], file: &str) {
    for kind in NoteKind::ALL {
        let of_kind: Vec<&Note> = notes.iter().filter(|note| note.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        if kind == NoteKind::Ignored {
            let mut keys: Vec<&str> = of_kind.iter().map(|note| note.key.as_str()).collect();
            keys.dedup();
            outln!("{}: {}", kind.heading().to_lowercase(), keys.join(", "));
            continue;
        }
        outln!("{}:", kind.heading().to_lowercase());
        for note in of_kind.iter().take(MOST) {
            let value = if note.value.is_empty() { String::new() } else { format!(" {}", note.value) };
            outln!("  {}{value}: {}", note.key, note.done);
        }
        if let Some(more) = of_kind.len().checked_sub(MOST).filter(|more| *more > 0) {
            outln!("  and {} more in {file}", thousands(more as u64));
        }
    }
}

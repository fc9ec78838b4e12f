//! Pictures that mean that a layer is absent.
//!
//! Many art sets have a picture that shows nothing, called None or Blank, because the tool that they were made for draws a
//! picture of every layer. Taken as a trait it would be wrong twice: a rule about the layer's absence would not see it, and
//! two items that differ in it alone would be the same picture. So such a picture is absence, with its weight, like an empty
//! file called None.

use std::path::Path;

use crate::error::{Problem, quoted};
use crate::picture;

/// Names of absence, in lower case; beside these "no" with another word behind it.
const NAMES: [&str; 4] = ["none", "empty", "blank", "nothing"];

/// Whether a picture of this name (without weight and extension) is meant as absence if it shows nothing.
pub(crate) fn is_name(name: &str) -> bool {
    let name = name.trim().to_lowercase();
    let no = name.strip_prefix("no").and_then(|rest| rest.strip_prefix([' ', '_', '-']));
    NAMES.contains(&&*name) || no.is_some_and(|rest| !rest.trim().is_empty())
}

/// Whether the picture at `path` can be decoded and has no visible pixel. What cannot be decoded is for the reader of all
/// art to refuse.
pub(super) fn is_invisible(path: &Path) -> bool {
    picture::is_invisible(path).unwrap_or(false)
}

/// What is said of a layer that has these pictures of absence.
pub(super) fn note(folder: &Path, names: &[String]) -> Option<Problem> {
    let listed = names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    let (pictures, are, remedy) = match names {
        [] => return None,
        [_] => ("the picture", "shows nothing and means", "set show_absent to name it in metadata"),
        _ => (
            "the pictures",
            "show nothing, so they are",
            "their weights are added; set show_absent to name it in metadata",
        ),
    };
    Some(Problem::at(folder, format!("{pictures} {listed} {are} the absence of the layer"), remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_absence_are_the_usual_ones() {
        for name in
            ["None", "NONE", "empty", "Blank", "nothing", "No Hat", "no_hat", "No-Hat", "no  hat", "none "]
        {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "No", "no ", "Nonesuch", "Nobody", "North", "Not", "Emptyhanded", "Blank 2", "No."] {
            assert!(!is_name(name), "{name}");
        }
    }
}

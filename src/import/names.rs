//! Names that every file system takes and that our reader takes for nothing else.
//!
//! A layer's name becomes a folder and a trait's name a file. What is wrong with a name as a file is replaced, and the name itself
//! stays in the metadata as `display_name`.

use std::collections::HashSet;

use crate::project::tidy;

/// Characters that a name keeps at most: some file systems allow 143 bytes.
const MAX_CHARS: usize = 100;
/// Bytes that a name keeps at most.
const MAX_BYTES: usize = 130;
/// Names of devices on Windows, in lower case.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// `name` as a name of a file, without an extension; never empty.
pub(crate) fn clean(name: &str) -> String {
    let mut out = String::new();
    for c in tidy(name).chars().take(MAX_CHARS) {
        let c = match c {
            // `#` would begin a weight, and the others mean something to a file system or a reader of references.
            '#' | '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
            c if c.is_control() => ' ',
            c => c,
        };
        if out.len() + c.len_utf8() > MAX_BYTES {
            break;
        }
        out.push(c);
    }
    let out = out.trim_end_matches(['.', ' ']).trim_start_matches(' ');
    let stem = out.split('.').next().unwrap_or_default().to_lowercase();
    let numbered = ["com", "lpt"].iter().any(|port| {
        stem.strip_prefix(port)
            .is_some_and(|rest| rest.len() == 1 && rest.chars().all(|c| c.is_ascii_digit()))
    });
    match out {
        "" => "Unnamed".to_owned(),
        out if DEVICES.contains(&stem.as_str()) || numbered => format!("{out}_"),
        out if out.starts_with('.') => format!("_{out}"),
        // The reader takes it for the absence of the layer.
        out if out.eq_ignore_ascii_case("none") => format!("({out})"),
        out => out.to_owned(),
    }
}

/// Names that were given, compared without upper and lower case, as some file systems compare.
#[derive(Debug, Default)]
pub(crate) struct Taken(HashSet<String>);

impl Taken {
    /// The clean form of `name`, with a number behind it if that is given already.
    pub(crate) fn unique(&mut self, name: &str) -> String {
        let clean = clean(name);
        let mut candidate = clean.clone();
        let mut number = 2;
        while !self.0.insert(candidate.to_lowercase()) {
            candidate = format!("{clean} ({number})");
            number += 1;
        }
        candidate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_files_everywhere() {
        for (name, wanted) in [
            ("Red", "Red"),
            ("Red ", "Red"),
            ("Day/Sun", "Day-Sun"),
            ("Red #5", "Red -5"),
            ("a.", "a"),
            ("", "Unnamed"),
            ("  ", "Unnamed"),
            ("..", "Unnamed"),
            (".hidden", "_.hidden"),
            ("None", "(None)"),
            ("CON", "CON_"),
            ("com1.x", "com1.x_"),
            ("a\nb", "a b"),
            ("Cafe\u{301}", "Caf\u{e9}"),
        ] {
            assert_eq!(clean(name), wanted, "{name:?}");
        }
        assert_eq!(clean(&"\u{5bff}".repeat(200)).len(), 129);
    }

    #[test]
    fn names_are_given_once() {
        let mut taken = Taken::default();
        assert_eq!(
            ["Red", "red", "Red", "Blue"].map(|name| taken.unique(name)),
            ["Red", "red (2)", "Red (3)", "Blue"]
        );
    }
}

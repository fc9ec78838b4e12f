//! Paths as a person can paste them into a shell.

use std::path::Path;

/// The path as one word: quoted if it has a character that a shell reads as more than a letter.
pub(crate) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/\\._-+,:@%".contains(c) && (cfg!(windows) || c != '\\');
    // A path that begins with a dash would be read as a flag.
    let text = if text.starts_with('-') { format!("./{text}") } else { text };
    if !text.is_empty() && text.chars().all(is_plain) {
        text
    } else if cfg!(windows) {
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_in_a_shell() {
        for (path, expected) in [
            ("out", "out"),
            ("My Art", "'My Art'"),
            ("Zo\u{eb}'s", "'Zo\u{eb}'\\''s'"),
            ("-x", "./-x"),
            ("a$b", "'a$b'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(Path::new(path)), expected);
        }
    }
}

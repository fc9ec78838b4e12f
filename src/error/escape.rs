//! Names in messages.

use std::fmt;

/// Text with its control characters escaped, so that a name cannot break a message or steer a terminal.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        for c in self.0.chars() {
            if c.is_control() {
                write!(f, "{}", c.escape_default())?;
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

/// A name in quotation marks, control characters escaped.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", Escaped(name))
}

/// The same of a text from a file, which may be as long as the file: 100 characters at most.
pub(crate) fn quoted_start(text: &str) -> String {
    const MAX_SHOWN: usize = 100;
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}...", quoted(&text[..end])),
        None => quoted(text),
    }
}

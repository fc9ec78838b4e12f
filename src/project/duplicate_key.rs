//! Keys and tables that a file has twice.
//!
//! The parser names only the second one, and the first can be a screen away: `init --rarity` writes all traits to one
//! `[traits]` table, and examples add tables of their own. So the text before it is searched for the same name.

use crate::project::source::Span;

/// What the parser says of such a key.
const MESSAGE: &str = "duplicate key";

/// The first key or table of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct First {
    /// Its 1-based line.
    pub(super) line: usize,
    /// Whether the second one is the header of a table.
    pub(super) is_table: bool,
}

impl First {
    /// The next step.
    pub(super) fn remedy(self) -> String {
        match self {
            Self { line, is_table: true } => {
                format!("the table is already on line {line}; put its keys there")
            }
            Self { line, .. } => format!("the key is already on line {line}; remove one of the two"),
        }
    }
}

/// Whether a message of the parser is about a key that is there twice.
pub(super) fn is_duplicate(message: &str) -> bool {
    message == MESSAGE
}

/// The first one of the name that `span` marks, if it is found before it.
pub(super) fn first(text: &str, span: Span) -> Option<First> {
    let name = text.get(span.start..span.end)?;
    let before = &text[..span.start];
    let at = before.rfind('\n').map_or(0, |end| end + 1);
    let is_table = before[at..].trim_start().starts_with('[');
    let is_same = |line: &str| match header(line) {
        Some(header) => header == name || header.ends_with(&format!(".{name}")),
        None => line.split_once('=').is_some_and(|(key, _)| key.trim() == name),
    };
    let mut lines = before[..at].lines().zip(1..).filter(|(line, _)| is_same(line));
    // A key of a table is the nearest above; a table is anywhere.
    let found = if is_table { lines.next() } else { lines.last() };
    found.map(|(_, line)| First { line, is_table })
}

/// The names of a header, as in `traits."Hat/Crown"`.
fn header(line: &str) -> Option<&str> {
    let line = line.trim().strip_prefix('[')?;
    let end = line.rfind(']')?;
    Some(line[..end].trim_start_matches('[').trim_end_matches(']').trim())
}

/// Whether a place is in a table whose header is one of these spans: what is wrong there follows from the header.
pub(super) fn is_below_any(text: &str, headers: &[Span], span: Span) -> bool {
    let is_header = |at: usize| text[at..].trim_start().starts_with('[');
    headers.iter().any(|header| {
        let between = text.get(header.end..span.start).unwrap_or_default();
        let lines = between.match_indices('\n').map(|(at, _)| header.end + at + 1);
        span.start > header.end && !lines.into_iter().any(is_header)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first one of the last line's name.
    fn of_last(text: &str, name: &str) -> Option<(usize, bool)> {
        let start = text.rfind(name).unwrap();
        let first = first(text, Span { start, end: start + name.len() });
        first.map(|first| (first.line, first.is_table))
    }

    #[test]
    fn the_first_of_two_keys_or_tables_is_found() {
        assert_eq!(of_last("count = 5\nseed = 3\ncount = 7", "count"), Some((1, false)));
        assert_eq!(of_last("[metadata]\na = 1\n[metadata] # x", "metadata"), Some((1, true)));
        let inline = "\n[traits]\n\"Hat/A\" = { weight = 2 }\n\n[traits.\"Hat/A\"]\nweight = 3";
        assert_eq!(of_last(inline, "\"Hat/A\""), Some((3, true)));
        assert_eq!(of_last("[traits.\"A/B\"]\n[traits.\"A/B\"]", "\"A/B\""), Some((1, true)));
        assert_eq!(of_last("[[layers]]\nname = 1\n[[layers]]\nname = 2\nname = 3", "name"), Some((4, false)));
        assert_eq!(
            of_last("a = { b = 1, b = 2 }", "b"),
            None,
            "on the same line there is nothing to look for"
        );
    }

    #[test]
    fn what_is_in_a_second_table_follows_from_its_header() {
        let text = "[a]\nx = 1\n[a]\nx = 2\n[b]\nx = 1\nx = 2";
        let header = Span { start: text.rfind("a]").unwrap(), end: text.rfind("a]").unwrap() + 1 };
        let at =
            |pattern: &str| Span { start: text.find(pattern).unwrap(), end: text.find(pattern).unwrap() + 1 };
        assert!(is_below_any(text, &[header], at("x = 2\n[b]")));
        assert!(!is_below_any(text, &[header], Span { start: text.len() - 5, end: text.len() - 4 }));
    }
}

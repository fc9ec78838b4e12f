//! The text of a `collection.toml`: from a place in it to a problem that shows the line.

use std::ops::Range;
use std::path::Path;

use crate::error::{Excerpt, Problem, Remedy};

/// A place in the text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self { start: range.start, end: range.end }
    }
}

/// A file and its text, which spans refer to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

impl<'a> Source<'a> {
    /// The content of the file at `path`. Spans do not count a byte order mark, which some editors begin a file with.
    pub(crate) fn new(path: &'a Path, text: &'a str) -> Self {
        Self { path, text: text.strip_prefix('\u{feff}').unwrap_or(text) }
    }

    /// The path of the file.
    pub(crate) fn path(&self) -> &'a Path {
        self.path
    }

    /// The text without the byte order mark.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// The 1-based line that a span begins on.
    pub(crate) fn line(&self, span: Span) -> usize {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        before.iter().filter(|&&byte| byte == b'\n').count() + 1
    }

    /// A problem of the text in a span. It shows the line that the span begins on, marked up to its end at most.
    pub(crate) fn problem(&self, span: Span, what: impl Into<String>, remedy: impl Into<Remedy>) -> Problem {
        let problem = Problem::at(self.path, what, remedy).on_line(self.line(span));
        match self.excerpt(span) {
            Some(excerpt) => problem.showing(excerpt),
            None => problem,
        }
    }

    fn excerpt(&self, span: Span) -> Option<Excerpt> {
        // A span may end within a character, and both ends may be behind the text.
        let start = self.text.floor_char_boundary(span.start);
        let first = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let length = self.text[first..].find('\n').unwrap_or(self.text.len() - first);
        let line = &self.text[first..first + length];
        let line = line.strip_suffix('\r').unwrap_or(line);
        Excerpt::new(line, start - first..span.end.max(start) - first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::config::Configuration;

    /// Each problem of a text: the line, its excerpt and what is marked in it.
    fn places(text: &str) -> Vec<(usize, String, String)> {
        let mut problems = Vec::new();
        Configuration::parse(Source::new(Path::new("c.toml"), text), &mut problems);
        let place = |problem: Problem| {
            let excerpt = problem
                .excerpt
                .map(|excerpt| (excerpt.text().to_owned(), excerpt.text()[excerpt.marked()].to_owned()));
            let (text, marked) = excerpt.unwrap_or_default();
            (problem.line.unwrap(), text, marked)
        };
        problems.into_iter().map(place).collect()
    }

    fn place(line: usize, text: &str, marked: &str) -> (usize, String, String) {
        (line, text.to_owned(), marked.to_owned())
    }

    #[test]
    fn keys_values_and_headers_are_marked_whole() {
        assert_eq!(places("name = 'x'\ncuont = 5\n"), [place(2, "cuont = 5", "cuont")]);
        assert_eq!(places("size = \"8x8\" # wide\n"), [place(1, "size = \"8x8\" # wide", "\"8x8\"")]);
        assert_eq!(places("size = [0, 5]"), [place(1, "size = [0, 5]", "0")]);
        assert_eq!(places("\n [[layers]] # x\nchance = 1\n"), [place(2, " [[layers]] # x", "[[layers]]")]);
        assert_eq!(places("[traits.'A/x']\ncuont = 1\n"), [place(2, "cuont = 1", "cuont")]);
        assert_eq!(places("[traits]\n'A/x' = 1\n"), [place(2, "'A/x' = 1", "'A/x'")]);
    }

    #[test]
    fn a_value_of_several_lines_is_marked_on_its_first() {
        assert_eq!(places("fit = '''a\nb'''\n"), [place(1, "fit = '''a", "'''a")]);
        assert_eq!(places("size = [\n1,\n2, 3]\n"), [place(1, "size = [", "[")]);
    }

    #[test]
    fn byte_order_mark_line_ends_tabs_and_wide_characters_move_nothing() {
        assert_eq!(
            places("\u{feff}cuont = 1\r\nsize = 5\r\n"),
            [place(1, "cuont = 1", "cuont"), place(2, "size = 5", "5")]
        );
        assert_eq!(places("fit = '''a\r\nb'''\r\n"), [place(1, "fit = '''a", "'''a")]);
        assert_eq!(places("\tsize\t= 5"), [place(1, "    size    = 5", "5")]);
        let text = "ones = [{ name = \"\u{5bff}\u{1f600}\", image = 5 }]";
        assert_eq!(places(text), [place(1, text, "5")]);
    }

    #[test]
    fn a_long_line_is_bounded() {
        let text = format!("description = \"{}\"\nfit = \"{}\"", "d".repeat(9999), "f".repeat(9999));
        let [(2, text, marked)] = &places(&text)[..] else { panic!() };
        assert!(text.starts_with("fit = \"fff") && text.ends_with("f...") && text.len() < 250, "{text}");
        assert!(marked.starts_with("\"fff"), "{marked}");
    }

    #[test]
    fn errors_of_the_syntax_show_the_place_as_well() {
        let found = places("name = \"a\"\ncount == 3\n");
        assert_eq!((found[0].0, &*found[0].1), (2, "count == 3"));
        assert!(!found[0].2.is_empty(), "{found:?}");
        let found = places("name =");
        assert_eq!((found[0].0, &*found[0].1), (1, "name ="));
        // The error is on the empty line behind the last: there is nothing to show.
        let source = Source::new(Path::new("c.toml"), "a = [\n");
        let problem = source.problem((6..6).into(), "x", "y");
        assert_eq!((problem.line, problem.excerpt), (Some(2), None));
        assert_eq!(places(""), []);
        let empty = Source::new(Path::new("c.toml"), "").problem(Span::default(), "x", "y");
        assert_eq!((empty.line, empty.excerpt, empty.what.as_str()), (Some(1), None, "x"));
    }
}

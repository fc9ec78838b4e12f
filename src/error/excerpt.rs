//! The line of a text file that a problem is about, with the place in it.

use std::ops::Range;

/// Characters that an excerpt has at most, beside the dots where it is cut.
const MAX_CHARS: usize = 200;
/// Characters in front of the place that are kept where the line is cut.
const CONTEXT: usize = 60;
/// Where a part of the line is left out.
const CUT: &str = "...";
/// A tab, so that all columns of the excerpt have the width that they have on the screen.
const TAB: &str = "    ";

/// A line of a text file, and the part of it that is wrong.
///
/// It can be printed as it is: it has no control characters (a tab is four spaces, others are replaced by their symbols)
/// and about 200 characters at most, those around the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    text: String,
    marked: Range<usize>,
}

impl Excerpt {
    /// The excerpt of `line`, a line without its end, in which the bytes in `marked` are wrong. None if the line is blank.
    #[must_use]
    pub fn new(line: &str, marked: Range<usize>) -> Option<Self> {
        if line.trim().is_empty() {
            return None;
        }
        let start = line.floor_char_boundary(marked.start);
        let end = line.ceil_char_boundary(marked.end.max(start));
        let mut from = 0;
        if line.chars().nth(MAX_CHARS).is_some() {
            from = line[..start].char_indices().rev().nth(CONTEXT).map_or(0, |(at, _)| at);
            if line[from..].chars().nth(MAX_CHARS).is_none() {
                // The place is near the end: the characters that are free there go to the front.
                from = line.char_indices().rev().nth(MAX_CHARS - 1).map_or(0, |(at, _)| at);
            }
        }
        let to = line[from..].char_indices().nth(MAX_CHARS).map_or(line.len(), |(at, _)| from + at);
        let mut text = String::with_capacity(to - from);
        if from > 0 {
            text.push_str(CUT);
        }
        push_shown(&mut text, &line[from..start]);
        let first = text.len();
        push_shown(&mut text, &line[start..end.min(to)]);
        let last = text.len();
        push_shown(&mut text, &line[end.min(to)..to]);
        if to < line.len() {
            text.push_str(CUT);
        }
        Some(Self { text, marked: first..last })
    }

    /// The text of the line.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of [`Self::text`] that are wrong. Empty where something is missing; then it may be the end of the text.
    #[must_use]
    pub fn marked(&self) -> Range<usize> {
        self.marked.clone()
    }
}

/// Adds a text as it may be printed.
fn push_shown(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '\t' => out.push_str(TAB),
            '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + u32::from(c))),
            '\u{7f}' => out.push('\u{2421}'),
            // Other control characters, line separators, and what changes the direction of text.
            '\u{80}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => {
                out.push(char::REPLACEMENT_CHARACTER);
            }
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(line: &str, marked: Range<usize>) -> (String, String) {
        let excerpt = Excerpt::new(line, marked).unwrap();
        (excerpt.text().to_owned(), excerpt.text()[excerpt.marked()].to_owned())
    }

    fn owned(text: &str, marked: &str) -> (String, String) {
        (text.to_owned(), marked.to_owned())
    }

    #[test]
    fn a_short_line_is_kept_and_blank_lines_show_nothing() {
        assert_eq!(excerpt("size = 5", 7..8), owned("size = 5", "5"));
        assert_eq!(excerpt("size = ", 7..7), owned("size = ", ""));
        assert_eq!(Excerpt::new("size = ", 7..7).unwrap().marked(), 7..7);
        assert_eq!((Excerpt::new("", 0..0), Excerpt::new(" \t", 0..1)), (None, None));
    }

    #[test]
    fn ranges_beyond_the_line_and_within_characters_are_moved_to_whole_ones() {
        assert_eq!(excerpt("a = \u{5bff}x", 5..6), owned("a = \u{5bff}x", "\u{5bff}"));
        assert_eq!(excerpt("a = 1", 4..99), owned("a = 1", "1"));
        assert_eq!(excerpt("a = 1", 98..99), owned("a = 1", ""));
    }

    #[test]
    fn nothing_of_an_excerpt_steers_a_terminal() {
        let line = "\ta\u{1b}[2J\u{7f}\u{9b}\u{202e}z";
        let at = line.find('z').unwrap();
        assert_eq!(excerpt(line, at..at + 1), owned("    a\u{241b}[2J\u{2421}\u{fffd}\u{fffd}z", "z"));
        let every: String = (0..0x3000).filter_map(char::from_u32).filter(|&c| c != '\n').collect();
        for (at, c) in every.char_indices() {
            let shown = Excerpt::new(&every, at..at + c.len_utf8()).unwrap();
            assert!(!shown.text().contains(char::is_control), "{c:?}");
        }
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let line = format!("{}HERE{}", "a".repeat(500), "b".repeat(500));
        let (text, marked) = excerpt(&line, 500..504);
        assert_eq!(marked, "HERE");
        assert!(text.starts_with("...aaa") && text.ends_with("bbb..."), "{text}");
        assert_eq!(text.chars().count(), MAX_CHARS + 2 * CUT.len());
        let (text, marked) = excerpt(&line, 0..1);
        assert!(text.starts_with("aaa") && text.ends_with("..."), "{text}");
        assert_eq!((text.chars().count(), &*marked), (MAX_CHARS + CUT.len(), "a"));
        let (text, marked) = excerpt(&line, 1003..1004);
        assert!(text.starts_with("...") && text.ends_with("bbb"), "{text}");
        assert_eq!((text.chars().count(), &*marked), (MAX_CHARS + CUT.len(), "b"));
        let (text, marked) = excerpt(&line, 400..900);
        assert!(text.ends_with("...") && marked.len() < MAX_CHARS, "{text}");
        let wide = "\u{5bff}".repeat(1000);
        assert_eq!(excerpt(&wide, 1500..1503).1, "\u{5bff}");
        let exact = "x".repeat(MAX_CHARS);
        assert_eq!(excerpt(&exact, 150..151).0, exact);
    }
}

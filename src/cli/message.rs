//! Messages on a terminal: a coloured beginning, and lines that end between words.

use anstream::ColorChoice;

/// Beginnings of messages, and their colours: bold red, yellow and cyan.
const KINDS: [(&str, &str); 3] =
    [("traitpress: ", "\u{1b}[1;31m"), ("warning: ", "\u{1b}[1;33m"), ("note: ", "\u{1b}[1;36m")];
const RESET: &str = "\u{1b}[0m";
/// Columns, at least.
const LEAST: usize = 40;
/// What lines after the first begin with.
const INDENT: &str = "  ";

/// A message as a terminal shows it; all other lines stay as they are.
pub(crate) fn for_terminal(text: &str, colours: ColorChoice) -> String {
    let Some((kind, colour)) = KINDS.into_iter().find(|(kind, _)| text.starts_with(kind)) else {
        return text.to_owned();
    };
    let columns = terminal_size::terminal_size_of(std::io::stderr()).map_or(100, |(width, _)| width.0.into());
    let wrapped = wrap(text, columns);
    match colours {
        ColorChoice::Never => wrapped,
        _ => format!("{colour}{}{RESET}{}", &wrapped[..kind.len()], &wrapped[kind.len()..]),
    }
}

/// The text in lines of so many columns, broken between words; a word that is longer has a line to itself.
fn wrap(text: &str, columns: usize) -> String {
    let columns = columns.max(LEAST);
    let mut out = String::new();
    let mut used = 0;
    for (number, word) in text.split(' ').enumerate() {
        let width = word.chars().count();
        if number > 0 && used + 1 + width > columns && used > INDENT.len() {
            out.push('\n');
            out += INDENT;
            used = INDENT.len();
        } else if number > 0 {
            out.push(' ');
            used += 1;
        }
        out += word;
        used += width;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words_and_no_word_is_broken() {
        let text = "traitpress: p/layers/Hat: the layer has no traits: its folder is empty; add at least one picture to it";
        let wrapped = wrap(text, 50);
        assert!(wrapped.lines().all(|line| line.chars().count() <= 50), "{wrapped}");
        assert_eq!(wrapped.lines().count(), 3);
        assert_eq!(
            wrapped.split_whitespace().collect::<Vec<_>>(),
            text.split_whitespace().collect::<Vec<_>>()
        );
        let long = "x".repeat(90);
        assert_eq!(wrap(&format!("note: {long} y"), 50), format!("note:\n  {long}\n  y"));
        assert_eq!(wrap("note: a", 50), "note: a");
    }

    #[test]
    fn only_the_beginning_is_coloured_and_only_of_messages() {
        let coloured = for_terminal("warning: x", ColorChoice::Always);
        assert_eq!(coloured, "\u{1b}[1;33mwarning: \u{1b}[0mx");
        assert_eq!(for_terminal("warning: x", ColorChoice::Never), "warning: x");
        assert_eq!(for_terminal("12 items", ColorChoice::Always), "12 items");
    }
}

//! Texts with the number of an item in them: `https://example.org/{edition}.html`, or `{edition:04}` for `0007`. Some have
//! more in braces, which their readers define.

use std::convert::Infallible;

/// A piece of a template; of one that has only numbers in it, if nothing else is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part<F = Infallible> {
    /// Literal text.
    Text(String),
    /// The edition, filled with zeros to so many digits.
    Edition(u8),
    /// Something else.
    Field(F),
}

/// The most digits that an edition is filled up to.
pub(crate) const MAX_DIGITS: u8 = 10;

/// Takes a template apart that has only numbers in it.
///
/// # Errors
/// Its problem, to follow its name: `contains {editoin}`.
pub(crate) fn parse(text: &str) -> Result<Vec<Part>, String> {
    parse_fields(text, |field| Err(format!("contains {{{field}}}")))
}

/// Takes a template apart; a field other than the edition becomes what `field` returns.
///
/// # Errors
/// As [`parse`], and those of `field`.
pub(crate) fn parse_fields<F>(
    text: &str,
    field: impl Fn(&str) -> Result<F, String>,
) -> Result<Vec<Part<F>>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find(['{', '}']) {
        let (before, behind) = rest.split_at(open);
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        let inside = behind.strip_prefix('{').and_then(|behind| behind.split_once('}'));
        let Some((name, after)) = inside else {
            return Err("has an unmatched { or }".to_owned());
        };
        let width = match name.strip_prefix("edition") {
            Some("") => Some(0),
            Some(width) => {
                let digits = width.strip_prefix(":0").and_then(|digits| digits.parse::<u8>().ok());
                digits.filter(|digits| (1..=MAX_DIGITS).contains(digits))
            }
            None => None,
        };
        parts.push(match width {
            Some(width) => Part::Edition(width),
            None => Part::Field(field(name)?),
        });
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    Ok(parts)
}

/// The text for an edition.
pub(crate) fn fill(parts: &[Part], edition: u32) -> String {
    let text = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Edition(width) => number(edition, *width),
        Part::Field(never) => match *never {},
    };
    parts.iter().map(text).collect()
}

/// An edition, filled with zeros to so many digits.
pub(crate) fn number(edition: u32, width: u8) -> String {
    format!("{edition:0width$}", width = usize::from(width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editions_are_filled_in_and_all_else_in_brackets_is_refused() {
        for (template, filled) in [
            ("", ""),
            ("https://x/{edition}.html", "https://x/7.html"),
            ("{edition:04}-{edition}", "0007-7"),
            ("{edition:010}", "0000000007"),
        ] {
            assert_eq!(fill(&parse(template).unwrap(), 7), filled, "{template}");
        }
        for wrong in
            ["{", "}", "a}b{", "{name}", "{edition:4}", "{edition:00}", "{edition:011}", "{{edition}}"]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}

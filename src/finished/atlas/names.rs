//! Names of sprites, by a template.

use std::collections::HashSet;

use crate::finished::sheet::SheetError;

/// What a sprite is called by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    /// The file of the picture, without `.png`.
    pub(crate) name: &'a str,
    /// What its metadata calls the item.
    pub(crate) title: &'a str,
    pub(crate) edition: u32,
    /// The number of the cell, in reading order from 0, and its place.
    pub(crate) frame: u32,
    pub(crate) row: u32,
    pub(crate) column: u32,
}

/// A template, read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Name,
    Title,
    /// A number, with zeros before it up to so many digits.
    Number(Number, usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    Edition,
    Frame,
    Row,
    Column,
}

impl Template {
    /// Reads `{name}`, `{title}`, and `{edition}`, `{frame}`, `{row}` and `{column}`, which can have a width, as in `{frame:02}`.
    pub(crate) fn read(text: &str) -> Result<Self, SheetError> {
        let fail = |what: String| Err(SheetError::Names { what });
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, after) = rest.split_at(at);
            parts.push(Part::Text(before.to_owned()));
            let Some((field, after)) = after.strip_prefix('{').and_then(|after| after.split_once('}')) else {
                return fail(format!("the name template \"{text}\" has a brace without its other half"));
            };
            let (field, width) = match field.split_once(':') {
                None => (field, Some(1)),
                Some((field, width)) => {
                    let digits = width.strip_prefix('0').unwrap_or(width);
                    (field, digits.parse().ok().filter(|digits| (1..=9).contains(digits)))
                }
            };
            let number = |number| width.map(|width| Part::Number(number, width));
            let part = match field {
                "name" => Some(Part::Name).filter(|_| width == Some(1)),
                "title" => Some(Part::Title).filter(|_| width == Some(1)),
                "edition" => number(Number::Edition),
                "frame" => number(Number::Frame),
                "row" => number(Number::Row),
                "column" => number(Number::Column),
                _ => None,
            };
            let Some(part) = part else {
                return fail(format!(
                    "the name template \"{text}\" has a field that does not exist; there are {{name}}, {{title}}, {{edition}}, \
                     {{frame}}, {{row}} and {{column}}, and numbers can have a width, as in {{frame:02}}"
                ));
            };
            parts.push(part);
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
        Ok(Self(parts))
    }

    /// Whether names depend on titles, which have to be read.
    pub(crate) fn has_titles(&self) -> bool {
        self.0.contains(&Part::Title)
    }

    /// The name of a sprite.
    pub(crate) fn name(&self, subject: Subject<'_>) -> String {
        let mut name = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => name.push_str(text),
                Part::Name => name.push_str(subject.name),
                Part::Title => name.push_str(subject.title),
                Part::Number(number, width) => {
                    let number = match number {
                        Number::Edition => subject.edition,
                        Number::Frame => subject.frame,
                        Number::Row => subject.row,
                        Number::Column => subject.column,
                    };
                    name.push_str(&format!("{number:0width$}"));
                }
            }
        }
        name
    }
}

/// Refuses names that occur twice: games look sprites up by them.
pub(crate) fn ensure_different<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), SheetError> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(SheetError::Names { what: format!("two sprites would have the name \"{name}\"") });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBJECT: Subject<'static> =
        Subject { name: "Red-Cap", title: "Hero #7", edition: 7, frame: 11, row: 1, column: 3 };

    #[test]
    fn fields_are_filled_in() {
        for (template, name) in [
            ("{name}.png", "Red-Cap.png"),
            ("{title}/{frame:03}", "Hero #7/011"),
            ("{edition:04}_{row}_{column:2}", "0007_1_03"),
            ("walk", "walk"),
            ("", ""),
        ] {
            assert_eq!(Template::read(template).unwrap().name(SUBJECT), name, "{template}");
        }
        assert!(
            Template::read("{title}").unwrap().has_titles()
                && !Template::read("{name}").unwrap().has_titles()
        );
    }

    #[test]
    fn other_templates_are_refused() {
        for (template, word) in [
            ("{Hat}", "{frame:02}"),
            ("{name:03}", "does not exist"),
            ("{frame:}", "does not exist"),
            ("{frame:99}", "does not exist"),
            ("{frame", "brace"),
            ("a}", "brace"),
        ] {
            let error = Template::read(template).unwrap_err().to_string();
            assert!(error.contains(word) && error.contains(template), "{template}: {error}");
        }
        let error = ensure_different(["a", "b", "a"].into_iter()).unwrap_err().to_string();
        assert!(error.contains("\"a\""), "{error}");
    }
}

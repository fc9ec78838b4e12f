//! Typed access to a TOML table that remembers everything that was wrong.
//!
//! Each method looks one key up and gives its value, or nothing and a problem with the line, the value and the limit.

use std::fmt::Display;
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{Problem, Remedy, quoted};
use crate::project::keys::is_of_collection;
use crate::project::names::{MAX_WEIGHT, MIN_WEIGHT, nearest, weight};
use crate::project::source::{Source, Span};

/// The values of one file and what is wrong with them.
pub(crate) struct Values<'a> {
    source: Source<'a>,
    /// Each with its byte position, by which they are put in order.
    problems: Vec<(usize, Problem)>,
}

impl<'a> Values<'a> {
    pub(crate) fn new(source: Source<'a>) -> Self {
        Self { source, problems: Vec::new() }
    }

    /// The problems in the order of the file.
    pub(crate) fn into_problems(mut self) -> impl Iterator<Item = Problem> {
        self.problems.sort_by_key(|(position, _)| *position);
        self.problems.into_iter().map(|(_, problem)| problem)
    }

    /// The 1-based line that a span begins on.
    pub(crate) fn line(&self, span: Span) -> usize {
        self.source.line(span)
    }

    /// Notes a problem of the text in a span.
    pub(crate) fn problem(
        &mut self,
        span: impl Into<Span>,
        what: impl Into<String>,
        remedy: impl Into<Remedy>,
    ) {
        let span = span.into();
        self.problems.push((span.start, self.source.problem(span, what, remedy)));
    }

    /// The span of the value of `key`; the beginning of the file if it is missing.
    pub(crate) fn span(&self, table: &DeTable<'_>, key: &str) -> Span {
        table.get(key).map_or_else(Span::default, |value| value.span().into())
    }

    /// Refuses each key that is not in `known`; `of` says what the table is.
    pub(crate) fn refuse_unknown(&mut self, table: &DeTable<'_>, known: &[&'static str], of: &str) {
        for key in table.keys() {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                continue;
            }
            // A line that is put at the end of a file belongs to the last table there.
            if !of.is_empty() && is_of_collection(name) {
                let what = format!("the key {}{of} is unknown", quoted(name));
                let remedy = "it is a key of the collection: put it above the first [[..]] or [..] table";
                self.problem(key.span(), what, remedy);
                continue;
            }
            let remedy = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean {}?", quoted(near)),
                None => format!("the keys are {}", known.join(", ")),
            };
            self.problem(key.span(), format!("the key {}{of} is unknown", quoted(name)), remedy);
        }
    }

    pub(crate) fn text(&mut self, table: &DeTable<'_>, key: &str) -> Option<String> {
        let value = table.get(key)?;
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong_type(key, value, "a string, as in \"text\"");
        }
        text
    }

    pub(crate) fn boolean(&mut self, table: &DeTable<'_>, key: &str) -> Option<bool> {
        let value = table.get(key)?;
        let boolean = value.get_ref().as_bool();
        if boolean.is_none() {
            self.wrong_type(key, value, "true or false");
        }
        boolean
    }

    pub(crate) fn integer(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        range: RangeInclusive<i64>,
    ) -> Option<i64> {
        self.integer_of(key, "is", table.get(key)?, range)
    }

    /// An array of two integers in `range`.
    pub(crate) fn pair(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        range: RangeInclusive<i64>,
    ) -> Option<[i64; 2]> {
        let value = table.get(key)?;
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "two integers, as in [1, 2]");
            return None;
        };
        let items: Vec<_> = array.iter().collect();
        let [first, second] = items[..] else {
            let what = format!("{key} is an array of {}", items.len());
            self.problem(value.span(), what, "write two integers, as in [1, 2]");
            return None;
        };
        let first = self.integer_of(key, "holds", first, range.clone());
        let second = self.integer_of(key, "holds", second, range);
        Some([first?, second?])
    }

    fn integer_of(
        &mut self,
        key: &str,
        verb: &str,
        value: &Spanned<DeValue<'_>>,
        range: RangeInclusive<i64>,
    ) -> Option<i64> {
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type(key, value, "an integer");
            return None;
        };
        let parsed = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let inside = parsed.filter(|value| range.contains(value));
        if inside.is_none() {
            self.outside(key, verb, value, integer, range.start(), range.end());
        }
        inside
    }

    /// Several integers, or one alone; `wanted` says what they are.
    pub(crate) fn integers(&mut self, table: &DeTable<'_>, key: &str, wanted: &str) -> Option<Vec<i64>> {
        let value = table.get(key)?;
        let list: Vec<&Spanned<DeValue<'_>>> =
            value.get_ref().as_array().map_or_else(|| vec![value], |array| array.iter().collect());
        let mut integers = Vec::with_capacity(list.len());
        for value in list {
            match value.get_ref().as_integer() {
                Some(integer) => {
                    integers.push(i64::from_str_radix(integer.as_str(), integer.radix()).unwrap_or(i64::MAX));
                }
                None => {
                    self.wrong_type(key, value, wanted);
                    return None;
                }
            }
        }
        Some(integers)
    }

    /// An integer or a string, as text; `wanted` says what it is.
    pub(crate) fn integer_or_text(&mut self, table: &DeTable<'_>, key: &str, wanted: &str) -> Option<String> {
        let value = table.get(key)?;
        match value.get_ref() {
            DeValue::Integer(integer) => Some(integer.to_string()),
            DeValue::String(text) => Some(text.to_string()),
            _ => {
                self.wrong_type(key, value, wanted);
                None
            }
        }
    }

    /// A number from 0 to 1.
    pub(crate) fn fraction(&mut self, table: &DeTable<'_>, key: &str) -> Option<f64> {
        let value = table.get(key)?;
        let text = match value.get_ref() {
            DeValue::Float(float) => float.as_str().to_owned(),
            DeValue::Integer(integer) => integer.to_string(),
            _ => {
                self.wrong_type(key, value, "a number from 0.0 to 1.0");
                return None;
            }
        };
        let number = text.parse().unwrap_or(f64::NAN);
        if (0.0..=1.0).contains(&number) {
            return Some(number);
        }
        self.outside(key, "is", value, number, "0.0", "1.0");
        None
    }

    /// A weight, in millionths: 0, or from a millionth to a billion.
    pub(crate) fn weight(&mut self, table: &DeTable<'_>, key: &str) -> Option<u64> {
        let value = table.get(key)?;
        let text = match value.get_ref() {
            DeValue::Float(float) => float.as_str().to_owned(),
            DeValue::Integer(integer) => integer.to_string(),
            _ => {
                self.wrong_type(key, value, "a number, as in 2 or 0.5");
                return None;
            }
        };
        match weight(&text.replace('_', "")) {
            Some(Ok(weight)) => Some(weight),
            _ => {
                self.outside(key, "is", value, text, MIN_WEIGHT, MAX_WEIGHT);
                None
            }
        }
    }

    fn outside(
        &mut self,
        key: &str,
        verb: &str,
        value: &Spanned<DeValue<'_>>,
        given: impl Display,
        least: impl Display,
        most: impl Display,
    ) {
        let what = format!("{key} {verb} {given}, which is not between {least} and {most}");
        self.problem(value.span(), what, "choose a value in that range");
    }

    /// A colour, `#rgb`, `#rrggbb` or `#rrggbbaa`.
    pub(crate) fn colour(&mut self, table: &DeTable<'_>, key: &str) -> Option<[u8; 4]> {
        let text = self.text(table, key)?;
        let colour = parse_colour(&text);
        if colour.is_none() {
            let what = format!("{key} is {}, which is not a colour", quoted(&text));
            self.problem(self.span(table, key), what, "write \"#rgb\", \"#rrggbb\" or \"#rrggbbaa\"");
        }
        colour
    }

    /// One of several words.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let text = self.text(table, key)?;
        if let Some((_, choice)) = choices.iter().find(|(word, _)| *word == text) {
            return Some(*choice);
        }
        let words: Vec<String> = choices.iter().map(|(word, _)| quoted(word)).collect();
        let what = format!("{key} is {}", quoted(&text));
        self.problem(self.span(table, key), what, format!("write one of {}", words.join(", ")));
        None
    }

    /// Several texts, or one alone; `wanted` says what they are.
    pub(crate) fn texts(&mut self, table: &DeTable<'_>, key: &str, wanted: &str) -> Vec<String> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let list: Vec<&Spanned<DeValue<'_>>> =
            value.get_ref().as_array().map_or_else(|| vec![value], |array| array.iter().collect());
        let mut texts = Vec::new();
        for value in list {
            match value.get_ref().as_str() {
                Some(text) => texts.push(text.to_owned()),
                None => self.wrong_type(key, value, wanted),
            }
        }
        texts
    }

    /// A table inside the table.
    pub(crate) fn table<'t, 'i>(&mut self, table: &'t DeTable<'i>, key: &str) -> Option<&'t DeTable<'i>> {
        let value = table.get(key)?;
        let inner = value.get_ref().as_table();
        if inner.is_none() {
            self.wrong_type(key, value, &format!("a table, starting with [{key}]"));
        }
        inner
    }

    /// The tables of an array of tables, each with the span of its header, or of the whole table where it is written inline.
    pub(crate) fn tables<'t, 'i>(
        &mut self,
        table: &'t DeTable<'i>,
        key: &str,
    ) -> Vec<(Span, &'t DeTable<'i>)> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(key, value, &format!("tables, each starting with [[{key}]]"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in array {
            match item.get_ref().as_table() {
                Some(table) => tables.push((item.span().into(), table)),
                None => self.wrong_type(key, item, &format!("tables, each starting with [[{key}]]")),
            }
        }
        tables
    }

    pub(crate) fn wrong_type(&mut self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let found = value.get_ref().type_str();
        let article = if found.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
        self.problem(value.span(), format!("{key} is {article} {found}"), format!("write {wanted}"));
    }
}

/// The colour that a text of `#` and hexadecimal digits gives.
pub(crate) fn parse_colour(text: &str) -> Option<[u8; 4]> {
    let digits = text.strip_prefix('#')?;
    let nibbles: Vec<u8> =
        digits.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    let byte = |at: usize| nibbles[at] << 4 | nibbles[at + 1];
    match nibbles.len() {
        3 => Some([nibbles[0] * 17, nibbles[1] * 17, nibbles[2] * 17, 255]),
        6 => Some([byte(0), byte(2), byte(4), 255]),
        8 => Some([byte(0), byte(2), byte(4), byte(6)]),
        _ => None,
    }
}

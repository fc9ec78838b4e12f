//! A plan file as a stream of names.
//!
//! This is the only reader of plan files. A plan can have a million items, so they are never held as JSON: a [`Receiver`]
//! gets each name while the parser is at it, and keeps what it needs. The form is checked here, in the same way for every
//! receiver: the format, unknown keys and keys that are there twice, what an item is, and how many traits it has.
//!
//! The keys may come in any order. If the items come before the layers that give them a meaning, they are passed over
//! and the file is read once more.

use std::collections::HashSet;
use std::io::{BufReader, Read, Seek};

use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use crate::plan::error::PlanErrorKind as Kind;
use crate::plan::items::Items;
use crate::project::{nfc, quoted};

/// The format of plan files.
pub(crate) const FORMAT: &str = "traitpress-plan/1";

const KEYS: [&str; 6] = ["format", "algorithm", "seed", "start", "layers", "items"];

/// What receives the names in a plan, in Unicode's normal form C. Items are counted from 0.
pub(crate) trait Receiver {
    /// The names of the layers, each of which is there once. This comes before the items.
    fn layers(&mut self, names: &[String]) -> Result<(), Kind>;

    /// What an item shows in a column of the layers, `None` for absence. An item's columns come in ascending order, each
    /// once, but for an item that is refused.
    fn choice(&mut self, item: usize, column: usize, name: Option<&str>) -> Result<(), Kind>;

    /// An item that is the one-of-one `name`; it has no choices.
    fn one(&mut self, item: usize, name: &str) -> Result<(), Kind>;

    /// The group of an item, before or after its choices.
    fn group(&mut self, item: usize, name: &str) -> Result<(), Kind>;

    /// The name that an item has of its own, before or after its choices; it is no one-of-one.
    fn name(&mut self, item: usize, name: &str);
}

/// What a plan file has beside the names of its items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) algorithm: Option<u32>,
    pub(crate) seed: Option<u64>,
    pub(crate) start: u32,
    pub(crate) layers: Vec<String>,
    /// The items that the receiver got.
    pub(crate) count: usize,
    /// Their editions, if they do not simply count up from `start`.
    pub(crate) editions: Option<Vec<u32>>,
}

impl Document {
    /// Reads a plan, of its items the first `take` or all.
    ///
    /// # Errors
    /// What is wrong with the plan, or what the receiver refuses.
    pub(crate) fn read(
        source: &mut (impl Read + Seek),
        take: Option<u32>,
        receiver: &mut impl Receiver,
    ) -> Result<Self, Kind> {
        let mut reading = Reading {
            seen: HashSet::new(),
            document: Self { start: 1, ..Self::default() },
            has_layers: false,
            items: Items::new(receiver, take.map_or(usize::MAX, |take| take as usize)),
            has_items: false,
            failure: None,
        };
        reading.pass(&mut *source)?;
        for key in ["format", "layers", "items"] {
            if !reading.seen.contains(key) {
                return Err(Kind::Missing { key });
            }
        }
        if !reading.has_items {
            source.rewind().map_err(Kind::Io)?;
            reading.seen.clear();
            reading.pass(source)?;
        }
        reading.finish(take)
    }

    /// The edition of an item.
    pub(crate) fn edition(&self, item: usize) -> u32 {
        match &self.editions {
            Some(editions) => editions[item],
            None => self.start + u32::try_from(item).expect("editions fit 32 bits"),
        }
    }
}

/// What has been read so far.
struct Reading<'r, R> {
    seen: HashSet<&'static str>,
    document: Document,
    has_layers: bool,
    items: Items<'r, R>,
    has_items: bool,
    /// What the visitors found to be wrong; the parser's own error only ends the parsing.
    failure: Option<Kind>,
}

impl<R: Receiver> Reading<'_, R> {
    /// Parses the file once.
    fn pass(&mut self, source: impl Read) -> Result<(), Kind> {
        let mut parser = serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 16, source));
        let parsed = parser.deserialize_map(&mut *self).and_then(|()| parser.end());
        match (self.failure.take(), parsed) {
            (Some(failure), _) => Err(failure),
            (None, Ok(())) => Ok(()),
            (None, Err(error)) => Err(json(error)),
        }
    }

    fn finish(self, take: Option<u32>) -> Result<Document, Kind> {
        let Self { mut document, items, .. } = self;
        let found = items.found;
        if let Some(wanted) = take.filter(|&wanted| found < wanted as usize) {
            return Err(Kind::TooFew { wanted, found });
        }
        if found == 0 {
            return Err(Kind::Empty);
        }
        let (start, count) = (document.start, found.min(items.take));
        if u64::from(start) + count as u64 > 1 << 32 {
            return Err(Kind::Editions { start, count });
        }
        document.count = count;
        document.editions = editions(start, count, &items.editions)?;
        Ok(document)
    }

    /// Takes the names of the layers, unless they have been taken before.
    fn layers(&mut self, names: Vec<String>) -> Result<(), Kind> {
        if self.has_layers {
            return Ok(());
        }
        let names: Vec<String> = names.iter().map(|name| nfc(name).into_owned()).collect();
        if names.is_empty() {
            return Err(Kind::Missing { key: "layers" });
        }
        let mut seen = HashSet::new();
        if let Some(twice) = names.iter().find(|name| !seen.insert(name.as_str())) {
            let (what, hint) = ("occurs twice".to_owned(), "remove one".to_owned());
            return Err(Kind::Layer { layer: quoted(twice), what, hint });
        }
        self.items.layers(&names)?;
        self.document.layers = names;
        self.has_layers = true;
        Ok(())
    }
}

/// The editions of so many items from the first one's and from those that items have; `None` if they count up.
fn editions(start: u32, count: usize, given: &[(usize, u32)]) -> Result<Option<Vec<u32>>, Kind> {
    let counted = |item: usize| start + item as u32;
    if given.iter().all(|&(item, edition)| counted(item) == edition) {
        return Ok(None);
    }
    let mut editions: Vec<u32> = (0..count).map(counted).collect();
    given.iter().for_each(|&(item, edition)| editions[item] = edition);
    let mut sorted = editions.clone();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(twice) => Err(Kind::Edition { edition: twice[0] }),
        None => Ok(Some(editions)),
    }
}

/// A parser's error, its place apart from its text.
fn json(error: serde_json::Error) -> Kind {
    if error.is_io() {
        return Kind::Io(error.into());
    }
    let (line, column, text) = (error.line(), error.column(), error.to_string());
    let place = format!(" at line {line} column {column}");
    let what = quoted(text.strip_suffix(&place).unwrap_or(&text)).trim_matches('"').to_owned();
    Kind::Json { line, column, what }
}

impl<'de, R: Receiver> Visitor<'de> for &mut Reading<'_, R> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a plan, {\"format\": ..., \"layers\": [...], \"items\": [...]}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let known = KEYS.iter().copied().find(|key| *key == name && self.seen.insert(key));
            let checked = match known {
                Some("format") => {
                    let found: serde_json::Value = map.next_value()?;
                    if found == FORMAT { Ok(()) } else { Err(Kind::Format { found: quoted_json(&found) }) }
                }
                Some("algorithm") => {
                    self.document.algorithm = map.next_value()?;
                    Ok(())
                }
                Some("seed") => {
                    self.document.seed = map.next_value()?;
                    Ok(())
                }
                Some("start") => {
                    self.document.start = map.next_value::<Option<u32>>()?.unwrap_or(1);
                    Ok(())
                }
                Some("layers") => {
                    let names = map.next_value()?;
                    self.layers(names)
                }
                Some(_) if self.has_layers && !self.has_items => {
                    self.has_items = true;
                    let parsed = map.next_value_seed(&mut self.items);
                    match self.items.failure.take() {
                        Some(failure) => Err(failure),
                        None => parsed.map(Ok)?,
                    }
                }
                Some(_) => map.next_value::<IgnoredAny>().map(|_| Ok(()))?,
                None => Err(Kind::Key { key: quoted(&name), known: KEYS.join(", ") }),
            };
            if let Err(kind) = checked {
                self.failure = Some(kind);
                return Err(A::Error::custom("the plan is invalid"));
            }
        }
        Ok(())
    }
}

/// A JSON value as text that is safe to show.
fn quoted_json(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

#[cfg(test)]
#[path = "tests_document.rs"]
mod tests;

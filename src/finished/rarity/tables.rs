//! The report as tables: JSON for programs, CSV for spreadsheets.
//!
//! A spreadsheet takes a field that begins with `=`, `+`, `-` or `@` for a formula, and names come from the artist. So
//! such fields get an apostrophe before them in CSV, as OWASP's advice on CSV injection has it; JSON has names as they are.

use std::borrow::Cow;
use std::io::Write;

use serde::ser::{Serialize, SerializeSeq, Serializer};

use crate::files::Digest;
use crate::finished::error::ReportError;
use crate::finished::rarity::score::Score;
use crate::finished::rarity::{ItemKind, LayerCounts, RankedItem, Rarity};

/// What the JSON says that it is.
const FORMAT: &str = "traitpress-report/1";

#[derive(serde::Serialize)]
struct Report<'a> {
    format: &'a str,
    name: &'a str,
    collection: Digest,
    items: usize,
    ones: usize,
    layers: &'a [LayerCounts],
    ranking: Ranking<'a>,
}

/// Items by rank, written one after the other.
struct Ranking<'a>(&'a Rarity);

#[derive(serde::Serialize)]
struct Line<'a> {
    edition: u32,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    one: bool,
    rank_information: u32,
    information: Option<Score>,
    rank_trait: u32,
    score: Option<Score>,
    /// In the order of the layers; of a one-of-one its own attributes, name and value.
    #[serde(skip_serializing_if = "Option::is_none")]
    traits: Option<Vec<Values<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<&'a [(String, String)]>,
}

/// What an item shows of a layer.
#[derive(serde::Serialize)]
#[serde(untagged)]
enum Values<'a> {
    One(Option<&'a str>),
    /// Layers of one displayed name show different things.
    Several(Vec<Option<&'a str>>),
}

impl Values<'_> {
    /// The values in one field of a table.
    fn text(&self) -> String {
        match self {
            Self::One(value) => value.unwrap_or_default().to_owned(),
            Self::Several(values) => values.iter().flatten().copied().collect::<Vec<_>>().join(" + "),
        }
    }
}

impl Serialize for Ranking<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let rarity = self.0;
        let mut lines = to.serialize_seq(Some(rarity.items.len()))?;
        for place in rarity.by_information() {
            lines.serialize_element(&rarity.line(&rarity.items[place]))?;
        }
        lines.end()
    }
}

impl Rarity {
    /// How many items are one-of-ones.
    #[must_use]
    pub fn count_ones(&self) -> usize {
        self.items.len() - self.drawn as usize
    }

    /// The names of what an item shows in each layer; none where a layer is absent.
    fn shown<'a>(&'a self, item: &'a RankedItem) -> impl Iterator<Item = Values<'a>> {
        let choices = item.choices().iter().zip(&self.layers);
        choices.map(|(&set, layer)| {
            let name = |place: &u32| layer.choices[*place as usize].name.as_deref();
            match &*layer.sets[set as usize] {
                [place] => Values::One(name(place)),
                places => Values::Several(places.iter().map(name).collect()),
            }
        })
    }

    fn group(&self, item: &RankedItem) -> Option<&str> {
        item.group.map(|group| self.groups[usize::from(group)].as_str())
    }

    fn line<'a>(&'a self, item: &'a RankedItem) -> Line<'a> {
        let (traits, attributes) = match &item.kind {
            ItemKind::Drawn { .. } => (Some(self.shown(item).collect()), None),
            ItemKind::One { attributes } => (None, Some(&attributes[..])),
        };
        Line {
            edition: item.edition,
            name: &item.name,
            group: self.group(item),
            one: attributes.is_some(),
            rank_information: item.rank_information,
            information: item.information(),
            rank_trait: item.rank_trait,
            score: item.score(),
            traits,
            attributes,
        }
    }

    /// Writes everything as one JSON object, `traitpress-report/1`: the layers with counts and shares, and all items by
    /// rank.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write_json(&self, out: &mut impl Write) -> Result<(), ReportError> {
        let report = Report {
            format: FORMAT,
            name: &self.name,
            collection: self.collection,
            items: self.items.len(),
            ones: self.count_ones(),
            layers: &self.layers,
            ranking: Ranking(self),
        };
        let mut to = serde_json::Serializer::pretty(&mut *out);
        report.serialize(&mut to).map_err(std::io::Error::from)?;
        Ok(writeln!(out)?)
    }

    /// Writes the items as CSV (RFC 4180), by rank, one column a layer.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write_csv(&self, out: &mut impl Write) -> Result<(), ReportError> {
        let mut out = csv::Writer::from_writer(out);
        let fixed =
            ["rank by information", "information", "rank by trait rarity", "trait rarity", "edition", "name"];
        let has_groups = !self.groups.is_empty();
        let layers = self.layers.iter().map(|layer| layer.name.as_str());
        let head = fixed.into_iter().chain(has_groups.then_some("group")).chain(["one-of-one"]).chain(layers);
        write_record(&mut out, head)?;
        for place in self.by_information() {
            let item = &self.items[place];
            let number = |score: Option<Score>| score.map_or_else(String::new, |score| score.to_string());
            let (information, score) = (number(item.information()), number(item.score()));
            let ranks =
                [item.rank_information.to_string(), item.rank_trait.to_string(), item.edition.to_string()];
            let fixed = [&*ranks[0], &*information, &*ranks[1], &*score, &*ranks[2], &*item.name];
            let is_one = matches!(item.kind, ItemKind::One { .. });
            let group = has_groups.then(|| self.group(item).unwrap_or_default());
            let one = if is_one { "yes" } else { "" };
            let none = std::iter::repeat_n(String::new(), if is_one { self.layers.len() } else { 0 });
            let shown: Vec<String> = self.shown(item).map(|values| values.text()).chain(none).collect();
            let shown = shown.iter().map(String::as_str);
            write_record(&mut out, fixed.into_iter().chain(group).chain([one]).chain(shown))?;
        }
        Ok(out.flush()?)
    }

    /// Writes what each layer's traits came to as CSV (RFC 4180).
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write_traits_csv(&self, out: &mut impl Write) -> Result<(), ReportError> {
        let mut out = csv::Writer::from_writer(out);
        let has_asked =
            self.layers.iter().flat_map(|layer| &layer.choices).any(|choice| choice.asked.is_some());
        let asked = ["by weight", "expected", "asked at least", "asked at most"];
        let asked = asked.into_iter().filter(|_| has_asked);
        write_record(&mut out, ["layer", "trait", "absent", "items", "share"].into_iter().chain(asked))?;
        for layer in &self.layers {
            for choice in &layer.choices {
                let part = |part: f64| format!("{part:.6}");
                let absent = if choice.name.is_none() { "yes" } else { "" };
                let (items, share) = (choice.items.to_string(), part(choice.share));
                let asked = choice.asked.map_or_else(<[String; 4]>::default, |asked| {
                    let number =
                        |number: Option<u32>| number.map_or_else(String::new, |number| number.to_string());
                    let expected = asked.expected.map_or_else(String::new, part);
                    [part(asked.by_weight), expected, number(asked.min), number(asked.max)]
                });
                let fixed =
                    [&*layer.name, choice.name.as_deref().unwrap_or_default(), absent, &*items, &*share];
                let asked = asked.iter().map(String::as_str).filter(|_| has_asked);
                write_record(&mut out, fixed.into_iter().chain(asked))?;
            }
        }
        Ok(out.flush()?)
    }
}

fn write_record<'a, W: Write>(
    out: &mut csv::Writer<W>,
    fields: impl Iterator<Item = &'a str>,
) -> Result<(), ReportError> {
    for field in fields {
        out.write_field(&*harmless(field)).map_err(std::io::Error::from)?;
    }
    // An empty record ends the line.
    out.write_record(None::<&[u8]>).map_err(|error| ReportError::Write(error.into()))
}

/// A field that no spreadsheet takes for a formula.
fn harmless(field: &str) -> Cow<'_, str> {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{field}").into()
    } else {
        field.into()
    }
}

//! What the page's script reads: JSON, column by column, that cannot end the element that contains it.

use std::io::{self, Write};

use serde::Serialize;

use crate::finished::error::ReportError;
use crate::finished::rarity::{ItemKind, LayerCounts, RankedItem, Rarity};

/// What the page says of its pictures.
#[derive(Serialize)]
pub(crate) struct Pictures {
    /// Thumbnails an element.
    pub(crate) block: usize,
    pub(crate) large: Thumbnails,
    /// Those of half the side, for screens with one pixel a pixel.
    pub(crate) small: Option<Thumbnails>,
    /// Whether the large ones are the pictures themselves.
    pub(crate) whole: bool,
    /// Width and height of the first thumbnail: the proportions of all pictures but some one-of-ones.
    pub(crate) shape: [u32; 2],
    /// Where the full pictures are.
    pub(crate) pictures: Option<FullPictures>,
    /// The address of a pool that has them.
    pub(crate) pool: Option<String>,
}

/// Thumbnails of one size.
#[derive(Serialize)]
pub(crate) struct Thumbnails {
    /// Pixels of the longer side, at most.
    pub(crate) side: u32,
    /// What JPEG files begin with, in base64; a multiple of three bytes, so that more can be put behind it.
    pub(crate) header: String,
}

/// Addresses of the full pictures.
#[derive(Serialize)]
pub(crate) struct FullPictures {
    /// The folder, as an address relative to the page's, with a slash at its end.
    pub(crate) folder: String,
    /// What their names end in, without the dot.
    pub(crate) ending: &'static str,
    /// By item the file name without its ending, where that is not the number.
    pub(crate) stems: Option<Vec<String>>,
    /// Whether a thousand items have a folder of their own in it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) fan_out: bool,
}

/// Numbers are one array a property: that is a third of the text of one object an item.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    name: &'a str,
    #[serde(flatten)]
    pictures: Pictures,
    layers: &'a [LayerCounts],
    groups: &'a [String],
    editions: Vec<u32>,
    /// The name, where it is not the collection's with the number.
    names: Vec<Option<&'a str>>,
    /// The group's number, or -1.
    group: Vec<i32>,
    rank_information: Vec<u32>,
    rank_trait: Vec<u32>,
    /// In thousandths; nothing for one-of-ones.
    information: Vec<Option<u64>>,
    score: Vec<Option<u64>>,
    /// By layer: what items show, as places of its choices.
    sets: Vec<&'a [Box<[u32]>]>,
    /// By layer: for each item the place of what it shows in its sets, -1 for one-of-ones.
    rows: Vec<Vec<i64>>,
    /// By edition the attributes of one-of-ones.
    ones: std::collections::BTreeMap<u32, &'a [(String, String)]>,
}

/// Writes the data of a page.
pub(crate) fn write(rarity: &Rarity, pictures: Pictures, out: &mut impl Write) -> Result<(), ReportError> {
    let items = &rarity.items;
    let thousandths = |score: crate::finished::rarity::Score| score.millionths().saturating_add(500) / 1000;
    let name = |item: &'_ RankedItem| item.name != format!("{} #{}", rarity.name, item.edition);
    let one = |item: &'_ RankedItem| matches!(item.kind, ItemKind::One { .. });
    let attributes = |item: &'_ RankedItem| one(item).then_some(item.edition);
    let rows = (0..rarity.layers.len()).map(|layer| {
        items.iter().map(|item| item.choices().get(layer).map_or(-1, |&place| place.into())).collect()
    });
    let data = Data {
        name: &rarity.name,
        pictures,
        layers: &rarity.layers,
        groups: &rarity.groups,
        editions: items.iter().map(|item| item.edition).collect(),
        names: items.iter().map(|item| name(item).then_some(&*item.name)).collect(),
        group: items.iter().map(|item| item.group.map_or(-1, i32::from)).collect(),
        rank_information: items.iter().map(|item| item.rank_information).collect(),
        rank_trait: items.iter().map(|item| item.rank_trait).collect(),
        information: items.iter().map(|item| item.information().map(thousandths)).collect(),
        score: items.iter().map(|item| item.score().map(thousandths)).collect(),
        sets: rarity.layers.iter().map(|layer| &layer.sets[..]).collect(),
        rows: rows.collect(),
        ones: (items.iter())
            .filter_map(|item| match &item.kind {
                ItemKind::One { attributes: list } => Some((attributes(item)?, &list[..])),
                ItemKind::Drawn { .. } => None,
            })
            .collect(),
    };
    let mut harmless = Harmless(out);
    serde_json::to_writer(&mut harmless, &data).map_err(io::Error::from)?;
    Ok(())
}

/// Writes JSON such that no reader of HTML finds a tag, a comment or an entity in it. In JSON, the characters that begin
/// these occur in texts only, and there they can be written as escapes. So can the two line separators that JavaScript
/// has and JSON does not have; their first byte is escaped in no other character, so the whole character is looked for.
struct Harmless<W>(W);

impl<W: Write> Write for Harmless<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut plain = 0;
        let mut at = 0;
        while at < bytes.len() {
            let (length, escape): (usize, &[u8]) = match &bytes[at..] {
                [b'<', ..] => (1, b"\\u003c"),
                [b'>', ..] => (1, b"\\u003e"),
                [b'&', ..] => (1, b"\\u0026"),
                [0xe2, 0x80, 0xa8, ..] => (3, b"\\u2028"),
                [0xe2, 0x80, 0xa9, ..] => (3, b"\\u2029"),
                _ => {
                    at += 1;
                    continue;
                }
            };
            self.0.write_all(&bytes[plain..at])?;
            self.0.write_all(escape)?;
            at += length;
            plain = at;
        }
        self.0.write_all(&bytes[plain..])?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_the_same_value_and_holds_no_markup() {
        let hostile = "</script><!--<script>&lt;\u{2028}\u{2029}\"\\é🎩";
        let mut out = Vec::new();
        serde_json::to_writer(Harmless(&mut out), &[hostile]).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{text}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), [hostile]);
    }
}

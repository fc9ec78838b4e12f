//! Cardano: `cardano.json`, the metadata with the label 721 by CIP-25, version 2 (cips.cardano.org/cip/CIP-25).
//!
//! Version 2 has policy and asset names as bytes; in the JSON that `cardano-cli` takes ("no schema"), text that begins with
//! `0x` marks these. An asset name has at most 32 bytes, every text of a transaction's metadata at most 64: longer
//! ones are lists of parts, which readers put together. Attributes are properties of the asset, beside `name`, `image`
//! and the others that the standard names. There are no fractions, true and false there: they are texts.
//!
//! A transaction holds some 16 KiB, a few dozen items; who mints takes the items of `721 > policy` in so many parts.

use crate::output::metadata::form::{Attribute, Form, Piece, Pieces};
use crate::output::metadata::shown::AsText;
use crate::output::metadata::{json, media_type, place_of_images};
use crate::project::{AttributeValue, Part, Project, template};

/// The most bytes of a text.
pub(crate) const MAX_TEXT: usize = 64;
/// The most bytes of an asset's name.
pub(crate) const MAX_NAME: usize = 32;
/// Properties that the standard names.
pub(crate) const KNOWN: [&str; 6] = ["name", "image", "mediaType", "description", "files", "version"];

/// The entry of an item.
pub(crate) fn form(project: &Project) -> Form {
    let settings = &project.metadata;
    let place = place_of_images(project, "");
    let mut pieces = Pieces::default();
    pieces.text("      \"0x");
    for part in asset_name(project) {
        let gap = match part {
            Part::Text(text) => {
                let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
                pieces.text(&hex);
                continue;
            }
            Part::Edition(width) => Piece::EditionInHex(width),
            Part::Field(never) => match never {},
        };
        pieces.gap(gap);
    }
    pieces.text("\": {\n        \"name\": ").gap(Piece::Name);
    pieces.text(",\n        \"image\": ").gap(Piece::PictureInParts(place));
    let media = project.picture_format.media_type();
    pieces.text(&format!(",\n        \"mediaType\": \"{media}\""));
    if !project.description.is_empty() {
        pieces.text(&format!(",\n        \"description\": {}", text(&project.description)));
    }
    if !settings.animation_url.is_empty() {
        let (kind, _) = media_type(&settings.animation_url);
        let source = template::parse(&settings.animation_url).unwrap_or_default();
        pieces.text(",\n        \"files\": [{ \"name\": ").gap(Piece::Name);
        pieces
            .text(&format!(", \"mediaType\": \"{kind}\", \"src\": "))
            .gap(Piece::InParts(source))
            .text(" }]");
    }
    pieces.gap(Piece::Attributes).text("\n      }");
    let attribute = |name: &str, value: &AttributeValue| {
        let value = match value {
            AttributeValue::Integer(number) => number.to_string(),
            other => text(&AsText(other).to_string()),
        };
        format!("\n        {}: {value}", json(name))
    };
    Form { pieces: pieces.into_pieces(), around: [",", "", ""], attribute: Attribute(Box::new(attribute)) }
}

/// What assets are called: the letters and digits of the collection's name and the edition, if nothing else is said.
pub(crate) fn asset_name(project: &Project) -> Vec<Part> {
    let settings = &project.metadata;
    if !settings.asset_name.is_empty() {
        return template::parse(&settings.asset_name).unwrap_or_default();
    }
    let name: String = project.name.chars().filter(char::is_ascii_alphanumeric).collect();
    let edition = Part::Edition(settings.number_width);
    if name.is_empty() { vec![edition] } else { vec![Part::Text(name), edition] }
}

/// A text as JSON: a string, or where it is too long a list of parts.
pub(crate) fn text(text: &str) -> String {
    if text.len() <= MAX_TEXT {
        return json(text);
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.floor_char_boundary(MAX_TEXT);
        let (part, behind) = rest.split_at(end);
        parts.push(json(part));
        rest = behind;
    }
    format!("[{}]", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_lists_of_parts_of_at_most_64_bytes_that_make_the_text_again() {
        for sample in [
            "",
            "short",
            &"x".repeat(64),
            &"x".repeat(65),
            &"é".repeat(100),
            &"🎩".repeat(33),
            &"\"".repeat(70),
        ] {
            let value: serde_json::Value = serde_json::from_str(&text(sample)).unwrap();
            let parts = match &value {
                serde_json::Value::String(one) => vec![one.clone()],
                list => serde_json::from_value(list.clone()).unwrap(),
            };
            assert!(parts.iter().all(|part| part.len() <= 64), "{parts:?}");
            assert_eq!(parts.concat(), *sample);
            assert_eq!(value.is_array(), sample.len() > 64);
        }
    }
}

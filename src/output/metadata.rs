//! One item's metadata: an ERC-721 JSON document (EIP-721, "metadata JSON schema", and the attributes that
//! marketplaces read).

use std::io::Write;

use crate::collection::{Attribute, AttributeValue, Project};
use crate::selection::{ABSENT, Plan};

/// The parts of a project's documents as JSON text. All documents of a project are made of the same names, which are
/// escaped once; an item's document is these parts and its number, twelve copies for eight layers.
#[derive(Debug)]
pub(crate) struct MetadataTexts {
    /// Up to the edition in the name.
    head: Vec<u8>,
    /// From there to the edition in the picture's place.
    middle: Vec<u8>,
    /// From there to the edition.
    tail: Vec<u8>,
    /// For each layer and trait the attribute.
    attributes: Vec<Vec<Vec<u8>>>,
    /// For each one-of-one the beginning, up to the end of its name, and all of its attributes.
    ones: Vec<(Vec<u8>, Vec<Vec<u8>>)>,
    /// Bytes that hold every document.
    longest: usize,
}

/// Stands where the edition goes: as a JSON string, a character that is never escaped.
const EDITION: char = '#';

/// `text` as a JSON string, and the parts before and after the last `#`.
fn split(text: &str) -> (String, String) {
    let json = serde_json::to_string(text).expect("a string always serializes");
    let (before, after) = json.rsplit_once(EDITION).expect("the mark is in it");
    (before.to_owned(), after.to_owned())
}

impl MetadataTexts {
    /// The parts for `project`.
    pub(crate) fn new(project: &Project) -> Self {
        let string = |text: &str| serde_json::to_string(text).expect("a string always serializes");
        let (name, after_name) = split(&format!("{} #{EDITION}", project.name));
        let (image, after_image) = split(&image_uri(&project.base_uri, &EDITION.to_string()));
        let description = string(&project.description);
        let head = format!("{{\n  \"name\": {name}").into_bytes();
        let middle =
            format!("{after_name},\n  \"description\": {description},\n  \"image\": {image}").into_bytes();
        let tail = format!("{after_image},\n  \"edition\": ").into_bytes();
        // `value` is JSON.
        let attribute = |layer: &str, value: &str| {
            let layer = string(layer);
            format!("\n    {{\n      \"trait_type\": {layer},\n      \"value\": {value}\n    }}").into_bytes()
        };
        let attributes: Vec<Vec<Vec<u8>>> = project
            .layers
            .iter()
            .map(|layer| {
                layer.traits.iter().map(|item| attribute(&layer.name, &string(&item.name))).collect()
            })
            .collect();
        let longest_of = |layer: &Vec<Vec<u8>>| layer.iter().map(Vec::len).max().unwrap_or(0) + 1;
        let longest =
            head.len() + middle.len() + tail.len() + attributes.iter().map(longest_of).sum::<usize>() + 64;
        let ones = project.ones.iter().map(|one| {
            let name = string(&one.name);
            // The mark that ends the string is what `middle` begins with.
            let head = format!("{{\n  \"name\": {}", &name[..name.len() - 1]).into_bytes();
            let of = |one: &Attribute| attribute(&one.name, &json(&one.value));
            (head, one.attributes.iter().map(of).collect())
        });
        Self { head, middle, tail, attributes, ones: ones.collect(), longest }
    }

    /// Appends the document of the item at `index` of a plan.
    pub(crate) fn write_item(&self, plan: &Plan, index: usize, out: &mut Vec<u8>) {
        let edition = plan.edition(index);
        match plan.one(index) {
            Some(number) => self.write_one(edition, number, out),
            None => self.write(edition, plan.row(index), out),
        }
    }

    /// Appends the document of a one-of-one: its name and its attributes.
    fn write_one(&self, edition: u32, number: usize, out: &mut Vec<u8>) {
        let (head, attributes) = &self.ones[number];
        out.extend_from_slice(head);
        self.write_rest(&edition.to_string().into_bytes(), attributes, out);
    }

    /// Appends the document of the item with the traits of `row`; absent layers are left out.
    fn write(&self, edition: u32, row: &[u16], out: &mut Vec<u8>) {
        let mut digits = [0; 10];
        let edition = {
            let mut rest = &mut digits[..];
            write!(rest, "{edition}").expect("ten digits hold every edition");
            let length = 10 - rest.len();
            &digits[..length]
        };
        out.reserve(self.longest);
        out.extend_from_slice(&self.head);
        out.extend_from_slice(edition);
        let shown = self.attributes.iter().zip(row).filter(|&(_, &index)| index != ABSENT);
        self.write_rest(edition, shown.map(|(layer, &index)| &layer[usize::from(index)]), out);
    }

    /// Appends everything behind the name, which ends before its closing mark.
    fn write_rest<'a>(
        &self,
        edition: &[u8],
        attributes: impl IntoIterator<Item = &'a Vec<u8>>,
        out: &mut Vec<u8>,
    ) {
        for part in [&self.middle, edition, &self.tail, edition] {
            out.extend_from_slice(part);
        }
        out.extend_from_slice(b",\n  \"attributes\": [");
        let mut first = true;
        for attribute in attributes {
            if !first {
                out.push(b',');
            }
            first = false;
            out.extend_from_slice(attribute);
        }
        out.extend_from_slice(if first { b"]\n}\n" } else { b"\n  ]\n}\n" });
    }
}

/// The value of a one's attribute as JSON.
fn json(value: &AttributeValue) -> String {
    let text = match value {
        AttributeValue::Text(text) => serde_json::to_string(text),
        AttributeValue::Integer(number) => serde_json::to_string(number),
        AttributeValue::Float(number) => serde_json::to_string(number),
        AttributeValue::Boolean(boolean) => serde_json::to_string(boolean),
    };
    text.expect("texts and numbers always serialize")
}

/// Where the picture is: under the base URI, or relative to the metadata file.
fn image_uri(base: &str, edition: &str) -> String {
    match base.trim_end_matches('/') {
        "" => format!("../images/{edition}.png"),
        base => format!("{base}/{edition}.png"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection;
    use crate::selection::testing;

    #[derive(serde::Serialize)]
    struct Document<'a> {
        name: String,
        description: &'a str,
        image: String,
        edition: u32,
        attributes: Vec<Attribute<'a>>,
    }

    #[derive(serde::Serialize)]
    struct Attribute<'a> {
        trait_type: &'a str,
        value: &'a str,
    }

    /// The document as a serializer writes it.
    fn reference(project: &Project, edition: u32, row: &[u16]) -> String {
        let chosen = project.layers.iter().zip(row).filter(|&(_, &index)| index != ABSENT);
        let document = Document {
            name: format!("{} #{edition}", project.name),
            description: &project.description,
            image: image_uri(&project.base_uri, &edition.to_string()),
            edition,
            attributes: chosen
                .map(|(layer, &index)| Attribute {
                    trait_type: &layer.name,
                    value: &layer.traits[usize::from(index)].name,
                })
                .collect(),
        };
        serde_json::to_string_pretty(&document).unwrap() + "\n"
    }

    #[test]
    fn documents_are_those_of_a_serializer_whatever_the_names() {
        let awkward = [
            "",
            "plain",
            "#",
            "a\"b",
            "back\\slash",
            "tab\tnew\nline",
            "\u{1}\u{7f}",
            "Häuser #7 🎩",
            "</x>",
        ];
        let texts = |project: &Project, edition, row: &[u16]| {
            let mut out = b"before".to_vec();
            MetadataTexts::new(project).write(edition, row, &mut out);
            String::from_utf8(out).unwrap().strip_prefix("before").unwrap().to_owned()
        };
        for (shift, name) in awkward.iter().enumerate() {
            let other = |by: usize| awkward[(shift + by) % awkward.len()];
            let mut project = testing::project(&[("Back", &[1, 1]), ("Hat", &[1, 1, 1])]);
            (*name).clone_into(&mut project.name);
            other(1).clone_into(&mut project.description);
            other(2).clone_into(&mut project.base_uri);
            other(3).clone_into(&mut project.layers[1].name);
            other(4).clone_into(&mut project.layers[1].traits[2].name);
            for row in [[0, 0], [1, 2], [ABSENT, 2], [1, ABSENT], [ABSENT, ABSENT]] {
                for edition in [0, 7, 1234, u32::MAX] {
                    assert_eq!(
                        texts(&project, edition, &row),
                        reference(&project, edition, &row),
                        "{name:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_one_says_its_own_name_and_attributes_with_values_of_every_kind() {
        let mut project = testing::project(&[("Back", &[1, 1])]);
        project.base_uri = "ipfs://CID".to_owned();
        project.ones = testing::ones(&[None, None]);
        "The \"#1\" #\n".clone_into(&mut project.ones[0].name);
        let attribute = |name: &str, value| collection::Attribute { name: name.to_owned(), value };
        project.ones[0].attributes = vec![
            attribute("Back#\"", AttributeValue::Text("Go\\ld".to_owned())),
            attribute("Power", AttributeValue::Integer(-9)),
            attribute("Share", AttributeValue::Float(2.0)),
            attribute("Signed", AttributeValue::Boolean(true)),
        ];
        let plan = crate::selection::choose(&project, 1, 7, 3).unwrap();
        let texts = MetadataTexts::new(&project);
        let mut named = 0;
        for index in 0..3 {
            let mut out = Vec::new();
            texts.write_item(&plan, index, &mut out);
            let document: serde_json::Value = serde_json::from_slice(&out).unwrap();
            let edition = 7 + index;
            assert_eq!(document["edition"], edition);
            assert_eq!(document["image"], format!("ipfs://CID/{edition}.png"));
            match plan.one(index) {
                Some(0) => {
                    assert_eq!(document["name"], project.ones[0].name);
                    let expected = serde_json::json!([
                        {"trait_type": "Back#\"", "value": "Go\\ld"}, {"trait_type": "Power", "value": -9},
                        {"trait_type": "Share", "value": 2.0}, {"trait_type": "Signed", "value": true}
                    ]);
                    assert_eq!(document["attributes"], expected);
                    let pretty = serde_json::to_string_pretty(&document["attributes"][1]).unwrap();
                    let text = String::from_utf8(out).unwrap();
                    assert!(
                        text.contains(&pretty.replace('\n', "\n    ")),
                        "as other documents are written: {text}"
                    );
                    named += 1;
                }
                Some(_) => {
                    assert_eq!(
                        (&document["name"], &document["attributes"]),
                        (&"One 1".into(), &serde_json::json!([]))
                    );
                    named += 1;
                }
                None => assert_eq!(document["name"], format!("Test #{edition}")),
            }
        }
        assert_eq!(named, 2);
    }

    #[test]
    fn the_image_stands_under_the_base_uri_with_one_slash() {
        assert_eq!(image_uri("ipfs://CID/", "7"), "ipfs://CID/7.png");
        assert_eq!(image_uri("ipfs://CID", "7"), "ipfs://CID/7.png");
        assert_eq!(image_uri("", "7"), "../images/7.png");
    }
}

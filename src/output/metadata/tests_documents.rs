//! ERC-721 documents against those of a serializer, and those of one-of-ones.

use crate::output::metadata::documents::MetadataTexts;
use crate::output::metadata::place_of_images;
use crate::plan::Plan;
use crate::project::{ABSENT, AttributeValue, Project, testing};

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
        image: format!("{}{edition}.png", place_of_images(project, "../images/")),
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
    let awkward =
        ["", "plain", "#", "a\"b", "back\\slash", "tab\tnew\nline", "\u{1}\u{7f}", "Häuser #7 🎩", "</x>"];
    let texts = |project: &Project, edition, row: &[u16]| {
        let mut out = b"before".to_vec();
        let mut plan = Plan::plain(row.to_vec(), 2);
        plan.start = edition;
        MetadataTexts::new(project).write_item(&plan, 0, &mut out);
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
                assert_eq!(texts(&project, edition, &row), reference(&project, edition, &row), "{name:?}");
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
    let attribute = |name: &str, value| crate::project::Attribute { name: name.to_owned(), value };
    project.ones[0].attributes = vec![
        attribute("Back#\"", AttributeValue::Text("Go\\ld".to_owned())),
        attribute("Power", AttributeValue::Integer(-9)),
        attribute("Share", AttributeValue::Float(2.0)),
        attribute("Signed", AttributeValue::Boolean(true)),
    ];
    let plan = crate::selection::testing::choose(&project, 1, 7, 3).unwrap();
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
fn the_image_stands_under_the_base_uri_with_one_slash_and_in_the_folder_of_the_first_size() {
    for (base, relative, sizes, place) in [
        ("ipfs://CID/", "", &[][..], "ipfs://CID/"),
        ("ipfs://CID", "", &[64], "ipfs://CID/"),
        ("", "../images/", &[64], "../images/"),
        ("", "../images/", &[64, 512], "../images/64/"),
        ("ipfs://CID", "../images/", &[2048, 512], "ipfs://CID/2048/"),
    ] {
        let mut project = crate::project::project(&[("A", &[1])]);
        project.base_uri = base.to_owned();
        project.output_size = sizes.to_vec();
        assert_eq!(place_of_images(&project, relative), place);
    }
}

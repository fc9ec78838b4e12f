//! What a configuration can say of one-of-ones.

use std::path::Path;

use crate::project::config::Configuration;
use crate::project::ones::{Attribute, AttributeValue};
use crate::project::source::Source;

fn parse(text: &str) -> (Configuration, Vec<String>) {
    let mut problems = Vec::new();
    let configuration = Configuration::parse(Source::new(Path::new("c.toml"), text), &mut problems);
    (configuration, problems.iter().map(ToString::to_string).collect())
}

#[test]
fn every_key_of_a_one_is_read_and_attributes_keep_their_order() {
    let text = "start = 5\n[[ones]]\nimage = \"ones/Cafe\u{301}.v2.PNG\"\n\
         [[ones]]\nedition = 5\nname = \"Golden \\\"King\\\"\"\nimage = \"a.webp\"\n\
         attributes = { Zeal = \"Go\u{308}ld\", Power = 1_000, Alpha = true, Cold = -2.5, Big = 1_000.25 }\n\
         [[ones]]\nimage = \"b\"\n[ones.attributes]\nB = 1\nA = 0x10\n";
    let (c, problems) = parse(text);
    let line = |span| Source::new(Path::new("c.toml"), text).line(span);
    assert_eq!(problems, [""; 0]);
    let names: Vec<(&str, &str, Option<u32>, usize)> =
        c.ones.iter().map(|one| (&*one.name, &*one.image, one.edition, line(one.span))).collect();
    let expected = [
        ("Caf\u{e9}.v2", "ones/Cafe\u{301}.v2.PNG", None, 3),
        ("Golden \"King\"", "a.webp", Some(5), 7),
        ("b", "b", None, 10),
    ];
    assert_eq!(names, expected);
    let attribute = |name: &str, value| Attribute { name: name.to_owned(), value };
    let expected = [
        attribute("Zeal", AttributeValue::Text("G\u{f6}ld".to_owned())),
        attribute("Power", AttributeValue::Integer(1000)),
        attribute("Alpha", AttributeValue::Boolean(true)),
        attribute("Cold", AttributeValue::Float(-2.5)),
        attribute("Big", AttributeValue::Float(1000.25)),
    ];
    assert_eq!(c.ones[1].attributes, expected);
    let [b, a] = &c.ones[2].attributes[..] else { panic!("{:?}", c.ones[2].attributes) };
    assert_eq!((&*b.name, &*a.name, &a.value), ("B", "A", &AttributeValue::Integer(16)));
    assert!(c.ones[0].attributes.is_empty());
}

#[test]
fn everything_wrong_with_ones_is_listed_with_line_value_and_next_step() {
    let (_, problems) = parse(
        "start = 5\n[[ones]]\nname = \"X\"\n\
         [[ones]]\nimage = 5\n\
         [[ones]]\nimage = \"\"\n\
         [[ones]]\nimage = \"ones/.png\"\n\
         [[ones]]\nimage = \"a/King.png\"\nedition = 4\nediton = 7\n\
         [[ones]]\nimage = \"b/King.jpg\"\nedition = 9\n\
         [[ones]]\nimage = \"c\"\nname = \"King\"\nedition = 9\n\
         [[ones]]\nimage = \"d\"\nname = \"\"\nedition = -1\n\
         [[ones]]\nimage = \"e\"\nname = 5\nattributes = [1]\n\
         [[ones]]\nimage = \"f\"\nattributes = { A = [1], B = 1979-05-27, C = inf, D = { x = 1 }, \"\" = 1, E = 99999999999999999999 }\n\
         [[ones]]\nimage = \"g\"\nattributes = { \"\\u00e9\" = 1, \"e\\u0301\" = 2 }\n",
    );
    let expected = [
        ("c.toml:2: a one-of-one has no picture", "add image = \"ones/....png\" to it"),
        ("c.toml:5: image is an integer", "write a string"),
        ("c.toml:7: image is empty", "give a picture"),
        ("c.toml:9: a one-of-one has no name", "add name"),
        ("c.toml:12: edition is 4, and the first item is number 5", "choose 5 or more"),
        ("c.toml:13: the key \"editon\" of a one-of-one is unknown", "did you mean \"edition\"?"),
        (
            "c.toml:15: a second one-of-one is named \"King\" (the first is on line 11)",
            "give it another name",
        ),
        (
            "c.toml:19: a second one-of-one is named \"King\" (the first is on line 11)",
            "give it another name",
        ),
        ("c.toml:20: edition 9 is already used by \"King\" (line 15)", "give each another edition"),
        ("c.toml:23: a one-of-one has no name", "add name"),
        ("c.toml:24: edition is -1, which is not between 0 and 4294967295", "in that range"),
        ("c.toml:27: name is an integer", "write a string"),
        ("c.toml:28: attributes is an array", "write a table, as in { Background"),
        ("c.toml:31: the attribute \"A\" is an array", "write a string, a number"),
        ("c.toml:31: the attribute \"B\" is a datetime", "write a string, a number"),
        ("c.toml:31: the attribute \"C\" is inf, which is not a number in JSON", "write a string, a number"),
        ("c.toml:31: the attribute \"D\" is a table", "write a string, a number"),
        ("c.toml:31: an attribute has no name", "give it a name"),
        (
            "c.toml:31: the attribute \"E\" is 99999999999999999999, beyond 64 bits",
            "write a string, a number",
        ),
        ("c.toml:34: the attribute \"\u{e9}\" occurs twice", "remove one"),
    ];
    for (problem, (start, step)) in problems.iter().zip(expected) {
        assert!(problem.starts_with(start), "{problem}\nshould start with\n{start}");
        assert!(problem.rsplit_once("; ").is_some_and(|(_, told)| told.contains(step)), "{problem}: {step}");
    }
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    for text in ["ones = 5", "[ones]\nimage = \"a\"", "ones = [1]"] {
        let (_, problems) = parse(text);
        assert!(problems.len() == 1 && problems[0].contains("starting with [[ones]]"), "{problems:#?}");
    }
}

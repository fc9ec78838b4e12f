//! A plan without its project: what each item shows, by the names in the file.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::plan::FORMAT as PLAN_FORMAT;
use crate::project::{ABSENT, quoted};

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NamedPlan {
    format: Format,
    #[serde(default, rename = "algorithm")]
    _algorithm: Option<u32>,
    #[serde(default, rename = "seed")]
    _seed: Option<u64>,
    #[serde(default = "one")]
    pub(crate) start: u32,
    pub(crate) layers: Vec<String>,
    pub(crate) items: NamedItems,
}

fn one() -> u32 {
    1
}

/// The only format that is known.
#[derive(Debug)]
struct Format;

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = String::deserialize(deserializer)?;
        if found == PLAN_FORMAT {
            return Ok(Self);
        }
        Err(D::Error::custom(format!("the format is {}, this program knows {PLAN_FORMAT}", quoted(&found))))
    }
}

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedItem {
    /// If it does not follow from its place.
    pub(crate) edition: Option<u32>,
    /// The number of its group's name.
    pub(crate) group: Option<u16>,
    /// The name of the one-of-one that it is, and then it has no row.
    pub(crate) one: Option<String>,
}

/// The items, each with as many names as the first.
#[derive(Debug, Default)]
pub(crate) struct NamedItems {
    pub(crate) items: Vec<NamedItem>,
    /// Layers of a row; none as long as there was no row.
    pub(crate) width: Option<usize>,
    /// For each item that is no one-of-one the numbers of its traits' names, or [`ABSENT`].
    pub(crate) rows: Vec<u16>,
    /// By layer, the names of the traits that are shown.
    pub(crate) traits: Vec<Names>,
    pub(crate) groups: Names,
}

/// Names by number and numbers by name.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) names: Vec<String>,
    numbers: HashMap<String, u16>,
}

impl Names {
    /// The number of a name, the next one if it is new; nothing if there are too many.
    fn number(&mut self, name: String) -> Option<u16> {
        if let Some(&number) = self.numbers.get(&name) {
            return Some(number);
        }
        let number = u16::try_from(self.names.len()).ok().filter(|&number| number != ABSENT)?;
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        Some(number)
    }
}

impl NamedPlan {
    /// Whether layers and items fit each other.
    pub(crate) fn check(&self) -> Result<(), String> {
        let Format = self.format;
        if self.layers.is_empty() || self.items.items.is_empty() {
            return Err("it has no layers or no items".to_owned());
        }
        if let Some(width) = self.items.width.filter(|&width| width != self.layers.len()) {
            return Err(format!("its items have {width} traits, and it has {} layers", self.layers.len()));
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for NamedItems {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ItemsVisitor)
    }
}

struct ItemsVisitor;

impl<'de> Visitor<'de> for ItemsVisitor {
    type Value = NamedItems;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<NamedItems, A::Error> {
        let mut items = NamedItems::default();
        while let Some(item) = seq.next_element::<RawItem>()? {
            items.take(item).map_err(A::Error::custom)?;
        }
        Ok(items)
    }
}

impl NamedItems {
    fn take(&mut self, RawItem { edition, group, traits, one }: RawItem) -> Result<(), String> {
        let number = self.items.len() + 1;
        if let Some(traits) = &traits {
            let width = *self.width.get_or_insert(traits.len());
            self.traits.resize_with(width, Names::default);
            if traits.len() != width {
                return Err(format!("item {number} has {} traits, and others have {width}", traits.len()));
            }
        }
        let too_many = || format!("item {number} brings more names than there can be");
        let group = group.map(|name| self.groups.number(name).ok_or_else(too_many)).transpose()?;
        for (name, names) in traits.iter().flatten().zip(&mut self.traits) {
            let choice = name.clone().map(|name| names.number(name).ok_or_else(too_many)).transpose()?;
            self.rows.push(choice.unwrap_or(ABSENT));
        }
        self.items.push(NamedItem { edition, group, one });
        Ok(())
    }
}

/// One item as it stands in the file: either traits, or the name of a one-of-one.
struct RawItem {
    edition: Option<u32>,
    group: Option<String>,
    traits: Option<Vec<Option<String>>>,
    one: Option<String>,
}

impl<'de> Deserialize<'de> for RawItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemVisitor)
    }
}

struct ItemVisitor;

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = RawItem;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of traits, or an object with \"traits\" or \"one\"")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RawItem, A::Error> {
        let mut traits = Vec::new();
        while let Some(name) = seq.next_element()? {
            traits.push(name);
        }
        Ok(RawItem { edition: None, group: None, traits: Some(traits), one: None })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawItem, A::Error> {
        let mut item = RawItem { edition: None, group: None, traits: None, one: None };
        while let Some(key) = map.next_key::<String>()? {
            let is_new = match &*key {
                "edition" => item.edition.replace(map.next_value()?).is_none(),
                "group" => item.group.replace(map.next_value()?).is_none(),
                "traits" => item.traits.replace(map.next_value()?).is_none(),
                "one" => item.one.replace(map.next_value()?).is_none(),
                _ => return Err(A::Error::custom(format!("an item has the key {}", quoted(&key)))),
            };
            if !is_new {
                return Err(A::Error::custom(format!("an item has {} twice", quoted(&key))));
            }
        }
        let is_one_thing =
            item.traits.is_some() != item.one.is_some() && (item.one.is_none() || item.group.is_none());
        if is_one_thing {
            Ok(item)
        } else {
            Err(A::Error::custom("an item has not either \"traits\" or \"one\""))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<NamedPlan, String> {
        let plan: NamedPlan = serde_json::from_str(text).map_err(|error| error.to_string())?;
        plan.check().map(|()| plan)
    }

    #[test]
    fn every_kind_of_item_is_read() {
        let plan = read(
            r#"{"format": "traitpress-plan/1", "algorithm": 3, "seed": 1, "start": 5, "layers": ["A", "B"], "items": [
                ["x", "y"], {"one": "King"}, {"edition": 90, "group": "G", "traits": [null, "z"]}, ["x", null]]}"#,
        )
        .unwrap();
        assert_eq!((plan.start, plan.items.items.len()), (5, 4));
        assert_eq!(plan.items.rows, [0, 0, ABSENT, 1, 0, ABSENT]);
        assert_eq!(plan.items.traits[1].names, ["y", "z"]);
        assert_eq!(plan.items.items[1].one.as_deref(), Some("King"));
        assert_eq!((plan.items.items[2].edition, plan.items.items[2].group), (Some(90), Some(0)));
    }

    #[test]
    fn what_no_plan_of_ours_says_is_refused() {
        let with = |layers: &str, items: &str| {
            format!(r#"{{"format": "traitpress-plan/1", "layers": {layers}, "items": {items}}}"#)
        };
        for (text, words) in [
            (with(r#"["A"]"#, r#"[["x", "y"]]"#), "2 traits, and it has 1 layers"),
            (with(r#"["A"]"#, r#"[["x"], ["x", "y"]]"#), "item 2 has 2 traits"),
            (with(r#"["A"]"#, "[]"), "no items"),
            (with("[]", "[[]]"), "no layers"),
            (with(r#"["A"]"#, r#"[{"one": "K", "traits": ["x"]}]"#), "either"),
            (with(r#"["A"]"#, "[{}]"), "either"),
            (with(r#"["A"]"#, r#"[{"one": "K", "one": "K"}]"#), "twice"),
            (with(r#"["A"]"#, r#"[{"two": "K"}]"#), "two"),
            (with(r#"["A"]"#, "[7]"), "invalid type"),
            (r#"{"format": "other", "layers": ["A"], "items": [["x"]]}"#.to_owned(), "other"),
            (r#"{"format": "traitpress-plan/1", "more": 1}"#.to_owned(), "more"),
        ] {
            let refused = read(&text).unwrap_err();
            assert!(refused.contains(words), "{text}: {refused}");
        }
    }
}

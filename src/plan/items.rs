//! The items of a plan file: each is checked and becomes a row of numbers as it is parsed.

use std::collections::HashMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::plan::error::PlanErrorKind as Kind;
use crate::project::{ABSENT, Project, nearest, nfc, quoted};

/// One layer in the plan's order.
#[derive(Debug, Default)]
struct Column {
    /// The layer's number in the project.
    layer: usize,
    name: String,
    traits: HashMap<String, u16>,
    can_be_absent: bool,
    can_be_present: bool,
}

/// The items so far, and what an item must obey.
#[derive(Debug, Default)]
pub(crate) struct Items {
    columns: Vec<Column>,
    take: usize,
    /// Rows in the project's layer order, of the first `take` items.
    pub(crate) rows: Vec<u16>,
    /// Items that say their edition.
    pub(crate) editions: Vec<(usize, u32)>,
    /// The project's ones by name.
    names_of_ones: HashMap<String, u32>,
    /// Items that are ones, each with its number; and the items that the ones are.
    pub(crate) ones: Vec<(u32, u32)>,
    items_of_ones: HashMap<u32, usize>,
    /// The project's groups by name, and items that name theirs.
    names_of_groups: HashMap<String, u16>,
    pub(crate) groups: Vec<(usize, u16)>,
    /// How many items the plan has.
    pub(crate) found: usize,
    /// Why parsing was given up.
    pub(crate) failure: Option<Kind>,
}

impl Items {
    /// For a plan whose layers are the project's in the order of `layers`.
    pub(crate) fn new(project: &Project, layers: &[usize], take: usize) -> Self {
        let column = |&layer: &usize| {
            let settings = &project.layers[layer];
            let traits = settings.traits.iter().enumerate();
            Column {
                layer,
                name: settings.name.clone(),
                traits: traits.map(|(index, item)| (item.name.clone(), index as u16)).collect(),
                can_be_absent: project.can_be_absent(layer),
                can_be_present: settings.chance > 0,
            }
        };
        let columns = layers.iter().map(column).collect();
        let ones = (0..).zip(&project.ones);
        let names_of_ones = ones.map(|(number, one)| (one.name.clone(), number)).collect();
        let groups = (0..).zip(&project.groups);
        let names_of_groups = groups.map(|(number, group)| (group.name.clone(), number)).collect();
        Self { columns, take, names_of_ones, names_of_groups, ..Self::default() }
    }

    /// Gives parsing up.
    fn fail<E: Error>(&mut self, failure: Kind) -> E {
        self.failure = Some(failure);
        E::custom("the item is not usable")
    }

    /// Takes the item for the one of this name; its row shows nothing.
    fn one(&mut self, name: &str) -> Result<(), Kind> {
        let (item, name) = (self.found + 1, nfc(name));
        let Some(&number) = self.names_of_ones.get(&*name) else {
            let hint = hint(&name, self.names_of_ones.keys(), "name one of its [[ones]], or add it there");
            return Err(Kind::One { item, one: quoted(&name), hint });
        };
        if let Some(first) = self.items_of_ones.insert(number, item) {
            return Err(Kind::OneTwice { first, second: item, one: quoted(&name) });
        }
        self.ones.push((self.found as u32, number));
        self.rows.resize(self.rows.len() + self.columns.len(), ABSENT);
        Ok(())
    }

    /// Takes the item for one of the group of this name.
    fn group(&mut self, name: &str) -> Result<(), Kind> {
        let name = nfc(name);
        let Some(&number) = self.names_of_groups.get(&*name) else {
            let hint =
                hint(&name, self.names_of_groups.keys(), "name one of its [[groups]], or add it there");
            return Err(Kind::Group { item: self.found + 1, group: quoted(&name), hint });
        };
        self.groups.push((self.found, number));
        Ok(())
    }

    /// The number of what an item shows in a column, `None` for absence.
    fn choice(&self, column: &Column, name: Option<&str>) -> Result<u16, Kind> {
        let wrong = |what: String| Kind::Entry { item: self.found + 1, layer: quoted(&column.name), what };
        let Some(name) = name else {
            return if column.can_be_absent {
                Ok(ABSENT)
            } else {
                Err(wrong("null, but the layer is never absent; name a trait or lower its chance".to_owned()))
            };
        };
        let name = nfc(name);
        let Some(&number) = column.traits.get(&*name) else {
            let hint = hint(&name, column.traits.keys(), "name one of the layer's traits");
            return Err(wrong(format!("the trait {} is not known; {hint}", quoted(&name))));
        };
        if !column.can_be_present {
            let what = format!("{}, but the layer's chance is 0; write null or raise it", quoted(&name));
            return Err(wrong(what));
        }
        Ok(number)
    }
}

/// The next step where a name is none of those that are known.
fn hint<'a>(name: &str, known: impl Iterator<Item = &'a String>, otherwise: &str) -> String {
    // In an order that no hash decides.
    let mut known: Vec<&str> = known.map(String::as_str).collect();
    known.sort_unstable();
    match nearest(name, known) {
        Some(near) => format!("did you mean {}?", quoted(near)),
        None => otherwise.to_owned(),
    }
}

impl<'de> DeserializeSeed<'de> for &mut Items {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for &mut Items {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        loop {
            let more = if self.found < self.take {
                seq.next_element_seed(Item(self))?.is_some()
            } else {
                seq.next_element::<IgnoredAny>()?.is_some()
            };
            if !more {
                return Ok(());
            }
            self.found += 1;
        }
    }
}

/// One item, an array of traits or an object with them, or with the name of a one-of-one.
struct Item<'a>(&'a mut Items);

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Item<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an item, [\"trait\", null, ...], {\"traits\": [...]} or {\"one\": \"...\"}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        Row(self.0).visit_seq(seq)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let items = self.0;
        let (mut edition, mut traits, mut one, mut group) = (None, false, false, false);
        while let Some(key) = map.next_key::<String>()? {
            let item = items.found + 1;
            match key.as_str() {
                "edition" if edition.is_none() => edition = Some(map.next_value::<u32>()?),
                "traits" if !traits => {
                    map.next_value_seed(Row(items))?;
                    traits = true;
                }
                "one" if !one => {
                    let name = map.next_value::<String>()?;
                    // An item that has both is refused below, and its row counts for nothing.
                    items.one(&name).map_err(|failure| items.fail::<A::Error>(failure))?;
                    one = true;
                }
                "group" if !group => {
                    let name = map.next_value::<String>()?;
                    items.group(&name).map_err(|failure| items.fail::<A::Error>(failure))?;
                    group = true;
                }
                _ => {
                    let known = "edition, traits, one, group".to_owned();
                    let key = format!("{} of item {item}", quoted(&key));
                    return Err(items.fail(Kind::Key { key, known }));
                }
            }
        }
        if one && (traits || group) {
            return Err(items.fail(Kind::OneWithTraits { item: items.found + 1 }));
        }
        if !traits && !one {
            return Err(items.fail(Kind::Missing { key: "traits" }));
        }
        if let Some(edition) = edition {
            items.editions.push((items.found, edition));
        }
        Ok(())
    }
}

/// An item's traits.
struct Row<'a>(&'a mut Items);

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of trait names and null")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let items = self.0;
        let (start, expected) = (items.rows.len(), items.columns.len());
        items.rows.resize(start + expected, ABSENT);
        let mut found = 0;
        while found < expected {
            let Some(choice) = seq.next_element_seed(Choice(items, found))? else { break };
            let layer = items.columns[found].layer;
            items.rows[start + layer] = choice;
            found += 1;
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {
            found += 1;
        }
        if found == expected {
            return Ok(());
        }
        Err(items.fail(Kind::Length { item: items.found + 1, found, expected }))
    }
}

/// What an item shows in one column.
struct Choice<'a>(&'a mut Items, usize);

impl<'de> DeserializeSeed<'de> for Choice<'_> {
    type Value = u16;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u16, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Choice<'_> {
    fn of<E: Error>(self, name: Option<&str>) -> Result<u16, E> {
        let Self(items, column) = self;
        items.choice(&items.columns[column], name).map_err(|failure| items.fail(failure))
    }
}

impl Visitor<'_> for Choice<'_> {
    type Value = u16;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a trait, or null")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<u16, E> {
        self.of(Some(name))
    }

    fn visit_unit<E: Error>(self) -> Result<u16, E> {
        self.of(None)
    }
}

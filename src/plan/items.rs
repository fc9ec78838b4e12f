//! The items of a plan file: the form of each is checked as it is parsed, and its names go to the receiver.

use std::collections::HashMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::plan::document::Receiver;
use crate::plan::error::PlanErrorKind as Kind;
use crate::project::{nfc, quoted};

/// The most bytes of a name that an item has of its own: as many as a file's name can have.
const MAX_NAME: usize = 255;

/// The items so far.
pub(crate) struct Items<'r, R> {
    receiver: &'r mut R,
    /// The layers of the plan.
    layers: usize,
    /// The receiver gets so many items.
    pub(crate) take: usize,
    /// How many items the plan has.
    pub(crate) found: usize,
    /// Items that have an edition of their own.
    pub(crate) editions: Vec<(usize, u32)>,
    /// The items that are one-of-ones, counted from 1, by name.
    ones: HashMap<String, usize>,
    /// Why parsing was given up.
    pub(crate) failure: Option<Kind>,
}

impl<'r, R: Receiver> Items<'r, R> {
    pub(crate) fn new(receiver: &'r mut R, take: usize) -> Self {
        Self {
            receiver,
            layers: 0,
            take,
            found: 0,
            editions: Vec::new(),
            ones: HashMap::new(),
            failure: None,
        }
    }

    /// Takes the names of the layers.
    pub(crate) fn layers(&mut self, names: &[String]) -> Result<(), Kind> {
        self.layers = names.len();
        self.receiver.layers(names)
    }

    /// Takes the item for the one-of-one of this name.
    fn one(&mut self, name: &str) -> Result<(), Kind> {
        let (item, name) = (self.found + 1, nfc(name));
        self.receiver.one(self.found, &name)?;
        match self.ones.insert(name.clone().into_owned(), item) {
            Some(first) => Err(Kind::OneTwice { first, second: item, one: quoted(&name) }),
            None => Ok(()),
        }
    }

    /// Gives parsing up if something is wrong.
    fn check<E: Error>(&mut self, checked: Result<(), Kind>) -> Result<(), E> {
        checked.map_err(|failure| {
            self.failure = Some(failure);
            E::custom("the item is invalid")
        })
    }
}

impl<'de, R: Receiver> DeserializeSeed<'de> for &mut Items<'_, R> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, R: Receiver> Visitor<'de> for &mut Items<'_, R> {
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
struct Item<'a, 'r, R>(&'a mut Items<'r, R>);

impl<'de, R: Receiver> DeserializeSeed<'de> for Item<'_, '_, R> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, R: Receiver> Visitor<'de> for Item<'_, '_, R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an item, [\"trait\", null, ...], {\"traits\": [...]} or {\"one\": \"...\"}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        Row(self.0).visit_seq(seq)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let items = self.0;
        let (mut edition, mut traits, mut one, mut group, mut named) = (None, false, false, false, false);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "edition" if edition.is_none() => edition = Some(map.next_value::<u32>()?),
                "traits" if !traits => {
                    map.next_value_seed(Row(items))?;
                    traits = true;
                }
                "one" if !one => {
                    let name = map.next_value::<String>()?;
                    // An item that has both is refused below, and its choices count for nothing.
                    let taken = items.one(&name);
                    items.check::<A::Error>(taken)?;
                    one = true;
                }
                "group" if !group => {
                    let name = map.next_value::<String>()?;
                    let taken = items.receiver.group(items.found, &nfc(&name));
                    items.check::<A::Error>(taken)?;
                    group = true;
                }
                "name" if !named => {
                    let name = map.next_value::<String>()?;
                    let taken = checked_name(items.found, &nfc(&name))
                        .map(|name| items.receiver.name(items.found, name));
                    items.check::<A::Error>(taken)?;
                    named = true;
                }
                _ => {
                    let known = "edition, traits, one, group, name".to_owned();
                    let key = format!("{} of item {}", quoted(&key), items.found + 1);
                    items.check::<A::Error>(Err(Kind::Key { key, known }))?;
                }
            }
        }
        if one && (traits || group || named) {
            items.check::<A::Error>(Err(Kind::OneWithTraits { item: items.found + 1 }))?;
        }
        if !traits && !one {
            items.check::<A::Error>(Err(Kind::Missing { key: "traits" }))?;
        }
        if let Some(edition) = edition {
            items.editions.push((items.found, edition));
        }
        Ok(())
    }
}

/// The name, if an item can have it: some text without control characters, of a length that fits a line of a table.
fn checked_name(item: usize, name: &str) -> Result<&str, Kind> {
    let what = if name.trim().is_empty() {
        "is empty".to_owned()
    } else if name.chars().any(char::is_control) {
        "contains a control character".to_owned()
    } else if name.len() > MAX_NAME {
        format!("has {} bytes, and at most {MAX_NAME} are possible", name.len())
    } else {
        return Ok(name);
    };
    Err(Kind::Name { item: item + 1, name: quoted(name), what })
}

/// An item's traits.
struct Row<'a, 'r, R>(&'a mut Items<'r, R>);

impl<'de, R: Receiver> DeserializeSeed<'de> for Row<'_, '_, R> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, R: Receiver> Visitor<'de> for Row<'_, '_, R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of trait names and null")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let items = self.0;
        let (mut found, expected) = (0, items.layers);
        while found < expected && seq.next_element_seed(Choice(items, found))?.is_some() {
            found += 1;
        }
        if found == expected {
            while seq.next_element::<IgnoredAny>()?.is_some() {
                found += 1;
            }
        }
        if found == expected {
            return Ok(());
        }
        items.check(Err(Kind::Length { item: items.found + 1, found, expected }))
    }
}

/// What an item shows in one column.
struct Choice<'a, 'r, R>(&'a mut Items<'r, R>, usize);

impl<R: Receiver> Choice<'_, '_, R> {
    fn take<E: Error>(self, name: Option<&str>) -> Result<(), E> {
        let Self(items, column) = self;
        let name = name.map(nfc);
        let taken = items.receiver.choice(items.found, column, name.as_deref());
        items.check(taken)
    }
}

impl<'de, R: Receiver> DeserializeSeed<'de> for Choice<'_, '_, R> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<R: Receiver> Visitor<'_> for Choice<'_, '_, R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a trait, or null")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<(), E> {
        self.take(Some(name))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.take(None)
    }
}

//! A plan without its project: what each item shows, by the names in the file.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Seek};

use crate::plan::{Document, PlanErrorKind, Receiver};
use crate::project::{ABSENT, quoted};

/// The plan of a finished collection.
#[derive(Debug)]
pub(crate) struct NamedPlan {
    pub(crate) document: Document,
    pub(crate) items: NamedItems,
}

impl NamedPlan {
    /// Reads a plan.
    pub(crate) fn read(source: &mut (impl Read + Seek)) -> Result<Self, PlanErrorKind> {
        let mut items = NamedItems::default();
        let document = Document::read(source, None, &mut items)?;
        Ok(Self { document, items })
    }
}

/// What the items show.
#[derive(Debug, Default)]
pub(crate) struct NamedItems {
    /// For each item that is no one-of-one the numbers of its traits' names, or [`ABSENT`].
    pub(crate) rows: Vec<u16>,
    /// By layer, the names of the traits that are shown.
    pub(crate) traits: Vec<Names>,
    pub(crate) groups: Names,
    /// The number of each item's group, as far as items name theirs.
    group_of: Vec<Option<u16>>,
    /// The names of the items that are one-of-ones.
    ones: BTreeMap<usize, String>,
    /// The names that other items have of their own.
    own_names: BTreeMap<usize, String>,
}

impl NamedItems {
    /// The number of the group that the item names.
    pub(crate) fn group(&self, item: usize) -> Option<u16> {
        self.group_of.get(item).copied().flatten()
    }

    /// The name that an item that is no one-of-one has of its own.
    pub(crate) fn name(&self, item: usize) -> Option<&str> {
        self.own_names.get(&item).map(String::as_str)
    }

    /// The name of the one-of-one that the item is; it has no row then.
    pub(crate) fn one(&self, item: usize) -> Option<&str> {
        self.ones.get(&item).map(String::as_str)
    }
}

/// Names by number and numbers by name.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) names: Vec<String>,
    numbers: HashMap<String, u16>,
}

impl Names {
    /// The number of a name, the next one if it is new; `None` if there are too many.
    fn number(&mut self, name: &str) -> Option<u16> {
        if let Some(&number) = self.numbers.get(name) {
            return Some(number);
        }
        let number = u16::try_from(self.names.len()).ok().filter(|&number| number != ABSENT)?;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        Some(number)
    }
}

/// Too many names to be those of one project.
fn too_many(item: usize, name: &str) -> PlanErrorKind {
    let what = format!("{} exceeds the number of names of a layer or group", quoted(name));
    PlanErrorKind::NotInGroup { item: item + 1, what, hint: "take it out".to_owned() }
}

impl Receiver for NamedItems {
    fn layers(&mut self, names: &[String]) -> Result<(), PlanErrorKind> {
        self.traits.resize_with(names.len(), Names::default);
        Ok(())
    }

    fn choice(&mut self, item: usize, column: usize, name: Option<&str>) -> Result<(), PlanErrorKind> {
        let names = &mut self.traits[column];
        let number = |name| names.number(name).ok_or_else(|| too_many(item, name));
        self.rows.push(name.map(number).transpose()?.unwrap_or(ABSENT));
        Ok(())
    }

    fn one(&mut self, item: usize, name: &str) -> Result<(), PlanErrorKind> {
        self.ones.insert(item, name.to_owned());
        Ok(())
    }

    fn group(&mut self, item: usize, name: &str) -> Result<(), PlanErrorKind> {
        self.group_of.resize(item + 1, None);
        self.group_of[item] = Some(self.groups.number(name).ok_or_else(|| too_many(item, name))?);
        Ok(())
    }

    fn name(&mut self, item: usize, name: &str) {
        self.own_names.insert(item, name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn every_kind_of_item_is_read() {
        let text = r#"{"format": "traitpress-plan/1", "algorithm": 3, "seed": 1, "start": 5, "layers": ["A", "B"], "items": [
                ["x", "y"], {"one": "King"}, {"edition": 90, "group": "G", "name": "Ada", "traits": [null, "z"]}, ["x", null]]}"#;
        let NamedPlan { document, items } = NamedPlan::read(&mut Cursor::new(text)).unwrap();
        assert_eq!((document.start, document.count), (5, 4));
        assert_eq!((0..4).map(|item| document.edition(item)).collect::<Vec<_>>(), [5, 6, 90, 8]);
        assert_eq!(items.rows, [0, 0, ABSENT, 1, 0, ABSENT]);
        assert_eq!(items.traits[1].names, ["y", "z"]);
        assert_eq!((items.one(1), items.one(0)), (Some("King"), None));
        assert_eq!((items.name(1), items.name(2)), (None, Some("Ada")));
        assert_eq!((0..4).map(|item| items.group(item)).collect::<Vec<_>>(), [None, None, Some(0), None]);
    }

    #[test]
    fn more_names_than_a_layer_can_have_are_refused() {
        let mut names = Names::default();
        assert!((0..ABSENT).all(|number| names.number(&number.to_string()) == Some(number)));
        assert_eq!((names.number("more"), names.number("7")), (None, Some(7)));
    }
}

//! A single item, made by the names of its layers and traits.

use crate::plan::model::Plan;
use crate::project::{ABSENT, Layer, Project, drawn_apart, nearest, nfc, quoted};
use crate::rules::{RowError, check_row, group_of};

/// Names that a message lists; of more it says how many.
const LISTED: usize = 8;

/// An item that a project can make: the traits that it shows, or a one-of-one.
///
/// [`Project::item`] makes one by names, and [`Plan::item`] gives those of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Item {
    /// One trait index a layer in drawing order, or [`ABSENT`]; throughout for a one-of-one.
    row: Box<[u16]>,
    one: Option<usize>,
}

impl Item {
    /// The item that shows these traits: for each layer in drawing order the trait's index in its layer, or nothing.
    ///
    /// # Errors
    /// If the configuration does not allow such an item.
    pub fn from_indices(
        project: &Project,
        indices: impl IntoIterator<Item = Option<usize>>,
    ) -> Result<Self, RowError> {
        let indices: Vec<Option<usize>> = indices.into_iter().collect();
        if indices.len() != project.layers.len() {
            return Err(RowError::Length { found: indices.len(), expected: project.layers.len() });
        }
        let number = |(layer, index): (&Layer, Option<usize>)| match index {
            None => Ok(ABSENT),
            Some(index) if index < layer.traits.len() => Ok(index as u16),
            Some(index) => {
                Err(RowError::Trait { layer: quoted(&layer.name), traits: layer.traits.len(), index })
            }
        };
        let numbers = project.layers.iter().zip(indices).map(number);
        let row: Box<[u16]> = numbers.collect::<Result<_, _>>()?;
        check_row(project, &row)?;
        Ok(Self { row, one: None })
    }

    /// For each layer in drawing order the index of the trait that the item shows, if it shows one. A one-of-one shows
    /// none.
    pub fn indices(&self) -> impl ExactSizeIterator<Item = Option<usize>> {
        self.row.iter().map(|&index| (index != ABSENT).then_some(index.into()))
    }

    /// The index of the trait that the item shows of a layer, counted in drawing order.
    #[must_use]
    pub fn trait_index(&self, layer: usize) -> Option<usize> {
        self.row.get(layer).filter(|&&index| index != ABSENT).map(|&index| index.into())
    }

    /// The traits that the item shows, as names of layers and traits in drawing order.
    ///
    /// # Panics
    /// If the item is of a project with fewer layers or traits.
    pub fn names<'p>(&self, project: &'p Project) -> impl Iterator<Item = (&'p str, &'p str)> {
        let shown = project.layers.iter().zip(self.indices());
        shown.filter_map(|(layer, index)| Some((&*layer.name, &*layer.traits[index?].name)))
    }

    /// The number of the one-of-one that the item is, in [`Project::ones`]; `None` if it is put together from traits.
    #[must_use]
    pub fn one(&self) -> Option<usize> {
        self.one
    }

    /// One trait index a layer, or [`ABSENT`].
    pub(crate) fn row(&self) -> &[u16] {
        &self.row
    }
}

impl Plan {
    /// The item at `index`.
    ///
    /// # Panics
    /// If there are not so many items.
    #[must_use]
    pub fn item(&self, index: usize) -> Item {
        Item { row: self.traits(index).into(), one: self.one(index) }
    }

    /// A plan of items of the caller's own choosing, numbered from 1.
    ///
    /// Items may be equal here, as in a service that is asked for the same avatar twice; a plan file of such is
    /// refused.
    ///
    /// # Errors
    /// The first item that the configuration does not allow.
    pub fn of_items(project: &Project, items: &[Item]) -> Result<Self, RowError> {
        let numbered = || (0u32..).zip(items);
        for (_, item) in numbered() {
            match item.one {
                Some(number) if number < project.ones.len() => {}
                Some(number) => return Err(RowError::One { ones: project.ones.len(), number }),
                None => check_row(project, &item.row)?,
            }
        }
        let layers = project.layers.len();
        let group = |item: &Item| match item.one {
            Some(_) => ABSENT,
            None => group_of(project, &item.row).unwrap_or_default(),
        };
        let groups = (!project.groups.is_empty()).then(|| items.iter().map(group).collect());
        let ones = numbered().filter_map(|(index, item)| Some((index, item.one? as u32))).collect();
        let rows = items.iter().flat_map(|item| item.row.iter().copied()).collect();
        let mut plan = Self { groups, ones, ..Self::plain(rows, layers) };
        plan.draw_apart(project);
        Ok(plan)
    }
}

impl Project {
    /// Begins an item, to which traits are added by their names.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let project = traitpress::project::Project::open("my-project".as_ref())?;
    /// let item = project.item().with("Body", "Robot")?.with("Hat", "Crown")?.without("Glasses")?.build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn item(&self) -> ItemBuilder<'_> {
        ItemBuilder {
            project: self,
            row: vec![ABSENT; self.layers.len()],
            is_named: vec![false; self.layers.len()],
        }
    }
}

/// An item that is being made: see [`Project::item`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ItemBuilder<'p> {
    project: &'p Project,
    row: Vec<u16>,
    /// The layers of which something was said.
    is_named: Vec<bool>,
}

impl ItemBuilder<'_> {
    /// Shows this trait of this layer; the name of a picture of absence shows nothing.
    ///
    /// # Errors
    /// If there is no such layer, or no such trait in it.
    pub fn with(mut self, layer: &str, name: &str) -> Result<Self, RowError> {
        let number = layer_named(self.project, layer)?;
        let choice = trait_named(self.project, number, name)?;
        self.set(number, choice);
        Ok(self)
    }

    /// Shows nothing of this layer.
    ///
    /// # Errors
    /// If there is no such layer.
    pub fn without(mut self, layer: &str) -> Result<Self, RowError> {
        let number = layer_named(self.project, layer)?;
        self.set(number, ABSENT);
        Ok(self)
    }

    /// The item; layers that were not named show nothing.
    ///
    /// # Errors
    /// If the configuration does not allow such an item: a layer that is never absent was not named, a layer is not of
    /// the item's group, or a rule is broken.
    pub fn build(self) -> Result<Item, RowError> {
        let Self { project, mut row, is_named } = self;
        for (number, layer) in project.layers.iter().enumerate().filter(|(_, layer)| layer.is_apart) {
            // A colour that the other choices decide: the same item always has the same.
            if row[number] == ABSENT {
                let digest = blake3::hash(bytemuck::cast_slice(&row));
                let word =
                    u64::from_le_bytes(*digest.as_bytes().first_chunk().expect("a digest has 32 bytes"));
                row[number] = drawn_apart(layer, word, 0);
            }
        }
        let missing = |error| match error {
            RowError::Presence { layer, what: "absent" } => {
                let mut unnamed = project.layers.iter().zip(&is_named).filter(|(_, is_named)| !**is_named);
                match unnamed.find(|(other, _)| quoted(&other.name) == layer) {
                    Some((other, _)) => RowError::NotNamed {
                        layer,
                        traits: list(other.traits.iter().map(|item| item.name.as_str())),
                    },
                    None => RowError::Presence { layer, what: "absent" },
                }
            }
            error => error,
        };
        check_row(project, &row).map_err(missing)?;
        Ok(Item { row: row.into(), one: None })
    }

    fn set(&mut self, layer: usize, index: u16) {
        self.row[layer] = index;
        self.is_named[layer] = true;
    }
}

/// The number of the layer of this name.
pub(crate) fn layer_named(project: &Project, name: &str) -> Result<usize, RowError> {
    let (layers, name) = (&project.layers, nfc(name));
    layers.iter().position(|layer| layer.name == *name).ok_or_else(|| {
        let hint = hint(&name, layers.iter().map(|layer| layer.name.as_str()));
        RowError::NoLayer { name: quoted(&name), hint }
    })
}

/// The trait of a layer of this name; [`ABSENT`] for the name of a picture of absence.
fn trait_named(project: &Project, layer: usize, name: &str) -> Result<u16, RowError> {
    let (layer, name) = (&project.layers[layer], nfc(name));
    if layer.absent_names.iter().any(|absent| *absent == *name) {
        return Ok(ABSENT);
    }
    layer.traits.iter().position(|item| item.name == *name).map(|index| index as u16).ok_or_else(|| {
        let hint = hint(&name, layer.traits.iter().map(|item| item.name.as_str()));
        RowError::NoTrait { layer: quoted(&layer.name), name: quoted(&name), hint }
    })
}

/// The same; `none` is the layer's absence, too, unless a trait has that name.
pub(crate) fn choice_named(project: &Project, layer: usize, name: &str) -> Result<u16, RowError> {
    match trait_named(project, layer, name) {
        Err(_) if name.eq_ignore_ascii_case("none") => Ok(ABSENT),
        found => found,
    }
}

/// The next step where a name is none of those that there are.
fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(name, known.clone()) {
        Some(near) => format!("did you mean {}?", quoted(near)),
        None => format!("name one of {}", list(known)),
    }
}

/// Names for a message.
fn list<'a>(names: impl Iterator<Item = &'a str> + Clone) -> String {
    let listed: Vec<String> = names.clone().take(LISTED).map(quoted).collect();
    match names.count().saturating_sub(LISTED) {
        0 => listed.join(", "),
        more => format!("{} and {more} more", listed.join(", ")),
    }
}

#[cfg(test)]
impl Plan {
    /// The plan of the items with these rows, as [`Self::traits`] gives them.
    pub(crate) fn of_rows(project: &Project, rows: &[Vec<u16>]) -> Result<Self, RowError> {
        let index = |&index: &u16| (index != ABSENT).then_some(index.into());
        let items = rows.iter().map(|row| Item::from_indices(project, row.iter().map(index)));
        Self::of_items(project, &items.collect::<Result<Vec<_>, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::project;

    /// Two layers; the second can be absent.
    fn two_layers() -> Project {
        let mut project = project(&[("Body", &[1, 1, 1]), ("Hat", &[1, 1])]);
        project.layers[1].chance = 500_000;
        project
    }

    #[test]
    fn an_item_is_made_by_names_and_layers_that_are_not_named_are_absent() {
        let project = two_layers();
        let item = project.item().with("Body", "Body 2").unwrap().build().unwrap();
        assert_eq!(item.indices().collect::<Vec<_>>(), [Some(2), None]);
        assert_eq!(item.names(&project).collect::<Vec<_>>(), [("Body", "Body 2")]);
        let both = project.item().with("Hat", "Hat 1").unwrap().with("Body", "Body 0").unwrap();
        assert_eq!(both.clone().build().unwrap(), Item::from_indices(&project, [Some(0), Some(1)]).unwrap());
        let item = both.without("Hat").unwrap().with("Body", "Body 1").unwrap().build().unwrap();
        assert_eq!([item.trait_index(0), item.trait_index(1), item.trait_index(2)], [Some(1), None, None]);
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_name_that_was_probably_meant() {
        let project = two_layers();
        let said = |result: Result<ItemBuilder<'_>, RowError>| result.unwrap_err().to_string();
        assert!(said(project.item().with("Bodi", "Body 1")).ends_with("did you mean \"Body\"?"));
        assert!(said(project.item().without("Wings")).ends_with("name one of \"Body\", \"Hat\""));
        assert!(said(project.item().with("Hat", "Hat1")).ends_with("did you mean \"Hat 1\"?"));
        assert!(said(project.item().with("Hat", "Crown")).ends_with("name one of \"Hat 0\", \"Hat 1\""));
        let missing = project.item().with("Hat", "Hat 0").unwrap().build().unwrap_err().to_string();
        assert!(missing.contains("\"Body\" is never absent") && missing.contains("\"Body 2\""), "{missing}");
        let without = project.item().without("Body").unwrap().build().unwrap_err();
        assert!(matches!(without, RowError::Presence { what: "absent", .. }));
        let beyond = Item::from_indices(&project, [Some(3), None]).unwrap_err();
        assert!(matches!(beyond, RowError::Trait { traits: 3, index: 3, .. }));
        assert!(matches!(Item::from_indices(&project, [Some(0)]), Err(RowError::Length { .. })));
        assert!(Item::from_indices(&project, [Some(0), None, Some(0)]).is_err());
    }

    #[test]
    fn a_plan_gives_its_items_and_is_made_of_items() {
        let mut project = two_layers();
        project.ones = crate::project::ones(&[None]);
        let mut plan = Plan::plain(vec![0, 1, ABSENT, ABSENT, 2, ABSENT], 2);
        plan.ones = vec![(1, 0)];
        let items: Vec<Item> = (0..plan.len()).map(|index| plan.item(index)).collect();
        assert_eq!(items[1].one(), Some(0));
        assert_eq!(items[2].indices().collect::<Vec<_>>(), [Some(2), None]);
        assert_eq!(Plan::of_items(&project, &items).unwrap(), plan);
        project.ones.clear();
        assert!(matches!(Plan::of_items(&project, &items), Err(RowError::One { ones: 0, number: 0 })));
        let other = crate::project::project(&[("Body", &[1]), ("Hat", &[1, 1])]);
        assert!(Plan::of_items(&other, &items[2..]).is_err());
    }
}

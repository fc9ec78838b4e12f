//! Names in a plan become the project's numbers: each item becomes a row of numbers as it is read.

use std::collections::HashMap;

use crate::plan::document::Receiver;
use crate::plan::error::PlanErrorKind as Kind;
use crate::project::{ABSENT, Project, nearest, quoted};

/// One layer in the plan's order.
#[derive(Debug)]
struct Column {
    /// The layer's number in the project.
    layer: usize,
    name: String,
    traits: HashMap<String, u16>,
    can_be_absent: bool,
    can_be_present: bool,
}

/// The numbers of the items so far. Every entry must be possible in the project.
#[derive(Debug)]
pub(crate) struct Resolver<'p> {
    project: &'p Project,
    columns: Vec<Column>,
    /// The project's ones by name.
    names_of_ones: HashMap<&'p str, u32>,
    /// The project's groups by name.
    names_of_groups: HashMap<&'p str, u16>,
    /// Rows in the project's layer order.
    pub(crate) rows: Vec<u16>,
    /// Items that are ones, each with its number.
    pub(crate) ones: Vec<(u32, u32)>,
    /// Items that name their group.
    pub(crate) groups: Vec<(usize, u16)>,
    /// Items that have names of their own.
    pub(crate) names: Vec<(u32, Box<str>)>,
}

impl<'p> Resolver<'p> {
    pub(crate) fn new(project: &'p Project) -> Self {
        Self {
            project,
            columns: Vec::new(),
            names_of_ones: (0..).zip(&project.ones).map(|(number, one)| (&*one.name, number)).collect(),
            names_of_groups: (0..).zip(&project.groups).map(|(number, one)| (&*one.name, number)).collect(),
            rows: Vec::new(),
            ones: Vec::new(),
            groups: Vec::new(),
            names: Vec::new(),
        }
    }

    fn column(&self, name: &str) -> Result<Column, Kind> {
        let layers = &self.project.layers;
        let Some(layer) = layers.iter().position(|layer| layer.name == *name) else {
            let hint = match nearest(name, layers.iter().map(|layer| layer.name.as_str())) {
                Some(near) => format!("did you mean {}?", quoted(near)),
                None => "remove it, or add it to the project".to_owned(),
            };
            return Err(Kind::Layer { layer: quoted(name), what: "is not in the project".to_owned(), hint });
        };
        let settings = &layers[layer];
        let traits = settings.traits.iter().enumerate();
        Ok(Column {
            layer,
            name: settings.name.clone(),
            traits: traits.map(|(index, item)| (item.name.clone(), index as u16)).collect(),
            can_be_absent: self.project.can_be_absent(layer),
            can_be_present: settings.chance > 0,
        })
    }

    /// The number of what an item shows in a column.
    fn number(&self, item: usize, column: &Column, name: Option<&str>) -> Result<u16, Kind> {
        // A plan that was made by other means can name a picture of absence.
        let absent = &self.project.layers[column.layer].absent_names;
        let name = name.filter(|name| !absent.iter().any(|absent| absent == name));
        let wrong = |what: &str, hint: &str| Kind::Entry {
            item: item + 1,
            layer: quoted(&column.name),
            what: what.to_owned(),
            hint: hint.to_owned(),
        };
        let Some(name) = name else {
            return if column.can_be_absent {
                Ok(ABSENT)
            } else {
                Err(wrong("null, but the layer is never absent", "name a trait or lower its chance"))
            };
        };
        let Some(&number) = column.traits.get(name) else {
            let hint = hint(name, column.traits.keys().map(String::as_str), "name one of the layer's traits");
            return Err(wrong(&format!("there is no trait {}", quoted(name)), &hint));
        };
        if !column.can_be_present {
            let what = format!("{}, but the layer's chance is 0", quoted(name));
            return Err(wrong(&what, "write null, or raise the chance"));
        }
        Ok(number)
    }
}

impl Receiver for Resolver<'_> {
    fn layers(&mut self, names: &[String]) -> Result<(), Kind> {
        self.columns = names.iter().map(|name| self.column(name)).collect::<Result<_, _>>()?;
        // What is drawn apart can be drawn now, for a plan of a time when it was not there.
        let is_missing = |layer: &usize| {
            !self.project.layers[*layer].is_apart && !self.columns.iter().any(|column| column.layer == *layer)
        };
        match (0..self.project.layers.len()).find(is_missing) {
            Some(missing) => Err(Kind::LayerMissing { layer: quoted(&self.project.layers[missing].name) }),
            None => Ok(()),
        }
    }

    fn choice(&mut self, item: usize, column: usize, name: Option<&str>) -> Result<(), Kind> {
        let width = self.project.layers.len();
        if column == 0 {
            self.rows.resize(self.rows.len() + width, ABSENT);
        }
        let number = self.number(item, &self.columns[column], name)?;
        let place = self.rows.len() - width + self.columns[column].layer;
        self.rows[place] = number;
        Ok(())
    }

    fn one(&mut self, item: usize, name: &str) -> Result<(), Kind> {
        let Some(&number) = self.names_of_ones.get(name) else {
            let known = self.names_of_ones.keys().copied();
            let hint = hint(name, known, "use one of its [[ones]], or add it");
            return Err(Kind::One { item: item + 1, one: quoted(name), hint });
        };
        self.ones.push((item as u32, number));
        self.rows.resize(self.rows.len() + self.project.layers.len(), ABSENT);
        Ok(())
    }

    fn group(&mut self, item: usize, name: &str) -> Result<(), Kind> {
        let Some(&number) = self.names_of_groups.get(name) else {
            let known = self.names_of_groups.keys().copied();
            let hint = hint(name, known, "use one of its [[groups]], or add it");
            return Err(Kind::Group { item: item + 1, group: quoted(name), hint });
        };
        self.groups.push((item, number));
        Ok(())
    }

    fn name(&mut self, item: usize, name: &str) {
        self.names.push((item as u32, name.into()));
    }
}

/// The next step where a name is none of those that are known.
fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str>, otherwise: &str) -> String {
    // In an order that no hash decides.
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    match nearest(name, known) {
        Some(near) => format!("did you mean {}?", quoted(near)),
        None => otherwise.to_owned(),
    }
}

//! The attributes of an item, whatever the standard: names and values in their order.

use std::fmt;

use crate::plan::Plan;
use crate::project::{ABSENT, Attribute, AttributeValue, Project};

/// An attribute of an item, by numbers: its text was made once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// A layer's trait.
    Trait(usize, u16),
    /// What else is listed of a layer's trait.
    Own(usize, u16, usize),
    /// That an item does not show a layer.
    Absent(usize),
    /// An attribute that all items have.
    Fixed(usize),
    /// A one-of-one's attribute.
    One(usize, usize),
}

/// A layer in the metadata.
#[derive(Debug)]
struct ShownLayer {
    name: String,
    hidden: bool,
    absent: Option<AttributeValue>,
    traits: Vec<AttributeValue>,
    /// By trait, what else is listed of it.
    own: Vec<Vec<Attribute>>,
    /// Layers that are listed in place of this one where they are shown.
    in_place: Vec<usize>,
    /// Other layers with its name: species may draw one thing in several places.
    twins: Vec<usize>,
}

/// The attributes of a project's items.
#[derive(Debug)]
pub(crate) struct Shown<'a> {
    pub(crate) project: &'a Project,
    layers: Vec<ShownLayer>,
    /// For each one-of-one the numbers of the fixed attributes that it does not override.
    fixed_of_ones: Vec<Vec<usize>>,
}

impl<'a> Shown<'a> {
    pub(crate) fn new(project: &'a Project) -> Self {
        let settings = &project.metadata;
        let mut layers: Vec<ShownLayer> = Vec::with_capacity(project.layers.len());
        for layer in &project.layers {
            let text = settings.layer(&layer.name);
            let shown = |name: &String| text.traits.get(name).unwrap_or(name).clone();
            layers.push(ShownLayer {
                name: text.display_name.clone().unwrap_or_else(|| layer.name.clone()),
                hidden: text.hidden,
                // A choice inside a choice is not missed where that is not shown.
                absent: text
                    .absent
                    .clone()
                    .or_else(|| settings.show_absent.clone().filter(|_| text.of.is_none()))
                    .map(AttributeValue::Text),
                traits: layer.traits.iter().map(|item| AttributeValue::Text(shown(&item.name))).collect(),
                own: layer
                    .traits
                    .iter()
                    .map(|item| text.attributes.get(&item.name).cloned().unwrap_or_default())
                    .collect(),
                in_place: Vec::new(),
                twins: Vec::new(),
            });
        }
        for (number, layer) in project.layers.iter().enumerate() {
            let text = settings.layer(&layer.name);
            let of = text.of.as_ref().filter(|_| text.in_place);
            let of = of.and_then(|of| project.layers.iter().position(|other| other.name == *of));
            of.into_iter().for_each(|of| layers[of].in_place.push(number));
        }
        for layer in 0..layers.len() {
            let same = |&other: &usize| {
                other != layer && !layers[other].hidden && layers[other].name == layers[layer].name
            };
            let twins = (0..layers.len()).filter(same).collect();
            layers[layer].twins = twins;
        }
        let fixed_of_ones = project.ones.iter().map(|one| {
            let is_own = |name: &str| one.attributes.iter().any(|own| own.name == name);
            let numbers = settings.attributes.iter().enumerate();
            numbers.filter(|(_, fixed)| !is_own(&fixed.name)).map(|(number, _)| number).collect()
        });
        let fixed_of_ones = fixed_of_ones.collect();
        Self { project, layers, fixed_of_ones }
    }

    /// Calls `visit` with each attribute of the item at `index` of a plan.
    pub(crate) fn each(&self, plan: &Plan, index: usize, mut visit: impl FnMut(Slot)) {
        if let Some(number) = plan.one(index) {
            (0..self.project.ones[number].attributes.len()).for_each(|own| visit(Slot::One(number, own)));
            self.fixed_of_ones[number].iter().for_each(|&fixed| visit(Slot::Fixed(fixed)));
            return;
        }
        let row = plan.traits(index);
        for (number, (layer, &choice)) in self.layers.iter().zip(row).enumerate() {
            if layer.hidden {
                continue;
            }
            if choice != ABSENT {
                if layer.in_place.iter().all(|&inner| row[inner] == ABSENT) {
                    visit(Slot::Trait(number, choice));
                }
                (0..layer.own[usize::from(choice)].len())
                    .for_each(|own| visit(Slot::Own(number, choice, own)));
            } else if layer.absent.is_some() && self.is_missed(plan, index, number) {
                visit(Slot::Absent(number));
            }
        }
        (0..self.project.metadata.attributes.len()).for_each(|fixed| visit(Slot::Fixed(fixed)));
    }

    /// Whether an item lacks an absent layer: its group has that layer, and no layer of the same name has a value.
    fn is_missed(&self, plan: &Plan, index: usize, layer: usize) -> bool {
        let group = plan.group(index).and_then(|group| self.project.groups.get(group));
        if group.is_some_and(|group| !group.layers.contains(&layer)) {
            return false;
        }
        let row = plan.traits(index);
        let in_group = |other: usize| group.is_none_or(|group| group.layers.contains(&other));
        // Of several that are all absent, the first is listed.
        let lists = |&other: &usize| row[other] != ABSENT || (other < layer && in_group(other));
        !self.layers[layer].twins.iter().any(lists)
    }

    /// What a slot is called.
    pub(crate) fn name(&self, slot: Slot) -> &str {
        match slot {
            Slot::Trait(layer, _) | Slot::Absent(layer) => &self.layers[layer].name,
            Slot::Own(layer, choice, own) => &self.layers[layer].own[usize::from(choice)][own].name,
            Slot::Fixed(number) => &self.project.metadata.attributes[number].name,
            Slot::One(number, own) => &self.project.ones[number].attributes[own].name,
        }
    }

    /// Its value.
    pub(crate) fn value(&self, slot: Slot) -> &AttributeValue {
        match slot {
            Slot::Trait(layer, choice) => &self.layers[layer].traits[usize::from(choice)],
            Slot::Absent(layer) => self.layers[layer].absent.as_ref().expect("only such slots are listed"),
            Slot::Own(layer, choice, own) => &self.layers[layer].own[usize::from(choice)][own].value,
            Slot::Fixed(number) => &self.project.metadata.attributes[number].value,
            Slot::One(number, own) => &self.project.ones[number].attributes[own].value,
        }
    }

    /// Every slot that an item can have, in an order of its own.
    pub(crate) fn all(&self) -> impl Iterator<Item = Slot> {
        let shown = self.layers.iter().enumerate().filter(|(_, layer)| !layer.hidden);
        let of_layers = shown.flat_map(|(number, layer)| {
            let traits = (0..layer.traits.len() as u16).flat_map(move |choice| {
                let own =
                    (0..layer.own[usize::from(choice)].len()).map(move |own| Slot::Own(number, choice, own));
                std::iter::once(Slot::Trait(number, choice)).chain(own)
            });
            traits.chain(layer.absent.is_some().then_some(Slot::Absent(number)))
        });
        let fixed = (0..self.project.metadata.attributes.len()).map(Slot::Fixed);
        let own = |number: usize| {
            let count = self.project.ones[number].attributes.len();
            (0..count).map(move |own| Slot::One(number, own))
        };
        // By name: the same whether a configuration or a manifest says them.
        let mut ones: Vec<usize> = (0..self.project.ones.len()).collect();
        ones.sort_by(|&a, &b| self.project.ones[a].name.cmp(&self.project.ones[b].name));
        let ones = ones.into_iter().flat_map(own);
        of_layers.chain(fixed).chain(ones)
    }

    /// The names of layers that one item would list twice: the first two numbers of such.
    pub(crate) fn told_twice(&self) -> Option<(usize, usize)> {
        let groups = &self.project.groups;
        let together = |a: usize, b: usize| {
            groups.is_empty()
                || groups.iter().any(|group| group.layers.contains(&a) && group.layers.contains(&b))
        };
        let pairs = self.layers.iter().enumerate().filter(|(_, layer)| !layer.hidden);
        let mut pairs = pairs.flat_map(|(a, layer)| layer.twins.iter().map(move |&b| (a, b)));
        // One that is listed in place of the other is never listed beside it.
        let replaces = |a: usize, b: usize| self.layers[a].in_place.contains(&b);
        pairs.find(|&(a, b)| together(a, b) && !replaces(a, b) && !replaces(b, a))
    }

    /// An item's name.
    pub(crate) fn item_name(&self, plan: &Plan, index: usize) -> String {
        match plan.one(index) {
            Some(number) => self.project.ones[number].name.clone(),
            None => match plan.name(index) {
                Some(name) => name.to_owned(),
                None => self.name_of_edition(plan.edition(index)),
            },
        }
    }

    /// The name of an item that is put together from traits and has none of its own.
    pub(crate) fn name_of_edition(&self, edition: u32) -> String {
        let width = usize::from(self.project.metadata.number_width);
        format!("{} #{edition:0width$}", self.project.name)
    }
}

/// A value as text: what a table shows of it.
pub(crate) struct AsText<'a>(pub(crate) &'a AttributeValue);

impl fmt::Display for AsText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            AttributeValue::Text(text) => f.write_str(text),
            AttributeValue::Integer(number) => write!(f, "{number}"),
            // As JSON has it: 2.0 stays 2.0.
            AttributeValue::Float(number) => write!(f, "{}", serde_json::json!(number)),
            AttributeValue::Boolean(boolean) => write!(f, "{boolean}"),
        }
    }
}

/// A value as a number, if it is one or its text is.
pub(crate) fn as_number(value: &AttributeValue) -> Option<AttributeValue> {
    match value {
        AttributeValue::Integer(_) | AttributeValue::Float(_) => Some(value.clone()),
        AttributeValue::Boolean(_) => None,
        AttributeValue::Text(text) => {
            let integer = text.parse().map(AttributeValue::Integer).ok();
            let float = || text.parse().ok().filter(|number: &f64| number.is_finite());
            integer.or_else(|| float().map(AttributeValue::Float))
        }
    }
}

/// A value as JSON.
pub(crate) fn value_json(value: &AttributeValue) -> String {
    serde_json::to_string(value).expect("texts and numbers always serialize")
}

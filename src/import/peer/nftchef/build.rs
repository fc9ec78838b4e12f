//! A layer of nftchef's engine as layers of ours: one for each choice, and one for each picture that is always drawn.
//!
//! A folder with a weight is one choice among its siblings, and choices in it depend on it. Where such a folder holds nothing but
//! another choice of the same attribute, the two are one choice here, whose weights are products. Else it is a trait with the
//! pictures that are always drawn with it as parts, and with choices of its own.

use super::tree::Element;
use crate::import::model::{Absence, Art, Choice, Layer, Parent, Part, Trait};
use crate::import::notes::Notes;

/// The elements of one folder of the source: their names, and the choices that each means.
pub(super) type Folder = Vec<(String, Vec<Choice>)>;

/// What a layer of the source becomes.
#[derive(Debug, Default)]
pub(super) struct Built {
    /// Two entries with the same text are the same.
    pub(super) identity: String,
    /// In drawing order; numbers are local to this.
    pub(super) layers: Vec<Layer>,
    /// Folders with choices, in the order in which the engine chooses.
    pub(super) folders: Vec<Folder>,
    /// Names of what is always drawn.
    pub(super) required: Vec<String>,
}

/// Builds a layer.
pub(super) struct Builder<'a> {
    /// The name of the absence.
    pub(super) empty: &'a str,
    /// Blend and opacity of the layer's entry.
    pub(super) blend: Option<String>,
    pub(super) opacity: f64,
    pub(super) unique: bool,
    pub(super) notes: &'a mut Notes,
    /// Layers, each with the key by which it is drawn among those of the same trait.
    pub(super) layers: Vec<(String, Layer)>,
    pub(super) folders: Vec<Folder>,
    pub(super) required: Vec<String>,
}

impl Builder<'_> {
    /// The layers of the elements of a layer's own folder.
    pub(super) fn build(mut self, identity: String, name: &str, origin: &str, elements: &[Element]) -> Built {
        self.enter(name, origin, elements);
        let Self { layers, folders, required, .. } = self;
        let order = drawing_order(&layers);
        let mut new = vec![0; layers.len()];
        for (to, &from) in order.iter().enumerate() {
            new[from] = to;
        }
        let renumber = |choice: &mut Choice| match choice {
            Choice::Trait(layer, _) | Choice::Absent(layer) => *layer = new[*layer],
        };
        let mut slots: Vec<Option<Layer>> = layers.into_iter().map(|(_, layer)| Some(layer)).collect();
        let mut sorted: Vec<Layer> = order.iter().filter_map(|&from| slots[from].take()).collect();
        for layer in &mut sorted {
            if let Some(parent) = &mut layer.parent {
                parent.layer = new[parent.layer];
            }
            for part in layer.traits.iter_mut().flat_map(|item| &mut item.parts) {
                part.above = part.above.map(|layer| new[layer]);
            }
        }
        let mut folders = folders;
        folders.iter_mut().flatten().flat_map(|(_, choices)| choices).for_each(renumber);
        Built { identity, layers: sorted, folders, required }
    }

    /// A folder that is always entered.
    fn enter(&mut self, name: &str, origin: &str, elements: &[Element]) {
        for element in elements.iter().filter(|element| element.weight.is_none()) {
            self.required.push(element.name.clone());
            match &element.elements {
                Some(inner) => self.enter(&format!("{name} {}", element.name), &element.origin, inner),
                None => {
                    // The engine's attribute of it has the name of a folder above, as "layers".
                    let mut layer =
                        self.new_layer(format!("{name} {}", element.name), element.origin.clone());
                    layer.hidden = true;
                    layer.traits.push(Trait::of(element.name.clone(), 1.0, self.part(element)));
                    self.layers.push((element.order(), layer));
                    let done = "it is always drawn: a hidden layer of one trait";
                    self.notes.changed(element.origin.clone(), "", done);
                }
            }
        }
        self.choice(name, origin, elements, None);
    }

    fn new_layer(&self, name: String, origin: String) -> Layer {
        let mut layer = Layer::new(name, origin);
        layer.blend.clone_from(&self.blend);
        layer.opacity = self.opacity;
        layer.unique = self.unique;
        layer
    }

    fn part(&self, element: &Element) -> Part {
        let mut part = Part::of(Art::File(element.path.clone()), element.origin.clone());
        part.z = element.z;
        part.place = element.order();
        if element.blend != self.blend {
            part.blend = Some(element.blend.clone().unwrap_or_else(|| "normal".to_owned()));
        }
        part.opacity = (element.opacity != self.opacity).then_some(element.opacity);
        part
    }

    /// The layer of the elements with weights, if there are any; its number.
    fn choice(
        &mut self,
        name: &str,
        origin: &str,
        elements: &[Element],
        parent: Option<Parent>,
    ) -> Option<usize> {
        let weighted: Vec<&Element> = elements.iter().filter(|element| element.weight.is_some()).collect();
        let first = weighted.first()?;
        let number = self.layers.len();
        let kind = kind_of(&weighted);
        let mut layer = self.new_layer(name.to_owned(), origin.to_owned());
        layer.parent = parent;
        layer.display_name = kind.clone().filter(|kind| kind != name);
        let key = weighted.iter().map(|element| element.order()).min().unwrap_or_else(|| first.order());
        self.layers.push((key, layer));
        let mut inner = Vec::new();
        let folder = self.level(number, &weighted, 1.0, kind.as_deref(), &mut inner);
        if self.layers[number].1.traits.is_empty() {
            self.notes.changed(origin, "", "nothing in it is ever drawn, so it was left out");
            self.layers.truncate(number);
            return None;
        }
        self.folders.push(folder);
        self.folders.extend(inner);
        self.whole_weights(number);
        // Choices in folders come after the choice of the folder.
        for item in 0..self.layers[number].1.traits.len() {
            self.within(number, item, &weighted);
        }
        Some(number)
    }

    /// Adds the traits of one folder's elements, whose weights are shares of `share`.
    fn level(
        &mut self,
        number: usize,
        elements: &[&Element],
        share: f64,
        kind: Option<&str>,
        inner: &mut Vec<Folder>,
    ) -> Folder {
        let mut folder = Folder::new();
        for element in elements {
            let weight = element.weight.unwrap_or(0.0) * share;
            let choices = match &element.elements {
                None if element.name == self.empty => vec![self.absent(number, weight, element)],
                None => vec![self.add(number, element, weight)],
                Some(below) => match flat(below, kind) {
                    Some(below) => {
                        let sum: f64 = below.iter().filter_map(|element| element.weight).sum();
                        if below.is_empty() || sum == 0.0 {
                            let done =
                                "nothing in this folder can be chosen, so the layer shows nothing then";
                            self.notes.changed(element.origin.clone(), "", done);
                            vec![self.absent(number, weight, element)]
                        } else {
                            let of = self.level(number, &below, weight / sum, kind, inner);
                            let all = of.iter().flat_map(|(_, choices)| choices.clone()).collect();
                            inner.push(of);
                            all
                        }
                    }
                    None => vec![self.add(number, element, weight)],
                },
            };
            folder.push((element.name.clone(), choices));
        }
        folder
    }

    fn absent(&mut self, number: usize, weight: f64, element: &Element) -> Choice {
        let none = &mut self.layers[number].1.none;
        let before = none.as_ref().map_or(0.0, |none| none.weight);
        *none = Some(Absence { weight: before + weight, shown: None, origin: element.origin.clone() });
        Choice::Absent(number)
    }

    fn add(&mut self, number: usize, element: &Element, weight: f64) -> Choice {
        let part = self.part(element);
        let mut item = Trait::of(element.name.clone(), weight, part);
        let value = if element.elements.is_some() { &element.name } else { &element.value };
        item.display_name = Some(value.clone()).filter(|value| *value != element.name);
        let layer = &mut self.layers[number].1;
        layer.traits.push(item);
        Choice::Trait(number, layer.traits.len() - 1)
    }

    /// The parts and choices of a trait that is a folder.
    fn within(&mut self, number: usize, item: usize, elements: &[&Element]) {
        let origin = self.layers[number].1.traits[item].parts[0].origin.clone();
        let Some(element) = find(elements, &origin) else { return };
        let Some(below) = &element.elements else { return };
        let mut parts: Vec<(String, &Element)> = Vec::new();
        let mut nested: Vec<(String, usize)> = Vec::new();
        let parent = Parent { layer: number, item };
        self.gather(&element.name, &element.origin, below, parent, &mut parts, &mut nested);
        parts.sort_by(|a, b| a.0.cmp(&b.0));
        let kind = self.layers[number].1.shown_name().to_owned();
        let mut drawn = Vec::new();
        for (key, element) in &parts {
            let mut part = self.part(element);
            let below = nested.iter().filter(|(other, _)| other < key).max();
            part.above = below.map(|(_, layer)| *layer).filter(|_| part.z == 0);
            drawn.push(part);
        }
        // A folder without a picture of its own is not listed; the first choice in it is, in its place.
        if parts.is_empty()
            && let Some((_, layer)) = nested.first()
        {
            self.layers[*layer].1.replaces_parent = true;
        }
        // Of one type the engine lists what is drawn first.
        for (key, layer) in &nested {
            if self.layers[*layer].1.shown_name() == kind {
                let is_first = parts.first().is_none_or(|(first, _)| key < first);
                let layer = &mut self.layers[*layer].1;
                layer.replaces_parent |= is_first;
                layer.hidden = !is_first;
            }
        }
        // What the folder's own pictures say of it.
        let value = parts.first().map(|(_, element)| element.value.clone());
        let it = &mut self.layers[number].1.traits[item];
        it.parts = drawn;
        if let Some(value) = value {
            it.display_name = Some(value).filter(|value| *value != it.name);
        }
    }

    /// Collects what is drawn, and what is chosen, where a folder is chosen.
    fn gather<'e>(
        &mut self,
        name: &str,
        origin: &str,
        elements: &'e [Element],
        parent: Parent,
        parts: &mut Vec<(String, &'e Element)>,
        nested: &mut Vec<(String, usize)>,
    ) {
        for element in elements.iter().filter(|element| element.weight.is_none()) {
            self.required.push(element.name.clone());
            match &element.elements {
                Some(inner) => self.gather(&element.name, &element.origin, inner, parent, parts, nested),
                None => parts.push((element.order(), element)),
            }
        }
        if let Some(layer) = self.choice(name, origin, elements, Some(parent)) {
            nested.push((self.layers[layer].0.clone(), layer));
        }
    }

    /// Makes weights whole where shares of folders made them fractions.
    fn whole_weights(&mut self, number: usize) {
        const MILLION: f64 = 1e6;
        let layer = &mut self.layers[number].1;
        let all =
            || layer.traits.iter().map(|item| item.weight).chain(layer.none.iter().map(|none| none.weight));
        let is_exact = |weight: f64| (weight * MILLION - (weight * MILLION).round()).abs() < 1e-9;
        if all().all(is_exact) {
            return;
        }
        let is_whole = |factor: &u32| {
            all().all(|weight| {
                let product = weight * f64::from(*factor);
                (product - product.round()).abs() < 1e-6 && product < 1e9
            })
        };
        let Some(factor) = (2..100_000).find(is_whole) else { return };
        let factor = f64::from(factor);
        layer.traits.iter_mut().for_each(|item| item.weight = (item.weight * factor).round());
        layer.none.iter_mut().for_each(|none| none.weight = (none.weight * factor).round());
    }
}

/// The element with this origin, in folders that were flattened too.
fn find<'e>(elements: &[&'e Element], origin: &str) -> Option<&'e Element> {
    elements.iter().find_map(|element| {
        if element.origin == origin {
            return Some(*element);
        }
        let below: Vec<&Element> = element.elements.as_deref().unwrap_or_default().iter().collect();
        origin.starts_with(&format!("{}/", element.origin)).then(|| find(&below, origin)).flatten()
    })
}

/// The elements of a folder that is a choice and nothing else, of this type of attribute.
fn flat<'e>(elements: &'e [Element], kind: Option<&str>) -> Option<Vec<&'e Element>> {
    let is_only_choice = elements.iter().all(|element| element.weight.is_some());
    let below: Vec<&Element> = elements.iter().collect();
    let is_same = kind_of(&below).is_none_or(|own| kind == Some(own.as_str()));
    (is_only_choice && is_same).then_some(below)
}

/// The type of the attribute that a choice of these elements gives: that of the first picture with a weight.
fn kind_of(elements: &[&Element]) -> Option<String> {
    let file = elements.iter().find(|element| element.elements.is_none());
    file.map(|element| element.kind.clone()).or_else(|| {
        elements.iter().find_map(|element| {
            let below: Vec<&Element> =
                element.elements.as_ref()?.iter().filter(|e| e.weight.is_some()).collect();
            kind_of(&below)
        })
    })
}

/// Numbers of the layers in drawing order: those of one trait by their keys, and choices within a trait after its layer.
fn drawing_order(layers: &[(String, Layer)]) -> Vec<usize> {
    fn add(layers: &[(String, Layer)], parent: Option<usize>, order: &mut Vec<usize>) {
        let is_here = |layer: &Layer| layer.parent.map(|parent| parent.layer) == parent;
        let mut here: Vec<usize> = (0..layers.len()).filter(|&number| is_here(&layers[number].1)).collect();
        here.sort_by(|&a, &b| layers[a].0.cmp(&layers[b].0));
        for number in here {
            order.push(number);
            add(layers, Some(number), order);
        }
    }
    let mut order = Vec::new();
    add(layers, None, &mut order);
    order
}

//! How many different pictures a project can make, and which traits make it fewer than there are items.

use std::collections::{BTreeMap, BTreeSet};

use crate::project::{ABSENT, PictureClass, Project, quoted};
use crate::rules::{Clause, clauses, region_count, step};
use crate::selection::amounts::is_exact;
use crate::selection::diagram::Diagram;
use crate::selection::picture_words::words;
use crate::selection::space::outcomes_in;

/// Traits of one cause that are listed.
const LISTED: usize = 8;

/// How many different pictures are possible.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pictures {
    /// At most so many; `u128::MAX` if there is no limit, or it takes too long to count.
    pub most: u128,
    /// Whether all of them can be made: no unique sets, groups or numbers of items forbid any.
    pub exact: bool,
    /// What makes pictures equal, in the order of the layers.
    pub causes: Vec<Cause>,
}

/// Traits that make the pictures of different items equal. Layers and traits are given by their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// These traits of a layer have the same pixels.
    Equal {
        /// The layer.
        layer: usize,
        /// Two traits or more.
        traits: Vec<usize>,
    },
    /// The trait shows nothing.
    Empty {
        /// The layer.
        layer: usize,
        /// The trait.
        index: usize,
    },
    /// The trait is always covered by the layers above.
    Covered {
        /// The layer.
        layer: usize,
        /// The trait.
        index: usize,
    },
    /// The trait hides all layers below, of which there are some.
    HidesAll {
        /// The layer.
        layer: usize,
        /// The trait.
        index: usize,
    },
    /// The layers show traits of the same pixels.
    Shared {
        /// Two layers or more.
        layers: Vec<usize>,
    },
}

impl Cause {
    /// The cause as a part of a sentence, with the names of layers and traits.
    #[must_use]
    pub fn in_words(&self, project: &Project) -> String {
        let name = |layer: usize, index: usize| {
            let layer = &project.layers[layer];
            quoted(&format!("{}/{}", layer.name, layer.traits[index].name))
        };
        let list = |names: Vec<String>| match names.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        };
        match self {
            Cause::Equal { layer, traits } => {
                let names = traits.iter().take(LISTED).map(|&index| name(*layer, index)).collect();
                let more = match traits.len().saturating_sub(LISTED) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                format!("{}{more} have the same pixels", list(names))
            }
            Cause::Empty { layer, index } => format!("{} shows nothing", name(*layer, *index)),
            Cause::Covered { layer, index } => {
                format!("{} is always covered by the layers above it", name(*layer, *index))
            }
            Cause::HidesAll { layer, index } => format!("{} hides all layers below it", name(*layer, *index)),
            Cause::Shared { layers } => {
                let names = layers.iter().map(|&layer| quoted(&project.layers[layer].name)).collect();
                format!("the layers {} have pictures with the same pixels", list(names))
            }
        }
    }
}

/// Counts the different pictures of a project whose traits have these classes, by layer and trait.
#[must_use]
pub fn pictures(project: &Project, classes: &[Vec<PictureClass>]) -> Pictures {
    let clauses = clauses(project);
    let obeying = count(project, classes, &clauses.iter().collect::<Vec<_>>());
    // Without rules there are at least as many.
    let most = obeying.or_else(|| count(project, classes, &[])).unwrap_or(u128::MAX);
    let is_free = project.unique_sets.is_empty() && project.groups.is_empty() && !is_exact(project);
    Pictures { most, exact: obeying.is_some() && is_free, causes: causes(project, classes) }
}

/// The number of different pictures of the items that obey these clauses; nothing if it takes too long to count.
fn count(project: &Project, classes: &[Vec<PictureClass>], clauses: &[&Clause]) -> Option<u128> {
    let top_down: Vec<usize> = (0..project.layers.len()).rev().collect();
    let diagrams = (0..region_count(project))
        .map(|region| Diagram::new(&outcomes_in(project, region), &top_down, clauses))
        .collect::<Option<Vec<Diagram>>>()?;
    let class = |layer: usize, choice: u16| (choice != ABSENT).then(|| classes[layer][usize::from(choice)]);
    words(&diagrams.iter().collect::<Vec<_>>(), &|layer, choice| step(true, class(layer, choice)))
}

fn causes(project: &Project, classes: &[Vec<PictureClass>]) -> Vec<Cause> {
    let mut causes = Vec::new();
    let mut layers_of: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
    for (layer, traits) in classes.iter().enumerate() {
        let mut equal: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (index, class) in traits.iter().enumerate() {
            if project.layers[layer].traits[index].weight == 0 {
                continue;
            }
            match *class {
                PictureClass::Empty => causes.push(Cause::Empty { layer, index }),
                PictureClass::Covered => causes.push(Cause::Covered { layer, index }),
                PictureClass::Shows { pixels, hides_all } => {
                    equal.entry(pixels).or_default().push(index);
                    layers_of.entry(pixels).or_default().insert(layer);
                    if hides_all && layer > 0 {
                        causes.push(Cause::HidesAll { layer, index });
                    }
                }
            }
        }
        let several = equal.into_values().filter(|traits| traits.len() > 1);
        causes.extend(several.map(|traits| Cause::Equal { layer, traits }));
    }
    let shared: BTreeSet<Vec<usize>> = layers_of
        .into_values()
        .filter(|layers| layers.len() > 1)
        .map(|layers| layers.into_iter().collect())
        .collect();
    causes.extend(shared.into_iter().map(|layers| Cause::Shared { layers }));
    causes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::project::{MILLION, cases, project};

    fn shows(pixels: u32) -> PictureClass {
        PictureClass::Shows { pixels, hides_all: pixels >= 100 }
    }

    /// All pictures, one item after the other.
    fn by_trying(project: &Project, classes: &[Vec<PictureClass>]) -> usize {
        let mut pictures = vec![Vec::new()];
        for (layer, classes) in project.layers.iter().zip(classes) {
            let mut next = Vec::new();
            for below in &pictures {
                if layer.can_be_absent() {
                    next.push(below.clone());
                }
                for (item, class) in layer.traits.iter().zip(classes) {
                    if item.weight == 0 || layer.chance == 0 {
                        continue;
                    }
                    let mut picture: Vec<u32> = below.clone();
                    if let PictureClass::Shows { pixels, hides_all } = *class {
                        if hides_all {
                            picture.clear();
                        }
                        picture.push(pixels);
                    }
                    next.push(picture);
                }
            }
            pictures = next;
        }
        pictures.into_iter().collect::<BTreeSet<_>>().len()
    }

    #[test]
    fn causes_are_named_and_the_count_is_exact_where_there_are_no_rules() {
        let mut project = project(&[("Bg", &[1, 1]), ("Hat", &[1, 1, 1]), ("Head", &[1, 1])]);
        // The case: red, blue; blank, flat, ok; A equals B.
        let classes = [
            vec![shows(100), shows(101)],
            vec![PictureClass::Empty, shows(102), shows(3)],
            vec![shows(4), shows(4)],
        ];
        let found = pictures(&project, &classes);
        assert_eq!((found.most, found.exact), (5, true));
        assert_eq!(
            found.causes,
            [
                Cause::Empty { layer: 1, index: 0 },
                Cause::HidesAll { layer: 1, index: 1 },
                Cause::Equal { layer: 2, traits: vec![0, 1] },
            ]
        );
        assert_eq!(project.add_wishes("[[rules]]\nforbid = [\"Bg/Bg 0\", \"Hat/Hat 2\"]\n"), []);
        assert_eq!((pictures(&project, &classes).most, pictures(&project, &classes).exact), (4, true));
    }

    #[test]
    fn layers_that_share_pixels_are_named_and_their_pictures_counted_once() {
        let mut project = project(&[("Left", &[1, 1]), ("Right", &[1, 1])]);
        project.layers.iter_mut().for_each(|layer| layer.chance = (MILLION / 2) as u32);
        let classes = [vec![shows(1), shows(2)], vec![shows(1), shows(2)]];
        let found = pictures(&project, &classes);
        // Nothing, 1, 2, 1 over 1, 1 over 2, 2 over 1, 2 over 2; of nine items.
        assert_eq!((found.most, found.causes), (7, vec![Cause::Shared { layers: vec![0, 1] }]));
    }

    #[test]
    fn many_layers_of_their_own_pixels_are_counted_at_once() {
        let weights = [1; 30];
        let layers: Vec<(&str, &[u64])> = vec![("L", &weights); 20];
        let project = project(&layers);
        let classes: Vec<Vec<PictureClass>> = (0..20)
            .map(|layer| {
                (0..30)
                    .map(|index| PictureClass::Shows { pixels: layer * 30 + index, hides_all: false })
                    .collect()
            })
            .collect();
        assert_eq!(pictures(&project, &classes).most, 30u128.pow(20));
    }

    proptest! {
        #![proptest_config(cases(64))]

        #[test]
        fn it_counts_what_trying_all_items_finds(
            layers in proptest::collection::vec(
                (proptest::collection::vec((0u64..3, 0u32..7), 1..4), any::<bool>()), 1..5)
        ) {
            let weights: Vec<Vec<u64>> =
                layers.iter().map(|(traits, _)| traits.iter().map(|&(weight, _)| weight).collect()).collect();
            let mut project = project(&weights.iter().map(|weights| ("L", &weights[..])).collect::<Vec<_>>());
            for (layer, (_, absent)) in project.layers.iter_mut().zip(&layers) {
                layer.chance = if *absent { 1 } else { MILLION as u32 };
            }
            let class = |&(_, number): &(u64, u32)| match number {
                0 => PictureClass::Empty,
                1 | 2 => shows(100 + number),
                _ => shows(number),
            };
            let classes: Vec<Vec<PictureClass>> =
                layers.iter().map(|(traits, _)| traits.iter().map(class).collect()).collect();
            // A layer of which nothing can be drawn is refused before.
            prop_assume!(project.layers.iter().all(|l| l.can_be_absent() || l.traits.iter().any(|t| t.weight > 0)));
            prop_assert_eq!(pictures(&project, &classes).most, by_trying(&project, &classes) as u128);
        }
    }
}

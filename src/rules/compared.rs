//! In what items are compared: in the choices of some layers, or in what is visible.

use std::sync::Arc;

use crate::project::{ABSENT, Distinct, PictureClass, Project};

/// In what no two items agree.
#[derive(Clone, Debug)]
pub(crate) enum Compared {
    /// The choices of these layers, in drawing order.
    Layers(Vec<usize>),
    /// The picture, as a [`PictureKey`] reads it.
    Picture(PictureKey),
}

/// What a choice adds to a picture that is read from the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Step {
    /// The number of its pixels, if it shows some and its layer counts.
    pub(crate) shows: Option<u32>,
    /// Whether nothing below it is visible.
    pub(crate) hides_all: bool,
}

/// Reads items as pictures: the pixels of the traits that are visible, from the top down to the first that hides everything
/// below it. Traits that show nothing or are always covered are left out, and so are layers that are not `unique`, though these hide, too.
#[derive(Clone, Debug)]
pub(crate) struct PictureKey {
    classes: Arc<[Vec<PictureClass>]>,
    counts: Arc<[bool]>,
}

impl PictureKey {
    /// The end of a picture; no pixels have this number, as there are fewer traits.
    pub(crate) const END: u32 = u32::MAX;

    /// The key of a project whose items differ by what is visible; none if they do not, or may be equal.
    pub(crate) fn new(project: &Project) -> Option<Self> {
        let Distinct::Pictures(classes) = &project.distinct else { return None };
        let counts: Arc<[bool]> = project.layers.iter().map(|layer| layer.unique).collect();
        (!project.duplicates && counts.contains(&true)).then(|| Self { classes: classes.clone(), counts })
    }

    /// What a choice of a layer adds.
    pub(crate) fn step(&self, layer: usize, choice: u16) -> Step {
        step(self.counts[layer], (choice != ABSENT).then(|| self.classes[layer][usize::from(choice)]))
    }

    /// What is visible of the layers of `row` from the last one down to `lowest`.
    pub(crate) fn visible<'a>(&'a self, row: &'a [u16], lowest: usize) -> impl Iterator<Item = u32> + 'a {
        let mut is_hidden = false;
        let steps = (lowest..row.len()).rev().map(|layer| self.step(layer, row[layer]));
        let steps = steps.take_while(move |step| !std::mem::replace(&mut is_hidden, step.hides_all));
        steps.filter_map(|step| step.shows)
    }

    /// The same, and [`Self::END`] if these layers hide all below: items with equal beginnings can go on in the same ways.
    pub(crate) fn beginning<'a>(&'a self, row: &'a [u16], lowest: usize) -> impl Iterator<Item = u32> + 'a {
        let end = self.is_hidden(row, lowest).then_some(Self::END);
        self.visible(row, lowest).chain(end)
    }

    /// Whether the layers of `row` from the last one down to `lowest` hide all below.
    fn is_hidden(&self, row: &[u16], lowest: usize) -> bool {
        (lowest..row.len()).any(|layer| self.step(layer, row[layer]).hides_all)
    }
}

/// What a trait of this class, or no trait, adds; `counts` says whether its layer does.
pub(crate) fn step(counts: bool, class: Option<PictureClass>) -> Step {
    match class {
        Some(PictureClass::Shows { pixels, hides_all }) => {
            Step { shows: counts.then_some(pixels), hides_all }
        }
        Some(PictureClass::Empty | PictureClass::Covered) | None => Step { shows: None, hides_all: false },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::project;

    #[test]
    fn a_picture_is_what_is_visible_from_the_top() {
        let mut project = project(&[("A", &[1, 1]), ("B", &[1, 1, 1]), ("C", &[1, 1])]);
        assert!(PictureKey::new(&project).is_none());
        let shows = |pixels, hides_all| PictureClass::Shows { pixels, hides_all };
        let classes = vec![
            vec![shows(0, true), shows(1, true)],
            vec![PictureClass::Empty, shows(2, false), shows(3, true)],
            vec![shows(2, false), PictureClass::Empty],
        ];
        project.distinct = Distinct::Pictures(classes.into());
        let key = |project: &Project, row: [u16; 3]| -> Vec<u32> {
            PictureKey::new(project).unwrap().visible(&row, 0).collect()
        };
        assert_eq!(key(&project, [0, 1, 0]), [2, 2, 0]);
        assert_eq!(key(&project, [1, 2, 0]), [2, 3]);
        assert_eq!(key(&project, [1, 0, 1]), key(&project, [1, ABSENT, ABSENT]));
        assert_eq!(PictureKey::new(&project).unwrap().visible(&[0, 1, 0], 1).collect::<Vec<_>>(), [2, 2]);
        // What does not count still hides.
        project.layers[1].unique = false;
        assert_eq!(key(&project, [1, 2, 0]), [2]);
        assert_eq!(key(&project, [1, 1, 0]), [2, 1]);
        assert!(PictureKey::new(&project).unwrap().is_hidden(&[1, 2, 0], 1));
        assert!(!PictureKey::new(&project).unwrap().is_hidden(&[1, 2, 0], 2));
        project.duplicates = true;
        assert!(PictureKey::new(&project).is_none());
    }
}

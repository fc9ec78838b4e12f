//! Numbers of traits over all layers, from a row and back.

use crate::geometry::TraitId;
use crate::project::{ABSENT, Project};

/// Knows where the numbers of each layer's traits begin, without holding on to the project.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TraitIds {
    /// By layer, and the number of all traits at the end.
    starts: Vec<TraitId>,
}

impl TraitIds {
    pub(super) fn new(project: &Project) -> Self {
        let mut starts = vec![0];
        for layer in &project.layers {
            let before = usize::from(starts[starts.len() - 1]);
            let end = TraitId::try_from(before + layer.traits.len());
            starts.push(end.expect("loading refuses more than 65534 traits"));
        }
        Self { starts }
    }

    pub(super) fn layers(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many traits all layers have.
    pub(super) fn len(&self) -> usize {
        usize::from(self.starts[self.layers()])
    }

    /// The number of a layer's trait; none if the layer is absent or has no such trait.
    pub(super) fn id(&self, layer: usize, index: u16) -> Option<TraitId> {
        let (first, end) = (*self.starts.get(layer)?, *self.starts.get(layer + 1)?);
        if index == ABSENT {
            return None;
        }
        first.checked_add(index).filter(|id| *id < end)
    }

    /// The layer and the index of a trait's number, which is one of these.
    pub(super) fn place(&self, id: TraitId) -> (usize, u16) {
        let layer = self.starts.partition_point(|&start| start <= id) - 1;
        (layer, id - self.starts[layer])
    }

    /// The numbers of the traits that a row shows, in drawing order.
    pub(super) fn of<'a>(&'a self, row: &'a [u16]) -> impl Iterator<Item = TraitId> + 'a {
        row.iter().enumerate().filter_map(|(layer, &index)| self.id(layer, index))
    }

    /// Whether a row is one of these layers and traits.
    pub(super) fn fits(&self, row: &[u16]) -> bool {
        let known = |(layer, &index): (usize, &u16)| index == ABSENT || self.id(layer, index).is_some();
        row.len() == self.layers() && row.iter().enumerate().all(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::project;

    #[test]
    fn numbers_are_those_of_the_project_and_lead_back() {
        let project = project(&[("A", &[1, 1, 1]), ("B", &[1]), ("C", &[1, 1])]);
        let ids = TraitIds::new(&project);
        assert_eq!((ids.layers(), ids.len()), (3, 6));
        for (layer, found) in project.layers.iter().enumerate() {
            for index in 0..found.traits.len() {
                let id = ids.id(layer, index as u16).unwrap();
                assert_eq!(id, [0, 3, 4][layer] + index as u16);
                assert_eq!(ids.place(id), (layer, index as u16));
            }
        }
        assert_eq!([ids.id(1, 1), ids.id(3, 0), ids.id(0, ABSENT)], [None; 3]);
        assert_eq!(ids.of(&[2, ABSENT, 1]).collect::<Vec<_>>(), [2, 5]);
        assert!(ids.fits(&[2, ABSENT, 1]));
        assert!(!ids.fits(&[2, 1, 1]) && !ids.fits(&[2, 0]) && !ids.fits(&[0; 4]));
    }
}

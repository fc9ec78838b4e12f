//! From a row of a plan to the pictures of an item, bottom to top.

use crate::art::Art;
use crate::geometry::TraitId;
use crate::project::{ABSENT, Layer, PictureNumbers, Project};

/// The pictures of every trait.
#[derive(Clone, Debug)]
pub(crate) struct ItemTraits {
    order: Order,
    background: Option<TraitId>,
}

/// How the pictures of an item are put in order.
#[derive(Clone, Debug)]
enum Order {
    /// Every trait is one picture in the order of the layers: the number of each layer's first.
    Layers(Vec<TraitId>),
    /// Traits are drawn at several depths, or otherwise where something else is shown: by layer and trait.
    Pictures(Box<Pictures>),
}

impl ItemTraits {
    pub(crate) fn new(project: &Project, art: &Art) -> Self {
        let numbers = project.picture_numbers();
        let order = if project.is_drawn_by_layers() {
            let mut next = 0;
            let first = project.layers.iter().map(|layer| {
                let first = next;
                next += layer.traits.len() as TraitId;
                first
            });
            Order::Layers(first.collect())
        } else {
            Order::Pictures(Box::new(Pictures::new(project, numbers)))
        };
        Self { order, background: art.background }
    }

    /// The pictures of a plan's row, the background colour first if there is one.
    pub(crate) fn of(&self, row: &[u16]) -> Vec<TraitId> {
        self.iter(row).collect()
    }

    /// The same, one by one.
    pub(crate) fn iter(&self, row: &[u16]) -> impl Iterator<Item = TraitId> {
        let (first, sorted) = match &self.order {
            Order::Layers(first) => (&first[..], Vec::new()),
            Order::Pictures(pictures) => (&[][..], pictures.of(row)),
        };
        let by_layer = first.iter().zip(row).filter(|&(_, &index)| index != ABSENT);
        let by_layer = by_layer.map(|(first, index)| first + index);
        self.background.into_iter().chain(by_layer).chain(sorted)
    }
}

/// The pictures of traits that are not simply drawn layer by layer.
#[derive(Clone, Debug)]
struct Pictures {
    numbers: PictureNumbers,
    layers: Vec<Layer>,
    /// The layer of each picture.
    layer_of: Vec<usize>,
    /// By layer, the layers that mask it.
    masks: Vec<Vec<usize>>,
}

impl Pictures {
    fn new(project: &Project, numbers: PictureNumbers) -> Self {
        let layer_of = project.pictures().iter().map(|picture| picture.layer_number).collect();
        let masks = |layer: usize| {
            let is_mask = |&mask: &usize| project.layers[mask].mask_for.contains(&layer);
            (0..project.layers.len()).filter(is_mask).collect()
        };
        let masks = (0..project.layers.len()).map(masks).collect();
        Self { numbers, layers: project.layers.clone(), layer_of, masks }
    }

    /// The pictures that an item shows of a layer.
    fn of_layer(&self, row: &[u16], layer: usize) -> &[TraitId] {
        match row[layer] {
            ABSENT => &[],
            index => {
                let index = usize::from(index);
                &self.numbers.of(layer, index)[self.layers[layer].traits[index].look(row)]
            }
        }
    }

    /// The pictures of an item in drawing order, each behind its masks. What is clipped to nothing is not there.
    fn of(&self, row: &[u16]) -> Vec<TraitId> {
        let is_drawn = |layer: &usize| {
            let of = &self.layers[*layer];
            of.mask_for.is_empty() && of.clip_to.is_none_or(|base| !self.of_layer(row, base).is_empty())
        };
        let drawn = (0..row.len()).filter(is_drawn);
        let mut sorted: Vec<TraitId> = drawn.flat_map(|layer| self.of_layer(row, layer)).copied().collect();
        sorted.sort_unstable();
        let masked = |id: TraitId| {
            let masks = &self.masks[self.layer_of[usize::from(id)]];
            masks.iter().flat_map(|&mask| self.of_layer(row, mask)).copied().chain([id])
        };
        sorted.into_iter().flat_map(masked).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Grid, Size};
    use crate::project::{Depth, Reference, TraitPart, Variant, project};

    #[test]
    fn pictures_come_in_drawing_order_and_follow_what_else_is_shown() {
        let mut project = project(&[("Sky", &[1]), ("Body", &[1, 1]), ("Hair", &[1, 1]), ("Hat", &[1])]);
        let art = Art::of_tiles(Grid::new(Size { width: 1, height: 1 }), Vec::new());
        let of = |project: &Project, row: &[u16]| ItemTraits::new(project, &art).of(row);
        assert_eq!(of(&project, &[0, 1, 0, 0]), [0, 2, 3, 5]);
        assert_eq!(of(&project, &[0, 0, 1, ABSENT]), [0, 1, 4]);
        let back = TraitPart { depth: Depth::Below(1), ..TraitPart::file("back") };
        project.layers[2].traits[0].parts = vec![TraitPart::file("front"), back];
        project.layers[1].traits[0].parts.clear();
        // sky, back, body 1, front, hair 1, hat
        assert_eq!(of(&project, &[0, 1, 0, 0]), [0, 1, 2, 3, 5]);
        assert_eq!(of(&project, &[0, 0, 0, ABSENT]), [0, 1, 3], "a trait without a picture shows none");
        let when = Reference::of_trait("Hat/Hat 0".to_owned(), 3, 0);
        project.layers[2].traits[0].variants =
            vec![Variant { when, parts: vec![TraitPart::file("under hat")] }];
        // sky, back, body 1, front, under hat, hair 1, hat
        assert_eq!(of(&project, &[0, 1, 0, 0]), [0, 2, 4, 6]);
        assert_eq!(of(&project, &[0, 1, 0, ABSENT]), [0, 1, 2, 3]);
    }
}

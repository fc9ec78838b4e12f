//! A guess of the drawing order of layers: by the numbers of their folders, and else by how much of the canvas each covers.

use std::iter::Peekable;

use crate::art::decoded::Art;
use crate::geometry::TraitId;
use crate::project::{Project, natural, without_numbers};

/// A layer and how much of the canvas its traits cover.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct LayerCoverage {
    /// The layer's index in [`Project::layers`].
    pub layer: usize,
    /// Mean alpha over the canvas and all traits of the layer, with the layer's opacity applied, 0.0 to 1.0. Weights do
    /// not count. A layer without traits covers 0.0.
    pub coverage: f64,
    /// Whether its name begins with a number that says its place.
    pub has_number: bool,
}

/// Guesses the drawing order of a project's layers, back to front. Layers whose names begin with a number stay in the
/// order of these, which is that of a project without a configuration. Of the others, a layer that covers more is further
/// back, and layers that cover the same stay in the project's order; each is drawn before the first layer with a number,
/// of those that are left, that covers less.
///
/// # Panics
/// If `art` is that of another project, or if pixels were dropped to keep a memory budget for traits.
#[must_use]
pub fn guess_order(project: &Project, art: &Art) -> Vec<LayerCoverage> {
    let numbers_of = project.picture_numbers();
    let mean = |layer: usize| {
        let traits = project.layers[layer].traits.len();
        if traits == 0 {
            return 0.0;
        }
        // A project without a configuration has traits of one picture, or of one with another behind it.
        let alpha =
            |ids: &[TraitId]| -> f64 { ids.iter().map(|&id| art.traits[usize::from(id)].mean_alpha()).sum() };
        let sum: f64 = numbers_of.of_layer(layer).map(|looks| alpha(&looks[0]).min(1.0)).sum();
        sum / traits as f64
    };
    let names: Vec<&str> = project.layers.iter().map(|layer| layer.name.as_str()).collect();
    let numbers = without_numbers(&names);
    let layers = (0..names.len()).map(|layer| LayerCoverage {
        layer,
        coverage: mean(layer),
        has_number: numbers[layer].is_some(),
    });
    let (mut numbered, mut others): (Vec<_>, Vec<_>) = layers.partition(|found| found.has_number);
    numbered.sort_by(|a, b| natural(names[a.layer], names[b.layer]));
    // The sort is stable, so equal layers keep their order.
    others.sort_by(|a, b| b.coverage.total_cmp(&a.coverage));
    merge(numbered.into_iter().peekable(), others.into_iter().peekable())
}

/// Both sequences as one, each in its order.
fn merge(
    mut numbered: Peekable<impl Iterator<Item = LayerCoverage>>,
    mut others: Peekable<impl Iterator<Item = LayerCoverage>>,
) -> Vec<LayerCoverage> {
    let mut order = Vec::new();
    loop {
        let covers_more = match (numbered.peek(), others.peek()) {
            (Some(numbered), Some(other)) => other.coverage > numbered.coverage,
            (numbered, _) => numbered.is_none(),
        };
        let Some(next) = (if covers_more { others.next() } else { numbered.next() }) else { return order };
        order.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::art::trait_art::TraitArt;
    use crate::geometry::{Grid, Size};
    use crate::pixel::pack;
    use crate::project::project;

    const WIDTH: u32 = 100;
    const HEIGHT: u32 = 10;

    /// A trait that is opaque in so many of the 100 columns.
    fn columns(columns: usize) -> TraitArt {
        let mut canvas = vec![0; (WIDTH * HEIGHT) as usize];
        canvas.chunks_mut(WIDTH as usize).for_each(|row| row[..columns].fill(pack([1, 2, 3, 255])));
        TraitArt::from_canvas(grid(), &canvas)
    }

    fn grid() -> Grid {
        Grid::new(Size { width: WIDTH, height: HEIGHT })
    }

    /// The guess for layers of traits, each with the share of the canvas in percent that it covers.
    fn guess(layers: &[&[usize]]) -> Vec<(usize, f64)> {
        guess_named(&["A", "B", "C", "D"], layers)
    }

    fn guess_named(names: &[&str], layers: &[&[usize]]) -> Vec<(usize, f64)> {
        let weights: Vec<Vec<u64>> = layers.iter().map(|traits| vec![1; traits.len()]).collect();
        let named: Vec<(&str, &[u64])> =
            names.iter().copied().zip(weights.iter().map(|weights| &weights[..])).collect();
        let art = Art::of_tiles(
            grid(),
            layers.iter().copied().flatten().map(|&percent| columns(percent)).collect(),
        );
        guess_order(&project(&named), &art).iter().map(|found| (found.layer, found.coverage)).collect()
    }

    #[test]
    fn numbers_of_folders_go_before_coverage() {
        let order = |names: &[&str], percent: &[usize]| -> Vec<usize> {
            let layers: Vec<&[usize]> = percent.chunks(1).collect();
            guess_named(names, &layers).iter().map(|&(layer, _)| layer).collect()
        };
        assert_eq!(order(&["1-Shadow", "2_Body", "10 Sky"], &[5, 40, 100]), [0, 1, 2]);
        // The names are in another order in a project that has one configured.
        assert_eq!(order(&["10 Sky", "2_Body", "01-Shadow"], &[100, 40, 5]), [2, 1, 0]);
        // What has no number goes where it covers more than what follows.
        assert_eq!(order(&["1-Shadow", "2_Body", "Sky", "Hat"], &[5, 40, 100, 20]), [2, 3, 0, 1]);
        assert_eq!(order(&["1-Back", "2_Body", "Sky", "Hat"], &[90, 40, 50, 20]), [0, 2, 1, 3]);
    }

    #[test]
    fn what_covers_most_is_at_the_back() {
        assert_eq!(guess(&[&[20], &[100], &[50]]), [(1, 1.0), (2, 0.5), (0, 0.2)]);
    }

    #[test]
    fn the_coverage_of_a_layer_is_the_mean_of_its_traits() {
        // The largest trait of all is in the layer that covers less on average.
        assert_eq!(guess(&[&[100, 0, 50], &[50, 70]]), [(1, 0.6), (0, 0.5)]);
    }

    #[test]
    fn layers_that_cover_the_same_keep_their_order() {
        let order = guess(&[&[30], &[60], &[30, 30], &[60]]);
        assert_eq!(order.iter().map(|&(layer, _)| layer).collect::<Vec<_>>(), [1, 3, 0, 2]);
    }

    #[test]
    fn a_layer_without_traits_covers_nothing() {
        assert_eq!(guess(&[&[], &[10], &[90]]), [(2, 0.9), (1, 0.1), (0, 0.0)]);
        assert_eq!(guess(&[&[], &[0]]), [(0, 0.0), (1, 0.0)], "an invisible layer covers as little");
    }

    #[test]
    fn translucent_pixels_cover_by_their_alpha() {
        let art = vec![columns(40), TraitArt::solid(grid(), pack([0, 0, 0, 51])), columns(10)];
        let order =
            guess_order(&project(&[("A", &[1]), ("B", &[1]), ("C", &[1])]), &Art::of_tiles(grid(), art));
        let found: Vec<(usize, f64)> = order.iter().map(|found| (found.layer, found.coverage)).collect();
        assert_eq!(found, [(0, 0.4), (1, 0.2), (2, 0.1)]);
    }
}

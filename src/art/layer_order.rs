//! A guess of the drawing order of layers, from how much of the canvas each covers.

use crate::art::decoded::Art;
use crate::project::Project;

/// A layer and how much of the canvas its traits cover.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct LayerCoverage {
    /// The layer's index in [`Project::layers`].
    pub layer: usize,
    /// Mean alpha over the canvas and all traits of the layer, with the layer's opacity applied, 0.0 to 1.0. Weights do
    /// not count. A layer without traits covers 0.0.
    pub coverage: f64,
}

/// Guesses the drawing order of a project's layers, back to front: a layer that covers more is further back. Layers that
/// cover the same stay in the project's order.
///
/// # Panics
/// If `art` is that of another project, or if pixels were dropped to keep a memory budget for traits.
#[must_use]
pub fn guess_order(project: &Project, art: &Art) -> Vec<LayerCoverage> {
    let mean = |layer: usize| {
        let traits = project.layers[layer].traits.len();
        if traits == 0 {
            return 0.0;
        }
        let alpha = |index| art.traits[usize::from(project.trait_id(layer, index))].mean_alpha();
        let sum: f64 = (0..traits).map(alpha).sum();
        sum / traits as f64
    };
    let layers = 0..project.layers.len();
    let mut order: Vec<LayerCoverage> =
        layers.map(|layer| LayerCoverage { layer, coverage: mean(layer) }).collect();
    // The sort is stable, so equal layers keep their order.
    order.sort_by(|a, b| b.coverage.total_cmp(&a.coverage));
    order
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
        let weights: Vec<Vec<u64>> = layers.iter().map(|traits| vec![1; traits.len()]).collect();
        let named: Vec<(&str, &[u64])> =
            ["A", "B", "C", "D"].into_iter().zip(weights.iter().map(|weights| &weights[..])).collect();
        let art = Art::of_tiles(
            grid(),
            layers.iter().copied().flatten().map(|&percent| columns(percent)).collect(),
        );
        guess_order(&project(&named), &art).iter().map(|found| (found.layer, found.coverage)).collect()
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

//! Traits that touch and are scaled one by one: a warning, for a line shows between them.
//!
//! Where one trait ends and the next begins, scaling makes the edge of each half transparent, and what is below shows through
//! both. Such a place is a pair of neighbouring pixels, of which one trait has the first and not the second, and another the
//! second and not the first. Each trait's are found while its picture is decoded, and kept by layer; then layers are compared.
//! Only pictures of the size that most scaled ones have are looked at, for these lie on each other pixel by pixel.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::error::{Problem, quoted};
use crate::geometry::Size;
use crate::pixel::Pixel;
use crate::project::{Fit, Layer, Picture, Project, ScaleFilter, Trait};
use crate::threads::{into_inner, lock};

/// From this alpha on a pixel counts as there, and up to the other as not there.
const THERE: u32 = 224;
const NOT_THERE: u32 = 31;
/// Neighbours at which two traits must touch: less is no line.
const LEAST: u32 = 4;
/// Edges of a layer that are kept; of noise, which touches everything, there are more.
const MOST: usize = 1 << 20;
/// Pairs of layers that have a warning of their own; more are counted.
const NAMED: usize = 3;

/// A place where a trait ends: the first pixel of the pair times four, and for which of them it has. That one which begins
/// there differs in the last bit.
type Edge = u64;

/// The edges of all layers whose traits are scaled.
#[derive(Debug)]
pub(super) struct Edges {
    size: Size,
    canvas: Size,
    /// By layer, the first trait that has each edge.
    layers: Vec<Mutex<HashMap<Edge, u16, FxBuildHasher>>>,
}

impl Edges {
    /// For the traits of a project on this canvas, if any that have the commonest of `sizes` that is scaled can have lines between them.
    pub(super) fn of(project: &Project, canvas: Size, sizes: impl Iterator<Item = Size>) -> Option<Self> {
        // Hard edges stay hard.
        if !matches!(project.fit, Fit::Scale | Fit::Stretch) || project.scale_filter == ScaleFilter::Nearest {
            return None;
        }
        let mut counts: BTreeMap<Size, usize> = BTreeMap::new();
        sizes.filter(|size| *size != canvas).for_each(|size| *counts.entry(size).or_default() += 1);
        let (size, count) = counts.into_iter().max_by_key(|&(_, count)| count)?;
        let layers = project.layers.iter().map(|_| Mutex::default()).collect();
        (count > 1).then_some(Self { size, canvas, layers })
    }

    /// Adds the edges of a picture of `size` as it was before it was scaled.
    pub(super) fn add(&self, picture: &Picture<'_>, size: Size, pixels: &[Pixel]) {
        let (layer, index) = (picture.layer_number, picture.trait_number as u16);
        if size != self.size {
            return;
        }
        let found = edges(pixels, size.width as usize);
        let mut edges = lock(&self.layers[layer]);
        if edges.len() + found.len() <= MOST {
            found.into_iter().for_each(|edge| _ = edges.entry(edge).or_insert(index));
        }
    }

    /// The warnings about layers whose traits touch.
    pub(super) fn warnings(self, project: &Project) -> Vec<Problem> {
        let layers: Vec<_> = self.layers.into_iter().map(into_inner).collect();
        let (mut found, mut unnamed) = (Vec::new(), 0);
        for (upper, edges) in layers.iter().enumerate() {
            for (lower, others) in layers[..upper].iter().enumerate() {
                let Some((pair, count)) = touching(others, edges) else { continue };
                if found.len() == NAMED {
                    unnamed += 1;
                    continue;
                }
                let traits = [(lower, pair[0]), (upper, pair[1])].map(|(layer, index)| {
                    let layer = &project.layers[layer];
                    (layer, &layer.traits[usize::from(index)])
                });
                found.push(warning(traits, count, self.size, self.canvas));
            }
        }
        if unnamed > 0 {
            let what =
                format!("{unnamed} more pairs of layers have traits that touch and are scaled separately");
            found.push(Problem::general(what, remedy(self.canvas)));
        }
        found
    }
}

fn warning(traits: [(&Layer, &Trait); 2], count: u32, size: Size, canvas: Size) -> Problem {
    let [lower, upper] =
        traits.map(|(layer, item)| format!("{}/{}", quoted(&layer.name), quoted(&item.name)));
    let path: &Path = &traits[1].1.path;
    let what = format!(
        "{upper} touches {lower} along {count} pixels, and each is scaled separately, from {size} to \
         {canvas}: a line can appear between them"
    );
    Problem::at(path, what, remedy(canvas))
}

fn remedy(canvas: Size) -> String {
    format!("set output_size = {} to scale the finished pictures instead", canvas.longer_side())
}

/// The two traits that touch at most of the places where any of two layers do, and at how many; nothing if that is no line.
fn touching(
    a: &HashMap<Edge, u16, FxBuildHasher>,
    b: &HashMap<Edge, u16, FxBuildHasher>,
) -> Option<([u16; 2], u32)> {
    let mut counts: BTreeMap<[u16; 2], u32> = BTreeMap::new();
    for (edge, first) in a {
        if let Some(second) = b.get(&(edge ^ 1)) {
            *counts.entry([*first, *second]).or_default() += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|&(pair, count)| (count, std::cmp::Reverse(pair)));
    most.filter(|&(_, count)| count >= LEAST)
}

/// The edges of a picture, of which only alpha is read.
fn edges(pixels: &[Pixel], width: usize) -> Vec<Edge> {
    let mut found = Vec::new();
    let mut look = |at: usize, first: Pixel, second: Pixel, down: u64| {
        let (first, second) = (first >> 24, second >> 24);
        if first >= THERE && second <= NOT_THERE {
            found.push((at as u64) << 2 | down << 1);
        } else if first <= NOT_THERE && second >= THERE {
            found.push((at as u64) << 2 | down << 1 | 1);
        }
    };
    for (y, row) in pixels.chunks_exact(width).enumerate() {
        let start = y * width;
        // Most rows are of one kind, which is seen at once.
        let (all, any) = row.iter().fold((u32::MAX, 0), |(all, any), pixel| (all & pixel, any | pixel));
        if (all ^ any) >> 24 != 0 {
            row.windows(2).enumerate().for_each(|(x, pair)| look(start + x, pair[0], pair[1], 0));
        }
        if let Some(below) = pixels.get(start + width..start + 2 * width) {
            let pairs = row.iter().zip(below).enumerate();
            pairs
                .filter(|(_, (first, second))| (*first ^ *second) >> 24 != 0)
                .for_each(|(x, (&first, &second))| look(start + x, first, second, 1));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::project;

    const SIZE: Size = Size { width: 12, height: 12 };

    fn picture(alpha: impl Fn(u32, u32) -> u32) -> Vec<Pixel> {
        (0..144).map(|at| alpha(at % 12, at / 12) << 24).collect()
    }

    #[test]
    fn traits_touch_where_one_ends_and_the_next_begins() {
        let mut project = project(&[("A", &[1, 1]), ("B", &[1]), ("C", &[1])]);
        let canvas = Size { width: 5, height: 5 };
        let sizes = || [SIZE, SIZE, canvas].into_iter();
        assert!(Edges::of(&project, canvas, sizes()).is_none(), "nothing is scaled");
        project.fit = Fit::Scale;
        project.scale_filter = ScaleFilter::Lanczos3;
        assert!(Edges::of(&project, canvas, [canvas; 5].into_iter()).is_none());
        let edges = Edges::of(&project, canvas, sizes()).unwrap();
        let pictures = project.pictures();
        let whole = picture(|_, _| 255);
        let left = picture(|x, _| if x < 7 { 255 } else { 0 });
        let right = picture(|x, _| if x < 7 { 3 } else { 250 });
        let bottom = picture(|x, y| if y >= 6 && x < 3 { 255 } else { 0 });
        edges.add(&pictures[0], SIZE, &whole);
        edges.add(&pictures[1], SIZE, &left);
        edges.add(&pictures[2], SIZE, &right);
        edges.add(&pictures[3], SIZE, &bottom);
        let told: Vec<String> = edges.warnings(&project).iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        for part in ["\"B\"", "\"A\"", "along 12 pixels", "from 12x12 to 5x5", "output_size = 5"] {
            assert!(told[0].contains(part), "{part}: {}", told[0]);
        }
        let edges = Edges::of(&project, canvas, sizes()).unwrap();
        edges.add(&pictures[0], SIZE, &left);
        edges.add(&pictures[2], SIZE, &left);
        edges.add(&pictures[3], Size { width: 8, height: 18 }, &right);
        assert!(
            edges.warnings(&project).is_empty(),
            "equal edges cover each other, and other sizes are not compared"
        );
    }

    #[test]
    fn soft_edges_and_a_few_pixels_are_no_line() {
        let soft = picture(|x, _| [255, 255, 255, 255, 200, 128, 60, 0, 0, 0, 0, 0][x as usize]);
        assert!(edges(&soft, 12).is_empty());
        let map = |count: u64, bit: u64| -> HashMap<Edge, u16, FxBuildHasher> {
            (0..count).map(|at| (at << 2 | bit, 0)).collect()
        };
        assert_eq!(touching(&map(3, 0), &map(3, 1)), None);
        assert_eq!(touching(&map(4, 0), &map(4, 1)), Some(([0, 0], 4)));
    }
}

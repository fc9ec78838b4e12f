//! Weights under which exact amounts are to be expected.
//!
//! Drawing by weight among what the rules allow gives every choice a share. Where amounts ask for others, each choice's weight
//! is multiplied by a factor such that the shares become those that were asked for; of all distributions over valid items
//! that have these shares this one is the nearest to the original (it minimises the relative entropy). The factors are found
//! by iterative proportional fitting: one layer after the other is made to fit, which undoes a little of the others, until
//! nothing moves (Deming and Stephan, 1940; Csiszar, "I-divergence geometry of probability distributions and minimization
//! problems", 1975). Ranges are fitted by filling: the layer's own proportions, cut off at the limits.
//!
//! The shares of a layer follow from the paths that lead to its nodes and those below them, so one walk from the top to the
//! bottom fits every layer once. Only additions, multiplications and divisions of doubles are used, which IEEE 754 rounds
//! the same way on every machine.

use crate::rules::Slots;
use crate::selection::diagram::{Diagram, Level};

/// How well expectations are fitted: walks at most, and items that they may be off by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Care {
    walks: usize,
    near: f64,
}

impl Care {
    /// For numbers that are rounded and shown to the user.
    pub(crate) const FULL: Self = Self { walks: 300, near: 0.02 };

    /// For drawing so many items: chance is off by more.
    pub(crate) fn for_drawing(items: usize) -> Self {
        Self { walks: 30, near: 0.05 + items as f64 * 1e-4 }
    }
}

/// Factors of weights, by slot, and what they make of them.
#[derive(Clone, Debug)]
pub(crate) struct Tilt {
    pub(crate) factors: Vec<f64>,
    /// Items that are expected to show each slot.
    pub(crate) expected: Vec<f64>,
    /// How far expectations are from the ranges, in items, at most.
    pub(crate) off: f64,
}

/// A diagram and how many items are drawn from it.
pub(crate) type Part<'a> = (&'a Diagram, u32);

impl Tilt {
    /// Fits the items that are expected of `parts`, whose diagrams decide the layers in one order, to `ranges` by slot,
    /// beginning with these factors.
    pub(crate) fn fit(
        slots: &Slots,
        parts: &[Part<'_>],
        ranges: &[(f64, f64)],
        factors: Vec<f64>,
        care: Care,
    ) -> Self {
        let mut this = Self { factors, expected: vec![0.0; slots.len()], off: f64::INFINITY };
        for (factor, &(_, most)) in this.factors.iter_mut().zip(ranges) {
            if most <= 0.0 {
                *factor = 0.0;
            }
        }
        for _ in 0..care.walks {
            this.walk(slots, parts, Some(ranges));
            if this.off < care.near {
                break;
            }
        }
        // The last layers that were fitted are; what the first ones are now is seen by walking once more.
        this.walk(slots, parts, None);
        this.off = (this.expected.iter().zip(ranges))
            .map(|(&expected, &(least, most))| (least - expected).max(expected - most))
            .fold(0.0, f64::max);
        this
    }

    /// Goes through all layers, and makes each fit if ranges are given. Leaves what was expected of each layer before it was
    /// made to fit.
    fn walk(&mut self, slots: &Slots, parts: &[Part<'_>], ranges: Option<&[(f64, f64)]>) {
        let below: Vec<Vec<Vec<f64>>> = parts.iter().map(|(diagram, _)| self.below(slots, diagram)).collect();
        let mut reach: Vec<Vec<f64>> = vec![vec![1.0]; parts.len()];
        self.off = 0.0;
        let depths = parts.first().map_or(0, |(diagram, _)| diagram.levels.len());
        for depth in 0..depths {
            let layer = parts[0].0.levels[depth].layer;
            let first = slots.layer(layer).start;
            // What each choice would be shown by without a factor of its own.
            let mut natural = vec![0.0; slots.layer(layer).len()];
            for (part, &(diagram, items)) in parts.iter().enumerate() {
                let level = &diagram.levels[depth];
                let masses = class_masses(level, &reach[part], &below[part][depth + 1]);
                let mut here = vec![0.0; natural.len()];
                let mut total = 0.0;
                for (class, &mass) in level.classes.iter().zip(&masses) {
                    for (slot, weight) in weights(slots, layer, class) {
                        here[slot - first] += mass * weight;
                        total += mass * weight * self.factors[slot];
                    }
                }
                if total > 0.0 {
                    natural
                        .iter_mut()
                        .zip(here)
                        .for_each(|(sum, part)| *sum += part / total * f64::from(items));
                }
            }
            for (slot, &natural) in slots.layer(layer).zip(&natural) {
                self.expected[slot] = natural * self.factors[slot];
            }
            if let Some(ranges) = ranges {
                let ranges = &ranges[slots.layer(layer)];
                let total: f64 = self.expected[slots.layer(layer)].iter().sum();
                let off = self.expected[slots.layer(layer)].iter().zip(ranges);
                let off = off.map(|(&expected, &(least, most))| (least - expected).max(expected - most));
                self.off = off.fold(self.off, f64::max);
                if ranges.iter().any(|&(least, most)| least > 0.0 || most < total) {
                    self.factors[slots.layer(layer)].copy_from_slice(&fill(&natural, ranges, total));
                }
            }
            for (part, &(diagram, _)) in parts.iter().enumerate() {
                reach[part] =
                    self.step(slots, &diagram.levels[depth], &reach[part], below[part][depth + 1].len());
            }
        }
    }

    /// By depth, how likely what is below each node is, by a measure of its own for each depth.
    fn below(&self, slots: &Slots, diagram: &Diagram) -> Vec<Vec<f64>> {
        let mut all = vec![vec![1.0; diagram.ends()]];
        for level in diagram.levels.iter().rev() {
            let next = all.last().expect("there is the end");
            let classes = self.class_weights(slots, level);
            let sum = |node: &super::diagram::Node| -> f64 {
                node.edges.iter().map(|edge| classes[usize::from(edge.class)] * next[edge.to as usize]).sum()
            };
            let mut here: Vec<f64> = level.nodes.iter().map(sum).collect();
            let most = here.iter().copied().fold(0.0, f64::max);
            if most > 0.0 {
                here.iter_mut().for_each(|weight| *weight /= most);
            }
            all.push(here);
        }
        all.reverse();
        all
    }

    /// How likely each node of the next depth is.
    fn step(&self, slots: &Slots, level: &Level, reach: &[f64], nodes: usize) -> Vec<f64> {
        let classes = self.class_weights(slots, level);
        let mut next = vec![0.0; nodes];
        for (node, reach) in level.nodes.iter().zip(reach) {
            for edge in &node.edges {
                next[edge.to as usize] += reach * classes[usize::from(edge.class)];
            }
        }
        let most = next.iter().copied().fold(0.0, f64::max);
        if most > 0.0 {
            next.iter_mut().for_each(|reach| *reach /= most);
        }
        next
    }

    fn class_weights(&self, slots: &Slots, level: &Level) -> Vec<f64> {
        let sum = |class| {
            weights(slots, level.layer, class).map(|(slot, weight)| weight * self.factors[slot]).sum()
        };
        level.classes.iter().map(sum).collect()
    }
}

/// The slots of a class and their parts of the layer by weight.
fn weights<'a>(
    slots: &'a Slots,
    layer: usize,
    class: &'a super::diagram::Class,
) -> impl Iterator<Item = (usize, f64)> + 'a {
    let one = class.share / class.total as f64;
    class.outcomes.iter().map(move |&(choice, share)| (slots.of(layer, choice), share as f64 * one))
}

/// How likely it is to pass each class of a level, but for the class' own weight.
fn class_masses(level: &Level, reach: &[f64], below: &[f64]) -> Vec<f64> {
    let mut masses = vec![0.0; level.classes.len()];
    for (node, reach) in level.nodes.iter().zip(reach) {
        for edge in &node.edges {
            masses[usize::from(edge.class)] += reach * below[edge.to as usize];
        }
    }
    masses
}

/// Factors that make `natural` proportions add up to `total` within `ranges`: all are multiplied by the same, and cut off at
/// their limits.
fn fill(natural: &[f64], ranges: &[(f64, f64)], total: f64) -> Vec<f64> {
    // The multiple at which each leaves its lower limit and reaches its upper one.
    let mut turns: Vec<(f64, f64)> = Vec::new();
    let mut sum = 0.0;
    for (&natural, &(least, most)) in natural.iter().zip(ranges).filter(|&(&natural, _)| natural > 0.0) {
        sum += least;
        turns.push((least / natural, natural));
        if most < f64::INFINITY {
            turns.push((most / natural, -natural));
        }
    }
    turns.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut at, mut slope) = (0.0, 0.0);
    for (turn, change) in turns {
        if sum + slope * (turn - at) >= total {
            break;
        }
        sum += slope * (turn - at);
        at = turn;
        slope += change;
    }
    if slope > 0.0 {
        at += ((total - sum) / slope).max(0.0);
    }
    let unit = if at > 0.0 { at } else { 1.0 };
    let factor = |(&natural, &(least, most)): (&f64, &(f64, f64))| {
        if natural > 0.0 { ((at * natural).clamp(least, most) / (natural * unit)).min(1e100) } else { 1.0 }
    };
    natural.iter().zip(ranges).map(factor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::project;
    use crate::selection::testing::diagram;

    #[test]
    fn proportions_are_cut_off_at_their_limits() {
        let free = (0.0, f64::INFINITY);
        assert_eq!(fill(&[1.0, 2.0, 1.0], &[free, free, free], 4.0), [1.0, 1.0, 1.0]);
        // 6 of 10 for the first; the others share 4 as 2 : 1.
        let factors = fill(&[1.0, 6.0, 3.0], &[(6.0, 6.0), free, free], 10.0);
        let items: Vec<f64> =
            factors.iter().zip([1.0, 6.0, 3.0]).map(|(factor, natural)| factor * natural).collect();
        let sum: f64 = items.iter().sum();
        assert!(
            (items[0] / sum - 0.6).abs() < 1e-12 && (items[1] / items[2] - 2.0).abs() < 1e-12,
            "{items:?}"
        );
        // A limit that is kept anyway changes nothing.
        assert_eq!(fill(&[5.0, 5.0], &[(2.0, 7.0), free], 10.0), [1.0, 1.0]);
        assert_eq!(fill(&[5.0, 5.0], &[(10.0, 10.0), free], 10.0)[1], 0.0);
        assert_eq!(fill(&[5.0, 0.0, 5.0], &[free, free, (0.0, 0.0)], 10.0)[2], 0.0);
    }

    #[test]
    fn shares_become_those_that_are_asked_for() {
        let mut p = project(&[("A", &[1, 2, 3]), ("B", &[1, 1]), ("C", &[5, 1, 1, 1])]);
        let text =
            "[[rules]]\nforbid = [\"A/A 0\", \"B/B 1\"]\n[[rules]]\nwhen = \"C/C 1\"\nrequire = \"A/A 2\"\n";
        assert!(p.add_wishes(text).is_empty());
        let diagram = diagram(&p);
        let slots = Slots::new(&p);
        let mut ranges = vec![(0.0, f64::INFINITY); slots.len()];
        ranges[slots.of(0, 0)] = (300.0, 300.0);
        ranges[slots.of(1, 1)] = (650.0, f64::INFINITY);
        ranges[slots.of(2, 1)] = (0.0, 20.0);
        let tilt = Tilt::fit(&slots, &[(&diagram, 1000)], &ranges, vec![1.0; slots.len()], Care::FULL);
        assert!(tilt.off < Care::FULL.near, "{tilt:?}");
        // A tilted diagram's own shares are what was expected.
        let tilted = diagram.tilted(|layer, choice| tilt.factors[slots.of(layer, choice)]);
        for (layer, parts) in tilted.shares() {
            for (choice, part) in parts {
                let expected = tilt.expected[slots.of(layer, choice)] / 1000.0;
                assert!((part - expected).abs() < 1e-6, "{layer} {choice}: {part} {expected}");
            }
        }
        ranges[slots.of(1, 1)] = (750.0, f64::INFINITY);
        let tilt = Tilt::fit(&slots, &[(&diagram, 1000)], &ranges, vec![1.0; slots.len()], Care::FULL);
        assert!(tilt.off > 10.0, "300 items forbid more than 700 of the others: {}", tilt.off);
    }
}

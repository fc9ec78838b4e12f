//! Draws that keep to limits, and have exactly the law of all draws that do.
//!
//! Without limits an item is drawn along a diagram, node by node. The *reach* of a node is the probability that such a draw from
//! there keeps to the limits: 1 behind the last layer, and above it the sum over the choices that are allowed, each with its
//! probability at the node times the reach of the node that it leads to. Under the limits a choice has its probability times that
//! reach, over the reach of the node.
//!
//! Such a draw is made in two steps. First the choice is drawn as without limits, and kept with a probability that is the reach
//! behind it over the largest reach behind any choice of the node. If it is not kept, another is drawn by the law under the limits.
//! Both ways give that law, so the result has it; and where no choice of the node matters to the limits, the choice is the one
//! that there is without them.
//!
//! Only additions, multiplications and divisions of doubles are used, which IEEE 754 rounds the same way everywhere. Where nothing
//! is limited a reach is exactly 1.

use crate::project::in_row;
use crate::selection::diagram::{Class, Diagram, Level, Node};
use crate::selection::draw::RandomStream;

/// A reach of 1 in the numbers that are compared with random ones.
const WHOLE: u64 = 1 << 53;

/// A diagram, the way in which it is drawn from, and what a draw must keep to.
#[derive(Debug)]
pub(super) struct Limited<'a> {
    pub(super) diagram: &'a Diagram,
    is_in_order: bool,
    limits: &'a [Option<Vec<u16>>],
    /// By depth and node; the last entry is of what is behind the last layer.
    reach: Vec<Vec<f64>>,
}

/// What can be drawn at a node: the choice, its probability there, and the node that it leads to.
type Step = (u16, f64, usize);

impl<'a> Limited<'a> {
    pub(super) fn new(diagram: &'a Diagram, is_in_order: bool, limits: &'a [Option<Vec<u16>>]) -> Self {
        let mut this = Self { diagram, is_in_order, limits, reach: vec![vec![1.0; diagram.ends()]] };
        for level in diagram.levels.iter().rev() {
            let below = this.reach.last().expect("there is an end");
            let allowed: Vec<f64> = level.classes.iter().map(|class| this.allowed(level, class)).collect();
            let reach = |node: &Node| {
                let parts = this.edges(level, node);
                let kept = |&(class, _, to): &(usize, f64, usize)| times(allowed[class], below[to]);
                if parts.clone().all(|part| kept(&part) == 1.0) && !node.edges.is_empty() {
                    return 1.0;
                }
                let reach: f64 = parts.map(|part| times(part.1, kept(&part))).sum();
                // A sum of parts that are all but 1 may be rounded up.
                reach.min(1.0)
            };
            let reach = level.nodes.iter().map(reach).collect();
            this.reach.push(reach);
        }
        this.reach.reverse();
        this
    }

    /// The probability that a draw keeps to the limits; 0 only if no item does.
    pub(super) fn reach(&self) -> f64 {
        self.reach[0][0]
    }

    fn allows(&self, layer: usize, choice: u16) -> bool {
        self.limits[layer].as_ref().is_none_or(|limit| limit.contains(&in_row(choice)))
    }

    /// The part of a class that the limits allow.
    fn allowed(&self, level: &Level, class: &Class) -> f64 {
        let allowed = class.outcomes.iter().filter(|&&(choice, _)| self.allows(level.layer, choice));
        let allowed: u128 = allowed.map(|(_, share)| share).sum();
        if allowed == class.total { 1.0 } else { part(allowed, class.total) }
    }

    /// The edges of a node: class, probability and where they lead.
    fn edges<'s>(
        &'s self,
        level: &'s Level,
        node: &'s Node,
    ) -> impl Iterator<Item = (usize, f64, usize)> + Clone + use<'s, 'a> {
        let total = |edge: &crate::selection::diagram::Edge| level.classes[usize::from(edge.class)].total;
        let all = node.edges.last().map_or(0, |edge| edge.odds);
        let sum: u128 = if self.is_in_order { node.edges.iter().map(total).sum() } else { 0 };
        node.edges.iter().scan(0, move |before, edge| {
            let probability = match self.is_in_order {
                true => part(total(edge), sum),
                false => (edge.odds - *before) as f64 / all as f64,
            };
            *before = edge.odds;
            Some((usize::from(edge.class), probability, edge.to as usize))
        })
    }

    /// All that can be drawn at a node without limits.
    fn steps<'s>(&'s self, depth: usize, node: usize) -> impl Iterator<Item = Step> + use<'s, 'a> {
        let level = &self.diagram.levels[depth];
        self.edges(level, &level.nodes[node]).flat_map(move |(class, probability, to)| {
            let class = &level.classes[class];
            let of_class = class.outcomes.iter();
            of_class.map(move |&(choice, share)| (choice, times(probability, part(share, class.total)), to))
        })
    }

    /// Draws an item into `row`; `words` are those of each layer. There must be one that keeps to the limits.
    pub(super) fn draw(&self, mut words: impl FnMut(usize) -> RandomStream, row: &mut [u16]) {
        let mut at = 0;
        for (depth, level) in self.diagram.levels.iter().enumerate() {
            let mut words = words(level.layer);
            let below = &self.reach[depth + 1];
            let node = &level.nodes[at];
            let (mut choice, mut to) = match self.is_in_order {
                true => level.draw_in_order(node, &mut words),
                false => level.draw(node, &mut words),
            };
            let most = node.edges.iter().map(|edge| below[edge.to as usize]).fold(0.0, f64::max);
            let kept = if self.allows(level.layer, choice) { below[to] / most } else { 0.0 };
            if kept < 1.0 && words.below(WHOLE) >= (kept * WHOLE as f64) as u64 {
                (choice, to) = self.draw_within(depth, at, &mut words);
            }
            row[level.layer] = in_row(choice);
            at = to;
        }
    }

    /// Draws a choice by the law under the limits.
    fn draw_within(&self, depth: usize, node: usize, words: &mut RandomStream) -> (u16, usize) {
        let (layer, below) = (self.diagram.levels[depth].layer, &self.reach[depth + 1]);
        let mut steps: Vec<Step> = self.steps(depth, node).collect();
        steps.retain_mut(|(choice, probability, to)| {
            *probability = if self.allows(layer, *choice) { times(*probability, below[*to]) } else { 0.0 };
            *probability > 0.0
        });
        let most = steps.iter().map(|&(_, probability, _)| probability).fold(0.0, f64::max);
        let mut sum = 0u64;
        let sums: Vec<u64> = steps
            .iter()
            .map(|&(_, probability, _)| {
                // At most 65,536 choices, so the sum stays below 2^64.
                sum += ((probability / most * (1u64 << 47) as f64) as u64).max(1);
                sum
            })
            .collect();
        let drawn = words.below(sum);
        let (choice, _, to) = steps[sums.partition_point(|&sum| sum <= drawn)];
        (choice, to)
    }

    /// The part of the items that keep to the limits, by their law, that shows each choice of rows of `layer`.
    pub(super) fn shares(&self, layer: usize) -> Vec<(u16, f64)> {
        let mut ways = vec![1.0];
        let mut found: Vec<(u16, f64)> = Vec::new();
        for (depth, level) in self.diagram.levels.iter().enumerate() {
            let below = &self.reach[depth + 1];
            let mut next = vec![0.0; below.len()];
            for (node, &ways) in ways.iter().enumerate().filter(|(_, ways)| **ways > 0.0) {
                for (choice, probability, to) in self.steps(depth, node) {
                    if !self.allows(level.layer, choice) || below[to] == 0.0 {
                        continue;
                    }
                    let part = times(ways, probability);
                    next[to] += part;
                    if level.layer == layer {
                        let (choice, part) = (in_row(choice), times(part, below[to]));
                        match found.iter_mut().find(|(other, _)| *other == choice) {
                            Some((_, sum)) => *sum += part,
                            None => found.push((choice, part)),
                        }
                    }
                }
            }
            if level.layer == layer {
                break;
            }
            ways = next;
        }
        found
    }
}

/// A product that is 0 only if a factor is.
fn times(a: f64, b: f64) -> f64 {
    if a > 0.0 && b > 0.0 { (a * b).max(f64::MIN_POSITIVE) } else { 0.0 }
}

/// The quotient of two sums of shares; 0 only if the first is.
fn part(of: u128, all: u128) -> f64 {
    if of == 0 { 0.0 } else { (of as f64 / all as f64).max(f64::MIN_POSITIVE) }
}

//! Drawing layer by layer: the law of `choice = "sequential"`.
//!
//! A diagram that decides the layers in drawing order has an edge only to what can be completed. So a layer's choice is drawn by
//! weight among the choices of a node's edges, and what is below an edge does not count: a trait keeps its share of those that are
//! left, however few items it leaves. In [`Diagram::draw`], items as a whole have their shares.

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::project::in_row;
use crate::selection::diagram::{Diagram, Level, Node, Shares};
use crate::selection::draw::RandomStream;

impl Diagram {
    /// Draws an item into `row`, layer by layer; there must be one, and the diagram must decide the layers in drawing order.
    pub(crate) fn draw_in_order(&self, words: &mut RandomStream, row: &mut [u16]) {
        let mut at = 0;
        for level in &self.levels {
            let (choice, to) = level.draw_in_order(&level.nodes[at], words);
            row[level.layer] = in_row(choice);
            at = to;
        }
    }

    /// The part of all items that shows each choice if they are drawn layer by layer: for each layer decided, its choices and
    /// their parts. What cannot be shown is not there.
    pub(crate) fn shares_in_order(&self) -> Shares {
        let mut reach = vec![1.0];
        let mut all = Vec::new();
        for (depth, level) in self.levels.iter().enumerate() {
            let mut parts: HashMap<u16, f64, FxBuildHasher> = HashMap::default();
            let mut next =
                vec![0.0; self.levels.get(depth + 1).map_or(self.ends(), |below| below.nodes.len())];
            for (node, &reach) in level.nodes.iter().zip(&reach).filter(|(node, _)| !node.edges.is_empty()) {
                let total = total(level, node) as f64;
                for edge in &node.edges {
                    for &(choice, share) in &level.classes[usize::from(edge.class)].outcomes {
                        let part = reach * share as f64 / total;
                        *parts.entry(in_row(choice)).or_default() += part;
                        next[edge.to as usize] += part;
                    }
                }
            }
            let mut parts: Vec<(u16, f64)> = parts.into_iter().collect();
            parts.sort_unstable_by_key(|&(choice, _)| choice);
            all.push((level.layer, parts));
            reach = next;
        }
        all
    }
}

impl Level {
    /// Draws a choice at one of its nodes, above items, whatever is below it, and gives the node that it leads to.
    pub(super) fn draw_in_order(&self, node: &Node, words: &mut RandomStream) -> (u16, usize) {
        let total = total(self, node);
        let mut drawn = match u64::try_from(total) {
            Ok(total) => words.below(total).into(),
            Err(_) => words.below_wide(total),
        };
        for edge in &node.edges {
            for &(choice, share) in &self.classes[usize::from(edge.class)].outcomes {
                if drawn < share {
                    return (choice, edge.to as usize);
                }
                drawn -= share;
            }
        }
        unreachable!("a draw is below the sum of the shares")
    }
}

/// The shares of all choices that a node leaves.
fn total(level: &Level, node: &Node) -> u128 {
    node.edges.iter().map(|edge| level.classes[usize::from(edge.class)].total).sum()
}

//! A decision diagram of all items that the rules allow.
//!
//! Layers are decided one after another. A node is the set of clauses that the decided layers leave open; two clauses with
//! the same open part are the same. Choices of a layer that make the same clauses true share an edge. The number of nodes
//! therefore stays small, however many items are possible. A pass from the last layer back computes for each node how many
//! items are below it and how likely they are. So counting is exact, and drawing is too: each item has exactly the
//! probability that it would have if items were drawn by weight, and drawn again while they break a rule.
//!
//! Knuth, "The Art of Computer Programming", 7.1.4, describes such diagrams for yes and no; Bergman, Cire, van Hoeve and
//! Hooker, "Decision Diagrams for Optimization" (2016), for more choices, built from the top as here.

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::project::in_row;
use crate::rules::Clause;
use crate::selection::diagram_build::{Bits, Here};
use crate::selection::draw::RandomStream;

/// With more nodes than this a diagram is not made.
const MAX_NODES: usize = 1 << 17;

/// A layer in a diagram: what it can show, with exact shares.
pub(crate) type Outcomes = Vec<(u16, u128)>;

/// Layers, each with the parts of all items that show its choices.
pub(crate) type Shares = Vec<(usize, Vec<(u16, f64)>)>;

/// Choices of a layer that make the same clauses true.
#[derive(Clone, Debug)]
pub(super) struct Class {
    pub(super) outcomes: Outcomes,
    /// The sum of their shares.
    pub(super) total: u128,
    /// Its part of all shares of the layer.
    pub(super) share: f64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) class: u16,
    pub(super) to: u32,
    /// Sum of the odds of the edges up to this one, out of those of the node. Of such as can be drawn none has no odds.
    pub(super) odds: u64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) edges: Vec<Edge>,
    /// Items below it; as many as fit.
    items: u128,
    /// How likely they are, by a measure of its level.
    weight: f64,
}

#[derive(Clone, Debug)]
pub(super) struct Level {
    pub(super) layer: usize,
    pub(super) classes: Vec<Class>,
    /// Nodes whose next decision is this layer.
    pub(super) nodes: Vec<Node>,
}

/// All items that obey some clauses.
#[derive(Clone, Debug)]
pub(crate) struct Diagram {
    pub(super) levels: Vec<Level>,
    /// Items that are possible.
    items: u128,
}

impl Diagram {
    /// The diagram of layers with these outcomes, decided in this `order`, under `clauses`. Clauses without a literal in any of
    /// the layers must not be among them unless they are false.
    ///
    /// Gives nothing if it would have too many nodes.
    pub(crate) fn new(outcomes: &[Outcomes], order: &[usize], clauses: &[&Clause]) -> Option<Self> {
        let words = clauses.len().div_ceil(64);
        let position = |layer: usize| order.iter().position(|&other| other == layer);
        // Where the literals of each clause are in the order.
        let places: Vec<Vec<(usize, usize)>> = clauses
            .iter()
            .map(|clause| {
                let at = clause.literals.iter().enumerate();
                let mut places: Vec<_> = at.filter_map(|(i, l)| Some((position(l.layer)?, i))).collect();
                places.sort_unstable();
                places
            })
            .collect();
        if places.iter().any(Vec::is_empty) {
            return Some(Self { levels: Vec::new(), items: 0 });
        }
        let mut levels: Vec<Level> = Vec::with_capacity(order.len());
        let mut states: Vec<Bits> = vec![vec![0; words].into()];
        let mut nodes = 1;
        for (at, &layer) in order.iter().enumerate() {
            let here = Here::new(at, layer, &outcomes[layer], clauses, &places);
            let mut known: HashMap<Bits, u32, FxBuildHasher> = HashMap::default();
            let mut next: Vec<Bits> = Vec::new();
            let mut level = Level { layer, classes: here.classes.clone(), nodes: Vec::new() };
            for state in &states {
                let mut node = Node::default();
                for class in 0..here.classes.len() {
                    let Some(to) = here.step(state, class) else { continue };
                    let to = *known.entry(to).or_insert_with_key(|to| {
                        next.push(to.clone());
                        (next.len() - 1) as u32
                    });
                    node.edges.push(Edge { class: class as u16, to, odds: 0 });
                }
                level.nodes.push(node);
            }
            levels.push(level);
            nodes += next.len();
            if nodes > MAX_NODES {
                return None;
            }
            states = next;
        }
        Some(Self::weighed(levels, states.len()))
    }

    /// Gives all nodes their items and weights; the last edges lead to one of `ends`.
    fn weighed(mut levels: Vec<Level>, ends: usize) -> Self {
        let end = vec![Node { edges: Vec::new(), items: 1, weight: 1.0 }; ends];
        for at in (0..levels.len()).rev() {
            let (above, below) = levels.split_at_mut(at + 1);
            weigh(&mut above[at], below.first().map_or(&end, |level| &level.nodes));
        }
        let items = levels.first().map_or(1, |level| level.nodes[0].items);
        Self { levels, items }
    }

    /// The same items, the share of each choice times a factor of its own; choices whose factor is 0 are not there.
    pub(super) fn tilted(&self, factor: impl Fn(usize, u16) -> f64) -> Self {
        let mut levels = self.levels.clone();
        for level in &mut levels {
            let weights = |class: &Class| -> Vec<f64> {
                let one = class.share / class.total as f64;
                let outcomes = class.outcomes.iter();
                let factor = |choice: u16| factor(level.layer, in_row(choice));
                outcomes.map(|&(choice, share)| share as f64 * one * factor(choice)).collect()
            };
            let weights: Vec<Vec<f64>> = level.classes.iter().map(weights).collect();
            let most = weights.iter().flatten().copied().fold(0.0, f64::max);
            for (class, weights) in level.classes.iter_mut().zip(weights) {
                class.share = weights.iter().map(|weight| weight / most).sum();
                let mut weights = weights.into_iter();
                class.outcomes.retain_mut(|(_, share)| {
                    let weight = weights.next().expect("every choice has a weight") / most;
                    *share = ((weight * (1u64 << 40) as f64) as u128).max(1);
                    weight > 0.0
                });
                class.total = class.outcomes.iter().map(|(_, share)| share).sum();
            }
        }
        Self::weighed(levels, self.ends())
    }

    /// How large it is.
    pub(crate) fn nodes(&self) -> usize {
        self.levels.iter().map(|level| level.nodes.len()).sum()
    }

    /// How many items are possible; `u128::MAX` if there are more.
    pub(crate) fn items(&self) -> u128 {
        self.items
    }

    /// How many combinations of its first `layers` layers are part of a possible item; `u128::MAX` if there are more.
    pub(crate) fn combinations(&self, layers: usize) -> u128 {
        match self.items {
            0 => 0,
            items if layers >= self.levels.len() => items,
            _ => self.below(layers)[0][0],
        }
    }

    /// How many of these show each choice of a layer among the first `layers`: its choices that are part of one.
    pub(crate) fn combinations_with(&self, layers: usize, layer: usize) -> Vec<(u16, u128)> {
        let layers = layers.min(self.levels.len());
        let below = self.below(layers);
        // Ways to get to each node.
        let mut ways: Vec<u128> = vec![1];
        let mut found: Vec<(u16, u128)> = Vec::new();
        for (level, below) in self.levels[..layers].iter().zip(&below[1..]) {
            let mut next = vec![0u128; below.len()];
            let mut by_class = vec![0u128; level.classes.len()];
            for (node, &ways) in level.nodes.iter().zip(&ways) {
                for edge in &node.edges {
                    let (class, to) = (usize::from(edge.class), edge.to as usize);
                    let choices = level.classes[class].outcomes.len() as u128;
                    by_class[class] = by_class[class].saturating_add(ways.saturating_mul(below[to]));
                    next[to] = next[to].saturating_add(ways.saturating_mul(choices));
                }
            }
            if level.layer == layer {
                for (class, &count) in level.classes.iter().zip(&by_class).filter(|&(_, &count)| count > 0) {
                    for choice in class.outcomes.iter().map(|&(choice, _)| in_row(choice)) {
                        match found.iter_mut().find(|(other, _)| *other == choice) {
                            Some((_, sum)) => *sum = count.saturating_add(*sum),
                            None => found.push((choice, count)),
                        }
                    }
                }
            }
            ways = next;
        }
        found
    }

    /// By depth down to `layers` and by node, how many combinations of the layers from there to `layers` are part of a
    /// possible item.
    fn below(&self, layers: usize) -> Vec<Vec<u128>> {
        let ends = match self.levels.get(layers) {
            Some(level) => level.nodes.iter().map(|node| u128::from(node.items > 0)).collect(),
            None => vec![1; self.ends()],
        };
        let mut all: Vec<Vec<u128>> = vec![ends];
        for level in self.levels[..layers].iter().rev() {
            let next = all.last().expect("there is the end");
            all.push(level.nodes.iter().map(|node| sum_below(level, node, |to| next[to])).collect());
        }
        all.reverse();
        all
    }

    /// Nodes behind the last layer.
    pub(super) fn ends(&self) -> usize {
        let edges =
            self.levels.last().into_iter().flat_map(|level| &level.nodes).flat_map(|node| &node.edges);
        edges.map(|edge| edge.to as usize + 1).max().unwrap_or(1)
    }

    /// The first node.
    pub(crate) fn root(&self) -> u32 {
        0
    }

    /// How many layers are decided.
    pub(crate) fn depth(&self) -> usize {
        self.levels.len()
    }

    /// The layer that is decided at `depth`.
    pub(crate) fn layer(&self, depth: usize) -> usize {
        self.levels[depth].layer
    }

    /// Draws an item into `row`; there must be one.
    pub(crate) fn draw(&self, words: &mut RandomStream, row: &mut [u16]) {
        let mut at = 0;
        for level in &self.levels {
            let (choice, to) = level.draw(&level.nodes[at], words);
            row[level.layer] = in_row(choice);
            at = to;
        }
    }

    /// What the layer at `depth` can show below a node: each choice, of which a row has [`in_row`], with its weight there and the
    /// node that it leads to.
    pub(crate) fn choices(&self, depth: usize, node: u32) -> impl Iterator<Item = (u16, f64, u32)> {
        let level = &self.levels[depth];
        let below = self.levels.get(depth + 1);
        level.nodes[node as usize].edges.iter().flat_map(move |edge| {
            let class = &level.classes[usize::from(edge.class)];
            let weight = below.map_or(1.0, |below| below.nodes[edge.to as usize].weight);
            class.outcomes.iter().map(move |&(choice, share)| {
                (choice, class.share * (share as f64 / class.total as f64) * weight, edge.to)
            })
        })
    }

    /// Calls `see` with every item, by the numbers of their choices in the order of the layers here, until it fails.
    pub(crate) fn each<E>(
        &self,
        layers: usize,
        mut see: impl FnMut(&[u16]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut row = vec![0; layers];
        let frame = |depth: usize, node: u32| -> Vec<(u16, u32)> {
            let mut choices: Vec<(u16, u32)> =
                self.choices(depth, node).map(|(choice, _, to)| (choice, to)).collect();
            choices.sort_unstable_by_key(|&(choice, _)| std::cmp::Reverse(choice));
            choices
        };
        let mut stack = vec![frame(0, self.root())];
        while let Some(choices) = stack.last_mut() {
            let Some((choice, to)) = choices.pop() else {
                stack.pop();
                continue;
            };
            let depth = stack.len() - 1;
            row[self.levels[depth].layer] = in_row(choice);
            if stack.len() == self.levels.len() {
                see(&row)?;
            } else {
                stack.push(frame(depth + 1, to));
            }
        }
        Ok(())
    }

    /// The cheapest item, if each choice has a price; there must be one. Gives what it costs, and its choices by layer.
    pub(super) fn cheapest(&self, price: impl Fn(usize, u16) -> i64) -> (i64, Vec<u16>) {
        // By depth and class the best choice; by depth and node the cost from there on.
        let best = |level: &Level| -> Vec<(i64, u16)> {
            let of = |class: &Class| {
                let prices = class.outcomes.iter().map(|&(choice, _)| in_row(choice));
                let prices = prices.map(|choice| (price(level.layer, choice), choice));
                prices.min().expect("a class has a choice")
            };
            level.classes.iter().map(of).collect()
        };
        let best: Vec<Vec<(i64, u16)>> = self.levels.iter().map(best).collect();
        let mut costs: Vec<Vec<i64>> = vec![Vec::new(); self.levels.len() + 1];
        let below = |costs: &[i64], edge: &Edge| costs.get(edge.to as usize).copied().unwrap_or(0);
        for (depth, level) in self.levels.iter().enumerate().rev() {
            let cost = |edge: &Edge| best[depth][usize::from(edge.class)].0 + below(&costs[depth + 1], edge);
            let cheapest = |node: &Node| node.edges.iter().map(cost).min().unwrap_or(i64::MAX / 4);
            costs[depth] = level.nodes.iter().map(cheapest).collect();
        }
        let mut row = vec![0; self.levels.len()];
        let mut at = 0;
        for (depth, level) in self.levels.iter().enumerate() {
            let cost = |edge: &&Edge| best[depth][usize::from(edge.class)].0 + below(&costs[depth + 1], edge);
            let edge = level.nodes[at].edges.iter().min_by_key(cost).expect("a node above items has an edge");
            row[level.layer] = best[depth][usize::from(edge.class)].1;
            at = edge.to as usize;
        }
        (costs.first().map_or(0, |costs| costs[0]), row)
    }

    /// The part of all items, by weight, that shows each choice: for each layer decided, its choices and their parts. What
    /// cannot be shown is not there.
    pub(crate) fn shares(&self) -> Shares {
        let mut reach = vec![1.0];
        let mut all = Vec::new();
        for (depth, level) in self.levels.iter().enumerate() {
            let mut parts: HashMap<u16, f64, FxBuildHasher> = HashMap::default();
            let below = self.levels.get(depth + 1);
            let mut next = vec![0.0; below.map_or(1, |below| below.nodes.len())];
            for number in (0..level.nodes.len()).filter(|&number| level.nodes[number].items > 0) {
                let total: f64 = self.choices(depth, number as u32).map(|(_, weight, _)| weight).sum();
                for (choice, weight, to) in self.choices(depth, number as u32) {
                    let part = reach[number] * weight / total;
                    *parts.entry(in_row(choice)).or_default() += part;
                    next[if below.is_some() { to as usize } else { 0 }] += part;
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
    /// Draws a choice at one of its nodes, above items, and gives the node that it leads to.
    pub(super) fn draw(&self, node: &Node, words: &mut RandomStream) -> (u16, usize) {
        let edge = match node.edges[..] {
            [only] => only,
            _ => {
                let total = node.edges.last().expect("a node above items has an edge").odds;
                let drawn = words.below(total);
                node.edges[node.edges.partition_point(|edge| edge.odds <= drawn)]
            }
        };
        (self.classes[usize::from(edge.class)].draw(words), edge.to as usize)
    }
}

impl Class {
    fn draw(&self, words: &mut RandomStream) -> u16 {
        if let [(only, _)] = self.outcomes[..] {
            return only;
        }
        let mut drawn = match u64::try_from(self.total) {
            Ok(total) => words.below(total).into(),
            Err(_) => words.below_wide(self.total),
        };
        for &(choice, share) in &self.outcomes {
            if drawn < share {
                return choice;
            }
            drawn -= share;
        }
        unreachable!("a draw is below the sum of the shares")
    }
}

/// Sums over what is below a node, a term for each choice.
fn sum_below(level: &Level, node: &Node, of: impl Fn(usize) -> u128) -> u128 {
    let terms = node.edges.iter().map(|edge| {
        let choices = level.classes[usize::from(edge.class)].outcomes.len() as u128;
        choices.saturating_mul(of(edge.to as usize))
    });
    terms.fold(0, u128::saturating_add)
}

/// Gives the nodes of a level their items, their weight and the odds of their edges; edges to nothing are dropped.
fn weigh(level: &mut Level, below: &[Node]) {
    let mut nodes = std::mem::take(&mut level.nodes);
    let mut heaviest = 0f64;
    for node in &mut nodes {
        node.edges.retain(|edge| {
            below[edge.to as usize].items > 0 && level.classes[usize::from(edge.class)].total > 0
        });
        node.items = sum_below(level, node, |to| below[to].items);
        let weight =
            |edge: &Edge| level.classes[usize::from(edge.class)].share * below[edge.to as usize].weight;
        let most = node.edges.iter().map(weight).fold(0.0, f64::max);
        node.weight = node.edges.iter().map(weight).sum();
        heaviest = heaviest.max(node.weight);
        // Only additions, multiplications and divisions of doubles, which IEEE 754 rounds the same way everywhere.
        let mut sum = 0;
        for edge in &mut node.edges {
            sum += ((level.classes[usize::from(edge.class)].share * below[edge.to as usize].weight / most
                * (1u64 << 52) as f64) as u64)
                .max(1);
            edge.odds = sum;
        }
    }
    // Products of many small odds would vanish.
    if heaviest > 0.0 {
        nodes.iter_mut().for_each(|node| node.weight = (node.weight / heaviest).max(f64::MIN_POSITIVE));
    }
    level.nodes = nodes;
}

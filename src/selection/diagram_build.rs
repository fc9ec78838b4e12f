//! The parts that a [`Diagram`](super::diagram::Diagram) is built of: what choices do to clauses, and in which order layers
//! are decided.

use hashbrown::HashMap;

use crate::rules::{Clause, Literal};
use crate::selection::diagram::{Class, Outcomes};

/// Sets of clauses, a bit each.
pub(super) type Bits = Box<[u64]>;

/// A layer at its place in the order: what its choices do to clauses.
pub(super) struct Here {
    pub(super) classes: Vec<Class>,
    /// By class: clauses that become true, and such as begin here and are not true.
    made_true: Vec<Bits>,
    begun: Vec<Bits>,
    /// Clauses with no literal behind this layer.
    ended: Bits,
    /// By clause, the first one of which the same is still open.
    same: Vec<usize>,
}

impl Here {
    pub(super) fn new(
        at: usize,
        layer: usize,
        outcomes: &Outcomes,
        clauses: &[&Clause],
        places: &[Vec<(usize, usize)>],
    ) -> Self {
        let words = clauses.len().div_ceil(64);
        let set = |bits: &mut [u64], clause: usize| bits[clause / 64] |= 1 << (clause % 64);
        let mut ended: Bits = vec![0; words].into();
        let mut first: HashMap<Vec<&Literal>, usize> = HashMap::new();
        let mut same = Vec::with_capacity(clauses.len());
        for (number, (clause, places)) in clauses.iter().zip(places).enumerate() {
            let open: Vec<_> =
                places.iter().filter(|(place, _)| *place > at).map(|&(_, i)| &clause.literals[i]).collect();
            if open.is_empty() {
                set(&mut ended, number);
            }
            same.push(*first.entry(open).or_insert(number));
        }
        let mut made: HashMap<Bits, usize> = HashMap::new();
        let (mut classes, mut made_true, mut begun) = (Vec::<Class>::new(), Vec::new(), Vec::new());
        for &(choice, share) in outcomes {
            let (mut holds, mut fails): (Bits, Bits) = (vec![0; words].into(), vec![0; words].into());
            for (number, (clause, places)) in clauses.iter().zip(places).enumerate() {
                let Some(&(_, literal)) = places.iter().find(|(place, _)| *place == at) else { continue };
                if clause.literals[literal].allows(choice) {
                    set(&mut holds, number);
                } else if places[0].0 == at {
                    set(&mut fails, number);
                }
            }
            let class = *made.entry(holds.clone()).or_insert_with(|| {
                classes.push(Class { outcomes: Vec::new(), total: 0, share: 0.0 });
                made_true.push(holds);
                begun.push(fails);
                classes.len() - 1
            });
            classes[class].outcomes.push((choice, share));
            classes[class].total += share;
        }
        debug_assert!(!outcomes.is_empty(), "layer {layer} shows something, if only its absence");
        let total: f64 = classes.iter().map(|class| class.total as f64).sum();
        classes.iter_mut().for_each(|class| class.share = class.total as f64 / total);
        Self { classes, made_true, begun, ended, same }
    }

    /// What is open after a choice of this class, unless a clause can no longer become true.
    pub(super) fn step(&self, state: &Bits, class: usize) -> Option<Bits> {
        let words = || state.iter().zip(&self.made_true[class]).zip(&self.begun[class]);
        let left: Bits = words().map(|((&open, made), begun)| (open | begun) & !made).collect();
        if left.iter().zip(&self.ended).any(|(left, ended)| left & ended != 0) {
            return None;
        }
        let mut next: Bits = vec![0; left.len()].into();
        for (word, &bits) in left.iter().enumerate() {
            let mut bits = bits;
            while bits != 0 {
                let same = self.same[64 * word + bits.trailing_zeros() as usize];
                next[same / 64] |= 1 << (same % 64);
                bits &= bits - 1;
            }
        }
        Some(next)
    }
}

/// The order to decide layers in: those of `first`, then the others. Among both, layers without a clause come first, and then
/// always the one that has most clauses in common with those before it.
pub(crate) fn order(layers: usize, clauses: &[&Clause], first: &[usize]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(layers);
    let mentions =
        |clause: &Clause, layer: usize| clause.literals.iter().any(|literal| literal.layer == layer);
    let degree = |layer: usize| clauses.iter().filter(|clause| mentions(clause, layer)).count();
    let others: Vec<usize> = (0..layers).filter(|layer| !first.contains(layer)).collect();
    for group in [first, &others] {
        let mut left: Vec<usize> = group.to_vec();
        while !left.is_empty() {
            let common = |layer: usize| {
                let shared = |clause: &&&Clause| {
                    mentions(clause, layer) && order.iter().any(|&other| mentions(clause, other))
                };
                clauses.iter().filter(shared).count()
            };
            let rank = |&layer: &usize| {
                let degree = degree(layer);
                (degree > 0, std::cmp::Reverse(common(layer)), std::cmp::Reverse(degree), layer)
            };
            let best = left.iter().copied().min_by_key(rank).expect("it is not empty");
            left.retain(|&layer| layer != best);
            order.push(best);
        }
    }
    order
}

//! How many different pictures the items of decision diagrams have.
//!
//! A picture is the sequence of what is visible, from the top down: traits that show nothing are left out, and so is
//! everything below a trait that hides all. Different items can give one sequence, also by traits of different layers.
//! Counting sequences once is counting the words of a language: a diagram that decides the layers from the top down is an
//! automaton that reads a picture, and a trait that shows nothing is a transition that reads nothing. Its sets of states
//! (the subset construction of Rabin and Scott, 1959) make it deterministic, and then each word is one path.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use rustc_hash::{FxBuildHasher, FxHashSet};

use crate::project::in_row;
use crate::rules::Step;
use crate::selection::diagram::Diagram;

/// Sets of states that are looked at, at most: some hundred where layers do not share pixels.
const MAX_SETS: usize = 50_000;
/// Choices that are looked at, at most: about a second's worth.
const MAX_STEPS: u64 = 50_000_000;

/// A state: the number of a diagram, how many of its layers are read, and its node; or the end of a picture.
type State = (u32, u32, u32);
type States = BTreeSet<State>;
const END: State = (u32::MAX, 0, 0);

/// The number of different pictures of all items of these diagrams, which decide the layers from the top down; nothing if it
/// takes too long to count. `step` says what a choice of a layer adds.
pub(crate) fn words(diagrams: &[&Diagram], step: &dyn Fn(usize, u16) -> Step) -> Option<u128> {
    let mut counter = Counter { diagrams, step, known: HashMap::default(), steps: 0 };
    counter.words(&(0u32..).zip(diagrams).map(|(number, diagram)| (number, 0, diagram.root())).collect())
}

struct Counter<'a> {
    diagrams: &'a [&'a Diagram],
    step: &'a dyn Fn(usize, u16) -> Step,
    known: HashMap<States, u128, FxBuildHasher>,
    steps: u64,
}

impl Counter<'_> {
    /// The number of different rests of pictures from these states on.
    fn words(&mut self, states: &States) -> Option<u128> {
        if let Some(&known) = self.known.get(states) {
            return Some(known);
        }
        if self.known.len() >= MAX_SETS || self.steps >= MAX_STEPS {
            return None;
        }
        let mut next: BTreeMap<u32, States> = BTreeMap::new();
        let mut words = 0;
        let mut open: Vec<State> = states.iter().copied().collect();
        let mut seen: FxHashSet<State> = open.iter().copied().collect();
        while let Some(state) = open.pop() {
            let (number, depth, node) = state;
            let diagram =
                self.diagrams.get(number as usize).filter(|diagram| (depth as usize) < diagram.depth());
            let Some(diagram) = diagram else {
                // The picture may end here, whichever way led here.
                words = 1;
                continue;
            };
            let layer = diagram.layer(depth as usize);
            for (choice, _, to) in diagram.choices(depth as usize, node) {
                self.steps += 1;
                let step = (self.step)(layer, in_row(choice));
                let to = if step.hides_all { END } else { (number, depth + 1, to) };
                match step.shows {
                    Some(pixels) => _ = next.entry(pixels).or_default().insert(to),
                    None if seen.insert(to) => open.push(to),
                    None => {}
                }
            }
        }
        for states in next.values() {
            words = self.words(states)?.saturating_add(words);
        }
        self.known.insert(states.clone(), words);
        Some(words)
    }
}

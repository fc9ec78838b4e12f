//! A guess that is learnt: a softmax regression for each layer, trained on every item as it comes.
//!
//! For each layer the model gives every choice that may come next a score, which is a sum of weights: one for the choice itself, one for
//! it beside each choice of the present item, and some for what people do: that a choice stays, that it goes back to the one before,
//! that the layer changed last time, how long ago the choice was shown, and how far it is in the list. The softmax of the scores is
//! the probability of each choice. When the next item is there, each weight goes a step towards what came (gradient descent with
//! AdaGrad: Duchi, Hazan and Singer, "Adaptive Subgradient Methods", 2011).
//!
//! Weights are in one table under the hash of what they are about (Weinberger and others, "Feature Hashing for Large Scale Multitask
//! Learning", 2009), so the model has a fixed size whatever the project. Only additions, multiplications, divisions and square roots of
//! floats are used, which IEEE 754 rounds the same way everywhere, so the same items give the same model on every machine.

use std::cmp::Reverse;

use crate::engine::predict::partial::{Choice, Partial};
use crate::engine::predict::permits::{Constraint, RuleConstraint, WeightConstraint};
use crate::engine::predict::score::Score;
use crate::engine::predict::trait_ids::TraitIds;
use crate::engine::predict::{Expected, Prediction, Predictor};
use crate::project::{ABSENT, Project};
use crate::telemetry::PredictorStats;

/// Entries of the table of weights.
pub(super) const TABLE: usize = 1 << 15;
/// The length of a step.
const RATE: f32 = 0.25;
/// Choices of a layer that were shown lately and are looked at.
const RECENT: usize = 12;
/// Choices of a layer that an item is put together from.
const ALTERNATIVES: usize = 4;

/// A weight, and the sum of the squares of its gradients.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Weight {
    pub(super) value: f32,
    pub(super) squares: f32,
}

/// What the model sees of the items before.
#[derive(Clone, Debug, Default)]
struct State {
    last: Vec<u16>,
    before: Vec<u16>,
    /// By layer, the choices shown lately, the latest first, each with the item.
    recent: Vec<Vec<(u16, u64)>>,
    items: u64,
}

/// Predicts by weights that are trained while items come.
#[derive(Debug)]
pub struct Learned {
    ids: TraitIds,
    /// Traits of each layer.
    traits: Vec<u16>,
    top: usize,
    pub(super) weights: Vec<Weight>,
    state: State,
    rules: Vec<Box<dyn Constraint>>,
    score: Score,
}

impl Learned {
    /// A model of a project's items that has seen none.
    #[must_use]
    pub fn new(project: &Project) -> Self {
        let ids = TraitIds::new(project);
        let state = State { recent: vec![Vec::new(); ids.layers()], ..State::default() };
        Self {
            traits: project.layers.iter().map(|layer| layer.traits.len() as u16).collect(),
            top: project.predict.top,
            weights: vec![Weight::default(); TABLE],
            state,
            ids,
            rules: vec![Box::new(WeightConstraint::new(project)), Box::new(RuleConstraint::new(project))],
            score: Score::default(),
        }
    }

    /// The items before, without learning from them: when a model is read from a file.
    pub(super) fn see(&mut self, row: &[u16]) {
        if self.ids.fits(row) {
            self.state.add(row);
        }
    }

    /// What may come next of a layer, in ascending order: what was shown lately, and the neighbours of the present choice.
    fn candidates(&self, layer: usize, present: &[u16]) -> Vec<u16> {
        let now = present[layer];
        let mut found: Vec<u16> = self.state.recent[layer].iter().map(|&(choice, _)| choice).collect();
        found.push(now);
        if now != ABSENT {
            let near = [now.wrapping_sub(1), now + 1, now + 2];
            found.extend(near.into_iter().filter(|&near| near < self.traits[layer]));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Where the weights of a choice are.
    fn features(&self, layer: usize, choice: u16, present: &[u16]) -> Vec<usize> {
        let at = |kind: u32, a: u64, b: u64| {
            let about = u64::from(kind) << 32 | layer as u64;
            (mixed(mixed(mixed(about) ^ a) ^ b) >> (64 - TABLE.ilog2())) as usize
        };
        let (now, choice_key) = (present[layer], u64::from(choice));
        let is_now = u64::from(choice == now);
        let before = self.state.before.get(layer).copied();
        let changed = before.is_some_and(|before| before != now);
        let others_changed = self.state.before.iter().zip(present).any(|(before, now)| before != now);
        let age = self.state.recent[layer].iter().find(|&&(shown, _)| shown == choice);
        let age = age.map_or(63, |&(_, item)| (self.state.items - item).ilog2());
        let step = match (now, choice) {
            (ABSENT, _) | (_, ABSENT) => 9,
            (now, choice) => (i32::from(choice) - i32::from(now)).clamp(-3, 3) as u64 & 15,
        };
        let mut found = vec![
            at(0, choice_key, 0),
            at(1, is_now, u64::from(changed) << 1 | u64::from(others_changed)),
            at(2, u64::from(before == Some(choice)) << 1 | is_now, u64::from(changed)),
            at(3, age.into(), is_now),
            at(4, step, u64::from(changed)),
        ];
        found.extend(
            (0..present.len()).map(|other| at(5 + other as u32, choice_key, u64::from(present[other]))),
        );
        found
    }

    /// The probability of each choice that may come next of a layer, with the places of its weights.
    fn distribution(&self, layer: usize, present: &[u16], choices: &[u16]) -> Vec<(u16, f32, Vec<usize>)> {
        let scored = choices.iter().map(|&choice| {
            let features = self.features(layer, choice, present);
            let score: f32 = features.iter().map(|&at| self.weights[at].value).sum();
            (choice, score, features)
        });
        let mut scored: Vec<(u16, f32, Vec<usize>)> = scored.collect();
        let most = scored.iter().map(|&(_, score, _)| score).fold(f32::NEG_INFINITY, f32::max);
        scored.iter_mut().for_each(|(_, score, _)| *score = exponential(*score - most));
        let sum: f32 = scored.iter().map(|&(_, weight, _)| weight).sum();
        scored.iter_mut().for_each(|(_, weight, _)| *weight /= sum);
        scored
    }

    /// The present item: what was made last, with what is decided of the next.
    fn present(&self, next: &Partial) -> Vec<u16> {
        let decided = |(layer, &last): (usize, &u16)| match next.choice(layer) {
            Choice::Open => last,
            Choice::Absent => ABSENT,
            Choice::Trait(index) => index,
        };
        self.state.last.iter().enumerate().map(decided).collect()
    }

    fn train(&mut self, row: &[u16]) {
        let present = self.state.last.clone();
        for (layer, &came) in row.iter().enumerate() {
            let mut choices = self.candidates(layer, &present);
            if let Err(at) = choices.binary_search(&came) {
                choices.insert(at, came);
            }
            if choices.len() < 2 {
                continue;
            }
            for (choice, probability, features) in self.distribution(layer, &present, &choices) {
                let gradient = if choice == came { probability - 1.0 } else { probability };
                for at in features {
                    let weight = &mut self.weights[at];
                    weight.squares += gradient * gradient;
                    if weight.squares > 0.0 {
                        weight.value -= RATE * gradient / weight.squares.sqrt();
                    }
                }
            }
        }
    }

    fn permits(&self, next: &Partial, layer: usize, index: u16) -> bool {
        self.rules.iter().all(|rule| rule.permits(next, layer, index))
    }
}

impl State {
    fn add(&mut self, row: &[u16]) {
        self.items += 1;
        for (recent, &choice) in self.recent.iter_mut().zip(row) {
            recent.retain(|&(shown, _)| shown != choice);
            recent.insert(0, (choice, self.items - 1));
            recent.truncate(RECENT);
        }
        self.before = std::mem::replace(&mut self.last, row.to_vec());
    }
}

impl Predictor for Learned {
    fn name(&self) -> &'static str {
        "learned"
    }

    /// A row that is not one of the project's is not learnt from.
    fn observe(&mut self, row: &[u16]) {
        if !self.ids.fits(row) {
            return;
        }
        self.score.observed(self.ids.of(row));
        if !self.state.last.is_empty() {
            self.train(row);
        }
        self.state.add(row);
        self.rules.iter_mut().for_each(|rule| rule.made(row));
    }

    fn predict(&mut self, next: &Partial) -> Vec<Prediction> {
        if self.state.items < 3 || next.layers() != self.ids.layers() {
            return Vec::new();
        }
        let present = self.present(next);
        let mut found = Vec::new();
        for layer in (0..present.len()).filter(|&layer| next.choice(layer) == Choice::Open) {
            let choices = self.candidates(layer, &present);
            for (index, probability, _) in self.distribution(layer, &present, &choices) {
                let Some(id) = self.ids.id(layer, index).filter(|_| index != present[layer]) else {
                    continue;
                };
                let expected = Expected::Likely((f64::from(probability) * (1u64 << 32) as f64) as u64);
                found.push(Prediction { id, layer, index, expected });
            }
        }
        found.sort_by_key(|prediction| (Reverse(likelihood(prediction)), prediction.id));
        let top =
            found.into_iter().filter(|found| self.permits(next, found.layer, found.index)).take(self.top);
        let top: Vec<Prediction> = top.collect();
        self.score.predicted(top.iter().map(|prediction| prediction.id));
        top
    }

    /// The most probable items, as if layers were independent of each other beside the present item.
    fn items(&mut self, _last: &[u16], most: usize) -> Vec<Vec<u16>> {
        if self.state.items < 3 {
            return Vec::new();
        }
        let present = self.state.last.clone();
        let mut best = Vec::with_capacity(present.len());
        // Other choices of a layer, each with how probable it is in relation to the best one.
        let mut others: Vec<(f32, usize, u16)> = Vec::new();
        for layer in 0..present.len() {
            let choices = self.candidates(layer, &present);
            let mut found = self.distribution(layer, &present, &choices);
            found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let (first, most, _) = found[0];
            best.push(first);
            let after = found.iter().skip(1).take(ALTERNATIVES);
            others.extend(after.map(|&(choice, probability, _)| (probability / most, layer, choice)));
        }
        others.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        others.truncate(2 * most);
        let mut rows: Vec<(f32, Vec<u16>)> = vec![(1.0, best.clone())];
        let with = |changes: &[(f32, usize, u16)]| {
            let mut row = best.clone();
            changes.iter().for_each(|&(_, layer, choice)| row[layer] = choice);
            (changes.iter().map(|change| change.0).product::<f32>(), row)
        };
        for (number, &one) in others.iter().enumerate() {
            rows.push(with(&[one]));
            let pairs = others[..number].iter().filter(|other| other.1 != one.1).take(4);
            rows.extend(pairs.map(|&other| with(&[one, other])));
        }
        rows.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        rows.dedup_by(|a, b| a.1 == b.1);
        rows.into_iter().map(|(_, row)| row).filter(|row| *row != present).take(most).collect()
    }

    fn stats(&self) -> PredictorStats {
        self.score.stats()
    }
}

fn likelihood(prediction: &Prediction) -> u64 {
    match prediction.expected {
        Expected::Likely(likelihood) => likelihood,
        Expected::In(_) => 0,
    }
}

/// Spreads the bits of a number (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The exponential of a number that is at most 0: a power of two times a polynomial, the same on every machine.
fn exponential(x: f32) -> f32 {
    let x = x.max(-60.0) * std::f32::consts::LOG2_E;
    let whole = x.round();
    let part = (x - whole) * std::f32::consts::LN_2;
    let terms = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let power: f32 = terms.iter().fold(0.0, |sum, term| sum * part + term);
    power * f32::from_bits(((whole as i32 + 127) as u32) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::predict::History;
    use crate::files::Digest;
    use crate::project::project;

    fn open() -> Partial {
        Partial::open(3)
    }

    fn usual() -> Project {
        project(&[("Body", &[1; 6]), ("Eyes", &[1; 6]), ("Hat", &[1; 6])])
    }

    #[test]
    fn exponentials_are_near_those_of_the_library() {
        for x in (0..6000).map(|x| -(x as f32) / 100.0) {
            let (found, exact) = (f64::from(exponential(x)), f64::from(x).exp());
            assert!((found - exact).abs() <= exact * 1e-5, "{x}: {found} {exact}");
        }
    }

    #[test]
    fn going_back_and_forth_and_through_a_list_is_learnt() {
        let mut model = Learned::new(&usual());
        for turn in 0..40u16 {
            model.observe(&[2, 1, if turn % 2 == 0 { 3 } else { 5 }]);
        }
        assert_eq!(model.items(&[], 1), [[2, 1, 3]]);
        let first = &model.predict(&open())[0];
        assert_eq!((first.layer, first.index), (2, 3));
        let mut model = Learned::new(&usual());
        for turn in 0..61u16 {
            model.observe(&[2, turn % 6, 3]);
        }
        assert_eq!(model.items(&[], 1), [[2, 1, 3]], "after the first comes the second");
        let mut next = open();
        next.set(1, Choice::Trait(4));
        assert!(model.predict(&next).iter().all(|found| found.layer != 1), "it is decided");
    }

    #[test]
    fn the_same_items_give_the_same_model_and_foreign_rows_none() {
        let rows: Vec<[u16; 3]> =
            (0..200u16).map(|n| [n * 7 % 6, n * n % 6, if n % 5 == 0 { ABSENT } else { n % 4 }]).collect();
        let train = |rows: &[[u16; 3]]| {
            let mut model = Learned::new(&usual());
            rows.iter().for_each(|row| model.observe(row));
            model.observe(&[9, 9, 9]);
            model.observe(&[1]);
            model
        };
        let (mut one, mut other) = (train(&rows), train(&rows));
        assert!(one.weights == other.weights && one.weights.iter().any(|weight| weight.value != 0.0));
        assert_eq!(one.items(&[], 8), other.items(&[], 8));
        assert!(one.weights.iter().all(|weight| weight.value.is_finite()));
        assert!(Learned::new(&usual()).predict(&open()).is_empty());
    }

    #[test]
    fn a_model_that_was_saved_goes_on_as_it_was() {
        let project = usual();
        let art = Digest::of(b"art");
        let path = tempfile::tempdir().unwrap().keep().join("patterns.json");
        let (mut history, mut model) = (History::new(&project), Learned::new(&project));
        let rows: Vec<[u16; 3]> = (0..90u16).map(|n| [n / 10 % 6, n % 3, n * n % 5]).collect();
        for row in &rows {
            history.observe(row);
            model.observe(row);
        }
        history.save_with(Some(&model), &path, &project, &art).unwrap();
        let (read, mut again) = History::load_with(&path, &project, &art).unwrap();
        assert_eq!(read.history_len(), 90);
        assert!(again.weights == model.weights);
        assert_eq!(again.items(&[], 8), model.items(&[], 8));
        for row in &rows[..20] {
            model.observe(row);
            again.observe(row);
        }
        assert!(again.weights == model.weights, "it learns on in the same way");
        let text = std::fs::read_to_string(&path).unwrap();
        let damaged = text.replace("\"learned\": [[", "\"learned\": [[32768,0,0],[");
        std::fs::write(&path, damaged).unwrap();
        assert!(History::load_with(&path, &project, &art).is_err());
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }
}

//! The next use of every trait, read off the plan.
//!
//! A window of fixed size goes along the plan. For each trait it keeps the places in the window where it is used,
//! and of all traits that have any, the first place, in order. When the window goes on by one item, only the traits
//! of the item that leaves it and of the one that enters it change, so a step costs the same whatever the window's
//! size, and memory depends on the window alone.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Debug;
use std::num::{NonZeroU32, NonZeroUsize};
use std::ops::Deref;

use crate::engine::predict::partial::Partial;
use crate::engine::predict::score::Score;
use crate::engine::predict::trait_ids::TraitIds;
use crate::engine::predict::{Expected, Prediction, Predictor};
use crate::geometry::TraitId;
use crate::plan::Plan;
use crate::project::Project;
use crate::telemetry::PredictorStats;

/// A window that is far larger than any batch and far smaller than any collection.
pub const LOOK_AHEAD: NonZeroUsize = NonZeroUsize::new(256).expect("not zero");

/// Knows what comes next, from a plan (`&Plan`, `Arc<Plan>`).
#[derive(Debug)]
pub struct LookAhead<P> {
    plan: P,
    ids: TraitIds,
    window: usize,
    /// The item that is made next.
    position: usize,
    /// The first item that is not in the window yet.
    end: usize,
    /// By trait, the places in the window where it is used, ascending.
    uses: Vec<VecDeque<u32>>,
    /// Of each trait that has any, the first place.
    first_uses: BTreeSet<(u32, TraitId)>,
    score: Score,
}

impl<P: Deref<Target = Plan>> LookAhead<P> {
    /// A look-ahead of `window` items, before the first item of a plan of `project`.
    #[must_use]
    pub fn new(project: &Project, plan: P, window: NonZeroUsize) -> Self {
        let ids = TraitIds::new(project);
        let mut this = Self {
            plan,
            uses: vec![VecDeque::new(); ids.len()],
            ids,
            window: window.get(),
            position: 0,
            end: 0,
            first_uses: BTreeSet::new(),
            score: Score::default(),
        };
        this.fill();
        this
    }

    /// The place in the plan of the item that is made next.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// Goes to a place in the plan, forward or back: the item there is the one that is made next.
    pub fn seek(&mut self, position: usize) {
        let position = position.min(self.plan.len());
        if position == self.position {
            return;
        }
        self.score.withdraw();
        if (self.position..self.end).contains(&position) {
            while self.position < position {
                self.advance();
            }
            return;
        }
        for (_, id) in std::mem::take(&mut self.first_uses) {
            self.uses[usize::from(id)].clear();
        }
        (self.position, self.end) = (position, position);
        self.fill();
    }

    /// The traits used in the window, the one that is needed first before the others and those of one item in
    /// drawing order; each once, with the number of items to its next use, 1 being the next item.
    pub fn upcoming(&self) -> impl Iterator<Item = (TraitId, NonZeroU32)> {
        self.first_uses.iter().map(|&(place, id)| (id, self.distance(place)))
    }

    fn distance(&self, place: u32) -> NonZeroU32 {
        let ahead = place as usize - self.position;
        NonZeroU32::MIN.saturating_add(u32::try_from(ahead).unwrap_or(u32::MAX))
    }

    /// Takes items in until the window is full or the plan ends.
    fn fill(&mut self) {
        let end = self.plan.len().min(self.position.saturating_add(self.window));
        let Self { plan, ids, uses, first_uses, .. } = self;
        for index in self.end..end {
            let place = u32::try_from(index).expect("editions fit 32 bits");
            for id in ids.of(plan.traits(index)) {
                let uses = &mut uses[usize::from(id)];
                if uses.is_empty() {
                    first_uses.insert((place, id));
                }
                uses.push_back(place);
            }
        }
        self.end = end;
    }

    /// Lets the next item go, which is in the window.
    fn advance(&mut self) {
        let Self { plan, ids, uses, first_uses, position, .. } = self;
        for id in ids.of(plan.traits(*position)) {
            let uses = &mut uses[usize::from(id)];
            first_uses.extend(uses.get(1).map(|&place| (place, id)));
            first_uses.remove(&(*position as u32, id));
            uses.pop_front();
        }
        self.position += 1;
        self.fill();
    }
}

impl<P: Deref<Target = Plan> + Debug + Send> Predictor for LookAhead<P> {
    fn name(&self) -> &'static str {
        "look-ahead"
    }

    /// Goes on by one item, which is taken to be the plan's.
    fn observe(&mut self, row: &[u16]) {
        self.score.observed(self.ids.of(row));
        if self.position < self.end {
            self.advance();
        }
    }

    fn pass(&mut self) {
        if self.position < self.end {
            self.advance();
        }
    }

    /// Everything in the window, in order of next use; the choices of the next item are in the plan.
    fn predict(&mut self, _next: &Partial) -> Vec<Prediction> {
        let predictions: Vec<Prediction> = self
            .upcoming()
            .map(|(id, distance)| {
                let (layer, index) = self.ids.place(id);
                Prediction { id, layer, index, expected: Expected::In(distance) }
            })
            .collect();
        let next = predictions.iter().filter(|found| found.expected == Expected::In(NonZeroU32::MIN));
        self.score.predicted(next.map(|prediction| prediction.id));
        predictions
    }

    fn next_use(&self, id: TraitId) -> Option<NonZeroU32> {
        self.uses.get(usize::from(id))?.front().map(|&place| self.distance(place))
    }

    fn stats(&self) -> PredictorStats {
        self.score.stats()
    }
}

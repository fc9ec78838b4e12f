//! The models side by side, over items such as a collection or a service sees.
//!
//! The measure is a loader's: a trait that the item before showed is there already, so only the others count. Of
//! them, how many had been predicted when the item came?

use std::collections::HashSet;

use crate::engine::predict::history::History;
use crate::engine::predict::look_ahead::{LOOK_AHEAD, LookAhead};
use crate::engine::predict::partial::Partial;
use crate::engine::predict::trait_ids::TraitIds;
use crate::engine::predict::{Blind, Predictor};
use crate::geometry::TraitId;
use crate::plan::Plan;
use crate::project::Project;
use crate::selection::{RandomStream, odds};
use crate::telemetry::PredictorStats;

/// How one model did over a plan.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct HitRate {
    /// The model.
    pub model: &'static str,
    /// Traits shown by an item and not by the one before it.
    pub needed: u64,
    /// Of these, traits that were predicted before the item came.
    pub predicted: u64,
    /// What the model counted itself.
    pub stats: PredictorStats,
}

impl HitRate {
    /// The share that was predicted, 0.0 to 1.0.
    #[must_use]
    pub fn rate(&self) -> f64 {
        if self.needed == 0 { 0.0 } else { self.predicted as f64 / self.needed as f64 }
    }
}

/// Has a model predict each item of a plan of `project`, one after the other.
pub fn hit_rate(project: &Project, plan: &Plan, model: &mut dyn Predictor) -> HitRate {
    let ids = TraitIds::new(project);
    let open = Partial::open(ids.layers());
    let (mut needed, mut hits) = (0, 0);
    let mut loaded: HashSet<TraitId> = HashSet::new();
    for index in 0..plan.len() {
        if plan.one(index).is_some() {
            model.pass();
            continue;
        }
        let predicted: HashSet<TraitId> = model.predict(&open).iter().map(|found| found.id).collect();
        let shown: HashSet<TraitId> = ids.of(plan.traits(index)).collect();
        for id in shown.difference(&loaded) {
            needed += 1;
            hits += u64::from(predicted.contains(id));
        }
        loaded = shown;
        model.observe(plan.traits(index));
    }
    HitRate { model: model.name(), needed, predicted: hits, stats: model.stats() }
}

/// No prediction, history and look-ahead over the same plan of `project`.
#[must_use]
pub fn compare(project: &Project, plan: &Plan) -> [HitRate; 3] {
    [
        hit_rate(project, plan, &mut Blind),
        hit_rate(project, plan, &mut History::new(project)),
        hit_rate(project, plan, &mut LookAhead::new(project, plan, LOOK_AHEAD)),
    ]
}

/// Avatars that a service is asked for at a time.
const BASES: u64 = 4;

/// Items as a service is asked for them: users at work on a few avatars, each trying one change after the other.
///
/// Sessions follow each other. In each, a user requests 4 to 12 times one of four avatars with one layer drawn
/// again. Items may be equal. The same seed gives the same items.
#[must_use]
pub fn sessions(project: &Project, seed: u64, count: u32) -> Plan {
    let odds = odds(project);
    let mut words = RandomStream::new(seed, b"traitpress sessions v1..");
    let bases: Vec<Vec<u16>> =
        (0..BASES).map(|_| odds.iter().map(|odds| odds.draw(&mut words)).collect()).collect();
    let mut rows = Vec::with_capacity(count as usize * odds.len());
    let mut left = count;
    while left > 0 {
        let base = &bases[words.below(BASES) as usize];
        let length = left.min(4 + words.below(9) as u32);
        for _ in 0..length {
            let mut row = base.clone();
            let layer = words.below(odds.len() as u64) as usize;
            row[layer] = odds[layer].draw(&mut words);
            rows.extend(row);
        }
        left -= length;
    }
    Plan::plain(rows, odds.len())
}

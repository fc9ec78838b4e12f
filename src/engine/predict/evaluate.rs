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

/// What the visitors of a service do, in generated sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visits {
    /// They look at avatars, the popular ones more often: the frequency of the n-th is as 1/n (Zipf).
    Zipf,
    /// They lock one to three layers of an avatar and have the others drawn again.
    Locks,
    /// They compare two traits of a layer, back and forth.
    Changes,
    /// They go through the traits of a layer in order.
    Lists,
    /// All of that, a session after the other.
    Mixed,
    /// The same, three visitors at a time.
    Together,
}

impl Visits {
    /// Each with its name.
    pub const ALL: [(Self, &str); 6] = [
        (Self::Zipf, "zipf"),
        (Self::Locks, "locks"),
        (Self::Changes, "A/B changes"),
        (Self::Lists, "lists"),
        (Self::Mixed, "mixed"),
        (Self::Together, "mixed, three at a time"),
    ];
}

/// Avatars that visitors look at and change.
const AVATARS: u64 = 60;

/// Generated sessions of visitors: the items that they request. The project has no rules. The same seed gives the same items.
#[must_use]
pub fn visits(project: &Project, seed: u64, count: usize, what: Visits) -> Plan {
    let odds = odds(project);
    let mut words = RandomStream::new(seed, b"traitpress visits v1....");
    let draw = |words: &mut RandomStream| odds.iter().map(|odds| odds.draw(words)).collect::<Vec<u16>>();
    let avatars: Vec<Vec<u16>> = (0..AVATARS).map(|_| draw(&mut words)).collect();
    let mut rows: Vec<Vec<u16>> = Vec::with_capacity(count);
    let visitors = if what == Visits::Together { 3 } else { 1 };
    // What is left of the session of each visitor, the next request last.
    let mut sessions: Vec<Vec<Vec<u16>>> = vec![Vec::new(); visitors];
    while rows.len() < count {
        let visitor = words.below(visitors as u64) as usize;
        if sessions[visitor].is_empty() {
            let kind = match what {
                Visits::Mixed | Visits::Together => Visits::ALL[words.below(4) as usize].0,
                one => one,
            };
            let mut session = session(project, &avatars, kind, &mut words, &draw);
            session.reverse();
            sessions[visitor] = session;
        }
        rows.extend(sessions[visitor].pop());
    }
    Plan::plain(rows.concat(), odds.len())
}

fn session(
    project: &Project,
    avatars: &[Vec<u16>],
    kind: Visits,
    words: &mut RandomStream,
    draw: &dyn Fn(&mut RandomStream) -> Vec<u16>,
) -> Vec<Vec<u16>> {
    let weight = |rank: usize| 1_000_000 / (rank as u64 + 1);
    let mut drawn = words.below((0..avatars.len()).map(weight).sum());
    let mut rank = 0;
    while drawn >= weight(rank) {
        drawn -= weight(rank);
        rank += 1;
    }
    let avatar = avatars[rank].clone();
    let layers = avatar.len();
    let changing = (0..layers).filter(|&layer| project.layers[layer].traits.len() > 1).collect::<Vec<_>>();
    let layer = changing[words.below(changing.len() as u64) as usize];
    let traits = project.layers[layer].traits.len() as u64;
    let mut session = vec![avatar.clone()];
    match kind {
        Visits::Locks => {
            let locked: Vec<usize> =
                (0..1 + words.below(3)).map(|_| words.below(layers as u64) as usize).collect();
            for _ in 0..3 + words.below(4) {
                let mut row = draw(words);
                locked.iter().for_each(|&layer| row[layer] = avatar[layer]);
                session.push(row);
            }
        }
        Visits::Changes => {
            let mut other = avatar.clone();
            other[layer] = words.below(traits) as u16;
            for turn in 0..3 + words.below(6) {
                session.push(if turn % 2 == 0 { other.clone() } else { avatar.clone() });
            }
        }
        Visits::Lists => {
            let mut row = avatar;
            for _ in 0..3 + words.below(6) {
                row[layer] = (u64::from(row[layer].wrapping_add(1)) % traits) as u16;
                session.push(row.clone());
            }
        }
        Visits::Zipf | Visits::Mixed | Visits::Together => {}
    }
    session
}

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

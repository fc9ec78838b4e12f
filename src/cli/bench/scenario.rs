//! Plans of one kind each, for what repeats decides how fast a collection is pressed.
//!
//! All are drawn from the project's own traits by a seed. The generator is of no importance to any collection, so
//! it is a small one.

use clap::ValueEnum;

use traitpress::plan::{Item, Plan};
use traitpress::project::{Layer, Project};
use traitpress::selection::{self, Choose};

use crate::cli::failure::Failure;

/// Different items of `repeat`.
const BASE_ITEMS: u32 = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// A few items, requested again and again
    Repeat,
    /// A collection: every item different
    Large,
    /// Neighbours differ in one or two traits
    Pattern,
    /// A third of each
    Mixed,
}

impl Scenario {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Repeat => "repeat",
            Self::Large => "large",
            Self::Pattern => "pattern",
            Self::Mixed => "mixed",
        }
    }

    /// As many items as there can be in a project of so many different ones.
    pub(crate) fn most(self, different: u32) -> u32 {
        match self {
            Self::Repeat | Self::Pattern => u32::MAX,
            Self::Large => different,
            Self::Mixed => different.saturating_mul(3),
        }
    }

    /// The plan of `count` items.
    pub(crate) fn plan(self, project: &Project, seed: u64, count: u32) -> Result<Plan, Failure> {
        let items = match self {
            Self::Repeat => repeat(project, seed, count)?,
            Self::Large => large(project, seed, count)?,
            Self::Pattern => pattern(project, seed, count)?,
            Self::Mixed => {
                let third = count.div_ceil(3);
                let (mut a, mut b, mut c) = (
                    repeat(project, seed, third)?.into_iter(),
                    large(project, seed, third)?.into_iter(),
                    pattern(project, seed, third)?.into_iter(),
                );
                let turns = (0..third).flat_map(|_| [a.next(), b.next(), c.next()]);
                turns.flatten().take(count as usize).collect()
            }
        };
        Plan::of_items(project, &items).map_err(|e| Failure::Library(e.into()))
    }
}

fn repeat(project: &Project, seed: u64, count: u32) -> Result<Vec<Item>, Failure> {
    let different = u32::try_from(selection::capacity(project)).unwrap_or(u32::MAX);
    let base = large(project, seed, BASE_ITEMS.min(different).min(count))?;
    let mut words = RandomStream(seed);
    // Each once, so that all of them are there.
    let mut place = |item: usize| if item < base.len() { item } else { words.below(base.len()) };
    Ok((0..count as usize).map(|item| base[place(item)].clone()).collect())
}

fn large(project: &Project, seed: u64, count: u32) -> Result<Vec<Item>, Failure> {
    let plan = Choose::new(count).with_seed(seed).with_start(1).from(project)?;
    Ok((0..plan.len()).map(|index| plan.item(index)).collect())
}

fn pattern(project: &Project, seed: u64, count: u32) -> Result<Vec<Item>, Failure> {
    let mut words = RandomStream(seed);
    let options: Vec<Vec<Option<usize>>> = project.layers.iter().map(options).collect();
    let open: Vec<usize> = (0..options.len()).filter(|&layer| options[layer].len() > 1).collect();
    let mut items = large(project, seed, 1)?;
    while items.len() < count as usize {
        let mut indices: Vec<Option<usize>> = items[items.len() - 1].indices().collect();
        for _ in 0..=words.below(2) {
            if open.is_empty() {
                break;
            }
            let layer = open[words.below(open.len())];
            indices[layer] = options[layer][words.below(options[layer].len())];
        }
        let item = Item::from_indices(project, indices).map_err(|e| Failure::Library(e.into()))?;
        items.push(item);
    }
    Ok(items)
}

/// What a layer can show.
fn options(layer: &Layer) -> Vec<Option<usize>> {
    let present = if layer.chance > 0 { layer.traits.len() } else { 0 };
    (0..present).map(Some).chain(layer.can_be_absent().then_some(None)).collect()
}

/// Random numbers: SplitMix64.
struct RandomStream(u64);

impl RandomStream {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^= word >> 31;
        ((u128::from(word) * bound as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::cli::demo_art;

    #[test]
    fn each_scenario_is_what_it_says() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        demo_art::draw(folder.path(), 16).expect("the sample can be drawn");
        let project = Project::open(folder.path()).expect("the sample is right");
        let rows = |scenario: Scenario, seed| {
            let plan = scenario.plan(&project, seed, 100).unwrap_or_else(|e| panic!("{e:?}"));
            (0..plan.len()).map(|index| plan.item(index)).collect::<Vec<_>>()
        };
        let different = |items: &[Item]| items.iter().collect::<HashSet<_>>().len();
        for scenario in Scenario::value_variants() {
            assert_eq!(rows(*scenario, 5).len(), 100);
            assert_eq!(rows(*scenario, 5), rows(*scenario, 5), "the seed decides");
            assert_ne!(rows(*scenario, 5), rows(*scenario, 6), "the seed decides");
        }
        assert_eq!(different(&rows(Scenario::Repeat, 5)), BASE_ITEMS as usize);
        assert_eq!(different(&rows(Scenario::Large, 5)), 100);
        for pair in rows(Scenario::Pattern, 5).windows(2) {
            assert!(pair[0].indices().zip(pair[1].indices()).filter(|(a, b)| a != b).count() <= 2);
        }
        assert!((35..100).contains(&different(&rows(Scenario::Mixed, 5))));
    }
}

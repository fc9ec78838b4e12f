//! The odds of one layer: whether it is there, and which of its traits it shows.

use crate::project::{ABSENT, ChoiceLaw, Layer, MILLION, NOT_ASKED, Project, drawn_apart};
use crate::selection::constrained::is_constrained;
use crate::selection::diagram::{Diagram, Outcomes};
use crate::selection::draw::RandomStream;
use crate::selection::space::Space;

/// What a layer can show, and how likely that is.
#[derive(Clone, Debug)]
pub(crate) struct Odds {
    chance: u64,
    /// What a present layer can show: traits of some weight in order, then the placeholder as [`ABSENT`].
    options: Vec<u16>,
    /// The sums of the options' weights, each with its own.
    sums: Vec<u64>,
    /// All outcomes that can be drawn, each with its exact share of the sum of all shares.
    outcomes: Vec<(u16, u128)>,
}

impl Odds {
    pub(crate) fn new(layer: &Layer) -> Self {
        // What is drawn apart is no choice here.
        let chance = if layer.is_apart { 0 } else { u64::from(layer.chance).min(MILLION) };
        let traits = layer.traits.iter().enumerate().map(|(index, item)| (index as u16, item.weight));
        let none = layer.none.map(|weight| (ABSENT, weight));
        let weighted: Vec<(u16, u64)> = traits.chain(none).filter(|&(_, weight)| weight > 0).collect();
        let mut total = 0u64;
        let mut sums = Vec::with_capacity(weighted.len());
        for &(_, weight) in &weighted {
            total = total.saturating_add(weight);
            sums.push(total);
        }
        let mut absent = u128::from(MILLION - chance) * u128::from(total.max(1));
        let mut outcomes = Vec::with_capacity(weighted.len() + 1);
        for &(option, weight) in weighted.iter().filter(|_| chance > 0) {
            let share = u128::from(chance) * u128::from(weight);
            if option == ABSENT { absent += share } else { outcomes.push((option, share)) }
        }
        if absent > 0 || outcomes.is_empty() {
            outcomes.push((ABSENT, absent.max(1)));
        }
        let options = weighted.into_iter().map(|(option, _)| option).collect();
        Self { chance, options, sums, outcomes }
    }

    /// All that can be drawn, traits in order and then absence, with exact shares.
    pub(crate) fn outcomes(&self) -> &[(u16, u128)] {
        &self.outcomes
    }

    /// One draw: first whether the layer is there, if that is open; then what it shows, if that is.
    pub(crate) fn draw(&self, words: &mut RandomStream) -> u16 {
        let present = match self.chance {
            0 => false,
            MILLION => true,
            chance => words.below(MILLION) < chance,
        };
        match (&self.options[..], self.sums.last()) {
            (&[only], _) if present => only,
            (_, Some(&total)) if present => {
                let drawn = words.below(total);
                self.options[self.sums.partition_point(|&sum| sum <= drawn)]
            }
            _ => ABSENT,
        }
    }
}

/// The odds of all layers in drawing order.
pub(crate) fn odds(project: &Project) -> Vec<Odds> {
    project.layers.iter().map(Odds::new).collect()
}

/// What all layers can show, with exact shares.
pub(crate) fn outcomes(project: &Project) -> Vec<Outcomes> {
    let all = odds(project).into_iter().zip(&project.layers).enumerate().map(|(number, (odds, layer))| {
        let mut outcomes = odds.outcomes;
        // Another layer decides, so its own weights must not count once more.
        if project.leader_of(number).is_some() {
            outcomes.iter_mut().for_each(|(_, share)| *share = 1);
        }
        if layer.parent.is_some() {
            // As likely as all others together: then the shares of the others hold where the layer is chosen from.
            let total = outcomes.iter().map(|(_, share)| share).sum();
            outcomes.push((NOT_ASKED, total));
        }
        outcomes
    });
    all.collect()
}

/// How many different items can be drawn: the product, over the layers that count, of what each can show; under rules and
/// unique sets, what the narrowest set allows.
///
/// It is `u128::MAX` where the product is larger, and where no layer counts, as items are then never compared.
#[must_use]
pub fn capacity(project: &Project) -> u128 {
    if is_constrained(project) {
        return Space::new(project).map_or(0, |space| space.most());
    }
    let mut counts = project.layers.iter().filter(|layer| layer.unique).peekable();
    if counts.peek().is_none() {
        return u128::MAX;
    }
    counts.fold(1, |product: u128, layer| product.saturating_mul(Odds::new(layer).outcomes.len() as u128))
}

/// Rows drawn by weight among those that obey the rules (or most of these, where there are very many), equal ones allowed,
/// from a generator of their own.
///
/// What is learnt from a sample of a collection must not depend on the seed of one run of it.
#[derive(Clone, Debug)]
pub struct Sampler {
    odds: Vec<Odds>,
    /// Where there are rules or groups: for each group, or for all items, what obeys the rules. Each group is as likely as
    /// the others, whatever its number of items: a longer collection is to be pressed as a shorter one is.
    diagrams: Vec<Diagram>,
    words: RandomStream,
    /// Whether items are drawn layer by layer.
    is_sequential: bool,
    /// Layers that are drawn apart, with their numbers.
    apart: Vec<(usize, Layer)>,
}

impl Sampler {
    /// A sampler of `project`'s items for the purpose that `domain` names.
    #[must_use]
    pub fn new(project: &Project, domain: &[u8; 24]) -> Self {
        let is_nested = project.layers.iter().any(|layer| layer.parent.is_some());
        let is_ruled = !project.rules.is_empty() || !project.groups.is_empty() || is_nested;
        let diagrams = is_ruled.then(|| Space::new(project).ok()).flatten().map(Space::into_diagrams);
        Self {
            odds: odds(project),
            diagrams: diagrams.unwrap_or_default(),
            words: RandomStream::new(0, domain),
            is_sequential: project.choice == ChoiceLaw::Sequential,
            apart: (project.layers.iter().cloned().enumerate()).filter(|(_, layer)| layer.is_apart).collect(),
        }
    }

    /// Draws one item into `row`, an entry a layer.
    pub fn next_row(&mut self, row: &mut [u16]) {
        debug_assert_eq!(row.len(), self.odds.len());
        match &self.diagrams[..] {
            [] => row.iter_mut().zip(&self.odds).for_each(|(slot, odds)| *slot = odds.draw(&mut self.words)),
            [only] if self.is_sequential => only.draw_in_order(&mut self.words, row),
            [only] => only.draw(&mut self.words, row),
            groups => {
                let number = self.words.below(groups.len() as u64) as usize;
                match self.is_sequential {
                    true => groups[number].draw_in_order(&mut self.words, row),
                    false => groups[number].draw(&mut self.words, row),
                }
            }
        }
        for (number, layer) in &self.apart {
            row[*number] = drawn_apart(layer, self.words.below(u64::MAX), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::project;

    /// Chi-square of `draws` draws against the exact shares.
    fn chi_square(odds: &Odds, draws: u32) -> f64 {
        let mut words = RandomStream::new(99, super::super::draw::SELECTION);
        let total: u128 = odds.outcomes().iter().map(|(_, share)| share).sum();
        let mut counts = vec![0u32; odds.outcomes().len()];
        for _ in 0..draws {
            let drawn = odds.draw(&mut words);
            let at = odds.outcomes().iter().position(|&(outcome, _)| outcome == drawn);
            counts[at.expect("only outcomes are drawn")] += 1;
        }
        let expected = |share: u128| f64::from(draws) * (share as f64 / total as f64);
        let terms = counts.iter().zip(odds.outcomes());
        terms
            .map(|(&count, &(_, share))| (f64::from(count) - expected(share)).powi(2) / expected(share))
            .sum()
    }

    #[test]
    fn draws_follow_weights_chance_and_placeholder() {
        let mut p = project(&[("A", &[1, 2, 3, 0, 94]), ("B", &[5, 5]), ("C", &[7]), ("D", &[1, 1])]);
        p.layers[1].chance = 250_000;
        p.layers[1].none = Some(10 * MILLION);
        p.layers[2].chance = 900_000;
        p.layers[3].chance = 0;
        let odds = odds(&p);
        let values = |odds: &Odds| odds.outcomes().iter().map(|&(value, _)| value).collect::<Vec<_>>();
        assert_eq!(values(&odds[0]), [0, 1, 2, 4], "weight 0 is never drawn");
        assert_eq!(values(&odds[1]), [0, 1, ABSENT]);
        assert_eq!(values(&odds[2]), [0, ABSENT]);
        assert_eq!(values(&odds[3]), [ABSENT], "chance 0 is never there");
        // 99.99 % of fair series stay below these, for 3, 2 and 1 degrees of freedom.
        for (odds, limit) in odds.iter().zip([21.1, 18.4, 15.1]) {
            let found = chi_square(odds, 100_000);
            assert!(found < limit, "{found} in {:?}", odds.outcomes());
        }
        assert_eq!(capacity(&p), 4 * 3 * 2);
        p.layers[0].unique = false;
        assert_eq!(capacity(&p), 3 * 2);
        p.layers.iter_mut().for_each(|layer| layer.unique = false);
        assert_eq!(capacity(&p), u128::MAX, "nothing is compared");
    }

    #[test]
    fn capacity_saturates() {
        let layers = vec![("L", &[1u64; 100][..]); 30];
        assert_eq!(capacity(&project(&layers)), u128::MAX);
    }

    #[test]
    fn a_sampler_repeats_itself_and_differs_by_purpose() {
        let p = project(&[("A", &[1; 50]), ("B", &[1; 50])]);
        let rows = |domain| {
            let mut sampler = Sampler::new(&p, domain);
            let mut row = [0; 2];
            (0..20).map(|_| (sampler.next_row(&mut row), row).1).collect::<Vec<_>>()
        };
        assert_eq!(rows(b"traitpress test domain 1"), rows(b"traitpress test domain 1"));
        assert_ne!(rows(b"traitpress test domain 1"), rows(b"traitpress test domain 2"));
    }
}

//! How many items must, and should, show each choice.
//!
//! What the configuration asks for with `count`, `min` and `max` must be met. With `rarity = "exact"` every other choice has
//! a number too, which is met as far as rules let it be. Choices of all layers are numbered through: a slot each.

use crate::plan::Plan;
use crate::project::{Amount, Project, Rarity, quoted};
use crate::rules::{Slots, amount_in_words, off_in_words};
use crate::selection::error::SelectionError;
use crate::selection::weights::outcomes;

/// Whether numbers of items are asked for.
pub(crate) fn is_exact(project: &Project) -> bool {
    !project.amounts.is_empty() || project.rarity == Rarity::Exact
}

/// From how many items to how many; `u32::MAX` means no limit.
pub(crate) type Range = (u32, u32);

/// How far a number is from a range.
pub(crate) fn distance(number: u32, (least, most): Range) -> u32 {
    least.saturating_sub(number) + number.saturating_sub(most)
}

/// Refuses a plan that has other numbers of items than the configuration asks for.
pub(crate) fn ensure_amounts(project: &Project, plan: &Plan) -> Result<(), SelectionError> {
    let slots = Slots::new(project);
    let mut shown = vec![0; slots.len()];
    let drawn = (0..plan.len()).filter(|&index| plan.one(index).is_none());
    drawn.for_each(|index| slots.shown(plan.traits(index)).for_each(|slot| shown[slot] += 1));
    let got = |amount: &Amount| shown[slots.of(amount.layer, amount.choice)];
    let off = off_in_words(project, got, true, "would be in");
    if off.is_empty() {
        return Ok(());
    }
    Err(SelectionError::AmountsKept { off: off.join(", and ") })
}

/// How many items these amounts let show each slot.
pub(crate) fn ranges_of<'a>(slots: &Slots, amounts: impl IntoIterator<Item = &'a Amount>) -> Vec<Range> {
    let mut ranges = vec![(0, u32::MAX); slots.len()];
    for amount in amounts {
        let (least, most) = &mut ranges[slots.of(amount.layer, amount.choice)];
        (*least, *most) = (amount.least.max(*least), amount.most.min(*most));
    }
    ranges
}

/// How many of so many items must show each slot, by what the configuration says.
///
/// # Errors
/// If a layer's amounts do not add up.
pub(crate) fn ranges(project: &Project, slots: &Slots, count: u32) -> Result<Vec<Range>, SelectionError> {
    let ranges = ranges_of(slots, &project.amounts);
    let outcomes = outcomes(project);
    for (number, layer) in project.layers.iter().enumerate() {
        let of_layer = || project.amounts.iter().filter(move |amount| amount.layer == number);
        let list = |is_part: fn(u32, u32) -> bool| -> String {
            let parts = of_layer().filter(|amount| is_part(amount.least, amount.most));
            parts.map(|amount| amount_in_words(project, amount)).collect::<Vec<_>>().join(", ")
        };
        if of_layer().next().is_none() {
            continue;
        }
        let least: u64 = slots.layer(number).map(|slot| u64::from(ranges[slot].0)).sum();
        let name = || quoted(&layer.name);
        if least > u64::from(count) {
            let amounts = list(|least, _| least > 0);
            return Err(SelectionError::AmountsAbove { layer: name(), sum: least, count, amounts });
        }
        // What can be drawn at all, and was given no limit, takes the rest.
        let drawn = outcomes[number].iter().map(|&(choice, _)| ranges[slots.of(number, choice)].1);
        let most: Option<u64> = drawn.map(|most| (most < u32::MAX).then_some(u64::from(most))).sum();
        let in_all_groups = project.groups.iter().all(|group| group.layers.contains(&number));
        if let Some(sum) = most
            && sum < u64::from(count)
            && in_all_groups
        {
            let amounts = list(|_, most| most < u32::MAX);
            return Err(SelectionError::AmountsBelow { layer: name(), sum, count, amounts });
        }
    }
    Ok(ranges)
}

/// The numbers of items nearest to what is expected of each slot, which add up to `count` in each layer: every slot gets
/// the whole part, then those with the largest remainders get one more (the largest remainder method, Hamilton's), within
/// the ranges that must be kept.
pub(crate) fn nearest_whole(
    slots: &Slots,
    layers: usize,
    expected: &[f64],
    must: &[Range],
    count: u32,
) -> Vec<Range> {
    let mut numbers: Vec<u32> = expected
        .iter()
        .zip(must)
        .map(|(&expected, &(least, most))| ((expected + 1e-6) as u32).clamp(least, most))
        .collect();
    for layer in 0..layers {
        let sum: u64 = slots.layer(layer).map(|slot| u64::from(numbers[slot])).sum();
        let mut order: Vec<usize> = slots.layer(layer).collect();
        let above = |slot: usize| expected[slot] - f64::from(numbers[slot]);
        if sum <= u64::from(count) {
            order.sort_by(|&a, &b| above(b).total_cmp(&above(a)).then(a.cmp(&b)));
            let mut left = u64::from(count) - sum;
            for slot in order {
                if left > 0 && expected[slot] > 0.0 && numbers[slot] < must[slot].1 {
                    numbers[slot] += 1;
                    left -= 1;
                }
            }
        } else {
            order.sort_by(|&a, &b| above(a).total_cmp(&above(b)).then(a.cmp(&b)));
            let mut left = sum - u64::from(count);
            for slot in order {
                if left > 0 && numbers[slot] > must[slot].0 {
                    numbers[slot] -= 1;
                    left -= 1;
                }
            }
        }
    }
    numbers.into_iter().map(|number| (number, number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::{ABSENT, project};

    #[test]
    fn slots_are_numbered_through() {
        let slots = Slots::new(&project(&[("A", &[1, 1]), ("B", &[1])]));
        assert_eq!(slots.len(), 5);
        assert_eq!([slots.of(0, 0), slots.of(0, 1), slots.of(0, ABSENT)], [0, 1, 2]);
        assert_eq!([slots.of(1, 0), slots.of(1, ABSENT)], [3, 4]);
        assert_eq!(slots.shown(&[1, ABSENT]).collect::<Vec<_>>(), [1, 4]);
    }

    #[test]
    fn what_is_left_goes_to_the_largest_remainders() {
        let slots = Slots::new(&project(&[("A", &[1, 1, 1])]));
        let free = [(0, u32::MAX); 4];
        let whole = |expected: &[f64], must: &[Range], count| -> Vec<u32> {
            let ranges = nearest_whole(&slots, 1, expected, must, count);
            ranges.iter().map(|range| range.0).collect()
        };
        assert_eq!(whole(&[3.3, 3.4, 3.3, 0.0], &free, 10), [3, 4, 3, 0]);
        assert_eq!(whole(&[3.5, 3.5, 3.0, 0.0], &free, 10), [4, 3, 3, 0], "the first of equal ones");
        assert_eq!(whole(&[0.6, 0.6, 0.8, 0.0], &free, 2), [1, 0, 1, 0]);
        let must = [(0, u32::MAX), (5, 5), (0, u32::MAX), (0, u32::MAX)];
        assert_eq!(whole(&[2.5, 5.0, 2.5, 0.0], &must, 10), [3, 5, 2, 0]);
    }

    #[test]
    fn sums_that_conflict_are_told() {
        let mut p = project(&[("A", &[1, 1]), ("B", &[1, 1])]);
        let text = "[traits.\"A/A 0\"]\ncount = 6\n[traits.\"A/A 1\"]\nmin = 5\n";
        assert!(p.add_wishes(text).is_empty());
        let slots = Slots::new(&p);
        let error = ranges(&p, &slots, 10).unwrap_err().to_string();
        let want = "the counts of layer \"A\" add up to 11 of 10 items: \"A/A 0\" 6 (line 1), \"A/A 1\" at least 5 (line 3)";
        assert!(error.starts_with(want), "{error}");
        assert_eq!(ranges(&p, &slots, 11).unwrap()[..3], [(6, 6), (5, u32::MAX), (0, u32::MAX)]);
        let text = "[traits.\"A/A 0\"]\ncount = 6\n[traits.\"A/A 1\"]\nmax = 3\n";
        assert!(p.add_wishes(text).is_empty());
        let error = ranges(&p, &slots, 10).unwrap_err().to_string();
        let want = "the counts of layer \"A\" allow at most 9 of 10 items: \"A/A 0\" 6 (line 1), \"A/A 1\" at most 3 (line 3)";
        assert!(error.starts_with(want), "{error}");
        p.layers[0].chance = 999_999;
        assert!(ranges(&p, &slots, 10).is_ok(), "the others show none");
    }
}

//! The positions of one-of-ones among the drawn items.
//!
//! The item count of a run includes its one-of-ones. The remaining items are drawn exactly as they would be without
//! one-of-ones, so a one-of-one takes up a position and changes nothing else. A one-of-one with an edition is placed at that
//! edition. Each of the others gets a position drawn from those that are left, from a random stream of its own.

use crate::plan::Plan;
use crate::project::{ABSENT, Project, quoted};
use crate::selection::draw::RandomStream;
use crate::selection::error::SelectionError;

/// What the words that draw places are for.
const PURPOSE: &[u8; 24] = b"traitpress places of one";

/// How many of `count` items, the first of edition `start`, are drawn: all but the one-of-ones.
///
/// # Errors
/// If there are fewer items than ones, or a one has an edition that is none of theirs.
pub fn drawn(project: &Project, start: u32, count: u32) -> Result<u32, SelectionError> {
    let ones = u32::try_from(project.ones.len()).unwrap_or(u32::MAX);
    let Some(drawn) = count.checked_sub(ones) else {
        return Err(SelectionError::FewerThanOnes { count, ones });
    };
    let last = u64::from(start) + u64::from(count);
    for one in &project.ones {
        if let Some(edition) = one.edition
            && !(u64::from(start)..last).contains(&edition.into())
        {
            let (one, last) = (quoted(&one.name), last - 1);
            return Err(SelectionError::OneBeyond { one, edition, start, last });
        }
    }
    Ok(drawn)
}

/// Says of an error about the drawn items that its numbers are theirs.
pub(crate) fn beside(project: &Project) -> impl Fn(SelectionError) -> SelectionError {
    let ones = project.ones.len();
    move |error| match error {
        // They are about no number, or say how many items are drawn.
        SelectionError::Conflict { .. } | SelectionError::ConflictOfAmounts { .. } => error,
        _ if ones == 0 => error,
        _ => SelectionError::BesideOnes { ones, source: Box::new(error) },
    }
}

/// Puts the ones of a project, whose editions [`drawn`] has looked at, between the items of a drawn plan.
pub(crate) fn place(project: &Project, plan: Plan, seed: u64) -> Plan {
    if project.ones.is_empty() {
        return plan;
    }
    let count = plan.len() + project.ones.len();
    let mut at: Vec<Option<u32>> = vec![None; count];
    for (number, one) in (0..).zip(&project.ones) {
        if let Some(edition) = one.edition {
            at[(edition - plan.start) as usize] = Some(number);
        }
    }
    let mut free: Vec<usize> = (0..count).filter(|&index| at[index].is_none()).collect();
    let mut words = RandomStream::new(seed, PURPOSE);
    for (number, _) in (0..).zip(&project.ones).filter(|(_, one)| one.edition.is_none()) {
        let place = words.below(free.len() as u64) as usize;
        at[free.swap_remove(place)] = Some(number);
    }
    let mut drawn = plan.rows.chunks(plan.layers.max(1));
    let mut rows = Vec::with_capacity(count * plan.layers);
    let mut ones = Vec::with_capacity(project.ones.len());
    let mut groups = plan.groups.as_ref().map(|groups| groups.iter().copied());
    let mut with_ones = Vec::new();
    for (index, one) in (0..).zip(at) {
        match one {
            Some(number) => {
                rows.resize(rows.len() + plan.layers, ABSENT);
                with_ones.extend(groups.as_ref().map(|_| ABSENT));
                ones.push((index, number));
            }
            None => {
                rows.extend_from_slice(drawn.next().expect("every place without a one has an item"));
                with_ones.extend(groups.as_mut().and_then(Iterator::next));
            }
        }
    }
    let groups = groups.map(|_| with_ones);
    Plan { rows, ones, groups, ..plan }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::{ones, project};
    use crate::selection::testing::choose;

    /// 600 items, and ones with these editions.
    fn with_ones(editions: &[Option<u32>]) -> Project {
        let mut project = project(&[("A", &[1; 30]), ("B", &[1; 20])]);
        project.ones = ones(editions);
        project
    }

    fn places(plan: &Plan) -> Vec<(u32, u32)> {
        plan.ones.iter().map(|&(index, number)| (plan.edition(index as usize), number)).collect()
    }

    #[test]
    fn the_places_of_ones_are_pinned() {
        let project = with_ones(&[None, Some(107), None, None, Some(100)]);
        let plan = choose(&project, 42, 100, 50).unwrap();
        assert_eq!(places(&plan), PINNED, "a change here moves the ones of everyone's collections");
    }

    const PINNED: [(u32, u32); 5] = [(100, 4), (107, 1), (128, 2), (141, 0), (147, 3)];

    #[test]
    fn the_other_items_are_those_of_a_project_without_ones_in_the_same_order() {
        let without = choose(&with_ones(&[]), 7, 1, 45).unwrap();
        for editions in [&[None; 5][..], &[Some(1), Some(50), None, Some(2), Some(49)]] {
            let project = with_ones(editions);
            let plan = choose(&project, 7, 1, 50).unwrap();
            assert_eq!((plan.len(), plan.algorithm, plan.seed), (50, without.algorithm, Some(7)));
            let drawn: Vec<u16> = (0..50)
                .filter(|&index| plan.one(index).is_none())
                .flat_map(|index| plan.traits(index).to_vec())
                .collect();
            assert_eq!(drawn, without.rows);
            let mut numbers: Vec<u32> = plan.ones.iter().map(|(_, number)| *number).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, [0, 1, 2, 3, 4], "each once");
            for (index, number) in plan.ones.iter().map(|&(index, number)| (index as usize, number as usize))
            {
                assert_eq!(plan.one(index), Some(number));
                assert!(plan.traits(index).iter().all(|&choice| choice == ABSENT));
                let asked = project.ones[number].edition;
                assert!(asked.is_none_or(|edition| edition == plan.edition(index)));
            }
        }
    }

    #[test]
    fn places_differ_from_seed_to_seed_and_every_place_is_reached() {
        let project = with_ones(&[None, Some(3)]);
        let mut reached = [0u32; 10];
        for seed in 0..400 {
            let plan = choose(&project, seed, 1, 10).unwrap();
            let [(index, 0)] =
                plan.ones.iter().filter(|(_, number)| *number == 0).copied().collect::<Vec<_>>()[..]
            else {
                panic!("{:?}", plan.ones);
            };
            reached[index as usize] += 1;
        }
        assert_eq!(reached[2], 0, "that is taken");
        let others = reached.iter().enumerate().filter(|(index, _)| *index != 2);
        assert!(others.clone().all(|(_, &times)| (20..75).contains(&times)), "{reached:?}");
    }

    #[test]
    fn a_collection_of_nothing_but_ones_is_one_too() {
        let plan = choose(&with_ones(&[None, Some(1), None]), 5, 0, 3).unwrap();
        assert_eq!((plan.len(), plan.ones.len(), plan.one(1)), (3, 3, Some(1)));
    }

    #[test]
    fn what_leaves_no_place_for_ones_is_refused() {
        let error = choose(&with_ones(&[None; 4]), 0, 1, 3).unwrap_err();
        assert_eq!(error, SelectionError::FewerThanOnes { count: 3, ones: 4 });
        for edition in [9, 20] {
            let error = choose(&with_ones(&[Some(edition)]), 0, 10, 10).unwrap_err().to_string();
            let told = format!("\"One 0\" has edition {edition}, outside 10 to 19");
            assert!(error.contains(&told), "{error}");
        }
        assert!(choose(&with_ones(&[Some(10), Some(19)]), 0, 10, 10).is_ok());
        let error = choose(&with_ones(&[None, None]), 0, 1, 603).unwrap_err().to_string();
        let all = "603 items are requested (601 besides the 2 one-of-ones), but only 600 different";
        assert!(error.starts_with(all), "{error}");
        let note = "; lower the count to at most 602 or add traits";
        assert!(error.ends_with(note), "{error}");
        assert!(choose(&with_ones(&[None, None]), 0, 1, 602).is_ok());
    }
}

//! The look-ahead against reading the whole plan at every step.

use std::num::NonZeroUsize;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::engine::predict::trait_ids::TraitIds;
use crate::plan::Plan;
use crate::project::{ABSENT, Project, project};

fn plan(layers: usize, rows: Vec<u16>) -> Plan {
    Plan::plain(rows, layers)
}

fn size(window: usize) -> NonZeroUsize {
    NonZeroUsize::new(window).unwrap()
}

/// Each trait and the number of items to its next use, the nearest first, by looking at every item of the window.
fn restated(project: &Project, plan: &Plan, position: usize, window: usize) -> Vec<(TraitId, u32)> {
    let ids = TraitIds::new(project);
    let mut found: Vec<(TraitId, u32)> = Vec::new();
    for index in position..plan.len().min(position + window) {
        for id in ids.of(plan.traits(index)) {
            if !found.iter().any(|(other, _)| *other == id) {
                found.push((id, (index - position + 1) as u32));
            }
        }
    }
    found
}

fn upcoming(model: &LookAhead<&Plan>) -> Vec<(TraitId, u32)> {
    model.upcoming().map(|(id, distance)| (id, distance.get())).collect()
}

#[test]
fn the_next_use_is_exact_in_the_window_and_unknown_beyond() {
    let project = project(&[("A", &[1; 3]), ("B", &[1; 2])]);
    // Traits 0, 1, 2 are A's, 3 and 4 B's.
    let plan = plan(2, vec![0, 0, 1, ABSENT, 0, 0, 2, 1]);
    let mut model = LookAhead::new(&project, &plan, size(3));
    let uses = |model: &LookAhead<&Plan>| {
        (0..6).map(|id| model.next_use(id).map_or(0, NonZeroU32::get)).collect::<Vec<_>>()
    };
    assert_eq!(uses(&model), [1, 2, 0, 1, 0, 0], "trait 2 is used in item 4, which is not in the window");
    assert_eq!(upcoming(&model), [(0, 1), (3, 1), (1, 2)]);
    model.observe(plan.traits(0));
    assert_eq!(uses(&model), [2, 1, 3, 2, 3, 0]);
    assert_eq!(upcoming(&model), [(1, 1), (0, 2), (3, 2), (2, 3), (4, 3)]);
    (1..4).for_each(|index| model.observe(plan.traits(index)));
    assert_eq!((uses(&model), model.position()), (vec![0; 6], 4));
    model.observe(plan.traits(0));
    assert_eq!((upcoming(&model), model.position()), (vec![], 4), "there is nothing after the end");
}

#[test]
fn predictions_carry_layer_index_and_distance_and_only_the_next_item_is_scored() {
    let project = project(&[("A", &[1; 3]), ("B", &[1; 2])]);
    let plan = Arc::new(plan(2, vec![0, 0, 1, 1, 2, 1]));
    let mut model: Box<dyn Predictor> = Box::new(LookAhead::new(&project, plan.clone(), size(2)));
    let found: Vec<_> =
        model.predict(&Partial::open(2)).iter().map(|p| (p.id, p.layer, p.index, p.expected)).collect();
    let ahead = |distance| Expected::In(NonZeroU32::new(distance).unwrap());
    assert_eq!(found, [(0, 0, 0, ahead(1)), (3, 1, 0, ahead(1)), (1, 0, 1, ahead(2)), (4, 1, 1, ahead(2))]);
    model.observe(plan.traits(0));
    let stats = model.stats();
    assert_eq!((stats.attempted, stats.right, stats.predicted_traits, stats.right_traits), (1, 1, 2, 2));
}

#[test]
fn an_item_that_is_skipped_is_not_scored() {
    let project = project(&[("A", &[1; 3])]);
    let plan = plan(1, vec![0, 1, 2, 0]);
    let mut model = LookAhead::new(&project, &plan, size(2));
    model.predict(&Partial::open(1));
    model.seek(0);
    assert_eq!(model.stats().attempted, 1, "nothing was skipped");
    model.seek(2);
    assert_eq!(model.stats(), PredictorStats::default());
    model.observe(plan.traits(2));
    assert_eq!(upcoming(&model), [(0, 1)]);
}

proptest! {
    #[test]
    fn every_step_and_jump_agrees_with_reading_the_plan_anew(
        rows in proptest::collection::vec([0u16..5, 0u16..4, 0u16..3], 1..50),
        window in 1usize..20,
        jumps in proptest::collection::vec(0usize..60, 0..6),
    ) {
        let project = project(&[("A", &[1; 4]), ("B", &[1; 3]), ("C", &[1; 3])]);
        let absent = |index: u16, traits: u16| if index == traits { ABSENT } else { index };
        let plan = plan(3, rows.iter().flat_map(|&[a, b, c]| [absent(a, 4), absent(b, 3), c]).collect());
        let mut model = LookAhead::new(&project, &plan, size(window));
        let check = |model: &LookAhead<&Plan>| {
            let expected = restated(&project, &plan, model.position(), window);
            prop_assert_eq!(upcoming(model), expected.clone());
            for id in 0..12 {
                let found = expected.iter().find(|(other, _)| *other == id).map(|&(_, distance)| distance);
                prop_assert_eq!(model.next_use(id).map(NonZeroU32::get), found);
            }
            Ok(())
        };
        for index in 0..plan.len() {
            check(&model)?;
            model.observe(plan.traits(index));
        }
        check(&model)?;
        for jump in jumps {
            model.seek(jump);
            prop_assert_eq!(model.position(), jump.min(plan.len()));
            check(&model)?;
            if jump % 2 == 0 && jump < plan.len() {
                model.observe(plan.traits(jump));
                check(&model)?;
            }
        }
    }
}

#[test]
fn ones_go_by_without_a_prediction_and_the_model_stays_in_step() {
    let mut project = project(&[("A", &[1; 9]), ("B", &[1; 9])]);
    project.ones = crate::project::ones(&[None, Some(1), Some(2), None, Some(40)]);
    let plan = crate::selection::testing::choose(&project, 4, 1, 40).unwrap();
    let rate = hit_rate(&project, &plan, &mut LookAhead::new(&project, &plan, size(1)));
    assert!(rate.needed > 30 && rate.predicted == rate.needed, "{rate:?}");
    let mut history = History::new(&project);
    hit_rate(&project, &plan, &mut history);
    assert_eq!(history.history_len(), 35, "ones are not remembered");
}

//! The models side by side.

use proptest::prelude::*;

use super::*;
use crate::plan::Plan;
use crate::project::{Project, project};
use crate::selection::testing::choose;

/// Eight layers of twelve traits, about what a collection has.
fn usual() -> Project {
    const NAMES: [&str; 8] = ["Ground", "Body", "Skin", "Mouth", "Nose", "Eyes", "Hair", "Hat"];
    let mut project = project(&NAMES.map(|name| (name, &[8, 5, 5, 3, 3, 2, 2, 1, 1, 1, 1, 1][..])));
    project.layers[7].chance = 600_000;
    project
}

fn rates(project: &Project, plan: &Plan) -> [f64; 3] {
    compare(project, plan).each_ref().map(HitRate::rate)
}

#[test]
fn look_ahead_beats_history_and_history_needs_a_pattern() {
    let project = usual();
    println!("share of the needed traits that were predicted   none  history  look-ahead");
    for seed in 0..5 {
        for (name, plan, patterned) in [
            ("sessions of a service", sessions(&project, seed, 1000), true),
            ("a collection drawn by weight", choose(&project, seed, 1, 1000).unwrap(), false),
        ] {
            let [none, history, look_ahead] = rates(&project, &plan);
            println!("{name:40} {seed:5} {none:9.3} {history:8.3} {look_ahead:11.3}");
            assert_eq!((none, look_ahead), (0.0, 1.0), "{name}");
            assert!(history < look_ahead, "{name}");
            assert_eq!(history > 0.2, patterned, "{name}: {history}");
            assert_eq!(history < 0.02, !patterned, "{name}: {history}");
        }
    }
}

#[test]
fn what_visitors_do_is_learnt_better_than_it_is_counted() {
    let project = usual();
    println!("share of the needed traits that were predicted   history  learned");
    let mut sums = [0.0; 2];
    for (what, name) in Visits::ALL {
        let plan = visits(&project, 5, 600, what);
        assert_eq!(plan, visits(&project, 5, 600, what));
        let [history, learned] = [
            hit_rate(&project, &plan, &mut History::new(&project)).rate(),
            hit_rate(&project, &plan, &mut Learned::new(&project)).rate(),
        ];
        println!("{name:46} {history:9.3} {learned:8.3}");
        sums[0] += history;
        sums[1] += learned;
    }
    let plan = sessions(&project, 5, 600);
    let history = hit_rate(&project, &plan, &mut History::new(&project)).rate();
    let learned = hit_rate(&project, &plan, &mut Learned::new(&project)).rate();
    println!("{:46} {history:9.3} {learned:8.3}", "four avatars, one layer drawn again");
    assert!(sums[1] > sums[0] + 0.5, "{sums:?}");
}

#[test]
fn a_rate_counts_what_the_item_before_did_not_show() {
    let project = project(&[("A", &[1; 2]), ("B", &[1; 2])]);
    let rows = vec![0, 0, 0, 1, 0, 1, 1, 0];
    let plan = Plan::plain(rows, 2);
    let [none, history, look_ahead] = compare(&project, &plan);
    assert_eq!([none.needed, history.needed, look_ahead.needed], [5; 3]);
    assert_eq!([none.predicted, history.predicted, look_ahead.predicted], [0, 0, 5]);
    assert_eq!([none.model, history.model, look_ahead.model], ["none", "history", "look-ahead"]);
    assert_eq!((look_ahead.stats.attempted, look_ahead.stats.right_traits), (4, 8));
    assert_eq!(none.stats, PredictorStats::default());
    let empty = Plan { rows: Vec::new(), ..plan };
    assert_eq!(rates(&project, &empty), [0.0; 3]);
}

#[test]
fn sessions_repeat_themselves_by_seed_and_fit_the_project() {
    let project = usual();
    let plan = sessions(&project, 3, 200);
    assert_eq!(plan, sessions(&project, 3, 200));
    assert_ne!(plan, sessions(&project, 4, 200));
    assert_eq!(plan.len(), 200);
    (0..200).for_each(|index| crate::rules::check_row(&project, plan.traits(index)).unwrap());
    assert!(sessions(&project, 3, 0).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn look_ahead_beats_history_on_any_plan(rows in proptest::collection::vec([0u16..2, 0u16..3], 1..120)) {
        let project = project(&[("A", &[1; 2]), ("B", &[1; 3])]);
        let rows = rows.concat();
        let plan = Plan::plain(rows, 2);
        let [none, history, look_ahead] = rates(&project, &plan);
        prop_assert_eq!((none, look_ahead), (0.0, 1.0));
        prop_assert!(history < 1.0);
    }
}

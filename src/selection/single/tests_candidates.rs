//! Candidates against all items one after the other.

use proptest::prelude::*;

use crate::project::{ABSENT, cases};
use crate::selection::single::candidates::Candidate;
use crate::selection::single::items::{Items, Limits};
use crate::selection::single::request::ItemRequest;
use crate::selection::single::tests::{Law, grouped, ruled, within};
use crate::selection::tests_nested::{by_trying, configuration};

fn shows(law: &Law, layer: usize, choice: u16) -> f64 {
    law.iter().filter(|(row, _)| row[layer] == choice).map(|(_, chance)| chance).sum()
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn candidates_are_what_some_item_shows(
        project in configuration(),
        bits in prop::collection::vec(prop::option::weighted(0.4, 0u16..4), 4),
    ) {
        let law = by_trying(&project);
        let Ok(items) = Items::new(&project) else { return Ok(()) };
        let choice = |layer: usize, choice: u16| {
            let traits = project.layers[layer].traits.len() as u16;
            vec![if choice < traits { choice } else { ABSENT }]
        };
        let limits: Limits = (0..project.layers.len())
            .map(|layer| bits[layer % 4].map(|bits| choice(layer, bits)))
            .collect();
        let (left, _) = within(&law, &limits);
        let request = ItemRequest { limits: limits.clone(), ..items.request(&project) };
        let candidates = request.candidates();
        if left.is_empty() {
            return Ok(());
        }
        for layer in candidates.unwrap() {
            let mut lifted = limits.clone();
            lifted[layer.layer] = None;
            let (left, _) = within(&law, &lifted);
            for candidate in layer.choices {
                let choice = candidate.trait_number.map_or(ABSENT, |number| number as u16);
                let chance = shows(&left, layer.layer, choice);
                prop_assert!((candidate.chance - chance).abs() < 1e-9, "{} {chance}", candidate.chance);
                let settings = &project.layers[layer.layer];
                let is_drawn = choice == ABSENT || settings.traits[usize::from(choice)].weight > 0;
                if is_drawn {
                    prop_assert_eq!(candidate.is_possible(), chance > 0.0);
                }
            }
        }
    }
}

#[test]
fn each_choice_that_cannot_be_has_the_rule_that_forbids_it() {
    let project = ruled();
    let items = Items::new(&project).unwrap();
    let request = items.request(&project).with("Body", "Body 0").unwrap().with("Back", "Back 1").unwrap();
    let candidates = request.candidates().unwrap();
    let hat = &candidates[3].choices;
    assert_eq!(hat.len(), 2, "it is never absent");
    assert!(hat[0].is_possible() && hat[0].chance == 1.0);
    assert_eq!(hat[1].forbidden_by, ["\"3/1\" forbids \"1/0\" (rule 1, line 10)"]);
    // Body 0 leaves Hat 0, and that beside Back 1 leaves no Eyes 2.
    let eyes = &candidates[2].choices[2];
    assert_eq!(eyes.forbidden_by.len(), 2, "{eyes:?}");
    // What is chosen already shows what could be there instead.
    assert!(candidates[1].choices.iter().all(Candidate::is_possible));
    assert!((candidates[1].choices.iter().map(|choice| choice.chance).sum::<f64>() - 1.0).abs() < 1e-12);
    let impossible = items.request(&project).with("Body", "Body 0").unwrap().with("Hat", "Hat 1").unwrap();
    assert!(impossible.candidates().is_err());
}

#[test]
fn candidates_of_groups_and_of_traits_of_weight_0() {
    let mut project = grouped();
    project.layers[2].traits[2].weight = 0;
    let items = Items::new(&project).unwrap();
    let candidates = items.request(&project).with("Fur", "Fur 1").unwrap().candidates().unwrap();
    assert_eq!(candidates[2].choices[0].forbidden_by, ["group \"Cats\" has no layer \"Scales\""]);
    assert!(candidates[2].choices[3].chance == 1.0, "no scales beside fur");
    let free = items.request(&project).candidates().unwrap();
    assert!((free[1].choices[0].chance - 0.25).abs() < 1e-12, "a third of three quarters");
    assert!(free[2].choices[2].chance == 0.0 && free[2].choices[2].is_possible());
    let hat = items.request(&project).with("Hat", "Hat 1").unwrap().candidates().unwrap();
    assert!(!hat[2].choices[0].is_possible());
}

//! Projects without pictures, for tests.

use crate::pixel::Blend;
use crate::project::model::{Layer, MILLION, Project, Trait};
use crate::project::ones::One;

/// How many random configurations a test looks at: so many times `TRAITPRESS_TEST_CASES` percent, or these.
pub(crate) fn cases(cases: u32) -> proptest::test_runner::Config {
    let percent = std::env::var("TRAITPRESS_TEST_CASES").ok().and_then(|percent| percent.parse().ok());
    proptest::test_runner::Config::with_cases(cases * percent.unwrap_or(100u32) / 100)
}

/// Ones with these editions, named `One 0`, `One 1` and so on.
pub(crate) fn ones(editions: &[Option<u32>]) -> Vec<One> {
    let one = |(number, edition): (usize, &Option<u32>)| One {
        name: format!("One {number}"),
        path: format!("ones/{number}.png").into(),
        edition: *edition,
        attributes: Vec::new(),
    };
    editions.iter().enumerate().map(one).collect()
}

/// A project of layers, each with its traits' weights; traits are named `Layer 0`, `Layer 1` and so on.
pub(crate) fn project(layers: &[(&str, &[u64])]) -> Project {
    let layers = layers.iter().map(|&(name, weights)| Layer {
        name: name.to_owned(),
        folder: name.into(),
        chance: MILLION as u32,
        opacity: 255,
        blend: Blend::Normal,
        unique: true,
        offset: [0, 0],
        traits: (weights.iter().enumerate())
            .map(|(index, weight)| {
                let (trait_name, path) = (format!("{name} {index}"), format!("{name}/{index}.png"));
                Trait::of_file(trait_name, path.into(), weight * MILLION)
            })
            .collect(),
        none: None,
        absent_names: Vec::new(),
        parent: None,
        is_apart: false,
        clip_to: None,
        mask_for: Vec::new(),
    });
    Project { name: "Test".into(), ..Project::bare("/nowhere".into(), layers.collect()) }
}

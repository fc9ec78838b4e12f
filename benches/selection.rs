//! Choosing the items of large collections: what is bounded, with met or missed.
//!
//! `cargo bench --bench selection` runs all of it; as a test, each case is made small.

use std::collections::HashSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Instant;

use traitpress::plan::Plan;
use traitpress::project::Project;
use traitpress::selection::{Choose, survey};

/// A case: its project's layers, traits a layer and configuration, how many items, and seconds at most.
struct Case {
    name: &'static str,
    layers: usize,
    traits: usize,
    configuration: String,
    count: u32,
    seconds: f64,
}

/// Numbers that look random and are the same everywhere (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

/// Rules that a trait of one layer forbids or requires traits of another, and sets of unique layers.
fn configuration(layers: usize, traits: usize, rules: usize, sets: &[&[usize]]) -> String {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let mut text = String::new();
    for rule in 0..rules {
        let a = numbers.below(layers);
        let b = (a + 1 + numbers.below(layers - 1)) % layers;
        let [x, y, z] = [(); 3].map(|()| numbers.below(traits));
        let _ = if rule % 4 == 3 {
            writeln!(text, "[[rules]]\nwhen = \"L{a}/T{x}\"\nrequire = [\"L{b}/T{y}\", \"L{b}/T{z}\"]")
        } else {
            writeln!(text, "[[rules]]\nforbid = [\"L{a}/T{x}\", \"L{b}/T{y}\"]")
        };
    }
    for set in sets {
        let names: Vec<String> = set.iter().map(|layer| format!("\"L{layer}\"")).collect();
        let _ = writeln!(text, "[[unique]]\nlayers = [{}]", names.join(", "));
    }
    text
}

/// Twenty numbers of items: three rare ones, and others that are about what weights alone would give.
fn amounts(count: u32) -> String {
    let mut text = String::new();
    for number in 0..20 {
        let (layer, index) = (number % 8, number * 5 % 12);
        let items = match number {
            0 => 1,
            1 => count / 1000,
            2 => count / 100,
            _ => count / 12 - count / 1000 * number,
        };
        let _ = writeln!(text, "[traits.\"L{layer}/T{index}\"]\ncount = {items}");
    }
    text
}

fn cases(whole: bool) -> Vec<Case> {
    let size = |count: u32| if whole { count } else { count.min(2000) };
    vec![
        Case {
            name: "50 x 200 traits, all 10,000 of a strict pair",
            layers: 2,
            traits: 0,
            configuration: "[[unique]]\nlayers = [\"L0\", \"L1\"]\n".to_owned(),
            count: 10_000,
            seconds: 1.0,
        },
        Case {
            name: "8 layers x 12 traits, 40 rules, 3 unique sets, 10,000 items",
            layers: 8,
            traits: 12,
            configuration: configuration(8, 12, 40, &[&[0, 1, 2, 3], &[2, 3, 4, 5], &[4, 5, 6, 7]]),
            count: size(10_000),
            seconds: 2.0,
        },
        Case {
            name: "the same with 20 exact amounts",
            layers: 8,
            traits: 12,
            configuration: configuration(8, 12, 40, &[&[0, 1, 2, 3], &[2, 3, 4, 5], &[4, 5, 6, 7]])
                + &amounts(size(10_000)),
            count: size(10_000),
            seconds: 2.0,
        },
        Case {
            name: "8 layers x 12 traits, 40 rules, 20 exact amounts, exact rarity, 10,000 items",
            layers: 8,
            traits: 12,
            configuration: "rarity = \"exact\"\n".to_owned()
                + &configuration(8, 12, 40, &[])
                + &amounts(size(10_000)),
            count: size(10_000),
            seconds: 2.0,
        },
        Case {
            name: "10 layers x 30 traits, 20 rules, 1,000,000 items",
            layers: 10,
            traits: 30,
            configuration: configuration(10, 30, 20, &[]),
            count: size(1_000_000),
            seconds: 20.0,
        },
    ]
}

/// A project of empty pictures; choosing does not look into them.
fn project(root: &Path, case: &Case) -> Project {
    for layer in 0..case.layers {
        let folder = root.join(format!("layers/L{layer}"));
        fs::create_dir_all(&folder).expect("a temporary folder can be written");
        let traits = if case.traits > 0 { case.traits } else { [50, 200][layer] };
        for number in 0..traits {
            fs::write(folder.join(format!("T{number}#{}.png", 1 + number % 7)), b"-")
                .expect("a temporary file can be written");
        }
    }
    fs::write(root.join("collection.toml"), &case.configuration).expect("a temporary file can be written");
    Project::open(root).expect("the project is right")
}

/// Whether every item differs from the others in each unique set.
fn is_right(plan: &Plan, project: &Project) -> bool {
    project.unique_sets.iter().all(|set| {
        let made: HashSet<Vec<Option<usize>>> = (0..plan.len())
            .map(|index| set.iter().map(|&layer| plan.item(index).trait_index(layer)).collect())
            .collect();
        made.len() == plan.len()
    })
}

fn main() {
    let whole = std::env::args().any(|argument| argument == "--bench");
    for case in cases(whole) {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let project = project(folder.path(), &case);
        let start = Instant::now();
        let looked = survey(&project, case.count).expect("items are possible");
        let surveyed = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let (plan, effort) = Choose::new(case.count)
            .with_seed(1)
            .with_start(1)
            .counted_from(&project)
            .expect("there are as many items");
        let chosen = start.elapsed().as_secs_f64();
        assert!(is_right(&plan, &project), "{}", case.name);
        let met = if chosen <= case.seconds { "met   " } else { "MISSED" };
        println!(
            "{met}  {}: {chosen:.2} s (<= {} s); surveyed in {surveyed:.2} s, {} valid",
            case.name, case.seconds, looked.valid
        );
        println!(
            "        {} draws, {} checks, {} backtracks, {} early terminations, {} exchanges, {} repairs",
            effort.draws,
            effort.checks,
            effort.backtracks,
            effort.early_ends,
            effort.exchanges,
            effort.repairs
        );
    }
}

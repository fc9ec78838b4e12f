//! Memory: budgets and clean-ups that change no byte, and a limit that the run lives within.

use crate::util::Dir;

/// Runs with and without what is in `arguments`; the folders must be the same. Gives the statistics.
fn same_bytes(dir: &Dir, out: &str, arguments: &str) -> serde_json::Value {
    if !dir.exists("out") {
        dir.run(["generate", "p", "--backend", "cpu"]).ok();
    }
    let stats = format!("{out}.json");
    let words = ["generate", "p", "--backend", "cpu", "--out", out, "--stats", &stats];
    dir.run(words.into_iter().chain(arguments.split(' '))).ok();
    assert!(dir.files("out") == dir.files(out), "{arguments}");
    dir.json(&stats)
}

#[test]
fn tight_budgets_and_constant_clean_ups_change_no_byte() {
    let dir = Dir::with_busy_project();
    let stats = same_bytes(&dir, "a", "--trait-memory 0 --cache-memory 0 --cleanup-every 1 --batch 1");
    assert_eq!(stats["released"]["cleanups"], 40);
    assert!(stats["traits"]["reloads"].as_u64().unwrap() > 0 && stats["traits"]["budget"] == 0);
    assert!(stats["evictions"].as_u64().unwrap() > 0);
    let stats =
        same_bytes(&dir, "b", "--trait-memory 200KB --cache-memory 300KB --cleanup-every 3 --batch 4");
    assert!(stats["traits"]["peak_bytes"].as_u64() < stats["traits"]["all_bytes"].as_u64());
    let stats = same_bytes(&dir, "c", "--trait-memory 1GB --cache-memory 1GB --batch 10");
    assert_eq!((&stats["traits"]["reloads"], &stats["evictions"]), (&0.into(), &0.into()));
    assert_eq!(stats["released"]["spans"], 0, "nothing is thrown away where there is room");
    assert!(stats["released"]["cleanups"].as_u64().unwrap() <= 1, "every 50 items if nothing is said");
    let quarters = stats["memory"]["quarters"].as_array().unwrap();
    assert!(
        quarters.len() == 4
            && (cfg!(not(target_os = "linux")) || quarters.iter().all(|n| n.as_u64() > Some(0)))
    );
}

/// The limit of the address space is one that every Unix has, and that needs no rights.
#[cfg(target_os = "linux")]
#[test]
fn under_a_limit_of_memory_batches_and_cache_shrink_and_the_bytes_are_the_same() {
    let dir = Dir::with_busy_project();
    dir.run(["generate", "p", "--backend", "cpu"]).ok();
    let all = dir.files("out");
    // The allocator reserves address space a thread; with one arena the limit is about what is used.
    let words = ["generate", "p", "--backend", "cpu", "--threads", "2", "--cache-memory", "1GB", "--force"];
    let words: Vec<&str> = words.into_iter().chain(["--out", "limited", "--stats", "s.json"]).collect();
    let mut shortages = Vec::new();
    // From plenty down to what cannot even be begun, in steps of a tenth.
    let mut limit = 1_000_000.0;
    let held = loop {
        let ran = dir.run_after(&format!("export MALLOC_ARENA_MAX=1; ulimit -v {limit:.0}"), &words);
        if !ran.succeeded() {
            break limit;
        }
        assert!(dir.files("limited") == all, "other bytes under {limit:.0} KB");
        shortages.push(dir.json("s.json")["released"]["shortages"].as_u64().unwrap());
        limit *= 0.9;
    };
    println!("shortages by limit, each a tenth lower: {shortages:?}; {held:.0} KB were too little");
    assert_eq!(shortages[0], 0, "a gigabyte is plenty");
    assert!(
        shortages.last() > Some(&0),
        "the lowest limit that it lived with was no shortage: {shortages:?}"
    );
}

#[test]
fn check_tells_what_a_run_will_take() {
    let dir = Dir::with_busy_project();
    let told = dir.run(["check", "p", "--count", "60"]).ok().told("expected peak memory for 60 items");
    for part in ["art", "spans", "buffers", "items", "program"] {
        assert!(told.contains(part), "{told}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn art_that_does_not_fit_the_memory_is_refused_by_name() {
    let dir = Dir::empty();
    for name in ["A", "B"] {
        dir.sized(format!("p/layers/Back/{name}.png"), [5000, 5000], crate::util::RED);
    }
    dir.write("p/collection.toml", "seed = 1\ncount = 2\n");
    // Enough to begin with, and not enough for a hundred megabytes of pixels.
    let ran = dir.run_after("ulimit -v 220000", &["check", "p"]);
    let problem: &[&str] = &["p/layers/Back/", "the picture needs 300 MB of memory, which is not available"];
    let found = ran.stderr().matches("which is not available").count();
    ran.refused(1, &[problem, problem][..found.clamp(1, 2)]);
    dir.run(["check", "p"]).ok();
}

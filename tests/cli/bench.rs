//! `bench`: what it prints and writes is right in itself, and it leaves nothing behind.

use std::fs;

use serde_json::Value;

use crate::util::{Dir, Ran, adapter, png_header};

/// Runs `bench` with a temporary folder of its own, which must be as empty afterwards as before.
fn bench<'d>(dir: &'d Dir, arguments: &str) -> Ran<'d> {
    fs::create_dir_all(dir.path("temp")).unwrap();
    let mut command = dir.command(["bench"].into_iter().chain(arguments.split_whitespace()));
    command.env("TMPDIR", dir.path("temp"));
    let ran = dir.run_command(command);
    assert_eq!(fs::read_dir(dir.path("temp")).unwrap().count(), 0, "something is left of {arguments:?}");
    ran
}

fn number(value: &Value, pointer: &str) -> f64 {
    value.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("{pointer} in {value:#}"))
}

fn row<'v>(document: &'v Value, name: &str, off: &str) -> &'v Value {
    let rows = document["rows"].as_array().unwrap();
    let found = rows.iter().find(|row| row["name"] == name && row["off"] == off);
    found.unwrap_or_else(|| panic!("no row {name}, {off} in {document:#}"))
}

#[test]
fn the_figures_are_right_in_themselves() {
    let dir = Dir::with_busy_project();
    let ran = bench(&dir, "p --count 12 --threads 2 --runs 2 --backends plain,cpu --json bench.json");
    let table = ran.ok().stdout();
    for title in [
        "decode",
        "upload",
        "select",
        "processor seconds",
        "tile",
        "composite",
        "readback",
        "compress",
        "join",
        "write",
        "items/s",
        "against plain",
        "size of a picture",
        "whole run",
        #[cfg(unix)]
        "against cp -r",
        "cpu, encode batches of",
        "join and write",
        "span cache",
        "textures",
        "whole process",
    ] {
        assert!(table.lines().any(|line| line.trim_start().starts_with(title)), "{title}:\n{table}");
    }
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    ran.says("plain's pictures have the same pixels (5 compared)");

    let document = dir.json("bench.json");
    assert_eq!(document["format"], "traitpress-bench/1");
    assert_eq!((&document["items"], &document["threads"]), (&12.into(), &2.into()));
    assert_eq!(document["seed"], 11, "the project's own");
    let names: Vec<_> = document["rows"].as_array().unwrap().iter().map(|row| &row["name"]).collect();
    assert_eq!(names, ["cpu", "plain"]);
    for name in ["cpu", "plain"] {
        let row = row(&document, name, "none");
        let runs = row["runs"].as_array().unwrap();
        assert_eq!(runs.len(), 2);
        let rates: Vec<f64> = runs.iter().map(|run| number(run, "/items_per_second")).collect();
        let median = number(row, "/items_per_second/median");
        assert!((median - (rates[0] + rates[1]) / 2.0).abs() < 1e-6 * median, "{row:#}");
        assert_eq!(number(row, "/items_per_second/least"), rates[0].min(rates[1]));
        assert_eq!(number(row, "/items_per_second/most"), rates[0].max(rates[1]));
        let plain = number(&document, "/rows/1/items_per_second/median");
        assert!((number(row, "/against_plain") - median / plain).abs() < 1e-6 * median, "{row:#}");
        for stage in ["tile", "upload", "composite", "readback", "compress", "join", "write"] {
            let seconds = number(row, &format!("/stages/{stage}"));
            let cpu_only = ["tile", "join"].contains(&stage);
            let there = !["upload", "readback"].contains(&stage) && (name == "cpu" || !cpu_only);
            assert_eq!(seconds > 0.0, there, "{stage} of {name}: {row:#}");
        }
        assert!(["decode", "select", "press"].iter().all(|s| number(row, &format!("/seconds/{s}")) > 0.0));
        let processor = ["press", "total"].map(|stage| number(row, &format!("/processor/{stage}/seconds")));
        assert!(0.0 < processor[0] && processor[0] < processor[1], "{row:#}");
        assert!(number(row, "/memory/process_peak") > number(row, "/memory/art"));
        assert!(number(row, "/bytes_per_item") > 100.0);
        let [whole, copy] = ["/whole_seconds", "/copy_seconds"].map(|pointer| number(row, pointer));
        assert!(whole > number(row, "/seconds/press") && copy > 0.0, "{row:#}");
        assert!(
            runs.iter().all(|run| whole > number(run, "/seconds/press")),
            "a process is more than its press"
        );
        assert!(number(row, "/against_copy") > 0.0);
    }
    let batches = document["encode_batches"].as_array().unwrap();
    assert!(batches.iter().map(|batch| &batch["encode_batch"]).eq([1, 3, 5, 10].iter()), "{batches:#?}");
    for batch in batches {
        let mut work: Vec<f64> = batch["runs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|run| (number(run, "/stages/join") + number(run, "/stages/write")) / 12.0)
            .collect();
        assert_eq!(work.len(), 2);
        work.sort_by(f64::total_cmp);
        let median = number(batch, "/seconds_per_item");
        assert!(work[0] <= median && median <= work[1] && median > 0.0, "{batch:#}");
    }
    assert_eq!(document["growth"], Value::Null, "nobody asked");
    assert_eq!(number(&document, "/rows/0/against_cpu"), 1.0);
}

#[test]
fn growth_makes_ten_times_the_items() {
    let dir = Dir::with_busy_project();
    let ran = bench(&dir, "p --count 12 --runs 1 --backends cpu --growth --json bench.json");
    let table = ran.ok().stdout();
    assert!(table.contains("cpu, growth"), "{table}");
    let growth = &dir.json("bench.json")["growth"];
    assert_eq!((&growth["one"]["items"], &growth["ten"]["items"]), (&12.into(), &120.into()));
    let ratio = number(growth, "/ten/seconds/press") / number(growth, "/one/seconds/press");
    assert!((number(growth, "/press_ratio") - ratio).abs() < 1e-6 * ratio, "{growth:#}");
    bench(&dir, "p --count 30 --growth --runs 1").refused(2, &[&["--growth", "300", "216", "--count"]]);
    bench(&dir, "p --growth --scenario large").exited(2);
}

#[test]
fn a_scenario_measures_every_switch() {
    let dir = Dir::with_busy_project();
    let ran = bench(&dir, "p --scenario repeat --count 20 --runs 1 --json bench.json");
    ran.ok().says("scenario repeat: 8 of the items are different").says("all runs made the same files");
    let document = dir.json("bench.json");
    assert_eq!((&document["scenario"], &document["different_items"]), (&"repeat".into(), &8.into()));
    assert_eq!(
        document["encode_batches"],
        Value::Array(Vec::new()),
        "switches are what a scenario asks about"
    );
    let all = row(&document, "cpu", "none");
    assert_eq!(all["worth"], Value::Null);
    for off in ["span-cache", "encode-batching", "pools", "one-at-a-time"] {
        let row = row(&document, "cpu", off);
        let ratio = number(all, "/items_per_second/median") / number(row, "/items_per_second/median");
        assert!((number(row, "/worth") - ratio).abs() < 1e-6 * ratio, "{row:#}");
    }
    assert_eq!(number(row(&document, "cpu", "one-at-a-time"), "/runs/0/pools/reuses"), 0.0);
    assert_eq!(number(row(&document, "cpu", "span-cache"), "/memory/span_cache_peak"), 0.0);
    let prefetch = row(&document, "cpu", "prefetch");
    assert_eq!((&prefetch["runs"], &prefetch["worth"]), (&Value::Array(Vec::new()), &Value::Null));
    ran.says("prefetch off has no effect on cpu");
}

#[test]
fn every_scenario_can_be_made_of_few_items() {
    let dir = Dir::with_project();
    for (name, items, different) in
        [("repeat", 100, 6), ("large", 6, 6), ("pattern", 100, 6), ("mixed", 18, 6)]
    {
        bench(&dir, &format!("p --scenario {name} --runs 1 --backends cpu --json bench.json")).ok();
        let document = dir.json("bench.json");
        assert_eq!(
            (&document["items"], &document["different_items"]),
            (&items.into(), &different.into()),
            "{name}"
        );
    }
    bench(&dir, "p --scenario pattern --runs 1 --count 3 --backends plain")
        .ok()
        .says("span cache off has no effect on plain");
}

#[test]
fn a_gpu_makes_the_same_files() {
    if adapter().is_none() {
        return;
    }
    let dir = Dir::with_busy_project();
    bench(&dir, "p --backends gpu --adapter abacus").exited(2).warns("abacus");
    let ran = bench(&dir, "p --count 12 --runs 1 --backends cpu,gpu,plain --json bench.json");
    ran.ok().says("all runs of cpu and gpu made the same files, byte for byte");
    let document = dir.json("bench.json");
    let gpu = row(&document, "gpu", "none");
    for pointer in
        ["/stages/upload", "/stages/readback", "/memory/textures_peak", "/against_cpu", "/against_plain"]
    {
        assert!(number(gpu, pointer) > 0.0, "{pointer}: {gpu:#}");
    }
    assert!(gpu["backend"].as_str().unwrap().starts_with("gpu: "), "{gpu:#}");
    ran.ok().says("gpu: composite on the GPU (").says("read back from the GPU").says("bound by");

    let all =
        "p --count 12 --runs 1 --backends cpu,gpu --gpu-stages composite,compress,join --json bench.json";
    // A program on the processor is slower than the processor.
    bench(&dir, all).ok().says("gpu: join on the GPU (as it was asked)").says("gpu brings nothing here");
    let document = dir.json("bench.json");
    let gpu = row(&document, "gpu", "none");
    for pointer in ["/stages/gpu", "/stages/gpu_compress", "/stages/gpu_join", "/read_back_bytes"] {
        assert!(number(gpu, pointer) > 0.0, "{pointer}: {gpu:#}");
    }
    assert!(gpu["bound_by"].is_string(), "{gpu:#}");

    // Too few textures for all traits, so that there is something to load ahead.
    bench(&dir, "p --count 12 --runs 1 --backends gpu --scenario large --gpu-memory 1MB --json bench.json")
        .ok();
    assert_eq!(dir.json("bench.json")["rows"].as_array().unwrap().len(), 6);
}

#[test]
fn without_a_project_there_is_one() {
    let dir = Dir::empty();
    bench(&dir, "--count 4 --runs 1 --backends cpu").ok().says("the sample project: 8 layers");
    assert!(!dir.exists("traitpress-demo"));
}

#[test]
fn a_plan_is_measured_as_it_is() {
    let dir = Dir::with_project();
    dir.run(["plan", "p", "--count", "5", "-o", "plan.json"]).ok();
    fs::create_dir(dir.path("pictures")).unwrap();
    bench(&dir, "p --plan plan.json --runs 1 --out pictures --json bench.json").ok().says("5 items");
    assert_eq!(dir.json("bench.json")["seed"], Value::Null);
    assert_eq!(fs::read_dir(dir.path("pictures")).unwrap().count(), 0);
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let dir = Dir::with_project();
    bench(&dir, "no-project").refused(2, &[&["no-project", "does not exist"]]);
    bench(&dir, "p --count 7").refused(1, &[&["7"]]);
    bench(&dir, "p --plan none.json").refused(1, &[&["none.json"]]);
    bench(&dir, "p --out nowhere").refused(2, &[&["nowhere", "--out"]]);
    bench(&dir, "p --out p/layers").refused(2, &[&["layers"]]);
    bench(&dir, "p --json nowhere/bench.json").refused(2, &[&["nowhere", "--json"]]);
    bench(&dir, "p --json p").refused(2, &[&["p: this is a folder", "--json"]]);
    for wrong in
        ["--runs 0", "--backends abacus", "--scenario none", "--plan a --seed 1", "--plan a --scenario mixed"]
    {
        bench(&dir, &format!("p {wrong}")).exited(2);
    }
    assert!(!dir.run(["--help"]).stdout().contains("bench-run"), "it is no command for people");
    assert_eq!(fs::read_dir(dir.path("p/layers")).unwrap().count(), 2, "nothing is left in the art");
}

#[test]
fn what_a_run_finds_wrong_is_told_once() {
    let dir = Dir::with_project();
    dir.write("p/layers/Hat/Torn.png", png_header(8, 8));
    let ran = bench(&dir, "p --count 4 --backends cpu");
    ran.exited(1).warns("cannot be decoded");
    assert_eq!(ran.stderr().matches("Torn.png").count(), 1);
}

//! What is told while a run goes on: events that follow their schema, lines, a bar, or nothing.

#[cfg(unix)]
use std::process::{Command, Stdio};
#[cfg(unix)]
use std::time::{Duration, Instant};

use serde_json::Value;

#[cfg(target_os = "linux")]
use crate::require::found;
use crate::util::{Dir, Ran};

/// The systems whose settings are printed before a run on the CPU, which needs no predictor.
const SETUP: [&str; 4] = ["backend ", "span cache ", "encoder ", "pools "];

/// The events of a run, each held to the schema and to times that never go back.
fn events(ran: &Ran<'_>) -> Vec<Value> {
    let schema = include_str!("../../docs/progress.schema.json");
    let schema = serde_json::from_str(schema).expect("the schema is JSON");
    jsonschema::meta::validate(&schema).expect("the schema is one");
    let schema = jsonschema::validator_for(&schema).expect("the schema can be used");
    let mut last = 0.0;
    let mut event = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line:?}: {e}"));
        schema.validate(&event).unwrap_or_else(|e| panic!("{line}: {e}"));
        let seconds = event["seconds"].as_f64().expect("a number");
        assert!(seconds >= last, "{line}: it was {last} before");
        last = seconds;
        event
    };
    ran.stderr().lines().map(&mut event).collect()
}

/// What kinds of events there were.
fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["event"].as_str().expect("a string")).collect()
}

fn generate<'a>(dir: &'a Dir, more: &str) -> Ran<'a> {
    let words = ["generate", "p", "--backend", "cpu", "-v"];
    dir.run(words.into_iter().chain(more.split_whitespace()))
}

#[test]
fn events_follow_the_schema_from_start_to_done() {
    let dir = Dir::with_busy_project();
    let ran = generate(&dir, "--progress json --progress-every 7 --stats s.json --provenance --threads 2");
    let events = events(ran.ok());
    assert_eq!(ran.stdout(), "", "programs read the events");
    let kinds = kinds(&events);
    assert_eq!(kinds.first(), Some(&"start"), "there is nothing to warn of");
    assert_eq!(kinds.last(), Some(&"done"));
    let progress: Vec<&Value> = events.iter().filter(|event| event["event"] == "progress").collect();
    let done: Vec<u64> = progress.iter().map(|event| event["done"].as_u64().unwrap()).collect();
    assert_eq!(done, [7, 14, 21, 28, 35], "of 40 items each multiple of 7, once");
    let start = events.iter().find(|event| event["event"] == "start").unwrap();
    assert_eq!((&start["total"], &start["seed"], &start["out"]), (&40.into(), &11.into(), &"out".into()));
    assert_eq!(start["layers"].as_array().unwrap().len(), 4);
    let setup = &start["setup"];
    assert_eq!(
        (&setup["backend"], &setup["threads"], &setup["encode_batch"]),
        (&"cpu".into(), &2.into(), &5.into())
    );
    let last = events.last().unwrap();
    let manifest = dir.json("out/manifest.json");
    assert_eq!(last["collection"], manifest["collection"]);
    assert_eq!(last["provenance"], manifest["provenance"]);
    assert_eq!((&last["done"], &last["total"]), (&40.into(), &40.into()));
    assert_eq!(last["stats"], dir.json("s.json"), "the statistics are those that --stats writes");
    let bytes: usize = dir.files("out/images").values().map(Vec::len).sum();
    assert_eq!(last["bytes"], bytes);
    // What was seen on the way fits what came out.
    for event in progress {
        assert!(event["bytes"].as_u64() <= last["bytes"].as_u64(), "{event}");
        let cache = &event["span_cache"];
        assert!(cache["misses"].as_u64() <= last["stats"]["spans_pressed"].as_u64(), "{event}");
        assert_eq!(cache["budget"], last["stats"]["span_cache"]["budget"], "{event}");
        assert!(event["memory"]["art"]["now"].as_u64() > Some(0), "{event}");
        assert!(cfg!(not(target_os = "linux")) || event["memory"]["process"]["now"].as_u64() > Some(1 << 20));
    }
}

#[test]
fn how_a_run_is_watched_changes_no_byte() {
    let dir = Dir::with_busy_project();
    generate(&dir, "--progress none").ok();
    let all = dir.files("out");
    for (out, more) in [("a", "json --progress-every 1"), ("b", "lines"), ("c", "bar"), ("d", "auto")] {
        let ran = generate(&dir, &format!("--out {out} --progress {more}"));
        ran.ok();
        assert!(dir.files(out) == all, "{more}");
        if out == "a" {
            let events = events(&ran);
            assert_eq!(kinds(&events).iter().filter(|kind| **kind == "progress").count(), 40);
        }
    }
}

#[test]
fn an_event_comes_every_25_items_if_nothing_is_said() {
    let dir = Dir::with_busy_project();
    let ran = generate(&dir, "--progress json --count 60 --encoder plain --cache-memory 0");
    let events = events(ran.ok());
    let done = events.iter().filter(|event| event["event"] == "progress").map(|event| event["done"].as_u64());
    assert_eq!(done.collect::<Vec<_>>(), [Some(25), Some(50)]);
    let progress = events.iter().find(|event| event["event"] == "progress").unwrap();
    let cache = &progress["span_cache"];
    assert_eq!(
        (&cache["share"], &cache["hit_rate"]),
        (&Value::Null, &Value::Null),
        "there is nothing to divide by"
    );
}

#[test]
fn warnings_notes_and_errors_are_events_too() {
    let dir = Dir::with_project();
    dir.write("p/layers/Back/notes.txt", "a warning");
    std::fs::remove_file(dir.path("p/collection.toml")).unwrap();
    let first = generate(&dir, "--progress json --count 3");
    let told = events(first.ok());
    assert_eq!(kinds(&told), ["warning", "note", "note", "start", "done"], "{told:?}");
    assert!(told[0]["message"].as_str().unwrap().contains("notes.txt"));
    let seed = told[3]["seed"].as_u64().unwrap();
    assert!(told[2]["message"].as_str().unwrap().contains(&format!("seed: {seed}")), "{told:?}");

    // A folder that is not free, a project that is not there, several broken pictures: exit code and events agree.
    let told = events(generate(&dir, "--progress json --count 3").exited(2));
    assert_eq!(
        (&told.last().unwrap()["event"], &told.last().unwrap()["exit_code"]),
        (&"error".into(), &2.into())
    );
    assert!(told.last().unwrap()["message"].as_str().unwrap().contains("--force"));
    let told = events(dir.run(["generate", "nowhere", "--progress", "json"]).exited(2));
    assert_eq!(kinds(&told), ["error"]);
    dir.write("p/layers/Back/Broken.png", "text");
    dir.write("p/layers/Hat/Torn.png", "text");
    let told = events(generate(&dir, "--progress json --count 3 --out other").exited(1));
    let errors: Vec<&Value> = told.iter().filter(|event| event["event"] == "error").collect();
    assert!(errors.len() == 2 && errors.iter().all(|error| error["exit_code"] == 1), "{told:?}");
}

#[cfg(unix)]
#[test]
fn an_error_midway_is_the_last_event() {
    let dir = Dir::with_busy_project();
    // Nothing larger than 20 blocks of 512 bytes can be written: pictures of noise cannot.
    let words = ["generate", "p", "--backend", "cpu", "--progress", "json"];
    let told = events(dir.run_after("trap '' XFSZ; ulimit -f 20", &words).exited(1));
    assert!(kinds(&told).contains(&"start"), "{told:?}");
    let last = told.last().unwrap();
    assert_eq!((&last["event"], &last["exit_code"]), (&"error".into(), &1.into()));
    assert!(last["message"].as_str().unwrap().contains("cannot write"), "{last}");
}

#[cfg(unix)]
#[test]
fn a_reader_of_events_that_goes_away_stops_nothing() {
    let dir = Dir::with_busy_project();
    let mut command = Command::new("bash");
    let script = "\"$0\" generate p --backend cpu --progress json --progress-every 1 2>&1 | head -n 2";
    command.args(["-c", script, env!("CARGO_BIN_EXE_traitpress")]).current_dir(dir.root());
    dir.run_command(command).ok().says("\"start\"");
    let begun = Instant::now();
    while !dir.exists("out/manifest.json") && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(dir.files("out/images").len(), 40);
}

#[test]
fn off_a_terminal_the_setup_and_lines_are_told_and_with_none_nothing() {
    let dir = Dir::with_busy_project();
    for (out, mode) in [("a", "auto"), ("b", "bar"), ("c", "lines")] {
        let ran = generate(&dir, &format!("--count 8 --out {out} --progress {mode}"));
        let stderr = ran.ok().stderr();
        let said: Vec<&str> = stderr.lines().collect();
        for (number, system) in SETUP.into_iter().enumerate() {
            assert!(said[number].starts_with(system), "{stderr}");
        }
        assert!(said[SETUP.len()..].iter().all(|line| line.contains("/8 items, ")), "{stderr}");
    }
    let ran = generate(&dir, "--count 8 --out d --progress none");
    assert_eq!(ran.ok().stderr(), "");
    ran.says("8 items").says("written to d");
    // Without -v there are neither settings nor figures, and the last of at most four lines names the next step.
    let ran = dir.run(["generate", "p", "--backend", "cpu", "--count", "8", "--out", "e", "--provenance"]);
    assert!(ran.ok().stderr().lines().all(|line| line.contains("/8 items, ")), "{}", ran.stderr());
    let (stdout, starts) = (
        ran.stdout(),
        ["8 items in ", "provenance: ", "collection: ", "written to e; next: traitpress sheet e"],
    );
    assert_eq!(stdout.lines().count(), starts.len(), "{stdout}");
    assert!(stdout.lines().zip(starts).all(|(line, start)| line.starts_with(start)), "{stdout}");
    generate(&dir, "--progress-every 5").refused(2, &[&["--progress-every", "--progress json"]]);
    generate(&dir, "--progress json --progress-every 0").exited(2);
    assert!(!dir.exists("out"));
}

/// A run is held for more than two seconds: whatever the machine's speed, a line is due when it goes on.
#[cfg(unix)]
#[test]
fn every_two_seconds_a_line_tells_how_far_the_run_is() {
    let dir = Dir::with_busy_project();
    let mut command = dir.command(["generate", "p", "--backend", "cpu", "--threads", "1", "--count", "210"]);
    command.args(["--progress", "lines"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().expect("start the program");
    let pid = child.id().to_string();
    let signal = |name: &str| Command::new("kill").args([name, &pid]).status().expect("run kill").success();
    let begun = Instant::now();
    while !dir.exists("out/images/1.png") && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(signal("-STOP"));
    std::thread::sleep(Duration::from_millis(2300));
    assert!(signal("-CONT"));
    let output = child.wait_with_output().expect("the program ends");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(output.status.success(), "{stderr}");
    let line =
        stderr.lines().find(|line| line.contains("/210 items, ")).unwrap_or_else(|| panic!("{stderr}"));
    for word in [" items/s, ", " left, ", " spans cached (", "% of ", "% hits"] {
        assert!(line.contains(word), "{word:?} is not in {line:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_a_bar_is_drawn_and_wiped() {
    let there = Command::new("script").arg("--version").output().is_ok();
    if !found(there, "script cannot be run", "bsdutils") {
        return;
    }
    let dir = Dir::with_busy_project();
    let mut command = Command::new("script");
    let program = env!("CARGO_BIN_EXE_traitpress");
    let words = "generate p --backend cpu --threads 1 --count 210 --progress bar -v";
    let begun = Instant::now();
    command.args(["-qefc", &format!("stty cols 120; '{program}' {words}"), "/dev/null"]);
    command.current_dir(dir.root()).env("TERM", "xterm").stdin(Stdio::null());
    let output = command.output().expect("run script");
    let took = begun.elapsed();
    let drawn = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{drawn}");
    assert!(drawn.contains("written to out") && drawn.contains("span cache  at most"), "{drawn}");
    let redraws = drawn.matches(" items/s  ").count();
    println!("{redraws} redraws in {took:?}");
    assert!(redraws as u128 <= took.as_millis() / 200 + 1, "{redraws} redraws in {took:?}: {drawn}");
    // A machine that is done within a fifth of a second draws none.
    if took > Duration::from_secs(3) {
        assert!(drawn.contains("/210  ") && drawn.contains(" left  spans "), "{drawn}");
    }
}

#[test]
fn the_summary_tells_of_each_system_what_the_statistics_say() {
    let dir = Dir::with_busy_project();
    let ran = generate(&dir, "--stats s.json --threads 2 --batch 10");
    let stats = dir.json("s.json");
    ran.ok();
    let number = |value: &Value| value.as_u64().expect("a number");
    let thousands = |value: u64| match value {
        0..1000 => value.to_string(),
        _ => format!("{},{:03}", value / 1000, value % 1000),
    };
    let cache = &stats["span_cache"];
    let (hits, misses) = (number(&cache["hits"]), number(&cache["misses"]));
    assert_eq!(hits + misses, number(&stats["spans"]["wanted"]));
    let told = ran.told("span cache");
    assert!(
        told.starts_with(&format!("{} hits, {} misses (hit rate ", thousands(hits), thousands(misses))),
        "{told}"
    );
    let rate = format!("{:.1}%", hits as f64 * 100.0 / (hits + misses) as f64);
    assert!(told.contains(&rate) && told.contains(" evictions"), "{told}");
    assert!(ran.told("encoder").starts_with("spans, 40 pictures in 8 batches, "), "{}", ran.told("encoder"));
    assert_eq!(ran.told("backend"), "cpu, 2 threads");
    assert!(ran.told("predictor").starts_with("not asked"), "{}", ran.told("predictor"));
    let pools = &stats["pools"];
    let want = ["allocations", "reuses"].map(|key| thousands(number(&pools[key])));
    let told = ran.told("pools");
    assert!(told.starts_with(&format!("{} allocations, {} reuses, at most ", want[0], want[1])), "{told}");
    let chosen =
        format!("{} draws, {} backtracks, ", stats["selection"]["draws"], stats["selection"]["backtracks"]);
    assert!(ran.told("selection").starts_with(&chosen), "{}", ran.told("selection"));
    let by = &stats["memory"]["by_system"];
    for system in ["art", "span_cache", "pools"] {
        assert!(by[system]["now"].as_u64() <= by[system]["peak"].as_u64(), "{by}");
    }
    assert_eq!(by["art"]["peak"], stats["memory"]["art"]);

    // The same items from their plan: nothing is drawn.
    let ran = generate(&dir, "--plan out/plan.json --out again");
    assert!(ran.ok().told("selection").contains("the items come from a plan"));
    let ran = generate(&dir, "--out plain --encoder plain --count 5");
    assert!(ran.ok().told("span cache").starts_with("not used"), "{}", ran.told("span cache"));
}

#[test]
fn odd_figures_come_with_what_to_do_about_them() {
    let dir = Dir::with_busy_project();
    let advice = |more: &str| {
        let told = generate(&dir, more).ok().stdout();
        let told = told.lines().filter_map(|line| line.strip_prefix("advice "));
        told.map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    let has = |advice: &[String], words: &[&str]| {
        assert!(
            advice.iter().any(|line| words.iter().all(|word| line.contains(word))),
            "{words:?}: {advice:?}"
        );
    };
    let tight = advice("--out a --cache-memory 100KB --trait-memory 0 --batch 1");
    has(&tight, &["span cache: ", "of its budget was used", "--batch"]);
    has(&tight, &["memory: ", "pictures were decoded again", "--trait-memory"]);
    let one = advice("--out b --count 1");
    has(&one, &["span cache: the hit rate was 0.0%", "normal for few items", "--count"]);
    let roomy = advice("--out c");
    assert!(
        roomy.iter().all(|line| !line.starts_with("span cache") && !line.starts_with("memory")),
        "{roomy:?}"
    );
}

#[cfg(feature = "gpu")]
#[test]
fn events_tell_of_a_gpu_and_of_its_failing() {
    let Some(name) = crate::util::adapter() else { return };
    let dir = Dir::with_busy_project();
    let words = ["generate", "p", "--adapter", &name, "--progress", "json", "--progress-every", "10"];
    let ran = dir.run(words.into_iter().chain(["--gpu-memory", "1MiB", "--gpu-fault", "lost@1,lost@2"]));
    let told = events(ran.ok());
    assert_eq!(told[0]["setup"]["backend"], format!("gpu: {name}"));
    assert_eq!((&told[0]["setup"]["predictor"], &told[0]["setup"]["window"]), (&"plan".into(), &256.into()));
    let progress = told.iter().find(|event| event["event"] == "progress").unwrap();
    assert!(progress["memory"]["textures"]["now"].as_u64() > Some(0), "{progress}");
    let kinds = kinds(&told);
    assert_eq!(kinds.last(), Some(&"done"));
    assert!(kinds.contains(&"warning"), "the failures are told: {kinds:?}");
}

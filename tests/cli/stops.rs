//! Runs that are stopped by a signal: what is said, and that everything beside the pictures goes on with them, too.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, RgbImage};

use crate::resume::{dir, end, same, signal, start, wait_for_pictures};
use crate::util::Dir;

#[test]
fn interrupted_once_it_finishes_what_is_on_its_way_and_says_how_to_go_on() {
    let dir = dir();
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        // Single items on one thread, so that it takes its time.
        let slow = ["generate", "p", "--out", name, "--threads", "1", "--batch", "1", "--encoder", "plain"];
        let child = start(&dir, &slow);
        wait_for_pictures(&dir, name, 3);
        signal(&child, name);
        let (ended, said) = end(child);
        assert_eq!(ended, Some(code), "{said}");
        assert!(said.contains("of 300 items are in") && said.contains("--resume to continue"), "{said}");
        assert!(!dir.exists(format!("{name}/manifest.json")));
        let left: Vec<PathBuf> = dir.files(format!("{name}/.traitpress")).into_keys().collect();
        assert_eq!(left, [PathBuf::from("journal")], "no temporary file is left");
        // Everything that is there is in the journal: nothing is made twice.
        let there = fs::read_dir(dir.path(name).join("images")).unwrap().count();
        let told = format!("stopped: {there} of 300 items");
        assert!(said.contains(&told), "{told:?} is not in {said}");
        let ran = dir.run([&slow[..], &["--resume"]].concat());
        ran.ok().says(&format!("{there} complete items were kept"));
        dir.run([&slow[..3], &["again"], &slow[4..]].concat()).ok();
        same(&dir, name, "again");
        fs::remove_dir_all(dir.path("again")).unwrap();
    }
}

#[test]
fn interrupted_twice_it_ends_at_once_and_leaves_nothing_broken() {
    let dir = dir();
    // So much in flight that finishing it would take longer than the second signal.
    let child = start(&dir, &["generate", "p", "--out", "out", "--threads", "1", "--batch", "300"]);
    wait_for_pictures(&dir, "out", 1);
    signal(&child, "INT");
    signal(&child, "INT");
    let (code, said) = end(child);
    assert_eq!(code, Some(130), "{said}");
    for (name, bytes) in dir.files("out/images") {
        assert_eq!(bytes, dir.read(PathBuf::from("whole/images").join(name)));
    }
    dir.run(["generate", "p", "--out", "out", "--resume"]).ok();
    same(&dir, "out", "whole");
}

#[test]
fn a_killed_run_knows_what_its_pictures_are_called_before_they_are_recorded() {
    let dir = dir();
    let named = ["generate", "p", "--name", "{0 Layer}{1 Layer}{2 Layer}{3 Layer}"];
    dir.run(named.iter().chain(&["--out", "fresh"])).ok();
    for (out, take_up) in [("resumed", "--resume"), ("forced", "--force")] {
        let mut child = start(&dir, &[&named[..], &["--out", out]].concat());
        wait_for_pictures(&dir, out, 60);
        child.kill().unwrap();
        child.wait().unwrap();
        dir.run(named.iter().chain(&["--out", out, take_up])).ok();
        same(&dir, out, "fresh");
    }
    // Numbers in place of names: what the killed run has made goes.
    let mut child = start(&dir, &[&named[..], &["--out", "out"]].concat());
    wait_for_pictures(&dir, "out", 60);
    child.kill().unwrap();
    child.wait().unwrap();
    dir.run(["generate", "p", "--force"]).ok();
    same(&dir, "out", "whole");
}

#[test]
fn previews_of_a_run_that_went_on_are_those_of_one_that_did_not() {
    let dir = dir();
    let previewed = ["generate", "p", "--preview"];
    dir.run(previewed.iter().chain(&["seen", "--out", "fresh"])).ok();
    let mut child = start(&dir, &[&previewed[..], &["previews", "--out", "out"]].concat());
    wait_for_pictures(&dir, "out", 60);
    child.kill().unwrap();
    child.wait().unwrap();
    // The same command, as the message of a run that was stopped says.
    let ran = dir.run(previewed.iter().chain(&["previews", "--out", "out", "--resume"]));
    ran.ok().warns("resuming: verifying the existing ones of 300 items").says("previews: 6 thumbnails");
    same(&dir, "out", "fresh");
    same(&dir, "previews", "seen");
    // All of it was there.
    dir.run(previewed.iter().chain(&["again", "--out", "out", "--resume"])).ok();
    same(&dir, "again", "seen");
}

#[test]
fn thumbnails_of_what_was_there_before_do_not_stay_behind() {
    let dir = dir();
    dir.run(["generate", "p", "--out", "out", "--count", "40", "--thumbnails"]).ok();
    dir.run(["generate", "p", "--out", "out", "--count", "40", "--resume"]).ok();
    assert!(dir.exists("out/thumbnails.traitpress"), "they are still right");
    dir.run(["generate", "p", "--out", "out", "--count", "60", "--resume"]).ok();
    assert!(!dir.exists("out/thumbnails.traitpress"));
    dir.run(["generate", "p", "--out", "out", "--count", "80", "--resume", "--thumbnails"]).ok();
    dir.run(["generate", "p", "--out", "fresh", "--count", "80", "--thumbnails"]).ok();
    same(&dir, "out", "fresh");
}

#[test]
fn an_archive_that_is_interrupted_leaves_nothing_and_programs_are_told() {
    let dir = dir();
    let slow = [
        "--threads",
        "1",
        "--batch",
        "1",
        "--encoder",
        "plain",
        "--progress",
        "json",
        "--progress-every",
        "1",
    ];
    let child = start(&dir, &[&["generate", "p", "--out", "a.tar"][..], &slow].concat());
    let began = Instant::now();
    // Its temporary file.
    while fs::read_dir(dir.root()).unwrap().count() < 3 {
        assert!(began.elapsed() < Duration::from_secs(60), "no archive is begun");
        sleep(Duration::from_millis(1));
    }
    signal(&child, "INT");
    let (code, said) = end(child);
    assert_eq!(code, Some(130), "{said}");
    let left: Vec<_> = fs::read_dir(dir.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "the project and the folder beside it: {left:?}");
    let child = start(&dir, &[&["generate", "p", "--out", "out"][..], &slow].concat());
    wait_for_pictures(&dir, "out", 3);
    signal(&child, "INT");
    let (code, said) = end(child);
    assert_eq!(code, Some(130), "{said}");
    let last: serde_json::Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["total"]), (&"cancelled".into(), &300.into()), "{last}");
    assert!(last["message"].as_str().unwrap().contains("--resume"), "{last}");
    let ran = dir.run(["generate", "p", "--out", "a.zip", "--resume"]);
    ran.refused(2, &[&["--resume", "archive"]]);
    // Going on is told from where it stood.
    let resume = ["generate", "p", "--out", "out", "--encoder", "plain", "--resume", "--progress", "json"];
    let ran = dir.run(resume);
    let events: Vec<serde_json::Value> =
        ran.ok().stderr().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let done = events.last().unwrap();
    assert_eq!((&done["event"], &done["done"]), (&"done".into(), &300.into()), "{done}");
    assert!(done["stats"]["kept"].as_u64().unwrap() >= 3, "{done}");
}

#[test]
fn a_run_that_is_killed_while_it_makes_thumbnails_goes_on_all_the_same() {
    let dir = dir();
    dir.run(["generate", "p", "--thumbnails", "--out", "fresh"]).ok();
    dir.run(["generate", "p", "--out", "out", "--count", "200"]).ok();
    // What the killed run has left of them, and a journal in place of the manifest.
    let mut child = start(&dir, &["generate", "p", "--out", "out", "--resume", "--thumbnails"]);
    wait_for_pictures(&dir, "out", 210);
    child.kill().unwrap();
    child.wait().unwrap();
    dir.write("out/.traitpress/thumbnails.traitpress.part", "half of i");
    dir.run(["generate", "p", "--out", "out", "--resume", "--thumbnails"]).ok();
    same(&dir, "out", "fresh");
}

#[test]
fn how_to_go_on_is_said_of_the_command_that_was_given() {
    let dir = dir();
    dir.run(["generate", "p", "--out", "other", "--count", "5"]).ok();
    for (given, gone, next) in [
        (&["--force"][..], "--force", "the same command with --resume instead of --force"),
        (&["--recipe", "other"], "--recipe other", "the same command with --resume instead of --recipe"),
        (&["--update"], "", "the same command again"),
    ] {
        let base = ["generate", "p", "--out", "out", "--threads", "1", "--batch", "1", "--effort", "small"];
        let base: Vec<&str> =
            base.into_iter().take(if gone.contains("recipe") { 8 } else { base.len() }).collect();
        let command = [&base[..], given].concat();
        // A quick machine may be at its end before it is stopped.
        let stopped = || {
            let child = start(&dir, &command);
            wait_for_pictures(&dir, "out", 3);
            signal(&child, "INT");
            let (code, said) = end(child);
            if code == Some(0) {
                fs::remove_dir_all(dir.path("out")).unwrap();
            }
            (code != Some(0)).then_some((code, said))
        };
        let (code, said) = (0..50).find_map(|_| stopped()).expect("it is stopped on its way");
        assert_eq!(code, Some(130), "{said}");
        assert!(said.contains(&format!("use {next} to continue")), "{said}");
        let again = if gone.is_empty() { command } else { [&base[..], &["--resume"]].concat() };
        dir.run(again).ok();
        dir.run(["verify", "out"]).ok();
        fs::remove_dir_all(dir.path("out")).unwrap();
    }
}

/// A project whose pictures take some seconds to decode, and to press.
fn with_large_pictures() -> Dir {
    const SIDE: u32 = 1600;
    let dir = Dir::empty();
    for (number, layer) in ["Ground", "Figure"].into_iter().enumerate() {
        for variant in 0..6 {
            let noise = RgbImage::from_fn(SIDE, SIDE, |x, y| {
                let hash = (x + 4001 * y + 977 * variant + number as u32).wrapping_mul(0x9e37_79b9) >> 8;
                image::Rgb([hash as u8, (hash >> 6) as u8, (hash >> 11) as u8])
            });
            let mut bytes = Vec::new();
            let encoder =
                PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::NoFilter);
            encoder.write_image(&noise, SIDE, SIDE, ExtendedColorType::Rgb8).unwrap();
            dir.write(format!("p/layers/{number} {layer}/V{variant}.png"), bytes);
        }
    }
    dir.write("p/collection.toml", "seed = 1\ncount = 12\n");
    dir
}

/// Sends SIGTERM to a command after `wait`, and gives how long it then went on, if it was not over by then.
fn terminated(dir: &Dir, arguments: &[&str], wait: Duration) -> Option<Duration> {
    let child = start(dir, arguments);
    sleep(wait);
    let sent = Instant::now();
    signal(&child, "TERM");
    let mut child = child;
    let status = child.wait().unwrap();
    let took = sent.elapsed();
    // By its own exit code, or by the signal where a command leaves nothing to be finished.
    let is_stopped = status.code() == Some(143) || status.signal() == Some(15);
    assert!(is_stopped || status.success(), "{arguments:?}: {status}");
    is_stopped.then_some(took)
}

#[test]
fn a_signal_ends_every_phase_within_a_second() {
    let dir = with_large_pictures();
    dir.run(["generate", "p", "--out", "whole", "--count", "6", "--effort", "fast"]).ok();
    let slow = ["--effort", "small", "--encoder", "plain", "--threads", "1", "--batch", "30"];
    let press = [&["generate", "p", "--out", "out"][..], &slow].concat();
    let phases: [(&[&str], u64); 8] = [
        (&["check", "p"], 150),
        (&["generate", "p", "--out", "decode"], 150),
        (&press, 1500),
        (&["plan", "p", "-o", "plan.json"], 20),
        (&["verify", "whole", "--decode", "--project", "p", "--sample", "all"], 600),
        (&["sheet", "whole", "-o", "sheet.png"], 300),
        (&["report", "whole", "--html", "page.html"], 300),
        (&["metadata", "whole", "--base-uri", "ipfs://x"], 5),
    ];
    let mut stopped = 0;
    for (arguments, wait) in phases {
        if let Some(took) = terminated(&dir, arguments, Duration::from_millis(wait)) {
            stopped += 1;
            // Some time for a machine that does other things, too.
            assert!(took < Duration::from_millis(1500), "{arguments:?} went on for {took:?}");
        }
    }
    assert!(stopped >= 4, "only {stopped} commands were still at work");
    // A signal leaves no temporary file beside what was to be written, and none in a folder that the next run keeps.
    assert_eq!(parts(&dir, ""), [""; 0]);
    let again = ["generate", "p", "--out", "out", "--resume", "--encoder", "plain"];
    dir.run(again).ok();
    dir.run(["verify", "out"]).ok();
    assert!(!dir.exists("out/.traitpress"));
}

/// The temporary files in a folder.
fn parts(dir: &Dir, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(dir.path(folder)).unwrap().map(|entry| entry.unwrap().file_name());
    let names = entries.map(|name| name.into_string().unwrap());
    names.filter(|name| name.ends_with(".part")).collect()
}

#[test]
fn temporary_files_of_a_killed_program_go_with_the_next_one() {
    let dir = dir();
    let parts = |folder: &str| parts(&dir, folder);
    let slow = ["--threads", "1", "--batch", "1", "--encoder", "plain"];
    for out in ["a.tar", "b.zip"] {
        let begun = Instant::now();
        let mut child = start(&dir, &[&["generate", "p", "--out", out][..], &slow].concat());
        while parts("").is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(60), "no archive is begun");
            sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(parts("").len(), 1, "a killed program cannot clean up");
        dir.run(["generate", "p", "--out", out]).ok();
        assert_eq!(parts(""), [""; 0]);
    }
    // Names that a killed program has left in a folder of previews; one is being written by another program.
    dir.write("previews/.traitpress-0123abcd.part", "x");
    dir.write("previews/.traitpress-89abcdef.part", "y");
    let held = fs::File::open(dir.path("previews/.traitpress-89abcdef.part")).unwrap();
    held.lock().unwrap();
    dir.run(["generate", "p", "--out", "out", "--preview", "previews", "--force"]).ok();
    assert_eq!(parts("previews"), [".traitpress-89abcdef.part"]);
}

#[test]
fn rewriting_metadata_handles_signals_as_pressing_does() {
    let dir = dir();
    let before = dir.files("whole");
    let mut codes = Vec::new();
    for wait in 0..40 {
        let child = start(&dir, &["metadata", "whole", "--base-uri", "ipfs://x"]);
        sleep(Duration::from_millis(wait));
        signal(&child, "TERM");
        let (code, said) = end(child);
        dir.run(["verify", "whole"]).ok();
        if code == Some(143) && said.contains("stopped: the metadata is unchanged") {
            assert_eq!(dir.files("whole"), before, "{said}");
            assert!(!dir.exists("whole/.traitpress"));
        }
        codes.push(code);
        if code == Some(0) {
            break;
        }
    }
    // Before the handler is there a signal ends the program by itself.
    assert!(codes.iter().all(|code| [None, Some(143), Some(0)].contains(code)), "{codes:?}");
    assert!(codes.contains(&Some(143)) || codes.contains(&Some(0)), "{codes:?}");
}

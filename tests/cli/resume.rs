//! Runs that are stopped by a signal, a crash, a full disk or a hand, and go on to the same bytes.

use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use image::{Rgba, RgbaImage};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::depth::at_depth;
use crate::require::found;
use crate::util::Dir;

/// A folder with the project `p` of 1296 possible items, 60 pixels wide, and 300 of them in `whole`.
pub(crate) fn dir() -> Dir {
    let dir = Dir::empty();
    for layer in 0..4u32 {
        for variant in 0..6u32 {
            draw(&dir, layer, variant, 0);
        }
    }
    dir.write("p/collection.toml", "name = \"Stopped\"\nseed = 3\ncount = 300\n");
    dir.run(["generate", "p", "--out", "whole"]).ok();
    dir
}

/// Draws a trait; another `version` is another picture.
fn draw(dir: &Dir, layer: u32, variant: u32, version: u32) {
    let picture = RgbaImage::from_fn(60, 70, |x, y| {
        let value = (x * (7 + variant) + y * (11 + layer) + version).wrapping_mul(0x9e37_79b1) >> 24;
        let alpha = if layer == 0 || (x / 8 + y / 8 + variant) % 4 == layer { 255 } else { 0 };
        Rgba([value as u8 & 0xe0, (variant * 40) as u8, (layer * 60) as u8, alpha])
    });
    dir.image(format!("p/layers/{layer} Layer/V{variant}.png"), &picture);
}

/// Holds `out` to what an undisturbed run of the same items has made.
pub(crate) fn same(dir: &Dir, out: &str, whole: &str) {
    let (out, whole) = (dir.files(out), dir.files(whole));
    assert!(out.keys().eq(whole.keys()), "{:?}", out.keys().collect::<Vec<_>>());
    for (name, bytes) in &whole {
        assert!(out[name] == *bytes, "{} is not what an undisturbed run makes", name.display());
    }
}

pub(crate) fn start(dir: &Dir, arguments: &[&str]) -> Child {
    let mut command = dir.command(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().expect("start the program")
}

pub(crate) fn signal(child: &Child, name: &str) {
    let done = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(done.expect("run kill").success());
}

/// What a program said on standard error, and its exit code.
pub(crate) fn end(mut child: Child) -> (Option<i32>, String) {
    let mut said = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    (child.wait().expect("the program ends").code(), said)
}

/// Kills a program after a part of the time that it takes as a whole, if it may be killed and still runs by then. One that
/// ends by itself must have done its work.
pub(crate) fn is_killed(mut child: Child, whole: Duration, random: &mut ChaCha20Rng, may_be: bool) -> bool {
    let moment = whole.mul_f64(f64::from(random.next_u32() % 1000) / 1000.0);
    let started = Instant::now();
    while started.elapsed() < moment && child.try_wait().expect("wait").is_none() {
        sleep(Duration::from_micros(300));
    }
    if !may_be || child.try_wait().expect("wait").is_some() {
        let (code, said) = end(child);
        assert_eq!(code, Some(0), "{said}");
        return false;
    }
    child.kill().expect("kill");
    child.wait().expect("the program ends");
    true
}

/// Waits until so many pictures have their names.
pub(crate) fn wait_for_pictures(dir: &Dir, out: &str, many: usize) {
    let start = Instant::now();
    while fs::read_dir(dir.path(out).join("images")).map_or(0, Iterator::count) < many {
        assert!(start.elapsed() < Duration::from_secs(120), "no pictures are made");
        sleep(Duration::from_millis(1));
    }
}

#[test]
fn killed_at_random_moments_it_ends_with_the_bytes_of_an_undisturbed_run() {
    let dir = dir();
    let begin = Instant::now();
    dir.run(["generate", "p", "--out", "once"]).ok();
    let whole = begin.elapsed();
    let mut random = ChaCha20Rng::seed_from_u64(30);
    let goal = at_depth(12, 30);
    let (mut kills, mut midway) = (0, 0);
    let mut round = 0;
    while kills < goal {
        round += 1;
        let out = format!("out{round}");
        // Each is taken up until it is done, or the kills are used up.
        loop {
            let child = start(&dir, &["generate", "p", "--out", &out, "--resume"]);
            if !is_killed(child, whole, &mut random, kills < goal) {
                break;
            }
            kills += 1;
            midway += u32::from(dir.exists(format!("{out}/.traitpress/journal")));
            for (name, bytes) in dir.files(&out) {
                if name.extension().is_some_and(|kind| kind == "png") {
                    assert_eq!(
                        bytes,
                        dir.read(PathBuf::from("whole").join(name)),
                        "broken under its final name"
                    );
                }
            }
        }
        same(&dir, &out, "whole");
        fs::remove_dir_all(dir.path(&out)).unwrap();
    }
    println!("{kills} kills, {midway} of them with a journal in place, {round} folders finished");
    assert!(midway >= goal / 6, "hardly any kill came while items were made");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_that_is_made_larger_is_no_loss() {
    let dir = dir();
    let size: usize = dir.files("whole").values().map(Vec::len).sum();
    // Room for a third; each file takes whole pages of a memory file system.
    let room = size / 3 + 700 * 1024;
    let program = env!("CARGO_BIN_EXE_traitpress");
    let script = format!(
        "mkdir disk && mount -t tmpfs -o size={room} tmpfs disk || exit 77
         {program} generate p --out disk/out; echo first $?
         ls disk/out/images | wc -l
         {program} generate p --out disk/out --resume; echo again $?
         mount -o remount,size=64m disk
         {program} generate p --out disk/out --resume; echo last $?
         cp -r disk/out out"
    );
    let arguments = ["--user", "--map-root-user", "--mount", "sh", "-c", &script];
    let output =
        Command::new("unshare").args(arguments).current_dir(dir.root()).output().expect("run unshare");
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // Where a container forbids mounting there is nothing to test with.
    if matches!(output.status.code(), Some(77 | 1)) && !said.contains("first") {
        let missing = format!("a memory file system cannot be mounted here: {told}");
        found(false, &missing, "util-linux, and allow user namespaces (unshare --user)");
        return;
    }
    assert!(said.contains("first 1") && said.contains("again 1") && said.contains("last 0"), "{said}{told}");
    assert!(told.contains("free space"), "{told}");
    let made: usize = said.lines().nth(1).unwrap().trim().parse().unwrap();
    assert!((1..300).contains(&made), "{made} pictures fitted");
    same(&dir, "out", "whole");
}

#[test]
fn files_that_are_spoilt_between_two_runs_are_made_again() {
    let dir = dir();
    for interrupted in [false, true] {
        let out = if interrupted { "stopped" } else { "finished" };
        let mut child = start(&dir, &["generate", "p", "--out", out]);
        if interrupted {
            wait_for_pictures(&dir, out, 100);
            child.kill().unwrap();
        }
        child.wait().unwrap();
        let path = |name: &str| dir.path(format!("{out}/{name}"));
        fs::write(path("images/1.png"), &dir.read("whole/images/1.png")[..100]).unwrap();
        fs::rename(path("images/2.png"), path("images/x")).unwrap();
        fs::rename(path("images/3.png"), path("images/2.png")).unwrap();
        fs::rename(path("images/x"), path("images/3.png")).unwrap();
        fs::remove_file(path("images/4.png")).unwrap();
        fs::write(path("json/5.json"), "{}").unwrap();
        fs::remove_file(path("json/6.json")).unwrap();
        fs::remove_file(path("plan.json")).unwrap();
        let mut flipped = dir.read("whole/images/7.png");
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        fs::write(path("images/7.png"), flipped).unwrap();
        fs::remove_file(path("images/8.png")).unwrap();
        dir.link("../../whole/images/8.png", format!("{out}/images/8.png"));
        if interrupted {
            // A journal whose last lines were lost, and a file that was being written.
            let journal = dir.read(format!("{out}/.traitpress/journal"));
            fs::write(path(".traitpress/journal"), &journal[..journal.len() - 500]).unwrap();
            dir.write(format!("{out}/.traitpress/images-250.png.part"), "half");
        }
        dir.run(["generate", "p", "--out", out, "--resume"]).ok();
        same(&dir, out, "whole");
        assert!(fs::symlink_metadata(path("images/8.png")).unwrap().is_file(), "the link was replaced");
    }
}

#[test]
fn what_is_whole_stays_untouched() {
    let dir = dir();
    let mut child = start(&dir, &["generate", "p", "--out", "out"]);
    wait_for_pictures(&dir, "out", 150);
    child.kill().unwrap();
    child.wait().unwrap();
    let inode = |name: &str| dir.path(format!("out/{name}")).metadata().unwrap().ino();
    let before = [inode("images/1.png"), inode("json/1.json"), inode("images/20.png")];
    let ran = dir.run(["generate", "p", "--out", "out", "--resume"]);
    ran.ok().says("complete items were kept");
    assert_eq!(before, [inode("images/1.png"), inode("json/1.json"), inode("images/20.png")]);
    same(&dir, "out", "whole");
    // And once more, where nothing is left to do.
    dir.run(["generate", "p", "--out", "out", "--resume"]).ok().says("300 complete items were kept");
    assert_eq!(before, [inode("images/1.png"), inode("json/1.json"), inode("images/20.png")]);
    same(&dir, "out", "whole");
}

#[test]
fn a_folder_that_is_missing_or_empty_or_was_hardly_begun_is_simply_begun() {
    let dir = dir();
    fs::create_dir(dir.path("empty")).unwrap();
    dir.write("begun/.traitpress/journal.part", "traitpress-jour");
    fs::create_dir(dir.path("begun/images")).unwrap();
    for out in ["missing", "empty", "begun"] {
        dir.run(["generate", "p", "--out", out, "--resume"]).ok();
        same(&dir, out, "whole");
    }
    fs::remove_dir_all(dir.path("empty")).unwrap();
    dir.run(["generate", "p", "--out", "empty", "--update"]).ok();
    same(&dir, "empty", "whole");
}

#[test]
fn a_larger_count_keeps_the_items_and_makes_the_folder_of_a_fresh_run() {
    let dir = dir();
    dir.run(["generate", "p", "--out", "out", "--count", "120"]).ok();
    let inode = || dir.path("out/images/77.png").metadata().unwrap().ino();
    let before = inode();
    dir.run(["generate", "p", "--out", "out", "--count", "300", "--resume"])
        .ok()
        .says("120 complete items were kept");
    assert_eq!(before, inode());
    same(&dir, "out", "whole");
    let problem = ["cannot reduce an existing run from 300 to 299 items", "--count 300", "--force"];
    dir.run(["generate", "p", "--out", "out", "--count", "299", "--resume"]).refused(2, &[&problem]);
    // Provenance can be asked for later: the pictures are read anyway.
    dir.run(["generate", "p", "--out", "out", "--resume", "--provenance"]).ok();
    dir.run(["generate", "p", "--out", "proven", "--provenance"]).ok();
    same(&dir, "out", "proven");
}

#[test]
fn a_file_that_is_not_of_the_run_is_never_replaced() {
    let dir = dir();
    dir.run(["generate", "p", "--out", "out", "--count", "10"]).ok();
    dir.write("out/images/11.png", "mine");
    let ran = dir.run(["generate", "p", "--out", "out", "--count", "20", "--resume"]);
    ran.refused_beside_broken_files(2, &[&["images/11.png", "not listed"]]);
    assert_eq!(dir.read("out/images/11.png"), b"mine");
    assert!(dir.exists("out/manifest.json"), "the folder is what it was");
    dir.write("foreign/notes.txt", "mine");
    dir.run(["generate", "p", "--out", "foreign", "--resume"])
        .refused_beside_broken_files(2, &[&["foreign"]]);
}

#[test]
fn a_drawn_seed_and_an_edited_plan_are_remembered() {
    let dir = dir();
    dir.write("p/collection.toml", "name = \"Stopped\"\n");
    dir.run(["generate", "p", "--out", "out", "--count", "30"]).ok();
    let before = dir.files("out");
    fs::remove_file(dir.path("out/images/3.png")).unwrap();
    dir.run(["generate", "p", "--out", "out", "--resume"]).ok();
    assert!(before == dir.files("out"));
    dir.run(["plan", "p", "--seed", "5", "--count", "30", "-o", "plan.json"]).ok();
    dir.run(["plan", "p", "--keep", "plan.json", "--drop", "4,7", "-o", "edited.json"]).ok();
    dir.run(["generate", "p", "--out", "edited", "--plan", "edited.json"]).ok();
    let before = dir.files("edited");
    fs::remove_file(dir.path("edited/images/8.png")).unwrap();
    dir.run(["generate", "p", "--out", "edited", "--resume"]).ok();
    assert!(before == dir.files("edited"));
    let ran = dir.run(["generate", "p", "--out", "edited", "--resume", "--seed", "6"]);
    ran.refused(2, &[&["no seed selects the items", "remove --seed", "give --plan edited/plan.json"]]);
    let ran = dir.run(["generate", "p", "--out", "edited", "--resume", "--plan", "plan.json"]);
    ran.refused(2, &[&["another plan"]]);
}

#[test]
fn what_has_changed_is_told_and_nothing_is_touched() {
    let dir = dir();
    dir.run(["generate", "p", "--out", "out"]).ok();
    fs::remove_file(dir.path("out/images/9.png")).unwrap();
    let before = dir.files("out");
    let resume = |more: &[&str]| dir.run([&["generate", "p", "--out", "out", "--resume"][..], more].concat());
    let toml = |text: &str| dir.write("p/collection.toml", text);
    let base = "name = \"Stopped\"\nseed = 3\ncount = 300\n";
    toml(&base.replace("Stopped", "Other"));
    resume(&[]).refused(2, &[&["since the run started: the collection's name"]]);
    toml(&format!("{base}description = \"new\"\n[[layers]]\nname = \"3 Layer\"\nopacity = 0.5\n"));
    resume(&[]).refused(2, &[&["layer 3 Layer", "the description"]]);
    toml(&base.replace("seed = 3", "seed = 4"));
    resume(&[]).refused(2, &[&["seed 3", "not 4"]]);
    toml(&format!("{base}start = 5\n"));
    resume(&[]).refused(2, &[&["start 1", "not 5"]]);
    toml(base);
    resume(&["--effort", "fast"]).refused(2, &[&["--effort"]]);
    resume(&["--encoder", "plain"]).refused(2, &[&["--encoder"]]);
    draw(&dir, 2, 4, 1);
    resume(&[]).refused(2, &[&["2 Layer/V4", "--update"]]);
    draw(&dir, 2, 4, 0);
    assert!(before == dir.files("out"));
    resume(&["--effort", "balanced"]).ok();
    same(&dir, "out", "whole");
}

#[test]
fn a_recipe_of_another_program_is_refused_and_one_that_says_what_cannot_be_too() {
    let dir = dir();
    let mut child = start(&dir, &["generate", "p", "--out", "out"]);
    wait_for_pictures(&dir, "out", 20);
    child.kill().unwrap();
    child.wait().unwrap();
    let journal = String::from_utf8(dir.read("out/.traitpress/journal")).unwrap();
    let (header, rest) = journal.split_once('\n').unwrap();
    let text = header.rsplit_once(' ').unwrap().0;
    let with = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        let text = text.replacen(from, to, 1);
        dir.write(
            "out/.traitpress/journal",
            format!("{text} {:08x}\n{rest}", crc32fast::hash(text.as_bytes())),
        );
    };
    let resume = || dir.run(["generate", "p", "--out", "out", "--resume"]);
    with("\"version\":", "\"version\":9");
    resume().refused(2, &[&["version 9", "traitpress 0"]]);
    with("\"literals\":[", "\"literals\":[1,");
    resume().refused(2, &[&["lacks symbols"]]);
    with("\"indexed\":[", "\"indexed\":[7,");
    resume().refused(2, &[&["palette"]]);
    with("\"program\":\"traitpress 0", "\"program\":\"traitpress 1000");
    resume().ok();
    assert_eq!(dir.json("out/manifest.json")["program"].as_str().unwrap().get(..15), Some("traitpress 1000"));
}

#[test]
fn an_update_presses_what_shows_another_picture_and_ends_as_a_fresh_run() {
    let dir = dir();
    dir.run(["generate", "p", "--out", "out"]).ok();
    let inode = |edition: u32| dir.path(format!("out/images/{edition}.png")).metadata().unwrap().ino();
    let before: Vec<u64> = (1..=300).map(inode).collect();
    let shows = |edition: u32| {
        let plan = dir.json("out/plan.json");
        plan["items"][edition as usize - 1][1] == "V2"
    };
    let touched: Vec<bool> = (1..=300).map(shows).collect();
    let many = touched.iter().filter(|touched| **touched).count();
    assert!((20..120).contains(&many));
    // Two pixels change places: the picture is another one, and what the code is trained on hardly.
    let path = dir.path("p/layers/1 Layer/V2.png");
    let mut picture = image::open(&path).unwrap().into_rgba8();
    let opaque = |picture: &RgbaImage, x: u32, y: u32| picture.get_pixel(x, y)[3] == 255;
    let (x, y) = (0..59 * 70)
        .map(|i| (i % 59, i / 59))
        .find(|&(x, y)| {
            opaque(&picture, x, y)
                && opaque(&picture, x + 1, y)
                && picture.get_pixel(x, y) != picture.get_pixel(x + 1, y)
        })
        .unwrap();
    let (a, b) = (*picture.get_pixel(x, y), *picture.get_pixel(x + 1, y));
    picture.put_pixel(x, y, b);
    picture.put_pixel(x + 1, y, a);
    dir.image("p/layers/1 Layer/V2.png", &picture);
    // By the recipe that is there already, all else keeps its bytes.
    dir.run(["generate", "p", "--out", "by", "--recipe", "out"]).ok();
    let by = ["generate", "p", "--out", "out", "--update", "--recipe", "out"];
    dir.run(by).ok().says(&format!("{} complete items were kept", 300 - many));
    same(&dir, "out", "by");
    let moved: Vec<bool> = (1..=300).map(|edition| inode(edition) != before[edition as usize - 1]).collect();
    assert_eq!(moved, touched);
    // And by the one that a fresh run makes.
    dir.run(["generate", "p", "--out", "fresh"]).ok();
    let same_recipe = dir.json("fresh/manifest.json")["recipe"] == dir.json("out/manifest.json")["recipe"];
    let stay = if same_recipe { "300 complete items were kept" } else { "300 items in" };
    dir.run(["generate", "p", "--out", "out", "--update"]).ok().says(stay);
    same(&dir, "out", "fresh");
    // An update that is stopped goes on as any run does.
    draw(&dir, 3, 1, 9);
    dir.run(["generate", "p", "--out", "fresher"]).ok();
    let mut child =
        start(&dir, &["generate", "p", "--out", "out", "--update", "--threads", "1", "--batch", "1"]);
    sleep(Duration::from_millis(300));
    child.kill().unwrap();
    child.wait().unwrap();
    dir.run(["generate", "p", "--out", "out", "--update"]).ok();
    same(&dir, "out", "fresher");
    // A colour that the palette of the recipe does not have.
    dir.sized("p/layers/0 Layer/V0.png", [60, 70], [1, 2, 3, 255]);
    dir.run(by).refused(2, &[&["colour type", "--recipe"]]);
    // What the configuration decides is not art.
    dir.write("p/collection.toml", "name = \"Other\"\nseed = 3\ncount = 300\n");
    dir.run(["generate", "p", "--out", "out", "--update"])
        .refused(2, &[&["since the run started: the collection's name"]]);
}

#[test]
fn whatever_the_metadata_is_it_goes_on_and_other_metadata_is_refused() {
    let dir = dir();
    let base = "name = \"Stopped\"\nseed = 3\nstart = 0\ncount = 300\n";
    let address = "11111111111111111111111111111112";
    let metaplex = format!(
        "[metadata]\nstandard = [\"metaplex\", \"csv\"]\nsymbol = \"S\"\n\
         creators = [{{ address = \"{address}\", share = 100 }}]\n"
    );
    for (out, settings) in [("metaplex", metaplex.as_str()), ("none", "[metadata]\nstandard = [\"none\"]\n")]
    {
        dir.write("p/collection.toml", format!("{base}{settings}"));
        let fresh = format!("{out}-fresh");
        dir.run(["generate", "p", "--out", &fresh]).ok();
        let mut child = start(&dir, &["generate", "p", "--out", out]);
        wait_for_pictures(&dir, out, 60);
        child.kill().unwrap();
        child.wait().unwrap();
        dir.run(["generate", "p", "--out", out, "--resume"]).ok();
        same(&dir, out, &fresh);
    }
    dir.write("p/collection.toml", base);
    let ran = dir.run(["generate", "p", "--out", "metaplex", "--resume"]);
    ran.refused(2, &[&["since the run started: the metadata settings"]]);
}

#[test]
fn two_runs_do_not_go_on_in_one_folder() {
    let dir = dir();
    let slow = ["generate", "p", "--out", "out", "--threads", "1", "--batch", "1", "--encoder", "plain"];
    let mut child = start(&dir, &slow);
    wait_for_pictures(&dir, "out", 2);
    let ran = dir.run(["generate", "p", "--out", "out", "--resume"]);
    if child.try_wait().unwrap().is_none() {
        ran.refused(2, &[&["another run"]]);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_folder_where_a_picture_goes_is_told_of_before_anything_changes() {
    let dir = dir();
    dir.run(["generate", "p", "--out", "out", "--count", "20"]).ok();
    fs::remove_file(dir.path("out/images/3.png")).unwrap();
    fs::create_dir(dir.path("out/images/3.png")).unwrap();
    let before = dir.files("out");
    for flag in ["--resume", "--force", "--update"] {
        dir.run(["generate", "p", "--out", "out", "--count", "20", flag]).refused(
            2,
            &[&[
                "out/images/3.png",
                "this is a folder, and a file is to be written here",
                "move it elsewhere",
            ]],
        );
        assert!(dir.files("out") == before, "{flag}");
    }
    fs::remove_dir(dir.path("out/images/3.png")).unwrap();
    dir.run(["generate", "p", "--out", "out", "--count", "20", "--resume"]).ok();
    dir.run(["verify", "out"]).ok();
}

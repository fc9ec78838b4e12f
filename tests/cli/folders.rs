//! Output folders: which may be written to, what `--force` removes, and what a run leaves that could not go on.

use std::fs;
#[cfg(unix)]
use std::process::Command;

#[cfg(unix)]
use crate::require::found;
use crate::util::{BLUE, Dir};

/// Runs `generate p` into `out` with `arguments`.
fn refused(dir: &Dir, out: &str, code: i32, words: &[&str]) {
    // The recipe is kept in the project before the output is opened.
    let files = || {
        let mut files = dir.files("");
        files.retain(|path, _| !path.starts_with("p/.traitpress"));
        files
    };
    for force in [&[][..], &["--force"]] {
        let before = files();
        dir.run(["generate", "p", "--out", out].iter().chain(force)).refused(code, &[words]);
        assert_eq!(files(), before, "nothing changes");
    }
}

#[test]
fn what_cannot_be_written_to_is_refused() {
    let dir = Dir::with_project();
    dir.write("file", "mine");
    refused(&dir, "file", 2, &["file: ", "not a folder", "choose another --out"]);
    refused(&dir, "file/sub", 2, &["file/sub", "not a folder"]);
    #[cfg(target_os = "linux")]
    for out in ["/proc/traitpress", "/sys/kernel/traitpress"] {
        refused(&dir, out, 1, &[out, "cannot create", "check permissions"]);
    }
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let dir = Dir::with_project();
    fs::create_dir(dir.path("locked")).unwrap();
    fs::set_permissions(dir.path("locked"), fs::Permissions::from_mode(0o555)).unwrap();
    // Permissions do not bind the superuser; without this capability they do.
    let without_privilege = ["--bounding-set=-dac_override", "--inh-caps=-dac_override"];
    let is_superuser = fs::write(dir.path("locked/probe"), "").is_ok();
    if is_superuser {
        fs::remove_file(dir.path("locked/probe")).unwrap();
        let mut probe = Command::new("setpriv");
        let ends = probe.args(without_privilege).arg("true").output().is_ok_and(|ran| ran.status.success());
        if !found(ends, "setpriv cannot drop the superuser's right to write anywhere", "util-linux") {
            return;
        }
    }
    for out in ["locked", "locked/out"] {
        for force in [&[][..], &["--force"]] {
            let arguments = [&["generate", "p", "--backend", "cpu", "--out", out][..], force].concat();
            let ran = if is_superuser {
                let mut command = Command::new("setpriv");
                command.args(without_privilege).arg(env!("CARGO_BIN_EXE_traitpress")).args(arguments);
                command.current_dir(dir.root());
                dir.run_command(command)
            } else {
                dir.run(arguments)
            };
            ran.refused(1, &[&[out, "cannot create", "check permissions"]]);
            assert!(!dir.exists("locked/out"));
        }
    }
    fs::set_permissions(dir.path("locked"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn the_art_is_no_place_for_output() {
    let dir = Dir::with_project();
    for out in ["p/layers", "p/layers/new", "p/layers/Back", "p/layers/Back/out", "p/x/../layers/new"] {
        refused(&dir, out, 2, &["lie in the art folder", "layers", "choose another --out"]);
    }
    #[cfg(unix)]
    {
        dir.link("p/layers", "link");
        refused(&dir, "link/new", 2, &["lie in the art folder", "layers", "choose another --out"]);
    }
    // A layer may have its folder elsewhere in the project.
    dir.write("p/collection.toml", "[[layers]]\nname = \"X\"\nfolder = \"../more\"\n");
    dir.picture("p/more/A.png", BLUE);
    refused(&dir, "p/more/out", 2, &["lie in the art folder", "more"]);
}

#[test]
fn the_project_itself_is_no_place_for_output() {
    let dir = Dir::with_project();
    refused(&dir, "p", 2, &["p: ", "not empty", "choose another --out"]);
    refused(&dir, ".", 2, &[".: ", "not empty"]);
    dir.run(["generate", "p", "--out", "p/out"]).ok();
    dir.run(["check", "p"]).ok();
}

#[test]
fn a_folder_of_somebody_else_is_never_touched() {
    let dir = Dir::with_project();
    dir.write("out/thesis.txt", "the only copy");
    refused(&dir, "out", 2, &["out: ", "not empty", "not a collection of this program"]);
    dir.picture("out/images/1.png", BLUE);
    dir.write("out/plan.json", "x");
    dir.write("out/.traitpress/other", "x");
    refused(&dir, "out", 2, &["out: ", "not empty"]);
    // Something that has a manifest's name only.
    for text in [
        "",
        "{}",
        "[1]",
        "{\"format\": \"other/1\", \"files\": []}",
        "{\"format\": 1, \"files\": 2}",
        "\u{1b}",
    ] {
        dir.write("out/manifest.json", text);
        dir.run(["generate", "p"]).refused_beside_broken_files(2, &[&["out: ", "--force"]]);
        dir.run(["generate", "p", "--force"])
            .refused_beside_broken_files(2, &[&["manifest.json", "move the folder"]]);
        assert_eq!(dir.read("out/thesis.txt"), b"the only copy");
        assert_eq!(dir.read("out/manifest.json"), text.as_bytes());
    }
}

#[cfg(unix)]
#[test]
fn an_empty_folder_is_fine_and_so_is_a_link_to_one() {
    let dir = Dir::with_project();
    fs::create_dir(dir.path("real")).unwrap();
    dir.link("real", "out");
    dir.run(["generate", "p"]).ok();
    assert!(dir.exists("real/manifest.json"));
    dir.run(["generate", "p", "--out", "a/b/c/d"]).ok();
    assert!(dir.exists("a/b/c/d/manifest.json"));
    assert!(!dir.exists("real/.traitpress"), "working files are gone");
}

#[test]
fn a_collection_is_replaced_only_on_request_and_foreign_files_stay() {
    let dir = Dir::with_project();
    dir.run(["generate", "p", "--count", "6"]).ok();
    let whole = dir.files("out");
    dir.run(["generate", "p", "--count", "2"]).refused(2, &[&["out: ", "finished collection", "--force"]]);
    // To resume it with the same count would do nothing.
    let step = "replace it with --force, or extend it with --resume --count N, N above 6";
    dir.run(["generate", "p", "--count", "6"])
        .refused(2, &[&["out: ", "finished collection of 6 items", step]]);
    assert_eq!(dir.files("out"), whole);
    let foreign = [
        "out/notes.txt",
        "out/images/cover.png",
        "out/images/07.png",
        "out/images/900.png",
        "out/json/x.json",
        "out/sub/1.png",
    ];
    let picture = dir.read("out/images/1.png");
    for name in foreign {
        dir.write(name, if name.ends_with("json") { b"{}" } else { &picture[..] });
    }
    dir.run(["generate", "p", "--count", "2", "--force"]).ok();
    for name in foreign {
        assert!(dir.exists(name), "{name} is not in the manifest");
    }
    let mut files = dir.files("out");
    foreign
        .iter()
        .for_each(|name| _ = files.remove(std::path::Path::new(name.strip_prefix("out/").unwrap())).unwrap());
    let names: Vec<String> = files.keys().map(|name| name.display().to_string()).collect();
    let wanted = [
        "images/1.png",
        "images/2.png",
        "json/1.json",
        "json/2.json",
        "json/_metadata.json",
        "manifest.json",
        "plan.json",
    ];
    assert_eq!(names, wanted, "of the earlier collection nothing stays");
}

#[test]
fn a_file_that_is_not_listed_is_never_overwritten_and_the_collection_beside_it_stays_whole() {
    let dir = Dir::with_project();
    for stray in ["out/images/3.png", "out/json/3.json"] {
        dir.run(["generate", "p", "--count", "2", "--out", "out"]).ok();
        let bytes = if stray.ends_with("json") { b"{}".to_vec() } else { dir.read("out/images/1.png") };
        dir.write(stray, bytes);
        let before = dir.files("out");
        dir.run(["generate", "p", "--count", "4", "--force"])
            .refused(2, &[&[stray, "not listed", "move it elsewhere"]]);
        assert_eq!(dir.files("out"), before, "the earlier collection is whole");
        // A run that does not want that name goes on.
        dir.run(["generate", "p", "--count", "1", "--force"]).ok();
        assert!(dir.exists(stray));
        fs::remove_dir_all(dir.path("out")).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn links_are_never_written_or_removed_through() {
    for folder in ["images", "json"] {
        let dir = Dir::with_project();
        dir.run(["generate", "p"]).ok();
        fs::rename(dir.path("out").join(folder), dir.path("target")).unwrap();
        dir.link("../target", format!("out/{folder}"));
        let before = dir.files("");
        let link = format!("out/{folder}");
        dir.run(["generate", "p", "--force"]).refused(2, &[&[&link, "link", "remove it"]]);
        assert_eq!(dir.files(""), before, "the target is untouched");
    }
}

#[cfg(unix)]
#[test]
fn a_link_at_a_listed_name_is_not_followed() {
    let dir = Dir::with_project();
    for name in ["out/images/2.png", "out/plan.json", "out/json/_metadata.json"] {
        dir.run(["generate", "p"]).ok();
        fs::rename(dir.path(name), dir.path("target")).unwrap();
        dir.link(dir.path("target"), name);
        let before = dir.files("");
        dir.run(["generate", "p", "--force"]).refused(2, &[&[name, "move it elsewhere"]]);
        assert_eq!(dir.files(""), before, "the target and the rest are untouched");
        fs::remove_dir_all(dir.path("out")).unwrap();
        fs::remove_file(dir.path("target")).unwrap();
    }
}

#[test]
fn a_manifest_cannot_name_files_elsewhere() {
    let dir = Dir::with_project();
    dir.run(["generate", "p"]).ok();
    dir.write("victim.txt", "mine");
    dir.write("out/notes.txt", "mine");
    let manifest = String::from_utf8(dir.read("out/manifest.json")).unwrap();
    let listed =
        |name: &str| format!("\"files\": [\n{{\"name\": \"{name}\", \"bytes\": 4, \"blake3\": \"00\"}},");
    let names = ["../victim.txt", "images/../../victim.txt", "notes.txt", "images/../notes.txt"].map(listed);
    let victim = dir.path("victim.txt").display().to_string();
    for more in names.iter().chain([&listed(&victim)]) {
        dir.write("out/manifest.json", manifest.replace("\"files\": [", more));
        dir.run(["generate", "p", "--force"]).ok();
        assert_eq!((dir.read("victim.txt"), dir.read("out/notes.txt")), (b"mine".to_vec(), b"mine".to_vec()));
    }
}

/// Leaves a run in `out` that the system stopped: no file may become larger than `blocks` of 512 bytes.
#[cfg(unix)]
fn stopped_run(dir: &Dir, blocks: u32) {
    let setup = format!("trap '' XFSZ; ulimit -f {blocks}");
    let ran = dir.run_after(&setup, &["generate", "p", "--threads", "1"]);
    ran.refused(1, &[&["out/", "cannot write", "check permissions and free space"]]);
    assert!(dir.exists("out/.traitpress/journal"));
    assert!(!dir.exists("out/manifest.json"), "a manifest stands for a whole collection");
}

#[cfg(unix)]
#[test]
fn a_run_that_the_system_stops_leaves_whole_files_and_a_journal() {
    let dir = Dir::with_busy_project();
    // Small pictures pass, large ones do not.
    dir.write("p/layers/1 Figure/None#9", "");
    stopped_run(&dir, 40);
    dir.run(["generate", "p"]).refused(2, &[&["out: ", "unfinished run", "--resume", "--force"]]);
    dir.write("out/notes.txt", "mine");
    dir.run(["generate", "p", "--force"]).ok();
    assert!(!dir.exists("out/.traitpress"));
    assert_eq!(dir.read("out/notes.txt"), b"mine");
    assert_eq!(dir.files("out/images").len(), 40);
}

#[cfg(unix)]
#[test]
fn a_run_that_stopped_between_an_items_two_files_can_be_replaced() {
    let dir = Dir::with_project();
    // The metadata is larger than the picture, and than what the system lets through.
    let text = "x".repeat(30_000);
    dir.write("p/collection.toml", format!("seed = 7\ncount = 4\ndescription = \"{text}\"\n"));
    stopped_run(&dir, 8);
    dir.run(["generate", "p", "--force"]).ok();
    assert_eq!(dir.files("out/images").len(), 4);
}

#[cfg(unix)]
#[test]
fn a_folder_that_another_run_writes_to_is_left_to_it() {
    let dir = Dir::with_busy_project();
    stopped_run(&dir, 8);
    // A live run holds its journal locked.
    let journal = fs::File::open(dir.path("out/.traitpress/journal")).unwrap();
    journal.try_lock().unwrap();
    let before = dir.read("out/.traitpress/journal");
    dir.run(["generate", "p", "--force"]).refused(2, &[&["out: ", "another run", "wait until it ends"]]);
    assert_eq!(dir.read("out/.traitpress/journal"), before);
    // Not by closing alone: a program that another test starts at this moment has the file, too, until it is begun.
    journal.unlock().unwrap();
    dir.run(["generate", "p", "--force"]).ok();
}

#[test]
fn a_journal_that_cannot_be_read_is_refused() {
    let dir = Dir::with_project();
    dir.write("out/.traitpress/journal", "something else\n");
    dir.write("out/images/keep.txt", "mine");
    dir.run(["generate", "p"]).refused(2, &[&["out: ", "unfinished run"]]);
    dir.run(["generate", "p", "--force"])
        .refused(2, &[&["journal", "it is not a", "move the folder elsewhere"]]);
    assert!(dir.exists("out/images/keep.txt"));
}

#[cfg(unix)]
#[test]
fn working_files_do_not_follow_links_either() {
    let dir = Dir::with_project();
    dir.run(["generate", "p"]).ok();
    dir.write("victim", "mine");
    dir.write("out/.traitpress/mine.txt", "mine");
    for part in ["images-1.png.part", "plan.json.part", "manifest.json.part"] {
        dir.link(dir.path("victim"), format!("out/.traitpress/{part}"));
    }
    let ran = dir.run(["generate", "p", "--force"]);
    assert_eq!(dir.read("victim"), b"mine");
    assert_eq!(dir.read("out/.traitpress/mine.txt"), b"mine");
    ran.refused(2, &[&["out/.traitpress/", "move it elsewhere"]]);
    for part in ["images-1.png.part", "plan.json.part", "manifest.json.part"] {
        fs::remove_file(dir.path("out/.traitpress").join(part)).unwrap();
    }
    // A file of somebody else among the working files stays, and stops nothing.
    dir.run(["generate", "p", "--force"]).ok();
    assert_eq!(dir.read("out/.traitpress/mine.txt"), b"mine");
}

#[test]
fn demo_and_init_touch_nothing_that_is_there() {
    let dir = Dir::with_project();
    dir.write("mine/thesis.txt", "the only copy");
    dir.write("file", "mine");
    dir.run(["demo", "--out", "mine"]).refused(2, &[&["mine: ", "not empty", "choose another --out"]]);
    dir.run(["demo", "--out", "file"]).refused(1, &[&["file: ", "choose another --out"]]);
    dir.run(["demo", "--out", "file/sub"]).refused(1, &[&["file/sub", "choose another --out"]]);
    #[cfg(target_os = "linux")]
    dir.run(["demo", "--out", "/proc/demo"]).refused(1, &[&["/proc/demo", "choose another --out"]]);
    dir.run(["init", "p"]).refused(2, &[&["p/collection.toml", "exists", "move it elsewhere"]]);
}

#[test]
fn statistics_go_where_a_file_can_be() {
    let dir = Dir::with_project();
    dir.run(["generate", "p", "--stats", "no/s.json"]).refused(2, &[&["no: ", "does not exist", "--stats"]]);
    dir.run(["generate", "p", "--stats", "p"]).refused(2, &[&["p: ", "is a folder", "--stats"]]);
    assert!(!dir.exists("out"), "what is known to fail is refused before pressing");
    #[cfg(target_os = "linux")]
    {
        dir.square("p/layers/Hat/Extra.png", crate::util::VEIL);
        dir.run(["generate", "p", "--stats", "/dev/full"])
            .refused(1, &[&["/dev/full", "the collection is complete"]]);
        assert!(dir.exists("out/manifest.json"));
    }
}

#[test]
fn two_things_are_not_written_to_one_place() {
    let dir = Dir::with_project();
    for (out, flag, other) in [
        ("a.tar", "--stats", "a.tar"),
        ("a.zip", "--preview", "./a.zip"),
        ("out", "--preview", "out"),
        ("a.tar", "--patterns", "a.tar"),
    ] {
        dir.run(["generate", "p", "--out", out, flag, other])
            .refused(2, &[&[other, &format!("--out and {flag} are the same file")]]);
        assert!(!dir.exists(out), "{out}");
    }
    let ran = dir.run(["generate", "p", "--stats", "x.json", "--patterns", "x.json"]);
    ran.refused(2, &[&["x.json", "--stats and --patterns are the same file"]]);
    // Somebody who ends a name so means a folder, whatever stands before.
    dir.run(["generate", "p", "--out", "y.tar/"]).ok();
    dir.run(["verify", "y.tar"]).ok();
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_called_that() {
    let dir = Dir::with_project();
    dir.link("nowhere", "out");
    dir.run(["generate", "p"]).refused(2, &[&["out: ", "link has no target", "--out"]]);
    dir.run(["generate", "p", "--out", "else", "--stats", "out"])
        .refused(2, &[&["out: ", "link has no target", "--stats"]]);
    assert!(!dir.exists("nowhere") && !dir.exists("else"));
}

//! Collections in one file: the same files as in a folder, for readers that we did not write.

use std::fs;
#[cfg(unix)]
use std::process::{Command, Output, Stdio};

use crate::util::{Dir, RED};

/// Runs a program of the system in the folder of a test.
#[cfg(unix)]
fn system(dir: &Dir, line: &str) -> String {
    let output =
        Command::new("sh").args(["-ec", line]).current_dir(dir.root()).output().expect("run a shell");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Runs `generate --out -` and gives what it wrote to standard output, byte for byte.
#[cfg(unix)]
fn to_stdout(dir: &Dir, arguments: &[&str]) -> Output {
    let mut command = dir.command(["generate", "p", "--out", "-"].iter().chain(arguments));
    command.stdin(Stdio::null()).output().expect("run the program")
}

/// Fails if anything but the project and what is named stands in the test's folder: no temporary file, no final one.
fn only(dir: &Dir, names: &[&str]) {
    let found =
        fs::read_dir(dir.root()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut found: Vec<String> = found.filter(|name| name != "p").collect();
    found.sort();
    assert_eq!(found, names);
}

#[cfg(unix)]
#[test]
fn tar_zip_and_standard_output_hold_the_files_of_the_folder_byte_for_byte() {
    let dir = Dir::with_busy_project();
    let digest = dir.run(["generate", "p", "--provenance"]).ok().told("collection:");
    let folder = dir.files("out");
    assert_eq!(folder.len(), 40 + 40 + 3);
    for (name, unpack) in [("a.tar", "tar -xf a.tar -C got"), ("A.ZIP", "unzip -q A.ZIP -d got")] {
        let ran = dir.run(["generate", "p", "--provenance", "--out", name]);
        ran.ok().says("40 items").says(&format!("written to {name}"));
        assert_eq!(ran.told("collection:"), digest);
        system(&dir, &format!("mkdir got; {unpack}"));
        assert!(dir.files("got") == folder, "{name}");
        dir.run(["verify", "got", "--decode", "--expect", &digest]).ok();
        fs::remove_dir_all(dir.path("got")).unwrap();
    }
    system(&dir, "unzip -tq A.ZIP");
    let output = to_stdout(&dir, &["--provenance"]);
    assert!(output.status.success());
    assert!(output.stdout == dir.read("a.tar"), "nothing but the tar goes there");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains(&format!("collection: {digest}")) && said.contains("written to standard output"),
        "{said}"
    );
    only(&dir, &["A.ZIP", "a.tar", "out"]);
}

#[test]
fn threads_batches_and_memory_change_no_byte_of_an_archive() {
    let dir = Dir::with_busy_project();
    for kind in ["tar", "zip"] {
        dir.run(["generate", "p", "--count", "16", "--threads", "1", "--out", &format!("first.{kind}")]).ok();
        let first = dir.read(format!("first.{kind}"));
        for arguments in [
            "--threads 1",
            "--threads 2 --batch 1 --encode-batch 1",
            "--threads 4 --batch 7 --encode-batch 3 --cache-memory 0",
            "--threads 3 --batch 1000 --encode-batch 64",
        ] {
            let out = format!("again.{kind}");
            let words = ["generate", "p", "--count", "16", "--force", "--out", &out]
                .into_iter()
                .chain(arguments.split(' '));
            dir.run(words).ok();
            assert!(dir.read(&out) == first, "{kind} with {arguments}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn entries_come_by_edition_without_times_owners_or_other_modes() {
    let dir = Dir::with_project();
    // A plan in another order than that of its editions.
    let items = r#"[{"edition": 12, "traits": ["Red", "Cap"]}, {"edition": 3, "traits": ["Blue", "Crown"]},
        {"edition": 7, "traits": ["Blue", null]}]"#;
    let plan = format!(r#"{{"format": "traitpress-plan/1", "layers": ["Back", "Hat"], "items": {items}}}"#);
    dir.write("plan.json", plan);
    let run =
        |out: &str| dir.run(["generate", "p", "--plan", "plan.json", "--out", out]).ok().told("collection:");
    let digest = run("folder");
    assert_eq!((run("a.tar"), run("a.zip")), (digest.clone(), digest));
    let names = [
        "plan.json",
        "images/3.png",
        "json/3.json",
        "images/7.png",
        "json/7.json",
        "images/12.png",
        "json/12.json",
        "json/_metadata.json",
        "manifest.json",
    ];
    assert_eq!(system(&dir, "tar -tf a.tar").lines().collect::<Vec<_>>(), names);
    assert_eq!(system(&dir, "unzip -Z1 a.zip").lines().collect::<Vec<_>>(), names);
    let listed = system(&dir, "TZ=UTC tar --full-time --numeric-owner -tvf a.tar");
    for line in listed.lines() {
        assert!(line.starts_with("-rw-r--r-- 0/0 ") && line.contains(" 1970-01-01 00:00:00 "), "{line}");
    }
    assert_eq!(&dir.read("a.tar")[257..265], b"ustar\x0000", "POSIX");
    let listed = system(&dir, "unzip -Z -T a.zip");
    let entries: Vec<&str> = listed.lines().filter(|line| line.starts_with('-')).collect();
    assert_eq!(entries.len(), names.len(), "{listed}");
    for line in entries {
        assert!(line.starts_with("-rw-r--r-- ") && line.contains(" stor 19800101.000000 "), "{line}");
    }
    system(&dir, "mkdir tar zip; tar -xf a.tar -C tar; unzip -q a.zip -d zip");
    assert!(dir.files("tar") == dir.files("folder") && dir.files("zip") == dir.files("folder"));
}

#[cfg(unix)]
#[test]
fn what_stands_where_an_archive_is_to_go_is_refused_and_stays() {
    let dir = Dir::with_project();
    dir.write("mine.tar", "mine");
    dir.write("folder.zip/mine", "mine");
    dir.link("mine.tar", "link.tar");
    let refused = |out: &str, words: &[&str]| {
        for force in [&[][..], &["--force"]] {
            dir.run(["generate", "p", "--out", out].iter().chain(force)).refused(2, &[words]);
        }
    };
    dir.run(["generate", "p", "--out", "mine.tar"]).refused(2, &[&["mine.tar", "--force", "exists"]]);
    refused("folder.zip", &["folder.zip", "a folder", "choose another --out"]);
    refused("link.tar", &["link.tar", "link"]);
    refused("nowhere/a.tar", &["nowhere/a.tar", "the folder nowhere", "create it"]);
    refused("mine.tar/a.zip", &["mine.tar/a.zip", "the folder mine.tar"]);
    refused("p/layers/Hat/a.tar", &["p/layers/Hat/a.tar", "art folder"]);
    refused("p/layers/a.zip", &["p/layers/a.zip", "art folder"]);
    assert_eq!(dir.read("mine.tar"), b"mine");
    only(&dir, &["folder.zip", "link.tar", "mine.tar"]);
    dir.run(["generate", "p", "--out", "mine.tar", "--force"]).ok();
    assert_eq!(system(&dir, "tar -tf mine.tar").lines().count(), 4 + 4 + 3);
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |name: &str| fs::metadata(dir.path(name)).unwrap().permissions().mode() & 0o777;
    dir.write("usual", "");
    assert_eq!(mode("mine.tar"), mode("usual"), "as readable as any file");
}

#[cfg(target_os = "linux")]
#[test]
fn an_archive_for_which_there_is_no_room_leaves_nothing() {
    let dir = Dir::with_busy_project();
    for name in ["a.tar", "a.zip"] {
        let ran =
            dir.run_after("trap '' XFSZ; ulimit -f 400", &["generate", "p", "--count", "8", "--out", name]);
        ran.refused(1, &[&[name, "cannot write the archive: File too large"]]);
        only(&dir, &[]);
    }
    let mut command = dir.command(["generate", "p", "--count", "8", "--out", "-"]);
    command.stdout(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    dir.run_command_as_set_up(command).refused(1, &[&["standard output", "cannot write the archive"]]);
}

#[test]
fn a_picture_that_fails_midway_leaves_no_archive() {
    let dir = Dir::with_busy_project();
    // A one-of-one is decoded when its turn comes; its header is right.
    dir.sized("p/ones/King.png", [200, 150], RED);
    let whole = dir.read("p/ones/King.png");
    dir.write("p/ones/King.png", &whole[..whole.len() - 30]);
    dir.write(
        "p/collection.toml",
        "seed = 11\ncount = 40\n[[ones]]\nimage = \"ones/King.png\"\nedition = 20\n",
    );
    for name in ["a.tar", "a.zip"] {
        let ran = dir.run(["generate", "p", "--threads", "3", "--out", name]);
        ran.exited_beside_broken_files(1);
        assert!(ran.stderr().contains("King.png"), "{}", ran.stderr());
        only(&dir, &[]);
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_ends_the_run_with_one_line() {
    let dir = Dir::with_busy_project();
    let mut command = Command::new("bash");
    let script = "set -o pipefail; \"$0\" generate p --count 9 --out - | head -c 5000 | wc -c";
    command.args(["-c", script, env!("CARGO_BIN_EXE_traitpress")]).current_dir(dir.root());
    let ran = dir.run_command(command);
    ran.refused(1, &[&["standard output", "closed the stream before the archive was complete"]]).says("5000");
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_is_no_place_for_a_tar() {
    let dir = Dir::with_project();
    let mut command = Command::new("script");
    let line = format!("{} generate p --out - 2> said", env!("CARGO_BIN_EXE_traitpress"));
    command.args(["-qec", &line, "/dev/null"]).current_dir(dir.root());
    let output = command.stdin(Stdio::null()).output().expect("run script");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let said = String::from_utf8(dir.read("said")).unwrap();
    let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("traitpress: ")).collect();
    assert!(lines.len() == 1 && lines[0].contains("standard output is a terminal"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_leaves_no_file_under_the_final_name() {
    let dir = Dir::with_busy_project();
    let mut command = dir.command(["generate", "p", "--count", "200", "--out", "a.tar", "--threads", "1"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("run the program");
    let part = || {
        let entries = fs::read_dir(dir.root()).unwrap().map(|entry| entry.unwrap());
        entries.into_iter().find(|entry| entry.file_name().to_string_lossy().ends_with(".part"))
    };
    while part().is_none_or(|entry| entry.metadata().map_or(0, |found| found.len()) == 0) {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!dir.exists("a.tar"));
    dir.run(["generate", "p", "--out", "a.tar"]).ok();
    assert_eq!(system(&dir, "tar -tf a.tar").lines().count(), 40 + 40 + 3);
}

//! `verify`: an untouched folder passes, whatever it was pressed from, and everything that is done to one is named.

use std::fs;

use serde_json::Value;
use traitpress::finished::{VerifyOptions, verify};

use crate::depth::at_depth;
use crate::util::{BLUE, Dir, RED, VEIL};

/// Six items, two of them one-of-ones, some equal, numbered from 3, pressed into `out`.
pub(crate) fn collection() -> Dir {
    let dir = Dir::with_project();
    dir.picture("p/ones/King.png", RED);
    dir.picture("p/ones/Queen.png", VEIL);
    dir.write(
        "p/collection.toml",
        "name = \"Test\"\nseed = 7\ncount = 9\nstart = 3\nduplicates = true\n\
         [[ones]]\nimage = \"ones/King.png\"\nedition = 5\nattributes = { Power = 9 }\n\
         [[ones]]\nimage = \"ones/Queen.png\"\n",
    );
    dir.run(["generate", "p", "--provenance"]).ok();
    dir
}

/// What `verify out --json` with more arguments says: the file and kind of each problem, and all of it.
pub(crate) fn found(dir: &Dir, arguments: &[&str]) -> (Vec<(String, String)>, Value) {
    let ran = dir.run(["verify", "out", "--json"].iter().chain(arguments));
    let said: Value = serde_json::from_str(&ran.stdout()).unwrap_or_else(|_| {
        ran.exited_beside_broken_files(-1);
        Value::Null
    });
    let text = |problem: &Value, key: &str| problem[key].as_str().expect("a text").to_owned();
    let problems = said["problems"].as_array().expect("a list").iter();
    let problems: Vec<_> = problems.map(|problem| (text(problem, "file"), text(problem, "kind"))).collect();
    ran.exited_beside_broken_files(i32::from(!problems.is_empty()));
    assert_eq!(said["ok"], problems.is_empty());
    (problems, said)
}

pub(crate) fn owned(problems: &[(&str, &str)]) -> Vec<(String, String)> {
    problems.iter().map(|(file, kind)| ((*file).to_owned(), (*kind).to_owned())).collect()
}

/// Holds `verify` to finding exactly these problems.
#[track_caller]
pub(crate) fn finds(dir: &Dir, arguments: &[&str], problems: &[(&str, &str)]) {
    let (found, said) = found(dir, arguments);
    assert_eq!(found, owned(problems), "{said:#}");
}

#[test]
fn an_untouched_collection_passes_every_check() {
    let dir = collection();
    let before = dir.files("");
    let digest = dir.json("out/manifest.json")["collection"].as_str().unwrap().to_owned();
    let (_, said) = found(&dir, &[]);
    let bytes: usize = dir.files("out").values().map(Vec::len).sum();
    assert_eq!((&said["files"], &said["pictures"]), (&20.into(), &9.into()));
    assert_eq!(said["bytes"], bytes - dir.read("out/manifest.json").len());
    assert_eq!(
        (&said["collection"], &said["format"]),
        (&digest.as_str().into(), &"traitpress-verify/1".into())
    );
    assert!(said["pressed"].is_null() && said["decoded"] == false && said["expected"].is_null());
    assert!(said["seconds"].as_f64().unwrap() > 0.0 && said["megabytes_per_second"].as_f64().unwrap() > 0.0);
    for (arguments, pressed) in [
        (vec!["--decode", "--expect", &digest], Value::Null),
        (vec!["--project", "p", "--sample", "all"], 9.into()),
        (vec!["--project", "p", "--sample", "1", "--threads", "1"], 1.into()),
        (vec!["--project", "p", "--sample", "4", "--decode"], 4.into()),
        (vec!["--project", "p"], 9.into()),
    ] {
        assert_eq!(found(&dir, &arguments).1["pressed"], pressed, "{arguments:?}");
    }
    let ran = dir.run(["verify", "out", "--decode", "--project", "p", "--sample", "2"]);
    ran.ok().says("20 files, 9 pictures").says("all pixels decoded").says("2 of 9 items made again");
    ran.says("no differences");
    assert_eq!(ran.told("collection:"), digest);
    let upper = digest.to_uppercase();
    dir.run(["verify", "out", "--expect", &upper]).ok();
    assert_eq!(dir.files(""), before, "nothing is written");
}

#[test]
fn collections_of_every_colour_type_encoder_and_effort_pass() {
    let busy = Dir::with_busy_project();
    // Pictures with alpha, and a plan of its own with numbers of its own.
    let layers = "\"layers\": [\"Back\", \"Hat\"]";
    let flat = Dir::with_project();
    flat.write("p/layers/Back/Veil.png", flat.read("p/layers/Hat/Cap.png"));
    flat.write(
        "plan.json",
        format!(
            "{{\"format\": \"traitpress-plan/1\", {layers}, \"items\": [{{\"edition\": 900, \"traits\": [\"Veil\", null]}}, \
             [\"Red\", \"Cap\"], {{\"edition\": 0, \"traits\": [\"Blue\", \"Crown\"]}}]}}"
        ),
    );
    for (dir, arguments) in [
        (&busy, "--count 12"),
        (&busy, "--count 6 --effort small --provenance"),
        (&busy, "--count 6 --effort fast --threads 2"),
        (&busy, "--count 6 --encoder plain"),
        (&flat, "--plan plan.json"),
        (&flat, "--plan plan.json --count 1"),
    ] {
        dir.run(["generate", "p", "--backend", "cpu"].into_iter().chain(arguments.split(' '))).ok();
        finds(dir, &["--decode", "--project", "p", "--sample", "all"], &[]);
        finds(dir, &["--project", "p", "--sample", "2"], &[]);
        fs::remove_dir_all(dir.path("out")).unwrap();
    }
}

/// Changes bytes of a file.
pub(crate) fn change(dir: &Dir, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = dir.read(name);
    change(&mut bytes);
    dir.write(name, bytes);
}

/// Where the data of the first chunk of this type begins and ends; its CRC-32 stands behind.
pub(crate) fn chunk(png: &[u8], kind: &[u8; 4]) -> (usize, usize) {
    let mut at = 8;
    loop {
        let len = u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
        if &png[at + 4..at + 8] == kind {
            return (at + 8, at + 8 + len);
        }
        at += 12 + len;
    }
}

#[test]
fn only_inflating_finds_a_wrong_adler_behind_a_right_crc() {
    let dir = collection();
    change(&dir, "out/images/4.png", |png| {
        let (start, end) = chunk(png, b"IDAT");
        png[end - 1] ^= 1;
        let crc = crc32fast::hash(&png[start - 4..end]);
        png[end..end + 4].copy_from_slice(&crc.to_be_bytes());
    });
    finds(&dir, &[], &[("images/4.png", "changed")]);
    finds(&dir, &["--decode"], &[("images/4.png", "changed"), ("images/4.png", "decode")]);
    dir.run(["verify", "out", "--decode"]).exited_beside_broken_files(1).says("Adler-32");
}

#[test]
fn a_flipped_bit_of_any_byte_of_any_file_is_found() {
    let dir = collection();
    let mut options = VerifyOptions::default();
    options.threads = std::num::NonZeroUsize::new(1);
    let is_whole = || verify(&dir.path("out"), &options, &()).is_ok_and(|found| found.is_whole());
    assert!(is_whole());
    let mut flipped = 0;
    for (name, whole) in dir.files("out") {
        let path = dir.path("out").join(&name);
        // A third of the bytes, another third in each file, or all of them: 4 or 12 s.
        for at in (name.as_os_str().len() % at_depth(3, 1)..whole.len()).step_by(at_depth(3, 1)) {
            let mut changed = whole.clone();
            changed[at] ^= 1 << (at % 8);
            fs::write(&path, &changed).unwrap();
            assert!(!is_whole(), "byte {at} of {}", name.display());
            flipped += 1;
            if flipped % 500 == 0 {
                let ran = dir.run(["verify", "out"]);
                ran.exited_beside_broken_files(1);
                ran.warns("traitpress: out");
            }
        }
        fs::write(&path, &whole).unwrap();
    }
    assert!(flipped > at_depth(1600, 5000) && is_whole());
}

/// Makes the manifest say something else, with its own digests made right where they can be.
pub(crate) fn rewrite(dir: &Dir, from: &str, to: &str) {
    let text = String::from_utf8(dir.read("out/manifest.json")).unwrap();
    assert!(text.contains(from), "{from:?} is not in the manifest");
    let text = text.replacen(from, to, 1);
    let end = text.rfind("\"manifest\": ").unwrap_or(text.len());
    let digest = blake3::hash(&text.as_bytes()[..end]).to_hex();
    dir.write("out/manifest.json", format!("{}\"manifest\": \"{digest}\"\n}}\n", &text[..end]));
}

#[test]
fn a_manifest_that_cannot_be_is_refused_with_what_is_wrong() {
    let dir = collection();
    let whole = dir.read("out/manifest.json");
    let zeros = "0".repeat(64);
    let entry = |name: &str| {
        format!("\"files\": [\n{{\"name\": \"{name}\", \"bytes\": 4, \"blake3\": \"{zeros}\"}},")
    };
    let edits: Vec<(&str, String, &str)> = vec![
        ("traitpress-manifest/1", "traitpress-manifest/2".into(), "its format is \"traitpress-manifest/2\""),
        ("\"count\": 9", "\"count\": 10".into(), "count is 10, and 9 pictures are listed"),
        ("\"count\": 9", "\"count\": 18446744073709551615".into(), "count is 18446744073709551615"),
        ("\"count\": 9", "\"count\": 1e99".into(), "invalid type: floating point"),
        ("\"count\": 9", "\"count\": -1".into(), "invalid value"),
        ("\"count\": 9", "\"count\": \"\\u001b[31m\"".into(), "invalid type: string"),
        ("\"start\": 3", "\"start\": 4294967296".into(), "4294967296"),
        ("\"seed\": 7", "\"seed\": []".into(), "invalid type: sequence"),
        ("\"art\": \"", "\"art\": \"x".into(), "is not a digest of 64 hexadecimal digits"),
        ("\"art\": ", "\"more\": 1, \"art\": ".into(), "unknown field `more`"),
        ("\"art\": ", "\"seed\": 7, \"art\": ".into(), "duplicate field `seed`"),
        ("\"recipe\": {", "\"recipe\": 1, \"x\": {".into(), "invalid type: integer `1`"),
        ("\"files\": [", "\"files\": [], \"x\": [".into(), "files ends before its last entry"),
        ("\"files\": [", "\"files\": 1e9, \"x\": [".into(), "expected an array of files"),
        ("images/4.png", "images/3.png".into(), "\"images/3.png\" is listed twice"),
        ("images/4.png", "images/99.png".into(), "\"json/4.json\" is listed where json/99.json is expected"),
        ("images/4.png", "images/04.png".into(), "\"images/04.png\" is not a valid"),
        ("images/4.png", "images/../4.png".into(), "\"images/../4.png\" is not a valid"),
        ("json/4.json", "json/../../x.json".into(), "where json/4.json is expected"),
        ("images/4.png", "images/4294967296.png".into(), "is not a valid"),
        (
            "images/4.png",
            "x".repeat(100_000).as_str().into(),
            "xxx\"... has a sha256, which only images have",
        ),
        ("\"files\": [", entry("../victim.txt"), "\"../victim.txt\" is not a valid name here"),
        ("\"files\": [", entry("/etc/passwd"), "\"/etc/passwd\" is not a valid"),
        ("\"files\": [", entry("plan.json"), "\"plan.json\" is not a valid name here"),
        ("\"files\": [", entry("images/1.png"), "where json/1.json is expected"),
        ("\"bytes\": ", "\"bytes\": -".into(), "invalid value"),
        ("\"bytes\": ", "\"bytes\": 99999999999999999999".into(), "invalid type: floating point"),
        ("\"sha256\": ", "\"sha255\": ".into(), "unknown field `sha255`"),
        (", \"sha256\": ", ", \"sha256\": null}, {\"x\": ".into(), "unknown field `x`"),
        ("\"provenance\": ", "\"seed\": ".into(), "duplicate field `seed`"),
        ("\"files\": [", format!("\"recipe\": {}", "[".repeat(100_000)), "duplicate field `recipe`"),
        ("\"recipe\": {", format!("\"recipe\": {{\"x\": {}", "[".repeat(100_000)), "recursion limit"),
    ];
    for (from, to, words) in edits {
        dir.write("out/manifest.json", &whole);
        rewrite(&dir, from, &to);
        let told: &[&str] = &["out/manifest.json: ", words, "make the collection again in another folder"];
        dir.run(["verify", "out"]).refused_beside_broken_files(1, &[told]);
        let ran = dir.run(["verify", "out", "--json"]);
        let said: Value = serde_json::from_str(&ran.exited_beside_broken_files(1).stdout()).unwrap();
        let problem = &said["problems"][0];
        assert_eq!((&said["ok"], &problem["kind"]), (&false.into(), &"manifest".into()));
        assert!(problem["what"].as_str().unwrap().contains(words), "{said:#}");
    }
    for text in [&b""[..], b"{}", b"[1]", b"null", b"\xff\xfe", &whole[..whole.len() / 2], &[b'['; 5000]] {
        dir.write("out/manifest.json", text);
        dir.run(["verify", "out"])
            .refused_beside_broken_files(1, &[&["out/manifest.json: ", "not a manifest"]]);
    }
    fs::remove_file(dir.path("out/manifest.json")).unwrap();
    fs::create_dir(dir.path("out/manifest.json")).unwrap();
    dir.run(["verify", "out"]).refused(1, &[&["out/manifest.json: this is not a file"]]);
    #[cfg(unix)]
    {
        fs::remove_dir(dir.path("out/manifest.json")).unwrap();
        dir.write("elsewhere.json", &whole);
        dir.link("../elsewhere.json", "out/manifest.json");
        dir.run(["verify", "out"]).refused(1, &[&["out/manifest.json: this is a link", "not followed"]]);
        fs::remove_file(dir.path("out/manifest.json")).unwrap();
        dir.pipe("out/manifest.json");
        dir.run(["verify", "out"]).refused(1, &[&["out/manifest.json: this is not a file"]]);
    }
}

#[test]
fn a_manifest_that_contradicts_itself_is_told_beside_what_the_files_are() {
    let dir = collection();
    let whole = dir.read("out/manifest.json");
    let manifest = dir.json("out/manifest.json");
    let other = "0".repeat(64);
    for key in ["collection", "provenance", "plan"] {
        dir.write("out/manifest.json", &whole);
        rewrite(
            &dir,
            &format!("\"{key}\": \"{}\"", manifest[key].as_str().unwrap()),
            &format!("\"{key}\": \"{other}\""),
        );
        finds(&dir, &[], &[("manifest.json", "manifest")]);
        dir.run(["verify", "out"]).exited(1).says("manifest.json: ").says(key);
    }
    // A digest or length that is not the file's: the file is what it was, but who can tell?
    dir.write("out/manifest.json", &whole);
    let listed = |file: usize, key: &str| manifest["files"][file][key].as_str().unwrap().to_owned();
    rewrite(&dir, &listed(0, "sha256"), &other);
    finds(&dir, &[], &[("manifest.json", "manifest"), ("images/3.png", "changed")]);
    dir.write("out/manifest.json", &whole);
    rewrite(&dir, &listed(1, "blake3"), &other);
    finds(&dir, &[], &[("manifest.json", "manifest"), ("json/3.json", "changed")]);
    // Without its last line made right: every change is found, even of what nothing else repeats.
    for (from, to) in [
        ("\"seed\": 7", "\"seed\": 8"),
        ("\"start\": 3", "\"start\":  3"),
        (env!("CARGO_PKG_VERSION"), "9.9.9"),
    ] {
        let text = String::from_utf8(whole.clone()).unwrap();
        dir.write("out/manifest.json", text.replacen(from, to, 1));
        finds(&dir, &[], &[("manifest.json", "manifest")]);
        dir.run(["verify", "out"]).exited(1).says("manifest.json: it was changed after it was written");
    }
}

#[test]
fn a_collection_is_held_to_the_digest_that_is_expected() {
    let dir = collection();
    let digest = dir.json("out/manifest.json")["collection"].as_str().unwrap().to_owned();
    let other = digest.replace(digest.as_bytes()[0] as char, "0").replacen('0', "1", 1);
    finds(&dir, &["--expect", &other], &[("manifest.json", "expected")]);
    dir.run(["verify", "out", "--expect", &other]).exited(1).says(&digest).says(&other);
    // It is taken from what was read, not from what the manifest says.
    change(&dir, "out/json/6.json", |text| text[20] ^= 1);
    let (problems, said) = found(&dir, &["--expect", &digest]);
    assert_eq!(problems, owned(&[("manifest.json", "expected"), ("json/6.json", "changed")]));
    assert!(said["collection"].is_string() && said["collection"] != digest.as_str());
    fs::remove_file(dir.path("out/json/6.json")).unwrap();
    let (problems, said) = found(&dir, &["--expect", &digest]);
    assert_eq!(problems, owned(&[("manifest.json", "expected"), ("json/6.json", "missing")]));
    assert!(said["collection"].is_null());
    for wrong in ["", "abc", &digest[1..], &format!("{}g", &digest[1..])] {
        dir.run(["verify", "out", "--expect", wrong])
            .exited_beside_broken_files(2)
            .warns("64 hexadecimal digits");
    }
}

#[test]
fn what_is_no_finished_collection_is_refused() {
    let dir = collection();
    fs::create_dir(dir.path("empty")).unwrap();
    dir.write("file", "");
    dir.run(["verify", "nowhere"])
        .refused(2, &[&["nowhere: this does not exist", "a folder that `generate` wrote"]]);
    dir.run(["verify", "file"]).refused(
        2,
        &[&["file: this is neither a folder nor a pool nor a tar", "a folder that `generate` wrote"]],
    );
    dir.run(["verify", "file/sub"]).refused(2, &[&["file/sub: this does not exist"]]);
    for folder in ["empty", "p"] {
        dir.run(["verify", folder]).refused(2, &[&[folder, "has no manifest.json", "that `generate` wrote"]]);
    }
    dir.run(["verify"]).exited(2);
    for sample in ["0", "-1", "some", "4294967296"] {
        dir.run(["verify", "out", "--project", "p", "--sample", sample]).exited(2);
    }
    dir.run(["verify", "out", "--sample", "3"]).exited(2).warns("--project");
    dir.run(["verify", "out", "--project", "nowhere"])
        .refused(2, &[&["nowhere: the project does not exist"]]);
    // A run that did not finish says more than a manifest that is there all the same.
    dir.write("out/.traitpress/journal", "anything");
    dir.run(["verify", "out"]).refused(2, &[&["out: ", "unfinished run", "generate --resume"]]);
    let journal = fs::File::open(dir.path("out/.traitpress/journal")).unwrap();
    journal.try_lock().unwrap();
    dir.run(["verify", "out"]).refused(2, &[&["out: ", "writing to this folder", "wait until it ends"]]);
    drop(journal);
    fs::remove_dir_all(dir.path("out/.traitpress")).unwrap();
    #[cfg(unix)]
    {
        // A link in place of the working folder is not followed.
        dir.write("elsewhere/journal", "anything");
        dir.link("../elsewhere", "out/.traitpress");
        finds(&dir, &[], &[(".traitpress", "extra")]);
        // The folder itself may be a link: the command names it.
        fs::remove_file(dir.path("out/.traitpress")).unwrap();
        dir.link("out", "link");
        dir.run(["verify", "link"]).ok();
    }
}

#[test]
fn many_differences_are_counted_and_json_has_them_all() {
    let dir = Dir::with_busy_project();
    dir.run(["generate", "p"]).ok();
    for edition in 1..=30 {
        fs::remove_file(dir.path(format!("out/images/{edition}.png"))).unwrap();
    }
    let ran = dir.run(["verify", "out"]);
    ran.refused(1, &[&["out: 30 differences, 10 of them not shown (--json prints all)"]]);
    assert_eq!(ran.stdout().lines().filter(|line| line.ends_with(": it is missing")).count(), 20);
    let missing: Vec<_> = (1..=30).map(|n| (format!("images/{n}.png"), "missing".to_owned())).collect();
    assert_eq!(found(&dir, &[]).0, missing, "by edition");
    // A picture of another size stands out whatever its digest.
    dir.picture("out/images/31.png", BLUE);
    assert!(found(&dir, &[]).0.contains(&("images/31.png".to_owned(), "changed".to_owned())));
}

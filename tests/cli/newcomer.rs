//! What somebody types who uses the program for the first time, and whether the answer names the way out.

use crate::util::{BLUE, Dir, RED, VEIL};

#[test]
fn check_and_generate_list_every_problem_and_check_ends_with_the_verdict() {
    let dir = Dir::with_project();
    dir.write("p/layers/Hat/Torn.png", "no picture");
    dir.write("p/collection.toml", "seed = 7\ncount = 90\n[metadata]\nstandard = \"cardano\"\n");
    let count: &[&str] = &["90 items are requested, but only 8 different ones are possible"];
    let art: &[&str] = &["Torn.png", "contains no picture"];
    let ran = dir.run(["check", "p"]);
    ran.exited(1).warns(count[0]).warns("cardano requires a policy_id").warns("Torn.png");
    let stdout = ran.stdout();
    let last = stdout.lines().last().expect("a verdict");
    assert!(last.ends_with(" errors, 0 warnings: `traitpress generate` cannot run"), "{stdout}");
    assert!(stdout.starts_with("layer "), "tables come first: {stdout}");
    dir.run(["generate", "p"]).refused(1, &[count, art]);
    dir.write("p/collection.toml", "seed = 7\ncount = 90\n");
    dir.run(["check", "p"]).refused(1, &[count, art]).says("2 errors, 0 warnings: ");
    // Warnings stop nothing.
    std::fs::remove_file(dir.path("p/layers/Hat/Torn.png")).unwrap();
    dir.write("p/layers/Hat/notes.txt", "x");
    dir.run(["check", "p", "--count", "2"])
        .ok()
        .says("\n0 errors, 1 warning: `traitpress generate` can run\n");
    dir.run(["check", "p", "--count", "90"]).exited(1).says("\n1 error, 1 warning: ");
}

#[test]
fn one_refusal_has_one_exit_code_whichever_command_meets_it() {
    let dir = Dir::with_project();
    for configuration in [
        "count = 7\n",
        "count = 4\n[traits]\n\"Hat/Cap\" = { count = 3 }\n\"Hat/Crown\" = { count = 3 }\n",
        "count = 4\n[[unique]]\nlayers = [\"Back\"]\n",
    ] {
        dir.write("p/collection.toml", format!("seed = 7\n{configuration}"));
        for command in ["check", "plan", "generate"] {
            dir.run([command, "p"]).exited(1);
        }
    }
}

#[test]
fn layers_that_are_always_covered_are_probably_in_the_wrong_order() {
    let dir = Dir::with_project();
    let order = |first: &str, second: &str| {
        format!("seed = 7\ncount = 2\n[[layers]]\nname = \"{first}\"\n[[layers]]\nname = \"{second}\"\n")
    };
    dir.write("p/collection.toml", order("Hat", "Back"));
    let ran = dir.run(["check", "p"]);
    ran.ok().warns(
        "move the [[layers]] block of \"Hat\" further down in collection.toml (the first is at the back)",
    );
    ran.warns("at most 2 different pictures are possible in 6 different items: ");
    dir.write("p/collection.toml", order("Back", "Hat"));
    assert!(!dir.run(["check", "p"]).ok().stderr().contains("[[layers]] block"));
}

#[test]
fn the_folder_above_a_project_names_the_project() {
    let dir = Dir::with_project();
    for command in ["check", "generate"] {
        dir.run([command]).refused(1, &[&["has no layers folder", "give the project, \"p\" in this folder"]]);
    }
    // With layers of another name the configuration says what the project is.
    let dir = Dir::empty();
    dir.picture("art/Layers/Hat/A.png", RED);
    dir.write("art/collection.toml", "layers_folder = \"Layers\"\n");
    dir.run(["check"]).refused(1, &[&["give the project, \"art\" in this folder"]]);
    let dir = Dir::empty();
    dir.picture("Export/Hat/A.png", RED);
    dir.run(["check"]).refused(1, &[&["write layers_folder = \"Export\" in collection.toml"]]);
}

#[test]
fn a_setting_is_not_asked_for_in_a_file_that_nobody_has() {
    let dir = Dir::with_project();
    std::fs::remove_file(dir.path("p/collection.toml")).unwrap();
    dir.sized("p/layers/Hat/Wide.png", [16, 8], VEIL);
    dir.run(["check", "p", "--count", "2"]).refused(
        1,
        &[&["Wide.png", "set fit = \"scale\" or fit = \"place\" in collection.toml", "`traitpress init`"]],
    );
}

#[test]
fn items_that_cannot_be_rerolled_name_the_cause() {
    let dir = Dir::with_project();
    dir.write("p/collection.toml", "seed = 7\ncount = 6\n");
    dir.run(["generate", "p"]).ok();
    let refusal = |editions: &str| {
        let ran = dir.run(["reroll", "out", editions, "--project", "p", "--lock", "Back"]);
        ran.refused(1, &[&["no other item was found for item", "keeps \"Back\""]]);
        ran.stderr()
    };
    assert!(refusal("2").contains("together with other items"), "{}", refusal("2"));
    assert!(!refusal("2,3").contains("together"), "{}", refusal("2,3"));
    assert!(!dir.run(["reroll", "out", "2,3", "--project", "p"]).exited(1).stderr().contains("request"));
}

#[test]
fn verify_passes_over_what_systems_leave_and_names_what_to_do_with_the_rest() {
    let dir = Dir::with_project();
    dir.run(["generate", "p"]).ok();
    for name in ["out/.DS_Store", "out/images/._1.png", "out/images/Thumbs.db", "out/desktop.ini"] {
        dir.write(name, "x");
    }
    dir.run(["verify", "out"]).exited_beside_broken_files(0).says("no differences");
    dir.write("out/images/mine.png", "x");
    dir.run(["verify", "out"])
        .exited_beside_broken_files(1)
        .warns("out: 1 difference; delete what is not part of the collection, or move it elsewhere\n");
    for name in ["mine.png", "._1.png"] {
        std::fs::remove_file(dir.path("out/images").join(name)).unwrap();
    }
    std::fs::remove_file(dir.path("out/json/1.json")).unwrap();
    dir.run(["verify", "out"]).exited(1).warns("; restore these files, or make the collection again\n");
    dir.run(["generate", "p", "--resume"]).ok();
    dir.write("p/collection.toml", "name = \"Other\"\nseed = 7\ncount = 4\n");
    let ran = dir.run(["verify", "out", "--project", "p"]);
    ran.exited(1)
        .says("another configuration: the collection's name\n")
        .warns("`traitpress metadata out --project ..`");
    assert!(!ran.stderr().contains("restore these files"), "{}", ran.stderr());
    dir.run(["metadata", "out", "--project", "p"]).ok();
    dir.run(["verify", "out", "--project", "p"]).ok();
    dir.write("p/collection.toml", "name = \"Other\"\nseed = 7\ncount = 4\nbackground = \"#123\"\n");
    let ran = dir.run(["verify", "out", "--project", "p"]);
    ran.exited(1).says("another configuration: the background\n").warns("undo the change of the project; ");
}

#[test]
fn a_folder_that_is_no_layer_can_be_moved_out() {
    let dir = Dir::with_project();
    dir.write("p/collection.toml", "seed = 7\n[[layers]]\nname = \"Back\"\n");
    dir.run(["check", "p", "--count", "2"]).ok().warns(
        "p/layers/Hat: no layer of the configuration uses this folder: it contains 2 pictures (\"Cap.png\", \"Crown#3.png\") and \
         1 other file (\"None#2\"); add [[layers]] with name = \"Hat\" to use it, or move the folder out of \"layers\" to \
         leave it out",
    );
}

#[test]
fn opensea_is_a_name_of_the_standard_that_it_reads() {
    let dir = Dir::with_project();
    dir.run(["generate", "p", "--metadata", "opensea"]).ok();
    dir.run(["generate", "p", "--metadata", "erc721", "--out", "b"]).ok();
    assert_eq!(dir.files("out"), dir.files("b"));
    dir.write(
        "p/collection.toml",
        "name = \"Test\"\nseed = 7\ncount = 4\n[metadata]\nstandard = \"opensea\"\n",
    );
    dir.run(["generate", "p", "--out", "c"]).ok();
    assert_eq!(dir.files("out"), dir.files("c"));
}

#[test]
fn pictures_beside_the_layers_are_noted_where_layers_are_in_the_projects_own_folder() {
    let dir = Dir::empty();
    dir.picture("p/Hat/A.png", RED);
    dir.picture("p/Back/B.png", BLUE);
    dir.picture("p/Crown.png", VEIL);
    let note = "p: 1 picture beside the layer folders is not read (\"Crown.png\"); if it is a trait, move it into the folder of a layer";
    dir.run(["init", "p"]).ok().warns(note);
    assert!(dir.exists("p/preview.png"));
    dir.run(["check", "p", "--count", "1"]).ok().warns(note);
    std::fs::remove_file(dir.path("p/Crown.png")).unwrap();
    assert!(!dir.run(["check", "p", "--count", "1"]).ok().stderr().contains("beside the layer folders"));
}

#[test]
fn names_and_numbers_as_people_write_them_get_a_hint() {
    let dir = Dir::with_project();
    dir.write("p/collection.toml", "seed = 7\n[[rules]]\nforbid = [\"Hatt/Cap\", \"Back/Red\"]\n");
    dir.run(["check", "p"]).refused(1, &[&["there is no layer \"Hatt\"", "did you mean \"Hat/Cap\"?"]]);
    dir.write("p/collection.toml", "seed = 7\ncount = 4\n");
    for (typed, meant) in [("1,000", "1000"), ("1.000", "1000"), ("10 000", "10000"), ("1'000", "1000")] {
        let ran = dir.run(["generate", "p", "--count", typed]);
        ran.exited(2).warns(&format!("write it without separators, as in {meant}"));
    }
    dir.run(["generate", "p", "--count", "many"]).exited(2).warns("write a number of items, 1 to 100000000");
    dir.run(["generate", "p", "--count", "100000001"]).exited(2).warns("1 to 100000000");
    dir.run(["generate", "p"]).ok();
    let words = |ran: Vec<&str>| dir.run(ran).ok().stdout();
    let apart = words(vec!["remove", "out", "1,", "3", "--project", "p", "--preview"]);
    assert_eq!(apart, words(vec!["remove", "out", "1,3", "--project", "p", "--preview"]));
    dir.run(["metadata", "out", "--cid", "foo"]).exited(2).warns("this is not a CID; copy it completely");
}

#[test]
fn a_damaged_picture_is_named_without_the_inside_of_a_decoder() {
    let dir = Dir::with_case("webp-panic");
    let ran = dir.run(["check", "p"]);
    ran.exited(1).warns("its decoder failed on it");
    assert!(!ran.stderr().contains("slice"), "{}", ran.stderr());
}

#[test]
fn a_run_that_goes_on_does_not_count_items_that_it_has_not() {
    let dir = Dir::with_busy_project();
    dir.run(["generate", "p"]).ok();
    std::fs::remove_file(dir.path("out/images/3.png")).unwrap();
    dir.run(["generate", "p", "--resume"]).ok().warns("resuming: verifying the existing ones of 40 items");
}

#[test]
fn one_number_is_said_once_and_figures_of_the_search_only_with_verbose() {
    let dir = Dir::with_project();
    dir.write("p/collection.toml", "name = \"Test\"\nseed = 7\ncount = 4\n[traits.\"Hat/Cap\"]\ncount = 2\n");
    let quiet = dir.run(["check", "p"]).ok().stdout();
    assert!(quiet.contains("\ncanvas 8x8\n") && !quiet.contains("filter"), "{quiet}");
    dir.run(["check", "p", "-v"]).ok().says("distinct spans compressed once (filter ");
    dir.write(
        "p/collection.toml",
        "name = \"Test\"\nseed = 7\ncount = 4\n[traits.\"Hat/Cap\"]\ncount = 2\n[[rules]]\nforbid = [\"Hat/none\", \"Back/Red\"]\n",
    );
    let ran = dir.run(["check", "p"]);
    let stdout = ran.ok().stdout();
    assert!(
        stdout.contains("5 different items are possible") && !stdout.contains("combinations"),
        "{stdout}"
    );
    assert!(
        !stdout.contains("note: Hat/Cap"),
        "a number is asked for, so its weight is no expectation: {stdout}"
    );
    dir.run(["generate", "p"]).ok();
    let report = dir.run(["report", "out"]).ok().stdout();
    assert!(report.contains("  Test #1\n") && !report.contains("(1)"), "{report}");
    dir.run(["generate", "p", "--plan", "out/plan.json", "--count", "1", "--out", "one"])
        .ok()
        .says("1 item in ");
    dir.run(["report", "one", "--top", "0"]).ok().says("Test: 1 item\n");
}

#[test]
fn long_lists_of_new_items_are_cut_and_leave_out_what_never_differs() {
    let dir = Dir::with_busy_project();
    dir.sized("p/layers/4 Frame/Gold.png", [200, 150], [9, 9, 9, 9]);
    dir.run(["generate", "p"]).ok();
    let ran = dir.run(["extend", "out", "--by", "50", "--project", "p"]);
    ran.ok().says("\nand 40 more\n").says("item 41 is new: 0 Ground V");
    assert!(!ran.stdout().contains("Gold"), "{}", ran.stdout());
    // Only what goes is on the sheet, in one line of it.
    dir.run(["remove", "out", "1-3", "--project", "p", "--preview"])
        .ok()
        .says("shows 3 pictures that would be removed");
    let one = image::image_dimensions(dir.path("out-preview.png")).expect("a picture");
    dir.run(["reroll", "out", "1-3", "--project", "p", "--preview"])
        .ok()
        .says("shows 3 items, old pictures above new ones");
    let two = image::image_dimensions(dir.path("out-preview.png")).expect("a picture");
    assert!(one.0 == two.0 && 2 * one.1 > two.1 && two.1 > one.1 + 150, "{one:?} {two:?}");
}

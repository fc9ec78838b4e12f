//! Folders that are no project, and projects as file managers leave them.

use crate::util::{BLUE, Dir, RED};

const COMMANDS: [&str; 4] = ["check", "generate", "plan", "init"];

#[test]
fn a_folder_that_is_not_there_is_wrong_use() {
    for command in COMMANDS {
        let dir = Dir::empty();
        dir.run([command, "nowhere"]).refused(2, &[&["nowhere", "does not exist", "layers/"]]);
    }
}

#[test]
fn a_file_is_no_project() {
    for command in COMMANDS {
        let dir = Dir::empty();
        dir.write("p", "text");
        dir.run([command, "p"]).refused(2, &[&["p: ", "is not a folder", "layers/"]]);
    }
}

#[test]
fn a_project_needs_a_layers_folder() {
    let dir = Dir::empty();
    dir.write("p/readme.txt", "hello");
    for command in ["check", "generate", "plan"] {
        dir.run([command, "p"]).refused(1, &[&["p/layers", "no layers folder", "create it"]]);
    }
    dir.run(["init", "p"]).refused(
        1,
        &[&["p: ", "no folder of pictures", "create layers with a folder of pictures per layer"]],
    );
    dir.write("p/layers", "a file");
    dir.run(["check", "p"]).refused(1, &[&["p/layers", "cannot be read"]]);
}

#[test]
fn a_layers_folder_needs_a_layer() {
    let dir = Dir::empty();
    dir.write("p/layers/.hidden/A.png", "");
    dir.run(["check", "p"]).refused(1, &[&["p/layers", "no layer", "create"]]);
}

#[test]
fn every_empty_layer_is_named() {
    let dir = Dir::with_project();
    dir.write("p/layers/Eyes/.DS_Store", "x");
    dir.write("p/layers/Mouth/None", "");
    let eyes: &[&str] = &["layers/Eyes", "no trait", "add at least one picture"];
    for command in ["check", "generate", "plan"] {
        dir.run([command, "p"]).refused(1, &[eyes, &["layers/Mouth", "no trait"]]);
    }
    assert!(!dir.exists("out"));
}

#[test]
fn what_file_managers_leave_behind_is_fine() {
    let dir = Dir::with_project();
    for name in [".DS_Store", "Thumbs.db", "desktop.ini", ".hidden.png", "._Red.png"] {
        dir.write(format!("p/layers/{name}"), "junk");
        dir.write(format!("p/layers/Back/{name}"), "junk");
    }
    dir.write("p/layers/.git/x.png", "junk");
    let ran = dir.run(["check", "p"]);
    ran.ok().says("no problems");
    assert_eq!(ran.stderr(), "", "nothing to warn of");
    dir.run(["generate", "p"]).ok();
}

#[test]
fn placeholders_of_any_case_stand_for_absence() {
    for name in ["None", "NONE#5", "none.png", "None#0.5.png"] {
        let dir = Dir::empty();
        dir.picture("p/layers/A/Red.png", RED);
        dir.write(format!("p/layers/A/{name}"), "");
        dir.run(["check", "p", "--count", "2"]).ok().says("2 different items");
        dir.run(["generate", "p", "--count", "2"]).ok();
        let attributes =
            |n: u32| dir.json(format!("out/json/{n}.json"))["attributes"].as_array().unwrap().len();
        assert_eq!(attributes(1) + attributes(2), 1, "{name}: one item shows the layer, one does not");
    }
}

#[test]
fn what_could_be_a_mistake_is_a_warning() {
    let dir = Dir::with_project();
    dir.write("p/layers/Back/notes.txt", "x");
    dir.picture("p/layers/Back/Old/Green.png", BLUE);
    dir.picture("p/layers/Stray.png", BLUE);
    let ran = dir.run(["check", "p"]);
    ran.ok().warns("notes.txt").warns("Old").warns("Stray.png");
    assert!(ran.stderr().lines().all(|line| line.starts_with("warning: ") && line.contains("; ")));
}

#[test]
fn the_order_of_the_layers_is_told_where_nothing_configures_it() {
    let dir = Dir::empty();
    for layer in ["10 Hat", "2 Face", "1 Back"] {
        dir.picture(format!("p/layers/{layer}/A.png"), RED);
    }
    dir.run(["check", "p", "--count", "1"]).ok().warns("1 Back, 2 Face, 10 Hat").warns("init");
}

#[test]
fn a_project_is_the_current_folder_if_none_is_named() {
    let dir = Dir::empty();
    dir.picture("layers/A/Red.png", RED);
    dir.picture("layers/A/Blue.png", BLUE);
    dir.run(["generate", "--count", "2"]).ok();
    dir.run(["generate", "--count", "2", "--force"]).ok();
    assert!(dir.exists("out/images/2.png"));
}

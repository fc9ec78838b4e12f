//! Pixel art of others with the pictures that their own tool made. It is not part of the repository.
//!
//! Both keep straight alpha, so not one bit of any picture may differ.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use traitpress::engine::EncodingMode;
use traitpress::plan::Plan;

use crate::check::assert_same_files;
use crate::common::canvas::{Canvas, Rgba};
use crate::common::differ::report;
use crate::common::press::{Gpu, Setting, open, press, turn};
use crate::common::readers::strict;

/// A trait file's name as a trait: its folder is part of it, as files of two folders are called the same.
fn trait_name(file: &str) -> String {
    file.strip_prefix("traits/").unwrap_or(file).trim_end_matches(".png").replace('/', "-")
}

/// A project with a layer for each position in the stacks of `items`, and the plan that makes them.
fn write_project(art: &Path, items: &[Vec<String>], root: &Path) {
    let deepest = items.iter().map(Vec::len).max().unwrap_or(0);
    let mut layers: BTreeMap<usize, BTreeSet<&String>> = BTreeMap::new();
    for item in items {
        item.iter()
            .enumerate()
            .for_each(|(position, file)| _ = layers.entry(position).or_default().insert(file));
    }
    let mut text = String::from("name = \"Punks\"\n");
    for (position, files) in &layers {
        let chance = if *position == 0 { "1.0" } else { "0.5" };
        write!(text, "[[layers]]\nname = \"{position}\"\nchance = {chance}\n").unwrap();
        let folder = root.join(format!("layers/{position}"));
        fs::create_dir_all(&folder).unwrap();
        for file in files {
            fs::copy(art.join(file), folder.join(format!("{}.png", trait_name(file)))).unwrap();
        }
    }
    fs::write(root.join("collection.toml"), text).unwrap();
    let row = |item: &Vec<String>| -> Vec<Option<String>> {
        (0..deepest).map(|position| item.get(position).map(|file| trait_name(file))).collect()
    };
    let plan = serde_json::json!({
        "format": "traitpress-plan/1",
        "layers": (0..deepest).map(|position| position.to_string()).collect::<Vec<_>>(),
        "items": items.iter().map(row).collect::<Vec<_>>(),
    });
    fs::write(root.join("plan.json"), plan.to_string()).unwrap();
}

/// A picture in which the colour of what cannot be seen is nothing.
fn seen(mut canvas: Canvas) -> Canvas {
    canvas.pixels.iter_mut().filter(|pixel| pixel[3] == 0).for_each(|pixel: &mut Rgba| *pixel = [0; 4]);
    canvas
}

#[test]
#[ignore = "needs art that is not part of the repository: scripts/check-punks FOLDER"]
fn pictures_equal_those_of_their_own_tool() {
    let art = PathBuf::from(std::env::var_os("TRAITPRESS_PUNKS").expect("TRAITPRESS_PUNKS names the folder"));
    let items: Vec<Vec<String>> =
        serde_json::from_slice(&fs::read(art.join("items.json")).expect("items.json is there")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    write_project(&art, &items, dir.path());
    for encoder in [EncodingMode::Spans, EncodingMode::Plain] {
        let engine = open(dir.path(), encoder, Setting::USUAL);
        let plan = Plan::read(&dir.path().join("plan.json"), engine.project(), None).unwrap();
        let pressed = press(&engine, &plan);
        let setting = Setting { gpu: Gpu::USUAL, ..Setting::USUAL };
        if let Some(_turn) = turn(setting.gpu) {
            let other = press(&open(dir.path(), encoder, setting), &plan);
            assert_same_files("punks on the GPU", &pressed, &other);
        }
        // Their pictures are numbered from 0 or from 1.
        let first = usize::from(!art.join("expected/0.png").exists());
        let mut failures = Vec::new();
        for index in 0..plan.len() {
            let expected = seen(Canvas::read(&art.join(format!("expected/{}.png", index + first))));
            let actual = strict(pressed.picture(&plan, index)).unwrap().canvas;
            if actual != expected {
                failures.push(report(&format!("punk {}", index + first), &expected, &actual));
            }
        }
        let same = plan.len() - failures.len();
        println!("{encoder:?}: {same} of {} are identical", plan.len());
        assert!(failures.is_empty(), "{}", failures.join("\n"));
        assert_eq!(plan.len(), items.len());
    }
}

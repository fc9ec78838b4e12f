//! One-of-ones: pictures that are given whole, beside items that are put together from traits.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use image::{Rgba, RgbaImage};
use serde_json::{Value, json};

use crate::require::found;
use crate::util::{BLUE, Dir, RED, code_of, png_bytes};

/// A picture of 200x150 pixels for the busy project, opaque or not, with more colours than a palette holds.
fn portrait(opaque: bool) -> RgbaImage {
    RgbaImage::from_fn(200, 150, |x, y| {
        let alpha = if opaque { 255 } else { (x + y) as u8 | 1 };
        Rgba([x as u8, y as u8, (x * y / 7) as u8, alpha])
    })
}

/// The busy project with three ones, one of them at edition 5.
fn with_ones() -> Dir {
    let dir = Dir::with_busy_project();
    dir.image("p/ones/Golden King.png", &portrait(true));
    dir.image("p/ones/ghost.png", &portrait(false));
    dir.sized("p/ones/Flat.png", [200, 150], BLUE);
    dir.write("p/collection.toml", CONFIGURATION);
    dir
}

const CONFIGURATION: &str = "name = \"Cats\"\ndescription = \"All of them\"\nseed = 11\ncount = 40\nbase_uri = \"ipfs://CID\"\n\
    [[ones]]\nimage = \"ones/Golden King.png\"\nedition = 5\n\
    attributes = { Background = \"Gold\", Power = 9, Share = 0.5, Crowned = true, Age = \"Old\" }\n\
    [[ones]]\nimage = \"ones/ghost.png\"\nname = \"The ../Ghost\"\n\
    [[ones]]\nimage = \"ones/Flat.png\"\n";

/// What each item of a plan is, by edition.
fn items(dir: &Dir, plan: &str) -> BTreeMap<u64, Value> {
    let plan = dir.json(plan);
    let start = plan["start"].as_u64().unwrap();
    let items = plan["items"].as_array().unwrap().iter();
    (start..)
        .zip(items)
        .map(|(counted, item)| (item["edition"].as_u64().unwrap_or(counted), item.clone()))
        .collect()
}

/// The editions of ones by name.
fn ones(dir: &Dir, plan: &str) -> BTreeMap<String, u64> {
    let name = |(edition, item): (u64, Value)| Some((item["one"].as_str()?.to_owned(), edition));
    items(dir, plan).into_iter().filter_map(name).collect()
}

fn pixels(dir: &Dir, name: impl AsRef<Path>) -> RgbaImage {
    image::open(dir.path(name)).unwrap().into_rgba8()
}

#[test]
fn ones_are_written_pixel_for_pixel_with_their_own_metadata() {
    let dir = with_ones();
    dir.run(["check", "p"])
        .ok()
        .says("216 different items are possible, and 3 one-of-ones; 40 are requested");
    dir.run(["generate", "p", "--stats", "stats.json"]).ok().says("40 items");
    let places = ones(&dir, "out/plan.json");
    assert_eq!(places.keys().collect::<Vec<_>>(), ["Flat", "Golden King", "The ../Ghost"]);
    assert_eq!(places["Golden King"], 5);
    let image = |name: &str| format!("out/images/{}.png", places[name]);
    assert!(pixels(&dir, image("Golden King")) == portrait(true));
    assert!(
        pixels(&dir, image("The ../Ghost")) == portrait(false),
        "not a level of a translucent colour is lost"
    );
    assert!(pixels(&dir, image("Flat")) == RgbaImage::from_pixel(200, 150, Rgba(BLUE)));
    let kind = |name: &str| {
        let file = std::io::BufReader::new(std::fs::File::open(dir.path(image(name))).unwrap());
        png::Decoder::new(file).read_info().unwrap().info().color_type
    };
    assert_eq!(kind("Golden King"), png::ColorType::Rgb);
    assert_eq!(kind("The ../Ghost"), png::ColorType::Rgba);
    assert_eq!(kind("Flat"), png::ColorType::Indexed);

    let attribute = |name: &str, value: Value| json!({"trait_type": name, "value": value});
    let king = json!({
        "name": "Golden King",
        "description": "All of them",
        "image": "ipfs://CID/5.png",
        "edition": 5,
        "attributes": [
            attribute("Background", "Gold".into()), attribute("Power", 9.into()), attribute("Share", 0.5.into()),
            attribute("Crowned", true.into()), attribute("Age", "Old".into())
        ]
    });
    assert_eq!(dir.json("out/json/5.json"), king);
    let text = String::from_utf8(dir.read("out/json/5.json")).unwrap();
    let at = |word: &str| text.find(word).unwrap();
    assert!(
        at("Background") < at("Power") && at("Power") < at("Share") && at("Crowned") < at("Age"),
        "{text}"
    );
    let ghost = places["The ../Ghost"];
    let document = dir.json(format!("out/json/{ghost}.json"));
    assert_eq!((&document["name"], &document["attributes"]), (&json!("The ../Ghost"), &json!([])));
    let all = dir.json("out/json/_metadata.json");
    assert_eq!((all.as_array().unwrap().len(), &all[4], &all[ghost as usize - 1]), (40, &king, &document));
    assert!(
        all.as_array()
            .unwrap()
            .iter()
            .filter(|item| item["name"].as_str().unwrap().starts_with("Cats #"))
            .count()
            == 37
    );

    // Files are those of any collection: no name of a one is in a path.
    let files: Vec<PathBuf> = dir.files("out").into_keys().collect();
    let numbered = |folder: &str, end: &str| {
        (1..=40).map(|n| PathBuf::from(format!("{folder}/{n}.{end}"))).collect::<Vec<_>>()
    };
    let mut expected = [numbered("images", "png"), numbered("json", "json")].concat();
    expected.extend(["json/_metadata.json", "manifest.json", "plan.json"].map(PathBuf::from));
    expected.sort();
    assert_eq!(files, expected);
    let stats = dir.json("stats.json");
    assert_eq!((&stats["items"], &stats["ones"]), (&json!(40), &json!(3)));
    assert_eq!(dir.json("out/manifest.json")["count"], 40);
}

#[test]
fn strict_readers_accept_the_pictures_of_ones() {
    let dir = with_ones();
    for effort in ["fast", "balanced", "small"] {
        dir.run(["generate", "p", "--count", "6", "--effort", effort, "--out", effort]).ok();
        let paths = ones(&dir, format!("{effort}/plan.json").as_str())
            .into_values()
            .map(|edition| dir.path(format!("{effort}/images/{edition}.png")));
        match Command::new("pngcheck").arg("-q").args(paths).output() {
            Ok(output) => assert!(output.status.success(), "{output:?}"),
            Err(error) => {
                found(false, &format!("pngcheck cannot be run ({error})"), "pngcheck");
            }
        }
    }
    // Effort makes other bytes of the same pixels.
    let king =
        |out: &str| (dir.read(format!("{out}/images/5.png")), pixels(&dir, format!("{out}/images/5.png")));
    let [fast, small] = ["fast", "small"].map(king);
    assert!(fast.0.len() > small.0.len() && fast.1 == small.1);
}

/// The bytes of the pictures of all items that are put together from traits, in order.
fn others(dir: &Dir, out: &str) -> Vec<Vec<u8>> {
    let drawn = items(dir, &format!("{out}/plan.json")).into_iter().filter(|(_, item)| item["one"].is_null());
    drawn.map(|(edition, _)| dir.read(format!("{out}/images/{edition}.png"))).collect()
}

#[test]
fn adding_a_one_changes_no_byte_of_the_other_pictures() {
    let dir = with_ones();
    dir.run(["generate", "p", "--out", "with"]).ok();
    let head = CONFIGURATION.split("[[ones]]").next().unwrap();
    dir.write("p/collection.toml", head);
    dir.run(["generate", "p", "--count", "37", "--out", "without"]).ok();
    assert!(others(&dir, "with") == others(&dir, "without"));
    let recipe = |out: &str| dir.json(format!("{out}/manifest.json"))["recipe"].clone();
    assert_eq!(recipe("with"), recipe("without"));
    for key in ["configuration", "art", "plan"] {
        let of = |out: &str| dir.json(format!("{out}/manifest.json"))[key].clone();
        assert_ne!(of("with"), of("without"), "{key}");
    }
    // The same where the colours of the traits fit a palette, which the one's do not.
    let dir = Dir::with_project();
    let noise = RgbaImage::from_fn(8, 8, |x, y| Rgba([(x * 31) as u8, (y * 29) as u8, 5, (x * y + 9) as u8]));
    dir.write("p/Odd.webp", webp(&noise));
    dir.run(["generate", "p", "--count", "4", "--out", "without"]).ok();
    dir.write("p/collection.toml", "name = \"Test\"\nseed = 7\n[[ones]]\nimage = \"Odd.webp\"\n");
    dir.run(["generate", "p", "--count", "5", "--out", "with"]).ok();
    assert!(others(&dir, "with") == others(&dir, "without"));
    assert!(pixels(&dir, format!("with/images/{}.png", ones(&dir, "with/plan.json")["Odd"])) == noise);
}

fn webp(picture: &RgbaImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::WebP).unwrap();
    bytes.into_inner()
}

#[test]
fn threads_batches_and_encoders_change_no_byte() {
    let dir = with_ones();
    dir.run(["generate", "p", "--threads", "1"]).ok();
    let first = dir.files("out");
    for (number, arguments) in [
        "--threads 2 --batch 1 --encode-batch 1",
        "--threads 3 --batch 7 --cache-memory 0",
        "--batch 1000 --encode-batch 64 --trait-memory 0",
    ]
    .iter()
    .enumerate()
    {
        let out = format!("out{number}");
        dir.run(["generate", "p", "--out", &out].into_iter().chain(arguments.split(' '))).ok();
        assert!(dir.files(&out) == first, "{arguments}");
    }
    dir.run(["generate", "p", "--encoder", "plain", "--out", "plain"]).ok();
    for edition in ones(&dir, "out/plan.json").into_values() {
        let name = format!("images/{edition}.png");
        assert!(
            dir.read(format!("plain/{name}")) == first[Path::new(&name)],
            "the recipe says nothing of ones"
        );
    }
}

#[test]
#[cfg(feature = "gpu")]
fn a_gpu_changes_no_byte_either() {
    let Some(adapter) = crate::util::adapter() else { return };
    let dir = with_ones();
    dir.run(["generate", "p", "--count", "12", "--backend", "cpu"]).ok();
    // Textures that hold a part of the art only, so that what comes next is loaded ahead.
    let words =
        ["--backend", "gpu", "--adapter", &adapter, "--require-gpu", "--gpu-memory", "1MB", "--batch", "2"];
    dir.run(["generate", "p", "--count", "12", "--out", "gpu"].into_iter().chain(words)).ok();
    assert!(dir.files("out") == dir.files("gpu"));
}

#[test]
fn rules_unique_sets_and_tables_look_at_the_other_items_only() {
    let dir = Dir::with_project();
    dir.picture("p/ones/A.png", RED);
    dir.picture("p/ones/B.png", RED);
    // Red with Crown and Blue without a hat are out; each hat once at most: three items.
    let rules = "name = \"Test\"\nseed = 7\n[[rules]]\nforbid = [\"Hat/Crown\", \"Back/Red\"]\n\
                 [[rules]]\nwhen = \"Hat/none\"\nrequire = \"Back/Red\"\n[[unique]]\nlayers = [\"Hat\"]\n\
                 [[ones]]\nimage = \"ones/A.png\"\n[[ones]]\nimage = \"ones/B.png\"\nedition = 1\n";
    dir.write("p/collection.toml", rules);
    dir.run(["check", "p", "--count", "5"]).ok();
    dir.run(["generate", "p", "--count", "5"]).ok();
    assert_eq!(ones(&dir, "out/plan.json")["B"], 1);
    let hats: std::collections::BTreeSet<String> = items(&dir, "out/plan.json")
        .values()
        .filter_map(|item| Some(item.as_array()?[1].to_string()))
        .collect();
    assert_eq!(hats.len(), 3);
    let told: &[&str] = &["6 items are requested (4 besides the 2 one-of-ones)", "\"Hat\"", "3 combinations"];
    dir.run(["generate", "p", "--count", "6", "--out", "more"]).refused(1, &[told]);
    dir.run(["check", "p", "--count", "6"]).exited(1).warns("besides the 2 one-of-ones");
    let told = dir.run(["check", "p", "--count", "5", "--json"]).ok().stdout();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["ones"], &told["count"], &told["enough"]), (&json!(2), &json!(5), &json!(true)));
    // A table of what was chosen counts drawn items.
    let told = dir.run(["plan", "p", "--count", "5", "-o", "plan.json", "--json"]).ok().stdout();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["items"], &told["ones"]), (&json!(5), &json!(2)));
    for table in told["layers"].as_array().unwrap() {
        let choices = table["choices"].as_array().unwrap();
        assert_eq!(choices.iter().map(|line| line["items"].as_u64().unwrap()).sum::<u64>(), 3, "{table}");
    }
    dir.run(["generate", "p", "--plan", "plan.json", "--out", "by plan"]).ok();
    assert_eq!(dir.files("by plan/images"), dir.files("out/images"));
}

#[test]
fn what_is_wrong_with_ones_is_told_before_anything_is_written() {
    let dir = with_ones();
    dir.sized("p/ones/Flat.png", [200, 151], BLUE);
    let whole = png_bytes(&portrait(true));
    dir.write("p/ones/ghost.png", &whole[..whole.len() / 2]);
    let problems: &[&[&str]] = &[
        &["ones/ghost.png", "cannot be decoded", "export it again"],
        &["ones/Flat.png", "200x151", "200x150", "fit = \"scale\""],
    ];
    for command in ["check", "generate"] {
        dir.run([command, "p"]).refused(1, problems);
    }
    std::fs::remove_file(dir.path("p/ones/Golden King.png")).unwrap();
    dir.write("p/collection.toml", CONFIGURATION.replace("name = \"Cats\"", "nmae = \"Cats\""));
    let missing: &[&str] =
        &["collection.toml:7", "\"Golden King\" has no picture \"ones/Golden King.png\"", "add it"];
    let all = [&[&["collection.toml:1", "\"nmae\""][..], missing], problems].concat();
    for command in ["check", "generate", "plan"] {
        dir.run([command, "p"]).refused(1, &all);
    }
    assert!(!dir.exists("out"));
    dir.write("p/collection.toml", "[[ones]]\nimage = \"../elsewhere.png\"\n");
    dir.picture("elsewhere.png", RED);
    dir.run(["generate", "p"]).refused(1, &[&["elsewhere.png", "outside the project", "copy the art"]]);
}

#[test]
fn counts_and_editions_without_room_for_the_ones_are_refused() {
    let dir = with_ones();
    for command in ["generate", "plan"] {
        dir.run([command, "p", "--count", "2"])
            .refused(1, &[&["2 items are requested", "3 one-of-ones", "at least 3"]]);
        let told: &[&str] = &["\"Golden King\" has edition 5", "outside 1 to 4", "change its edition"];
        dir.run([command, "p", "--count", "4"]).refused(1, &[told]);
        dir.run([command, "p", "--count", "220"]).refused(
            1,
            &[&["220 items are requested (217 besides the 3 one-of-ones), but only 216", "to at most 219"]],
        );
    }
    dir.run(["check", "p", "--count", "4"]).exited(1).warns("outside 1 to 4");
    dir.run(["check", "p", "--count", "2"]).exited(1).warns("at least 3");
    dir.run(["check", "p", "--count", "220"]).exited(1).warns("220 items are requested (217 besides");
    dir.run(["check", "p", "--count", "219"]).ok();
    dir.write("p/collection.toml", format!("start = 6\n{CONFIGURATION}"));
    dir.run(["check", "p"]).refused(1, &[&["collection.toml:9", "edition is 5", "number 6", "6 or more"]]);
    assert!(!dir.exists("out"));
}

#[test]
fn pictures_of_ones_are_never_in_the_way_of_the_output() {
    let dir = with_ones();
    dir.run(["generate", "p", "--count", "6", "--out", "p/out"]).ok();
    dir.write("p/collection.toml", format!("{CONFIGURATION}[[ones]]\nimage = \"out/images/2.png\"\n"));
    let before = dir.files("p/out");
    dir.run(["generate", "p", "--out", "p/out", "--force"]).refused(
        2,
        &[&[
            "p/out: the output folder contains the picture of a one-of-one",
            "2.png",
            "choose another --out",
        ]],
    );
    assert_eq!(dir.files("p/out"), before);
    dir.run(["generate", "p", "--count", "6"]).ok();
    let edition = ones(&dir, "out/plan.json")["2"];
    assert!(pixels(&dir, format!("out/images/{edition}.png")) == pixels(&dir, "p/out/images/2.png"));
}

#[test]
fn plans_with_ones_are_edited_and_made() {
    let dir = with_ones();
    dir.run(["plan", "p", "-o", "a.json"]).ok();
    dir.run(["generate", "p", "--plan", "a.json"]).ok();
    dir.run(["generate", "p", "--out", "seeded"]).ok();
    assert_eq!(dir.files("out"), dir.files("seeded"));
    let places = ones(&dir, "a.json");
    let (king, flat) = (places["Golden King"].to_string(), places["Flat"].to_string());
    dir.run(["plan", "p", "--keep", "a.json", "--reroll", &king])
        .refused(2, &[&["item 5 is the one-of-one \"Golden King\"", "or remove it"]]);
    dir.run(["plan", "p", "--keep", "a.json", "--drop", &flat, "--extend", "3", "-o", "b.json"]).ok();
    let (before, after) = (items(&dir, "a.json"), items(&dir, "b.json"));
    assert_eq!((after.len(), ones(&dir, "b.json").len()), (42, 2));
    assert!(after.iter().take(39).all(|(edition, item)| {
        let old = &before[edition];
        old == item || item["traits"] == *old || item["one"] == old["one"] && !old["one"].is_null()
    }));
    dir.run(["plan", "p", "--keep", "a.json", "--keep", "b.json", "--renumber", "-o", "c.json"])
        .refused(2, &[&["are both the one-of-one", "remove one of them"]]);
    dir.run(["plan", "p", "--keep", "b.json", "--drop", "1,2,3", "--renumber", "-o", "c.json"]).ok();
    assert_eq!(ones(&dir, "c.json")["Golden King"], 2);
    dir.run(["generate", "p", "--plan", "c.json", "--out", "edited"]).ok();
    assert_eq!(dir.json("edited/json/2.json")["name"], "Golden King");
    assert!(pixels(&dir, "edited/images/2.png") == portrait(true));
    // Not even a plan whose first items are all ones is a problem.
    let plan = "{\"format\": \"traitpress-plan/1\", \"layers\": [\"0 Ground\", \"1 Figure\", \"2 Eyes\", \"3 Hat\"], \"items\": [\
                {\"one\": \"Flat\"}, {\"edition\": 9, \"one\": \"Golden King\"}]}";
    dir.write("d.json", plan);
    dir.run(["generate", "p", "--plan", "d.json", "--batch", "1", "--out", "two"]).ok();
    assert!(pixels(&dir, "two/images/9.png") == portrait(true));
    dir.write("e.json", plan.replace("Flat", "Falt"));
    dir.run(["generate", "p", "--plan", "e.json", "--out", "three"])
        .refused(1, &[&["e.json", "item 1", "no one-of-one \"Falt\"", "did you mean \"Flat\"?"]]);
    assert!(!dir.exists("three"));
}

#[test]
fn every_combination_and_every_one_can_be_planned_and_made() {
    let dir = Dir::with_project();
    dir.picture("p/A.png", BLUE);
    dir.picture("p/B.png", RED);
    dir.write(
        "p/collection.toml",
        "start = 10\n[[ones]]\nimage = \"A.png\"\n[[ones]]\nimage = \"B.png\"\nedition = 12\n",
    );
    dir.run(["plan", "p", "--all", "-o", "all.json"]).ok().warns("8 items written");
    let expected: BTreeMap<String, u64> = [("A".to_owned(), 17), ("B".to_owned(), 12)].into();
    assert_eq!(ones(&dir, "all.json"), expected);
    dir.run(["generate", "p", "--plan", "all.json"]).ok();
    assert_eq!(dir.files("out/images").len(), 8);
    assert!(pixels(&dir, "out/images/12.png").pixels().all(|pixel| pixel.0 == RED));
}

#[test]
fn what_was_learnt_of_traits_is_good_for_a_project_with_one_more_one() {
    let dir = with_ones();
    dir.run(["generate", "p", "--patterns", "learned.json"]).ok();
    let learned = dir.json("learned.json");
    dir.picture("p/ones/More.png", RED);
    dir.write(
        "p/collection.toml",
        format!("fit = \"scale\"\n{CONFIGURATION}[[ones]]\nimage = \"ones/More.png\"\n"),
    );
    dir.run(["generate", "p", "--patterns", "learned.json", "--out", "more"]).ok();
    assert_ne!(dir.json("learned.json"), learned);
}

/// The example of docs/rules.md is a project.
#[test]
fn the_example_of_the_page_on_rules_does_what_it_says() {
    let code = code_of("One-of-ones");
    let dir = Dir::with_project();
    dir.picture("p/ones/Golden King.png", BLUE);
    dir.write("p/collection.toml", format!("seed = 1\ncount = 7\n{code}"));
    dir.run(["generate", "p"]).ok();
    let document = dir.json("out/json/7.json");
    assert_eq!(document["name"], "Golden King");
    assert_eq!(document["attributes"][1], json!({"trait_type": "Power", "value": 9}));
    assert!(pixels(&dir, "out/images/7.png").pixels().all(|pixel| pixel.0 == BLUE));
}

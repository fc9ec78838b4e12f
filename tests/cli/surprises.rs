//! Art that makes other items than its artist may think: invisible pictures, equal ones, and pictures beside the canvas.

use image::{Rgba, RgbaImage};
use serde_json::Value;

use crate::util::{BLUE, Dir, RED, VEIL};

/// What the metadata of an item says of a layer.
fn shown(dir: &Dir, edition: usize, layer: &str) -> Option<String> {
    let document = dir.json(format!("out/json/{edition}.json"));
    let all = document["attributes"].as_array().unwrap();
    let one = all.iter().find(|one| one["trait_type"] == layer)?;
    Some(one["value"].as_str().unwrap().to_owned())
}

#[test]
fn a_picture_called_none_that_shows_nothing_is_absence_in_rules_and_metadata() {
    let dir = Dir::with_case("case-4");
    dir.run(["check", "p", "--count", "3"])
        .ok()
        .warns("layers/Hat: the picture \"None\" shows nothing and means the absence of the layer")
        .warns("layers/Mask: ");
    // Of the four combinations the rule forbids one.
    let ran = dir.run(["generate", "p", "--count", "3"]);
    assert!(!ran.ok().stderr().contains("warning"), "{}", ran.stderr());
    let items: Vec<_> = (1..=3).map(|n| (shown(&dir, n, "Hat"), shown(&dir, n, "Mask"))).collect();
    assert!(!items.contains(&(None, Some("Real".to_owned()))), "{items:?}");
    assert!(items.contains(&(None, None)), "{items:?}");
    dir.run(["generate", "p", "--count", "4", "--out", "more"]).refused(1, &[&["3"]]);
    let plan: Value = dir.json("out/plan.json");
    assert!(!plan.to_string().contains("None"), "{plan}");
    dir.run(["verify", "out", "--project", "p"]).ok();
}

#[test]
fn names_of_absence_count_only_where_nothing_is_visible() {
    for (name, is_absence) in
        [("Blank", true), ("EMPTY#2", true), ("no hat", true), ("nothing", true), ("Clear", false)]
    {
        let dir = Dir::with_project();
        std::fs::remove_file(dir.path("p/layers/Hat/None#2")).unwrap();
        // Colours without alpha are as invisible as black.
        dir.picture(format!("p/layers/Hat/{name}.png"), [200, 100, 50, 0]);
        let ran = dir.run(["check", "p"]);
        let stderr = ran.ok().stderr();
        assert_eq!(stderr.contains("means the absence of the layer"), is_absence, "{name}: {stderr}");
        assert_eq!(
            stderr.contains("the picture shows nothing on the canvas"),
            !is_absence,
            "{name}: {stderr}"
        );
        dir.run(["generate", "p", "--count", "6"]).ok();
        let hats: Vec<_> = (1..=6).filter_map(|n| shown(&dir, n, "Hat")).collect();
        assert_eq!(hats.len(), if is_absence { 4 } else { 6 }, "{name}: {hats:?}");
        // A rule may use the picture's own name.
        let text =
            format!("seed = 1\n[[rules]]\nforbid = [\"Hat/{}\", \"Back/Red\"]\n", name.replace("#2", ""));
        dir.write("p/collection.toml", text);
        dir.run(["generate", "p", "--count", "5", "--out", "five"]).ok();
        dir.run(["generate", "p", "--count", "6", "--out", "six"]).refused(1, &[&["5"]]);
    }
    // One visible pixel makes it a trait, and then absence has other words in messages.
    let dir = Dir::with_project();
    std::fs::remove_file(dir.path("p/layers/Hat/None#2")).unwrap();
    let mut picture = RgbaImage::new(8, 8);
    picture.put_pixel(7, 7, Rgba([0, 0, 0, 1]));
    dir.image("p/layers/Hat/None.png", &picture);
    dir.write(
        "p/collection.toml",
        "seed = 1\n[[layers]]\nname = \"Back\"\n[[layers]]\nname = \"Hat\"\nchance = 0.5\n",
    );
    let plan = dir.run(["plan", "p", "--count", "8", "-o", "plan.json"]).ok().stdout();
    assert!(plan.contains("Hat/None ") && plan.contains("Hat/(absent) "), "{plan}");
}

#[test]
fn two_pictures_of_absence_add_their_weights() {
    let dir = Dir::with_project();
    dir.picture("p/layers/Hat/Blank#6.png", [0; 4]);
    dir.picture("p/layers/Hat/Nothing#4.png", [0; 4]);
    let ran = dir.run(["check", "p", "--json"]);
    let shares = serde_json::from_str::<Value>(&ran.ok().stdout()).unwrap()["possible"]["shares"].clone();
    let absent = shares.as_array().unwrap().iter().find(|share| share["name"] == "Hat/none").unwrap();
    // Beside Cap (1), Crown (3) and the empty file None (2).
    assert_eq!(absent["by_weight"], 12.0 / 16.0);
}

#[test]
fn a_reference_that_matches_no_item_is_a_warning_wherever_items_are_chosen() {
    let dir = Dir::with_project();
    dir.write("p/collection.toml", "seed = 1\ncount = 3\n[[rules]]\nforbid = [\"Back/none\", \"Hat/Cap\"]\n");
    let words =
        "collection.toml:3: \"Back/none\" in rule 1 matches no item: the layer \"Back\" is never absent";
    for arguments in [&["check", "p"][..], &["plan", "p", "-o", "plan.json"], &["generate", "p"]] {
        dir.run(arguments).ok().warns(words);
    }
}

#[test]
fn what_lies_outside_is_cut_or_leaves_an_edge_open_is_named_with_numbers() {
    let dir = Dir::with_case("case-3");
    for command in ["check", "generate"] {
        let ran = dir.run([command, "p", "--count", "1"]);
        ran.ok();
        for name in ["up", "side"] {
            ran.warns(&format!(
                "Eyes/{name}.png: the picture lies entirely outside the canvas of 65x65: it \
             would cover columns 1"
            ));
        }
        ran.warns("Beard/x.png: the picture is cut off: ")
            .warns("Bg/b.png: no background covers 1 column at the right and 1 row at the bottom of the canvas of 65x65");
        // `check` also says that the two pairs of eyes make no difference.
        let more = usize::from(command == "check");
        assert_eq!(ran.stderr().matches("warning: ").count(), 4 + more, "{}", ran.stderr());
    }
}

#[test]
fn pictures_that_are_placed_right_have_no_warning() {
    let dir = Dir::with_project();
    // A transparent margin may lie outside, and one of two backgrounds reaches each edge.
    let mut wide = RgbaImage::new(30, 30);
    wide.put_pixel(10, 10, Rgba(RED));
    dir.image("p/layers/Hat/Wide.png", &wide);
    dir.sized("p/layers/Back/Large.png", [16, 16], BLUE);
    dir.write(
        "p/collection.toml",
        "seed = 1\nsize = [16, 16]\nfit = \"place\"\n[[layers]]\nname = \"Back\"\n[[layers]]\nname = \"Hat\"\noffset = [-2, -2]\n",
    );
    let ran = dir.run(["check", "p"]);
    assert_eq!(ran.ok().stderr().matches("warning: ").count(), 0, "{}", ran.stderr());
    // Many that are cut are counted, not listed.
    for number in 0..9 {
        dir.sized(format!("p/layers/Hat/Cut {number}.png"), [40, 8], VEIL);
    }
    let ran = dir.run(["check", "p"]);
    assert_eq!(ran.ok().stderr().matches("the picture is cut").count(), 3);
    ran.warns("6 more pictures of layer \"Hat\" are cut off or outside the canvas");
}

/// The groups of equal items that the statistics name.
fn equal_items(dir: &Dir, arguments: &[&str]) -> (Value, String) {
    let all = [&["generate", "p", "--stats", "s.json", "--force"], arguments].concat();
    let ran = dir.run(all);
    let stderr = ran.ok().stderr();
    (dir.json("s.json")["equal_items"].clone(), stderr)
}

/// The same, found by decoding all pictures.
fn equal_by_decoding(dir: &Dir, count: u32) -> Value {
    let mut groups: Vec<(Vec<u8>, Vec<u32>)> = Vec::new();
    for edition in 1..=count {
        let pixels =
            image::open(dir.path(format!("out/images/{edition}.png"))).unwrap().into_rgba8().into_raw();
        match groups.iter_mut().find(|(other, _)| *other == pixels) {
            Some((_, editions)) => editions.push(edition),
            None => groups.push((pixels, vec![edition])),
        }
    }
    let several = groups.into_iter().map(|(_, editions)| editions).filter(|editions| editions.len() > 1);
    Value::from_iter(several.map(Value::from))
}

#[test]
fn items_that_differ_in_names_alone_are_named_by_check_and_generate() {
    let dir = Dir::with_case("case-2");
    let ran = dir.run(["check", "p"]);
    ran.ok().warns("warning: at most 3 different pictures are possible in 12 different items: ");
    for cause in ["\"Hat/Flat\" hides all layers below it", "\"Head/A\" and \"Head/B\" have the same pixels"]
    {
        ran.warns(cause);
    }
    dir.run(["check", "p", "--strict"]).refused(1, &[&["with --strict"]]);
    // Blank is absence, so that eight items with a hat and four without are left.
    for arguments in [
        &["--threads", "1"][..],
        &["--threads", "2", "--batch", "1"],
        &["--encoder", "plain"],
        &["--effort", "small"],
    ] {
        let (named, stderr) = equal_items(&dir, arguments);
        assert_eq!(named, equal_by_decoding(&dir, 12), "{arguments:?}");
        assert!(stderr.contains("of 12 pictures repeat another, pixel for pixel: items "), "{stderr}");
    }
    dir.run(["generate", "p", "--strict", "--out", "strict"])
        .refused(1, &[&["of 12 pictures repeat another", "`traitpress check`"]]);
    assert!(dir.exists("strict/manifest.json"), "what was made is kept");
    // A run that goes on names what an undisturbed run names.
    dir.run(["generate", "p", "--count", "5", "--out", "parts"]).ok();
    let ran = dir.run(["generate", "p", "--count", "12", "--out", "parts", "--resume"]);
    ran.ok().warns("of 12 pictures repeat another");
    dir.run(["generate", "p", "--out", "a.tar"]).ok().warns("of 12 pictures repeat another");
    // Readers of the finished folder say the same.
    let verified = dir.run(["verify", "out", "--json"]).ok().stdout();
    let verified: Value = serde_json::from_str(&verified).unwrap();
    assert_eq!(verified["equal_items"], equal_by_decoding(&dir, 12));
    dir.run(["verify", "out"]).ok().warns("of 12 pictures repeat another");
    dir.run(["report", "out"]).ok().warns("of 12 pictures repeat another");
}

#[test]
fn pictures_that_are_equal_although_each_trait_differs_are_found_by_their_pixels() {
    let dir = Dir::with_project();
    // A cap that covers the eyes, which are not hidden in whole tiles, and a pair of veils that make one colour.
    let half = |left: bool, colour: [u8; 4]| {
        RgbaImage::from_fn(8, 8, |x, _| Rgba(if (x < 4) == left { colour } else { [0; 4] }))
    };
    std::fs::remove_dir_all(dir.path("p/layers/Hat")).unwrap();
    dir.image("p/layers/Hat/Left.png", &half(true, BLUE));
    dir.image("p/layers/Hat/Right.png", &half(false, BLUE));
    dir.write("p/layers/Hat/None", "");
    let (named, stderr) = equal_items(&dir, &["--count", "6"]);
    assert_eq!(named, equal_by_decoding(&dir, 6));
    assert_eq!(named.as_array().unwrap().len(), 1, "blue under blue: {named}");
    assert!(stderr.contains("2 of 6 pictures repeat another"), "{stderr}");
    // Where equal items are allowed nobody is warned.
    dir.write("p/collection.toml", "seed = 1\nduplicates = true\n");
    let (named, stderr) = equal_items(&dir, &["--count", "20"]);
    assert_eq!((named, stderr.contains("repeat")), (Value::Array(Vec::new()), false));
}

#[test]
fn layers_that_share_a_folder_and_equal_one_of_ones_are_named() {
    let dir = Dir::with_project();
    std::fs::remove_dir_all(dir.path("p/layers/Hat")).unwrap();
    dir.square("p/layers/Eyes/Red.png", RED);
    dir.square("p/layers/Eyes/Blue.png", BLUE);
    dir.picture("p/ones/A.png", VEIL);
    dir.picture("p/ones/B.png", VEIL);
    dir.write(
        "p/collection.toml",
        "seed = 1\n[[layers]]\nname = \"Back\"\n[[layers]]\nname = \"Left\"\nchance = 0.5\nfolder = \"Eyes\"\n\
         [[layers]]\nname = \"Right\"\nfolder = \"Eyes\"\nchance = 0.5\n\
         [[ones]]\nimage = \"ones/A.png\"\n[[ones]]\nimage = \"ones/B.png\"\n",
    );
    dir.run(["check", "p"])
        .ok()
        .warns("the layers \"Left\" and \"Right\" have pictures with the same pixels");
    let (named, _) = equal_items(&dir, &["--count", "14"]);
    assert_eq!(named, equal_by_decoding(&dir, 14));
    assert!(named.as_array().unwrap().len() >= 3, "{named}");
}

#[test]
fn pictures_of_different_colour_profiles_become_srgb() {
    let dir = Dir::with_case("case-10");
    let ran = dir.run(["generate", "p", "--count", "1"]);
    ran.ok();
    assert!(!ran.stderr().contains("warning"), "{}", ran.stderr());
    let image = image::open(dir.path("out/images/1.png")).unwrap().into_rgba8();
    // The case's profile is wider than sRGB: (230, 60, 40) in it.
    let Rgba(corner) = *image.get_pixel(0, 0);
    let wanted = [251, 25, 0, 255];
    assert!(corner.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 1), "{corner:?}");
    let file = std::fs::File::open(dir.path("out/images/1.png")).unwrap();
    let reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
    assert!(reader.info().icc_profile.is_none());
    dir.run(["verify", "out", "--project", "p"]).ok();
    // Under a memory budget pictures are decoded again, to the same colours.
    let tight = ["generate", "p", "--count", "1", "--trait-memory", "1", "--out", "tight"];
    dir.run(tight).ok();
    assert!(dir.files("out/images") == dir.files("tight/images"));
    dir.write("p/collection.toml", "colors = \"keep\"\n");
    dir.run(["check", "p", "--count", "1"]).ok().warns("the colour profile of ").warns(" is ignored");
}

//! Pictures of other sizes than the art's: scaled when they are finished, in one size or in several.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{Rgba, RgbaImage};

use crate::util::{Dir, RED, adapter};

/// A picture as the `png` crate decodes it; invisible pixels have no colour.
fn decoded(bytes: &[u8]) -> RgbaImage {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().expect("a header");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a picture that fits")];
    let info = reader.next_frame(&mut pixels).expect("pixels");
    let pixels = match info.color_type {
        png::ColorType::Rgba => pixels,
        other => panic!("{other:?} in place of RGBA"),
    };
    let mut picture = RgbaImage::from_raw(info.width, info.height, pixels).expect("all pixels");
    picture.pixels_mut().filter(|pixel| pixel.0[3] == 0).for_each(|pixel| pixel.0 = [0; 4]);
    picture
}

/// Boxes of `factor` pixels a side by the definition, in exact fractions: halves are rounded up.
fn averaged(picture: &RgbaImage, factor: u32) -> RgbaImage {
    let nearest = |numerator: u64, denominator: u64| ((numerator + denominator / 2) / denominator) as u8;
    RgbaImage::from_fn(picture.width() / factor, picture.height() / factor, |x, y| {
        let inside = (0..factor * factor).map(|at| (x * factor + at % factor, y * factor + at / factor));
        let pixels: Vec<[u64; 4]> = inside.map(|(x, y)| picture.get_pixel(x, y).0.map(u64::from)).collect();
        let alpha: u64 = pixels.iter().map(|pixel| pixel[3]).sum();
        let a = nearest(alpha, pixels.len() as u64);
        if a == 0 {
            return Rgba([0; 4]);
        }
        let colour = |c: usize| nearest(pixels.iter().map(|pixel| pixel[c] * pixel[3]).sum(), alpha);
        Rgba([colour(0), colour(1), colour(2), a])
    })
}

/// Each pixel as a box.
fn repeated(picture: &RgbaImage, factor: u32) -> RgbaImage {
    RgbaImage::from_fn(picture.width() * factor, picture.height() * factor, |x, y| {
        *picture.get_pixel(x / factor, y / factor)
    })
}

/// Resampled on colours that are multiplied by alpha, rounded to bytes.
fn resampled(picture: &RgbaImage, [width, height]: [u32; 2], filter: FilterType) -> RgbaImage {
    let product = |c: u8, a: u8| ((u32::from(c) * u32::from(a) * 2 + 255) / 510) as u8;
    let faded =
        picture.pixels().flat_map(|&Rgba([r, g, b, a])| [product(r, a), product(g, a), product(b, a), a]);
    let from =
        Image::from_vec_u8(picture.width(), picture.height(), faded.collect(), PixelType::U8x4).unwrap();
    let mut to = Image::new(width, height, PixelType::U8x4);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).use_alpha(false);
    Resizer::new().resize(&from, &mut to, &options).unwrap();
    let straight = to.buffer().as_chunks::<4>().0.iter().flat_map(|&[r, g, b, a]| {
        let (sum, half) = (u32::from(a).max(1), u32::from(a) / 2);
        let back = |c: u8| ((u32::from(c.min(a)) * 255 + half) / sum).min(255) as u8;
        if a == 0 { [0; 4] } else { [back(r), back(g), back(b), a] }
    });
    RgbaImage::from_raw(width, height, straight.collect()).unwrap()
}

/// A project of 200x150 whose pictures are stored with alpha, without, or by a palette with a transparent entry.
fn project(kind: &str) -> Dir {
    let dir = Dir::with_busy_project();
    if kind == "alpha" {
        fs::remove_dir_all(dir.path("p/layers/0 Ground")).unwrap();
    }
    if kind == "palette" {
        fs::remove_dir_all(dir.path("p/layers")).unwrap();
        for (number, layer) in ["A", "B"].into_iter().enumerate() {
            for variant in 0..3u32 {
                let side = 40 * (variant + 1) + 7 * number as u32;
                let pixel = |x: u32, y: u32| match (x * (1 + number as u32) + y) % 90 < side {
                    true => Rgba([80 * variant as u8, 255 * number as u8, (x / 50) as u8 * 60, 255]),
                    false => Rgba([0; 4]),
                };
                dir.image(format!("p/layers/{layer}/V{variant}.png"), &RgbaImage::from_fn(200, 150, pixel));
            }
        }
        dir.write("p/collection.toml", "seed = 11\ncount = 9\n");
    }
    dir
}

/// Runs `generate` into `out`, and gives the pictures of the folder `images`.
fn pictures(dir: &Dir, out: &str, arguments: &[&str]) -> BTreeMap<PathBuf, Vec<u8>> {
    dir.run(["generate", "p", "--force", "--out", out].iter().chain(arguments)).ok();
    dir.files(format!("{out}/images"))
}

#[test]
fn pictures_are_finished_ones_scaled() {
    for kind in ["alpha", "opaque", "palette"] {
        let dir = project(kind);
        let count = ["--count", "6"];
        let full = pictures(&dir, "full", &count);
        assert_eq!(full.len(), 6);
        for (size, encoder) in
            [(100, "spans"), (100, "plain"), (40, "spans"), (20, "spans"), (8, "spans"), (4, "plain")]
                .into_iter()
                .chain([(400, "spans"), (130, "spans"), (333, "spans"), (1, "spans")])
        {
            let given = ["--output-size", &size.to_string(), "--encoder", encoder];
            let scaled = pictures(&dir, "scaled", &[&given[..], &count].concat());
            for (name, bytes) in &full {
                let whole = decoded(bytes);
                let wanted = match size {
                    100 | 40 | 20 | 8 | 4 => averaged(&whole, 200 / size),
                    400 => repeated(&whole, 2),
                    _ => resampled(&whole, [size, (size * 150 + 100) / 200], FilterType::Lanczos3),
                };
                assert!(decoded(&scaled[name]) == wanted, "{kind} to {size}, {encoder}: {name:?}");
            }
        }
        // Where colours are mixed no palette is left.
        let color_type = |bytes: &[u8]| bytes[25];
        let of = |size: &str| {
            color_type(
                &pictures(&dir, "scaled", &["--output-size", size, "--count", "1"])[&PathBuf::from("1.png")],
            )
        };
        let wanted = match kind {
            "alpha" => [6, 6, 6],
            "opaque" => [2, 2, 2],
            _ => [6, 3, 6],
        };
        assert_eq!(["100", "400", "130"].map(of), wanted, "{kind}");
        dir.write("p/collection.toml", "seed = 11\nscale_filter = \"nearest\"\n");
        let scaled = pictures(&dir, "scaled", &["--output-size", "130", "--count", "6"]);
        for (name, bytes) in &full {
            let wanted = resampled(&decoded(bytes), [130, 98], FilterType::Bilinear);
            assert!(decoded(&scaled[name]) == wanted, "{kind}: {name:?}");
        }
    }
}

#[test]
fn bytes_depend_on_no_thread_batch_budget_or_back_end() {
    let dir = project("alpha");
    let sizes = ["--output-size", "200,100,40,130", "--count", "24"];
    let first = pictures(&dir, "first", &sizes);
    assert_eq!(first.len(), 4 * 24);
    let gpu = adapter();
    let on_gpu: Vec<&str> =
        gpu.iter().flat_map(|name| ["--backend", "gpu", "--require-gpu", "--adapter", name]).collect();
    for other in [
        &["--threads", "1", "--batch", "1"][..],
        &["--threads", "3", "--batch", "24"],
        &["--cache-memory", "1", "--trait-memory", "1"],
        &["--cache-memory", "100KB", "--batch", "4"],
        &on_gpu,
    ] {
        assert!(pictures(&dir, "other", &[&sizes[..], other].concat()) == first, "{other:?}");
    }
    // A size alone has the bytes that it has beside others.
    for size in ["200", "100", "40", "130"] {
        let alone = pictures(&dir, "other", &["--output-size", size, "--count", "24"]);
        assert!(alone.iter().all(|(name, bytes)| first[&PathBuf::from(size).join(name)] == *bytes), "{size}");
    }
    let full = pictures(&dir, "full", &["--count", "24"]);
    assert!(pictures(&dir, "other", &["--output-size", "200", "--count", "24"]) == full);
    assert_eq!(
        dir.read("full/manifest.json"),
        dir.read("other/manifest.json"),
        "the art's size is the ordinary one"
    );
}

#[test]
fn several_sizes_have_folders_of_their_own_and_metadata_names_the_first() {
    let dir = Dir::with_project();
    dir.sized("p/one.png", [8, 8], [9, 200, 7, 255]);
    let ones = "[[ones]]\nname = \"King\"\nimage = \"one.png\"\nedition = 2\n";
    dir.write("p/collection.toml", format!("seed = 7\ncount = 4\noutput_size = [4, 16, 5]\n{ones}"));
    dir.run(["generate", "p", "--metadata", "erc721,csv,jsonl"]).ok();
    let names: Vec<PathBuf> = dir.files("out/images").into_keys().collect();
    let of = |size: u32| (1..=4).map(move |n| PathBuf::from(format!("{size}/{n}.png")));
    assert_eq!(names, [of(16), of(4), of(5)].into_iter().flatten().collect::<Vec<_>>());
    for (size, side) in [("4", 4), ("16", 16), ("5", 5)] {
        let one = decoded(&dir.read(format!("out/images/{size}/2.png")));
        assert_eq!(one, RgbaImage::from_pixel(side, side, Rgba([9, 200, 7, 255])));
    }
    assert_eq!(dir.json("out/json/1.json")["image"], "../images/4/1.png");
    let text = |name: &str| String::from_utf8(dir.read(name)).unwrap();
    assert!(text("out/metadata.csv").contains("images/4/3.png"), "{}", text("out/metadata.csv"));
    assert!(text("out/metadata.jsonl").contains("images/4/4.png"), "{}", text("out/metadata.jsonl"));
    let manifest = dir.json("out/manifest.json");
    assert_eq!(manifest["output_size"], serde_json::json!([4, 16, 5]));
    let listed: Vec<&str> =
        manifest["files"].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert_eq!(listed[..4], ["images/4/1.png", "images/16/1.png", "images/5/1.png", "json/1.json"]);
    dir.run(["verify", "out", "--project", "p", "--decode"]).ok().says("4 of 4 items made again");
    dir.run(["report", "out", "--html", "page.html"]).ok();
    dir.run(["sheet", "out", "--output", "sheet.png"]).ok();
    dir.run(["metadata", "out", "--metadata", "tezos"]).ok();
    assert_eq!(dir.json("out/json/1.json")["artifactUri"], "../images/4/1.png");
    dir.run(["verify", "out", "--project", "p"]).ok();
    // The flag wins, and one size has no folder of its own.
    dir.run(["generate", "p", "--output-size", "2", "--force"]).ok();
    assert_eq!(
        dir.files("out/images").into_keys().collect::<Vec<_>>(),
        ["1", "2", "3", "4"].map(|n| PathBuf::from(n.to_owned() + ".png"))
    );
    assert!(!dir.exists("out/images/4"), "folders of sizes go with their pictures");
    assert_eq!(dir.json("out/json/1.json")["image"], "../images/1.png");
    dir.run(["verify", "out", "--project", "p"]).ok();
}

#[test]
fn a_run_goes_on_in_its_sizes_and_others_are_refused() {
    let dir = Dir::with_busy_project();
    let sizes = ["--output-size", "100,50"];
    let whole = pictures(&dir, "whole", &sizes);
    let digest = dir.run(["verify", "whole"]).ok().told("collection:");
    // Killed at some moments, until it is done.
    let mut kills = 0;
    while !dir.exists("out/manifest.json") {
        let mut command = dir.command(["generate", "p", "--resume"].iter().chain(&sizes));
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let mut child = command.spawn().expect("run the program");
        std::thread::sleep(std::time::Duration::from_millis(if kills < 6 {
            150 + 60 * kills
        } else {
            60_000
        }));
        if child.try_wait().expect("wait").is_none() {
            child.kill().expect("kill");
            kills += 1;
        }
        child.wait().expect("wait");
    }
    assert!(dir.files("out/images") == whole);
    dir.run(["verify", "out", "--expect", &digest, "--project", "p"]).ok();
    // Without the flag it has the sizes that it was begun with.
    dir.run(["generate", "p", "--resume", "--count", "45"]).ok();
    assert_eq!(dir.files("out/images/50").len(), 45);
    for given in ["100", "50,100", "100,50,25", "200"] {
        let ran = dir.run(["generate", "p", "--resume", "--output-size", given]);
        ran.refused(2, &[&["100,50", given, "--output-size 100,50", "--force"]]);
        let ran = dir.run(["generate", "p", "--update", "--output-size", given]);
        ran.refused(2, &[&["100,50", given, "--output-size 100,50", "--force"]]);
    }
    dir.run(["generate", "p", "--out", "full", "--count", "5"]).ok();
    dir.run(["generate", "p", "--out", "full", "--count", "6", "--resume", "--output-size", "200"]).ok();
    for given in ["100", "200,100"] {
        let ran =
            dir.run(["generate", "p", "--out", "full", "--count", "6", "--resume", "--output-size", given]);
        ran.refused(2, &[&["the art's size", given, "--force"]]);
    }
    // By the recipe of another collection only pictures of its sizes are made.
    let recipe = ["generate", "p", "--out", "other", "--recipe", "out"];
    dir.run(recipe).refused(2, &[&["2 sizes", "the art's size"]]);
    dir.run(recipe.iter().chain(&["--output-size", "100,40"])).refused(2, &[&["50x38 pixels", "40x30"]]);
    dir.run(recipe.iter().chain(&sizes)).ok();
    assert!(dir.files("other/images").iter().all(|(name, bytes)| whole[name] == *bytes));
}

#[test]
fn an_update_makes_all_sizes_of_what_has_changed() {
    let dir = Dir::with_busy_project();
    let sizes = ["--output-size", "100,50,130", "--count", "12"];
    let before = pictures(&dir, "out", &sizes);
    let changed = RgbaImage::from_pixel(200, 150, Rgba([9, 90, 200, 255]));
    dir.image("p/layers/0 Ground/V7#8.png", &changed);
    dir.run(["generate", "p", "--update", "--recipe", "out", "--count", "12"]).ok();
    dir.run(["verify", "out", "--project", "p"]).ok();
    let after = dir.files("out/images");
    assert!(after.keys().eq(before.keys()));
    let differ = |size: &str| {
        let of_size = after.iter().filter(|(name, _)| name.starts_with(size));
        of_size.filter(|(name, bytes)| before[*name] != **bytes).count()
    };
    let [large, small, resampled] = ["100", "50", "130"].map(differ);
    assert!((1..12).contains(&large) && large == small && small == resampled, "{large} {small} {resampled}");
}

#[test]
fn a_damaged_file_of_any_size_is_found_and_made_again() {
    let dir = Dir::with_busy_project();
    let sizes = ["--output-size", "100,50,130", "--count", "8"];
    let whole = pictures(&dir, "out", &sizes);
    for name in ["50/3.png", "130/8.png", "100/1.png"] {
        let path = dir.path("out/images").join(name);
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
    }
    fs::remove_file(dir.path("out/images/50/5.png")).unwrap();
    dir.write("out/images/50/9.png", "mine");
    let ran = dir.run(["verify", "out", "--project", "p"]);
    ran.exited_beside_broken_files(1);
    for name in
        ["images/50/3.png", "images/130/8.png", "images/100/1.png", "images/50/5.png", "images/50/9.png"]
    {
        assert!(ran.stdout().contains(name), "{name}: {}", ran.stdout());
    }
    fs::remove_file(dir.path("out/images/50/9.png")).unwrap();
    dir.run(["generate", "p", "--resume"].iter().chain(&sizes)).ok().says("4 items");
    assert!(dir.files("out/images") == whole);
    dir.run(["verify", "out", "--project", "p", "--decode"]).ok();
    // A folder of a size that leads elsewhere is reported once.
    #[cfg(unix)]
    {
        fs::rename(dir.path("out/images/50"), dir.path("elsewhere")).unwrap();
        dir.link("../../elsewhere", "out/images/50");
        let ran = dir.run(["verify", "out"]);
        ran.exited(1).says("images/50: it is a link");
        dir.run(["generate", "p", "--force"].iter().chain(&sizes)).refused(2, &[&["images/50", "link"]]);
    }
}

#[cfg(unix)]
#[test]
fn archives_hold_all_sizes() {
    let dir = Dir::with_busy_project();
    let sizes = ["--output-size", "100,50,130", "--count", "8", "--provenance"];
    let digest = dir.run(["generate", "p"].iter().chain(&sizes)).ok().told("collection:");
    let unpack = |line: &str| {
        let done = std::process::Command::new("sh").args(["-ec", line]).current_dir(dir.root()).status();
        assert!(done.expect("run a shell").success(), "{line}");
    };
    for (name, line) in [("a.tar", "tar -xf a.tar -C got"), ("a.zip", "unzip -q a.zip -d got")] {
        let ran = dir.run(["generate", "p", "--out", name, "--batch", "1"].iter().chain(&sizes));
        assert_eq!(ran.ok().told("collection:"), digest);
        unpack(&format!("rm -rf got; mkdir got; {line}"));
        assert!(dir.files("got") == dir.files("out"), "{name}");
        dir.run(["verify", "got", "--expect", &digest]).ok();
    }
    let output = dir.command(["generate", "p", "--out", "-"].iter().chain(&sizes)).output().expect("run");
    assert!(output.stdout == dir.read("a.tar"));
}

#[test]
fn equal_pictures_are_those_of_the_largest_size() {
    let dir = Dir::empty();
    // Two traits that differ in two pixels, whose average is the same.
    let pixel = |swap: bool| {
        move |x: u32, y: u32| Rgba(if (x == u32::from(swap)) && y == 0 { RED } else { [9, 9, 9, 255] })
    };
    for (name, swap) in [("A", false), ("B", true)] {
        dir.image(format!("p/layers/Back/{name}.png"), &RgbaImage::from_fn(8, 8, pixel(swap)));
    }
    let generate = ["generate", "p", "--count", "2", "--seed", "1", "--force"];
    for (size, are_equal) in [("8", false), ("4", true), ("4,8", false), ("4,2", true)] {
        let ran = dir.run(generate.iter().chain(&["--output-size", size]));
        assert_eq!(ran.ok().stderr().contains("repeats another"), are_equal, "{size}: {}", ran.stderr());
        let verified = dir.run(["verify", "out"]);
        let said = verified.ok().stdout() + &verified.stderr();
        assert_eq!(said.contains("repeats another"), are_equal, "{size}: {said}");
    }
}

#[test]
fn sizes_that_cannot_be_are_refused() {
    let dir = Dir::with_project();
    for (given, problem) in [
        ("0", "0 is not between 1 and 16384"),
        ("16385", "16385 is not between"),
        ("64,", "is not a number"),
        ("a", "is not a number"),
        ("64,64", "64 is given twice"),
        ("1,2,3,4,5,6,7,8,9", "the limit is 8"),
        ("-5", "-5"),
    ] {
        let ran = dir.run(["generate", "p", "--output-size", given]);
        assert!(ran.exited(2).stderr().contains(problem), "{given}: {}", ran.stderr());
    }
    for (given, problem) in [
        ("0", "0 is not between 1 and 16384"),
        ("[64, 20000]", "20000 is not between"),
        ("[]", "the list of sizes is empty"),
        ("[64, 64]", "64 is given twice"),
        ("99999999999999999999", "16384"),
        ("\"64\"", "a string"),
        ("[64, \"32\"]", "a string"),
        ("64.5", "a float"),
    ] {
        dir.write("p/collection.toml", format!("seed = 1\noutput_size = {given}\n"));
        dir.run(["check", "p"]).refused(1, &[&["collection.toml:2", "output_size", problem]]);
    }
    assert!(!dir.exists("out"));
}

#[test]
fn traits_that_are_scaled_one_by_one_have_a_line_between_them_and_finished_pictures_have_none() {
    let dir = Dir::with_case("case-8");
    let red = Rgba([220, 40, 40, 255]);
    let warning = "\"Right\"/\"r\" touches \"Left\"/\"l\" along 151 pixels";
    let check = |arguments: &[&str], is_warned: bool| {
        let ran = dir.run(arguments);
        let said = ran.ok().stderr();
        assert_eq!(said.contains(warning), is_warned, "{arguments:?}: {said}");
        assert_eq!(said.contains("output_size = 50"), is_warned, "{said}");
    };
    check(&["check", "p"], true);
    check(&["generate", "p", "--out", "seam"], true);
    dir.run(["check", "p", "--strict"]).exited(1);
    let seam = decoded(&dir.read("seam/images/1.png"));
    assert!(seam.pixels().any(|pixel| *pixel != red), "each half is scaled by itself");
    let flat = RgbaImage::from_pixel(50, 50, red);
    let is_flat = |out: &str| assert!(decoded(&dir.read(format!("{out}/images/1.png"))) == flat, "{out}");
    check(&["generate", "p", "--output-size", "50", "--out", "flag", "--strict"], false);
    is_flat("flag");
    dir.run(["verify", "flag", "--project", "p"]).ok();
    // In the configuration, beside the size that it scales to and in its place.
    let text = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    for (out, now) in [("beside", "output_size = 50\nsize=[50,50]"), ("instead", "output_size = 50")] {
        dir.write("p/collection.toml", text.replace("size=[50,50]", now));
        check(&["check", "p", "--strict"], false);
        check(&["generate", "p", "--out", out], false);
        is_flat(out);
        dir.run(["verify", out, "--project", "p"]).ok();
        check(&["generate", "p", "--out", out, "--resume"], false);
    }
    // The art's own size.
    dir.run(["generate", "p", "--output-size", "151", "--out", "full"]).ok();
    assert!(decoded(&dir.read("full/images/1.png")) == RgbaImage::from_pixel(151, 151, red));
    dir.run(["verify", "full", "--project", "p"]).ok();
}

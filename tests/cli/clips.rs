//! Layers that are clipped to others, and masks: the same pixels by every way of compositing, and those of a compositor of this
//! test's own.

use image::{Rgba, RgbaImage};
use serde_json::Value;

use crate::util::{Dir, adapter};

const SIDE: [u32; 2] = [150, 70];

/// A picture of blobs: opaque, faint and empty places, and edges in every tile.
fn blobs(seed: u32, strength: f64) -> RgbaImage {
    RgbaImage::from_fn(SIDE[0], SIDE[1], |x, y| {
        let wave = |a: u32, b: u32| (f64::from(x * a + y * b + seed * 37) / 23.0).sin();
        let alpha = (wave(1, 2) + wave(3, 1) + strength).clamp(0.0, 1.0);
        let colour = [x * 3 + seed * 50, y * 5 + seed * 90, (x + y) * 2 + seed * 20].map(|c| (c % 256) as u8);
        let alpha = (alpha * 255.0).round() as u8;
        if alpha == 0 { Rgba([0; 4]) } else { Rgba([colour[0], colour[1], colour[2], alpha]) }
    })
}

/// A base with two layers clipped to it, one of them in another mode, and a mask for two layers, one of which is a base, too.
fn dir(has_sky: bool) -> Dir {
    let dir = Dir::empty();
    let mut layers = vec![("Body", 2), ("Pattern", 1), ("Hole", 2), ("Coat", 1), ("Shade", 1), ("Badge", 1)];
    if has_sky {
        dir.sized("p/layers/Sky/Blue.png", SIDE, [20, 90, 200, 255]);
        layers.insert(0, ("Sky", 0));
    }
    for (number, (name, count)) in (1..).zip(&layers) {
        for index in 0..*count {
            dir.image(
                format!("p/layers/{name}/{index}.png"),
                &blobs(number * 7 + index, 0.2 + f64::from(index)),
            );
        }
    }
    let mut text = "name = \"P\"\nseed = 1\n".to_owned();
    for (name, _) in layers {
        let more = match name {
            "Body" => "chance = 0.7\nopacity = 0.8\n",
            "Pattern" => "clip_to = \"Body\"\n",
            "Shade" => "clip_to = \"Body\"\nblend = \"multiply\"\nchance = 0.5\n",
            "Hole" => "mask_for = [\"Coat\", \"Body\"]\nchance = 0.5\n",
            "Badge" => "clip_to = \"Coat\"\nblend = \"plus-lighter\"\nchance = 0.5\n",
            _ => "",
        };
        text += &format!("[[layers]]\nname = \"{name}\"\n{more}");
    }
    dir.write("p/collection.toml", text);
    dir.run(["plan", "p", "--all", "-o", "all.json"]).ok();
    dir
}

fn pictures(dir: &Dir, out: &str) -> Vec<RgbaImage> {
    let count = std::fs::read_dir(dir.path(format!("{out}/images"))).unwrap().count();
    let open = |edition| image::open(dir.path(format!("{out}/images/{edition}.png"))).unwrap().to_rgba8();
    (1..=count).map(open).collect()
}

/// What an item shows by the definition, in doubles: straight colours from 0 to 1, and alpha.
fn by_definition(dir: &Dir, layers: &[String], item: &[Value]) -> Vec<[f64; 4]> {
    let picture = |layer: &str| -> Option<Vec<[f64; 4]>> {
        let at = layers.iter().position(|name| name == layer)?;
        let name = item[at].as_str()?;
        let picture = image::open(dir.path(format!("p/layers/{layer}/{name}.png"))).unwrap().to_rgba8();
        Some(picture.pixels().map(|pixel| pixel.0.map(|c| f64::from(c) / 255.0)).collect())
    };
    let masked = |layer: &str| {
        let pixels = picture(layer)?;
        let mask = if layer == "Coat" || layer == "Body" { picture("Hole") } else { None };
        Some(match mask {
            Some(mask) => {
                pixels.iter().zip(mask).map(|(&[r, g, b, a], mask)| [r, g, b, a * mask[3]]).collect()
            }
            None => pixels,
        })
    };
    let mut canvas = vec![[0.0; 4]; (SIDE[0] * SIDE[1]) as usize];
    for (base, opacity, clipped) in
        [("Sky", 1.0, &[][..]), ("Body", 0.8, &["Pattern", "Shade"]), ("Coat", 1.0, &["Badge"])]
    {
        let Some(mut unit) = masked(base) else { continue };
        for name in clipped {
            for (under, over) in unit.iter_mut().zip(masked(name).into_iter().flatten()) {
                for channel in 0..3 {
                    let (s, d, a) = (over[channel], under[channel], over[3]);
                    under[channel] = match *name {
                        "Shade" => d * (1.0 - a) + s * d * a,
                        "Badge" => (d + s * a).min(1.0),
                        _ => d * (1.0 - a) + s * a,
                    };
                }
            }
        }
        for (under, over) in canvas.iter_mut().zip(unit) {
            let (sa, da) = (over[3] * opacity, under[3]);
            let alpha = sa + da * (1.0 - sa);
            for channel in 0..3 {
                if alpha > 0.0 {
                    under[channel] = (over[channel] * sa + under[channel] * da * (1.0 - sa)) / alpha;
                }
            }
            under[3] = alpha;
        }
    }
    canvas
}

#[test]
fn every_way_of_compositing_gives_the_same_pixels_and_those_of_the_definition() {
    for has_sky in [true, false] {
        let dir = dir(has_sky);
        let all = |out: &str, more: &[&str]| {
            let base = ["generate", "p", "--plan", "all.json", "--out", out];
            dir.run(base.iter().chain(more)).ok();
            pictures(&dir, out)
        };
        let plain = all("plain", &["--encoder", "plain"]);
        assert!(all("spans", &["--backend", "cpu"]) == plain, "spans, with a sky: {has_sky}");
        assert!(
            all("one", &["--backend", "cpu", "--threads", "1", "--trait-memory", "1"]) == plain,
            "within a budget"
        );
        if let Some(adapter) = adapter() {
            let gpu = all("gpu", &["--backend", "gpu", "--adapter", &adapter]);
            assert!(gpu == plain, "on a GPU, with a sky: {has_sky}");
        }
        let plan = dir.json("all.json");
        let names: Vec<String> =
            plan["layers"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
        let mut is_clipped = false;
        for (item, picture) in plan["items"].as_array().unwrap().iter().zip(&plain) {
            let item = item.as_array().unwrap();
            for (at, (found, wanted)) in picture.pixels().zip(by_definition(&dir, &names, item)).enumerate() {
                let alpha = f64::from(found.0[3]);
                assert!((alpha - wanted[3] * 255.0).abs() <= 1.6, "{item:?} {at}: {found:?} for {wanted:?}");
                for channel in 0..3 {
                    // Of faint pixels the colours are those that rounding leaves.
                    let off = (f64::from(found.0[channel]) - wanted[channel] * 255.0).abs() * wanted[3];
                    assert!(off <= 3.0, "{item:?} {at}: {found:?} for {wanted:?}");
                }
                is_clipped |= item[usize::from(has_sky)].is_null() && found.0[3] == 0;
            }
        }
        assert!(has_sky || is_clipped, "where the base is absent nothing of what is clipped shows");
        dir.run(["verify", "spans", "--project", "p", "--sample", "all"]).ok();
    }
}

#[test]
fn smaller_pictures_are_averages_of_the_same() {
    let dir = dir(true);
    dir.run(["generate", "p", "--plan", "all.json", "--out", "small", "--output-size", "75"]).ok();
    dir.run([
        "generate",
        "p",
        "--plan",
        "all.json",
        "--out",
        "plain",
        "--output-size",
        "75",
        "--encoder",
        "plain",
    ])
    .ok();
    assert!(pictures(&dir, "small") == pictures(&dir, "plain"));
}

#[test]
fn clips_and_masks_that_cannot_be_are_refused() {
    let refused = |from: &str, to: &str, words: &[&str]| {
        let dir = dir(true);
        let config = String::from_utf8(dir.read("p/collection.toml")).unwrap();
        assert!(config.contains(from));
        dir.write("p/collection.toml", config.replacen(from, to, 1));
        let ran = dir.run(["check", "p"]);
        ran.exited(1);
        assert!(words.iter().all(|word| ran.stderr().contains(word)), "{}", ran.stderr());
    };
    refused("clip_to = \"Body\"", "clip_to = \"Bod\"", &["no layer \"Bod\"", "did you mean \"Body\"?"]);
    refused(
        "clip_to = \"Body\"",
        "clip_to = \"Coat\"",
        &["\"Pattern\" is clipped to layer \"Coat\"", "not behind it"],
    );
    refused("clip_to = \"Coat\"", "clip_to = \"Pattern\"", &["which is clipped itself"]);
    refused("clip_to = \"Coat\"", "clip_to = \"Hole\"", &["which is a mask"]);
    refused("[\"Coat\", \"Body\"]", "[\"Coat\", \"Hole\"]", &["masks itself"]);
    refused("[\"Coat\", \"Body\"]", "\"Cot\"", &["no layer \"Cot\""]);
    refused("mask_for", "clip_to = \"Body\"\nmask_for", &["a mask is not drawn"]);
}

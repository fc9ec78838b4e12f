//! Pictures with alpha: faint pixels keep the colours that they were drawn in.

use image::{Rgba, RgbaImage};

use crate::util::Dir;

/// The pixels of a picture in a PNG of RGBA, as its decoder gives them.
fn stored(dir: &Dir, name: &str) -> Vec<[u8; 4]> {
    let bytes = dir.read(name);
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG file");
    assert_eq!(reader.info().color_type, png::ColorType::Rgba, "{name}");
    let mut pixels = vec![0; reader.output_buffer_size().expect("it fits memory")];
    reader.next_frame(&mut pixels).expect("whole pixels");
    pixels.as_chunks().0.to_vec()
}

/// Every colour of a channel at every alpha, the other channels at odds with both.
fn ramps() -> RgbaImage {
    RgbaImage::from_fn(256, 256, |x, y| Rgba([x as u8, 255 - x as u8, (x * 7 + y) as u8, y as u8]))
}

/// What a file must have of pixels that were drawn: the same, but for the colours of invisible ones.
fn seen(picture: &RgbaImage) -> Vec<[u8; 4]> {
    picture.pixels().map(|pixel| if pixel.0[3] == 0 { [0; 4] } else { pixel.0 }).collect()
}

#[test]
fn what_one_trait_shows_comes_out_as_it_was_drawn() {
    let (ramps, mut both) = (ramps(), ramps());
    let hat = RgbaImage::from_fn(256, 256, |x, y| {
        if x < 99 && y < 40 { Rgba([9, x as u8, 200, (x + y) as u8]) } else { Rgba([250, 3, 99, 0]) }
    });
    for (x, y, pixel) in both.enumerate_pixels_mut().filter(|(x, y, _)| *x < 99 && *y < 40) {
        *pixel = *hat.get_pixel(x, y);
    }
    let mut below = ramps.clone();
    for (_, _, pixel) in below.enumerate_pixels_mut().filter(|(x, y, _)| *x < 99 && *y < 40) {
        pixel.0[3] = 0;
    }
    for (mode, encoder) in [
        ("normal", "spans"),
        ("normal", "plain"),
        ("multiply", "spans"),
        ("luminosity", "spans"),
        ("plus-lighter", "plain"),
    ] {
        let dir = Dir::empty();
        dir.image("p/layers/1 Below/Ramps.png", &below);
        dir.image("p/layers/2 Above/Hat.png", &hat);
        let layer = |name: &str| format!("[[layers]]\nname = \"{name}\"\nblend = \"{mode}\"\n");
        let layers = [layer("1 Below"), layer("2 Above")].concat();
        dir.write("p/collection.toml", format!("seed = 1\ncount = 1\n{layers}"));
        dir.run(["generate", "p", "--encoder", encoder]).ok();
        assert!(stored(&dir, "out/images/1.png") == seen(&both), "{mode}, {encoder}");
    }
}

/// Soft shadows in one colour: whatever their alphas, the colour stays.
#[test]
fn shadows_over_nothing_keep_their_colour() {
    let dir = Dir::with_case("case-9");
    dir.run(["generate", "p"]).ok();
    let alphas = |layer: u32| -> Vec<u32> {
        let picture = image::load_from_memory(&dir.read(format!("p/layers/L{layer}/a.png"))).unwrap();
        picture.into_rgba8().pixels().map(|pixel| pixel.0[3].into()).collect()
    };
    // Each alpha covers its part of what is left; the nearest level, for 255 is odd.
    let cover = |below: u32, above: u32| (2 * (255 * (above + below) - above * below) + 255) / 510;
    let all = (0..6).map(alphas).reduce(|below, above| {
        below.into_iter().zip(above).map(|(below, above)| cover(below, above)).collect()
    });
    let want: Vec<[u8; 4]> = all
        .expect("six layers")
        .into_iter()
        .map(|alpha| if alpha == 0 { [0; 4] } else { [90, 60, 30, alpha as u8] })
        .collect();
    assert!(stored(&dir, "out/images/1.png") == want);
}

/// Opacity is alpha's alone, and what it leaves nothing of has no colour.
#[test]
fn opacity_changes_alpha_and_no_colour() {
    let dir = Dir::empty();
    dir.image("p/layers/A/Ramps.png", &ramps());
    for (opacity, level) in [("0.5", 128), ("0.02", 5), ("0.001", 0)] {
        let layer = format!("[[layers]]\nname = \"A\"\nopacity = {opacity}\n");
        dir.write("p/collection.toml", format!("seed = 1\ncount = 1\n{layer}"));
        let out = format!("out {opacity}");
        dir.run(["generate", "p", "--out", &out]).ok();
        let faded = |&pixel: &Rgba<u8>| {
            let [r, g, b, a] = pixel.0;
            let alpha = ((2 * u32::from(a) * level + 255) / 510) as u8;
            if alpha == 0 { [0; 4] } else { [r, g, b, alpha] }
        };
        let want: Vec<[u8; 4]> = ramps().pixels().map(faded).collect();
        if level == 0 {
            let picture = image::load_from_memory(&dir.read(format!("{out}/images/1.png"))).unwrap();
            assert!(picture.into_rgba8().pixels().all(|pixel| pixel.0 == [0; 4]), "nothing is left");
        } else {
            assert!(stored(&dir, &format!("{out}/images/1.png")) == want, "{opacity}");
        }
    }
}

/// A recorded recipe decides the arithmetic: pictures that show nothing new keep their bytes.
#[test]
fn an_update_by_a_recipe_with_alpha_composites_straight_even_when_the_art_became_opaque() {
    let dir = Dir::empty();
    let soft = RgbaImage::from_fn(90, 40, |x, y| Rgba([200, x as u8, 30, (x * 2 + y) as u8]));
    dir.image("p/layers/1 Ground/Glass.png", &RgbaImage::from_pixel(90, 40, Rgba([200, 180, 40, 250])));
    dir.image(
        "p/layers/1 Ground/Wall.png",
        &RgbaImage::from_fn(90, 40, |x, y| Rgba([x as u8, y as u8, 7, 255])),
    );
    dir.image("p/layers/2 Mist/Soft.png", &soft);
    dir.image("p/layers/2 Mist/Softer.png", &image::imageops::rotate180(&soft));
    let layers =
        "[[layers]]\nname = \"1 Ground\"\n[[layers]]\nname = \"2 Mist\"\nopacity = 0.4\nblend = \"screen\"\n";
    dir.write("p/collection.toml", format!("seed = 1\ncount = 4\n{layers}"));
    dir.run(["generate", "p"]).ok();
    let before = dir.files("out/images");
    // Glass was the only picture that was not opaque.
    dir.image("p/layers/1 Ground/Glass.png", &RgbaImage::from_pixel(90, 40, Rgba([200, 180, 40, 255])));
    dir.run(["generate", "p", "--update", "--recipe", "out"]).ok();
    let after = dir.files("out/images");
    let kept = before.iter().filter(|&(name, bytes)| after[name] == *bytes).count();
    assert_eq!((before.len(), after.len(), kept), (4, 4, 2), "the two that show the wall are as they were");
    (1..=4).for_each(|edition| _ = stored(&dir, &format!("out/images/{edition}.png")));
    dir.run(["verify", "out", "--project", "p"]).ok();
    // The same by the recipe alone.
    dir.run(["generate", "p", "--recipe", "out", "--out", "again"]).ok();
    assert!(dir.files("again/images") == after);
    // By its own recipe the art is RGB now, and every picture another.
    dir.run(["generate", "p", "--update"]).ok();
    assert!(dir.files("out/images").iter().all(|(name, bytes)| after[name] != *bytes));
}

//! Pictures of every kind, decoded through the front door.

use std::fs;

use crate::art::decoded::Art;
use crate::art::trait_art::Tile;
use crate::geometry::Size;
use crate::pixel::{Arithmetic, Pixel, mul8x4, pack, premultiply, unpack};
use crate::project::{Fit, Project};

/// A PNG with raw `samples`, as wide as `width`.
fn png(kind: png::ColorType, depth: png::BitDepth, width: u32, samples: &[u8]) -> Vec<u8> {
    let row = kind.samples() * (depth as usize) * width as usize;
    let height = samples.len() / row.div_ceil(8);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height as u32);
    encoder.set_color(kind);
    encoder.set_depth(depth);
    if kind == png::ColorType::Indexed {
        encoder.set_palette(vec![255, 0, 0, 0, 255, 0]);
        encoder.set_trns(vec![255, 128]);
    }
    encoder.write_header().unwrap().write_image_data(samples).unwrap();
    bytes
}

fn rgba(width: u32, pixels: &[[u8; 4]]) -> Vec<u8> {
    png(png::ColorType::Rgba, png::BitDepth::Eight, width, pixels.as_flattened())
}

fn project(pictures: &[(&str, Vec<u8>)], configuration: &str) -> (tempfile::TempDir, Project) {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("layers/A")).unwrap();
    for (name, bytes) in pictures {
        fs::write(dir.path().join("layers/A").join(name), bytes).unwrap();
    }
    fs::write(dir.path().join("collection.toml"), configuration).unwrap();
    let project = Project::open(dir.path()).unwrap();
    (dir, project)
}

fn pool() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap()
}

fn decode(pictures: &[(&str, Vec<u8>)], configuration: &str) -> Art {
    Art::decode(&project(pictures, configuration).1, &pool()).unwrap()
}

fn problems(pictures: &[(&str, Vec<u8>)], configuration: &str) -> Vec<String> {
    let error = Art::decode(&project(pictures, configuration).1, &pool()).unwrap_err();
    error.problems.iter().map(ToString::to_string).collect()
}

/// The pixels of a trait of one tile.
fn pixels(art: &Art, index: usize) -> Vec<Pixel> {
    let count = art.grid.size().pixels() as usize;
    match art.traits[index].tile(0, 0) {
        Tile::Empty => vec![0; count],
        Tile::Solid(pixel) => vec![pixel; count],
        Tile::Pixels(pixels) => pixels.to_vec(),
    }
}

#[test]
fn every_colour_type_and_depth_becomes_eight_bit_pixels() {
    use png::BitDepth::{Eight, Four, One, Sixteen, Two};
    use png::ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    let straight = |r, g, b, a| pack([r, g, b, a]);
    for (kind, depth, samples, expected) in [
        (Grayscale, One, &[0b0100_0000][..], [straight(0, 0, 0, 255), straight(255, 255, 255, 255)]),
        (Grayscale, Two, &[0b0110_0000], [straight(85, 85, 85, 255), straight(170, 170, 170, 255)]),
        (Grayscale, Four, &[0x1f], [straight(17, 17, 17, 255), straight(255, 255, 255, 255)]),
        (Grayscale, Eight, &[7, 9], [straight(7, 7, 7, 255), straight(9, 9, 9, 255)]),
        (Grayscale, Sixteen, &[0, 128, 0, 129], [straight(0, 0, 0, 255), straight(1, 1, 1, 255)]),
        (GrayscaleAlpha, Eight, &[200, 100, 9, 0], [straight(200, 200, 200, 100), 0]),
        (GrayscaleAlpha, Sixteen, &[200, 200, 100, 100, 9, 9, 0, 0], [straight(200, 200, 200, 100), 0]),
        (Rgb, Eight, &[1, 2, 3, 4, 5, 6], [straight(1, 2, 3, 255), straight(4, 5, 6, 255)]),
        (
            Rgb,
            Sixteen,
            &[1, 1, 2, 2, 3, 3, 255, 255, 0, 0, 255, 0],
            [straight(1, 2, 3, 255), straight(255, 0, 254, 255)],
        ),
        (Indexed, One, &[0b0100_0000], [straight(255, 0, 0, 255), straight(0, 255, 0, 128)]),
        (Indexed, Eight, &[1, 0], [straight(0, 255, 0, 128), straight(255, 0, 0, 255)]),
        (Rgba, Eight, &[1, 2, 3, 255, 100, 90, 80, 70], [straight(1, 2, 3, 255), straight(100, 90, 80, 70)]),
        (
            Rgba,
            Sixteen,
            &[1, 1, 2, 2, 3, 3, 255, 255, 10, 10, 9, 9, 8, 8, 7, 7],
            [straight(1, 2, 3, 255), straight(10, 9, 8, 7)],
        ),
    ] {
        let art = decode(&[("x.png", png(kind, depth, 2, samples))], "");
        assert_eq!(pixels(&art, 0), expected, "{kind:?} {depth:?}");
    }
}

/// One picture in another format, through the `image` crate's writer.
fn encoded(format: image::ImageFormat, colour: [u8; 3], size: Size) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(size.width, size.height, image::Rgb(colour));
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[test]
fn formats_are_told_by_content_and_a_cut_off_file_is_a_problem() {
    let size = Size { width: 40, height: 30 };
    for format in [image::ImageFormat::Jpeg, image::ImageFormat::WebP, image::ImageFormat::Gif] {
        let bytes = encoded(format, [255, 255, 255], size);
        let art = decode(&[("misnamed.png", bytes.clone())], "");
        assert_eq!(art.grid.size(), size);
        assert_eq!(art.traits[0].tile(0, 0), Tile::Solid(pack([255; 4])), "{format:?}");
        let cut = bytes[..bytes.len() - 12].to_vec();
        let found = problems(&[("cut.png", cut)], "");
        assert!(found[0].contains("cut.png: the picture cannot be decoded"), "{format:?}: {found:?}");
    }
}

/// `png` with an eXIf chunk that states an orientation.
fn with_orientation(mut png: Vec<u8>, orientation: u8) -> Vec<u8> {
    let mut chunk = b"eXIfMM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    chunk.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let sum = crc32fast::hash(&chunk);
    let mut whole = (chunk.len() as u32 - 4).to_be_bytes().to_vec();
    whole.extend(chunk);
    whole.extend(sum.to_be_bytes());
    png.splice(33..33, whole);
    png
}

#[test]
fn orientation_is_applied_and_counts_for_the_size() {
    let upright = rgba(1, &[[1, 1, 1, 255], [2, 2, 2, 255], [3, 3, 3, 255]]);
    let lying = with_orientation(rgba(3, &[[3, 3, 3, 255], [2, 2, 2, 255], [1, 1, 1, 255]]), 8);
    let art = decode(&[("a.png", upright), ("b.png", lying)], "");
    assert_eq!(art.grid.size(), Size { width: 1, height: 3 });
    assert_eq!(pixels(&art, 0), pixels(&art, 1));
    assert_eq!(art.digests[0], art.digests[1], "equal pixels, equal digest");
}

#[test]
fn all_bad_pictures_are_listed_with_file_size_and_canvas() {
    let good = rgba(2, &[[9; 4]; 4]);
    let mut bomb = good.clone();
    bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let sum = crc32fast::hash(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&sum.to_be_bytes());
    let mut flipped = good.clone();
    let at = flipped.len() - 20;
    flipped[at] ^= 1;
    let found = problems(
        &[
            ("a.png", good.clone()),
            ("bomb.png", bomb),
            ("cut.png", good[..50].to_vec()),
            ("flipped.png", flipped),
            ("good.png", good),
            ("small.png", rgba(1, &[[9; 4]])),
            ("text.png", b"this is text".to_vec()),
        ],
        "",
    );
    let expected = [
        ("bomb.png", "60000x60000 pixels, and a side has 1 to 16384"),
        ("cut.png", "cannot be decoded"),
        ("flipped.png", "cannot be decoded"),
        ("small.png", "the picture is 1x1, and the canvas is 2x2"),
        ("text.png", "contains no picture"),
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, (file, what)) in found.iter().zip(expected) {
        assert!(found.contains(file) && found.contains(what), "{found}");
    }
    let (_dir, project) = project(&[("text.png", b"text".to_vec())], "");
    assert!(Art::inspect(&project, &pool()).unwrap_err().to_string().contains("text.png"));
}

#[test]
fn pictures_are_scaled_or_placed_where_the_project_says_so() {
    let dot = rgba(1, &[[9, 9, 9, 255]]);
    let art =
        decode(&[("x.png", dot.clone())], "size = [4, 2]\nfit = \"scale\"\nscale_filter = \"nearest\"\n");
    let dot_pixel = pack([9, 9, 9, 255]);
    assert_eq!(pixels(&art, 0), [0, dot_pixel, dot_pixel, 0, 0, dot_pixel, dot_pixel, 0]);
    let placed = "size = [3, 2]\nfit = \"place\"\n[[layers]]\nname = \"A\"\noffset = [2, 1]\n";
    assert_eq!(pixels(&decode(&[("x.png", dot)], placed), 0), [0, 0, 0, 0, 0, dot_pixel]);
}

/// A project of layers of one picture each, bottom to top, with what `collection.toml` says of them.
fn layered(pictures: &[Vec<u8>], configuration: &str) -> (tempfile::TempDir, Project) {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in ["A", "B", "C"].into_iter().zip(pictures) {
        fs::create_dir_all(dir.path().join("layers").join(name)).unwrap();
        fs::write(dir.path().join("layers").join(name).join("x.png"), bytes).unwrap();
    }
    fs::write(dir.path().join("collection.toml"), configuration).unwrap();
    let project = Project::open(dir.path()).unwrap();
    (dir, project)
}

#[test]
fn pictures_without_alpha_are_premultiplied_and_those_with_alpha_are_not() {
    let (ground, veil) = ([9, 8, 7, 255], [200, 100, 50, 180]);
    let (faint, ghost) = ([250, 9, 1, 1], [250, 9, 1, 0]);
    let layers =
        |bottom: [u8; 4]| [rgba(2, &[bottom, ground]), rgba(2, &[veil, ghost]), rgba(2, &[faint, veil])];
    let half =
        "[[layers]]\nname = \"A\"\n[[layers]]\nname = \"B\"\n[[layers]]\nname = \"C\"\nopacity = 0.4\n";
    let opacity = 102;
    let (_dir, project) = layered(&layers(ground), half);
    let art = Art::decode(&project, &pool()).unwrap();
    assert_eq!(art.arithmetic, Arithmetic::Premultiplied);
    assert_eq!(pixels(&art, 1), [premultiply(pack(veil)), 0]);
    assert_eq!(pixels(&art, 2), [faint, veil].map(|pixel| mul8x4(premultiply(pack(pixel)), opacity)));

    let (_dir, project) = layered(&layers([9, 8, 7, 254]), half);
    let art = Art::decode(&project, &pool()).unwrap();
    assert_eq!(art.arithmetic, Arithmetic::Straight);
    assert_eq!(pixels(&art, 0), [pack([9, 8, 7, 254]), pack(ground)]);
    assert_eq!(pixels(&art, 1), [pack(veil), 0]);
    // An alpha of 1 at 0.4 is none, and then there is no colour.
    assert_eq!(pixels(&art, 2), [0, pack([200, 100, 50, 72])]);
    let digests: Vec<_> = art.traits.iter().map(super::TraitArt::digest).collect();
    assert_eq!(art.digests, digests, "digests are those of straight pixels");
}

/// A change below the resolution of premultiplied bytes is still a change of the art.
#[test]
fn a_change_of_faint_colours_changes_the_digest() {
    let digest = |colour| decode(&[("x.png", rgba(1, &[colour]))], "").digest();
    assert_ne!(digest([200, 100, 50, 1]), digest([201, 100, 50, 1]));
    assert_eq!(digest([200, 100, 50, 0]), digest([201, 1, 5, 0]));
}

#[test]
fn the_background_colour_is_of_the_same_arithmetic() {
    let picture = || rgba(1, &[[1, 2, 3, 4]]);
    for (background, arithmetic, pixel) in [
        ("#c8643280", Arithmetic::Straight, pack([200, 100, 50, 128])),
        ("#c8643200", Arithmetic::Straight, 0),
        ("#c86432", Arithmetic::Premultiplied, pack([200, 100, 50, 255])),
    ] {
        let art = decode(&[("x.png", picture())], &format!("background = \"{background}\"\n"));
        assert_eq!((art.arithmetic, pixels(&art, 1)), (arithmetic, vec![pixel]), "{background}");
    }
}

#[test]
fn scaled_pictures_with_alpha_are_straight_again() {
    let scaled = "size = [4, 4]\nfit = \"scale\"\nscale_filter = \"nearest\"\n";
    let art = decode(
        &[("x.png", rgba(2, &[[200, 100, 50, 180], [9, 9, 9, 0], [7, 8, 9, 255], [0, 0, 0, 1]]))],
        scaled,
    );
    // Through a premultiplied byte and back: 100 becomes 71 of 180, which is 100.6.
    let (veil, opaque, faint) = (pack([200, 101, 50, 180]), pack([7, 8, 9, 255]), pack([0, 0, 0, 1]));
    let rows = [
        [veil, veil, 0, 0],
        [veil, veil, 0, 0],
        [opaque, opaque, faint, faint],
        [opaque, opaque, faint, faint],
    ];
    assert_eq!(pixels(&art, 0), rows.concat());
}

#[test]
fn a_palette_holds_256_opaque_colours_and_no_half_transparency() {
    let ramp = |colours: u16| {
        let colour = |i: u16| [(i % 256) as u8, (i / 256) as u8, 0, 255];
        rgba(20, &(0..400).map(|i| if i < colours { colour(i) } else { [0; 4] }).collect::<Vec<_>>())
    };
    let art = decode(&[("x.png", ramp(256))], "");
    let palette = art.palette.unwrap();
    assert_eq!(palette.len(), 256);
    assert!(palette.is_sorted() && palette.iter().all(|colour| colour >> 24 == 255));
    assert!(decode(&[("x.png", ramp(257))], "").palette.is_none());
    let halves = [("x.png", ramp(200)), ("y.png", rgba(20, &[[255, 255, 9, 255]; 400]))];
    assert_eq!(decode(&halves, "").palette.unwrap().len(), 201);
    let background = decode(&halves, "background = \"#abc\"\n");
    assert_eq!(
        (background.palette.unwrap().len(), background.background, background.traits.len()),
        (202, Some(2), 3)
    );
    assert!(decode(&halves, "background = \"#aabbcc80\"\n").palette.is_none());
    assert!(decode(&halves, "[[layers]]\nname = \"A\"\nopacity = 0.9\n").palette.is_none());
    assert!(decode(&[("x.png", rgba(1, &[[1, 2, 3, 254]]))], "").palette.is_none());
}

/// A PNG of one pixel that carries a colour profile.
fn with_profile(profile: Vec<u8>, pixel: [u8; 4]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut info = png::Info::with_size(1, 1);
    info.color_type = png::ColorType::Rgba;
    info.icc_profile = Some(profile.into());
    let encoder = png::Encoder::with_info(&mut bytes, info).unwrap();
    encoder.write_header().unwrap().write_image_data(&pixel).unwrap();
    bytes
}

/// A PNG with something that claims to be a profile for `space`.
fn profiled(space: &[u8; 4]) -> Vec<u8> {
    with_profile([&[0; 16][..], space, &[0; 200]].concat(), [1, 2, 3, 255])
}

#[test]
fn one_rgb_profile_is_kept_and_what_cannot_be_read_is_a_warning() {
    let art = decode(&[("a.png", profiled(b"RGB ")), ("b.png", profiled(b"RGB "))], "");
    assert_eq!((art.icc_profile.unwrap().len(), art.warnings.len()), (220, 0));
    let pair = |a: &[u8; 4], b: Option<&[u8; 4]>| {
        [("a.png", profiled(a)), ("b.png", b.map_or_else(|| rgba(1, &[[1; 4]]), profiled))]
    };
    let keep = "colors = \"keep\"\n";
    for (pictures, settings, reasons) in [
        (pair(b"RGB ", None), keep, &["\"a.png\" is ignored: other"][..]),
        (pair(b"RGB ", Some(b"XYZ ")), keep, &["they differ"]),
        (pair(b"CMYK", Some(b"CMYK")), keep, &["not an RGB profile"]),
        (pair(b"RGB ", None), "", &["\"a.png\" is ignored: it cannot be read"]),
        (pair(b"RGB ", Some(b"XYZ ")), "", &["it cannot be read", "not an RGB profile"]),
        (pair(b"CMYK", Some(b"CMYK")), "", &["not an RGB profile"]),
    ] {
        let art = decode(&pictures, settings);
        let warnings: Vec<String> = art.warnings.iter().map(ToString::to_string).collect();
        assert!(art.icc_profile.is_none() && warnings.len() == reasons.len(), "{warnings:?}");
        for (warning, reason) in warnings.iter().zip(reasons) {
            assert!(warning.contains(reason), "{warning}");
        }
    }
}

#[test]
fn pictures_of_different_profiles_become_srgb() {
    let [p3, srgb] = [moxcms::ColorProfile::new_display_p3(), moxcms::ColorProfile::new_srgb()];
    let mut same = srgb.clone();
    same.description = None;
    let [p3, srgb, same] = [p3, srgb, same].map(|profile| profile.encode().unwrap());
    let colour = [200, 100, 50, 200];
    let tagged = |profile: &Vec<u8>| with_profile(profile.clone(), colour);
    let untagged = || rgba(1, &[colour]);
    let near =
        |found: u32, wanted: [u8; 4]| unpack(found).into_iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 1);
    for (a, b, converted) in [
        (tagged(&p3), untagged(), true),
        (tagged(&p3), tagged(&srgb), true),
        (tagged(&srgb), untagged(), false),
        (tagged(&srgb), tagged(&same), false),
    ] {
        let art = decode(&[("a.png", a), ("b.png", b)], "");
        assert_eq!((art.icc_profile, &art.warnings, &art.notes), (None, &Vec::new(), &Vec::new()));
        let found = art.traits.iter().map(|of| match of.tile(0, 0) {
            Tile::Solid(pixel) => pixel,
            _ => 0,
        });
        let found: Vec<u32> = found.collect();
        assert!(near(found[0], if converted { [215, 93, 31, 200] } else { colour }), "{found:x?}");
        assert_eq!(found[1], pack(colour), "what is sRGB stays");
    }
    let keep = decode(&[("a.png", tagged(&p3)), ("b.png", untagged())], "colors = \"keep\"\n");
    assert_eq!(keep.digests[0], keep.digests[1], "the numbers stay");
    let all = decode(&[("a.png", tagged(&p3)), ("b.png", tagged(&p3))], "");
    assert_eq!(
        (all.icc_profile, &all.digests[0]),
        (Some(p3.clone()), &keep.digests[0]),
        "one profile for all is kept"
    );
    let lossy = decode(&[("a.png", with_profile(p3, [0, 255, 0, 255])), ("b.png", untagged())], "");
    assert_eq!((lossy.warnings.len(), lossy.notes.len()), (0, 1));
    assert!(lossy.notes[0].to_string().contains("changes colours of \"a.png\" that sRGB does not have"));
}

#[test]
fn the_size_most_pictures_have_is_the_canvas_and_digests_follow_pixels() {
    let small = || rgba(1, &[[9; 4]]);
    let (_dir, project) = project(
        &[("a.png", rgba(2, &[[9; 4]; 2])), ("b.png", small()), ("c.png", small())],
        "fit = \"place\"\n",
    );
    assert_eq!(project.fit, Fit::Place);
    assert_eq!(Art::inspect(&project, &pool()).unwrap(), Size { width: 1, height: 1 });
    let art = Art::decode(&project, &pool()).unwrap();
    let digests: Vec<_> = art.traits.iter().map(super::TraitArt::digest).collect();
    assert_eq!(art.digests, digests);
    assert_ne!(art.digest(), Art { digests: digests[..2].to_vec(), ..art }.digest());
}

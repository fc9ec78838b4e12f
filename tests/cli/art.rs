//! Pictures that cannot be used, and links that lead out of the project.

use image::{Rgba, RgbaImage};

use crate::util::{Dir, RED, png_bytes, png_header};

/// Every command that decodes the art, and that none of them leaves an output folder behind.
fn refused_by_all(dir: &Dir, problems: &[&[&str]]) {
    for command in ["check", "generate"] {
        dir.run([command, "p"]).refused(1, problems);
    }
    assert!(!dir.exists("out"), "nothing is written before the art is known to be good");
}

#[test]
fn broken_pictures_are_all_listed() {
    let dir = Dir::with_project();
    let noise = RgbaImage::from_fn(8, 8, |x, y| Rgba([(x * 37 + y * 91) as u8, (x * y * 13) as u8, 7, 255]));
    let whole = png_bytes(&noise);
    dir.write("p/layers/Back/A cut.png", &whole[..whole.len() * 2 / 3]);
    dir.write("p/layers/Back/B cut in the header.png", &whole[..20]);
    dir.write("p/layers/Back/C text.png", "This is not a picture.\n");
    dir.write("p/layers/Back/D empty.png", "");
    dir.write(
        "p/layers/Back/E other.png",
        b"BM\x1a\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0\x01\0\x01\0\x01\0\x18\0\0\0\xff\0",
    );
    // An empty picture shows before any is opened; the others follow in the same list.
    refused_by_all(
        &dir,
        &[
            &["D empty.png", "0 bytes", "export it again"],
            &["A cut.png", "cannot be decoded", "export it again"],
            &["B cut in the header.png", "cannot be decoded", "export it again"],
            &["C text.png", "contains no picture", "export it as PNG"],
            &["E other.png", "image/bmp", "export it as PNG"],
        ],
    );
}

#[test]
fn one_flipped_bit_is_found() {
    let dir = Dir::with_project();
    let mut bytes = dir.read("p/layers/Back/Red.png");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    dir.write("p/layers/Back/Red.png", bytes);
    refused_by_all(&dir, &[&["Red.png", "cannot be decoded"]]);
}

#[test]
fn a_header_that_claims_gigabytes_is_refused_without_them() {
    let dir = Dir::with_project();
    dir.write("p/layers/Back/Bomb.png", png_header(60_000, 60_000));
    dir.write("p/layers/Back/Tall.png", png_header(1, 2_000_000_000));
    dir.write("p/layers/Back/Wide.png", png_header(16_385, 1));
    let problems: &[&[&str]] = &[
        &["Bomb.png", "60000x60000", "16384", "make it smaller"],
        &["Tall.png", "1x2000000000", "16384"],
        &["Wide.png", "16385x1", "16384"],
    ];
    #[cfg(target_os = "linux")]
    dir.run_after("ulimit -v 1500000", &["check", "p"]).refused(1, problems);
    refused_by_all(&dir, problems);
}

/// A whole and valid file of 16384 x 16384 pixels: a gigabyte once it is decoded.
#[cfg(target_os = "linux")]
fn whole_bomb() -> Vec<u8> {
    let side = 16_384;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![0; (side * side / 8) as usize]).unwrap();
    writer.finish().unwrap();
    bytes
}

#[cfg(target_os = "linux")]
#[test]
fn a_huge_picture_among_small_ones_is_refused_by_its_size_without_decoding_it() {
    let dir = Dir::with_project();
    let bomb = whole_bomb();
    assert!(bomb.len() < 1 << 20, "small as a file");
    dir.write("p/layers/Hat/Bomb.png", bomb);
    let problem: &[&str] = &["Bomb.png", "16384x16384", "8x8"];
    dir.run_after("ulimit -v 900000", &["generate", "p", "--threads", "2"]).refused(1, &[problem]);
}

#[test]
fn wrong_sizes_are_all_listed_with_their_size_and_the_canvas() {
    let dir = Dir::with_project();
    dir.sized("p/layers/Back/Wide.png", [9, 8], RED);
    dir.sized("p/layers/Back/Tiny.png", [1, 1], RED);
    dir.sized("p/layers/Hat/Tall.png", [8, 70], RED);
    refused_by_all(
        &dir,
        &[
            &["Back/Tiny.png", "1x1", "8x8", "fit"],
            &["Back/Wide.png", "9x8", "8x8", "fit"],
            &["Hat/Tall.png", "8x70", "8x8", "fit"],
        ],
    );
    for fit in ["scale", "place"] {
        dir.write("p/collection.toml", format!("seed = 1\nsize = [8, 8]\nfit = \"{fit}\"\n"));
        dir.run(["check", "p"]).ok();
        dir.run(["generate", "p", "--count", "16", "--out", fit]).ok();
    }
}

#[test]
fn one_run_lists_all_that_is_wrong_with_settings_names_and_pictures() {
    let dir = Dir::with_project();
    dir.picture("p/layers/Back/Red#2.png", RED);
    dir.picture("p/layers/Back/Sun#-1.png", RED);
    dir.write("p/layers/Eyes/None", "");
    dir.write("p/layers/Back/Text.png", "not a picture");
    dir.write("p/collection.toml", "size = 8\nopacity = 1\n");
    dir.run(["check", "p"]).refused(
        1,
        &[
            &["collection.toml:1", "size"],
            &["collection.toml:2", "opacity"],
            &["Red.png", "\"Red\"", "already exists"],
            &["Sun#-1.png", "\"-1\""],
            &["layers/Eyes", "no trait"],
            &["Text.png", "contains no picture"],
        ],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn links_must_stay_inside_the_project() {
    let dir = Dir::with_project();
    dir.picture("elsewhere/Secret.png", crate::util::BLUE);
    dir.link(dir.path("elsewhere"), "p/layers/Linked");
    dir.run(["check", "p"]).refused(1, &[&["layers/Linked", "elsewhere", "outside the project", "copy"]]);
    std::fs::remove_file(dir.path("p/layers/Linked")).unwrap();

    dir.link("../../../elsewhere/Secret.png", "p/layers/Back/Stolen.png");
    dir.link("nowhere.png", "p/layers/Back/Torn.png");
    dir.link("/proc/self/mem", "p/layers/Back/System.png");
    refused_by_all(
        &dir,
        &[
            &["Back/Stolen.png", "elsewhere/Secret.png", "outside the project", "copy"],
            &["Back/System.png", "/proc/", "outside the project"],
            &["Back/Torn.png", "cannot be read"],
        ],
    );
}

#[cfg(unix)]
#[test]
fn the_layers_folder_and_the_configuration_must_not_be_linked_from_outside_either() {
    let dir = Dir::with_project();
    dir.write("q/readme", "");
    dir.link("../p/layers", "q/layers");
    dir.link("../p/collection.toml", "q/collection.toml");
    dir.run(["check", "q"])
        .refused(1, &[&["q/collection.toml", "outside the project"], &["q/layers", "outside the project"]]);
}

#[cfg(unix)]
#[test]
fn links_inside_the_project_are_followed() {
    let dir = Dir::with_project();
    dir.write("p/store/keep", "");
    std::fs::rename(dir.path("p/layers/Back"), dir.path("p/store/Back")).unwrap();
    dir.link("../store/Back", "p/layers/Back");
    dir.link("Red.png", "p/store/Back/Rot.png");
    dir.link("p", "q");
    dir.run(["generate", "q"]).ok();
}

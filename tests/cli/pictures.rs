//! Pictures that can be used, but of which the artist may think something else.

use crate::util::{Dir, RED};

#[test]
fn of_animated_pictures_the_first_frame_is_used_and_each_is_named() {
    let dir = Dir::with_case("case-11");
    dir.write("p/collection.toml", "seed = 1\ncount = 3\n");
    for command in ["check", "generate"] {
        let ran = dir.run([command, "p"]);
        for name in ["bounce.gif", "roll.png", "spin.webp"] {
            ran.ok().warns(&format!("Ball/{name}: the picture is animated, and only the first of its "));
        }
        assert_eq!(ran.stderr().matches("is animated").count(), 3);
    }
}

#[test]
fn an_animated_one_of_one_is_named_and_still_pictures_are_not() {
    let dir = Dir::with_project();
    let moving = Dir::with_case("case-11").read("p/layers/Ball/bounce.gif");
    let still = image::load_from_memory(&moving).unwrap().into_rgba8();
    dir.sized("p/layers/Back/Red.png", [still.width(), still.height()], RED);
    dir.write(
        "p/collection.toml",
        "seed = 1\ncount = 3\nfit = \"place\"\n[[ones]]\nname = \"King\"\nimage = \"ones/King.gif\"\n",
    );
    dir.write("p/ones/King.gif", moving);
    let ran = dir.run(["check", "p"]);
    ran.ok().warns("ones/King.gif: the picture is animated");
    assert_eq!(ran.stderr().matches("is animated").count(), 1);
}

const ONE_ITEM: &str = "seed = 1\ncount = 1\n";

/// The project `p` with one picture, and nothing else.
fn with_picture(name: &str, bytes: impl AsRef<[u8]>) -> Dir {
    let dir = Dir::empty();
    dir.write(format!("p/layers/A/{name}"), bytes);
    dir.write("p/collection.toml", ONE_ITEM);
    dir
}

/// Each command that decodes names the file, and nothing else is printed.
fn refused(dir: &Dir, problem: &[&str]) {
    for command in ["check", "generate"] {
        let ran = dir.run([command, "p"]);
        ran.refused(1, &[problem]);
        assert!(!ran.stderr().contains("panicked"), "{}", ran.stderr());
    }
    assert!(!dir.exists("out"));
}

/// A file of `tests/pictures`.
fn picture(name: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures").join(name)).unwrap()
}

#[test]
fn a_decoder_that_panics_is_the_fault_of_its_file() {
    let problem = ["A/t.webp", "the picture cannot be decoded", "its decoder failed", "export it again"];
    let dir = Dir::with_case("webp-panic");
    dir.write("p/collection.toml", ONE_ITEM);
    refused(&dir, &problem);
}

#[test]
fn a_cut_jpeg_is_refused_whether_it_has_an_end_marker_or_not() {
    let cut: &[&str] =
        &["cannot be decoded: it is cut off: ", " blocks of its pixels are there", "export it again"];
    let dir = Dir::with_case("jpeg-cut");
    dir.write("p/collection.toml", ONE_ITEM);
    refused(&dir, &[&["A/t.jpg"][..], cut].concat());
    for name in ["baseline-1x2.jpg", "baseline-2x1-restart.jpg", "progressive-2x2.jpg"] {
        let whole = picture(&format!("jpeg/{name}"));
        for end in [&[][..], &[0xff, 0xd9]] {
            let dir = with_picture(name, [&whole[..whole.len() * 3 / 4], end].concat());
            dir.run(["check", "p"]).refused(1, &[&[name, "cannot be decoded: it is cut off"]]);
        }
    }
}

#[test]
fn a_jpeg_without_an_end_marker_or_with_bytes_after_it_is_used_with_a_warning() {
    for name in ["baseline-4x1.jpg", "progressive-refined.jpg"] {
        let whole = picture(&format!("jpeg/{name}"));
        let missing = with_picture(name, &whole[..whole.len() - 2]);
        let more = with_picture(name, [&whole[..], b"more"].concat());
        for command in ["check", "generate"] {
            let what = format!("A/{name}: the picture is used, but it has no end marker");
            missing.run([command, "p"]).ok().warns(&what);
            let what = format!("A/{name}: the picture is used, but 4 bytes after its end are ignored");
            more.run([command, "p"]).ok().warns(&what);
        }
        let whole = with_picture(name, &whole);
        assert_eq!(whole.run(["check", "p"]).ok().stderr().matches("warning").count(), 0);
        for dir in [&whole, &missing] {
            dir.run(["generate", "p", "--count", "1", "--seed", "1", "--out", "o"]).ok();
        }
        assert_eq!(whole.files("o/images"), missing.files("o/images"), "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_damaged_file_claims_to_have_is_not_asked_for() {
    let chunk =
        |name: &[u8; 4], claimed: u32, data: &[u8]| [&name[..], &claimed.to_le_bytes(), data].concat();
    let webp = |chunks: &[Vec<u8>]| {
        let data = chunks.concat();
        [b"RIFF", &(data.len() as u32 + 4).to_le_bytes()[..], b"WEBP", &data].concat()
    };
    // The flags announce a profile, EXIF data and transparency.
    let extended = chunk(b"VP8X", 10, &[0x38, 0, 0, 0, 7, 0, 0, 7, 0, 0]);
    let lossless = chunk(b"VP8L", 8, &[0x2f, 7, 0xc0, 1, 0, 0, 0, 0]);
    let huge = |name| webp(&[extended.clone(), chunk(name, 0xffff_fff0, &[0; 16]), lossless.clone()]);
    let claims: &[&str] = &["cannot be decoded: it is cut off", "claims 4294967280 bytes"];
    for (name, bytes, problem) in [
        ("profile.webp", huge(b"ICCP"), claims),
        ("exif.webp", huge(b"EXIF"), claims),
        ("alpha.webp", huge(b"ALPH"), claims),
        ("frame.webp", huge(b"ANMF"), claims),
        ("cut.webp", chunk(b"RIFF", 5000, b"WEBPVP8 "), &["cannot be decoded: it is cut off", "5008 bytes"]),
    ] {
        let dir = with_picture(name, bytes);
        for command in ["check", "generate"] {
            let problem = [&[name][..], problem].concat();
            dir.run_after("ulimit -v 1500000", &[command, "p"]).refused(1, &[&problem]);
        }
    }
    // Two hundred bytes that claim a gigabyte of pixels.
    let small = crate::util::png_bytes(&image::RgbaImage::from_pixel(8, 8, image::Rgba(RED)));
    let mut png = [&crate::util::png_header(16_000, 16_000)[..33], &small[33..]].concat();
    let dir = with_picture("Claims.png", &png);
    dir.run_after("ulimit -v 1500000", &["check", "p"]).refused(1, &[&["Claims.png", "cannot be decoded"]]);
    png.truncate(60);
    refused(&with_picture("Cut.png", png), &["Cut.png", "cannot be decoded"]);
    let mut jpeg = picture("jpeg/baseline-1x2.jpg");
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x3e, 0x80, 0x3e, 0x80]);
    let dir = with_picture("Claims.jpg", jpeg);
    dir.run_after("ulimit -v 1500000", &["check", "p"])
        .refused(1, &[&["Claims.jpg", "cannot be decoded", " of 2000000 blocks of its pixels"]]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_is_larger_than_its_picture_can_be_is_not_read() {
    let dir = Dir::with_project();
    let path = dir.path("p/layers/Back/Red.png");
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    // Sparse: it takes no room on the disk.
    file.set_len(1 << 33).unwrap();
    dir.run_after("ulimit -v 1500000", &["check", "p"])
        .refused(1, &[&["Red.png", "the file has 8589934592 bytes", "export it again"]]);
    file.set_len(1 << 29).unwrap();
    dir.run_after("ulimit -v 1500000", &["check", "p"])
        .refused(1, &[&["Red.png", "the file has 536870912 bytes", "export it again"]]);
}

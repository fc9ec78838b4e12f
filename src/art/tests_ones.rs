//! Where the files of one-of-ones are, and what their pictures become.

use std::fs;

use crate::art::{Art, ReloadError};
use crate::geometry::Size;
use crate::picture::Scratch;
use crate::pixel::{Pixel, pack};
use crate::project::{Problem, Project};

/// A PNG of one row.
fn row(pixels: &[[u8; 4]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixels.len() as u32, 1);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header().unwrap().write_image_data(pixels.as_flattened()).unwrap();
    bytes
}

const CLEAR: [u8; 4] = [9, 8, 7, 0];
const VEIL: [u8; 4] = [186, 3, 250, 128];
const RED: [u8; 4] = [200, 0, 0, 255];

/// A project of a trait of 3x1 pixels with these files beside it.
fn folder(files: &[(&str, Vec<u8>)], configuration: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    write("layers/A/Red.png", &row(&[RED; 3]));
    files.iter().for_each(|(name, bytes)| write(name, bytes));
    write("collection.toml", configuration.as_bytes());
    dir
}

fn problems(dir: &tempfile::TempDir) -> Vec<String> {
    let problems = Project::open(dir.path()).map_or_else(
        |error| error.problems,
        |project| Art::decode(&project, &pool()).err().map_or_else(Vec::new, |error| error.problems),
    );
    let root = format!("{}/", dir.path().canonicalize().unwrap().display());
    problems.iter().map(|problem: &Problem| problem.to_string().replace(&root, "")).collect()
}

fn pool() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap()
}

#[test]
fn the_file_of_a_one_must_be_a_file_in_the_project() {
    let dir = folder(
        &[
            ("ones/King.png", row(&[RED; 3])),
            ("ones/Empty.png", Vec::new()),
            ("ones/e\u{301}/x.png", row(&[RED; 3])),
        ],
        "[[ones]]\nimage = \"ones/Kign.png\"\n[[ones]]\nimage = \"Queen.png\"\n[[ones]]\nimage = \"ones\"\n\
         [[ones]]\nimage = \"ones/Empty.png\"\n[[ones]]\nimage = \"../../etc/hosts\"\n[[ones]]\nimage = \"/etc/passwd\"\n\
         [[ones]]\nimage = \"ones/../ones/King.png\"\n[[ones]]\nimage = \"ones/\u{e9}/x.png\"\n",
    );
    let found = problems(&dir);
    let expected = [
        "collection.toml:2: the one-of-one \"Kign\" has no picture \"ones/Kign.png\"; did you mean \"ones/King.png\"?",
        "collection.toml:4: the one-of-one \"Queen\" has no picture \"Queen.png\"; add it",
        "ones: the picture of a one-of-one is not a file; give a PNG",
        "ones/Empty.png: the picture is empty (0 bytes); export it again",
        "",
        "/etc/passwd: it points to /etc/passwd, which is outside the project folder; copy the art into the project",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\nshould start with\n{expected}");
    }
    // Whether or not there is such a file.
    assert!(found[4].contains("outside the project") || found[4].contains("has no picture"), "{}", found[4]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_the_project_and_not_out_of_it() {
    let dir = folder(&[("art/King.png", row(&[RED; 3]))], "[[ones]]\nimage = \"ones/King.png\"\n");
    fs::create_dir(dir.path().join("ones")).unwrap();
    std::os::unix::fs::symlink("../art/King.png", dir.path().join("ones/King.png")).unwrap();
    assert_eq!(problems(&dir), [""; 0]);
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("King.png"), row(&[RED; 3])).unwrap();
    fs::remove_dir_all(dir.path().join("ones")).unwrap();
    std::os::unix::fs::symlink(outside.path(), dir.path().join("ones")).unwrap();
    let found = problems(&dir);
    assert!(found.len() == 1 && found[0].contains("which is outside the project folder; copy"), "{found:#?}");
}

#[test]
fn wrong_and_broken_pictures_of_ones_are_listed_behind_those_of_traits() {
    let whole = row(&[RED; 3]);
    let files = [
        ("layers/A/Tiny.png", row(&[RED])),
        ("ones/Long.png", row(&[RED; 4])),
        ("ones/Cut.png", whole[..whole.len() - 20].to_vec()),
        ("ones/Text.png", b"text".to_vec()),
        ("ones/Good.png", whole),
    ];
    let configuration = "size = [3, 1]\n[[ones]]\nimage = \"ones/Long.png\"\n[[ones]]\nimage = \"ones/Cut.png\"\n\
                         [[ones]]\nimage = \"ones/Text.png\"\n[[ones]]\nimage = \"ones/Good.png\"\n";
    let dir = folder(&files, configuration);
    let found = problems(&dir);
    let expected = [
        "layers/A/Tiny.png: the picture is 1x1, and the canvas is 3x1; export it",
        "ones/Long.png: the picture is 4x1, and the canvas is 3x1; export it at that size, or set fit",
        "ones/Cut.png: the picture cannot be decoded",
        "ones/Text.png: the file contains no picture in a supported format",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\nshould start with\n{expected}");
    }
    // The same in one list with what is wrong in the configuration, and from the headers alone where they suffice.
    fs::write(dir.path().join("collection.toml"), format!("opacity = 1\n{configuration}")).unwrap();
    assert_eq!(problems(&dir).len(), 5);
    fs::write(dir.path().join("collection.toml"), configuration).unwrap();
    let project = Project::open(dir.path()).unwrap();
    assert_eq!(Art::inspect(&project, &pool()).unwrap_err().problems.len(), 3);
}

/// Decodes the only one of a project as it is decoded to be written.
fn decoded(dir: &tempfile::TempDir) -> (Vec<Pixel>, Option<Vec<u8>>, Art) {
    let project = Project::open(dir.path()).unwrap();
    let art = Art::decode(&project, &pool()).unwrap();
    let mut scratch = Scratch::default();
    let profile = art.ones[0].decode(&project, &project.ones[0], art.grid.size(), &mut scratch).unwrap();
    (scratch.pixels, profile, art)
}

#[test]
fn colours_stay_as_they_are_and_fit_is_that_of_the_traits() {
    let one = |pixels: &[[u8; 4]], configuration: &str| {
        let text = format!("size = [3, 1]\n{configuration}\n[[ones]]\nimage = \"King.png\"\n");
        let dir = folder(&[("King.png", row(pixels))], &text);
        let (pixels, _, art) = decoded(&dir);
        assert_eq!(art.grid.size(), Size { width: 3, height: 1 });
        pixels
    };
    let [clear, veil, red] = [0, pack(VEIL), pack(RED)];
    assert_eq!(one(&[CLEAR, VEIL, RED], ""), [clear, veil, red], "not a level is lost");
    assert_eq!(one(&[VEIL], "fit = \"place\""), [veil, 0, 0]);
    assert_eq!(one(&[VEIL, RED, RED, VEIL], "fit = \"place\""), [veil, red, red]);
    assert_eq!(one(&[VEIL, RED, CLEAR], "fit = \"scale\""), [veil, red, clear], "nothing is to be scaled");
    assert_eq!(one(&[RED], "fit = \"scale\"\nscale_filter = \"nearest\""), [0, red, 0], "it is centred");
    assert_eq!(
        one(&[VEIL, RED, CLEAR], "background = \"#ffffff\""),
        [veil, red, clear],
        "nothing is under it"
    );
    let scaled = one(&[RED, RED, RED, VEIL, VEIL, VEIL, VEIL], "fit = \"scale\"\nscale_filter = \"nearest\"");
    assert_eq!(scaled[0], red);
    assert_eq!(scaled[2] >> 24, 128, "premultiplied to scale, and back");
}

#[test]
fn sixteen_bits_and_orientation_are_read_as_in_traits() {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 3, 1);
    encoder.set_color(png::ColorType::GrayscaleAlpha);
    encoder.set_depth(png::BitDepth::Sixteen);
    let samples: Vec<u8> = [(0x0101u16, 0xffff), (0x8080, 0x4040), (0xfe01, 0xffffu16)]
        .iter()
        .flat_map(|&(l, a)| [l.to_be_bytes(), a.to_be_bytes()].concat())
        .collect();
    encoder.write_header().unwrap().write_image_data(&samples).unwrap();
    let dir = folder(&[("King.png", bytes)], "[[ones]]\nimage = \"King.png\"\n");
    assert_eq!(decoded(&dir).0, [[1, 1, 1, 255], [128, 128, 128, 64], [253, 253, 253, 255]].map(pack));
}

/// An ICC profile's header for a space of colours.
fn profile(space: &[u8; 4]) -> Vec<u8> {
    let mut profile = vec![0; 128];
    profile[16..20].copy_from_slice(space);
    profile
}

fn with_profile(profile: &[u8]) -> Vec<u8> {
    let mut info = png::Info::with_size(3, 1);
    info.color_type = png::ColorType::Rgba;
    info.bit_depth = png::BitDepth::Eight;
    info.icc_profile = Some(profile.into());
    let mut bytes = Vec::new();
    let mut writer = png::Encoder::with_info(&mut bytes, info).unwrap().write_header().unwrap();
    writer.write_image_data([RED; 3].as_flattened()).unwrap();
    writer.finish().unwrap();
    bytes
}

#[test]
fn a_profile_belongs_to_its_one_and_to_no_other_picture() {
    let rgb = profile(b"RGB ");
    let dir = folder(&[("King.png", with_profile(&rgb))], "[[ones]]\nimage = \"King.png\"\n");
    let (_, found, art) = decoded(&dir);
    assert_eq!((found, art.icc_profile, art.warnings), (Some(rgb), None, Vec::new()));
    let dir = folder(&[("King.png", with_profile(&profile(b"GRAY")))], "[[ones]]\nimage = \"King.png\"\n");
    let (_, found, art) = decoded(&dir);
    assert_eq!((found, art.warnings.len()), (None, 1));
    assert!(
        art.warnings[0].to_string().contains("King.png: the colour profile is ignored"),
        "{:?}",
        art.warnings
    );
}

#[test]
fn digests_follow_pixels_settings_and_order_and_not_files() {
    let files = || {
        [
            ("a.png", row(&[VEIL, RED, RED])),
            ("b.png", row(&[RED, RED, VEIL])),
            ("c.png", row(&[VEIL, RED, RED])),
        ]
    };
    let digests = |ones: &str| {
        let dir = folder(&files(), ones);
        let project = Project::open(dir.path()).unwrap();
        let art = Art::decode(&project, &pool()).unwrap();
        assert_eq!(art.traits.len(), 1);
        // The folder's name is the collection's.
        (art.digest(), Project { name: "Test".to_owned(), ..project }.configuration_digest())
    };
    let a = "[[ones]]\nname = \"X\"\nimage = \"a.png\"\n";
    let base = digests(a);
    assert_eq!(base, digests(&a.replace("a.png", "c.png")), "equal pixels in another file");
    assert_eq!(base, digests(&format!("count = 9\nseed = 3\n{a}")));
    assert_ne!(base.0, digests(&a.replace("a.png", "b.png")).0);
    assert_ne!(base.0, digests("").0);
    let mut configurations = vec![digests("").1];
    for more in [
        "",
        "edition = 7\n",
        "attributes = { A = 1 }\n",
        "attributes = { A = 1.0 }\n",
        "attributes = { A = \"1\" }\n",
        "attributes = { A = true }\n",
        "attributes = { A = 1, B = 2 }\n",
        "attributes = { B = 2, A = 1 }\n",
    ] {
        let (art, configuration) = digests(&format!("{a}{more}"));
        assert_eq!(art, base.0);
        configurations.push(configuration);
    }
    configurations.push(digests(&a.replace("\"X\"", "\"Y\"")).1);
    let count = configurations.len();
    configurations.sort_unstable_by_key(|digest| *digest.as_bytes());
    configurations.dedup();
    assert_eq!(configurations.len(), count);
}

#[test]
fn a_picture_that_was_changed_after_it_was_checked_is_refused() {
    let dir = folder(&[("King.png", row(&[VEIL, RED, RED]))], "[[ones]]\nimage = \"King.png\"\n");
    let project = Project::open(dir.path()).unwrap();
    let art = Art::decode(&project, &pool()).unwrap();
    let again = || art.ones[0].decode(&project, &project.ones[0], art.grid.size(), &mut Scratch::default());
    again().unwrap();
    for other in [row(&[RED, RED, RED]), row(&[RED; 4])] {
        fs::write(dir.path().join("King.png"), other).unwrap();
        let error = again().unwrap_err();
        assert!(matches!(&error, ReloadError::OneChanged(path) if path.ends_with("King.png")), "{error}");
        assert!(
            error.to_string().contains("King.png: the picture changed after it was checked; start again")
        );
    }
    fs::remove_file(dir.path().join("King.png")).unwrap();
    let error = again().unwrap_err().to_string();
    assert!(error.contains("King.png: it cannot be read") && error.contains("(read earlier); "), "{error}");
}

//! Willem van Schaik's PngSuite: its valid files are drawn as another decoder sees them, its invalid ones are refused.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use zune_png::PngDecoder;
use zune_png::zune_core::bytestream::ZCursor;
use zune_png::zune_core::colorspace::ColorSpace;
use zune_png::zune_core::options::DecoderOptions;
use zune_png::zune_core::result::DecodingResult;

use crate::util::Dir;

/// The suite as a package ships it: names without extension, with the bytes, in order.
fn suite() -> Vec<(String, Vec<u8>)> {
    let stdout_of = |program: &str, arguments: &[&str]| {
        let program = std::env::var_os(program).unwrap_or_else(|| program.to_lowercase().into());
        let output = Command::new(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let version = stdout_of("RUSTC", &["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    // Packages that only other platforms need were not downloaded.
    let platform = ["--filter-platform", host, "--locked", "--offline", "--manifest-path", manifest];
    let metadata = stdout_of("CARGO", &[&["metadata", "--format-version=1"][..], &platform].concat());
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "minipng").unwrap();
    let folder = Path::new(package["manifest_path"].as_str().unwrap()).with_file_name("test/pngsuite");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "png"));
    paths.sort();
    let stem = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    // The logo is larger than all others, and no test picture.
    paths
        .iter()
        .map(|path| (stem(path), fs::read(path).unwrap()))
        .filter(|(name, _)| name != "PngSuite")
        .collect()
}

/// Straight pixels of eight bits, by another decoder.
pub(crate) fn by_another_decoder(bytes: &[u8]) -> (usize, Vec<[u8; 4]>) {
    let mut decoder = PngDecoder::new_with_options(ZCursor::new(bytes), DecoderOptions::default());
    let samples: Vec<u8> = match decoder.decode().unwrap() {
        DecodingResult::U8(samples) => samples,
        // 65535 / 255 = 257.
        DecodingResult::U16(samples) => samples.iter().map(|&v| ((u32::from(v) + 128) / 257) as u8).collect(),
        _ => panic!("no PNG has other samples"),
    };
    let colours = decoder.colorspace().unwrap();
    let to_rgba = |p: &[u8]| match colours {
        ColorSpace::Luma => [p[0], p[0], p[0], 255],
        ColorSpace::LumaA => [p[0], p[0], p[0], p[1]],
        ColorSpace::RGB => [p[0], p[1], p[2], 255],
        ColorSpace::RGBA => [p[0], p[1], p[2], p[3]],
        other => panic!("no PNG has the colours {other:?}"),
    };
    let pixels = samples.chunks_exact(colours.num_components()).map(to_rgba);
    (
        decoder.dimensions().unwrap().0,
        pixels.map(|pixel| if pixel[3] == 0 { [0; 4] } else { pixel }).collect(),
    )
}

#[test]
fn valid_files_are_drawn_as_another_decoder_sees_them() {
    let dir = Dir::empty();
    let valid: Vec<(String, Vec<u8>)> =
        suite().into_iter().filter(|(name, _)| !name.starts_with('x')).collect();
    assert_eq!(valid.len(), 160);
    for (name, bytes) in &valid {
        dir.write(format!("p/layers/All/{name}.png"), bytes);
    }
    // One item a picture, none scaled.
    dir.write("p/collection.toml", "size = [40, 40]\nfit = \"place\"\n[[layers]]\nname = \"All\"\n");
    dir.run(["plan", "p", "--all", "-o", "all.json"]).ok();
    dir.run(["generate", "p", "--plan", "all.json"]).ok();
    let mut shown = Vec::new();
    for edition in 1..=valid.len() {
        let document = dir.json(format!("out/json/{edition}.json"));
        let name = document["attributes"][0]["value"].as_str().unwrap().to_owned();
        let bytes = &valid.iter().find(|(other, _)| *other == name).unwrap().1;
        let (width, wanted) = by_another_decoder(bytes);
        let mut canvas = vec![[0; 4]; 40 * 40];
        for (to, from) in canvas.chunks_exact_mut(40).zip(wanted.chunks_exact(width)) {
            to[..width].copy_from_slice(from);
        }
        let got = image::open(dir.path(format!("out/images/{edition}.png"))).unwrap().into_rgba8();
        let got: Vec<[u8; 4]> = got.pixels().map(|pixel| pixel.0).collect();
        let differs = got.iter().zip(&canvas).position(|(got, wanted)| got != wanted);
        assert_eq!(differs.map(|at| (got[at], canvas[at], at)), None, "{name}");
        shown.push(name);
    }
    shown.sort();
    assert_eq!(shown, valid.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>());
}

#[test]
fn invalid_files_are_refused_all_at_once_by_name() {
    let dir = Dir::empty();
    let invalid: Vec<(String, Vec<u8>)> =
        suite().into_iter().filter(|(name, _)| name.starts_with('x')).collect();
    assert_eq!(invalid.len(), 14);
    for (name, bytes) in &invalid {
        dir.write(format!("p/layers/All/{name}.png"), bytes);
    }
    let stderr = dir.run(["check", "p"]).exited(1).stderr();
    for (name, _) in &invalid {
        assert!(stderr.contains(&format!("All/{name}.png")), "{name}: {stderr}");
    }
    dir.run(["generate", "p"]).exited(1);
    assert!(!dir.exists("out"));
}

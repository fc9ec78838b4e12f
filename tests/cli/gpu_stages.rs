//! Collections by the GPU, stage by stage, against those of the CPU: the same files whatever goes wrong on the way.
//!
//! The adapter is whatever there is: in unattended runs Mesa's llvmpipe, for which compressing and joining are forced. Opening it
//! so takes a second or two, most of it the self-check, so there are few runs.

use image::{Rgba, RgbaImage};
use serde_json::Value;

use crate::util::{Dir, adapter};

const STAGES: [&str; 3] = ["composite", "composite,compress", "composite,compress,join"];
const SMALL: [&str; 6] = ["--gpu-memory", "1MiB", "--pool-memory", "1MiB", "--batch", "3"];

/// A project and the folder `cpu` with its collection by the CPU.
struct Made {
    dir: Dir,
    /// What shapes the bytes.
    flags: Vec<&'static str>,
}

impl Made {
    fn by_the_cpu(dir: Dir, flags: &[&'static str]) -> Self {
        let cpu = ["generate", "p", "--backend", "cpu", "--out", "cpu"];
        dir.run(cpu.iter().chain(flags)).ok();
        Self { dir, flags: flags.to_vec() }
    }

    /// Makes the collection by the GPU and compares; the GPU's statistics.
    fn same(&self, stages: &str, more: &[&str]) -> Value {
        let gpu =
            ["generate", "p", "--backend", "gpu", "--gpu-stages", stages, "--force", "--stats", "s.json"];
        self.dir.run(gpu.iter().chain(&self.flags).chain(more)).ok();
        assert_eq!(self.dir.files("cpu"), self.dir.files("out"), "{stages} {more:?} {:?}", self.flags);
        let stats = self.dir.json("s.json");
        stats["gpu"].clone()
    }

    /// By all settings of stages, and joined in little memory.
    fn check(&self) {
        for stages in STAGES {
            let gpu = self.same(stages, &["--require-gpu", "--batch", "2"]);
            let count = |what: &str| gpu[what].as_u64().unwrap();
            assert_eq!(count("compressed") > 0, stages != STAGES[0], "{gpu}");
            assert_eq!(
                [count("joined"), count("kept_bytes")].map(|n| n > 0),
                [stages == STAGES[2]; 2],
                "{gpu}"
            );
        }
        self.same(STAGES[2], &SMALL);
    }
}

/// Shapes of few colours over each other, on a canvas of odd sides.
fn flat() -> Dir {
    let dir = Dir::empty();
    let colours = [[20u8, 30, 60], [200, 40, 40], [240, 220, 90], [20, 30, 61], [255, 255, 255]];
    for layer in 0..3u32 {
        for variant in 0..3u32 {
            let picture = RgbaImage::from_fn(231, 99, |x, y| {
                let [dx, dy] = [x as i32 - 60 * layer as i32 - 30, y as i32 - 20 * variant as i32];
                let ring = (dx * dx + dy * dy) / 900;
                let [r, g, b] = colours[((ring + (variant + layer) as i32) % 5) as usize];
                Rgba([r, g, b, if layer == 0 || ring < 4 { 255 } else { 0 }])
            });
            dir.image(format!("p/layers/{layer}/V{variant}.png"), &picture);
        }
    }
    dir.write("p/collection.toml", "seed = 3\ncount = 9\n");
    dir
}

/// Opaque pictures with layers in all blend modes, each in a tile, so that most of a picture repeats.
fn modes() -> Dir {
    let dir = Dir::empty();
    let modes = [
        "normal",
        "multiply",
        "screen",
        "overlay",
        "darken",
        "lighten",
        "color-dodge",
        "color-burn",
        "hard-light",
        "soft-light",
        "difference",
        "exclusion",
        "hue",
        "saturation",
        "color",
        "luminosity",
        "plus-lighter",
    ];
    let back = RgbaImage::from_fn(301, 91, |x, y| Rgba([x as u8, 2 * y as u8, (x ^ y) as u8, 255]));
    dir.image("p/layers/00/Back.png", &back);
    let mut text = "seed = 5\ncount = 12\n[[layers]]\nname = \"00\"\n".to_owned();
    for (number, mode) in (1u32..).zip(modes) {
        let picture = RgbaImage::from_fn(301, 91, |x, y| {
            let is_here = (x / 64, y / 32) == (number % 5, number % 3);
            let alpha = if is_here { (x * y + 40 * number) as u8 } else { 0 };
            Rgba([(number * 15) as u8, x as u8, 255 - y as u8, alpha])
        });
        dir.image(format!("p/layers/{number:02}/A.png"), &picture);
        text += &format!("[[layers]]\nname = \"{number:02}\"\nblend = \"{mode}\"\nchance = 0.4\n");
    }
    dir.write("p/collection.toml", text);
    dir
}

#[test]
fn flat_pictures_are_the_same_by_all_efforts() {
    let Some(_) = adapter() else { return };
    Made::by_the_cpu(flat(), &[]).check();
    for effort in ["fast", "small"] {
        let gpu = Made::by_the_cpu(flat(), &["--effort", effort, "--count", "4"]).same(STAGES[2], &[]);
        assert_eq!(gpu["joined"], 4, "{gpu}");
    }
}

#[test]
fn all_blend_modes_are_the_same() {
    let Some(_) = adapter() else { return };
    Made::by_the_cpu(modes(), &[]).check();
}

/// Noise with alpha, in sizes by whole factors, which are averaged on the GPU, and by another.
#[test]
fn pictures_with_alpha_are_the_same_in_all_sizes() {
    let Some(_) = adapter() else { return };
    let made =
        Made::by_the_cpu(Dir::with_busy_project(), &["--count", "10", "--output-size", "200,100,40,130"]);
    made.check();
    let half = Made::by_the_cpu(Dir::with_busy_project(), &["--count", "6", "--output-size", "100"]);
    let gpu = half.same(STAGES[2], &["--gpu-fault", "memory@compress:1,lost@join:2", "--batch", "2"]);
    assert!(gpu["compressed"].as_u64() > Some(0) && gpu["joined"].as_u64() > Some(0), "{gpu}");
}

#[test]
fn faults_of_each_stage_change_no_byte() {
    let Some(_) = adapter() else { return };
    let made = Made::by_the_cpu(flat(), &[]);
    for (stages, faults) in [
        (STAGES[0], "memory@composite:1,lost@composite:3"),
        (STAGES[1], "memory@compress:2,timeout@compress:3"),
        (STAGES[1], "lost@1,timeout@compress:3"),
        (STAGES[2], "memory@join:1,timeout@join:2"),
        (STAGES[2], "lost@join:1,memory@compress:3"),
        (STAGES[2], "timeout@1,lost@join:2,timeout@6"),
    ] {
        let gpu = made.same(stages, &["--gpu-fault", faults, "--batch", "2"]);
        let events = gpu["events"].as_array().map_or(0, Vec::len);
        assert!(events >= 2 || faults.contains("timeout@6"), "{faults}: {gpu}");
    }
}

/// What takes a kernel too many steps is given up, and made by the CPU.
#[test]
fn what_a_kernel_gives_up_is_made_by_the_cpu() {
    let Some(_) = adapter() else { return };
    let made = Made::by_the_cpu(flat(), &["--count", "2"]);
    for kernel in ["filter_rows", "list_edges", "link_edges", "parse", "pack", "measure_rows", "write_rows"] {
        let gpu = made.same(STAGES[2], &["--gpu-fault", &format!("steps@{kernel}")]);
        let count = |what: &str| gpu[what].as_u64().unwrap();
        if kernel.ends_with("_rows") && kernel != "filter_rows" {
            assert_eq!((count("joined"), count("compressed") > 0), (0, true), "{kernel}: {gpu}");
        } else {
            assert_eq!((count("joined"), count("on_cpu") > 0), (2, true), "{kernel}: {gpu}");
        }
        assert_eq!(gpu["events"].as_array().unwrap().len(), 0, "{kernel}: {gpu}");
    }
}

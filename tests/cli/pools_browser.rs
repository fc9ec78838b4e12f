//! Pools in a browser: `web/pool.js` gives the bytes of `cat`, from servers of all kinds, and pages of `report --html --pool` show
//! them.

use std::collections::{BTreeMap, BTreeSet};

use image::{Rgba, RgbaImage};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::browser::Browser;
use crate::hosts::{Host, Ranges};
use crate::report_page::READY;
use crate::util::Dir;
use crate::verify::collection;

const SIDES: [u32; 2] = [200, 100];

/// A picture in which each byte is predicted from those to the left, above, and above left, and nearly so: the filter of this
/// prediction makes it smallest.
fn texture(seed: u32, predict: fn(i32, i32, i32) -> i32, alpha: bool) -> RgbaImage {
    let mut picture = RgbaImage::from_pixel(SIDES[0], SIDES[1], Rgba([0, 0, 0, 255]));
    let mut state = seed;
    for y in 0..SIDES[1] {
        for x in 0..SIDES[0] {
            for channel in 0..if alpha { 4 } else { 3 } {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = |dx: u32, dy: u32| match (x.checked_sub(dx), y.checked_sub(dy)) {
                    (Some(x), Some(y)) => i32::from(picture.get_pixel(x, y).0[channel]),
                    _ => 128,
                };
                let noise = (state >> 24) as i32 % 3 - 1;
                let value = (predict(at(1, 0), at(0, 1), at(1, 1)) + noise).clamp(1, 254);
                picture.get_pixel_mut(x, y).0[channel] = value as u8;
            }
        }
    }
    picture
}

/// Everything outside of a disc is transparent.
fn disc(mut picture: RgbaImage, radius: u32) -> RgbaImage {
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let (dx, dy) = (x.abs_diff(SIDES[0] / 2), y.abs_diff(SIDES[1] / 2));
        if dx * dx + dy * dy > radius * radius {
            *pixel = Rgba([0; 4]);
        }
    }
    picture
}

fn paeth(left: i32, above: i32, corner: i32) -> i32 {
    let p = left + above - corner;
    *[left, above, corner].iter().min_by_key(|&&one| (p - one).abs()).expect("there are three")
}

/// A folder with pools of all kinds of pictures: by name what `unpack` makes of each.
fn pools() -> (Dir, BTreeMap<&'static str, BTreeMap<std::path::PathBuf, Vec<u8>>>) {
    let dir = Dir::empty();
    let stripes: fn(i32, i32, i32) -> i32 = |left, _, _| (left * 3 + 7) % 200 + 20;
    let kinds: [(&str, fn(i32, i32, i32) -> i32, bool, &str); 6] = [
        ("flat", |_, _, _| 128, false, ""),
        ("sub", |left, above, _| if left == 128 { above * 7 % 251 } else { left }, false, ""),
        ("up", |left, above, _| if above == 128 { stripes(left, 0, 0) } else { above }, false, ""),
        ("average", |left, above, _| (left + above) / 2, false, "output_sizes = [200, 90]\n"),
        ("paeth", paeth, false, "start = 5\n"),
        ("alpha", paeth, true, ""),
    ];
    todo!()
}

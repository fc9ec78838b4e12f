//! The kernels that join, by their parsed form: valid with what WebGPU promises, integers alone, no division, and no loop that a
//! device may end unseen.

use crate::shaders::rules::{Shader, check_arithmetic};

/// All files of the kernels, in the order in which they are put together.
const FILES: [&str; 4] = [
    include_str!("../../../shaders/codes.wgsl"),
    include_str!("../../../shaders/filter.wgsl"),
    include_str!("../../../shaders/join/join.wgsl"),
    include_str!("../../../shaders/join/kernels.wgsl"),
];

const KERNELS: [&str; 4] = ["measure_rows", "place_rows", "place_pictures", "write_rows"];

fn shader() -> Shader {
    Shader::of_files(&FILES)
}

#[test]
fn all_files_together_are_valid_and_are_the_kernels() {
    assert_eq!(shader().compute_shaders(), KERNELS);
}

#[test]
fn kernels_calculate_in_integers_and_divide_nothing() {
    check_arithmetic(&shader(), &KERNELS);
}

/// A loop whose iterations depend on the art counts them; others have so few that no device minds.
#[test]
fn loops_count_their_steps() {
    // By picture of a group, of which there are 1024 at most, and by 64 rows of a picture.
    assert_eq!(shader().loops_without("steps"), ["place_pictures", "place_rows"]);
}

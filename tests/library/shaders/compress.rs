//! The kernels that compress, by their parsed form: valid with what WebGPU promises, integers alone, no division, and no loop
//! that a device may end unseen.

use crate::shaders::rules::{Shader, check_arithmetic};

/// All files of the kernels, in the order in which they are put together.
const FILES: [&str; 12] = [
    include_str!("../../../shaders/compress/pass.wgsl"),
    include_str!("../../../shaders/codes.wgsl"),
    include_str!("../../../shaders/filter.wgsl"),
    include_str!("../../../shaders/compress/samples.wgsl"),
    include_str!("../../../shaders/compress/compare.wgsl"),
    include_str!("../../../shaders/compress/edges.wgsl"),
    include_str!("../../../shaders/compress/put.wgsl"),
    include_str!("../../../shaders/compress/rows.wgsl"),
    include_str!("../../../shaders/compress/matches.wgsl"),
    include_str!("../../../shaders/compress/optimal.wgsl"),
    include_str!("../../../shaders/compress/parse.wgsl"),
    include_str!("../../../shaders/compress/lay_out.wgsl"),
];

const KERNELS: [&str; 8] =
    ["filter_rows", "compare", "list_edges", "link_edges", "parse", "lay_out", "place_spans", "pack"];

/// Storage buffers that a device must have, by WebGPU's default limits.
const STORAGE_BUFFERS: usize = 8;

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
    let planted = "@compute @workgroup_size(1) fn half() { var x = 1.5; x = x * 2.0; }";
    assert!(Shader::parse(planted).expect("it is valid").has_floats());
}

/// A loop whose iterations depend on the art counts them; others have so few that no device minds.
#[test]
fn loops_count_their_steps() {
    // By row 256 words and 32 pixels of each at most; by span 32 rows; by pass some spans; by quotient eight bits.
    assert_eq!(shader().loops_without("steps"), ["compare", "lay_out", "place_spans", "quotient"]);
}

#[test]
fn kernels_bind_no_more_storage_buffers_than_every_device_has() {
    let shader = shader();
    let variables = shader.module.global_variables.iter();
    let buffers =
        variables.filter(|(_, variable)| matches!(variable.space, naga::AddressSpace::Storage { .. }));
    assert_eq!(buffers.count(), STORAGE_BUFFERS);
}

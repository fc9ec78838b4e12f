//! The shaders without a graphics processor: they are valid, they calculate in integers only, and they give the same
//! pixels as the library, because an interpreter of their parsed form says so.
//!
//! What a real device makes of them is another test's matter. This one runs everywhere and names the line at fault.

mod compress;
mod interpreter;
mod join;
mod rules;

use self::rules::{Rule, Shader};

const OVER: &str = include_str!("../../../shaders/over.wgsl");
const BLEND: &str = include_str!("../../../shaders/blend.wgsl");
const STRAIGHT: &str = include_str!("../../../shaders/straight.wgsl");
const CLIP: &str = include_str!("../../../shaders/clip.wgsl");
const COMPOSITE: &str = include_str!("../../../shaders/composite.wgsl");

/// Every combination of files that is put together for a device, by what it is called.
const COMBINATIONS: &[(&str, &[&str])] = &[
    ("over", &[OVER]),
    ("over and blend", &[OVER, BLEND]),
    ("over, blend and straight", &[OVER, BLEND, STRAIGHT]),
    ("over, blend, straight and clip", &[OVER, BLEND, STRAIGHT, CLIP]),
    ("over, blend, straight, clip and composite", &[OVER, BLEND, STRAIGHT, CLIP, COMPOSITE]),
];

/// The functions that decide pixels: they and all they call are held to the rules.
const ARITHMETIC: [&str; 6] = ["over", "blend", "blend_straight", "clip", "clip_straight", "masked_straight"];

#[test]
fn every_combination_is_valid_and_its_arithmetic_is_integer_without_division() {
    for (name, files) in COMBINATIONS {
        let shader = Shader::parse(&files.concat()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let broken = shader.broken_rules(&ARITHMETIC);
        assert!(broken.is_empty(), "{name}: {broken:#?}");
    }
}

#[test]
fn the_rules_look_at_every_function_that_decides_a_pixel() {
    let looked_at = |files: &[&str]| {
        let shader = Shader::parse(&files.concat()).expect("it is valid");
        shader.reachable(&ARITHMETIC).len()
    };
    assert_eq!(looked_at(&[OVER]), 2);
    let functions = |text: &str| text.lines().filter(|line| line.starts_with("fn ")).count();
    assert_eq!(looked_at(&[OVER, BLEND]), functions(OVER) + functions(BLEND), "all are reached");
    let all = functions(OVER) + functions(BLEND) + functions(STRAIGHT);
    assert_eq!(looked_at(&[OVER, BLEND, STRAIGHT]), all, "all are reached");
    assert_eq!(looked_at(&[OVER, BLEND, STRAIGHT, CLIP]), all + functions(CLIP), "all are reached");
}

/// The fragment shaders themselves, with the loops over stacks that the arithmetic must not have.
#[test]
fn no_fragment_shader_divides() {
    let shader = Shader::parse(&[OVER, BLEND, STRAIGHT, CLIP, COMPOSITE].concat())
        .unwrap_or_else(|error| panic!("{error}"));
    let fragments = shader.fragment_shaders();
    assert_eq!(fragments, ["composite_shallow", "composite_over", "composite_blend"]);
    assert!(fragments.iter().all(|name| !shader.entry_point_divides(name)));
    let planted = "fn half(x: u32) -> u32 { return x / 2u; } \
                   @fragment fn main() -> @location(0) vec4<u32> { return vec4<u32>(half(7u)); }";
    let shader = Shader::parse(planted).expect("it is valid");
    assert!(shader.entry_point_divides("main"), "also in what it calls");
}

/// Whatever breaks a rule is found, in the function itself and in one that it calls.
#[test]
fn planted_violations_are_found() {
    for (body, rule) in [
        ("return u32(f32(s) * 0.5);", Rule::Float),
        ("return s + u32(d > 3u) * bitcast<u32>(1.0);", Rule::Float),
        ("let v = vec2<f32>(1.5, 2.0); return select(s, d, v.x > v.y);", Rule::Float),
        ("var x: f32; return s;", Rule::Float),
        ("return pack4x8unorm(unpack4x8unorm(s));", Rule::Float),
        ("return s / max(d, 1u);", Rule::Division),
        ("return s % 255u;", Rule::Division),
        ("var a = array<u32, 2>(s, d); return a[s & 1u];", Rule::DynamicIndex),
        ("var x = s; while x > 9u { x -= d; } return x;", Rule::Loop),
    ] {
        let direct = format!("fn over(s: u32, d: u32) -> u32 {{ {body} }}");
        let called = format!(
            "fn deep(s: u32, d: u32) -> u32 {{ {body} }} fn over(s: u32, d: u32) -> u32 {{ return deep(d, s); }}"
        );
        for text in [direct, called] {
            let shader = Shader::parse(&text).unwrap_or_else(|error| panic!("{error}"));
            let broken = shader.broken_rules(&ARITHMETIC);
            assert!(broken.iter().any(|(_, found)| *found == rule), "{text}: {broken:?}");
        }
    }
    let unused = "fn over(s: u32, d: u32) -> u32 { return s; } fn place(x: f32) -> f32 { return x / 2.0; }";
    let shader = Shader::parse(unused).expect("it is valid");
    assert!(shader.broken_rules(&ARITHMETIC).is_empty(), "what decides no pixel may use floats");
    assert!(
        Shader::parse("fn over(s: u32) -> u32 { return s + 1.5; }").is_err(),
        "what is invalid is refused"
    );
}

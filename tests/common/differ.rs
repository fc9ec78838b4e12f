//! Where pictures differ: expected, actual and difference as PNGs, and the numbers, in `diff/`.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::common::canvas::{Canvas, Rgba};

/// Fails with the paths of a report if `actual` is not `expected`. `name` becomes part of the files' names.
pub(crate) fn assert_same(name: &str, expected: &Canvas, actual: &Canvas) {
    if expected != actual {
        panic!("{}", report(name, expected, actual));
    }
}

/// [`assert_same`], but colours may be up to `tolerance` levels apart where alpha is the same.
pub(crate) fn assert_near(name: &str, tolerance: u32, expected: &Canvas, actual: &Canvas) {
    if !near(tolerance, expected, actual) {
        panic!("{}", report(name, expected, actual));
    }
}

/// Whether alpha is the same everywhere, and colours are at most `tolerance` levels apart.
pub(crate) fn near(tolerance: u32, expected: &Canvas, actual: &Canvas) -> bool {
    let near = |&(a, b): &(&Rgba, &Rgba)| {
        a[3] == b[3] && (0..3).all(|c| u32::from(a[c].abs_diff(b[c])) <= tolerance)
    };
    expected == actual
        || tolerance > 0
            && (expected.width, expected.height) == (actual.width, actual.height)
            && expected.pixels.iter().zip(&actual.pixels).all(|pair| near(&pair))
}

/// Writes the report and says where it is.
pub(crate) fn report(name: &str, expected: &Canvas, actual: &Canvas) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("diff");
    fs::create_dir_all(&folder).expect("the repository can be written to");
    let name: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let mut text = format!("{name}: the picture is not what it should be\n");
    let mut say = |line: String| writeln!(text, "  {line}").expect("a string grows");
    let save = |what: &str, canvas: &Canvas| {
        let path = folder.join(format!("{name}-{what}.png"));
        canvas.write(&path, None);
        path.display().to_string()
    };
    let paths = [save("expected", expected), save("actual", actual)];
    if (expected.width, expected.height) == (actual.width, actual.height) {
        let pairs = || expected.pixels.iter().zip(&actual.pixels);
        let different = pairs().filter(|(a, b)| a != b).count();
        let most: [u8; 4] =
            std::array::from_fn(|c| pairs().map(|(a, b)| a[c].abs_diff(b[c])).max().unwrap_or(0));
        say(format!("{different} of {} pixels differ, by at most {most:?}", expected.pixels.len()));
        if let Some(at) = pairs().position(|(a, b)| a != b) {
            let (x, y) = (at % expected.width as usize, at / expected.width as usize);
            let (wanted, got) = (expected.pixels[at], actual.pixels[at]);
            say(format!("first at column {x}, row {y}: expected {wanted:?}, got {got:?}"));
        }
        // White where a pixel differs in alpha, its colours' differences enlarged where it does not.
        let shown = |(a, b): (&Rgba, &Rgba)| match a[3] == b[3] {
            true => [0, 1, 2].map(|c| a[c].abs_diff(b[c]).saturating_mul(16)),
            false => [255; 3],
        };
        let pixels = pairs().map(shown).map(|[r, g, b]| [r, g, b, 255]).collect();
        say(save("diff", &Canvas { pixels, ..*expected }));
    } else {
        say(format!("expected {expected:?}, got {actual:?}"));
    }
    paths.into_iter().for_each(&mut say);
    fs::write(folder.join(format!("{name}.txt")), &text).expect("the repository can be written to");
    text
}

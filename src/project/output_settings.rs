//! The sizes and the format of finished pictures: the keys `output_size`, `format` and `quality`, and what programs take in
//! their place.

use toml::de::DeTable;

use crate::geometry::MAX_SIDE;
use crate::picture::PictureFormat;
use crate::project::values::Values;

/// The most sizes of one run.
const MOST: usize = 8;

/// Refuses sizes that no run has: each is the longer side of a picture in pixels, and all are different.
///
/// # Errors
/// What is wrong with the first that cannot be, beginning with its value.
pub fn check_output_sizes(sizes: &[i64]) -> Result<Vec<u32>, String> {
    if sizes.is_empty() {
        return Err("the list of sizes is empty; give the longer side of the pictures in pixels".to_owned());
    }
    if sizes.len() > MOST {
        return Err(format!("{} sizes are given, and the limit is {MOST}", sizes.len()));
    }
    let mut found: Vec<u32> = Vec::with_capacity(sizes.len());
    for &size in sizes {
        match u32::try_from(size) {
            Ok(side) if !(1..=MAX_SIDE).contains(&side) => {}
            Ok(side) if found.contains(&side) => return Err(format!("{side} is given twice")),
            Ok(side) => {
                found.push(side);
                continue;
            }
            Err(_) => {}
        }
        return Err(format!("{size} is not between 1 and {MAX_SIDE}"));
    }
    Ok(found)
}

/// The longer sides of the pictures: an integer, or several.
pub(super) fn output_size(values: &mut Values<'_>, table: &DeTable<'_>) -> Vec<u32> {
    const KEY: &str = "output_size";
    let Some(sizes) = values.integers(table, KEY, "an integer, as in 1024, or several, as in [2048, 512]")
    else {
        return Vec::new();
    };
    check_output_sizes(&sizes).unwrap_or_else(|what| {
        values.problem(
            values.span(table, KEY),
            format!("{KEY}: {what}"),
            "write 1 to 8 different sizes in pixels",
        );
        Vec::new()
    })
}

/// The format of the pictures: a name, and a quality as a number or a word.
pub(super) fn picture_format(values: &mut Values<'_>, table: &DeTable<'_>) -> PictureFormat {
    let name = values.text(table, "format").unwrap_or_else(|| "png".to_owned());
    let quality = values.integer_or_text(table, "quality", "1 to 100, or \"lossless\"");
    PictureFormat::parse(&name, quality.as_deref()).unwrap_or_else(|(what, remedy)| {
        let key = if PictureFormat::parse(&name, None).is_ok() { "quality" } else { "format" };
        values.problem(values.span(table, key), what, remedy);
        PictureFormat::Png
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_different_sides_of_pictures() {
        assert_eq!(check_output_sizes(&[2048, 1, 16384]).unwrap(), [2048, 1, 16384]);
        for (sizes, reason) in [
            (&[][..], "the list of sizes is empty"),
            (&[0], "0 is not between 1 and 16384"),
            (&[5, -1], "-1 is not between"),
            (&[16385], "16385 is not between"),
            (&[i64::MAX], "is not between"),
            (&[64, 32, 64], "64 is given twice"),
            (&[1, 2, 3, 4, 5, 6, 7, 8, 9], "9 sizes are given"),
        ] {
            let error = check_output_sizes(sizes).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }
}

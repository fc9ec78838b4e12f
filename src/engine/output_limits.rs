//! What the format of the pictures does not allow, refused before the first picture.

use crate::engine::output::OutputRecipe;
use crate::error::{Problem, ProjectError};
use crate::picture::PictureFormat;
use crate::png::Color;
use crate::project::Project;

/// Refuses pictures that the project's format cannot hold. One-of-ones are looked at when their turn comes: JPEG shows their
/// background, or white.
///
/// # Errors
/// Each size that is too large, and transparency that would be lost.
pub(crate) fn check_format(project: &Project, outputs: &[OutputRecipe]) -> Result<(), ProjectError> {
    let format = project.picture_format;
    let most = format.max_side();
    let too_large = outputs.iter().filter(|output| output.size.longer_side() > most).map(|output| {
        let what =
            format!("pictures of {} pixels cannot be {format}: its limit is {most} per side", output.size);
        Problem::general(what, "choose a smaller output size, or PNG")
    });
    let mut problems: Vec<Problem> = too_large.collect();
    let is_transparent = |output: &OutputRecipe| match &output.color {
        Color::Rgb => false,
        Color::Rgba => true,
        Color::Indexed(palette) => palette.transparency().is_some(),
    };
    let is_jpeg = matches!(format, PictureFormat::Jpeg { .. });
    if is_jpeg && project.background.is_none() && outputs.iter().any(is_transparent) {
        let what = "the pictures have transparent parts, and JPEG has no transparency";
        problems.push(Problem::general(
            what,
            "set background = \"#ffffff\" or another colour in collection.toml, or choose PNG or WebP",
        ));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.into()) }
}

//! What the format of the pictures does not allow, refused before the first picture.

use crate::engine::output::OutputRecipe;
use crate::error::{Problem, ProjectError};
use crate::geometry::Size;
use crate::picture::PictureFormat;
use crate::png::Color;
use crate::project::Project;

/// Refuses pictures that the project's format cannot hold. One-of-ones are looked at when their turn comes: JPEG shows their
/// background, or white.
///
/// # Errors
/// Each size that is too large, and transparency that would be lost.
pub(crate) fn check_format(project: &Project, outputs: &[OutputRecipe]) -> Result<(), ProjectError> {
    let pictures = outputs.iter().map(|output| (output.size, &output.color));
    let found = problems_of_format(project.picture_format, project.background, pictures);
    let problems: Vec<Problem> =
        found.into_iter().map(|(what, remedy)| Problem::general(what, remedy)).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems.into()) }
}

/// What a format does not hold of pictures of these sizes and colour types, each with a remedy.
pub(crate) fn problems_of_format<'a>(
    format: PictureFormat,
    background: Option<[u8; 4]>,
    pictures: impl IntoIterator<Item = (Size, &'a Color)>,
) -> Vec<(String, &'static str)> {
    let most = format.max_side();
    let mut problems = Vec::new();
    let mut is_transparent = false;
    for (size, color) in pictures {
        if size.longer_side() > most {
            let what = format!("pictures of {size} pixels cannot be {format}: its limit is {most} per side");
            problems.push((what, "choose a smaller output size, or PNG"));
        }
        is_transparent |= match color {
            Color::Rgb => false,
            Color::Rgba => true,
            Color::Indexed(palette) => palette.transparency().is_some(),
        };
    }
    if matches!(format, PictureFormat::Jpeg { .. }) && background.is_none() && is_transparent {
        problems.push((
            "the pictures have transparent parts, and JPEG has no transparency".to_owned(),
            "set background = \"#ffffff\" or another colour in collection.toml, or choose PNG or WebP",
        ));
    }
    problems
}

//! The size of the canvas: what is configured, or what most pictures have.

use std::collections::HashMap;

use crate::geometry::{MAX_SIDE, Size};
use crate::project::{Fit, Project};

/// The canvas of a project whose pictures have these sizes; none if there is no picture.
///
/// Where pictures are scaled to a canvas, and the finished ones once more, the first would only draw lines between them: so the canvas
/// has the configured proportions, and the size at which the art is not scaled.
pub(super) fn of(project: &Project, sizes: impl Iterator<Item = Size>) -> Option<Size> {
    let common = most_common(sizes);
    match (project.size, common) {
        (Some(size), Some(common)) if project.fit == Fit::Scale && !project.output_size.is_empty() => {
            let least = if is_wider(common, size) {
                Size { width: common.width, height: MAX_SIDE }
            } else {
                Size { width: MAX_SIDE, height: common.height }
            };
            Some(size.fitted(least))
        }
        (size, common) => size.or(common),
    }
}

/// Whether a size has the proportions of another, or is wider.
fn is_wider(a: Size, b: Size) -> bool {
    u64::from(a.width) * u64::from(b.height) >= u64::from(b.width) * u64::from(a.height)
}

/// The size that most pictures have; of several, the one that comes first.
fn most_common(sizes: impl Iterator<Item = Size>) -> Option<Size> {
    let mut counts: HashMap<Size, (usize, usize)> = HashMap::new();
    for (index, size) in sizes.enumerate() {
        counts.entry(size).or_insert((0, index)).0 += 1;
    }
    let first = |&(_, (count, index)): &(Size, (usize, usize))| (count, std::cmp::Reverse(index));
    counts.into_iter().max_by_key(first).map(|(size, _)| size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::project;

    const fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn what_most_pictures_have_or_what_is_configured() {
        let mut project = project(&[("A", &[1])]);
        let sizes = [size(5, 5), size(7, 5), size(7, 5), size(5, 5)];
        assert_eq!(of(&project, [].into_iter()), None);
        assert_eq!(of(&project, sizes.into_iter()), Some(size(5, 5)));
        project.size = Some(size(3, 2));
        project.output_size = vec![2];
        assert_eq!(of(&project, sizes.into_iter()), Some(size(3, 2)));
        project.fit = Fit::Scale;
        project.output_size.clear();
        assert_eq!(of(&project, sizes.into_iter()), Some(size(3, 2)), "every trait is scaled to it");
    }

    #[test]
    fn art_is_not_scaled_before_the_finished_picture_is() {
        let mut project = project(&[("A", &[1])]);
        project.fit = Fit::Scale;
        project.output_size = vec![50];
        for (configured, art, canvas) in [
            (size(50, 50), size(151, 151), size(151, 151)),
            (size(50, 50), size(151, 100), size(151, 151)),
            (size(50, 50), size(100, 151), size(151, 151)),
            (size(60, 30), size(100, 100), size(200, 100)),
            (size(60, 30), size(300, 100), size(300, 150)),
            (size(512, 512), size(24, 24), size(24, 24)),
            (size(3, 1), size(16384, 16384), size(16384, 5461)),
        ] {
            project.size = Some(configured);
            assert_eq!(of(&project, [art].into_iter()), Some(canvas), "{art} on {configured}");
        }
    }
}

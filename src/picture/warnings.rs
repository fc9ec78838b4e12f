//! What is right to use but not what its artist may think: facts about a file that decoding passes over.

use std::path::Path;

use crate::error::Problem;
use crate::picture::animation;
use crate::picture::header::Header;
use crate::picture::raster::Scratch;

/// The warnings about the picture at `path` that was decoded into `scratch` just now.
pub(crate) fn warnings(path: &Path, header: &Header, scratch: &Scratch) -> Vec<Problem> {
    let animated = animation::frames(header.format, &scratch.file).map(|frames| {
        let what = format!("the picture is animated, and only the first of its {frames} frames is used");
        Problem::at(path, what, "export the frame that items are to show as a still picture")
    });
    animated.into_iter().collect()
}

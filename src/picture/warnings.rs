//! What is right to use but not what its artist may think: facts about a file that decoding passes over.

use std::path::Path;

use crate::error::Problem;
use crate::panics::caught;
use crate::picture::animation;
use crate::picture::header::Header;
use crate::picture::raster::Scratch;

/// The warnings about the picture at `path` that was decoded into `scratch` just now.
pub(crate) fn warnings(path: &Path, header: &Header, scratch: &Scratch) -> Vec<Problem> {
    // What a decoder panics at here, it has passed over before.
    let frames = caught(|| animation::frames(header.format, &scratch.file)).ok().flatten();
    let animated = frames.map(|frames| {
        let what = format!("the picture is animated, and only the first of its {frames} frames is used");
        Problem::at(path, what, "export the wanted frame as a still picture")
    });
    animated.into_iter().chain(scratch.remarks.iter().cloned()).collect()
}

//! Speed is worth nothing if the pictures are not the same: every run is held to the first.
//!
//! Joined spans must give the same files, to the byte, whatever composited them and whatever was switched off. The
//! plain way compresses otherwise, so of its pictures some are decoded and compared pixel by pixel.

use std::path::{Path, PathBuf};

use image::{ImageReader, RgbaImage};

use traitpress::Digest;
use traitpress::telemetry::EncodingMode;

use super::child::RunResult;
use crate::cli::failure::Failure;

/// Pictures of the plain way that are decoded and compared.
const COMPARED: usize = 5;

/// A collection to compare with: the first of its encoder.
#[derive(Debug)]
struct First {
    what: String,
    encoder: EncodingMode,
    digest: Digest,
    folder: PathBuf,
}

/// Knows what was made so far.
#[derive(Debug, Default)]
pub(crate) struct Verify {
    first: Vec<First>,
    /// Pictures whose pixels were compared.
    pub(crate) compared: usize,
}

impl Verify {
    /// Compares what `what` wrote into `folder`, and says whether the folder is to be kept for those that follow.
    pub(crate) fn check(
        &mut self,
        what: &str,
        told: &RunResult,
        folder: &Path,
        editions: &[u32],
    ) -> Result<bool, Failure> {
        let encoder = told.stats.encoder;
        if let Some(first) = self.first.iter().find(|first| first.encoder == encoder) {
            if first.digest == told.collection {
                return Ok(false);
            }
            let name = |edition: &&u32| {
                let file = |folder: &Path| std::fs::read(image(folder, **edition)).ok();
                file(folder) != file(&first.folder)
            };
            let which = match editions.iter().find(name) {
                Some(edition) => format!("picture {edition} differs in its bytes"),
                None => "the pictures are equal, but other files differ".to_owned(),
            };
            return Err(differ(&first.what, what, &which));
        }
        if let Some(first) = self.first.first() {
            let last = editions.len().saturating_sub(1);
            let mut places: Vec<usize> = (0..COMPARED).map(|n| n * last / (COMPARED - 1)).collect();
            places.dedup();
            for edition in places.iter().filter_map(|&place| editions.get(place)) {
                if pixels(&image(folder, *edition))? != pixels(&image(&first.folder, *edition))? {
                    let which = format!("picture {edition} differs in its pixels");
                    return Err(differ(&first.what, what, &which));
                }
                self.compared += 1;
            }
        }
        let digest = told.collection;
        self.first.push(First { what: what.to_owned(), encoder, digest, folder: folder.to_owned() });
        Ok(true)
    }
}

fn image(folder: &Path, edition: u32) -> PathBuf {
    folder.join("images").join(format!("{edition}.png"))
}

fn pixels(path: &Path) -> Result<RgbaImage, Failure> {
    let unreadable = |e: &dyn std::fmt::Display| {
        Failure::Other(format!(
            "{}: cannot read the picture: {e}; please report this as a bug",
            path.display()
        ))
    };
    let mut reader = ImageReader::open(path).map_err(|e| unreadable(&e))?;
    // They are our own, and may be as large as a canvas.
    reader.no_limits();
    Ok(reader.decode().map_err(|e| unreadable(&e))?.into_rgba8())
}

fn differ(first: &str, second: &str, which: &str) -> Failure {
    Failure::Other(format!(
        "{first} and {second} made different collections ({which}); please report this as a bug"
    ))
}

#[cfg(test)]
mod tests {
    use traitpress::telemetry::Stats;

    use super::*;

    fn collection(colours: [u8; 2]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("images")).expect("make a folder");
        for (edition, colour) in (1..).zip(colours) {
            let picture = RgbaImage::from_pixel(2, 2, image::Rgba([colour, 0, 0, 255]));
            picture.save(image(folder.path(), edition)).expect("write a picture");
        }
        folder
    }

    fn told(encoder: EncodingMode, collection: &str) -> RunResult {
        let mut stats = Stats::default();
        stats.encoder = encoder;
        RunResult { stats, collection: Digest::of(collection.as_bytes()), canvas: [2, 2], whole: 0.0 }
    }

    #[test]
    fn what_differs_is_named() {
        let (one, same, other) = (collection([1, 2]), collection([1, 2]), collection([1, 3]));
        let mut verify = Verify::default();
        let mut check = |what, told: RunResult, folder: &tempfile::TempDir| {
            verify.check(what, &told, folder.path(), &[1, 2]).map_err(|failure| {
                failure.messages().into_iter().map(|message| message.line).collect::<String>()
            })
        };
        assert_eq!(check("a", told(EncodingMode::Spans, "x"), &one), Ok(true));
        assert_eq!(check("b", told(EncodingMode::Spans, "x"), &same), Ok(false));
        let error = check("c", told(EncodingMode::Spans, "y"), &other).unwrap_err();
        assert!(error.contains("a and c") && error.contains("picture 2"), "{error}");
        let error = check("d", told(EncodingMode::Plain, "z"), &other).unwrap_err();
        assert!(error.contains("picture 2 differs in its pixels"), "{error}");
        assert_eq!(check("e", told(EncodingMode::Plain, "z"), &same), Ok(true));
    }
}

//! Why many pictures could not be shown in one.

use std::path::PathBuf;

use crate::error::{Explain, Explanation, PathIo, Remedy, ThreadsError};
use crate::finished::error::ReportError;
use crate::output::VerifyError;

/// Why there is no sheet, atlas or preview.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum SheetError {
    /// The folder holds no finished collection, or its manifest is damaged.
    Folder(#[from] VerifyError),
    /// Items could not be ranked.
    Rarity(#[from] ReportError),
    /// A picture of the collection differs from the manifest.
    Picture {
        /// The picture.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The picture would be larger than its format allows.
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The pictures to be shown.
        pictures: usize,
        /// Width and height that it would have, in pixels.
        size: [u64; 2],
        /// The most pixels a side.
        most: u32,
    },
    /// The sprites do not fit one page, and only one is allowed.
    Full {
        /// The file.
        path: PathBuf,
        /// The sprites.
        sprites: usize,
        /// The longest side of the page.
        most: u32,
    },
    /// A sprite is larger than a page.
    LargeSprite {
        /// Its width and height.
        size: [u32; 2],
        /// The longest side of a page.
        most: u32,
    },
    /// Cells do not divide pictures without a rest.
    Cells {
        /// Width and height of a cell.
        cell: [u32; 2],
        /// Width and height of the first picture.
        picture: [u32; 2],
    },
    /// Sprites cannot be named as asked for.
    Names {
        /// What is wrong.
        what: String,
    },
    /// The file's name does not end in the name of a format.
    NoFormat(PathBuf),
    /// A file of that name exists.
    Occupied(PathBuf),
    /// The path is a link, a folder or not a regular file.
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// A file that we did not write has the name of a preview.
    Foreign(PathBuf),
    /// The file or folder would lie where it does not belong.
    Inside {
        /// The file or folder.
        path: PathBuf,
        /// The folder around it.
        folder: PathBuf,
        /// What that folder is.
        what: &'static str,
    },
    /// The system refused.
    Io(#[from] PathIo),
    /// Threads could not be started.
    Threads(#[from] ThreadsError),
}

impl Explain for SheetError {
    fn explain(&self) -> Explanation<'_> {
        match self {
            Self::Folder(error) => error.explain(),
            Self::Rarity(error) => error.explain(),
            Self::Picture { path, what } => Explanation::mismatch(what.as_str())
                .path(path)
                .remedy(Remedy::RestoreFromCopy)
                .remedy(Remedy::PressAgain),
            Self::TooLarge { path, pictures, size: [width, height], most } => Explanation::usage(format!(
                "{pictures} pictures would need {width} x {height} pixels, and the limit is {most} per side"
            ))
            .path(path)
            .remedy(Remedy::SmallerSheet),
            Self::Full { path, sprites, most } => Explanation::usage(format!(
                "the {sprites} sprites do not fit one page of at most {most} x {most} pixels"
            ))
            .path(path)
            .remedy(Remedy::SeveralPages)
            .remedy(Remedy::SmallerSheet),
            Self::LargeSprite { size: [width, height], most } => Explanation::usage(format!(
                "a sprite has {width}x{height} pixels, and a page has at most {most} per side, its border included"
            ))
            .remedy(Remedy::LargerPages),
            Self::Cells { cell: [width, height], picture } => Explanation::usage(format!(
                "pictures of {}x{} pixels cannot be cut into cells of {width}x{height}",
                picture[0], picture[1]
            ))
            .remedy(Remedy::text("choose cells whose sides divide those of the pictures")),
            Self::Names { what } => Explanation::usage(what.as_str()).remedy(Remedy::NameSprites),
            Self::NoFormat(path) => Explanation::usage("the file name ends neither in .png nor in .webp")
                .path(path)
                .remedy(Remedy::NameSheet),
            Self::Occupied(path) => Explanation::usage("this file exists")
                .path(path)
                .remedy(Remedy::ChooseOtherName)
                .remedy(Remedy::Replace),
            Self::NotAFile { path, what } => Explanation::usage(format!("this is {what}"))
                .path(path)
                .remedy(Remedy::ChooseOtherName)
                .remedy(Remedy::MoveAway),
            Self::Foreign(path) => {
                Explanation::usage("this has the name of a preview but was not made by this program")
                    .path(path)
                    .remedy(Remedy::ChooseOtherPreview)
                    .remedy(Remedy::MoveAway)
            }
            Self::Inside { path, folder, what } => {
                Explanation::usage(format!("this lies in {}, {what}", folder.display()))
                    .path(path)
                    .remedy(Remedy::text("choose another location"))
            }
            Self::Io(error) => error.explain(),
            Self::Threads(error) => error.explain(),
        }
    }
}

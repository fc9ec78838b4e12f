//! Pictures of another size than the canvas.

use std::path::PathBuf;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::geometry::Size;
use crate::picture::Header;
use crate::project::{Picture, Project};

/// A trait's picture that is not of the canvas' size.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OddSize {
    /// The picture.
    pub path: PathBuf,
    /// Its size as it is shown.
    pub size: Size,
}

impl OddSize {
    /// Whether the picture has the proportions of a canvas, so that scaling it makes it equal in size.
    #[must_use]
    pub fn is_in_proportion(&self, canvas: Size) -> bool {
        let product = |a: u32, b: u32| u64::from(a) * u64::from(b);
        product(self.size.width, canvas.height) == product(self.size.height, canvas.width)
    }
}

/// The traits of a project whose pictures are not of the canvas' size, in the project's order. Pictures that cannot be
/// read are left to [`Art::inspect`](crate::art::Art::inspect).
#[must_use]
pub fn odd_sizes(project: &Project, canvas: Size) -> Vec<OddSize> {
    let pictures = project.pictures();
    let odd = |picture: &Picture<'_>| {
        let path = picture.image.file()?;
        let size = Header::read(path).ok()?.size();
        (size != canvas).then(|| OddSize { path: path.to_owned(), size })
    };
    pictures.par_iter().filter_map(odd).collect()
}

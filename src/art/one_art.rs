//! The pictures of one-of-ones: checked when a project is loaded, decoded again when they are written.
//!
//! There may be many of them, each as large as the canvas, and each is needed once. So what is kept of one is two
//! digests; the pixels are made again from its file, which must be what it was.
//!
//! A picture is brought onto the canvas as the project's `fit` says, through the decoders of the traits. Nothing is
//! put over or under it, so where it need not be scaled its colours stay as the file has them: translucent ones lose
//! nothing, which premultiplied ones would. Only fully transparent pixels are transparent black, as in all pictures.

use std::sync::Mutex;

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::art::decode::wrong_size;
use crate::art::on_canvas;
use crate::art::store::ReloadError;
use crate::files::Digest;
use crate::geometry::Size;
use crate::picture::{self, Header, Scratch};
use crate::project::{Fit, One, Problem, Project};
use crate::threads::lock;

/// What is known of a one's picture.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OneArt {
    /// BLAKE3 of the canvas' size, the pixels on it and the colour profile.
    pub digest: Digest,
    /// BLAKE3 of the file.
    file: blake3::Hash,
    /// What the header said.
    stored: Size,
}

impl OneArt {
    /// Bytes that decoding it takes at most: samples of 16 bits, and pixels twice.
    pub(crate) fn decode_bytes(&self, canvas: Size) -> u64 {
        12 * self.stored.pixels() + 4 * self.stored.pixels().max(canvas.pixels())
    }

    /// Decodes the picture of `one` again, onto the canvas in `scratch.pixels`: straight pixels, and the profile that
    /// belongs to them.
    pub(crate) fn decode(
        &self,
        project: &Project,
        one: &One,
        canvas: Size,
        scratch: &mut Scratch,
    ) -> Result<Option<Vec<u8>>, ReloadError> {
        let changed = || ReloadError::OneChanged(one.path.clone());
        let header = Header::read(&one.path).map_err(ReloadError::OneUnreadable)?;
        if header.stored != self.stored {
            return Err(changed());
        }
        let decoded = on_canvas::decode(project, &one.path, &header, [0, 0], canvas, None, scratch);
        if scratch.file_digest().is_some_and(|digest| digest != self.file) {
            return Err(changed());
        }
        decoded.map_err(ReloadError::OneUnreadable)?;
        Ok(profile(&header).map(<[u8]>::to_vec))
    }
}

/// The headers of all ones' pictures, or why one cannot be used; the canvas is not known if no trait could be read.
pub(super) fn headers(project: &Project, canvas: Option<Size>) -> Vec<Result<Header, Problem>> {
    let read = |one: &One| {
        let header = Header::read(&one.path)?;
        match canvas {
            Some(canvas) if project.fit == Fit::Exact && header.size() != canvas => {
                Err(wrong_size(&one.path, header.size(), canvas))
            }
            _ => Ok(header),
        }
    };
    project.ones.par_iter().map(read).collect()
}

/// A usable picture, with its warnings.
pub(super) type Checked = Result<(OneArt, Vec<Problem>), Problem>;

/// Decodes the pictures of all ones, in order; pixels are let go at once.
pub(super) fn check(
    project: &Project,
    headers: Vec<Result<Header, Problem>>,
    canvas: Size,
    spare: &Mutex<Vec<Scratch>>,
) -> Vec<Checked> {
    let check = |(one, header): (&One, Result<Header, Problem>)| {
        let header = header?;
        let mut scratch = lock(spare).pop().unwrap_or_default();
        let decoded = on_canvas::decode(project, &one.path, &header, [0, 0], canvas, None, &mut scratch);
        let checked = decoded.map(|_| {
            let file = scratch.file_digest().expect("the picture was read from a file that holds something");
            let digest = digest(canvas, &scratch, profile(&header));
            let left_out = header.icc_profile.is_some() && profile(&header).is_none();
            let mut warnings = picture::warnings(&one.path, &header, &scratch);
            warnings.extend(left_out.then(|| {
                let what = "the colour profile is ignored: it is not an RGB profile";
                Problem::at(&one.path, what, "export the picture with an RGB profile, or with none")
            }));
            (OneArt { digest, file, stored: header.stored }, warnings)
        });
        lock(spare).push(scratch);
        checked
    };
    project.ones.par_iter().zip(headers.into_par_iter()).with_max_len(1).map(check).collect()
}

/// What was checked, apart from what is wrong.
pub(super) fn sort_out(checked: Vec<Checked>, problems: &mut Vec<Problem>) -> (Vec<OneArt>, Vec<Problem>) {
    let (mut ones, mut warnings) = (Vec::with_capacity(checked.len()), Vec::new());
    for checked in checked {
        match checked {
            Ok((art, found)) => {
                ones.push(art);
                warnings.extend(found);
            }
            Err(problem) => problems.push(problem),
        }
    }
    (ones, warnings)
}

/// The profile that the written picture carries: its own, for its colours are kept.
fn profile(header: &Header) -> Option<&[u8]> {
    header.icc_profile.as_deref().filter(|profile| profile.get(16..20) == Some(b"RGB "))
}

fn digest(canvas: Size, scratch: &Scratch, profile: Option<&[u8]>) -> Digest {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&canvas.width.to_le_bytes());
    hasher.update(&canvas.height.to_le_bytes());
    if cfg!(target_endian = "little") {
        hasher.update(bytemuck::cast_slice(&scratch.pixels));
    } else {
        scratch.pixels.iter().for_each(|pixel| _ = hasher.update(&pixel.to_le_bytes()));
    }
    hasher.update(profile.unwrap_or_default());
    hasher.finalize().into()
}

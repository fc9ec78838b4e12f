//! Decoding a project's pictures, each once, in parallel.
//!
//! Headers come first: they decide the canvas and say of every picture at once whether it can be used. Then each
//! thread decodes a picture and turns it into tiles: a PNG of the canvas' size tile row by tile row, any other by way of a canvas
//! of the thread's own, so that at most one full canvas and one picture a thread are held at a time. Last, all tiles are converted from straight
//! pixels to the arithmetic that the art as a whole asks for.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::ThreadPool;
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::art::canvas_size;
use crate::art::decoded::Art;
use crate::art::earlier::{self, Earlier, Remembered};
use crate::art::on_canvas::{self, Placed};
use crate::art::one_art;
use crate::art::palette::{self, Colours};
use crate::art::placement::{self, Extent};
use crate::art::profile::{self, Profiles};
use crate::art::storage::Storage;
use crate::art::store::ReloadError;
use crate::art::touching::Edges;
use crate::art::trait_art::TraitArt;
use crate::art::undecided::Undecided;
use crate::error::Remedy;
use crate::files::Digest;
use crate::geometry::{Grid, Size, TraitId};
use crate::picture::{self, Header, Scratch, ToSrgb};
use crate::pixel::{Arithmetic, Blend, Pixel, pack};
use crate::project::{Fit, PartImage, Picture, Problem, Project, ProjectError, Role};
use crate::threads::lock;

/// One trait with what its picture becomes.
struct Decoded {
    art: Undecided,
    /// BLAKE3 of the file, if it may be decoded again.
    file: Option<blake3::Hash>,
    colours: Option<Colours>,
    /// Where it is placed; `None` if it is not.
    extent: Option<Extent>,
    /// Whether it has colours that sRGB does not have.
    is_lossy: bool,
    warnings: Vec<Problem>,
}

/// What a trait's picture was when it was first decoded.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    header: Header,
    /// BLAKE3 of the file.
    file: blake3::Hash,
    /// How its colours become sRGB, if they must.
    conversion: Option<ToSrgb>,
}

impl Origin {
    fn new(mut header: Header, file: blake3::Hash, profiles: &Profiles) -> Self {
        let conversion = profiles.conversion(&header).cloned();
        // The art has it already.
        header.icc_profile = None;
        Self { header, file, conversion }
    }

    /// Decodes a picture again, which must be what it was.
    pub(super) fn again(
        &self,
        project: &Project,
        picture: &Picture<'_>,
        (grid, arithmetic): (Grid, Arithmetic),
        scratch: &mut Scratch,
    ) -> Result<TraitArt, ReloadError> {
        let (header, conversion) = (&self.header, self.conversion.as_ref());
        let (size, path, opacity) = (grid.size(), picture.path(), picture.opacity);
        let tiles = match on_canvas::is_plain(project, header, size, conversion) {
            true => on_canvas::tiles(path, header, grid, scratch),
            false => None,
        };
        let decoded = match tiles {
            Some(art) => Ok(art.converted(arithmetic, opacity)),
            None => on_canvas::decode(project, path, header, picture.offset, size, conversion, scratch).map(
                |_| {
                    arithmetic.convert(&mut scratch.pixels, opacity);
                    TraitArt::from_canvas(grid, &scratch.pixels)
                },
            ),
        };
        if scratch.file_digest().is_some_and(|digest| digest != self.file) {
            return Err(ReloadError::Changed(path.to_owned()));
        }
        Ok(decoded.map_err(ReloadError::Unreadable)?.with_blend(picture.blend).with_role(picture.role))
    }
}

/// Art, and what is remembered of its pictures by [`TraitId`], where they may be decoded again; colours are not.
pub(super) struct DecodedArt {
    pub(super) art: Art,
    pub(super) origins: Vec<Option<Origin>>,
    pub(super) remembered: Vec<Option<Remembered>>,
}

/// How pictures are decoded.
#[derive(Clone, Copy, Default)]
pub(super) struct Decoding<'d> {
    /// The arithmetic, if it is decided already.
    pub(super) arithmetic: Option<Arithmetic>,
    /// Whether files are digested, so that they may be decoded again.
    pub(super) again: bool,
    /// Pictures that were decoded before, for this arithmetic.
    pub(super) earlier: Option<&'d Earlier<'d>>,
}

/// A picture of a trait and what its header said, or why it cannot be used; a colour has none.
type Source<'a> = (Picture<'a>, Option<Result<Header, Problem>>);

impl Art {
    /// Reads the headers of all pictures: the canvas, or everything that a header shows to be wrong.
    ///
    /// # Errors
    ///
    /// Every picture that cannot be used, in drawing order.
    pub fn inspect(project: &Project, pool: &ThreadPool) -> Result<Size, ProjectError> {
        let (canvas, sources) = sources(project, pool);
        let ones = pool.install(|| one_art::headers(project, canvas));
        let problems: Vec<Problem> =
            problems(sources).chain(ones.into_iter().filter_map(Result::err)).collect();
        match canvas {
            Some(canvas) if problems.is_empty() => Ok(canvas),
            _ => Err(problems.into()),
        }
    }

    /// Decodes every picture of `project` on the threads of `pool`.
    ///
    /// # Errors
    ///
    /// Every picture that cannot be used, in drawing order.
    pub fn decode(project: &Project, pool: &ThreadPool) -> Result<Self, ProjectError> {
        Self::decode_each(project, pool, Decoding::default(), &|art| (art, true)).map(|decoded| decoded.art)
    }

    /// The same, as `decoding` says. `keep` is given each picture when it is decoded, and says whether there is room for its
    /// pixels.
    pub(super) fn decode_each(
        project: &Project,
        pool: &ThreadPool,
        Decoding { arithmetic, again, earlier }: Decoding<'_>,
        keep: &(dyn Fn(TraitArt) -> (TraitArt, bool) + Sync),
    ) -> Result<DecodedArt, ProjectError> {
        let (canvas, sources) = sources(project, pool);
        let ones = pool.install(|| one_art::headers(project, canvas));
        let Some(canvas) = canvas else {
            let problems = problems(sources).chain(ones.into_iter().filter_map(Result::err));
            return Err(problems.collect::<Vec<_>>().into());
        };
        let grid = Grid::new(canvas);
        let profiles = Profiles::of(project.colors, readable(&sources));
        let edges = Edges::of(project, canvas, readable(&sources).map(|(_, header)| header.size()));
        let spare: Mutex<Vec<Scratch>> = Mutex::default();
        // Other modes than normal make colours that no picture has.
        let indexed = AtomicBool::new(sources.iter().all(|(picture, _)| picture.blend == Blend::Normal));
        // Once a picture is known to be wrong the others are decoded only to list what else is wrong.
        let failed = AtomicBool::new(sources.iter().any(|(_, header)| matches!(header, Some(Err(_)))));
        let choices = arithmetic.as_ref().map_or(&Arithmetic::ALL[..], std::slice::from_ref);
        let finish = |picture: &Picture<'_>, art: TraitArt, file, placed: Placed, warnings| {
            let Placed { extent, is_lossy } = placed;
            let (art, opacity) = (art.with_blend(picture.blend).with_role(picture.role), picture.opacity);
            let colours = palette::of(grid, &art, opacity, &indexed);
            // Of a mask only the alpha counts, which is 0 or 255 if there are colours.
            let colours = match picture.role {
                Role::Mask => colours.map(|_| Colours::default()),
                _ => colours,
            };
            let art = match keep(art) {
                (art, true) => Undecided::held(art, opacity),
                (art, false) => Undecided::let_go(&art, opacity, choices),
            };
            Decoded { art, file, colours, extent, is_lossy, warnings }
        };
        let not_placed = || Placed { extent: None, is_lossy: false };
        let decoded: Vec<Result<Option<Decoded>, Problem>> = pool.install(|| {
            let decode = |(picture, header): &Source<'_>| {
                let Some(header) = header else {
                    let art = TraitArt::solid(grid, colour_of(picture.image));
                    return Ok(Some(finish(picture, art, None, not_placed(), Vec::new())));
                };
                let header = header.as_ref().map_err(Clone::clone)?;
                if edges.is_none()
                    && profiles.conversion(header).is_none()
                    && let Some(found) = earlier.and_then(|earlier| earlier.find(project, picture, canvas))
                {
                    let Remembered { key: _, colours, extent, is_lossy, warnings } = found.remembered.clone();
                    if colours.is_none() {
                        indexed.store(false, Ordering::Relaxed);
                    }
                    let art = match keep(found.art) {
                        (art, true) => Undecided::before(art, found.digest),
                        (art, false) => Undecided::before(art.without_pixels(), found.digest),
                    };
                    let file = Some(found.file);
                    return Ok(Some(Decoded { art, file, colours, extent, is_lossy, warnings }));
                }
                let mut scratch = lock(&spare).pop().unwrap_or_default();
                let (path, onto) = (picture.path(), picture.offset);
                let conversion = profiles.conversion(header);
                let digest = |scratch: &Scratch| if again { scratch.file_digest() } else { None };
                if edges.is_none()
                    && on_canvas::is_plain(project, header, canvas, conversion)
                    && !failed.load(Ordering::Relaxed)
                    && let Some(art) = on_canvas::tiles(path, header, grid, &mut scratch)
                {
                    let warnings = picture::warnings(path, header, &scratch);
                    let decoded = finish(picture, art, digest(&scratch), not_placed(), warnings);
                    lock(&spare).push(scratch);
                    return Ok(Some(decoded));
                }
                let decoded = on_canvas::read(path, header, conversion, &mut scratch);
                let decoded = decoded.and_then(|is_lossy| {
                    if let Some(edges) = &edges {
                        edges.add(picture, header.size(), &scratch.pixels);
                    }
                    let extent = on_canvas::bring(project, path, header, onto, canvas, &mut scratch)?;
                    Ok(Placed { extent, is_lossy })
                });
                let decoded = decoded.map(|placed| {
                    let useful = !failed.load(Ordering::Relaxed);
                    useful.then(|| {
                        let art = TraitArt::from_canvas(grid, &scratch.pixels);
                        let warnings = picture::warnings(path, header, &scratch);
                        finish(picture, art, digest(&scratch), placed, warnings)
                    })
                });
                lock(&spare).push(scratch);
                if decoded.is_err() {
                    failed.store(true, Ordering::Relaxed);
                }
                decoded
            };
            sources.par_iter().with_max_len(1).map(decode).collect()
        });
        let ones = pool.install(|| one_art::check(project, ones, canvas, &spare));
        drop(spare);
        let mut traits = Vec::with_capacity(decoded.len() + 1);
        let mut files = Vec::with_capacity(decoded.len());
        let mut extents = Vec::with_capacity(decoded.len());
        let mut lossy = Vec::new();
        let mut remembered = Vec::with_capacity(decoded.len());
        let mut colours = Some(Colours::default());
        let (mut problems, mut warnings) = (Vec::new(), Vec::new());
        for (decoded, (picture, _)) in decoded.into_iter().zip(&sources) {
            match decoded {
                Ok(Some(decoded)) => {
                    remembered.push(decoded.file.map(|file| Remembered {
                        key: earlier::key(project, picture, canvas, file),
                        colours: decoded.colours.clone(),
                        extent: decoded.extent,
                        is_lossy: decoded.is_lossy,
                        warnings: decoded.warnings.clone(),
                    }));
                    traits.push(decoded.art);
                    files.push(decoded.file);
                    extents.push(decoded.extent);
                    lossy.push(decoded.is_lossy);
                    warnings.extend(decoded.warnings);
                    colours = palette::join(colours, decoded.colours);
                }
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        let (ones, of_ones) = one_art::sort_out(ones, &mut problems);
        warnings.extend(of_ones);
        if !problems.is_empty() {
            return Err(problems.into());
        }
        let background = project.background.map(|colour| {
            let art = TraitArt::solid(grid, colour_of(&PartImage::Colour(colour)));
            colours = palette::join(colours.take(), palette::of(grid, &art, 255, &indexed));
            traits.push(Undecided::held(art, 255));
            u16::try_from(traits.len() - 1).expect("loading refuses more than 65534 pictures")
        });
        let palette = colours.map(Colours::into_sorted);
        let arithmetic = arithmetic.unwrap_or_else(|| {
            let hides = |id: TraitId, row, column| traits[usize::from(id)].hides(row, column);
            Storage::of(project, grid, background, palette.as_deref(), hides).arithmetic()
        });
        let decided = traits.into_par_iter().with_max_len(1).map(|art| art.decided(arithmetic));
        let (traits, digests): (Vec<TraitArt>, Vec<Digest>) = pool.install(|| decided.unzip());
        let pictures = || sources.iter().map(|(picture, _)| picture);
        // One that lies outside has a warning of its own.
        let shows_nothing = |((picture, art), extent): &((&Picture<'_>, &TraitArt), &Option<Extent>)| {
            picture.opacity > 0 && art.is_empty() && extent.is_none()
        };
        let nothing = pictures().zip(&traits).zip(&extents).filter(shows_nothing);
        warnings.extend(nothing.map(|((picture, _), _)| invisible(picture)));
        if project.fit == Fit::Place {
            warnings.extend(placement::warnings(project, pictures().zip(extents), canvas));
        }
        warnings.extend(edges.into_iter().flat_map(|edges| edges.warnings(project)));
        let lossy = pictures().zip(lossy).filter(|(_, lossy)| *lossy);
        let lossy: Vec<&Path> = lossy.map(|(picture, _)| picture.path()).collect();
        let notes = profile::lossy(&lossy).into_iter().collect();
        warnings.splice(..0, profiles.warnings.clone());
        let origin = |((_, header), file): (Source<'_>, Option<blake3::Hash>)| {
            Some(Origin::new(header?.ok()?, file?, &profiles))
        };
        let origins = sources.into_iter().zip(files).map(origin).collect();
        let art = Self {
            grid,
            arithmetic,
            has_roles: traits.iter().any(|of| of.role() != Role::Drawn),
            traits,
            background,
            palette,
            icc_profile: profiles.output,
            digests,
            ones,
            warnings,
            notes,
        };
        Ok(DecodedArt { art, origins, remembered })
    }

    /// BLAKE3 of all traits' digests in order and of those of all ones: equal pixels, equal digest, whatever files they
    /// came from.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let traits = self.digest_of_traits();
        if self.ones.is_empty() {
            return traits;
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(traits.as_bytes());
        self.ones.iter().for_each(|one| _ = hasher.update(one.digest.as_bytes()));
        hasher.finalize().into()
    }

    /// The same without the ones, for what is learnt of traits alone.
    pub(crate) fn digest_of_traits(&self) -> Digest {
        let mut hasher = blake3::Hasher::new();
        self.digests.iter().for_each(|digest| _ = hasher.update(digest.as_bytes()));
        hasher.finalize().into()
    }
}

/// The canvas (if any picture could be read) and each picture with its header, or why it cannot be used.
fn sources<'p>(project: &'p Project, pool: &ThreadPool) -> (Option<Size>, Vec<Source<'p>>) {
    let pictures = project.pictures();
    let read = |picture: &Picture<'p>| picture.image.file().map(Header::read);
    let headers: Vec<Option<Result<Header, Problem>>> =
        pool.install(|| pictures.par_iter().map(read).collect());
    let mut sources: Vec<Source<'p>> = pictures.into_iter().zip(headers).collect();
    let canvas = canvas_size::of(project, readable(&sources).map(|(_, header)| header.size()));
    if let Some(canvas) = canvas
        && project.fit == Fit::Exact
    {
        for (picture, header) in &mut sources {
            if let Some(Ok(found)) = header
                && found.size() != canvas
            {
                *header = Some(Err(wrong_size(picture.path(), found.size(), canvas)));
            }
        }
    }
    (canvas, sources)
}

/// The files that can be read, with their headers.
fn readable<'s>(sources: &'s [Source<'_>]) -> impl Iterator<Item = (&'s Path, &'s Header)> {
    sources
        .iter()
        .filter_map(|(picture, header)| Some((picture.image.file()?, header.as_ref()?.as_ref().ok()?)))
}

/// What is wrong with the pictures whose headers show it.
fn problems(sources: Vec<Source<'_>>) -> impl Iterator<Item = Problem> {
    sources.into_iter().filter_map(|(_, header)| header?.err())
}

/// The problem of a picture that is not of the canvas' size where it must be.
pub(super) fn wrong_size(path: &Path, size: Size, canvas: Size) -> Problem {
    let what = format!("the picture is {size}, and the canvas is {canvas}");
    Problem::at(path, what, Remedy::FitSizes)
}

/// The straight pixel of a part that is a colour.
fn colour_of(image: &PartImage) -> Pixel {
    match image {
        PartImage::Colour(colour) if colour[3] > 0 => pack(*colour),
        _ => 0,
    }
}

/// The warning about a picture without a visible pixel. Pictures that are absence are no traits.
fn invisible(picture: &Picture<'_>) -> Problem {
    let remedy = "redraw it, remove it, or rename it to None to make it the absence of the layer";
    Problem::at(picture.path(), "the picture shows nothing on the canvas", remedy)
}

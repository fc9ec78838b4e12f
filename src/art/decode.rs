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
use crate::files::Digest;
use crate::geometry::{Grid, Size, TraitId};
use crate::picture::{self, Header, Scratch, ToSrgb};
use crate::pixel::{Arithmetic, Blend, pack};
use crate::project::{Fit, Layer, Problem, Project, ProjectError, Trait};
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

    /// Decodes the picture of a trait again, which must be what it was.
    pub(super) fn again(
        &self,
        project: &Project,
        (layer, item): (&Layer, &Trait),
        (grid, arithmetic): (Grid, Arithmetic),
        scratch: &mut Scratch,
    ) -> Result<TraitArt, ReloadError> {
        let (header, conversion) = (&self.header, self.conversion.as_ref());
        let size = grid.size();
        let tiles = match on_canvas::is_plain(project, header, size, conversion) {
            true => on_canvas::tiles(&item.path, header, grid, scratch),
            false => None,
        };
        let decoded = match tiles {
            Some(art) => Ok(art.converted(arithmetic, layer.opacity)),
            None => on_canvas::decode(project, &item.path, header, layer.offset, size, conversion, scratch)
                .map(|_| {
                    arithmetic.convert(&mut scratch.pixels, layer.opacity);
                    TraitArt::from_canvas(grid, &scratch.pixels)
                }),
        };
        if scratch.file_digest().is_some_and(|digest| digest != self.file) {
            return Err(ReloadError::Changed(item.path.clone()));
        }
        Ok(decoded.map_err(ReloadError::Unreadable)?.with_blend(layer.blend))
    }
}

impl Art {
    /// Reads the headers of all pictures: the canvas, or everything that a header shows to be wrong.
    ///
    /// # Errors
    ///
    /// Every picture that cannot be used, in project order.
    pub fn inspect(project: &Project, pool: &ThreadPool) -> Result<Size, ProjectError> {
        let (canvas, headers) = headers(project, pool);
        let ones = pool.install(|| one_art::headers(project, canvas));
        let problems: Vec<Problem> = headers
            .into_iter()
            .filter_map(Result::err)
            .chain(ones.into_iter().filter_map(Result::err))
            .collect();
        match canvas {
            Some(canvas) if problems.is_empty() => Ok(canvas),
            _ => Err(problems.into()),
        }
    }

    /// Decodes every picture of `project` on the threads of `pool`.
    ///
    /// # Errors
    ///
    /// Every picture that cannot be used, in project order.
    pub fn decode(project: &Project, pool: &ThreadPool) -> Result<Self, ProjectError> {
        Self::decode_each(project, pool, None, false, &|art| (art, true)).map(|(art, _)| art)
    }

    /// The same, for an arithmetic that is decided already, if one is; with what each trait's picture was, if it may be decoded
    /// `again`. `keep` is given each trait when it is decoded, and says whether there is room for its pixels.
    pub(super) fn decode_each(
        project: &Project,
        pool: &ThreadPool,
        arithmetic: Option<Arithmetic>,
        again: bool,
        keep: &(dyn Fn(TraitArt) -> (TraitArt, bool) + Sync),
    ) -> Result<(Self, Vec<Origin>), ProjectError> {
        let (canvas, headers) = headers(project, pool);
        let ones = pool.install(|| one_art::headers(project, canvas));
        let Some(canvas) = canvas else {
            let problems = headers.into_iter().filter_map(Result::err);
            return Err(problems.chain(ones.into_iter().filter_map(Result::err)).collect::<Vec<_>>().into());
        };
        let grid = Grid::new(canvas);
        let sources: Vec<Source<'_>> = sources(project).zip(headers).collect();
        let pictures =
            sources.iter().filter_map(|((_, item), header)| Some((&*item.path, header.as_ref().ok()?)));
        let profiles = Profiles::of(project.colors, pictures);
        let scaled = sources.iter().filter_map(|(_, header)| Some(header.as_ref().ok()?.size()));
        let edges = Edges::of(project, canvas, scaled);
        let spare: Mutex<Vec<Scratch>> = Mutex::default();
        // Other modes than normal make colours that no trait has.
        let indexed = AtomicBool::new(project.layers.iter().all(|layer| layer.blend == Blend::Normal));
        // Once a picture is known to be wrong the others are decoded only to list what else is wrong.
        let failed = AtomicBool::new(sources.iter().any(|(_, header)| header.is_err()));
        let choices = arithmetic.as_ref().map_or(&Arithmetic::ALL[..], std::slice::from_ref);
        let finish = |layer: &Layer, art: TraitArt, scratch: &Scratch, placed: Placed, warnings| {
            let Placed { extent, is_lossy } = placed;
            let art = art.with_blend(layer.blend);
            let colours = palette::of(grid, &art, layer.opacity, &indexed);
            let file = if again { scratch.file_digest() } else { None };
            let art = match keep(art) {
                (art, true) => Undecided::held(art, layer.opacity),
                (art, false) => Undecided::let_go(&art, layer.opacity, choices),
            };
            Decoded { art, file, colours, extent, is_lossy, warnings }
        };
        let decoded: Vec<Result<Option<Decoded>, Problem>> = pool.install(|| {
            let decode = |(number, ((layer, item), header)): (usize, &Source<'_>)| {
                let header = header.as_ref().map_err(Clone::clone)?;
                let mut scratch = lock(&spare).pop().unwrap_or_default();
                let (path, onto) = (&*item.path, layer.offset);
                let conversion = profiles.conversion(header);
                if edges.is_none()
                    && on_canvas::is_plain(project, header, canvas, conversion)
                    && !failed.load(Ordering::Relaxed)
                    && let Some(art) = on_canvas::tiles(path, header, grid, &mut scratch)
                {
                    let warnings = picture::warnings(path, header, &scratch);
                    let placed = Placed { extent: None, is_lossy: false };
                    let decoded = finish(layer, art, &scratch, placed, warnings);
                    lock(&spare).push(scratch);
                    return Ok(Some(decoded));
                }
                let decoded = on_canvas::read(path, header, conversion, &mut scratch);
                let decoded = decoded.and_then(|is_lossy| {
                    if let Some(edges) = &edges {
                        let (layer, index) = place_of(project, number);
                        edges.add(layer, index, header.size(), &scratch.pixels);
                    }
                    let extent = on_canvas::bring(project, path, header, onto, canvas, &mut scratch)?;
                    Ok(Placed { extent, is_lossy })
                });
                let decoded = decoded.map(|extent| {
                    let useful = !failed.load(Ordering::Relaxed);
                    useful.then(|| {
                        let art = TraitArt::from_canvas(grid, &scratch.pixels);
                        finish(layer, art, &scratch, extent, picture::warnings(path, header, &scratch))
                    })
                });
                lock(&spare).push(scratch);
                if decoded.is_err() {
                    failed.store(true, Ordering::Relaxed);
                }
                decoded
            };
            sources.par_iter().enumerate().with_max_len(1).map(decode).collect()
        });
        let ones = pool.install(|| one_art::check(project, ones, canvas, &spare));
        drop(spare);
        let mut traits = Vec::with_capacity(decoded.len() + 1);
        let mut files = Vec::with_capacity(decoded.len());
        let mut extents = Vec::with_capacity(decoded.len());
        let mut lossy = Vec::new();
        let mut colours = Some(Colours::default());
        let (mut problems, mut warnings) = (Vec::new(), Vec::new());
        for decoded in decoded {
            match decoded {
                Ok(Some(decoded)) => {
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
            let pixel = if colour[3] == 0 { 0 } else { pack(colour) };
            let art = TraitArt::solid(grid, pixel);
            colours = palette::join(colours.take(), palette::of(grid, &art, 255, &indexed));
            traits.push(Undecided::held(art, 255));
            u16::try_from(traits.len() - 1).expect("loading refuses more than 65534 traits")
        });
        let palette = colours.map(Colours::into_sorted);
        let arithmetic = arithmetic.unwrap_or_else(|| {
            let hides = |id: TraitId, row, column| traits[usize::from(id)].hides(row, column);
            Storage::of(project, grid, background, palette.as_deref(), hides).arithmetic()
        });
        let decided = traits.into_par_iter().with_max_len(1).map(|art| art.decided(arithmetic));
        let (traits, digests): (Vec<TraitArt>, Vec<Digest>) = pool.install(|| decided.unzip());
        warnings.extend(invisible(project, &traits, &extents));
        if project.fit == Fit::Place {
            warnings.extend(placement::warnings(project, self::sources(project).zip(extents), canvas));
        }
        warnings.extend(edges.into_iter().flat_map(|edges| edges.warnings(project)));
        let lossy: Vec<&Path> = sources
            .iter()
            .zip(lossy)
            .filter(|(_, lossy)| *lossy)
            .map(|(((_, item), _), _)| &*item.path)
            .collect();
        let notes = profile::lossy(&lossy).into_iter().collect();
        warnings.splice(..0, profiles.warnings.clone());
        let headers = sources.into_iter().filter_map(|(_, header)| header.ok());
        let origins =
            headers.zip(files).filter_map(|(header, file)| Some(Origin::new(header, file?, &profiles)));
        let origins = origins.collect();
        let art = Self {
            grid,
            arithmetic,
            traits,
            background,
            palette,
            icc_profile: profiles.output,
            digests,
            ones,
            warnings,
            notes,
        };
        Ok((art, origins))
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

type Source<'a> = ((&'a Layer, &'a Trait), Result<Header, Problem>);

/// All traits in project order, each with its layer.
pub(super) fn sources(project: &Project) -> impl Iterator<Item = (&Layer, &Trait)> {
    project.layers.iter().flat_map(|layer| layer.traits.iter().map(move |item| (layer, item)))
}

/// The layer of the trait with this number among all, and its number there.
fn place_of(project: &Project, mut number: usize) -> (usize, u16) {
    for (layer, traits) in project.layers.iter().map(|layer| layer.traits.len()).enumerate() {
        if number < traits {
            return (layer, number as u16);
        }
        number -= traits;
    }
    unreachable!("a trait is in a layer")
}

/// The canvas (if any picture could be read) and each picture's header, or why it cannot be used.
fn headers(project: &Project, pool: &ThreadPool) -> (Option<Size>, Vec<Result<Header, Problem>>) {
    let items: Vec<&Trait> = sources(project).map(|(_, item)| item).collect();
    let mut headers: Vec<Result<Header, Problem>> =
        pool.install(|| items.par_iter().map(|item| Header::read(&item.path)).collect());
    let canvas = canvas_size::of(project, headers.iter().flatten().map(Header::size));
    if let Some(canvas) = canvas
        && project.fit == Fit::Exact
    {
        for (header, item) in headers.iter_mut().zip(items) {
            if let Ok(size) = header.as_ref().map(Header::size)
                && size != canvas
            {
                *header = Err(wrong_size(&item.path, size, canvas));
            }
        }
    }
    (canvas, headers)
}

/// The problem of a picture that is not of the canvas' size where it must be.
pub(super) fn wrong_size(path: &Path, size: Size, canvas: Size) -> Problem {
    let what = format!("the picture is {size}, and the canvas is {canvas}");
    Problem::at(path, what, "export it at that size, or set fit = \"scale\" or fit = \"place\"")
}

/// The warnings about traits without a visible pixel. Pictures that are absence are no traits.
fn invisible(project: &Project, traits: &[TraitArt], extents: &[Option<Extent>]) -> Vec<Problem> {
    let of = |(((layer, item), art), extent): (((&Layer, &Trait), &TraitArt), &Option<Extent>)| {
        // One that lies outside has a warning of its own.
        (layer.opacity > 0 && art.is_empty() && extent.is_none()).then(|| {
            let remedy = "redraw it, remove it, or rename it to None to make it the absence of the layer";
            Problem::at(&item.path, "the picture shows nothing on the canvas", remedy)
        })
    };
    sources(project).zip(traits).zip(extents).filter_map(of).collect()
}

//! Decoded traits within a budget.
//!
//! Whoever composites asks for the traits of the spans at hand and is given an [`Art`] in which these hold their
//! pixels, for as long as it is kept. Without a budget, or when all art fits it, that is always the same art and costs
//! nothing. Else pixels beyond the budget are let go, least recently used first, and decoded again from their files
//! when they are asked for. So compositors do not read files, and the pixels in memory are never more than the
//! budget, or what is pinned at one time where that is more. Jobs are handed out in groups whose traits fit the budget together; the least
//! that a group can be is one span, so the floor is what one span's traits take.
//!
//! No lock is held while a picture is decoded: threads of the pool ask too, and one that waited for another's lock
//! could be the one that the other waits for. Two threads may so decode the same picture at a time, which costs time
//! alone.

use crate::telemetry::TraitUse;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};

use rayon::ThreadPool;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::art::decode::{DecodedArt, Decoding, Origin};
use crate::art::decoded::Art;
use crate::art::earlier::{Earlier, Remembered};
use crate::art::held_pixels::{HeldPixels, Pixels};
use crate::art::trait_art::TraitArt;
use crate::error::{Explain, Explanation, Remedy};
use crate::geometry::TraitId;
use crate::picture::Scratch;
use crate::pixel::Arithmetic;
use crate::project::{Problem, Project, ProjectError};
use crate::telemetry::{Account, Pool};
use crate::threads::{in_order, lock};

/// A picture could not be decoded again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum ReloadError {
    /// The file was changed after it was first decoded.
    Changed(PathBuf),
    /// The file cannot be read any more.
    Unreadable(Problem),
    /// The picture of a one-of-one was changed after it was checked.
    OneChanged(PathBuf),
    /// The picture of a one-of-one cannot be read any more.
    OneUnreadable(Problem),
}

impl Explain for ReloadError {
    fn explain(&self) -> Explanation<'_> {
        match self {
            Self::Changed(path) => Explanation::mismatch(
                "the picture changed after it was first read; finished items show the earlier version",
            )
            .path(path)
            .remedy(Remedy::text("start again"))
            .remedy(Remedy::KeepArtInMemory),
            Self::OneChanged(path) => Explanation::mismatch("the picture changed after it was checked")
                .path(path)
                .remedy(Remedy::text("start again, and do not change the art during the run")),
            Self::Unreadable(problem) => read_before(problem).remedy(Remedy::KeepArtInMemory),
            Self::OneUnreadable(problem) => read_before(problem),
        }
    }
}

/// A picture that could be read earlier in the run.
fn read_before(problem: &Problem) -> Explanation<'_> {
    let mut found = Explanation::of_problem(problem);
    found.detail = format!("{} (read earlier)", problem.what).into();
    found
}

/// All traits of a project, with pixels within a budget.
#[derive(Debug)]
pub(crate) struct ArtStore {
    /// All pixels, if they fit; else none.
    art: Arc<Art>,
    budget: Option<u64>,
    held: Arc<HeldPixels>,
    /// How pixels come back, if not all are there.
    reload: Option<Reload>,
    /// By picture; nothing where files were not digested.
    remembered: Vec<Option<Remembered>>,
}

/// How a store decodes pictures and keeps them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StoreOptions<'s> {
    /// Bytes of pixels to keep; pixels beyond are let go at once.
    pub(crate) budget: Option<u64>,
    /// The arithmetic; without one the art decides it.
    pub(crate) arithmetic: Option<Arithmetic>,
    /// Whether files are digested, so that [`ArtStore::earlier`] finds what is unchanged.
    pub(crate) remember: bool,
    /// Pictures that were decoded before, for that arithmetic.
    pub(crate) earlier: Option<&'s Earlier<'s>>,
}

#[derive(Debug)]
struct Reload {
    project: Project,
    /// By picture; none of colours.
    origins: Vec<Option<Origin>>,
    budget: u64,
    kept: Mutex<Kept>,
    scratches: Pool<Scratch>,
    pool: Arc<ThreadPool>,
    reloads: AtomicU64,
    dropped: AtomicU64,
}

/// The pixels that are kept for later, at most as many as the budget allows.
#[derive(Debug, Default)]
struct Kept {
    /// By trait, with the clock of the last use.
    pixels: Vec<Option<(Arc<Pixels>, u64)>>,
    bytes: u64,
    clock: u64,
}

impl ArtStore {
    /// Decodes every picture of `project` that was not decoded before.
    pub(crate) fn decode(
        project: &Project,
        pool: &Arc<ThreadPool>,
        options: StoreOptions<'_>,
        account: &Arc<Account>,
    ) -> Result<Self, ProjectError> {
        let StoreOptions { budget, arithmetic, remember, earlier } = options;
        let held = Arc::<HeldPixels>::default();
        let kept = AtomicU64::new(0);
        let keep = |art: TraitArt| {
            let (bytes, art) = (art.pixel_bytes(), art.counted(&held));
            let fits = |now: u64| Some(now + bytes).filter(|&sum| budget.is_none_or(|budget| sum <= budget));
            (art, kept.fetch_update(Relaxed, Relaxed, fits).is_ok())
        };
        let decoding = Decoding { arithmetic, again: remember || budget.is_some(), earlier };
        let DecodedArt { mut art, origins, remembered } = Art::decode_each(project, pool, decoding, &keep)?;
        let whole = art.traits.iter().all(TraitArt::holds_pixels);
        let reload = budget.filter(|_| !whole).map(|budget| Reload {
            project: project.clone(),
            origins,
            budget,
            kept: Mutex::new(Kept::take(&mut art.traits)),
            scratches: Pool::new(account),
            pool: pool.clone(),
            reloads: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        });
        let remembered = if remember { remembered } else { Vec::new() };
        Ok(Self { art: Arc::new(art), budget, held, reload, remembered })
    }

    /// A store of art that was made in memory, all of whose pixels are kept.
    #[cfg(test)]
    pub(crate) fn of_art(art: Art) -> Self {
        Self { art: Arc::new(art), budget: None, held: Arc::default(), reload: None, remembered: Vec::new() }
    }

    /// Its pictures, for the decoding of another state of the project in the same arithmetic. None where files were not digested.
    pub(crate) fn earlier(&self) -> Earlier<'_> {
        let mut art = Art::clone(&self.art);
        if let Some(reload) = &self.reload {
            for (art, kept) in art.traits.iter_mut().zip(&reload.kept().pixels) {
                if let Some((pixels, _)) = kept {
                    art.set_pixels(pixels.clone());
                }
            }
        }
        Earlier::new(art, &self.remembered)
    }

    /// All art, perhaps without pixels: for everything that does not read tiles.
    pub(crate) fn art(&self) -> &Arc<Art> {
        &self.art
    }

    /// The art with the pixels of at least these traits.
    ///
    /// # Errors
    /// If a picture must be decoded again and is not what it was.
    pub(crate) fn pin(&self, ids: impl IntoIterator<Item = TraitId>) -> Result<Arc<Art>, ReloadError> {
        let Some(reload) = &self.reload else { return Ok(self.art.clone()) };
        let mut ids: Vec<TraitId> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        let mut art = Art::clone(&self.art);
        let missing = reload.find(&mut art, &ids);
        let pictures = if missing.is_empty() { Vec::new() } else { reload.project.pictures() };
        let decode = |&id: &TraitId| {
            let picture = &pictures[usize::from(id)];
            let again = |scratch: &mut Scratch| {
                let onto = (art.grid, art.arithmetic);
                let origin = reload.origins[usize::from(id)].as_ref();
                let origin = origin.expect("a colour has no pixels to decode");
                origin.again(&reload.project, picture, onto, scratch)
            };
            reload.scratches.with(again).map(|art| (id, art.counted(&self.held)))
        };
        let decoded: Vec<(TraitId, TraitArt)> = match &missing[..] {
            [] => Vec::new(),
            [one] => vec![decode(one)?],
            more => reload.pool.install(|| in_order(more.par_iter().with_max_len(1).map(decode)))?,
        };
        reload.reloads.fetch_add(decoded.len() as u64, Relaxed);
        for (id, decoded) in &decoded {
            let pixels = decoded.pixels().expect("it was decoded just now");
            art.traits[usize::from(*id)].set_pixels(pixels.clone());
        }
        reload.keep(&art, &missing);
        Ok(Arc::new(art))
    }

    /// Cuts work that needs traits into runs, each of as much as fits the budget together; `traits_of` names what the
    /// work at an index needs. One run if all art is there.
    pub(crate) fn groups<'a>(
        &self,
        count: usize,
        traits_of: impl Fn(usize) -> &'a [TraitId],
    ) -> Vec<Range<usize>> {
        let Some(reload) = &self.reload else { return std::iter::once(0..count).collect() };
        let mut groups = Vec::new();
        let mut seen = vec![false; self.art.traits.len()];
        let (mut first, mut bytes) = (0, 0);
        for index in 0..count {
            let new = |seen: &mut [bool]| -> u64 {
                let ids = traits_of(index).iter().map(|&id| usize::from(id));
                ids.filter(|&id| !std::mem::replace(&mut seen[id], true))
                    .map(|id| self.art.traits[id].pixel_bytes())
                    .sum()
            };
            bytes += new(&mut seen);
            if bytes > reload.budget && index > first {
                groups.push(first..index);
                seen.fill(false);
                (first, bytes) = (index, new(&mut seen));
            }
        }
        if first < count || count == 0 {
            groups.push(first..count);
        }
        groups
    }

    /// Bytes of the pixels in memory now, and of the budget, where not all of them fit it.
    pub(crate) fn pressure(&self) -> Option<(u64, u64)> {
        self.reload.as_ref().map(|reload| (self.held.bytes(), reload.budget))
    }

    /// Bytes of the pixels in memory now, and the most that were at once.
    pub(crate) fn held_bytes(&self) -> (u64, u64) {
        (self.held.bytes(), self.held.peak())
    }

    /// Bytes that are always in memory: everything but pixels.
    pub(crate) fn shape_bytes(&self) -> u64 {
        self.art.traits.iter().map(TraitArt::shape_bytes).sum()
    }

    /// What came of the budget so far.
    pub(crate) fn usage(&self) -> TraitUse {
        let count = |of: fn(&Reload) -> &AtomicU64| self.reload.as_ref().map_or(0, |r| of(r).load(Relaxed));
        TraitUse {
            budget: self.budget,
            all_bytes: self.art.traits.iter().map(TraitArt::pixel_bytes).sum(),
            peak_bytes: self.held.peak(),
            reloads: count(|reload| &reload.reloads),
            dropped: count(|reload| &reload.dropped),
        }
    }
}

impl Reload {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }

    /// Puts pixels that are kept into `art`, makes room for the others among `ids` and names these.
    fn find(&self, art: &mut Art, ids: &[TraitId]) -> Vec<TraitId> {
        let mut kept = self.kept();
        kept.clock += 1;
        let clock = kept.clock;
        let mut missing = Vec::new();
        for &id in ids {
            let art = &mut art.traits[usize::from(id)];
            match &mut kept.pixels[usize::from(id)] {
                // Nothing to hold: every tile is empty or of one colour.
                _ if art.holds_pixels() => {}
                Some((pixels, used)) => {
                    *used = clock;
                    art.set_pixels(pixels.clone());
                }
                None => missing.push(id),
            }
        }
        let needed: u64 = missing.iter().map(|&id| art.traits[usize::from(id)].pixel_bytes()).sum();
        let dropped = kept.make_room(self.budget, needed);
        self.dropped.fetch_add(dropped, Relaxed);
        missing
    }

    /// Keeps what was decoded just now, as far as the budget goes.
    fn keep(&self, art: &Art, decoded: &[TraitId]) {
        let mut kept = self.kept();
        for &id in decoded {
            let art = &art.traits[usize::from(id)];
            if kept.bytes + art.pixel_bytes() > self.budget {
                self.dropped.fetch_add(1, Relaxed);
                continue;
            }
            let entry = (art.pixels().expect("it was decoded just now").clone(), kept.clock);
            if kept.pixels[usize::from(id)].replace(entry).is_none() {
                kept.bytes += art.pixel_bytes();
            }
        }
    }
}

impl Kept {
    /// Takes the pixels of all traits that have any.
    fn take(traits: &mut [TraitArt]) -> Self {
        let mut this = Self::default();
        for art in traits {
            let held = art.pixels().filter(|_| art.pixel_bytes() > 0).cloned();
            this.bytes += held.as_ref().map_or(0, |_| art.pixel_bytes());
            this.pixels.push(held.map(|pixels| (pixels, 0)));
            *art = art.clone().without_pixels();
        }
        this
    }

    /// Drops what was used longest ago until `needed` bytes fit beside the rest; what is used now stays.
    fn make_room(&mut self, budget: u64, needed: u64) -> u64 {
        let mut dropped = 0;
        while self.bytes + needed > budget {
            let idle = self.pixels.iter().enumerate().filter_map(|(id, kept)| Some((kept.as_ref()?.1, id)));
            let Some((_, oldest)) = idle.filter(|&(used, _)| used < self.clock).min() else { break };
            if let Some((pixels, _)) = self.pixels[oldest].take() {
                self.bytes -= pixels.bytes();
                dropped += 1;
            }
        }
        dropped
    }
}

//! Which tiles of which traits are in the atlas.
//!
//! The unit that comes and goes is a *band*: the tiles of one trait in one tile row. Spans are pressed tile row by
//! tile row, so what one pass needs is a slice through many traits, not whole traits: with textures of a quarter of
//! the art whole traits would be loaded again for every other span. Bands are dropped least recently used; what the
//! pass at hand needs is never dropped.

use std::time::{Duration, Instant};

use lru::LruCache;
use rustc_hash::FxBuildHasher;
use wgpu::CommandEncoder;

use crate::art::{Art, Tile};
use crate::compositor::Band;
use crate::compositor::gpu::atlas::{Atlas, Slot};
use crate::compositor::gpu::context::Fault;
use crate::geometry::TraitId;

/// The slot holds no tile of pixels.
const NOWHERE: Slot = Slot::MAX;

#[derive(Debug)]
struct Resident {
    /// By tile column; [`NOWHERE`] where the tile needs no slot.
    slots: Box<[Slot]>,
    /// The pass that used it last.
    pass: u64,
    /// Loaded ahead and not used yet.
    waiting: bool,
}

/// What happened so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) resident: u64,
    pub(super) loaded: u64,
    pub(super) dropped: u64,
    pub(super) load_wait: Duration,
    pub(super) prefetched: u64,
    pub(super) prefetched_used: u64,
    pub(super) prefetched_in_vain: u64,
}

/// The bands in the atlas.
#[derive(Debug)]
pub(super) struct Residency {
    pub(super) atlas: Atlas,
    bands: LruCache<Band, Resident, FxBuildHasher>,
    /// The number of the pass that is being put together.
    pass: u64,
    pub(super) counts: Counts,
}

impl Residency {
    pub(super) fn new(atlas: Atlas) -> Self {
        let bands = LruCache::unbounded_with_hasher(FxBuildHasher);
        Self { atlas, bands, pass: 0, counts: Counts::default() }
    }

    /// Begins a new pass: bands of the one before may be dropped from now on, as its work is recorded and the queue
    /// keeps the order.
    pub(super) fn next_pass(&mut self) {
        self.pass += 1;
    }

    /// Has `needed` in the atlas, or changes nothing that matters and says no: the pass at hand is full.
    pub(super) fn need(
        &mut self,
        art: &Art,
        needed: impl Iterator<Item = Band> + Clone,
        encoder: &mut CommandEncoder,
    ) -> Result<bool, Fault> {
        // First what is there is marked as needed, lest loading one drops the other.
        let mut missing = 0;
        for band in needed.clone() {
            match self.bands.get_mut(&band) {
                Some(resident) => resident.pass = self.pass,
                None => missing += slots(art, band),
            }
        }
        if missing > self.atlas.free_slots() && !self.make_room(missing) {
            return Ok(false);
        }
        for band in needed {
            match self.bands.get_mut(&band) {
                Some(resident) => {
                    self.counts.resident += 1;
                    self.counts.prefetched_used += u64::from(resident.waiting);
                    resident.waiting = false;
                }
                // Empty and solid tiles need no slot, so there is nothing to wait for.
                None if slots(art, band) == 0 => {}
                None => {
                    let start = Instant::now();
                    self.load(art, band, encoder, false)?;
                    self.counts.loaded += 1;
                    self.counts.load_wait += start.elapsed();
                }
            }
        }
        Ok(true)
    }

    /// Loads a band that will be needed, if there is room for it without dropping what the pass at hand or an
    /// earlier prefetch brought; says whether there was.
    pub(super) fn prefetch(
        &mut self,
        art: &Art,
        band: Band,
        encoder: &mut CommandEncoder,
    ) -> Result<bool, Fault> {
        if let Some(resident) = self.bands.get_mut(&band) {
            // It is wanted soon, so it must not be dropped for what comes after it.
            resident.pass = self.pass;
            return Ok(true);
        }
        if !art.traits[usize::from(band.id)].holds_pixels() {
            // Let go to keep a budget; who needs the band will bring it.
            return Ok(true);
        }
        let missing = slots(art, band);
        if missing > self.atlas.free_slots() && !self.make_room(missing) {
            return Ok(false);
        }
        if missing > 0 {
            self.load(art, band, encoder, true)?;
            self.counts.prefetched += 1;
        }
        Ok(true)
    }

    /// Where the tile of a needed band at tile column `column` is.
    pub(super) fn slot(&self, band: Band, column: usize) -> Slot {
        let resident = self.bands.peek(&band).expect("needed bands are there");
        let slot = resident.slots[column];
        debug_assert_ne!(slot, NOWHERE, "only tiles of pixels are asked for");
        slot
    }

    /// Drops bands, least recently used first, until `slots` are free.
    fn make_room(&mut self, slots: usize) -> bool {
        while self.atlas.free_slots() < slots {
            match self.bands.peek_lru() {
                Some((_, resident)) if resident.pass < self.pass => {}
                _ => return false,
            }
            if let Some((_, resident)) = self.bands.pop_lru() {
                self.counts.dropped += 1;
                self.counts.prefetched_in_vain += u64::from(resident.waiting);
                self.atlas.give_back(resident.slots.into_iter().filter(|&slot| slot != NOWHERE));
            }
        }
        true
    }

    /// Loads a band; there is room for it. `ahead` says that this is a guess, to be counted once it comes true.
    pub(super) fn load(
        &mut self,
        art: &Art,
        band: Band,
        encoder: &mut CommandEncoder,
        ahead: bool,
    ) -> Result<(), Fault> {
        let mut slots = vec![NOWHERE; art.grid.columns()];
        for (column, pixels) in tiles(art, band) {
            let slot = self.atlas.take().expect("there is room");
            self.atlas.upload(encoder, slot, pixels, art.grid.x_range(column).len())?;
            slots[column] = slot;
        }
        let resident = Resident { slots: slots.into(), pass: self.pass, waiting: ahead };
        self.bands.put(band, resident);
        Ok(())
    }
}

/// The tiles of a band that need a slot, with their columns.
fn tiles(art: &Art, band: Band) -> impl Iterator<Item = (usize, &[u32])> {
    let picture = &art.traits[usize::from(band.id)];
    (0..art.grid.columns()).filter_map(move |column| match picture.tile(band.row.into(), column) {
        Tile::Pixels(pixels) => Some((column, pixels)),
        Tile::Empty | Tile::Solid(_) => None,
    })
}

/// How many tiles of a band need a slot; known while its pixels are let go, too.
fn slots(art: &Art, band: Band) -> usize {
    let picture = &art.traits[usize::from(band.id)];
    (0..art.grid.columns()).filter(|&column| picture.is_mixed(band.row.into(), column)).count()
}

/// Slots that all traits together need.
pub(super) fn slots_of(art: &Art) -> u64 {
    all_bands(art).map(|band| slots(art, band) as u64).sum()
}

/// Every band of every trait that needs a slot, trait by trait.
pub(super) fn all_bands(art: &Art) -> impl Iterator<Item = Band> {
    let rows = art.grid.rows();
    let band = |id: usize, row: usize| Band { id: id as TraitId, row: row as u16 };
    (0..art.traits.len())
        .flat_map(move |id| (0..rows).map(move |row| band(id, row)))
        .filter(|&band| slots(art, band) > 0)
}

//! Whether an adapter computes what the CPU does, asked before it is trusted with a picture.
//!
//! Drivers have miscompiled integer shaders before. So a small made-up collection is composited on the adapter
//! first, in the arithmetic of the art: every blend mode over many colours and alphas, faded layers, partial tiles, single colours, deep stacks,
//! and tiles on every side of the border of a texture page. The first pixel that differs names the operation.

use std::sync::Arc;

use crate::art::{Art, TraitArt};
use crate::compositor::SpanJob;
use crate::compositor::cpu::composite_span;
use crate::compositor::gpu::context::Fault;
use crate::compositor::gpu::device::{Budget, Device};
use crate::compositor::gpu::faults::Faults;
use crate::compositor::gpu::fill::{Job, Numbered};
use crate::compositor::gpu::renderer::{Renderer, Submitted};
use crate::compositor::gpu::target::CELLS;
use crate::geometry::{Grid, Place, Size, TraitId};
use crate::pixel::{Arithmetic, Blend, Pixel, pack, unpack};
use crate::project::Role;

/// Three tiles by two, the last column and row partial.
const CANVAS: Size = Size { width: 131, height: 70 };

/// Modes of clipped pictures that are checked: each kind of formula.
const CLIPPED: [Blend; 4] = [Blend::Normal, Blend::Multiply, Blend::Hue, Blend::PlusLighter];

/// What came out differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) operation: String,
    pub(super) difference: String,
}

/// Composites the check's spans on `device` and on the CPU; the first difference, if there is one.
pub(super) fn run(device: &Arc<Device>, faults: &Faults) -> Result<Option<Difference>, Fault> {
    let art = Arc::new(art(device.arithmetic));
    let operations = operations(&art);
    // Pages of two slots, so that nearly every span crosses from one to another.
    let budget = Budget {
        textures: 64 << 20,
        spans: 0,
        joined: 0,
        pools: 16 << 20,
        cells: CELLS,
        page_side: Some(128),
        keep_targets: true,
    };
    let mut renderer = Renderer::new(device.clone(), art.clone(), &budget, Arc::default(), Arc::default())?;
    let jobs: Vec<Numbered> = operations
        .iter()
        .enumerate()
        .map(|(number, (_, job))| Numbered { number, job: Job::Span(job.clone()) })
        .collect();
    let (mut next, mut buffer, mut expected) = (0, Vec::new(), Vec::new());
    while next < jobs.len() || renderer.busy() {
        while next < jobs.len() && renderer.ready() {
            match renderer.submit(&jobs[next..], None, (0, 0))? {
                Submitted::Jobs(count) => next += count,
                Submitted::TooLarge => unreachable!("the check's art fits its atlas"),
            }
        }
        let done = renderer.collect(&mut buffer, None)?.map(|done| done.jobs).unwrap_or_default();
        let mut rest = &mut buffer[..];
        for Numbered { number, .. } in done {
            let expected = composite_span(&art, &operations[number].1, &mut expected);
            let (found, others) = rest.split_at_mut(expected.len());
            let operation = &operations[number].0;
            if faults.spoils(operation) {
                found[0] ^= 1;
            }
            if let Some(at) = (0..found.len()).find(|&at| found[at] != expected[at]) {
                let difference =
                    format!("pixel {at} is {:?} and should be {:?}", unpack(found[at]), unpack(expected[at]));
                return Ok(Some(Difference { operation: operation.clone(), difference }));
            }
            rest = others;
        }
    }
    Ok(None)
}

/// The check's traits: a backdrop, one picture in every mode, faded pictures, and a single colour.
fn art(arithmetic: Arithmetic) -> Art {
    let grid = Grid::new(CANVAS);
    let mut noise = Noise(1);
    let mut picture = |mode: Blend, opacity: u8| {
        let mut pixels: Vec<Pixel> = (0..CANVAS.pixels()).map(|_| noise.pixel()).collect();
        arithmetic.convert(&mut pixels, opacity);
        TraitArt::from_canvas(grid, &pixels).with_blend(mode)
    };
    let mut traits = vec![picture(Blend::Normal, 255)];
    traits.extend(Blend::ALL.iter().map(|&mode| picture(mode, 255)));
    traits.extend([1, 128, 254].map(|opacity| picture(Blend::Normal, opacity)));
    traits.extend(CLIPPED.map(|mode| picture(mode, 255).with_role(Role::Clipped)));
    traits.push(picture(Blend::Normal, 255).with_role(Role::Mask));
    traits.push(TraitArt::solid(grid, pack([200, 100, 50, 128])).converted(arithmetic, 255));
    Art { arithmetic, ..Art::of_tiles(grid, traits) }
}

/// Each with what it checks.
fn operations(art: &Art) -> Vec<(String, SpanJob)> {
    let modes = Blend::ALL.len() as TraitId;
    let whole_row = |row: u16| Place { tile_row: row, first: 0, last: 2 };
    let mut operations = Vec::new();
    let mut add = |what: String, place: Place, stack: &[TraitId]| {
        operations.push((what, SpanJob { place, stack: stack.into() }));
    };
    for (index, mode) in Blend::ALL.iter().enumerate() {
        for row in 0..2 {
            add(format!("blend mode {}", mode.name()), whole_row(row), &[0, index as TraitId + 1]);
        }
    }
    for (index, opacity) in [1, 128, 254].into_iter().enumerate() {
        let faded = modes + 1 + index as TraitId;
        add(format!("opacity {opacity}/255"), whole_row(0), &[0, faded]);
    }
    // A base over something else, with what is clipped to it; and behind a mask, which another masks.
    let first = modes + 4;
    let mask = first + CLIPPED.len() as TraitId;
    for (mode, clipped) in CLIPPED.into_iter().zip(first..) {
        add(format!("clipped in mode {}", mode.name()), whole_row(0), &[0, modes + 2, clipped]);
    }
    add("a mask".to_owned(), whole_row(1), &[0, mask, mask, modes + 2, mask, first, 1]);
    add("a partial tile".to_owned(), Place { tile_row: 1, first: 2, last: 2 }, &[0, 1]);
    add("a single colour".to_owned(), whole_row(0), &[0, art.traits.len() as TraitId - 1, modes + 2]);
    let is_drawn = |id: &TraitId| art.traits[usize::from(*id)].role() == Role::Drawn;
    let all: Vec<TraitId> = (0..art.traits.len() as TraitId).filter(is_drawn).collect();
    add("the border of a texture page".to_owned(), Place { tile_row: 0, first: 0, last: 1 }, &all);
    add("a deep stack".to_owned(), whole_row(1), &all);
    operations
}

/// Straight pixels of many colours and alphas, the same at every start.
pub(super) struct Noise(pub(super) u32);

impl Noise {
    pub(super) fn next(&mut self) -> u32 {
        // The multiplier and increment of Numerical Recipes; the high bits are good enough for a check.
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.0 >> 8
    }

    fn pixel(&mut self) -> Pixel {
        let alpha = match self.next() & 7 {
            0 => 0,
            1 => 255,
            2 => 1,
            3 => 254,
            _ => self.next() as u8,
        };
        let mut channel = || match self.next() & 7 {
            0 => 0,
            1 => 255,
            _ => self.next() as u8,
        };
        let pixel = pack([channel(), channel(), channel(), alpha]);
        if alpha == 0 { 0 } else { pixel }
    }
}

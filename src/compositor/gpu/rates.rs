//! How fast a device is beside the processor, by the self-check's pictures.
//!
//! A device's time is that of everything until what it made is in the memory of the CPU, for nothing less is of use; that of the
//! processor is one thread's, and all threads are taken to be as fast together as each of them alone.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::compositor::cpu::{composite_span, extent};
use crate::compositor::gpu::compress::check::{encoder, for_passes, jobs, numbered, palette, renderer};
use crate::compositor::gpu::context::Fault;
use crate::compositor::gpu::device::Device;
use crate::compositor::gpu::self_check::Noise;
use crate::png::{Color, Filter, Scratch, Search};

/// Measurements of each, of which the best counts: the first makes buffers, too, and others may be disturbed.
const TRIES: usize = 3;

/// What is made in a second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    device: f64,
    /// By all threads together.
    processor: f64,
    threads: usize,
    /// Millions of what.
    unit: &'static str,
}

impl Rates {
    /// Of a device that makes so much in `device` seconds, while one of so many threads makes `alone` in `thread` seconds.
    pub(super) fn new(
        (made, device): (f64, f64),
        (alone, thread): (f64, f64),
        threads: usize,
        unit: &'static str,
    ) -> Self {
        let rate = |made: f64, seconds: f64| made / seconds.max(1e-9);
        Self { device: rate(made, device), processor: rate(alone, thread) * threads as f64, threads, unit }
    }

    /// Whether the device is no slower.
    pub(super) fn device_pays(&self) -> bool {
        self.device >= self.processor
    }
}

impl fmt::Display for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { device, processor, threads, unit } = self;
        let [device, processor] = [device, processor].map(|rate| rate / 1e6);
        write!(
            f,
            "{device:.0} {unit}/s in the self-check, {processor:.0} by {threads} threads of the processor"
        )
    }
}

/// Seconds of the fastest of some tries.
pub(super) fn fastest<E>(mut work: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    let mut seconds = f64::INFINITY;
    for _ in 0..TRIES {
        let start = Instant::now();
        work()?;
        seconds = seconds.min(start.elapsed().as_secs_f64());
    }
    Ok(seconds)
}

/// How fast a device composites.
pub(super) fn of_compositing(device: &Arc<Device>, threads: usize) -> Result<Rates, Fault> {
    of_passes(device, threads, false)
}

/// How fast a device composites and compresses.
pub(super) fn of_compressing(device: &Arc<Device>, threads: usize) -> Result<Rates, Fault> {
    of_passes(device, threads, true)
}

fn of_passes(device: &Arc<Device>, threads: usize, compresses: bool) -> Result<Rates, Fault> {
    let mut noise = Noise(7);
    let (mut renderer, art) = renderer(device, &palette(), &mut noise)?;
    let encoder = Arc::new(encoder(&Color::Rgb, Filter::None, Search::Far, &mut noise));
    let by = compresses.then_some(&encoder);
    // Enough to fill a card, and little enough for a slow one.
    let places = jobs(&[(0, 0, 17); 64], &[0, 1, 2]);
    let spans = numbered(&places);
    let (mut words, mut pixels, mut scratch) = (Vec::new(), Vec::new(), Scratch::default());
    let seconds = fastest(|| for_passes(&mut renderer, &spans, by, &mut words, |_, _, _| Ok(())))?;
    let job = &places[0];
    let (xs, ys) = extent(&art, job.place);
    let alone = fastest(|| {
        let pixels = composite_span(&art, job, &mut pixels);
        if compresses {
            encoder.compress(pixels, xs.len(), 0, &mut scratch);
        }
        Ok::<_, Fault>(())
    })?;
    let count = (xs.len() * ys.len()) as f64;
    Ok(Rates::new((count * spans.len() as f64, seconds), (count, alone), threads, "Mpx"))
}

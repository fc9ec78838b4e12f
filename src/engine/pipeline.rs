//! From a plan to finished items, batch by batch.
//!
//! One thread drives: it cuts the next batch into spans, has the new ones composited and compressed by the pool, and
//! hands the pictures on in small batches. Joining and writing these runs on the same pool beside the next batch's
//! compositing; a gate holds the driver back when too many wait, which bounds the memory.

use std::sync::atomic::Ordering;
use std::sync::{Condvar, Mutex, OnceLock};

use crate::engine::batch::Batch;
use crate::engine::facade::{Engine, Prepared};
use crate::engine::prefetch::Model;
use crate::engine::upkeep::{Ahead, Upkeep};
use crate::error::{Cancelled, Error};
use crate::output::sink_failed;
use crate::output::{MetadataTexts, Sink};
use crate::plan::Plan;
use crate::telemetry::{FinishedItem, Observer, PredictorStats, Stage, memory};
use crate::threads::{lock, wait_while};

/// What came out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Done {
    pub(crate) items: u64,
    pub(crate) bytes: u64,
    /// Groups of pictures that were written together.
    pub(crate) batches: u64,
    pub(crate) predictor: PredictorStats,
    /// Bytes of memory held after each quarter of the items.
    pub(crate) quarters: Vec<u64>,
}

/// Presses the items of `plan`; `kept` more were there already.
pub(crate) fn press(
    engine: &Engine,
    plan: &Plan,
    kept: u64,
    sink: &dyn Sink,
    observer: &dyn Observer,
) -> Result<Done, Error> {
    let total = kept + plan.len() as u64;
    let run = engine.begin_run(total, kept);
    let (items, bytes) = (&run.items, &run.bytes);
    let failure = OnceLock::new();
    let threads = engine.pool.current_num_threads();
    let gate = Gate::new(2 * threads + 1);
    let mut encode_batch = engine.options().encode_batch_size();
    let texts = MetadataTexts::new(engine.project());

    let write = |picture: &Prepared| -> Result<(), Error> {
        let edition = plan.edition(picture.index);
        let len = engine.files.with(|file| {
            let len = match plan.one(picture.index) {
                Some(number) => engine.write_one(number, file)?,
                None => engine.write_picture(picture, plan.traits(picture.index), file)?,
            };
            let png = &file[..len];
            engine.stages.time(Stage::Write, || {
                let mut metadata = Vec::new();
                texts.write_item(plan, picture.index, &mut metadata);
                let item = FinishedItem { index: picture.index, edition, png, metadata: &metadata };
                sink.write(item).map_err(sink_failed)?;
                observer.finished(item);
                Ok::<_, Error>(())
            })?;
            Ok::<_, Error>(len)
        })?;
        bytes.fetch_add(len as u64, Ordering::Relaxed);
        let done = items.fetch_add(1, Ordering::Relaxed) + 1;
        observer.items(kept + done, total);
        Ok(())
    };

    let mut model = Model::new(engine, plan);
    let mut quarters = Vec::new();
    engine.pool.in_place_scope(|scope| {
        let mut next = 0;
        let mut batch = Batch::new(engine);
        let mut upkeep = Upkeep::new(engine.options());
        engine.cache().begin();
        while next < plan.len() && failure.get().is_none() && !observer.is_cancelled() {
            let end = plan.len().min(next + batch.size());
            let is_one = |index: &usize| plan.one(*index).is_some();
            let (ones, drawn): (Vec<usize>, Vec<usize>) = (next..end).partition(is_one);
            let rows: Vec<(usize, &[u16])> =
                drawn.into_iter().map(|index| (index, plan.traits(index))).collect();
            let after: Vec<&[u16]> =
                (end..plan.len().min(end + batch.size())).map(|index| plan.traits(index)).collect();
            let next_bands = model.after(engine, &rows, ones.len(), &after);
            let ahead = Ahead { plan, from: end };
            let prepared = match engine.prepare(&rows, next_bands, Some(ahead)) {
                Ok(mut prepared) => {
                    prepared.extend(ones.into_iter().map(Prepared::without_spans));
                    prepared.sort_by_key(|picture| picture.index);
                    prepared
                }
                Err(error) => {
                    let _ = failure.set(error);
                    break;
                }
            };
            let mut pictures = prepared.into_iter();
            let short = engine.make_room_if_short();
            if short {
                encode_batch = (encode_batch / 2).max(1);
            }
            let (bytes, items) = (bytes.load(Ordering::Relaxed), items.load(Ordering::Relaxed));
            batch.adapt(bytes, items, engine.failures(), short);
            upkeep.after(end - next, engine, ahead, sink);
            // A quarter of the run, half of it, and so on.
            while quarters.len() < 4 && end * 4 >= plan.len() * (quarters.len() + 1) {
                quarters.push(memory::resident().unwrap_or(0));
            }
            loop {
                let group: Vec<Prepared> = pictures.by_ref().take(encode_batch).collect();
                // What is composited and on no thread yet would take a while where whole pictures are encoded.
                if group.is_empty() || observer.is_cancelled() {
                    break;
                }
                if sink.is_behind() {
                    gate.wait_for_all();
                }
                let ticket = gate.enter();
                run.batches.fetch_add(1, Ordering::Relaxed);
                let (write, failure) = (&write, &failure);
                scope.spawn(move |_| {
                    let _ticket = ticket;
                    for picture in &group {
                        // What is on its way is finished even if another item has failed: it is made already.
                        if let Err(error) = write(picture) {
                            // Only the first error is reported; the others follow from it as a rule.
                            let _ = failure.set(error);
                        }
                    }
                });
            }
            next = end;
        }
    });
    run.end();
    let done = kept + items.load(Ordering::Relaxed);
    match failure.into_inner() {
        Some(error) => Err(error),
        None if done < total => {
            engine.release();
            Err(Cancelled { done, total }.into())
        }
        None => {
            let predictor = model.stats(engine);
            let [items, bytes, batches] =
                [items, bytes, &run.batches].map(|count| count.load(Ordering::Relaxed));
            Ok(Done { items, bytes, batches, predictor, quarters })
        }
    }
}

/// Lets a bounded number in.
#[derive(Debug)]
struct Gate {
    places: usize,
    free: Mutex<usize>,
    freed: Condvar,
}

/// A place inside the gate, given back when dropped.
struct Ticket<'a>(&'a Gate);

impl Gate {
    fn new(places: usize) -> Self {
        Self { places, free: Mutex::new(places), freed: Condvar::new() }
    }

    /// Waits until there is a place.
    fn enter(&self) -> Ticket<'_> {
        let free = lock(&self.free);
        let mut free = wait_while(&self.freed, free, |free| *free == 0);
        *free -= 1;
        Ticket(self)
    }

    /// Waits until everybody has left.
    fn wait_for_all(&self) {
        let free = lock(&self.free);
        let all = |free: &mut usize| *free < self.places;
        drop(wait_while(&self.freed, free, all));
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        *lock(&self.0.free) += 1;
        self.0.freed.notify_one();
    }
}

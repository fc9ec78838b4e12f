//! From a plan to finished items, batch by batch.
//!
//! One thread drives: it cuts the next batch into spans, has the new ones composited and compressed by the pool, and
//! hands the pictures on in small groups. Joining and writing these runs on the same pool beside the next batch's
//! compositing; a gate holds the driver back when too many groups wait, which bounds the memory.
//!
//! A back end with a queue of its own would be idle while the driver cuts the next batch. So that batch is begun, and handed to
//! it, before the one before is finished; each of the two waits on a thread of its own. Where such a back end also joins
//! pictures, a third thread waits for that.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::ScopedJoinHandle;

use crate::compositor::Band;
use crate::engine::batch::Batch;
use crate::engine::budget::{CleanUpSchedule, MemoryBudget};
use crate::engine::equal::Checksums;
use crate::engine::gate::Gate;
use crate::engine::ones::OnePresser;
use crate::engine::output::{Output, Outputs};
use crate::engine::prefetch::{PrefetchSource, Prefetcher, RunForecast};
use crate::engine::presser::{Begun, Prepared, SpanPresser};
use crate::engine::telemetry::EngineTelemetry;
use crate::engine::upcoming::Upcoming;
use crate::error::{Cancelled, Error};
use crate::output::{MetadataTexts, PoolSink, Sink, sink_failed};
use crate::plan::Plan;
use crate::project::Project;
use crate::telemetry::{FinishedItem, Observer, PredictorStats, Run, Stage, memory};

/// The parts of an engine that press a plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pipeline<'e> {
    pub(crate) project: &'e Project,
    pub(crate) outputs: &'e Outputs,
    pub(crate) budget: &'e MemoryBudget,
    pub(crate) prefetcher: &'e Prefetcher,
    pub(crate) telemetry: &'e EngineTelemetry,
    pub(crate) settings: PipelineSettings,
    /// The pool that the items go to, if it is one; then it is the sink, too.
    pub(crate) pool: Option<&'e PoolSink>,
}

/// The sizes of a pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PipelineSettings {
    /// Items in flight; `None` adapts.
    pub(crate) batch: Option<NonZeroUsize>,
    /// Finished pictures that are joined and written together.
    pub(crate) encode_batch: usize,
    /// Items between two clean-ups.
    pub(crate) cleanup_every: usize,
    pub(crate) prefetch: PrefetchSource,
}

/// What a run made.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) items: u64,
    pub(crate) bytes: u64,
    /// Groups of pictures that were written together.
    pub(crate) batches: u64,
    /// How often the plan's predictions were right, where it was asked.
    pub(crate) predictor: Option<PredictorStats>,
    /// Bytes of memory held after each quarter of the items.
    pub(crate) quarters: Vec<u64>,
    /// Of the pictures that were made.
    pub(crate) checksums: Checksums,
}

/// An item's pictures on their way, in all sizes.
pub(super) struct PreparedItem {
    pub(super) first: Prepared,
    /// Those of the other sizes; none of a one-of-one.
    pub(super) more: Vec<Prepared>,
}

impl PreparedItem {
    fn of(first: Prepared) -> Self {
        Self { first, more: Vec::new() }
    }
}

/// A batch of items whose spans are being made.
struct BegunBatch {
    items: Range<usize>,
    /// Indices of one-of-ones, which have no spans.
    ones: Vec<usize>,
    first: Begun,
    /// Those of the other sizes.
    more: Vec<Begun>,
}

/// Who makes the spans of a batch.
enum Making<'t> {
    /// The driver, once it comes to it; the back end may load these ahead.
    Here(Vec<Band>),
    /// Another thread.
    There(ScopedJoinHandle<'t, Result<(), Error>>),
}

/// One run, as all of its threads see it.
pub(super) struct Pressing<'r> {
    pub(super) pipeline: Pipeline<'r>,
    pub(super) plan: &'r Plan,
    sink: &'r dyn Sink,
    pub(super) observer: &'r dyn Observer,
    run: Arc<Run>,
    pub(super) texts: MetadataTexts<'r>,
    pub(super) checksums: Checksums,
    /// The size whose pictures are compared: the largest.
    pub(super) compared: usize,
    /// The first error; the others follow from it as a rule.
    failure: OnceLock<Error>,
}

impl Pipeline<'_> {
    /// Presses the items of `plan`; `kept` more were made before.
    ///
    /// # Errors
    /// The first error of the sink, the back end or an encoder, or that the observer cancelled the run.
    pub(crate) fn press(
        self,
        plan: &Plan,
        kept: u64,
        sink: &dyn Sink,
        observer: &dyn Observer,
    ) -> Result<Done, Error> {
        let total = kept + plan.len() as u64;
        let run = self.telemetry.begin_run(total, kept, self.budget.cache_use());
        let texts = MetadataTexts::new(self.project);
        let pressing = Pressing {
            pipeline: self,
            plan,
            sink,
            observer,
            run,
            texts,
            checksums: Checksums::default(),
            compared: self.outputs.largest().0,
            failure: OnceLock::new(),
        };
        let presser = &self.outputs.first.presser;
        let mut forecast =
            RunForecast::new(self.prefetcher, presser, self.project, plan, self.settings.prefetch);
        let quarters = pressing.drive(&mut forecast);
        let run = &pressing.run;
        run.end();
        let items = run.items.load(Relaxed);
        let done = kept + items;
        let checksums = pressing.checksums;
        match pressing.failure.into_inner() {
            Some(error) => Err(error),
            None if done < total => {
                self.budget.release_all();
                Err(Cancelled { done, total }.into())
            }
            None => {
                let (bytes, batches) = (run.bytes.load(Relaxed), run.batches.load(Relaxed));
                Ok(Done { items, bytes, batches, predictor: forecast.stats(), quarters, checksums })
            }
        }
    }
}

impl Pressing<'_> {
    /// Presses batch by batch until all items are made, one failed or the observer cancelled. Gives the bytes of memory
    /// held after each quarter.
    fn drive(&self, forecast: &mut RunForecast<'_>) -> Vec<u64> {
        let Pipeline { outputs, .. } = self.pipeline;
        let pool = outputs.first.presser.pool();
        let gate = Gate::new(2 * pool.current_num_threads() + 1);
        pool.in_place_scope(|scope| {
            let hand_over = |pictures: Vec<PreparedItem>, group: usize| {
                self.hand_over(scope, &gate, pictures, group);
            };
            std::thread::scope(|threads| {
                // A pool without digests takes spans, and no file.
                let needs_files = self.pipeline.pool.is_none_or(PoolSink::needs_files);
                if !needs_files || !outputs.each().any(|output| output.presser.joins()) {
                    return self.drive_batches(threads, forecast, &hand_over);
                }
                // One batch is joined while the next waits.
                let (to_join, joining) = sync_channel(1);
                let hand_over = &hand_over;
                threads.spawn(move || self.join_batches(&joining, hand_over));
                self.drive_batches(threads, forecast, &|pictures, group| {
                    let _ = to_join.send((pictures, group));
                })
            })
        })
    }

    /// Begins and finishes batches; `then` gets the pictures of each, and in what groups they are written.
    fn drive_batches<'t>(
        &'t self,
        threads: &'t std::thread::Scope<'t, '_>,
        forecast: &mut RunForecast<'_>,
        then: &dyn Fn(Vec<PreparedItem>, usize),
    ) -> Vec<u64> {
        let Pipeline { outputs, budget, settings, .. } = self.pipeline;
        let presser = &outputs.first.presser;
        let (plan, sink, run) = (self.plan, self.sink, &*self.run);
        let mut encode_batch = settings.encode_batch;
        let mut quarters = Vec::new();
        let pixels = presser.art().grid.size().pixels();
        let mut batch = Batch::new(settings.batch, pixels, budget.span_budget(), presser.failures());
        let mut schedule = CleanUpSchedule::new(settings.cleanup_every);
        budget.begin_run();
        let mut next = 0;
        let mut on_their_way: VecDeque<(Arc<BegunBatch>, Making<'_>)> = VecDeque::new();
        while self.goes_on() {
            if next < plan.len() {
                let items = next..plan.len().min(next + batch.size());
                next = items.end;
                let before = on_their_way.back().map(|(begun, _)| &**begun);
                let (begun, bands) = self.begin(items, batch.size(), forecast, before);
                let begun = Arc::new(begun);
                let overlaps = presser.overlaps();
                let making = if overlaps {
                    let begun = begun.clone();
                    Making::There(threads.spawn(move || self.make(&begun, bands)))
                } else {
                    Making::Here(bands)
                };
                on_their_way.push_back((begun, making));
                if next < plan.len() && on_their_way.len() <= usize::from(overlaps) {
                    continue;
                }
            }
            let Some((begun, making)) = on_their_way.pop_front() else { break };
            let made = match making {
                Making::Here(bands) => self.make(&begun, bands),
                Making::There(thread) => {
                    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                }
            };
            if let Err(error) = made {
                let _ = self.failure.set(error);
                break;
            }
            let begun = Arc::into_inner(begun).expect("the thread that made it has ended");
            let (items, end) = (begun.items.len(), begun.items.end);
            let upcoming = Upcoming { plan, items: presser.items(), from: end };
            let pictures = self.finish(begun, upcoming);
            let short = budget.make_room_if_short();
            if short {
                encode_batch = (encode_batch / 2).max(1);
            }
            batch.adapt(run.bytes.load(Relaxed), run.items.load(Relaxed), presser.failures(), short);
            if schedule.is_due(items, budget.is_nearly_used()) {
                budget.clean_up(Some(upcoming), sink.clean_up());
            }
            // A quarter of the run, half of it, and so on.
            while quarters.len() < 4 && end * 4 >= plan.len() * (quarters.len() + 1) {
                quarters.push(memory::resident().unwrap_or(0));
            }
            then(pictures, encode_batch);
        }
        quarters
    }

    /// Whether nothing failed and nobody wants the run to stop.
    fn goes_on(&self) -> bool {
        self.failure.get().is_none() && !self.observer.is_cancelled()
    }

    /// Has the back end join the pictures of each batch.
    fn join_batches(
        &self,
        batches: &Receiver<(Vec<PreparedItem>, usize)>,
        then: &dyn Fn(Vec<PreparedItem>, usize),
    ) {
        for (mut pictures, group) in batches {
            match self.join(&mut pictures) {
                Ok(()) => then(pictures, group),
                Err(error) => _ = self.failure.set(error),
            }
        }
    }

    /// Has pictures written by the threads of the pool, group by group.
    fn hand_over<'s>(
        &'s self,
        scope: &rayon::Scope<'s>,
        gate: &'s Gate,
        pictures: Vec<PreparedItem>,
        group: usize,
    ) {
        let mut pictures = pictures.into_iter();
        loop {
            let group: Vec<PreparedItem> = pictures.by_ref().take(group).collect();
            // Pictures that wait for a thread would take a while where whole pictures are encoded.
            if group.is_empty() || self.observer.is_cancelled() {
                break;
            }
            if self.sink.is_behind() {
                gate.wait_for_all();
            }
            let ticket = gate.enter();
            self.run.batches.fetch_add(1, Relaxed);
            scope.spawn(move |_| {
                let _ticket = ticket;
                self.write_group(&group);
            });
        }
    }

    /// Cuts the items at these indices; `ahead` items after them are predicted. Gives what the back end may load ahead, too.
    fn begin(
        &self,
        items: Range<usize>,
        ahead: usize,
        forecast: &mut RunForecast<'_>,
        before: Option<&BegunBatch>,
    ) -> (BegunBatch, Vec<Band>) {
        let plan = self.plan;
        let end = items.end;
        let is_one = |index: &usize| plan.one(*index).is_some();
        let (ones, drawn): (Vec<usize>, Vec<usize>) = items.clone().partition(is_one);
        let rows: Vec<(usize, &[u16])> = drawn.into_iter().map(|index| (index, plan.traits(index))).collect();
        let after: Vec<&[u16]> = (end..plan.len().min(end + ahead)).map(|index| plan.traits(index)).collect();
        let bands = forecast.after(&rows, ones.len(), &after);
        let Outputs { first: Output { presser, .. }, more } = self.pipeline.outputs;
        let first = presser.begin(&rows, before.map(|before| &before.first));
        let of_size = |(number, output): (usize, &Output)| {
            output.presser.begin(&rows, before.map(|before| &before.more[number]))
        };
        let more = more.iter().enumerate().map(of_size).collect();
        (BegunBatch { items, ones, first, more }, bands)
    }

    /// Makes the spans of a batch.
    fn make(&self, begun: &BegunBatch, bands: Vec<Band>) -> Result<(), Error> {
        let Outputs { first: Output { presser, .. }, more } = self.pipeline.outputs;
        presser.make(&begun.first, bands)?;
        more.iter().zip(&begun.more).try_for_each(|(output, begun)| output.presser.make(begun, Vec::new()))
    }

    /// Puts the pictures of a batch together whose spans were made.
    fn finish(&self, begun: BegunBatch, upcoming: Upcoming<'_>) -> Vec<PreparedItem> {
        let Outputs { first: Output { presser, .. }, more } = self.pipeline.outputs;
        let first = presser.finish(begun.first, Some(upcoming));
        let mut prepared: Vec<PreparedItem> = first.into_iter().map(PreparedItem::of).collect();
        for (Output { presser, .. }, begun) in more.iter().zip(begun.more) {
            let size = presser.finish(begun, Some(upcoming));
            prepared.iter_mut().zip(size).for_each(|(item, picture)| item.more.push(picture));
        }
        prepared.extend(begun.ones.into_iter().map(|index| PreparedItem::of(Prepared::without_spans(index))));
        prepared.sort_by_key(|item| item.first.index);
        prepared
    }

    /// Has the back end join the pictures of a batch, in all sizes.
    fn join(&self, items: &mut [PreparedItem]) -> Result<(), Error> {
        let Outputs { first: Output { presser, .. }, more } = self.pipeline.outputs;
        presser.join_on_back_end(items.iter_mut().map(|item| &mut item.first))?;
        more.iter().enumerate().try_for_each(|(number, output)| {
            output.presser.join_on_back_end(items.iter_mut().filter_map(|item| item.more.get_mut(number)))
        })
    }

    /// Writes pictures one after the other. All are tried even if one fails: their spans are made already.
    fn write_group(&self, group: &[PreparedItem]) {
        for picture in group {
            if let Err(error) = self.write(picture) {
                let _ = self.failure.set(error);
            }
        }
    }

    /// Makes the files of an item's pictures and hands them to the sink.
    fn write(&self, item: &PreparedItem) -> Result<(), Error> {
        if let Some(pool) = self.pipeline.pool {
            return self.write_to_pool(item, pool);
        }
        let Pipeline { project, outputs, telemetry, .. } = self.pipeline;
        let Outputs { first: Output { presser, ones }, more } = outputs;
        let plan = self.plan;
        let index = item.first.index;
        let (edition, one) = (plan.edition(index), plan.one(index));
        let make = |presser: &SpanPresser,
                    ones: &OnePresser,
                    picture: Option<&Prepared>,
                    file: &mut Vec<u8>| {
            match (one, picture) {
                (Some(number), _) => {
                    *file = ones.encode(project, number)?;
                    Ok(file.len())
                }
                (None, picture) => {
                    let picture = picture.expect("an item is prepared in every size");
                    presser.write_picture(picture, plan.traits(index), file)
                }
            }
        };
        let len = presser.with_files(1 + more.len(), |files| {
            let [file, other_files @ ..] = files else { unreachable!("there is a first size") };
            let len = make(presser, ones, Some(&item.first), file)?;
            let picture = &file[..len];
            let mut others: Vec<&[u8]> = Vec::with_capacity(more.len());
            for ((number, output), file) in more.iter().enumerate().zip(other_files) {
                let len = make(&output.presser, &output.ones, item.more.get(number), file)?;
                others.push(&file[..len]);
            }
            if one.is_none() {
                let compared = if self.compared == 0 { picture } else { others[self.compared - 1] };
                self.checksums.add(edition, project.picture_format, compared);
            }
            telemetry.stages.time(Stage::Write, || {
                let mut metadata = Vec::new();
                self.texts.write_item(plan, index, &mut metadata);
                let item = FinishedItem { index, edition, picture, more: &others, metadata: &metadata };
                self.sink.write(item).map_err(sink_failed)?;
                self.observer.finished(item);
                Ok::<_, Error>(())
            })?;
            Ok::<_, Error>(len + others.iter().map(|file| file.len()).sum::<usize>())
        })?;
        self.count(len as u64);
        Ok(())
    }

    /// An item of so many bytes is finished.
    pub(super) fn count(&self, bytes: u64) {
        let run = &self.run;
        run.bytes.fetch_add(bytes, Relaxed);
        let done = run.items.fetch_add(1, Relaxed) + 1;
        self.observer.items(run.kept + done, run.total);
    }
}

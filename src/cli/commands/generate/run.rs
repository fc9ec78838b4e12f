//! The run of a checked job: the art is read, the items are pressed, and the results are reported.

use std::io::Write as _;
use std::path::Path;

use traitpress::engine::{ContinuedRun, Engine};
use traitpress::files::write_file;
use traitpress::finished::{Previewed, Previews};
use traitpress::telemetry::{BackendUse, Observer, Stats};

use super::job::{GenerateJob, Run};
use super::stopped::{how_to_go_on, stopped};
use crate::cli::collection::WrittenCollection;
use crate::cli::failure::Failure;
use crate::cli::measure::thousands;
use crate::cli::print::{self, errln, outln};
use crate::cli::progress::events;
use crate::cli::project::{print_notes, refuse_warnings, warn};
use crate::cli::{shell, summary};

impl GenerateJob {
    /// Reads the art, and presses the collection.
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self { project, options, run } = self;
        let engine = match &run.continued {
            Some(continued) => Engine::for_run(project, continued, options)?,
            None => Engine::new(project, options)?,
        };
        warn(&engine.art().warnings);
        print_notes(&engine.art().notes);
        refuse_warnings(run.strict, engine.art().warnings.len())?;
        if let Some(why) = engine.backend_warning() {
            errln!("warning: {why}; the CPU composites instead, with the same bytes");
        }
        if let Some(file) = run.patterns.as_deref().filter(|file| file.exists()) {
            engine.load_patterns(file)?;
        }
        let finished = match run.shards {
            Some(_) => run.make_shards(&engine),
            None => run.finish(&engine),
        };
        // The process ends, and its memory with it: freeing some 100,000 spans one by one was 2 % of the time of small pictures.
        // A GPU is let go in an orderly way.
        if matches!(engine.stats().backend, BackendUse::Cpu) {
            std::mem::forget(engine);
        }
        finished
    }
}

impl Run {
    /// Presses the collection, writes the files beside it, and reports it.
    fn finish(mut self, engine: &Engine) -> Result<(), Failure> {
        let (mut stats, collection) = self.press(engine)?;
        stats.seconds.select = self.items.seconds;
        stats.selection = self.items.search;
        stats.end(self.start);
        if let Some(file) = &self.stats {
            write_stats(&stats, file)?;
        }
        if let Some(file) = &self.patterns {
            engine.save_patterns(file)?;
        }
        let previews = self.previews.take();
        let previewed = self.interrupt.or_end(|| previews.map(Previews::finish).transpose())?;
        let equal =
            summary::equal_items(&stats.equal_items, stats.equal_unchecked, self.items.plan.len() as u64);
        if let Some(equal) = equal.as_ref().filter(|_| !self.strict) {
            errln!("warning: {equal}");
        }
        self.report(engine, &stats, &collection, previewed);
        if let Some(equal) = equal.filter(|_| self.strict) {
            return Err(Failure::Other(equal));
        }
        print::all_is_received("the collection is complete")
    }

    /// Presses all items; a signal stops it between two batches.
    fn press(&self, engine: &Engine) -> Result<(Stats, WrittenCollection), Failure> {
        let Self { progress, interrupt, destination, items, .. } = self;
        let observer = (progress, interrupt);
        let previewing = self.previews.as_ref().map(|previews| previews.observe(&observer));
        let observer = previewing.as_ref().map_or(&observer as &dyn Observer, |previewing| previewing);
        let continued = self.continued.as_ref();
        let earlier = continued.map(ContinuedRun::count_before);
        progress.report_start(engine, &items.plan, destination.path(), earlier);
        let press = || destination.press(engine, &items.plan, continued, self.folder_options, observer);
        let pressed = interrupt.during(&how_to_go_on(self), || progress.show(engine, press));
        pressed.map_err(|error| stopped(error, self))
    }

    /// Prints the summary, or the last event.
    fn report(
        &self,
        engine: &Engine,
        stats: &Stats,
        collection: &WrittenCollection,
        previewed: Option<Previewed>,
    ) {
        if let Some(previewed) = &previewed {
            events::emit(&events::Body::preview(&previewed.sheet, None));
        }
        summary::warn_of_setbacks(stats);
        let advice = summary::advice::advise(stats, engine.art().grid.size().pixels());
        if self.progress.is_for_programs() {
            events::emit(&events::done(stats, &self.items.plan, collection, &advice));
            return;
        }
        if print::is_verbose() {
            summary::print(stats, collection, &advice);
        } else {
            let sheet =
                self.destination.folder().map(|out| format!("traitpress sheet {}", shell::quoted(out)));
            let next = sheet.filter(|_| self.items.first_of.is_none());
            summary::print_short(stats, collection, next.as_deref());
        }
        if let Some(of) = self.items.first_of {
            let items = thousands(self.items.plan.len() as u64);
            outln!(
                "a trial: the first {items} of {} items; the same command with --resume instead of --first \
                 makes the others",
                thousands(of)
            );
        }
        if let Some(previewed) = previewed {
            let (thumbnails, sheet) = (previewed.thumbnails as u64, previewed.sheet);
            outln!(
                "previews: {} thumbnails, and a sheet of them, {}",
                thousands(thumbnails),
                sheet.display()
            );
        }
    }
}

fn write_stats(stats: &Stats, file: &Path) -> Result<(), Failure> {
    let mut json = serde_json::to_vec_pretty(stats).map_err(|e| Failure::Other(e.to_string()))?;
    json.push(b'\n');
    write_file(file, true, |out| out.write_all(&json)).map_err(|e| {
        Failure::Other(format!(
            "{}: cannot write the statistics: {e}; the collection is complete",
            file.display()
        ))
    })
}

//! Runs that are stopped from another thread, and taken up by the same library.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use traitpress::engine::{Engine, FolderOptions, PressOptions, Pressed, RunRequest, continue_run};
use traitpress::error::{Cancelled, ErrorKind};
use traitpress::output::SinkError;
use traitpress::telemetry::{CancelToken, FinishedItem, Observer};

use crate::common::canvas::Canvas;
use crate::common::press::choose;
use crate::common::sketch::{LayerSketch, Sketch};

/// Stops the run when so many items are done.
struct After<'a> {
    items: u64,
    token: &'a CancelToken,
    seen: AtomicU64,
}

impl Observer for After<'_> {
    fn items(&self, done: u64, total: u64) {
        assert!(done <= total);
        self.seen.fetch_max(done, Relaxed);
        if done >= self.items {
            self.token.cancel();
        }
    }
}

fn project() -> tempfile::TempDir {
    let patch = |n: u32| Canvas::empty(80, 70).rect([5 * n, 3 * n], [30, 30], [(30 * n) as u8, 9, 200, 255]);
    let layers = [LayerSketch::new((0..8).map(patch)), LayerSketch::new((0..8).map(patch))];
    Sketch::new([80, 70], layers).write()
}

fn options() -> PressOptions {
    let number = std::num::NonZeroUsize::new;
    PressOptions::new().with_threads(number(3)).with_batch(number(2))
}

/// What a run that was stopped says of itself.
fn cancelled<T>(outcome: Result<T, traitpress::Error>) -> Cancelled {
    let error = outcome.err().expect("the run was stopped");
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error:?}");
    *error.downcast_ref().expect("the numbers of the run")
}

#[test]
fn a_token_stops_a_run_which_lets_go_of_everything_and_can_be_taken_up() {
    let dir = project();
    let (whole, out) = (dir.path().join("whole"), dir.path().join("out"));
    let engine = Engine::open_with(dir.path(), options()).unwrap();
    let plan = choose(&engine, 5, 60);
    engine.press(&plan).to_folder(&whole).unwrap();

    let token = CancelToken::new();
    let after = After { items: 10, token: &token, seen: AtomicU64::new(0) };
    let stopped = engine.press(&plan).with_observer(&(&after, &token)).to_folder(&out);
    let Cancelled { done, total } = cancelled(stopped);
    assert!((10..60).contains(&done) && total == 60, "{done} of {total}");
    assert_eq!(done, after.seen.load(Relaxed), "every finished item was told");
    assert_eq!(fs::read_dir(out.join("images")).unwrap().count() as u64, done);
    assert_eq!(fs::read_dir(out.join(".traitpress")).unwrap().count(), 1, "only the journal is left");
    // A token stays what it is: nothing more is made with it.
    let again = engine.press(&plan).with_observer(&token).to_folder(dir.path().join("none"));
    assert_eq!(cancelled(again).done, 0);
    let project = engine.project().clone();
    let run = continue_run(&out, &project, RunRequest::resume()).unwrap().expect("a run was begun");
    assert_eq!((run.plan(), run.count_before(), run.folder()), (&plan, 60, &*out));
    let engine = Engine::for_run(project, &run, options()).unwrap();
    let Pressed { stats, collection, .. } = engine.press_run(&run, FolderOptions::new(), &()).unwrap();
    assert_eq!((stats.kept, stats.items), (done, 60 - done));
    assert_eq!(fs::read(out.join("manifest.json")).unwrap(), fs::read(whole.join("manifest.json")).unwrap());
    assert_eq!(collection.folder, out);
}

#[test]
fn what_is_on_its_way_reaches_the_sink_of_the_caller() {
    let dir = project();
    let engine = Engine::open_with(dir.path(), options()).unwrap();
    let plan = choose(&engine, 5, 60);
    let token = CancelToken::new();
    let taken = AtomicU64::new(0);
    let sink = |item: FinishedItem<'_>| -> Result<(), SinkError> {
        assert!(image::load_from_memory(item.picture).is_ok());
        if taken.fetch_add(1, Relaxed) == 20 {
            token.cancel();
        }
        Ok(())
    };
    let stopped = cancelled(engine.press(&plan).with_observer(&token).to_sink(&sink));
    assert_eq!(stopped, Cancelled { done: taken.load(Relaxed), total: 60 });
    // The engine is as good as new.
    let all = AtomicU64::new(0);
    let sink = |_: FinishedItem<'_>| -> Result<(), SinkError> {
        all.fetch_add(1, Relaxed);
        Ok(())
    };
    engine.press(&plan).to_sink(&sink).unwrap();
    assert_eq!(all.into_inner(), 60);
}

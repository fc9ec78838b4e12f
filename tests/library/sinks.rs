//! Sinks that take items, refuse them, or fall over.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use tempfile::TempDir;
use traitpress::engine::{EncodingMode, Engine};
use traitpress::output::{Archive, ArchiveError, Sink, SinkError, SinkFailed};
use traitpress::selection::Choose;
use traitpress::telemetry::FinishedItem;

use crate::common::canvas::Canvas;
use crate::common::press::{Gpu, Setting, choose, open};
use crate::common::sketch::{LayerSketch, Sketch};
use crate::common::walker::walk;

const ITEMS: usize = 40;

/// An engine and the folder of its project; 49 items are possible.
fn engine(setting: Setting) -> (TempDir, Engine) {
    let patch = |n: u32| Canvas::empty(80, 70).rect([5 * n, 3 * n], [30, 30], [(30 * n) as u8, 9, 200, 200]);
    let layers = [LayerSketch::new((0..7).map(patch)), LayerSketch::new((7..14).map(patch))];
    let dir = Sketch::new([80, 70], layers).write();
    let engine = open(dir.path(), EncodingMode::Spans, setting);
    (dir, engine)
}

fn settings() -> impl Iterator<Item = Setting> {
    [(1, None, 5), (2, Some(1), 1), (4, Some(3), 64), (1, Some(40), 1)]
        .map(|(threads, batch, encode_batch)| Setting {
            threads,
            batch,
            encode_batch,
            cache: None,
            gpu: Gpu::No,
        })
        .into_iter()
}

/// Runs `work` and fails if it does not come to an end.
fn in_time(work: impl FnOnce() + Send + 'static) {
    let (done, wait) = channel();
    let thread = std::thread::spawn(move || {
        work();
        // Nobody listens any more if this took too long.
        let _ = done.send(());
    });
    let waited = wait.recv_timeout(Duration::from_secs(60));
    assert!(waited != Err(std::sync::mpsc::RecvTimeoutError::Timeout), "pressing hangs");
    thread.join().expect("the work succeeds");
}

#[test]
fn a_closure_gets_every_item_exactly_once() {
    in_time(|| {
        for setting in settings() {
            let (_dir, engine) = engine(setting);
            let plan = engine.choose(Choose::new(ITEMS as u32).with_seed(5).with_start(100)).unwrap();
            let taken = Mutex::new(Vec::new());
            let sink = |item: FinishedItem<'_>| {
                walk(item.picture)?;
                let document: serde_json::Value = serde_json::from_slice(item.metadata)?;
                assert_eq!(document["edition"], item.edition);
                taken.lock().unwrap().push((item.index, item.edition));
                Ok(())
            };
            let stats = engine.press(&plan).to_sink(&sink).unwrap();
            assert_eq!(stats.items, ITEMS as u64);
            let mut taken = taken.into_inner().unwrap();
            taken.sort_unstable();
            let expected: Vec<(usize, u32)> = (0..ITEMS).map(|index| (index, 100 + index as u32)).collect();
            assert_eq!(taken, expected, "{setting:?}");
        }
    });
}

#[test]
fn an_error_of_the_sink_stops_the_run_and_is_returned() {
    in_time(|| {
        for setting in settings() {
            let (_dir, engine) = engine(setting);
            let plan = choose(&engine, 5, ITEMS as u32);
            for failing in [0, 1, 17, ITEMS - 1] {
                let taken = Mutex::new(HashSet::new());
                let sink = |item: FinishedItem<'_>| {
                    if item.index == failing {
                        return Err(format!("no room for item {failing}").into());
                    }
                    assert!(taken.lock().unwrap().insert(item.index), "item {} came twice", item.index);
                    Ok(())
                };
                let error = engine.press(&plan).to_sink(&sink).unwrap_err();
                assert!(error.downcast_ref::<SinkFailed>().is_some(), "{error:?}");
                assert_eq!(error.to_string(), format!("no room for item {failing}"));
                assert!(!taken.into_inner().unwrap().contains(&failing));
            }
            // The engine is as good as new.
            let count = AtomicUsize::new(0);
            let sink = |_: FinishedItem<'_>| {
                count.fetch_add(1, Ordering::Relaxed);
                Ok(())
            };
            engine.press(&plan).to_sink(&sink).unwrap();
            assert_eq!(count.into_inner(), ITEMS);
        }
    });
}

#[test]
fn a_sink_that_refuses_everything_ends_the_run_early() {
    in_time(|| {
        let (_dir, engine) =
            engine(Setting { threads: 1, batch: Some(1), encode_batch: 1, cache: None, gpu: Gpu::No });
        let plan = choose(&engine, 5, ITEMS as u32);
        let asked = AtomicUsize::new(0);
        let sink = |_: FinishedItem<'_>| {
            asked.fetch_add(1, Ordering::Relaxed);
            Err("full".into())
        };
        assert!(engine.press(&plan).to_sink(&sink).is_err());
        // What was on its way when the first item failed is still offered: a few groups, not the rest of the plan.
        let asked = asked.into_inner();
        assert!((1..=8).contains(&asked), "{asked} items were offered");
    });
}

#[test]
fn a_panic_of_the_sink_reaches_the_caller() {
    in_time(|| {
        for setting in settings() {
            let (_dir, engine) = engine(setting);
            let plan = choose(&engine, 5, ITEMS as u32);
            let sink = |item: FinishedItem<'_>| {
                assert!(item.index != 17, "the sink falls over (this message is part of a test)");
                Ok(())
            };
            let outcome = catch_unwind(AssertUnwindSafe(|| engine.press(&plan).to_sink(&sink).map(|_| ())));
            assert!(outcome.is_err());
            assert!(walk(&engine.render(&plan.item(17)).unwrap()).is_ok(), "the engine still works");
        }
    });
}

/// Takes notes, and never has enough time.
struct Slow(Mutex<Vec<usize>>);

impl Sink for Slow {
    fn write(&self, item: FinishedItem<'_>) -> Result<(), SinkError> {
        // The later an item of its group, the sooner it would be here, if the groups were not waited for.
        std::thread::sleep(Duration::from_millis(if item.index.is_multiple_of(4) { 3 } else { 0 }));
        self.0.lock().unwrap().push(item.index);
        Ok(())
    }

    fn is_behind(&self) -> bool {
        true
    }
}

#[test]
fn a_sink_that_is_behind_gets_one_group_at_a_time() {
    in_time(|| {
        for setting in settings() {
            let (_dir, engine) = engine(setting);
            let plan = choose(&engine, 5, ITEMS as u32);
            let sink = Slow(Mutex::default());
            engine.press(&plan).to_sink(&sink).unwrap();
            assert!(sink.0.into_inner().unwrap().into_iter().eq(0..ITEMS), "{setting:?}");
        }
    });
}

#[test]
fn an_archive_is_the_same_whatever_the_threads_and_its_writer_may_fail() {
    in_time(|| {
        let mut first: Option<Vec<u8>> = None;
        for setting in settings() {
            let (_dir, engine) = engine(setting);
            let plan = choose(&engine, 5, ITEMS as u32);
            let mut tar = Vec::new();
            engine.press(&plan).to_archive(Archive::tar(&mut tar)).unwrap();
            assert!(tar == *first.get_or_insert_with(|| tar.clone()), "{setting:?}");
            for room in [0, 600, tar.len() / 2, tar.len() - 1] {
                let mut short = vec![0; room];
                let archive = Archive::tar(&mut short[..]).named("a small box");
                let error = engine.press(&plan).to_archive(archive).unwrap_err();
                assert!(error.downcast_ref::<ArchiveError>().is_some(), "{error:?}");
                assert!(error.to_string().starts_with("a small box: cannot write the archive"), "{error}");
                assert!(short == tar[..room], "what was written is its beginning");
            }
        }
    });
}

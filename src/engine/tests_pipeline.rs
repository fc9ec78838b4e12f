//! The pipeline and its predictions without an engine.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::compositor::Band;
use crate::engine::prefetch::{PrefetchSource, Prefetcher, RunForecast};
use crate::engine::testing::{PartSettings, Parts, all_rows};
use crate::error::Cancelled;
use crate::output::SinkError;
use crate::plan::Plan;
use crate::telemetry::{FinishedItem, Observer};
use crate::threads::lock;

#[test]
fn a_plan_becomes_the_files_of_its_items() {
    let (parts, rows) = (Parts::new(PartSettings::default()), all_rows());
    let plan = Plan::of_rows(&parts.project, &rows).unwrap();
    let prefetcher = Prefetcher::new(&parts.project, PrefetchSource::Plan, (false, false), false);
    let files = Mutex::new(BTreeMap::new());
    let sink = |item: FinishedItem<'_>| -> Result<(), SinkError> {
        lock(&files).insert(item.index, item.picture.to_vec());
        Ok(())
    };
    let done = parts.pipeline(&prefetcher).press(&plan, 2, &sink, &()).unwrap();
    let files = lock(&files);
    assert_eq!(done.items, 18);
    // Pairs of pictures, or single ones where memory is short.
    assert!((9..=18).contains(&done.batches), "{}", done.batches);
    assert_eq!(done.bytes, files.values().map(|file| file.len() as u64).sum::<u64>());
    assert_eq!((done.quarters.len(), done.predictor), (4, None));
    let other = Parts::new(PartSettings::default());
    assert!(rows.iter().zip(files.values()).all(|(row, file)| other.file(row) == *file));
    let run = parts.telemetry.run();
    assert_eq!((run.kept, run.total), (2, 20));
    assert!(lock(&parts.telemetry.released).cleanups > 0);
}

#[test]
fn the_first_error_of_the_sink_is_given_and_a_cancelled_run_says_how_far_it_came() {
    let parts = Parts::new(PartSettings::default());
    let plan = Plan::of_rows(&parts.project, &all_rows()).unwrap();
    let prefetcher = Prefetcher::new(&parts.project, PrefetchSource::Plan, (false, false), false);
    let full = |_: FinishedItem<'_>| -> Result<(), SinkError> { Err("full".into()) };
    let error = parts.pipeline(&prefetcher).press(&plan, 0, &full, &()).unwrap_err();
    assert!(error.to_string().contains("full"), "{error:?}");
    struct Stopping;
    impl Observer for Stopping {
        fn is_cancelled(&self) -> bool {
            true
        }
    }
    let sink = |_: FinishedItem<'_>| -> Result<(), SinkError> { Ok(()) };
    let error = parts.pipeline(&prefetcher).press(&plan, 3, &sink, &Stopping).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&Cancelled { done: 3, total: 21 }), "{error:?}");
    assert_eq!(parts.budget.cache_use().bytes, 0, "what was kept for later items is released");
}

#[test]
fn nothing_is_predicted_or_recorded_where_nothing_is_loaded() {
    let (parts, rows) = (Parts::new(PartSettings::default()), all_rows());
    let plan = Plan::of_rows(&parts.project, &rows).unwrap();
    for (loads, records) in [(false, false), (false, true), (true, false)] {
        for source in [PrefetchSource::Plan, PrefetchSource::History] {
            let prefetcher = Prefetcher::new(&parts.project, source, (loads, false), records);
            let mut forecast = RunForecast::new(&prefetcher, parts.presser(), &parts.project, &plan, source);
            let mut bands = 0;
            for (index, row) in rows.iter().enumerate() {
                let after: Vec<&[u16]> = rows[index + 1..].iter().take(1).map(|row| &row[..]).collect();
                bands += forecast.after(&[(index, row)], 0, &after).len();
            }
            let stats = forecast.stats().unwrap_or_else(|| prefetcher.stats());
            assert_eq!(bands > 0, loads, "{source:?}");
            assert_eq!(stats.attempted > 0, loads, "{source:?}");
            let recorded = prefetcher.stats().history;
            assert_eq!(recorded, if loads || records { rows.len() } else { 0 }, "{source:?}");
        }
    }
}

#[test]
fn guesses_come_from_the_items_observed_and_only_where_they_are_loaded() {
    let (parts, rows) = (Parts::new(PartSettings::default()), all_rows());
    for loads in [true, false] {
        let prefetcher = Prefetcher::new(&parts.project, PrefetchSource::History, (loads, false), false);
        rows.iter().for_each(|row| prefetcher.observe(row));
        assert_eq!(prefetcher.stats().history, rows.len(), "single pictures are always recorded");
        let bands = prefetcher.guess(3);
        assert_eq!(bands.is_empty(), !loads);
        assert_eq!(prefetcher.stats().attempted, u64::from(loads));
        assert!(bands.chunks(3).all(|rows| rows.iter().all(|band| band.id == rows[0].id)));
    }
}

#[test]
fn the_plan_loads_what_the_next_items_need_and_the_cache_does_not_hold() {
    let parts = Parts::new(PartSettings::default());
    let rows = [vec![0, 0, 0], vec![1, 1, 1]];
    let plan = Plan::of_rows(&parts.project, &rows).unwrap();
    let needed = || {
        let prefetcher = Prefetcher::new(&parts.project, PrefetchSource::History, (true, false), false);
        let mut forecast =
            RunForecast::new(&prefetcher, parts.presser(), &parts.project, &plan, PrefetchSource::Plan);
        forecast.after(&[(0, &rows[0])], 0, &[&rows[1]])
    };
    // The hat lies in the upper tile row over the back; the face in all three.
    let band = |id, row| Band { id, row };
    let mut bands = needed();
    bands.sort_by_key(|band| (band.row, band.id));
    assert_eq!(bands, [band(1, 0), band(3, 0), band(6, 0), band(1, 1), band(3, 1), band(1, 2), band(3, 2)]);
    parts.file(&rows[1]);
    assert_eq!(needed(), [], "every span is compressed already");
}

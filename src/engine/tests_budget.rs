//! The memory budget without an engine.

use crate::engine::budget::CleanUpSchedule;
use crate::engine::cache::WINDOW;
use crate::engine::testing::{PartSettings, Parts, all_rows};
use crate::engine::upcoming::Upcoming;
use crate::plan::Plan;
use crate::threads::lock;

/// Bytes that the spans of all items take.
fn all_bytes() -> u64 {
    let parts = Parts::new(PartSettings::default());
    all_rows().iter().for_each(|row| _ = parts.file(row));
    parts.budget.cache_use().bytes
}

#[test]
fn clean_ups_come_in_time_and_sooner_when_a_budget_is_nearly_used() {
    let mut schedule = CleanUpSchedule::new(50);
    let due: Vec<bool> = (0..12).map(|_| schedule.is_due(10, false)).collect();
    assert_eq!(due.iter().filter(|due| **due).count(), 2);
    assert!(due[4] && due[9]);
    assert!((0..3).all(|_| schedule.is_due(9, true)), "every eight items, or every batch that is larger");
    assert!(!schedule.is_due(7, true) && schedule.is_due(1, true));
    let mut often = CleanUpSchedule::new(1);
    assert!(often.is_due(1, false) && often.is_due(1, true));
}

#[test]
fn a_clean_up_drops_old_spans_only_where_the_budget_is_nearly_used() {
    let bytes = all_bytes();
    // Joined tile rows are only kept where the budget is not nearly used, so less than all bytes are held.
    for (cache, tight) in [(bytes, true), (bytes * 2, false)] {
        let parts = Parts::new(PartSettings { cache, ..PartSettings::default() });
        let rows = all_rows();
        rows.iter().for_each(|row| _ = parts.file(row));
        // One item again and again, until the spans of the others are old.
        (0..=WINDOW).for_each(|_| _ = parts.file(&rows[0]));
        assert_eq!(parts.budget.is_nearly_used(), tight);
        let before = parts.budget.cache_use();
        parts.budget.clean_up(None, 3);
        let (after, released) = (parts.budget.cache_use(), *lock(&parts.telemetry.released));
        assert_eq!((released.cleanups, released.files, released.shortages), (1, 3, 0));
        assert_eq!(before.entries - after.entries, released.spans);
        assert_eq!(released.spans > 0, tight);
        assert!(!parts.budget.is_nearly_used());
        // The spans in use are still there.
        let pressed = parts.budget.cache_use().misses;
        parts.file(&rows[0]);
        assert_eq!(parts.budget.cache_use().misses, pressed);
    }
}

#[test]
fn spans_that_the_plan_needs_next_survive_a_clean_up() {
    let rows = all_rows();
    let parts = Parts::new(PartSettings { cache: all_bytes() * 9 / 8, ..PartSettings::default() });
    rows.iter().for_each(|row| _ = parts.file(row));
    (0..=WINDOW).for_each(|_| _ = parts.file(&rows[0]));
    let plan = Plan::of_rows(&parts.project, &rows).unwrap();
    parts.budget.clean_up(Some(Upcoming { plan: &plan, items: parts.presser().items(), from: 0 }), 0);
    assert_eq!(lock(&parts.telemetry.released).spans, 0, "the plan shows every span again");
}

#[test]
fn single_pictures_are_followed_by_a_clean_up_when_it_is_due() {
    let parts = Parts::new(PartSettings { cleanup_every: 3, ..PartSettings::default() });
    let cleanups: Vec<u64> = (0..7)
        .map(|_| {
            parts.budget.after_picture();
            lock(&parts.telemetry.released).cleanups
        })
        .collect();
    assert_eq!(cleanups, [0, 0, 1, 1, 1, 2, 2]);
}

#[test]
fn a_shortage_halves_the_cache_and_a_release_empties_it() {
    let parts = Parts::new(PartSettings::default());
    all_rows().iter().for_each(|row| _ = parts.file(row));
    let before = parts.budget.cache_use().bytes;
    parts.budget.make_room();
    assert!((1..=before / 2).contains(&parts.budget.cache_use().bytes));
    assert_eq!(lock(&parts.telemetry.released).shortages, 1);
    assert!(parts.telemetry.buffers.bytes() > 0);
    parts.budget.release_all();
    assert_eq!((parts.budget.cache_use().bytes, parts.budget.cache_use().entries), (0, 0));
    assert_eq!(parts.telemetry.buffers.bytes(), 0);
}

#[test]
fn memory_is_reported_by_system() {
    let parts = Parts::new(PartSettings::default());
    all_rows().iter().for_each(|row| _ = parts.file(row));
    let held = parts.budget.held(Some(7), true);
    assert!(held.art.now > 0 && held.pools.now > 0 && held.pools.peak >= held.pools.now);
    assert_eq!(held.span_cache.now, parts.budget.cache_use().bytes);
    assert_eq!(held.textures.map(|textures| textures.now), Some(7));
    assert_eq!(parts.budget.held(None, false).process, held.process, "read a moment ago");
}

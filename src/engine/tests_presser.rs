//! The span presser without an engine: rows of traits in, files out.

use crate::engine::testing::{PartSettings, Parts, all_rows, pixels_of};
use crate::engine::watch::Watch;
use crate::telemetry::{BackendUse, EncodingMode, Stats};

fn stats(parts: &Parts) -> Stats {
    let mut stats = Stats::default();
    parts.presser().add_stats(&mut stats);
    parts.budget.add_stats(&mut stats);
    stats
}

#[test]
fn files_show_what_whole_compositing_gives_joined_from_spans_or_whole() {
    for (plain, mode) in [(false, EncodingMode::Spans), (true, EncodingMode::Plain)] {
        let parts = Parts::new(PartSettings { plain, ..PartSettings::default() });
        assert_eq!((parts.presser().mode(), parts.recipe.encoder), (mode, mode));
        for row in all_rows() {
            assert!(pixels_of(&parts.file(&row)) == parts.expected_pixels(&row), "{mode:?} {row:?}");
        }
    }
}

#[test]
fn a_batch_makes_the_same_bytes_as_items_one_by_one() {
    let rows = all_rows();
    let one_by_one = Parts::new(PartSettings { keep_spans: false, ..PartSettings::default() });
    let together = Parts::new(PartSettings::default());
    let numbered: Vec<(usize, &[u16])> = rows.iter().map(|row| &row[..]).enumerate().collect();
    let prepared = together.presser().prepare(&numbered, Vec::new(), None, &Watch::default()).unwrap();
    assert_eq!(prepared.iter().map(|item| item.index).collect::<Vec<_>>(), (0..18).collect::<Vec<_>>());
    for (item, row) in prepared.iter().zip(&rows) {
        assert!(together.file_of(item, row) == one_by_one.file(row), "{row:?}");
    }
}

#[test]
fn each_different_span_is_made_once_while_the_cache_keeps_it() {
    let rows = all_rows();
    let (kept, unkept) = (
        Parts::new(PartSettings::default()),
        Parts::new(PartSettings { keep_spans: false, ..PartSettings::default() }),
    );
    for parts in [&kept, &unkept] {
        rows.iter().chain(&rows).for_each(|row| _ = parts.file(row));
    }
    let (with, without) = (stats(&kept), stats(&unkept));
    assert_eq!((with.spans.wanted, with.tiles.wanted), (without.spans.wanted, without.tiles.wanted));
    assert_eq!(with.tiles.wanted, 36 * 9, "each item shows every tile");
    assert_eq!((with.spans.distinct, with.tiles.distinct), (without.spans.distinct, without.tiles.distinct));
    assert_eq!(Some(with.spans_pressed), with.spans.distinct);
    assert_eq!(without.spans_pressed, without.spans.wanted);
    assert_eq!(with.span_cache.hits, with.spans.wanted - with.spans_pressed);
    assert_eq!((without.span_cache.entries, without.span_cache.bytes), (0, 0));
    assert_eq!((with.threads, with.backend), (2, BackendUse::Cpu));
}

#[test]
fn the_cache_keeps_its_budget_and_bytes_do_not_depend_on_it() {
    let rows = all_rows();
    let roomy = Parts::new(PartSettings::default());
    let files: Vec<Vec<u8>> = rows.iter().map(|row| roomy.file(row)).collect();
    let budget = stats(&roomy).span_cache.bytes / 3;
    let tight = Parts::new(PartSettings { cache: budget, ..PartSettings::default() });
    for (row, file) in rows.iter().zip(&files) {
        assert!(tight.file(row) == *file, "{row:?}");
        assert!(stats(&tight).span_cache.bytes <= budget);
    }
    let stats = stats(&tight);
    assert!(stats.evictions > 0 && stats.spans_pressed > stats.spans.distinct.unwrap(), "{stats:?}");
}

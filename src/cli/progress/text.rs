//! Text for people: the settings at the start of a run, and progress while it goes on.

use traitpress::engine::Setup;
use traitpress::telemetry::{CacheUse, Snapshot};

use super::pace::Pace;
use crate::cli::measure::{bytes, thousands};
use crate::cli::summary::aligned;

/// The settings of a run, one line a system.
pub(super) fn setup(setup: &Setup) -> Vec<String> {
    let threads = if setup.threads == 1 { "thread" } else { "threads" };
    let flight = match setup.batch {
        Some(batch) => format!("{batch} items in flight"),
        None => "items in flight adaptive".to_owned(),
    };
    let ahead = match (setup.predictor.as_str(), setup.window) {
        ("plan", Some(window)) => Some(format!("the plan, {window} items ahead")),
        ("history", Some(window)) => Some(format!("history of the last {window} items")),
        // Nothing is loaded ahead.
        _ => None,
    };
    let mut pools = if setup.pools { "buffers are reused" } else { "buffers are not reused" }.to_owned();
    if let Some(budget) = setup.target_budget {
        pools += &format!(", GPU targets at most {}", bytes(budget));
    }
    let mut lines = vec![
        aligned("backend", &format!("{}, {} {threads}", setup.backend, setup.threads)),
        aligned("span cache", &format!("at most {}", bytes(setup.cache_budget))),
        aligned(
            "encoder",
            &format!(
                "{}, effort {}, {} at a time, {flight}",
                setup.recipe,
                format!("{:?}", setup.effort).to_lowercase(),
                setup.encode_batch
            ),
        ),
    ];
    lines.extend(ahead.map(|ahead| aligned("predictor", &ahead)));
    lines.push(aligned("pools", &pools));
    lines
}

/// The text beside the bar: rate, time left, how often each span is used, and memory.
pub(super) fn beside_bar(seen: &Snapshot, pace: &Pace) -> String {
    let mut text = format!("{:.0} items/s  {} left", pace.rate(), left(seen, pace));
    if let Some(times) = seen.span_cache.shown_per_pressed() {
        text += &format!("  spans {times:.1}x");
    }
    if let Some(process) = seen.memory.process {
        text += &format!("  {}", bytes(process.now));
    }
    text
}

/// A line where there is no terminal.
pub(super) fn line(seen: &Snapshot, pace: &Pace) -> String {
    let Snapshot { done, total, .. } = seen;
    format!("{done}/{total} items, {:.1} items/s, {} left", pace.rate(), left(seen, pace))
}

/// What a line adds about the span cache.
pub(super) fn span_cache(cache: &CacheUse) -> String {
    let mut text = format!(", {} spans cached", thousands(cache.entries));
    if let Some(share) = cache.share() {
        text += &format!(" ({:.1}% of {})", share * 100.0, bytes(cache.budget));
    }
    if let Some(rate) = cache.hit_rate() {
        text += &format!(", {:.1}% hits", rate * 100.0);
    }
    text
}

fn left(seen: &Snapshot, pace: &Pace) -> String {
    pace.left(seen.total.saturating_sub(seen.done)).map_or_else(|| "unknown time".to_owned(), time)
}

/// Seconds in the unit that suits them.
fn time(seconds: f64) -> String {
    let whole = seconds.ceil() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{}:{:02} min", whole / 60, whole % 60),
        _ => format!("{}:{:02} h", whole / 3600, whole / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_the_unit_that_suits_them() {
        assert_eq!(
            [0.2, 59.0, 61.0, 3599.5, 7380.0].map(time),
            ["1 s", "59 s", "1:01 min", "1:00 h", "2:03 h"]
        );
    }

    #[test]
    fn lines_hold_only_figures_that_are_known() {
        let mut seen = Snapshot::default();
        (seen.done, seen.total, seen.seconds) = (30, 90, 3.0);
        let mut pace = Pace::default();
        pace.see(&seen);
        let with_cache = |seen: &Snapshot| line(seen, &pace) + &span_cache(&seen.span_cache);
        assert_eq!(with_cache(&seen), "30/90 items, 10.0 items/s, 6 s left, 0 spans cached");
        let cache = &mut seen.span_cache;
        (cache.hits, cache.misses, cache.entries) = (9000, 3000, 2500);
        (cache.bytes, cache.budget) = (25_000_000, 100_000_000);
        let want = "30/90 items, 10.0 items/s, 6 s left, 2,500 spans cached (25.0% of 100.0 MB), 75.0% hits";
        assert_eq!(with_cache(&seen), want);
        assert_eq!(beside_bar(&seen, &pace), "10 items/s  6 s left  spans 4.0x");
        assert!(line(&seen, &Pace::default()).contains("unknown time left"));
    }
}

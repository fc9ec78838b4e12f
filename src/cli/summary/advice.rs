//! Which figures of a run are odd, whether that is normal, and which flag changes it.
//!
//! docs/performance.md has the same table, row for row; a test compares them.

use std::fmt;

use serde::Serialize;

use traitpress::telemetry::Stats;

use crate::cli::measure::{bytes, thousands};

/// A figure that is odd, and what to make of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Advice {
    /// Whose figure it is, as the summary calls it.
    pub(crate) system: &'static str,
    /// The figure.
    pub(crate) figure: String,
    /// When it is nothing to worry about.
    pub(crate) normal: &'static str,
    /// What changes it.
    pub(crate) change: &'static str,
    /// The flag among that which is worth trying first.
    pub(crate) flag: &'static str,
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { system, figure, normal, change, .. } = self;
        write!(f, "{system}: {figure}; {normal}; {change}")
    }
}

/// A figure that may be odd.
struct Rule {
    system: &'static str,
    /// When it is odd, in the words of docs/performance.md.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the words of docs/performance.md, which a test compares")
    )]
    when: &'static str,
    normal: &'static str,
    change: &'static str,
    flag: &'static str,
    /// The figure, where it is odd.
    odd: fn(&Run<'_>) -> Option<String>,
}

/// What figures are looked at.
struct Run<'a> {
    stats: &'a Stats,
    /// Pixels of a picture.
    pixels: u64,
}

/// Below this share of hits a span cache is of little use.
const FEW_HITS: f64 = 0.1;
/// Above this share memory is nearly used up: the engine's own limit, too.
const MUCH_MEMORY: f64 = 0.8;
/// Of so many spans pressed, one pressed again is worth more memory.
const PRESSED_AGAIN: u64 = 20;
/// Above this share of its budget a cache holds more than a batch takes beyond it.
const FAR_OVER: f64 = 1.5;
/// Seconds of work a megapixel: several times what noisy art takes with `--effort balanced` on common processors.
const SLOW_MEGAPIXEL: f64 = 0.02;
/// Seconds of work per picture that need no advice, however small the picture is.
const QUICK: f64 = 0.001;

const RULES: [Rule; 9] = [
    Rule {
        system: "span cache",
        when: "hit rate under 10 %, with evictions",
        normal: "normal for art with little repetition, otherwise evicted spans were needed again",
        change: "increase --cache-memory, and compare the hit rate",
        flag: "--cache-memory",
        // Where memory ran short that is why, and a larger budget no remedy.
        odd: |run| {
            let evicted = run.stats.span_cache.evictions > 0 && run.stats.released.shortages == 0;
            run.few_hits().filter(|_| evicted)
        },
    },
    Rule {
        system: "span cache",
        when: "hit rate under 10 %, without evictions",
        normal: "normal for few items and for art with little repetition",
        change: "more items per run share more (--count)",
        flag: "--count",
        odd: |run| run.few_hits().filter(|_| run.stats.span_cache.evictions == 0),
    },
    Rule {
        system: "span cache",
        when: "over 5 % of the spans were compressed again",
        normal: "normal where memory is scarce, evicted spans are made again with the same bits",
        change: "a larger --cache-memory saves the time",
        flag: "--cache-memory",
        odd: |run| {
            let cache = &run.stats.span_cache;
            let is_odd =
                cache.pressed_again > cache.misses / PRESSED_AGAIN && run.stats.released.shortages == 0;
            // The engine evicts from four fifths of the budget on.
            let enough = (cache.bytes + cache.dropped_bytes) / 4 * 5;
            is_odd.then(|| {
                let [again, all] = [cache.pressed_again, cache.misses].map(thousands);
                format!(
                    "{again} of {all} spans were compressed again, a budget of {} would hold all",
                    bytes(enough)
                )
            })
        },
    },
    Rule {
        system: "span cache",
        when: "over 150 % of its budget",
        normal: "normal for a small budget, pictures in flight keep their spans until they are written",
        change: "fewer pictures in flight need less (--batch)",
        flag: "--batch",
        odd: |run| {
            let share = run.stats.span_cache.peak_share().filter(|&share| share > FAR_OVER)?;
            Some(format!("{:.0}% of its budget was used", share * 100.0))
        },
    },
    Rule {
        system: "memory",
        when: "over 80 % of the available memory, or memory ran short",
        normal: "not normal, batches and the span cache were halved",
        change: "limit the art with --trait-memory or the spans with --cache-memory",
        flag: "--trait-memory",
        odd: |run| {
            let memory = &run.stats.memory;
            // Address space may be what is short, and the process then holds less than it may.
            let times = run.stats.released.shortages;
            if times > 0 {
                let times = if times == 1 { "once".to_owned() } else { format!("{times} times") };
                return Some(format!("memory ran short {times}, of {}", bytes(memory.usable)));
            }
            let peak = memory.by_system.process?.peak;
            (memory.usable > 0 && peak as f64 > memory.usable as f64 * MUCH_MEMORY)
                .then(|| format!("{} of {} were used", bytes(peak), bytes(memory.usable)))
        },
    },
    Rule {
        system: "memory",
        when: "more pictures decoded again than items made",
        normal: "normal where --trait-memory is much smaller than the art",
        change: "a larger --trait-memory saves the time",
        flag: "--trait-memory",
        odd: |run| {
            let reloads = run.stats.traits.reloads;
            (reloads > run.stats.items).then(|| format!("{reloads} pictures were decoded again"))
        },
    },
    Rule {
        system: "encoder",
        when: "over 20 ms of work per megapixel",
        normal: "normal with --effort small, with --encoder plain and for noisy art",
        change: "--effort fast is faster, with larger files",
        flag: "--effort",
        odd: |run| {
            let seconds = run.stats.encoding.seconds_per_picture();
            let allowed = (run.pixels as f64 / 1e6 * SLOW_MEGAPIXEL).max(QUICK);
            (seconds > allowed).then(|| format!("{:.1} ms of work per picture", seconds * 1e3))
        },
    },
    Rule {
        system: "predictor",
        when: "no prediction was correct",
        normal: "normal where items follow no pattern, such as those drawn by weight",
        change: "a --gpu-memory that holds all art needs no prediction",
        flag: "--gpu-memory",
        odd: |run| {
            let predictor = &run.stats.predictor;
            (predictor.attempted > 0 && predictor.right == 0)
                .then(|| format!("none of {} predictions was correct", predictor.attempted))
        },
    },
    Rule {
        system: "predictor",
        when: "over half of the prefetched data was not used",
        normal: "not normal with a plan, textures are too small for the next items",
        change: "increase --gpu-memory",
        flag: "--gpu-memory",
        odd: |run| {
            let gpu = run.stats.gpu.as_ref()?;
            (gpu.prefetched_in_vain > gpu.prefetched / 2)
                .then(|| format!("{} of {} prefetched and not used", gpu.prefetched_in_vain, gpu.prefetched))
        },
    },
];

impl Run<'_> {
    fn few_hits(&self) -> Option<String> {
        let rate = self.stats.span_cache.hit_rate().filter(|&rate| rate < FEW_HITS)?;
        Some(format!("the hit rate was {:.1}%", rate * 100.0))
    }
}

/// What is odd in a run that made pictures of so many pixels.
pub(crate) fn advise(stats: &Stats, pixels: u64) -> Vec<Advice> {
    let run = Run { stats, pixels };
    let advice = |rule: &Rule| {
        let &Rule { system, normal, change, flag, odd, .. } = rule;
        Some(Advice { system, figure: odd(&run)?, normal, change, flag })
    };
    RULES.iter().filter_map(advice).collect()
}

#[cfg(test)]
mod tests {
    use traitpress::telemetry::{GpuStats, MemoryUse};

    use super::*;

    /// The systems and flags that are advised for statistics changed so, of pictures of a megapixel.
    fn advised(change: impl FnOnce(&mut Stats)) -> Vec<(&'static str, &'static str)> {
        let mut stats = Stats::default();
        stats.items = 100;
        stats.encoding.pictures = 100;
        change(&mut stats);
        advise(&stats, 1_000_000).iter().map(|advice| (advice.system, advice.flag)).collect()
    }

    #[test]
    fn a_run_without_oddities_needs_no_advice() {
        assert_eq!(advised(|_| ()), []);
    }

    #[test]
    fn hit_rates_are_odd_under_a_tenth() {
        let hits = |hits, evictions| {
            advised(move |stats| {
                let cache = &mut stats.span_cache;
                (cache.hits, cache.misses, cache.evictions) = (hits, 1000 - hits, evictions);
            })
        };
        assert_eq!(hits(100, 0), []);
        assert_eq!(hits(99, 0), [("span cache", "--count")]);
        assert_eq!(hits(99, 1), [("span cache", "--cache-memory")]);
        assert_eq!(hits(100, 1), []);
    }

    #[test]
    fn a_shortage_of_memory_is_told_and_not_taken_for_a_small_cache() {
        let short = |shortages| {
            advised(move |stats| {
                let cache = &mut stats.span_cache;
                (cache.hits, cache.misses, cache.evictions) = (0, 1000, 900);
                stats.released.shortages = shortages;
            })
        };
        assert_eq!(short(0), [("span cache", "--cache-memory")]);
        assert_eq!(short(1), [("memory", "--trait-memory")]);
    }

    #[test]
    fn a_cache_is_too_small_where_much_was_pressed_again() {
        let again = |again, shortages| {
            advised(move |stats| {
                let cache = &mut stats.span_cache;
                (cache.hits, cache.misses, cache.pressed_again) = (5000, 1000, again);
                stats.released.shortages = shortages;
            })
        };
        assert_eq!(again(50, 0), []);
        assert_eq!(again(51, 0), [("span cache", "--cache-memory")]);
        assert_eq!(again(900, 1), [("memory", "--trait-memory")], "where memory ran short that is why");
        let mut stats = Stats::default();
        let cache = &mut stats.span_cache;
        (cache.hits, cache.misses, cache.pressed_again) = (90_000, 30_000, 10_000);
        (cache.bytes, cache.dropped_bytes) = (60_000_000, 100_000_000);
        let figure = advise(&stats, 1_000_000).remove(0).figure;
        assert_eq!(
            figure,
            "10,000 of 30,000 spans were compressed again, a budget of 200.0 MB would hold all"
        );
    }

    #[test]
    fn a_cache_is_far_over_its_budget_where_a_batch_takes_more() {
        let peak = |peak| {
            advised(move |stats| {
                (stats.span_cache.peak_bytes, stats.span_cache.budget) = (peak, 1000);
            })
        };
        assert_eq!(peak(1500), []);
        assert_eq!(peak(1501), [("span cache", "--batch")]);
    }

    #[test]
    fn memory_is_odd_over_four_fifths_of_what_there_is() {
        let held = |peak| {
            advised(move |stats| {
                let mut process = MemoryUse::default();
                process.peak = peak;
                stats.memory.by_system.process = Some(process);
                stats.memory.usable = 1000;
            })
        };
        assert_eq!(held(800), []);
        assert_eq!(held(801), [("memory", "--trait-memory")]);
        assert_eq!(
            advised(|stats| stats.memory.usable = 1000),
            [],
            "the memory of the process is not available"
        );
        assert_eq!(advised(|stats| stats.traits.reloads = 100), []);
        assert_eq!(advised(|stats| stats.traits.reloads = 101), [("memory", "--trait-memory")]);
    }

    #[test]
    fn encoding_is_slow_over_twenty_milliseconds_a_megapixel() {
        let each = |seconds: f64| advised(move |stats| stats.encoding.seconds = 100.0 * seconds);
        assert_eq!(each(0.0199), []);
        assert_eq!(each(0.0201), [("encoder", "--effort")]);
        let mut small = Stats::default();
        (small.encoding.pictures, small.encoding.seconds) = (1, 0.0009);
        assert_eq!(advise(&small, 64), [], "a millisecond needs no advice");
        small.encoding.seconds = 0.0011;
        assert_eq!(advise(&small, 64).len(), 1);
    }

    #[test]
    fn predictions_are_odd_if_none_is_right_and_loading_if_most_was_in_vain() {
        let right = |attempted, right| {
            advised(move |stats| (stats.predictor.attempted, stats.predictor.right) = (attempted, right))
        };
        assert_eq!((right(0, 0), right(50, 1)), (vec![], vec![]));
        assert_eq!(right(50, 0), [("predictor", "--gpu-memory")]);
        let vain = |prefetched, in_vain| {
            advised(move |stats| {
                let mut gpu = GpuStats::default();
                (gpu.prefetched, gpu.prefetched_in_vain) = (prefetched, in_vain);
                stats.gpu = Some(gpu);
            })
        };
        assert_eq!((vain(0, 0), vain(10, 5)), (vec![], vec![]));
        assert_eq!(vain(10, 6), [("predictor", "--gpu-memory")]);
    }

    #[test]
    fn the_page_on_performance_has_the_same_table() {
        let page = include_str!("../../../docs/performance.md").replace('`', "");
        for Rule { system, when, normal, change, flag, .. } in RULES {
            let row = format!("| {system} | {when} | {normal} | {change} |");
            assert!(page.contains(&row), "docs/performance.md lacks {row}");
            assert!(change.contains(flag), "{flag} is not in {change:?}");
        }
    }
}

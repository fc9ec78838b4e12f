//! Statistics of a run: the difference between two readings of an engine's statistics.
//!
//! Every structure is taken apart by name, so that a new field does not compile until it is decided here whether it is
//! a counter, of which a run has the difference, or a level (what is held, a budget, a name), which stays as it is.
//! Loading the art serves each run, so its seconds, uploads and GPU counters stay as they are too.

use crate::telemetry::{
    CacheUse, Distinct, EncoderUse, PoolUse, PredictorStats, ProcessorSeconds, Released, StageSeconds, Stats,
    Stopwatch, TraitUse,
};

impl Stats {
    /// What was added after `before`, an earlier reading of the same engine.
    pub(crate) fn since(self, before: &Self) -> Self {
        let Self {
            items,
            kept,
            ones,
            items_per_second,
            seconds,
            processor,
            stages,
            selection,
            bytes,
            tiles,
            spans,
            spans_pressed,
            evictions,
            span_cache,
            encoding,
            equal_items,
            equal_unchecked,
            stored,
            traits,
            released,
            memory,
            pools,
            backend,
            gpu,
            predictor,
            encoder,
            threads,
        } = self;
        Self {
            items: items - before.items,
            kept: kept - before.kept,
            ones: ones - before.ones,
            items_per_second,
            seconds,
            processor,
            stages: stages.since(&before.stages),
            selection,
            bytes: bytes - before.bytes,
            tiles: tiles.since(&before.tiles),
            spans: spans.since(&before.spans),
            spans_pressed: spans_pressed - before.spans_pressed,
            evictions: evictions - before.evictions,
            span_cache: span_cache.since(&before.span_cache),
            encoding: encoding.since(&before.encoding),
            equal_items,
            equal_unchecked,
            stored: stored - before.stored,
            traits: traits.since(&before.traits),
            released: released.since(&before.released),
            memory,
            pools: pools.since(&before.pools),
            backend,
            gpu,
            predictor: predictor.since(&before.predictor),
            encoder,
            threads,
        }
    }

    /// Sets how long pressing took by `watch`, and from it the items a second.
    pub(crate) fn timed(&mut self, watch: &Stopwatch) {
        self.processor.press = watch.processor();
        self.processor.total = ProcessorSeconds::of_process();
        self.set_press(watch.elapsed().as_secs_f64());
    }

    /// Sets the seconds that passed while pressing, and the items a second.
    fn set_press(&mut self, seconds: f64) {
        self.seconds.press = seconds;
        // A clock that is set back measures no time.
        let measured = self.seconds.press > 0.0;
        self.items_per_second = if measured { self.items as f64 / self.seconds.press } else { 0.0 };
    }
}

impl StageSeconds {
    /// What was added after `before`.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let Self { tile, upload, composite, gpu, readback, compress, gpu_compress, join, gpu_join, write } =
            *self;
        Self {
            tile: tile - before.tile,
            // What was uploaded when the engine was made serves this run, as the decoded art does.
            upload,
            composite: composite - before.composite,
            gpu: gpu.map(|gpu| gpu - before.gpu.unwrap_or(0.0)),
            gpu_compress: gpu_compress.map(|gpu| gpu - before.gpu_compress.unwrap_or(0.0)),
            gpu_join: gpu_join.map(|gpu| gpu - before.gpu_join.unwrap_or(0.0)),
            readback: readback - before.readback,
            compress: compress - before.compress,
            join: join - before.join,
            write: write - before.write,
        }
    }
}

impl Distinct {
    /// What was added after `before`; different ones are counted since the engine was made.
    fn since(&self, before: &Self) -> Self {
        let Self { wanted, distinct } = *self;
        Self { wanted: wanted - before.wanted, distinct }
    }
}

impl CacheUse {
    /// What was added after `before`; what is held is as it is now.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let Self {
            hits,
            misses,
            evictions,
            pressed_again,
            dropped_bytes,
            entries,
            bytes,
            peak_bytes,
            budget,
        } = *self;
        Self {
            hits: hits.saturating_sub(before.hits),
            misses: misses.saturating_sub(before.misses),
            evictions: evictions.saturating_sub(before.evictions),
            pressed_again: pressed_again.saturating_sub(before.pressed_again),
            dropped_bytes,
            entries,
            bytes,
            peak_bytes,
            budget,
        }
    }
}

impl EncoderUse {
    /// What was added after `before`.
    fn since(&self, before: &Self) -> Self {
        let Self { pictures, batches, seconds, bytes } = *self;
        Self {
            pictures: pictures - before.pictures,
            batches: batches - before.batches,
            seconds: seconds - before.seconds,
            bytes: bytes - before.bytes,
        }
    }
}

impl TraitUse {
    /// What was added after `before`; budgets and peaks are as they are now.
    fn since(&self, before: &Self) -> Self {
        let Self { budget, all_bytes, peak_bytes, reloads, dropped } = *self;
        Self {
            budget,
            all_bytes,
            peak_bytes,
            reloads: reloads - before.reloads,
            dropped: dropped - before.dropped,
        }
    }
}

impl Released {
    /// What was added after `before`.
    fn since(&self, before: &Self) -> Self {
        let Self { cleanups, spans, buffers, files, shortages } = *self;
        Self {
            cleanups: cleanups - before.cleanups,
            spans: spans - before.spans,
            buffers: buffers - before.buffers,
            files: files - before.files,
            shortages: shortages - before.shortages,
        }
    }
}

impl PoolUse {
    /// What was added after `before`.
    fn since(&self, before: &Self) -> Self {
        let Self { allocations, reuses } = *self;
        Self { allocations: allocations - before.allocations, reuses: reuses - before.reuses }
    }
}

impl PredictorStats {
    /// What was added after `before`; what is remembered is as it is now.
    fn since(&self, before: &Self) -> Self {
        let Self { attempted, right, predicted_traits, right_traits, history, unique_patterns } = *self;
        // An attempt can be withdrawn, and patterns can be loaded, which starts the counts again.
        Self {
            attempted: attempted.saturating_sub(before.attempted),
            right: right.saturating_sub(before.right),
            predicted_traits: predicted_traits.saturating_sub(before.predicted_traits),
            right_traits: right_traits.saturating_sub(before.right_traits),
            history,
            unique_patterns,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::telemetry::{GpuStats, MemoryUse, SearchStats};

    /// Statistics in which every number is `number`, and none is missing.
    fn all(number: u64) -> Stats {
        fn fill(value: &mut Value, number: u64) {
            match value {
                Value::Number(found) => *found = number.into(),
                Value::Array(values) => values.iter_mut().for_each(|value| fill(value, number)),
                Value::Object(fields) => fields.values_mut().for_each(|value| fill(value, number)),
                _ => {}
            }
        }
        let mut stats = Stats {
            selection: Some(SearchStats::default()),
            gpu: Some(GpuStats::default()),
            ..Stats::default()
        };
        (stats.tiles.distinct, stats.spans.distinct) = (Some(0), Some(0));
        (stats.stages.gpu, stats.stages.gpu_compress) = (Some(0.0), Some(0.0));
        stats.stages.gpu_join = Some(0.0);
        stats.traits.budget = Some(0);
        (stats.processor.total.system, stats.processor.press.system) = (Some(0.0), Some(0.0));
        (stats.memory.textures_peak, stats.memory.process_peak) = (Some(0), Some(0));
        stats.memory.by_system.textures = Some(MemoryUse::default());
        stats.memory.by_system.process = Some(MemoryUse::default());
        let mut value = serde_json::to_value(stats).unwrap();
        fill(&mut value, number);
        assert!(!value.to_string().contains("null"), "a field without a number: {value}");
        serde_json::from_value(value).unwrap()
    }

    /// The paths of all numbers that are `number`.
    fn paths(value: &Value, path: &str, number: f64, found: &mut BTreeSet<String>) {
        match value {
            Value::Number(other) if other.as_f64() == Some(number) => _ = found.insert(path.to_owned()),
            Value::Array(values) => values.iter().for_each(|value| paths(value, path, number, found)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    paths(value, &path, number, found);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn counters_are_differences_and_levels_are_not() {
        let difference = serde_json::to_value(all(10).since(&all(3))).unwrap();
        let (mut counters, mut levels) = (BTreeSet::new(), BTreeSet::new());
        paths(&difference, "", 7.0, &mut counters);
        paths(&difference, "", 10.0, &mut levels);
        let expected = [
            "items kept ones bytes spans_pressed evictions stored tiles.wanted spans.wanted",
            "stages.gpu_compress stages.gpu_join stages.tile stages.composite stages.gpu stages.readback stages.compress stages.join stages.write",
            "span_cache.hits span_cache.misses span_cache.evictions span_cache.pressed_again",
            "encoding.pictures encoding.batches encoding.seconds encoding.bytes",
            "traits.reloads traits.dropped pools.allocations pools.reuses",
            "released.cleanups released.spans released.buffers released.files released.shortages",
            "predictor.attempted predictor.right predictor.predicted_traits predictor.right_traits",
        ];
        let expected: BTreeSet<String> =
            expected.iter().flat_map(|line| line.split(' ')).map(str::to_owned).collect();
        assert_eq!(counters, expected);
        let mut every = BTreeSet::new();
        paths(&serde_json::to_value(all(10)).unwrap(), "", 10.0, &mut every);
        assert_eq!(every, counters.union(&levels).cloned().collect(), "each number is one or the other");
        for level in [
            "items_per_second",
            "seconds.decode",
            "processor.press.seconds",
            "stages.upload",
            "span_cache.bytes",
            "threads",
        ] {
            assert!(levels.contains(level), "{level}");
        }
    }

    #[test]
    fn items_a_second_follow_from_the_time_of_pressing() {
        let mut stats = Stats { items: 30, ..Stats::default() };
        stats.set_press(1.5);
        assert_eq!((stats.seconds.press, stats.items_per_second), (1.5, 20.0));
    }
}

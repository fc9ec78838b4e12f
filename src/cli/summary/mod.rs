//! The end of a run in lines that people read: one for the whole, one a system, and advice where a figure is odd.

pub(crate) mod advice;
mod equal;

use traitpress::telemetry::{CacheUse, ProcessorUse, Stats};

use crate::cli::collection::{PoolFile, WrittenCollection};
use crate::cli::measure::{bytes, counted, thousands};
use crate::cli::print::{errln, outln};
use crate::cli::stages::{ALWAYS_CPU, place};
use advice::Advice;
pub(crate) use equal::equal_items;

/// A system's name, and what there is to say of it, one below the other.
pub(crate) fn aligned(system: &str, text: &str) -> String {
    format!("{system:<11} {text}")
}

/// Prints what a run did, system by system.
pub(crate) fn print(stats: &Stats, collection: &WrittenCollection, advice: &[Advice]) {
    print_whole(stats, collection);
    systems(stats).iter().for_each(|line| outln!("{line}"));
    advice.iter().for_each(|advice| outln!("{}", aligned("advice", &advice.to_string())));
    print_digests(collection);
    outln!("written to {}", collection.place);
}

/// Prints what a run did in at most four lines; the last one says where the collection is, and what comes `next`.
pub(crate) fn print_short(stats: &Stats, collection: &WrittenCollection, next: Option<&str>) {
    print_whole(stats, collection);
    print_digests(collection);
    let next = next.map_or_else(String::new, |next| format!("; next: {next}"));
    outln!("written to {}{next}", collection.place);
}

fn print_whole(stats: &Stats, collection: &WrittenCollection) {
    // Without a rate where a clock that was set back has measured no time.
    let is_measured = stats.seconds.press > 0.0;
    let rate = is_measured.then(|| format!(" ({:.0} items/s while pressing)", stats.items_per_second));
    let kept = match stats.kept {
        0 => String::new(),
        1 => "; 1 complete item was kept".to_owned(),
        kept => format!("; {} complete items were kept", thousands(kept)),
    };
    let size = match collection.pool {
        // Its pictures were not joined.
        Some(PoolFile { bytes: pool, has_digests: false }) => format!("{} as a pool", bytes(pool)),
        Some(PoolFile { bytes: pool, .. }) => {
            format!("{} of pictures as a pool of {}", bytes(stats.bytes), bytes(pool))
        }
        None => {
            format!("{} of pictures ({} each)", bytes(stats.bytes), bytes(stats.bytes / stats.items.max(1)))
        }
    };
    outln!(
        "{} in {:.2} s{}, {size}{kept}",
        counted(stats.items, "item"),
        stats.seconds.total,
        rate.unwrap_or_default(),
    );
}

/// Warns of what went wrong on the way without stopping the run.
pub(crate) fn warn_of_setbacks(stats: &Stats) {
    for event in stats.gpu.iter().flat_map(|gpu| &gpu.events) {
        errln!("warning: {event}");
    }
}

fn print_digests(collection: &WrittenCollection) {
    if let Some(provenance) = &collection.provenance {
        outln!("provenance: {provenance}");
    }
    match collection.pool {
        Some(PoolFile { has_digests: false, .. }) => outln!("pool: {}", collection.digest),
        _ => outln!("collection: {}", collection.digest),
    }
}

/// One line a system.
fn systems(stats: &Stats) -> Vec<String> {
    let mut lines = vec![
        aligned("backend", &backend(stats)),
        aligned("processor", &processor(stats)),
        aligned("span cache", &span_cache(stats)),
    ];
    if let Some(gpu) = &stats.gpu {
        let stages = gpu.stages.iter().map(|stage| format!("{} {}; ", stage.stage, place(stage)));
        lines.push(aligned("gpu stages", &(stages.collect::<String>() + ALWAYS_CPU)));
    }
    lines.push(aligned("encoder", &encoder(stats)));
    lines.push(aligned("predictor", &predictor(stats)));
    lines.push(aligned(
        "pools",
        &format!(
            "{} allocations, {} reuses, at most {}",
            thousands(stats.pools.allocations),
            thousands(stats.pools.reuses),
            bytes(stats.memory.by_system.pools.peak)
        ),
    ));
    lines.push(aligned("selection", &selection(stats)));
    lines.push(aligned("memory", &memory(stats)));
    lines
}

fn backend(stats: &Stats) -> String {
    let mut text = format!("{}, {} threads", stats.backend, stats.threads);
    if stats.threads == 1 {
        text.pop();
    }
    // A GPU that is slower than the CPU has no passes.
    if let Some(gpu) = stats.gpu.as_ref().filter(|gpu| gpu.passes + gpu.copies + gpu.on_cpu > 0) {
        text += &format!(
            ", {} spans in {} passes, {} copied, {} made by the CPU, {} compressed and {} pictures joined there",
            thousands(gpu.spans),
            thousands(gpu.passes),
            thousands(gpu.copies),
            thousands(gpu.on_cpu),
            thousands(gpu.compressed),
            thousands(gpu.joined)
        );
    }
    text
}

fn processor(stats: &Stats) -> String {
    let ProcessorUse { total, press, .. } = stats.processor;
    if total.seconds <= 0.0 {
        return "the system does not report its time".to_owned();
    }
    format!("{:.2} s on all threads, of these {:.2} s while pressing", total.seconds, press.seconds)
}

fn span_cache(stats: &Stats) -> String {
    let cache = &stats.span_cache;
    let (Some(rate), Some(times)) = (cache.hit_rate(), cache.shown_per_pressed()) else {
        return "not used: pictures were encoded whole".to_owned();
    };
    let CacheUse { hits, misses, entries, evictions, bytes: held, budget, .. } = *cache;
    let share = cache.share().map_or_else(String::new, |share| format!(" ({:.1}%)", share * 100.0));
    format!(
        "{} hits, {} misses (hit rate {:.1}%, each span used {times:.1} times), {} entries, {} of {}{share}, {} evictions",
        thousands(hits),
        thousands(misses),
        rate * 100.0,
        thousands(entries),
        bytes(held),
        bytes(budget),
        thousands(evictions)
    )
}

fn encoder(stats: &Stats) -> String {
    let encoding = &stats.encoding;
    format!(
        "{}, {} pictures in {} batches, {:.2} ms of work each, {}",
        stats.encoder,
        thousands(encoding.pictures),
        thousands(encoding.batches),
        encoding.seconds_per_picture() * 1e3,
        bytes(encoding.bytes)
    )
}

fn predictor(stats: &Stats) -> String {
    let predictor = &stats.predictor;
    let loaded = match &stats.gpu {
        Some(gpu) => format!(
            "; prefetched {}, {} of them not used",
            thousands(gpu.prefetched),
            thousands(gpu.prefetched_in_vain)
        ),
        None => String::new(),
    };
    // A plan needs no history.
    let known = match predictor.history {
        0 => String::new(),
        items => format!("; {} patterns of {items} items", predictor.unique_patterns),
    };
    if predictor.attempted == 0 {
        return format!("not asked{loaded}{known}");
    }
    format!(
        "{} predictions, {} correct ({:.1}%){loaded}{known}",
        thousands(predictor.attempted),
        thousands(predictor.right),
        predictor.right as f64 * 100.0 / predictor.attempted as f64
    )
}

fn selection(stats: &Stats) -> String {
    match &stats.selection {
        Some(effort) => format!(
            "{} draws, {} backtracks, {:.2} s",
            thousands(effort.draws),
            thousands(effort.backtracks),
            effort.time.as_secs_f64()
        ),
        None => "not needed, the items come from a plan".to_owned(),
    }
}

fn memory(stats: &Stats) -> String {
    let by = &stats.memory.by_system;
    let mut text = match by.process {
        Some(process) => format!("at most {} of {}", bytes(process.peak), bytes(stats.memory.usable)),
        None => "at most".to_owned(),
    };
    text += if by.process.is_some() { ": " } else { " " };
    text += &format!(
        "art {}, span cache {}, pools {}",
        bytes(by.art.peak),
        bytes(by.span_cache.peak),
        bytes(by.pools.peak)
    );
    if let Some(textures) = by.textures {
        text += &format!(", textures and targets {}", bytes(textures.peak));
    }
    text
}

#[cfg(test)]
mod tests {
    use traitpress::telemetry::{BackendUse, EncodingMode, GpuStats, StageUse};

    use super::*;

    #[test]
    fn there_is_a_line_a_system_whatever_a_run_used() {
        let mut stats = Stats::default();
        (stats.backend, stats.encoder, stats.threads) = (BackendUse::Cpu, EncodingMode::Plain, 1);
        let lines = systems(&stats);
        let names: Vec<&str> = lines.iter().map(|line| line[..11].trim_end()).collect();
        assert_eq!(
            names,
            ["backend", "processor", "span cache", "encoder", "predictor", "pools", "selection", "memory",]
        );
        assert_eq!(lines[0], "backend     cpu, 1 thread");
        let mut gpu = GpuStats::default();
        for (stage, is_there) in [("composite", true), ("compress", false)] {
            let mut place = StageUse::default();
            (place.stage, place.gpu, place.why) = (stage.to_owned(), is_there, "so".to_owned());
            gpu.stages.push(place);
        }
        stats.gpu = Some(gpu);
        let stages =
            "gpu stages  composite on the GPU (so); compress on the CPU (so); on the CPU in any case: ";
        assert!(systems(&stats)[3].starts_with(stages), "{:?}", systems(&stats));
        assert!(lines[2].contains("not used") && lines[6].contains("a plan"), "{lines:?}");
    }

    #[test]
    fn figures_are_those_of_the_statistics() {
        let mut stats = Stats::default();
        assert_eq!(processor(&stats), "the system does not report its time");
        stats.processor.total.seconds = 3.154;
        stats.processor.press.seconds = 2.5;
        assert_eq!(processor(&stats), "3.15 s on all threads, of these 2.50 s while pressing");
        let cache = &mut stats.span_cache;
        (cache.hits, cache.misses, cache.entries, cache.evictions) = (9_000, 1_000, 800, 200);
        (cache.bytes, cache.budget) = (5_000_000, 20_000_000);
        let want = "9,000 hits, 1,000 misses (hit rate 90.0%, each span used 10.0 times), 800 entries, \
                    5.0 MB of 20.0 MB (25.0%), 200 evictions";
        assert_eq!(span_cache(&stats), want);
        let encoding = &mut stats.encoding;
        (encoding.pictures, encoding.batches, encoding.seconds, encoding.bytes) = (100, 20, 0.5, 3_000_000);
        stats.encoder = EncodingMode::Spans;
        assert_eq!(encoder(&stats), "spans, 100 pictures in 20 batches, 5.00 ms of work each, 3.0 MB");
        (stats.predictor.attempted, stats.predictor.right) = (50, 25);
        (stats.predictor.history, stats.predictor.unique_patterns) = (100, 99);
        assert_eq!(predictor(&stats), "50 predictions, 25 correct (50.0%); 99 patterns of 100 items");
    }
}

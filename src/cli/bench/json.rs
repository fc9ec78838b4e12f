//! What was measured, as JSON for programs: the table's figures, and every run as `generate --stats` writes it.

use serde_json::{Value, json};
use traitpress::telemetry::{ProcessorSeconds, Stats};

use super::args::{Change, Variant};
use super::row::{Bench, EncodeBatch, Growth, Row};

pub(crate) const FORMAT: &str = "traitpress-bench/1";

/// The document.
pub(crate) fn document(bench: &Bench) -> Value {
    json!({
        "format": FORMAT,
        "program": concat!("traitpress ", env!("CARGO_PKG_VERSION")),
        "project": bench.project,
        "layers": bench.layers,
        "traits": bench.traits,
        "canvas": bench.canvas,
        "items": bench.items,
        "different_items": bench.different,
        "seed": bench.seed,
        "scenario": bench.scenario.map(super::scenario::Scenario::name),
        "threads": bench.threads(),
        "pictures_compared": bench.compared,
        "encode_batches": bench.batches.iter().map(of_batch).collect::<Vec<_>>(),
        "growth": bench.growth.as_ref().map(of_growth),
        "rows": bench.rows.iter().map(|row| of_row(bench, row)).collect::<Vec<_>>(),
    })
}

fn of_batch(batch: &EncodeBatch) -> Value {
    json!({
        "encode_batch": batch.size,
        "seconds_per_item": batch.seconds_per_item(),
        "items_per_second": batch.items_per_second(),
        "runs": batch.runs,
    })
}

fn of_growth(growth: &Growth) -> Value {
    json!({"one": growth.one, "ten": growth.ten, "press_ratio": growth.ten.seconds.press / growth.one.seconds.press})
}

fn of_processor(row: &Row, of: fn(&Stats) -> ProcessorSeconds) -> Value {
    json!({
        "seconds": row.median(|stats| of(stats).seconds),
        "system": row.median_of_some(|stats| of(stats).system),
    })
}

fn of_row(bench: &Bench, row: &Row) -> Value {
    let last = row.runs.last();
    let mut value = json!({
        "name": row.variant.name(),
        "off": row.change.name(),
        "without_effect": row.without_effect,
        "backend": last.map(|stats| &stats.backend),
        "encoder": last.map(|stats| &stats.encoder),
        "runs": row.runs,
    });
    if row.runs.is_empty() {
        return value;
    }
    let [least, most] = row.range(|stats| stats.items_per_second);
    let memory =
        |of: fn(&Stats) -> Option<u64>| row.median_of_some(|stats| of(stats).map(|bytes| bytes as f64));
    let medians = json!({
        "items_per_second": {"median": row.items_per_second(), "least": least, "most": most},
        "against_cpu": bench.against(row, Variant::Cpu),
        "whole_seconds": row.whole(),
        "copy_seconds": row.copy(),
        "against_copy": row.against_copy(),
        "against_plain": bench.against(row, Variant::Plain),
        "worth": bench.worth(row).filter(|_| row.change != Change::None),
        "bytes_per_item": row.median(|stats| stats.bytes as f64 / stats.items.max(1) as f64),
        "seconds": {
            "decode": row.median(|stats| stats.seconds.decode),
            "recipe": row.median(|stats| stats.seconds.recipe),
            "select": row.median(|stats| stats.seconds.select),
            "press": row.median(|stats| stats.seconds.press),
            "total": row.median(|stats| stats.seconds.total),
        },
        "processor": {
            "press": of_processor(row, |stats| stats.processor.press),
            "total": of_processor(row, |stats| stats.processor.total),
        },
        "stages": {
            "tile": row.median(|stats| stats.stages.tile),
            "upload": row.median(|stats| stats.stages.upload),
            "composite": row.median(|stats| stats.stages.composite),
            "gpu": row.median_of_some(|stats| stats.stages.gpu),
            "readback": row.median(|stats| stats.stages.readback),
            "compress": row.median(|stats| stats.stages.compress),
            "gpu_compress": row.median_of_some(|stats| stats.stages.gpu_compress),
            "join": row.median(|stats| stats.stages.join),
            "gpu_join": row.median_of_some(|stats| stats.stages.gpu_join),
            "write": row.median(|stats| stats.stages.write),
        },
        "bound_by": row.bound().map(|bound| bound.to_string()),
        "read_back_bytes": row.gpu().map(|gpu| gpu.read_back_bytes),
        "memory": {
            "art": memory(|stats| Some(stats.memory.art)),
            "span_cache_peak": memory(|stats| Some(stats.memory.span_cache_peak)),
            "textures_peak": memory(|stats| stats.memory.textures_peak),
            "pools_peak": memory(|stats| Some(stats.memory.pools_peak)),
            "process_peak": memory(|stats| stats.memory.process_peak),
        },
    });
    if let (Value::Object(value), Value::Object(medians)) = (&mut value, medians) {
        value.extend(medians);
    }
    value
}

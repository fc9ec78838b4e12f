//! What was measured, as a table for people.

use traitpress::telemetry::{EncodingMode, Stats};

use super::args::{Change, Variant};
use super::row::{Bench, EncodeBatch, Growth, Row};
use crate::cli::measure::{bytes, thousands};
use crate::cli::stages::place;

/// The lines of the table.
pub(crate) fn lines(bench: &Bench) -> Vec<String> {
    let mut lines = head(bench);
    lines.push(String::new());
    lines.extend(align(if bench.scenario.is_some() { scenario(bench) } else { comparison(bench) }));
    lines.push(String::new());
    if !bench.batches.is_empty() {
        lines.extend(align(batches(bench)));
        lines.push(String::new());
    }
    if let Some(growth) = &bench.growth {
        lines.extend(align(grown(growth)));
        lines.push(String::new());
    }
    lines.extend(foot(bench));
    lines
}

/// One column a size of encode batches.
fn batches(bench: &Bench) -> Vec<Vec<String>> {
    let line = |title: &str, cell: &dyn Fn(&EncodeBatch) -> String| {
        std::iter::once(title.to_owned()).chain(bench.batches.iter().map(cell)).collect::<Vec<_>>()
    };
    vec![
        line("cpu, encode batches of", &|batch| batch.size.to_string()),
        line("  join and write, µs per item", &|batch| format!("{:.1}", 1e6 * batch.seconds_per_item())),
        line("  items/s", &|batch| rate(batch.items_per_second())),
    ]
}

/// The items, ten times as many, and how many times each figure is.
fn grown(growth: &Growth) -> Vec<Vec<String>> {
    let both = [&growth.one, &growth.ten];
    let line = |title: &str, of: fn(&Stats) -> f64, text: fn(f64) -> String| {
        let [one, ten] = both.map(of);
        vec![title.to_owned(), text(one), text(ten), format!("{:.2}x", ten / one)]
    };
    let items = both.map(|stats| thousands(stats.items));
    let head = ["cpu, growth".to_owned()].into_iter().chain(items).chain([String::new()]);
    vec![
        head.collect(),
        line("  press, seconds", |stats| stats.seconds.press, |seconds| format!("{seconds:.3}")),
        line(
            "  press, processor seconds",
            |stats| stats.processor.press.seconds,
            |seconds| format!("{seconds:.3}"),
        ),
        line("  items/s", |stats| stats.items_per_second, rate),
        line(
            "  size of a picture",
            |stats| stats.bytes as f64 / stats.items.max(1) as f64,
            |n| bytes(n as u64),
        ),
        line("  whole process", |stats| stats.memory.process_peak.unwrap_or(0) as f64, |n| bytes(n as u64)),
    ]
}

/// What was measured.
fn head(bench: &Bench) -> Vec<String> {
    let Bench { project, layers, traits, canvas: [width, height], items, runs, out, .. } = bench;
    let runs = if *runs == 1 { "one run".to_owned() } else { format!("medians of {runs} runs") };
    let threads = match bench.threads() {
        1 => "1 thread".to_owned(),
        threads => format!("{threads} threads"),
    };
    let mut lines = vec![
        format!("{project}: {layers} layers, {traits} traits, {width}x{height} pixels"),
        format!("{} items, {threads}, {runs} after a warm-up, written below {out}", thousands(items)),
    ];
    let gpu = bench.rows.iter().flat_map(|row| &row.runs).find_map(|stats| stats.gpu.as_ref());
    if let Some(gpu) = gpu {
        let software = if gpu.software { ", a software adapter" } else { "" };
        lines.push(format!("gpu is {}{software}", gpu.adapter));
    }
    if let Some(scenario) = bench.scenario {
        lines.push(format!("scenario {}: {} of the items are different", scenario.name(), bench.different));
    }
    lines
}

/// What the numbers mean.
fn foot(bench: &Bench) -> Vec<String> {
    let mut lines = Vec::new();
    if bench.scenario.is_some() {
        lines.push("worth: items/s with all reuse, divided by items/s without this one".to_owned());
    } else {
        lines.push("work: summed over all threads, whose stages overlap".to_owned());
    }
    for row in &bench.rows {
        if let Some(why) = row.without_effect {
            lines.push(format!("{} has no effect on {}: {why}", row.change.title(), row.variant.name()));
        }
    }
    for row in &bench.rows {
        lines.extend(gpu_lines(bench, row));
    }
    let spans =
        bench.rows.iter().any(|row| row.runs.iter().any(|stats| stats.encoder == EncodingMode::Spans));
    if !spans && bench.rows.iter().any(|row| row.variant != Variant::Plain) {
        lines.push("nothing repeats in this art, so every variant encodes whole pictures".to_owned());
    }
    let joined = |row: &&Row| row.runs.iter().any(|stats| stats.encoder == EncodingMode::Spans);
    let mut names: Vec<&str> = bench.rows.iter().filter(joined).map(|row| row.variant.name()).collect();
    names.dedup();
    match bench.compared {
        0 => lines.push("checked: all runs made the same files, byte for byte".to_owned()),
        compared => {
            let names = names.join(" and ");
            lines.push(format!("checked: all runs of {names} made the same files, byte for byte;"));
            lines.push(format!("         plain's pictures have the same pixels ({compared} compared)"));
        }
    }
    lines
}

/// Where a GPU's stages were done, and whether it was worth it.
fn gpu_lines(bench: &Bench, row: &Row) -> Vec<String> {
    let Some(gpu) = row.gpu().filter(|_| row.change == Change::None) else { return Vec::new() };
    let mut lines: Vec<String> = gpu
        .stages
        .iter()
        .map(|stage| format!("{}: {} {}", row.variant.name(), stage.stage, place(stage)))
        .collect();
    match bench.against(row, Variant::Cpu) {
        Some(ratio) if ratio < 1.0 => lines.push(format!(
            "{} brings nothing here: it makes {ratio:.2} times the items/s of the CPU",
            row.variant.name()
        )),
        _ => {}
    }
    lines
}

/// One column a variant, one row a figure.
fn comparison(bench: &Bench) -> Vec<Vec<String>> {
    let columns = || bench.rows.iter();
    let line = |title: &str, cell: &dyn Fn(&Row) -> Option<String>| {
        let cells = columns().map(|row| cell(row).unwrap_or_else(|| "-".to_owned()));
        std::iter::once(title.to_owned()).chain(cells).collect::<Vec<_>>()
    };
    let seconds =
        |title: &str, of: fn(&Stats) -> f64| line(title, &|row| Some(format!("{:.4}", row.median(of))));
    // A stage that does not exist for a variant is not a fast one.
    let work = |title: &str, of: fn(&Stats) -> f64| {
        line(title, &|row| Some(row.median(of)).filter(|work| *work > 0.0).map(|work| format!("{work:.4}")))
    };
    let against = |title: &str, variant: Variant| {
        line(title, &|row| bench.against(row, variant).map(|ratio| format!("{ratio:.2}x")))
    };
    let memory = |title: &str, of: fn(&Stats) -> Option<u64>| {
        let size = |row: &Row| row.median_of_some(|stats| of(stats).map(|bytes| bytes as f64));
        line(title, &|row| size(row).map(|size| bytes(size as u64)))
    };
    let group = |title: &str| vec![title.to_owned()];
    let mut lines = vec![
        line("", &|row| Some(row.variant.name().to_owned())),
        group("seconds"),
        seconds("  decode", |stats| stats.seconds.decode),
        seconds("  recipe", |stats| stats.seconds.recipe),
        seconds("  select", |stats| stats.seconds.select),
        seconds("  press", |stats| stats.seconds.press),
        group("processor seconds"),
        work("  press", |stats| stats.processor.press.seconds),
        line("    in the system", &|row| {
            row.median_of_some(|stats| stats.processor.press.system).map(|system| format!("{system:.4}"))
        }),
        work("  whole run", |stats| stats.processor.total.seconds),
        group("seconds of work in press"),
        work("  tile", |stats| stats.stages.tile),
        work("  upload", |stats| stats.stages.upload),
        work("  composite", |stats| stats.stages.composite),
        line("    on the GPU's clock", &|row| {
            row.median_of_some(|stats| stats.stages.gpu).map(|gpu| format!("{gpu:.4}"))
        }),
        work("  readback", |stats| stats.stages.readback),
        work("  compress", |stats| stats.stages.compress),
        line("    on the GPU's clock", &|row| {
            row.median_of_some(|stats| stats.stages.gpu_compress).map(|gpu| format!("{gpu:.4}"))
        }),
        work("  join", |stats| stats.stages.join),
        line("    on the GPU's clock", &|row| {
            row.median_of_some(|stats| stats.stages.gpu_join).map(|gpu| format!("{gpu:.4}"))
        }),
        work("  write", |stats| stats.stages.write),
        line("read back from the GPU", &|row| row.gpu().map(|gpu| bytes(gpu.read_back_bytes))),
        line("bound by", &|row| row.bound().map(|bound| bound.to_string())),
        line("items/s", &|row| Some(rate(row.items_per_second()))),
        line("  least to most", &|row| {
            let [least, most] = row.range(|stats| stats.items_per_second);
            Some(format!("{}-{}", rate(least), rate(most)))
        }),
    ];
    for variant in [Variant::Plain, Variant::Cpu] {
        if bench.row(variant, Change::None).is_some() && bench.rows.len() > 1 {
            lines.push(against(&format!("  against {}", variant.name()), variant));
        }
    }
    lines.extend([
        line("size of a picture", &|row| {
            Some(bytes(row.median(|stats| stats.bytes as f64 / stats.items.max(1) as f64) as u64))
        }),
        line("whole run, seconds", &|row| row.whole().map(|seconds| format!("{seconds:.3}"))),
        line("  against cp -r", &|row| row.against_copy().map(|ratio| format!("{ratio:.2}x"))),
        group("memory, at most"),
        memory("  art", |stats| Some(stats.memory.art)),
        memory("  span cache", |stats| Some(stats.memory.span_cache_peak).filter(|bytes| *bytes > 0)),
        memory("  textures, GPU buffers", |stats| stats.memory.textures_peak),
        memory("  pools", |stats| Some(stats.memory.pools_peak)),
        memory("  whole process", |stats| stats.memory.process_peak),
    ]);
    lines
}

/// One row a change, two columns a variant.
fn scenario(bench: &Bench) -> Vec<Vec<String>> {
    let variants: Vec<Variant> =
        bench.rows.iter().filter(|row| row.change == Change::None).map(|row| row.variant).collect();
    let head =
        variants.iter().flat_map(|variant| [format!("{} items/s", variant.name()), "worth".to_owned()]);
    let mut lines = vec![std::iter::once(String::new()).chain(head).collect::<Vec<_>>()];
    let changes = bench.rows.iter().filter(|row| row.variant == variants[0]).map(|row| row.change);
    for change in changes {
        let mut line = vec![change.title().to_owned()];
        for row in variants.iter().filter_map(|&variant| bench.row(variant, change)) {
            if row.without_effect.is_some() {
                line.extend(["no effect".to_owned(), "-".to_owned()]);
                continue;
            }
            let range = match row.range(|stats| stats.items_per_second).map(rate) {
                [least, most] if row.runs.len() > 1 => format!(" ({least}-{most})"),
                _ => String::new(),
            };
            line.push(rate(row.items_per_second()) + &range);
            let worth = bench.worth(row).filter(|_| change != Change::None);
            line.push(worth.map_or_else(|| "-".to_owned(), |worth| format!("{worth:.2}x")));
        }
        lines.push(line);
    }
    lines
}

/// Items a second: with a digit behind the point where it says something.
fn rate(rate: f64) -> String {
    if rate < 100.0 { format!("{rate:.1}") } else { format!("{rate:.0}") }
}

/// Columns of equal width: the first to the left, the others to the right.
fn align(cells: Vec<Vec<String>>) -> Vec<String> {
    let count = cells.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        cells.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let line = |line: &Vec<String>| {
        let mut text = String::new();
        for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
            text += &if column == 0 { format!("{cell:width$}") } else { format!("  {cell:>width$}") };
        }
        text.trim_end().to_owned()
    };
    cells.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::bench::scenario::Scenario;

    fn bench(scenario: Option<Scenario>, rows: Vec<Row>) -> Bench {
        Bench {
            project: "art".to_owned(),
            layers: 8,
            traits: 44,
            canvas: [512, 512],
            items: 1000,
            different: 8,
            seed: Some(7),
            scenario,
            runs: 3,
            out: "/tmp".to_owned(),
            rows,
            compared: 5,
            batches: Vec::new(),
            growth: None,
        }
    }

    fn row(variant: Variant, change: Change, rates: [f64; 3]) -> Row {
        let mut row = Row::new(variant, change);
        row.runs = vec![Stats::default(); 3];
        for (stats, rate) in row.runs.iter_mut().zip(rates) {
            stats.items_per_second = rate;
            stats.items = 1000;
            stats.bytes = 61_500_000;
            stats.threads = 2;
            stats.memory.process_peak = Some(84_000_000);
            (stats.processor.press.seconds, stats.processor.press.system) = (0.9, Some(0.125));
            stats.processor.total.seconds = 1.5;
        }
        row
    }

    #[test]
    fn columns_are_aligned_and_short() {
        let rows = vec![
            row(Variant::Cpu, Change::None, [1700.0, 1690.0, 1750.0]),
            row(Variant::Plain, Change::None, [85.0, 80.0, 90.0]),
        ];
        let lines = lines(&bench(None, rows));
        let line = |title: &str| {
            lines
                .iter()
                .find(|line| line.trim_start().starts_with(title))
                .unwrap_or_else(|| panic!("{title}"))
        };
        assert_eq!(line("items/s").split_whitespace().collect::<Vec<_>>(), ["items/s", "1700", "85.0"]);
        assert!(line("against plain").ends_with("20.00x      1.00x"), "{lines:#?}");
        assert!(line("least to most").contains("1690-1750"));
        assert!(line("upload").ends_with("-          -"));
        let at = lines.iter().position(|line| line == "processor seconds").expect("a group of its own");
        for (line, title, seconds) in
            [(1, "  press  ", "0.9000"), (2, "    in the system  ", "0.1250"), (3, "  whole run  ", "1.5000")]
        {
            assert!(lines[at + line].starts_with(title) && lines[at + line].ends_with(seconds), "{lines:#?}");
        }
        let length = line("items/s").len();
        for title in ["decode", "write", "against cpu", "size", "whole process"] {
            assert_eq!(line(title).len(), length, "{lines:#?}");
        }
        assert!(lines.iter().all(|line| line.chars().count() <= 100), "{lines:#?}");
    }

    #[test]
    fn batches_and_growth_have_tables_of_their_own() {
        let run = |items: u64, press: f64| {
            let mut stats = Stats::default();
            stats.items = items;
            (stats.seconds.press, stats.items_per_second) = (press, items as f64 / press);
            stats.bytes = 1000 * items;
            stats.memory.process_peak = Some(2_000_000);
            stats.stages.join = press / 4.0;
            stats.processor.press.seconds = 2.0 * press;
            stats
        };
        let mut bench = bench(None, vec![row(Variant::Cpu, Change::None, [900.0; 3])]);
        bench.rows[0].whole = vec![3.0];
        bench.rows[0].copies = vec![2.0];
        bench.batches = vec![EncodeBatch { size: 3, runs: vec![run(100, 2.0)] }];
        bench.growth = Some(Growth { one: run(100, 2.0), ten: run(1000, 8.0) });
        let lines = lines(&bench);
        let says = |parts: &[&str]| {
            let found = lines.iter().any(|line| {
                line.split("  ").map(str::trim).filter(|s| !s.is_empty()).eq(parts.iter().copied())
            });
            assert!(found, "{parts:?} in {lines:#?}");
        };
        says(&["against cp -r", "1.50x"]);
        says(&["cpu, encode batches of", "3"]);
        says(&["join and write, µs per item", "5000.0"]);
        says(&["cpu, growth", "100", "1,000"]);
        says(&["press, seconds", "2.000", "8.000", "4.00x"]);
        says(&["press, processor seconds", "4.000", "16.000", "4.00x"]);
        says(&["size of a picture", "1.0 KB", "1.0 KB", "1.00x"]);
    }

    #[test]
    fn a_switch_without_effect_has_no_ratio() {
        let mut prefetch = row(Variant::Cpu, Change::Prefetch, [0.0; 3]);
        prefetch.runs.clear();
        prefetch.without_effect = Some("the CPU has all art at hand");
        let rows = vec![
            row(Variant::Cpu, Change::None, [900.0; 3]),
            row(Variant::Cpu, Change::SpanCache, [300.0; 3]),
            prefetch,
        ];
        let lines = lines(&bench(Some(Scenario::Repeat), rows));
        assert!(lines.iter().any(|line| line.starts_with("span cache off") && line.ends_with("3.00x")));
        assert!(
            lines.iter().any(|line| line.starts_with("prefetch off") && line.ends_with("no effect      -"))
        );
    }
}

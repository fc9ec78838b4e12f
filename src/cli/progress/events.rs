//! Events for programs: one JSON object a line on standard error, as `docs/progress.schema.json` describes them.
//!
//! Once events are asked for, nothing else goes to standard error: every message becomes an event. A line is written whole under the stream's lock, and its time is taken under it too, so that times never go
//! backwards.

use std::borrow::{Borrow, Cow};
use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;
use std::time::Instant;

use serde::Serialize;

use traitpress::Digest;
use traitpress::engine::{Engine, Setup, ShardDone};
use traitpress::output::Shard;
use traitpress::plan::Plan;
use traitpress::telemetry::{CacheUse, HeldBySystem, Snapshot, Stats};

use super::pace::Pace;
use crate::cli::collection::WrittenCollection;
use crate::cli::summary::advice::Advice;

/// The format's name; it changes when a field goes, or means something else.
pub(crate) const FORMAT: &str = "traitpress-progress/1";

/// Set once events are asked for: when the program began.
static BEGAN: OnceLock<Instant> = OnceLock::new();

/// From now on everything that goes to standard error is an event.
pub(crate) fn begin(start: Instant) {
    let _ = BEGAN.set(start);
}

/// Whether events were asked for.
pub(crate) fn are_on() -> bool {
    BEGAN.get().is_some()
}

/// Writes an event, if events were asked for.
pub(crate) fn emit(body: &Body<'_>) {
    if let Some(&start) = BEGAN.get() {
        // Unread events are no reason to stop.
        let _ = write_all(&mut io::stderr().lock(), start, [body]);
    }
}

/// Writes several events with one write.
pub(crate) fn emit_all<'a>(bodies: impl Iterator<Item = Body<'a>>) {
    if let Some(&start) = BEGAN.get() {
        let _ = write_all(&mut io::stderr().lock(), start, bodies);
    }
}

fn write_all<'a, B: Borrow<Body<'a>>>(
    to: &mut impl Write,
    start: Instant,
    bodies: impl IntoIterator<Item = B>,
) -> io::Result<()> {
    let seconds = (start.elapsed().as_secs_f64() * 1e6).round() / 1e6;
    let mut text = Vec::new();
    for body in bodies {
        serde_json::to_writer(&mut text, &Line { seconds, body: body.borrow() })?;
        text.push(b'\n');
    }
    to.write_all(escaped(&text).as_bytes())
}

/// The same JSON with those control characters escaped that JSON allows: events are shown on terminals too, and a name in
/// a message must not control them.
fn escaped(json: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(json);
    // Only strings hold them, so an escape can take their place.
    let steers = |c: char| c.is_control() && c != '\n';
    if !text.contains(steers) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 64);
    for c in text.chars() {
        if steers(c) { out += &format!("\\u{:04x}", u32::from(c)) } else { out.push(c) }
    }
    out.into()
}

/// Writes a line of text as an event.
pub(crate) fn emit_text(line: &str) {
    emit(&match line.strip_prefix("warning: ") {
        Some(message) => Body::Warning { message },
        None => Body::Note { message: line },
    });
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    body: &'a Body<'a>,
    seconds: f64,
}

/// An event without its time.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(crate) enum Body<'a> {
    /// The art is decoded, the items are chosen, and pressing begins.
    Start {
        format: &'static str,
        program: &'static str,
        total: u64,
        /// What the items were drawn with; null where their plan does not say.
        seed: Option<u64>,
        /// Back to front.
        layers: Vec<&'a str>,
        /// Where files go.
        out: String,
        setup: Setup,
    },
    /// So many items are written.
    Progress {
        done: u64,
        total: u64,
        bytes: u64,
        items_per_second: f64,
        seconds_left: Option<f64>,
        span_cache: Cache,
        memory: HeldBySystem,
    },
    /// A picture to look at while the run goes on: of one item, or of several together.
    Preview { path: String, edition: Option<u32> },
    /// Information for the user that stops nothing.
    Warning { message: &'a str },
    /// Something that the program decided by itself.
    Note { message: &'a str },
    /// Why there is no collection; the program ends with this exit code after the last of them.
    Error { message: &'a str, exit_code: u8 },
    /// The collection is complete. The last event.
    Done {
        done: u64,
        total: u64,
        bytes: u64,
        out: String,
        collection: Digest,
        provenance: Option<Digest>,
        /// As `--stats` writes them.
        stats: &'a Stats,
        advice: &'a [Advice],
    },
    /// A shard is complete; the last event, unless more shards are made.
    Shard {
        number: u32,
        of: u32,
        items: u64,
        /// Whether it was there already.
        kept: bool,
        out: String,
    },
    /// Somebody stopped the run. The last event.
    Cancelled { done: u64, total: u64, message: &'a str },
}

/// The span cache's figures, with the shares that follow from them.
#[derive(Debug, Serialize)]
pub(crate) struct Cache {
    entries: u64,
    bytes: u64,
    budget: u64,
    share: Option<f64>,
    hits: u64,
    misses: u64,
    hit_rate: Option<f64>,
    evictions: u64,
}

impl From<CacheUse> for Cache {
    fn from(cache: CacheUse) -> Self {
        let (share, hit_rate) = (cache.share(), cache.hit_rate());
        let CacheUse { entries, bytes, budget, hits, misses, evictions, .. } = cache;
        Self { entries, bytes, budget, share, hits, misses, hit_rate, evictions }
    }
}

impl<'a> Body<'a> {
    /// The progress of a run; `done` may be less than the snapshot's if several events report one snapshot.
    pub(crate) fn progress(seen: &Snapshot, done: u64, pace: &Pace) -> Self {
        Self::Progress {
            done,
            total: seen.total,
            bytes: seen.bytes,
            items_per_second: pace.rate(),
            seconds_left: pace.left(seen.total.saturating_sub(done)),
            span_cache: seen.span_cache.into(),
            memory: seen.memory,
        }
    }

    /// A picture to look at was written to `path`: the item `edition`, or several items together.
    pub(crate) fn preview(path: &Path, edition: Option<u32>) -> Self {
        Self::Preview { path: shown(path), edition }
    }

    /// A shard is there.
    pub(crate) fn shard(shard: Shard, done: &ShardDone) -> Self {
        let (number, of) = (shard.number(), shard.of());
        Self::Shard { number, of, items: done.items, kept: done.stats.is_none(), out: shown(&done.path) }
    }

    /// A run was stopped after `done` of `total` items; `message` says how to go on.
    pub(crate) fn cancelled(done: u64, total: u64, message: &'a str) -> Self {
        Self::Cancelled { done, total, message }
    }
}

/// The event at the start.
pub(crate) fn start<'a>(engine: &'a Engine, plan: &Plan, out: &Path) -> Body<'a> {
    Body::Start {
        format: FORMAT,
        program: concat!("traitpress ", env!("CARGO_PKG_VERSION")),
        total: plan.len() as u64,
        seed: plan.seed(),
        layers: engine.project().layers.iter().map(|layer| layer.name.as_str()).collect(),
        out: shown(out),
        setup: engine.setup(),
    }
}

/// The event at the end.
pub(crate) fn done<'a>(
    stats: &'a Stats,
    plan: &Plan,
    collection: &'a WrittenCollection,
    advice: &'a [Advice],
) -> Body<'a> {
    Body::Done {
        done: stats.kept + stats.items,
        total: plan.len() as u64,
        bytes: stats.bytes,
        out: collection.place.clone(),
        collection: collection.digest,
        provenance: collection.provenance,
        stats,
        advice,
    }
}

/// A path as text; what is no text in it is replaced.
fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;

    use super::*;

    /// The lines of some events, each checked against the schema.
    fn lines(bodies: &[Body<'_>]) -> Vec<Value> {
        let schema = serde_json::from_str(include_str!("../../../docs/progress.schema.json")).unwrap();
        let schema = jsonschema::validator_for(&schema).unwrap();
        let mut text = Vec::new();
        let start = Instant::now().checked_sub(Duration::from_millis(1500)).unwrap();
        write_all(&mut text, start, bodies).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!((text.lines().count(), text.ends_with('\n')), (bodies.len(), true));
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "nothing steers a terminal");
        let check = |line: &str| {
            let value: Value = serde_json::from_str(line).unwrap();
            assert!(schema.is_valid(&value), "{line}: {:?}", schema.validate(&value));
            assert!(value["seconds"].as_f64() >= Some(1.5));
            value
        };
        text.lines().map(check).collect()
    }

    #[test]
    fn previews_and_cancelled_runs_match_the_schema() {
        let read = lines(&[
            Body::preview(Path::new("previews/50.png"), Some(50)),
            Body::preview(Path::new("previews/sheet.png"), None),
            Body::cancelled(7, 10, "go on with --resume"),
        ]);
        assert_eq!((&read[0]["path"], &read[0]["edition"]), (&"previews/50.png".into(), &50.into()));
        assert_eq!((&read[1]["event"], &read[1]["edition"]), (&"preview".into(), &Value::Null));
        assert_eq!(
            (&read[2]["event"], &read[2]["done"], &read[2]["total"]),
            (&"cancelled".into(), &7.into(), &10.into())
        );
        assert_eq!(read[2]["message"], "go on with --resume");
    }

    #[test]
    fn whatever_a_message_holds_an_event_is_one_line() {
        let message = "a name with\na new line, \u{1b}[2J, \u{9b}2J, \u{7f} and \"quotes\"";
        let read = lines(&[
            Body::Warning { message },
            Body::Note { message },
            Body::Error { message, exit_code: 2 },
        ]);
        assert!(read.iter().all(|event| event["message"] == message));
    }

    #[test]
    fn progress_holds_the_figures_that_are_known() {
        let mut seen = Snapshot::default();
        (seen.done, seen.total, seen.seconds) = (50, 100, 5.0);
        let mut pace = Pace::default();
        let read = lines(&[Body::progress(&seen, 50, &pace)]);
        assert_eq!(
            (&read[0]["seconds_left"], &read[0]["span_cache"]["hit_rate"]),
            (&Value::Null, &Value::Null)
        );
        pace.see(&seen);
        let read = lines(&[25, 50].map(|done| Body::progress(&seen, done, &pace)));
        assert_eq!([&read[0]["seconds_left"], &read[1]["seconds_left"]], [7.5, 5.0]);
        assert_eq!([&read[0]["done"], &read[1]["done"]], [25, 50]);
    }
}

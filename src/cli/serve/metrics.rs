//! Figures of the service, in the text format of Prometheus, on an address of their own.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Bounds of the histogram of durations, in seconds.
const BOUNDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Counters of the service.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Vec<(String, String)>, Counter>,
    seconds: Histogram,
    pub(crate) made: Counter,
    pub(crate) from_cache: Counter,
    pub(crate) refused_busy: Counter,
    pub(crate) refused_client: Counter,
    pub(crate) lines_lost: Counter,
    pub(crate) at_work: Gauge,
    pub(crate) waiting: Gauge,
    pub(crate) connections: Gauge,
    pub(crate) cache_bytes: Gauge<u64, AtomicU64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut this = Self {
            registry: Registry::with_prefix("traitpress"),
            requests: Family::default(),
            seconds: Histogram::new(BOUNDS),
            made: Counter::default(),
            from_cache: Counter::default(),
            refused_busy: Counter::default(),
            refused_client: Counter::default(),
            lines_lost: Counter::default(),
            at_work: Gauge::default(),
            waiting: Gauge::default(),
            connections: Gauge::default(),
            cache_bytes: Gauge::default(),
        };
        let registry = &mut this.registry;
        registry.register("requests", "Requests by kind of address and status", this.requests.clone());
        registry.register("request_seconds", "Time from request to answer", this.seconds.clone());
        registry.register(
            "pictures_made",
            "Pictures that were made, or read from a collection",
            this.made.clone(),
        );
        registry.register("pictures_from_cache", "Pictures that were there already", this.from_cache.clone());
        registry.register("refused_busy", "Requests that found the queue full", this.refused_busy.clone());
        let client = "Requests of clients that had too much already";
        registry.register("refused_client", client, this.refused_client.clone());
        let lost = "Lines of the access log that its reader did not take";
        registry.register("access_log_lines_lost", lost, this.lines_lost.clone());
        registry.register("pictures_at_work", "Pictures that are being made", this.at_work.clone());
        registry.register("pictures_waiting", "Pictures that wait for a thread", this.waiting.clone());
        registry.register("connections", "Open connections", this.connections.clone());
        registry.register(
            "file_cache_bytes",
            "Bytes of finished files that are kept",
            this.cache_bytes.clone(),
        );
        this
    }

    /// Counts an answer.
    pub(crate) fn count(&self, route: &str, status: u16, time: Duration) {
        let labels = vec![("route".to_owned(), route.to_owned()), ("status".to_owned(), status.to_string())];
        self.requests.get_or_create(&labels).inc();
        self.seconds.observe(time.as_secs_f64());
    }

    /// All figures as text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a string takes every text");
        text
    }
}

//! The access log: a JSON object a line on standard output for each request.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::cli::print::outln;

/// A request that was answered.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) client: SocketAddr,
    pub(crate) method: &'a str,
    pub(crate) address: &'a str,
    pub(crate) route: &'a str,
    pub(crate) status: u16,
    /// Whether the file was there already; nothing for what is no picture.
    pub(crate) cached: Option<bool>,
    pub(crate) time: Duration,
}

/// Writes a request.
pub(crate) fn write(entry: &Entry<'_>) {
    let Entry { client, method, address, route, status, cached, time } = entry;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let line = serde_json::json!({
        "time": now.as_millis() as u64, "client": client.to_string(), "method": method, "address": address,
        "route": route, "status": status, "cached": cached, "milliseconds": time.as_secs_f64() * 1e3,
    });
    outln!("{line}");
}

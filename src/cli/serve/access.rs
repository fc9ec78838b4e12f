//! The access log: a JSON object a line on standard output for each request.
//!
//! A thread of its own writes, for what reads the lines can be slow or stop, and no request waits for that. Lines that find too many
//! before them are lost, and counted.

use std::net::SocketAddr;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus_client::metrics::counter::Counter;

use crate::cli::print::outln;

/// Lines that may wait.
const LINES: usize = 8192;
/// How long the end waits for lines to be written.
const END: Duration = Duration::from_secs(1);

/// What the thread gets.
enum Message {
    Line(String),
    /// Everything before it is written when this is answered.
    End(SyncSender<()>),
}

/// The thread that writes, as others see it.
#[derive(Clone, Debug)]
pub(crate) struct AccessLog {
    messages: SyncSender<Message>,
    lost: Counter,
}

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

impl AccessLog {
    /// Starts the thread; lines that are lost are counted in `lost`.
    pub(crate) fn start(lost: Counter) -> Self {
        let (messages, received) = sync_channel(LINES);
        thread::spawn(move || {
            for message in received {
                match message {
                    Message::Line(line) => outln!("{line}"),
                    Message::End(written) => _ = written.send(()),
                }
            }
        });
        Self { messages, lost }
    }

    /// Notes a request.
    pub(crate) fn write(&self, entry: &Entry<'_>) {
        let Entry { client, method, address, route, status, cached, time } = entry;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let line = serde_json::json!({
            "time": now.as_millis() as u64, "client": client.to_string(), "method": method, "address": address,
            "route": route, "status": status, "cached": cached, "milliseconds": time.as_secs_f64() * 1e3,
        });
        if self.messages.try_send(Message::Line(line.to_string())).is_err() {
            self.lost.inc();
        }
    }

    /// Waits until all lines are written, but not long.
    pub(crate) fn end(&self) {
        let (written, done) = sync_channel(1);
        let mut message = Message::End(written);
        let pauses = 20;
        for _ in 0..pauses {
            match self.messages.try_send(message) {
                Err(TrySendError::Full(back)) => message = back,
                sent => {
                    if sent.is_ok() {
                        let _ = done.recv_timeout(END);
                    }
                    return;
                }
            }
            thread::sleep(END / pauses);
        }
    }
}

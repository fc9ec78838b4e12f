//! The access log: an event of `tracing` for each request, as a JSON object a line on standard output.
//!
//! The events go to a subscriber of this log alone, so that events of other crates are never lines of it. A thread of its own
//! writes, for what reads the lines can be slow or stop, and no request waits for that. Lines that find too many before them are
//! lost, and counted. An address is logged without its signature: who reads the log must not be able to request with it.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use percent_encoding::percent_decode_str;
use prometheus_client::metrics::counter::Counter;
use tracing::Dispatch;
use tracing::dispatcher::with_default;

use crate::cli::print::outln;

/// Lines that may wait.
const LINES: usize = 8192;
/// How long the end waits for lines to be written.
const END: Duration = Duration::from_secs(1);
/// The parameter whose value is left out.
const SIGNATURE: &str = "sig";

/// What the thread gets.
enum Message {
    Line(String),
    /// Everything before it is written when this is answered.
    End(SyncSender<()>),
}

/// The log, as those see it who write to it.
#[derive(Clone, Debug)]
pub(crate) struct AccessLog {
    /// Where events become lines.
    subscriber: Dispatch,
    messages: SyncSender<Message>,
}

/// A request that was answered.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) client: &'a str,
    pub(crate) method: &'a str,
    pub(crate) address: &'a str,
    pub(crate) route: &'a str,
    pub(crate) status: u16,
    /// Bytes of the body, if there was one.
    pub(crate) bytes: u64,
    /// Whether the file was there already; nothing for what is no picture.
    pub(crate) cached: Option<bool>,
    pub(crate) time: Duration,
}

/// The way of lines to the thread. Each write is a whole line.
#[derive(Clone)]
struct Lines {
    messages: SyncSender<Message>,
    lost: Counter,
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line).trim_end().to_owned();
        if self.messages.try_send(Message::Line(text)).is_err() {
            self.lost.inc();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
        let lines = Lines { messages: messages.clone(), lost };
        Self { subscriber: subscriber(move || lines.clone()), messages }
    }

    /// Notes a request.
    pub(crate) fn write(&self, entry: &Entry<'_>) {
        with_default(&self.subscriber, || note(entry));
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

/// What makes lines of events: their fields alone, for every event has the same level and target.
fn subscriber<W: Write + 'static>(writer: impl Fn() -> W + Send + Sync + 'static) -> Dispatch {
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_level(false)
        .with_target(false)
        .without_time()
        .with_writer(writer)
        .finish();
    Dispatch::new(subscriber)
}

fn note(entry: &Entry<'_>) {
    let Entry { client, method, address, route, status, bytes, cached, time } = *entry;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    tracing::info!(
        target: "traitpress::access",
        time = now.as_millis() as u64,
        client,
        method,
        address = &*without_signature(address),
        route,
        status,
        bytes,
        cached,
        milliseconds = time.as_micros() as f64 / 1e3,
    );
}

/// An address with a dash in place of the value of each `sig`, wherever a client may have put it.
fn without_signature(address: &str) -> Cow<'_, str> {
    let is_secret = |part: &str| {
        let name = percent_decode_str(part.split('=').next().unwrap_or(part)).decode_utf8_lossy();
        name.trim().eq_ignore_ascii_case(SIGNATURE)
    };
    let ends = ['?', '&', ';', '#'];
    if !address.split(ends).any(is_secret) {
        return Cow::Borrowed(address);
    }
    let mut found = String::with_capacity(address.len());
    for part in address.split_inclusive(ends) {
        let (inner, end) = match part.strip_suffix(ends) {
            Some(inner) => (inner, &part[inner.len()..]),
            None => (part, ""),
        };
        found.push_str(if is_secret(inner) { "sig=-" } else { inner });
        found.push_str(end);
    }
    Cow::Owned(found)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic").extend_from_slice(line);
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_has_the_fields_of_a_request_and_nothing_else() {
        let kept = Kept::default();
        let subscriber = subscriber({
            let kept = kept.clone();
            move || kept.clone()
        });
        let entry = Entry {
            client: "127.0.0.1:9",
            method: "GET",
            address: "/v1/cats/seed/%22a%22.png?size=64&sig=secret",
            route: "seed",
            status: 200,
            bytes: 17,
            cached: Some(false),
            time: Duration::from_micros(1500),
        };
        with_default(&subscriber, || {
            note(&entry);
            note(&Entry { cached: None, address: "/v1", ..entry });
        });
        let text = String::from_utf8(kept.0.lock().expect("no panic").clone()).expect("text");
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("a JSON document")).collect();
        let mut first = lines[0].as_object().expect("an object").clone();
        assert!(first.remove("time").expect("a time").as_u64() > Some(1_600_000_000_000));
        let expected = serde_json::json!({
            "client": "127.0.0.1:9", "method": "GET", "address": "/v1/cats/seed/%22a%22.png?size=64&sig=-",
            "route": "seed", "status": 200, "bytes": 17, "cached": false, "milliseconds": 1.5,
        });
        assert_eq!(serde_json::Value::from(first), expected);
        assert_eq!((lines.len(), lines[1].get("cached")), (2, None));
    }

    #[test]
    fn signatures_are_left_out_wherever_they_are() {
        for (address, logged) in [
            ("/v1/a.png?size=1", "/v1/a.png?size=1"),
            ("/v1/a.png?signal=1&x=sig", "/v1/a.png?signal=1&x=sig"),
            ("/v1/a.png?sig=abc", "/v1/a.png?sig=-"),
            ("/v1/a.png?sig=abc&size=1&sig=def", "/v1/a.png?sig=-&size=1&sig=-"),
            ("/v1/a.png&sig=abc", "/v1/a.png&sig=-"),
            ("/v1/a.png?%73Ig=abc=&b=", "/v1/a.png?sig=-&b="),
            ("", ""),
        ] {
            assert_eq!(without_signature(address), logged);
        }
    }
}

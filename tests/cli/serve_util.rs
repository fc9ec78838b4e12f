//! A running service, and requests to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::util::Dir;

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A running service.
pub(crate) struct Served {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) metrics: Option<SocketAddr>,
    /// What it has written to standard error.
    said: Arc<Mutex<String>>,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let of = |line: &'_ str| {
            line.split_once(':').map(|(key, _)| key.eq_ignore_ascii_case(name)).unwrap_or(false)
        };
        self.head
            .lines()
            .find(|line| of(line))
            .and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON document")
    }
}

impl Served {
    pub(crate) fn start(dir: &Dir, arguments: &[&str]) -> Self {
        Self::start_with(dir, arguments, Stdio::null())
    }

    /// The same, with the access log going to `stdout`.
    pub(crate) fn start_with(dir: &Dir, arguments: &[&str], stdout: Stdio) -> Self {
        let fixed = ["serve", "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"];
        let mut command = dir.command(fixed.iter().chain(arguments));
        let mut child = command.stdout(stdout).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("it has standard error")).lines();
        let (mut metrics, mut seen) = (None, Vec::new());
        let address = loop {
            let Some(Ok(line)) = lines.next() else { panic!("it prints no address, but {seen:?}") };
            seen.push(line.clone());
            let address =
                |line: &str| line.rsplit_once("http://").and_then(|(_, address)| address.parse().ok());
            match (line.starts_with("note: pictures at"), line.starts_with("note: figures at")) {
                (true, _) => break address(&line).expect("an address"),
                (_, true) => metrics = address(&line),
                _ => {}
            }
        };
        // A full pipe would stop it.
        let said = Arc::new(Mutex::new(seen.join("\n")));
        std::thread::spawn({
            let said = said.clone();
            move || {
                lines
                    .map_while(Result::ok)
                    .for_each(|line| *said.lock().expect("no panic") += &(line + "\n"));
            }
        });
        Self { child, address, metrics, said }
    }

    pub(crate) fn send(address: SocketAddr, request: &str) -> Answer {
        let mut stream = TcpStream::connect(address).expect("it accepts");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("it answers");
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(bytes[..end].to_vec()).expect("text");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Answer { status, head, body: bytes[end + 4..].to_vec() }
    }

    pub(crate) fn request(&self, method: &str, path: &str, headers: &str) -> Answer {
        let text = format!("{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n");
        Self::send(self.address, &text)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request("GET", path, "")
    }

    /// What it counts, in the text format of Prometheus.
    pub(crate) fn figures(&self) -> String {
        let address = self.metrics.expect("figures");
        let answer = Self::send(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        String::from_utf8(answer.body).expect("text")
    }

    /// One of these figures.
    pub(crate) fn figure(&self, name: &str) -> f64 {
        let figures = self.figures();
        let line = figures.lines().find(|line| line.split(' ').next() == Some(name));
        let line = line.unwrap_or_else(|| panic!("{name} is in {figures}"));
        line.rsplit(' ').next().and_then(|value| value.parse().ok()).expect("a number")
    }

    /// Waits until a figure is `value`.
    pub(crate) fn wait_for(&self, name: &str, value: f64) {
        let patience = Instant::now() + PATIENCE;
        while self.figure(name) != value {
            assert!(Instant::now() < patience, "{name} is {} and not {value}", self.figure(name));
            sleep(Duration::from_millis(50));
        }
    }

    /// What it has written to standard error so far.
    pub(crate) fn lines(&self) -> String {
        self.said.lock().expect("no panic").clone()
    }

    /// Waits until it has written this to standard error.
    pub(crate) fn wait_for_line(&self, text: &str) {
        let patience = Instant::now() + PATIENCE;
        while !self.lines().contains(text) {
            assert!(Instant::now() < patience, "{text:?} is not in {:?}", self.lines());
            sleep(Duration::from_millis(50));
        }
    }

    /// The words of a refusal with this status.
    pub(crate) fn refusal(&self, path: &str, status: u16) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, status, "{path}: {}", String::from_utf8_lossy(&answer.body));
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let problem = answer.json();
        assert_eq!(problem["status"], status);
        problem["detail"].as_str().expect("a detail").to_owned()
    }
}

/// A project with a rule, and larger pictures than the usual one.
pub(crate) fn project() -> Dir {
    let dir = Dir::with_busy_project();
    for (number, layer) in ["Ground", "Figure", "Eyes", "Hat"].into_iter().enumerate() {
        let layers = dir.path("p/layers");
        std::fs::rename(layers.join(format!("{number} {layer}")), layers.join(layer))
            .expect("a folder to rename");
    }
    let rules = "\n[[rules]]\nforbid = [\"Eyes/V0\", \"Hat/V1\"]\n";
    dir.write("p/collection.toml", format!("name = \"P\"\nseed = 11\ncount = 20\n{rules}"));
    dir
}

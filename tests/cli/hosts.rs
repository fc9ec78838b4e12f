//! Static web servers, as hosts of pools are: some answer many ranges at once, most answer one, some none.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What a server answers where ranges are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ranges {
    /// One as it is, several as `multipart/byteranges`.
    Many,
    /// One; several are answered with the whole file.
    One,
    /// The whole file.
    None,
}

/// A server of the files below a folder. Pages of other origins may read what a simple request asks for.
pub(crate) struct Host {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    root: PathBuf,
    ranges: Ranges,
    /// Whether pages of other origins may ask for all kinds of ranges.
    allows_others: bool,
    asked: Mutex<Vec<String>>,
    is_over: AtomicBool,
}

impl Host {
    pub(crate) fn start(root: &Path, ranges: Ranges, allows_others: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (asked, is_over) = (Mutex::default(), AtomicBool::new(false));
        let shared = Arc::new(Shared { root: root.to_owned(), ranges, allows_others, asked, is_over });
        let own = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                if own.is_over.load(SeqCst) {
                    return;
                }
                let (own, stream) = (own.clone(), stream.expect("a connection"));
                // A browser that goes away ends its connections.
                thread::spawn(move || drop(own.answer(&stream)));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// What was asked for since this was called last: method, path and range.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.asked.lock().expect("no thread panics"))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.shared.is_over.store(true, SeqCst);
        drop(TcpStream::connect(self.address));
    }
}

impl Shared {
    /// Reads a request, answers it, and ends the connection.
    fn answer(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(90)))?;
        let mut lines = Vec::new();
        for line in BufReader::new(stream).lines() {
            match line? {
                line if line.is_empty() => break,
                line => lines.push(line),
            }
        }
        let mut words = lines.first().map_or("", String::as_str).split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let path = target.split('?').next().unwrap_or_default().trim_start_matches('/');
        let file = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
        let header = |name: &str| {
            lines.iter().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            })
        };
        let range = header("range");
        assert!(range.as_ref().is_none_or(|range| range.len() < 4000), "servers refuse long headers");
        let entry = format!("{method} {path} {}", range.as_deref().unwrap_or_default());
        self.asked.lock().expect("no thread panics").push(entry.trim_end().to_owned());
        let mut head = "Access-Control-Allow-Origin: *\r\nConnection: close\r\n".to_owned();
        let mut send = |status: &str, head: &str, body: &[u8]| {
            write!(stream, "HTTP/1.1 {status}\r\n{head}Content-Length: {}\r\n\r\n", body.len())?;
            if method == "HEAD" { Ok(()) } else { stream.write_all(body) }
        };
        if method == "OPTIONS" {
            if self.allows_others {
                head += "Access-Control-Allow-Headers: Range\r\n";
            }
            return send("204 No Content", &head, b"");
        }
        let Ok(file) = fs::read(self.root.join(&*file)) else {
            return send("404 Not Found", &head, b"there is nothing here");
        };
        head += &format!("ETag: \"{:08x}\"\r\n", crc32fast::hash(&file));
        let kind = match path.rsplit('.').next() {
            Some("html") => "text/html",
            Some("js") => "text/javascript",
            _ => "application/octet-stream",
        };
        let ranges = range.map(|range| ranges_of(&range, file.len())).unwrap_or_default();
        let line =
            |[from, to]: [usize; 2]| format!("Content-Range: bytes {from}-{}/{}\r\n", to - 1, file.len());
        match (&ranges[..], self.ranges) {
            (&[range], Ranges::Many | Ranges::One) => {
                head += &format!("Content-Type: {kind}\r\n{}", line(range));
                send("206 Partial Content", &head, &file[range[0]..range[1]])
            }
            ([_, _, ..], Ranges::Many) => {
                let mut body = Vec::new();
                for &range in &ranges {
                    write!(body, "\r\n--PART\r\nContent-Type: {kind}\r\n{}\r\n", line(range))?;
                    body.extend_from_slice(&file[range[0]..range[1]]);
                }
                body.extend(b"\r\n--PART--\r\n");
                head += "Content-Type: multipart/byteranges; boundary=PART\r\n";
                send("206 Partial Content", &head, &body)
            }
            _ => send("200 OK", &format!("{head}Content-Type: {kind}\r\n"), &file),
        }
    }
}

/// The ranges of a header, from their first byte to the one behind their last.
fn ranges_of(header: &str, len: usize) -> Vec<[usize; 2]> {
    let list = header.strip_prefix("bytes=").expect("a range of bytes");
    let range = |text: &str| {
        let (from, last) = text.split_once('-').expect("a range");
        let last_of = |text: &str| text.parse().map_or(len, |last: usize| (last + 1).min(len));
        match from {
            "" => [len - len.min(last.parse().expect("a number")), len],
            _ => [from.parse().expect("a number"), last_of(last)],
        }
    };
    list.split(',').map(|text| range(text.trim())).collect()
}

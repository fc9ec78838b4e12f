//! The HTTP service and clients that leave, trickle, and lie: others are served all the while, and nothing is left over.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use crate::serve_util::{PATIENCE, Served, project};

/// A connection that has sent this.
fn sent(served: &Served, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(served.address).expect("it accepts");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    // The service may close before it has read all.
    let _ = stream.write_all(text.as_bytes());
    stream
}

/// All bytes until the service closes. A client that sends what is not read may lose the answer.
fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
        read => _ = read.expect("it closes in time"),
    }
    bytes
}

/// The statuses of the answers among these bytes.
fn statuses(bytes: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(bytes);
    let of = |part: &str| part.get(..3).and_then(|digits| digits.parse().ok());
    text.split("HTTP/1.1 ").skip(1).filter_map(of).collect()
}

#[test]
fn clients_that_leave_in_the_middle_leave_nothing_behind() {
    let dir = project();
    let served = Served::start(&dir, &["p", "--file-cache", "1KB"]);
    let expected = served.get("/v1/p/seed/alice.png").body;
    thread::scope(|scope| {
        for client in 0..8 {
            let served = &served;
            scope.spawn(move || {
                for number in 0..25 {
                    let path = format!("/v1/p/seed/{client}-{number}.webp");
                    let mut stream = sent(served, &format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
                    match number % 3 {
                        // Before the answer, and in its middle.
                        0 => {}
                        1 => stream.read_exact(&mut [0; 100]).expect("the beginning of an answer"),
                        _ => sleep(Duration::from_millis(2)),
                    }
                }
            });
        }
        for _ in 0..20 {
            assert!(served.get("/v1/p/seed/alice.png").body == expected);
        }
    });
    for name in ["pictures_at_work", "pictures_waiting", "connections"] {
        // The connection that reads the figures is one.
        served.wait_for(&format!("traitpress_{name}"), f64::from(u8::from(name == "connections")));
    }
    assert!(served.get("/v1/p/seed/alice.png").body == expected);
}

#[test]
fn clients_that_trickle_are_given_up_and_delay_no_other() {
    let dir = project();
    let served = Served::start(&dir, &["p"]);
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..30 {
            let served = &served;
            scope.spawn(move || {
                let mut stream = sent(served, "");
                let head = format!("GET /v1/p HTTP/1.1\r\nX: {}", "a".repeat(100));
                for byte in head.bytes() {
                    if stream.write_all(&[byte]).is_err() {
                        break;
                    }
                    sleep(Duration::from_millis(500));
                }
                assert!(statuses(&rest(stream)).is_empty(), "half a head has no answer");
                let seconds = start.elapsed().as_secs_f64();
                assert!((9.0..60.0).contains(&seconds), "it is given up after 10 s, and not {seconds}");
            });
        }
        while start.elapsed() < Duration::from_secs(5) {
            let asked = Instant::now();
            assert_eq!(served.get("/v1/p/seed/alice.png").status, 200);
            assert!(asked.elapsed() < Duration::from_secs(9), "others wait for none of them");
            sleep(Duration::from_millis(100));
        }
    });
    served.wait_for("traitpress_connections", 1.0);
}

#[test]
fn lengths_that_are_not_true_and_heads_that_are_too_long_end_their_connection_alone() {
    let dir = project();
    let served = Served::start(&dir, &["p"]);
    let get = "GET /v1/p HTTP/1.1\r\nHost: a\r\n";
    let next = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for (request, expected) in [
        // A body that never comes, or only in part, is not waited for.
        (format!("{get}Content-Length: 1000000000000\r\n\r\n"), &[200][..]),
        (format!("{get}Content-Length: 1000\r\n\r\nabc"), &[200]),
        (format!("{get}Transfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\nabc"), &[200]),
        ("POST /v1/p HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000000000000000\r\n\r\n".into(), &[405]),
        (format!("{get}Content-Length: 18446744073709551615\r\n\r\n{next}"), &[400, 431]),
        // Lengths that no reader agrees on.
        (format!("{get}Content-Length: -1\r\n\r\n{next}"), &[400]),
        (format!("{get}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd{next}"), &[400]),
        (format!("{get}Content-Length: 99999999999999999999999\r\n\r\n{next}"), &[400]),
        // 100 KB of head: in one line, in many, and in the address.
        (format!("{get}X: {}\r\n\r\n{next}", "a".repeat(100_000)), &[431]),
        (format!("{get}{}\r\n{next}", "X: a\r\n".repeat(17_000)), &[431]),
        (format!("GET /v1/{} HTTP/1.1\r\nHost: a\r\n\r\n{next}", "a".repeat(100_000)), &[414, 431]),
    ] {
        let begun = Instant::now();
        let answered = statuses(&rest(sent(&served, &request)));
        let shown: String = request.chars().take(120).collect();
        let is_lost = answered.is_empty() && request.len() > 50_000;
        let is_one = answered.len() == 1 && expected.contains(&answered[0]);
        assert!(is_lost || is_one, "{shown:?}: {answered:?}");
        assert!(begun.elapsed() < Duration::from_secs(60), "{shown:?}");
        assert_eq!(served.get("/healthz").status, 200, "after {shown:?}");
    }
    // A body that is there is passed over, and is not taken for the next request.
    let hidden = "GET /v1/dogs HTTP/1.1\r\nHost: a\r\n\r\n";
    let request = format!("{get}Content-Length: {}\r\n\r\n{hidden}{next}", hidden.len());
    assert!([&[200, 200][..], &[200]].contains(&&*statuses(&rest(sent(&served, &request)))));
    for size in ["1000000000", "4294967296", "99999999999999999999", "-1", "0", "1e9", "0x40"] {
        let said = served.refusal(&format!("/v1/p/seed/alice.png?size={size}"), 400);
        assert!(said.contains("size is"), "{said}");
    }
    served.wait_for("traitpress_connections", 1.0);
    assert_eq!(served.figure("traitpress_pictures_made_total"), 0.0, "nothing of this costs a picture");
}

#[cfg(unix)]
#[test]
fn a_log_that_nobody_reads_stops_no_request_and_loses_whole_lines_alone() {
    const REQUESTS: usize = 20_000;
    let dir = project();
    let mut served = Served::start_with(&dir, &["p"], Stdio::piped());
    let once = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    for _ in 0..REQUESTS / 1000 {
        let last = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let stream = sent(&served, &(once.repeat(999) + last));
        assert_eq!(statuses(&rest(stream)).len(), 1000);
    }
    let lost = served.figure("traitpress_access_log_lines_lost_total") as usize;
    assert!((1..REQUESTS).contains(&lost), "{lost}");
    let mut log = served.child.stdout.take().expect("a pipe");
    let reader = thread::spawn(move || {
        let mut text = String::new();
        log.read_to_string(&mut text).map(|_| text).expect("it reads")
    });
    let killed = std::process::Command::new("kill").args(["-TERM", &served.child.id().to_string()]).status();
    assert!(killed.expect("kill runs").success());
    assert!(served.child.wait().expect("it ends").success());
    let text = reader.join().expect("no panic");
    assert_eq!(text.lines().count(), REQUESTS - lost);
    for line in text.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a JSON document");
        assert_eq!((&line["status"], &line["address"]), (&200.into(), &"/healthz".into()));
    }
}

//! The HTTP service in operation: its log, its keys, and connections that wait.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::serve_util::{Answer, PATIENCE, Served, project};
use crate::util::Dir;

/// Sends a signal to the service.
#[cfg(unix)]
fn signal(served: &Served, name: &str) {
    let sent = Command::new("kill").args([name, &served.child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
}

/// An address with its signature by the first key of a file.
fn sign(dir: &Dir, keys: &str, address: &str) -> String {
    let ran = dir.run(["serve", "--keys", keys, "--sign", address]);
    ran.ok().stdout().trim().to_owned()
}

#[cfg(unix)]
#[test]
fn the_log_has_a_line_of_each_request_and_no_signature() {
    let dir = project();
    dir.write("keys", "0123456789abcdef0123456789abcdef\n");
    let log = File::create(dir.path("log")).expect("a file");
    let mut served = Served::start_with(&dir, &["p", "--keys", "keys"], Stdio::from(log));
    let signed = sign(&dir, "keys", "/v1/p/seed/alice.png?Hat=V0");
    let picture = served.get(&signed);
    let tag = picture.header("etag").expect("a tag").to_owned();
    assert_eq!((picture.status, served.get(&signed).status), (200, 200));
    assert_eq!(served.request("HEAD", &signed, "").status, 200);
    assert_eq!(served.request("GET", &signed, &format!("If-None-Match: {tag}\r\n")).status, 304);
    assert_eq!(served.get(&format!("{signed}x")).status, 403);
    assert_eq!(served.get("/v1").status, 200);
    // What is written last is there, too.
    signal(&served, "-TERM");
    assert!(served.child.wait().expect("it ends").success());
    let text = String::from_utf8(dir.read("log")).expect("text");
    let (_, signature) = signed.rsplit_once("sig=").expect("a signature");
    assert!(!text.contains(&signature[..20]) && !text.contains("0123456789abcdef"), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |key: &str| lines.iter().map(|line| line.get(key).cloned()).collect::<Vec<_>>();
    let some = |values: &[Value]| values.iter().cloned().map(Some).collect::<Vec<_>>();
    assert_eq!(of("status"), some(&[200, 200, 200, 304, 403, 200].map(Value::from)));
    assert_eq!(of("cached")[..4], [Some(false.into()), Some(true.into()), None, None]);
    assert_eq!(of("bytes")[..4], some(&[picture.body.len(), picture.body.len(), 0, 0].map(Value::from)));
    assert_eq!(of("route"), some(&["seed", "seed", "seed", "seed", "seed", "projects"].map(Value::from)));
    assert_eq!(of("method")[2], Some("HEAD".into()));
    assert_eq!(of("address")[0], Some("/v1/p/seed/alice.png?Hat=V0&sig=-".into()));
    for line in &lines {
        assert!(line["client"].as_str().expect("an address").starts_with("127.0.0.1:"));
        assert!(line["milliseconds"].as_f64() > Some(0.0) && line["time"].is_u64());
    }
}

#[test]
fn a_client_that_asks_too_much_is_refused_alone_and_what_costs_nothing_is_free() {
    let dir = project();
    let options = ["p", "--client-rate", "0.01", "--client-burst", "3", "--client-header", "X-Real-IP"];
    let served = Served::start(&dir, &options);
    let from = |method: &str, client: &str, path: &str, more: &str| {
        served.request(method, path, &format!("X-Real-IP: {client}\r\n{more}"))
    };
    let get = |client: &str, seed: &str| from("GET", client, &format!("/v1/p/seed/{seed}.png"), "");
    let mut tag = String::new();
    for seed in ["a", "b", "c"] {
        let answer = get("192.0.2.1", seed);
        assert_eq!(answer.status, 200);
        answer.header("etag").expect("a tag").clone_into(&mut tag);
    }
    let refused = get("192.0.2.1", "d");
    assert_eq!((refused.status, refused.header("cache-control")), (429, Some("no-store")));
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    let seconds: u32 = refused.header("retry-after").expect("a time").parse().expect("a number");
    assert!((90..=100).contains(&seconds), "{seconds}");
    assert!(refused.json()["detail"].as_str().expect("a detail").contains("0.01 new pictures a second"));
    // What is there already, 304, HEAD and documents.
    assert_eq!(get("192.0.2.1", "a").status, 200);
    let unchanged = from("GET", "192.0.2.1", "/v1/p/seed/c.png", &format!("If-None-Match: {tag}\r\n"));
    assert_eq!(unchanged.status, 304);
    assert_eq!(from("HEAD", "192.0.2.1", "/v1/p/seed/d.png", "").status, 200);
    assert_eq!(from("GET", "192.0.2.1", "/v1/p/seed/d.json", "").status, 200);
    // Others are no part of it; those of one network of IPv6 are one.
    assert_eq!(get("192.0.2.2", "d").status, 200);
    assert_eq!(served.get("/v1/p/seed/e.png").status, 200);
    let networks = ["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::4", "2001:db8:0:1::4"];
    let statuses: Vec<u16> =
        networks.iter().enumerate().map(|(seed, client)| get(client, &seed.to_string()).status).collect();
    assert_eq!(statuses, [200, 200, 200, 429, 200]);
    assert_eq!(served.figure("traitpress_refused_client_total"), 2.0);
    let refused = dir.run(["serve", "p", "--client-header", "Forwarded", "--check"]);
    refused.exited(2);
    assert!(refused.stderr().contains("let the proxy send X-Forwarded-For"), "{}", refused.stderr());
}

#[test]
fn one_client_has_no_more_than_its_part_of_the_queue() {
    let dir = project();
    let options = ["p", "--threads", "1", "--client-queue", "2", "--client-header", "X-Forwarded-For"];
    let served = Served::start(&dir, &options);
    let all = |client: &str| -> Vec<u16> {
        std::thread::scope(|scope| {
            let requests: Vec<_> = (0..40)
                .map(|number| {
                    let (served, path) = (&served, format!("/v1/p/seed/{client}-{number}.webp"));
                    let header = format!("X-Forwarded-For: 203.0.113.9, {client}\r\n");
                    scope.spawn(move || served.request("GET", &path, &header))
                })
                .collect();
            let answers = requests.into_iter().map(|request| request.join().expect("no panic"));
            let retry = |answer: &Answer| answer.header("retry-after").map(str::to_owned);
            answers
                .inspect(|answer| assert_eq!(answer.status == 429, retry(answer).is_some()))
                .map(|answer| answer.status)
                .collect()
        })
    };
    // Others of the same time are not touched by it.
    let statuses = std::thread::scope(|scope| {
        let many = scope.spawn(|| all("192.0.2.1"));
        for number in 0..10 {
            let header = "X-Forwarded-For: 192.0.2.2\r\n";
            assert_eq!(served.request("GET", &format!("/v1/p/seed/{number}.png"), header).status, 200);
        }
        many.join().expect("no panic")
    });
    assert!(statuses.contains(&200) && statuses.contains(&429), "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
}

#[cfg(unix)]
#[test]
fn keys_are_read_again_and_a_wrong_file_keeps_those_before() {
    let (old, new) = ("0123456789abcdef0123456789abcdef\n", "fedcba9876543210fedcba9876543210\n");
    let dir = project();
    dir.write("keys", old);
    dir.write("old", old);
    dir.write("new", new);
    // Files are looked at seldom here, and at the signal.
    let served = Served::start(&dir, &["p", "--keys", "keys", "--watch", "0"]);
    let watching = Served::start(&dir, &["p", "--keys", "keys", "--watch", "1"]);
    let [by_old, by_new] = ["old", "new"].map(|keys| sign(&dir, keys, "/v1/p/seed/alice.png"));
    let status = |served: &Served, address: &str| served.get(address).status;
    let wait = |served: &Served, address: &str, expected: u16| {
        let patience = Instant::now() + PATIENCE;
        while status(served, address) != expected {
            assert!(Instant::now() < patience, "{address} is not {expected}");
            sleep(Duration::from_millis(100));
        }
    };
    for served in [&served, &watching] {
        assert_eq!((status(served, &by_old), status(served, &by_new)), (200, 403));
    }
    dir.write("keys", new.to_owned() + old);
    wait(&watching, &by_new, 200);
    assert_eq!(status(&served, &by_new), 403, "nothing asked it to look");
    signal(&served, "-HUP");
    wait(&served, &by_new, 200);
    assert_eq!(status(&served, &by_old), 200);
    dir.write("keys", "secret\n");
    signal(&served, "-HUP");
    served.wait_for_line("the earlier keys stay");
    watching.wait_for_line("the earlier keys stay");
    dir.write("next", new);
    std::fs::rename(dir.path("next"), dir.path("keys")).expect("a file to rename");
    for served in [&served, &watching] {
        assert!(!served.lines().contains("secret"), "{}", served.lines());
    }
    wait(&watching, &by_old, 403);
    signal(&served, "-HUP");
    wait(&served, &by_old, 403);
}

/// Reads answers until `count` have come or the service ends the connection; gives how many, and how long that took.
fn answers(stream: &mut TcpStream, count: usize) -> (usize, Duration) {
    const BEGIN: &[u8] = b"HTTP/1.1 200";
    let begun = Instant::now();
    let (mut bytes, mut looked, mut found) = (Vec::new(), 0, 0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        while bytes.len() >= looked + BEGIN.len() {
            found += usize::from(bytes[looked..].starts_with(BEGIN));
            looked += 1;
        }
        // The last has come when its document has.
        if found == count && count > 0 && bytes.ends_with(b"ok\n") {
            return (found, begun.elapsed());
        }
        match stream.read(&mut buffer).expect("it answers or ends") {
            0 => return (found, begun.elapsed()),
            length => bytes.extend_from_slice(&buffer[..length]),
        }
    }
}

#[test]
fn a_connection_waits_longer_than_a_head_may_take_and_ends_after_its_own_time() {
    const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    let dir = project();
    let usual = Served::start(&dir, &["p"]);
    let short = Served::start(&dir, &["p", "--idle-timeout", "2"]);
    let connect = |served: &Served, text: &str| {
        let mut stream = TcpStream::connect(served.address).expect("it accepts");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        stream.write_all(text.as_bytes()).expect("it reads");
        stream
    };
    std::thread::scope(|scope| {
        let (usual, short) = (&usual, &short);
        scope.spawn(move || {
            let mut stream = connect(usual, HEALTH);
            assert_eq!(answers(&mut stream, 1).0, 1);
            sleep(Duration::from_secs(12));
            stream.write_all(HEALTH.as_bytes()).expect("it waits for more than the 10 s of a head");
            assert_eq!(answers(&mut stream, 1).0, 1);
        });
        // Before the first request and after one.
        for (text, expected) in [("", 0), (HEALTH, 1)] {
            scope.spawn(move || {
                let begun = Instant::now();
                let mut stream = connect(short, text);
                if expected > 0 {
                    assert_eq!(answers(&mut stream, expected).0, expected);
                }
                let (more, time) = answers(&mut stream, 0);
                assert!(more == 0 && begun.elapsed() >= Duration::from_secs(2), "{:?}", begun.elapsed());
                assert!(time < Duration::from_secs(9), "{time:?} is the time of a head");
            });
        }
        // A head that has begun has the time of heads.
        scope.spawn(move || {
            let mut stream = connect(short, &HEALTH[..20]);
            sleep(Duration::from_secs(3));
            stream.write_all(&HEALTH.as_bytes()[20..]).expect("it waits");
            assert_eq!(answers(&mut stream, 1).0, 1);
            let (_, time) = answers(&mut stream, 0);
            assert!(time < Duration::from_millis(6500), "{time:?} is what was left of the head's time");
        });
        // A client that reads late is no connection without a request.
        scope.spawn(move || {
            const MANY: usize = 400;
            let picture = "GET /v1/p/seed/alice.png HTTP/1.1\r\nHost: a\r\n\r\n".repeat(MANY);
            let mut stream = connect(short, &(picture + HEALTH));
            sleep(Duration::from_secs(5));
            assert_eq!(answers(&mut stream, MANY + 1).0, MANY + 1);
        });
    });
}

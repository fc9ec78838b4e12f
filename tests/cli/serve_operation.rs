//! The HTTP service in operation: its log, its keys, and connections that wait.

use std::fs::File;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::serve_util::{Served, project};
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

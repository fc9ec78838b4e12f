//! The HTTP service: pictures with the bytes of collections, refusals in words, and what clients do wrong.

use std::io::Write;
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::serve_util::{PATIENCE, Served, project};

#[test]
fn pictures_have_the_bytes_of_collections() {
    let dir = project();
    dir.run(["generate", "p", "--out", "drop", "--output-size", "100,50", "--no-recipe-cache"]).ok();
    dir.run(["generate", "p", "--out", "webp", "--output-size", "50", "--format", "webp"]).ok();
    let served = Served::start(&dir, &["p", "--sizes", "100,50", "--items", "drop"]);
    for edition in 1..=20 {
        let item = |rest: &str| served.get(&format!("/v1/p/items/{edition}.{rest}"));
        for (rest, file) in [
            ("png", format!("drop/images/100/{edition}.png")),
            ("png?size=50", format!("drop/images/50/{edition}.png")),
            ("webp?size=50", format!("webp/images/{edition}.webp")),
        ] {
            let answer = item(rest);
            assert_eq!(answer.status, 200);
            assert!(answer.body == dir.read(&file), "{file}");
        }
        let document = item("json").json();
        assert_eq!(document["metadata"], dir.json(format!("drop/json/{edition}.json")));
    }
    let from_cache = || served.figure("traitpress_pictures_from_cache_total");
    let before = from_cache();
    // The same item by its text, by its traits, and again from the cache.
    let alice = served.get("/v1/p/seed/alice.png");
    assert_eq!((alice.status, alice.header("content-type")), (200, Some("image/png")));
    let traits = served.get("/v1/p/seed/alice.json").json()["traits"].clone();
    let query: Vec<String> = traits
        .as_object()
        .expect("layers")
        .iter()
        .map(|(layer, name)| format!("{}={}", layer.replace(' ', "+"), name.as_str().expect("a name")))
        .collect();
    let rendered = served.get(&format!("/v1/p/render.png?{}", query.join("&")));
    assert!(rendered.body == alice.body && rendered.header("etag") == alice.header("etag"));
    assert!(served.get("/v1/p/seed/alice.png").body == alice.body);
    let hat = served.get("/v1/p/seed/alice.json?Hat=V1").json();
    assert_eq!(hat["traits"]["Hat"], "V1");
    assert_eq!(hat["traits"]["Ground"], traits["Ground"], "no rule ties them");
    let metrics = served.figures();
    assert_eq!(from_cache() - before, 2.0);
    assert!(metrics.contains("route=\"items\",status=\"200\"} 80"), "{metrics}");
}

#[test]
fn items_of_a_pool_are_what_cat_prints() {
    let dir = project();
    let options = ["--output-size", "100,50", "--provenance"];
    dir.run(["generate", "p", "--out", "drop.pool"].iter().chain(&options)).ok();
    let served = Served::start(&dir, &["p", "--items", "drop.pool", "--watch", "1"]);
    let described = served.get("/v1/p").json();
    assert_eq!((&described["items"], &described["item_sizes"]), (&20.into(), &vec![100, 50].into()));
    let cat = |arguments: &[&str]| {
        let output = dir.command(["cat", "drop.pool"].iter().chain(arguments)).output().expect("it runs");
        assert!(output.status.success());
        output.stdout
    };
    for edition in 1..=20 {
        let number = edition.to_string();
        for (rest, arguments) in [
            ("png", &[&*number][..]),
            ("png?size=50", &[&*number, "--size", "50"]),
            ("json", &[&*number, "--json"]),
        ] {
            let answer = served.get(&format!("/v1/p/items/{edition}.{rest}"));
            assert_eq!(answer.status, 200, "{rest}");
            assert!(answer.body == cat(arguments), "{edition}.{rest}");
        }
    }
    let picture = served.get("/v1/p/items/7.png");
    let head = served.request("HEAD", "/v1/p/items/7.png", "");
    assert_eq!((head.status, head.header("etag")), (200, picture.header("etag")));
    assert_eq!(served.figure("traitpress_pictures_made_total"), 40.0, "the last came from the cache");
    for (path, status, words) in [
        ("/v1/p/items/21.png", 404, "there is no item 21"),
        ("/v1/p/items/21.json", 404, "there is no item 21"),
        ("/v1/p/items/7.webp", 404, "request items/7.png"),
        ("/v1/p/items/7.png?size=64", 400, "these items have 100, 50"),
    ] {
        let said = served.refusal(path, status);
        assert!(said.contains(words), "{path}: {said}");
    }
    // Another pool under the same name: other items are another state, whose addresses are their own.
    let digest = described["digest"].as_str().expect("a digest").to_owned();
    let fixed = format!("/v1/p@{digest}/items/7.png");
    assert!(served.get(&fixed).body == picture.body);
    let other = ["--seed", "12", "--count", "5", "--output-size", "50"];
    dir.run(["generate", "p", "--out", "next.pool"].iter().chain(&other)).ok();
    std::fs::rename(dir.path("next.pool"), dir.path("drop.pool")).expect("a file to rename");
    let patience = Instant::now() + PATIENCE;
    while served.get("/v1/p").json()["items"] != 5 {
        assert!(Instant::now() < patience, "it opens the other pool");
        sleep(Duration::from_millis(100));
    }
    assert_eq!(served.get(&fixed).status, 404);
    assert!(served.get("/v1/p/items/5.png").body == cat(&["5"]));
    let damaged = &dir.read("drop.pool")[..500];
    dir.write("cut.pool", damaged);
    dir.run(["serve", "p", "--items", "cut.pool", "--check"]).refused(1, &[&["cut.pool", "damaged"]]);
}

#[test]
fn answers_say_how_long_they_hold_and_cost_nothing_twice() {
    let dir = project();
    let served = Served::start(&dir, &["cats=p", "--cors", "https://a.example"]);
    let list = served.get("/v1").json();
    let digest = list["projects"][0]["digest"].as_str().expect("a digest").to_owned();
    assert_eq!(list["projects"][0]["id"], "cats");
    for path in ["/v1", "/v1/cats"] {
        let (found, tag) = (served.get(path), served.get(path).header("etag").expect("a tag").to_owned());
        assert_eq!(found.header("cache-control"), Some("no-cache"), "their digests change");
        assert_eq!(served.request("GET", path, &format!("If-None-Match: {tag}\r\n")).status, 304);
    }
    let described = served.get(&format!("/v1/cats@{digest}"));
    assert_eq!(described.header("cache-control"), Some("public, max-age=31536000, immutable"));
    let described = served.get("/v1/cats").json();
    assert_eq!((&described["capacity"], &described["sizes"][0]), (&"192".into(), &200.into()));
    assert_eq!(described["layers"][3]["traits"][1]["name"], "V1");
    let plain = served.get("/v1/cats/seed/bob.png");
    assert_eq!(plain.header("cache-control"), Some("public, max-age=3600"));
    let fixed = served.get(&format!("/v1/cats@{digest}/seed/bob.png"));
    assert!(fixed.body == plain.body);
    assert_eq!(fixed.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert!(served.refusal("/v1/cats@0000/seed/bob.png", 404).contains(&digest));
    // The tag is there before the picture is, and one that is sent back costs none.
    let head = served.request("HEAD", "/v1/cats/seed/carol.png", "");
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (200, 0, None));
    let tag = head.header("etag").expect("a tag").to_owned();
    let unchanged =
        served.request("GET", "/v1/cats/seed/carol.png", &format!("If-None-Match: \"x\", {tag}\r\n"));
    assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
    assert_eq!(served.figure("traitpress_pictures_made_total"), 1.0, "bob's alone");
    assert_eq!(served.get("/v1/cats/seed/carol.png").header("etag"), Some(&*tag));
    let from = |origin: &str| served.request("GET", "/v1", &format!("Origin: {origin}\r\n"));
    assert_eq!(from("https://a.example").header("access-control-allow-origin"), Some("https://a.example"));
    assert_eq!(from("https://b.example").header("access-control-allow-origin"), None);
    assert_eq!(served.get("/openapi.json").json()["openapi"], "3.1.0");
    assert_eq!((served.get("/healthz").status, served.get("/readyz").status), (200, 200));
}

#[test]
fn refusals_are_problems_in_the_words_of_the_library() {
    let dir = project();
    let served = Served::start(&dir, &["p"]);
    for (path, status, words) in [
        ("/v1/dogs", 404, "there is no project \"dogs\""),
        ("/v1/p/seed/alice.gif", 404, "/openapi.json"),
        ("/v1/p/items/1.png", 404, "without numbered items"),
        ("/v1/p/seed/alice.png?size=1000000000", 400, "size is 1000000000, and this project has 200"),
        ("/v1/p/seed/alice.png?Hta=V1", 400, "did you mean \"Hat\"?"),
        ("/v1/p/seed/alice.png?Hat=V9", 400, "layer \"Hat\" has no trait \"V9\""),
        ("/v1/p/seed/alice.png?Hat=V1&Eyes=V0", 400, "rule 1"),
        ("/v1/p/render.png?Hat=V1", 400, "is never absent"),
        ("/v1/p/render.png?Hat=V1,V2", 400, "add seed=.."),
    ] {
        let said = served.refusal(path, status);
        assert!(said.contains(words), "{path}: {said}");
    }
    let post = served.request("POST", "/v1/p", "Content-Length: 9000000000\r\n");
    assert_eq!((post.status, post.header("allow")), (405, Some("GET, HEAD, OPTIONS")));
    let long = format!("GET /v1/p/seed/{}.png HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(40_000));
    assert!([414, 431].contains(&Served::send(served.address, &long).status));
    // Clients that leave, or send what is no request, disturb no other.
    for bytes in
        [&b"GET /v1/p/seed/x.png HTTP/1.1\r\nHo"[..], b"\x16\x03\x01\x02\x00", b"GET / HTTP/9\r\n\r\n"]
    {
        TcpStream::connect(served.address).expect("it accepts").write_all(bytes).expect("it reads");
    }
    std::thread::scope(|scope| {
        for _ in 0..24 {
            scope.spawn(|| assert_eq!(served.get("/v1/p/seed/many.png").status, 200));
        }
    });
}

#[test]
fn signed_addresses_alone_are_served_where_there_are_keys() {
    let dir = project();
    dir.write("keys", "0123456789abcdef0123456789abcdef\nfedcba9876543210fedcba9876543210\n");
    dir.write("old", "fedcba9876543210fedcba9876543210\n");
    dir.write("short", "secret\n");
    dir.run(["serve", "p", "--keys", "short"]).refused(2, &[&["short", "16"]]);
    let sign = |keys: &str| {
        let ran = dir.run(["serve", "--keys", keys, "--sign", "/v1/p/seed/alice.png?Hat=V0"]);
        ran.ok().stdout().trim().to_owned()
    };
    let served = Served::start(&dir, &["p", "--keys", "keys"]);
    for keys in ["keys", "old"] {
        assert_eq!(served.get(&sign(keys)).status, 200, "{keys}");
    }
    assert!(served.refusal("/v1/p/seed/alice.png?Hat=V0", 403).contains("sig="));
    assert_eq!(served.get(&sign("keys").replace("V0", "V2")).status, 403);
    assert_eq!(served.get("/v1/p").status, 200, "what costs no picture needs no signature");
}

#[test]
fn a_project_is_checked_before_it_is_served() {
    let dir = project();
    dir.run(["serve", "p", "--check"]).ok().says("possible items");
    dir.run(["serve", "nowhere", "--check"]).refused(2, &[&["nowhere", "does not exist"]]);
    dir.run(["serve", "p", "other/../p", "--check"]).refused(2, &[&["\"p\"", "cats="]]);
    dir.write("p/layers/Hat/V7.png", "no picture");
    dir.run(["serve", "p", "--check"]).exited_beside_broken_files(1);
}

#[cfg(unix)]
#[test]
fn changes_are_served_after_a_check_and_a_signal_lets_requests_end() {
    let dir = project();
    let mut served = Served::start(&dir, &["p", "--watch", "1"]);
    let digest =
        |served: &Served| served.get("/v1/p").json()["digest"].as_str().expect("a digest").to_owned();
    let before = digest(&served);
    let alice = served.get("/v1/p/seed/alice.png").body;
    // A picture that cannot be read changes nothing.
    dir.write("p/layers/Hat/V9.png", "no picture");
    sleep(Duration::from_millis(2500));
    assert_eq!(digest(&served), before);
    assert!(served.get("/v1/p/seed/alice.png").body == alice);
    std::fs::remove_file(dir.path("p/layers/Hat/V9.png")).expect("it is there");
    let text = String::from_utf8(dir.read("p/collection.toml")).expect("text");
    dir.write("p/collection.toml", text.replace("name = \"P\"", "name = \"Q\""));
    let patience = Instant::now() + PATIENCE;
    while digest(&served) == before {
        assert!(Instant::now() < patience, "it reads the change");
        sleep(Duration::from_millis(100));
    }
    assert_eq!(served.get("/v1/p").json()["name"], "Q");
    assert!(served.get("/v1/p/seed/alice.png").body == alice, "art and recipe are what they were");
    let killed = std::process::Command::new("kill").args(["-TERM", &served.child.id().to_string()]).status();
    assert!(killed.expect("kill runs").success());
    let status = served.child.wait().expect("it ends");
    assert!(status.success(), "{status}");
}

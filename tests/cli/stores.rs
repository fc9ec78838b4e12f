//! Addresses of stores in arguments: where they fit, and what is refused. `scripts/store-test` runs a store.

use crate::util::Dir;

/// What is printed of a program that was built without stores.
#[cfg(not(feature = "cloud"))]
#[test]
fn without_stores_every_address_is_refused_with_the_remedy() {
    let dir = Dir::with_project();
    let remedy: &[&[&str]] = &[&["s3://drop/x", "built without object stores", "--features cloud"]];
    for args in [
        &["generate", "p", "--out", "s3://drop/x/"][..],
        &["generate", "s3://drop/x"],
        &["generate", "p", "--plan", "s3://drop/x", "--out", "o"],
        &["plan", "p", "-o", "s3://drop/x"],
        &["merge", "s3://drop/x", "--out", "o"],
        &["verify", "s3://drop/x", "--shard", "0/1"],
        &["check", "s3://drop/x"],
        &["report", "s3://drop/x"],
    ] {
        dir.run(args).refused(2, remedy);
    }
    dir.run(["generate", "p", "--out", "gs://drop/x"]).refused(2, &[&["gs://drop/x", "--features cloud"]]);
    assert!(!dir.exists("s3:") && !dir.exists("gs:") && !dir.exists("o"));
}

/// What a program with stores refuses without asking one.
#[cfg(feature = "cloud")]
#[test]
fn addresses_fit_where_shards_art_and_plans_do() {
    let dir = Dir::with_project();
    dir.write("p/collection.toml", "count = 5\n");
    let run = |args: &[&str]| {
        let mut command = dir.command(args);
        command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").env("AWS_ALLOW_HTTP", "true");
        command.env("AWS_ACCESS_KEY_ID", "key-of-test").env("AWS_SECRET_ACCESS_KEY", "secret-of-test");
        dir.run_command(command)
    };
    for args in [
        &["check", "s3://drop/x"][..],
        &["report", "s3://drop/x"],
        &["merge", "parts", "--out", "s3://drop/x"],
    ] {
        run(args).refused(2, &[&["s3://drop/x", "must be on a disk", "the store's own program"]]);
    }
    let to_store = |more: &[&str]| run(&[&["generate", "p", "--out", "s3://drop/x"], more].concat());
    to_store(&[]).refused(2, &[&["--out: the same command must choose the same items again", "--seed"]]);
    to_store(&["--seed", "1", "--shard-form", "folder"])
        .refused(2, &[&["a store has no folders", "--layout objects"]]);
    to_store(&["--seed", "1", "--layout", "objects", "--shard-form", "tar"])
        .refused(2, &[&["--layout objects"]]);
    for flag in
        [&["--resume"][..], &["--update"], &["--first", "1"], &["--stats", "s.json"], &["--preview", "v"]]
    {
        to_store(&[&["--seed", "1"], flag].concat()).refused(2, &[&[flag[0], "a store takes shards"]]);
    }
    run(&["verify", "s3://drop/x"]).refused(2, &[&["--shard I/N"]]);
    assert!(!dir.exists("s3:"));
}

#[test]
fn an_address_that_no_store_has_is_refused_and_not_repeated() {
    let dir = Dir::with_project();
    for (address, what) in [
        ("https://example.com/hidden", "begin with s3://, gs:// or az://"),
        ("s3://user:hidden@drop/x", "no user, password or query"),
        ("az://drop/x?sig=hidden", "no user, password or query"),
        ("s3://x/hidden", "the name of a bucket"),
    ] {
        let ran = dir.run(["generate", "p", "--out", address]);
        ran.refused(2, &[&[what]]);
        assert!(!ran.stderr().contains("hidden"), "{address}");
    }
    assert!(!dir.exists("https:") && !dir.exists("s3:"));
    dir.run(["generate", "p", "--layout", "objects", "--out", "o"])
        .refused(2, &[&["--layout objects", "objects are in a store", "s3://bucket/prefix/"]]);
}

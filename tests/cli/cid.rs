//! `cid PATH`: the address on IPFS before the upload, alone on standard output.

use crate::util::{Dir, RED};

#[test]
fn the_cid_of_pictures_is_printed_alone_and_changes_with_them() {
    let dir = Dir::with_project();
    dir.run(["generate", "p", "--count", "4"]).ok();
    let ran = dir.run(["cid", "out/images"]);
    let cid = ran.ok().stdout();
    assert!(cid.starts_with("bafybei") && cid.len() == 60 && cid.ends_with('\n'), "{cid:?}");
    assert_eq!(ran.stderr(), "");
    assert_eq!(dir.run(["cid", "out/images/", "--threads", "1"]).ok().stdout(), cid);
    // A copy has the same address, and what systems leave behind is not part of it.
    dir.files("out/images")
        .into_iter()
        .for_each(|(name, bytes)| dir.write(dir.path("copy").join(name), bytes));
    dir.write("copy/.DS_Store", "x");
    let copy = dir.run(["cid", "copy"]);
    assert_eq!(copy.ok().stdout(), cid);
    copy.warns("note: 1 hidden file (.name) is not part of the folder's CID, as in `ipfs add -r`");
    dir.picture("copy/1.png", RED);
    assert_ne!(dir.run(["cid", "copy"]).ok().stdout(), cid);
    // The whole collection is seldom what is meant.
    let whole = dir.run(["cid", "out"]);
    assert_ne!(whole.ok().stdout(), cid);
    whole.warns("note: this is the CID of the whole collection; `traitpress cid out/images` prints");
    // The well-known addresses of an empty file and of "hello world\n".
    dir.write("empty", "");
    dir.write("hello.txt", "hello world\n");
    for (name, cid) in [
        ("empty", "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku\n"),
        ("hello.txt", "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4\n"),
    ] {
        assert_eq!(dir.run(["cid", name]).ok().stdout(), cid);
    }
}

#[test]
fn what_has_no_address_is_refused() {
    let dir = Dir::with_project();
    dir.run(["cid", "nothing"]).refused(2, &[&["nothing: this does not exist", "to be uploaded"]]);
    #[cfg(unix)]
    {
        dir.write("f/sub/1.png", "1");
        dir.link("1.png", "f/sub/2.png");
        dir.run(["cid", "f"])
            .refused(1, &[&["f/sub/2.png: this is a link", "put a copy of the file in its place"]]);
        dir.pipe("f/sub/0.png");
        dir.run(["cid", "f"]).refused(1, &[&["f/sub/0.png: this is not a regular file"]]);
    }
}

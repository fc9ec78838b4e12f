//! CIDs as npm's ipfs-unixfs-importer 17.1.1 computes them; `scripts/check-cid` prints them for the same files.

use std::fs;
use std::path::Path;

use crate::error::{Cancelled, ErrorKind};
use crate::finished::cid::directory::of_entries;
use crate::finished::cid::file::{CHUNK, MAX_LINKS, of_file};
use crate::finished::cid::node::Block;
use crate::finished::cid::{Cid, folder_cid};
use crate::telemetry::CancelToken;

/// A file of this length, whose bytes are their places modulo 251.
fn file(length: usize) -> String {
    let bytes: Vec<u8> = (0..length).map(|place| (place % 251) as u8).collect();
    let (block, found) = of_file(&bytes[..], &mut Vec::new()).unwrap();
    assert_eq!(found, length as u64);
    Cid::from(&block).to_string()
}

/// A folder of files with these names and contents.
fn folder(files: impl Iterator<Item = (String, String)>) -> String {
    let entries = files.map(|(name, text)| (name, Block::raw(text.as_bytes())));
    Cid::from(&of_entries(entries.collect()).unwrap()).to_string()
}

#[test]
fn a_file_is_one_leaf_or_a_tree_of_up_to_174_links_a_node() {
    for (length, expected) in [
        (0, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"),
        (5, "bafkreiaixnpf23vkyecj5xqispjq5ubcwgsntnnurw2bjby7khe4wnjihu"),
        (CHUNK - 1, "bafkreiagptg6ztonoojy4wflk3wwusl5xt4vcy6uult4wa7oemsjtxhjsu"),
        (CHUNK, "bafkreibruh455iawsviqslif5c7uurdcfdemh22mtnytyzvnzn75kpejxy"),
        (CHUNK + 1, "bafybeiexg2oqkfnj56l7fcmawswqbijt5shq4b5rg6a546uwpkqqzwjioi"),
        (3 * CHUNK, "bafybeicegnbn4hjmnntrkcxr2z2vc7cglx5xrfvbxbolwmknn7hgnre3ke"),
        (MAX_LINKS * CHUNK, "bafybeihpe5snhzneq7xs53nivmsopto5lrogo3wjynauqylqeym5a3irbm"),
        (MAX_LINKS * CHUNK + 1, "bafybeib4y7ghw2rq7bracc4xwtxrbzo7cfvagdpte2tmrkgwl6dyard3cm"),
    ] {
        assert_eq!(file(length), expected, "{length}");
    }
}

#[test]
fn a_folder_is_one_node_up_to_256_kib_of_links_and_a_trie_above() {
    let numbered = |count: usize| folder((0..count).map(|i| (format!("{i:07}"), i.to_string())));
    // A name of 7 bytes and a CID of 36: 262,128 bytes, and 262,171.
    assert_eq!(numbered(6096), "bafybeidw7vjp63xsdmm46t5bfar36ktc6zlacubzsdnujr7e47csek3234");
    assert_eq!(numbered(6097), "bafybeiblhnsordn3br7dpvnijxmwznqlvbxfpbr3wkchrx6tqc5sp5piqm");
    assert_eq!(numbered(12000), "bafybeibrhkhnmvvy2oukvkyk6s4cmdhchi5ndvg36vlyu7kp2dex24n42e");
    let pictures = (0..10_000).map(|i| (format!("{i}.png"), format!("picture {i}")));
    assert_eq!(folder(pictures), "bafybeifuozshg45rhvu6j67whoda6ab5dm3h7x6vwmgikjgndp7rrjod6q");
    assert_eq!(numbered(0), "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354");
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn folders_are_read_from_the_disk_without_hidden_files() {
    let temp = tempfile::tempdir().unwrap();
    for name in ["a", "B", "é ü", "sub/10", "sub/9", "sub/deep/x"] {
        write(&temp.path().join(name), name);
    }
    write(&temp.path().join(".hidden"), "x");
    let found = folder_cid(temp.path(), None, &()).unwrap();
    let cid = "bafybeib7ma56oyv6q726m2kf7kbophwvck5nynfhou4pjpj42cjfqhequy";
    assert_eq!(found.cid.to_string(), cid);
    assert_eq!(found.cid, cid.parse().unwrap());
    assert_eq!((found.files, found.bytes, found.hidden), (6, 28, 1));
    assert!(!found.cid.is_file());
    let alone = folder_cid(&temp.path().join("a"), None, &()).unwrap();
    assert_eq!((alone.cid.is_file(), alone.files), (true, 1));
    let token = CancelToken::new();
    token.cancel();
    let stopped = folder_cid(temp.path(), None, &token).unwrap_err();
    assert_eq!(stopped.downcast_ref::<Cancelled>().map(|cancelled| cancelled.total), Some(6));
}

#[cfg(unix)]
#[test]
fn what_has_no_address_is_refused() {
    let temp = tempfile::tempdir().unwrap();
    let path = |name: &str| temp.path().join(name);
    assert_eq!(folder_cid(&path("nothing"), None, &()).unwrap_err().kind(), ErrorKind::Usage);
    write(&path("a/b/1"), "1");
    std::os::unix::fs::symlink("1", path("a/b/2")).unwrap();
    let error = folder_cid(&path("a"), None, &()).unwrap_err().to_string();
    assert!(error.contains("b/2: this is a link"), "{error}");
}

#[test]
fn a_pasted_cid_is_checked() {
    for right in [
        "QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR",
        "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
        "BAFYBEIGDYRZT5SFP7UDM7HU76UH7Y26NF3EFUYLQABF3OCLGTQY55FBZDI",
        "k2jmtxrrvbt1ggkkg9dctgpvlv2bwhdqzkv3qcosbdcwpifzxk7lkbkq",
    ] {
        let parsed = right.parse::<Cid>();
        assert!(parsed.as_ref().is_ok_and(|cid| !cid.is_file()), "{right}: {parsed:?}");
    }
    for wrong in [
        "",
        "Qm",
        "CID",
        "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzd",
        "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/",
        "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
        "QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMn0",
        // A key, not a folder.
        "bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe",
    ] {
        assert!(wrong.parse::<Cid>().is_err(), "{wrong}");
    }
}

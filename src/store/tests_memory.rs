//! A store in memory: what is asked of the crate is what it does.

use std::path::Path;
use std::sync::Arc;

use object_store::memory::InMemory;

use crate::files::ReadAt as _;
use crate::store::remote::keep;
use crate::store::{Created, Store, StoreAddress, StoreError};

/// An empty store for the bucket of this address, which no other test may have.
pub(crate) fn store(address: &str) -> Store {
    let address = StoreAddress::of(Path::new(address)).unwrap().unwrap();
    keep(&address, Arc::new(InMemory::new()));
    Store::open(&address).unwrap()
}

#[test]
fn an_object_is_created_once_and_read_by_ranges() {
    let store = store("s3://ranges/a");
    assert!(store.object("x").unwrap().is_none());
    assert_eq!(store.create("x", b"0123456789".to_vec()).unwrap(), Created::Now);
    assert_eq!(store.create("x", b"other".to_vec()).unwrap(), Created::Before);
    let object = store.object("x").unwrap().unwrap();
    assert_eq!(object.bytes(), 10);
    let mut some = [0; 3];
    object.read_at(7, &mut some).unwrap();
    assert_eq!(&some, b"789");
    assert!(object.read_at(8, &mut some).is_err());
    let mut all = String::new();
    std::io::Read::read_to_string(&mut object.into_file(), &mut all).unwrap();
    assert_eq!(all, "0123456789");
    store.remove("x").unwrap();
    assert!(store.object("x").unwrap().is_none());
}

#[test]
fn a_file_goes_in_parts_unless_another_object_is_there() {
    let store = store("gs://parts/");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    let bytes: Vec<u8> = (0..20_000_003u32).map(|number| (number % 251) as u8).collect();
    std::fs::write(&file, &bytes).unwrap();
    assert_eq!(store.put(&file, "x", Some("mark"), &|| true).unwrap(), Created::Now);
    let mut stream = store.object("x").unwrap().unwrap().into_file();
    let mut read = Vec::new();
    std::io::Read::read_to_end(&mut stream, &mut read).unwrap();
    assert!(read == bytes);

    store.create("mark", Vec::new()).unwrap();
    assert_eq!(store.put(&file, "y", Some("mark"), &|| true).unwrap(), Created::Before);
    assert!(store.object("y").unwrap().is_none());
    assert!(matches!(store.put(&file, "y", None, &|| false), Err(StoreError::Stopped)));
    assert!(store.object("y").unwrap().is_none());
    assert!(matches!(store.put(&folder.path().join("none"), "y", None, &|| true), Err(StoreError::Io(_))));
}

#[test]
fn folders_are_listed_and_copied() {
    let store = store("az://folders/art");
    let folder = tempfile::tempdir().unwrap();
    let pairs: Vec<_> = ["a/1#5.png", "a/2.png", "b/3 x.png", "c.toml"]
        .into_iter()
        .map(|name| {
            let file = folder.path().join(name.replace('/', "-"));
            std::fs::write(&file, name).unwrap();
            (file, name.to_owned())
        })
        .collect();
    store.put_all(&pairs, &|| true).unwrap();
    let level = store.list("").unwrap();
    assert_eq!(
        (level.objects, level.folders),
        (vec![("c.toml".to_owned(), 6)], vec!["a".to_owned(), "b".to_owned()])
    );
    assert_eq!(store.list("a").unwrap().objects.len(), 2);
    let to = folder.path().join("copy");
    store.fetch(&[(to.clone(), "a/1#5.png".to_owned())], &|| true).unwrap();
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "a/1#5.png");
    assert!(matches!(
        store.fetch(&[(to, "a/none".to_owned())], &|| true),
        Err(StoreError::Missing { action: "read", .. })
    ));
}

//! Shards in a store, which is in memory here: what is there when, and who wins.

use std::fs;
use std::path::Path;

use image::{Rgba, RgbaImage};
use tempfile::TempDir;

use crate::engine::{Backend, Engine, PressOptions, ShardOptions};
use crate::error::{Error, ErrorKind};
use crate::finished::{MergeOptions, merge, verify_shard};
use crate::output::{Shard, ShardError, ShardForm, send_shard};
use crate::plan::{Plan, PlanRows};
use crate::project::{Layout, Project};
use crate::selection::Choose;
use crate::store::tests_memory::store;
use crate::store::{Created, StoreAddress, StoreError, fetch_folder, put_file};

/// A project of four layers with three traits each.
fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for layer in 0..4u32 {
        let path = folder.path().join(format!("layers/L{layer}"));
        fs::create_dir_all(&path).unwrap();
        for of in 0..3u32 {
            let at = (layer * 3 + of) * 5;
            let picture = RgbaImage::from_fn(70, 40, |x, y| match (x / 8 + y / 8 + layer) % 3 {
                0 => Rgba([(x * 3 + at) as u8, (y * 5 + at) as u8, (at * 4) as u8, 255]),
                _ => Rgba([0; 4]),
            });
            picture.save(path.join(format!("T{of}#1.png"))).unwrap();
        }
    }
    folder
}

fn engine(folder: &Path) -> Engine {
    Engine::new(Project::open(folder).unwrap(), PressOptions::default().with_backend(Backend::Cpu)).unwrap()
}

fn options(number: u32, of: u32, form: ShardForm, names: Layout) -> ShardOptions {
    let mut options = ShardOptions::new(Shard::new(number, of).unwrap());
    (options.form, options.names) = (form, names);
    options
}

fn plan(engine: &Engine, seed: u64) -> Plan {
    engine.choose(Choose::new(20).with_seed(seed)).unwrap()
}

fn is_of_another_run(error: &Error) -> bool {
    matches!(error.downcast_ref(), Some(ShardError::Other { .. }))
}

#[test]
fn shards_of_a_store_are_the_collection_that_one_run_makes() {
    let art = project();
    let engine = engine(art.path());
    let plan = plan(&engine, 7);
    let whole = engine.press(&plan).to_folder(art.path().join("whole")).unwrap();
    for (form, names, of) in [
        (ShardForm::Tar, Layout::Flat, 3),
        (ShardForm::Tar, Layout::Webdataset, 2),
        (ShardForm::Pool, Layout::Flat, 2),
        (ShardForm::Folder, Layout::Objects, 2),
    ] {
        let address = format!("s3://forms/{}-{}", form.name(), names.name());
        store(&address);
        let at = Path::new(&address);
        for number in (0..of).rev() {
            let done = engine.press_shard(&plan, at, options(number, of, form, names), &()).unwrap();
            assert!(done.stats.is_some() && done.path.starts_with(&address), "{}", done.path.display());
            let again = engine.press_shard(&plan, at, options(number, of, form, names), &()).unwrap();
            assert!(again.stats.is_none());
            let checked = verify_shard(at, Shard::new(number, of).unwrap(), None, &()).unwrap();
            assert!(checked.problems.is_empty() && checked.items > 0, "{:?}", checked.problems);
        }
        for unpack in [false, true] {
            let out = art.path().join(format!("{}-{}-{unpack}", form.name(), names.name()));
            let options = MergeOptions { unpack, ..MergeOptions::default() };
            let merged = merge(&[at.to_owned()], &out, options, &()).unwrap();
            assert_eq!(merged.collection.digest, whole.collection.digest, "{address}");
            let picture = fs::read(art.path().join("whole/images/7.png")).unwrap();
            assert!(!unpack || fs::read(out.join("images/7.png")).unwrap() == picture);
        }
        let other = self::plan(&engine, 8);
        let error = engine.press_shard(&other, at, options(0, of, form, names), &()).unwrap_err();
        assert!(is_of_another_run(&error), "{error}");
        assert_eq!(error.kind(), ErrorKind::Usage);
    }
}

#[test]
fn of_two_processes_the_second_compares_and_changes_nothing() {
    let art = project();
    let engine = engine(art.path());
    let (first, other) = (plan(&engine, 7), plan(&engine, 8));
    let shard = Shard::new(0, 2).unwrap();
    for (form, file) in [(ShardForm::Tar, "00000-of-00002.tar"), (ShardForm::Pool, "00000-of-00002.pool")] {
        let store = store(&format!("s3://race/{}", form.name()));
        let [one, two, three] = [(&first, "one"), (&first, "two"), (&other, "three")].map(|(plan, name)| {
            let folder = art.path().join(format!("{}-{name}", form.name()));
            engine.press_shard(plan, &folder, options(0, 2, form, Layout::Flat), &()).unwrap();
            folder
        });
        let send = |folder: &Path, replace| send_shard(folder, shard, &store, replace, &|| true);
        assert_eq!(send(&one, false).unwrap(), Created::Now);
        assert_eq!(send(&two, false).unwrap(), Created::Before);
        assert!(matches!(send(&three, false), Err(ShardError::Other { .. })));
        let there = store.read(file, 0..1 << 30).unwrap();
        assert!(there == fs::read(one.join(file)).unwrap());
        assert_eq!(send(&three, true).unwrap(), Created::Now);
        assert!(store.read(file, 0..1 << 30).unwrap() == fs::read(three.join(file)).unwrap());
    }
}

#[test]
fn what_stops_before_the_manifest_is_not_there() {
    let art = project();
    let engine = engine(art.path());
    let plan = plan(&engine, 7);
    let store = store("s3://stop/objects");
    let folder = art.path().join("made");
    let mut made = options(0, 1, ShardForm::Folder, Layout::Flat);
    engine.press_shard(&plan, &folder, made, &()).unwrap();
    let sent = send_shard(&folder, made.shard, &store, false, &|| false);
    assert!(matches!(sent, Err(ShardError::Store(StoreError::Stopped))));
    assert!(!store.list("").unwrap().folders.is_empty(), "some pictures are there");
    let address = Path::new("s3://stop/objects");
    assert!(merge(&[address.to_owned()], &art.path().join("out"), MergeOptions::default(), &()).is_err());
    made.names = Layout::Objects;
    assert!(engine.press_shard(&plan, address, made, &()).unwrap().stats.is_some());
    merge(&[address.to_owned()], &art.path().join("out"), MergeOptions::default(), &()).unwrap();
}

#[test]
fn art_and_plans_of_rows_are_read_from_a_store() {
    let art = project();
    let engine = engine(art.path());
    let plan = plan(&engine, 7);
    let bucket = store("s3://inputs/my-art");
    for layer in 0..4 {
        for of in 0..3 {
            let name = format!("layers/L{layer}/T{of}#1.png");
            bucket.put(&art.path().join(&name), &name, None, &|| true).unwrap();
        }
    }
    let address = |text: &str| StoreAddress::of(Path::new(text)).unwrap().unwrap();
    let fetched = fetch_folder(&address("s3://inputs/my-art"), &|| true).unwrap();
    assert!(fetched.path.ends_with("my-art") && fetched.files == 12);
    let other = self::engine(&fetched.path);
    assert_eq!(
        other.choose(Choose::new(20).with_seed(7)).unwrap().digest(other.project()),
        plan.digest(engine.project())
    );
    let copy = fetched.path.clone();
    drop((other, fetched));
    assert!(!copy.exists());
    assert!(matches!(
        fetch_folder(&address("s3://inputs/nothing"), &|| true),
        Err(StoreError::Missing { action: "read", .. })
    ));

    let file = art.path().join("plan.tpl");
    plan.write_rows(engine.project(), &mut fs::File::create(&file).unwrap()).unwrap();
    let at = address("s3://inputs/plan.tpl");
    put_file(&file, &at, false).unwrap();
    assert!(matches!(put_file(&file, &at, false), Err(StoreError::Exists(_))));
    put_file(&file, &at, true).unwrap();
    let rows = PlanRows::open(Path::new("s3://inputs/plan.tpl"), engine.project()).unwrap();
    let (here, there) = (plan.by_edition().pick(&[5, 6, 7]), rows.part(engine.project(), 5..8).unwrap());
    assert_eq!(there.digest(engine.project()), here.digest(engine.project()));
    assert_eq!(rows.contents().1, plan.digest(engine.project()));
}

#[test]
fn forms_that_do_not_fit_are_refused() {
    let art = project();
    let engine = engine(art.path());
    let plan = plan(&engine, 7);
    store("s3://unfit/");
    let refused = |at: &Path, form, names| {
        let error = engine.press_shard(&plan, at, options(0, 1, form, names), &()).unwrap_err();
        matches!(error.downcast_ref(), Some(StoreError::Unfit { .. }))
    };
    let (disk, store) = (art.path().join("out"), Path::new("s3://unfit/"));
    assert!(refused(&disk, ShardForm::Folder, Layout::Objects));
    assert!(refused(store, ShardForm::Folder, Layout::Flat));
    assert!(refused(store, ShardForm::Tar, Layout::Objects));
    assert!(refused(store, ShardForm::Pool, Layout::Webdataset));
}

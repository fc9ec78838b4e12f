//! Pools: the same files as in a folder, one by one and all together, and errors in place of wrong ones.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tempfile::TempDir;
use traitpress::engine::{EncodingMode, Engine, FolderOptions};
use traitpress::finished::{UnpackOptions, fill_pool, unpack_to_folder};
use traitpress::pixel::Blend;
use traitpress::plan::Plan;
use traitpress::pool::{Pool, PoolError, ReadAt};

use crate::common::canvas::Canvas;
use crate::common::press::{Gpu, Pressed, Setting, choose, open, press, turn};
use crate::common::sketch::{LayerSketch, Sketch};
use crate::golden::sketches;

/// The pool of a plan.
fn pool(engine: &Engine, plan: &Plan, options: FolderOptions) -> Vec<u8> {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("drop.pool");
    engine.press(plan).with_options(options).to_file(&path).expect("pressing succeeds");
    fs::read(&path).unwrap()
}

/// All files of a pool, unpacked to a folder.
fn unpacked(pool: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("drop.pool");
    fs::write(&path, pool).unwrap();
    unpack_to_folder(&path, &dir.path().join("out"), &UnpackOptions::default(), &()).unwrap();
    let mut files = BTreeMap::new();
    for entry in walk(&dir.path().join("out")) {
        let name = entry.strip_prefix(dir.path().join("out")).unwrap().to_str().unwrap().replace('\\', "/");
        files.insert(name, fs::read(&entry).unwrap());
    }
    files
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

/// Noise, for which stored blocks are smaller than spans, with a colour profile.
fn noise() -> Sketch {
    let noise = |seed| Canvas::noise(70, 50, seed, |_| 255);
    let layers = [
        LayerSketch::new((0..3).map(noise)),
        LayerSketch::new((3..6).map(noise)).blend(Blend::Multiply).chance(500),
    ];
    Sketch::new([70, 50], layers)
}

fn same_files(pressed: &Pressed, pool: &[u8], plan: &Plan, what: &str) {
    let open = Pool::open(pool.to_vec()).unwrap();
    assert_eq!(open.len(), plan.len() as u64, "{what}");
    for index in (0..plan.len()).rev() {
        let edition = plan.edition(index);
        assert!(open.picture(edition).unwrap() == pressed.picture(plan, index), "{what}: picture {edition}");
        let document = &pressed.files[&format!("json/{edition}.json")];
        assert_eq!(open.metadata(edition).unwrap().as_ref(), Some(document), "{what}");
    }
    assert!(unpacked(pool) == pressed.files, "{what}: all files");
}

/// Every colour type and filter, runs that go on from span to span, tiles that join a neighbour, stored pictures, whole
/// pictures: what comes out of a pool is what is in the folder, and neither threads nor batches nor memory change the pool.
#[test]
fn pools_hold_the_files_of_the_folder_whatever_presses_them() {
    let mut filters = std::collections::BTreeSet::new();
    for (name, sketch) in sketches().into_iter().chain([("noise", noise())]) {
        let dir = sketch.write();
        for encoder in [EncodingMode::Spans, EncodingMode::Plain] {
            let engine = open(dir.path(), encoder, Setting::USUAL);
            filters.insert(engine.recipe_summary());
            let plan = choose(&engine, 1, 12);
            let pressed = press(&engine, &plan);
            let first = pool(&engine, &plan, FolderOptions::new());
            same_files(&pressed, &first, &plan, name);
            let small =
                Setting { threads: 3, batch: Some(2), encode_batch: 1, cache: Some(0), ..Setting::USUAL };
            let again = pool(&open(dir.path(), encoder, small), &plan, FolderOptions::new());
            assert!(first == again, "{name}: neither threads, batches nor memory change a pool");
        }
    }
    assert!(filters.len() > 4, "{filters:?}");
}

#[test]
fn pools_of_the_gpu_are_those_of_the_cpu() {
    let Some(_turn) = turn(Gpu::USUAL) else { return };
    let (name, sketch) = sketches().swap_remove(0);
    let dir = sketch.write();
    let by = |setting| {
        let engine = open(dir.path(), EncodingMode::Spans, setting);
        let plan = choose(&engine, 1, 12);
        pool(&engine, &plan, FolderOptions::new())
    };
    assert!(by(Setting::USUAL) == by(Setting { gpu: Gpu::USUAL, ..Setting::USUAL }), "{name}");
}

/// Without digests nothing is joined while pressing; adding them makes the pool that is written with them.
#[test]
fn digests_that_come_later_make_the_same_pool() {
    for (name, sketch) in sketches().into_iter().take(4).chain([("noise", noise())]) {
        let dir = sketch.write();
        let engine = open(dir.path(), EncodingMode::Spans, Setting::USUAL);
        let plan = choose(&engine, 1, 12);
        let whole = pool(&engine, &plan, FolderOptions::new());
        let later = pool(&engine, &plan, FolderOptions::new().with_digests_later(true));
        let (of_whole, of_later) = (Pool::open(whole.clone()).unwrap(), Pool::open(later.clone()).unwrap());
        assert!(of_whole.has_digests() && !of_later.has_digests());
        for index in 0..plan.len() {
            let edition = plan.edition(index);
            assert!(of_whole.picture(edition).unwrap() == of_later.picture(edition).unwrap(), "{name}");
        }
        let path = dir.path().join("later.pool");
        fs::write(&path, &later).unwrap();
        crate::examples::pool::run(&path, 20).unwrap();
        fill_pool(&path, None, &()).unwrap();
        assert!(fs::read(&path).unwrap() == whole, "{name}");
        assert!(fill_pool(&path, None, &()).unwrap_err().to_string().contains("already"), "{name}");
    }
}

/// Counts what is read of a pool.
struct Counted {
    bytes: Vec<u8>,
    read: AtomicU64,
}

impl ReadAt for Counted {
    fn len(&self) -> std::io::Result<u64> {
        ReadAt::len(&self.bytes)
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        self.read.fetch_add(out.len() as u64, Relaxed);
        self.bytes.read_at(offset, out)
    }
}

/// One picture needs a small part of a pool, and many threads can read from it.
#[test]
fn a_picture_is_read_by_range_and_by_many_threads() {
    let noise = |seed| Canvas::noise(640, 128, seed, |_| 255);
    let stripe = |seed: u32| {
        Canvas::from_fn(640, 128, move |x, y| {
            if (x / 64 + y / 32 + seed).is_multiple_of(4) {
                [9, x as u8, 30 * seed as u8, 255]
            } else {
                [0; 4]
            }
        })
    };
    let layers = [LayerSketch::new((0..16).map(noise)), LayerSketch::new((0..8).map(stripe))];
    let dir = Sketch::new([640, 128], layers).write();
    let engine = open(dir.path(), EncodingMode::Spans, Setting::USUAL);
    let plan = choose(&engine, 1, 100);
    let bytes = pool(&engine, &plan, FolderOptions::new());
    let len = bytes.len() as u64;
    let counted = Arc::new(Counted { bytes, read: AtomicU64::new(0) });
    let open = Pool::open(counted.clone()).unwrap();
    let one = open.picture(plan.edition(50)).unwrap();
    let read = counted.read.load(Relaxed);
    assert!(
        read < len / 4 && read < 2 * one.len() as u64,
        "{read} of {len} bytes for a picture of {}",
        one.len()
    );
    let pictures: Vec<Vec<u8>> =
        (0..plan.len()).map(|index| open.picture(plan.edition(index)).unwrap()).collect();
    std::thread::scope(|scope| {
        for start in 0..4 {
            let (open, pictures, plan) = (&open, &pictures, &plan);
            scope.spawn(move || {
                for index in (start..pictures.len()).step_by(3) {
                    assert!(open.picture(plan.edition(index)).unwrap() == pictures[index]);
                }
            });
        }
    });
    let missing = open.picture(1000).unwrap_err();
    assert!(matches!(missing, PoolError::NoItem { edition: 1000, between: (1, 100), .. }), "{missing}");
    assert!(matches!(open.picture_of_size(1, 1), Err(PoolError::NoSize { number: 1, sizes: 1, .. })));
}

/// Pools that are cut, lengthened or changed anywhere: every picture is the right one, or an error.
#[test]
fn a_damaged_pool_gives_errors_and_no_wrong_pictures() {
    let (_, sketch) = sketches().swap_remove(1);
    let dir = sketch.write();
    let engine = open(dir.path(), EncodingMode::Spans, Setting::USUAL);
    let plan = choose(&engine, 1, 8);
    let whole = pool(&engine, &plan, FolderOptions::new());
    let pictures: Vec<Vec<u8>> = {
        let open = Pool::open(whole.clone()).unwrap();
        (0..plan.len()).map(|index| open.picture(plan.edition(index)).unwrap()).collect()
    };
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let (mut refused, mut opened, mut wrong) = (0, 0, 0);
    for round in 0..600 {
        let mut bytes = whole.clone();
        let at = (random.next_u64() % bytes.len() as u64) as usize;
        match round % 4 {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, random.next_u64() as u8),
            2 => bytes[at] ^= 1 << (random.next_u64() % 8),
            _ => {
                let len = bytes.len().min(at + 1 + (random.next_u64() % 40) as usize);
                bytes[at..len].iter_mut().for_each(|byte| *byte = random.next_u64() as u8);
            }
        }
        let Ok(open) = Pool::open(bytes) else {
            refused += 1;
            continue;
        };
        opened += 1;
        for (index, want) in pictures.iter().enumerate() {
            match open.picture(plan.edition(index)) {
                Ok(picture) => assert!(picture == *want, "round {round}: picture {index} is another one"),
                Err(_) => wrong += 1,
            }
            let _ = open.metadata(plan.edition(index));
        }
    }
    assert!(
        refused > 200 && opened > 100 && wrong > 100,
        "{refused} refused, {opened} opened, {wrong} errors"
    );
}

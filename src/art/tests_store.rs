//! Traits within a budget: the same pixels, never more of them than promised, and never those of another file.

use std::fs;
use std::sync::Arc;

use crate::art::decoded::Art;
use crate::art::store::{ArtStore, ReloadError, StoreOptions};
use crate::art::trait_art::Tile;
use crate::geometry::TraitId;
use crate::pixel::Arithmetic;
use crate::project::Project;
use crate::telemetry::Account;

/// Five pictures of noise of 70x70 pixels and one of a single colour, in the layer `A`.
fn project() -> (tempfile::TempDir, Project) {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("layers/A");
    fs::create_dir_all(&folder).unwrap();
    for n in 0..5 {
        write(&folder.join(format!("{n}.png")), n + 1);
    }
    image::RgbaImage::from_pixel(70, 70, image::Rgba([1, 2, 3, 255])).save(folder.join("5.png")).unwrap();
    fs::write(dir.path().join("collection.toml"), "").unwrap();
    let project = Project::open(dir.path()).unwrap();
    (dir, project)
}

fn write(path: &std::path::Path, seed: u32) {
    let pixel = |x: u32, y: u32| {
        let word = (x * 71 + y + 1).wrapping_mul(seed.wrapping_mul(0x9e37_79b1));
        image::Rgba((word ^ word >> 15).to_le_bytes())
    };
    image::RgbaImage::from_fn(70, 70, pixel).save(path).unwrap();
}

fn pool() -> Arc<rayon::ThreadPool> {
    Arc::new(rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap())
}

fn store(project: &Project, budget: Option<u64>) -> ArtStore {
    ArtStore::decode(
        project,
        &pool(),
        StoreOptions { budget, ..StoreOptions::default() },
        &Account::new(true),
    )
    .unwrap()
}

fn tiles(art: &Art, id: TraitId) -> Vec<Tile<'_>> {
    (0..2).flat_map(|row| (0..2).map(move |column| art.traits[usize::from(id)].tile(row, column))).collect()
}

/// Bytes of one picture's pixels: no tile of it is of one colour.
const ONE: u64 = 70 * 70 * 4;

#[test]
fn whatever_the_budget_pixels_are_the_same_and_no_more_than_it_allows() {
    let (_dir, project) = project();
    let all = Art::decode(&project, &pool()).unwrap();
    for budget in [0, 1, ONE, 2 * ONE, 5 * ONE - 1, 5 * ONE] {
        let store = store(&project, Some(budget));
        assert_eq!(store.art().digest(), all.digest());
        for round in 0..2 {
            for pair in [[0, 1], [2, 3], [4, 5], [0, 4]] {
                let pinned = store.pin(pair).unwrap();
                for id in pair {
                    assert_eq!(tiles(&pinned, id), tiles(&all, id), "trait {id} of {budget} bytes");
                }
                let now = store.pressure().map_or(5 * ONE, |(held, _)| held);
                assert!(now <= budget.max(2 * ONE), "{now} bytes of {budget}, round {round}");
            }
            let now = store.pressure().map_or(5 * ONE, |(held, _)| held);
            assert!(now <= budget, "{now} bytes of {budget} with nothing pinned");
        }
        let usage = store.usage();
        assert_eq!((usage.budget, usage.all_bytes), (Some(budget), 5 * ONE));
        // Decoding itself holds a picture a thread before it lets go.
        assert!(usage.peak_bytes <= budget + 2 * ONE, "{usage:?}");
        assert_eq!(usage.reloads > 0, budget < 5 * ONE, "{usage:?}");
    }
}

/// Traits are let go before the arithmetic is decided, and come back in the one that was.
#[test]
fn pixels_come_back_in_the_arithmetic_that_all_of_the_art_decided() {
    for (opaque, want) in [(true, Arithmetic::Premultiplied), (false, Arithmetic::Straight)] {
        let (dir, _) = project();
        let ground = dir.path().join("layers/0 Ground");
        fs::create_dir_all(&ground).unwrap();
        let alpha = if opaque { 255 } else { 254 };
        image::RgbaImage::from_pixel(70, 70, image::Rgba([1, 2, 3, alpha]))
            .save(ground.join("g.png"))
            .unwrap();
        let faded = "[[layers]]\nname = \"0 Ground\"\n[[layers]]\nname = \"A\"\nopacity = 0.3\n";
        fs::write(dir.path().join("collection.toml"), faded).unwrap();
        let project = Project::open(dir.path()).unwrap();
        let all = Art::decode(&project, &pool()).unwrap();
        assert_eq!(all.arithmetic, want);
        for budget in [0, 2 * ONE] {
            let store = store(&project, Some(budget));
            assert_eq!((store.art().arithmetic, store.art().digest()), (want, all.digest()));
            for id in 0..7 {
                let pinned = store.pin([id]).unwrap();
                assert_eq!(tiles(&pinned, id), tiles(&all, id), "trait {id} of {budget} bytes, {want:?}");
            }
        }
        // And in the other one, where a recipe asks for it.
        let asked = Arithmetic::ALL.into_iter().find(|&other| other != want);
        let [held, let_go] = [None, Some(0)].map(|budget| {
            let options = StoreOptions { budget, arithmetic: asked, ..StoreOptions::default() };
            ArtStore::decode(&project, &pool(), options, &Account::new(true)).unwrap()
        });
        assert_eq!(Some(held.art().arithmetic), asked);
        assert_eq!(held.art().digest(), let_go.art().digest());
        assert_ne!(held.art().digest(), all.digest());
        assert_eq!(tiles(&let_go.pin([3]).unwrap(), 3), tiles(held.art(), 3));
    }
}

#[test]
fn without_a_budget_everything_is_pinned_as_it_is() {
    let (_dir, project) = project();
    let store = store(&project, None);
    assert!(Arc::ptr_eq(&store.pin([0]).unwrap(), store.art()));
    assert_eq!((store.pressure(), store.usage().reloads), (None, 0));
    assert!(matches!(&store.groups(7, |_| &[0, 1, 2])[..], [all] if *all == (0..7)));
}

#[test]
fn what_is_used_again_and_again_is_kept() {
    let (_dir, project) = project();
    let store = store(&project, Some(2 * ONE));
    store.pin([0]).unwrap();
    let before = store.usage().reloads;
    for other in [1, 2, 3, 4] {
        store.pin([0]).unwrap();
        store.pin([other]).unwrap();
    }
    let reloads = store.usage().reloads - before;
    assert!(reloads <= 4, "{reloads} pictures were decoded again: 0 is used before each of the others");
}

#[test]
fn groups_hold_what_fits_together_and_at_least_one() {
    let (_dir, project) = project();
    let store = store(&project, Some(2 * ONE));
    let stacks: [&[TraitId]; 7] = [&[0], &[0, 1], &[1], &[5, 2], &[0, 1, 2], &[3], &[3]];
    assert_eq!(store.groups(7, |index| stacks[index]), [0..3, 3..4, 4..5, 5..7]);
    assert!(matches!(&store.groups(0, |index| stacks[index])[..], [none] if none.is_empty()));
}

#[test]
fn a_picture_that_became_another_is_an_error_that_names_it() {
    let (_dir, project) = project();
    let path = project.layers[0].traits[3].path.clone();
    let before = fs::read(&path).unwrap();
    let store = store(&project, Some(0));
    store.pin([3]).unwrap();
    write(&path, 99);
    assert_eq!(store.pin([3]).unwrap_err(), ReloadError::Changed(path.clone()));
    fs::write(&path, &before[..before.len() / 2]).unwrap();
    let error = store.pin([2, 3]).unwrap_err();
    assert_eq!(error, ReloadError::Changed(path.clone()), "cut off is changed, too");
    assert!(error.to_string().starts_with(&*path.to_string_lossy()), "{error}");
    fs::remove_file(&path).unwrap();
    let error = store.pin([3]).unwrap_err();
    assert!(
        matches!(&error, ReloadError::Unreadable(problem) if problem.path == Some(path.clone())),
        "{error}"
    );
    fs::write(&path, &before).unwrap();
    store.pin([3]).unwrap();
}

//! The library as a program that is built on it uses it: no command line, only what is public.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use image::{Rgba, RgbaImage};
use traitpress::engine::{
    Effort, Engine, FolderOptions, PressOptions, ResumeError, RunRequest, continue_run,
};
use traitpress::error::Cancelled;
use traitpress::project::Project;
use traitpress::selection::Choose;
use traitpress::telemetry::Observer;

type Result = std::result::Result<(), Box<dyn Error>>;

/// A project of 3 layers with 4 traits each.
fn draw_project(folder: &Path) -> Result {
    for layer in 0..3u32 {
        for variant in 0..4u32 {
            let picture = RgbaImage::from_fn(40, 40, |x, y| {
                let is_inside = layer == 0 || (x / 10 + y / 10 + variant) % 3 == layer;
                let colour = [(variant * 60) as u8, (layer * 90) as u8, (x * y / 8) as u8, 255];
                Rgba(if is_inside { colour } else { [0; 4] })
            });
            let path = folder.join(format!("layers/{layer} Layer/V{variant}.png"));
            fs::create_dir_all(path.parent().expect("a file is in a folder"))?;
            picture.save(path)?;
        }
    }
    Ok(())
}

/// The files of a collection by their names.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                let name = entry.strip_prefix(folder).expect("it is in the folder").display().to_string();
                files.insert(name, fs::read(entry).expect("a file"));
            }
        }
    }
    files
}

/// Stops a run after some items.
#[derive(Default)]
struct StopsAt {
    items: u64,
    done: AtomicU64,
}

impl Observer for StopsAt {
    fn items(&self, done: u64, _total: u64) {
        self.done.fetch_max(done, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= self.items
    }
}

#[test]
fn a_run_that_was_stopped_goes_on_to_a_larger_count_and_its_own_effort() -> Result {
    let dir = tempfile::tempdir()?;
    draw_project(dir.path())?;
    let project = Project::open(dir.path())?;
    let (out, fresh) = (dir.path().join("out"), dir.path().join("fresh"));
    let options = PressOptions::new().with_effort(Effort::Fast).with_batch(std::num::NonZeroUsize::new(2));
    let engine = Engine::new(project.clone(), options)?;
    engine.press(&engine.choose(Choose::new(50).with_seed(7))?).to_folder(&fresh)?;
    let stop = StopsAt { items: 10, ..StopsAt::default() };
    let stopped =
        engine.press(&engine.choose(Choose::new(30).with_seed(7))?).with_observer(&stop).to_folder(&out);
    let stopped = stopped.unwrap_err();
    assert!(matches!(stopped.downcast_ref(), Some(Cancelled { total: 30, .. })), "{stopped:?}");

    let run = continue_run(&out, &project, RunRequest::resume().with_count(50))?.expect("a run was begun");
    assert_eq!((run.plan().len(), run.count_before()), (50, 30));
    assert_eq!(run.plan().seed(), Some(7), "nothing was said of a seed");
    let engine = Engine::for_run(project, &run, PressOptions::new())?;
    let stats = engine.press_run(&run, FolderOptions::new(), &())?.stats;
    assert!(stats.kept >= 10 && stats.kept + stats.items == 50, "{} and {}", stats.kept, stats.items);
    assert!(files(&out) == files(&fresh));
    Ok(())
}

#[test]
fn what_a_run_does_not_allow_is_an_error_before_any_picture_is_read() -> Result {
    let dir = tempfile::tempdir()?;
    draw_project(dir.path())?;
    let project = Project::open(dir.path())?;
    let out = dir.path().join("out");
    assert!(continue_run(&out, &project, RunRequest::resume())?.is_none(), "no run was begun");
    let engine = Engine::new(project.clone(), PressOptions::new())?;
    engine.press(&engine.choose(Choose::new(20).with_seed(7))?).to_folder(&out)?;
    let other = engine.choose(Choose::new(20).with_seed(8))?;
    drop(engine);
    fs::remove_dir_all(dir.path().join("layers"))?;
    let refused = |request: RunRequest| continue_run(&out, &project, request).unwrap_err();
    fn resume(error: &traitpress::Error) -> &ResumeError {
        error.downcast_ref().unwrap_or_else(|| panic!("{error:?}"))
    }
    for request in [RunRequest::resume, RunRequest::update] {
        assert!(matches!(resume(&refused(request().with_count(19))), ResumeError::Fewer { was: 20, is: 19 }));
        assert!(matches!(resume(&refused(request().with_seed(8))), ResumeError::Number { name: "seed", .. }));
    }
    let seed = refused(RunRequest::resume().with_plan(other.clone()));
    assert!(matches!(resume(&seed), ResumeError::Number { name: "seed", .. }));
    // A finished collection can be updated to another plan: its items are edited.
    let edited = continue_run(&out, &project, RunRequest::update().with_plan(other.clone()))?;
    assert_eq!(edited.expect("a collection is there").plan().seed(), Some(8));
    let effort = refused(RunRequest::resume().with_effort(Effort::Small));
    assert!(matches!(resume(&effort), ResumeError::Bytes { setting: "effort" }));
    let recipe = refused(RunRequest::update().with_recipe_of(dir.path()));
    assert!(matches!(resume(&recipe), ResumeError::NoRecipe { .. }));
    let run = continue_run(&out, &project, RunRequest::resume())?.expect("a run was begun");
    assert!(Engine::for_run(project, &run, PressOptions::new()).is_err(), "the pictures are gone");
    Ok(())
}

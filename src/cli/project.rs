//! A project as most commands start with it: opened, with its warnings printed, and its items chosen.

use std::path::Path;

use traitpress::import::recognise;
use traitpress::plan::Plan;
use traitpress::project::{Problem, Project};
use traitpress::selection::Choose;
use traitpress::telemetry::SearchStats;

use crate::cli::failure::{Failure, Message};
use crate::cli::print::errln;
use crate::cli::remedy;
use crate::cli::shell;

/// Number of items if neither the arguments nor the configuration have one.
pub(crate) const DEFAULT_COUNT: u32 = 10;

/// Opens a project. Prints its warnings, and the drawing order of its layers if that is not configured.
pub(crate) fn open(root: &Path) -> Result<Project, Failure> {
    let project = open_with_warnings(root)?;
    if !root.join("collection.toml").exists() {
        let order: Vec<&str> = project.layers.iter().map(|layer| layer.name.as_str()).collect();
        errln!(
            "layers, back to front: {} (by name; to change the order, run `traitpress init`)",
            order.join(", ")
        );
    }
    Ok(project)
}

/// Refuses a project that is no folder.
pub(crate) fn ensure_folder(root: &Path) -> Result<(), Failure> {
    if root.is_dir() {
        return Ok(());
    }
    let what = if root.exists() { "is not a folder" } else { "does not exist" };
    Err(Failure::Usage(format!(
        "{}: the project {what}; give a folder that contains layers/<Layer>/<Trait>.png, or try `traitpress \
         demo`",
        root.display()
    )))
}

/// Refuses the project of another program, which would be read without most of its settings. A folder with a `collection.toml`
/// is ours, whatever else is in it.
pub(crate) fn ensure_ours(root: &Path) -> Result<(), Failure> {
    let peer = Some(root).filter(|root| !root.join("collection.toml").exists()).and_then(recognise);
    let Some(peer) = peer else { return Ok(()) };
    Err(Failure::Usage(format!(
        "{}: this is a project of {}; make one of ours of it with `traitpress import {}`, or give the folder of \
         its layers to use the pictures alone",
        root.display(),
        peer.name(),
        shell::quoted(root)
    )))
}

/// Opens a project, and prints its warnings.
fn open_with_warnings(root: &Path) -> Result<Project, Failure> {
    ensure_folder(root)?;
    ensure_ours(root)?;
    let project = Project::open(root).inspect_err(|error| warn(&error.warnings))?;
    warn(&project.warnings);
    Ok(project)
}

/// Chooses the items of a project, with a random seed if there is none.
pub(crate) fn choose(
    project: &Project,
    count: Option<u32>,
    seed: Option<u64>,
) -> Result<(Plan, SearchStats), Failure> {
    let count = count.or(project.items_asked()).unwrap_or(DEFAULT_COUNT);
    Ok(Choose::new(count).with_seed(self::seed(project, seed)?).counted_from(project)?)
}

/// The given seed, else the configuration's, else a random one, which is printed.
pub(crate) fn seed(project: &Project, given: Option<u64>) -> Result<u64, Failure> {
    if let Some(seed) = given.or(project.seed) {
        return Ok(seed);
    }
    // 48 bits, so that every JSON reader can hold the number exactly.
    let drawn =
        getrandom::u64().map_err(|e| Failure::Other(format!("cannot draw a seed: {e}; give --seed")))?;
    let seed = drawn >> 16;
    errln!("seed: {seed} (random; --seed {seed} selects the same items again)");
    Ok(seed)
}

/// Prints how something was read that can be read in two ways.
pub(crate) fn print_notes(notes: &[Problem]) {
    for note in notes {
        errln!("note: {}", remedy::problem_message(note));
    }
}

/// Ends a command that is strict if there were warnings.
pub(crate) fn refuse_warnings(strict: bool, warnings: usize) -> Result<(), Failure> {
    if !strict || warnings == 0 {
        return Ok(());
    }
    let (warnings, them) = if warnings == 1 {
        ("1 warning".to_owned(), "it names")
    } else {
        (format!("{warnings} warnings"), "they name")
    };
    Err(Failure::Other(format!("{warnings} with --strict; fix what {them}, or remove --strict")))
}

/// Prints an error, and the place that it is about.
pub(crate) fn print_error(error: &Message) {
    errln!("traitpress: {}", error.line);
    error.excerpt.iter().for_each(|line| errln!("{line}"));
}

/// Prints warnings, which stop nothing.
pub(crate) fn warn(warnings: &[Problem]) {
    for warning in warnings {
        errln!("warning: {}", remedy::problem_message(warning));
    }
}

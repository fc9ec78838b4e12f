//! Showing a change of a collection, or making it.

use std::path::{Path, PathBuf};

use traitpress::Error;
use traitpress::engine::{Backend, Engine, FolderOptions, PressOptions, RunRequest, continue_run};
use traitpress::error::{Cancelled, ErrorKind};
use traitpress::finished::pairs;
use traitpress::plan::Plan;
use traitpress::selection::SelectionError;

use super::changes::{Changes, Listed};
use super::target::Target;
use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::measure::{counted, thousands};
use crate::cli::print::outln;
use crate::cli::progress::Progress;
use crate::cli::project::warn;
use crate::cli::remedy;

/// Pictures of a preview, at most.
const SHOWN: usize = 48;

/// Shows what `after` changes, or changes it. What no plan can have is refused with exit code 1, and nothing is written.
pub(crate) fn apply(
    target: Target,
    after: Result<Plan, SelectionError>,
    listed: Listed<'_>,
) -> Result<(), Failure> {
    let after = after.map_err(impossible)?;
    let changes = match listed {
        Listed::Renumbered(removed) => Changes::renumbered(&target.project, &target.plan, &after, removed),
        Listed::All | Listed::First => Changes::between(&target.project, &target.plan, &after),
    };
    if changes.are_none() {
        outln!("{}: the items are as they were; nothing is changed", target.out.display());
        return Ok(());
    }
    let interrupt = Interrupt::watch()?;
    let run = continue_run(&target.out, &target.project, RunRequest::edit(after.clone()))?;
    let Some(run) = run else {
        return Err(Failure::Other(format!("{}: the collection is gone; run again", target.out.display())));
    };
    let options = match changes.count() {
        // A few pictures are composited faster than a GPU is opened.
        0..200 => PressOptions::new().with_backend(Backend::Cpu),
        _ => PressOptions::new(),
    };
    let engine = Engine::for_run(target.project.clone(), &run, options)?;
    warn(&engine.art().warnings);
    if target.preview {
        let file = preview_file(&target.out);
        let shown = interrupt.or_end(|| show(&engine, &target.out, &file, &changes, &after))?;
        changes.print(listed);
        outln!("{} {shown}", file.display());
        outln!("nothing is changed; run the same command without --preview to change it");
        return Ok(());
    }
    let how = "run the same command again, which completes the change";
    let observer = (&Progress::auto(), &interrupt);
    let press = || engine.press_run(&run, FolderOptions::new(), &observer);
    let pressed = interrupt.during(how, || Progress::auto().show(&engine, press));
    let pressed = pressed.map_err(|error| stopped(error, &target.out, how, &interrupt))?;
    changes.print(listed);
    outln!("{}: {}", target.out.display(), changes.summary());
    outln!("collection: {}", pressed.collection.digest);
    Ok(())
}

/// What is asked for of an item that is not there is a wrong command; what no collection can have is a result.
fn impossible(error: SelectionError) -> Failure {
    let is_wrong = matches!(
        error,
        SelectionError::NoEdition { .. } | SelectionError::OneReroll { .. } | SelectionError::OneFixed { .. }
    );
    let error = Error::from(error);
    match error.kind() {
        ErrorKind::Usage if !is_wrong => {
            Failure::Other(format!("{} (nothing is changed)", remedy::message(&error)))
        }
        _ => error.into(),
    }
}

fn stopped(error: Error, out: &Path, how: &str, interrupt: &Interrupt) -> Failure {
    match error.downcast_ref() {
        Some(&Cancelled { done, total }) => {
            let text = format!("stopped: {done} of {total} items are in {}; {how}", out.display());
            Failure::Stopped(Some(text), interrupt.exit_code())
        }
        None => error.into(),
    }
}

/// The sheet of a preview: beside the collection, with its name.
fn preview_file(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or("collection".as_ref()).to_owned();
    name.push("-preview.png");
    out.with_file_name(name)
}

/// Writes the sheet; gives what it shows, in words.
fn show(
    engine: &Engine,
    out: &Path,
    file: &Path,
    changes: &Changes<'_>,
    after: &Plan,
) -> Result<String, Failure> {
    let mut shown = Vec::new();
    let (mut old, mut new) = (0, 0);
    for (&edition, &[before, after_place]) in changes.items.iter().take(SHOWN) {
        let picture = after_place.map(|place| engine.render(&after.item(place))).transpose()?;
        old += usize::from(before.is_some());
        new += usize::from(picture.is_some());
        shown.push((edition, picture));
    }
    pairs(out, file, &shown)?;
    let more = match changes.items.len() - shown.len() {
        0 => String::new(),
        more => format!(" (and not {} more)", thousands(more)),
    };
    Ok(match (old, new) {
        (old, 0) => format!("shows {} that would be removed{more}", counted(old, "picture")),
        (0, new) => format!("shows {} that would be added{more}", counted(new, "picture")),
        _ => format!("shows {}, old pictures above new ones{more}", counted(shown.len(), "item")),
    })
}

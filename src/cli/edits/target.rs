//! A finished collection with its project and its plan.

use std::path::{Path, PathBuf};

use traitpress::engine::{Engine, FolderOptions, PressOptions, RunRequest, continue_run, plan_of_run};
use traitpress::output::{CollectionState, RunHeader, collection_state};
use traitpress::plan::Plan;
use traitpress::project::Project;

use crate::cli::failure::Failure;
use crate::cli::measure::thousands;
use crate::cli::print::outln;
use crate::cli::progress::Progress;
use crate::cli::project::open;
use crate::cli::shell;

/// The arguments that all of these commands have.
#[derive(Debug, clap::Args)]
pub(crate) struct EditArgs {
    /// The collection: a folder that `generate` wrote
    #[arg(value_name = "OUT")]
    pub(crate) out: PathBuf,
    /// The project that it was made from
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) project: PathBuf,
    /// Write a sheet of the old and new pictures beside OUT, and change nothing
    #[arg(long)]
    pub(crate) preview: bool,
}

/// Editions as they are typed: `17,230` or `5-9`.
#[derive(Clone, Debug)]
pub(crate) struct Editions(pub(crate) Vec<u32>);

impl Editions {
    /// The most editions that one range names.
    const MOST: u32 = 1_000_000;

    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let number = |part: &str| -> Result<u32, String> {
            part.trim().parse().map_err(|_| format!("{part:?} is no number of an item; write 17,230 or 5-9"))
        };
        let mut editions = Vec::new();
        for part in text.split(',').filter(|part| !part.trim().is_empty()) {
            match part.split_once('-') {
                Some((first, last)) => {
                    let (first, last) = (number(first)?, number(last)?);
                    if first > last || last - first >= Self::MOST {
                        return Err(format!("{part:?} is no range; write the lower number first, as in 5-9"));
                    }
                    editions.extend(first..=last);
                }
                None => editions.push(number(part)?),
            }
        }
        editions.sort_unstable();
        editions.dedup();
        if editions.is_empty() {
            return Err("it names no item; write 17,230 or 5-9".to_owned());
        }
        Ok(Self(editions))
    }

    /// All editions of several arguments, ascending: `17, 230` is two of them.
    pub(crate) fn together(all: Vec<Self>) -> Vec<u32> {
        let mut editions: Vec<u32> = all.into_iter().flat_map(|Self(editions)| editions).collect();
        editions.sort_unstable();
        editions.dedup();
        editions
    }
}

/// A finished collection that is to be changed.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) out: PathBuf,
    pub(crate) project: Project,
    pub(crate) run: RunHeader,
    pub(crate) plan: Plan,
    pub(crate) preview: bool,
}

impl Target {
    /// Opens a collection; a change of it that was stopped is completed instead, and gives nothing.
    pub(crate) fn open(args: EditArgs) -> Result<Option<Self>, Failure> {
        let EditArgs { out, project: root, preview } = args;
        let Some(state) = collection_state(&out)? else {
            let text = "there is no collection here; give the folder that `traitpress generate` wrote";
            return Err(Failure::Usage(format!("{}: {text}", out.display())));
        };
        let is_project = root.join("collection.toml").exists() || root.join("layers").exists();
        if root.as_os_str() == "." && !is_project {
            let text = "the current folder is no project; name the one that the collection was made from with --project DIR";
            return Err(Failure::Usage(text.to_owned()));
        }
        let mut project = open(&root)?;
        match state {
            CollectionState::Finished(run) => {
                run.set_output(&mut project);
                refuse_trial(&out, &root, &run)?;
                let plan = plan_of_run(&run, &project, &out)?;
                Ok(Some(Self { out, project, run, plan, preview }))
            }
            CollectionState::StoppedEdit(run) => {
                run.set_output(&mut project);
                complete(&out, project)?;
                Ok(None)
            }
            _ => Err(Failure::Usage(format!(
                "{}: the run that makes this collection is not finished; run `{} --resume` first",
                out.display(),
                generate(&root, &out)
            ))),
        }
    }

    /// A seed that follows from the plan and from what is asked for, so that the same command does the same.
    pub(crate) fn seed(&self, given: Option<u64>, command: &str, numbers: &[u32]) -> u64 {
        given.unwrap_or_else(|| {
            let mut hasher = blake3::Hasher::new();
            hasher.update(command.as_bytes());
            hasher.update(self.run.plan.to_string().as_bytes());
            numbers.iter().for_each(|number| _ = hasher.update(&number.to_le_bytes()));
            let digest = hasher.finalize();
            let bytes = digest.as_bytes().first_chunk().expect("a digest has 32 bytes");
            // 48 bits, as other seeds that are not given.
            u64::from_le_bytes(*bytes) >> 16
        })
    }
}

fn generate(root: &Path, out: &Path) -> String {
    format!("traitpress generate {} --out {}", shell::quoted(root), shell::quoted(out))
}

fn refuse_trial(out: &Path, root: &Path, run: &RunHeader) -> Result<(), Failure> {
    let Some(of) = run.of else { return Ok(()) };
    Err(Failure::Usage(format!(
        "{}: this is a trial of {} of {} items; run `{} --resume` first, which makes the others",
        out.display(),
        thousands(run.count),
        thousands(of),
        generate(root, out)
    )))
}

/// Completes a change that was stopped.
fn complete(out: &Path, project: Project) -> Result<(), Failure> {
    let run = continue_run(out, &project, RunRequest::resume())?;
    let Some(run) = run else {
        return Err(Failure::Other(format!("{}: it is gone; run again", out.display())));
    };
    let engine = Engine::for_run(project, &run, PressOptions::new())?;
    let pressed = Progress::auto().show(&engine, || engine.press_run(&run, FolderOptions::new(), &()))?;
    outln!("{}: a change of this collection was stopped before; it is complete now", out.display());
    outln!("nothing else was changed; run the command again for another change");
    outln!("collection: {}", pressed.collection.digest);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editions_are_numbers_and_ranges() {
        let parse = |text: &str| Editions::parse(text).map(|editions| editions.0);
        assert_eq!(parse("17,230"), Ok(vec![17, 230]));
        assert_eq!(parse("9, 5-7,6"), Ok(vec![5, 6, 7, 9]));
        for wrong in ["", ",", "x", "5-", "7-5", "-5", "1-4000000000"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}

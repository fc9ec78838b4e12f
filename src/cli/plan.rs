//! `plan`: choose the traits of every item, render nothing.

use std::fs::File;
use std::io::{self, BufWriter, StdoutLock, Write};
use std::path::{Path, PathBuf};

use traitpress::collection::Project;
use traitpress::selection::{self, Edits, Every, Plan};

use crate::cli::args::PlanArgs;
use crate::cli::generate::{choose, open, seed};
use crate::cli::measure::thousands;
use crate::cli::say::note;
use crate::cli::{Failure, rarity};

pub(crate) fn run(args: &PlanArgs) -> Result<(), Failure> {
    let project = open(&args.project)?;
    if let Some(file) = &args.output {
        refuse_taken(file, args.force)?;
    }
    if args.all {
        return every(&project, args.output.as_deref());
    }
    let (plan, effort) = match &args.keep[..] {
        [] => choose(&project, args.count, args.seed).map(|(plan, effort)| (plan, Some(effort)))?,
        files => (edit(&project, files, args)?, None),
    };
    match &args.output {
        Some(file) => {
            write(file, |out| plan.write(&project, out))?;
            let drawn = (plan.len() - plan.count_ones()) as u32;
            let shares = selection::shares(&project, drawn)?;
            match args.json {
                true => rarity::print_plan_json(&project, &shares, &plan, effort),
                false => rarity::print_plan(&project, &shares, &plan),
            }
            if let (Some(effort), false) = (effort, args.json) {
                rarity::print_effort(&effort);
            }
            note!(
                "{} items written to {}; `traitpress generate --plan` makes them",
                plan.len(),
                file.display()
            );
        }
        None => to_stdout(|out| plan.write(&project, out))?,
    }
    Ok(())
}

/// Writes every item that is possible.
fn every(project: &Project, file: Option<&Path>) -> Result<(), Failure> {
    let every = Every::new(project)?;
    match file {
        Some(file) => {
            let count = write(file, |out| every.write(out))?;
            note!("{} items written to {}", thousands(count), file.display());
        }
        None => to_stdout(|out| every.write(out).map(|_| ()))?,
    }
    Ok(())
}

/// Writes a plan to standard output.
fn to_stdout(write: impl FnOnce(&mut BufWriter<StdoutLock<'_>>) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        // Whoever reads the plan has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|e| {
            Failure::Other(format!(
                "standard output: cannot write the plan: {e}; make room or name another --output"
            ))
        }),
    }
}

/// Makes a plan of others.
fn edit(project: &Project, files: &[PathBuf], args: &PlanArgs) -> Result<Plan, Failure> {
    let plans: Result<Vec<Plan>, _> =
        files.iter().map(|file| Plan::read_to_edit(file, project, None)).collect();
    let mut edits = Edits::default();
    edits.drop.clone_from(&args.drop);
    edits.reroll.clone_from(&args.reroll);
    edits.extend = args.extend.unwrap_or(0);
    edits.renumber = args.renumber;
    let is_random = edits.extend > 0 || !edits.reroll.is_empty();
    let seed = if is_random { seed(project, args.seed)? } else { 0 };
    Ok(selection::edit(project, &plans?, &edits, seed)?)
}

/// Refuses to replace a file unasked, and anything else (a device, say) at all.
fn refuse_taken(file: &Path, force: bool) -> Result<(), Failure> {
    let Ok(metadata) = file.symlink_metadata() else { return Ok(()) };
    let why = match (metadata.is_file(), force) {
        (false, _) => "this is not a regular file; choose another --output",
        (true, false) => "this file is there already; give --force to replace it",
        (true, true) => return Ok(()),
    };
    Err(Failure::Usage(format!("{}: {why}", file.display())))
}

/// Writes a plan under a temporary name beside `file`, then renames it.
fn write<T>(
    file: &Path,
    write: impl FnOnce(&mut BufWriter<&mut File>) -> io::Result<T>,
) -> Result<T, Failure> {
    let failed = |e: &dyn std::fmt::Display| {
        Failure::Other(format!(
            "{}: cannot write the plan: {e}; check the folder and its permissions",
            file.display()
        ))
    };
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    // As readable as any new file: a plan is no secret, which is what temporary files are made for.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut part = builder.tempfile_in(folder).map_err(|e| failed(&e))?;
    let mut out = BufWriter::new(part.as_file_mut());
    let written =
        write(&mut out).and_then(|written| out.flush().map(|()| written)).map_err(|e| failed(&e))?;
    drop(out);
    part.persist(file).map_err(|e| failed(&e))?;
    Ok(written)
}

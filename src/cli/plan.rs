//! `plan`: choose the traits of every item, render nothing.

use std::io::{BufWriter, Write};
use std::path::Path;

use traitpress::collection::Project;
use traitpress::selection::{self, Plan};

use crate::cli::args::PlanArgs;
use crate::cli::generate::{choose, open};
use crate::cli::say::note;
use crate::cli::{Failure, rarity};

pub(crate) fn run(args: &PlanArgs) -> Result<(), Failure> {
    let project = open(&args.project)?;
    if let Some(file) = &args.output {
        refuse_taken(file, args.force)?;
    }
    let plan = choose(&project, args.count, args.seed)?;
    match &args.output {
        Some(file) => {
            write(&plan, &project, file)?;
            let survey = selection::survey(&project)?;
            match args.json {
                true => rarity::print_plan_json(&project, &survey, &plan),
                false => rarity::print_plan(&project, &survey, &plan),
            }
            note!(
                "{} items written to {}; `traitpress generate --plan` makes them",
                plan.len(),
                file.display()
            );
        }
        None => {
            let mut out = BufWriter::new(std::io::stdout().lock());
            let written = plan.write(&project, &mut out).and_then(|()| out.flush());
            match written {
                // Whoever reads the plan has seen enough.
                Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
                other => other.map_err(|e| {
                    Failure::Other(format!(
                        "standard output: cannot write the plan: {e}; make room or name another --output"
                    ))
                })?,
            }
        }
    }
    Ok(())
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
fn write(plan: &Plan, project: &Project, file: &Path) -> Result<(), Failure> {
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
    plan.write(project, &mut out).and_then(|()| out.flush()).map_err(|e| failed(&e))?;
    drop(out);
    part.persist(file).map_err(|e| failed(&e))?;
    Ok(())
}

//! `plan`: choose the traits of every item, render nothing.

use std::io::{BufWriter, Write};
use std::path::Path;

use traitpress::collection::Project;
use traitpress::selection::Plan;

use crate::cli::Failure;
use crate::cli::args::PlanArgs;
use crate::cli::generate::{choose, open};
use crate::cli::say::note;

pub(crate) fn run(args: &PlanArgs) -> Result<(), Failure> {
    let project = open(&args.project)?;
    if let Some(file) = args.output.as_deref().filter(|file| file.exists() && !args.force) {
        return Err(Failure::Usage(format!(
            "{}: this file is there already; give --force to replace it",
            file.display()
        )));
    }
    let plan = choose(&project, args.count, args.seed)?;
    match &args.output {
        Some(file) => {
            write(&plan, &project, file)?;
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
                other => other
                    .map_err(|e| Failure::Other(format!("standard output: cannot write the plan: {e}")))?,
            }
        }
    }
    Ok(())
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
    let mut part = tempfile::NamedTempFile::new_in(folder).map_err(|e| failed(&e))?;
    let mut out = BufWriter::new(part.as_file_mut());
    plan.write(project, &mut out).and_then(|()| out.flush()).map_err(|e| failed(&e))?;
    drop(out);
    part.persist(file).map_err(|e| failed(&e))?;
    Ok(())
}

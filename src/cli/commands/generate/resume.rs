//! `generate --resume` and `--update`: the arguments as a request to the library.

use traitpress::engine::{ContinuedRun, RunRequest, continue_run};
use traitpress::output::Existing;
use traitpress::plan::Plan;
use traitpress::project::{Layout, Project};

use super::args::GenerateArgs;
use crate::cli::failure::Failure;

/// The run that goes on in the folder, if one is asked for and was begun there; `plan` is what `--plan` names.
pub(crate) fn continued(
    args: &GenerateArgs,
    project: &Project,
    plan: Option<&Plan>,
) -> Result<Option<ContinuedRun>, Failure> {
    let mut request = match args.existing() {
        Existing::Resume => RunRequest::resume(),
        Existing::Update => RunRequest::update(),
        _ => return Ok(None),
    };
    if let Some(count) = args.count {
        request = request.with_count(count);
    }
    if let Some(first) = args.first {
        request = request.with_first(first);
    }
    if let Some(seed) = args.seed {
        request = request.with_seed(seed);
    }
    if let Some(plan) = plan {
        request = request.with_plan(plan.clone());
    }
    if let Some(encoder) = args.encoder {
        request = request.with_encoder(encoder.into());
    }
    if let Some(effort) = args.effort {
        request = request.with_effort(effort.into());
    }
    if let Some(folder) = &args.recipe {
        request = request.with_recipe_of(folder);
    }
    let run = continue_run(&args.out, project, request)?;
    // The library takes the default for none; who writes it out means it.
    if let (Some(run), Some(Layout::Flat)) = (&run, args.layout)
        && !run.layout().is_flat()
    {
        let was = run.layout().name();
        return Err(Failure::Usage(format!(
            "--layout flat: the layout of the run is {was}; remove --layout"
        )));
    }
    Ok(run)
}

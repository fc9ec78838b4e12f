//! `generate --resume` and `--update`: what the run in the folder says about how to go on.

use std::path::Path;

use traitpress::engine::{EncoderChoice, PressOptions, check_configuration, plan_of_run};
use traitpress::output::{Existing, RunHeader, earlier_run};
use traitpress::plan::Plan;
use traitpress::project::Project;
use traitpress::selection;
use traitpress::telemetry::SearchStats;

use super::args::GenerateArgs;
use crate::cli::failure::Failure;
use crate::cli::project::seed;

/// The run that stands in the folder, if one is to be taken up. What it was begun with and the arguments say otherwise
/// is refused here, before any picture is read.
pub(crate) fn earlier(args: &GenerateArgs, project: &Project) -> Result<Option<RunHeader>, Failure> {
    if !matches!(args.existing(), Existing::Resume | Existing::Update) {
        return Ok(None);
    }
    let Some(run) = earlier_run(&args.out)? else { return Ok(None) };
    check_configuration(&run, project)?;
    Ok(Some(run))
}

/// Has the engine obey the run's recipe. An update has one made, as a fresh run of the same command would.
pub(crate) fn obey(args: &GenerateArgs, run: RunHeader, options: &mut PressOptions) -> Result<(), Failure> {
    if args.existing() != Existing::Resume {
        return Ok(());
    }
    let was = PressOptions::of_run(&run);
    let refuse = |flag: &str| {
        let text = format!(
            "{}: the run there was begun with another {flag}; leave {flag} out to go on, or make everything anew with \
             --force",
            args.out.display()
        );
        Err(Failure::Usage(text))
    };
    // Pictures are encoded one by one also where that was not asked for, because nothing in them repeats.
    let is_plain = |encoder: EncoderChoice| encoder == EncoderChoice::Plain;
    if args.encoder.is_some_and(|encoder| is_plain(encoder.into()) && !is_plain(was.encoder)) {
        return refuse("--encoder");
    }
    if args.effort.is_some_and(|effort| was.effort != effort.into()) {
        return refuse("--effort");
    }
    options.encoder = was.encoder;
    options.effort = was.effort;
    options.resume = Some(run);
    Ok(())
}

/// Has the engine obey the recipe of another collection, if one is named.
pub(crate) fn obey_other(args: &GenerateArgs, options: &mut PressOptions) -> Result<(), Failure> {
    if let Some(folder) = &args.recipe {
        let missing = || {
            Failure::Usage(format!(
                "{}: no collection stands there whose recipe could be obeyed; give a folder that generate wrote as --recipe",
                folder.display()
            ))
        };
        options.recipe_of = Some(earlier_run(folder)?.ok_or_else(missing)?);
    }
    Ok(())
}

/// The items of a run that goes on: chosen as it chose them, or read from its own plan where they were not drawn.
pub(crate) fn plan(
    args: &GenerateArgs,
    project: &Project,
    run: &RunHeader,
) -> Result<(Plan, Option<SearchStats>), Failure> {
    let of_run = |folder: &Path| plan_of_run(folder, run, project);
    let seed = match run.seed {
        None if args.seed.is_none() => match of_run(&args.out)? {
            Some(plan) => return Ok((plan, None)),
            None => seed(project, None)?,
        },
        None => seed(project, args.seed)?,
        Some(was) => args.seed.or(project.seed).unwrap_or(was),
    };
    let asked = args.count.or(project.items_asked());
    let were = u32::try_from(run.count).unwrap_or(u32::MAX);
    let count = asked.unwrap_or(were);
    let (plan, effort) = selection::choose_counted(project, seed, project.start, count)?;
    // A plan that was edited keeps its seed.
    let begun_alike = Some(seed) == run.seed && project.start == run.start && count == were;
    if begun_alike
        && plan.digest(project).to_hex().as_str() != run.plan
        && let Some(plan) = of_run(&args.out)?
    {
        return Ok((plan, None));
    }
    Ok((plan, Some(effort)))
}

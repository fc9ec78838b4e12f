//! `generate`: press a project into a folder or an archive.

mod args;
mod resume;

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use traitpress::Error;
use traitpress::engine::Engine;
use traitpress::error::Cancelled;
use traitpress::files::write_file;
use traitpress::finished::{PreviewOptions, Previews};
use traitpress::output::{Existing, OutputError, SinkFailed, check_metadata};
use traitpress::plan::Plan;
use traitpress::project::Project;
use traitpress::telemetry::{Observer, Stats};

pub(crate) use args::GenerateArgs;

use crate::cli::destination::Destination;
use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::measure::thousands;
use crate::cli::output_paths::{ensure_distinct, ensure_ours, ensure_outside, ensure_writable};
use crate::cli::print::{errln, outln};
use crate::cli::progress::{Watch, events};
use crate::cli::project::{choose, open, warn};
use crate::cli::{remedy, summary};

pub(crate) fn run(args: &GenerateArgs) -> Result<(), Failure> {
    let start = Instant::now();
    let watch = args.watch(start).map_err(Failure::Usage)?;
    let mut options = args.options().map_err(Failure::Usage)?;
    let mut project = open(&args.project)?;
    if let Some(standards) = &args.metadata {
        standards.apply(&mut project);
    }
    if let Some(name) = &args.name {
        project.metadata.file_name.clone_from(name);
    }
    let destination = Destination::of(&args.out);
    destination.check(&project, args.existing())?;
    let interrupt = Interrupt::watch()?;
    for (file, flag) in [(&args.stats, "--stats"), (&args.patterns, "--patterns")] {
        if let Some(file) = file {
            ensure_writable(file, flag)?;
            ensure_outside(file, flag, &args.out, "where the collection goes")?;
        }
    }
    ensure_distinct(&[
        ("--out", Some(args.out.as_path())),
        ("--stats", args.stats.as_deref()),
        ("--patterns", args.patterns.as_deref()),
        ("--preview", args.preview.as_deref()),
    ])?;
    args.stats.as_deref().map_or(Ok(()), ensure_ours)?;
    let select = Instant::now();
    let given = args.plan.as_ref().map(|file| Plan::read(file, &project, args.count)).transpose()?;
    let run = resume::continued(args, &project, given.as_ref())?;
    let (plan, effort) = match (given, &run) {
        (_, Some(run)) => (run.plan().clone(), run.search_stats()),
        (Some(plan), None) => (plan, None),
        (None, None) => choose(&project, args.count, args.seed).map(|(plan, effort)| (plan, Some(effort)))?,
    };
    let select = select.elapsed().as_secs_f64();
    if let Some(folder) = &args.recipe {
        options = options.with_recipe_of(folder)?;
    }
    // What is refused is refused before the art is decoded.
    previews(args, &destination, &project, &plan, &())?;
    check_told(args, &project, &plan)?;
    let engine = match &run {
        Some(run) => Engine::for_run(project, run, options)?,
        None => Engine::new(project, options)?,
    };
    warn(&engine.art().warnings);
    if let Some(why) = engine.backend_warning() {
        errln!("warning: {why}; the CPU composites instead, with the same bytes");
    }
    if let Some(file) = args.patterns.as_deref().filter(|file| file.exists()) {
        engine.load_patterns(file)?;
    }
    let told = (&watch, &interrupt);
    let previews = previews(args, &destination, engine.project(), &plan, &told)?;
    let observer = previews.as_ref().map_or(&told as &dyn Observer, |previews| previews);
    watch.tell_setup(&engine, &plan, &args.out);
    if let Some(run) = &run {
        watch.tell_earlier(run.count_before());
    }
    interrupt.begin();
    let pressed = watch
        .during(&engine, || destination.press(&engine, &plan, run.as_ref(), args.folder_options(), observer));
    interrupt.end();
    let (mut stats, collection) =
        pressed.map_err(|error| stopped(error, args, &destination, watch, &interrupt))?;
    stats.seconds.select = select;
    stats.selection = effort;
    stats.seconds.total = start.elapsed().as_secs_f64();
    if let Some(file) = &args.stats {
        write_stats(&stats, file)?;
    }
    if let Some(file) = &args.patterns {
        engine.save_patterns(file)?;
    }
    let sheet = previews.map(Previews::finish).transpose()?;
    if let Some(previewed) = &sheet {
        events::emit(&events::Body::preview(&previewed.sheet, None));
    }
    summary::warn_of_setbacks(&stats);
    let advice = summary::advise(&stats, engine.art().grid.size().pixels());
    if watch.is_for_programs() {
        events::emit(&events::done(&stats, &plan, &collection, &advice));
        return Ok(());
    }
    summary::print(&stats, &collection, &advice);
    if let Some(previewed) = sheet {
        let (thumbnails, sheet) = (previewed.thumbnails as u64, previewed.sheet);
        outln!("previews: {} thumbnails, and a sheet of them, {}", thousands(thumbnails), sheet.display());
    }
    Ok(())
}

/// What there is to say of a run that did not come to its end, and how to go on.
fn stopped(
    error: Error,
    args: &GenerateArgs,
    destination: &Destination,
    watch: Watch,
    interrupt: &Interrupt,
) -> Failure {
    let is_write = matches!(error.downcast_ref(), Some(OutputError::Io(_)))
        || error.downcast_ref::<SinkFailed>().is_some();
    match (error.downcast_ref(), destination) {
        (Some(&Cancelled { done, total }), destination) => {
            let done_so_far = format!("{done} of {total} items");
            let text = match destination {
                Destination::Folder(out) => {
                    format!("stopped: {done_so_far} are in {}; give {} to go on", out.display(), again(args))
                }
                Destination::File(_) => {
                    format!("stopped: after {done_so_far}; an archive cannot go on, so nothing is kept of it")
                }
                Destination::Stdout => format!(
                    "stopped: after {done_so_far}; an archive cannot go on, and what was sent is no whole one"
                ),
            };
            if watch.is_for_programs() {
                events::emit(&events::Body::cancelled(done, total, &text));
            }
            Failure::Stopped((!watch.is_for_programs()).then_some(text), interrupt.exit_code())
        }
        (None, Destination::Folder(_)) if is_write => {
            let message = remedy::message(&error);
            Failure::Other(format!("{message}, and give {} to go on: what is whole stays", again(args)))
        }
        _ => error.into(),
    }
}

/// The command that goes on with what this one has begun: a run knows the recipe that it was given.
fn again(args: &GenerateArgs) -> String {
    let gone: Vec<&str> = [("--force", args.force), ("--recipe", args.recipe.is_some())]
        .into_iter()
        .filter_map(|(flag, is_given)| is_given.then_some(flag))
        .collect();
    match gone.as_slice() {
        _ if args.update => "the same command again".to_owned(),
        [] => "the same command with --resume".to_owned(),
        gone => format!("the same command with --resume in place of {}", gone.join(" and ")),
    }
}

/// Checks what metadata would say; what is wrong with a template that was typed is not the configuration's.
fn check_told(args: &GenerateArgs, project: &Project, plan: &Plan) -> Result<(), Failure> {
    let checked = check_metadata(&project.root.join("collection.toml"), project, Some(plan));
    checked.map_err(|mut error| {
        for problem in &mut error.problems {
            if let Some(rest) = problem.what.strip_prefix("file_name ").filter(|_| args.name.is_some()) {
                problem.what = format!("--name {rest}");
                problem.path = None;
            }
        }
        error.into()
    })
}

/// What `--preview` asks for.
fn previews<'o>(
    args: &GenerateArgs,
    destination: &Destination,
    project: &Project,
    plan: &Plan,
    observer: &'o dyn Observer,
) -> Result<Option<Previews<'o>>, Failure> {
    let Some(folder) = &args.preview else { return Ok(None) };
    let mut options = PreviewOptions::default();
    // The same command goes on with a run, and finds the previews of its first part.
    options.force = args.existing() != Existing::Refuse;
    Ok(Some(Previews::begin(folder, project, plan, destination.folder(), options, observer)?))
}

fn write_stats(stats: &Stats, file: &Path) -> Result<(), Failure> {
    let mut json = serde_json::to_vec_pretty(stats).map_err(|e| Failure::Other(e.to_string()))?;
    json.push(b'\n');
    write_file(file, true, |out| out.write_all(&json)).map_err(|e| {
        Failure::Other(format!(
            "{}: cannot write the statistics: {e}; the collection is complete",
            file.display()
        ))
    })
}

//! `generate`: press a project into a folder.

use std::path::Path;
use std::time::Instant;

use traitpress::collection::Project;
use traitpress::output::{Collection, check_folder, check_metadata};
use traitpress::press::{Engine, FolderOptions};
use traitpress::report::Stats;
use traitpress::selection::{self, Effort, Plan};

use crate::cli::args::GenerateArgs;
use crate::cli::measure::{bytes, thousands};
use crate::cli::progress::Progress;
use crate::cli::say::{note, say};
use crate::cli::{Failure, warn};

/// Items to make if nothing says how many.
pub(crate) const DEFAULT_COUNT: u32 = 10;

pub(crate) fn run(args: &GenerateArgs) -> Result<(), Failure> {
    let start = Instant::now();
    let options = args.options().map_err(Failure::Usage)?;
    let mut project = open(&args.project)?;
    if let Some(standards) = &args.metadata {
        standards.apply(&mut project);
    }
    check_folder(&args.out, &project, args.force)?;
    for (file, flag) in [(&args.stats, "--stats"), (&args.patterns, "--patterns")] {
        if let Some(file) = file {
            refuse_impossible(file, flag)?;
        }
    }
    let select = Instant::now();
    let (plan, effort) = match &args.plan {
        Some(file) => (Plan::read(file, &project, args.count)?, None),
        None => choose(&project, args.count, args.seed).map(|(plan, effort)| (plan, Some(effort)))?,
    };
    let select = select.elapsed().as_secs_f64();
    check_metadata(&project.root.join("collection.toml"), &project, Some(&plan))?;
    let engine = Engine::new(project, options)?;
    warn(&engine.art().warnings);
    if let Some(why) = engine.backend_warning() {
        note!("warning: {why}; the CPU composites instead, with the same bytes");
    }
    if let Some(file) = args.patterns.as_deref().filter(|file| file.exists()) {
        engine.load_patterns(file)?;
    }
    let progress = Progress::new(plan.len() as u64);
    let mut folder = FolderOptions::default();
    folder.force = args.force;
    folder.provenance = args.provenance;
    let pressed = engine.press_to_folder(&plan, &args.out, folder, &progress);
    progress.finish();
    let (mut stats, collection) = pressed?;
    stats.seconds.select = select;
    stats.selection = effort;
    stats.seconds.total = start.elapsed().as_secs_f64();
    if let Some(file) = &args.stats {
        write_stats(&stats, file)?;
    }
    if let Some(file) = &args.patterns {
        engine.save_patterns(file)?;
    }
    print_summary(&stats, &collection);
    Ok(())
}

/// Opens a project, says in which order the layers are drawn if that was not configured, and passes warnings on.
pub(crate) fn open(root: &Path) -> Result<Project, Failure> {
    if !root.is_dir() {
        let what = if root.exists() { "is not a folder" } else { "does not exist" };
        return Err(Failure::Usage(format!(
            "{}: the project {what}; give a folder that has layers/<Layer>/<Trait>.png in it, or try `traitpress demo`",
            root.display()
        )));
    }
    let project = Project::open(root)?;
    warn(&project.warnings);
    if !root.join("collection.toml").exists() {
        let order: Vec<&str> = project.layers.iter().map(|layer| layer.name.as_str()).collect();
        note!(
            "layers, back to front: {} (by name; `traitpress init` writes a collection.toml to change it)",
            order.join(", ")
        );
    }
    Ok(project)
}

/// Chooses the items of a project, with a seed from the system if none is given.
pub(crate) fn choose(
    project: &Project,
    count: Option<u32>,
    seed: Option<u64>,
) -> Result<(Plan, Effort), Failure> {
    let count = count.or(project.items_asked()).unwrap_or(DEFAULT_COUNT);
    Ok(selection::choose_counted(project, self::seed(project, seed)?, project.start, count)?)
}

/// The seed that was given, or the configuration's, or one from the system, which is told.
pub(crate) fn seed(project: &Project, given: Option<u64>) -> Result<u64, Failure> {
    if let Some(seed) = given.or(project.seed) {
        return Ok(seed);
    }
    // 48 bits, so that every JSON reader can hold the number exactly.
    let drawn =
        getrandom::u64().map_err(|e| Failure::Other(format!("cannot draw a seed: {e}; give --seed")))?;
    let seed = drawn >> 16;
    note!("seed: {seed} (drawn; give --seed {seed} to choose the same items again)");
    Ok(seed)
}

/// Refuses what is known to fail before anything is pressed.
pub(crate) fn refuse_impossible(file: &Path, flag: &str) -> Result<(), Failure> {
    if file.is_dir() {
        return Err(Failure::Usage(format!(
            "{}: this is a folder; name a file in it as {flag}",
            file.display()
        )));
    }
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() && !parent.is_dir() => Err(Failure::Usage(format!(
            "{}: the folder for {flag} does not exist; create it or name another",
            parent.display()
        ))),
        _ => Ok(()),
    }
}

fn write_stats(stats: &Stats, file: &Path) -> Result<(), Failure> {
    let mut json = serde_json::to_vec_pretty(stats).map_err(|e| Failure::Other(e.to_string()))?;
    json.push(b'\n');
    std::fs::write(file, json).map_err(|e| {
        Failure::Other(format!(
            "{}: cannot write the statistics: {e}; the collection is complete",
            file.display()
        ))
    })
}

pub(crate) fn print_summary(stats: &Stats, collection: &Collection) {
    let seconds = &stats.seconds;
    say!(
        "{} items in {:.2} s ({:.0} items/s while pressing), {} of pictures ({} each)",
        thousands(stats.items),
        seconds.total,
        stats.items_per_second,
        bytes(stats.bytes),
        bytes(stats.bytes / stats.items.max(1)),
    );
    if stats.spans.wanted > 0 {
        let times = stats.spans.wanted as f64 / stats.spans_pressed.max(1) as f64;
        say!(
            "{} spans shown, {} pressed: each was used {times:.1} times on average",
            thousands(stats.spans.wanted),
            thousands(stats.spans_pressed)
        );
    } else {
        say!("pictures were encoded one by one ({})", stats.encoder);
    }
    if let Some(gpu) = &stats.gpu {
        say!(
            "{}: {} spans in {} passes, {} copied, {} left to the CPU",
            stats.backend,
            thousands(gpu.spans),
            thousands(gpu.passes),
            thousands(gpu.copies),
            thousands(gpu.on_cpu),
        );
        for event in &gpu.events {
            note!("warning: {event}");
        }
    }
    if let Some(provenance) = &collection.provenance {
        say!("provenance: {provenance}");
    }
    say!("collection: {}", collection.digest);
    say!("written to {}", collection.folder.display());
}

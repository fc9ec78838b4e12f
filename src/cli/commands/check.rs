//! `check`: everything that is wrong with a project, at once; nothing is written.

use std::path::PathBuf;

use traitpress::ErrorKind;
use traitpress::art::Art;
use traitpress::engine::{Backend, Engine, PressOptions};
use traitpress::output::check_metadata;
use traitpress::plan::Plan;
use traitpress::project::{MILLION, Project};
use traitpress::selection::{self, Cause, Choose, Pictures, SelectionError, Survey, UniqueSet};

use crate::cli::failure::{Failure, Message};
use crate::cli::measure::{bytes, counted, thousands};
use crate::cli::print::{self, errln, outln};
use crate::cli::project::{DEFAULT_COUNT, open, print_error, print_notes, refuse_warnings, warn};
use crate::cli::rarity::{print_survey, shortfalls};
use crate::cli::remedy;
use crate::cli::values::items;

/// Causes of equal pictures that are listed.
const CAUSES: usize = 8;

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// The project: a folder with layers/<Layer>/<Trait>#<weight>.png
    #[arg(default_value = ".")]
    project: PathBuf,
    /// Check that N items can be made [default: the configuration's count, else 10]
    #[arg(long, value_name = "N", value_parser = items())]
    count: Option<u32>,
    /// Print the counts under rules and weights as JSON, and skip all other checks
    #[arg(long)]
    json: bool,
    /// Treat warnings as errors
    #[arg(long, conflicts_with = "json")]
    strict: bool,
}

/// A check: the project is open.
struct CheckJob {
    project: Project,
    /// The number of items that must be possible.
    count: u32,
    /// Whether only what rules and weights allow is printed, as JSON.
    json: bool,
    /// Whether warnings are errors.
    strict: bool,
}

impl TryFrom<CheckArgs> for CheckJob {
    type Error = Failure;

    fn try_from(args: CheckArgs) -> Result<Self, Failure> {
        let project = open(&args.project)?;
        let count = args.count.or(project.items_asked()).unwrap_or(DEFAULT_COUNT);
        Ok(Self { project, count, json: args.json, strict: args.strict })
    }
}

pub(crate) fn run(args: CheckArgs) -> Result<(), Failure> {
    CheckJob::try_from(args)?.run()
}

impl CheckJob {
    fn run(self) -> Result<(), Failure> {
        let Self { project, count, json, strict } = self;
        let mut warnings = project.warnings.len();
        let drawn = selection::drawn(&project, project.start, count);
        let survey = selection::survey(&project, drawn.as_ref().copied().unwrap_or(count));
        let capacity =
            survey.as_ref().map_or_else(|_| selection::capacity(&project), |survey| survey.capacity);
        let is_short = survey.is_err()
            || drawn.is_err()
            || drawn.is_ok_and(|drawn| u128::from(drawn) > capacity)
            || project.start.checked_add(count - 1).is_none();
        // As JSON only bounds are wanted, and most refusals follow from these.
        let chosen = (is_short || !json).then(|| Choose::new(count).from(&project)).transpose();
        let limit = limit(&project, chosen.as_ref().err());
        let possible = limit.unwrap_or(capacity);
        let refused_count = chosen.is_err();
        let mut errors: Vec<Message> = Vec::new();
        if let Err(error) = &chosen {
            // The refusal itself says what limits the number.
            errors.push(remedy::message(&error.clone().into()).into());
        }
        if let Err(error) = check_metadata(&project.root.join("collection.toml"), &project, None) {
            errors.extend(Failure::from(error).messages());
        }
        print_notes(&project.notes);
        if json {
            errors.iter().for_each(print_error);
            let possible = survey.ok();
            let ones = project.ones.len();
            outln!(
                "{}",
                serde_json::json!({ "count": count, "ones": ones, "enough": !refused_count, "possible": possible })
            );
            return if errors.is_empty() { Ok(()) } else { Err(Failure::Reported) };
        }
        print_layers(&project);
        if let Ok(survey) = &survey
            && (!project.rules.is_empty() || !project.unique_sets.is_empty() || !project.groups.is_empty())
        {
            warnings += print_survey(&project, survey, possible);
        }
        if let Ok(Some(plan)) = &chosen {
            for shortfall in shortfalls(&project, plan)? {
                errln!("warning: {shortfall}");
                warnings += 1;
            }
        }
        let most = if possible == u128::MAX { "any number of".to_owned() } else { thousands(possible) };
        let ones = match project.ones.len() {
            0 => String::new(),
            1 => ", and a one-of-one".to_owned(),
            ones => format!(", and {} one-of-ones", thousands(ones as u64)),
        };
        let is_bound = survey.as_ref().is_ok_and(is_bound);
        let about = if is_bound && limit.is_none() && possible < u128::MAX { "at most " } else { "" };
        let items = if possible == 1 { "item is" } else { "items are" };
        let asked = if count == 1 { "is" } else { "are" };
        outln!("{about}{most} different {items} possible{ones}; {} {asked} requested", thousands(count));
        // Nothing is composited, so no GPU need be opened.
        let options = PressOptions::new().with_backend(Backend::Cpu);
        let engine = match Engine::new(project, options) {
            Ok(engine) => engine,
            // All that is wrong comes last, below the tables.
            Err(error) if error.kind() == ErrorKind::Project => {
                errors.extend(Failure::from(error).messages());
                return Err(refused(&errors, warnings));
            }
            Err(error) => return Err(error.into()),
        };
        warn(&engine.art().warnings);
        print_notes(&engine.art().notes);
        warnings += engine.art().warnings.len();
        if let Some(fewer) = fewer_pictures(engine.project(), engine.art(), possible) {
            errln!("warning: {fewer}");
            warnings += 1;
        }
        match print::is_verbose() {
            true => outln!("canvas {}, {}", engine.art().grid.size(), engine.recipe_summary()),
            false => outln!("canvas {}", engine.art().grid.size()),
        }
        if !errors.is_empty() {
            return Err(refused(&errors, warnings));
        }
        if let Ok(Some(plan)) = &chosen {
            print_memory(&engine, plan)?;
        }
        refuse_warnings(strict, warnings)?;
        match warnings {
            0 => outln!("no problems: `traitpress generate` can run"),
            _ => outln!("0 errors, {}: `traitpress generate` can run", counted(warnings, "warning")),
        }
        Ok(())
    }
}

/// Prints the errors, and how many there are.
fn refused(errors: &[Message], warnings: usize) -> Failure {
    errors.iter().for_each(print_error);
    let errors = counted(errors.len(), "error");
    outln!("{errors}, {}: `traitpress generate` cannot run", counted(warnings, "warning"));
    Failure::Reported
}

/// Whether fewer items can be possible than the number that a survey gives: not all rules were counted, or unique sets cross,
/// which together can allow fewer than each of them alone.
fn is_bound(survey: &Survey) -> bool {
    let holds = |a: &UniqueSet, b: &UniqueSet| {
        a.group != b.group || b.layers.iter().all(|layer| a.layers.contains(layer))
    };
    let cross = |a: &UniqueSet| survey.unique.iter().any(|b| !holds(a, b) && !holds(b, a));
    !survey.exact || survey.unique.iter().any(cross)
}

/// How many different items are possible, one-of-ones apart, as a refusal says it: so `check` says the same number.
fn limit(project: &Project, refusal: Option<&SelectionError>) -> Option<u128> {
    // Of groups each has its own number.
    refusal.filter(|_| project.groups.is_empty()).and_then(SelectionError::most)
}

/// What there is to say where fewer different pictures than different items are possible.
fn fewer_pictures(project: &Project, art: &Art, items: u128) -> Option<String> {
    let Pictures { most, causes, .. } = selection::pictures(project, &art.picture_classes(project));
    if project.duplicates || most >= items {
        return None;
    }
    let listed: Vec<String> = causes.iter().take(CAUSES).map(|cause| cause.in_words(project)).collect();
    let more = match causes.len().saturating_sub(CAUSES) {
        0 => String::new(),
        more => format!("; {more} more causes"),
    };
    let items = if items == u128::MAX {
        "any number of different items".to_owned()
    } else {
        counted(items, "different item")
    };
    let order = match covered_layers(project, &causes) {
        layers if layers.is_empty() => String::new(),
        layers => format!(
            "move the [[layers]] block of {} further down in collection.toml (the first is at the back), or let `traitpress \
             init` estimate the order; else ",
            layers.join(", ")
        ),
    };
    let are = if most == 1 { "is" } else { "are" };
    Some(format!(
        "at most {} {are} possible in {items}: {}{more}; {order}redraw or remove these traits, make fewer items, or set \
         distinct = \"pictures\" in collection.toml to prevent equal pictures",
        counted(most, "different picture"),
        listed.join("; ")
    ))
}

/// Layers of which nothing is ever visible, so that they are probably in the wrong place of the drawing order.
fn covered_layers(project: &Project, causes: &[Cause]) -> Vec<String> {
    let is_covered = |number: usize| {
        let mut drawn = (0..project.layers[number].traits.len())
            .filter(|&index| project.layers[number].traits[index].weight > 0)
            .peekable();
        let is_cause = |of: usize| {
            causes.iter().any(
                |cause| matches!(*cause, Cause::Covered { layer, index } if (layer, index) == (number, of)),
            )
        };
        drawn.peek().is_some() && drawn.all(is_cause)
    };
    let covered = (0..project.layers.len()).filter(|&number| is_covered(number));
    covered.map(|number| format!("{:?}", project.layers[number].name)).collect()
}

/// Prints the expected peak of memory, computed from the items of a run: whatever the seed, they show about as many
/// different spans.
fn print_memory(engine: &Engine, plan: &Plan) -> Result<(), Failure> {
    let expected = engine.expected_memory(plan)?;
    outln!(
        "expected peak memory for {} items on {} threads: {} ({} art, {} spans, {} buffers, {} items, {} \
         program)",
        thousands(plan.len()),
        engine.threads(),
        bytes(expected.total()),
        bytes(expected.art),
        bytes(expected.spans),
        bytes(expected.buffers),
        bytes(expected.items),
        bytes(expected.program),
    );
    Ok(())
}

/// A table of the layers, back to front.
fn print_layers(project: &Project) {
    let width = project.layers.iter().map(|layer| layer.name.chars().count()).max().unwrap_or(0).max(5);
    outln!("{:width$}  traits  present  opacity  unique", "layer");
    let mut present_in_items: Vec<f64> = Vec::new();
    for layer in &project.layers {
        let drawn: u64 = layer.traits.iter().map(|t| t.weight).sum();
        let none = layer.none.unwrap_or(0);
        let share = drawn as f64 / (drawn + none).max(1) as f64;
        // A choice inside a choice is made where its trait is shown, of a layer that comes before it.
        let asked = layer.parent.as_ref().map_or(1.0, |parent| {
            let of = &project.layers[parent.layer];
            let weight = |number: u16| of.traits[usize::from(number)].weight;
            let parents: u64 = parent.trait_numbers().flatten().map(weight).sum();
            let all: u64 = of.traits.iter().map(|item| item.weight).sum();
            present_in_items[parent.layer] * parents as f64 / all.max(1) as f64
        });
        let present = asked * f64::from(layer.chance) / MILLION as f64 * share;
        present_in_items.push(present);
        let present = present * 100.0;
        let opacity = f64::from(layer.opacity) / 255.0;
        let unique = if layer.unique { "yes" } else { "no" };
        outln!("{:width$}  {:6}  {present:6.1}%  {opacity:7.2}  {unique}", layer.name, layer.traits.len());
    }
}

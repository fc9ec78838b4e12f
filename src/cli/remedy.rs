//! The library's errors in the words of the command line.

use std::path::Path;

use traitpress::error::{Explanation, Problem};
use traitpress::{Error, Remedy};

use crate::cli::shell;

/// The message of an error, its remedies with the flags and commands that they need.
pub(crate) fn message(error: &Error) -> String {
    // Each problem of a project names its own remedy.
    match error.problems() {
        [] => error.explain().text_with(with_flags),
        problems => problems.iter().map(problem_message).collect::<Vec<_>>().join("\n"),
    }
}

/// The message of a problem; a path below the current folder is shown from there.
pub(crate) fn problem_message(problem: &Problem) -> String {
    let here = std::env::current_dir().and_then(|folder| folder.canonicalize());
    let below = problem.path.as_deref().zip(here.ok()).and_then(|(path, here)| {
        let below = path.strip_prefix(here).ok()?;
        Some(if below.as_os_str().is_empty() { Path::new(".") } else { below }.to_owned())
    });
    let mut shown = problem.clone();
    shown.path = below.or(shown.path);
    Explanation::of_problem(&shown).text_with(with_flags)
}

/// A remedy as a user of the program types it.
fn with_flags(remedy: &Remedy) -> String {
    let text = match remedy {
        Remedy::ChooseOtherOutput => "choose another --out",
        Remedy::ChooseOtherProject => "choose another --output",
        Remedy::Resume => "continue with generate --resume",
        Remedy::Replace => "replace it with --force",
        Remedy::StartOver => "start over with --force",
        Remedy::Extend { count } => return format!("extend it with --resume --count N, N above {count}"),
        Remedy::Update => "update what has changed with --update",
        Remedy::FewerThreads => "use fewer with --threads",
        Remedy::GiveCount(count) => return format!("give --count {count} (or more)"),
        Remedy::GiveSetting { name: "seed", value } => return format!("give --seed {value}"),
        Remedy::GiveSetting { name: "output_size", value } => return format!("give --output-size {value}"),
        Remedy::GiveSetting { name: "layout", value } => return format!("give --layout {value}"),
        Remedy::GiveSetting { name: "format", value } => {
            return format!("give --format {}", value.replace(' ', " --quality "));
        }
        Remedy::LeaveOut(setting) => return format!("remove --{setting} to continue"),
        Remedy::GivePlan => "give its --plan",
        Remedy::GivePlanAt(plan) => return format!("give --plan {}", shell::quoted(plan)),
        Remedy::WritePlan => "write the plan again with `traitpress plan`",
        Remedy::AllowTrades => "leave --only out, so that it can trade with others",
        Remedy::Reroll => "reroll some items with `traitpress plan --keep`",
        Remedy::Trial => "make a trial run with `traitpress generate --first N`",
        Remedy::UseFirstItems => "use only the first items with --count",
        Remedy::Renumber => "renumber all items with --renumber",
        Remedy::GiveProject => "give --project",
        Remedy::GiveCollection => "give a folder that `generate` wrote",
        Remedy::FinishMetadata => "run `traitpress metadata` on this folder again to complete it",
        Remedy::MakeOwnRecipe => "remove --recipe to make a recipe for this art",
        Remedy::OtherAdapter => "choose another with --adapter",
        Remedy::UseSoftwareAdapter => "use a software adapter with --backend gpu",
        Remedy::UseCpu => "use --backend cpu",
        Remedy::AllowCpu => "remove --require-gpu to let the CPU make the other items",
        Remedy::KeepArtInMemory => "remove --trait-memory to read each picture only once",
        Remedy::SmallerSheet => "use a smaller --size or --count, or another --columns",
        Remedy::SeveralPages => "allow several pages with --max-side, and --format hash or array",
        Remedy::LargerPages => "use a larger --max-side, or a smaller --gap or --extrude",
        Remedy::NameSprites => "choose another --names, e.g. \"{name}-{frame:02}\"",
        Remedy::NameSheet => "choose an --output that ends in .png or .webp",
        Remedy::ChooseOtherPreview => "choose another --preview",
        Remedy::Verify => "run `traitpress verify`",
        Remedy::VerifyProject => "run `traitpress verify DIR --project .. --sample all`",
        Remedy::AddDigests => "add them with `traitpress verify --fill`",
        Remedy::FitSizes => {
            "export it at that size, or set fit = \"scale\" or fit = \"place\" in collection.toml, which `traitpress init` \
             writes if there is none"
        }
        Remedy::NumberPictures => "remove file_name and --name",
        Remedy::SugarLayout => {
            "make a folder for Sugar with --layout sugar in place of --metadata, which numbers its files from 0"
        }
        Remedy::FanOut => "give --layout fan-out, which divides the files among folders",
        Remedy::CountFromZero => {
            "set start = 0, or make a plan without gaps with `traitpress plan --keep --renumber`"
        }
        Remedy::BuildWith(feature) => {
            return format!("build it with --features {feature}");
        }
        Remedy::InProject(remedy) => {
            let remedy = with_flags(remedy);
            return format!("{remedy}, in the project's collection.toml, and give --project");
        }
        _ => return remedy.to_string(),
    };
    text.to_owned()
}

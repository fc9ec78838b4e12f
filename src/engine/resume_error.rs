//! Why a run cannot be continued.

use std::path::PathBuf;

use crate::error::{Explain, Explanation, Remedy};
use crate::output::RunHeader;
use crate::picture::PictureFormat;
use crate::project::{Layout, READING};

/// Why a run cannot continue an earlier one, finished or not.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum ResumeError {
    /// The configuration has changed.
    Configuration {
        /// The changes.
        what: String,
    },
    /// The art has changed.
    Art {
        /// The changes.
        what: String,
    },
    /// The seed or the first edition differs.
    Number {
        /// The setting.
        name: &'static str,
        /// Its value in the earlier run.
        was: String,
        /// Its value now.
        is: String,
    },
    /// Fewer items are asked for than the earlier run has.
    Fewer {
        /// Items of the earlier run.
        was: u64,
        /// Items that were asked for.
        is: u64,
    },
    /// The items differ.
    Plan {
        /// Why they may differ.
        why: &'static str,
    },
    /// A seed was given for items that no seed chooses.
    SeedOfPlan {
        /// The plan that has them.
        plan: PathBuf,
    },
    /// The encoder or the effort differs.
    Bytes {
        /// The setting: `encoder` or `effort`.
        setting: &'static str,
    },
    /// The pictures have other sizes.
    Sizes {
        /// Those of the earlier run.
        was: String,
        /// Those that are asked for.
        is: String,
    },
    /// The pictures have another format.
    Format {
        /// That of the earlier run.
        was: PictureFormat,
        /// The requested one.
        is: PictureFormat,
    },
    /// The files have another layout.
    Layout {
        /// That of the earlier run.
        was: Layout,
        /// The requested one.
        is: Layout,
    },
    /// The folder that was named for its recipe holds no collection.
    NoRecipe {
        /// The folder.
        folder: PathBuf,
    },
    /// The recipe of the run cannot be obeyed.
    Recipe {
        /// The reason.
        why: String,
        /// The program that made the recipe.
        program: String,
    },
    /// The run read its project by other rules.
    Reading {
        /// The version of its rules.
        was: u32,
        /// The program that made it.
        program: String,
    },
    /// The recipe of another run does not fit this project.
    OtherRecipe {
        /// The reason.
        why: String,
    },
}

impl ResumeError {
    /// The items differ, for an unknown reason.
    pub(crate) const OTHER_PLAN: Self = Self::Plan { why: "they come from another plan or seed" };

    /// Refuses other sizes or another format than those of the run.
    pub(crate) fn of_output(run: &RunHeader, sizes: &[u32], format: PictureFormat) -> Result<(), Self> {
        if run.output_size != sizes {
            return Err(Self::sizes(&run.output_size, sizes));
        }
        Self::of_format(run.picture_format, format)
    }

    /// Refuses another format than that of the run.
    pub(crate) fn of_format(was: PictureFormat, is: PictureFormat) -> Result<(), Self> {
        if was == is { Ok(()) } else { Err(Self::Format { was, is }) }
    }

    /// Refuses another layout than that of the run.
    pub(crate) fn of_layout(was: Layout, is: Layout) -> Result<(), Self> {
        if was == is { Ok(()) } else { Err(Self::Layout { was, is }) }
    }

    /// The pictures have other sizes; none are the art's.
    pub(crate) fn sizes(was: &[u32], is: &[u32]) -> Self {
        let words = |sizes: &[u32]| match sizes {
            [] => "the art's size".to_owned(),
            sizes => sizes.iter().map(u32::to_string).collect::<Vec<_>>().join(","),
        };
        Self::Sizes { was: words(was), is: words(is) }
    }
}

impl Explain for ResumeError {
    fn explain(&self) -> Explanation<'_> {
        match self {
            Self::Configuration { what } => {
                Explanation::usage(format!("the configuration changed since the run started: {what}"))
                    .remedy(Remedy::UndoChanges)
                    .remedy(Remedy::ChooseOtherOutput)
                    .remedy(Remedy::StartOver)
            }
            Self::Art { what } => {
                Explanation::usage(format!("the art changed since the run started: {what}"))
                    .remedy(Remedy::UndoChanges)
                    .remedy(Remedy::Update)
                    .remedy(Remedy::StartOver)
            }
            Self::Number { name, was, is } => {
                Explanation::usage(format!("the run was started with {name} {was}, not {is}"))
                    .remedy(Remedy::GiveSetting { name, value: was.clone() })
                    .remedy(Remedy::StartOver)
            }
            Self::Fewer { was, is } => {
                Explanation::usage(format!("cannot reduce an existing run from {was} to {is} items"))
                    .remedy(Remedy::GiveCount(*was))
                    .remedy(Remedy::StartOver)
            }
            Self::Plan { why } => {
                Explanation::usage(format!("the items differ from those of the run: {why}"))
                    .remedy(Remedy::GivePlan)
                    .remedy(Remedy::StartOver)
            }
            Self::SeedOfPlan { plan } => Explanation::usage(
                "no seed selects the items of this run: they come from a plan, or were edited after the run",
            )
            .remedy(Remedy::LeaveOut("seed"))
            .remedy(Remedy::GivePlanAt(plan.clone())),
            Self::Bytes { setting } => {
                Explanation::usage(format!("the run was started with another {setting}"))
                    .remedy(Remedy::LeaveOut(setting))
                    .remedy(Remedy::StartOver)
            }
            Self::Sizes { was, is } => {
                Explanation::usage(format!("the run was started with output_size {was}, not {is}"))
                    .remedy(match was.contains(|char: char| char.is_alphabetic()) {
                        true => Remedy::LeaveOut("output-size"),
                        false => Remedy::GiveSetting { name: "output_size", value: was.clone() },
                    })
                    .remedy(Remedy::ChooseOtherOutput)
                    .remedy(Remedy::StartOver)
            }
            Self::Format { was, is } => {
                Explanation::usage(format!("the pictures of the run are {was}, not {is}"))
                    .remedy(Remedy::GiveSetting { name: "format", value: was.setting() })
                    .remedy(Remedy::ChooseOtherOutput)
                    .remedy(Remedy::StartOver)
            }
            Self::Layout { was, is } => {
                Explanation::usage(format!("the layout of the run is {}, not {}", was.name(), is.name()))
                    .remedy(Remedy::GiveSetting { name: "layout", value: was.name().to_owned() })
                    .remedy(Remedy::ChooseOtherOutput)
                    .remedy(Remedy::StartOver)
            }
            Self::NoRecipe { folder } => Explanation::usage("there is no collection to take the recipe from")
                .path(folder)
                .remedy(Remedy::text("give a folder with a collection")),
            Self::Recipe { why, program } => {
                Explanation::usage(format!("this program cannot continue with the recipe of the run: {why}"))
                    .remedy(Remedy::UseProgram(program.clone()))
                    .remedy(Remedy::StartOver)
            }
            Self::Reading { was, program } => {
                let older = if *was < READING {
                    " (newer versions trim names, read an invisible picture named None as absence, and keep \
                     the colours of soft edges)"
                } else {
                    ""
                };
                Explanation::usage(format!(
                    "the collection was made by version {was} of the rules that read a project, and this program has version \
                     {READING}{older}"
                ))
                .remedy(Remedy::UseProgram(program.clone()))
                .remedy(Remedy::ChooseOtherOutput)
                .remedy(Remedy::StartOver)
            }
            Self::OtherRecipe { why } => {
                Explanation::usage(format!("the recipe of the other collection cannot be used here: {why}"))
                    .remedy(Remedy::MakeOwnRecipe)
            }
        }
    }
}

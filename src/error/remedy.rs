//! What can be done about an error.

use std::fmt;
use std::path::PathBuf;

/// Something that the caller can do about an error.
///
/// Its text is neutral. A program renders the variants with its flags and commands, a service with its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// Write to another folder or archive.
    ChooseOtherOutput,
    /// Give the file another name.
    ChooseOtherName,
    /// Write the new project to another folder.
    ChooseOtherProject,
    /// Move the thing away that is in the way.
    MoveAway,
    /// Continue the unfinished run.
    Resume,
    /// Replace what is there.
    Replace,
    /// Replace the earlier run by one from its beginning.
    StartOver,
    /// Continue a finished run with more items than it has.
    Extend {
        /// The items that it has.
        count: u64,
    },
    /// Make the items again whose art has changed, and keep the others.
    Update,
    /// Undo the changes that were made since the run began.
    UndoChanges,
    /// Use fewer threads.
    FewerThreads,
    /// Ask for this number of items, or for more.
    GiveCount(u64),
    /// Ask for this number of items, or for fewer.
    LowerCount(u64),
    /// Give the seed or another setting the value that the run has.
    GiveSetting {
        /// The name of the setting, as in `seed`.
        name: &'static str,
        /// The value of the run.
        value: String,
    },
    /// Do not give this setting, so that the run's own is used.
    LeaveOut(&'static str),
    /// Give the plan of the run.
    GivePlan,
    /// Give the plan in this file.
    GivePlanAt(PathBuf),
    /// Write a plan of this project.
    WritePlan,
    /// Let other items change, too.
    AllowTrades,
    /// Choose other items for a part of the plan.
    Reroll,
    /// Use only the first items of the plan.
    UseFirstItems,
    /// Make the first items of the whole collection, as a trial.
    Trial,
    /// Give all items of the plans new editions.
    Renumber,
    /// Give the project.
    GiveProject,
    /// Give a folder that holds a finished collection.
    GiveCollection,
    /// Write the metadata once more, which completes what was begun.
    FinishMetadata,
    /// Use the program that wrote the run.
    UseProgram(String),
    /// Let a recipe be made for this art, rather than obey one of another collection.
    MakeOwnRecipe,
    /// Use another GPU adapter.
    OtherAdapter,
    /// Use a software adapter.
    UseSoftwareAdapter,
    /// Composite on the CPU.
    UseCpu,
    /// Do not require a GPU.
    AllowCpu,
    /// Keep all art in memory, so that every picture is read once.
    KeepArtInMemory,
    /// Make a sheet or atlas of fewer or smaller pictures, or of another shape.
    SmallerSheet,
    /// Allow an atlas of several pages, in a format that can have them.
    SeveralPages,
    /// Allow larger pages of an atlas.
    LargerPages,
    /// Choose other names for the sprites of an atlas.
    NameSprites,
    /// Name a sheet or atlas `.png` or `.webp`.
    NameSheet,
    /// Write the previews to another folder.
    ChooseOtherPreview,
    /// Check the path and its permissions.
    CheckPermissions,
    /// Check permissions and the free space of the disk.
    CheckStorage,
    /// Wait until the other run has ended.
    WaitForOtherRun,
    /// Run the same again.
    RunAgain,
    /// Restore the file from a copy.
    RestoreFromCopy,
    /// Make the collection again in another folder.
    PressAgain,
    /// List everything that is wrong with the collection.
    Verify,
    /// List how the collection differs from what the project makes.
    VerifyProject,
    /// Add the digests of its files to a pool.
    AddDigests,
    /// Report a bug of this program.
    ReportBug,
    /// Export the picture at the canvas' size, or set what happens to pictures of other sizes.
    FitSizes,
    /// Call pictures by their numbers.
    NumberPictures,
    /// Number the items from 0 on, without holes.
    CountFromZero,
    /// Make a folder for Metaplex's Sugar of the collection, whose files are numbered from 0 whatever the items are.
    SugarLayout,
    /// Divide the files of the items among folders.
    FanOut,
    /// Build the program with this feature.
    BuildWith(&'static str),
    /// Do that in the project of the collection, and give the project.
    InProject(Box<Remedy>),
    /// Something that only this error asks for, in neutral words.
    Text(String),
}

impl Remedy {
    /// A remedy that has no variant of its own.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

impl From<&str> for Remedy {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Remedy {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ChooseOtherOutput => "choose another output",
            Self::ChooseOtherName => "choose another name",
            Self::ChooseOtherProject => "choose another folder for the new project",
            Self::MoveAway => "move it elsewhere",
            Self::Resume => "resume the run",
            Self::Replace => "allow its replacement",
            Self::StartOver => "start over",
            Self::Extend { count } => return write!(f, "extend it to more than {count} items"),
            Self::Update => "update it to the changed art",
            Self::UndoChanges => "undo that",
            Self::FewerThreads => "use fewer threads",
            Self::GiveCount(count) => return write!(f, "raise the count to at least {count}"),
            Self::LowerCount(count) => return write!(f, "lower the count to at most {count}"),
            Self::GiveSetting { name, value } => return write!(f, "set {name} to {value}"),
            Self::LeaveOut(setting) => return write!(f, "remove the {setting}"),
            Self::GivePlan => "give the plan of the run",
            Self::GivePlanAt(plan) => return write!(f, "give the plan {}", plan.display()),
            Self::WritePlan => "make a new plan for this project",
            Self::AllowTrades => "allow other items to change",
            Self::Reroll => "reroll some items",
            Self::Trial => "make a trial run of the first items",
            Self::UseFirstItems => "use only the first items of the plan",
            Self::Renumber => "give all items new editions",
            Self::GiveProject => "give the project",
            Self::GiveCollection => "give the folder of a finished collection",
            Self::FinishMetadata => "write the metadata again to complete it",
            Self::UseProgram(program) => return write!(f, "use {program}, which started the run"),
            Self::MakeOwnRecipe => "make a recipe for this art",
            Self::OtherAdapter => "choose another adapter",
            Self::UseSoftwareAdapter => "allow a software adapter",
            Self::UseCpu => "use the CPU",
            Self::AllowCpu => "do not require a GPU",
            Self::KeepArtInMemory => "keep all art in memory to read each picture only once",
            Self::SmallerSheet => "use fewer or smaller pictures, or another number of columns",
            Self::SeveralPages => "allow several pages; a page has all frames in the format of Aseprite",
            Self::LargerPages => "allow larger pages",
            Self::NameSprites => "choose other names for the sprites",
            Self::NameSheet => "choose a file name that ends in .png or .webp",
            Self::ChooseOtherPreview => "choose another preview folder",
            Self::CheckPermissions => "check permissions",
            Self::CheckStorage => "check permissions and free space",
            Self::WaitForOtherRun => "wait until it ends",
            Self::RunAgain => "run again",
            Self::RestoreFromCopy => "restore it from a copy",
            Self::PressAgain => "make the collection again in another folder",
            Self::Verify => "verify the collection",
            Self::VerifyProject => "verify the collection with the project",
            Self::AddDigests => "add these digests",
            Self::ReportBug => "please report this as a bug",
            Self::FitSizes => {
                "export it at that size, or set fit = \"scale\" or fit = \"place\" in collection.toml"
            }
            Self::NumberPictures => "remove file_name",
            Self::SugarLayout => "make a folder for Sugar, which numbers the files from 0",
            Self::FanOut => "choose the layout fan-out, which divides the files among folders",
            Self::BuildWith(feature) => return write!(f, "build it with the feature {feature}"),
            Self::CountFromZero => "set start = 0, or give the items of the plan editions without gaps",
            Self::InProject(remedy) => {
                return write!(f, "{remedy}, in the project's collection.toml, and give the project");
            }
            Self::Text(text) => text,
        })
    }
}

/// Alternatives as one phrase: `a`, `a or b`, `a, b, or c`.
pub(super) fn join(mut words: Vec<String>) -> String {
    let Some(last) = words.pop() else { return String::new() };
    match &*words {
        [] => last,
        [first] => format!("{first} or {last}"),
        _ => format!("{}, or {last}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_are_joined() {
        let joined = |words: &[&str]| join(words.iter().map(ToString::to_string).collect());
        assert_eq!(joined(&[]), "");
        assert_eq!(joined(&["a"]), "a");
        assert_eq!(joined(&["a", "b"]), "a or b");
        assert_eq!(joined(&["a", "b", "c"]), "a, b, or c");
    }

    #[test]
    fn a_neutral_remedy_names_no_flag() {
        let remedies = [
            Remedy::ChooseOtherOutput,
            Remedy::Extend { count: 3 },
            Remedy::GiveSetting { name: "seed", value: "7".into() },
            Remedy::UseProgram("traitpress 0.1.0".into()),
        ];
        for remedy in remedies {
            let text = remedy.to_string();
            assert!(!text.contains("--") && !text.contains('`'), "{text}");
        }
    }
}

//! `demo`: draw a sample project and press it.

use std::fs;
use std::path::{Path, PathBuf};

use traitpress::engine::{Engine, PressOptions};
use traitpress::finished::{SheetOptions, sheet};

use crate::cli::demo_art;
use crate::cli::failure::Failure;
use crate::cli::print::outln;
use crate::cli::progress::Progress;
use crate::cli::project::{choose, open};
use crate::cli::summary;

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// Where to write the project; its collection is DIR/out
    #[arg(long, value_name = "DIR", default_value = "traitpress-demo")]
    out: PathBuf,
}

/// A demonstration: the folder is empty or does not exist yet.
struct DemoJob {
    folder: PathBuf,
}

impl TryFrom<DemoArgs> for DemoJob {
    type Error = Failure;

    fn try_from(args: DemoArgs) -> Result<Self, Failure> {
        let folder = args.out;
        match fs::read_dir(&folder).map(|mut entries| entries.next().is_some()) {
            Ok(true) => Err(Failure::Usage(format!(
                "{}: the folder is not empty; choose another --out or remove it",
                folder.display()
            ))),
            Ok(false) => Ok(Self { folder }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self { folder }),
            Err(error) => Err(unusable(&folder, "use the folder", &error)),
        }
    }
}

pub(crate) fn run(args: DemoArgs) -> Result<(), Failure> {
    DemoJob::try_from(args)?.run()
}

impl DemoJob {
    fn run(self) -> Result<(), Failure> {
        let start = std::time::Instant::now();
        let project_folder = &self.folder;
        demo_art::draw(project_folder, demo_art::SIDE)
            .map_err(|e| unusable(project_folder, "draw the sample project", &e))?;
        let project = open(project_folder)?;
        let (plan, _) = choose(&project, None, None)?;
        let engine = Engine::new(project, PressOptions::new())?;
        let out = project_folder.join("out");
        let press = || engine.press(&plan).to_folder(&out);
        let pressed = Progress::auto().show(&engine, press)?;
        let (mut stats, collection) = (pressed.stats, pressed.collection);
        stats.end(start);
        let contact_sheet = project_folder.join("sheet.png");
        let mut shown = SheetOptions::default();
        (shown.size, shown.columns, shown.count) = (Some(96), Some(8), Some(32));
        sheet(&out, &contact_sheet, &shown)?;
        summary::warn_of_setbacks(&stats);
        summary::print_short(&stats, &collection.into(), None);
        let shown = project_folder.display();
        outln!("");
        outln!("Look at  {shown}/sheet.png         the first items in one picture");
        outln!("         {shown}/out/images/1.png  one picture; out/json/1.json is its metadata");
        outln!("Change   {shown}/layers            add, change or delete pictures; #2 in a name is weight 2");
        outln!("         {shown}/collection.toml   size, count, and the order of the layers");
        outln!("Then     traitpress generate {shown} --out {shown}/out --force");
        Ok(())
    }
}

fn unusable(folder: &Path, action: &str, error: &std::io::Error) -> Failure {
    Failure::Other(format!("{}: cannot {action}: {error}; choose another --out", folder.display()))
}

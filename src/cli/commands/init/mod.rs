//! `init`: a commented collection.toml for a folder of traits, with a guessed layer order, and a preview.
//!
//! The file is written wherever layers are found: what is wrong with pictures is listed after it, so that a person has a
//! configuration to work with. Only a table of rarities that does not fit the pictures is refused before.

mod sizes;
mod table;
mod text;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use traitpress::art::{Art, LayerCoverage, guess_order};
use traitpress::engine::{Backend, Engine, PressOptions};
use traitpress::error::{Problem, ProjectError};
use traitpress::files::write_file;
use traitpress::project::{
    FoundLayers, Layer, Project, Rarities, RarityKind, configuration_schema_text, find_layers,
    without_numbers,
};
use traitpress::selection::{Choose, capacity};

use self::sizes::OddSizes;
use self::text::Contents;
use crate::cli::failure::Failure;
use crate::cli::measure::thousands;
use crate::cli::print::outln;
use crate::cli::project::{DEFAULT_COUNT, ensure_folder, ensure_ours, print_notes, warn};
use crate::cli::shell;

/// The schema of collection.toml, in the project.
const SCHEMA: &str = ".traitpress/collection.schema.json";

#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    /// The project: a folder with a folder of pictures for each layer, in layers/ or elsewhere in it
    #[arg(default_value = ".")]
    project: PathBuf,
    /// Read weights from a table, .csv or .xlsx, with the columns layer, trait, and weight, percent or count
    #[arg(long, value_name = "FILE")]
    rarity: Option<PathBuf>,
    /// Replace collection.toml and preview.png if they exist
    #[arg(long)]
    force: bool,
}

/// A layer of the configuration: its place, and why it is there.
struct Place {
    /// Its name: that of its folder without a number, which rules, plans and metadata use.
    layer: String,
    /// Its name before the configuration is written: that of its folder, tidied.
    before: String,
    /// The name of its folder, if that is not the layer's.
    folder: Option<String>,
    /// None where its pictures could not be read.
    found: Option<LayerCoverage>,
}

impl Place {
    fn has_number(&self) -> bool {
        self.found.is_some_and(|found| found.has_number)
    }
}

/// A configuration to write.
struct InitJob {
    folder: PathBuf,
    configuration: PathBuf,
    force: bool,
    found: FoundLayers,
    project: Project,
    /// Folders that are no layers, each with the reason.
    others: Vec<String>,
    /// What is wrong with the folders and names.
    problems: Vec<Problem>,
    rarities: Option<(PathBuf, RarityKind, Rarities)>,
}

pub(crate) fn run(args: InitArgs) -> Result<(), Failure> {
    InitJob::try_from(args)?.run()
}

impl TryFrom<InitArgs> for InitJob {
    type Error = Failure;

    fn try_from(args: InitArgs) -> Result<Self, Failure> {
        let InitArgs { project: folder, rarity, force } = args;
        ensure_folder(&folder)?;
        ensure_ours(&folder)?;
        let configuration = folder.join("collection.toml");
        match configuration.symlink_metadata() {
            Ok(found) if !found.is_file() => {
                let text = "this is not a regular file, so it is not replaced; move it elsewhere";
                return Err(Failure::Usage(format!("{}: {text}", configuration.display())));
            }
            Ok(_) if !force => {
                let text = "this file exists; edit it, move it elsewhere, or use --force to replace it";
                return Err(Failure::Usage(format!("{}: {text}", configuration.display())));
            }
            _ => {}
        }
        let found = find_layers(&folder).map_err(ProjectError::from)?;
        let mut settings = toml::Table::new();
        if let Some(name) = layers_folder(&found) {
            settings.insert("layers_folder".into(), name.to_string_lossy().replace('\\', "/").into());
        }
        // What happens to pictures of another size is chosen in the file that is written here.
        settings.insert("fit".into(), "place".into());
        let (mut project, problems) =
            Project::draft(&folder, &settings.to_string()).map_err(ProjectError::from)?;
        let others = if found.folder.as_os_str() == "." { leave_out(&mut project) } else { Vec::new() };
        warn(&project.warnings);
        let rarities = rarity.map(|file| rarities(file, &project)).transpose().map_err(ProjectError::from)?;
        Ok(Self { folder, configuration, force, found, project, others, problems, rarities })
    }
}

/// Takes folders out of a project whose layers are in its own folder that lie beside the layers and are none: those without a
/// number where others have one.
fn leave_out(project: &mut Project) -> Vec<String> {
    let names: Vec<&str> = project.layers.iter().map(|layer| layer.name.as_str()).collect();
    let numbers = without_numbers(&names);
    let are_numbered = numbers.iter().flatten().count() > 1;
    if !are_numbered {
        return Vec::new();
    }
    let others = names.iter().zip(&numbers).filter(|(_, number)| number.is_none());
    let others: Vec<String> =
        others.map(|(name, _)| format!("{name} (it has no number, and other folders have one)")).collect();
    let mut numbers = numbers.into_iter();
    project.layers.retain(|_| numbers.next().flatten().is_some());
    others
}

/// The folder of the layers, if the configuration must name it.
fn layers_folder(found: &FoundLayers) -> Option<&Path> {
    Some(found.folder.as_path()).filter(|folder| folder.as_os_str() != "layers")
}

/// The table of `--rarity`, matched with the pictures.
fn rarities(file: PathBuf, project: &Project) -> Result<(PathBuf, RarityKind, Rarities), Vec<Problem>> {
    let (kind, rows) = table::read(&file)?;
    let problem = |(line, text): (usize, String)| {
        let (what, remedy) = text.rsplit_once("; ").unwrap_or((&text, "correct it"));
        Problem::at(&file, what, remedy).on_line(line)
    };
    let found = Rarities::of(project, kind, &rows);
    let found = found.map_err(|wrong| wrong.into_iter().map(problem).collect::<Vec<_>>())?;
    Ok((file, kind, found))
}

impl InitJob {
    fn run(mut self) -> Result<(), Failure> {
        let (art, problems) = decode(&mut self.project)?;
        self.problems.extend(problems);
        let order = art.as_ref().map_or_else(Vec::new, |art| guess_order(&self.project, art));
        let size = art.as_ref().map(|art| art.grid.size());
        drop(art);
        let places = places(&self.project, &order);
        let odd = size.map(|size| OddSizes::of(&self.project, size)).filter(|odd| !odd.groups.is_empty());
        // A layer without a trait, which is a problem, allows no item.
        let is_whole = self.project.layers.iter().all(|layer| !layer.traits.is_empty());
        let possible = if is_whole { capacity(&self.project).max(1) } else { u128::MAX };
        let counted = self.rarities.as_ref().and_then(|(_, _, rarities)| rarities.count);
        let count = counted.unwrap_or(u128::from(DEFAULT_COUNT).min(possible) as u32);
        let contents = Contents {
            project: &self.project,
            layers_folder: layers_folder(&self.found),
            schema: SCHEMA,
            count,
            size,
            places: &places,
            odd: odd.as_ref(),
            rarities: self.rarities.as_ref().map(|(_, kind, rarities)| (*kind, rarities)),
        };
        write(&self.configuration, self.force, contents.text().as_bytes())?;
        self.report(&places, odd.as_ref());
        print_notes(&self.project.notes);
        if !self.problems.is_empty() {
            self.write_schema()?;
            outln!(
                "wrote {}; fix the pictures below, then run `{}`",
                self.configuration.display(),
                self.next()
            );
            return Err(ProjectError::from(self.problems).into());
        }
        let preview = self.preview()?;
        // Last, for only editors need it.
        self.write_schema()?;
        outln!("wrote {} and {preview}", self.configuration.display());
        outln!("next: {}", self.next());
        Ok(())
    }

    /// The command that a person runs next, ready to be pasted.
    fn next(&self) -> String {
        let folder = if self.folder.as_os_str() == "." {
            String::new()
        } else {
            format!(" {}", shell::quoted(&self.folder))
        };
        format!("traitpress check{folder}")
    }

    /// Says what was found, and what was decided.
    fn report(&self, places: &[Place], odd: Option<&OddSizes>) {
        let layers =
            if places.len() == 1 { "1 layer".to_owned() } else { format!("{} layers", places.len()) };
        let folder = match layers_folder(&self.found) {
            Some(folder) if folder.as_os_str() == "." => "the project's own folder".to_owned(),
            Some(folder) => folder.display().to_string(),
            None => "layers".to_owned(),
        };
        let numbered = places.iter().filter(|place| place.has_number()).count();
        let by = match places.len() - numbered {
            0 => "by folder number",
            _ if numbered == 0 => "estimated from coverage",
            _ => "by folder number, or estimated from coverage",
        };
        outln!("found {layers} in {folder}; back to front, {by}:");
        for Place { layer, folder, found, .. } in places {
            let why = match found {
                Some(found) if found.has_number => "by its number".to_owned(),
                Some(found) => format!("covers {:.0} % on average", found.coverage * 100.0),
                None => "by name, because its pictures are unreadable".to_owned(),
            };
            let from = folder.as_ref().map_or_else(String::new, |folder| format!(", folder {folder}"));
            outln!("  {layer}  ({why}{from})");
        }
        self.others.iter().for_each(|other| outln!("not a layer: {other}"));
        if let Some(odd) = odd {
            let (fit, other) = odd.fits();
            outln!("sizes: {}", odd.words());
            outln!("  fit = \"{fit}\" is set for these pictures; fit = \"{other}\" is the alternative");
        }
        if let Some((file, kind, rarities)) = &self.rarities {
            let what = if *kind == RarityKind::Count { "exact numbers" } else { "weights" };
            outln!("{what} of {} traits from {}", thousands(rarities.settings.len() as u64), file.display());
            rarities.notes.iter().for_each(|note| outln!("  {note}"));
        }
    }

    /// Writes the schema by which editors complete the file. What is there is an earlier one.
    fn write_schema(&self) -> Result<(), Failure> {
        let file = self.folder.join(SCHEMA);
        let folder = file.parent().unwrap_or(&self.folder);
        std::fs::create_dir_all(folder).map_err(|error| cannot_write(&file, &error))?;
        write(&file, true, configuration_schema_text().as_bytes())
    }

    /// Presses one item as the file says, and writes it.
    fn preview(&self) -> Result<String, Failure> {
        // One picture is composited faster than a GPU is opened.
        let engine = Engine::open_with(&self.folder, PressOptions::new().with_backend(Backend::Cpu))?;
        warn(&engine.art().warnings);
        let preview = self.folder.join("preview.png");
        if preview.symlink_metadata().is_ok() && !self.force {
            return Ok(format!("kept the existing {} (--force replaces it)", preview.display()));
        }
        let plan = match Choose::new(1).with_seed(1).with_start(1).from(engine.project()) {
            Ok(plan) => plan,
            // Exact numbers cannot be had of one item, so the picture shows the first of all.
            Err(_) => Choose::new(engine.project().items_asked().unwrap_or(DEFAULT_COUNT))
                .with_seed(1)
                .from(engine.project())?,
        };
        write(&preview, self.force, &engine.render(&plan.item(0))?)?;
        Ok(format!("{} (one item in this order)", preview.display()))
    }
}

fn cannot_write(file: &Path, error: &std::io::Error) -> Failure {
    let file = file.display();
    Failure::Other(format!("{file}: cannot write: {error}; check free space and the folder's permissions"))
}

fn write(file: &Path, replace: bool, bytes: &[u8]) -> Result<(), Failure> {
    write_file(file, replace, |out| out.write_all(bytes)).map_err(|error| cannot_write(file, &error))
}

/// Decodes the pictures; those that cannot be used are taken out of the project and listed. No art where none can. Warnings
/// are those of the preview, which knows what becomes of pictures of other sizes.
fn decode(project: &mut Project) -> Result<(Option<Art>, Vec<Problem>), Failure> {
    let pool = rayon::ThreadPoolBuilder::new().build();
    let pool = pool.map_err(|error| {
        Failure::Other(format!(
            "cannot start threads: {error}; stop other programs, or raise the process limit"
        ))
    })?;
    let problems = match Art::decode(project, &pool) {
        Ok(art) => return Ok((Some(art), Vec::new())),
        Err(error) => error.problems,
    };
    let is_wrong = |path: &Path| problems.iter().any(|problem| problem.path.as_deref() == Some(path));
    project.layers.iter_mut().for_each(|layer| layer.traits.retain(|item| !is_wrong(&item.path)));
    Ok((Art::decode(project, &pool).ok(), problems))
}

/// The layers in their order, each without the number of its folder's name. A name that two layers would have keeps its
/// number.
fn places(project: &Project, order: &[LayerCoverage]) -> Vec<Place> {
    let names: Vec<&str> = project.layers.iter().map(|layer| layer.name.as_str()).collect();
    let bare = without_numbers(&names);
    let shown = |layer: usize| bare[layer].as_deref().filter(|name| !name.is_empty()).unwrap_or(names[layer]);
    let is_alone = |layer: usize| (0..names.len()).filter(|&other| shown(other) == shown(layer)).count() == 1;
    let place = |layer: usize, found: Option<LayerCoverage>| {
        let before = names[layer].to_owned();
        let name = if is_alone(layer) { shown(layer).to_owned() } else { before.clone() };
        let folder = folder_of(project, &project.layers[layer]);
        let folder = folder.or_else(|| (name != before).then(|| before.clone()));
        Place { layer: name, before, folder, found }
    };
    match order {
        [] => (0..names.len()).map(|layer| place(layer, None)).collect(),
        order => order.iter().map(|found| place(found.layer, Some(*found))).collect(),
    }
}

/// The name of a layer's folder in the folder of layers, where that is not the layer's.
fn folder_of(project: &Project, layer: &Layer) -> Option<String> {
    let is_folder = |path: &Path| path.canonicalize().is_ok_and(|path| path == layer.folder);
    let home = &project.layers_folder;
    if is_folder(&home.join(&layer.name)) {
        return None;
    }
    let entry = std::fs::read_dir(home).ok()?.flatten().find(|entry| is_folder(&entry.path()))?;
    entry.file_name().into_string().ok()
}

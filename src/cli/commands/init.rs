//! `init`: a commented collection.toml for a folder of traits, with a guessed layer order, and a preview.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use traitpress::art::{LayerCoverage, OddSize, guess_order, odd_sizes};
use traitpress::engine::{Backend, Engine, PressOptions};
use traitpress::files::write_file;
use traitpress::geometry::Size;
use traitpress::project::{Fit, Layer, Project, without_numbers};
use traitpress::selection::{Choose, capacity};

use crate::cli::failure::Failure;
use crate::cli::print::outln;
use crate::cli::project::{DEFAULT_COUNT, open_to_order, warn};

/// Pictures of another size that are named.
const LISTED: usize = 5;

#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    /// The project: a folder with layers/<Layer>/<Trait>#<weight>.png
    #[arg(default_value = ".")]
    project: PathBuf,
}

/// A configuration and a preview to write: neither file exists yet, and the project is open.
struct InitJob {
    folder: PathBuf,
    configuration: PathBuf,
    preview: PathBuf,
    project: Project,
}

impl TryFrom<InitArgs> for InitJob {
    type Error = Failure;

    fn try_from(args: InitArgs) -> Result<Self, Failure> {
        let folder = args.project;
        let configuration = folder.join("collection.toml");
        let preview = folder.join("preview.png");
        for file in [&configuration, &preview] {
            if file.symlink_metadata().is_ok() {
                return Err(Failure::Usage(format!(
                    "{}: this file is there already; move it away first",
                    file.display()
                )));
            }
        }
        let project = open_to_order(&folder)?;
        Ok(Self { folder, configuration, preview, project })
    }
}

pub(crate) fn run(args: InitArgs) -> Result<(), Failure> {
    InitJob::try_from(args)?.run()
}

/// A layer of the configuration: what it is, why it is where it is, and what the metadata calls it.
struct Place<'a> {
    layer: &'a Layer,
    found: LayerCoverage,
    /// Its name without its number, where that is another.
    display_name: Option<String>,
}

/// What happens to pictures that are not of the canvas' size.
struct OddFit {
    pictures: Vec<OddSize>,
    fit: Fit,
}

impl InitJob {
    fn run(self) -> Result<(), Failure> {
        let Self { folder, configuration, preview, mut project } = self;
        // What is done with pictures of another size is chosen in the file that is written here.
        project.fit = Fit::Place;
        // One picture is composited faster than a GPU is opened.
        let options = PressOptions::new().with_backend(Backend::Cpu);
        let engine = Engine::new(project, options.clone())?;
        let project = engine.project();
        let size = engine.art().grid.size();
        let order = guess_order(project, engine.art());
        let places = places(project, &order);
        let odd = odd_fit(project, size);
        let text = configuration_text(project, size, &places, &odd);
        let write = |file: &Path, bytes: &[u8]| {
            write_file(file, false, |out| out.write_all(bytes)).map_err(|error| {
                let file = file.display();
                Failure::Other(format!(
                    "{file}: cannot write: {error}; check free space and the folder's permissions"
                ))
            })
        };
        write(&configuration, text.as_bytes())?;
        let numbered = order.iter().filter(|found| found.has_number).count();
        let by = match order.len() - numbered {
            0 => "by the numbers of the folders",
            _ if numbered == 0 => "estimated from coverage",
            _ => "by the numbers of the folders, and where there is none estimated from coverage",
        };
        outln!("wrote {}: back to front, {by}:", configuration.display());
        for Place { layer, found, display_name } in &places {
            let why = match found.has_number {
                true => "by its number".to_owned(),
                false => format!("covers {:.0} % on average", found.coverage * 100.0),
            };
            let shown = display_name.as_ref().map_or_else(String::new, |name| format!(", shown as {name}"));
            outln!("  {}  ({why}{shown})", layer.name);
        }
        if !odd.pictures.is_empty() {
            let (fit, other) = fits(odd.fit);
            outln!(
                "{}; fit = \"{fit}\" is set for that, so choose between it and fit = \"{other}\" in the file, or redraw them",
                odd_in_words(project, &odd.pictures, size)
            );
        }
        drop(engine);
        // Read back what was written: the preview shows the order that the file says.
        let engine = Engine::open_with(&folder, options)?;
        warn(&engine.art().warnings);
        let plan = Choose::new(1).with_seed(1).with_start(1).from(engine.project())?;
        write(&preview, &engine.render(&plan.item(0))?)?;
        outln!(
            "wrote {}: one item in this order; change the order in collection.toml if it looks wrong",
            preview.display()
        );
        outln!("next: traitpress check {0}, then traitpress generate {0}", folder.display());
        Ok(())
    }
}

/// The layers in their order, each with the name that the metadata shows. A name that two layers would have is left as it
/// is, because the metadata would take them for one.
fn places<'a>(project: &'a Project, order: &[LayerCoverage]) -> Vec<Place<'a>> {
    let names: Vec<&str> = project.layers.iter().map(|layer| layer.name.as_str()).collect();
    let bare = without_numbers(&names);
    let shown = |layer: usize| bare[layer].as_deref().filter(|name| !name.is_empty()).unwrap_or(names[layer]);
    let is_alone = |layer: usize| (0..names.len()).filter(|&other| shown(other) == shown(layer)).count() == 1;
    let place = |&found: &LayerCoverage| {
        let LayerCoverage { layer, .. } = found;
        let display_name = (shown(layer) != names[layer] && is_alone(layer)).then(|| shown(layer).to_owned());
        Place { layer: &project.layers[layer], found, display_name }
    };
    order.iter().map(place).collect()
}

/// What is proposed for pictures of another size: to scale them if that makes them of the canvas' size, else to place them,
/// which changes no pixel.
fn odd_fit(project: &Project, size: Size) -> OddFit {
    let pictures = odd_sizes(project, size);
    let fit = if pictures.iter().all(|odd| odd.is_in_proportion(size)) { Fit::Scale } else { Fit::Place };
    OddFit { pictures, fit }
}

/// The word for a fit, and the one for the alternative.
fn fits(fit: Fit) -> (&'static str, &'static str) {
    if fit == Fit::Scale { ("scale", "place") } else { ("place", "scale") }
}

/// As in `2 pictures are not 64x64: layers/Hat/a.png is 65x64, layers/Hat/b.png is 64x63`, on one line.
fn odd_in_words(project: &Project, odd: &[OddSize], size: Size) -> String {
    let verb = if odd.len() == 1 { "picture is" } else { "pictures are" };
    let mut text = format!("{} {verb} not {size}", odd.len());
    for (number, odd) in odd.iter().take(LISTED).enumerate() {
        let path = odd.path.strip_prefix(&project.root).unwrap_or(&odd.path).display().to_string();
        let path: String = path.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        let _ = write!(text, "{} {path} is {}", if number == 0 { ":" } else { "," }, odd.size);
    }
    if odd.len() > LISTED {
        let _ = write!(text, " and {} more", odd.len() - LISTED);
    }
    text
}

/// The name of a layer's folder in `layers/`, where that is not the layer's.
fn folder_of(project: &Project, layer: &Layer) -> Option<String> {
    let is_folder = |path: &Path| path.canonicalize().is_ok_and(|path| path == layer.folder);
    let home = project.root.join("layers");
    if is_folder(&home.join(&layer.name)) {
        return None;
    }
    let entry = std::fs::read_dir(home).ok()?.flatten().find(|entry| is_folder(&entry.path()))?;
    entry.file_name().into_string().ok()
}

fn configuration_text(project: &Project, size: Size, places: &[Place<'_>], odd: &OddFit) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let Size { width, height } = size;
    // No more than there can be.
    let count = u128::from(DEFAULT_COUNT).min(capacity(project).max(1));
    let fit = match &odd.pictures[..] {
        [] => "# Pictures of another size are an error, unless they are to be scaled to the canvas\n\
               # (scale_filter = \"nearest\" keeps pixel art sharp) or placed at their layer's offset.\n\
               # fit = \"scale\"\n"
            .to_owned(),
        pictures => format!(
            "# {}.\n\
             # Choose what happens to such pictures: \"scale\" scales them to the canvas in their own proportions\n\
             # (scale_filter = \"nearest\" keeps pixel art sharp); \"place\" puts them at their layer's offset, pixel by pixel,\n\
             # and cuts off what is outside of the canvas.\n\
             fit = \"{}\"\n# fit = \"{}\"\n",
            odd_in_words(project, pictures, size),
            fits(odd.fit).0,
            fits(odd.fit).1
        ),
    };
    let mut text = format!(
        "# A collection for traitpress. Text after a # is a comment or a setting that is not in use.\n\n\
         name = {}\n# description = \"\"\n\n\
         # Width and height of every picture, in pixels.\n\
         size = [{width}, {height}]\n\n\
         # How many items to make, the number of the first, and the seed that chooses them.\n\
         count = {count}\n# start = 1\n# seed = 1\n\n\
         # What `image` in the metadata starts with; relative without it.\n# base_uri = \"ipfs://...\"\n\n\
         # A colour under everything: \"#rgb\", \"#rrggbb\" or \"#rrggbbaa\".\n# background = \"#ffffff\"\n\n\
         {fit}# scale_filter = \"lanczos3\"\n\n\
         # The layers, back to front. Each picture in a layer's folder is a trait; `Name#5.png` is drawn five times\n\
         # as often as `Other.png`, and an empty file called `None#3` leaves the layer out with that weight.\n",
        quoted(&project.name)
    );
    for (number, Place { layer, display_name, .. }) in places.iter().enumerate() {
        let _ = write!(text, "\n[[layers]]\nname = {}\n", quoted(&layer.name));
        if let Some(folder) = folder_of(project, layer) {
            let _ = writeln!(text, "folder = {}", quoted(&folder));
        }
        if let Some(name) = display_name {
            let _ = writeln!(text, "display_name = {}", quoted(name));
        }
        if number == 0 {
            text.push_str(
                "# chance = 1.0      # how often the layer is there at all\n\
                 # opacity = 1.0     # 0.0 is invisible\n\
                 # blend = \"normal\"  # or multiply, screen, overlay, darken and the others that CSS has\n\
                 # unique = true     # false: items that differ only here count as the same\n\
                 # offset = [0, 0]   # where its pictures go, with fit = \"place\"\n",
            );
        }
    }
    text.push_str(
        "\n# Rules hold for every item. A name is \"Layer/Trait\", \"Layer\" (any trait of it), \"Layer/none\" or \"#tag\":\n#\n\
         #     [[rules]]\n#     forbid = [\"Hat/Crown\", \"Body/Robot\"]           # never together\n#\n\
         #     [[rules]]\n#     when = \"Hat/Hood\"\n\
         #     require = [\"Hair/none\", \"Hair/Short\"]         # one of these; or allow = [..], or forbid = [..]\n#\n\
         #     [[unique]]\n#     layers = [\"Body\", \"Eyes\"]                    # no two items have the same of both\n#\n\
         #     [traits.\"Hat/Crown\"]\n#     weight = 0.5\n#     tags = [\"royal\"]\n\
         \n# One-of-ones: pictures that are given whole, each an item of its own among those that `count` asks for.\n#\n\
         #     [[ones]]\n#     image = \"ones/Golden King.png\"\n#     name = \"Golden King\"\n\
         #     edition = 7                                # at random without it\n\
         #     attributes = { Background = \"Gold\", Power = 9 }\n\
         \n# What the metadata says beside the traits. Layers also take display_name = \"..\" and hidden = true, and\n\
         # [traits.\"Hat/Crown\"] takes display_name.\n#\n\
         #     [metadata]\n\
         #     standard = \"erc721\"                        # or metaplex, tezos, cardano, csv, jsonl, several, or none\n\
         #     external_url = \"https://../{edition}\"      # and animation_url, background_color\n\
         #     show_absent = \"None\"                       # said of layers that an item does not show\n\
         #     number_width = 4                           # #0007 in names\n\
         #     file_name = \"{Body}-{edition:04}\"         # of pictures, without .png; {edition} if nothing is said\n\
         #     attributes = { Generation = 1 }            # said of every item\n\
         #     display_types = { Generation = \"number\" }\n\
         #     symbol = \"CATS\"\n\
         #     seller_fee_basis_points = 500              # 5 %\n\
         #     creators = [{ address = \"..\", share = 100 }]\n\
         #     policy_id = \"..\"                           # for cardano\n",
    );
    text
}

//! `init`: a commented collection.toml for a folder of traits, with a guessed layer order, and a preview.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use traitpress::art::guess_order;
use traitpress::engine::{Backend, Engine, PressOptions};
use traitpress::files::write_file;
use traitpress::project::{Layer, Project};
use traitpress::selection::Choose;

use crate::cli::failure::Failure;
use crate::cli::print::outln;
use crate::cli::project::{DEFAULT_COUNT, open};

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
        let project = open(&folder)?;
        Ok(Self { folder, configuration, preview, project })
    }
}

pub(crate) fn run(args: InitArgs) -> Result<(), Failure> {
    InitJob::try_from(args)?.run()
}

impl InitJob {
    fn run(self) -> Result<(), Failure> {
        let Self { folder, configuration, preview, project } = self;
        // One picture is composited faster than a GPU is opened.
        let options = PressOptions::new().with_backend(Backend::Cpu);
        let engine = Engine::new(project, options.clone())?;
        let project = engine.project();
        let order = guess_order(project, engine.art());
        let layers: Vec<&Layer> = order.iter().map(|found| &project.layers[found.layer]).collect();
        let text = configuration_text(project, engine.art().grid.size().into(), &layers);
        let write = |file: &std::path::Path, bytes: &[u8]| {
            write_file(file, false, |out| out.write_all(bytes)).map_err(|error| {
                let file = file.display();
                Failure::Other(format!(
                    "{file}: cannot write: {error}; check free space and the folder's permissions"
                ))
            })
        };
        write(&configuration, text.as_bytes())?;
        outln!("wrote {}: back to front, estimated from coverage:", configuration.display());
        for (layer, found) in layers.iter().zip(&order) {
            outln!("  {}  (covers {:.0} % on average)", layer.name, found.coverage * 100.0);
        }
        drop(engine);
        // Read back what was written: the preview shows the order that the file says.
        let engine = Engine::open_with(&folder, options)?;
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

fn configuration_text(project: &Project, size: [u32; 2], layers: &[&Layer]) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let [width, height] = size;
    let mut text = format!(
        "# A collection for traitpress. What stands behind a # is a comment or a setting that is not in use.\n\n\
         name = {}\n# description = \"\"\n\n\
         # Width and height of every picture, in pixels.\n\
         size = [{width}, {height}]\n\n\
         # How many items to make, the number of the first, and the seed that chooses them.\n\
         count = {DEFAULT_COUNT}\n# start = 1\n# seed = 1\n\n\
         # What `image` in the metadata starts with; relative without it.\n# base_uri = \"ipfs://...\"\n\n\
         # A colour under everything: \"#rgb\", \"#rrggbb\" or \"#rrggbbaa\".\n# background = \"#ffffff\"\n\n\
         # Pictures of another size are an error, unless they are to be scaled to the canvas\n\
         # (scale_filter = \"nearest\" keeps pixel art sharp) or placed at their layer's offset.\n\
         # fit = \"scale\"\n# scale_filter = \"lanczos3\"\n\n\
         # The layers, back to front. Each picture in a layer's folder is a trait; `Name#5.png` is drawn five times\n\
         # as often as `Other.png`, and an empty file called `None#3` leaves the layer out with that weight.\n",
        quoted(&project.name)
    );
    for (number, layer) in layers.iter().enumerate() {
        let _ = write!(text, "\n[[layers]]\nname = {}\n", quoted(&layer.name));
        let folder =
            layer.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if folder != layer.name {
            let _ = writeln!(text, "folder = {}", quoted(&folder));
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
         \n# What is told of the items beside their traits. Layers also take display_name = \"..\" and hidden = true, and\n\
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

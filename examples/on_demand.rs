//! An avatar service in small: one shared engine renders single items when they are asked for.
//!
//! ```text
//! cargo run --release --example on_demand [PROJECT]
//! ```
//!
//! Several threads ask for items by the names of their traits. What they have in common is composited and compressed
//! once, and an item that was asked for before costs only the joining of its parts.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use image::{Rgba, RgbaImage};
use traitpress::engine::Engine;
use traitpress::plan::{Item, RowError};
use traitpress::project::Project;
use traitpress::selection::Choose;

/// Threads that ask at once.
const CLIENTS: usize = 4;
/// Different items that are asked for.
const ITEMS: u32 = 12;

fn main() -> Result<(), Box<dyn Error>> {
    run(std::env::args_os().nth(1).map(PathBuf::from))
}

/// Serves some items of `project`, or of a tiny one that is drawn for the purpose.
pub(crate) fn run(project: Option<PathBuf>) -> Result<(), Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    let project = match project {
        Some(folder) => folder,
        None => draw_project(scratch.path())?,
    };
    // A service opens its project once; requests share the engine, which is `Send + Sync`.
    let engine = Engine::open(&project)?;
    let wanted = requests(&engine)?;

    let first = serve(&engine, &wanted)?;
    let again = serve(&engine, &wanted)?;
    for (request, (picture, time)) in &first {
        let (second, second_time) = &again[request];
        println!(
            "{:7} bytes in {time:>9.1?}, again in {second_time:>9.1?}  {}",
            picture.len(),
            request.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(" + ")
        );
        assert!(picture == second, "the same item is the same file, at every request");
    }
    let sum = |served: &Served| served.values().map(|(_, time)| *time).sum::<Duration>();
    let stats = engine.stats();
    println!("{} items took {:.1?}, and {:.1?} when asked for again", wanted.len(), sum(&first), sum(&again));
    println!("{} parts were shown, {} of them had to be made", stats.spans.wanted, stats.spans_pressed);
    // Without a plan, what is asked for next is guessed from what was asked for lately; a GPU whose textures hold only
    // a part of the art loads what is guessed while it is idle.
    let predictor = stats.predictor;
    println!(
        "of {} guesses at what comes next {} were right; {} combinations are remembered",
        predictor.attempted, predictor.right, predictor.unique_patterns
    );
    let favourite = &engine.most_common(1)[0];
    println!("one was asked for {} times, more than any other or as often", favourite.count);
    assert!(predictor.history > 0, "what was asked for is remembered");
    Ok(())
}

/// A request for an item: names of layers, each with the name of a trait.
type Request = Vec<(String, String)>;
/// What came back for each request, and how long it took.
type Served = BTreeMap<Request, (Vec<u8>, Duration)>;

/// Has several threads ask for every item.
fn serve(engine: &Engine, wanted: &[Request]) -> Result<Served, traitpress::Error> {
    let client = |number: usize| {
        let mine = wanted.iter().skip(number).step_by(CLIENTS);
        let answer = |request: &Request| {
            let start = Instant::now();
            let picture = engine.render(&item(engine.project(), request)?)?;
            Ok((request.clone(), (picture, start.elapsed())))
        };
        mine.map(answer).collect::<Result<Vec<_>, traitpress::Error>>()
    };
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|number| scope.spawn(move || client(number))).collect();
        let mut served = Served::new();
        for client in clients {
            served.extend(client.join().expect("a client does not panic")?);
        }
        Ok(served)
    })
}

/// The item with these traits.
fn item(project: &Project, request: &Request) -> Result<Item, RowError> {
    let named = request.iter().try_fold(project.item(), |item, (layer, name)| item.with(layer, name));
    named?.build()
}

/// Some items to ask for. A real service gets these from its users.
fn requests(engine: &Engine) -> Result<Vec<Request>, traitpress::Error> {
    let project = engine.project();
    let count = ITEMS.min(traitpress::selection::capacity(project).min(u128::from(ITEMS)) as u32);
    let plan = engine.choose(Choose::new(count).with_seed(1))?;
    let named = |(layer, name): (&str, &str)| (layer.to_owned(), name.to_owned());
    Ok((0..plan.len()).map(|index| plan.item(index).names(project).map(named).collect()).collect())
}

/// Draws a project of three layers with discs on them.
fn draw_project(folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    const SIDE: u32 = 256;
    let traits: [(&str, &[&str], u32); 3] = [
        ("1 Ground", &["Sea", "Sand", "Moss"], SIDE),
        ("2 Face", &["Rose", "Lime", "Plum"], 100),
        ("3 Nose", &["Dot", "Button"], 30),
    ];
    for (number, (layer, names, radius)) in traits.into_iter().enumerate() {
        let layer = folder.join("layers").join(layer);
        std::fs::create_dir_all(&layer)?;
        for (variant, name) in names.iter().enumerate() {
            let hue = (number * 97 + variant * 53) as u8;
            let picture = RgbaImage::from_fn(SIDE, SIDE, |x, y| {
                let (dx, dy) = (x.abs_diff(SIDE / 2), y.abs_diff(SIDE / 2));
                let inside = dx * dx + dy * dy <= radius * radius;
                Rgba(if inside { [hue, 255 - hue, (x / 4) as u8 ^ hue, 255] } else { [0; 4] })
            });
            picture.save(layer.join(format!("{name}.png")))?;
        }
    }
    Ok(folder.to_owned())
}

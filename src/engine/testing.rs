//! The parts of an engine over a small project whose art is made in memory.

use std::sync::Arc;

use crate::art::{Art, ArtStore, TraitArt};
use crate::compositor::{BackendContext, Compositor, Cpu};
use crate::engine::budget::MemoryBudget;
use crate::engine::caches::{Caches, SizeCache};
use crate::engine::canvas::CanvasSource;
use crate::engine::effort::Effort;
use crate::engine::ones::OnePresser;
use crate::engine::output::{Output, Outputs};
use crate::engine::pipeline::{Pipeline, PipelineSettings};
use crate::engine::prefetch::{PrefetchSource, Prefetcher};
use crate::engine::presser::{PresserParts, SpanPresser};
use crate::engine::recipe::Recipe;
use crate::engine::telemetry::EngineTelemetry;
use crate::engine::view::View;
use crate::engine::watch::Watch;
use crate::geometry::{Grid, Size};
use crate::pixel::{Pixel, pack, premultiply, unpack, unpremultiply};
use crate::project::{ABSENT, Project};
use crate::telemetry::{Account, Seconds};

/// The layers of the project, each with its traits' weights.
const LAYERS: [(&str, &[u64]); 3] = [("Back", &[1, 1]), ("Face", &[1, 1, 1]), ("Hat", &[1, 1])];
/// Three columns of tiles and three tile rows, the last of each cut.
const SIZE: Size = Size { width: 150, height: 80 };

/// Everything of an engine but the engine.
pub(crate) struct Parts {
    pub(crate) project: Project,
    pub(crate) recipe: Recipe,
    pub(crate) outputs: Outputs,
    pub(crate) budget: MemoryBudget,
    pub(crate) telemetry: Arc<EngineTelemetry>,
}

/// What differs between the parts of two tests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PartSettings {
    /// Whether whole pictures are written.
    pub(crate) plain: bool,
    /// Bytes of compressed spans that are kept.
    pub(crate) cache: u64,
    /// Whether spans are kept from batch to batch.
    pub(crate) keep_spans: bool,
    /// Items between two clean-ups.
    pub(crate) cleanup_every: usize,
}

impl Default for PartSettings {
    fn default() -> Self {
        Self { plain: false, cache: 1 << 20, keep_spans: true, cleanup_every: 50 }
    }
}

impl Parts {
    pub(crate) fn new(settings: PartSettings) -> Self {
        let mut project = crate::project::project(&LAYERS);
        // An item need not have a hat.
        project.layers[2].chance = 500_000;
        // Items with two of three traits in common are alike: they share half of all that they show.
        project.predict.similarity = 500_000;
        let pool = Arc::new(rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap());
        let store = Arc::new(ArtStore::of_art(art()));
        let recipe = Recipe::make(&project, &store, settings.plain, Effort::Fast, &pool).unwrap();
        let telemetry = Arc::new(EngineTelemetry::new(Account::new(true), Seconds::default()));
        let context = BackendContext {
            art: store.art().clone(),
            pool: pool.clone(),
            account: telemetry.buffers.clone(),
            stages: telemetry.stages.clone(),
        };
        let view = View::full(store.art());
        let cache = SizeCache::new(&view, settings.cache, pool.clone());
        let compositor: Arc<dyn Compositor> = Arc::new(Cpu::new(&context));
        let canvases = CanvasSource::new(store.clone(), &project, &recipe.outputs(SIZE)[0]);
        let parts = PresserParts {
            canvases: canvases.clone(),
            view,
            compositor,
            cache: cache.clone(),
            pool,
            telemetry: telemetry.clone(),
            keep_spans: settings.keep_spans,
            count_distinct: true,
        };
        Self {
            outputs: Outputs {
                first: Output {
                    presser: SpanPresser::new(parts, &recipe.outputs(SIZE)[0], Effort::Fast.search()),
                    ones: OnePresser::new(canvases, Effort::Fast, telemetry.clone()),
                },
                more: Vec::new(),
            },
            budget: MemoryBudget::new(store, Caches(vec![cache]), telemetry.clone(), settings.cleanup_every),
            project,
            recipe,
            telemetry,
        }
    }

    /// What presses spans.
    pub(crate) fn presser(&self) -> &SpanPresser {
        &self.outputs.first.presser
    }

    /// A pipeline over these parts.
    pub(crate) fn pipeline<'p>(&'p self, prefetcher: &'p Prefetcher) -> Pipeline<'p> {
        Pipeline {
            project: &self.project,
            outputs: &self.outputs,
            budget: &self.budget,
            prefetcher,
            telemetry: &self.telemetry,
            settings: PipelineSettings {
                batch: None,
                encode_batch: 2,
                cleanup_every: 4,
                prefetch: PrefetchSource::Plan,
            },
            pool: None,
        }
    }

    /// The file of one item, made in a batch with nothing else.
    pub(crate) fn file(&self, row: &[u16]) -> Vec<u8> {
        let prepared = self.presser().prepare(&[(0, row)], Vec::new(), None, &Watch::default()).unwrap();
        self.file_of(&prepared[0], row)
    }

    /// The file of a prepared item.
    pub(crate) fn file_of(&self, prepared: &crate::engine::presser::Prepared, row: &[u16]) -> Vec<u8> {
        let mut file = Vec::new();
        let len = self.presser().write_picture(prepared, row, &mut file).unwrap();
        file.truncate(len);
        file
    }

    /// The straight pixels of an item, composited whole, as RGBA bytes.
    pub(crate) fn expected_pixels(&self, row: &[u16]) -> Vec<u8> {
        let mut canvas = Vec::new();
        self.presser().composite(&self.presser().items().of(row), &mut canvas).unwrap();
        canvas.into_iter().map(unpremultiply).flat_map(unpack).collect()
    }
}

/// The RGBA bytes of a PNG file.
pub(crate) fn pixels_of(file: &[u8]) -> Vec<u8> {
    let picture = image::load_from_memory(file).unwrap().to_rgba8();
    assert_eq!((picture.width(), picture.height()), (SIZE.width, SIZE.height));
    // What is fully transparent has no colour here.
    picture.pixels().flat_map(|pixel| if pixel.0[3] == 0 { [0; 4] } else { pixel.0 }).collect()
}

/// All items that the project can make.
pub(crate) fn all_rows() -> Vec<Vec<u16>> {
    let mut rows = Vec::new();
    for back in 0..2 {
        for face in 0..3 {
            rows.extend([0, 1, ABSENT].map(|hat| vec![back, face, hat]));
        }
    }
    rows
}

/// Backs that fill the canvas, faces in the middle of it, and hats with soft edges in the upper left corner.
fn art() -> Art {
    let grid = Grid::new(SIZE);
    let paint = |color: &dyn Fn(u32, u32) -> [u8; 4]| {
        let place = |at| (at % SIZE.width, at / SIZE.width);
        let pixels = (0..SIZE.width * SIZE.height).map(place);
        let canvas: Vec<Pixel> = pixels.map(|(x, y)| premultiply(pack(color(x, y)))).collect();
        TraitArt::from_canvas(grid, &canvas)
    };
    let back = |shade: u8| move |x: u32, y: u32| [shade, x as u8, y as u8, 255];
    let face = |shade: u8| {
        move |x: u32, y: u32| match (70..130).contains(&x) && (20..70).contains(&y) {
            true => [shade, shade ^ (x / 8) as u8, 9, 255],
            false => [0; 4],
        }
    };
    let hat = |shade: u8| {
        move |x: u32, y: u32| match x < 60 && y < 30 {
            true => [shade, 0, 0, (4 * x) as u8],
            false => [0; 4],
        }
    };
    let backs = [20, 200].map(|shade| paint(&back(shade)));
    let faces = [30, 90, 150].map(|shade| paint(&face(shade)));
    let hats = [60, 250].map(|shade| paint(&hat(shade)));
    Art::of_tiles(grid, backs.into_iter().chain(faces).chain(hats).collect())
}

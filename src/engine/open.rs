//! How an engine is made: of a project alone, or of an earlier engine and another state of its project.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use crate::art::{Art, ArtStore, StoreOptions};
use crate::compositor::BackendContext;
use crate::engine::ahead::Ahead;
use crate::engine::backend;
use crate::engine::budget::MemoryBudget;
use crate::engine::caches::{Caches, SizeCache};
use crate::engine::canvas::CanvasSource;
use crate::engine::continued::RecipeSource;
use crate::engine::facade::Engine;
use crate::engine::ones::OnePresser;
use crate::engine::options::PressOptions;
use crate::engine::output::{Output, OutputRecipe, Outputs, view_of};
use crate::engine::output_limits::check_format;
use crate::engine::prefetch::Prefetcher;
use crate::engine::presser::{PresserParts, SpanPresser};
use crate::engine::recipe::Recipe;
use crate::engine::recipe_cache;
use crate::engine::resume;
use crate::engine::resume_error::ResumeError;
use crate::engine::shared::SharedResources;
use crate::engine::telemetry::EngineTelemetry;
use crate::engine::view::View;
use crate::error::{Error, ThreadsError};
use crate::output::RunHeader;
use crate::project::{Fit, Project};
use crate::telemetry::{Account, EncodingMode, Seconds};

/// An engine for another state of a project: see [`Engine::reopen`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Reopened {
    /// The engine.
    pub engine: Engine,
    /// Pictures that were not decoded again.
    pub kept_pictures: usize,
    /// Whether the recipe is the earlier one, so that items that show nothing new have the bytes that they had.
    pub kept_recipe: bool,
    /// Whether the compressed spans are the earlier ones: pictures and recipe are all the same.
    pub kept_spans: bool,
}

impl Engine {
    /// Decodes the art of a project and makes its recipe.
    ///
    /// # Errors
    /// Everything that is wrong with the pictures, at once.
    pub fn new(project: Project, options: PressOptions) -> Result<Self, Error> {
        Ok(Self::build(project, options, None)?.engine)
    }

    /// An engine for another state of the same project: after a change of its pictures, or for a configuration that is on no disk
    /// yet ([`Project::open_with_text`]). This engine stays as it is, so that a service changes over when the other is ready.
    ///
    /// Threads are shared. Under [`Performance::reopening`](crate::engine::Performance::reopening) only pictures whose files or
    /// places have changed are decoded. The recipe is kept if it can represent the pictures, and so are, if no picture has changed,
    /// the compressed spans.
    ///
    /// # Errors
    /// Everything that is wrong with the pictures, at once.
    pub fn reopen(&self, project: Project) -> Result<Reopened, Error> {
        let recipe = serde_json::to_value(&self.recipe).expect("a recipe always serializes");
        let mut options = self.options().clone();
        if matches!(options.run.recipe, RecipeSource::Art) {
            options.run.recipe = RecipeSource::Kept(Box::new(recipe));
        }
        let mut made = match Self::build(project.clone(), options, Some(self)) {
            // It does not represent what the pictures are now.
            Err(error) if is_of_recipe(&error) && matches!(self.options().run.recipe, RecipeSource::Art) => {
                Self::build(project, self.options().clone(), Some(self))?
            }
            made => made?,
        };
        made.engine.set_options(self.options().clone());
        made.kept_recipe = made.engine.recipe == self.recipe;
        Ok(made)
    }

    fn build(mut project: Project, options: PressOptions, earlier: Option<&Self>) -> Result<Reopened, Error> {
        let performance = &options.performance;
        let shared = performance.shared.as_ref();
        let pool = match (earlier, shared) {
            (Some(earlier), _) => earlier.presser().pool().clone(),
            (None, Some(shared)) => shared.pool(),
            (None, None) => {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(performance.thread_count()).build();
                Arc::new(pool.map_err(ThreadsError)?)
            }
        };
        let start = Instant::now();
        let buffers = Account::new(performance.reuse.pools);
        let arithmetic = options.run.recipe.arithmetic();
        let before = earlier.map(|engine| engine.presser().store());
        // Pictures that were decoded for one arithmetic are not converted to the other.
        let before = before.filter(|store| arithmetic == Some(store.art().arithmetic)).map(ArtStore::earlier);
        let decoding = StoreOptions {
            budget: performance.trait_memory,
            arithmetic,
            remember: performance.reopening,
            earlier: before.as_ref(),
        };
        let store = Arc::new(ArtStore::decode(&project, &pool, decoding, &buffers)?);
        let kept_pictures = before.map_or(0, |before| before.reused());
        let size = store.art().grid.size();
        // A canvas that was configured to be scaled to has another size without these.
        let is_scaled = project.fit == Fit::Scale && project.size.is_some();
        if project.output_size == [size.longer_side()] && !is_scaled {
            project.output_size.clear();
        }
        let decode = start.elapsed().as_secs_f64();
        let recipe = recipe_for(&project, &store, &options, &pool)?;
        check_format(&project, &recipe.outputs(size))?;
        let recipe_seconds = start.elapsed().as_secs_f64() - decode;
        let seconds = Seconds { decode, recipe: recipe_seconds, ..Seconds::default() };
        let telemetry = Arc::new(EngineTelemetry::new(buffers.clone(), seconds));
        let context = BackendContext {
            art: store.art().clone(),
            pool: pool.clone(),
            account: buffers,
            stages: telemetry.stages.clone(),
        };
        assert_eq!(
            store.art().arithmetic,
            recipe.arithmetic(),
            "art is composited as its pictures are stored"
        );
        let outputs = recipe.outputs(size);
        let is_whole = outputs.iter().all(|output| output.spans.is_none());
        let backend = backend::open(&context, performance, is_whole)?;
        let cache_bytes = shared.map_or_else(|| performance.cache_bytes(size), SharedResources::cache_memory);
        let budget = cache_bytes / outputs.len() as u64;
        let kept_caches = earlier.filter(|earlier| earlier.has_spans_of(store.art(), &outputs));
        let kept_spans = kept_caches.is_some();
        let mut kept_caches = kept_caches.map(|earlier| earlier.budget.caches().0.clone().into_iter());
        let mut caches = Vec::with_capacity(outputs.len());
        let mut made = outputs.iter().map(|output| {
            let view = view_of(store.art(), output.scaling).unwrap_or_else(|| View::full(store.art()));
            let canvases = CanvasSource::new(store.clone(), &project, output);
            let kept = kept_caches.as_mut().and_then(Iterator::next);
            let cache = kept.unwrap_or_else(|| SizeCache::new(&view, budget, pool.clone()));
            caches.push(cache.clone());
            let parts = PresserParts {
                canvases: canvases.clone(),
                view,
                compositor: backend.compositor.clone(),
                cache,
                pool: pool.clone(),
                telemetry: telemetry.clone(),
                keep_spans: performance.reuse.span_cache,
                count_distinct: options.run.count_distinct,
            };
            let presser = SpanPresser::new(parts, output, recipe.effort.search());
            Output { presser, ones: OnePresser::new(canvases, recipe.effort, telemetry.clone()) }
        });
        let first = made.next().expect("there is a size");
        let outputs = Arc::new(Outputs { first, more: made.collect() });
        let wants_forecast = outputs.first.presser.wants_forecast();
        let caches = Caches(caches);
        let membership = match earlier.filter(|_| kept_spans) {
            Some(earlier) => earlier.budget.membership().cloned(),
            None => shared.map(|shared| shared.join(&caches)),
        };
        let budget = MemoryBudget::new(store, caches, telemetry.clone(), performance.cleanup_items());
        let (source, records) = (performance.prefetch, options.run.record_patterns);
        let prefetcher =
            Arc::new(Prefetcher::new(&project, source, (wants_forecast, performance.press_ahead), records));
        let engine = Self {
            ahead: Arc::new(Ahead::new(project.clone(), outputs.clone(), prefetcher.clone())),
            prefetcher,
            budget: budget.with_membership(membership),
            outputs,
            backend_warning: backend.warning,
            items: OnceLock::new(),
            telemetry,
            project,
            options,
            recipe,
        };
        Ok(Reopened { engine, kept_pictures, kept_recipe: false, kept_spans })
    }

    /// Whether the compressed spans of this engine are those of this art in these sizes.
    fn has_spans_of(&self, art: &Art, outputs: &[OutputRecipe]) -> bool {
        let own = self.art();
        let is_drawn_alike =
            |art: &Art| -> Vec<_> { art.traits.iter().map(|of| (of.blend(), of.role())).collect() };
        own.grid == art.grid
            && own.digests == art.digests
            && own.background == art.background
            && is_drawn_alike(own) == is_drawn_alike(art)
            && self.recipe.outputs(own.grid.size()) == outputs
    }
}

/// Whether an error says that a recipe does not represent the pictures.
fn is_of_recipe(error: &Error) -> bool {
    matches!(error.downcast_ref(), Some(ResumeError::OtherRecipe { .. }))
}

/// The recipe of a project: that of the run that goes on, that of the run whose bytes are to be kept, or a new one.
fn recipe_for(
    project: &Project,
    store: &ArtStore,
    options: &PressOptions,
    pool: &rayon::ThreadPool,
) -> Result<Recipe, Error> {
    let recorded = |run: &RunHeader| Recipe::recorded(&run.recipe, project, store.art());
    Ok(match &options.run.recipe {
        RecipeSource::SameRun(run) | RecipeSource::SameArt(run) => {
            match &options.run.recipe {
                RecipeSource::SameArt(_) => resume::check_art(run, project, store.art())?,
                _ => resume::check_origins(run, project, store.art())?,
            }
            ResumeError::of_output(run, &project.output_size, project.picture_format)?;
            recorded(run).map_err(|why| resume::refused_recipe(run, why))?
        }
        RecipeSource::OtherRun(run) => recorded(run).map_err(|why| ResumeError::OtherRecipe { why })?,
        RecipeSource::Kept(recipe) => {
            Recipe::recorded(recipe, project, store.art()).map_err(|why| ResumeError::OtherRecipe { why })?
        }
        RecipeSource::Art => {
            let (encoding, art) = (options.encoding, store.art());
            let keeps = options.run.keep_recipe;
            if let Some(kept) = keeps.then(|| recipe_cache::find(project, art, encoding)).flatten() {
                return Ok(kept);
            }
            let plain = encoding.encoder == EncodingMode::Plain;
            let recipe = Recipe::make(project, store, plain, encoding.effort, pool)?;
            if keeps {
                recipe_cache::keep(project, art, encoding, &recipe);
            }
            recipe
        }
    })
}

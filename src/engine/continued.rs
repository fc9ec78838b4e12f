//! How a run goes on: its seed, count, plan and recipe, from what it recorded and what is asked for now.
//!
//! Everything that can be refused without the art is refused here, so that a wrong request fails before any picture is
//! read. What needs the art (other pictures, a recipe whose colours do not hold them) is refused when the engine is made.

use std::collections::BTreeMap;
use std::io::Seek;
use std::path::{Path, PathBuf};

use crate::engine::effort::Effort;
use crate::engine::encoding::Encoding;
use crate::engine::facade::Engine;
use crate::engine::options::PressOptions;
use crate::engine::recipe::Recipe;
use crate::engine::resume::{
    check_configuration, check_edited_settings, check_numbers, check_plan, check_reading,
    check_selection_settings, refused_recipe,
};
use crate::engine::resume_error::ResumeError;
use crate::error::{Error, PathIo};
use crate::files::{Digest, Folder};
use crate::finished::thumbnails::ThumbnailFile;
use crate::output::{
    Earlier, EditMark, MetadataInputs, OutputError, RunHeader, check_changeable, earlier_run, names,
    open_place,
};
use crate::picture::PictureFormat;
use crate::pixel::Arithmetic;
use crate::plan::Plan;
use crate::project::{Layout, MetadataSettings, PartId, Project};
use crate::selection::{Choose, ensure_amounts};
use crate::telemetry::{EncodingMode, SearchStats};

/// What decides the recipe of an engine.
#[derive(Clone, Debug, Default)]
pub(crate) enum RecipeSource {
    /// The art, the encoder and the effort.
    #[default]
    Art,
    /// A run of the same configuration and art; anything else is refused.
    SameRun(Box<RunHeader>),
    /// A run of the same art, whose configuration was checked before.
    SameArt(Box<RunHeader>),
    /// A run whose art may be another, so that items that show nothing new keep their bytes.
    OtherRun(Box<RunHeader>),
    /// An engine of another state of the project: its recipe as a run records it.
    Kept(Box<serde_json::Value>),
}

impl RecipeSource {
    /// The recipe of the collection in `folder`, finished or not.
    ///
    /// # Errors
    /// If there is none, or this program cannot use its recipe.
    pub(crate) fn of_collection(folder: &Path) -> Result<Self, Error> {
        let missing = || ResumeError::NoRecipe { folder: folder.to_owned() };
        let run = earlier_run(folder)?.ok_or_else(missing)?;
        check_reading(&run)?;
        Recipe::readable(&run.recipe).map_err(|why| ResumeError::OtherRecipe { why })?;
        Ok(Self::OtherRun(Box::new(run)))
    }

    /// The arithmetic that the art is decoded for, where it does not decide that itself.
    pub(crate) fn arithmetic(&self) -> Option<Arithmetic> {
        match self {
            Self::Art => None,
            Self::SameRun(run) | Self::SameArt(run) | Self::OtherRun(run) => {
                Recipe::readable(&run.recipe).ok().map(|recipe| recipe.arithmetic())
            }
            Self::Kept(recipe) => Recipe::readable(recipe).ok().map(|recipe| recipe.arithmetic()),
        }
    }
}

/// Which files of a run stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Continuation {
    /// All that are whole; the art must be the same.
    Resume,
    /// Those of them that show nothing that has changed in the art.
    Update,
    /// Those of them that the changed plan has as they are; the collection is finished, and the art is the same.
    Edit,
}

/// What is asked of a run that goes on. What is not set is as the run was begun.
#[derive(Clone, Debug)]
pub struct RunRequest {
    continuation: Continuation,
    count: Option<u32>,
    first: Option<u32>,
    seed: Option<u64>,
    plan: Option<Plan>,
    encoder: Option<EncodingMode>,
    effort: Option<Effort>,
    recipe_of: Option<PathBuf>,
}

impl RunRequest {
    /// Goes on after a stop, or to a larger count: every whole file stays, and the art must be the same.
    #[must_use]
    pub fn resume() -> Self {
        Self::new(Continuation::Resume)
    }

    /// Goes on after a change of the art: files that show a changed picture are made again, and those that are not whole.
    #[must_use]
    pub fn update() -> Self {
        Self::new(Continuation::Update)
    }

    /// Changes a finished collection to these items: files of items that stay the same are kept, and those of items that
    /// are gone are removed. The art must be the same, and the configuration but for its exact numbers, which the items must
    /// then have.
    #[must_use]
    pub fn edit(plan: Plan) -> Self {
        Self::new(Continuation::Edit).with_plan(plan)
    }

    fn new(continuation: Continuation) -> Self {
        Self {
            continuation,
            count: None,
            first: None,
            seed: None,
            plan: None,
            encoder: None,
            effort: None,
            recipe_of: None,
        }
    }

    /// So many items in all, at least as many as the run was begun with.
    #[must_use]
    pub fn with_count(mut self, count: u32) -> Self {
        self.count = Some(count);
        self
    }

    /// Only the first so many of all items, at least as many as the run was begun with.
    #[must_use]
    pub fn with_first(mut self, items: u32) -> Self {
        self.first = Some(items);
        self
    }

    /// The seed that the run must have been begun with.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The items, the first of which must be those of the run. Seed and count are the plan's.
    #[must_use]
    pub fn with_plan(mut self, plan: Plan) -> Self {
        self.plan = Some(plan);
        self
    }

    /// The encoder; a run that is resumed must have been begun with it.
    #[must_use]
    pub fn with_encoder(mut self, encoder: EncodingMode) -> Self {
        self.encoder = Some(encoder);
        self
    }

    /// The effort; a run that is resumed must have been begun with it.
    #[must_use]
    pub fn with_effort(mut self, effort: Effort) -> Self {
        self.effort = Some(effort);
        self
    }

    /// Encodes an update by the recipe of the collection in `folder`, so that items that show nothing new keep their
    /// bytes. A run that is resumed has its own.
    #[must_use]
    pub fn with_recipe_of(mut self, folder: impl Into<PathBuf>) -> Self {
        self.recipe_of = Some(folder.into());
        self
    }
}

/// A run that goes on: what [`continue_run`] decided.
///
/// [`Engine::for_run`] makes an engine that uses its recipe, and [`Engine::press_run`] makes what is missing.
#[derive(Clone, Debug)]
pub struct ContinuedRun {
    pub(crate) folder: PathBuf,
    pub(crate) continuation: Continuation,
    pub(crate) plan: Plan,
    /// The items that the collection had, where others take their place.
    pub(crate) before: Option<Plan>,
    /// What a collection whose items are changed has beside them.
    pub(crate) edit: Option<EditMark>,
    search: Option<SearchStats>,
    /// How many items the whole plan has, if it is more.
    pub(crate) first_of: Option<u64>,
    count_before: u64,
    encoding: Encoding,
    recipe: RecipeSource,
    /// The sizes of the pictures.
    output_size: Vec<u32>,
    picture_format: PictureFormat,
    layout: Layout,
    /// The texts and settings of the metadata of a collection whose items are changed, whatever the project has by now.
    texts: Option<Option<MetadataInputs>>,
    /// The digests of the project's configuration and of its parts, where an edit has other exact numbers than the run.
    renumbered: Option<(Digest, BTreeMap<PartId, Digest>)>,
}

impl ContinuedRun {
    /// The folder in which it goes on.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All its items, those that are there too.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How many items the whole plan has, if the run makes only the first of them.
    #[must_use]
    pub fn first_of(&self) -> Option<u64> {
        self.first_of
    }

    /// How its files are arranged.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// How many items the run had before.
    #[must_use]
    pub fn count_before(&self) -> u64 {
        self.count_before
    }

    /// What choosing the items took; none where they were read from a plan.
    #[must_use]
    pub fn search_stats(&self) -> Option<SearchStats> {
        self.search
    }

    /// What an edited collection records of its configuration: what the run recorded, and other exact numbers where the edit
    /// has them. The texts of the project come with these, as they do when metadata is written again from it; those that the
    /// metadata shows are recorded beside them.
    pub(crate) fn configuration_after(&self, run: &RunHeader) -> (Digest, BTreeMap<PartId, Digest>) {
        let mut parts = run.parts.clone();
        let Some((configuration, changed)) = &self.renumbered else { return (run.configuration, parts) };
        parts.remove(&PartId::amounts());
        parts.extend(changed.clone());
        (*configuration, parts)
    }

    /// The settings with what the run decides of them.
    fn apply(&self, mut options: PressOptions) -> PressOptions {
        options.encoding = self.encoding;
        options.run = options.run.with_recipe(self.recipe.clone());
        options
    }
}

impl Engine {
    /// Makes the engine for a run that goes on: by the recipe of that run, whatever encoder and effort the options name.
    ///
    /// # Errors
    /// As [`Self::new`]; and if a run that is resumed was begun with other art or by a recipe that this program does not
    /// have.
    pub fn for_run(mut project: Project, run: &ContinuedRun, options: PressOptions) -> Result<Self, Error> {
        project.output_size.clone_from(&run.output_size);
        project.picture_format = run.picture_format;
        project.layout = run.layout;
        match &run.texts {
            Some(Some(texts)) => texts.apply(&mut project),
            Some(None) => project.metadata = MetadataSettings::default(),
            None => {}
        }
        Self::new(project, run.apply(options))
    }
}

/// Decides how the run in `folder` goes on: its seed, count, plan and recipe. `None` if no run was begun there.
///
/// No picture is read, and nothing is written.
///
/// # Errors
/// If the run was begun with another configuration, seed, start, plan, encoder or effort, or with more items than are
/// asked for; if what it recorded cannot be read; and if the items cannot be chosen.
pub fn continue_run(
    folder: impl Into<PathBuf>,
    project: &Project,
    request: RunRequest,
) -> Result<Option<ContinuedRun>, Error> {
    let folder = folder.into();
    let Some(earlier) = Earlier::open(&folder)? else { return Ok(None) };
    check_changeable(&folder)?;
    let (mark, edited) = (earlier.header.edit, EditMark::of(&earlier, &folder));
    let (is_finished, run) = (earlier.is_finished(), earlier.header.run);
    let continuation = request.continuation;
    check_reading(&run)?;
    let keeps_texts = continuation == Continuation::Edit || mark.is_some();
    let mut is_renumbered = false;
    match continuation {
        Continuation::Edit => is_renumbered = check_edited_settings(&run, project)?,
        _ if keeps_texts => check_selection_settings(&run, project)?,
        _ => check_configuration(&run, project)?,
    }
    let output_size = output_sizes(&run, project)?;
    // A run goes on in its own layout; the default asks for none.
    if !project.layout.is_flat() {
        ResumeError::of_layout(run.layout, project.layout)?;
    }
    if !keeps_texts {
        ResumeError::of_format(run.picture_format, project.picture_format)?;
    }
    let (encoding, recipe) = match continuation {
        Continuation::Edit if !is_finished => return Err(OutputError::Unfinished(folder).into()),
        Continuation::Resume | Continuation::Edit => {
            check_bytes(&run, &request)?;
            Recipe::readable(&run.recipe).map_err(|why| refused_recipe(&run, why))?;
            let same = if keeps_texts { RecipeSource::SameArt } else { RecipeSource::SameRun };
            (Encoding::of_run(&run), same(Box::new(run.clone())))
        }
        Continuation::Update => {
            let other = request.recipe_of.as_deref().map(RecipeSource::of_collection).transpose()?;
            let encoding = Encoding::new()
                .with_encoder(request.encoder.unwrap_or_default())
                .with_effort(request.effort.unwrap_or_default());
            (encoding, other.unwrap_or_default())
        }
    };
    let (first, has_plan) = (request.first, request.plan.is_some());
    let (whole, search) = items(&run, project, &folder, request)?;
    let plan = first.map_or_else(|| whole.clone(), |first| whole.first(first));
    let first_of = (plan.len() < whole.len()).then_some(whole.len() as u64);
    let before = match check_plan(&run, project, &plan) {
        _ if continuation == Continuation::Edit => Some(plan_of_run(&run, project, &folder)?),
        Err(_) if continuation == Continuation::Update && has_plan && is_finished => {
            Some(plan_of_run(&run, project, &folder)?)
        }
        checked => checked.map(|()| None)?,
    };
    if is_renumbered {
        ensure_amounts(project, &plan)?;
    }
    let renumbered = is_renumbered.then(|| (project.configuration_digest(), project.configuration_parts()));
    let edit = if before.is_some() { Some(edited) } else { mark };
    let texts = keeps_texts.then(|| run.metadata.clone());
    let count_before = run.count;
    Ok(Some(ContinuedRun {
        folder,
        continuation,
        plan,
        before,
        edit,
        search,
        first_of,
        count_before,
        encoding,
        recipe,
        output_size,
        picture_format: run.picture_format,
        layout: run.layout,
        texts,
        renumbered,
    }))
}

/// The items of the finished collection in `folder`.
///
/// # Errors
/// If its plan is not the one that the manifest lists, or is no plan of the project.
pub fn plan_of_run(run: &RunHeader, project: &Project, folder: &Path) -> Result<Plan, Error> {
    let lost = || ResumeError::Plan { why: "plan.json is missing or was changed" };
    Ok(read_recorded(run, project, folder)?.map(|(plan, _)| plan).ok_or_else(lost)?)
}

impl EditMark {
    /// What a finished collection has.
    fn of(earlier: &Earlier, folder: &Path) -> Self {
        let thumbnails = || {
            let (run, folder) = (&earlier.header.run, Folder::open(folder).ok()?);
            let file = ThumbnailFile::open(&folder, run, usize::try_from(run.count).ok()?).ok()?;
            file.map(|file| file.side())
        };
        Self { provenance: earlier.has_sha256(), thumbnails: thumbnails() }
    }
}

/// The sizes of a run that goes on: its own. Others are refused, but where one size may be the art's: that is only seen when
/// the art is read.
fn output_sizes(run: &RunHeader, project: &Project) -> Result<Vec<u32>, ResumeError> {
    let (was, is) = (&run.output_size, &project.output_size);
    let may_be_full = was.is_empty() && is.len() == 1;
    if is.is_empty() || was == is || may_be_full {
        return Ok(if may_be_full { is.clone() } else { was.clone() });
    }
    Err(ResumeError::sizes(was, is))
}

/// Refuses another encoder or effort than the run was begun with.
fn check_bytes(run: &RunHeader, request: &RunRequest) -> Result<(), ResumeError> {
    let was = Encoding::of_run(run);
    // Pictures are encoded one by one also where that was not asked for, because nothing in them repeats.
    let is_other = |encoder: EncodingMode| encoder != was.encoder && encoder == EncodingMode::Plain;
    if request.encoder.is_some_and(is_other) {
        return Err(ResumeError::Bytes { setting: "encoder" });
    }
    if request.effort.is_some_and(|effort| effort != was.effort) {
        return Err(ResumeError::Bytes { setting: "effort" });
    }
    Ok(())
}

/// The items of a run that goes on: those of a plan that is given, chosen as the run chose them, or read from the run's
/// own plan where they were not drawn.
fn items(
    run: &RunHeader,
    project: &Project,
    folder: &Path,
    request: RunRequest,
) -> Result<(Plan, Option<SearchStats>), Error> {
    if let Some(plan) = request.plan {
        return Ok((plan, None));
    }
    let Some(was) = run.seed else { return Ok((undrawn(run, project, folder, &request)?, None)) };
    let seed = request.seed.or(project.seed).unwrap_or(was);
    let before = u32::try_from(run.count).unwrap_or(u32::MAX);
    let of = run.of.and_then(|of| u32::try_from(of).ok());
    let count = request.count.or(project.items_asked()).or(of).unwrap_or(before);
    check_numbers(run, Some(seed), project.start, count.into())?;
    let (plan, search) = Choose::new(count).with_seed(seed).counted_from(project)?;
    // A plan that was edited keeps its seed.
    if count == before
        && plan.digest(project) != run.plan
        && let Some(recorded) = recorded_plan(run, project, folder)?
    {
        return Ok((recorded, None));
    }
    Ok((plan, Some(search)))
}

/// The items of a run that no seed chose: a seed and a count change nothing about them.
fn undrawn(run: &RunHeader, project: &Project, folder: &Path, request: &RunRequest) -> Result<Plan, Error> {
    if request.seed.is_some() {
        return Err(ResumeError::SeedOfPlan { plan: folder.join(names::PLAN) }.into());
    }
    if run.of.is_some() {
        let why = "they are the first items of a plan, and the run does not contain the others";
        return Err(ResumeError::Plan { why }.into());
    }
    if let Some(count) = request.count.map(u64::from).filter(|&count| count != run.count) {
        check_numbers(run, run.seed, run.start, count)?;
        let (was, is) = (run.count.to_string(), count.to_string());
        return Err(ResumeError::Number { name: "count", was, is }.into());
    }
    let lost = || ResumeError::Plan { why: "they come from a plan, and plan.json is missing or has changed" };
    Ok(recorded_plan(run, project, folder)?.ok_or_else(lost)?)
}

/// The plan of the run in `folder`, from its own file; nothing if that is not the plan that the run was begun with.
fn recorded_plan(run: &RunHeader, project: &Project, folder: &Path) -> Result<Option<Plan>, Error> {
    let Some((plan, path)) = read_recorded(run, project, folder)? else { return Ok(None) };
    Ok(Some(plan.checked(&path, project, None)?))
}

/// The same with its path, whatever the project asks of the items as a whole.
fn read_recorded(
    run: &RunHeader,
    project: &Project,
    folder: &Path,
) -> Result<Option<(Plan, PathBuf)>, Error> {
    let folder = open_place(folder).map_err(PathIo::on("open", folder))?;
    // It waits in the working folder where a run was stopped between its journal and its plan.
    let waiting = format!("{}/{}{}", names::WORK, names::PLAN, names::PART);
    for name in [names::PLAN, &waiting] {
        if !folder.is_file(name) {
            continue;
        }
        let path = folder.join(name);
        let mut file = folder.read(name).map_err(PathIo::on("read", &path))?;
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(&mut file).map_err(PathIo::on("read", &path))?;
        if Digest::from(hasher.finalize()) == run.plan {
            file.rewind().map_err(PathIo::on("read", &path))?;
            return Ok(Some((Plan::read_opened(Ok(file), &path, project, None)?, path)));
        }
    }
    Ok(None)
}

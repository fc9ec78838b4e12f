//! The projects that are served, each with the engine of its present state.
//!
//! A change of files, or a signal, makes another engine beside the present one, which decodes what has changed and keeps the
//! recipe. It takes the place of the present one only after it has made a picture; what goes wrong is reported, and the present
//! one stays. Requests that have begun end on the engine that they began on.

use std::fs;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::UNIX_EPOCH;

use traitpress::engine::{Backend, Engine, Performance, PressOptions, SharedResources};
use traitpress::finished::{Pictures, ReportError};
use traitpress::output::{VerifyError, earlier_run};
use traitpress::plan::Item;
use traitpress::project::Project;
use traitpress::selection::capacity;
use traitpress::{Digest, Remedy};

use crate::cli::failure::Failure;
use crate::cli::serve::numbered::{Numbered, no_item};
use crate::cli::serve::problem::Problem;
use crate::cli::serve::settings::{ItemSource, ServedProject, Settings};
use crate::cli::serve::target::{Named, Which};

/// The text whose item is made before an engine serves.
const TRIAL: &str = "trial";
/// Digits of a state in addresses.
const DIGITS: usize = 16;

/// A project in one state.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) id: String,
    pub(crate) engine: Engine,
    /// The digest of configuration, art and recipe.
    pub(crate) state: Digest,
    /// The beginning of the digest of configuration, art and recipe, and of the numbered items if there are some.
    pub(crate) digest: String,
    /// Longer sides that can be requested; the first where none is.
    pub(crate) sizes: Vec<u32>,
    /// The same of numbered items.
    pub(crate) item_sizes: Vec<u32>,
    pub(crate) capacity: u128,
    pub(crate) numbered: Option<Numbered>,
}

/// All projects.
#[derive(Debug)]
pub(crate) struct Sites {
    settings: Vec<ServedProject>,
    sizes: Vec<u32>,
    sites: Vec<RwLock<Present>>,
}

#[derive(Clone, Debug)]
struct Present {
    site: Arc<Site>,
    /// That of the files that it was made of.
    files: blake3::Hash,
}

impl Sites {
    /// Opens all projects.
    pub(crate) fn open(settings: &Settings) -> Result<Self, Failure> {
        let shared = SharedResources::new(settings.threads, settings.span_cache)?;
        let mut sites = Vec::with_capacity(settings.projects.len());
        for served in &settings.projects {
            let files = fingerprint(served);
            let (project, beside) = project_of(served, &settings.sizes)?;
            let performance = Performance::new()
                .with_backend(Backend::Cpu)
                .with_shared(&shared)
                .with_trait_memory(settings.trait_memory)
                .with_reopening(true)
                .with_prefetch(settings.predict.unwrap_or_default())
                .with_press_ahead(settings.predict.is_some());
            let mut options = PressOptions::new().with_performance(performance);
            if let Some(ItemSource::Collection(folder)) = &served.items {
                options = options.with_recipe_of(folder)?;
            }
            let engine = Engine::new(project, options).map_err(|error| of_recipe(error, served))?;
            let site = Site::new(served, engine, beside)?;
            sites.push(RwLock::new(Present { site: Arc::new(site), files }));
        }
        Ok(Self { settings: settings.projects.clone(), sizes: settings.sizes.clone(), sites })
    }

    /// The present state of each.
    pub(crate) fn all(&self) -> impl Iterator<Item = Arc<Site>> {
        self.sites.iter().map(|present| present.read().unwrap_or_else(PoisonError::into_inner).site.clone())
    }

    /// The present state of one.
    pub(crate) fn find(&self, named: &Named) -> Result<Arc<Site>, Problem> {
        let Some(site) = self.all().find(|site| site.id == named.id) else {
            let id = &named.id;
            return Err(Problem::not_found(format!(
                "there is no project {id:?}; /v1 lists those that there are"
            )));
        };
        match &named.digest {
            Some(digest) if *digest != site.digest => Err(Problem::not_found(format!(
                "project {:?} is in state {}, and the address is of state {digest:?}",
                site.id, site.digest
            ))),
            _ => Ok(site),
        }
    }

    /// Opens again what has changed, or everything; gives a line for each.
    pub(crate) fn reload(&self, all: bool) -> Vec<Result<String, String>> {
        let mut lines = Vec::new();
        for (served, slot) in self.settings.iter().zip(&self.sites) {
            let files = fingerprint(served);
            let present = slot.read().unwrap_or_else(PoisonError::into_inner).clone();
            if files == present.files && !all {
                continue;
            }
            let made = (|| -> Result<(Site, usize), Failure> {
                let (project, beside) = project_of(served, &self.sizes)?;
                let reopened = present.site.engine.reopen(project)?;
                Ok((Site::new(served, reopened.engine, beside)?, reopened.kept_pictures))
            })();
            let mut slot = slot.write().unwrap_or_else(PoisonError::into_inner);
            // What is wrong is said once, not at every look.
            slot.files = files;
            lines.push(match made {
                Ok((site, kept)) => {
                    let line = format!("{}: state {}, {kept} pictures kept", site.id, site.digest);
                    slot.site = Arc::new(site);
                    Ok(line)
                }
                Err(failure) => {
                    let why: Vec<String> =
                        failure.messages().into_iter().map(|message| message.line).collect();
                    Err(format!("{}: the earlier state stays: {}", served.id, why.join("; ")))
                }
            });
        }
        lines
    }
}

impl Site {
    /// A project that has made a picture.
    fn new(served: &ServedProject, engine: Engine, beside: Beside) -> Result<Self, Failure> {
        let project = engine.project();
        let Beside { mut sizes, pictures } = beside;
        let open = |source| Numbered::open(source, project, pictures);
        let numbered = served.items.as_ref().map(open).transpose()?;
        let item = engine.item()?.seeded(TRIAL)?;
        engine.render(&item)?;
        if let Some(&largest) = sizes.iter().max() {
            // One that the art is too small for is refused now and not at each request.
            engine.picture(&item).with_side(largest).file()?;
        }
        let longer_side = engine.art().grid.size().longer_side();
        if sizes.is_empty() {
            sizes.push(longer_side);
        }
        let state = engine.digest();
        let digest = match &numbered {
            None => state,
            Some(numbered) => {
                let parts = [state, numbered.digest(project)];
                Digest::of(parts.each_ref().map(|part| *part.as_bytes()).as_flattened())
            }
        };
        let digest = digest.to_string()[..DIGITS].to_owned();
        let capacity = capacity(project);
        let item_sizes = match (&numbered, &served.items) {
            (Some(Numbered::Pool(pool)), _) => pool.sizes(),
            (Some(Numbered::Plan { pictures, .. }), Some(ItemSource::Collection(_))) => {
                let own = match (pictures, &project.output_size[..]) {
                    (Some(pictures), _) => pictures.sizes(),
                    (None, []) => &[longer_side],
                    (None, own) => own,
                };
                own.iter().chain(sizes.iter().filter(|size| !own.contains(size))).copied().collect()
            }
            _ => sizes.clone(),
        };
        Ok(Self { id: served.id.clone(), state, digest, sizes, item_sizes, capacity, numbered, engine })
    }

    /// How many numbered items there are.
    pub(crate) fn numbered_items(&self) -> u64 {
        self.numbered.as_ref().map_or(0, Numbered::len)
    }

    /// The longer sides that can be requested, the first where none is.
    pub(crate) fn sizes_of(&self, which: &Which) -> &[u32] {
        match which {
            Which::Numbered(_) => &self.item_sizes,
            Which::Drawn { .. } => &self.sizes,
        }
    }

    /// The item that is requested.
    pub(crate) fn item(&self, which: &Which) -> Result<Item, Problem> {
        match which {
            Which::Numbered(edition) => {
                let Some(numbered) = &self.numbered else {
                    return Err(Problem::not_found(format!(
                        "project {:?} is served without numbered items",
                        self.id
                    )));
                };
                numbered.planned(*edition).ok_or_else(|| no_item(*edition))
            }
            Which::Drawn { seed: Some(seed), limits } => {
                let mut request = self.engine.item()?;
                for (layer, names) in limits {
                    request = request
                        .among(layer, names.iter().map(String::as_str))
                        .map_err(|error| Problem::from(traitpress::Error::from(error)))?;
                }
                request.seeded(seed).map_err(|error| traitpress::Error::from(error).into())
            }
            Which::Drawn { seed: None, limits } => {
                let mut builder = self.engine.project().item();
                for (layer, names) in limits {
                    let [name] = &names[..] else {
                        return Err(Problem::bad_request(format!(
                            "{layer:?} has several traits to draw from, and there is no seed; add seed=.."
                        )));
                    };
                    let chosen = match &**name {
                        "none" => builder.without(layer),
                        name => builder.with(layer, name),
                    };
                    builder = chosen.map_err(traitpress::Error::from)?;
                }
                Ok(builder.build().map_err(traitpress::Error::from)?)
            }
        }
    }
}

/// What a site has beside its project.
struct Beside {
    /// The sizes that are served; none for that of the art.
    sizes: Vec<u32>,
    /// The pictures of the collection of its items, if that is finished.
    pictures: Option<Arc<Pictures>>,
}

/// Opens a project. For the items of a collection it gets the sizes and the format of that, which its recipe is for.
fn project_of(served: &ServedProject, sizes: &[u32]) -> Result<(Project, Beside), Failure> {
    let mut project = crate::cli::project::open(&served.root)?;
    if !sizes.is_empty() {
        project.output_size = sizes.to_vec();
    }
    let sizes = project.output_size.clone();
    let mut pictures = None;
    if let Some(ItemSource::Collection(folder)) = &served.items {
        match Pictures::open(folder) {
            // A run that is not finished has a plan and a recipe, too.
            Err(ReportError::Folder(
                VerifyError::NoManifest(_) | VerifyError::Unfinished(_) | VerifyError::InUse(_),
            )) => {
                if let Some(run) = earlier_run(folder)? {
                    run.set_output(&mut project);
                }
            }
            opened => {
                let opened = opened.map_err(traitpress::Error::from)?;
                opened.run().set_output(&mut project);
                pictures = Some(Arc::new(opened));
            }
        }
    }
    Ok((project, Beside { sizes, pictures }))
}

/// The error of an engine; if the recipe of the collection does not fit, in words for the options of this command.
fn of_recipe(error: traitpress::Error, served: &ServedProject) -> Failure {
    match &served.items {
        Some(ItemSource::Collection(folder)) if error.remedies().contains(&Remedy::MakeOwnRecipe) => {
            Failure::Usage(format!(
                "--items {}: {}; give a collection of this art, or its plan file alone",
                folder.display(),
                error.detail()
            ))
        }
        _ => error.into(),
    }
}

/// Names, lengths and times of all files of a project: what differs when something has changed.
fn fingerprint(served: &ServedProject) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    let mut folders = vec![served.root.clone()];
    let mut note = |path: &Path, metadata: &fs::Metadata| {
        hasher.update(path.as_os_str().as_encoded_bytes());
        hasher.update(&metadata.len().to_le_bytes());
        let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        hasher.update(&changed.map_or(0, |time| time.as_nanos()).to_le_bytes());
    };
    for file in served.items.iter().flat_map(ItemSource::watched) {
        if let Ok(metadata) = fs::metadata(&file) {
            note(&file, &metadata);
        }
    }
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() && !is_hidden {
                folders.push(entry.path());
            } else if metadata.is_file() && !is_hidden {
                note(&entry.path(), &metadata);
            }
        }
    }
    hasher.finalize()
}

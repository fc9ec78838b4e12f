//! The projects that are served, each with the engine of its present state.
//!
//! A change of files, or a signal, makes another engine beside the present one, which decodes what has changed and keeps the
//! recipe. It takes the place of the present one only after it has made a picture; what goes wrong is reported, and the present
//! one stays. Requests that have begun end on the engine that they began on.

use std::fs;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::UNIX_EPOCH;

use traitpress::Digest;
use traitpress::engine::{Backend, Engine, Performance, PressOptions, SharedResources};
use traitpress::plan::Item;
use traitpress::project::Project;
use traitpress::selection::capacity;

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
            let project = project_of(served, &settings.sizes)?;
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
            let site = Site::new(served, Engine::new(project, options)?)?;
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
                let reopened = present.site.engine.reopen(project_of(served, &self.sizes)?)?;
                Ok((Site::new(served, reopened.engine)?, reopened.kept_pictures))
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
    fn new(served: &ServedProject, engine: Engine) -> Result<Self, Failure> {
        let project = engine.project();
        let numbered = served.items.as_ref().map(|source| Numbered::open(source, project)).transpose()?;
        let item = engine.item()?.seeded(TRIAL)?;
        engine.render(&item)?;
        let longer_side = engine.art().grid.size().longer_side();
        let sizes = match &project.output_size[..] {
            [] => vec![longer_side],
            sizes => sizes.to_vec(),
        };
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
        Ok(Self { id: served.id.clone(), state, digest, sizes, capacity, numbered, engine })
    }

    /// How many numbered items there are.
    pub(crate) fn numbered_items(&self) -> u64 {
        self.numbered.as_ref().map_or(0, Numbered::len)
    }

    /// The longer sides of the pictures of numbered items.
    pub(crate) fn numbered_sizes(&self) -> Vec<u32> {
        match &self.numbered {
            Some(Numbered::Pool(pool)) => pool.sizes(),
            _ => self.sizes.clone(),
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

/// Opens a project for the sizes that are served.
fn project_of(served: &ServedProject, sizes: &[u32]) -> Result<Project, Failure> {
    let mut project = crate::cli::project::open(&served.root)?;
    if !sizes.is_empty() {
        project.output_size = sizes.to_vec();
    }
    Ok(project)
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
    if let Some(file) = served.items.as_ref().map(ItemSource::file)
        && let Ok(metadata) = fs::metadata(&file)
    {
        note(&file, &metadata);
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

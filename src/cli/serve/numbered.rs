//! Items by their numbers: drawn as a plan lists them, or read from a pool or a finished collection as they were written.

use std::collections::HashMap;
use std::sync::Arc;

use traitpress::Digest;
use traitpress::finished::Pictures;
use traitpress::plan::{Item, Plan};
use traitpress::pool::{Pool, PoolError};
use traitpress::project::Project;

use crate::cli::failure::Failure;
use crate::cli::serve::problem::Problem;
use crate::cli::serve::settings::ItemSource;

/// The items of a plan, by their editions, or those of a pool.
#[derive(Debug)]
pub(crate) enum Numbered {
    Plan {
        plan: Box<Plan>,
        index_of: HashMap<u32, usize>,
        /// The pictures that are there already.
        pictures: Option<Arc<Pictures>>,
    },
    Pool(Arc<Pool>),
}

impl Numbered {
    /// Reads the plan, beside which there may be `pictures`, or opens the pool.
    pub(crate) fn open(
        source: &ItemSource,
        project: &Project,
        pictures: Option<Arc<Pictures>>,
    ) -> Result<Self, Failure> {
        if let ItemSource::Pool(file) = source {
            return Ok(Self::Pool(Arc::new(Pool::open_file(file).map_err(traitpress::Error::from)?)));
        }
        let plan = Box::new(Plan::read(&source.file(), project, None)?);
        let index_of = (0..plan.len()).map(|index| (plan.edition(index), index)).collect();
        Ok(Self::Plan { plan, index_of, pictures })
    }

    /// What differs when its items do.
    pub(crate) fn digest(&self, project: &Project) -> Digest {
        match self {
            Self::Plan { plan, pictures: None, .. } => plan.digest(project),
            Self::Plan { pictures: Some(pictures), .. } => pictures.collection(),
            Self::Pool(pool) => pool.digest(),
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Plan { plan, .. } => plan.len() as u64,
            Self::Pool(pool) => pool.len(),
        }
    }

    /// The picture of an item in this size and form, if it is there already: where, and the number of its size.
    pub(crate) fn written(
        &self,
        edition: u32,
        extension: &str,
        side: u32,
    ) -> Option<(&Arc<Pictures>, usize)> {
        let Self::Plan { pictures: Some(pictures), .. } = self else { return None };
        let number = pictures.sizes().iter().position(|size| *size == side)?;
        let is_there =
            pictures.format().extension() == extension && pictures.digest(edition, number).is_some();
        is_there.then_some((pictures, number))
    }

    /// An item of the plan; nothing where there is a pool.
    pub(crate) fn planned(&self, edition: u32) -> Option<Item> {
        match self {
            Self::Plan { plan, index_of, .. } => index_of.get(&edition).map(|index| plan.item(*index)),
            Self::Pool(_) => None,
        }
    }
}

/// Refuses an item that there is not.
pub(crate) fn no_item(edition: u32) -> Problem {
    Problem::not_found(format!("there is no item {edition}"))
}

/// The number of a size among those of a pool; the first where none is requested.
pub(crate) fn find_size(
    pool: &Pool,
    edition: u32,
    extension: &str,
    side: Option<u32>,
) -> Result<usize, Problem> {
    let own = pool.extension();
    if extension != own {
        return Err(Problem::not_found(format!(
            "the pictures of these items are {own} files; request items/{edition}.{own}"
        )));
    }
    let sizes = pool.sizes();
    let Some(side) = side else { return Ok(0) };
    sizes.iter().position(|&size| size == side).ok_or_else(|| {
        let sizes: Vec<String> = sizes.iter().map(u32::to_string).collect();
        Problem::bad_request(format!("size is {side}, and these items have {}", sizes.join(", ")))
    })
}

/// The metadata document of an item of a pool, as it was written.
pub(crate) fn find_document(pool: &Pool, edition: u32) -> Result<Vec<u8>, Problem> {
    check_item(pool, edition)?;
    let document = pool.metadata(edition).map_err(traitpress::Error::from)?;
    document.ok_or_else(|| Problem::not_found("these items have no metadata documents"))
}

/// Refuses an item that a pool does not have; reads its index.
pub(crate) fn check_item(pool: &Pool, edition: u32) -> Result<(), Problem> {
    match pool.check_item(edition) {
        Err(PoolError::NoItem { .. }) => Err(no_item(edition)),
        checked => Ok(checked.map_err(traitpress::Error::from)?),
    }
}

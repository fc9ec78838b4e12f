//! Metadata before a reveal: one picture for all items, and nothing that distinguishes them but their numbers.
//!
//! Contracts add an item's number to a base address. Before a reveal that address is the folder made here, and after it the
//! collection's own documents; so a set has one document for each item, too. Left out is what gives an item away: its
//! traits, the names and attributes of one-of-ones, films and sounds.

use std::path::{Path, PathBuf};

use crate::error::{Error, PathIo, Problem, ProjectError};
use crate::finished::cid::folder_cid;
use crate::finished::rewrite::{MetadataChanges, without_project};
use crate::finished::upload::{Collected, Prepared, UploadError, begin, ensure_goes_on};
use crate::output::{MetadataTexts, OnePicture, check_renumbered, picture_type};
use crate::picture::Header;
use crate::plan::Plan;
use crate::project::{Project, Standard};
use crate::telemetry::Observer;

/// The picture that all items show before a reveal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CoverPicture {
    /// Its address.
    Address(String),
    /// A file, which is copied into the folder.
    File(PathBuf),
}

/// Makes the folder `out` with the documents before a reveal of the collection in `folder`, which stays as it is: `N.json` for
/// each edition, in the collection's standard for documents of items, or ERC-721's if it has none.
///
/// The address of a file is that under the base address of `changes` if there is one, and else its own on IPFS.
///
/// # Errors
/// If there is no such collection, `out` is not empty, the file is no picture, the standard does not allow what would be
/// written, or files cannot be written; if `observer` stops it, with [`Cancelled`](crate::error::Cancelled).
pub fn before_reveal(
    folder: &Path,
    project: Option<&Project>,
    changes: &MetadataChanges,
    picture: &CoverPicture,
    out: &Path,
    observer: &dyn Observer,
) -> Result<Prepared, Error> {
    let collected = Collected::read(folder, project, changes)?;
    let hidden = without_traits(&collected.project);
    let plan = Plan { ones: Vec::new(), names: Vec::new(), ..collected.plan.clone() };
    match project {
        Some(project) => check_renumbered(&project.root.join("collection.toml"), &hidden, &plan)?,
        None => check_renumbered(folder, &hidden, &plan).map_err(without_project)?,
    }
    let (one, file) = match picture {
        CoverPicture::Address(address) => {
            (OnePicture { address: address.clone(), media_type: picture_type(address) }, None)
        }
        CoverPicture::File(path) => {
            let (extension, media_type) = kind(path)?;
            let name = format!("pre-reveal.{extension}");
            let address = match changes.base_uri.as_deref().map(|base| base.trim_end_matches('/')) {
                Some(base) if !base.is_empty() => format!("{base}/{name}"),
                _ => format!("ipfs://{}", folder_cid(path, None, observer)?.cid),
            };
            let bytes = std::fs::read(path).map_err(PathIo::on("read", path)).map_err(UploadError::from)?;
            (OnePicture { address, media_type }, Some((name, bytes)))
        }
    };
    let filling = begin(out)?;
    if let Some((name, bytes)) = &file {
        filling.write(name, bytes).map_err(UploadError::from)?;
    }
    let (order, mut document) = (collected.order(), Vec::new());
    let texts = MetadataTexts::with_picture(&hidden, Some(&one));
    for (done, &index) in order.iter().enumerate() {
        ensure_goes_on(observer, done, order.len())?;
        document.clear();
        texts.write_item(&plan, index, &mut document);
        filling.write(&format!("{}.json", plan.edition(index)), &document).map_err(UploadError::from)?;
    }
    Ok(Prepared {
        folder: filling.finish().map_err(UploadError::from)?,
        items: order.len() as u64,
        picture: Some(one.address),
    })
}

/// The project without what distinguishes its items.
fn without_traits(project: &Project) -> Project {
    let mut hidden = project.clone();
    hidden.ones.clear();
    let settings = &mut hidden.metadata;
    settings.standards = vec![settings.per_item().unwrap_or(Standard::Erc721)];
    settings.animation_url.clear();
    settings.file_name.clear();
    settings.attributes.clear();
    settings.display_types.clear();
    settings.show_absent = None;
    for layer in &project.layers {
        settings.layers.entry(layer.name.clone()).or_default().hidden = true;
    }
    hidden
}

/// The extension and the type of a picture.
fn kind(path: &Path) -> Result<(&'static str, &'static str), ProjectError> {
    let format = Header::read(path)?.format;
    match format.extensions_str().first() {
        Some(extension) => Ok((extension, format.to_mime_type())),
        None => {
            Err(Problem::at(path, "this is not a PNG, JPEG, WebP or GIF picture", "choose another file")
                .into())
        }
    }
}

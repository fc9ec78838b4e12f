//! The folder `assets` of Metaplex's Sugar.
//!
//! From its documentation (developers.metaplex.com, "Preparing Your Files") and its source (`upload/assets.rs`): pictures and
//! documents lie in one folder, called `0.png` and `0.json`, `1.png` and so on, without a gap; `image` is the name of the file,
//! which Sugar replaces by its address after the upload; `collection.json` needs `collection.png` beside it, and with both Sugar
//! makes the collection, too. Names that are neither numbers nor `collection` are left out, and links are not followed.

use std::path::Path;

use crate::error::{Error, PathIo};
use crate::finished::rewrite::{MetadataChanges, without_project};
use crate::finished::upload::{Collected, Prepared, UploadError, begin, ensure_goes_on};
use crate::output::{MetadataTexts, check_renumbered, metaplex_collection};
use crate::picture::PictureFormat;
use crate::project::{Layout, Project, Standard};
use crate::telemetry::Observer;

/// The picture of the collection, where the project has one.
const COLLECTION_PICTURE: &str = "collection.png";
const COLLECTION_DOCUMENT: &str = "collection.json";

/// Makes the folder `out` for Metaplex's Sugar from the collection in `folder`, which stays as it is. Files are numbered from
/// 0 in the order of the editions; the items keep their names. Of several sizes the first is used. The picture of the
/// collection is the file that `collection_image` names in the project, or the first item's.
///
/// # Errors
/// If there is no such collection, `out` is not empty, Metaplex does not allow what would be written, or files cannot be
/// written; if `observer` stops it, with [`Cancelled`](crate::error::Cancelled).
pub fn sugar_assets(
    folder: &Path,
    project: Option<&Project>,
    changes: &MetadataChanges,
    out: &Path,
    observer: &dyn Observer,
) -> Result<Prepared, Error> {
    let collected = Collected::read(folder, project, changes)?;
    let Collected { folder: collection, listing, plan, .. } = &collected;
    let mut own = collected.project.clone();
    own.metadata.standards = vec![Standard::Metaplex];
    own.metadata.file_name.clear();
    own.base_uri.clear();
    own.output_size.clear();
    own.layout = Layout::Flat;
    let format = listing.stems.format();
    if matches!(format, PictureFormat::Webp { .. }) {
        return Err(UploadError::Format { path: folder.to_owned(), format }.into());
    }
    let extension = format.extension();
    let image = std::mem::take(&mut own.metadata.collection_image);
    let of_project = project.map(|project| project.root.join(&image));
    let of_project = of_project.filter(|path| has_png_name(path) && path.is_file());
    let picture = match of_project {
        Some(_) => COLLECTION_PICTURE.to_owned(),
        None => format!("collection.{extension}"),
    };
    own.metadata.collection_image.clone_from(&picture);
    match project {
        Some(project) => check_renumbered(&project.root.join("collection.toml"), &own, plan)?,
        None => check_renumbered(folder, &own, plan).map_err(without_project)?,
    }
    let filling = begin(out)?;
    let link = |from: &str, to: &str| -> Result<(), UploadError> {
        if !collection.is_file(from) {
            let what = "this is missing, or is no regular file".to_owned();
            return Err(UploadError::Damaged { path: collection.join(from), what });
        }
        let linked = collection.link_or_copy(from, &filling.folder, to);
        Ok(linked.map_err(PathIo::on("write", &out.join(to)))?)
    };
    let (order, texts, mut document) = (collected.order(), MetadataTexts::new(&own), Vec::new());
    for (number, &index) in order.iter().enumerate() {
        ensure_goes_on(observer, number, order.len())?;
        document.clear();
        texts.write_item_called(plan, index, || format!("{number}.{extension}"), &mut document);
        filling.write(&format!("{number}.json"), &document).map_err(UploadError::from)?;
        link(&listing.stems.image(plan.edition(index)), &format!("{number}.{extension}"))?;
    }
    match of_project {
        Some(path) => {
            let bytes = std::fs::read(&path).map_err(PathIo::on("read", &path)).map_err(UploadError::from)?;
            filling.write(&picture, &bytes).map_err(UploadError::from)?;
        }
        None => link(&listing.stems.image(plan.edition(order[0])), &picture)?,
    }
    filling.write(COLLECTION_DOCUMENT, &metaplex_collection(&own, plan)).map_err(UploadError::from)?;
    Ok(Prepared {
        folder: filling.finish().map_err(UploadError::from)?,
        items: order.len() as u64,
        picture: None,
    })
}

fn has_png_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png"))
}

//! The files of all shards in one folder, each compared with its digest on the way.

use crate::error::{Error, PathIo};
use crate::finished::filling::Filling;
use crate::finished::merge::MergeError;
use crate::finished::merge::found::FoundShards;
use crate::finished::upload::ensure_goes_on;
use crate::output::{ItemFolders, Stems, names};
use crate::telemetry::Observer;

/// Takes the files of all items out of the shards.
pub(crate) fn unpack(
    filling: &Filling,
    found: &FoundShards,
    stems: &Stems,
    observer: &dyn Observer,
) -> Result<(), Error> {
    let make = |name: &str| -> Result<ItemFolders, MergeError> {
        let folder = filling.folder.make_sub(name).map_err(PathIo::on("create", name))?;
        Ok(ItemFolders::new(folder, stems.layout()))
    };
    let images = make(names::IMAGES)?;
    let mut sizes = stems.size_folders().map(|name| make(&name)).collect::<Result<Vec<_>, _>>()?;
    if sizes.is_empty() {
        sizes.push(images);
    }
    let json = found.first.shard.documents.then(|| make(names::JSON)).transpose()?;
    let total = usize::try_from(found.first.run.count).unwrap_or(usize::MAX);
    let (mut done, mut bytes) = (0, Vec::new());
    for shard in &found.shards {
        let files = shard.folder.files(&shard.head).map_err(MergeError::from)?;
        let mut reader = shard.read().map_err(MergeError::from)?;
        while let Some(item) = reader.next_item().map_err(MergeError::from)? {
            ensure_goes_on(observer, done, total)?;
            done += 1;
            let edition = item.record.edition;
            let mut offsets = item.offsets.iter().copied();
            let mut copy = |name: &str, listed: &_, to: &ItemFolders| -> Result<(), MergeError> {
                files.read(name, offsets.next(), listed, &mut bytes).map_err(|unlike| {
                    MergeError::Damaged {
                        path: files.path.clone(),
                        what: format!("{name}: {}", unlike.words()),
                    }
                })?;
                let folder = to.of(edition).map_err(PathIo::on("create a folder in", to.folder().path()))?;
                let file = name.rsplit('/').next().unwrap_or(name);
                let written =
                    folder.create_new(file).and_then(|mut out| std::io::Write::write_all(&mut out, &bytes));
                Ok(written.map_err(PathIo::on("write", &folder.join(file)))?)
            };
            let pictures = std::iter::once(&item.record.image).chain(&item.record.more);
            for ((name, listed), to) in stems.images(edition).zip(pictures).zip(&sizes) {
                copy(&name, listed, to)?;
            }
            if let Some(json) = &json {
                copy(&stems.metadata(edition), &item.record.metadata, json)?;
            }
        }
    }
    Ok(())
}

//! The names of the files of a collection.

use std::io::Read;

use crate::files::Folder;
use crate::geometry::MAX_SIDE;
use crate::project::{Layout, MetadataSettings};

pub(crate) const IMAGES: &str = "images";
/// What the names of pictures end in.
const EXTENSIONS: [&str; 3] = ["png", "webp", "jpg"];
pub(crate) const JSON: &str = "json";
/// Working files of a run, removed at its end.
pub(crate) const WORK: &str = ".traitpress";
pub(crate) const JOURNAL: &str = ".traitpress/journal";
/// A journal that is being begun.
pub(crate) const JOURNAL_PART: &str = ".traitpress/journal.part";
/// The manifest of new metadata that is being taken over.
pub(crate) const NEXT: &str = ".traitpress/next-manifest";
/// What the names of working files end in.
pub(crate) const PART: &str = ".part";
pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const PLAN: &str = "plan.json";
pub(crate) const ALL_METADATA: &str = "json/_metadata.json";
/// Small pictures of all items: ours, but no part of the collection, which is the same without them.
pub(crate) const THUMBNAILS: &str = "thumbnails.traitpress";
/// What that file begins with.
pub(crate) const THUMBNAILS_BEGIN: &[u8] = b"{\"format\":\"traitpress-thumbnails/1\",";

/// Whether a file of thumbnails that we made is in `folder`; anything else of its name is not.
pub(crate) fn has_thumbnails(folder: &Folder) -> bool {
    let mut begin = [0; THUMBNAILS_BEGIN.len()];
    let mut read = || folder.read(THUMBNAILS)?.read_exact(&mut begin);
    folder.is_file(THUMBNAILS) && read().is_ok() && begin == *THUMBNAILS_BEGIN
}

pub(crate) const COLLECTION: &str = "json/collection.json";
pub(crate) const CARDANO: &str = "cardano.json";
pub(crate) const TABLE: &str = "metadata.csv";
pub(crate) const LINES: &str = "metadata.jsonl";
/// Who made the traits.
pub(crate) const CREDITS: &str = "CREDITS.csv";
/// Files about the whole collection: each is there if its standard is, or there are credits, in this order.
pub(crate) const WHOLE: [&str; 6] = [ALL_METADATA, COLLECTION, CARDANO, TABLE, LINES, CREDITS];

/// Whether metadata of these settings has files in the folder [`JSON`].
pub(crate) fn has_json(settings: &MetadataSettings) -> bool {
    settings.per_item().is_some()
}

pub(crate) fn image(edition: u32) -> String {
    format!("{IMAGES}/{edition}.png")
}

/// The folder of the pictures of one of several sizes.
pub(crate) fn images_of_size(size: u32) -> String {
    format!("{IMAGES}/{size}")
}

/// Whether `name` is that of a folder that some layout or size has files of items in, or folders of such: `images/512`,
/// `images/007`, `images/512/007` or `json/007`.
pub(crate) fn is_item_folder(name: &str) -> bool {
    match name.split('/').collect::<Vec<_>>()[..] {
        [IMAGES, folder] => size_of_folder(folder).is_some() || Layout::is_item_folder(folder),
        [IMAGES, size, folder] => size_of_folder(size).is_some() && Layout::is_item_folder(folder),
        [JSON, folder] => Layout::is_item_folder(folder),
        _ => false,
    }
}

/// The size whose pictures are in the folder of this name.
fn size_of_folder(name: &str) -> Option<u32> {
    number(name).filter(|size| (1..=MAX_SIDE).contains(size))
}

/// The name of a picture, in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PictureName<'a> {
    /// The size whose folder it is in, if it is in one.
    pub(crate) size: Option<u32>,
    /// The folder of its item, where layouts have such, with `/` at its end.
    pub(crate) folder: &'a str,
    /// What is between folder and extension.
    pub(crate) stem: &'a str,
    pub(crate) extension: &'static str,
}

/// The parts of a picture's name in a layout.
pub(crate) fn picture(name: &str, layout: Layout) -> Option<PictureName<'_>> {
    let file = name.strip_prefix(IMAGES)?.strip_prefix('/')?;
    let (file, extension) = file.rsplit_once('.')?;
    let extension = EXTENSIONS.into_iter().find(|known| *known == extension)?;
    let (folders, stem) = file.rfind('/').map_or(("", file), |slash| file.split_at(slash + 1));
    let (sizes, folder) = match layout {
        Layout::FanOut => {
            let folder = folders.strip_suffix('/')?;
            let sizes = folder.rfind('/').map_or("", |slash| &folder[..=slash]);
            let is_folder = Layout::is_item_folder(&folder[sizes.len()..]);
            is_folder.then(|| folders.split_at(sizes.len()))?
        }
        _ => (folders, ""),
    };
    let size = match sizes.strip_suffix('/') {
        None => None,
        Some(size) => Some(size_of_folder(size)?),
    };
    Some(PictureName { size, folder, stem, extension })
}

/// Whether a name ends as that of a picture.
pub(crate) fn ends_as_picture(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| EXTENSIONS.contains(&end))
}

/// The name of an item's document in a layout.
pub(crate) fn metadata(edition: u32, layout: Layout) -> String {
    format!("{JSON}/{}{edition}.json", layout.item_folder(edition))
}

/// Whether `name` is one that a collection can contain, in some layout. Names from a manifest are used only if they are:
/// nothing that a file says leads out of its folder.
pub(crate) fn is_ours(name: &str) -> bool {
    let is_of_item = || {
        Layout::ALL
            .into_iter()
            .filter(|layout| layout.is_of_collections())
            .any(|layout| edition_of(name, layout).is_some())
    };
    [MANIFEST, PLAN].contains(&name) || WHOLE.contains(&name) || is_of_item()
}

/// The edition in the name of an image or metadata file in a layout.
pub(crate) fn edition_of(name: &str, layout: Layout) -> Option<u32> {
    let (folder, stem) = match picture(name, layout) {
        Some(picture) => (picture.folder, picture.stem),
        None => {
            let document = name.strip_prefix(JSON)?.strip_prefix('/')?.strip_suffix(".json")?;
            document.rfind('/').map_or(("", document), |slash| document.split_at(slash + 1))
        }
    };
    number(stem).filter(|&edition| layout.item_folder(edition) == folder)
}

/// A number as we write it.
fn number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    // "+7" and "007" parse too, but are not names that we write.
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_we_write_are_ours() {
        let sized = |size, edition: u32| format!("{}/{edition}.png", images_of_size(size));
        for name in [
            image(1),
            metadata(0, Layout::Flat),
            metadata(7123, Layout::FanOut),
            "images/007/7123.png".to_owned(),
            "images/512/4294967/4294967295.webp".to_owned(),
            image(u32::MAX),
            PLAN.to_owned(),
            sized(1, 7),
            sized(16384, 0),
            "images/5.webp".to_owned(),
            "images/5.jpg".to_owned(),
        ]
        .into_iter()
        .chain(WHOLE.map(str::to_owned))
        {
            assert!(is_ours(&name), "{name}");
        }
        for name in [
            "images/0/1.png",
            "images/016/1.png",
            "images/16385/1.png",
            "images/64/64/1.png",
            "images/64/../1.png",
            "images/008/7123.png",
            "images/07/7123.png",
            "images/007/512/7123.png",
            "images/512/008/7123.png",
            "images/../007/7123.png",
            "json/008/7123.json",
            "json/512/007/7123.json",
            "images/64/01.png",
            "json/64/1.json",
            "images/01.png",
            "images/+1.png",
            "images/1.jpeg",
            "images/1.PNG",
            "images/1",
            "../1.png",
            "images/../1.png",
            "json/x.json",
            "1.png",
            "",
        ] {
            assert!(!is_ours(name), "{name}");
        }
    }

    #[test]
    fn folders_of_items_are_those_of_sizes_and_of_layouts() {
        for name in ["images/512", "images/007", "images/4294967", "images/512/007", "json/007"] {
            assert!(is_item_folder(name), "{name}");
        }
        for name in
            ["images", "images/07", "images/x", "images/007/512", "json/512/007", "json/7", "other/007", ""]
        {
            assert!(!is_item_folder(name), "{name}");
        }
    }

    #[test]
    fn one_name_can_be_that_of_two_layouts() {
        let name = "images/512/512000.png";
        assert_eq!(picture(name, Layout::Flat).unwrap().size, Some(512));
        assert_eq!(
            picture(name, Layout::FanOut).unwrap(),
            PictureName { size: None, folder: "512/", stem: "512000", extension: "png" }
        );
        assert_eq!(edition_of("images/512/7.png", Layout::FanOut), None);
    }
}

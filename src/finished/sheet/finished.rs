//! The pictures of a finished collection, read as strictly as `verify` reads them.

use std::collections::HashMap;
use std::path::Path;

use crate::files::Folder;
use crate::finished::decode::size_of;
use crate::finished::rarity;
use crate::finished::sheet::Pick;
use crate::finished::sheet::error::SheetError;
use crate::finished::sheet::thumb::Thumb;
use crate::geometry::Size;
use crate::output::{Listing, Record, Stems, finished, names, read_listed, resolve};
use crate::panics::decoded;
use crate::picture::PictureFormat;
use crate::selection::RandomStream;

/// What random picks are drawn for; with the seed, the key of the generator.
const PICKING: &[u8; 24] = b"traitpress sheet     v1.";

/// A finished collection.
#[derive(Debug)]
pub(crate) struct Finished {
    folder: Folder,
    /// By ascending edition.
    pub(crate) items: Vec<Record>,
    /// What their pictures are called.
    pub(crate) stems: Stems,
}

impl Finished {
    pub(crate) fn open(folder: &Path) -> Result<Self, SheetError> {
        let (folder, Listing { items, stems, .. }) = finished(folder)?;
        if folder.is_folder(names::IMAGES) {
            return Ok(Self { folder, items, stems });
        }
        let what = "this is not a folder, or it is a link, and links are not followed".to_owned();
        Err(SheetError::Picture { path: folder.join(names::IMAGES), what })
    }

    /// Refuses a file to be written that would be among the collection's.
    pub(crate) fn ensure_outside(&self, path: &Path) -> Result<(), SheetError> {
        if resolve(path)?.starts_with(resolve(self.folder.path())?) {
            let (path, folder) = (path.to_owned(), self.folder.path().to_owned());
            return Err(SheetError::Inside { path, folder, what: "a finished collection" });
        }
        Ok(())
    }

    /// Places in [`Self::items`]: at most `count` of them, as `pick` says.
    pub(crate) fn pick(&self, pick: Pick, count: Option<u32>) -> Result<Vec<usize>, SheetError> {
        let mut order: Vec<usize> = match pick {
            Pick::First => (0..self.items.len()).collect(),
            Pick::Random { seed } => {
                let mut order: Vec<usize> = (0..self.items.len()).collect();
                let mut words = RandomStream::new(seed, PICKING);
                words.shuffle(order.len(), |a, b| order.swap(a, b));
                order
            }
            Pick::Rarest => self.ranked()?.by_information(),
        };
        order.truncate(count.map_or(usize::MAX, |count| count as usize));
        Ok(order)
    }

    /// The picture at a place, which must be the one that is listed, in a cell.
    pub(crate) fn thumb(&self, place: usize, cell: Size) -> Result<Thumb, SheetError> {
        self.read(place, |png| Thumb::of_file(png, cell))
    }

    /// The sides of the picture at a place.
    pub(crate) fn size(&self, place: usize) -> Result<Size, SheetError> {
        self.read(place, size_of)
    }

    /// Whether no pixel of the picture at a place can be transparent, by its format and by what a PNG's header says.
    pub(crate) fn is_opaque(&self, place: usize) -> Result<bool, SheetError> {
        match self.stems.format() {
            PictureFormat::Jpeg { .. } => Ok(true),
            PictureFormat::Png => self.header(place, |info| {
                let alpha = [png::ColorType::Rgba, png::ColorType::GrayscaleAlpha].contains(&info.color_type);
                !alpha && info.trns.is_none()
            }),
            _ => Ok(false),
        }
    }

    /// Whether the picture at a place is a PNG with a palette.
    pub(crate) fn is_indexed(&self, place: usize) -> Result<bool, SheetError> {
        match self.stems.format() {
            PictureFormat::Png => self.header(place, |info| info.color_type == png::ColorType::Indexed),
            _ => Ok(false),
        }
    }

    /// Looks at the header of a PNG.
    fn header<T>(&self, place: usize, look: impl FnOnce(&png::Info<'_>) -> T) -> Result<T, SheetError> {
        self.read(place, |png| {
            decoded(|| {
                let reader = png::Decoder::new(std::io::Cursor::new(png)).read_info();
                Ok(look(reader.map_err(|error| error.to_string())?.info()))
            })
        })
    }

    /// The place of an edition in [`Self::items`].
    pub(crate) fn place_of(&self, edition: u32) -> Option<usize> {
        self.items.binary_search_by_key(&edition, |item| item.edition).ok()
    }

    /// The file of the picture at a place.
    pub(crate) fn png(&self, place: usize) -> Result<Vec<u8>, SheetError> {
        self.read(place, |png| Ok(png.to_vec()))
    }

    /// By edition: what metadata calls the items.
    pub(crate) fn titles(&self) -> Result<HashMap<u32, String>, SheetError> {
        let ranked = self.ranked()?;
        Ok(ranked.items.into_iter().map(|item| (item.edition, item.name)).collect())
    }

    /// The same collection, with names and ranks.
    fn ranked(&self) -> Result<rarity::Rarity, SheetError> {
        let ranked = rarity::read(self.folder.path())?;
        if ranked.pictures == self.items {
            return Ok(ranked);
        }
        let what = "it was replaced while being read".to_owned();
        Err(SheetError::Picture { path: self.folder.join(names::MANIFEST), what })
    }

    fn read<T>(&self, place: usize, look: impl FnOnce(&[u8]) -> Result<T, String>) -> Result<T, SheetError> {
        let record = &self.items[place];
        let name = self.stems.image(record.edition);
        let fail = |what: String| SheetError::Picture { path: self.folder.join(&name), what };
        // Memory for it is asked for as it comes: its length is what the manifest says.
        let mut png = Vec::new();
        let take = |piece: &[u8]| png.extend_from_slice(piece);
        read_listed(&self.folder, &name, record.image.bytes, &mut Vec::new(), take)
            .map_err(|(_, what)| fail(what))?;
        if *blake3::hash(&png).as_bytes() != record.image.digest {
            return Err(fail("it is not the picture listed in the manifest".to_owned()));
        }
        look(&png).map_err(fail)
    }
}

//! Reading a manifest that anybody may have written.
//!
//! It is parsed as a stream, each entry at once into the few bytes that are needed of it, and held to the one form that
//! is ever written: pictures and metadata in turn, by ascending numbers, then what belongs to the whole. Of a name
//! nothing is kept but the number, so no path is ever made from what a manifest says; names that a template made are held
//! to what could be one, which leads nowhere else, and `verify` derives them from the plan. Everything before its last
//! line is hashed as it passes by, because that line says what the hash was when it was written.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use sha2::Digest as _;

use crate::error::{PathIo, quoted_start};
use crate::files::{Digest, Folder};
use crate::output::journal::{Record, Written};
use crate::output::listing_head::layout_of;
use crate::output::manifest::{self, RunHeader, first_reading, listed_line};
use crate::output::metadata::{MetadataInputs, whole_files};
use crate::output::names;
use crate::output::picture_names::Stems;
use crate::output::verify_error::VerifyError;
use crate::picture::PictureFormat;
use crate::project::{Escaped, Layout, PartId, check_output_sizes, check_settings};

/// What a manifest says.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) header: RunHeader,
    /// By ascending edition, at least one.
    pub(crate) items: Vec<Record>,
    /// What their pictures are called.
    pub(crate) stems: Stems,
    /// The digest of the collection, as the manifest says it.
    pub(crate) collection: Digest,
    /// What belongs to the whole: metadata, then the plan.
    pub(crate) others: Vec<(&'static str, Written)>,
    /// Whether each item has a document.
    pub(crate) has_documents: bool,
    /// Whether each image has its SHA-256.
    pub(crate) has_sha256: bool,
    /// Where the manifest contradicts itself.
    pub(crate) contradictions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw<const FAN_OUT: bool> {
    format: String,
    program: String,
    #[serde(default = "first_reading")]
    reading: u32,
    seed: Option<u64>,
    start: u32,
    count: u64,
    #[serde(default)]
    of: Option<u64>,
    configuration: Digest,
    parts: BTreeMap<PartId, Digest>,
    art: Digest,
    traits: Vec<Digest>,
    ones: Vec<Digest>,
    plan: Digest,
    recipe: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    output_size: Vec<u32>,
    #[serde(default)]
    picture_format: PictureFormat,
    #[serde(default)]
    layout: Layout,
    #[serde(default)]
    metadata: Option<MetadataInputs>,
    files: Files<FAN_OUT>,
    #[serde(default)]
    provenance: Option<Digest>,
    collection: Digest,
    manifest: Digest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    #[serde(default)]
    edition: Option<u32>,
    bytes: u64,
    blake3: Digest,
    #[serde(default)]
    sha256: Option<Digest>,
}

/// The list of files of a layout, as far as it was read.
#[derive(Default)]
struct Files<const FAN_OUT: bool> {
    items: Vec<Record>,
    /// What pictures are called that are not called by their numbers.
    stems: Vec<(u32, String)>,
    /// The sizes of pictures that have folders of their own, as the first item has them.
    sizes: Vec<u32>,
    /// What the names of pictures end in, as the first has it.
    extension: Option<&'static str>,
    /// Pictures of an item whose metadata comes next.
    image: Option<Pictures>,
    /// Whether the items have metadata, as the first one decides.
    has_documents: Option<bool>,
    others: Vec<(&'static str, Written)>,
}

/// The pictures of one item.
struct Pictures {
    edition: u32,
    /// The end of their names.
    stem: String,
    written: Vec<Written>,
    sha256: Option<Digest>,
}

impl<const FAN_OUT: bool> Files<FAN_OUT> {
    const LAYOUT: Layout = if FAN_OUT { Layout::FanOut } else { Layout::Flat };

    /// Takes the next entry; an error says why it is invalid at its position.
    fn take(&mut self, entry: Entry) -> Result<(), String> {
        let Entry { name, edition, bytes, blake3, sha256 } = entry;
        let written = Written { bytes, digest: *blake3.as_bytes() };
        let is_image = name.starts_with(names::IMAGES);
        if sha256.is_some() && !is_image {
            return Err(format!("{} has a sha256, which only images have", quoted_start(&name)));
        }
        if edition.is_some() && !is_image {
            return Err(format!("{} has an edition, which only images have", quoted_start(&name)));
        }
        let named = names::picture(&name, Self::LAYOUT);
        if let Some(picture) = &named
            && *self.extension.get_or_insert(picture.extension) != picture.extension
        {
            return Err(format!("{} has another extension than the first picture", quoted_start(&name)));
        }
        let named = named.map(|picture| (picture.size, picture.folder, picture.stem.to_owned()));
        if let (Some(pictures), Some((Some(size), folder, stem))) = (&mut self.image, &named)
            && pictures.stem == *stem
            && Self::LAYOUT.item_folder(pictures.edition) == *folder
            && !self.sizes.is_empty()
        {
            let number = pictures.written.len();
            if self.items.is_empty() && !self.sizes.contains(size) {
                self.sizes.push(*size);
            }
            if self.sizes.get(number) != Some(size) || sha256.is_some() {
                return Err(format!("{} is not a valid picture name here", quoted_start(&name)));
            }
            pictures.written.push(written);
            return Ok(());
        }
        if let Some(Pictures { edition, written: mut pictures, sha256, .. }) = self.image.take() {
            if pictures.len() != self.sizes.len().max(1) {
                let what =
                    format!("{} is listed after {} pictures of an item", quoted_start(&name), pictures.len());
                return Err(format!("{what}, and the first item has {}", self.sizes.len()));
            }
            let (image, more) = (pictures.remove(0), pictures);
            let wanted = names::metadata(edition, Self::LAYOUT);
            let has_document = name == wanted && written != Written::NOTHING;
            if *self.has_documents.get_or_insert(has_document) != has_document {
                // Where one has a document and the first has none, that one is missing.
                let first = self.items.first().filter(|_| has_document);
                let wanted = first.map_or(wanted, |first| names::metadata(first.edition, Self::LAYOUT));
                return Err(format!("{} is listed where {wanted} is expected", quoted_start(&name)));
            }
            let sha256 = sha256.map(|sha256| Box::new(*sha256.as_bytes()));
            let metadata = if has_document { written } else { Written::NOTHING };
            self.items.push(Record { edition, image, more, metadata, sha256 });
            if has_document {
                return Ok(());
            }
        }
        let whole = || names::WHOLE.into_iter().chain([names::PLAN]);
        let place = |name: &str| whole().position(|known| known == name);
        let last = self.others.last().and_then(|(last, _)| place(last));
        if edition.is_some() && named.is_none() && names::ends_as_picture(&name) {
            return Err(format!("{} is not a valid picture name", quoted_start(&name)));
        }
        let number = || names::edition_of(&name, Self::LAYOUT);
        let found = named.and_then(|(size, folder, stem)| {
            let found = edition.or_else(number)?;
            (Self::LAYOUT.item_folder(found) == folder).then_some((size, stem, found))
        });
        match found.filter(|_| last.is_none()) {
            Some((size, stem, found)) => {
                if self.items.last().is_some_and(|last| last.edition >= found) {
                    return Err(format!("{} is listed twice, or after a larger number", quoted_start(&name)));
                }
                if self.items.is_empty() {
                    self.sizes.extend(size);
                }
                if self.sizes.first().copied() != size {
                    return Err(format!("{} is not a valid picture name here", quoted_start(&name)));
                }
                self.stems.extend(edition.map(|edition| (edition, stem.clone())));
                self.image = Some(Pictures { edition: found, stem, written: vec![written], sha256 });
            }
            None => {
                let found = whole().find(|known| *known == name && !self.items.is_empty());
                if let Some(known) = found.filter(|known| last.is_none_or(|last| place(known) > Some(last))) {
                    self.others.push((known, written));
                    return Ok(());
                }
                return Err(format!("{} is not a valid name here", quoted_start(&name)));
            }
        }
        Ok(())
    }
}

impl<'de, const FAN_OUT: bool> Deserialize<'de> for Files<FAN_OUT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Entries)
    }
}

struct Entries<const FAN_OUT: bool>;

impl<'de, const FAN_OUT: bool> Visitor<'de> for Entries<FAN_OUT> {
    type Value = Files<FAN_OUT>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of files")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut files = Files::<FAN_OUT>::default();
        while let Some(entry) = seq.next_element::<Entry>()? {
            files.take(entry).map_err(A::Error::custom)?;
        }
        let ends = files.others.last().is_some_and(|(name, _)| *name == names::PLAN);
        if !ends || files.items.is_empty() {
            return Err(A::Error::custom("files ends before its last entry, which is plan.json"));
        }
        Ok(files)
    }
}

impl Listing {
    /// What is listed of a file that belongs to the whole.
    ///
    /// # Panics
    /// If it is not listed; the plan always is.
    pub(crate) fn other(&self, name: &str) -> &Written {
        let found = self.others.iter().find(|(other, _)| *other == name);
        &found.expect("the file is listed").1
    }
}

/// Reads the manifest `name` in `folder`, which is a regular file.
pub(crate) fn read(folder: &Folder, name: &str) -> Result<Listing, VerifyError> {
    let path = folder.join(name);
    let file = folder.read(name).map_err(PathIo::on("read", &path))?;
    let bytes = file.len().map_err(PathIo::on("read", &path))?;
    read_opened(&path, file, bytes)
}

/// Reads a manifest of so many bytes; messages call it `path`.
pub(crate) fn read_opened<F: Read + Seek>(
    path: &Path,
    mut file: F,
    bytes: u64,
) -> Result<Listing, VerifyError> {
    let layout = layout_of(&mut file);
    file.rewind().map_err(PathIo::on("read", path))?;
    match layout {
        Layout::FanOut => parse::<true>(path, file, bytes),
        _ => parse::<false>(path, file, bytes),
    }
}

fn parse<const FAN_OUT: bool>(path: &Path, file: impl Read, bytes: u64) -> Result<Listing, VerifyError> {
    let fail = |reason: String| VerifyError::Manifest { path: path.to_owned(), reason };
    let mut passing = Passing::new(file, bytes.saturating_sub(manifest::LAST_LINE));
    let raw = {
        let mut parser =
            serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 16, &mut passing));
        Raw::<FAN_OUT>::deserialize(&mut parser).and_then(|raw| parser.end().map(|()| raw))
    };
    let raw = raw.map_err(|error| {
        if error.is_io() {
            return PathIo::on("read", path)(error.into()).into();
        }
        let text = error.to_string();
        fail(format!("this is not a manifest of a collection ({})", Escaped(&text)))
    })?;
    if raw.format != manifest::FORMAT {
        return Err(fail(format!(
            "its format is {}, this program reads {}",
            quoted_start(&raw.format),
            manifest::FORMAT
        )));
    }
    if raw.layout != Files::<FAN_OUT>::LAYOUT {
        return Err(fail(format!("its layout is {}, and its files do not have it", raw.layout.name())));
    }
    let Files { items, stems, others, has_documents, sizes, extension, .. } = raw.files;
    let has_documents = has_documents.unwrap_or(false);
    let settings = raw.metadata.as_ref().map(|told| told.settings.clone()).unwrap_or_default();
    check_settings(&settings).map_err(fail)?;
    if stems.len() != if settings.file_name.is_empty() { 0 } else { items.len() } {
        return Err(fail("its picture names differ from its metadata settings".to_owned()));
    }
    let stems = if stems.is_empty() { Stems::default() } else { Stems::try_from(stems).map_err(fail)? };
    if !raw.output_size.is_empty() {
        let given: Vec<i64> = raw.output_size.iter().copied().map(i64::from).collect();
        check_output_sizes(&given).map_err(|what| fail(format!("output_size: {what}")))?;
    }
    if sizes != if raw.output_size.len() > 1 { &raw.output_size[..] } else { &[] } {
        return Err(fail("its pictures have other sizes than its output_size".to_owned()));
    }
    if let Some(what) = raw.picture_format.contradiction() {
        return Err(fail(what));
    }
    if extension.is_some_and(|extension| extension != raw.picture_format.extension()) {
        return Err(fail("its pictures have another extension than its picture_format".to_owned()));
    }
    let stems = stems.of_sizes(&sizes).of_format(raw.picture_format).of_layout(raw.layout);
    let wanted = whole_files(&settings).into_iter().chain([names::PLAN]);
    if has_documents != settings.per_item().is_some() || !others.iter().map(|(name, _)| *name).eq(wanted) {
        return Err(fail("its metadata files differ from its standards".to_owned()));
    }
    let plan = others.last().expect("the plan is the last").1;
    if raw.count != items.len() as u64 {
        return Err(fail(format!("count is {}, and {} pictures are listed", raw.count, items.len())));
    }
    if let Some(of) = raw.of.filter(|&of| of <= raw.count) {
        return Err(fail(format!("it lists {} items as the first of {of}", raw.count)));
    }
    let with_sha256 = items.iter().filter(|item| item.sha256.is_some()).count();
    let has_sha256 = with_sha256 == items.len();
    if raw.provenance.is_some() != has_sha256 {
        let what = if has_sha256 { "no provenance" } else { "a provenance" };
        return Err(fail(format!(
            "it has {what}, and {with_sha256} of {} pictures with a sha256",
            items.len()
        )));
    }
    let mut contradictions = Vec::new();
    let mut hold = |holds: bool, what: &str| {
        if !holds {
            contradictions.push(what.to_owned());
        }
    };
    hold(passing.ends_with_own_digest(), "it was changed after it was written: its own digest differs");
    hold(*raw.plan.as_bytes() == plan.digest, "plan is not the digest that is listed for plan.json");
    let listed = collection_digest(&items, &stems, &others);
    hold(raw.collection == listed, "collection is not the digest of the list of files");
    if let Some(provenance) = raw.provenance {
        let mut sha256 = sha2::Sha256::new();
        let digests = items.iter().filter_map(|item| item.sha256.as_deref());
        digests.for_each(|&digest| sha256.update(Digest::from(digest).to_string()));
        let found: [u8; 32] = sha256.finalize().into();
        hold(*provenance.as_bytes() == found, "provenance is not the digest of the pictures' sha256");
    }
    let header = RunHeader {
        program: raw.program,
        reading: raw.reading,
        seed: raw.seed,
        start: raw.start,
        count: raw.count,
        of: raw.of,
        configuration: raw.configuration,
        parts: raw.parts,
        art: raw.art,
        traits: raw.traits,
        ones: raw.ones,
        plan: raw.plan,
        recipe: raw.recipe.into(),
        output_size: raw.output_size,
        picture_format: raw.picture_format,
        layout: raw.layout,
        metadata: raw.metadata,
    };
    // Read for its form: what it should be is known from everything before it.
    let _ = raw.manifest;
    Ok(Listing {
        header,
        items,
        stems,
        others,
        has_documents,
        collection: raw.collection,
        has_sha256,
        contradictions,
    })
}

/// The digest of a collection of these files.
pub(crate) fn collection_digest<R: Borrow<Record>>(
    items: impl IntoIterator<Item = R>,
    stems: &Stems,
    others: &[(&str, Written)],
) -> Digest {
    let mut hasher = blake3::Hasher::new();
    let mut line = Vec::new();
    let mut add = |name: &str, written: &Written| {
        line.clear();
        listed_line(&mut line, name, written);
        hasher.update(&line);
    };
    for item in items {
        let item = item.borrow();
        let written = std::iter::once(&item.image).chain(&item.more);
        stems.images(item.edition).zip(written).for_each(|(name, written)| add(&name, written));
        if item.metadata != Written::NOTHING {
            add(&stems.metadata(item.edition), &item.metadata);
        }
    }
    others.iter().for_each(|(name, written)| add(name, written));
    hasher.finalize().into()
}

/// A file on its way to the parser: all but its last bytes are hashed, these are kept.
struct Passing<R> {
    inner: R,
    hasher: blake3::Hasher,
    /// Bytes that are still to be hashed.
    left: u64,
    end: Vec<u8>,
}

impl<R> Passing<R> {
    fn new(inner: R, hashed: u64) -> Self {
        Self { inner, hasher: blake3::Hasher::new(), left: hashed, end: Vec::new() }
    }

    /// Whether the last line is the digest of everything before it.
    fn ends_with_own_digest(&self) -> bool {
        self.left == 0 && self.end == manifest::last_line(&self.hasher.finalize()).as_bytes()
    }
}

impl<R: Read> Read for Passing<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        let hashed = count.min(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.hasher.update(&out[..hashed]);
        self.left -= hashed as u64;
        // A file that grows while it is read is not kept for that.
        let room = manifest::LAST_LINE as usize + 1 - self.end.len().min(manifest::LAST_LINE as usize + 1);
        self.end.extend(out[hashed..count].iter().take(room));
        Ok(count)
    }
}

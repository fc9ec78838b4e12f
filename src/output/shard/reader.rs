//! Reading the manifest of a shard, item by item: it is never held as a whole.
//!
//! It is held to the one form that is written. Names must be those that the head's layout gives, editions ascend, and the
//! digest of the last line must be that of everything before it; it is compared when the last item was read.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Escaped, PathIo, quoted_start};
use crate::files::{Digest, OpenFile};
use crate::output::journal::{Record, Written};
use crate::output::manifest;
use crate::output::names;
use crate::output::picture_names::Stems;
use crate::output::shard::manifest::{FORMAT, LIST, ShardManifest};
use crate::output::shard::{ShardError, ShardForm};
use crate::project::{Layout, check_output_sizes, check_settings};

/// The most bytes of a line: a head has the digests of all traits.
const MAX_LINE: u64 = 64 << 20;

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
    #[serde(default)]
    offset: Option<u64>,
}

/// An item of a shard.
#[derive(Debug)]
pub(crate) struct ShardItem {
    pub(crate) record: Record,
    /// What its pictures are called without folder and extension, if that is not the number.
    pub(crate) stem: Option<String>,
    /// Where its files are in the shard's file: pictures in the order of the sizes, then the document.
    pub(crate) offsets: Vec<u64>,
}

/// The manifest of a shard that is being read.
#[derive(Debug)]
pub(crate) struct ShardReader {
    pub(crate) head: ShardManifest,
    pub(crate) path: PathBuf,
    lines: BufReader<OpenFile>,
    hasher: blake3::Hasher,
    line: Vec<u8>,
    /// The names of pictures that are called by their numbers.
    stems: Stems,
    last: Option<u32>,
    items: u64,
    has_ended: bool,
}

impl ShardReader {
    /// Opens a manifest on the disk and reads its head.
    ///
    /// # Errors
    /// If it cannot be read, or is none.
    pub(crate) fn open(path: &Path) -> Result<Self, ShardError> {
        let file = File::open(path).map_err(PathIo::on("read", path))?;
        Self::begin(path.to_owned(), OpenFile::Disk(file))
    }

    /// Reads the head of a manifest, which is open; `path` is for messages.
    ///
    /// # Errors
    /// If it cannot be read, or is none.
    pub(crate) fn begin(path: PathBuf, file: OpenFile) -> Result<Self, ShardError> {
        let fail = |what: String| ShardError::Manifest { path: path.clone(), what };
        let mut lines = BufReader::with_capacity(1 << 16, file);
        let mut line = Vec::new();
        let read = lines.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
        read.map_err(PathIo::on("read", &path))?;
        let text = str::from_utf8(&line).ok().and_then(|text| text.strip_suffix('\n'));
        let text = text.and_then(|text| text.strip_suffix(LIST));
        let text = text.ok_or_else(|| fail("this is not the manifest of a shard".to_owned()))?;
        let head: ShardManifest = serde_json::from_str(&format!("{text}}}")).map_err(|error| {
            fail(format!("this is not the manifest of a shard ({})", Escaped(&error.to_string())))
        })?;
        if head.format != FORMAT {
            let format = quoted_start(&head.format);
            return Err(fail(format!("its format is {format}, this program reads {FORMAT}")));
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(&line);
        let stems = Stems::default()
            .of_sizes(&head.run.output_size)
            .of_format(head.run.picture_format)
            .of_layout(head.run.layout);
        let this = Self {
            head,
            path: path.clone(),
            lines,
            hasher,
            line,
            stems,
            last: None,
            items: 0,
            has_ended: false,
        };
        match this.contradiction() {
            Some(what) => Err(fail(what)),
            None => Ok(this),
        }
    }

    /// Why no shard can have this head, if so.
    fn contradiction(&self) -> Option<String> {
        let ShardManifest { shard, run, whole, .. } = &self.head;
        let sizes: Vec<i64> = run.output_size.iter().copied().map(i64::from).collect();
        if let Some(Err(what)) = (!sizes.is_empty()).then(|| check_output_sizes(&sizes)) {
            return Some(format!("output_size: {what}"));
        }
        if let Some(what) = run.picture_format.contradiction() {
            return Some(what);
        }
        if let Some(Err(what)) = run.metadata.as_ref().map(|metadata| check_settings(&metadata.settings)) {
            return Some(what);
        }
        if !run.layout.is_of_collections() {
            return Some(format!("no collection has the layout {}", run.layout.name()));
        }
        let range = shard.shard.range(run.count);
        if shard.items != range.end - range.start || shard.editions.is_some() != (shard.items > 0) {
            return Some(format!(
                "it has {} items, and a part of {} has {}",
                shard.items,
                run.count,
                range.end - range.start
            ));
        }
        if (shard.form == ShardForm::Folder) == shard.file.is_some() {
            return Some("it names no file, or one that its form does not have".to_owned());
        }
        if (shard.shard.number() == 0) == whole.is_empty() {
            return Some("the first shard alone says what the whole collection has beside items".to_owned());
        }
        let is_known = |name: &str| names::WHOLE.contains(&name) || name == names::PLAN;
        if let Some(file) = whole.iter().find(|file| !is_known(&file.name)) {
            return Some(format!("{} is not a name that a collection has", quoted_start(&file.name)));
        }
        None
    }

    /// The names of pictures that are called by their numbers, and the layout of all files.
    pub(crate) fn stems(&self) -> &Stems {
        &self.stems
    }

    fn fail(&self, what: String) -> ShardError {
        ShardError::Manifest { path: self.path.clone(), what }
    }

    /// The next line without its end; nothing at the end of the file.
    fn next_line(&mut self) -> Result<bool, ShardError> {
        self.line.clear();
        let read = self.lines.by_ref().take(MAX_LINE).read_until(b'\n', &mut self.line);
        let read = read.map_err(PathIo::on("read", &self.path))?;
        Ok(read > 0)
    }

    /// The next entry of the list; nothing at its end, where the digest must be right.
    fn next_entry(&mut self) -> Result<Option<Entry>, ShardError> {
        self.next_line()?;
        self.hasher.update(&self.line);
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        let line = line.strip_suffix(b",").unwrap_or(line);
        // The empty list of a shard without items is a line of its own.
        if line == b"]" || line.is_empty() {
            if line.is_empty() {
                self.next_line()?;
                self.hasher.update(&self.line);
            }
            let wanted = manifest::last_line(&self.hasher.finalize());
            let (mut end, left) = (String::new(), wanted.len() as u64 + 1);
            let read = self.lines.by_ref().take(left).read_to_string(&mut end);
            if read.is_err() || end != wanted {
                return Err(
                    self.fail("it was changed after it was written: its own digest differs".to_owned())
                );
            }
            return Ok(None);
        }
        let entry = serde_json::from_slice(line);
        entry.map(Some).map_err(|error| {
            self.fail(format!("one of its files is invalid ({})", Escaped(&error.to_string())))
        })
    }

    /// The next item.
    ///
    /// # Errors
    /// What is wrong with the manifest.
    pub(crate) fn next_item(&mut self) -> Result<Option<ShardItem>, ShardError> {
        if self.has_ended {
            return Ok(None);
        }
        let Some(first) = self.next_entry()? else {
            self.has_ended = true;
            if self.items != self.head.shard.items {
                let (found, wanted) = (self.items, self.head.shard.items);
                return Err(self.fail(format!("it lists {found} items, and its head says {wanted}")));
            }
            return Ok(None);
        };
        let here = |name: &str| format!("{} is not a valid name here", quoted_start(name));
        let layout = self.stems.layout();
        let named =
            first.edition.and_then(|edition| Some((edition, self.stem_of(&first.name, edition, layout)?)));
        let found = match first.edition {
            Some(_) => named.as_ref().map(|(edition, _)| *edition),
            None => {
                self.stems.edition_of(&first.name).filter(|&edition| self.stems.image(edition) == first.name)
            }
        };
        let edition = found.ok_or_else(|| self.fail(here(&first.name)))?;
        let [lowest, highest] = self.head.shard.editions.unwrap_or_default();
        let expected = self.last.map_or(lowest, |last| last.saturating_add(1));
        if edition < expected || edition > highest || (self.last.is_none() && edition != lowest) {
            return Err(self.fail(here(&first.name)));
        }
        let is_last = self.items + 1 == self.head.shard.items;
        if is_last != (edition == highest) {
            return Err(self.fail(here(&first.name)));
        }
        self.last = Some(edition);
        self.items += 1;
        let stem = named.map(|(_, stem)| stem);
        let written = |entry: &Entry| Written { bytes: entry.bytes, digest: *entry.blake3.as_bytes() };
        let image = written(&first);
        let sha256 = first.sha256.map(|digest| Box::new(*digest.as_bytes()));
        if sha256.is_some() != self.head.shard.sha256 {
            return Err(self.fail("some pictures have a SHA-256 and others have none".to_owned()));
        }
        let mut offsets: Vec<u64> = first.offset.into_iter().collect();
        let mut more = Vec::new();
        let mut metadata = Written::NOTHING;
        let mut expected: Vec<String> = (1..self.stems.pictures())
            .map(|number| match &stem {
                Some(stem) => self.stems.image_called(number, edition, stem),
                None => self.stems.image_of(number, edition),
            })
            .collect();
        expected.extend(self.head.shard.documents.then(|| self.stems.metadata(edition)));
        let documents = usize::from(self.head.shard.documents);
        let pictures = expected.len() - documents;
        for (place, name) in expected.into_iter().enumerate() {
            let entry =
                self.next_entry()?.ok_or_else(|| self.fail(format!("{name} is missing in its list")))?;
            if entry.name != name {
                return Err(self.fail(here(&entry.name)));
            }
            offsets.extend(entry.offset);
            if place < pictures { more.push(written(&entry)) } else { metadata = written(&entry) }
        }
        let wanted = if self.head.shard.form == ShardForm::Tar { 1 + pictures + documents } else { 0 };
        if offsets.len() != wanted {
            return Err(self.fail(format!(
                "the files of item {edition} have {} offsets instead of {wanted}",
                offsets.len()
            )));
        }
        Ok(Some(ShardItem { record: Record { edition, image, more, metadata, sha256 }, stem, offsets }))
    }

    /// What is between folder and extension of a picture's name, if it is one that a template can make.
    fn stem_of(&self, name: &str, edition: u32, layout: Layout) -> Option<String> {
        let stem = names::picture(name, layout)?.stem;
        let is_same = Stems::could_name(name, layout) && self.stems.image_called(0, edition, stem) == name;
        is_same.then(|| stem.to_owned())
    }
}

//! The manifest of a shard: what the whole run is made from, which part of it the shard has, and its files.
//!
//! The first line is the head, which says everything but the files, so that heads of a thousand shards are read at once;
//! then one file a line, in the order of the collection's manifest, so that these lists, one behind the other, are that of
//! the whole. In a tar each file has its offset there: with it a picture can be had by a range of bytes. The last line is the
//! digest of everything before it.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::files::Digest;
use crate::output::hashing::Hashing;
use crate::output::journal::{Record, Written, push_hex, push_number};
use crate::output::manifest::{self, RunHeader};
use crate::output::picture_names::Stems;
use crate::output::shard::{Shard, ShardForm};
use crate::project::Layout;

pub(crate) const FORMAT: &str = "traitpress-shard/1";
/// The end of the head.
pub(crate) const LIST: &str = ", \"files\": [";

/// What a shard holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShardHead {
    #[serde(flatten)]
    pub(crate) shard: Shard,
    pub(crate) form: ShardForm,
    /// The names of the files in a tar: those of the collection, or of WebDataset.
    #[serde(default, skip_serializing_if = "Layout::is_flat")]
    pub(crate) names: Layout,
    /// How many items.
    pub(crate) items: u64,
    /// The first and the last edition; none without items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) editions: Option<[u32; 2]>,
    /// Whether each item has a document.
    pub(crate) documents: bool,
    /// Whether each picture has its SHA-256.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) sha256: bool,
    /// The file of the shard, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<Contents>,
}

/// Length and digest of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Contents {
    pub(crate) bytes: u64,
    pub(crate) blake3: Digest,
}

impl From<Written> for Contents {
    fn from(written: Written) -> Self {
        Self { bytes: written.bytes, blake3: written.digest.into() }
    }
}

impl From<Contents> for Written {
    fn from(contents: Contents) -> Self {
        Self { bytes: contents.bytes, digest: *contents.blake3.as_bytes() }
    }
}

/// A file that belongs to the whole collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WholeFile {
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) contents: Contents,
    /// Where it is in the shard's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) offset: Option<u64>,
}

/// The first line of a shard's manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ShardManifest {
    pub(crate) format: String,
    pub(crate) shard: ShardHead,
    /// What the whole run is made from; its count and its plan are those of all shards together.
    pub(crate) run: RunHeader,
    /// What the metadata says beside the plan, with which files of the whole collection can be made again.
    pub(crate) texts: crate::output::MetadataInputs,
    /// What the whole collection has beside the files of items, in the manifest's order; only the first shard says it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) whole: Vec<WholeFile>,
}

impl ShardManifest {
    /// The format of all of them.
    pub(crate) const FORMAT: &str = FORMAT;

    /// How another shard's run differs from this one's, if it does.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        let (a, b) = (&self.run, &other.run);
        let same_form = (self.shard.shard.of(), self.shard.form, self.shard.names, self.shard.sha256)
            == (other.shard.shard.of(), other.shard.form, other.shard.names, other.shard.sha256);
        let differences = [
            (self.format != other.format, "another format"),
            (self.shard.shard.of() != other.shard.shard.of(), "another number of shards"),
            (a.reading != b.reading, "other rules of reading"),
            (a.configuration != b.configuration || a.parts != b.parts, "another configuration"),
            (a.art != b.art || a.traits != b.traits || a.ones != b.ones, "other art"),
            (a.recipe != b.recipe, "another recipe"),
            ((a.seed, a.start) != (b.seed, b.start), "another seed or start"),
            ((a.count, a.of) != (b.count, b.of), "another number of items"),
            (a.plan != b.plan, "another plan"),
            (
                (&a.output_size, a.picture_format) != (&b.output_size, b.picture_format),
                "other sizes or another format",
            ),
            (a.layout != b.layout || self.shard.names != other.shard.names, "another layout"),
            (a.metadata != b.metadata || self.texts != other.texts, "other metadata"),
            (self.shard.documents != other.shard.documents, "other metadata"),
            (!same_form, "another form, or SHA-256 digests in one alone"),
        ];
        differences.into_iter().find(|(differs, _)| *differs).map(|(_, what)| format!("it has {what}"))
    }
}

/// Where files are in a tar that has them one behind the other.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Offsets(u64);

impl Offsets {
    const BLOCK: u64 = 512;

    /// The offset of the next file, which has so many bytes.
    pub(crate) fn next(&mut self, bytes: u64) -> u64 {
        let at = self.0 + Self::BLOCK;
        self.0 = at + bytes.next_multiple_of(Self::BLOCK);
        at
    }
}

/// Writes the manifest of a shard. `records` are in the order of their editions; `label` gives the length of a label between
/// picture and document, where the shard has such.
pub(crate) fn write(
    out: &mut impl Write,
    head: &ShardManifest,
    records: impl Iterator<Item = Record>,
    stems: &Stems,
    label: Option<&dyn Fn(u32) -> u64>,
) -> io::Result<Digest> {
    let mut out = Hashing::new(out);
    let text = serde_json::to_string(head)?;
    let text = text.strip_suffix('}').expect("a head is an object");
    out.write_all(format!("{text}{LIST}\n").as_bytes())?;
    let mut offsets = (head.shard.form == ShardForm::Tar).then(Offsets::default);
    if let Some(offsets) = &mut offsets {
        head.whole
            .iter()
            .filter(|file| file.offset.is_some())
            .for_each(|file| _ = offsets.next(file.contents.bytes));
    }
    let mut is_first = true;
    let mut line = Vec::new();
    for record in records {
        let edition = Some(record.edition).filter(|_| !stems.are_numbers());
        let pictures = std::iter::once((record.image, record.sha256.as_deref()))
            .chain(record.more.iter().map(|of| (*of, None)));
        line.clear();
        let mut push = |name: &str, written: Written, edition: Option<u32>, sha256: Option<&[u8; 32]>| {
            let offset = offsets.as_mut().map(|offsets| offsets.next(written.bytes));
            if !std::mem::take(&mut is_first) {
                line.extend_from_slice(b",\n");
            }
            push_entry(&mut line, name, written, (edition, sha256, offset));
        };
        for (name, (written, sha256)) in stems.images(record.edition).zip(pictures) {
            push(&name, written, edition, sha256);
        }
        if let Some(label) = label {
            let bytes = label(record.edition);
            offsets.as_mut().map(|offsets| offsets.next(bytes));
        }
        let mut push = |name: &str, written: Written| {
            let offset = offsets.as_mut().map(|offsets| offsets.next(written.bytes));
            line.extend_from_slice(b",\n");
            push_entry(&mut line, name, written, (None, None, offset));
        };
        if record.metadata != Written::NOTHING {
            push(&stems.metadata(record.edition), record.metadata);
        }
        out.write_all(&line)?;
    }
    writeln!(out, "\n],")?;
    let digest = out.hasher.finalize();
    out.write_all(manifest::last_line(&digest).as_bytes())?;
    Ok(digest.into())
}

fn push_entry(
    line: &mut Vec<u8>,
    name: &str,
    written: Written,
    (edition, sha256, offset): (Option<u32>, Option<&[u8; 32]>, Option<u64>),
) {
    line.extend_from_slice(b"{\"name\": \"");
    line.extend_from_slice(name.as_bytes());
    line.push(b'"');
    let number = |key: &str, value: u64, line: &mut Vec<u8>| {
        line.extend_from_slice(key.as_bytes());
        push_number(line, value);
    };
    if let Some(edition) = edition {
        number(", \"edition\": ", edition.into(), line);
    }
    number(", \"bytes\": ", written.bytes, line);
    line.extend_from_slice(b", \"blake3\": \"");
    push_hex(line, &written.digest);
    line.push(b'"');
    if let Some(sha256) = sha256 {
        line.extend_from_slice(b", \"sha256\": \"");
        push_hex(line, sha256);
        line.push(b'"');
    }
    if let Some(offset) = offset {
        number(", \"offset\": ", offset, line);
    }
    line.push(b'}');
}

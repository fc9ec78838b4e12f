//! The manifest: what a finished collection consists of, and what it was made from.
//!
//! It holds nothing that depends on time, place, threads, batches or machine: the same project and seed give the
//! same manifest, byte for byte. The collection digest over the list of files names a whole collection in one line. The
//! last line is the digest of everything before it, which detects a changed manifest.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use crate::error::PathIo;
use crate::files::{Digest, Folder};
use crate::output::error::OutputError;
use crate::output::hashing::Hashing;
use crate::output::journal::{Record, Written, push_hex, push_number};
use crate::output::metadata::MetadataInputs;
use crate::output::names;
use crate::output::picture_names::Stems;
use crate::picture::PictureFormat;
use crate::project::{Layout, PartId, Project};

pub(crate) const FORMAT: &str = "traitpress-manifest/1";

/// What a run was made from: written to the journal before the first picture, and to the manifest at the end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunHeader {
    /// Program and version.
    pub program: String,
    /// The version of the rules by which the project was read, [`READING`](crate::project::READING). The programs before
    /// 0.2.0 read by version 1 and did not record it.
    #[serde(default = "first_reading")]
    pub reading: u32,
    /// The seed of selection; none for a plan that was not drawn.
    pub seed: Option<u64>,
    /// The first item's edition.
    pub start: u32,
    /// How many items.
    pub count: u64,
    /// How many items the whole plan has, where the run made only the first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// BLAKE3 of the configuration without seed, count and start.
    pub configuration: Digest,
    /// The same of each part of the configuration, and of the colour profile.
    pub parts: BTreeMap<PartId, Digest>,
    /// BLAKE3 of the decoded art.
    pub art: Digest,
    /// The same of each trait in the order of layers and traits, and of the background colour if there is one.
    pub traits: Vec<Digest>,
    /// The same of each one-of-one.
    pub ones: Vec<Digest>,
    /// BLAKE3 of the plan.
    pub plan: Digest,
    /// Everything that shapes the bytes of the pictures.
    pub recipe: serde_json::Value,
    /// The longer sides of the pictures, of which metadata names the first; none where they have the art's size.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output_size: Vec<u32>,
    /// The format of the pictures.
    #[serde(default, skip_serializing_if = "PictureFormat::is_png")]
    pub picture_format: PictureFormat,
    /// How the files are arranged.
    #[serde(default, skip_serializing_if = "Layout::is_flat")]
    pub layout: Layout,
    /// What the metadata was made by, if that is not what every project has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<MetadataInputs>,
}

impl RunHeader {
    /// Gives a project the sizes, the format and the layout of the pictures of this run.
    pub fn set_output(&self, project: &mut Project) {
        project.output_size.clone_from(&self.output_size);
        project.picture_format = self.picture_format;
        project.layout = self.layout;
    }
}

pub(crate) fn first_reading() -> u32 {
    1
}

/// One file of the list.
struct File {
    name: String,
    /// Which item's picture it is, if its name does not say it.
    edition: Option<u32>,
    written: Written,
    sha256: Option<[u8; 32]>,
}

/// What a finished manifest says of its collection as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Digests {
    pub(crate) collection: Digest,
    /// SHA-256.
    pub(crate) provenance: Option<Digest>,
}

/// Writes a manifest as [`write`] does, and gives the digest of the collection and its provenance, if it has one.
pub(crate) fn manifest_of(
    out: &mut impl Write,
    header: &RunHeader,
    records: impl Iterator<Item = Record>,
    stems: &Stems,
    others: &[(&str, Written)],
) -> io::Result<(Digest, Option<Digest>)> {
    let digests = write(out, header, records, stems, others)?;
    Ok((digests.collection, digests.provenance))
}

/// Writes a manifest. `records` are in the order of their editions, and `stems` what their pictures are called; `others`
/// are files beside the items'.
pub(crate) fn write(
    out: &mut impl Write,
    header: &RunHeader,
    records: impl Iterator<Item = Record>,
    stems: &Stems,
    others: &[(&str, Written)],
) -> io::Result<Digests> {
    let mut out = Hashing::new(out);
    let mut collection = blake3::Hasher::new();
    let mut provenance = sha2::Sha256::new();
    let (mut items, mut items_with_sha256) = (0u64, 0u64);
    writeln!(out, "{{\n\"format\": \"{FORMAT}\",")?;
    let header = serde_json::to_value(header)?;
    for (key, value) in header.as_object().expect("a header is an object") {
        writeln!(out, "{}: {value},", serde_json::to_string(key)?)?;
    }
    writeln!(out, "\"files\": [")?;
    let of_record = |record: Record| {
        items += 1;
        items_with_sha256 += u64::from(record.sha256.is_some());
        let sha256 = record.sha256.map(|sha256| *sha256);
        let edition = Some(record.edition).filter(|_| !stems.are_numbers());
        // Provenance is that of the first size.
        let written =
            std::iter::once((record.image, sha256)).chain(record.more.into_iter().map(|of| (of, None)));
        let image = |(name, (written, sha256))| File { name, edition, written, sha256 };
        let mut files: Vec<File> = stems.images(record.edition).zip(written).map(image).collect();
        let name = stems.metadata(record.edition);
        let metadata = File { name, edition: None, written: record.metadata, sha256: None };
        files.extend(Some(metadata).filter(|file| file.written != Written::NOTHING));
        files
    };
    let of_other = |&(name, written): &(&str, Written)| {
        let name = name.to_owned();
        File { name, edition: None, written, sha256: None }
    };
    let files = records.flat_map(of_record).chain(others.iter().map(of_other));
    // Pieces are appended, not formatted: this is the end of a run, when all other threads are idle.
    let (mut line, mut listed) = (Vec::new(), Vec::new());
    for (number, File { name, edition, written: Written { bytes, digest }, sha256 }) in files.enumerate() {
        line.clear();
        line.extend_from_slice(if number == 0 { b"{\"name\": \"" } else { b",\n{\"name\": \"" });
        line.extend_from_slice(name.as_bytes());
        line.push(b'"');
        if let Some(edition) = edition {
            line.extend_from_slice(b", \"edition\": ");
            push_number(&mut line, edition.into());
        }
        line.extend_from_slice(b", \"bytes\": ");
        push_number(&mut line, bytes);
        line.extend_from_slice(b", \"blake3\": \"");
        push_hex(&mut line, &digest);
        line.push(b'"');
        if let Some(sha256) = sha256 {
            let sha256 = Digest::from(sha256).to_string();
            line.extend_from_slice(b", \"sha256\": \"");
            line.extend_from_slice(sha256.as_bytes());
            line.push(b'"');
            provenance.update(sha256);
        }
        line.push(b'}');
        out.write_all(&line)?;
        listed.clear();
        listed_line(&mut listed, &name, &Written { bytes, digest });
        collection.update(&listed);
    }
    writeln!(out, "\n],")?;
    let with_provenance = items > 0 && items == items_with_sha256;
    let provenance = with_provenance.then(|| Digest::from(<[u8; 32]>::from(provenance.finalize())));
    if let Some(provenance) = &provenance {
        writeln!(out, "\"provenance\": \"{provenance}\",")?;
    }
    let collection = Digest::from(collection.finalize());
    writeln!(out, "\"collection\": \"{collection}\",")?;
    let last = last_line(&out.hasher.finalize());
    out.write_all(last.as_bytes())?;
    Ok(Digests { collection, provenance })
}

/// Bytes of the last line with the bracket behind it.
pub(crate) const LAST_LINE: u64 = 13 + 64 + 4;

/// The end of a manifest: the digest of everything before it.
pub(crate) fn last_line(before: &blake3::Hash) -> String {
    format!("\"manifest\": \"{}\"\n}}\n", before.to_hex())
}

/// Appends the line of a file that the collection's digest is taken over.
pub(crate) fn listed_line(out: &mut Vec<u8>, name: &str, written: &Written) {
    out.extend_from_slice(name.as_bytes());
    out.push(b' ');
    push_number(out, written.bytes);
    out.push(b' ');
    push_hex(out, &written.digest);
    out.push(b'\n');
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    edition: Option<u32>,
}

#[derive(Deserialize)]
struct Listing {
    format: String,
    #[serde(default)]
    output_size: Vec<u32>,
    #[serde(default)]
    layout: Layout,
    files: Vec<Listed>,
}

/// The number of items that a manifest lists; nothing if it cannot be read.
pub(crate) fn items(folder: &Folder) -> Option<u64> {
    let file = folder.read(names::MANIFEST).ok()?;
    let listing: Listing = serde_json::from_reader(io::BufReader::new(file)).ok()?;
    let is_image = |file: &&Listed| Path::new(&file.name).starts_with(names::IMAGES);
    let pictures = listing.output_size.len().max(1);
    Some((listing.files.iter().filter(is_image).count() / pictures) as u64)
}

/// The names that the manifest `name` in `folder` lists, as far as they are names that we write.
pub(crate) fn listed_names(folder: &Folder, name: &str) -> Result<Vec<String>, OutputError> {
    let path = folder.join(name);
    let file = folder.read(name).map_err(PathIo::on("read", &path))?;
    let unreadable = |reason: String| OutputError::Unreadable { path: path.clone(), reason };
    let listing: Listing = serde_json::from_reader(io::BufReader::new(file))
        .map_err(|e| unreadable(format!("it is not a manifest of this program ({e})")))?;
    if listing.format != FORMAT {
        return Err(unreadable(format!("its format is {:?}, this program reads {FORMAT}", listing.format)));
    }
    let is_ours = |file: &Listed| match file.edition {
        Some(_) => Stems::could_name(&file.name, listing.layout),
        None => names::is_ours(&file.name),
    };
    Ok(listing.files.into_iter().filter(is_ours).map(|file| file.name).collect())
}

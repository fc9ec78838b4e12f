//! A plan as rows of one width, for shards of large collections: a shard reads its own rows and nothing else.
//!
//! The file begins with [`MAGIC`] and the length of a JSON header as 64 bits; the header has the names that rows have
//! numbers of, and length and digest of the JSON form of the plan, which stays the identity of the plan. The rows follow,
//! in the order of their editions: edition (32 bits), number of the one-of-one (32 bits, all ones for none), number of the
//! group (16 bits, all ones for none), and for each layer the number of the trait (16 bits, all ones for absence). All
//! numbers are little-endian. A plan in a store is read by requests for ranges.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Explain, Explanation, PathIo, Remedy};
use crate::files::{Digest, ReadAt, ReadPart};
use crate::plan::error::PlanError;
use crate::plan::model::Plan;
use crate::plan::write::{Head, PlanWriter};
use crate::project::{ABSENT, Project};
use crate::store::{Store, StoreAddress, StoreError};

/// The beginning of the file.
const MAGIC: &[u8; 16] = b"traitpress-rows\n";
const FORMAT: &str = "traitpress-rows/1";
/// The most bytes of a header: names of all traits.
const MAX_HEADER: u64 = 256 << 20;
/// No one-of-one.
const NONE: u32 = u32::MAX;
/// Rows that are read at once.
const TOGETHER: u64 = 1 << 14;

/// Why rows cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum RowsError {
    /// The file is damaged, or none of ours.
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The plan is one of another project.
    Project {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: String,
    },
    /// Items are such as rows cannot have.
    Plan(&'static str),
    /// Items break rules or are equal.
    Items(#[from] PlanError),
    /// The plan cannot be read from a store.
    Store(#[from] StoreError),
    /// The system refused.
    Io(#[from] PathIo),
}

impl Explain for RowsError {
    fn explain(&self) -> Explanation<'_> {
        match self {
            Self::Invalid { path, what } => {
                Explanation::mismatch(what.as_str()).path(path).remedy(Remedy::text("write the plan again"))
            }
            Self::Project { path, what } => Explanation::usage(what.as_str())
                .path(path)
                .remedy(Remedy::text("give the project that the plan was made for")),
            Self::Plan(what) => Explanation::usage(*what)
                .remedy(Remedy::text("write the plan as JSON: give a name that ends in .json")),
            Self::Items(error) => error.explain(),
            Self::Store(error) => error.explain(),
            Self::Io(error) => error.explain(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    algorithm: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    start: u32,
    items: u64,
    /// Length and BLAKE3 of the JSON form.
    bytes: u64,
    digest: Digest,
    names: Names,
}

/// The names that rows have numbers of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    layers: Vec<(String, Vec<String>)>,
    ones: Vec<String>,
    groups: Vec<String>,
}

impl Names {
    fn of(project: &Project) -> Self {
        let traits = |layer: &crate::project::Layer| -> Vec<String> {
            layer.traits.iter().map(|of| of.name.clone()).collect()
        };
        Self {
            layers: project.layers.iter().map(|layer| (layer.name.clone(), traits(layer))).collect(),
            ones: project.ones.iter().map(|one| one.name.clone()).collect(),
            groups: project.groups.iter().map(|group| group.name.clone()).collect(),
        }
    }
}

/// A plan in a file of rows, which is open.
#[derive(Debug)]
pub struct PlanRows {
    path: PathBuf,
    /// The file, or the object in a store.
    source: Arc<dyn ReadAt>,
    header: Header,
    /// Where the first row is.
    at: u64,
    width: u64,
}

/// Counts and hashes.
#[derive(Default)]
struct Contents {
    hasher: blake3::Hasher,
    bytes: u64,
}

impl Write for Contents {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Plan {
    /// Writes the plan of `project` as rows, which [`PlanRows::open`] reads.
    ///
    /// # Errors
    /// If items have names of their own or are not in the order of their editions, or `out` cannot be written to.
    pub fn write_rows(&self, project: &Project, out: &mut impl Write) -> io::Result<()> {
        self.check_rows().map_err(io::Error::other)?;
        let mut contents = BufWriter::with_capacity(1 << 16, Contents::default());
        self.write(project, &mut contents)?;
        let Contents { hasher, bytes } = contents.into_inner().map_err(io::IntoInnerError::into_error)?;
        let header = Header {
            format: FORMAT.to_owned(),
            algorithm: self.algorithm,
            seed: self.seed,
            start: self.start,
            items: self.len() as u64,
            bytes,
            digest: hasher.finalize().into(),
            names: Names::of(project),
        };
        let header = serde_json::to_vec(&header)?;
        out.write_all(MAGIC)?;
        out.write_all(&(header.len() as u64).to_le_bytes())?;
        out.write_all(&header)?;
        let mut row = Vec::new();
        for index in 0..self.len() {
            row.clear();
            row.extend_from_slice(&self.edition(index).to_le_bytes());
            let one = self.one(index).map_or(NONE, |one| one as u32);
            row.extend_from_slice(&one.to_le_bytes());
            let group = self.group(index).map_or(ABSENT, |group| group as u16);
            row.extend_from_slice(&group.to_le_bytes());
            self.traits(index).iter().for_each(|choice| row.extend_from_slice(&choice.to_le_bytes()));
            out.write_all(&row)?;
        }
        Ok(())
    }

    /// Checks that the plan can be written as rows.
    ///
    /// # Errors
    /// If not.
    pub fn check_rows(&self) -> Result<(), RowsError> {
        if !self.names.is_empty() {
            return Err(RowsError::Plan("items have names of their own, which rows do not have"));
        }
        let is_ascending = |editions: &Vec<u32>| editions.is_sorted();
        if !self.editions.as_ref().is_none_or(is_ascending) {
            return Err(RowsError::Plan("items are not in the order of their numbers, and rows are"));
        }
        Ok(())
    }
}

impl PlanRows {
    /// Whether a path has the name of such a file.
    #[must_use]
    pub fn is_named(path: &Path) -> bool {
        path.extension().is_some_and(|end| end.eq_ignore_ascii_case("tpl"))
    }

    /// Opens the plan of `project` at `path`, which can be an address of a store, and reads its header.
    ///
    /// # Errors
    /// If it cannot be read, is damaged, or is one of another project.
    pub fn open(path: &Path, project: &Project) -> Result<Self, RowsError> {
        let invalid = |what: String| RowsError::Invalid { path: path.to_owned(), what };
        let source = source_at(path)?;
        let len = source.len().map_err(PathIo::on("read", path))?;
        let mut file = ReadPart::new(source.clone(), 0, len);
        let (mut magic, mut length) = ([0; 16], [0; 8]);
        let begun = file.read_exact(&mut magic).and_then(|()| file.read_exact(&mut length));
        if begun.is_err() || magic != *MAGIC {
            return Err(invalid("this is not a plan of rows".to_owned()));
        }
        let length = u64::from_le_bytes(length);
        if length > MAX_HEADER.min(len) {
            return Err(invalid(format!("its header has {length} bytes, and the file {len}")));
        }
        let mut header = Vec::new();
        file.take(length).read_to_end(&mut header).map_err(PathIo::on("read", path))?;
        let header: Header = serde_json::from_slice(&header)
            .map_err(|error| invalid(format!("its header cannot be read ({error})")))?;
        if header.format != FORMAT {
            return Err(invalid(format!("its format is {}, this program reads {FORMAT}", header.format)));
        }
        let (width, at) = (10 + 2 * header.names.layers.len() as u64, 24 + length);
        if header.items.checked_mul(width).and_then(|rows| rows.checked_add(at)) != Some(len) {
            return Err(invalid(format!(
                "it has {len} bytes, and {} items have another length",
                header.items
            )));
        }
        if header.names != Names::of(project) {
            let what = "the plan has other layers, traits, groups or one-of-ones than the project".to_owned();
            return Err(RowsError::Project { path: path.to_owned(), what });
        }
        Ok(Self { path: path.to_owned(), source, header, at, width })
    }

    /// How many items it has.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.header.items
    }

    /// Its seed, and the edition that it counts from.
    #[must_use]
    pub fn seed_and_start(&self) -> (Option<u64>, u32) {
        (self.header.seed, self.header.start)
    }

    /// Length and digest of its JSON form.
    #[must_use]
    pub fn contents(&self) -> (u64, Digest) {
        (self.header.bytes, self.header.digest)
    }

    /// Some of its items, which must be possible in `project`.
    ///
    /// # Errors
    /// If they cannot be read, or are not possible.
    pub fn part(&self, project: &Project, range: Range<u64>) -> Result<Plan, RowsError> {
        let plan = self.read(project, range)?;
        // Of the whole plan only a part may be here, which need not have what all items have together.
        let is_part = plan.len() as u64 != self.header.items;
        Ok(plan.checked(&self.path, project, is_part.then_some(0))?)
    }

    fn read(&self, project: &Project, range: Range<u64>) -> Result<Plan, RowsError> {
        let invalid = |what: String| RowsError::Invalid { path: self.path.clone(), what };
        let fail = PathIo::on("read", &self.path);
        let (from, to) = (self.at + range.start * self.width, self.at + range.end * self.width);
        let mut file = BufReader::with_capacity(1 << 18, ReadPart::new(self.source.clone(), from, to - from));
        let layers = project.layers.len();
        let count = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let mut plan = Plan::plain(Vec::with_capacity(count * layers), layers);
        (plan.algorithm, plan.seed, plan.start) =
            (self.header.algorithm, self.header.seed, self.header.start);
        let mut editions: Vec<u32> = Vec::with_capacity(count);
        let mut groups = Vec::new();
        let mut row = vec![0; usize::try_from(self.width).unwrap_or_default()];
        for index in 0..count {
            file.read_exact(&mut row).map_err(&fail)?;
            let long = |at: usize| u32::from_le_bytes([row[at], row[at + 1], row[at + 2], row[at + 3]]);
            let short = |at: usize| u16::from_le_bytes([row[at], row[at + 1]]);
            let (edition, one, group) = (long(0), long(4), short(8));
            if editions.last().is_some_and(|last| *last >= edition) {
                return Err(invalid(format!("the numbers of items do not ascend at {edition}")));
            }
            let is_trait = |(layer, choice): (usize, u16)| {
                choice == ABSENT || usize::from(choice) < project.layers[layer].traits.len()
            };
            let choices = (0..layers).map(|layer| short(10 + 2 * layer));
            let is_group = group == ABSENT || usize::from(group) < project.groups.len();
            let is_one = one == NONE || (one as usize) < project.ones.len();
            if !choices.clone().enumerate().all(is_trait) || !is_group || !is_one {
                return Err(invalid(format!("item {edition} has a number that nothing has")));
            }
            if one != NONE && !choices.clone().all(|choice| choice == ABSENT) {
                return Err(invalid(format!("item {edition} is a one-of-one, and has traits")));
            }
            if one == NONE && (group == ABSENT) != project.groups.is_empty() {
                return Err(invalid(format!("item {edition} has no group, or needs none")));
            }
            editions.push(edition);
            groups.push(group);
            plan.rows.extend(choices);
            if one != NONE {
                plan.ones.push((index as u32, one));
            }
        }
        plan.groups = (!project.groups.is_empty()).then_some(groups);
        plan.editions = Some(editions);
        Ok(plan)
    }

    /// Writes its JSON form, some rows at a time.
    ///
    /// # Errors
    /// If rows cannot be read, or `out` cannot be written to.
    pub fn write(&self, project: &Project, out: &mut impl Write) -> io::Result<()> {
        let Header { algorithm, seed, start, items, .. } = self.header;
        let mut writer = PlanWriter::begin(project, &Head { algorithm, seed, start }, out)?;
        let mut at = 0;
        while at < items {
            let end = (at + TOGETHER).min(items);
            let part = self.read(project, at..end).map_err(io::Error::other)?;
            for index in 0..part.len() {
                match part.one(index) {
                    Some(one) => writer.one(part.edition(index), one)?,
                    None => writer.item(part.edition(index), part.traits(index), part.group(index), None)?,
                }
            }
            at = end;
        }
        writer.end()
    }
}

/// The file at a path, or the object that it is the address of.
fn source_at(path: &Path) -> Result<Arc<dyn ReadAt>, RowsError> {
    let Some(address) = StoreAddress::of(path)? else {
        return Ok(Arc::new(File::open(path).map_err(PathIo::on("open", path))?));
    };
    let (store, name) = Store::of_object(&address, "read")?;
    let missing = StoreError::Missing { action: "read", path: path.to_owned() };
    Ok(Arc::new(store.object(name)?.ok_or(missing)?))
}

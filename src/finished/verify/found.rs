//! What was found: how much was looked at, and every difference.

use crate::output::ProblemKind;
use serde::Serialize;

use crate::files::Digest;
use crate::finished::equal::EqualPictures;
use crate::output::{Record, RunHeader, Stems, names};

/// A difference between a folder and its manifest, or the project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FileProblem {
    /// The file's name in the folder, with `/` between its parts.
    pub file: String,
    /// What kind of difference it is.
    pub kind: ProblemKind,
    /// The difference in words.
    pub what: String,
}

impl FileProblem {
    pub(crate) fn new(file: impl Into<String>, kind: ProblemKind, what: impl Into<String>) -> Self {
        Self { file: file.into(), kind, what: what.into() }
    }

    /// What problems are sorted by: the manifest, which explains others, the collection as a whole, then the editions, then what belongs to neither.
    fn place(&self, stems: &Stems) -> (u8, u32, bool, &str, ProblemKind) {
        let edition = stems.edition_of(&self.file);
        let class = match edition {
            _ if self.file == names::MANIFEST => 0,
            Some(_) => 2,
            None if self.kind == ProblemKind::Extra => 3,
            None => 1,
        };
        let is_metadata = edition.is_some() && self.file.starts_with(names::JSON);
        (class, edition.unwrap_or(0), is_metadata, &self.file, self.kind)
    }
}

/// What looking at a folder brought to light.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Verification {
    /// What the manifest says that the collection was made from.
    pub header: RunHeader,
    /// Files that were read to their end.
    pub files: u64,
    /// Pictures among them.
    pub pictures: u64,
    /// Bytes of these files.
    pub bytes: u64,
    /// BLAKE3 over the list of all files, from the bytes that were read; none where a file could not be.
    pub collection: Option<Digest>,
    /// Every difference: first what concerns the whole, then by edition.
    pub problems: Vec<FileProblem>,
    /// Pictures that are equal, pixel by pixel; that is no difference.
    pub equal: EqualPictures,
    /// What the manifest lists, by edition.
    pub(crate) items: Vec<Record>,
    /// What their pictures are called.
    pub(crate) stems: Stems,
}

impl Verification {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty()
    }

    /// Adds what was found later.
    pub(crate) fn add(&mut self, problems: impl IntoIterator<Item = FileProblem>) {
        self.problems.extend(problems);
        self.problems.sort_by(|a, b| a.place(&self.stems).cmp(&b.place(&self.stems)));
    }
}

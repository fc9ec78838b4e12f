//! Writing a plan: the same plan always gives the same bytes, one item a line.

use std::io::{self, Write};

use crate::files::Digest;
use crate::plan::document::FORMAT;
use crate::plan::model::Plan;
use crate::project::{ABSENT, Project};

impl Plan {
    /// Writes the plan of `project` in the form that [`Plan::read`] reads.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written to.
    pub fn write(&self, project: &Project, out: &mut impl Write) -> io::Result<()> {
        let head = Head { algorithm: self.algorithm, seed: self.seed, start: self.start };
        let mut writer = PlanWriter::begin(project, &head, out)?;
        for index in 0..self.len() {
            match self.one(index) {
                Some(number) => writer.one(self.edition(index), number)?,
                None => writer.item(
                    self.edition(index),
                    self.traits(index),
                    self.group(index),
                    self.name(index),
                )?,
            }
        }
        writer.end()
    }

    /// BLAKE3 of what [`Plan::write`] writes.
    #[must_use]
    pub fn digest(&self, project: &Project) -> Digest {
        let mut out = io::BufWriter::with_capacity(1 << 16, blake3::Hasher::new());
        self.write(project, &mut out).expect("a hasher takes every byte");
        out.into_inner().expect("a hasher takes every byte").finalize().into()
    }
}

/// What comes before the items.
pub(crate) struct Head {
    pub(crate) algorithm: Option<u32>,
    pub(crate) seed: Option<u64>,
    pub(crate) start: u32,
}

/// Writes a plan item by item.
pub(crate) struct PlanWriter<'a, W> {
    out: &'a mut W,
    /// By layer and trait: the name as JSON. It is escaped once, however many items show it.
    names: Vec<Vec<String>>,
    /// The names of the ones, as JSON.
    ones: Vec<String>,
    groups: Vec<String>,
    /// The edition of the next item if editions count up.
    counted: u64,
    is_first: bool,
}

impl<'a, W: Write> PlanWriter<'a, W> {
    pub(crate) fn begin(project: &Project, head: &Head, out: &'a mut W) -> io::Result<Self> {
        let names: Vec<Vec<String>> = (project.layers.iter())
            .map(|layer| layer.traits.iter().map(|item| json(&item.name)).collect())
            .collect::<io::Result<_>>()?;
        let ones = project.ones.iter().map(|one| json(&one.name)).collect::<io::Result<_>>()?;
        let groups = project.groups.iter().map(|group| json(&group.name)).collect::<io::Result<_>>()?;
        writeln!(out, "{{\n\"format\": \"{FORMAT}\",")?;
        if let Some(algorithm) = head.algorithm {
            writeln!(out, "\"algorithm\": {algorithm},")?;
        }
        if let Some(seed) = head.seed {
            writeln!(out, "\"seed\": {seed},")?;
        }
        let layers = project.layers.iter().map(|layer| json(&layer.name));
        let layers = layers.collect::<io::Result<Vec<_>>>()?.join(", ");
        write!(out, "\"start\": {},\n\"layers\": [{layers}],\n\"items\": [", head.start)?;
        Ok(Self { out, names, ones, groups, counted: head.start.into(), is_first: true })
    }

    /// Begins an item, and says whether its edition is the one that is counted to.
    fn begin_item(&mut self, edition: u32) -> io::Result<bool> {
        self.out.write_all(if self.is_first { b"\n" } else { b",\n" })?;
        self.is_first = false;
        let counted = self.counted == u64::from(edition);
        self.counted += 1;
        Ok(counted)
    }

    /// Writes an item that is a one-of-one.
    pub(crate) fn one(&mut self, edition: u32, number: usize) -> io::Result<()> {
        let counted = self.begin_item(edition)?;
        let Self { out, ones, .. } = self;
        if counted {
            write!(out, "{{\"one\": {}}}", ones[number])
        } else {
            write!(out, "{{\"edition\": {edition}, \"one\": {}}}", ones[number])
        }
    }

    /// Writes an item of traits.
    pub(crate) fn item(
        &mut self,
        edition: u32,
        row: &[u16],
        group: Option<usize>,
        name: Option<&str>,
    ) -> io::Result<()> {
        let counted = self.begin_item(edition)?;
        let Self { out, names, groups, .. } = self;
        let is_plain = counted && group.is_none() && name.is_none();
        if !is_plain {
            out.write_all(b"{")?;
            if !counted {
                write!(out, "\"edition\": {edition}, ")?;
            }
            if let Some(name) = name {
                write!(out, "\"name\": {}, ", json(name)?)?;
            }
            if let Some(group) = group {
                write!(out, "\"group\": {}, ", groups[group])?;
            }
            out.write_all(b"\"traits\": ")?;
        }
        for (layer, &choice) in row.iter().enumerate() {
            out.write_all(if layer == 0 { b"[" } else { b", " })?;
            let name = if choice == ABSENT { "null" } else { &names[layer][usize::from(choice)] };
            out.write_all(name.as_bytes())?;
        }
        out.write_all(if is_plain { b"]" } else { b"]}" })
    }

    pub(crate) fn end(self) -> io::Result<()> {
        self.out.write_all(b"\n]\n}\n")
    }
}

fn json(text: &str) -> io::Result<String> {
    Ok(serde_json::to_string(text)?)
}

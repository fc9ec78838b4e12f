//! Writing a plan: the same plan always gives the same bytes, one item a line.

use std::io::{self, Write};

use super::plan::{ABSENT, Plan};
use super::plan_file::FORMAT;
use crate::collection::Project;

impl Plan {
    /// Writes the plan of `project` in the form that [`Plan::read`] reads.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written to.
    pub fn write(&self, project: &Project, out: &mut impl Write) -> io::Result<()> {
        let layers: Vec<&str> = project.layers.iter().map(|layer| layer.name.as_str()).collect();
        // A name is escaped once, however many items show it.
        let names: Vec<Vec<String>> = (project.layers.iter())
            .map(|layer| layer.traits.iter().map(|item| json(&item.name)).collect())
            .collect::<io::Result<_>>()?;
        writeln!(out, "{{\n\"format\": \"{FORMAT}\",")?;
        if let Some(algorithm) = self.algorithm {
            writeln!(out, "\"algorithm\": {algorithm},")?;
        }
        if let Some(seed) = self.seed {
            writeln!(out, "\"seed\": {seed},")?;
        }
        let layers = layers.into_iter().map(json).collect::<io::Result<Vec<_>>>()?.join(", ");
        write!(out, "\"start\": {},\n\"layers\": [{layers}],\n\"items\": [", self.start)?;
        for index in 0..self.len() {
            out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
            let edition = self.edition(index);
            let counted = u64::from(self.start) + index as u64 == u64::from(edition);
            if !counted {
                write!(out, "{{\"edition\": {edition}, \"traits\": ")?;
            }
            for (layer, &choice) in self.row(index).iter().enumerate() {
                out.write_all(if layer == 0 { b"[" } else { b", " })?;
                let name = if choice == ABSENT { "null" } else { &names[layer][usize::from(choice)] };
                out.write_all(name.as_bytes())?;
            }
            out.write_all(if counted { b"]" } else { b"]}" })?;
        }
        out.write_all(b"\n]\n}\n")
    }

    /// BLAKE3 of what [`Plan::write`] writes.
    #[must_use]
    pub fn digest(&self, project: &Project) -> blake3::Hash {
        let mut out = io::BufWriter::with_capacity(1 << 16, blake3::Hasher::new());
        self.write(project, &mut out).expect("a hasher takes every byte");
        out.into_inner().expect("a hasher takes every byte").finalize()
    }
}

fn json(text: &str) -> io::Result<String> {
    Ok(serde_json::to_string(text)?)
}

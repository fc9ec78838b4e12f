//! What of a source could not be kept, was changed, or makes no difference here.

/// One key or value of a source, and what was done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// What became of it.
    pub kind: NoteKind,
    /// Where it is in the source: a key, a file or a folder.
    pub key: String,
    /// Its value, in short.
    pub value: String,
    /// What was done.
    pub done: String,
}

/// What became of a part of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NoteKind {
    /// It has no counterpart, and the result differs.
    Lost,
    /// It is kept in another form, or with another result in some cases.
    Changed,
    /// It makes no difference to the collection.
    Ignored,
}

impl NoteKind {
    /// All of them, the worst first.
    pub const ALL: [Self; 3] = [Self::Lost, Self::Changed, Self::Ignored];

    /// The heading of a list of such notes.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::Lost => "Not kept",
            Self::Changed => "Changed",
            Self::Ignored => "Ignored, because it makes no difference",
        }
    }
}

/// The notes of an import.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<Note>);

impl Notes {
    pub(crate) fn lost(&mut self, key: impl Into<String>, value: impl Into<String>, done: impl Into<String>) {
        self.add(NoteKind::Lost, key, value, done);
    }

    pub(crate) fn changed(
        &mut self,
        key: impl Into<String>,
        value: impl Into<String>,
        done: impl Into<String>,
    ) {
        self.add(NoteKind::Changed, key, value, done);
    }

    pub(crate) fn ignored(
        &mut self,
        key: impl Into<String>,
        value: impl Into<String>,
        done: impl Into<String>,
    ) {
        self.add(NoteKind::Ignored, key, value, done);
    }

    fn add(
        &mut self,
        kind: NoteKind,
        key: impl Into<String>,
        value: impl Into<String>,
        done: impl Into<String>,
    ) {
        let note = Note { kind, key: key.into(), value: value.into(), done: done.into() };
        if !self.0.contains(&note) {
            self.0.push(note);
        }
    }

    /// Takes the note of a key out.
    pub(crate) fn remove(&mut self, key: &str) {
        self.0.retain(|note| note.key != key);
    }

    /// The worst first, and those of a kind in the order in which they were made.
    pub(crate) fn sorted(&self) -> Vec<Note> {
        let mut notes = self.0.clone();
        notes.sort_by_key(|note| note.kind);
        notes
    }
}

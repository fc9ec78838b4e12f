//! The parts of a configuration by identifiers that stay the same, whatever a message calls them.
//!
//! Manifests and journals hold a digest of each part, so that a run that goes on can say what has changed. They were first
//! written with the words of the messages as keys; those are still read, as the identifiers that they mean.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Escaped;

/// Every identifier but those of layers, with its words in messages, which are also the key of early files.
const WORDS: [(&str, &str); 19] = [
    ("amounts", "the required trait counts"),
    ("background", "the background"),
    ("base_uri", "the base URI"),
    ("choice", "how traits are drawn by lot"),
    ("choices", "the choices inside choices"),
    ("clips", "which layers are clipped or masks"),
    ("colors", "how colour profiles are handled"),
    ("description", "the description"),
    ("distinct", "what makes items different"),
    ("fit", "how pictures are fitted"),
    ("groups", "the groups"),
    ("icc_profile", "the colour profile"),
    ("layer_order", "the order of the layers"),
    ("name", "the collection's name"),
    ("ones", "the one-of-ones"),
    ("parts", "how traits are drawn"),
    ("rules", "the rules"),
    ("scale_filter", "how pictures are scaled"),
    ("size", "the size"),
];

/// What the identifiers of layers begin with, and what the keys of early files begin with in its place.
const LAYER: &str = "layer:";
const EARLY_LAYER: &str = "layer ";

/// A part of a configuration: `name`, `fit`, `layer:Hat`. It is displayed in words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct PartId(String);

impl PartId {
    /// The part with this identifier.
    ///
    /// # Panics
    /// If no part has it.
    pub(crate) fn of(id: &'static str) -> Self {
        assert!(WORDS.iter().any(|(known, _)| *known == id), "{id} is a part of the configuration");
        Self(id.to_owned())
    }

    /// The settings of a layer. Control characters in its name are escaped, as they were in early files.
    pub(crate) fn layer(name: &str) -> Self {
        Self(format!("{LAYER}{}", Escaped(name)))
    }

    /// The colour profile of the art, which is no part of the configuration but shapes pictures as one does.
    pub(crate) fn icc_profile() -> Self {
        Self::of("icc_profile")
    }

    /// The exact numbers of items.
    pub(crate) fn amounts() -> Self {
        Self::of("amounts")
    }

    /// The parts that only metadata shows.
    pub(crate) fn texts() -> [Self; 3] {
        ["name", "description", "base_uri"].map(Self::of)
    }

    /// The identifier.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for PartId {
    /// The part with this identifier, or with this key of an early file.
    fn from(text: String) -> Self {
        if let Some((id, _)) = WORDS.iter().find(|(_, words)| *words == text) {
            return Self((*id).to_owned());
        }
        match text.strip_prefix(EARLY_LAYER) {
            Some(name) => Self(format!("{LAYER}{name}")),
            None => Self(text),
        }
    }
}

impl From<PartId> for String {
    fn from(id: PartId) -> Self {
        id.0
    }
}

impl fmt::Display for PartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((_, words)) = WORDS.iter().find(|(id, _)| *id == self.0) {
            return f.write_str(words);
        }
        match self.0.strip_prefix(LAYER) {
            Some(name) => write!(f, "layer {}", Escaped(name)),
            // From a file that a later program wrote, or a person.
            None => Escaped(&self.0).fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_keys_are_read_as_identifiers_and_messages_say_words() {
        for (id, words) in WORDS {
            let read: PartId = serde_json::from_value(words.into()).unwrap();
            assert_eq!((read.as_str(), read.to_string()), (id, words.to_owned()));
            assert_eq!(PartId::from(id.to_owned()), read);
            assert_eq!(serde_json::to_value(&read).unwrap(), id);
        }
        let layer = PartId::layer("A b\n");
        assert_eq!((layer.as_str(), layer.to_string()), ("layer:A b\\n", "layer A b\\n".to_owned()));
        assert_eq!(PartId::from("layer A b\\n".to_owned()), layer);
        assert_eq!(PartId::from("layer:A b\\n".to_owned()), layer);
        // A layer may be called as a part is.
        assert_ne!(PartId::from("layer name".to_owned()), PartId::of("name"));
        assert_eq!(PartId::from("x\u{1b}".to_owned()).to_string(), "x\\u{1b}");
    }
}

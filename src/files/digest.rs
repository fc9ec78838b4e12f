//! Digests of files and of what they are made from.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

use crate::error::quoted_start;

/// A digest of 32 bytes: BLAKE3, or SHA-256 where that is said.
///
/// Its text is 64 hexadecimal digits, lower case, and only such a text is read. The default is all zeros, which is the
/// digest of no known data.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// BLAKE3 of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        blake3::hash(bytes).into()
    }

    /// The digest itself.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first 16 digits, for people to compare.
    pub(crate) fn short(&self) -> String {
        self.to_string()[..16].to_owned()
    }
}

impl From<blake3::Hash> for Digest {
    fn from(hash: blake3::Hash) -> Self {
        Self(*hash.as_bytes())
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // With a table: formatting byte by byte takes as long as hashing a small picture.
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no [`Digest`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestError {
    /// The text, quoted and cut to a length that a message can have.
    shown: String,
}

impl fmt::Display for DigestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not a digest of 64 hexadecimal digits", self.shown)
    }
}

impl std::error::Error for DigestError {}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        let hash = blake3::Hash::from_hex(text).ok().filter(|_| is_lower);
        hash.map(Self::from).ok_or_else(|| DigestError { shown: quoted_start(text) })
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_64_lower_case_digits_is_read_as_it_is_written() {
        let digest = Digest::of(b"abc");
        let text = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85";
        assert_eq!((digest.to_string().as_str(), digest.short().as_str()), (text, &text[..16]));
        assert_eq!(text.parse(), Ok(digest));
        assert_eq!(serde_json::to_string(&digest).unwrap(), format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<Digest>(&format!("\"{text}\"")).unwrap(), digest);
    }

    #[test]
    fn other_texts_are_refused_by_name() {
        let good = Digest::of(b"abc").to_string();
        for wrong in [String::new(), good[1..].to_owned(), format!("{good}0"), good.to_uppercase()] {
            let error = wrong.parse::<Digest>().unwrap_err().to_string();
            assert_eq!(error, format!("\"{wrong}\" is not a digest of 64 hexadecimal digits"));
        }
        let long = "x".repeat(1000).parse::<Digest>().unwrap_err().to_string();
        assert!(long.len() < 150 && long.contains("..."), "{long}");
        assert!(serde_json::from_str::<Digest>("7").is_err());
    }
}

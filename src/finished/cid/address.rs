//! CIDs as text: of what was computed here, and of what somebody pastes.

use std::fmt;
use std::str::FromStr;

use crate::finished::cid::node::{Block, Codec};

/// The address of a file or folder on IPFS.
///
/// ```
/// use traitpress::finished::Cid;
///
/// let cid: Cid = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354".parse()?;
/// assert!(!cid.is_file());
/// assert!("bafybei".parse::<Cid>().is_err());
/// # Ok::<(), traitpress::finished::CidError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cid(cid::Cid);

/// Why a text is no CID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CidError(String);

impl Cid {
    /// Whether it is the address of the bytes of one small file, and so of no folder.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.0.codec() == u64::from(Codec::Raw.number())
    }

    /// Whether it is of version 1, as those that are computed here are. One of version 0 (`Qm..`) differs from it even where
    /// the files are the same, because files have another form in it.
    #[must_use]
    pub fn is_version_1(&self) -> bool {
        self.0.version() == cid::Version::V1
    }
}

impl From<&Block> for Cid {
    fn from(block: &Block) -> Self {
        let hash = cid::multihash::Multihash::wrap(0x12, &block.sha256).expect("32 bytes fit");
        Self(cid::Cid::new_v1(block.codec.number().into(), hash))
    }
}

/// Of version 0 (`Qm..`) or 1 (`bafy..`), in any base that says what it is.
impl FromStr for Cid {
    type Err = CidError;

    fn from_str(text: &str) -> Result<Self, CidError> {
        // The parser also takes paths of gateways apart; only a CID is to be accepted.
        if let Some(wrong) = text.chars().find(|char| !char.is_ascii_alphanumeric()) {
            return Err(CidError(format!("{wrong:?} is no part of a CID")));
        }
        let cid = cid::Cid::try_from(text).map_err(|error| CidError(error.to_string()))?;
        if ![u64::from(Codec::Raw.number()), u64::from(Codec::DagPb.number())].contains(&cid.codec()) {
            return Err(CidError("it is the address of neither a file nor a folder".to_owned()));
        }
        Ok(Self(cid))
    }
}

impl fmt::Display for Cid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

//! Why a script gave no configuration.

use std::fmt;

/// Why a script gave no configuration.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ScriptError {
    pub(crate) cause: Cause,
    /// The file below the project's folder, the line and the column, counted from 1, where that is clear.
    pub(crate) place: Option<(String, usize, usize)>,
}

/// The kinds of causes.
#[cfg_attr(not(feature = "import-js"), allow(dead_code, reason = "limits are those of an engine"))]
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cause {
    /// It ran longer than it may.
    Time,
    /// It took more memory than it may.
    Memory,
    /// Its functions called each other too deeply.
    Stack,
    /// It threw an error, or cannot be parsed.
    Thrown(String),
    /// What it exports cannot be used.
    Result(String),
}

impl From<Cause> for ScriptError {
    fn from(cause: Cause) -> Self {
        Self { cause, place: None }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time => write!(f, "the script did not end within {} seconds", super::MAX_SECONDS),
            Self::Memory => write!(f, "the script takes more than {} MB of memory", super::MAX_MEMORY >> 20),
            Self::Stack => f.write_str("the script's functions call each other too deeply"),
            Self::Thrown(text) => write!(f, "the script fails: {text}"),
            Self::Result(text) => f.write_str(text),
        }
    }
}

//! Configurations that are JavaScript.
//!
//! They are programs: real ones build their layers with loops, read JSON files beside them, and read the environment. So they
//! are run, by an engine that has no access to the system, in a thread of its own, with limits of time, memory and stack; the
//! result is walked by us, with limits of depth and size. Without the feature `import-js` only their literal parts are read.

#[cfg(feature = "import-js")]
mod engine;
mod error;
mod files;
#[cfg(any(test, not(feature = "import-js")))]
mod operators;
#[cfg(any(test, not(feature = "import-js")))]
mod scan;
#[cfg(any(test, not(feature = "import-js")))]
mod subset;
#[cfg(feature = "import-js")]
mod walk;

use std::path::Path;

pub(crate) use error::ScriptError;

use crate::import::value::{Map, Value};

/// Seconds that a script may run.
pub(crate) const MAX_SECONDS: u64 = 2;
/// Bytes that a script may take.
pub(crate) const MAX_MEMORY: usize = 64 << 20;

/// What a script exports, and what of it depended on more than its text.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pub(crate) exports: Map,
    /// Whether it drew random numbers; each was 0.5.
    pub(crate) is_random: bool,
    /// Whether it read the clock.
    pub(crate) reads_clock: bool,
    /// The variables of the environment that it read; all were undefined.
    pub(crate) environment: Vec<String>,
    /// What functions gave that the caller asked to call.
    pub(crate) called: Vec<(String, Called)>,
    /// Parts of the text that could not be read, where only literals are read.
    pub(crate) unread: Vec<String>,
}

/// What a function gave.
#[cfg_attr(not(feature = "import-js"), allow(dead_code, reason = "functions are called by an engine"))]
#[derive(Debug, PartialEq)]
pub(crate) enum Called {
    /// The same value twice.
    Constant(Value),
    /// It drew random numbers, read the clock, or gave two values.
    Varies,
    /// It threw an error.
    Failed(String),
}

/// Runs the script `file` of the project in `root`, both resolved, and calls the exported functions named in `calls`.
pub(crate) fn evaluate(root: &Path, file: &Path, calls: &[&str]) -> Result<Script, ScriptError> {
    #[cfg(feature = "import-js")]
    return engine::evaluate(root, file, calls);
    #[cfg(not(feature = "import-js"))]
    {
        let _ = calls;
        subset::evaluate(root, file)
    }
}

#[cfg(all(test, feature = "import-js"))]
mod tests {
    use super::*;

    /// Of the configurations in `tests/import` most are literal; the others are named as what they are.
    #[test]
    fn the_literal_parts_of_configurations_are_what_the_engine_gives() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import").canonicalize().unwrap();
        for (project, computed) in [
            ("01-hashlips-weights", &[][..]),
            ("02-hashlips-options", &[]),
            ("03-hashlips-groups-sol", &[]),
            ("04-hashlips-computed", &["description", "layerConfigurations", "extraMetadata"]),
            ("05-hashlips-esm-fork", &[]),
            ("06-nftchef-nested", &["buildDir", "layersDir"]),
            ("07-nftchef-rules", &["buildDir", "layersDir"]),
        ] {
            let root = root.join(project);
            let file = root.join("src/config.js");
            let ran = evaluate(&root, &file, &[]).unwrap().exports;
            let read = subset::evaluate(&root, &file).unwrap();
            assert_eq!(read.exports.0.len(), ran.0.len(), "{project}");
            for (key, value) in &ran.0 {
                let own = read.exports.get(key).unwrap_or_else(|| panic!("{project}: no {key}"));
                if computed.contains(&key.as_str()) {
                    assert!(
                        read.unread.iter().any(|part| part.starts_with(&format!("{key} "))),
                        "{project}: {key}"
                    );
                } else {
                    assert_eq!(own.shown(), value.shown(), "{project}: {key}");
                }
            }
        }
    }
}

//! What kind of difference a problem is.

use serde::Serialize;

/// What kind of difference a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ProblemKind {
    /// The manifest contradicts itself, or was changed.
    Manifest,
    /// The collection has another digest than the one that was expected.
    Expected,
    /// The project's configuration is another.
    Configuration,
    /// The project's metadata has other settings.
    Metadata,
    /// The project's art is another.
    Art,
    /// The project's recipe is another.
    Recipe,
    /// The plan is not one of the project, or not that of the manifest.
    Plan,
    /// A listed file is not there.
    Missing,
    /// A file's bytes are not those that are listed.
    Changed,
    /// A picture is no whole PNG file.
    Structure,
    /// A picture's pixels cannot be decoded.
    Decode,
    /// A picture is of another size than the others.
    Canvas,
    /// The project makes other bytes.
    Pressed,
    /// There is a link where a file or a folder should be.
    Link,
    /// There is something else where a file or a folder should be.
    NotAFile,
    /// The system did not let it be read.
    Unreadable,
    /// The manifest does not list it.
    Extra,
}

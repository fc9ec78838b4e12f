//! What archives, file managers and storage systems leave in folders: it is ignored without a warning, because no person put it there.

use std::ffi::OsStr;

/// Names of files and folders, in lower case.
const NAMES: [&str; 24] = [
    // Archives from macOS, and macOS on foreign file systems.
    "__macosx",
    "icon\r",
    "network trash folder",
    "temporary items",
    // Windows.
    "thumbs.db",
    "thumbs.db:encryptable",
    "ehthumbs.db",
    "ehthumbs_vista.db",
    "desktop.ini",
    "$recycle.bin",
    "recycler",
    "recycled",
    "system volume information",
    "found.000",
    "wpsettings.dat",
    // Synology, QNAP and others.
    "@eadir",
    "@tmp",
    "@recycle",
    "@recently-snapshot",
    "@sharebin",
    "#recycle",
    "#snapshot",
    "lost+found",
    "picasa.ini",
];

/// Ends of names, in lower case.
const ENDS: [&str; 3] = ["@synoeastream", "@synoresource", ":zone.identifier"];

/// Whether a file or folder of this name is passed over: what is hidden, too.
pub(crate) fn is_left_behind(name: &OsStr) -> bool {
    let bytes = name.as_encoded_bytes();
    let ends_so = |end: &&str| {
        bytes.len().checked_sub(end.len()).is_some_and(|at| bytes[at..].eq_ignore_ascii_case(end.as_bytes()))
    };
    bytes.first() == Some(&b'.')
        || NAMES.iter().any(|left| name.eq_ignore_ascii_case(left))
        || ENDS.iter().any(ends_so)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_systems_leave_is_passed_over_and_art_is_not() {
        for name in [
            ".DS_Store",
            "._Red.png",
            ".AppleDouble",
            ".Trash-1000",
            "__MACOSX",
            "@eaDir",
            "$RECYCLE.BIN",
            "$Recycle.Bin",
            "#recycle",
            "Thumbs.db",
            "ehthumbs.db",
            "Desktop.ini",
            "Icon\r",
            "lost+found",
            "System Volume Information",
            "Red.png@SynoEAStream",
            "Red.png:Zone.Identifier",
        ] {
            assert!(is_left_behind(OsStr::new(name)), "{name}");
        }
        for name in
            ["Icon", "Icon.png", "MACOSX", "eaDir", "#recycle.png", "recycle", "Thumbs.png", "_.png", "lost"]
        {
            assert!(!is_left_behind(OsStr::new(name)), "{name}");
        }
    }
}

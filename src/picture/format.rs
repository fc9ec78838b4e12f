//! The formats of finished pictures: the keys `format` and `quality`, and the flags of the same names.
//!
//! PNG and lossless WebP keep every pixel, and the program promises their bytes. JPEG and lossy WebP change pixels; their bytes
//! follow from the library that encodes them, so another version or processor may write others.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::geometry::MAX_SIDE;

/// The quality where none is given.
const DEFAULT_QUALITY: u8 = 90;
/// The value of a quality that keeps every pixel.
const LOSSLESS: &str = "lossless";
/// The longest side that WebP's header can say (14 bits, RFC 9649, section 3.7).
const MAX_WEBP_SIDE: u32 = 16_383;

/// The format of finished pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase", deny_unknown_fields)]
pub enum PictureFormat {
    /// PNG, lossless.
    #[default]
    Png,
    /// WebP.
    Webp {
        /// The quality of lossy compression, 1 to 100; none for lossless.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quality: Option<u8>,
    },
    /// Baseline JPEG, without transparency.
    Jpeg {
        /// The quality, 1 to 100.
        quality: u8,
    },
}

impl PictureFormat {
    /// The format of a name and a quality as they are written: `png`, `webp` or `jpeg`, and 1 to 100 or `lossless`.
    ///
    /// # Errors
    /// What is wrong, and what to write.
    pub fn parse(name: &str, quality: Option<&str>) -> Result<Self, (String, String)> {
        let number = |text: &str| match text.parse() {
            Ok(quality @ 1..=100) => Ok(quality),
            _ => Err((format!("quality is {text:?}"), "write 1 to 100, or \"lossless\" for WebP".to_owned())),
        };
        match (name, quality) {
            ("png", None | Some(LOSSLESS)) => Ok(Self::Png),
            ("png", Some(quality)) => Err((
                format!("quality is {quality:?}, but PNG is always lossless"),
                "remove it, or write format = \"webp\" or \"jpeg\"".to_owned(),
            )),
            ("webp", None) => Ok(Self::Webp { quality: Some(DEFAULT_QUALITY) }),
            ("webp", Some(LOSSLESS)) => Ok(Self::Webp { quality: None }),
            ("webp", Some(quality)) => number(quality).map(|quality| Self::Webp { quality: Some(quality) }),
            ("jpeg" | "jpg", None) => Ok(Self::Jpeg { quality: DEFAULT_QUALITY }),
            ("jpeg" | "jpg", Some(LOSSLESS)) => Err((
                "JPEG is never lossless".to_owned(),
                "write a quality of 1 to 100, or format = \"webp\"".to_owned(),
            )),
            ("jpeg" | "jpg", Some(quality)) => number(quality).map(|quality| Self::Jpeg { quality }),
            _ => Err((
                format!("{name:?} is not a format of finished pictures"),
                "write \"png\", \"webp\" or \"jpeg\"".to_owned(),
            )),
        }
    }

    /// How it is written as settings: its name, and its quality behind a blank if it has one.
    pub(crate) fn setting(self) -> String {
        match self {
            Self::Png => "png".to_owned(),
            Self::Webp { quality: None } => format!("webp {LOSSLESS}"),
            Self::Webp { quality: Some(quality) } => format!("webp {quality}"),
            Self::Jpeg { quality } => format!("jpeg {quality}"),
        }
    }

    /// Whether it is PNG, which is joined from compressed spans.
    #[must_use]
    pub fn is_png(&self) -> bool {
        *self == Self::Png
    }

    /// Whether every pixel is kept, and bytes are the same on every machine.
    #[must_use]
    pub fn is_lossless(self) -> bool {
        matches!(self, Self::Png | Self::Webp { quality: None })
    }

    /// Its name as a setting, without a quality.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Webp { .. } => "webp",
            Self::Jpeg { .. } => "jpeg",
        }
    }

    /// Its name in texts, without a quality.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Webp { .. } => "WebP",
            Self::Jpeg { .. } => "JPEG",
        }
    }

    /// The ending of its files, without a dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Webp { .. } => "webp",
            Self::Jpeg { .. } => "jpg",
        }
    }

    /// The type of its files (RFC 2046; WebP: RFC 9649).
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Webp { .. } => "image/webp",
            Self::Jpeg { .. } => "image/jpeg",
        }
    }

    /// The longest side of its pictures, in pixels.
    #[must_use]
    pub fn max_side(self) -> u32 {
        match self {
            Self::Webp { .. } => MAX_WEBP_SIDE,
            Self::Png | Self::Jpeg { .. } => MAX_SIDE,
        }
    }

    /// Why no run can have recorded this, if so.
    pub(crate) fn contradiction(self) -> Option<String> {
        let quality = match self {
            Self::Webp { quality: Some(quality) } | Self::Jpeg { quality } => quality,
            Self::Png | Self::Webp { quality: None } => return None,
        };
        (!(1..=100).contains(&quality)).then(|| format!("format: a quality of {quality} is not 1 to 100"))
    }
}

impl fmt::Display for PictureFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Png => f.write_str("PNG"),
            Self::Webp { quality: None } => f.write_str("lossless WebP"),
            Self::Webp { quality: Some(quality) } => write!(f, "WebP of quality {quality}"),
            Self::Jpeg { quality } => write!(f, "JPEG of quality {quality}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_qualities_are_formats_or_refused_with_what_to_write() {
        let webp = |quality| PictureFormat::Webp { quality };
        for (name, quality, format) in [
            ("png", None, PictureFormat::Png),
            ("png", Some("lossless"), PictureFormat::Png),
            ("webp", None, webp(Some(90))),
            ("webp", Some("lossless"), webp(None)),
            ("webp", Some("1"), webp(Some(1))),
            ("jpeg", None, PictureFormat::Jpeg { quality: 90 }),
            ("jpg", Some("100"), PictureFormat::Jpeg { quality: 100 }),
        ] {
            assert_eq!(PictureFormat::parse(name, quality), Ok(format));
            let text = serde_json::to_string(&format).unwrap();
            assert_eq!(serde_json::from_str::<PictureFormat>(&text).unwrap(), format, "{text}");
            assert_eq!(format.contradiction(), None);
        }
        for (name, quality, what) in [
            ("png", Some("90"), "PNG is always lossless"),
            ("webp", Some("0"), "quality is \"0\""),
            ("webp", Some("101"), "quality is \"101\""),
            ("jpeg", Some("-1"), "quality is \"-1\""),
            ("jpeg", Some("1e1"), "quality is \"1e1\""),
            ("jpeg", Some("lossless"), "never lossless"),
            ("gif", None, "\"gif\" is not a format"),
            ("PNG", None, "\"PNG\" is not a format"),
        ] {
            let (error, _) = PictureFormat::parse(name, quality).unwrap_err();
            assert!(error.contains(what), "{error}");
        }
        assert!(PictureFormat::Jpeg { quality: 101 }.contradiction().is_some());
    }
}

//! A page to browse a collection: one file that opens from a disk, without a network.
//!
//! Its parts are a style sheet, a script, the data, and thumbnails. The data is JSON and the thumbnails are base64, both in
//! elements that no browser runs; the script shows names as text, never as markup. A content security policy names the
//! style sheet and the script by their SHA-256 and allows pictures out of the page itself; all else is forbidden, so even a name
//! that broke out of its place could load, run or send nothing.
//!
//! Ten thousand thumbnails must cost nothing before they are looked at. So each is a text of its own, some to an element
//! (`BLOCK`), which the script cuts apart when the first of them comes into view; the common beginning of all JPEG files is in the
//! data once. The page is written as a stream, a batch of thumbnails at a time.

mod data;

use std::io::Write;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::{PathIo, ThreadsError};
use crate::files::Folder;
use crate::finished::error::ReportError;
use crate::finished::rarity::Rarity;
use crate::finished::thumbnails::{Code, Thumbnail, ThumbnailFile, of_picture};
use crate::output::Record;
use crate::telemetry::Observer;
use crate::threads::{in_order, thread_count};

/// Thumbnails an element.
const BLOCK: usize = 100;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const BODY: &str = include_str!("page.html");

/// How a page is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageOptions {
    /// The longer side of thumbnails in pixels, [`Self::MIN_THUMBNAIL`] to [`Self::MAX_THUMBNAIL`]. `None` takes those
    /// that were kept when the collection was pressed, and else [`Self::DEFAULT_THUMBNAIL`].
    pub thumbnail: Option<u32>,
    /// Threads that work, at most 1024; `None` takes one per processor.
    pub threads: Option<NonZeroUsize>,
}

impl PageOptions {
    /// The smallest thumbnail.
    pub const MIN_THUMBNAIL: u32 = 16;
    /// The largest thumbnail.
    pub const MAX_THUMBNAIL: u32 = 512;
    /// The longer side if nothing says another.
    pub const DEFAULT_THUMBNAIL: u32 = 64;
    /// The most items: browsers hold no more text than that takes.
    pub const MAX_ITEMS: usize = 100_000;
}

impl Rarity {
    /// Writes the page. Its thumbnails are those that were kept, or are made from the pictures in the folder, each of
    /// which must be the one that the manifest lists.
    ///
    /// # Errors
    /// If there are too many items, a picture or the file of thumbnails is not what it should be, or `out` cannot be
    /// written to.
    pub fn write_page(
        &self,
        options: &PageOptions,
        out: &mut (impl Write + Send),
        observer: &dyn Observer,
    ) -> Result<(), ReportError> {
        let items = self.items.len();
        if items > PageOptions::MAX_ITEMS {
            return Err(ReportError::TooMany { items, most: PageOptions::MAX_ITEMS });
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(thread_count(options.threads)).build();
        let pool = pool.map_err(ThreadsError)?;
        let side = options.thumbnail.unwrap_or(PageOptions::DEFAULT_THUMBNAIL);
        let side = side.clamp(PageOptions::MIN_THUMBNAIL, PageOptions::MAX_THUMBNAIL);
        let folder = Folder::open(&self.folder).map_err(PathIo::on("open", &self.folder))?;
        let mut kept = ThumbnailFile::open(&folder, &self.run, items)?;
        if options.thumbnail.is_some_and(|side| kept.as_ref().is_some_and(|kept| kept.side() != side)) {
            kept = None;
        }
        let done = AtomicU64::new(0);
        let make = |picture: &Record| -> Result<Thumbnail, ReportError> {
            let thumbnail = of_picture(&folder, &self.stems.image(picture.edition), picture, side)?;
            observer.items(done.fetch_add(1, Relaxed) + 1, items as u64);
            Ok(thumbnail)
        };
        // What JPEG files of the size begin with; the first of them says it.
        let mut header = None;
        for (block, pictures) in self.pictures.chunks(BLOCK).enumerate() {
            let made: Vec<Thumbnail> = match &mut kept {
                Some(kept) => {
                    pictures.iter().map(|picture| kept.next(picture.edition)).collect::<Result<_, _>>()?
                }
                None => pool.install(|| in_order(pictures.par_iter().map(make)))?,
            };
            if block == 0 {
                let first = made.iter().find_map(|thumbnail| thumbnail.code.header());
                self.write_head(&made[0], first.unwrap_or_default(), out)?;
                header = first.map(<[u8]>::to_vec);
            }
            let header = header.as_deref().unwrap_or_default();
            let texts: Vec<String> = made.iter().map(|thumbnail| as_text(thumbnail, header)).collect();
            write!(out, "<script type=\"text/plain\" id=\"t{block}\">")?;
            out.write_all(texts.join(",").as_bytes())?;
            writeln!(out, "</script>")?;
        }
        if let Some(kept) = kept {
            kept.finish()?;
        }
        Ok(out.write_all(b"</body>\n</html>\n")?)
    }

    /// Writes everything before the thumbnails.
    fn write_head(&self, first: &Thumbnail, header: &[u8], out: &mut impl Write) -> Result<(), ReportError> {
        let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
        let title = if self.name.is_empty() { "Collection" } else { &self.name };
        let ones = match self.count_ones() {
            0 => String::new(),
            ones => format!(", {ones} of them one-of-ones"),
        };
        let summary = format!("{} items{ones}. Collection {}", self.items.len(), self.collection);
        let body = fill(BODY, &[("{title}", &escaped(title)), ("{summary}", &escaped(&summary))]);
        writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
        writeln!(
            out,
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src {}; \
             script-src {}; base-uri 'none'; form-action 'none'\">",
            hash(STYLE),
            hash(SCRIPT)
        )?;
        writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
        writeln!(out, "<meta name=\"referrer\" content=\"no-referrer\">")?;
        writeln!(
            out,
            "<title>{}: rarity</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}",
            escaped(title)
        )?;
        write!(out, "<script type=\"application/json\" id=\"data\">")?;
        let thumbnails = data::Thumbnails {
            block: BLOCK,
            header: STANDARD.encode(header),
            // Not scaled down: art whose pixels are to be seen.
            pixels: first.is_whole,
        };
        data::write(self, thumbnails, out)?;
        writeln!(out, "</script>\n<script>{SCRIPT}</script>")?;
        Ok(())
    }
}

/// Replaces each mark by its text, once; marks in texts are not looked at.
fn fill(template: &str, texts: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = template;
    for (mark, text) in texts {
        let (before, after) = rest.split_once(mark).expect("the template has its marks in order");
        filled.push_str(before);
        filled.push_str(text);
        rest = after;
    }
    filled + rest
}

/// Text as HTML, in elements and attributes.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A letter for the kind, and base64: of JPEG files that begin like the first only what comes behind that.
fn as_text(thumbnail: &Thumbnail, header: &[u8]) -> String {
    let (kind, bytes) = match &thumbnail.code {
        Code::WebP(bytes) => ("w", &bytes[..]),
        Code::Jpeg { bytes, .. } => match bytes.strip_prefix(header).filter(|_| !header.is_empty()) {
            Some(rest) => ("j", rest),
            None => ("J", &bytes[..]),
        },
    };
    let mut text = kind.to_owned();
    STANDARD.encode_string(bytes, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_place() {
        let hostile = "</script><script>alert(1)</script>&\"'\u{0}{summary}";
        let text = escaped(hostile);
        assert!(!text.contains(['<', '>', '"', '\'', '\u{0}']), "{text}");
        let filled = fill("<h1>{title}</h1><p>{summary}</p>", &[("{title}", &text), ("{summary}", "x")]);
        assert!(filled.ends_with("{summary}</h1><p>x</p>"), "{filled}");
    }
}

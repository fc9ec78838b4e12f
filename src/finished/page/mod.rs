//! A page to browse a collection: one file that opens from a disk, without a network.
//!
//! Its parts are a style sheet, a script, the data, and thumbnails. The data is JSON and the thumbnails are base64, both in
//! elements that no browser runs; the script shows names as text, never as markup. A content security policy names the
//! style sheet and the script by their SHA-256 and allows pictures out of the page itself; all else is forbidden, so even a name
//! that broke out of its place could load, run or send nothing.
//!
//! Ten thousand thumbnails must cost nothing before they are looked at. So each is a text of its own, some to an element
//! (`BLOCK`), which the script cuts apart when the first of them comes into view; the common beginning of all JPEG files is in the
//! data once. The page is written as a stream, a batch of thumbnails at a time. There are two sizes of them: the large ones are
//! sharp on screens with two pixels a pixel, the small ones spare other screens the work of decoding four times the pixels.
//!
//! Full pictures are linked where the page is above the collection: such links still work when both are uploaded. Or they come out
//! of a pool on a server: then `web/pool.js` is part of the script, and the policy allows to read the pool, and nothing else.

mod credits;
mod data;
mod links;
mod pool_address;

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::{PathIo, ThreadsError};
use crate::finished::error::ReportError;
use crate::finished::rarity::Rarity;
use crate::finished::thumbnails::{Code, Pair, ThumbnailFile, default_side, half, of_picture, with_half};
use crate::output::{Record, open_place};
use crate::telemetry::Observer;
use crate::threads::{in_order, thread_count};

pub use pool_address::{PoolAddress, PoolAddressError};

/// Thumbnails an element.
const BLOCK: usize = 100;

const STYLE: &str = include_str!("page.css");
/// Reads pools: a module for any page. Here it has a scope of its own, and what it exports is in `library`.
const POOL_SCRIPT: &str = include_str!("../../../web/pool.js");
const POOL_EXPORT: &str = "\nexport { openPool, PoolError };\n";
/// One scope for all of its parts, which hides them from whatever else is in a page.
const SCRIPT_START: &str = "'use strict';\n(() => {\n";
const SCRIPT: &str = concat!(
    include_str!("items.js"),
    include_str!("full.js"),
    include_str!("view.js"),
    include_str!("item.js"),
    include_str!("filters.js"),
    include_str!("address.js"),
    "})();\n"
);
const BODY: &str = include_str!("page.html");

/// How a page is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageOptions {
    /// The longer side of thumbnails in pixels, [`Self::MIN_THUMBNAIL`] to [`Self::MAX_THUMBNAIL`]; from 128 pixels on there
    /// are also some of half the side. `None` takes those that were kept when the collection was pressed, and else
    /// [`Self::default_thumbnail`].
    pub thumbnail: Option<u32>,
    /// The file that the page is going to be: if it is in a folder above the collection, items show and link their full pictures.
    pub file: Option<PathBuf>,
    /// A pool of the collection on a server, from which the page reads full pictures; then no other addresses of them are in it.
    pub pool: Option<PoolAddress>,
    /// Threads that work, at most 1024; `None` takes one per processor.
    pub threads: Option<NonZeroUsize>,
}

impl PageOptions {
    /// The smallest thumbnail.
    pub const MIN_THUMBNAIL: u32 = 16;
    /// The largest thumbnail.
    pub const MAX_THUMBNAIL: u32 = 512;
    /// The most items: browsers hold no more text than that takes.
    pub const MAX_ITEMS: usize = 100_000;

    /// The longer side of the thumbnails of so many items if nothing says another: 320 pixels up to 1,500 items, and fewer for
    /// more, so that a page stays small enough to be sent.
    #[must_use]
    pub fn default_thumbnail(items: usize) -> u32 {
        default_side(items)
    }
}

/// What a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// The longer side of its thumbnails in pixels, at most.
    pub thumbnail: u32,
    /// Whether these are the thumbnails that were kept when the collection was pressed.
    pub kept: bool,
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
    ) -> Result<Page, ReportError> {
        let items = self.items.len();
        if items > PageOptions::MAX_ITEMS {
            return Err(ReportError::TooMany { items, most: PageOptions::MAX_ITEMS });
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(thread_count(options.threads)).build();
        let pool = pool.map_err(ThreadsError)?;
        let folder = open_place(&self.folder).map_err(PathIo::on("open", &self.folder))?;
        let mut kept = ThumbnailFile::open(&folder, &self.run, items)?;
        if options.thumbnail.is_some_and(|side| kept.as_ref().is_some_and(|kept| kept.side() != side)) {
            kept = None;
        }
        let side = options.thumbnail.unwrap_or_else(|| PageOptions::default_thumbnail(items));
        let side = side.clamp(PageOptions::MIN_THUMBNAIL, PageOptions::MAX_THUMBNAIL);
        let page = Page { thumbnail: kept.as_ref().map_or(side, ThumbnailFile::side), kept: kept.is_some() };
        let done = AtomicU64::new(0);
        let count = |pair: Pair| {
            observer.items(done.fetch_add(1, Relaxed) + 1, items as u64);
            pair
        };
        let make = |picture: &Record| {
            of_picture(&folder, &self.stems.image(picture.edition), picture, side).map(count)
        };
        let mut headers = Headers::default();
        for (block, pictures) in self.pictures.chunks(BLOCK).enumerate() {
            let made: Vec<Pair> = match &mut kept {
                Some(kept) => {
                    let read = pictures.iter().map(|picture| kept.next(picture.edition));
                    let read = read.collect::<Result<Vec<_>, _>>()?;
                    let halve = |large| with_half(large, page.thumbnail).map(count);
                    pool.install(|| in_order(read.into_par_iter().map(halve)))
                        .map_err(|what: String| kept.failure(what))?
                }
                None => pool.install(|| in_order(pictures.par_iter().map(make)))?,
            };
            if block == 0 {
                headers = Headers::of(&made);
                self.write_head(page, options, &made[0], &headers, out)?;
            }
            let mut small = Vec::new();
            let mut large = Vec::new();
            for pair in &made {
                large.push(as_text(&pair.large.code, &headers.large));
                small
                    .push(pair.small.as_ref().map_or_else(String::new, |code| as_text(code, &headers.small)));
            }
            for (id, texts) in [("s", small), ("t", large)] {
                if texts.iter().all(String::is_empty) {
                    continue;
                }
                write!(out, "<script type=\"text/plain\" id=\"{id}{block}\">")?;
                out.write_all(texts.join(",").as_bytes())?;
                writeln!(out, "</script>")?;
            }
        }
        if let Some(kept) = kept {
            kept.finish()?;
        }
        out.write_all(b"</body>\n</html>\n")?;
        Ok(page)
    }

    /// Writes everything before the thumbnails.
    fn write_head(
        &self,
        page: Page,
        options: &PageOptions,
        first: &Pair,
        headers: &Headers,
        out: &mut impl Write,
    ) -> Result<(), ReportError> {
        let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
        let title = if self.name.is_empty() { "Collection" } else { &self.name };
        let summary = match (self.items.len(), self.count_ones()) {
            (1, 0) => "1 item".to_owned(),
            (items, 0) => format!("{} items", grouped(items)),
            (items, 1) => format!("{} items, one of them a one-of-one", grouped(items)),
            (items, ones) => format!("{} items, {} of them one-of-ones", grouped(items), grouped(ones)),
        };
        // Lines may end between groups of its digits, and a copy of it has no spaces.
        let digest = self.collection.to_string();
        let digest: Vec<&str> = (0..digest.len()).step_by(16).map(|at| &digest[at..at + 16]).collect();
        let marks = [
            ("{title}", &*escaped(title)),
            ("{summary}", &escaped(&summary)),
            ("{digest}", &digest.join("<wbr>")),
            ("{credits}", &credits::table(&self.credits)),
        ];
        let body = fill(BODY, &marks);
        let script = script(options.pool.is_some());
        let full = match options.pool {
            Some(_) => None,
            None => options.file.as_deref().and_then(|file| links::full_pictures(self, file)),
        };
        let images = match (&options.pool, &full) {
            (Some(_), _) => "data: blob:",
            // Full pictures beside the page, on a server or on the disk.
            (None, Some(_)) => "data: 'self' file:",
            (None, None) => "data:",
        };
        let allowed = match &options.pool {
            Some(pool) => format!(" connect-src {};", pool.source()),
            None => String::new(),
        };
        writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
        writeln!(
            out,
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src {}; style-src {}; \
             script-src {};{} base-uri 'none'; form-action 'none'\">",
            images,
            hash(STYLE),
            hash(&script),
            allowed
        )?;
        writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
        writeln!(out, "<meta name=\"referrer\" content=\"no-referrer\">")?;
        writeln!(
            out,
            "<title>{}: rarity</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}",
            escaped(title)
        )?;
        write!(out, "<script type=\"application/json\" id=\"data\">")?;
        let shape =
            image::ImageReader::new(std::io::Cursor::new(first.large.code.bytes())).with_guessed_format();
        let (width, height) = shape.map_or((1, 1), |reader| reader.into_dimensions().unwrap_or((1, 1)));
        let thumbnails = |side, header: &[u8]| data::Thumbnails { side, header: STANDARD.encode(header) };
        let pictures = data::Pictures {
            block: BLOCK,
            large: thumbnails(page.thumbnail, &headers.large),
            small: half(page.thumbnail).map(|side| thumbnails(side, &headers.small)),
            whole: first.large.is_whole,
            shape: [width, height],
            pictures: full,
            pool: options.pool.as_ref().map(ToString::to_string),
        };
        data::write(self, pictures, out)?;
        writeln!(out, "</script>\n<script>{script}</script>")?;
        Ok(())
    }
}

/// The page's script, with the reader of pools where it needs one.
fn script(with_pool: bool) -> String {
    let pool = match with_pool {
        true => {
            let (before, after) = POOL_SCRIPT.split_once(POOL_EXPORT).expect("the module has one export");
            format!("const library = (() => {{\n{before}\n{after}return {{ openPool, PoolError }};\n}})();\n")
        }
        false => String::new(),
    };
    format!("{SCRIPT_START}{pool}{SCRIPT}")
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

/// A count with a comma between groups of three digits.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What the JPEG files of each size begin with.
#[derive(Debug, Default)]
struct Headers {
    large: Vec<u8>,
    small: Vec<u8>,
}

impl Headers {
    /// The first JPEG file of a size says it.
    fn of(made: &[Pair]) -> Self {
        let first = |code: Option<&Code>| code.and_then(Code::header).map(<[u8]>::to_vec);
        let large = made.iter().find_map(|pair| first(Some(&pair.large.code)));
        let small = made.iter().find_map(|pair| first(pair.small.as_ref()));
        Self { large: large.unwrap_or_default(), small: small.unwrap_or_default() }
    }
}

/// A letter for the kind, and base64: of JPEG files that begin like the first only what comes behind that.
fn as_text(code: &Code, header: &[u8]) -> String {
    let (kind, bytes) = match code {
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

    #[test]
    fn counts_have_commas() {
        let counts = [0, 7, 999, 1000, 12_345, 100_000, 1_234_567].map(grouped);
        assert_eq!(counts, ["0", "7", "999", "1,000", "12,345", "100,000", "1,234,567"]);
    }
}

//! Every reader of bytes from outside, one call each: what fuzzing and the test of a fixed corpus drive.
//!
//! The readers take files, because the program's users give files. One small project is their surroundings: a plan, a
//! manifest and a picture mean something only together with one.

use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use rayon::ThreadPool;

use crate::art::Art;
use crate::engine::predict::History;
use crate::files::Digest;
use crate::finished::{VerifyOptions, verify};
use crate::import::Import;
use crate::output::{Earlier, ShardReader};
use crate::plan::{Plan, PlanRows};
use crate::pool::Pool;
use crate::project::Project;

/// A kind of file that is read from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `collection.toml`.
    Collection,
    /// `plan.json`.
    Plan,
    /// `manifest.json` of a finished collection.
    Manifest,
    /// `.traitpress/journal` of a run that did not finish.
    Journal,
    /// A file of `--patterns`.
    Patterns,
    /// A trait's picture.
    Picture,
    /// A collection in one file.
    Pool,
    /// A plan in rows.
    Rows,
    /// The manifest of a shard.
    Shard,
    /// `src/config.js` of another program.
    Script,
    /// `config.py` of another program.
    Python,
    /// A file of a drawing program, or the archive of a project.
    Drawing,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 12] = [
        Self::Collection,
        Self::Plan,
        Self::Manifest,
        Self::Journal,
        Self::Patterns,
        Self::Picture,
        Self::Pool,
        Self::Rows,
        Self::Shard,
        Self::Script,
        Self::Python,
        Self::Drawing,
    ];

    /// The name of its folder in the corpus, and of its fuzz target.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Collection => "collection",
            Self::Plan => "plan",
            Self::Manifest => "manifest",
            Self::Journal => "journal",
            Self::Patterns => "patterns",
            Self::Picture => "picture",
            Self::Pool => "pool",
            Self::Rows => "rows",
            Self::Shard => "shard",
            Self::Script => "script",
            Self::Python => "python",
            Self::Drawing => "drawing",
        }
    }
}

/// The configuration, for a canvas of this size.
fn configuration([width, height]: [u32; 2]) -> String {
    format!("name = \"Corpus\"\nsize = [{width}, {height}]\nseed = 7\ncount = 4\n")
}

/// The canvas on which a plan, a manifest and a journal mean something.
const CANVAS: [u32; 2] = [8, 8];

/// The traits of the project: picture files, and the colour of each.
const PICTURES: [(&str, [u8; 4]); 4] = [
    ("layers/Back/Red.png", [200, 30, 30, 255]),
    ("layers/Back/Blue.png", [20, 40, 220, 255]),
    ("layers/Hat/Cap.png", [250, 240, 10, 90]),
    ("layers/Hat/Crown#3.png", [10, 200, 90, 255]),
];

/// Whether all of a pool can be read; what is read does not depend on the project.
fn whole_pool(bytes: &[u8]) -> bool {
    let Ok(pool) = Pool::open(bytes.to_vec()) else { return false };
    let Ok(editions) = pool.editions() else { return false };
    let pictures =
        |edition: u32| (0..pool.sizes().len()).all(|size| pool.picture_of_size(edition, size).is_ok());
    let items = editions.into_iter().all(|edition| pictures(edition) & pool.metadata(edition).is_ok());
    let read =
        |name: &str| pool.file(name).is_some_and(|mut file| io::copy(&mut file, &mut io::sink()).is_ok());
    let files: Vec<&str> = pool.files().collect();
    files.into_iter().all(read) & items
}

/// The readers of all formats, with a folder of their own.
#[derive(Debug)]
pub struct Readers {
    folder: PathBuf,
    canvas: [u32; 2],
    project: Project,
    art: Digest,
    pool: ThreadPool,
}

impl Readers {
    /// Writes the project `p` into `folder`, which is empty and stays theirs.
    ///
    /// # Errors
    /// If `folder` cannot be written to.
    ///
    /// # Panics
    /// If the project cannot be read again.
    pub fn new(folder: &Path) -> io::Result<Self> {
        Self::with_canvas(folder, CANVAS)
    }

    /// The same for pictures of this size; those of another are refused before they are decoded.
    ///
    /// # Errors
    /// As [`Self::new`].
    ///
    /// # Panics
    /// As [`Self::new`].
    pub fn with_canvas(folder: &Path, canvas: [u32; 2]) -> io::Result<Self> {
        let root = folder.join("p");
        for layer in ["layers/Back", "layers/Hat"] {
            fs::create_dir_all(root.join(layer))?;
        }
        for (name, colour) in PICTURES {
            let picture = image::RgbaImage::from_pixel(canvas[0], canvas[1], image::Rgba(colour));
            picture.save(root.join(name)).map_err(io::Error::other)?;
        }
        fs::write(root.join("layers/Hat/None#2"), "")?;
        fs::write(root.join("collection.toml"), configuration(canvas))?;
        fs::create_dir_all(folder.join("stopped/.traitpress"))?;
        fs::create_dir_all(folder.join("finished"))?;
        // The art that the configurations of other programs name.
        fs::create_dir_all(folder.join("script/src"))?;
        for layer in ["script/layers/Back", "script/layers/Hat", "python/assets/Back", "python/assets/Hat"] {
            let layer = folder.join(layer);
            fs::create_dir_all(&layer)?;
            for (name, from) in [("Red#2.png", PICTURES[0].0), ("Blue.png", PICTURES[1].0)] {
                fs::copy(root.join(from), layer.join(name))?;
            }
        }
        let project = Project::open(&root).expect("the project is right");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().map_err(io::Error::other)?;
        let art = Art::decode(&project, &pool).expect("the pictures are right").digest();
        Ok(Self { folder: folder.to_owned(), canvas, project, art, pool })
    }

    /// Reads `bytes` as a file of that format; whether they were accepted.
    ///
    /// # Errors
    /// If the folder cannot be written to.
    pub fn read(&self, format: Format, bytes: &[u8]) -> io::Result<bool> {
        match format {
            Format::Collection => self.collection(bytes),
            Format::Plan => self.plan(bytes),
            Format::Manifest => self.manifest(bytes),
            Format::Journal => self.journal(bytes),
            Format::Patterns => self.patterns(bytes),
            Format::Picture => self.picture(bytes),
            Format::Pool => Ok(whole_pool(bytes)),
            Format::Rows => self.rows(bytes),
            Format::Shard => self.shard(bytes),
            Format::Script => self.import("script/src/config.js", "script", bytes),
            Format::Python => self.import("python/config.py", "python", bytes),
            Format::Drawing => self.import("drawing", "drawing", bytes),
        }
    }

    fn collection(&self, bytes: &[u8]) -> io::Result<bool> {
        let root = self.folder.join("p");
        let file = root.join("collection.toml");
        fs::write(&file, bytes)?;
        let opened = Project::open(&root);
        fs::write(&file, configuration(self.canvas))?;
        if let Err(error) = &opened {
            assert!(!error.problems.is_empty(), "a refusal names a problem");
        }
        Ok(opened.is_ok())
    }

    fn plan(&self, bytes: &[u8]) -> io::Result<bool> {
        let file = self.folder.join("plan.json");
        fs::write(&file, bytes)?;
        let all = Plan::read(&file, &self.project, None).is_ok();
        let to_edit = Plan::read_to_edit(&file, &self.project, None).is_ok();
        assert!(to_edit || !all, "what is read strictly is read to edit, too");
        Ok(all)
    }

    fn manifest(&self, bytes: &[u8]) -> io::Result<bool> {
        let folder = self.folder.join("finished");
        fs::write(folder.join("manifest.json"), bytes)?;
        let options = VerifyOptions { threads: NonZeroUsize::new(1), ..VerifyOptions::default() };
        let verified = verify(&folder, &options, &()).is_ok();
        let earlier = Earlier::open(&folder).ok().flatten();
        Ok(earlier.is_some_and(|earlier| earlier.records().count() > 0) && verified)
    }

    fn journal(&self, bytes: &[u8]) -> io::Result<bool> {
        let folder = self.folder.join("stopped");
        fs::write(folder.join(".traitpress/journal"), bytes)?;
        let earlier = Earlier::open(&folder).ok().flatten();
        Ok(earlier.is_some_and(|earlier| earlier.records().count() > 0))
    }

    fn patterns(&self, bytes: &[u8]) -> io::Result<bool> {
        let file = self.folder.join("patterns.json");
        fs::write(&file, bytes)?;
        Ok(History::load(&file, &self.project, &self.art).is_ok())
    }

    fn rows(&self, bytes: &[u8]) -> io::Result<bool> {
        let file = self.folder.join("plan.tpl");
        fs::write(&file, bytes)?;
        let Ok(rows) = PlanRows::open(&file, &self.project) else { return Ok(false) };
        let part = rows.part(&self.project, 0..rows.items()).is_ok();
        let whole = rows.write(&self.project, &mut io::sink()).is_ok();
        Ok(part && whole)
    }

    fn shard(&self, bytes: &[u8]) -> io::Result<bool> {
        let file = self.folder.join("shard.manifest.json");
        fs::write(&file, bytes)?;
        let Ok(mut reader) = ShardReader::open(&file) else { return Ok(false) };
        loop {
            match reader.next_item() {
                Ok(Some(_)) => {}
                end => return Ok(end.is_ok()),
            }
        }
    }

    /// Reads the project of another program, in which `file` has these bytes.
    fn import(&self, file: &str, source: &str, bytes: &[u8]) -> io::Result<bool> {
        fs::write(self.folder.join(file), bytes)?;
        Ok(Import::read(self.folder.join(source), None).is_ok())
    }

    fn picture(&self, bytes: &[u8]) -> io::Result<bool> {
        let file = self.folder.join("p").join(PICTURES[0].0);
        let whole = fs::read(&file)?;
        fs::write(&file, bytes)?;
        let decoded = Art::decode(&self.project, &self.pool).is_ok();
        fs::write(&file, whole)?;
        Ok(decoded)
    }
}

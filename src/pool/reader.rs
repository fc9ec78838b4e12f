//! Reading pools: any picture by itself, and every file of the collection.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::files::Digest;
use crate::files::ReadAt;
use crate::png::TileRow;
use crate::pool::cache::Kept;
use crate::pool::description::{Description, PoolSize};
use crate::pool::error::{Damage, PoolError};
use crate::pool::footer::{
    DESCRIPTION, DIRECTORY, Entry, Footer, HEAD, MAGIC, Section, TAIL, Tail, read_directory,
};
use crate::pool::index_block::{Extent, IndexBlock, Item, Picture};
use crate::pool::section::{SectionReader, read_section};
use crate::pool::spans::Placed;
use crate::threads::lock;

/// Bytes of unpacked bundles, of spans and of documents that are kept.
const BUNDLES: usize = 4 << 20;
const SPANS: usize = 8 << 20;
const DOCUMENTS: usize = 2 << 20;
pub(super) const PIECE: u64 = 1 << 20;

/// A collection in one file, from which pictures are joined one by one.
///
/// ```no_run
/// use traitpress::pool::Pool;
///
/// # fn main() -> Result<(), traitpress::pool::PoolError> {
/// let pool = Pool::open_file("drop.pool")?;
/// let png: Vec<u8> = pool.picture(17)?;
/// # Ok(())
/// # }
/// ```
///
/// Pictures are those that a run writes to a folder, byte for byte. A pool can be used by many threads at once; it keeps
/// at most 14 MiB of what it read.
pub struct Pool {
    pub(super) source: Arc<dyn ReadAt>,
    pub(super) name: String,
    pub(super) sizes: Vec<PoolSize>,
    pub(super) bundles: Vec<Entry>,
    sections: Vec<Section>,
    description: Description,
    digest: [u8; 32],
    /// Where the footer begins.
    end: u64,
    kept_bundles: Mutex<Kept<usize, IndexBlock>>,
    pub(super) kept_spans: Mutex<Kept<(u64, u8), Placed>>,
    kept_documents: Mutex<Kept<usize, Vec<u8>>>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("name", &self.name).field("items", &self.len()).finish_non_exhaustive()
    }
}

/// Whether the file at `path` begins as a pool.
pub(crate) fn is_pool(path: &Path) -> bool {
    let mut magic = [0; MAGIC];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok() && magic == HEAD[..MAGIC]
}

impl Pool {
    /// Opens the pool in the file `path`.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_file(path: impl AsRef<Path>) -> Result<Self, PoolError> {
        let name = path.as_ref().display().to_string();
        if path.as_ref().is_dir() {
            return Err(PoolError::NotAPool(name));
        }
        let file = File::open(path).map_err(|source| PoolError::Read { name: name.clone(), source })?;
        Self::open_named(file, name)
    }

    /// Opens a pool that can be read by range.
    ///
    /// # Errors
    /// If it cannot be read, is no pool, or what describes it is damaged.
    pub fn open(source: impl ReadAt + 'static) -> Result<Self, PoolError> {
        Self::open_named(source, "the pool".to_owned())
    }

    /// The same, called `name` in messages.
    pub(crate) fn open_named(source: impl ReadAt + 'static, name: String) -> Result<Self, PoolError> {
        let source: Arc<dyn ReadAt> = Arc::new(source);
        let failed = |source| PoolError::Read { name: name.clone(), source };
        let damaged = |what: Damage| PoolError::Damaged { name: name.clone(), what: what.0 };
        let len = source.len().map_err(failed)?;
        let mut head = [0; HEAD.len()];
        let mut tail = [0; TAIL];
        if len < HEAD.len() as u64 {
            return Err(PoolError::NotAPool(name));
        }
        source.read_at(0, &mut head).map_err(failed)?;
        if head[..MAGIC] != HEAD[..MAGIC] {
            return Err(PoolError::NotAPool(name));
        }
        if head != HEAD {
            let version = u32::from_le_bytes(*head[MAGIC..].first_chunk().expect("a number follows"));
            return Err(PoolError::Version { name, version });
        }
        if len < (HEAD.len() + TAIL) as u64 {
            return Err(damaged("it is cut short".into()));
        }
        source.read_at(len - TAIL as u64, &mut tail).map_err(failed)?;
        let tail = Tail::read(&tail, len).map_err(damaged)?;
        let mut footer = vec![0; tail.footer_len as usize];
        source.read_at(tail.footer, &mut footer).map_err(failed)?;
        if crc32fast::hash(&footer) != tail.crc {
            return Err(damaged("the checksum of its footer is wrong".into()));
        }
        let Footer { digest, sections } = Footer::read(&footer, tail.footer).map_err(damaged)?;
        let held = |wanted: &str| {
            let found = sections.iter().find(|section| section.name == wanted);
            let section = found.ok_or_else(|| damaged(format!("it has no section {wanted}").into()))?;
            read_section(&*source, section, &name)
        };
        let (description, sizes) = Description::read(&held(DESCRIPTION)?).map_err(damaged)?;
        let bundles = read_directory(&held(DIRECTORY)?, tail.footer).map_err(damaged)?;
        let items: u64 = bundles.iter().map(|bundle| u64::from(bundle.items)).sum();
        if items != description.items || items == 0 {
            let what = format!("it describes {} items, and its directory has {items}", description.items);
            return Err(damaged(what.into()));
        }
        Ok(Self {
            source,
            name,
            sizes,
            bundles,
            sections,
            description,
            digest,
            end: tail.footer,
            kept_bundles: Mutex::new(Kept::new(BUNDLES)),
            kept_spans: Mutex::new(Kept::new(SPANS)),
            kept_documents: Mutex::new(Kept::new(DOCUMENTS)),
        })
    }

    /// Keeps so many bytes of spans in place of 8 MiB: worth it where all pictures are read.
    #[must_use]
    pub fn with_memory(self, bytes: usize) -> Self {
        Self { kept_spans: Mutex::new(Kept::new(bytes)), ..self }
    }

    /// How many items the collection has.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.description.items
    }

    /// Whether there are none; a pool has one at least.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers of all items, ascending.
    ///
    /// # Errors
    /// If an index cannot be read or is damaged.
    pub fn editions(&self) -> Result<Vec<u32>, PoolError> {
        let mut editions = Vec::new();
        self.for_each_item(|item| {
            editions.push(item.edition());
            Ok::<_, PoolError>(())
        })?;
        Ok(editions)
    }

    /// The longer side of the pictures of each size, in pixels; [`Self::picture`] gives those of the first.
    #[must_use]
    pub fn sizes(&self) -> Vec<u32> {
        self.sizes.iter().map(|size| size.size.longer_side()).collect()
    }

    /// The ending of the files of its pictures, without a dot: `png`, `webp` or `jpg`.
    #[must_use]
    pub fn extension(&self) -> &str {
        &self.sizes[0].extension
    }

    /// The file of the picture of an item.
    ///
    /// # Errors
    /// If there is no such item, the pool cannot be read, or what was read is not what was written.
    pub fn picture(&self, edition: u32) -> Result<Vec<u8>, PoolError> {
        self.picture_of_size(edition, 0)
    }

    /// The file of its picture of another size, by its number in [`Self::sizes`].
    ///
    /// # Errors
    /// As [`Self::picture`], and if there is no such size.
    pub fn picture_of_size(&self, edition: u32, number: usize) -> Result<Vec<u8>, PoolError> {
        let mut file = Vec::new();
        let len = self.picture_into(edition, number, &mut file)?;
        file.truncate(len);
        Ok(file)
    }

    /// The same into a buffer that is used again: gives the length of the file, whose bytes `out` begins with.
    ///
    /// # Errors
    /// As [`Self::picture_of_size`].
    pub fn picture_into(&self, edition: u32, number: usize, out: &mut Vec<u8>) -> Result<usize, PoolError> {
        let (bundle, block, index) = self.find(edition)?;
        let item = &block.items[index];
        let (Some(size), Some(picture)) = (self.sizes.get(number), item.pictures.get(number)) else {
            return Err(PoolError::NoSize { name: self.name.clone(), number, sizes: self.sizes.len() });
        };
        let len = match picture {
            Picture::Whole(extent, crc) => {
                *out = self.bytes(self.bundles[bundle].base, *extent)?;
                match crc32fast::hash(out) == *crc {
                    true => out.len(),
                    false => return Err(self.damaged(format!("the checksum of picture {edition} is wrong"))),
                }
            }
            Picture::Rows(rows) => {
                let encoder = size.encoder.as_ref().expect("it was read with its spans");
                let joined = self.rows(bundle, number, &block, rows, encoder, edition)?;
                let rows: Vec<TileRow<'_>> =
                    joined.iter().map(|spans| TileRow { spans, block: None }).collect();
                let len = encoder.join(&rows, out);
                len.ok_or_else(|| self.damaged(format!("picture {edition} would be larger than its pixels")))?
            }
        };
        if let Some(digest) = item.digests.as_ref().map(|digests| &digests.pictures[number])
            && (digest.bytes != len as u64 || digest.blake3 != *blake3::hash(&out[..len]).as_bytes())
        {
            return Err(self.damaged(format!("picture {edition} is not the one that was written")));
        }
        Ok(len)
    }

    /// The metadata document of an item; nothing where the collection has none.
    ///
    /// # Errors
    /// As [`Self::picture`].
    pub fn metadata(&self, edition: u32) -> Result<Option<Vec<u8>>, PoolError> {
        let (bundle, block, index) = self.find(edition)?;
        let item = &block.items[index];
        let Some(len) = item.document else { return Ok(None) };
        let documents = self.documents(bundle)?;
        let start: u64 = block.items[..index].iter().filter_map(|item| item.document).map(u64::from).sum();
        let document =
            usize::try_from(start).ok().and_then(|start| documents.get(start..)?.get(..len as usize));
        let document =
            document.ok_or_else(|| self.damaged(format!("the document of item {edition} is missing")))?;
        if let Some(digests) = &item.digests
            && digests.document != *blake3::hash(document).as_bytes()
        {
            return Err(
                self.damaged(format!("the document of item {edition} is not the one that was written"))
            );
        }
        Ok(Some(document.to_vec()))
    }

    /// Refuses an item that the collection does not have.
    ///
    /// # Errors
    /// If there is no such item, or the pool cannot be read.
    pub fn check_item(&self, edition: u32) -> Result<(), PoolError> {
        self.find(edition).map(drop)
    }

    /// Whether the collection has this item. An error is one of reading it.
    pub(crate) fn has_item(&self, edition: u32) -> bool {
        self.find(edition).is_ok()
    }

    /// Hands on all items, in the order of their editions.
    pub(crate) fn for_each_item<E: From<PoolError>>(
        &self,
        mut take: impl FnMut(&PoolItem<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        for bundle in 0..self.bundles.len() {
            let block = self.bundle(bundle)?;
            block.items.iter().try_for_each(|item| take(&PoolItem(item)))?;
        }
        Ok(())
    }

    /// Whether it has the digests of its files.
    #[must_use]
    pub fn has_digests(&self) -> bool {
        self.description.digests
    }

    /// BLAKE3 of the pool but for its footer, as the footer has it: pools of one digest have the same items, pictures and
    /// documents.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest.into()
    }

    /// Whether all bytes of the pool are those that were written.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn has_own_digest(&self) -> Result<bool, PoolError> {
        let mut hasher = blake3::Hasher::new();
        let (mut at, mut piece) = (0, vec![0; PIECE as usize]);
        while at < self.end {
            let len = PIECE.min(self.end - at) as usize;
            self.read_into(at, &mut piece[..len])?;
            hasher.update(&piece[..len]);
            at += len as u64;
        }
        Ok(*hasher.finalize().as_bytes() == self.digest)
    }

    /// What its run was made from, where it has no manifest.
    pub(crate) fn run(&self) -> Option<&serde_json::Value> {
        self.description.run.as_ref()
    }

    /// The sizes of its pictures.
    pub(crate) fn pool_sizes(&self) -> &[PoolSize] {
        &self.sizes
    }

    /// What messages call it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The names of the files that are not of one item.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().map(|section| section.name.as_str()).filter(|name| !name.starts_with('.'))
    }

    /// How many bytes the file `name` has, if it is one that is not of an item.
    pub(crate) fn file_len(&self, name: &str) -> Option<u64> {
        self.file_section(name).map(|section| section.len)
    }

    fn file_section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name && !name.starts_with('.'))
    }

    /// Reads a file that is not of an item, from its beginning.
    pub(crate) fn file(&self, name: &str) -> Option<impl Read + Send + use<>> {
        let section = self.file_section(name)?;
        Some(SectionReader::new(self.source.clone(), section))
    }

    /// The bundle of an item, its index block, and the item's number in it.
    pub(super) fn find(&self, edition: u32) -> Result<(usize, Arc<IndexBlock>, usize), PoolError> {
        let missing = || PoolError::NoItem {
            name: self.name.clone(),
            edition,
            between: (
                self.bundles.first().map_or(0, |bundle| bundle.first),
                self.bundles.last().map_or(0, |bundle| bundle.last),
            ),
        };
        let after = self.bundles.partition_point(|bundle| bundle.first <= edition);
        let bundle = after.checked_sub(1).ok_or_else(missing)?;
        let block = self.bundle(bundle)?;
        let index = block.items.binary_search_by_key(&edition, |item| item.edition).map_err(|_| missing())?;
        Ok((bundle, block, index))
    }

    /// The index block of a bundle.
    fn bundle(&self, number: usize) -> Result<Arc<IndexBlock>, PoolError> {
        if let Some(block) = lock(&self.kept_bundles).get(&number) {
            return Ok(block);
        }
        let entry = self.bundles[number];
        let bytes = self.bytes(0, Extent { address: entry.index, len: entry.index_len })?;
        if crc32fast::hash(&bytes) != entry.index_crc {
            return Err(self.damaged(format!("the checksum of index block {number} is wrong")));
        }
        let block = IndexBlock::read(&bytes, &self.sizes, entry.first, self.end - entry.base);
        let block = Arc::new(block.map_err(|what| self.damaged(what.0))?);
        let ends =
            block.items.first().zip(block.items.last()).map(|(first, last)| (first.edition, last.edition));
        if block.items.len() != entry.items as usize || ends != Some((entry.first, entry.last)) {
            return Err(self.damaged(format!("index block {number} has other items than the directory says")));
        }
        lock(&self.kept_bundles).put(number, block.clone(), block.memory());
        Ok(block)
    }

    /// The documents of a bundle.
    fn documents(&self, number: usize) -> Result<Arc<Vec<u8>>, PoolError> {
        if let Some(documents) = lock(&self.kept_documents).get(&number) {
            return Ok(documents);
        }
        let entry = self.bundles[number];
        let stored = self.bytes(0, Extent { address: entry.documents, len: entry.documents_stored })?;
        if crc32fast::hash(&stored) != entry.documents_crc {
            return Err(self.damaged(format!("the checksum of the documents of bundle {number} is wrong")));
        }
        let mut documents = Vec::with_capacity(entry.documents_len as usize);
        let inflated = flate2::read::DeflateDecoder::new(&*stored)
            .take(u64::from(entry.documents_len) + 1)
            .read_to_end(&mut documents);
        if inflated.is_err() || documents.len() != entry.documents_len as usize {
            return Err(self.damaged(format!("the documents of bundle {number} are not what was written")));
        }
        let (bytes, documents) = (documents.len(), Arc::new(documents));
        lock(&self.kept_documents).put(number, documents.clone(), bytes);
        Ok(documents)
    }

    fn bytes(&self, base: u64, Extent { address, len }: Extent) -> Result<Vec<u8>, PoolError> {
        let at = base + address;
        if at.checked_add(len.into()).is_none_or(|to| to > self.end) {
            return Err(self.damaged("something lies outside of it".to_owned()));
        }
        let mut bytes = vec![0; len as usize];
        self.read_into(at, &mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn read_into(&self, at: u64, out: &mut [u8]) -> Result<(), PoolError> {
        let read = self.source.read_at(at, out);
        read.map_err(|source| PoolError::Read { name: self.name.clone(), source })
    }

    pub(super) fn damaged(&self, what: String) -> PoolError {
        PoolError::Damaged { name: self.name.clone(), what }
    }
}

/// An item of a pool, by what does not need its spans.
#[derive(Debug)]
pub(crate) struct PoolItem<'a>(&'a Item);

impl PoolItem<'_> {
    pub(crate) fn edition(&self) -> u32 {
        self.0.edition
    }

    /// What stands for its edition in the names of its pictures.
    pub(crate) fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// Whether it has a metadata document.
    pub(crate) fn has_document(&self) -> bool {
        self.0.document.is_some()
    }
}

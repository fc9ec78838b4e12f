//! Readers of finished collections: they trust the manifest of a folder as far as it was verified, and never press.
//!
//! `verify` compares a folder with its manifest, `rewrite` writes other metadata, `rarity` counts and ranks, `page` shows
//! that as HTML, `sheet` shows many pictures in one, `atlas` packs them for games, and `thumbnails` is the file that small
//! pictures are kept in. `upload` makes folders that are uploaded, and `cid` computes the address that a folder has on IPFS.
//! `pool` writes the files of a pool out, and `merge` makes one collection of shards. `info` says what a collection is, `pictures` reads its pictures by
//! number,
//! `listed` reads the plan of a collection without its project, and `equal` finds pictures that are the same.

mod atlas;
mod cid;
mod decode;
mod equal;
mod equal_search;
mod error;
mod filling;
mod info;
mod listed;
mod merge;
mod page;
mod pictures;
pub(crate) mod pool;
pub mod rarity;
mod rewrite;
pub(crate) mod sheet;
pub(crate) mod thumbnails;
mod upload;
pub(crate) mod verify;

pub use atlas::{Atlas, AtlasFormat, AtlasOptions, AtlasPage, atlas};
pub use cid::{Cid, CidError, FolderCid, FolderCidError, folder_cid};
pub use equal::EqualPictures;
pub(crate) use equal_search::EqualSearch;
pub use error::ReportError;
pub use info::{CollectionInfo, LayerInfo, info};
pub use merge::{MergeError, MergeOptions, Merged, merge};
pub use page::{Page, PageOptions, PoolAddress, PoolAddressError};
pub use pictures::Pictures;
pub use pool::{
    CheckedPool, Editions, UnpackOptions, Unpacked, check_pool, fill_pool, unpack, unpack_to_file,
    unpack_to_folder,
};
pub use rarity::{Asked, Score};
pub use rewrite::{MetadataChanges, RewriteError, rewrite_metadata};
pub use sheet::{
    Pick, PreviewObserver, PreviewOptions, Previewed, Previews, SheetError, SheetOptions, pairs, sheet,
};
pub(crate) use thumbnails::{Code, Header, Writer};
pub use upload::{CoverPicture, Prepared, UploadError, before_reveal, sugar_assets};
pub use verify::{FileProblem, ShardVerification, Verification, VerifyOptions, verify, verify_shard};

//! From finished items to a folder that can be trusted.
//!
//! `claim` decides whether a folder may be written to, `folder` writes each file under a temporary name and renames it,
//! `picture_names` says the names of pictures, `journal` remembers what is whole while the run is under way, `records`
//! reads that again, and `manifest` is made from it at the end. `resume` goes on with what an `earlier` run left.
//! `archive` writes the same files to a tar or a zip, `pool_sink` to a pool. `metadata` writes the attributes of the items. `verify` compares a
//! folder with its manifest later, and `rewrite` replaces the metadata.

mod archive;
mod checksum;
mod claim;
mod earlier;
mod error;
pub(crate) mod find;
mod folder;
pub(crate) mod hashing;
mod item_folders;
pub(crate) mod journal;
pub(crate) mod listing;
mod listing_head;
pub(crate) mod manifest;
mod metadata;
pub(crate) mod names;
mod parts;
mod picture_names;
mod pool_sink;
mod pool_tree;
mod problem_kind;
mod read_listed;
mod records;
mod resume;
mod shard;
mod sink;
mod tar_tree;
pub(crate) mod unfinished;
mod verify_error;

pub use archive::{Archive, ArchiveError, ArchiveKind, Archived, check_archive};
pub(crate) use archive::{ArchiveFile, ArchiveSink};
pub(crate) use checksum::picture_checksum;
pub(crate) use claim::resolve;
pub use claim::{Existing, check_folder, check_layout};
pub(crate) use earlier::Earlier;
pub use earlier::{CollectionState, collection_state, earlier_run};
pub use error::OutputError;
pub(crate) use find::{check_changeable, finished, look_for_collection, open_place};
pub use folder::{Collection, FolderSink};
pub(crate) use hashing::{Hashing, written};
pub(crate) use item_folders::ItemFolders;
pub(crate) use journal::{EditMark, Record, Written};
pub(crate) use listing::Listing;
pub use manifest::RunHeader;
pub(crate) use manifest::manifest_of;
pub(crate) use metadata::{
    AsText, MetadataTexts, OnePicture, check_renumbered, folder_of_first, metaplex_collection, picture_type,
    whole_files, write_whole,
};
pub use metadata::{MetadataInputs, check_metadata};
pub(crate) use parts::{Parts, is_part};
pub use picture_names::PictureNames;
pub(crate) use picture_names::{ESCAPED, Stems};
pub(crate) use pool_sink::{PoolItem, PoolPicture, PoolSink, add_file};
pub(crate) use pool_tree::{PoolFile, PoolTree};
pub use problem_kind::ProblemKind;
pub(crate) use read_listed::{differs, read as read_listed};
pub(crate) use resume::{KeepPolicy, ResumeOutcome};
pub(crate) use shard::{
    Contents, FolderShard, Labels, ListedShards, SET as SHARD_SET, ShardFolder, ShardHead, ShardItem,
    ShardManifest, ShardReader, ShardSet, ShardSink, ShardState, TarShard, Unlike, WholeFile, WritePlan,
    manifest_path, plan_path as shard_plan_path, send_shard, write_manifest,
};
pub use shard::{Shard, ShardError, ShardForm, check_shards};
pub(crate) use sink::sink_failed;
pub use sink::{Sink, SinkError, SinkFailed};
pub(crate) use unfinished::is_unfinished;
pub use verify_error::VerifyError;

//! The arguments of `metadata`, and what of them fits together.

use std::path::PathBuf;

use traitpress::finished::{Cid, CoverPicture, MetadataChanges};
use traitpress::project::Layout;

use super::rewrite::RewriteJob;
use super::upload::{Set, UploadJob};
use crate::cli::failure::Failure;
use crate::cli::project::open;
use crate::cli::values::{Standards, layout};

#[derive(Debug, clap::Args)]
pub(crate) struct MetadataArgs {
    /// The collection: a folder that generate wrote
    dir: PathBuf,
    /// Use names and settings of this project; without it they stay
    #[arg(long, value_name = "PROJECT")]
    project: Option<PathBuf>,
    /// Metadata to write: erc721, metaplex, tezos, cardano, csv or jsonl, or several, e.g. metaplex,csv; none
    /// for no metadata [default: the project's or the collection's]
    #[arg(long, value_name = "LIST", value_parser = Standards::parse)]
    metadata: Option<Standards>,
    /// The start of the addresses of pictures, e.g. ipfs://..; empty for relative addresses
    #[arg(long, value_name = "URI")]
    base_uri: Option<String>,
    /// The address on IPFS of the folder of pictures, as `traitpress cid` or the upload prints it: the same as
    /// --base-uri ipfs://CID/
    #[arg(long, value_name = "CID", value_parser = parse_cid, conflicts_with = "base_uri")]
    cid: Option<Cid>,
    /// The name of the collection in the names of items
    #[arg(long, value_name = "NAME")]
    collection_name: Option<String>,
    /// The description of every item
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Also set what these arguments change in the project's collection.toml
    #[arg(long, requires = "project", conflicts_with_all = ["layout", "pre_reveal"])]
    save: bool,
    /// flat, the default, rewrites the collection's own documents; sugar makes a folder for Metaplex's Sugar with 0.png,
    /// 0.json and so on, and the collection stays as it is
    #[arg(long, value_name = "LAYOUT", value_parser = layout(&[Layout::Flat, Layout::Sugar]))]
    layout: Option<Layout>,
    /// Make documents in which all items show this picture and no traits, for the time before a reveal: an address, or a
    /// file, which is copied into the folder; the collection stays as it is
    #[arg(long, value_name = "IMAGE")]
    pre_reveal: Option<String>,
    /// The folder of --layout sugar or --pre-reveal [default: assets or pre-reveal]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Reads a CID as somebody pastes it: alone, or as an address.
fn parse_cid(text: &str) -> Result<Cid, String> {
    let bare = text.trim().strip_prefix("ipfs://").unwrap_or(text.trim()).trim_end_matches('/');
    let cid: Cid = bare.parse().map_err(|_| {
        "this is not a CID; copy it completely, as the upload or `traitpress cid` prints it: it begins with bafybei or Qm"
            .to_owned()
    })?;
    if cid.is_file() {
        return Err("this is the CID of a single file; give that of the folder of pictures".to_owned());
    }
    Ok(cid)
}

/// What the arguments ask for.
pub(super) enum Job {
    Rewrite(RewriteJob),
    Upload(UploadJob),
}

impl TryFrom<MetadataArgs> for Job {
    type Error = Failure;

    fn try_from(args: MetadataArgs) -> Result<Self, Failure> {
        let set = match (args.layout, args.pre_reveal) {
            (Some(Layout::Sugar), Some(_)) => {
                return Err(Failure::Usage(
                    "--pre-reveal makes one document for each item, and Candy Machine hides items by one document for all \
                     (hiddenSettings); leave out --layout or --pre-reveal"
                        .to_owned(),
                ));
            }
            (_, Some(picture)) => Some(Set::BeforeReveal(cover(picture)?)),
            (Some(Layout::Sugar), None) => Some(Set::Sugar),
            (_, None) => None,
        };
        if set.is_none() && args.out.is_some() {
            let text = "--out needs --layout sugar or --pre-reveal; leave it out to rewrite the metadata of the collection";
            return Err(Failure::Usage(text.to_owned()));
        }
        if matches!(set, Some(Set::Sugar)) {
            let flags = [
                ("--metadata", args.metadata.is_some(), "its documents are Metaplex's"),
                ("--cid", args.cid.is_some(), "Sugar uploads the pictures itself"),
                ("--base-uri", args.base_uri.is_some(), "Sugar uploads the pictures itself"),
            ];
            if let Some((flag, _, why)) = flags.into_iter().find(|(_, given, _)| *given) {
                return Err(Failure::Usage(format!("--layout sugar allows no {flag}: {why}; leave it out")));
            }
        }
        let mut changes = MetadataChanges::default();
        changes.standards = args.metadata.map(|standards| standards.0);
        let cid = args.cid;
        changes.base_uri = args.base_uri.or(cid.as_ref().map(|cid| format!("ipfs://{cid}/")));
        changes.name = args.collection_name;
        changes.description = args.description;
        if args.save && changes == MetadataChanges::default() {
            let text = "--save has nothing to save; give --cid, --base-uri, --metadata, --collection-name or --description";
            return Err(Failure::Usage(text.to_owned()));
        }
        let project = args.project.as_deref().map(open).transpose()?;
        Ok(match set {
            Some(set) => Self::Upload(UploadJob { dir: args.dir, project, changes, set, out: args.out }),
            None => {
                let save = args.project.filter(|_| args.save);
                Self::Rewrite(RewriteJob { dir: args.dir, project, changes, save, cid })
            }
        })
    }
}

/// The picture before a reveal: what has a scheme is an address.
fn cover(picture: String) -> Result<CoverPicture, Failure> {
    let path = PathBuf::from(&picture);
    if path.is_file() {
        return Ok(CoverPicture::File(path));
    }
    let scheme = picture.split_once(':').map(|(scheme, _)| scheme);
    let is_scheme =
        |scheme: &str| scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if scheme.is_some_and(is_scheme) {
        return Ok(CoverPicture::Address(picture));
    }
    Err(Failure::Usage(format!(
        "{}: there is no such file; give a picture, or for an address write ipfs://.. or https://..",
        path.display()
    )))
}

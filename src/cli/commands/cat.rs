//! `cat`: one picture of a pool, or its metadata, on standard output.

use std::io::{self, IsTerminal, Write as _};
use std::path::PathBuf;

use traitpress::pool::Pool;

use crate::cli::failure::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct CatArgs {
    /// The pool, a file that ends in .pool
    pool: PathBuf,
    /// The number of the item
    #[arg(value_name = "ITEM")]
    edition: u32,
    /// Print its metadata in place of the picture
    #[arg(long)]
    json: bool,
    /// The longer side of the picture, where the collection has pictures of several sizes [default: the first size]
    #[arg(long, value_name = "PIXELS", conflicts_with = "json")]
    size: Option<u32>,
}

pub(crate) fn run(args: &CatArgs) -> Result<(), Failure> {
    if args.pool.is_dir() {
        return Err(Failure::Usage(format!(
            "{}: this is a folder, and its pictures are the files in images; give a file that ends in .pool",
            args.pool.display()
        )));
    }
    if !args.json && io::stdout().is_terminal() {
        return Err(Failure::Usage(
            "standard output is a terminal; redirect the picture to a file, as in > picture.png, or print its metadata \
             with --json"
                .to_owned(),
        ));
    }
    let pool = Pool::open_file(&args.pool).map_err(traitpress::Error::from)?;
    let bytes = if args.json {
        let document = pool.metadata(args.edition).map_err(traitpress::Error::from)?;
        document.ok_or_else(|| {
            Failure::Usage(format!("{}: this collection has no metadata for each item", args.pool.display()))
        })?
    } else {
        let sizes = pool.sizes();
        let number = match args.size {
            None => 0,
            Some(size) => sizes.iter().position(|&side| side == size).ok_or_else(|| {
                let sizes: Vec<String> = sizes.iter().map(u32::to_string).collect();
                Failure::Usage(format!(
                    "--size {size}: there are no pictures of this size; the longer sides are {}",
                    sizes.join(" or ")
                ))
            })?,
        };
        pool.picture_of_size(args.edition, number).map_err(traitpress::Error::from)?
    };
    match io::stdout().write_all(&bytes).and_then(|()| io::stdout().flush()) {
        // The reader has closed the pipe.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written
            .map_err(|error| Failure::Other(format!("standard output: cannot write the file: {error}"))),
    }
}

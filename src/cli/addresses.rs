//! Addresses of stores in arguments.
//!
//! A path that begins as an address is never taken for a folder of that name. Arguments that can be addresses are listed here;
//! every other one refuses them before the command runs.

use std::path::{Path, PathBuf};

use clap::{ArgMatches, Command, ValueHint};
use traitpress::error::PathIo;
use traitpress::store::{Fetched, Store, StoreAddress, StoreError, fetch_file, fetch_folder};

use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::measure::{bytes, counted};
use crate::cli::print::errln;

/// The arguments that can be addresses, by command and name.
const TAKEN: [(&str, &str); 7] = [
    ("generate", "project"),
    ("generate", "out"),
    ("generate", "plan"),
    ("merge", "shards"),
    ("plan", "project"),
    ("plan", "output"),
    ("verify", "dir"),
];

/// Refuses addresses where a command reads or writes files, and all of them in a program without stores.
pub(crate) fn check(command: &Command, matches: &ArgMatches) -> Result<(), Failure> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    let Some(command) = command.find_subcommand(name) else { return Ok(()) };
    for arg in command.get_arguments().filter(|arg| arg.get_value_hint() == ValueHint::AnyPath) {
        let id = arg.get_id().as_str();
        let Ok(Some(values)) = matches.try_get_raw(id) else { continue };
        for path in values.map(Path::new) {
            let Some(address) = StoreAddress::of(path)? else { continue };
            Store::open(&address)?;
            if !TAKEN.contains(&(name, id)) {
                return Err(StoreError::Unfit {
                    path: path.to_owned(),
                    what: "what is given here must be on a disk",
                    remedy: "copy it with the store's own program",
                }
                .into());
            }
        }
    }
    check(command, matches)
}

/// A project that was copied from a store, if `path` is an address. `path` becomes that of the copy.
pub(crate) fn fetch_project(path: &mut PathBuf, interrupt: &Interrupt) -> Result<Option<Fetched>, Failure> {
    let Some(address) = StoreAddress::of(path)? else { return Ok(None) };
    errln!("note: {address} is copied to a temporary folder first");
    let fetched = interrupt.or_end(|| fetch_folder(&address, &|| true))?;
    errln!("note: {}, {} were copied", counted(fetched.files, "file"), bytes(fetched.bytes));
    path.clone_from(&fetched.path);
    Ok(Some(fetched))
}

/// A file that was copied from a store, if `path` is an address. `path` becomes that of the copy.
pub(crate) fn fetch(path: &mut PathBuf, interrupt: &Interrupt) -> Result<Option<Fetched>, Failure> {
    let Some(address) = StoreAddress::of(path)? else { return Ok(None) };
    let fetched = interrupt.or_end(|| fetch_file(&address, &|| true))?;
    path.clone_from(&fetched.path);
    Ok(Some(fetched))
}

/// A temporary file for what is put to a store afterwards.
pub(crate) fn temporary_file() -> Result<tempfile::NamedTempFile, Failure> {
    let folder = std::env::temp_dir();
    Ok(tempfile::NamedTempFile::new_in(&folder).map_err(PathIo::on("create a file in", &folder))?)
}

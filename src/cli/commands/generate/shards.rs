//! Making shards: one that an engine asked for, or all of them one after the other.
//!
//! A shard is whole or not there, and one that is there is kept. So the same command after a stop, on this machine or on
//! another, goes on with the next. The exit code says to an engine whether to try again: storage that is full or does not
//! answer may be better later, a wrong project is not.

use std::error::Error as _;
use std::io::{self, ErrorKind};

use traitpress::engine::{Engine, ShardDone, ShardOptions, WholePlan};
use traitpress::error::PathIo;
use traitpress::output::Shard;

use super::job::Run;
use super::stopped::{how_to_go_on, stopped};
use crate::cli::failure::Failure;
use crate::cli::measure::{bytes, counted};
use crate::cli::print::{self, outln};
use crate::cli::progress::events;
use crate::cli::remedy;
use crate::cli::summary;

/// The exit code of what may work at another time (`EX_TEMPFAIL`).
const TRY_AGAIN: u8 = 75;

impl Run {
    /// Makes the shards that are not there.
    pub(super) fn make_shards(self, engine: &Engine) -> Result<(), Failure> {
        let shards = self.shards.as_ref().expect("there are shards to make");
        for &shard in &shards.shards {
            let mut options = ShardOptions::new(shard);
            options.form = shards.form;
            options.names = shards.names;
            options.replace = self.folder_options.replace;
            options.provenance = self.folder_options.provenance;
            let done = self.make_shard(engine, options)?;
            self.report_shard(shard, &done);
        }
        print::all_is_received("the shards are complete")
    }

    fn make_shard(&self, engine: &Engine, options: ShardOptions) -> Result<ShardDone, Failure> {
        let Self { progress, interrupt, destination, items, .. } = self;
        let observer = (progress, interrupt);
        let whole: &dyn WholePlan = match &items.rows {
            Some(rows) => rows,
            None => &items.plan,
        };
        let part = whole.part(engine.project(), options.shard.range(whole.items()))?;
        progress.report_start(engine, &part, destination.path(), None);
        drop(part);
        let press = || engine.press_shard(whole, destination.path(), options, &observer);
        let pressed = interrupt.during(&how_to_go_on(self), || progress.show(engine, press));
        pressed.map_err(|error| match is_temporary(&error) {
            true => Failure::Stopped(Some(remedy::message(&error).to_string()), TRY_AGAIN),
            false => stopped(error, self),
        })
    }

    fn report_shard(&self, shard: Shard, done: &ShardDone) {
        if self.progress.is_for_programs() {
            events::emit(&events::Body::shard(shard, done));
            return;
        }
        let (number, of, path) = (shard.number(), shard.of(), done.path.display());
        let items = counted(done.items, "item");
        match &done.stats {
            None => outln!("shard {number} of {of}: {items}; it is complete in {path}"),
            Some(stats) => {
                summary::warn_of_setbacks(stats);
                let (seconds, pictures) = (stats.seconds.press, bytes(stats.bytes));
                outln!(
                    "shard {number} of {of}: {items} in {seconds:.2} s, {pictures} of pictures, written to {path}"
                );
            }
        }
    }
}

/// Whether the same command may work at another time: storage that is full, away or busy.
fn is_temporary(error: &traitpress::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = error.source();
    if error.kind() == traitpress::ErrorKind::Temporary
        || error.downcast_ref::<PathIo>().is_some_and(|io| is_of_storage(&io.source))
    {
        return true;
    }
    while let Some(error) = source {
        let of_path = error.downcast_ref::<PathIo>().map(|error| &error.source);
        if of_path.or(error.downcast_ref::<io::Error>()).is_some_and(is_of_storage) {
            return true;
        }
        source = error.source();
    }
    false
}

fn is_of_storage(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
            | ErrorKind::StaleNetworkFileHandle
            | ErrorKind::TimedOut
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionRefused
            | ErrorKind::NotConnected
            | ErrorKind::NetworkDown
            | ErrorKind::NetworkUnreachable
            | ErrorKind::HostUnreachable
            | ErrorKind::ResourceBusy
    )
}

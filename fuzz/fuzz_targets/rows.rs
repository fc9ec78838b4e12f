//! A plan in rows, as its reader gets it.

#![no_main]

use traitpress::engine::internals::Format;

#[path = "../run.rs"]
mod run;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| run::read(Format::Rows, bytes));

//! Printing that never fails: whoever reads may have gone, as `head` does after its last line, and the disk behind a
//! redirected stream may be full. Messages are no reason to stop a run, and still less to panic, as the standard
//! macros do.

use std::fmt::Arguments;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Whether standard output is for something else than lines.
static STDOUT_IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// Whether a line was lost, but for those that nobody reads any more.
static IS_LOST: AtomicBool = AtomicBool::new(false);

/// Fails if standard output could not take all that was said: for commands that are run for what they say.
pub(crate) fn all_is_written() -> Result<(), Failure> {
    let text = "standard output: not all of it could be written; make room, or send it elsewhere";
    if IS_LOST.load(Relaxed) { Err(Failure::Other(text.to_owned())) } else { Ok(()) }
}

/// From now on everything is said on standard error: standard output carries an archive.
pub(crate) fn keep_stdout_free() {
    STDOUT_IS_TAKEN.store(true, Relaxed);
}

use crate::cli::failure::Failure;
use crate::cli::progress::events;

/// Writes a line to standard output, and a lost one is lost.
pub(crate) fn to_stdout(line: Arguments<'_>) {
    if STDOUT_IS_TAKEN.load(Relaxed) {
        return to_stderr(line);
    }
    match write_line(&mut io::stdout().lock(), line) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => IS_LOST.store(true, Relaxed),
        _ => {}
    }
}

/// Writes a line to standard error, as an event where programs listen; a lost one is lost.
pub(crate) fn to_stderr(line: Arguments<'_>) {
    if events::are_on() {
        events::emit_text(&line.to_string());
    } else {
        let _ = write_line(&mut io::stderr().lock(), line);
    }
}

fn write_line(stream: &mut impl Write, line: Arguments<'_>) -> io::Result<()> {
    // A name in a message must not steer the terminal, nor break the line.
    let mut text: String = line.to_string().chars().map(shown).collect();
    text.push('\n');
    // One write a line, so that lines of several threads or programs do not mix.
    stream.write_all(text.as_bytes()).and_then(|()| stream.flush())
}

/// A character as it may be shown: control characters escaped.
fn shown(c: char) -> String {
    if c.is_control() { c.escape_default().to_string() } else { c.to_string() }
}

/// Says what a command made: `println!` that never panics.
macro_rules! outln {
    ($($text:tt)*) => { $crate::cli::print::to_stdout(format_args!($($text)*)) };
}

/// Says everything else: `eprintln!` that never panics.
macro_rules! errln {
    ($($text:tt)*) => { $crate::cli::print::to_stderr(format_args!($($text)*)) };
}

pub(crate) use {errln, outln};

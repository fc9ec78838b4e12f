//! Printing that never fails: whoever reads may have gone, as `head` does after its last line, and the disk behind a
//! redirected stream may be full. Messages are no reason to stop a run, and still less to panic, as the standard
//! macros do.

use std::fmt::Arguments;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Whether standard output is for something else than lines.
static STDOUT_IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// From now on everything is said on standard error: standard output carries an archive.
pub(crate) fn keep_stdout_free() {
    STDOUT_IS_TAKEN.store(true, Relaxed);
}

use crate::cli::watch::events;

/// Writes a line to standard output, and a lost one is lost.
pub(crate) fn to_stdout(line: Arguments<'_>) {
    if STDOUT_IS_TAKEN.load(Relaxed) {
        return to_stderr(line);
    }
    write_line(&mut io::stdout().lock(), line);
}

/// Writes a line to standard error, as an event where programs listen; a lost one is lost.
pub(crate) fn to_stderr(line: Arguments<'_>) {
    if events::are_on() {
        events::emit_text(&line.to_string());
    } else {
        write_line(&mut io::stderr().lock(), line);
    }
}

fn write_line(stream: &mut impl Write, line: Arguments<'_>) {
    // A name in a message must not steer the terminal, nor break the line.
    let mut text: String = line.to_string().chars().map(shown).collect();
    text.push('\n');
    // One write a line, so that lines of several threads or programs do not mix.
    let _ = stream.write_all(text.as_bytes());
}

/// A character as it may be shown: control characters escaped.
fn shown(c: char) -> String {
    if c.is_control() { c.escape_default().to_string() } else { c.to_string() }
}

/// Says what a command made: `println!` that never panics.
macro_rules! say {
    ($($text:tt)*) => { $crate::cli::say::to_stdout(format_args!($($text)*)) };
}

/// Says everything else: `eprintln!` that never panics.
macro_rules! note {
    ($($text:tt)*) => { $crate::cli::say::to_stderr(format_args!($($text)*)) };
}

pub(crate) use {note, say};

//! Printing that never fails. The reader may have closed the pipe, as `head` does after its last line, and the disk behind a
//! redirected stream may be full. A lost message is no reason to stop a run, nor to panic, as the standard macros do.

use std::fmt::Arguments;
use std::io::{self, IsTerminal as _, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::cli::failure::Failure;
use crate::cli::message;
use crate::cli::progress::events;

/// Whether standard output carries an archive and no lines.
static STDOUT_IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// Whether settings and figures of the engine are printed.
static IS_VERBOSE: AtomicBool = AtomicBool::new(false);

/// From now on settings and figures of the engine are printed, or are not.
pub(crate) fn set_verbose(verbose: bool) {
    IS_VERBOSE.store(verbose, Relaxed);
}

/// Whether settings and figures of the engine are printed.
pub(crate) fn is_verbose() -> bool {
    IS_VERBOSE.load(Relaxed)
}

/// Whether a line was lost other than by a closed pipe.
static IS_LOST: AtomicBool = AtomicBool::new(false);

/// Whether the pipe was closed before the last line.
static IS_CLOSED: AtomicBool = AtomicBool::new(false);

/// Fails if a line of standard output was lost: for commands whose result is their output.
pub(crate) fn all_is_written() -> Result<(), Failure> {
    let text = "standard output: the output is incomplete; free space or redirect it elsewhere";
    if IS_LOST.load(Relaxed) { Err(Failure::Other(text.to_owned())) } else { Ok(()) }
}

/// Fails if a line of standard output was lost, also by a pipe that was closed: for commands whose lines say whether
/// something is as it should be. `beside` says what has been done all the same.
pub(crate) fn all_is_received(beside: &str) -> Result<(), Failure> {
    if IS_CLOSED.load(Relaxed) {
        let text = "standard output: it was closed before all output was written";
        return Err(Failure::Other(format!(
            "{text}, and {beside}; read it to the end, or redirect it elsewhere"
        )));
    }
    all_is_written().map_err(|failure| match failure {
        Failure::Other(text) => Failure::Other(format!("{text} ({beside})")),
        other => other,
    })
}

/// From now on all lines go to standard error: standard output carries an archive.
pub(crate) fn keep_stdout_free() {
    STDOUT_IS_TAKEN.store(true, Relaxed);
}

/// Writes a line to standard output; errors are ignored, but see [`all_is_written`].
pub(crate) fn to_stdout(line: Arguments<'_>) {
    if STDOUT_IS_TAKEN.load(Relaxed) {
        return to_stderr(line);
    }
    match write_line(&mut io::stdout().lock(), line) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => IS_CLOSED.store(true, Relaxed),
        Err(_) => IS_LOST.store(true, Relaxed),
    }
}

/// Writes a line to standard error, as an event if events were asked for; errors are ignored.
pub(crate) fn to_stderr(line: Arguments<'_>) {
    if events::are_on() {
        events::emit_text(&line.to_string());
    } else {
        let stderr = io::stderr();
        let text = escaped(line);
        let text = if stderr.is_terminal() {
            message::for_terminal(&text, anstream::AutoStream::choice(&stderr))
        } else {
            text
        };
        let _ = write_text(&mut stderr.lock(), text);
    }
}

/// Prints a result as JSON, line by line, so that control characters in names are escaped.
pub(crate) fn json(value: &impl serde::Serialize) {
    let text = serde_json::to_string_pretty(value).expect("keys are strings, and values can be written");
    text.lines().for_each(|line| outln!("{line}"));
}

fn write_line(stream: &mut impl Write, line: Arguments<'_>) -> io::Result<()> {
    write_text(stream, escaped(line))
}

/// The line as it may be shown: a name in a message must not control the terminal, nor break the line.
fn escaped(line: Arguments<'_>) -> String {
    line.to_string().chars().map(shown).collect()
}

fn write_text(stream: &mut impl Write, mut text: String) -> io::Result<()> {
    text.push('\n');
    // One write for each line, so that lines of several threads or programs do not mix.
    stream.write_all(text.as_bytes()).and_then(|()| stream.flush())
}

/// A character as it may be shown: control characters escaped.
fn shown(c: char) -> String {
    if c.is_control() { c.escape_default().to_string() } else { c.to_string() }
}

/// Prints a result: `println!` that never panics.
macro_rules! outln {
    ($($text:tt)*) => { $crate::cli::print::to_stdout(format_args!($($text)*)) };
}

/// Prints a message: `eprintln!` that never panics.
macro_rules! errln {
    ($($text:tt)*) => { $crate::cli::print::to_stderr(format_args!($($text)*)) };
}

pub(crate) use {errln, outln};

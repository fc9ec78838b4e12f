//! Panics in code of others: a damaged file must not end the program, whatever its decoder does with it.
//!
//! A panic is reported by a hook of the whole process before anyone can catch it. So the hook is replaced once by one
//! that passes everything on, except the panics that are caught here.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether a panic of this thread is caught by [`caught`].
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// The most characters of a panic's message that are given.
const MAX_MESSAGE: usize = 200;

/// Does `work` and gives its result, or the message of its panic, which is not printed. What `work` has changed when it
/// panics must not be used any more.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    pass_others_on();
    let before = IS_CAUGHT.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    IS_CAUGHT.set(before);
    result.map_err(|payload| message(&*payload))
}

/// The same for a decoder that reads a file: its panic is the file's fault.
pub(crate) fn decoded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    // What a decoder panics with are places in its code, which are of no use to the owner of the file.
    caught(work).unwrap_or_else(|_| Err("its decoder failed on it".to_owned()))
}

fn pass_others_on() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_CAUGHT.try_with(Cell::get).unwrap_or(false) {
                print(info);
            }
        }));
    });
}

/// What a panic says, in one line.
fn message(payload: &(dyn Any + Send)) -> String {
    let text = match (payload.downcast_ref::<String>(), payload.downcast_ref::<&str>()) {
        (Some(text), _) => text.as_str(),
        (None, Some(text)) => text,
        (None, None) => "a panic without a message",
    };
    text.chars().take(MAX_MESSAGE).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message_in_one_line() {
        let index = std::hint::black_box(3);
        assert_eq!(caught(|| 7), Ok(7));
        assert_eq!(caught(|| panic!("a\nb")), Err::<(), _>("a b".to_owned()));
        assert_eq!(caught(|| panic!("no {index}")), Err::<(), _>("no 3".to_owned()));
        let out_of_bounds = caught(|| [0; 2][index]).unwrap_err();
        assert!(out_of_bounds.contains("out of bounds"), "{out_of_bounds}");
        assert_eq!(caught(|| panic!("{}", "long ".repeat(1000))).map(|()| 0).unwrap_err().len(), MAX_MESSAGE);
        let nested = caught(|| (caught(|| panic!("inner")).map(|()| 0), IS_CAUGHT.get()));
        assert_eq!(nested, Ok((Err("inner".to_owned()), true)));
        assert!(!IS_CAUGHT.get(), "the panics of others are printed");
    }
}

//! Turns with the GPU, for tests that share a process.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::require::found_adapter;

/// A turn with the GPU: one test at a time, for drivers have crashed when devices were made by several threads at
/// once. Nothing without an adapter; `look` says whether there is one, and is asked once.
pub(crate) fn turn(look: impl FnOnce() -> bool) -> Option<MutexGuard<'static, ()>> {
    static TURN: Mutex<()> = Mutex::new(());
    static THERE: OnceLock<bool> = OnceLock::new();
    let guard = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    found_adapter(*THERE.get_or_init(look)).then_some(guard)
}

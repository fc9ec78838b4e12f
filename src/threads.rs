//! Threads: how many work, and locks that outlive a panic.
//!
//! A lock of the standard library is poisoned when a thread panics while it holds it. Nothing in this library leaves
//! half a change behind a lock, so a poisoned lock guards sound data, and the panic is reported where it happened.

use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};

use rayon::iter::IndexedParallelIterator;

/// The most threads of a pool: thousands that all work take a machine down without making it faster.
pub(crate) const MAX_THREADS: usize = 1024;

/// Threads of a pool: `asked`, or one per processor, and at most [`MAX_THREADS`].
pub(crate) fn thread_count(asked: Option<NonZeroUsize>) -> usize {
    let threads = asked.or_else(|| std::thread::available_parallelism().ok());
    threads.map_or(1, NonZeroUsize::get).min(MAX_THREADS)
}

/// The results of parallel work, or the first error in the order of the work. Which error is the first in time is chance,
/// and the same fault is to give the same message.
pub(crate) fn in_order<T: Send, E: Send>(
    work: impl IndexedParallelIterator<Item = Result<T, E>>,
) -> Result<Vec<T>, E> {
    let done: Vec<Result<T, E>> = work.collect();
    done.into_iter().collect()
}

/// Locks `mutex`, poisoned or not.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks `mutex`, poisoned or not, unless it is locked already.
pub(crate) fn try_lock<T: ?Sized>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// What `mutex` guards, poisoned or not, without a lock.
#[cfg(feature = "gpu")]
pub(crate) fn get_mut<T: ?Sized>(mutex: &mut Mutex<T>) -> &mut T {
    mutex.get_mut().unwrap_or_else(PoisonError::into_inner)
}

/// Takes out what `mutex` guarded, poisoned or not.
pub(crate) fn into_inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Waits at `changed` while `condition` holds for what `guard` guards.
pub(crate) fn wait_while<'a, T>(
    changed: &Condvar,
    guard: MutexGuard<'a, T>,
    condition: impl FnMut(&mut T) -> bool,
) -> MutexGuard<'a, T> {
    changed.wait_while(guard, condition).unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poisoned_lock_still_guards_its_value() {
        let mutex = Mutex::new(1);
        let panicked = std::thread::scope(|scope| {
            let work = || {
                let _guard = lock(&mutex);
                panic!("on purpose");
            };
            scope.spawn(work).join().is_err()
        });
        assert!(panicked && mutex.is_poisoned());
        *try_lock(&mutex).unwrap() += 1;
        let held = lock(&mutex);
        assert!(try_lock(&mutex).is_none());
        drop(held);
        assert_eq!(into_inner(mutex), 2);
    }

    #[test]
    fn of_several_errors_the_first_in_order_counts() {
        use rayon::iter::{IntoParallelIterator, ParallelIterator};
        for _ in 0..20 {
            let work = (0..1000).into_par_iter().map(|i| if i % 100 == 99 { Err(i) } else { Ok(i) });
            assert_eq!(in_order(work), Err(99));
        }
        assert_eq!(in_order((0..9).into_par_iter().map(Ok::<_, ()>)), Ok((0..9).collect()));
    }

    #[test]
    fn the_number_of_threads_has_a_limit() {
        assert_eq!(thread_count(NonZeroUsize::new(3)), 3);
        assert_eq!(thread_count(NonZeroUsize::new(5000)), MAX_THREADS);
        assert!(thread_count(None) >= 1);
    }
}

//! A gate that a bounded number of tasks can be inside of.

use std::sync::{Condvar, Mutex};

use crate::threads::{lock, wait_while};

/// Bounds the number of tasks that run or wait to run.
#[derive(Debug)]
pub(crate) struct Gate {
    places: usize,
    free: Mutex<usize>,
    freed: Condvar,
}

/// A place inside the gate, given back when dropped.
pub(crate) struct Ticket<'a>(&'a Gate);

impl Gate {
    /// With `places` places, at least one.
    pub(crate) fn new(places: usize) -> Self {
        let places = places.max(1);
        Self { places, free: Mutex::new(places), freed: Condvar::new() }
    }

    /// Waits until there is a place.
    pub(crate) fn enter(&self) -> Ticket<'_> {
        let mut free = wait_while(&self.freed, lock(&self.free), |free| *free == 0);
        *free -= 1;
        Ticket(self)
    }

    /// Waits until all places are free.
    pub(crate) fn wait_for_all(&self) {
        drop(wait_while(&self.freed, lock(&self.free), |free| *free < self.places));
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        *lock(&self.0.free) += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use super::*;

    #[test]
    fn no_more_than_its_places_are_inside_and_all_are_waited_for() {
        let gate = Gate::new(2);
        let (inside, most, done) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                let ticket = gate.enter();
                let (inside, most, done) = (&inside, &most, &done);
                scope.spawn(move || {
                    let ticket = ticket;
                    most.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
                    std::thread::yield_now();
                    inside.fetch_sub(1, SeqCst);
                    done.fetch_add(1, SeqCst);
                    drop(ticket);
                });
            }
            gate.wait_for_all();
            assert_eq!(done.load(SeqCst), 8);
        });
        assert!(most.load(SeqCst) <= 2);
    }
}

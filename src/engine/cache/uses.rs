//! When what a cache holds was used and will be: what goes first when memory runs out.

/// The uses of an entry, by the cache's clock, which counts items.
#[derive(Clone, Copy, Debug)]
pub(super) struct Uses {
    pub(super) count: u32,
    /// When it came.
    pub(super) born: u64,
    /// When it was used last.
    pub(super) last: u64,
    /// When it will be used next, as far as the plan was looked at; in the past if no use is known.
    pub(super) next: u64,
}

/// What goes first has the lowest rank: what has no known use, by uses over age, then what is used latest.
pub(super) type Rank = (bool, u64);

impl Uses {
    /// Of what comes now.
    pub(super) fn first(clock: u64) -> Self {
        Self { count: 1, born: clock, last: clock, next: 0 }
    }

    /// So many more now.
    pub(super) fn add(&mut self, count: u32, clock: u64) {
        self.count = self.count.saturating_add(count);
        self.last = clock;
    }

    /// A use is `ahead` items away, 0 being the next.
    pub(super) fn expect(&mut self, ahead: usize, clock: u64) {
        // An earlier look saw every item up to a use that is still to come.
        if self.next <= clock {
            self.next = clock + 1 + ahead as u64;
        }
    }

    /// The uses of something that this is part of.
    pub(super) fn share(&mut self, of: &Self, clock: u64) {
        self.last = self.last.max(of.last);
        if of.next > clock {
            self.next = if self.next > clock { self.next.min(of.next) } else { of.next };
        }
    }

    /// Whether there was no use for `window` items, and none is known.
    pub(super) fn is_dead(&self, window: u64, clock: u64) -> bool {
        self.next <= clock && self.last + window < clock
    }

    pub(super) fn rank(&self, clock: u64) -> Rank {
        match self.next > clock {
            true => (true, u64::MAX - self.next),
            false => (false, (u64::from(self.count) << 32) / (clock.saturating_sub(self.born) + 1)),
        }
    }
}

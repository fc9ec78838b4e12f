//! The pixels of traits, counted for as long as anybody holds them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::pixel::Pixel;

/// The pixels of a trait's tiles, one tile after the other.
#[derive(Debug)]
pub(crate) struct Pixels {
    pixels: Vec<Pixel>,
    account: Option<Arc<HeldPixels>>,
}

impl Pixels {
    pub(super) fn new(mut pixels: Vec<Pixel>) -> Self {
        pixels.shrink_to_fit();
        Self { pixels, account: None }
    }

    pub(super) fn all(&self) -> &[Pixel] {
        &self.pixels
    }

    pub(crate) fn bytes(&self) -> u64 {
        size_of_val(&*self.pixels) as u64
    }

    /// Counts them in `account` from now on.
    pub(super) fn count_in(&mut self, account: &Arc<HeldPixels>) {
        if self.account.is_none() {
            let bytes = self.bytes();
            let now = account.bytes.fetch_add(bytes, Relaxed) + bytes;
            account.peak.fetch_max(now, Relaxed);
            self.account = Some(account.clone());
        }
    }

    /// Has `change` change them; there may be fewer afterwards.
    pub(super) fn change<R>(&mut self, change: impl FnOnce(&mut Vec<Pixel>) -> R) -> R {
        let before = self.bytes();
        let result = change(&mut self.pixels);
        if self.bytes() < before {
            self.pixels.shrink_to_fit();
            if let Some(account) = &self.account {
                account.bytes.fetch_sub(before - self.bytes(), Relaxed);
            }
        }
        result
    }
}

impl Drop for Pixels {
    fn drop(&mut self) {
        if let Some(account) = &self.account {
            account.bytes.fetch_sub(self.bytes(), Relaxed);
        }
    }
}

/// How many bytes of pixels are in memory.
#[derive(Debug, Default)]
pub(crate) struct HeldPixels {
    bytes: AtomicU64,
    peak: AtomicU64,
}

impl HeldPixels {
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    pub(crate) fn peak(&self) -> u64 {
        self.peak.load(Relaxed)
    }
}

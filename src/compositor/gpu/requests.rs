//! What is asked of the thread that speaks to the GPU, and what it answers.

use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex};

use crate::art::Art;
use crate::compositor::gpu::compress::Asked;
use crate::compositor::gpu::fill::Numbered;
use crate::compositor::{Band, JoinBatch};
use crate::pixel::Pixel;
use crate::png::{Encoder, JoinedBits};
use crate::telemetry::GpuStats;
use crate::threads::lock;

/// What is asked of the thread.
#[derive(Debug)]
pub(super) enum Request {
    Render(Render),
    Join(Join),
}

/// Pictures to join; the answer has one for each, or nothing where the CPU must join it.
#[derive(Debug)]
pub(super) struct Join {
    pub(super) batch: JoinBatch,
    pub(super) answer: Sender<Vec<Option<JoinedBits>>>,
}

/// Spans to composite.
#[derive(Debug)]
pub(super) struct Render {
    /// With the pixels that the jobs need.
    pub(super) art: Arc<Art>,
    /// To be composited.
    pub(super) jobs: Vec<Numbered>,
    /// By which to compress them, too, where the device can.
    pub(super) encoder: Option<Arc<Encoder>>,
    /// To be loaded after that, when nothing else is to be done.
    pub(super) next: Vec<Band>,
    /// Ends when all jobs are done.
    pub(super) answers: Sender<Answer>,
}

/// What it answers.
#[derive(Debug)]
pub(super) enum Answer {
    /// Composited spans, in the order of the jobs.
    Done(Vec<Numbered>, Pixels),
    /// Spans that were compressed as well, and the words that came of it.
    Compressed(Vec<Numbered>, Asked, Pixels),
    /// Jobs that the CPU must do.
    Yours(Vec<Numbered>),
}

/// Buffers of finished pixels, which come back by themselves.
#[derive(Debug)]
pub(super) struct Buffers {
    idle: Receiver<Vec<Pixel>>,
    back: Sender<Vec<Pixel>>,
}

impl Buffers {
    pub(super) fn new(count: usize) -> Self {
        let (back, idle) = std::sync::mpsc::channel();
        for _ in 0..count {
            back.send(Vec::new()).expect("the receiver is here");
        }
        Self { idle, back }
    }

    /// The next idle one. Waiting for it keeps finished pixels from piling up when the encoders are slower than the GPU.
    pub(super) fn take(&self) -> Pixels {
        let pixels = self.idle.recv().expect("this thread holds a sender");
        Pixels { pixels, back: self.back.clone() }
    }
}

/// A buffer of pixels that finds its way back by itself.
#[derive(Debug)]
pub(super) struct Pixels {
    pub(super) pixels: Vec<Pixel>,
    back: Sender<Vec<Pixel>>,
}

impl Drop for Pixels {
    fn drop(&mut self) {
        // When no receiver is left, the program is about to end.
        let _ = self.back.send(std::mem::take(&mut self.pixels));
    }
}

/// What the thread reports.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) stats: Mutex<GpuStats>,
    /// The reason, once the GPU was given up.
    pub(super) gone: Mutex<Option<String>>,
    /// Times that something failed.
    pub(super) failures: std::sync::atomic::AtomicU64,
}

impl Shared {
    pub(super) fn stats(&self) -> GpuStats {
        lock(&self.stats).clone()
    }

    pub(super) fn gone(&self) -> Option<String> {
        lock(&self.gone).clone()
    }
}

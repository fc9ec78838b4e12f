//! What a run waited for: the processor, the card, its results, or writing files.

use std::fmt;

use traitpress::telemetry::Stats;

/// Below this share of the time nothing was busy enough to be what the run waited for.
const BUSY: f64 = 0.5;

/// What can bound a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Processor,
    /// The GPU, by its own clock.
    Gpu,
    /// Reading back what it made, which one thread does.
    Readback,
    Write,
}

/// The part that was busy for the largest share of the time, of all threads that it can have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bound {
    pub(crate) part: Part,
    pub(crate) share: f64,
}

impl Bound {
    /// What bounded a run; nothing if its time was not measured.
    pub(crate) fn of(stats: &Stats) -> Option<Self> {
        let (time, stages) = (stats.seconds.press, &stats.stages);
        if time <= 0.0 {
            return None;
        }
        let threads = stats.threads.max(1) as f64;
        let gpu = [stages.gpu, stages.gpu_compress, stages.gpu_join].iter().flatten().sum::<f64>();
        let parts = [
            (Part::Processor, stats.processor.press.seconds / threads),
            (Part::Gpu, gpu),
            (Part::Readback, stages.readback),
            (Part::Write, stages.write / threads),
        ];
        let shares = parts.into_iter().map(|(part, seconds)| Self { part, share: seconds / time });
        shares.max_by(|a, b| a.share.total_cmp(&b.share))
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = match self.part {
            _ if self.share < BUSY => return f.write_str("waiting"),
            Part::Processor => "processor",
            Part::Gpu => "GPU",
            Part::Readback => "readback",
            Part::Write => "writing",
        };
        write!(f, "{part} {:.0}%", self.share * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_part_bounds_a_run() {
        let mut stats = Stats::default();
        assert_eq!(Bound::of(&stats), None, "no time was measured");
        (stats.threads, stats.seconds.press) = (4, 10.0);
        let text = |stats: &Stats| Bound::of(stats).map(|bound| bound.to_string());
        stats.processor.press.seconds = 8.0;
        assert_eq!(text(&stats).as_deref(), Some("waiting"));
        stats.stages.readback = 5.0;
        assert_eq!(text(&stats).as_deref(), Some("readback 50%"));
        stats.processor.press.seconds = 36.0;
        assert_eq!(text(&stats).as_deref(), Some("processor 90%"));
        (stats.stages.gpu, stats.stages.gpu_compress, stats.stages.gpu_join) =
            (Some(1.0), Some(6.0), Some(2.5));
        assert_eq!(text(&stats).as_deref(), Some("GPU 95%"));
        stats.stages.write = 40.0;
        assert_eq!(text(&stats).as_deref(), Some("writing 100%"));
    }
}

//! What was let go during a run.

/// What clean-ups released.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Released {
    /// How often was cleaned up.
    pub cleanups: u64,
    /// Spans that were neither used lately nor known to be used soon, while the cache's budget was nearly used up.
    pub spans: u64,
    /// Buffers that were idle since the clean-up before.
    pub buffers: u64,
    /// Temporary files that no write was going to finish.
    pub files: u64,
    /// How often memory was short, so that batches and the span cache halved.
    pub shortages: u64,
}

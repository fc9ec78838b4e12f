//! Where the stages of the work are done, in words.

use traitpress::telemetry::StageUse;

/// What no graphics card does.
pub(crate) const ALWAYS_CPU: &str = "on the CPU in any case: sizes by other than whole factors, other formats than PNG, one-of-ones, --encoder plain";

/// A stage's place, with the reason.
pub(crate) fn place(stage: &StageUse) -> String {
    format!("on the {} ({})", if stage.gpu { "GPU" } else { "CPU" }, stage.why)
}

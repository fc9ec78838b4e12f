//! Which shard a process is to work on.
//!
//! The number of a shard can come from the engine that runs it. The number of shards never does: engines number what was
//! submitted, and who submits "3,17-19" again means the same shards as before.

use traitpress::output::Shard;

use crate::cli::failure::Failure;

/// The variables in which engines have the number of a task of an array: Slurm, Kubernetes and AWS Batch.
const NUMBERS: [&str; 3] = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"];
/// The variable that has number and count, `3/7`.
const SHARD: &str = "TRAITPRESS_SHARD";

/// The value of `--shard`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ShardValue {
    Auto,
    Given(Shard),
}

/// Reads the value of `--shard`.
pub(crate) fn parse_shard(text: &str) -> Result<ShardValue, String> {
    match text {
        "auto" => Ok(ShardValue::Auto),
        text => text.parse().map(ShardValue::Given).map_err(|what| format!("{what}, or auto")),
    }
}

/// The shard that `--shard`, `--shards` and `--shard-offset` mean. `variable` gives the value of a variable of the
/// environment.
pub(crate) fn shard_of(
    value: ShardValue,
    of: Option<u32>,
    offset: i32,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Shard, Failure> {
    match (value, of) {
        (ShardValue::Given(shard), Some(of)) if shard.of() != of => Err(Failure::Usage(format!(
            "--shard {shard} and --shards {of} contradict each other; remove one"
        ))),
        (ShardValue::Given(shard), _) => Ok(shard),
        (ShardValue::Auto, of) => of_engine(of, offset, variable).map_err(Failure::Usage),
    }
}

/// The shard of the task that an engine has started.
fn of_engine(
    of: Option<u32>,
    offset: i32,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Shard, String> {
    if let Some(text) = variable(SHARD) {
        let shard: Shard = text.parse().map_err(|what| format!("{SHARD}={text}: {what}"))?;
        return match of {
            Some(of) if of != shard.of() => {
                Err(format!("{SHARD}={text} and --shards {of} contradict each other; remove one"))
            }
            _ => Ok(shard),
        };
    }
    let of = of.ok_or_else(|| {
        format!(
            "--shard auto requires --shards N, or {SHARD}=I/N; engines number what was \
             submitted, which is not always all"
        )
    })?;
    let found = NUMBERS.into_iter().find_map(|name| Some((name, variable(name)?)));
    let (name, text) = found.ok_or_else(|| {
        format!("--shard auto: none of {SHARD}, {} is set; give --shard I/N", NUMBERS.join(", "))
    })?;
    let task: u32 = text.parse().map_err(|_| format!("{name}={text}: this is not the number of a task"))?;
    let number = u32::try_from(i64::from(task) - i64::from(offset)).map_err(|_| {
        format!(
            "{name}={text}: less --shard-offset {offset} this is no number of a shard; give another offset"
        )
    })?;
    Shard::new(number, of).map_err(|what| format!("{name}={text}: {what}; check --shards and --shard-offset"))
}

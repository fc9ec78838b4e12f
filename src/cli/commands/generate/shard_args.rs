//! The arguments of shards, and which shards they mean.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use traitpress::Digest;
use traitpress::output::{Shard, ShardForm};
use traitpress::project::Layout;

use crate::cli::failure::Failure;
use crate::cli::shard_number::{ShardValue, parse_shard, shard_of};

#[derive(Debug, clap::Args)]
pub(super) struct ShardArgs {
    /// Make only shard I of N, 0 to N-1: the items of one part, as I-of-N.tar with a manifest in --out. auto: I is
    /// the number of a task in an array of Slurm, Kubernetes or AWS Batch, or both are in TRAITPRESS_SHARD
    #[arg(long, value_name = "I/N|auto", value_parser = parse_shard,
          conflicts_with_all = ["resume", "update", "first", "thumbnails", "preview", "patterns", "stats"])]
    shard: Option<ShardValue>,
    /// The number of shards. Without --shard all of them are made, one after the other; complete ones are kept
    #[arg(long, value_name = "N",
          conflicts_with_all = ["resume", "update", "first", "thumbnails", "preview", "patterns", "stats"])]
    shards: Option<u32>,
    /// What --shard auto subtracts from the number of a task; negative where an engine cannot count as far
    #[arg(long, value_name = "K", requires = "shard", default_value_t = 0, allow_negative_numbers = true)]
    shard_offset: i32,
    /// tar: one file. folder: a folder of files. pool: the smallest file, with each part of a picture once [default: tar]
    #[arg(long, value_name = "FORM", value_parser = forms())]
    shard_form: Option<ShardForm>,
    /// Make nothing unless the digest of plan.json is this one
    #[arg(long, value_name = "DIGEST")]
    pub(super) plan_digest: Option<Digest>,
}

fn forms() -> impl TypedValueParser<Value = ShardForm> {
    PossibleValuesParser::new(ShardForm::ALL.map(ShardForm::name)).map(|name| {
        ShardForm::ALL.into_iter().find(|form| form.name() == name).expect("the parser takes names of forms")
    })
}

/// The shards to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shards {
    pub(super) shards: Vec<Shard>,
    pub(super) form: ShardForm,
    pub(super) names: Layout,
}

impl ShardArgs {
    /// Whether shards were asked for.
    pub(super) fn are_given(&self) -> bool {
        self.shard.is_some() || self.shards.is_some()
    }

    /// Which shards are to be made; none for a whole collection. `variable` gives the value of a variable of the environment.
    pub(super) fn resolved(
        &self,
        layout: Option<Layout>,
        to_store: bool,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Shards>, Failure> {
        let usage = |text: String| Err(Failure::Usage(text));
        let names = layout.filter(|layout| !layout.is_of_collections()).unwrap_or_default();
        let webdataset = names == Layout::Webdataset;
        if names == Layout::Objects && !to_store {
            return usage(
                "--layout objects: objects are in a store, and on a disk they would be the files of a folder; give \
                 s3://bucket/prefix/, gs:// or az:// as --out, or --layout flat"
                    .to_owned(),
            );
        }
        let shards = match (self.shard, self.shards) {
            (None, None) if to_store => vec![Shard::new(0, 1).expect("there is one")],
            (None, None) => {
                let flag = [("--shard-form", self.shard_form.is_some()), ("--layout webdataset", webdataset)];
                return match flag.into_iter().find(|(_, is_given)| *is_given) {
                    Some((flag, _)) => {
                        usage(format!("{flag} is for shards; add --shards or --shard, or remove it"))
                    }
                    None => Ok(None),
                };
            }
            (None, Some(of)) => {
                let shards =
                    (0..of.max(1)).map(|number| Shard::new(number, of)).collect::<Result<Vec<_>, _>>();
                shards.map_err(|what| Failure::Usage(format!("--shards: {what}")))?
            }
            (Some(value), of) => vec![shard_of(value, of, self.shard_offset, variable)?],
        };
        let form = match (self.shard_form, names) {
            (Some(ShardForm::Tar | ShardForm::Pool), Layout::Objects) => {
                return usage(
                    "--layout objects has no file for a shard; remove --shard-form or --layout".to_owned(),
                );
            }
            (_, Layout::Objects) => ShardForm::Folder,
            (Some(ShardForm::Folder), _) if to_store => {
                return usage(
                    "--shard-form folder: a store has no folders; give tar or pool, or --layout objects in its place"
                        .to_owned(),
                );
            }
            (form, _) => form.unwrap_or_default(),
        };
        if webdataset && form != ShardForm::Tar {
            return usage("--layout webdataset is for tars; remove --shard-form or --layout".to_owned());
        }
        Ok(Some(Shards { shards, form, names }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(
        shard: Option<&str>,
        of: Option<u32>,
        offset: i32,
        variables: &[(&str, &str)],
    ) -> Result<Vec<String>, String> {
        let args = ShardArgs {
            shard: shard.map(|text| parse_shard(text).unwrap()),
            shards: of,
            shard_offset: offset,
            shard_form: None,
            plan_digest: None,
        };
        let variable =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        match args.resolved(None, false, variable) {
            Ok(shards) => Ok(shards
                .map_or_else(Vec::new, |shards| shards.shards)
                .iter()
                .map(Shard::to_string)
                .collect()),
            Err(failure) => Err(failure.messages()[0].line.clone()),
        }
    }

    #[test]
    fn the_number_comes_from_the_engine_and_the_count_never_does() {
        for (shard, of, offset, variables, found) in [
            (None, None, 0, &[("SLURM_ARRAY_TASK_ID", "3")][..], &[][..]),
            (None, Some(3), 0, &[], &["0/3", "1/3", "2/3"]),
            (Some("2/7"), None, 0, &[("SLURM_ARRAY_TASK_ID", "3")], &["2/7"]),
            (
                Some("auto"),
                Some(7),
                0,
                &[("SLURM_ARRAY_TASK_ID", "3"), ("SLURM_ARRAY_TASK_COUNT", "2")],
                &["3/7"],
            ),
            (
                Some("auto"),
                Some(7),
                1,
                &[("SLURM_ARRAY_TASK_ID", "7"), ("SLURM_ARRAY_TASK_MIN", "5")],
                &["6/7"],
            ),
            (Some("auto"), Some(7), 0, &[("JOB_COMPLETION_INDEX", "0")], &["0/7"]),
            (Some("auto"), Some(2000), -1000, &[("SLURM_ARRAY_TASK_ID", "3")], &["1003/2000"]),
            (Some("auto"), Some(7), 0, &[("AWS_BATCH_JOB_ARRAY_INDEX", "6")], &["6/7"]),
            (Some("auto"), None, 0, &[("TRAITPRESS_SHARD", "1/2"), ("SLURM_ARRAY_TASK_ID", "9")], &["1/2"]),
            (Some("auto"), Some(2), 0, &[("TRAITPRESS_SHARD", "1/2")], &["1/2"]),
        ] {
            assert_eq!(
                resolved(shard, of, offset, variables).unwrap(),
                found,
                "{shard:?} {of:?} {variables:?}"
            );
        }
        for (shard, of, offset, variables, text) in [
            ("auto", None, 0, &[("SLURM_ARRAY_TASK_ID", "3")][..], "requires --shards N"),
            ("auto", Some(7), 0, &[], "none of TRAITPRESS_SHARD, SLURM_ARRAY_TASK_ID"),
            ("auto", Some(3), 0, &[("SLURM_ARRAY_TASK_ID", "3")], "there is no shard 3 of 3"),
            ("auto", Some(3), 4, &[("SLURM_ARRAY_TASK_ID", "3")], "less --shard-offset 4"),
            ("auto", Some(3), 0, &[("SLURM_ARRAY_TASK_ID", "x")], "not the number of a task"),
            ("auto", Some(3), 0, &[("TRAITPRESS_SHARD", "1/2")], "contradict"),
            ("auto", None, 0, &[("TRAITPRESS_SHARD", "2/2")], "there is no shard 2 of 2"),
            ("1/2", Some(3), 0, &[], "contradict"),
        ] {
            let error = resolved(Some(shard), of, offset, variables).unwrap_err();
            assert!(error.contains(text), "{error}");
        }
    }
}

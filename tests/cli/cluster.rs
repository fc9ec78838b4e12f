//! The files for engines in examples/cluster: their command lines are run as an engine runs them. `scripts/cluster-test` runs
//! Slurm itself.

use std::path::Path;

use crate::util::{Dir, Ran};

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/cluster").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn project() -> Dir {
    let dir = Dir::with_project();
    std::fs::create_dir(dir.path("shared")).unwrap();
    std::fs::rename(dir.path("p"), dir.path("shared/my-art")).unwrap();
    dir.write("shared/my-art/collection.toml", "count = 5\n");
    dir
}

/// Runs a command line whose folder `/shared` is one of the test's, as task `number`.
fn run_as_task<'a>(dir: &'a Dir, line: &[String], variable: &str, number: u32) -> Ran<'a> {
    assert_eq!(line[0], "traitpress");
    let mut command = dir.command(line[1..].iter().map(|argument| argument.replace("/shared", "shared")));
    command.env(variable, number.to_string());
    dir.run_command(command)
}

#[test]
fn the_command_of_the_kubernetes_job_makes_one_shard() {
    let text = example("kubernetes.yaml");
    let lines = text.lines().skip_while(|line| line.trim() != "command:").skip(1);
    let arguments = lines.map_while(|line| line.trim().strip_prefix("- "));
    let line: Vec<String> = arguments.map(|argument| argument.trim_matches('"').to_owned()).collect();
    let completions = text.lines().find_map(|line| line.trim().strip_prefix("completions: ")).unwrap();
    let of = line.iter().position(|argument| argument == "--shards").unwrap() + 1;
    assert_eq!(line[of], completions);
    let dir = project();
    run_as_task(&dir, &line, "JOB_COMPLETION_INDEX", 63).ok().says("shard 63 of 64");
    assert!(dir.exists("shared/parts/00063-of-00064.manifest.json"));
}

#[test]
fn the_command_of_the_aws_batch_job_makes_one_shard() {
    let text: serde_json::Value = serde_json::from_str(&example("aws-batch.json")).unwrap();
    let shards = text["parameters"]["shards"].as_str().unwrap();
    let line: Vec<String> = text["containerProperties"]["command"]
        .as_array()
        .unwrap()
        .iter()
        .map(|argument| argument.as_str().unwrap().replace("Ref::shards", shards))
        .collect();
    let dir = project();
    run_as_task(&dir, &line, "AWS_BATCH_JOB_ARRAY_INDEX", 0).ok().says("shard 0 of 64");
    assert!(dir.exists("shared/parts/00000-of-00064.manifest.json"));
}

#[cfg(unix)]
#[test]
fn the_script_for_slurm_tries_again_at_a_code_of_75_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = project();
    let script = |name: &str, text: &str| {
        dir.write(name, text);
        std::fs::set_permissions(dir.path(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    script("bin/srun", "#!/bin/sh\nshift\nexec \"$@\"\n");
    script("bin/sleep", "#!/bin/sh\n");
    script("bin/full", "#!/bin/sh\necho x >> tries\nexit \"$CODE\"\n");
    dir.write("slurm.sbatch", example("slurm.sbatch"));
    let run = |program: &str, code: &str| {
        let path = format!("{}:{}", dir.path("bin").display(), std::env::var("PATH").unwrap());
        let status = std::process::Command::new("bash")
            .arg("slurm.sbatch")
            .current_dir(dir.root())
            .envs([("PATH", path.as_str()), ("TRAITPRESS", program), ("CODE", code)])
            .envs([("SLURM_ARRAY_TASK_ID", "3"), ("PROJECT", "shared/my-art"), ("SHARDS", "5")])
            .output()
            .unwrap()
            .status;
        let tries = std::fs::read_to_string(dir.path("tries")).unwrap_or_default().lines().count();
        let _ = std::fs::remove_file(dir.path("tries"));
        (status.code(), tries)
    };
    assert_eq!(run(env!("CARGO_BIN_EXE_traitpress"), ""), (Some(0), 0));
    assert!(dir.exists("parts/00003-of-00005.tar"));
    assert_eq!(run("full", "75"), (Some(75), 3));
    for code in ["1", "2", "143"] {
        assert_eq!(run("full", code), (code.parse().ok(), 1));
    }
}

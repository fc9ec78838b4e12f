//! The GPU path from the command line. The adapter is whatever there is: in unattended runs Mesa's llvmpipe.

use serde_json::Value;

use crate::util::{Dir, adapter};

#[test]
fn adapters_are_listed_with_what_would_be_used_and_why() {
    let Some(name) = adapter() else { return };
    let dir = Dir::empty();
    let table = dir.run(["adapters"]).ok().stdout();
    assert!(table.contains(&name), "{table}");
    for word in [
        "kind",
        "driver",
        "limits",
        "clock",
        "verdict",
        "composite",
        "join",
        "whole factors",
        "--backend auto uses",
    ] {
        assert!(table.contains(word), "{table}");
    }
    let listed: Value = serde_json::from_str(&dir.run(["adapters", "--json"]).ok().stdout()).unwrap();
    for adapter in listed.as_array().unwrap() {
        if adapter["kind"] == "software" {
            assert_eq!(adapter["used"], false, "never in silence");
        }
        assert!(adapter["texture_side"].as_u64().unwrap() >= 1 && adapter["verdict"].is_string());
        assert_eq!(adapter["stages"].as_array().unwrap().len(), 3, "{adapter}");
    }
}

#[test]
fn the_gpu_makes_the_bytes_of_the_cpu() {
    let Some(name) = adapter() else { return };
    let dir = Dir::with_busy_project();
    dir.run(["generate", "p", "--backend", "cpu", "--out", "cpu"]).ok();
    let part: String = name.chars().take(5).collect::<String>().to_uppercase();
    for (out, flags) in [
        ("gpu", &["--backend", "gpu", "--require-gpu"][..]),
        ("named", &["--adapter", &part]),
        ("small", &["--backend", "gpu", "--gpu-memory", "1MiB", "--pool-memory", "1MiB", "--batch", "3"]),
    ] {
        let arguments = ["generate", "p", "-v", "--out", out, "--stats", "s.json"];
        let ran = dir.run(arguments.iter().chain(flags));
        let printed = ran.ok().stdout();
        assert!(printed.contains(&format!("gpu: {name}")), "{printed}");
        assert!(printed.contains("gpu stages  composite on the GPU ("), "{printed}");
        assert_eq!(dir.files("cpu"), dir.files(out), "{out}");
        let stats = dir.json("s.json");
        assert!(stats["gpu"]["passes"].as_u64().unwrap() > 0, "{stats}");
        assert!(stats["memory"]["textures_peak"].as_u64().unwrap() > 0, "{stats}");
    }
}

#[test]
fn shards_by_the_gpu_and_by_the_cpu_are_one_collection() {
    let Some(_) = adapter() else { return };
    let dir = Dir::with_busy_project();
    let digest = dir.run(["generate", "p", "--backend", "cpu", "--out", "whole"]).ok().told("collection");
    let gpu = ["--backend", "gpu", "--require-gpu"];
    let all = ["--gpu-stages", "composite,compress,join"];
    for (shard, flags) in [
        ("0/3", &gpu[..]),
        ("1/3", &["--backend", "cpu", "--threads", "1"]),
        ("2/3", &[&gpu[..], &all[..]].concat()),
    ] {
        dir.run(["generate", "p", "--shard", shard, "--out", "parts"].iter().chain(flags)).ok();
    }
    assert_eq!(dir.run(["merge", "parts", "--out", "drop", "--unpack"]).ok().told("collection"), digest);
    assert!(dir.files("drop") == dir.files("whole"));
}

#[test]
fn stages_that_do_not_follow_each_other_are_refused() {
    let dir = Dir::with_project();
    for stages in ["compress", "composite,join", "composite, compress", "join"] {
        let ran = dir.run(["generate", "p", "--backend", "gpu", "--gpu-stages", stages]);
        let refused = ran.exited(2).stderr();
        assert!(refused.contains("give composite, or composite,compress"), "{refused}");
        assert!(!dir.exists("out"));
    }
}

#[test]
fn a_name_that_nothing_has_lists_what_there_is() {
    let dir = Dir::with_project();
    let Some(name) = adapter() else { return };
    let refused = ["generate", "p", "--adapter", "no such card"];
    dir.run(refused).refused(2, &[&["\"no such card\"", &name]]);
    assert!(!dir.exists("out/manifest.json"));
}

#[test]
fn flags_that_exclude_each_other_are_refused() {
    let dir = Dir::with_project();
    dir.run(["generate", "p", "--backend", "cpu", "--require-gpu"])
        .refused(2, &[&["--require-gpu", "remove one"]]);
    dir.run(["generate", "p", "--backend", "cpu", "--adapter", "x"])
        .refused(2, &[&["--adapter", "remove one"]]);
}

#[test]
fn whole_pictures_have_no_work_for_a_gpu_and_that_is_said() {
    let dir = Dir::with_project();
    let whole = ["generate", "p", "--encoder", "plain", "--backend", "gpu"];
    let said = dir.run(whole).ok().stderr();
    assert!(said.contains("whole pictures are made on the CPU"), "{said}");
    dir.run(whole.iter().chain(&["--require-gpu", "--force"])).refused(1, &[&["remove --require-gpu"]]);
}

#[test]
fn a_gpu_that_fails_midway_loses_nothing_and_the_summary_says_so() {
    if adapter().is_none() {
        return;
    }
    let dir = Dir::with_busy_project();
    dir.run(["generate", "p", "--backend", "cpu", "--out", "cpu"]).ok();
    for (faults, said) in [
        ("memory@2", "out of GPU memory: passes were halved"),
        ("lost@2", "the device was created again"),
        ("timeout@1,timeout@3", "the CPU made the remaining items"),
    ] {
        let ran = dir.run([
            "generate",
            "p",
            "--backend",
            "gpu",
            "--batch",
            "4",
            "--gpu-fault",
            faults,
            "--out",
            faults,
        ]);
        let said_so = ran.ok().stderr();
        assert!(said_so.contains(said), "{said_so}");
        assert_eq!(dir.files("cpu"), dir.files(faults), "{faults}");
    }
    let ran = dir.run([
        "generate",
        "p",
        "--backend",
        "gpu",
        "--require-gpu",
        "--batch",
        "4",
        "--gpu-fault",
        "timeout@1,timeout@3",
        "--out",
        "required",
    ]);
    let error = ran.exited(1).stderr();
    assert!(error.contains("the GPU failed") && error.contains("--require-gpu"), "{error}");
    assert!(!dir.exists("required/manifest.json"), "it is not finished");
}

#[test]
fn an_adapter_that_computes_something_else_is_refused() {
    if adapter().is_none() {
        return;
    }
    let dir = Dir::with_project();
    dir.run(["generate", "p", "--backend", "gpu", "--gpu-fault", "wrong@soft-light"])
        .refused(1, &[&["self-check", "blend mode soft-light", "--backend cpu"]]);
}

#[test]
fn patterns_are_kept_in_a_file_and_refused_for_other_art() {
    let dir = Dir::with_busy_project();
    dir.run(["generate", "p", "--patterns", "learned.json", "--out", "first"]).ok();
    let first = dir.json("learned.json");
    assert_eq!(first["format"], "traitpress-patterns/1");
    dir.run(["generate", "p", "--patterns", "learned.json", "--seed", "12", "--out", "second"]).ok();
    assert_ne!(first, dir.json("learned.json"), "the second run added what it saw");
    dir.square("p/layers/1 Figure/V0#1.png", [1, 2, 3, 255]);
    dir.sized("p/layers/1 Figure/V0#1.png", [200, 150], [1, 2, 3, 255]);
    let before = dir.read("learned.json");
    dir.run(["generate", "p", "--patterns", "learned.json", "--out", "third"])
        .refused(1, &[&["learned.json", "belong to another collection"]]);
    assert_eq!(before, dir.read("learned.json"), "a refused file is left alone");
}

//! The examples are run, so that what they show stays true.

#[path = "../../examples/on_demand.rs"]
#[expect(dead_code, reason = "the example's main reads the arguments, which are the test runner's here")]
mod on_demand;
#[path = "../../examples/own_sink.rs"]
#[expect(dead_code, reason = "the example's main reads the arguments, which are the test runner's here")]
mod own_sink;
#[path = "../../examples/pool.rs"]
#[expect(dead_code, reason = "the example's main reads the arguments, which are the test runner's here")]
pub(crate) mod pool;

#[test]
fn the_avatar_service_answers_twice_with_the_same_bytes() {
    let start = std::time::Instant::now();
    on_demand::run(None).unwrap();
    assert!(start.elapsed().as_secs() < 60, "it is small");
}

#[test]
fn a_sink_of_ones_own_and_a_tar_get_the_same_files() {
    own_sink::run(None).unwrap();
}

#[test]
fn a_project_that_is_not_there_is_an_error() {
    for run in [on_demand::run, own_sink::run] {
        let error = run(Some("nowhere".into())).unwrap_err().to_string();
        assert!(error.contains("nowhere"), "{error}");
    }
}

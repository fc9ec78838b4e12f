//! The example is run, so that what it shows stays true.

#[path = "../examples/on_demand.rs"]
#[expect(dead_code, reason = "the example's main reads the arguments, which are the test runner's here")]
mod on_demand;

#[test]
fn the_avatar_service_answers_twice_with_the_same_bytes() {
    let start = std::time::Instant::now();
    on_demand::run(None).unwrap();
    assert!(start.elapsed().as_secs() < 10, "it is small");
}

#[test]
fn a_project_that_is_not_there_is_an_error() {
    let error = on_demand::run(Some("nowhere".into())).unwrap_err().to_string();
    assert!(error.contains("nowhere"), "{error}");
}

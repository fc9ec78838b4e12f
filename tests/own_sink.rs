//! The example is run, so that what it shows stays true.

#[path = "../examples/own_sink.rs"]
#[expect(dead_code, reason = "the example's main reads the arguments, which are the test runner's here")]
mod own_sink;

#[test]
fn a_sink_of_ones_own_and_a_tar_get_the_same_files() {
    own_sink::run(None).unwrap();
}

#[test]
fn a_project_that_is_not_there_is_an_error() {
    let error = own_sink::run(Some("nowhere".into())).unwrap_err().to_string();
    assert!(error.contains("nowhere"), "{error}");
}

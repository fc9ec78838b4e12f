//! How deep a test goes: scripts/test has twelve minutes for all of them, scripts/test-long takes its time.

/// `short`, or `long` with `TRAITPRESS_TEST_LONG=1`, as scripts/test-long sets it.
pub(crate) fn at_depth<T>(short: T, long: T) -> T {
    if std::env::var_os("TRAITPRESS_TEST_LONG").is_some() { long } else { short }
}

//! What a test cannot find: a reason to skip it, or a failure where nothing may be skipped.

/// Whether a test can go on. What it misses is said.
///
/// # Panics
/// If something is missing and `TRAITPRESS_TEST_REQUIRE=1` says that nothing may be skipped.
pub(crate) fn found(there: bool, missing: &str, packages: &str) -> bool {
    let required = std::env::var_os("TRAITPRESS_TEST_REQUIRE").is_some();
    assert!(there || !required, "{missing}; install {packages} (scripts/test does)");
    if !there {
        println!("skipped: {missing}");
    }
    there
}

/// Whether there is a graphics adapter to test on.
pub(crate) fn found_adapter(there: bool) -> bool {
    found(there, "no graphics adapter", "mesa-vulkan-drivers and libvulkan1")
}

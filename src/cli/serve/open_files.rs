//! The limit of open files, of which every connection is one.
//!
//! Shells and containers begin with a limit of some 1000, and let a program raise it to another one, often far above that.

/// Open files beside connections: art, pools, streams of the system.
#[cfg(unix)]
const OTHERS: u64 = 200;

/// Raises the limit, as far as the system lets it, to what so many connections need; a warning says if that is not enough.
#[cfg(unix)]
pub(crate) fn allow(connections: usize) {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    let wanted = connections as u64 + OTHERS;
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return };
    if soft >= wanted {
        return;
    }
    let raised = wanted.min(hard);
    let limit = match setrlimit(Resource::RLIMIT_NOFILE, raised, hard) {
        Ok(()) => raised,
        Err(_) => soft,
    };
    if limit < wanted {
        crate::cli::print::errln!(
            "warning: the system allows {limit} open files, and {connections} connections need {wanted}; raise its limit \
             (`ulimit -n`) or give fewer --connections"
        );
    }
}

/// Other systems have no such limit.
#[cfg(not(unix))]
pub(crate) fn allow(_: usize) {}

//! The time that child processes have taken.

use std::time::{Duration, Instant};

/// What a build has cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// As the clock shows it.
    pub(crate) wall: Duration,
    /// As the processors spend it, for cargo and all that it starts.
    pub(crate) cpu: Duration,
}

/// Takes the time of what starts child processes and waits for them: nothing else may do so meanwhile.
pub(crate) fn timed<R>(start: impl FnOnce() -> R) -> (R, Cost) {
    let (before, clock) = (children(), Instant::now());
    let result = start();
    (result, Cost { wall: clock.elapsed(), cpu: children().saturating_sub(before) })
}

/// The time of all child processes that have been waited for, and of theirs.
#[allow(unsafe_code, reason = "the operating system fills a structure")]
fn children() -> Duration {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the structure is there; all zeroes is one, too.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr());
        usage.assume_init()
    };
    [usage.ru_utime, usage.ru_stime]
        .map(|time| {
            let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
            Duration::from_secs(seconds)
                + Duration::from_micros(u64::try_from(time.tv_usec).unwrap_or_default())
        })
        .iter()
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_takes_time() {
        let run = || std::process::Command::new("rustc").arg("--version").output();
        let (output, cost) = timed(run);
        assert!(output.unwrap().status.success());
        assert!(cost.cpu > Duration::ZERO && cost.wall > Duration::ZERO);
    }
}

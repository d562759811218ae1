//! Where a scenario's time comes from.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either, select};
use tokio::time::Instant;

/// A clock, and what else gives others their turn.
pub(crate) trait Clock: Send + Sync + 'static {
    /// Milliseconds since the scenario began.
    fn now(&self) -> u64;

    /// Waits so many milliseconds.
    fn sleep(&self, ms: u64) -> BoxFuture<'static, ()>;

    /// Called before each action of an actor: a test can let others go first here.
    fn pause(&self) -> BoxFuture<'static, ()> {
        std::future::ready(()).boxed()
    }
}

/// Tokio's clock, which the runner pauses.
pub(crate) struct Paused(Instant);

impl Paused {
    /// Begins now.
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for Paused {
    fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn sleep(&self, ms: u64) -> BoxFuture<'static, ()> {
        tokio::time::sleep(Duration::from_millis(ms)).boxed()
    }
}

/// What comes of a future, if it comes within so many milliseconds.
pub(crate) async fn within<F: Future>(clock: &dyn Clock, ms: u64, future: F) -> Option<F::Output> {
    let future = std::pin::pin!(future);
    match select(future, clock.sleep(ms)).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

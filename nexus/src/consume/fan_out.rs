//! One event for several members: all get it, and the first error is told when the last one has ended.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

use super::handler::Handler;
use crate::error::{BoxError, panic_message};
use crate::nexus::{Queue, drop_quietly};

/// The errors of a fan-out's members.
#[derive(Debug, Default)]
pub struct FanOut {
    first: Option<BoxError>,
}

impl FanOut {
    /// Gives the event to a member.
    pub async fn give<E, H: Handler<E>>(
        &mut self,
        name: &str,
        member: &mut H,
        event: &E,
        mut queue: Queue<H::Emits>,
    ) where
        E: Sync,
    {
        let call = AssertUnwindSafe(async { member.handle(event, &mut queue).await });
        self.note(name, call.catch_unwind().await);
    }

    /// Notes how a member ended. Only the first error can be the fan-out's; the others are traced.
    pub(crate) fn note(&mut self, member: &str, result: std::thread::Result<Result<(), BoxError>>) {
        let error = match result {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(panic) => {
                let message = panic_message(&*panic);
                drop_quietly(panic);
                format!("its member `{member}` panicked: {message}").into()
            }
        };
        if self.first.is_none() {
            self.first = Some(error);
        } else {
            tracing::error!(target: "nexus", member, "a further member of a fan-out failed");
            drop_quietly(error);
        }
    }

    /// The first error.
    ///
    /// # Errors
    ///
    /// That of the first member that failed.
    pub fn end(self) -> Result<(), BoxError> {
        self.first.map_or(Ok(()), Err)
    }
}

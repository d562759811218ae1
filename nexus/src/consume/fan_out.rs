//! One event for several members: all get it, and the first error is told when the last one has ended.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

use crate::error::{BoxError, panic_message, shown};
use crate::nexus::{complain, drop_quietly};

/// The errors of a fan-out's members.
#[derive(Debug, Default)]
pub struct MemberErrors {
    first: Option<BoxError>,
}

impl MemberErrors {
    /// No errors yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets a member handle the event.
    pub async fn give(&mut self, member: &str, call: impl Future<Output = Result<(), BoxError>>) {
        self.note(member, AssertUnwindSafe(call).catch_unwind().await);
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
            let text = shown(&error);
            complain(format_args!("a further member of a fan-out failed: `{member}`: {text}"));
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

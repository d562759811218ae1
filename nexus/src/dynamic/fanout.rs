//! One handler made of several: each member gets every event.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;

use crate::consume::MemberErrors;
use crate::nexus::lock;

use super::{CallError, Handler};

/// A fan-out: a handler that gives each event to all its members, one after another, in the order in which they were
/// registered.
///
/// All of them get it, also if one fails or panics; then the first error is the fan-out's. Members may be registered and taken
/// out at any time, which counts from the next event. Clones are the same fan-out.
///
/// What [`#[derive(Fanout)]`](derive@crate::Fanout) declares is fixed, and typed.
#[derive(Clone)]
pub struct Fanout {
    name: Arc<str>,
    members: Arc<Mutex<Vec<Handler>>>,
    handler: Handler,
}

impl Fanout {
    /// A fan-out without members. An event that comes before there is one is an error:
    /// [`CallError::MisconfiguredEventConsumer`].
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        let name: Arc<str> = name.into();
        let members: Arc<Mutex<Vec<Handler>>> = Arc::default();
        let handler = Handler::new(name.clone(), {
            let (name, members) = (name.clone(), members.clone());
            move |event, queue| {
                let (name, members) = (name.clone(), lock(&members).clone());
                Box::pin(async move {
                    if members.is_empty() {
                        return Err(CallError::MisconfiguredEventConsumer { fanout: name.to_string() }.into());
                    }
                    let mut fan_out = MemberErrors::default();
                    for member in members {
                        // Also what a member does before its future is there may panic.
                        let call = AssertUnwindSafe(async { member.call(event, queue).await });
                        fan_out.note(member.name(), call.catch_unwind().await);
                    }
                    fan_out.end()
                })
            }
        });
        Self { name, members, handler }
    }

    /// Adds a member. One that is a member already stays where it is.
    ///
    /// # Errors
    ///
    /// [`CallError::BadCall`], if it is the fan-out itself. One that is a member of itself by way of another overflows the stack
    /// when an event comes.
    pub fn register(&self, handler: &Handler) -> Result<(), CallError> {
        if handler.is(&self.handler) {
            return Err(CallError::BadCall("a fan-out can't be a member of itself"));
        }
        let mut members = lock(&self.members);
        if !members.iter().any(|member| member.is(handler)) {
            members.push(handler.clone());
        }
        Ok(())
    }

    /// Takes a member out.
    ///
    /// # Errors
    ///
    /// [`CallError::UnknownHandler`], if it is none.
    pub fn deregister(&self, handler: &Handler) -> Result<(), CallError> {
        let mut members = lock(&self.members);
        let place = members.iter().position(|member| member.is(handler)).ok_or_else(|| {
            CallError::UnknownHandler { handler: handler.name().to_owned(), fanout: self.name.to_string() }
        })?;
        let gone = members.remove(place);
        drop(members);
        drop(gone);
        Ok(())
    }

    /// The fan-out as a handler. It can be registered under several keys, and be a member of others.
    pub fn handler(&self) -> &Handler {
        &self.handler
    }
}

impl fmt::Debug for Fanout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members: Vec<String> =
            lock(&self.members).iter().map(|member| member.name().to_owned()).collect();
        f.debug_struct("Fanout").field("name", &self.name).field("members", &members).finish_non_exhaustive()
    }
}

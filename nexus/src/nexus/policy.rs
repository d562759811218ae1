//! What becomes of errors, and in which order events go.

use std::sync::Arc;

use crate::error::Failure;
use crate::event::{Event, NamedEvent, Unhandled};

/// What an error or a panic of a filter or handler means for the run.
///
/// A panic is caught where it happens, and is an error like any other. With `panic = "abort"` in a program's profile nothing can
/// be caught: there, a panic of a handler ends the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Policy {
    /// It is reported (tracing, the error hook, a [`DeadLetter`]), counted as failed, and the nexus goes on: the event's
    /// other handlers still run, and an `ingest` returns without error. A converter that fails is reported and has ended.
    #[default]
    Report,
    /// The first error of an event ends that event; an `ingest` call gets the first error of its tree; an error of a
    /// converter's event ends the run at once. What belongs to no call is reported. A timer whose event, or whose function,
    /// failed has ended (and that is traced); other sources go on.
    Fail,
}

/// In which order waiting events are handled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order {
    /// The lowest priority number first; first in, first out among equals.
    #[default]
    Priority,
    /// First in, first out; priorities are ignored.
    Fifo,
}

/// An event that failed, or that nobody handled: emitted if the plan has a handler for it.
///
/// A dead letter may itself go unhandled, and a failure of its handler makes no further one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DeadLetter {
    /// What happened, with the event's type and id.
    pub failure: Failure,
    /// The event itself, unless a handler took it by value.
    pub event: Option<Arc<Event>>,
}

impl DeadLetter {
    /// Makes one for a test.
    pub fn new(failure: Failure, event: Option<Arc<Event>>) -> Self {
        Self { failure, event }
    }
}

#[diagnostic::do_not_recommend]
impl NamedEvent for DeadLetter {
    const NAME: &'static str = "nexus.DeadLetter";
    const UNHANDLED: Unhandled = Unhandled::Discard;
}

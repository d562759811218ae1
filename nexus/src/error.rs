//! Errors: one type for each place where a user meets them.
//!
//! Handlers and sources may return any error (it is boxed as [`BoxError`]). A [`Failure`] is such an error, or a panic,
//! or the lack of a handler, together with the event and the item that it belongs to.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use crate::dynamic::CallError;
use crate::event::{Event, EventType};
use crate::nexus::{Ledger, State, drop_quietly};

/// What a handler or a source may fail with: any error, boxed.
pub type BoxError = Box<dyn Error + Send + Sync + 'static>;

/// A result whose value and error can be left out: `Result` is `Result<(), BoxError>`.
pub type Result<T = (), E = BoxError> = std::result::Result<T, E>;

/// An event, or a source, that failed: what happened, to which event, and in which item.
///
/// It is cheap to clone. The original error is kept as it was: see [`Failure::error`].
#[derive(Clone)]
pub struct Failure(Arc<Inner>);

struct Inner {
    event: Option<(EventType, i64)>,
    /// The event itself, when everybody has done with it.
    whole: OnceLock<Arc<Event>>,
    item: Option<String>,
    cause: Cause,
    /// Made once, since the error is a user's, and may panic when it is displayed.
    text: String,
}

impl Drop for Inner {
    fn drop(&mut self) {
        drop_quietly(std::mem::replace(&mut self.cause, Cause::Unhandled));
        drop_quietly(self.whole.take());
    }
}

/// Why an event or a source failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Cause {
    /// The function returned this error.
    Error(BoxError),
    /// The function panicked with this message.
    Panic(String),
    /// Nobody handles the event, and it is not declared as `unhandled = discard`.
    Unhandled,
}

impl Failure {
    pub(crate) fn of_event(event: (EventType, i64), item: Option<String>, cause: Cause) -> Self {
        Self::new(Some(event), item, cause)
    }

    pub(crate) fn of_source(item: String, cause: Cause) -> Self {
        Self::new(None, Some(item), cause)
    }

    fn new(event: Option<(EventType, i64)>, item: Option<String>, cause: Cause) -> Self {
        let mut text = match (&item, &cause) {
            (Some(item), Cause::Panic(_)) => format!("`{item}` panicked"),
            (Some(item), _) => format!("`{item}` failed"),
            (None, Cause::Unhandled) => "nobody handles".to_owned(),
            (None, _) => "the nexus could not take".to_owned(),
        };
        if let Some((event_type, id)) = &event {
            let on = if item.is_some() { " on" } else { "" };
            write!(text, "{on} `{event_type}` #{id}").ok();
        }
        match &cause {
            Cause::Error(error) => {
                text += ": ";
                text += &shown(error);
            }
            Cause::Panic(message) => {
                text += ": ";
                text += message;
            }
            Cause::Unhandled => {}
        }
        Self(Arc::new(Inner { event, whole: OnceLock::new(), item, cause, text }))
    }

    /// Adds the event itself.
    pub(crate) fn complete(&self, event: &Arc<Event>) {
        self.0.whole.set(event.clone()).ok();
    }

    /// The type of the event that failed; `None` if the failure is a source's own.
    pub fn event_type(&self) -> Option<&EventType> {
        self.0.event.as_ref().map(|(event_type, _)| event_type)
    }

    /// The id of the event that failed; `None` if the failure is a source's own.
    pub fn event_id(&self) -> Option<i64> {
        self.0.event.as_ref().map(|(_, id)| *id)
    }

    /// The event that failed, once it is settled: the error hook is given it besides. `None` if the failure is a source's own.
    /// Its payload is gone if a handler took it by value.
    pub fn event(&self) -> Option<&Event> {
        self.0.whole.get().map(|event| &**event)
    }

    /// The name of the filter, handler or source that failed; `None` for an event without a handler.
    pub fn item(&self) -> Option<&str> {
        self.0.item.as_deref()
    }

    /// Why.
    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// The error that the function returned, if it returned one and it is a `T`.
    pub fn error<T: Error + 'static>(&self) -> Option<&T> {
        match &self.0.cause {
            Cause::Error(error) => error.downcast_ref(),
            Cause::Panic(_) | Cause::Unhandled => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0.cause {
            // The error itself is in the text.
            Cause::Error(error) => error.source(),
            Cause::Panic(_) | Cause::Unhandled => None,
        }
    }
}

/// An event that did not enter; it comes back in the error.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmitError<E> {
    /// The nexus has not been started.
    NotStarted(E),
    /// The nexus drains or has stopped.
    Stopped(E),
    /// So many events wait already that this one would have to wait too (`try_emit` only).
    Full(E),
    /// The domain is in bit mode, and the type of the dynamic event is no power of two.
    InvalidEventType(E),
}

impl<E> EmitError<E> {
    /// The event that did not enter.
    pub fn into_event(self) -> E {
        match self {
            Self::NotStarted(event)
            | Self::Stopped(event)
            | Self::Full(event)
            | Self::InvalidEventType(event) => event,
        }
    }

    /// Whether the reference calls this a bad call: all but a nexus that is full.
    pub fn is_bad_call(&self) -> bool {
        match self {
            Self::NotStarted(_) | Self::Stopped(_) | Self::InvalidEventType(_) => true,
            Self::Full(_) => false,
        }
    }

    pub(crate) fn map<T>(self, with: impl FnOnce(E) -> T) -> EmitError<T> {
        match self {
            Self::NotStarted(event) => EmitError::NotStarted(with(event)),
            Self::Stopped(event) => EmitError::Stopped(with(event)),
            Self::Full(event) => EmitError::Full(with(event)),
            Self::InvalidEventType(event) => EmitError::InvalidEventType(with(event)),
        }
    }

    pub(crate) const STOPPED: &str = "the event was refused: the nexus has stopped";

    /// The same without the event: what is said of it is the same for all types.
    fn bare(&self) -> EmitError<()> {
        match self {
            Self::NotStarted(_) => EmitError::NotStarted(()),
            Self::Stopped(_) => EmitError::Stopped(()),
            Self::Full(_) => EmitError::Full(()),
            Self::InvalidEventType(_) => EmitError::InvalidEventType(()),
        }
    }
}

impl EmitError<()> {
    fn name(self) -> &'static str {
        match self {
            Self::NotStarted(()) => "NotStarted(..)",
            Self::Stopped(()) => "Stopped(..)",
            Self::Full(()) => "Full(..)",
            Self::InvalidEventType(()) => "InvalidEventType(..)",
        }
    }

    fn reason(self) -> &'static str {
        match self {
            Self::NotStarted(()) => "the event was refused: the nexus has not been started",
            Self::Stopped(()) => Self::STOPPED,
            Self::Full(()) => "the event was refused: the nexus is full",
            Self::InvalidEventType(()) => {
                "the event was refused: in bit mode, the type of a dynamic event has to be a power of two"
            }
        }
    }
}

impl<E> fmt::Debug for EmitError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.bare().name())
    }
}

impl<E> fmt::Display for EmitError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.bare().reason())
    }
}

impl<E> Error for EmitError<E> {}

/// Why an `ingest` did not end well.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The nexus has not been started; the event did not enter.
    #[error("the event was refused: the nexus has not been started")]
    NotStarted,
    /// The nexus drains or has stopped; the event did not enter.
    #[error("the event was refused: the nexus has stopped")]
    Stopped,
    /// The event entered, but the nexus ended before it and all that arose from it were handled; or it stopped while the event
    /// waited at its door.
    #[error("the nexus ended before the event and all that arose from it were handled")]
    Cut,
    /// With [`Policy::Fail`](crate::Policy::Fail): the first error of the event and of all that arose from it.
    #[error(transparent)]
    Failed(Failure),
    /// The domain is in bit mode, and the type of the dynamic event is no power of two; the event did not enter.
    #[error(
        "the event was refused: in bit mode, the event type {0} is not allowed: it has to be a power of two"
    )]
    InvalidEventType(EventType),
}

impl IngestError {
    /// Whether it was the call that was wrong, as the reference's `BadCall` says: the event was refused, or the nexus has
    /// stopped meanwhile.
    pub fn is_bad_call(&self) -> bool {
        match self {
            Self::NotStarted | Self::Stopped | Self::Cut | Self::InvalidEventType(_) => true,
            Self::Failed(_) => false,
        }
    }
}

/// A call that the nexus's state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{call}` needs a nexus that is {needs}; this one is {state}")]
pub struct StateError {
    pub(crate) call: &'static str,
    pub(crate) needs: &'static str,
    pub(crate) state: State,
}

impl StateError {
    /// Always: this is what the reference calls an invalid loop state, which is a bad call.
    pub fn is_bad_call(&self) -> bool {
        true
    }

    /// The state that the nexus was in.
    pub fn state(&self) -> State {
        self.state
    }
}

/// Why a nexus could not run, or did not end well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The runtime has no clock, and timers, or the deadline of a drain, need one.
    #[error(
        "the nexus needs a clock, and its runtime has none: build the runtime with `enable_time()` or `enable_all()`, or, if the plan has no timers, set `drain_deadline(None)`"
    )]
    NoClock,
    /// There is no tokio runtime to run on.
    #[error(
        "a nexus runs on tokio, and there is no runtime here: start it in a function under `#[nexus::main]` or `#[tokio::main]`"
    )]
    NoRuntime,
    /// It was started before, or has stopped: see [`DynamicNexus`](crate::dynamic::DynamicNexus).
    #[error(transparent)]
    Refused(#[from] CallError),
    /// With [`Policy::Fail`](crate::Policy::Fail): an event of a converter, or a source itself, failed and ended the run.
    #[error("the run was ended by an error: {failure}")]
    Failed {
        /// What failed.
        failure: Failure,
        /// The accounts at the end.
        ledger: Box<Ledger>,
    },
}

impl RunError {
    /// Whether it was the call that was wrong, and not the run.
    pub fn is_bad_call(&self) -> bool {
        match self {
            Self::NoClock | Self::NoRuntime => true,
            Self::Refused(refused) => refused.is_bad_call(),
            Self::Failed { .. } => false,
        }
    }
}

/// A dynamic event reached a handler for a typed one.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "the event has no payload of type `{expected}`: a dynamic event of that name was put in, or its payload was taken"
)]
pub struct PayloadMismatch {
    pub(crate) expected: &'static str,
}

/// Whether a function passes on that the nexus has stopped, as its own error or as the source of one.
pub(crate) fn is_refusal(error: &BoxError) -> bool {
    let mut link: Option<&(dyn Error + 'static)> = Some(&**error);
    while let Some(error) = link {
        // An `EmitError` has the event's type as a parameter, which nobody knows here.
        if matches!(error.downcast_ref(), Some(IngestError::Stopped | IngestError::Cut))
            || catch_unwind(AssertUnwindSafe(|| error.to_string()))
                .is_ok_and(|text| text == EmitError::<()>::STOPPED)
        {
            return true;
        }
        link = error.source();
    }
    false
}

/// A user's error as text.
pub(crate) fn shown(error: &BoxError) -> String {
    let shown = catch_unwind(AssertUnwindSafe(|| error.to_string()));
    shown.unwrap_or_else(|_| "an error that panics when it is displayed".to_owned())
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message").to_owned()
}

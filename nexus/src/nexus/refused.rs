//! What did not enter, and why: what each kind of caller is told of it.

use crate::error::{EmitError, IngestError};
use crate::event::{Event, EventType};

/// What did not enter: an event, unless said otherwise.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refused<T = Event> {
    NotStarted(T),
    /// The nexus drains or has stopped.
    Stopped(T),
    /// The nexus stopped, or the event was withdrawn, while it stood at the door and its tree was waited for.
    Cut(T),
    Full(T),
    /// In bit mode, its type is no power of two.
    InvalidType(T),
}

impl<T> Refused<T> {
    pub(crate) fn map<U>(self, with: impl FnOnce(T) -> U) -> Refused<U> {
        match self {
            Self::NotStarted(what) => Refused::NotStarted(with(what)),
            Self::Stopped(what) => Refused::Stopped(with(what)),
            Self::Cut(what) => Refused::Cut(with(what)),
            Self::Full(what) => Refused::Full(with(what)),
            Self::InvalidType(what) => Refused::InvalidType(with(what)),
        }
    }

    pub(crate) fn into_inner(self) -> T {
        match self {
            Self::NotStarted(what)
            | Self::Stopped(what)
            | Self::Cut(what)
            | Self::Full(what)
            | Self::InvalidType(what) => what,
        }
    }

    /// Why, and what.
    pub(crate) fn apart(self) -> (Refused<()>, T) {
        match self {
            Self::NotStarted(what) => (Refused::NotStarted(()), what),
            Self::Stopped(what) => (Refused::Stopped(()), what),
            Self::Cut(what) => (Refused::Cut(()), what),
            Self::Full(what) => (Refused::Full(()), what),
            Self::InvalidType(what) => (Refused::InvalidType(()), what),
        }
    }
}

impl Refused<()> {
    /// What an emit is told; it gets back what it brought.
    pub(crate) fn emit_error<T>(self, what: T) -> EmitError<T> {
        match self {
            Self::NotStarted(()) => EmitError::NotStarted(what),
            Self::Stopped(()) | Self::Cut(()) => EmitError::Stopped(what),
            Self::Full(()) => EmitError::Full(what),
            Self::InvalidType(()) => EmitError::InvalidEventType(what),
        }
    }

    /// What a call that waits for a tree is told, whose event is called so.
    pub(crate) fn ingest_error(self, name: EventType) -> IngestError {
        match self {
            Self::NotStarted(()) => IngestError::NotStarted,
            Self::Stopped(()) | Self::Full(()) => IngestError::Stopped,
            Self::Cut(()) => IngestError::Cut,
            Self::InvalidType(()) => IngestError::InvalidEventType(name),
        }
    }

    /// The same for an event that has stayed where it was.
    #[cold]
    pub(crate) fn emit_error_with<E>(self, event: Option<E>) -> EmitError<E> {
        self.emit_error(event.expect("a refused event stays where it was"))
    }
}

impl Refused {
    /// What a call that waits for a tree is told.
    pub(crate) fn as_ingest_error(&self) -> IngestError {
        match self {
            Self::NotStarted(_) => IngestError::NotStarted,
            Self::Stopped(_) | Self::Full(_) => IngestError::Stopped,
            Self::Cut(_) => IngestError::Cut,
            Self::InvalidType(event) => IngestError::InvalidEventType(event.event_type().clone()),
        }
    }
}

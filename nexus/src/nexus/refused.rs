//! What did not enter, and why: what each kind of caller is told of it.

use crate::error::{EmitError, IngestError};
use crate::event::{Event, IntoEvent};

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

    /// What an emit is told; it gets back what it brought.
    pub(crate) fn into_emit_error(self) -> EmitError<T> {
        match self {
            Self::NotStarted(what) => EmitError::NotStarted(what),
            Self::Stopped(what) | Self::Cut(what) => EmitError::Stopped(what),
            Self::Full(what) => EmitError::Full(what),
            Self::InvalidType(what) => EmitError::InvalidEventType(what),
        }
    }
}

impl<E: IntoEvent> Refused<E> {
    /// What a call that waits for a tree is told.
    pub(crate) fn as_ingest_error(&self) -> IngestError {
        match self {
            Self::NotStarted(_) => IngestError::NotStarted,
            Self::Stopped(_) | Self::Full(_) => IngestError::Stopped,
            Self::Cut(_) => IngestError::Cut,
            Self::InvalidType(event) => IngestError::InvalidEventType(event.name()),
        }
    }
}

//! An event that did not enter, and why: what each kind of caller is told of it.

use crate::error::{EmitError, IngestError};
use crate::event::{Event, IntoEvent};

/// An event that did not enter.
pub(crate) enum Refused {
    NotStarted(Event),
    /// The nexus drains or has stopped.
    Stopped(Event),
    /// The nexus stopped, or the event was withdrawn, while it stood at the door and its tree was waited for.
    Cut(Event),
    Full(Event),
    /// In bit mode, its type is no power of two.
    InvalidType(Event),
}

impl Refused {
    pub(crate) fn into_event(self) -> Event {
        match self {
            Self::NotStarted(event)
            | Self::Stopped(event)
            | Self::Cut(event)
            | Self::Full(event)
            | Self::InvalidType(event) => event,
        }
    }

    /// What a call that waits for a tree is told.
    pub(crate) fn as_ingest_error(&self) -> IngestError {
        match self {
            Self::NotStarted(_) => IngestError::NotStarted,
            Self::Stopped(_) | Self::Full(_) => IngestError::Stopped,
            Self::Cut(_) => IngestError::Cut,
            Self::InvalidType(event) => IngestError::InvalidEventType(event.event_type().clone()),
        }
    }

    /// What an emit is told; it gets its event back.
    ///
    /// # Panics
    ///
    /// If the event was made of another type: it comes back as it was.
    pub(crate) fn into_emit_error<E: IntoEvent>(self) -> EmitError<E> {
        let kind = match &self {
            Self::NotStarted(_) => EmitError::NotStarted,
            Self::Stopped(_) | Self::Cut(_) => EmitError::Stopped,
            Self::Full(_) => EmitError::Full,
            Self::InvalidType(_) => EmitError::InvalidEventType,
        };
        kind(E::from_event(self.into_event()).expect("a refused event comes back as it was"))
    }
}

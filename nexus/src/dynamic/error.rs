//! What a call of this module can be refused with.

use crate::error::StateError;
use crate::event::EventType;

use super::Key;

/// A call that was refused: the reference's kinds of errors, as far as types do not make them impossible.
///
/// [`is_bad_call`](Self::is_bad_call) tells those apart that the reference derives from `BadCall`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The call makes no sense now, and none of the other kinds says why.
    #[error("bad call: {0}")]
    BadCall(&'static str),
    /// The state does not allow the call.
    #[error(transparent)]
    InvalidLoopState(#[from] StateError),
    /// `loop_forever` of a nexus that is looping.
    #[error("the nexus is looping already")]
    LoopAlreadyStarted,
    /// `loop_forever` of a nexus that has stopped: it is not started again.
    #[error("the nexus has stopped, and is not started again: make another one")]
    LoopStopped,
    /// A fan-out without members was given an event.
    #[error("the fan-out `{fanout}` has no members: register a handler with it")]
    MisconfiguredEventConsumer {
        /// Its name.
        fanout: String,
    },
    /// A producer that is registered with no nexus, or with none that still exists, was started.
    #[error("the producer `{source_name}` is registered with no nexus: add it to one, or attach it")]
    MisconfiguredEventProducer {
        /// Its name.
        source_name: String,
    },
    /// A producer that is running was started.
    #[error("the source `{source_name}` is running already")]
    MultipleStart {
        /// Its name.
        source_name: String,
    },
    /// Another handler is for the same events. It stays.
    #[error(
        "`{handler}` can't be the handler of {key}: `{first}` is for the same events, and only one may be"
    )]
    DuplicateHandler {
        /// The key that was asked for.
        key: Key,
        /// The handler that was refused.
        handler: String,
        /// The handler that stays.
        first: String,
    },
    /// A handler that is no member of the fan-out was to be taken out.
    #[error("`{handler}` is no member of the fan-out `{fanout}`")]
    UnknownHandler {
        /// The handler's name.
        handler: String,
        /// The fan-out's name.
        fanout: String,
    },
    /// An argument makes no sense.
    #[error("invalid argument: {0}")]
    InvalidArgument(String),
    /// A key, or an event's type, that the nexus's mode does not allow.
    #[error("{}", invalid_key(.0))]
    InvalidKey(Key),
    /// In bit mode, the type of a dynamic event has to be a power of two.
    #[error("the event type {0} is not allowed in bit mode: it has to be a power of two")]
    InvalidEventType(EventType),
}

/// What is wrong with a key.
fn invalid_key(key: &Key) -> String {
    match key {
        Key::Mask(mask) if *mask <= 0 => format!("a mask has to be greater than 0, but `{key}` is not"),
        Key::Mask(_) => format!("`{key}` is for bit mode, and this domain is not in it"),
        Key::Range(range) if range.is_empty() => format!("the range `{key}` holds no number"),
        key => format!("in bit mode a key is a mask greater than 0, or the default, and not `{key}`"),
    }
}

impl CallError {
    /// Whether the reference derives this kind from `BadCall`: it was the call that was wrong, not an argument of it.
    pub fn is_bad_call(&self) -> bool {
        match self {
            Self::BadCall(_)
            | Self::InvalidLoopState(_)
            | Self::LoopAlreadyStarted
            | Self::LoopStopped
            | Self::MisconfiguredEventConsumer { .. }
            | Self::MisconfiguredEventProducer { .. }
            | Self::InvalidKey(_)
            | Self::InvalidEventType(_) => true,
            Self::MultipleStart { .. }
            | Self::DuplicateHandler { .. }
            | Self::UnknownHandler { .. }
            | Self::InvalidArgument(_) => false,
        }
    }
}

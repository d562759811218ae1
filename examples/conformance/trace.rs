//! What a scenario leaves behind, and the names of errors in it.

use std::error::Error;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use nexus::dynamic::CallError;
use nexus::{Cause, Event, EventType, Failure, IngestError, RunError, StateError};
use serde_json::{Map, Value, json};

/// An error that a scenario makes.
#[derive(Debug)]
pub(crate) struct Scripted(pub(crate) String);

impl fmt::Display for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Scripted {}

/// The entries so far.
#[derive(Default)]
pub(crate) struct Trace(Mutex<Vec<Value>>);

impl Trace {
    /// Adds an entry.
    pub(crate) fn note(&self, now: u64, what: &str, fields: Value) {
        let mut entry = Map::new();
        // The pauses of a millisecond, in which others get their turn, disappear.
        entry.insert("t".to_owned(), (now / 10 * 10).into());
        entry.insert("what".to_owned(), what.into());
        if let Value::Object(fields) = fields {
            entry.extend(fields);
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Value::Object(entry));
    }

    /// What is there now.
    pub(crate) fn entries(&self) -> Vec<Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// An event as a trace shows it.
pub(crate) fn shown(event: &Event) -> Value {
    let kind = match event.event_type() {
        EventType::Int(number) => json!(number),
        EventType::Name(name) => json!(name),
        other => json!(other.to_string()),
    };
    json!([event.id(), kind, event.priority(), event.json()])
}

/// The name of an error, and the event of one that nobody handled.
pub(crate) fn name_of(error: &(dyn Error + 'static)) -> (String, Option<Value>) {
    if let Some(error) = error.downcast_ref::<Scripted>() {
        return (format!("Failed: {error}"), None);
    }
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return match failure.cause() {
            Cause::Unhandled => ("UnhandledEvent".to_owned(), failure.event().map(shown)),
            Cause::Error(error) => name_of(&**error),
            other => (format!("Unexpected: {other:?}"), None),
        };
    }
    if let Some(error) = error.downcast_ref::<RunError>() {
        return match error {
            RunError::Failed { failure, .. } => name_of(failure),
            RunError::Refused(error) => name_of(error),
            other => (format!("Unexpected: {other}"), None),
        };
    }
    if let Some(IngestError::Failed(failure)) = error.downcast_ref() {
        return name_of(failure);
    }
    let name = if let Some(error) = error.downcast_ref::<IngestError>() {
        match error {
            IngestError::Cut => "LoopStopped",
            IngestError::InvalidEventType(_) => "InvalidEventType",
            _ => "BadCall",
        }
    } else if error.is::<StateError>() {
        "InvalidLoopState"
    } else if let Some(error) = error.downcast_ref::<CallError>() {
        match error {
            CallError::BadCall(_) => "BadCall",
            CallError::InvalidLoopState(_) => "InvalidLoopState",
            CallError::LoopAlreadyStarted => "LoopAlreadyStarted",
            CallError::LoopStopped => "LoopStopped",
            CallError::MisconfiguredEventConsumer { .. } => "MisconfiguredEventConsumer",
            CallError::MisconfiguredEventProducer { .. } => "MisconfiguredEventProducer",
            CallError::MultipleStart { .. } => "MultipleStart",
            CallError::DuplicateHandler { .. } => "DuplicateHandler",
            CallError::UnknownHandler { .. } => "UnknownHandler",
            CallError::InvalidArgument(_) => "InvalidArgument",
            CallError::InvalidKey(_) | CallError::InvalidEventType(_) => "InvalidEventType",
            other => return (format!("Unexpected: {other}"), None),
        }
    } else {
        return (format!("Unexpected: {error}"), None);
    };
    (name.to_owned(), None)
}

/// The fields of an error: its name, and, where nobody handled it, the event.
pub(crate) fn error_fields(error: &(dyn Error + 'static)) -> Map<String, Value> {
    let (name, event) = name_of(error);
    let mut fields = Map::new();
    fields.insert("error".to_owned(), name.into());
    if let Some(event) = event {
        fields.insert("event".to_owned(), event);
    }
    fields
}

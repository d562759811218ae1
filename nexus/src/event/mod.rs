//! What flows: events, their types, and the sets of types that a signature declares.
//!
//! An [`Event`] is the whole record (id, type, priority, payload). Typed events implement [`NamedEvent`] and travel
//! inside such a record; dynamic events are made by hand with [`Event::new`].

mod event_type;
mod meta;
mod named;
mod set;

use std::any::Any;
use std::fmt;

pub use event_type::EventType;
pub use meta::Meta;
pub use named::{EventInfo, Location, NamedEvent, Unhandled};
pub(crate) use set::set_types;
pub use set::{Declares, EventSet};

use serde_json::Value;

/// One event: id, type, priority and payload.
///
/// A filter and a handler on `&Event` see this record; a handler on `&E` sees the typed payload alone.
///
/// ```
/// use nexus::prelude::*;
///
/// #[named_event(priority = -10)]
/// struct Alarm(u32);
///
/// let typed = Event::of(Alarm(7));
/// assert_eq!(typed.event_type().to_string(), "Alarm");
/// assert_eq!(typed.priority(), -10);
/// assert_eq!(typed.payload::<Alarm>().unwrap().0, 7);
///
/// let dynamic = Event::new(1, "line", 0, "some text");
/// assert_eq!(dynamic.json().unwrap(), "some text");
/// ```
pub struct Event {
    id: Option<i64>,
    kind: EventType,
    priority: i32,
    unhandled: Unhandled,
    payload: Payload,
}

/// What an event carries.
enum Payload {
    Typed(Box<dyn Any + Send + Sync>),
    Json(Value),
    /// A handler that takes its event by value has it.
    Taken,
}

impl Event {
    /// Makes a dynamic event, with a type that is an integer or a string.
    ///
    /// A lower `priority` number is more urgent. The id is the caller's; it need not be unique.
    ///
    /// A domain keeps an account for each type that it has seen: types are meant to be few, and not to be made of what
    /// strangers send.
    pub fn new(id: i64, event_type: impl Into<EventType>, priority: i32, payload: impl Into<Value>) -> Self {
        Self {
            id: Some(id),
            kind: event_type.into(),
            priority,
            unhandled: Unhandled::Report,
            payload: Payload::Json(payload.into()),
        }
    }

    /// Wraps a typed event, with its type's name and priority. The domain that accepts it gives it its id.
    pub fn of<E: NamedEvent>(event: E) -> Self {
        Self {
            id: None,
            kind: EventType::named(E::NAME),
            priority: E::PRIORITY,
            unhandled: E::UNHANDLED,
            payload: Payload::Typed(Box::new(event)),
        }
    }

    /// The id; 0 for a typed event that no domain has accepted yet.
    pub fn id(&self) -> i64 {
        self.id.unwrap_or(0)
    }

    /// The type: the stable name of a typed event, or what [`Event::new`] was given.
    pub fn event_type(&self) -> &EventType {
        &self.kind
    }

    /// The priority: lower numbers go first, 0 unless the event's type says otherwise.
    pub fn priority(&self) -> i32 {
        self.priority
    }

    /// Whether this is a typed event of type `E`.
    pub fn is<E: NamedEvent>(&self) -> bool {
        self.payload::<E>().is_some()
    }

    /// The typed payload, if this is an `E` and no handler has taken it by value.
    pub fn payload<E: NamedEvent>(&self) -> Option<&E> {
        match &self.payload {
            Payload::Typed(payload) => payload.downcast_ref(),
            Payload::Json(_) | Payload::Taken => None,
        }
    }

    /// The payload of a dynamic event.
    pub fn json(&self) -> Option<&Value> {
        match &self.payload {
            Payload::Json(value) => Some(value),
            Payload::Typed(_) | Payload::Taken => None,
        }
    }

    /// Turns a typed event back into its payload, or gives the record back if it is none of type `E`.
    ///
    /// # Errors
    ///
    /// The event itself, unchanged, if its payload is not an `E`.
    pub fn into_payload<E: NamedEvent>(self) -> Result<E, Self> {
        match self.payload {
            Payload::Typed(payload) => match payload.downcast() {
                Ok(payload) => Ok(*payload),
                Err(payload) => Err(Self { payload: Payload::Typed(payload), ..self }),
            },
            Payload::Json(_) | Payload::Taken => Err(self),
        }
    }

    pub(crate) fn take_payload<E: NamedEvent>(&mut self) -> Option<E> {
        match std::mem::replace(&mut self.payload, Payload::Taken) {
            Payload::Typed(payload) => match payload.downcast() {
                Ok(payload) => Some(*payload),
                Err(payload) => {
                    self.payload = Payload::Typed(payload);
                    None
                }
            },
            other => {
                self.payload = other;
                None
            }
        }
    }

    pub(crate) fn unhandled(&self) -> Unhandled {
        self.unhandled
    }

    pub(crate) fn is_taken(&self) -> bool {
        matches!(self.payload, Payload::Taken)
    }

    pub(crate) fn number(&mut self, next: impl FnOnce() -> i64) {
        self.id.get_or_insert_with(next);
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Event");
        out.field("id", &self.id).field("type", &self.kind).field("priority", &self.priority);
        match &self.payload {
            Payload::Json(value) => out.field("payload", value).finish(),
            Payload::Typed(_) | Payload::Taken => out.finish_non_exhaustive(),
        }
    }
}

/// What can be put into a nexus: every [`NamedEvent`], and the dynamic [`Event`] itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "annotate it: `#[named_event] struct {Self} …`"
)]
pub trait IntoEvent: EventSet + Sized {
    /// The record that the queue holds.
    fn into_event(self) -> Event;

    /// The value again, out of the record that [`into_event`](Self::into_event) made.
    #[doc(hidden)]
    fn from_event(event: Event) -> Option<Self>;
}

#[diagnostic::do_not_recommend]
impl<E: NamedEvent> IntoEvent for E {
    fn into_event(self) -> Event {
        Event::of(self)
    }

    fn from_event(event: Event) -> Option<Self> {
        event.into_payload().ok()
    }
}

#[diagnostic::do_not_recommend]
impl IntoEvent for Event {
    fn into_event(self) -> Event {
        self
    }

    fn from_event(event: Event) -> Option<Self> {
        Some(event)
    }
}

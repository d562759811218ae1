//! What flows: events, their types, and the sets of types that a signature declares.
//!
//! An [`Event`] is the whole record (id, type, priority, payload). Typed events implement [`NamedEvent`] and travel
//! inside such a record; dynamic events are made by hand with [`Event::new`].

mod event_type;
mod factory;
mod meta;
mod named;
mod set;

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

pub use event_type::EventType;
pub use factory::{EventFactory, Id};
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
///
/// # Equality
///
/// Two dynamic events are equal if id, type, priority and payload are, and if both or neither were made as
/// [`named`](Self::named) ones. Nothing is known of how a typed payload compares, so a typed event equals only itself: compare
/// payloads instead.
pub struct Event {
    id: Option<i64>,
    kind: EventType,
    priority: i32,
    unhandled: Unhandled,
    /// Made of a class, or of a Rust type: it never equals a plain event of the same name.
    named: bool,
    payload: Payload,
}

/// What an event carries.
enum Payload {
    /// Shared, so that a boundary can hand it on while other handlers still have it.
    Typed(Arc<dyn Any + Send + Sync>),
    Json(Arc<Value>),
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
            named: false,
            payload: Payload::Json(Arc::new(payload.into())),
        }
    }

    /// Makes a dynamic event of a named class, as a program in another language has them: its type is the class's
    /// qualified name, and handlers are found by it as ever, but it never equals a plain event of that type.
    ///
    /// ```
    /// use nexus::Event;
    ///
    /// let named = Event::named(1, "Outer.Inner", 0, "text");
    /// assert_eq!(named, Event::named(1, "Outer.Inner", 0, "text"));
    /// assert_ne!(named, Event::new(1, "Outer.Inner", 0, "text"));
    /// ```
    pub fn named(
        id: i64,
        class: impl Into<Cow<'static, str>>,
        priority: i32,
        payload: impl Into<Value>,
    ) -> Self {
        Self { named: true, ..Self::new(id, EventType::Name(class.into()), priority, payload) }
    }

    /// Wraps a typed event, with its type's name and priority. The domain that accepts it gives it its id.
    pub fn of<E: NamedEvent>(event: E) -> Self {
        Self {
            id: None,
            kind: EventType::named(E::NAME),
            priority: E::PRIORITY,
            unhandled: E::UNHANDLED,
            named: true,
            payload: Payload::Typed(Arc::new(event)),
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

    /// The event as JSON, with the keys `id`, `type`, `priority` and `payload` in this order; `None` for a typed event,
    /// whose payload has no form in JSON that is known here.
    pub fn to_json(&self) -> Option<String> {
        let kind = match &self.kind {
            EventType::Int(number) => Value::from(*number),
            EventType::Name(name) => Value::from(&**name),
        };
        let payload = self.json()?;
        let (id, priority) = (self.id(), self.priority);
        Some(format!(r#"{{"id":{id},"type":{kind},"priority":{priority},"payload":{payload}}}"#))
    }

    /// Turns a typed event back into its payload, or gives the record back if it is none of type `E`.
    ///
    /// # Errors
    ///
    /// The event itself, unchanged, if its payload is not an `E`, or is shared with somebody who still has it.
    pub fn into_payload<E: NamedEvent>(self) -> Result<E, Self> {
        let Self { id, kind, priority, unhandled, named, payload } = self;
        let again = |payload| Self { id, kind, priority, unhandled, named, payload };
        match payload {
            Payload::Typed(payload) => match payload.downcast::<E>() {
                Ok(payload) => match Arc::try_unwrap(payload) {
                    Ok(payload) => Ok(payload),
                    Err(shared) => Err(again(Payload::Typed(shared))),
                },
                Err(payload) => Err(again(Payload::Typed(payload))),
            },
            other @ (Payload::Json(_) | Payload::Taken) => Err(again(other)),
        }
    }

    /// Takes the payload out; a clone, if it is shared.
    pub(crate) fn take_payload<E: NamedEvent + Clone>(&mut self) -> Option<E> {
        match std::mem::replace(&mut self.payload, Payload::Taken) {
            Payload::Typed(payload) => match payload.downcast::<E>() {
                Ok(payload) => Some(Arc::unwrap_or_clone(payload)),
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

    /// The same event once more, for another nexus or domain; a typed payload is shared.
    pub(crate) fn share(&self) -> Self {
        let payload = match &self.payload {
            Payload::Typed(payload) => Payload::Typed(payload.clone()),
            Payload::Json(value) => Payload::Json(value.clone()),
            Payload::Taken => Payload::Taken,
        };
        Self { kind: self.kind.clone(), payload, ..*self }
    }

    /// Whether its type is known only at run time.
    pub(crate) fn is_dynamic(&self) -> bool {
        matches!(self.payload, Payload::Json(_))
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

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        let payload = match (&self.payload, &other.payload) {
            (Payload::Json(one), Payload::Json(two)) => is_same(one, two),
            (Payload::Typed(_) | Payload::Taken, _) | (_, Payload::Typed(_) | Payload::Taken) => {
                return std::ptr::eq(self, other);
            }
        };
        payload
            && (self.id, self.priority, self.named) == (other.id, other.priority, other.named)
            && self.kind == other.kind
    }
}

/// Whether two values are the same JSON: 1 and 1.0 are one number.
fn is_same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::Number(one), Value::Number(two)) => {
            one == two || ((one.is_f64() || two.is_f64()) && one.as_f64() == two.as_f64())
        }
        (Value::Array(one), Value::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| is_same(one, two))
        }
        (Value::Object(one), Value::Object(two)) => {
            let same = |(key, one): (&String, &Value)| two.get(key).is_some_and(|two| is_same(one, two));
            one.len() == two.len() && one.iter().all(same)
        }
        (one, two) => one == two,
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Event");
        out.field("id", &self.id()).field("type", &self.kind).field("priority", &self.priority);
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

//! What flows: events, their types, and the sets of types that a signature declares.
//!
//! An [`Event`] is the whole record (id, type, priority, payload). Typed events implement [`NamedEvent`] and travel
//! inside such a record; dynamic events are made by hand with [`Event::new`].

mod event_type;
mod factory;
mod kind;
mod meta;
mod named;
mod set;

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

pub use event_type::EventType;
pub(crate) use factory::Ids;
pub use factory::{EventFactory, Id};
pub use kind::Slot;
pub(crate) use kind::{Kind, WHOLE, kind, number};
pub use meta::Meta;
pub use named::{EventInfo, Location, NamedEvent, Unhandled};
pub(crate) use set::set_types;
pub use set::{Declares, EventSet, Has, Itself, Nth};

use serde_json::Value;

use crate::dynamic::is_one_bit;
use crate::raw::{Layout, Lent, Log, Member, Tags};

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
    /// It lies in the queue, for as long as the event is in hand: nobody who gets to keep an event has one like this.
    Lent(Lent),
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
        self.any_payload()
    }

    pub(crate) fn any_payload<E: 'static>(&self) -> Option<&E> {
        match &self.payload {
            Payload::Typed(payload) => payload.downcast_ref(),
            Payload::Lent(payload) => payload.get().downcast_ref(),
            Payload::Json(_) | Payload::Taken => None,
        }
    }

    /// The typed payload, if this is an `E` that is shared.
    pub(crate) fn shared_payload<E: NamedEvent>(&self) -> Option<Arc<E>> {
        match &self.payload {
            Payload::Typed(payload) => payload.clone().downcast().ok(),
            Payload::Lent(_) | Payload::Json(_) | Payload::Taken => None,
        }
    }

    /// The payload of a dynamic event.
    pub fn json(&self) -> Option<&Value> {
        match &self.payload {
            Payload::Json(value) => Some(value),
            Payload::Typed(_) | Payload::Lent(_) | Payload::Taken => None,
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
            other @ (Payload::Json(_) | Payload::Lent(_) | Payload::Taken) => Err(again(other)),
        }
    }

    /// The payload of a typed event that nobody shares.
    fn unwrap_payload<E: Send + Sync + 'static>(self) -> Option<E> {
        match self.into_typed()?.downcast() {
            Ok(payload) => Arc::into_inner(payload),
            Err(_) => None,
        }
    }

    fn into_typed(self) -> Option<Arc<dyn Any + Send + Sync>> {
        match self.payload {
            Payload::Typed(payload) => Some(payload),
            Payload::Json(_) | Payload::Lent(_) | Payload::Taken => None,
        }
    }

    /// Takes the payload out; a clone, if it is shared.
    pub(crate) fn take_payload<E: Send + Sync + Clone + 'static>(&mut self) -> Option<E> {
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
            // One that may be shared is not lent: see `own` in the dispatcher.
            Payload::Lent(_) | Payload::Taken => Payload::Taken,
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

    /// An event whose payload is shared already.
    pub(crate) fn shared(kind: &Kind, id: i64, payload: Arc<dyn Any + Send + Sync>) -> Self {
        Self::of_kind(kind, id, Payload::Typed(payload))
    }

    /// An event whose payload lies in the queue.
    pub(crate) fn lent(kind: &Kind, id: i64, payload: Lent) -> Self {
        Self::of_kind(kind, id, Payload::Lent(payload))
    }

    /// An event of which a handler has the payload.
    pub(crate) fn taken(kind: &Kind, id: i64) -> Self {
        Self::of_kind(kind, id, Payload::Taken)
    }

    fn of_kind(kind: &Kind, id: i64, payload: Payload) -> Self {
        Self {
            id: (id != 0).then_some(id),
            kind: kind.event_type(),
            priority: kind.priority,
            unhandled: kind.unhandled,
            named: true,
            payload,
        }
    }

    pub(crate) fn number(&mut self, next: impl FnOnce() -> i64) {
        self.id.get_or_insert_with(next);
    }
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        let payload = match (&self.payload, &other.payload) {
            (Payload::Json(one), Payload::Json(two)) => is_same(one, two),
            _ => return std::ptr::eq(self, other),
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
            Payload::Typed(_) | Payload::Lent(_) | Payload::Taken => out.finish_non_exhaustive(),
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
    /// The event as a whole.
    fn into_event(self) -> Event;

    /// Whether it lies in a queue as it is. What does not, is too large to be carried about, and is made a whole event at once.
    #[doc(hidden)]
    const FITS: bool;

    /// The value again, out of what [`into_event`](Self::into_event) made.
    #[doc(hidden)]
    fn from_event(event: Event) -> Option<Self>;

    /// The number of its type in the tables of dispatchers.
    #[doc(hidden)]
    fn number() -> u16;

    /// How it is called.
    #[doc(hidden)]
    fn name(&self) -> EventType;

    /// How urgent it is.
    #[doc(hidden)]
    fn level(&self) -> i32;

    /// Whether it gets its id from the domain that accepts it.
    #[doc(hidden)]
    fn is_numbered(&self) -> bool;

    /// Whether its type may be one that is no power of two, in bit mode.
    #[doc(hidden)]
    fn is_one_bit(&self) -> bool;

    /// Puts it into a queue: with this id, unless it gets its id when it is accepted.
    #[doc(hidden)]
    fn write(self, log: &mut Log, short: u32, id: Option<i64>, tags: Tags);

    /// The same without tags.
    #[doc(hidden)]
    fn write_bare(self, log: &mut Log, number: u16, short: u32, id: Option<i64>);

    /// The same with the membership of a tree.
    #[doc(hidden)]
    fn write_in_tree(self, log: &mut Log, number: u16, short: u32, tree: Member);
}

#[diagnostic::do_not_recommend]
impl<E: NamedEvent> IntoEvent for E {
    fn into_event(self) -> Event {
        Event::of(self)
    }

    const FITS: bool = Layout::fits::<E>();

    fn from_event(event: Event) -> Option<Self> {
        event.unwrap_payload()
    }

    #[inline]
    fn number() -> u16 {
        number::<E>()
    }

    fn name(&self) -> EventType {
        EventType::named(E::NAME)
    }

    #[inline]
    fn level(&self) -> i32 {
        E::PRIORITY
    }

    #[inline]
    fn is_numbered(&self) -> bool {
        true
    }

    #[inline]
    fn is_one_bit(&self) -> bool {
        true
    }

    #[inline]
    fn write(self, log: &mut Log, short: u32, id: Option<i64>, tags: Tags) {
        match number::<E>() {
            WHOLE => write_whole(self, log, short, id, tags),
            number => log.push(number, short, tags, self),
        }
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "an event is not to be moved about on its way in")]
    fn write_bare(self, log: &mut Log, number: u16, short: u32, id: Option<i64>) {
        match number {
            WHOLE => write_whole(self, log, short, id, Tags::default()),
            number => log.push_bare(number, short, self),
        }
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "an event is not to be moved about on its way in")]
    fn write_in_tree(self, log: &mut Log, number: u16, short: u32, tree: Member) {
        match number {
            WHOLE => write_whole(self, log, short, None, Tags { tree: Some(tree), ..Tags::default() }),
            number => log.push_in_tree(number, short, tree, self),
        }
    }
}

/// An event of a type that has no number: there are too many.
#[cold]
#[inline(never)]
fn write_whole<E: NamedEvent>(event: E, log: &mut Log, short: u32, id: Option<i64>, tags: Tags) {
    write_event(Event::of(event), log, short, id, tags);
}

#[inline(never)]
fn write_event(event: Event, log: &mut Log, short: u32, id: Option<i64>, tags: Tags) {
    event.write(log, short, id, tags);
}

#[diagnostic::do_not_recommend]
impl IntoEvent for Event {
    fn into_event(self) -> Event {
        self
    }

    const FITS: bool = true;

    fn from_event(event: Event) -> Option<Self> {
        Some(event)
    }

    fn number() -> u16 {
        WHOLE
    }

    fn name(&self) -> EventType {
        self.kind.clone()
    }

    fn level(&self) -> i32 {
        self.priority
    }

    fn is_numbered(&self) -> bool {
        self.id.is_none()
    }

    fn is_one_bit(&self) -> bool {
        is_one_bit(self)
    }

    fn write(mut self, log: &mut Log, short: u32, id: Option<i64>, tags: Tags) {
        if let Some(id) = id {
            self.number(|| id);
        }
        log.push_whole(short, tags, self);
    }

    fn write_bare(self, log: &mut Log, _: u16, short: u32, id: Option<i64>) {
        self.write(log, short, id, Tags::default());
    }

    fn write_in_tree(self, log: &mut Log, _: u16, short: u32, tree: Member) {
        self.write(log, short, None, Tags { tree: Some(tree), ..Tags::default() });
    }
}

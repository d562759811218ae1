//! Ids for events: a sequence that each domain has, and that dynamic events can be made with.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::Value;

use super::{Event, EventType};

/// Which id a dynamic event gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Id {
    /// The next one of the factory: 1, 2, 3, …
    Auto,
    /// One from 1 to 1000, at random; ids repeat. It does not advance the sequence.
    Random,
    /// This one. It does not advance the sequence.
    Exactly(i64),
}

impl From<i64> for Id {
    fn from(id: i64) -> Self {
        Self::Exactly(id)
    }
}

/// Makes dynamic events, and counts their ids. Clones share the sequence; any number of tasks may use it at once.
///
/// Each domain is one: see [`Overlay::factory`](crate::dynamic::Overlay::factory). Ids that it gives are not given to typed
/// events again.
///
/// ```
/// use nexus::dynamic::{EventFactory, Id};
///
/// let factory = EventFactory::new();
/// assert_eq!(factory.create(Id::Auto, "line", 0, "text").id(), 1);
/// assert_eq!(factory.create(77, "line", 0, "text").id(), 77);
/// assert_eq!(factory.create(Id::Auto, 10, 0, ()).id(), 2);
/// assert_eq!(factory.current_event_id(), 3);
/// ```
#[derive(Clone, Debug)]
pub struct EventFactory(Arc<AtomicI64>);

impl EventFactory {
    /// A factory whose first id is 1.
    pub fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1)))
    }

    /// The id that the next call for one gives.
    pub fn current_event_id(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// The next id of the sequence.
    pub fn next_id(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    /// An id from 1 to 1000.
    pub fn random_id(&self) -> i64 {
        fastrand::i64(1..=1000)
    }

    fn id(&self, id: Id) -> i64 {
        match id {
            Id::Auto => self.next_id(),
            Id::Random => self.random_id(),
            Id::Exactly(id) => id,
        }
    }

    /// Makes an event, as [`Event::new`] does.
    pub fn create(
        &self,
        id: impl Into<Id>,
        event_type: impl Into<EventType>,
        priority: i32,
        payload: impl Into<Value>,
    ) -> Event {
        Event::new(self.id(id.into()), event_type, priority, payload)
    }

    /// Makes an event of a named class, as [`Event::named`] does.
    pub fn create_named(
        &self,
        id: impl Into<Id>,
        class: impl Into<Cow<'static, str>>,
        priority: i32,
        payload: impl Into<Value>,
    ) -> Event {
        Event::named(self.id(id.into()), class, priority, payload)
    }
}

impl Default for EventFactory {
    fn default() -> Self {
        Self::new()
    }
}

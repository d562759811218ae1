//! Ids for events: a sequence that each domain has, and that dynamic events can be made with.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

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
/// events again. A domain that has accepted events before somebody asked for its factory has set up to 64 ids aside, which its
/// next typed events get.
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
pub struct EventFactory(Arc<Sequence>);

#[derive(Debug)]
struct Sequence {
    next: AtomicI64,
    /// Others than the domain that it belongs to take ids of it.
    shared: AtomicBool,
}

impl EventFactory {
    /// A factory whose first id is 1.
    pub fn new() -> Self {
        Self(Arc::new(Sequence { next: AtomicI64::new(1), shared: AtomicBool::new(false) }))
    }

    /// The id that the next call for one gives.
    pub fn current_event_id(&self) -> i64 {
        self.0.next.load(Ordering::Relaxed)
    }

    /// The next id of the sequence.
    pub fn next_id(&self) -> i64 {
        self.0.next.fetch_add(1, Ordering::Relaxed)
    }

    /// An id from 1 to 1000.
    pub fn random_id(&self) -> i64 {
        fastrand::i64(1..=1000)
    }

    /// The same sequence, for others than its domain.
    pub(crate) fn to_share(&self) -> &Self {
        self.0.shared.store(true, Ordering::Relaxed);
        self
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

/// Ids that a domain has set aside for its events, so that it need not ask for each.
#[derive(Debug)]
pub(crate) struct Ids {
    factory: EventFactory,
    next: i64,
    end: i64,
}

/// So many ids are set aside at once, as long as nobody else takes any.
const SET_ASIDE: i64 = 64;

impl Ids {
    pub(crate) fn new(factory: EventFactory) -> Self {
        Self { factory, next: 0, end: 0 }
    }

    #[inline]
    pub(crate) fn next(&mut self) -> i64 {
        self.take(1)
    }

    /// Takes so many ids in a row, and gives the first.
    #[inline]
    pub(crate) fn take(&mut self, count: i64) -> i64 {
        if self.end - self.next < count {
            self.set_aside(count);
        }
        let first = self.next;
        self.next += count;
        first
    }

    #[cold]
    fn set_aside(&mut self, count: i64) {
        let sequence = &self.factory.0;
        let more = if sequence.shared.load(Ordering::Relaxed) { count } else { count.max(SET_ASIDE) };
        let missing = more - (self.end - self.next);
        let from = sequence.next.fetch_add(missing, Ordering::Relaxed);
        if from == self.end || self.end == self.next {
            self.next = if self.end == self.next { from } else { self.next };
            self.end = from + missing;
        } else {
            // Somebody has taken ids in between: what was left before them is not used.
            self.next = sequence.next.fetch_add(count, Ordering::Relaxed);
            self.end = self.next + count;
        }
    }
}

impl Default for EventFactory {
    fn default() -> Self {
        Self::new()
    }
}

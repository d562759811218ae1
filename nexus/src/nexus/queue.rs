//! The queue for secondary events that a filter or handler is given.

use std::fmt;
use std::marker::PhantomData;

use super::emitter::take_all;
use super::hand::{At, Hand, Outlet};
use crate::dynamic::CallError;
use crate::event::{Declares, Event, IntoEvent, Meta, NamedEvent};

/// The queue for secondary events; `S` says which ones, as in `&mut Queue<(Alarm, Report)>`.
///
/// What is emitted is in the nexus's queue at once, and never waits. It belongs to the tree of the event in hand. A queue is
/// good for one call: one that is taken out of it (by `std::mem::replace`) drops what it is given later, which is counted
/// and traced.
/// An event that `S` does not name does not compile.
///
/// In a test, a queue is made by hand and read:
///
/// ```
/// use nexus::prelude::*;
///
/// #[named_event]
/// struct Reading(f64);
/// #[named_event]
/// struct Alarm(f64);
///
/// #[handler(Reading)]
/// fn watch(reading: &Reading, queue: &mut Queue<Alarm>) {
///     if reading.0 > 30.0 {
///         queue.emit(Alarm(reading.0));
///     }
/// }
///
/// let mut queue = Queue::new();
/// watch(&Reading(31.5), &mut queue);
/// assert_eq!(queue.take::<Alarm>()[0].0, 31.5);
/// assert!(queue.is_empty());
/// ```
pub struct Queue<S> {
    to: To,
    set: PhantomData<fn() -> S>,
}

enum To {
    Nexus(Outlet),
    Capture(Vec<Event>),
}

impl<S> Queue<S> {
    /// Makes a queue for a test, which keeps what is emitted.
    #[allow(clippy::new_without_default, reason = "a default would invite `mem::take` of a live queue")]
    pub fn new() -> Self {
        Self { to: To::Capture(Vec::new()), set: PhantomData }
    }

    #[inline]
    pub(crate) fn of(at: At<'_>) -> Self {
        Self { to: To::Nexus(at.outlet()), set: PhantomData }
    }

    /// Puts a secondary event into the queue: at once, however full the nexus is.
    ///
    /// After a stop, it is accepted and counted as dropped.
    pub fn emit<E, I>(&mut self, event: E)
    where
        S: Declares<E, I>,
    {
        self.push(S::event(event));
    }

    /// Replies to the event in hand: the reply goes into the queue of the nexus, or the domain, that sent the event through a
    /// boundary last, and is handled there. It never waits. Secondary events inherit the way back, and a reply carries the rest
    /// of it, so that it can be passed on.
    ///
    /// This is for queues of dynamic events, which are open in the graph: `Queue<Event>`, or `Queue<(Alarm, Event)>`. Typed
    /// replies are declared by their boundary, `replies(…)`, and go back when they are emitted.
    ///
    /// # Errors
    ///
    /// [`CallError::BadCall`], if the event came through no boundary, or the nexus that sent it has ended; the reply is dropped.
    /// A queue made by hand keeps replies among its events.
    pub fn reply<I>(&mut self, event: impl IntoEvent) -> Result<(), CallError>
    where
        S: Declares<Event, I>,
    {
        match &mut self.to {
            To::Nexus(outlet) => outlet.reply(event.into_event()),
            To::Capture(events) => {
                events.push(event.into_event());
                Ok(())
            }
        }
    }

    /// The event in hand, unless the queue was made for a test.
    pub(crate) fn hand(&self) -> Option<Hand> {
        match &self.to {
            To::Nexus(outlet) => outlet.hand(),
            To::Capture(_) => None,
        }
    }

    #[inline]
    pub(crate) fn push<E: IntoEvent>(&mut self, event: E) {
        match &mut self.to {
            To::Nexus(outlet) if E::FITS => outlet.emit(event),
            To::Nexus(outlet) => outlet.emit(event.into_event()),
            To::Capture(events) => events.push(event.into_event()),
        }
    }

    /// What is known of the event in hand besides its payload: for what is declared by hand. In a queue made by hand: id 0, no
    /// cause, now.
    ///
    /// A function with an annotation takes a [`Meta`] as a parameter. Events keep their cause and their time only for those who
    /// ask for them in one of these ways: where a domain has functions with annotations alone, and none takes a `Meta`, this
    /// knows the id and the priority only.
    pub fn meta(&self) -> Meta {
        match &self.to {
            To::Nexus(outlet) => outlet.meta(),
            To::Capture(_) => Meta::new(0),
        }
    }

    /// In a test: takes out every `E`, in the order in which they were emitted. A nexus's own queue can't be read.
    pub fn take<E: NamedEvent>(&mut self) -> Vec<E> {
        match &mut self.to {
            To::Nexus(_) => Vec::new(),
            To::Capture(events) => take_all(events),
        }
    }

    /// In a test: the events that have been emitted and not been taken.
    pub fn events(&self) -> &[Event] {
        match &self.to {
            To::Nexus(_) => &[],
            To::Capture(events) => events,
        }
    }

    /// In a test: how many events have been emitted and not been taken.
    pub fn len(&self) -> usize {
        self.events().len()
    }

    /// In a test: whether there are none.
    pub fn is_empty(&self) -> bool {
        self.events().is_empty()
    }
}

impl<S> fmt::Debug for Queue<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Queue").field(&self.events()).finish()
    }
}

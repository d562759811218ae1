//! The way in from outside a dispatcher: for producers, for background work of handlers, and behind every handle.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, Weak};

use super::batch::Batch;
use super::levels::Bundle;
use super::lock;
use super::put::{Emit, Entrance, Ingest};
use super::shared::Shared;
use crate::error::EmitError;
use crate::event::{Declares, Event, IntoEvent, NamedEvent};

/// A hold on one domain of a nexus: while it exists, the nexus does not end by itself.
pub(crate) struct Door {
    pub(crate) shared: Arc<Shared>,
    pub(crate) domain: usize,
    /// It is a test's, of its own nexus.
    own: bool,
}

impl Door {
    pub(crate) fn new(shared: Arc<Shared>, domain: usize) -> Self {
        shared.life.hold();
        Self { shared, domain, own: false }
    }

    /// The hold of a test itself, which the test does not wait for.
    pub(crate) fn of_test(shared: Arc<Shared>, domain: usize) -> Self {
        let mut door = Self::new(shared, domain);
        if let Some(calm) = &door.shared.calm {
            door.own = true;
            calm.own(true);
        }
        door
    }

    /// One more, to this domain.
    pub(crate) fn to(&self, domain: usize) -> Self {
        if self.own {
            return Self::of_test(self.shared.clone(), domain);
        }
        Self::new(self.shared.clone(), domain)
    }

    #[inline]
    pub(crate) fn entrance(&self) -> Entrance<'_> {
        Entrance::Nexus(&self.shared, self.domain)
    }

    async fn emit_all(&self, bundle: &mut Bundle) -> Result<(), EmitError<()>> {
        self.shared.date(self.domain, bundle);
        self.shared.enter_all(self.domain, bundle, None).await.map_err(|refused| refused.emit_error(()))
    }

    pub(crate) fn try_emit<E: IntoEvent>(&self, event: E) -> Result<(), EmitError<E>> {
        let Some(event) = self.shared.enter_now(self.domain, event) else { return Ok(()) };
        if !E::FITS {
            return self.try_emit(event.into_event()).map_err(as_it_was);
        }
        let mut event = Some(event);
        match self.shared.try_emit(self.domain, &mut event) {
            Ok(()) => Ok(()),
            Err(refused) => Err(refused.emit_error_with(event)),
        }
    }

    pub(crate) fn emit_blocking<E: IntoEvent>(&self, event: E) -> Result<(), EmitError<E>> {
        let Some(event) = self.shared.enter_now(self.domain, event) else { return Ok(()) };
        if !E::FITS {
            return self.emit_blocking(event.into_event()).map_err(as_it_was);
        }
        let mut event = Some(event);
        match self.shared.emit_blocking(self.domain, &mut event) {
            Ok(()) => Ok(()),
            Err(refused) => Err(refused.emit_error_with(event)),
        }
    }
}

/// The error with the event as it was before it was made a whole one.
pub(super) fn as_it_was<E: IntoEvent>(error: EmitError<Event>) -> EmitError<E> {
    error.map(|event| E::from_event(event).expect("a refused event comes back as it was"))
}

impl Clone for Door {
    fn clone(&self) -> Self {
        self.to(self.domain)
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if self.own
            && let Some(calm) = &self.shared.calm
        {
            calm.own(false);
        }
        self.shared.release();
    }
}

/// Puts events in from outside the dispatcher; `S` says which ones, as in `Emitter<(Command, Reading)>`.
///
/// A producer gets one, and so does a handler that asks for one (by value) for background work that outlives its call.
/// As long as an emitter exists, the nexus does not end by itself; keep a [`WeakEmitter`] in state.
///
/// # In a handler
///
/// While a filter or handler of a nexus is polled, every call here that goes into that nexus puts its event in at once
/// and returns, however full the nexus is. What waits there at other times (a task that a handler has spawned, a
/// producer) waits in the order of arrival. What can still block a nexus is a handler that waits for *another* task
/// which itself waits for this nexus: [`Ledger`](crate::Ledger) then names the handler in hand.
///
/// # In a test
///
/// ```
/// use nexus::prelude::*;
///
/// #[named_event]
/// struct Command(String);
///
/// #[producer]
/// async fn greet(out: Emitter<Command>) -> Result {
///     out.emit(Command("hello".into())).await?;
///     Ok(())
/// }
///
/// # nexus::__private::block_on(async {
/// let (out, seen) = Emitter::captured();
/// greet(out).await.unwrap();
/// assert_eq!(seen.take::<Command>()[0].0, "hello");
/// # });
/// ```
pub struct Emitter<S> {
    to: To,
    set: PhantomData<fn() -> S>,
}

#[derive(Clone)]
enum To {
    Nexus(Door),
    Capture(Captured),
}

impl To {
    #[inline]
    fn entrance(&self) -> Entrance<'_> {
        match self {
            Self::Nexus(door) => door.entrance(),
            Self::Capture(seen) => Entrance::Capture(seen),
        }
    }
}

impl<S> Emitter<S> {
    pub(crate) fn new(shared: Arc<Shared>, domain: usize) -> Self {
        Self { to: To::Nexus(Door::new(shared, domain)), set: PhantomData }
    }

    /// Makes an emitter for a test, and what it has emitted.
    pub fn captured() -> (Self, Captured) {
        let seen = Captured::default();
        (Self { to: To::Capture(seen.clone()), set: PhantomData }, seen)
    }

    /// Puts an event in; waits while the nexus is full.
    ///
    /// # Errors
    ///
    /// The event comes back if the nexus has not been started, drains or has stopped, also while this waits.
    ///
    /// # Cancel safety
    ///
    /// Cancelled at the door, the event never enters; it is dropped. If it was let in meanwhile, it is handled: an event that
    /// must not be doubled is not to be sent again after a cancelled call.
    ///
    /// # Inside a handler
    ///
    /// It returns at once. After a stop, the event is accepted and counted as dropped, as everything that the event in hand
    /// emits.
    #[inline]
    pub fn emit<E, I>(&self, event: E) -> Emit<'_, E>
    where
        S: Declares<E, I>,
    {
        Emit::new(self.to.entrance(), event)
    }

    /// Puts all events of a batch in, as one: they enter together, when there is room for all of them (or, if they are more
    /// than the nexus holds, when nothing waits there), and leave the batch empty.
    ///
    /// # Errors
    ///
    /// The nexus has not been started, drains or has stopped, also while this waits: the events stay in the batch.
    ///
    /// # Cancel safety
    ///
    /// Cancelled at the door, no event enters, and they stay in the batch. If they were let in meanwhile, they are handled, and
    /// the batch is empty.
    ///
    /// # Inside a handler
    ///
    /// As [`emit`](Self::emit).
    pub async fn emit_batch(&self, batch: &mut Batch<S>) -> Result<(), EmitError<()>> {
        match &self.to {
            To::Nexus(door) => door.emit_all(&mut batch.bundle).await,
            To::Capture(seen) => {
                while let Some(event) = batch.bundle.pop() {
                    lock(&seen.0).push(event);
                }
                batch.clear();
                Ok(())
            }
        }
    }

    /// Puts an event in if there is room.
    ///
    /// # Errors
    ///
    /// The event comes back if the nexus is full, has not been started, drains or has stopped.
    pub fn try_emit<E, I>(&self, event: E) -> Result<(), EmitError<E>>
    where
        S: Declares<E, I>,
    {
        let event = S::event(event);
        let put = match &self.to {
            To::Nexus(door) => door.try_emit(event),
            To::Capture(seen) => seen.push(event),
        };
        put.map_err(|refused| refused.map(S::back))
    }

    /// Puts an event in; blocks this thread while the nexus is full. For threads, and for blocking producers.
    ///
    /// # Errors
    ///
    /// The event comes back if the nexus has not been started, drains or has stopped, also while this waits.
    ///
    /// # Panics
    ///
    /// If it has to wait, and is called where the runtime's tasks run: blocking there could stop the nexus itself. Use
    /// [`emit`](Self::emit) in `async` code.
    pub fn emit_blocking<E, I>(&self, event: E) -> Result<(), EmitError<E>>
    where
        S: Declares<E, I>,
    {
        let event = S::event(event);
        let put = match &self.to {
            To::Nexus(door) => door.emit_blocking(event),
            To::Capture(seen) => seen.push(event),
        };
        put.map_err(|refused| refused.map(S::back))
    }

    /// Puts an event in and waits until it and all that arose from it are handled.
    ///
    /// Inside a handler of the same nexus it only puts the event in: nothing waits for itself.
    ///
    /// `Ok` says that the tree is done, not how: a filter may have consumed the event, and with
    /// [`Policy::Report`](crate::Policy::Report) a handler may have failed. A tree ends at the border of its domain: what a
    /// handler puts into another one is not waited for.
    ///
    /// # Errors
    ///
    /// The nexus refused the event, or ended before its tree was done; with [`Policy::Fail`](crate::Policy::Fail), the
    /// first error of the tree.
    ///
    /// # Cancel safety
    ///
    /// Cancelled at the door, the event never enters. Later, only the waiting ends: the event is handled with its tree, and
    /// its errors are reported.
    #[inline]
    pub fn ingest<E, I>(&self, event: E) -> Ingest<'_, E>
    where
        S: Declares<E, I>,
    {
        Ingest::new(self.to.entrance(), event)
    }

    /// An emitter that does not keep the nexus from ending by itself.
    pub fn downgrade(&self) -> WeakEmitter<S> {
        let to = match &self.to {
            To::Nexus(door) => WeakTo::Nexus(Arc::downgrade(&door.shared), door.domain),
            To::Capture(seen) => WeakTo::Capture(seen.clone()),
        };
        WeakEmitter { to, set: PhantomData }
    }
}

impl<S> Clone for Emitter<S> {
    fn clone(&self) -> Self {
        Self { to: self.to.clone(), set: PhantomData }
    }
}

impl<S> fmt::Debug for Emitter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Emitter(..)")
    }
}

/// An [`Emitter`] that does not keep its nexus from ending by itself: the kind to keep in state.
pub struct WeakEmitter<S> {
    to: WeakTo,
    set: PhantomData<fn() -> S>,
}

#[derive(Clone)]
enum WeakTo {
    Nexus(Weak<Shared>, usize),
    Capture(Captured),
}

impl<S> WeakEmitter<S> {
    /// The emitter, unless the nexus is gone.
    pub fn upgrade(&self) -> Option<Emitter<S>> {
        match &self.to {
            WeakTo::Nexus(shared, domain) => Some(Emitter::new(shared.upgrade()?, *domain)),
            WeakTo::Capture(seen) => Some(Emitter { to: To::Capture(seen.clone()), set: PhantomData }),
        }
    }
}

impl<S> Clone for WeakEmitter<S> {
    fn clone(&self) -> Self {
        Self { to: self.to.clone(), set: PhantomData }
    }
}

impl<S> fmt::Debug for WeakEmitter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakEmitter(..)")
    }
}

/// What an emitter made by [`Emitter::captured`] has emitted.
#[derive(Clone, Debug, Default)]
pub struct Captured(Arc<Mutex<Vec<Event>>>);

impl Captured {
    #[allow(clippy::unnecessary_wraps, reason = "stands beside calls that can be refused")]
    pub(super) fn push<E: IntoEvent>(&self, event: E) -> Result<(), EmitError<E>> {
        lock(&self.0).push(event.into_event());
        Ok(())
    }

    /// Takes out every `E`, in the order in which they were emitted.
    pub fn take<E: NamedEvent>(&self) -> Vec<E> {
        take_all(&mut lock(&self.0))
    }

    /// How many events there are.
    pub fn len(&self) -> usize {
        lock(&self.0).len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Takes every `E` out of `events`.
pub(crate) fn take_all<E: NamedEvent>(events: &mut Vec<Event>) -> Vec<E> {
    events.extract_if(.., |event| event.is::<E>()).filter_map(|event| event.into_payload().ok()).collect()
}

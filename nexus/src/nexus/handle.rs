//! The handles that reach a nexus from outside: to put events in, to end it, to look at it.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use super::emitter::{Door, Emitter};
use super::ledger::Ledger;
use super::life::{Phase, State};
use super::lock;
use super::put::{Emit, Ingest};
use super::shared::Shared;
use crate::dynamic::Overlay;
use crate::error::{EmitError, RunError, StateError};
use crate::event::{EventSet, IntoEvent};
use crate::record::Domain;

/// Reaches a nexus from outside: puts events in, ends it, and looks at it.
///
/// As long as a handle exists, the nexus does not end by itself; [`downgrade`](Self::downgrade) gives one that does not
/// hold it. A handle is the door for code that is not part of the plan: it can put in any event, and the graph shows
/// the events that only come this way as coming from outside.
///
/// Its calls go to the first domain of the plan ([`Main`](crate::Main), unless nothing is in it); see [`domain`](Self::domain).
#[derive(Clone)]
pub struct Handle {
    pub(crate) door: Door,
}

impl Handle {
    pub(crate) fn new(shared: Arc<Shared>, domain: usize) -> Self {
        Self { door: Door::new(shared, domain) }
    }

    fn shared(&self) -> &Shared {
        &self.door.shared
    }

    /// A handle to another domain of the same nexus; `None` if nothing in the plan belongs to it.
    pub fn domain<D: Domain>(&self) -> Option<Self> {
        let key = std::any::TypeId::of::<D>();
        let place = self.shared().domains.iter().position(|domain| domain.key == key)?;
        Some(Self { door: self.door.to(place) })
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
    pub fn emit<E: IntoEvent>(&self, event: E) -> Emit<'_, E> {
        Emit::new(self.door.entrance(), event)
    }

    /// Puts an event in if there is room.
    ///
    /// # Errors
    ///
    /// The event comes back if the nexus is full, has not been started, drains or has stopped.
    pub fn try_emit<E: IntoEvent>(&self, event: E) -> Result<(), EmitError<E>> {
        self.door.try_emit(event)
    }

    /// Puts an event in; blocks this thread while the nexus is full.
    ///
    /// # Errors
    ///
    /// The event comes back if the nexus has not been started, drains or has stopped, also while this waits.
    ///
    /// # Panics
    ///
    /// If it has to wait, and is called where the runtime's tasks run. Use [`emit`](Self::emit) in `async` code.
    pub fn emit_blocking<E: IntoEvent>(&self, event: E) -> Result<(), EmitError<E>> {
        self.door.emit_blocking(event)
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
    /// first error of the tree. With [`Policy::Report`](crate::Policy::Report), errors are reported and this returns `Ok`.
    ///
    /// # Cancel safety
    ///
    /// Cancelled at the door, the event never enters. Later, only the waiting ends: the event is handled with its tree, and
    /// its errors are reported. So calls that are cancelled again and again (by a time-out) do not feel how full a boundary is
    /// that their events go through.
    #[inline]
    pub fn ingest<E: IntoEvent>(&self, event: E) -> Ingest<'_, E> {
        Ingest::new(self.door.entrance(), event)
    }

    /// What can be registered with this domain beside its plan, also while it runs.
    pub fn overlay(&self) -> Overlay {
        Overlay::new(self.clone())
    }

    /// An emitter for just these events, to give to other code.
    pub fn emitter<S: EventSet>(&self) -> Emitter<S> {
        Emitter::new(self.door.shared.clone(), self.door.domain)
    }

    /// The state of the nexus.
    pub fn state(&self) -> State {
        self.shared().state()
    }

    /// The accounts as they are now, each domain's taken between two steps of its dispatcher.
    pub fn ledger(&self) -> Ledger {
        self.shared().ledger()
    }

    /// Ends the nexus after the event in hand: its filters and handlers run to their end, what they emit is accepted and
    /// dropped, what waits is dropped. Emits at the door are refused at once; calls that wait are answered when the event in hand has
    /// ended. From now on the state is STOPPED and new events are refused. Once stopped, it does nothing.
    ///
    /// # Errors
    ///
    /// The nexus has not been started.
    pub fn stop(&self) -> Result<(), StateError> {
        self.shared().stop()
    }

    /// Ends the nexus when everything that has entered is handled: from now on events from outside are refused, sources
    /// are ended, and what is in the queue, with all that arises from it, is handled. After the builder's
    /// [`drain_deadline`](crate::Builder::drain_deadline) the rest is cut as by [`abort`](Self::abort).
    ///
    /// What boundaries of the plan carry is inside, and so are the replies to that. What another nexus sends through a boundary
    /// made by hand is outside, and a reply from there comes too late when this nexus has ended.
    ///
    /// Returns at once; [`ended`](Self::ended) and [`Running::join`] wait for the end.
    ///
    /// # Errors
    ///
    /// The nexus is not LOOPING: right after [`start`](crate::Nexus::start) it may still be STARTING, see [`started`](Self::started).
    pub fn drain(&self) -> Result<(), StateError> {
        self.door.shared.drain()
    }

    /// Ends the nexus now: the handler of the event in hand is cut at its next await, and its event, like all that waits,
    /// is dropped.
    ///
    /// # Errors
    ///
    /// The nexus has not been started.
    pub fn abort(&self) -> Result<(), StateError> {
        self.shared().abort()
    }

    /// Waits until the nexus loops: its sources have been started, and it can be drained. Returns at once if it has ended. Cancel-safe.
    pub async fn started(&self) {
        self.shared().reached(Phase::Looping).await;
    }

    /// Waits until the nexus has ended: its dispatchers and sources are gone, every call is answered. Cancel-safe.
    ///
    /// A blocking producer's thread can't be cut, and is not waited for. A handler of this nexus must not wait here: it would
    /// wait for itself.
    pub async fn ended(&self) {
        ended(self.shared()).await;
    }

    /// A handle that does not keep the nexus from ending by itself: the kind to keep in state.
    pub fn downgrade(&self) -> WeakHandle {
        let cell = OnceLock::new();
        cell.get_or_init(|| Arc::downgrade(&self.door.shared));
        WeakHandle { cell: Arc::new(cell), domain: self.door.domain }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("state", &self.state()).finish_non_exhaustive()
    }
}

async fn ended(shared: &Shared) {
    // The sender lives in what is borrowed here.
    shared.ended.subscribe().wait_for(|ended| *ended).await.ok();
}

/// A [`Handle`] that does not keep its nexus from ending by itself.
///
/// [`Builder::weak_handle`](crate::Builder::weak_handle) gives one before the nexus is built, for its own state.
#[derive(Clone)]
pub struct WeakHandle {
    pub(crate) cell: Arc<OnceLock<Weak<Shared>>>,
    pub(crate) domain: usize,
}

impl WeakHandle {
    /// The handle; `None` if the nexus has not been built or is gone.
    pub fn upgrade(&self) -> Option<Handle> {
        Some(Handle::new(self.cell.get()?.upgrade()?, self.domain))
    }
}

impl fmt::Debug for WeakHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakHandle(..)")
    }
}

/// A nexus that has been started: a [`Handle`] to it, and its end.
///
/// Dropping it lets the nexus run on by itself.
#[derive(Debug)]
#[must_use = "`join` it to learn how the run ended"]
pub struct Running {
    pub(crate) handle: Handle,
}

impl Running {
    /// Another handle.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Waits for the end and gives the accounts. This handle no longer keeps the nexus from ending by itself.
    ///
    /// # Errors
    ///
    /// [`RunError::Failed`] if the run was ended by an error.
    ///
    /// # Cancel safety
    ///
    /// Cancelled, the nexus runs on, and its result is lost: call [`ended`](Handle::ended) first to wait in a `select!`.
    pub async fn join(self) -> Result<Ledger, RunError> {
        let shared = self.handle.door.shared.clone();
        drop(self.handle);
        joined(&shared).await
    }
}

impl Running {
    /// The handle of a test, which it does not wait for.
    pub(crate) fn own(self) -> Handle {
        let door = &self.handle.door;
        Handle { door: Door::of_test(door.shared.clone(), door.domain) }
    }
}

impl Deref for Running {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

/// Waits for the end of a run; what is dropped before it, aborts it.
pub(crate) async fn run(running: Running) -> Result<Ledger, RunError> {
    struct Cut<'a>(Option<&'a Shared>);
    impl Drop for Cut<'_> {
        fn drop(&mut self) {
            if let Some(shared) = self.0 {
                shared.abort().ok();
            }
        }
    }
    let shared = running.handle.door.shared.clone();
    let mut cut = Cut(Some(&shared));
    drop(running);
    let result = joined(&shared).await;
    cut.0 = None;
    result
}

pub(crate) async fn joined(shared: &Shared) -> Result<Ledger, RunError> {
    ended(shared).await;
    let ledger = shared.ledger();
    match lock(&shared.failed).clone() {
        Some(failure) => Err(RunError::Failed { failure, ledger: Box::new(ledger) }),
        None => Ok(ledger),
    }
}

/// Cuts a drain that takes too long.
pub(crate) async fn enforce_deadline(shared: Arc<Shared>, deadline: Duration) {
    shared.reached(Phase::Draining).await;
    if shared.life.phase() != Phase::Draining {
        // A stop cuts no handler.
        return;
    }
    tokio::time::sleep(deadline).await;
    tracing::warn!(target: "nexus", ?deadline, "the drain took too long: the rest is dropped");
    shared.abort().ok();
}

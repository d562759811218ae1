//! The event in hand, as its filters and handlers reach it: to emit, to reply, to ask about it.
//!
//! While a handler is polled, the dispatcher that polls it is on this thread's stack of frames, and what the handler emits goes
//! straight into the backlog. A queue that is used anywhere else, on another thread or after its call, is known by its turn: it
//! goes the long way, through the intake, or drops what it is given.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};

use super::emitter::Emitter;
use super::lock;
use super::shared::{Origins, Shared, drop_quietly, tell};
use super::tree::Tree;
use crate::boundary::{Unanswered, Way};
use crate::dynamic::CallError;
use crate::event::{Event, EventSet, IntoEvent, Meta};
use crate::raw::frame;

/// Where a call happens: in this turn of this domain.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) domain: usize,
    pub(crate) turn: u64,
}

impl At<'_> {
    /// Emits a secondary event.
    #[inline]
    pub(crate) fn emit<E: IntoEvent>(self, event: E) {
        if let Err(event) = emit(self.shared.domains[self.domain].uid, self.turn, event) {
            self.outlet().emit_elsewhere(event);
        }
    }

    pub(crate) fn emitter<S: EventSet>(self) -> Emitter<S> {
        Emitter::new(self.shared.arc(), self.domain)
    }

    /// The event in hand.
    pub(crate) fn hand(self) -> Option<Hand> {
        let uid = self.shared.domains[self.domain].uid;
        inside(uid, self.turn, Hand::of).flatten()
    }

    pub(crate) fn meta(self) -> Meta {
        self.outlet().meta()
    }

    /// The way out for what is emitted, for a queue.
    #[inline]
    pub(crate) fn outlet(self) -> Outlet {
        let uid = self.shared.domains[self.domain].uid;
        let rest = inside(uid, self.turn, |shared, domain, core| {
            let plain = core.backlog.borrow().is_plain();
            if plain { None } else { Some(Hand::of(shared, domain, core)) }
        });
        Outlet { uid, turn: self.turn, hand: rest.flatten().flatten() }
    }
}

/// Emits from within the call of this turn; the event comes back if that is not being polled here.
#[inline]
fn emit<E: IntoEvent>(uid: u64, turn: u64, event: E) -> Result<(), E> {
    let mut event = Some(event);
    let emitted = inside(uid, turn, |shared, domain, core| {
        if let Some(event) = event.take() {
            shared.emit(domain, core, event);
        }
    });
    match (emitted, event) {
        (None, Some(event)) => Err(event),
        _ => Ok(()),
    }
}

/// Looks at the dispatcher that polls the call of this turn on this thread.
#[inline]
fn inside<R>(
    uid: u64,
    turn: u64,
    look: impl FnOnce(&Shared, usize, &super::dispatch::Core) -> R,
) -> Option<R> {
    let mut look = Some(look);
    frame::find(|shared, domain, core| {
        let found = &shared.domains[domain];
        if found.uid != uid {
            return None;
        }
        let now = found.board.turn() == turn && core.backlog.borrow().in_hand;
        if now { look.take().map(|look| Some(look(shared, domain, core))) } else { Some(None) }
    })
    .flatten()
}

/// What a queue keeps of the call that it was made for.
#[derive(Clone)]
pub(crate) struct Outlet {
    uid: u64,
    turn: u64,
    /// The event in hand, if there is more to know of it than its type and its place in the queue.
    hand: Option<Hand>,
}

impl Outlet {
    #[inline]
    pub(crate) fn emit<E: IntoEvent>(&self, event: E) {
        if let Err(event) = emit(self.uid, self.turn, event) {
            self.emit_elsewhere(event);
        }
    }

    /// Emits from another thread, or after the call.
    #[cold]
    fn emit_elsewhere<E: IntoEvent>(&self, event: E) {
        let event = event.into_event();
        let Some((shared, domain)) = find(self.uid) else {
            tell(
                || tracing::error!(target: "nexus", event_type = %event.event_type(), "a queue was used after its nexus: the event is dropped"),
            );
            return drop_quietly(event);
        };
        if self.is_now(&shared, domain) {
            let origins = self.hand.as_ref().map(Hand::secondary).unwrap_or_default();
            shared.put_inside(domain, event, origins);
        } else {
            // A queue that was taken out of its call is no way past the door.
            tell(
                || tracing::error!(target: "nexus", event_type = %event.event_type(), "a queue was used after its call: the event is dropped"),
            );
            shared.put_dropped(domain, event);
        }
    }

    fn is_now(&self, shared: &Shared, domain: usize) -> bool {
        shared.domains[domain].board.has_in_hand(self.turn)
    }

    /// The event in hand, if it still is.
    pub(crate) fn hand(&self) -> Option<Hand> {
        let (shared, domain) = find(self.uid)?;
        if !self.is_now(&shared, domain) {
            return None;
        }
        self.hand.clone().or_else(|| inside(self.uid, self.turn, Hand::of).flatten())
    }

    pub(crate) fn meta(&self) -> Meta {
        self.hand().map_or_else(|| Meta::new(0), |hand| hand.meta)
    }

    /// Replies to the event in hand, through the boundary that it came by.
    pub(crate) fn reply(&self, event: Event) -> Result<(), CallError> {
        let answered = match self.hand() {
            None => Err(Unanswered { why: "the queue was used after its call", event }),
            Some(Hand { way: Some(way), meta, .. }) => way.reply(event, meta.id()),
            Some(_) => {
                let why = "the event in hand came through no boundary, so there is no way back";
                Err(Unanswered { why, event })
            }
        };
        answered.map_err(|unanswered| {
            drop_quietly(unanswered.event);
            CallError::BadCall(unanswered.why)
        })
    }
}

/// The event that a domain has in hand, with all that is known of it besides its payload.
#[derive(Clone)]
pub(crate) struct Hand {
    pub(crate) shared: Arc<Shared>,
    pub(crate) domain: usize,
    pub(crate) meta: Meta,
    pub(crate) tree: Option<Arc<Tree>>,
    /// The way back, if it came through a boundary.
    pub(crate) way: Option<Way>,
}

impl Hand {
    /// That of the dispatcher that is being driven here.
    pub(crate) fn of(shared: &Shared, domain: usize, core: &super::dispatch::Core) -> Option<Self> {
        let mut backlog = core.backlog.borrow_mut();
        let id = shared.domains[domain].board.id();
        let (priority, now) = (backlog.priority(), backlog.now);
        let front = backlog.hand()?;
        let mut meta = Meta::new(id)
            .with_priority(priority)
            .with_time(shared.domains[domain].time(front.time().unwrap_or(now)));
        if let Some(cause) = front.cause() {
            meta = meta.with_cause(cause);
        }
        let tree = front.tree().map(crate::raw::Member::arc);
        Some(Self { shared: shared.arc(), domain, meta, tree, way: front.way().cloned() })
    }

    /// Where a secondary event of this one comes from.
    pub(crate) fn secondary(&self) -> Origins {
        Origins { tree: self.tree.clone(), cause: Some(self.meta.id()), way: self.way.clone() }
    }
}

/// The domains that there are, for queues that have left the thread of their call.
static DOMAINS: Mutex<Option<Domains>> = Mutex::new(None);

type Domains = HashMap<u64, (Weak<Shared>, usize)>;

/// Makes the domains of a nexus known.
pub(crate) fn register(shared: &Arc<Shared>) {
    let mut domains = lock(&DOMAINS);
    let domains = domains.get_or_insert_default();
    for (index, domain) in shared.domains.iter().enumerate() {
        domains.insert(domain.uid, (Arc::downgrade(shared), index));
    }
}

/// Forgets the domains of a nexus.
pub(crate) fn forget(shared: &Shared) {
    if let Some(domains) = &mut *lock(&DOMAINS) {
        for domain in &shared.domains {
            domains.remove(&domain.uid);
        }
    }
}

fn find(uid: u64) -> Option<(Arc<Shared>, usize)> {
    let (shared, domain) = lock(&DOMAINS).as_ref()?.get(&uid)?.clone();
    Some((shared.upgrade()?, domain))
}

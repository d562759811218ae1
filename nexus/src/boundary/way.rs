//! The way back of an event that came through boundaries.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use super::Target;
use crate::event::{Event, EventType};
use crate::nexus::{Hand, Origins, Shared};

/// So many boundaries are remembered; of an event that has come through more, the first are forgotten.
const MOST: usize = 32;

/// The replies of one boundary.
pub(crate) struct Replies {
    /// What it brings back by itself.
    types: Vec<EventType>,
    count: AtomicU64,
}

impl Replies {
    pub(crate) fn new(types: Vec<EventType>) -> Self {
        Self { types, count: AtomicU64::new(0) }
    }

    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

/// Where an event has come from, boundary by boundary, the last one first: a list that events share.
#[derive(Clone)]
pub(crate) struct Way(Arc<Hop>);

struct Hop {
    shared: Weak<Shared>,
    domain: usize,
    replies: Arc<Replies>,
    behind: Option<Way>,
    /// How many hops there are, with this one.
    len: usize,
}

/// A reply that could not go back.
pub(crate) struct Unanswered {
    pub(crate) why: &'static str,
    pub(crate) event: Event,
}

impl Way {
    /// The way of the event in hand when it goes through one more boundary.
    pub(crate) fn through(hand: &Hand, replies: &Arc<Replies>) -> Self {
        let mut behind = hand.way.clone();
        if behind.as_ref().is_some_and(|way| way.0.len >= MOST) {
            behind = behind.map(|way| way.shortened(MOST - 1));
        }
        Self::new(Arc::downgrade(&hand.shared), hand.domain, replies.clone(), behind)
    }

    fn new(shared: Weak<Shared>, domain: usize, replies: Arc<Replies>, behind: Option<Self>) -> Self {
        let len = behind.as_ref().map_or(0, |way| way.0.len) + 1;
        Self(Arc::new(Hop { shared, domain, replies, behind, len }))
    }

    /// The first hops of it.
    fn shortened(&self, len: usize) -> Self {
        let behind = self.0.behind.as_ref().filter(|_| len > 1).map(|behind| behind.shortened(len - 1));
        Self::new(self.0.shared.clone(), self.0.domain, self.0.replies.clone(), behind)
    }

    fn next(&self) -> &Hop {
        &self.0
    }

    fn behind(&self) -> Option<Self> {
        self.0.behind.clone()
    }

    /// Where the last boundary comes from.
    pub(crate) fn sender(&self) -> Target {
        Target { shared: self.next().shared.clone(), domain: self.next().domain }
    }

    /// Whether the last boundary comes from this nexus.
    pub(crate) fn is_from(&self, shared: &Arc<Shared>) -> bool {
        std::ptr::eq(self.next().shared.as_ptr(), Arc::as_ptr(shared))
    }

    /// Whether it is also the way of this event in hand, when that goes through the same boundary.
    pub(crate) fn is_of(&self, hand: &Hand) -> bool {
        let Hop { domain, behind, .. } = self.next();
        let same_behind = match (behind, &hand.way) {
            (Some(one), Some(other)) => Arc::ptr_eq(&one.0, &other.0),
            (one, other) => one.is_none() && other.is_none(),
        };
        same_behind && *domain == hand.domain && self.is_from(&hand.shared)
    }

    /// Whether the last boundary brings anything back by itself.
    pub(crate) fn brings_any_back(&self) -> bool {
        !self.next().replies.types.is_empty()
    }

    /// Whether the last boundary brings events of this type back by itself.
    pub(crate) fn brings_back(&self, event_type: &EventType) -> bool {
        self.next().replies.types.contains(event_type)
    }

    /// Puts a reply into the queue of the nexus that sent the event last; one that a boundary brings back by itself goes on
    /// as far as boundaries do so.
    pub(crate) fn reply(&self, event: Event, cause: i64) -> Result<(), Unanswered> {
        let mut way = self.clone();
        let mut passed = vec![self.next().replies.clone()];
        let automatic = way.brings_back(event.event_type());
        while let Some(behind) =
            way.behind().filter(|behind| automatic && behind.brings_back(event.event_type()))
        {
            passed.push(behind.next().replies.clone());
            way = behind;
        }
        let hop = way.next();
        let Some(shared) = hop.shared.upgrade() else {
            return Err(Unanswered { why: "the nexus that the event came from is gone", event });
        };
        let origins = Origins { tree: None, cause: Some(cause), way: way.behind() };
        let count = || {
            for replies in passed {
                replies.count.fetch_add(1, Ordering::Relaxed);
            }
        };
        shared
            .put_at_once(hop.domain, event, origins, count)
            .map_err(|event| Unanswered { why: "the nexus that the event came from has stopped", event })
    }
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Way({} hops)", self.0.len)
    }
}

//! One domain's intake: the queue of waiting events, the door in front of it, the event in hand, and the accounts.
//!
//! All of it is under one lock, which is never held while a user's code runs (payloads are dropped, and wakers woken, after
//! it is released). The dispatcher works by four calls: [`put`](Intake::put),
//! [`take`](Intake::take), [`settle`](Intake::settle) and [`close`](Intake::close).

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::ledger::{Account, DomainLedger, InHand};
use super::policy::Order;
use super::refused::Refused;
use super::tree::Tree;
use crate::boundary::Way;
use crate::event::{Event, EventFactory, EventType};

/// Where an event comes from, besides its payload.
#[derive(Clone, Default)]
pub(crate) struct Origins {
    /// The tree that it belongs to, if anybody waits for it.
    pub(crate) tree: Option<Arc<Tree>>,
    /// The event whose filter or handler emitted it.
    pub(crate) cause: Option<i64>,
    /// The way back, if it came through a boundary.
    pub(crate) way: Option<Way>,
}

/// An event that waits or is in hand.
pub(crate) struct Queued {
    pub(crate) event: Event,
    pub(crate) origins: Origins,
    pub(crate) time: Instant,
}

/// The outcome of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Handled,
    Consumed,
    Discarded,
    Unhandled,
    Failed,
    Dropped,
}

/// Who waits at the door gets `Ok` when its event has entered, or the event back.
pub(crate) type Admission = Result<(), Refused>;

/// Answers for those who waited at the door, to be sent when the lock is released.
pub(crate) type Answers = Vec<(oneshot::Sender<Admission>, Admission)>;

struct AtTheDoor {
    event: Event,
    origins: Origins,
    admission: oneshot::Sender<Admission>,
}

/// The line in front of a full domain, by ticket: in the order of arrival.
///
/// Events that nobody waits for stand for themselves: a full boundary can hold them up, and they must not hold up the others,
/// among whom is what the boundary waits for.
#[derive(Default)]
struct Door {
    lines: [BTreeMap<u64, AtTheDoor>; 2],
}

impl Door {
    /// Those whose trees are waited for, or the others.
    fn of(&self, waited_for: bool) -> &BTreeMap<u64, AtTheDoor> {
        &self.lines[usize::from(waited_for)]
    }

    fn of_mut(&mut self, waited_for: bool) -> &mut BTreeMap<u64, AtTheDoor> {
        &mut self.lines[usize::from(waited_for)]
    }
}

pub(crate) struct Intake {
    capacity: Option<usize>,
    levels: Levels,
    door: Door,
    next_ticket: u64,
    factory: EventFactory,
    /// Events that nobody waits for, and that wait too far back in a boundary: they count for the door as if they waited here.
    ///
    /// For a moment it may be below zero, when an event moves up while its call is being cancelled.
    held_up: isize,
    hand: Option<Held>,
    accounts: HashMap<EventType, Account>,
}

struct Held {
    event_type: EventType,
    id: i64,
    item: Option<Arc<str>>,
    /// Whether one of its filters or handlers has failed: then this is its outcome, also if it is cut in the next one.
    failed: bool,
    since: Instant,
    origins: Origins,
}

/// What was left when a domain closed: to be dropped and answered without the lock.
#[derive(Default)]
pub(crate) struct Left {
    pub(crate) waiting: Vec<Queued>,
    pub(crate) cut: Option<Origins>,
    pub(crate) door: Vec<(Event, oneshot::Sender<Admission>)>,
}

impl Intake {
    pub(crate) fn new(capacity: Option<usize>, order: Order, factory: EventFactory) -> Self {
        Self {
            capacity,
            levels: Levels::new(order),
            door: Door::default(),
            next_ticket: 0,
            factory,
            held_up: 0,
            hand: None,
            accounts: HashMap::new(),
        }
    }

    /// Whether the domain has nothing waiting and nothing in hand.
    pub(crate) fn is_idle(&self) -> bool {
        self.levels.len == 0 && self.hand.is_none()
    }

    /// Whether an event from outside would have to wait: for room, or behind others that wait for the same.
    pub(crate) fn is_full(&self, origins: &Origins) -> bool {
        !self.door.of(origins.tree.is_some()).is_empty() || !self.has_room(origins.tree.is_some())
    }

    /// Whether there is room for an event; `waited_for` says whether somebody waits for its tree.
    fn has_room(&self, waited_for: bool) -> bool {
        let held_up = if waited_for { 0 } else { self.held_up.max(0).unsigned_abs() };
        self.capacity.is_none_or(|capacity| self.levels.len + held_up < capacity)
    }

    /// So many events of this domain that nobody waits for begin to wait too far back in a boundary.
    pub(crate) fn hold_up(&mut self, events: usize) {
        self.held_up = self.held_up.saturating_add_unsigned(events);
    }

    /// Such an event has moved up, which may let others in.
    pub(crate) fn release(&mut self) -> Answers {
        self.held_up -= 1;
        self.admit()
    }

    /// Accepts an event, which joins its tree. A domain is closed after its nexus has stopped, and callers look at that first.
    pub(crate) fn put(&mut self, mut event: Event, mut origins: Origins) {
        event.number(|| self.factory.next_id());
        if origins.tree.as_ref().is_some_and(|tree| !tree.join()) {
            origins.tree = None;
        }
        self.account(event.event_type()).accepted += 1;
        self.levels.push(Queued { event, origins, time: Instant::now() });
    }

    /// Accepts an event that is dropped at once: what the event in hand emits after a stop. It comes back for that.
    pub(crate) fn put_dropped(&mut self, event: Event, origins: &Origins) -> Event {
        let account = self.account(event.event_type());
        account.accepted += 1;
        account.dropped += 1;
        if let Some(tree) = &origins.tree {
            tree.cut();
        }
        event
    }

    /// Puts an event in the line at the door.
    pub(crate) fn wait_at_the_door(
        &mut self,
        event: Event,
        origins: Origins,
    ) -> (u64, oneshot::Receiver<Admission>) {
        let (admission, admitted) = oneshot::channel();
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let line = self.door.of_mut(origins.tree.is_some());
        line.insert(ticket, AtTheDoor { event, origins, admission });
        (ticket, admitted)
    }

    /// Takes an event out of the line again: its call was cancelled.
    pub(crate) fn leave_the_door(&mut self, ticket: u64) -> Option<(Event, oneshot::Sender<Admission>)> {
        let waiting = self.door.lines.iter_mut().find_map(|line| line.remove(&ticket))?;
        Some((waiting.event, waiting.admission))
    }

    /// Sends those away from the door of whom `whom` says so.
    pub(crate) fn refuse_the_door(
        &mut self,
        whom: impl Fn(&Origins) -> bool,
    ) -> Vec<(Event, oneshot::Sender<Admission>)> {
        let mut refused: Vec<(u64, AtTheDoor)> = Vec::new();
        for line in &mut self.door.lines {
            refused.extend(line.extract_if(.., |_, waiting| whom(&waiting.origins)));
        }
        refused.sort_unstable_by_key(|(ticket, _)| *ticket);
        refused.into_iter().map(|(_, waiting)| (waiting.event, waiting.admission)).collect()
    }

    /// Takes the next event in hand, and lets those in for whom that makes room.
    pub(crate) fn take(&mut self) -> Option<(Queued, Answers)> {
        let queued = self.levels.pop()?;
        self.hand = Some(Held {
            event_type: queued.event.event_type().clone(),
            id: queued.event.id(),
            item: None,
            failed: false,
            since: Instant::now(),
            origins: queued.origins.clone(),
        });
        Some((queued, self.admit()))
    }

    /// Lets those in for whom there is room, in the order of arrival.
    fn admit(&mut self) -> Answers {
        let mut answers = Vec::new();
        while let Some(AtTheDoor { event, origins, admission }) = self.next_at_the_door() {
            if origins.tree.as_ref().is_some_and(|tree| tree.is_withdrawn()) {
                answers.push((admission, Err(Refused::Cut(event))));
            } else {
                self.put(event, origins);
                answers.push((admission, Ok(())));
            }
        }
        answers
    }

    /// The one who has waited longest of those for whom there is room.
    fn next_at_the_door(&mut self) -> Option<AtTheDoor> {
        let first = |waited_for: bool| {
            let (ticket, _) = self.door.of(waited_for).first_key_value()?;
            self.has_room(waited_for).then_some((*ticket, waited_for))
        };
        let (_, waited_for) = [first(true), first(false)].into_iter().flatten().min()?;
        self.door.of_mut(waited_for).pop_first().map(|(_, waiting)| waiting)
    }

    /// Notes which filter or handler has the event in hand.
    pub(crate) fn hand_to(&mut self, item: &Arc<str>, delivery: bool) {
        let Some(held) = &mut self.hand else { return };
        held.item = Some(item.clone());
        if delivery {
            let event_type = held.event_type.clone();
            self.account(&event_type).deliveries += 1;
        }
    }

    /// Notes that a filter or handler of the event in hand has failed.
    pub(crate) fn note_failure(&mut self) {
        if let Some(held) = &mut self.hand {
            held.failed = true;
        }
    }

    /// Books the event in hand under its outcome.
    pub(crate) fn settle(&mut self, outcome: Outcome) -> Option<Origins> {
        let held = self.hand.take()?;
        book(self.account(&held.event_type), outcome, 1);
        Some(held.origins)
    }

    /// Ends the domain: nothing enters any more, what is left is booked as dropped and given out.
    pub(crate) fn close(&mut self) -> Left {
        let failed = self.hand.as_ref().is_some_and(|held| held.failed);
        let outcome = if failed { Outcome::Failed } else { Outcome::Dropped };
        let mut left = Left { cut: self.settle(outcome), ..Left::default() };
        while let Some(queued) = self.levels.pop() {
            book(self.account(queued.event.event_type()), Outcome::Dropped, 1);
            left.waiting.push(queued);
        }
        left.door = self.refuse_the_door(|_| true);
        left
    }

    /// The accounts as they are now; `pending` is counted, not computed.
    pub(crate) fn snapshot(&self, domain: &'static str) -> DomainLedger {
        let mut accounts: BTreeMap<EventType, Account> =
            self.accounts.iter().map(|(event_type, account)| (event_type.clone(), *account)).collect();
        let in_hand = self.hand.as_ref().map(|held| &held.event_type);
        let mut pending: HashMap<&EventType, u64> = HashMap::new();
        for event_type in self.levels.types().chain(in_hand) {
            *pending.entry(event_type).or_default() += 1;
        }
        for (event_type, count) in pending {
            accounts.entry(event_type.clone()).or_default().pending += count;
        }
        DomainLedger {
            domain,
            accounts,
            in_hand: self.hand.as_ref().map(|held| InHand {
                event_type: held.event_type.clone(),
                id: held.id,
                item: held.item.as_deref().unwrap_or("the dispatcher").to_owned(),
                since: held.since.elapsed(),
            }),
            at_the_door: self.door.lines.iter().map(BTreeMap::len).sum(),
            held_up: self.held_up.max(0).unsigned_abs(),
            source_failures: Vec::new(),
        }
    }

    fn account(&mut self, event_type: &EventType) -> &mut Account {
        if !self.accounts.contains_key(event_type) {
            self.accounts.insert(event_type.clone(), Account::default());
        }
        self.accounts.get_mut(event_type).expect("inserted above")
    }
}

fn book(account: &mut Account, outcome: Outcome, count: u64) {
    let place = match outcome {
        Outcome::Handled => &mut account.handled,
        Outcome::Consumed => &mut account.consumed,
        Outcome::Discarded => &mut account.discarded,
        Outcome::Unhandled => &mut account.unhandled,
        Outcome::Failed => &mut account.failed,
        Outcome::Dropped => &mut account.dropped,
    };
    *place += count;
}

/// The waiting events: a queue for each priority in use.
struct Levels {
    order: Order,
    queues: BTreeMap<i32, VecDeque<Queued>>,
    len: usize,
}

impl Levels {
    fn new(order: Order) -> Self {
        Self { order, queues: BTreeMap::new(), len: 0 }
    }

    fn push(&mut self, queued: Queued) {
        let level = match self.order {
            Order::Priority => queued.event.priority(),
            Order::Fifo => 0,
        };
        self.queues.entry(level).or_default().push_back(queued);
        self.len += 1;
    }

    fn pop(&mut self) -> Option<Queued> {
        let mut first = self.queues.first_entry()?;
        let queued = first.get_mut().pop_front();
        if first.get().is_empty() {
            first.remove();
        }
        self.len -= usize::from(queued.is_some());
        queued
    }

    fn types(&self) -> impl Iterator<Item = &EventType> {
        self.queues.values().flatten().map(|queued| queued.event.event_type())
    }
}

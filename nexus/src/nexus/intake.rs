//! One domain's intake: the events that have come from outside and that its dispatcher has not fetched yet, and the door in
//! front of it.
//!
//! All of it is under one lock, which is never held while a user's code runs (payloads are dropped, and wakers woken, after
//! it is released). The dispatcher fetches everything at once, by an exchange of buffers, and works on that without the lock.

use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Poll, Waker};

use super::arrival::{Arrival, Facts};
use super::board::{LOOK, QUIET};
use super::door::{Admission, AtTheDoor, Door, Left, Ticket, Wakers};
use super::levels::{Bundle, Levels, Uniform};
use super::policy::Order;
use super::refused::Refused;
use super::tree::Tree;
use crate::event::{EventType, IntoEvent};
use crate::raw::{Log, Tags};

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

impl Outcome {
    pub(crate) const COUNT: usize = 6;
}

/// After so many events whoever brings the next one, or has handled them within its own call, lets others run.
pub(crate) const COURTESY: u64 = 128;

#[allow(clippy::struct_excessive_bools, reason = "they are of different things")]
pub(crate) struct Intake {
    /// So many events may wait, here and in the dispatcher.
    capacity: usize,
    pub(crate) levels: Levels,
    /// So many events wait here.
    pub(crate) len: usize,
    /// So many of them, since the last fetch, get a number.
    pub(crate) numbered: i64,
    /// The type of all of them, if it is one.
    pub(crate) uniform: Uniform,
    /// Counts what has come, so that who brings much lets others run.
    brought: u64,
    door: Door,
    /// Events that nobody waits for, and that wait too far back in a boundary: they count for the door as if they waited here.
    ///
    /// For a moment it may be below zero, when an event moves up while its call is being cancelled.
    held_up: isize,
    /// The dispatcher, while it sleeps.
    pub(crate) sleeper: Option<Waker>,
    /// Whether the census counts the domain as busy.
    busy: bool,
    /// Something besides events is to be looked at.
    pub(crate) look: bool,
    /// The domain is busy, nobody has to wait but for room, and events need no tags.
    fast: bool,
    /// Events need tags, or have to be looked at before they enter.
    careful: bool,
    /// What was accepted and dropped at once, elsewhere than in the dispatcher.
    pub(crate) dropped: HashMap<EventType, u64>,
}

impl Intake {
    pub(crate) fn new(capacity: Option<usize>, order: Order, careful: bool) -> Self {
        Self {
            capacity: capacity.unwrap_or(usize::MAX),
            levels: Levels::new(order),
            len: 0,
            numbered: 0,
            uniform: Uniform::NONE,
            brought: 0,
            door: Door::default(),
            held_up: 0,
            sleeper: None,
            busy: false,
            look: false,
            fast: false,
            careful,
            dropped: HashMap::new(),
        }
    }

    /// Whether `count` events from outside would have to wait: for room, or behind others that wait for the same. `waiting` is the
    /// number of events that the dispatcher has fetched.
    #[inline]
    pub(crate) fn is_full(&self, waiting: usize, count: usize, waited_for: bool) -> bool {
        !self.door.is_line_empty(waited_for) || !self.has_room(waiting, count, waited_for)
    }

    /// Whether there is room for events, or nothing before them; `waited_for` says whether somebody waits for their tree.
    #[inline]
    fn has_room(&self, waiting: usize, count: usize, waited_for: bool) -> bool {
        let held_up = if waited_for { 0 } else { self.held_up.max(0).unsigned_abs() };
        let before = self.len + waiting + held_up;
        before + count <= self.capacity || (before == 0 && count > self.capacity)
    }

    /// Whether whoever brings the next event is to let others run then.
    #[inline]
    pub(crate) fn asks_for_courtesy(&mut self) -> bool {
        let asks = self.brought >= COURTESY;
        if asks {
            self.brought = 0;
        }
        asks
    }

    /// Whether an event can enter just so, if the nexus is not ending: there is room, and nothing else to be thought of.
    #[inline]
    pub(crate) fn is_fast(&self, waiting: usize) -> bool {
        self.fast && self.brought < COURTESY && self.len + waiting < self.capacity
    }

    /// Events need tags from now on.
    pub(crate) fn be_careful(&mut self) {
        self.careful = true;
        self.look_at_door();
    }

    fn look_at_door(&mut self) {
        self.fast = self.busy && !self.careful && self.held_up == 0 && self.is_door_empty();
    }

    #[inline]
    pub(crate) fn is_busy(&self) -> bool {
        self.busy
    }

    /// Says whether the census counts the domain as busy, and gives whether it did so before.
    #[inline]
    pub(crate) fn set_busy(&mut self, busy: bool) -> bool {
        let before = std::mem::replace(&mut self.busy, busy);
        if busy != before {
            self.look_at_door();
        }
        before
    }

    /// So many events of this domain that nobody waits for begin to wait too far back in a boundary.
    pub(crate) fn hold_up(&mut self, events: usize) {
        self.held_up = self.held_up.saturating_add_unsigned(events);
        self.look_at_door();
    }

    /// Such an event has moved up, which may let others in.
    pub(crate) fn release(&mut self) {
        self.held_up -= 1;
        self.look_at_door();
    }

    pub(crate) fn held_up(&self) -> usize {
        self.held_up.max(0).unsigned_abs()
    }

    pub(crate) fn at_the_door(&self) -> usize {
        self.door.events()
    }

    pub(crate) fn is_door_empty(&self) -> bool {
        self.door.is_empty()
    }

    /// What the dispatcher is to be told.
    pub(crate) fn signal(&self) -> u64 {
        if self.look {
            LOOK
        } else if self.len == 0 {
            QUIET
        } else {
            self.levels.first()
        }
    }

    /// Below how many fetched events some at the door can come in; 0 if there are none.
    pub(crate) fn door(&self) -> usize {
        if self.is_door_empty() { 0 } else { self.capacity.saturating_sub(self.len) }
    }

    /// Puts one event in. Gives how urgent it is.
    pub(crate) fn put(&mut self, event: &mut dyn Arrival, tags: Tags) -> u64 {
        let Facts { number, level, is_numbered, .. } = event.facts();
        let urgency = self.levels.urgency(level);
        let log = self.levels.log(urgency);
        let short = log.short_id(self.numbered);
        self.numbered += i64::from(is_numbered);
        self.uniform.note(number, self.len == 0);
        event.write(log, short, None, tags);
        self.len += 1;
        self.brought += 1;
        urgency
    }

    /// The same without tags.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "an event is not to be moved about on its way in")]
    pub(crate) fn put_bare<E: IntoEvent>(&mut self, event: E) -> u64 {
        self.write(event, |event, log, number, short| event.write_bare(log, number, short, None))
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "an event is not to be moved about on its way in")]
    fn write<E: IntoEvent>(&mut self, event: E, write: impl FnOnce(E, &mut Log, u16, u32)) -> u64 {
        let urgency = self.levels.urgency(event.level());
        let log = self.levels.log(urgency);
        let short = log.short_id(self.numbered);
        self.numbered += i64::from(event.is_numbered());
        let number = E::number();
        self.uniform.note(number, self.len == 0);
        write(event, log, number, short);
        self.len += 1;
        self.brought += 1;
        urgency
    }

    /// Puts events in together.
    pub(crate) fn put_all(&mut self, bundle: &mut Bundle) {
        let (count, numbered) = (bundle.len(), bundle.numbered);
        self.uniform.note_all(bundle.uniform, self.len == 0);
        self.levels.put(bundle, self.numbered);
        self.numbered += numbered;
        self.len += count;
        self.brought += count as u64;
    }

    /// A bundle for events that are to stand at the door.
    pub(crate) fn spare(&mut self) -> Bundle {
        self.door.spare()
    }

    /// Puts events in the line at the door.
    pub(crate) fn wait_at_the_door(&mut self, bundle: Bundle, tree: Option<Arc<Tree>>) -> Ticket {
        let ticket = self.door.stand(bundle, tree);
        self.look_at_door();
        ticket
    }

    /// Whether the events of somebody at the door have entered, or been refused: see [`Door::ask`].
    pub(crate) fn ask_at_the_door(&mut self, ticket: Ticket, waker: &mut Option<Waker>) -> Poll<Admission> {
        self.door.ask(ticket, waker)
    }

    /// Takes events out of the line again: their call was cancelled.
    pub(crate) fn leave_the_door(&mut self, ticket: Ticket) -> (Left, Option<Waker>) {
        let left = self.door.leave(ticket);
        self.look_at_door();
        left
    }

    /// Sends those away from the door of whom `whom` says so.
    pub(crate) fn refuse_the_door(
        &mut self,
        whom: impl Fn(&AtTheDoor) -> bool,
        how: fn(Bundle) -> Refused<Bundle>,
    ) -> Wakers {
        let mut wakers = Wakers::default();
        self.door.refuse(whom, how, &mut wakers);
        self.look_at_door();
        wakers
    }

    /// Lets those in for whom there is room, in the order of arrival.
    pub(crate) fn admit(&mut self, waiting: usize, wakers: &mut Wakers) {
        while let Some(waited_for) = self.next_line(waiting) {
            if let Some((mut bundle, tree)) = self.door.admit(waited_for, wakers) {
                if let Some(tree) = tree {
                    tree.note_entry();
                }
                self.put_all(&mut bundle);
                self.door.keep(bundle);
            }
        }
        self.look_at_door();
    }

    /// Whether somebody at the door can come in.
    pub(crate) fn has_room_for_the_door(&self, waiting: usize) -> bool {
        self.next_line(waiting).is_some()
    }

    /// The line whose first ones have waited longest of all for whom there is room.
    fn next_line(&self, waiting: usize) -> Option<bool> {
        let first = |waited_for: bool| {
            let (number, events) = self.door.first(waited_for)?;
            self.has_room(waiting, events, waited_for).then_some((number, waited_for))
        };
        let (_, waited_for) = [first(true), first(false)].into_iter().flatten().min()?;
        Some(waited_for)
    }
}

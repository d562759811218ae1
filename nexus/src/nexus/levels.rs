//! Waiting events: a log for each priority in use.

use super::arrival::{Arrival, Facts};
use super::board::{QUIET, urgency};
use super::policy::Order;
use crate::event::{Event, IntoEvent, WHOLE, kind};
use crate::raw::{Front, Log, Member, Tags};

/// Empty levels are kept up to this number, so that they need not be made again.
const KEPT: usize = 16;

#[derive(Debug)]
struct Level {
    urgency: u64,
    log: Log,
}

/// The waiting events of a domain, the most urgent ones first.
#[derive(Debug)]
pub(crate) struct Levels {
    order: Order,
    list: Vec<Level>,
    /// The place of the level that has been looked up last.
    last: usize,
    /// The place of the level of the event in hand.
    current: usize,
}

/// The priority of the first event of a log.
pub(crate) fn priority_of(front: &Front<'_>) -> i32 {
    match front.whole() {
        Some(event) => event.priority(),
        None => kind(front.number()).map_or(0, |kind| kind.priority),
    }
}

impl Levels {
    pub(crate) const fn new(order: Order) -> Self {
        Self { order, list: Vec::new(), last: 0, current: 0 }
    }

    /// How urgent events of this priority are here.
    #[inline]
    pub(crate) fn urgency(&self, priority: i32) -> u64 {
        match self.order {
            Order::Priority => urgency(priority),
            Order::Fifo => urgency(0),
        }
    }

    /// The log for events that are so urgent.
    #[inline]
    pub(crate) fn log(&mut self, urgency: u64) -> &mut Log {
        let mut last = self.last;
        if self.list.get(last).is_none_or(|level| level.urgency != urgency) {
            last = self.place(urgency);
            self.last = last;
        }
        &mut self.list[last].log
    }

    /// The place of a level, which is made if there is none.
    #[inline(never)]
    fn place(&mut self, urgency: u64) -> usize {
        let place = self.list.iter().position(|level| level.urgency >= urgency).unwrap_or(self.list.len());
        if self.list.get(place).is_none_or(|level| level.urgency != urgency) {
            self.list.insert(place, Level { urgency, log: Log::new() });
            if place <= self.current {
                self.current += 1;
            }
        }
        place
    }

    /// Goes to the level of an event that is taken in hand.
    #[inline]
    pub(crate) fn go_to(&mut self, urgency: u64) -> &mut Log {
        if self.list.get(self.current).is_none_or(|level| level.urgency != urgency) {
            if self.list.len() > KEPT {
                self.tidy();
            }
            self.current = self.place(urgency);
        }
        &mut self.list[self.current].log
    }

    /// The log of the event in hand.
    #[inline]
    pub(crate) fn current(&mut self) -> &mut Log {
        &mut self.list[self.current].log
    }

    /// Forgets empty levels, if there are many; nothing is in hand.
    pub(crate) fn tidy(&mut self) {
        if self.list.len() > KEPT {
            self.list.retain(|level| !level.log.is_empty());
            (self.last, self.current) = (0, 0);
        }
    }

    /// The most urgent of what waits; [`QUIET`] if nothing does.
    #[inline]
    pub(crate) fn first(&self) -> u64 {
        self.list.iter().find(|level| !level.log.is_empty()).map_or(QUIET, |level| level.urgency)
    }

    /// Moves everything behind what is here, in each level.
    pub(crate) fn append(&mut self, other: &mut Self) {
        for Level { urgency, log } in &mut other.list {
            if !log.is_empty() {
                self.log(*urgency).append(log);
            }
        }
    }

    /// Moves events, which have been numbered from 0, behind what is here; `base` is added to their ids.
    pub(crate) fn put(&mut self, bundle: &mut Bundle, base: i64) {
        if bundle.given {
            let priority = bundle.priority.unwrap_or(0);
            let urgency = self.urgency(priority);
            self.log(urgency).append_given(&mut bundle.log);
            return bundle.clear();
        }
        bundle.log.shift_ids(base);
        match (self.order, bundle.priority) {
            (Order::Fifo, _) => self.log(urgency(0)).append(&mut bundle.log),
            (Order::Priority, Some(priority)) => self.log(urgency(priority)).append(&mut bundle.log),
            (Order::Priority, None) => {
                while let Some(front) = bundle.log.front() {
                    let to = urgency(priority_of(&front));
                    self.log(to).push_front_of(&mut bundle.log);
                }
            }
        }
        bundle.clear();
    }

    /// All logs, the most urgent first.
    pub(crate) fn logs(&self) -> impl Iterator<Item = &Log> {
        self.list.iter().map(|level| &level.log)
    }

    pub(crate) fn logs_mut(&mut self) -> impl Iterator<Item = &mut Log> {
        self.list.iter_mut().map(|level| &mut level.log)
    }
}

/// Events that are put in together, in the order in which they came.
#[derive(Debug)]
pub(crate) struct Bundle {
    pub(crate) log: Log,
    /// Theirs, if they all have the same.
    priority: Option<i32>,
    /// So many of them get a number.
    pub(crate) numbered: i64,
    /// The type of all of them, if it is one.
    pub(crate) uniform: Uniform,
    /// They have their ids already, and one priority.
    given: bool,
    /// Memory for [`date`](Self::date).
    spare: Option<Box<Log>>,
}

/// The number of the type of events that are all of one; [`WHOLE`] if they are not, or lie there as whole ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Uniform(u16);

impl Uniform {
    pub(crate) const NONE: Self = Self(WHOLE);

    /// Notes one more; `first` says that there is none yet.
    #[inline]
    pub(crate) fn note(&mut self, number: u16, first: bool) {
        if first {
            self.0 = number;
        } else if number != self.0 {
            self.0 = WHOLE;
        }
    }

    /// Notes more.
    pub(crate) fn note_all(&mut self, other: Self, first: bool) {
        self.note(other.0, first);
    }

    /// The number of the type, if it is one.
    pub(crate) fn number(self) -> Option<u16> {
        (self.0 != WHOLE).then_some(self.0)
    }
}

impl Bundle {
    pub(crate) const fn new() -> Self {
        Self {
            log: Log::new(),
            priority: None,
            numbered: 0,
            uniform: Uniform::NONE,
            given: false,
            spare: None,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.log.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.log.is_empty()
    }

    /// Puts one more in, whatever its type is.
    pub(crate) fn push_any(&mut self, event: &mut dyn Arrival, tags: Tags) {
        let facts = event.facts();
        let short = self.note_facts(facts);
        event.write(&mut self.log, short, None, tags);
    }

    /// Puts one more in.
    #[inline]
    pub(crate) fn push<E: IntoEvent>(&mut self, event: E, tags: Tags) {
        let (_, short) = self.note(&event);
        event.write(&mut self.log, short, None, tags);
    }

    /// Puts one more in, as a member of a tree.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "an event is not to be moved about on its way in")]
    pub(crate) fn push_in_tree<E: IntoEvent>(&mut self, event: E, tree: Member) {
        let (number, short) = self.note(&event);
        event.write_in_tree(&mut self.log, number, short, tree);
    }

    /// Puts one more in, without tags.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "an event is not to be moved about on its way in")]
    pub(crate) fn push_bare<E: IntoEvent>(&mut self, event: E) {
        let (number, short) = self.note(&event);
        event.write_bare(&mut self.log, number, short, None);
    }

    /// Notes what is going to be pushed: gives the number of its type, and what stands in its header for an id.
    #[inline]
    fn note<E: IntoEvent>(&mut self, event: &E) -> (u16, u32) {
        let facts = Facts::of(event);
        (facts.number, self.note_facts(facts))
    }

    #[inline]
    fn note_facts(&mut self, Facts { number, level, is_numbered, .. }: Facts) -> u32 {
        let first = self.log.is_empty();
        if self.priority != Some(level) {
            self.priority = first.then_some(level);
        }
        self.uniform.note(number, first);
        let short = self.log.short_id(self.numbered);
        self.numbered += i64::from(is_numbered);
        short
    }

    /// Puts one more in, the first one of a log whose events have their ids already. All are to have this priority. `tags` makes its
    /// tags out of those that it had.
    pub(crate) fn take_front_of(&mut self, log: &mut Log, priority: i32, tags: impl FnOnce(Tags) -> Tags) {
        let Some(front) = log.front() else { return };
        self.uniform.note(front.number(), self.log.is_empty());
        (self.priority, self.given) = (Some(priority), true);
        self.log.move_front_of(log, tags);
    }

    /// Notes when the events came. What has been noted before was at another door, or at another time.
    #[cold]
    pub(crate) fn date(&mut self, time: u64) {
        let undated = self.spare.get_or_insert_default();
        std::mem::swap(&mut **undated, &mut self.log);
        self.log.make_room_for(undated);
        while !undated.is_empty() {
            self.log.move_front_of(undated, |had| Tags { time: Some(time), ..had });
        }
    }

    pub(crate) fn clear(&mut self) {
        self.log.clear();
        self.priority = None;
        self.numbered = 0;
        self.given = false;
    }

    /// Takes the first event out.
    pub(crate) fn pop(&mut self) -> Option<Event> {
        self.log.pop().map(|(event, _)| event)
    }
}

//! The door of a full domain: who waits there for room, in the order of arrival.
//!
//! Everything here is under the lock of the intake. What runs a user's code, wakers and payloads, is handed out, to be done when
//! that has been released.

use std::cell::Cell;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::task::{Poll, Waker};

use super::levels::Bundle;
use super::refused::Refused;
use super::shared::quietly;
use super::tree::Tree;

/// So many empty bundles are kept for those who come to the door.
const KEPT: usize = 16;
/// A line that has become empty keeps room for so many.
const SHORT_LINE: usize = 64;

/// Who waits at the door gets `Ok` when its events have entered, or them back.
pub(crate) type Admission = Result<(), Refused<Bundle>>;

/// Events at the door, which enter together.
pub(crate) struct AtTheDoor {
    pub(crate) bundle: Bundle,
    /// Somebody waits for their tree.
    pub(crate) tree: Option<Arc<Tree>>,
    waker: Option<Waker>,
}

/// A place at the door.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    number: u64,
    waited_for: bool,
}

/// What somebody who leaves the door takes along.
pub(crate) enum Left {
    /// Nothing: its events have entered.
    Entered,
    /// Its events, which had not entered yet.
    Early(Bundle),
    /// Its events, which had been refused.
    Refused(Refused<Bundle>),
}

/// Those who are to be woken when the lock is released.
#[derive(Default)]
pub(crate) struct Wakers(Vec<Waker>);

thread_local! {
    /// The memory of the last ones.
    static SPARE: Cell<Vec<Waker>> = const { Cell::new(Vec::new()) };
}

impl Wakers {
    fn push(&mut self, waker: Option<Waker>) {
        let Some(waker) = waker else { return };
        if self.0.capacity() == 0 {
            self.0 = SPARE.try_with(Cell::take).unwrap_or_default();
        }
        self.0.push(waker);
    }

    pub(crate) fn wake(mut self) {
        if self.0.capacity() == 0 {
            return;
        }
        for waker in self.0.drain(..) {
            quietly("a waker", || waker.wake());
        }
        SPARE.try_with(|spare| spare.set(self.0)).ok();
    }
}

/// Some of those at the door, by the numbers of their tickets.
#[derive(Default)]
struct Line {
    /// `None` where somebody has left; never at the front.
    places: VecDeque<(u64, Option<AtTheDoor>)>,
    left: usize,
}

impl Line {
    fn first(&self) -> Option<(u64, &AtTheDoor)> {
        let (number, first) = self.places.front()?;
        Some((*number, first.as_ref()?))
    }

    fn place(&mut self, number: u64) -> Option<&mut Option<AtTheDoor>> {
        let place = self.places.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        Some(&mut self.places[place].1)
    }

    fn pop(&mut self) -> Option<AtTheDoor> {
        let (_, first) = self.places.pop_front()?;
        self.tidy();
        first
    }

    fn remove(&mut self, number: u64) -> Option<AtTheDoor> {
        let gone = self.place(number)?.take()?;
        self.left += 1;
        self.tidy();
        Some(gone)
    }

    /// Takes those out of whom `whom` says so.
    fn extract(&mut self, whom: impl Fn(&AtTheDoor) -> bool, into: &mut Vec<(u64, AtTheDoor)>) {
        for (number, place) in &mut self.places {
            if let Some(gone) = place.take_if(|waiting| whom(waiting)) {
                into.push((*number, gone));
                self.left += 1;
            }
        }
        self.tidy();
    }

    /// Forgets the places of those who have left: at the front at once, elsewhere when they are most of the line.
    fn tidy(&mut self) {
        while let Some((_, None)) = self.places.front() {
            self.places.pop_front();
            self.left -= 1;
        }
        if self.left > self.places.len() / 2 {
            self.places.retain(|(_, place)| place.is_some());
            self.left = 0;
        }
        if self.places.is_empty() && self.places.capacity() > SHORT_LINE {
            self.places.shrink_to(SHORT_LINE);
        }
    }
}

/// Two lines: events that nobody waits for stand for themselves. A full boundary can hold them up, and they must not hold up the
/// others, among whom is what the boundary waits for.
#[derive(Default)]
pub(crate) struct Door {
    lines: [Line; 2],
    tickets: u64,
    /// What was refused, until its owner has asked for it.
    refused: HashMap<u64, Refused<Bundle>>,
    spare: Vec<Bundle>,
}

impl Door {
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| line.places.is_empty())
    }

    /// Whether nobody stands in the line of those whose trees are waited for, or in the other one.
    #[inline]
    pub(crate) fn is_line_empty(&self, waited_for: bool) -> bool {
        self.lines[usize::from(waited_for)].places.is_empty()
    }

    /// How many events stand there.
    pub(crate) fn events(&self) -> usize {
        let places = self.lines.iter().flat_map(|line| &line.places);
        places.filter_map(|(_, place)| place.as_ref()).map(|waiting| waiting.bundle.len()).sum()
    }

    /// An empty bundle.
    pub(crate) fn spare(&mut self) -> Bundle {
        self.spare.pop().unwrap_or(Bundle::new())
    }

    /// Keeps an empty bundle for somebody who comes later.
    pub(crate) fn keep(&mut self, bundle: Bundle) {
        debug_assert!(bundle.is_empty());
        if self.spare.len() < KEPT {
            self.spare.push(bundle);
        }
    }

    pub(crate) fn stand(&mut self, bundle: Bundle, tree: Option<Arc<Tree>>) -> Ticket {
        let ticket = Ticket { number: self.tickets, waited_for: tree.is_some() };
        self.tickets += 1;
        let waiting = AtTheDoor { bundle, tree, waker: None };
        self.lines[usize::from(ticket.waited_for)].places.push_back((ticket.number, Some(waiting)));
        ticket
    }

    /// Whether somebody's events have entered, or been refused; if not, it is woken when they have. The waker that it gave the last
    /// time comes back.
    pub(crate) fn ask(&mut self, ticket: Ticket, waker: &mut Option<Waker>) -> Poll<Admission> {
        if let Some(Some(waiting)) = self.lines[usize::from(ticket.waited_for)].place(ticket.number) {
            std::mem::swap(&mut waiting.waker, waker);
            return Poll::Pending;
        }
        Poll::Ready(self.refused.remove(&ticket.number).map_or(Ok(()), Err))
    }

    /// Somebody does not wait any longer.
    pub(crate) fn leave(&mut self, ticket: Ticket) -> (Left, Option<Waker>) {
        match self.lines[usize::from(ticket.waited_for)].remove(ticket.number) {
            Some(AtTheDoor { bundle, waker, .. }) => (Left::Early(bundle), waker),
            None => (self.refused.remove(&ticket.number).map_or(Left::Entered, Left::Refused), None),
        }
    }

    /// The number and the events of the first one of a line.
    pub(crate) fn first(&self, waited_for: bool) -> Option<(u64, usize)> {
        let (number, first) = self.lines[usize::from(waited_for)].first()?;
        Some((number, first.bundle.len()))
    }

    /// Lets the first one of a line in: its events, and their tree. They come back if they have been withdrawn.
    pub(crate) fn admit(
        &mut self,
        waited_for: bool,
        wakers: &mut Wakers,
    ) -> Option<(Bundle, Option<Arc<Tree>>)> {
        let line = &mut self.lines[usize::from(waited_for)];
        let (number, _) = line.first()?;
        let AtTheDoor { bundle, tree, waker } = line.pop()?;
        wakers.push(waker);
        if tree.as_ref().is_some_and(|tree| tree.is_withdrawn()) {
            self.refused.insert(number, Refused::Cut(bundle));
            return None;
        }
        Some((bundle, tree))
    }

    /// Sends those away of whom `whom` says so.
    pub(crate) fn refuse(
        &mut self,
        whom: impl Fn(&AtTheDoor) -> bool,
        how: fn(Bundle) -> Refused<Bundle>,
        wakers: &mut Wakers,
    ) {
        let mut gone = Vec::new();
        self.lines.iter_mut().for_each(|line| line.extract(&whom, &mut gone));
        gone.sort_unstable_by_key(|(number, _)| *number);
        for (number, AtTheDoor { bundle, waker, .. }) in gone {
            self.refused.insert(number, how(bundle));
            wakers.push(waker);
        }
    }
}

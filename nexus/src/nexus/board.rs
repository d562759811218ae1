//! What a dispatcher tells everybody, without a lock: its accounts, and how far it is.
//!
//! Only the driver of a domain writes here, but for the signal, and only under the lock of the intake. Each figure is an atomic
//! that is stored, never changed in place, so that writing costs no more than with plain numbers. What belongs together is
//! written between two steps of a version, and whoever reads looks at the version before and after: so a reader sees the
//! accounts as they are between two steps of the dispatcher, and never keeps it waiting.

use std::collections::BTreeMap;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering, fence};
use std::sync::{Arc, PoisonError, RwLock};

use super::intake::Outcome;
use super::ledger::Account;
use crate::event::EventType;

/// The signal of an intake in which nothing waits.
pub(crate) const QUIET: u64 = u64::MAX;
/// The signal that something besides events is to be looked at.
pub(crate) const LOOK: u64 = 0;

/// How urgent a priority is, as a signal: lower goes first.
#[inline]
pub(crate) fn urgency(priority: i32) -> u64 {
    (i64::from(priority) - i64::from(i32::MIN)).unsigned_abs() + 1
}

/// The figures of one event type.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) event_type: EventType,
    accepted: AtomicU64,
    waiting: AtomicU64,
    outcomes: [AtomicU64; Outcome::COUNT],
    deliveries: AtomicU64,
}

/// Adds to a figure that has one writer.
#[inline]
fn add(figure: &AtomicU64, count: u64) {
    figure.store(figure.load(Ordering::Relaxed).wrapping_add(count), Ordering::Relaxed);
}

impl Cell {
    fn new(event_type: EventType) -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            event_type,
            accepted: zero(),
            waiting: zero(),
            outcomes: std::array::from_fn(|_| zero()),
            deliveries: zero(),
        }
    }

    fn read(&self) -> Account {
        let outcome = |outcome: Outcome| self.outcomes[outcome as usize].load(Ordering::Relaxed);
        Account {
            accepted: self.accepted.load(Ordering::Relaxed),
            handled: outcome(Outcome::Handled),
            consumed: outcome(Outcome::Consumed),
            discarded: outcome(Outcome::Discarded),
            unhandled: outcome(Outcome::Unhandled),
            failed: outcome(Outcome::Failed),
            dropped: outcome(Outcome::Dropped),
            pending: self.waiting.load(Ordering::Relaxed),
            deliveries: self.deliveries.load(Ordering::Relaxed),
        }
    }

    /// Counts deliveries, which stand beside the balance.
    #[inline]
    pub(crate) fn deliver(&self, count: u64) {
        add(&self.deliveries, count);
    }
}

/// Who has the event in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Dispatcher,
    Filter(usize),
    Handler(usize),
    RegisteredFilter(usize),
    RegisteredHandler(usize),
}

impl Item {
    const KINDS: usize = 5;

    fn pack(self) -> usize {
        match self {
            Self::Dispatcher => 0,
            Self::Filter(place) => place * Self::KINDS + 1,
            Self::Handler(place) => place * Self::KINDS + 2,
            Self::RegisteredFilter(place) => place * Self::KINDS + 3,
            Self::RegisteredHandler(place) => place * Self::KINDS + 4,
        }
    }

    fn unpack(packed: usize) -> Self {
        let place = packed / Self::KINDS;
        match packed % Self::KINDS {
            1 => Self::Filter(place),
            2 => Self::Handler(place),
            3 => Self::RegisteredFilter(place),
            4 => Self::RegisteredHandler(place),
            _ => Self::Dispatcher,
        }
    }
}

/// The event in hand, as the board tells of it.
pub(crate) struct Hand {
    pub(crate) event_type: EventType,
    pub(crate) id: i64,
    pub(crate) item: Item,
    /// Since when, in nanoseconds; `None` if that has not been noted yet.
    pub(crate) since: Option<u64>,
}

/// Everything that a reader sees at one moment.
pub(crate) struct Reading {
    pub(crate) accounts: BTreeMap<EventType, Account>,
    pub(crate) hand: Option<Hand>,
}

#[derive(Debug)]
#[repr(align(128))]
struct Line<T>(T);

/// The board of one domain.
#[derive(Debug)]
pub(crate) struct Board {
    /// What comes from the intake: written under its lock.
    intake: Line<FromIntake>,
    /// What the driver writes.
    driver: Line<Driven>,
    /// One for each event type that has been seen, in the order in which they were.
    cells: RwLock<Vec<Arc<Cell>>>,
}

#[derive(Debug)]
struct FromIntake {
    /// The most urgent of what waits there, or [`LOOK`].
    signal: AtomicU64,
    /// As long as fewer events than this wait, some can come in that stand at the door.
    door: AtomicUsize,
}

#[derive(Debug)]
struct Driven {
    version: AtomicU64,
    /// So many events have come from the intake and from handlers, without those that were dropped as they waited. Those whose
    /// turn has come do not wait any more.
    came: AtomicU64,
    /// How urgent the most urgent of them, or of what is in hand, is.
    top: AtomicU64,
    /// So many events have been taken in hand.
    turn: AtomicU64,
    /// The turn before the first event of the run in hand: all of it but the last has been handled.
    run: AtomicU64,
    /// The account of what is in hand, counted from 1; 0 if there is nothing.
    account: AtomicUsize,
    id: AtomicI64,
    item: AtomicUsize,
    since: AtomicU64,
}

impl Driven {
    /// So many events of the run have been taken in hand.
    #[inline]
    fn taken(&self) -> u64 {
        self.turn.load(Ordering::Relaxed).wrapping_sub(self.run.load(Ordering::Relaxed))
    }

    /// The first event of a run is taken in hand.
    #[inline]
    fn begin(&self, account: usize, id: i64, item: Item) {
        let turn = self.turn.load(Ordering::Relaxed);
        self.account.store(account + 1, Ordering::Relaxed);
        self.run.store(turn, Ordering::Relaxed);
        self.id.store(id, Ordering::Relaxed);
        self.item.store(item.pack(), Ordering::Relaxed);
        // Whoever reads it reads what had come before: see `Board::waiting`.
        self.turn.store(turn + 1, Ordering::Release);
    }
}

impl Board {
    pub(crate) fn new() -> Self {
        Self {
            intake: Line(FromIntake { signal: AtomicU64::new(QUIET), door: AtomicUsize::new(0) }),
            driver: Line(Driven {
                version: AtomicU64::new(0),
                came: AtomicU64::new(0),
                top: AtomicU64::new(QUIET),
                turn: AtomicU64::new(0),
                run: AtomicU64::new(0),
                account: AtomicUsize::new(0),
                id: AtomicI64::new(0),
                item: AtomicUsize::new(0),
                since: AtomicU64::new(u64::MAX),
            }),
            cells: RwLock::default(),
        }
    }

    #[inline]
    pub(crate) fn signal(&self) -> u64 {
        self.intake.0.signal.load(Ordering::Relaxed)
    }

    /// The signal, to be set under the lock of the intake.
    #[inline]
    pub(crate) fn set_signal(&self, signal: u64) {
        self.intake.0.signal.store(signal, Ordering::Relaxed);
    }

    /// Whether some can come in that stand at the door, when so many events fewer wait.
    #[inline]
    pub(crate) fn has_room_for_the_door(&self, fewer: usize) -> bool {
        let door = self.intake.0.door.load(Ordering::Relaxed);
        door > 0 && self.waiting() < door.saturating_add(fewer)
    }

    /// Below how many waiting events some can come in, to be set under the lock of the intake.
    pub(crate) fn set_door(&self, door: usize) {
        self.intake.0.door.store(door, Ordering::Relaxed);
    }

    /// A new account.
    pub(crate) fn open(&self, event_type: EventType) -> (usize, Arc<Cell>) {
        let cell = Arc::new(Cell::new(event_type));
        let mut cells = self.cells.write().unwrap_or_else(PoisonError::into_inner);
        cells.push(cell.clone());
        (cells.len() - 1, cell)
    }

    /// How many events wait, besides those in the intake.
    #[inline]
    pub(crate) fn waiting(&self) -> usize {
        let driven = &self.driver.0;
        // In this order: what had come by that turn is read as well, and what has been taken since counts as waiting still. So it
        // may be too many, never too few.
        let turn = driven.turn.load(Ordering::Acquire);
        let came = driven.came.load(Ordering::Acquire);
        usize::try_from(came.saturating_sub(turn)).unwrap_or(usize::MAX)
    }

    /// More events wait.
    #[inline]
    pub(crate) fn more_waiting(&self, count: usize) {
        let came = &self.driver.0.came;
        came.store(came.load(Ordering::Relaxed) + count as u64, Ordering::Release);
    }

    /// Events that waited have been dropped.
    fn fewer_waiting(&self, count: usize) {
        let came = &self.driver.0.came;
        came.store(came.load(Ordering::Relaxed) - count as u64, Ordering::Release);
    }

    /// How urgent the most urgent of what waits with the dispatcher, or is in hand, is.
    #[inline]
    pub(crate) fn top(&self) -> u64 {
        self.driver.0.top.load(Ordering::Relaxed)
    }

    #[inline]
    pub(crate) fn set_top(&self, top: u64) {
        self.driver.0.top.store(top, Ordering::Relaxed);
    }

    /// The id of the event in hand.
    #[inline]
    pub(crate) fn id(&self) -> i64 {
        self.driver.0.id.load(Ordering::Relaxed)
    }

    /// Changes figures that belong together.
    #[inline]
    fn step(&self, change: impl FnOnce(&Driven)) {
        let driven = &self.driver.0;
        let version = driven.version.load(Ordering::Relaxed);
        driven.version.store(version.wrapping_add(1), Ordering::Relaxed);
        // What is changed is not seen before the version is.
        fence(Ordering::Release);
        change(driven);
        // Nor is the version after it seen before what was changed.
        driven.version.store(version.wrapping_add(2), Ordering::Release);
    }

    /// Events have been accepted, and wait.
    #[inline]
    pub(crate) fn accept(&self, cell: &Cell, count: u64) {
        self.step(|_| {
            add(&cell.accepted, count);
            add(&cell.waiting, count);
        });
    }

    /// An event has been accepted, and dropped at once.
    pub(crate) fn accept_dropped(&self, cell: &Cell) {
        self.step(|_| {
            add(&cell.accepted, 1);
            add(&cell.outcomes[Outcome::Dropped as usize], 1);
        });
    }

    /// Events that waited have been dropped.
    pub(crate) fn drop_waiting(&self, cell: &Cell) {
        self.step(|_| {
            add(&cell.waiting, 1_u64.wrapping_neg());
            add(&cell.outcomes[Outcome::Dropped as usize], 1);
        });
        self.fewer_waiting(1);
    }

    /// The number of events that have been taken in hand.
    #[inline]
    pub(crate) fn turn(&self) -> u64 {
        self.driver.0.turn.load(Ordering::Relaxed)
    }

    /// Whether the event of this turn is in hand still.
    pub(crate) fn has_in_hand(&self, turn: u64) -> bool {
        self.turn() == turn && self.driver.0.account.load(Ordering::Relaxed) != 0
    }

    /// A run of events begins, with its first one.
    #[inline]
    pub(crate) fn begin(&self, account: usize, id: i64, item: Item) {
        self.step(|driven| driven.begin(account, id, item));
    }

    /// A run has ended, all of it handled, and another one begins with the next event, of another account.
    #[inline]
    pub(crate) fn turn_to(&self, cell: &Cell, account: usize, next: &Cell, id: i64, item: Item) {
        self.step(|driven| {
            let taken = driven.taken();
            add(&cell.waiting, taken.wrapping_neg());
            add(&cell.outcomes[Outcome::Handled as usize], taken);
            add(&cell.deliveries, taken - 1);
            add(&next.deliveries, 1);
            driven.begin(account, id, item);
        });
    }

    /// The run goes on: the last event has been handled, and the next one is in hand.
    #[inline]
    pub(crate) fn go_on(&self, turn: u64, id: i64) {
        self.driver.0.id.store(id, Ordering::Relaxed);
        self.driver.0.turn.store(turn, Ordering::Release);
    }

    #[inline]
    pub(crate) fn hand_to(&self, item: Item) {
        self.driver.0.item.store(item.pack(), Ordering::Relaxed);
    }

    pub(crate) fn set_since(&self, nanoseconds: u64) {
        self.driver.0.since.store(nanoseconds, Ordering::Relaxed);
    }

    /// A run has ended: the last event with this outcome, all before it handled. The delivery of its first event has been counted.
    #[inline]
    pub(crate) fn settle(&self, cell: &Cell, outcome: Outcome) {
        self.step(|driven| {
            let taken = driven.taken();
            add(&cell.waiting, taken.wrapping_neg());
            add(&cell.outcomes[Outcome::Handled as usize], taken - 1);
            add(&cell.outcomes[outcome as usize], 1);
            add(&cell.deliveries, taken - 1);
            driven.account.store(0, Ordering::Relaxed);
        });
    }

    /// Reads everything as it is at one moment.
    pub(crate) fn read(&self) -> Reading {
        let cells = self.cells.read().unwrap_or_else(PoisonError::into_inner);
        let driven = &self.driver.0;
        loop {
            let version = driven.version.load(Ordering::Acquire);
            let mut accounts: Vec<Account> = cells.iter().map(|cell| cell.read()).collect();
            let account = driven.account.load(Ordering::Relaxed).checked_sub(1);
            let taken = driven.taken();
            let id = driven.id.load(Ordering::Relaxed);
            let item = Item::unpack(driven.item.load(Ordering::Relaxed));
            let since = driven.since.load(Ordering::Relaxed);
            // What has been read was read before the version is.
            fence(Ordering::Acquire);
            if version % 2 == 1 || driven.version.load(Ordering::Relaxed) != version {
                spin_loop();
                continue;
            }
            let mut hand = None;
            // An account that was opened after the others were counted has nothing yet that belongs to this reading.
            if let Some((place, cell)) = account.and_then(|place| Some((place, cells.get(place)?))) {
                let account = &mut accounts[place];
                // All that have been taken but the last have been handled; that one is in hand, and pending.
                account.pending = account.pending.wrapping_sub(taken) + 1;
                account.handled += taken - 1;
                account.deliveries += taken - 1;
                let since = (since != u64::MAX).then_some(since);
                hand = Some(Hand { event_type: cell.event_type.clone(), id, item, since });
            }
            let named = cells.iter().map(|cell| cell.event_type.clone());
            return Reading { accounts: named.zip(accounts).collect(), hand };
        }
    }
}

#[cfg(all(test, not(nexus_loom)))]
mod tests {
    use super::*;

    /// A thousand wait at any time, and one more is put in and taken out again and again.
    #[test]
    fn who_asks_how_many_wait_is_never_told_too_few() {
        let board = Arc::new(Board::new());
        let (account, cell) = board.open(EventType::Int(1));
        board.accept(&cell, 1000);
        board.more_waiting(1000);
        let driver = std::thread::spawn({
            let (board, cell) = (board.clone(), cell.clone());
            move || {
                for _ in 0..2_000_000 {
                    board.more_waiting(1);
                    board.accept(&cell, 1);
                    board.begin(account, 1, Item::Dispatcher);
                    board.settle(&cell, Outcome::Handled);
                }
            }
        });
        let mut least = usize::MAX;
        while !driver.is_finished() {
            least = least.min(board.waiting());
        }
        driver.join().unwrap();
        assert!(least >= 1000, "{least}");
        assert_eq!(board.waiting(), 1000);
    }
}

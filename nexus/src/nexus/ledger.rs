//! The ledger: every event that a domain accepted is in exactly one account.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::ops::AddAssign;
use std::time::Duration;

use crate::error::Failure;
use crate::event::{EventType, NamedEvent};

/// The accounts of one event type, or of a sum of them.
///
/// Each accepted event has one outcome: `accepted = handled + consumed + discarded + unhandled + failed + dropped + pending`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// Events that entered the domain, from outside or from its own filters and handlers.
    pub accepted: u64,
    /// Events that all their handlers handled.
    pub handled: u64,
    /// Events that a filter consumed.
    pub consumed: u64,
    /// Events that nobody handles and that are declared `unhandled = discard`.
    pub discarded: u64,
    /// Events that nobody handles.
    pub unhandled: u64,
    /// Events of which a filter or a handler failed or panicked.
    pub failed: u64,
    /// Events that waited, or were cut in hand, when the nexus ended.
    pub dropped: u64,
    /// Events that wait or are in hand now, counted from the queue and the hand.
    pub pending: u64,
    /// Calls of handlers: beside the balance, since several handlers may share an event.
    pub deliveries: u64,
}

impl Account {
    /// Whether every accepted event has exactly one outcome.
    pub fn is_balanced(&self) -> bool {
        let Self { accepted, handled, consumed, discarded, unhandled, failed, dropped, pending, .. } = *self;
        accepted == handled + consumed + discarded + unhandled + failed + dropped + pending
    }

    fn columns(&self) -> [u64; 9] {
        let Self { accepted, handled, consumed, discarded, unhandled, failed, dropped, pending, deliveries } =
            *self;
        [accepted, handled, consumed, discarded, unhandled, failed, dropped, pending, deliveries]
    }
}

const COLUMNS: [&str; 9] = [
    "accepted",
    "handled",
    "consumed",
    "discarded",
    "unhandled",
    "failed",
    "dropped",
    "pending",
    "deliveries",
];

impl AddAssign for Account {
    fn add_assign(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.handled += other.handled;
        self.consumed += other.consumed;
        self.discarded += other.discarded;
        self.unhandled += other.unhandled;
        self.failed += other.failed;
        self.dropped += other.dropped;
        self.pending += other.pending;
        self.deliveries += other.deliveries;
    }
}

/// The event that a domain is handling.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InHand {
    /// Its type.
    pub event_type: EventType,
    /// Its id.
    pub id: i64,
    /// The filter or handler that has it now.
    pub item: String,
    /// For how long the domain has had it in hand, and those before it in the same turn of its dispatcher (up to 128 events that did
    /// not wait): the clock is read once a turn. Zero while a call handles its event itself, without waiting.
    pub since: Duration,
}

/// The accounts of one domain.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DomainLedger {
    /// The domain's name.
    pub domain: &'static str,
    /// An account for every event type that the domain has accepted.
    pub accounts: BTreeMap<EventType, Account>,
    /// The event in hand: who waits for a nexus that does not go on looks here first.
    pub in_hand: Option<InHand>,
    /// Events from outside that wait for room. They have not been accepted yet.
    pub at_the_door: usize,
    /// Events of this domain, put in by emitters that wait for no tree, that wait too far back in a boundary: for such emitters
    /// they count as waiting here.
    pub held_up: usize,
    /// How sources have failed, if they have: no event tells of it.
    pub source_failures: Vec<SourceFailure>,
}

/// The failures of one source.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SourceFailure {
    /// The last one.
    pub last: Failure,
    /// How many there were: a timer goes on after an error.
    pub count: u64,
}

impl SourceFailure {
    /// Adds a failure to those of its source.
    pub(crate) fn note(failures: &mut Vec<Self>, failure: &Failure) {
        match failures.iter_mut().find(|known| known.last.item() == failure.item()) {
            Some(known) => {
                known.last = failure.clone();
                known.count += 1;
            }
            None => failures.push(Self { last: failure.clone(), count: 1 }),
        }
    }
}

impl DomainLedger {
    /// The sum of its accounts.
    pub fn total(&self) -> Account {
        sum(self.accounts.values())
    }
}

/// The accounts of a nexus: what a run returns, or a snapshot of it taken between two steps of each dispatcher.
///
/// Prints itself as a table.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Ledger {
    /// The domains, in the order of the plan.
    pub domains: Vec<DomainLedger>,
    /// The boundaries of the plan. One made by hand has its account itself:
    /// [`Boundary::account`](crate::dynamic::Boundary::account).
    pub boundaries: Vec<BoundaryLedger>,
}

/// The account of a boundary: `taken = delivered + dropped + waiting`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BoundaryLedger {
    /// Its name.
    pub name: String,
    /// Events that it took from the sending side.
    pub taken: u64,
    /// Events that the receiving side accepted.
    pub delivered: u64,
    /// Events that no receiving side accepted: it had stopped, or the boundary's own nexus did while they waited.
    pub dropped: u64,
    /// Events that wait in it now, or at the other side's door.
    pub waiting: u64,
    /// Events that it brought back.
    pub replies: u64,
}

impl BoundaryLedger {
    /// Whether every event that was taken is accounted for.
    pub fn is_balanced(&self) -> bool {
        self.taken == self.delivered + self.dropped + self.waiting
    }
}

impl fmt::Display for BoundaryLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, taken, delivered, dropped, waiting, replies } = self;
        write!(
            f,
            "boundary {name}: {taken} taken = {delivered} delivered + {dropped} dropped + {waiting} waiting; {replies} replies"
        )
    }
}

impl Ledger {
    /// The account of one typed event, in all domains together.
    pub fn of<E: NamedEvent>(&self) -> Account {
        self.of_type(&EventType::named(E::NAME))
    }

    /// The account of one event type, in all domains together.
    pub fn of_type(&self, event_type: &EventType) -> Account {
        sum(self.domains.iter().filter_map(|domain| domain.accounts.get(event_type)))
    }

    /// The sum of all accounts.
    pub fn total(&self) -> Account {
        sum(self.domains.iter().flat_map(|domain| domain.accounts.values()))
    }

    /// Whether every account balances, those of the boundaries too.
    pub fn is_balanced(&self) -> bool {
        self.domains.iter().flat_map(|domain| domain.accounts.values()).all(Account::is_balanced)
            && self.boundaries.iter().all(BoundaryLedger::is_balanced)
    }
}

fn sum<'a>(accounts: impl Iterator<Item = &'a Account>) -> Account {
    accounts.fold(Account::default(), |mut sum, account| {
        sum += *account;
        sum
    })
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..=COLUMNS.len()).map(width).collect();
        for (index, row) in rows.iter().enumerate() {
            let mut line = format!("{:<width$}", row[0], width = widths[0]);
            for (cell, width) in row.iter().zip(&widths).skip(1) {
                write!(line, "  {cell:>width$}")?;
            }
            if index > 0 {
                writeln!(f)?;
            }
            f.write_str(line.trim_end())?;
        }
        for domain in &self.domains {
            if let Some(hand) = &domain.in_hand {
                write!(
                    f,
                    "\nin hand: `{}` #{} in `{}` for {:?}",
                    hand.event_type, hand.id, hand.item, hand.since
                )?;
            }
            for failure in &domain.source_failures {
                let SourceFailure { last, count } = failure;
                write!(f, "\nsource {last}")?;
                if *count > 1 {
                    write!(f, " (and {} more before)", count - 1)?;
                }
            }
            if domain.at_the_door > 0 {
                write!(f, "\nat the door of {}: {}", domain.domain, domain.at_the_door)?;
            }
            if domain.held_up > 0 {
                write!(f, "\nheld up by a boundary of {}: {}", domain.domain, domain.held_up)?;
            }
        }
        for boundary in &self.boundaries {
            write!(f, "\n{boundary}")?;
        }
        Ok(())
    }
}

impl Ledger {
    fn rows(&self) -> Vec<Vec<String>> {
        let row = |name: String, account: &Account| {
            let figures = account.columns().map(|figure| figure.to_string());
            std::iter::once(name).chain(figures).collect()
        };
        let heads = std::iter::once("event").chain(COLUMNS).map(str::to_owned).collect();
        let mut rows: Vec<Vec<String>> = vec![heads];
        for domain in &self.domains {
            let prefix = if self.domains.len() > 1 { format!("{}: ", domain.domain) } else { String::new() };
            rows.extend(
                domain.accounts.iter().map(|(event, account)| row(format!("{prefix}{event}"), account)),
            );
        }
        rows.push(row("total".to_owned(), &self.total()));
        rows
    }
}

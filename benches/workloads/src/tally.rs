//! What handlers have seen. A benchmark whose events get lost is fast, so every measured handler, the peers' too, counts its events and
//! sums up what is in them, and every run compares that with what it has sent.
//!
//! A place for each handler, each on a cache line of its own. [`hit`] is for handlers of which one runs at a time, as those of a domain:
//! it costs two plain additions. [`hit_shared`] is for those that run side by side.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The payload: a number and 16 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Body {
    /// Its number: 0, 1, 2, … of a run.
    pub id: u64,
    /// The rest.
    pub bytes: [u8; 16],
}

/// Each byte of a payload that is no number.
pub const FILL: u8 = 7;

impl Body {
    /// The payload of this number.
    #[inline]
    pub const fn new(id: u64) -> Self {
        Self { id, bytes: [FILL; 16] }
    }
}

#[repr(align(64))]
struct Place {
    count: AtomicU64,
    sum: AtomicU64,
}

/// How many places there are.
pub const PLACES: usize = 64;

static TALLY: [Place; PLACES] =
    [const { Place { count: AtomicU64::new(0), sum: AtomicU64::new(0) } }; PLACES];

/// Counts an event of this number; nobody else may count at this place meanwhile.
#[inline]
pub fn hit(place: usize, id: u64, bytes: &[u8]) {
    let Place { count, sum } = &TALLY[place];
    count.store(count.load(Relaxed) + 1, Relaxed);
    sum.store(sum.load(Relaxed).wrapping_add(id).wrapping_add(u64::from(bytes[3])), Relaxed);
}

/// Counts an event of this number.
#[inline]
pub fn hit_shared(place: usize, id: u64, bytes: &[u8]) {
    let Place { count, sum } = &TALLY[place];
    count.fetch_add(1, Relaxed);
    sum.fetch_add(id.wrapping_add(u64::from(bytes[3])), Relaxed);
}

/// Computes for so many rounds of about two nanoseconds.
#[inline]
pub fn compute(rounds: u32, id: u64) {
    black_box((0..rounds).fold(id, |x, _| x.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)));
}

/// How many events were counted, and their sum.
pub fn total() -> (u64, u64) {
    TALLY.iter().fold((0, 0), |(count, sum), place| {
        (count + place.count.load(Relaxed), sum.wrapping_add(place.sum.load(Relaxed)))
    })
}

/// What [`total`] has to be when the events 0 to `n - 1` were each handled `deliveries` times.
pub const fn expected(n: u64, deliveries: u64) -> (u64, u64) {
    (n * deliveries, deliveries * (n * n.saturating_sub(1) / 2 + FILL as u64 * n))
}

/// What [`total`] has to be when only those with an even number were handled.
pub const fn expected_even(n: u64) -> (u64, u64) {
    let handled = n / 2;
    (handled, handled * handled.saturating_sub(1) + FILL as u64 * handled)
}

/// Begins anew.
pub fn reset() {
    for Place { count, sum } in &TALLY {
        count.store(0, Relaxed);
        sum.store(0, Relaxed);
    }
}

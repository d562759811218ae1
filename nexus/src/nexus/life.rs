//! The life of a nexus: its state, and when it ends by itself.
//!
//! A nexus ends by itself when every source has ended, no handle is left outside and no event is pending. The census
//! counts both halves in one word, so that a look at it is a look at one moment: an event that is moved from one domain
//! to another, or a handle that is made by a handler, is counted before that which it came from is given up.

use std::fmt;
#[cfg(not(all(nexus_loom, test)))]
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

#[cfg(all(nexus_loom, test))]
use loom::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use crate::error::StateError;

/// The state of a nexus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Built, not yet started: no event is accepted.
    Ready,
    /// Started: events are accepted, the sources are being started.
    Starting,
    /// Running. A nexus that drains is still looping, though it accepts nothing from outside.
    Looping,
    /// Ended, or ending after the event in hand.
    Stopped,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ready => "READY",
            Self::Starting => "STARTING",
            Self::Looping => "LOOPING",
            Self::Stopped => "STOPPED",
        })
    }
}

/// The state with its inner steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Phase {
    Ready,
    Starting,
    Looping,
    Draining,
    Stopped,
}

const PHASES: [Phase; 5] = [Phase::Ready, Phase::Starting, Phase::Looping, Phase::Draining, Phase::Stopped];

impl Phase {
    fn state(self) -> State {
        match self {
            Self::Ready => State::Ready,
            Self::Starting => State::Starting,
            Self::Looping | Self::Draining => State::Looping,
            Self::Stopped => State::Stopped,
        }
    }
}

const HOLDER: u64 = 1 << 32;
const BUSY: u64 = 1;

/// The state and the census.
#[derive(Debug)]
pub(crate) struct Life {
    phase: AtomicU8,
    /// Sources and outside handles in the upper half, domains with pending events in the lower one.
    census: AtomicU64,
}

impl Life {
    pub(crate) fn new() -> Self {
        Self { phase: AtomicU8::new(Phase::Ready as u8), census: AtomicU64::new(0) }
    }

    pub(crate) fn phase(&self) -> Phase {
        PHASES[usize::from(self.phase.load(Ordering::SeqCst))]
    }

    pub(crate) fn state(&self) -> State {
        self.phase().state()
    }

    /// Goes from one of `from` to `to`; gives the phase it was in.
    pub(crate) fn go(&self, from: &[Phase], to: Phase) -> Result<(), Phase> {
        let step = |phase: u8| from.contains(&PHASES[usize::from(phase)]).then_some(to as u8);
        match self.phase.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step) {
            Ok(_) => Ok(()),
            Err(phase) => Err(PHASES[usize::from(phase)]),
        }
    }

    /// Stops; false if it was stopped already.
    pub(crate) fn stop(&self) -> Result<bool, StateError> {
        match self.go(&[Phase::Starting, Phase::Looping, Phase::Draining], Phase::Stopped) {
            Ok(()) => Ok(true),
            Err(Phase::Stopped) => Ok(false),
            Err(phase) => Err(StateError { call: "stop", needs: "started", state: phase.state() }),
        }
    }

    pub(crate) fn drain(&self) -> Result<(), StateError> {
        self.go(&[Phase::Looping], Phase::Draining).or_else(|phase| match phase {
            Phase::Draining => Ok(()),
            phase => Err(StateError { call: "drain", needs: "LOOPING", state: phase.state() }),
        })
    }

    pub(crate) fn hold(&self) {
        self.census.fetch_add(HOLDER, Ordering::SeqCst);
    }

    pub(crate) fn busy(&self) {
        self.census.fetch_add(BUSY, Ordering::SeqCst);
    }

    /// Gives up a hold; true if somebody may have to end now.
    pub(crate) fn release(&self) -> bool {
        self.census.fetch_sub(HOLDER, Ordering::SeqCst) == HOLDER
    }

    /// A domain has no pending event any more; true if somebody may have to end now.
    pub(crate) fn idle(&self) -> bool {
        let left = self.census.fetch_sub(BUSY, Ordering::SeqCst) - BUSY;
        left == 0 || (Self::none_busy(left) && self.phase() == Phase::Draining)
    }

    fn none_busy(census: u64) -> bool {
        census.is_multiple_of(HOLDER)
    }

    /// Whether a domain with nothing pending has reached its end.
    pub(crate) fn is_over(&self) -> bool {
        let census = self.census.load(Ordering::SeqCst);
        match self.phase() {
            Phase::Stopped => true,
            Phase::Draining => Self::none_busy(census),
            Phase::Ready | Phase::Starting => false,
            Phase::Looping => census == 0,
        }
    }
}

/// Run with `RUSTFLAGS="--cfg nexus_loom" cargo test -p nexus --lib --no-default-features --release`.
#[cfg(all(nexus_loom, test))]
mod loom_tests {
    use std::sync::Arc;

    use loom::sync::atomic::AtomicBool;
    use loom::thread;

    use super::*;

    fn looping() -> Arc<Life> {
        let life = Life::new();
        life.phase.store(Phase::Looping as u8, Ordering::SeqCst);
        Arc::new(life)
    }

    /// Only the hand of the first domain keeps the nexus alive; it moves its event into the second one.
    #[test]
    fn a_nexus_is_not_over_while_an_event_moves_from_domain_to_domain() {
        loom::model(|| {
            let life = looping();
            let (arrived, handled) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
            life.busy();
            let first = thread::spawn({
                let (life, arrived) = (life.clone(), arrived.clone());
                move || {
                    life.busy();
                    arrived.store(true, Ordering::SeqCst);
                    life.idle();
                }
            });
            let second = thread::spawn({
                let (life, handled) = (life.clone(), handled.clone());
                move || {
                    if arrived.load(Ordering::SeqCst) {
                        handled.store(true, Ordering::SeqCst);
                        life.idle();
                    }
                }
            });
            if life.is_over() {
                assert!(handled.load(Ordering::SeqCst), "it ended with an event under way");
            }
            first.join().unwrap();
            second.join().unwrap();
            assert_eq!(life.is_over(), handled.load(Ordering::SeqCst));
        });
    }

    /// Whoever gives up the last thing has to wake the dispatchers, or they would wait for ever.
    #[test]
    fn the_last_one_to_go_is_told_so() {
        loom::model(|| {
            let life = looping();
            life.hold();
            life.hold();
            life.busy();
            let release = |life: &Arc<Life>| {
                let life = life.clone();
                thread::spawn(move || life.release())
            };
            let others = [release(&life), release(&life)];
            let idle = life.idle();
            let told = others.map(|other| other.join().unwrap()).iter().filter(|told| **told).count();
            assert_eq!(told + usize::from(idle), 1);
            assert!(life.is_over());
        });
    }

    /// A drain and the end of the last event: one of the two sees that it is over.
    #[test]
    fn a_drain_does_not_miss_the_end_of_the_last_event() {
        loom::model(|| {
            let life = looping();
            life.hold();
            life.busy();
            let last = thread::spawn({
                let life = life.clone();
                move || life.idle()
            });
            life.drain().unwrap();
            let seen = life.is_over();
            assert!(last.join().unwrap() || seen, "nobody would wake the dispatcher");
            assert!(life.is_over());
        });
    }
}

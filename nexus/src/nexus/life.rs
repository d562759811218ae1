//! The life of a nexus: its state, and when it ends by itself.
//!
//! A nexus ends by itself when every source has ended, no handle is left outside and no event is pending. The census
//! counts these in one word with the state, so that a look at it is a look at one moment: an event that is moved from one
//! domain to another, or a handle that is made by a handler, is counted before that which it came from is given up.

use std::fmt;
#[cfg(not(all(nexus_loom, test)))]
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(all(nexus_loom, test))]
use loom::sync::atomic::{AtomicU64, Ordering};

use crate::error::StateError;

/// The state of a nexus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
#[repr(u64)]
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

/// The word: the phase in the upper three bits, then sources and outside handles, then, in the lower half, domains with
/// pending events.
const PHASE: u32 = 61;
const HOLDER: u64 = 1 << 32;
const BUSY: u64 = 1;

fn phase_of(word: u64) -> Phase {
    PHASES[usize::try_from(word >> PHASE).expect("three bits")]
}

fn census_of(word: u64) -> u64 {
    word & ((1 << PHASE) - 1)
}

#[inline]
fn takes_events(word: u64) -> bool {
    let phase = word >> PHASE;
    phase == Phase::Starting as u64 || phase == Phase::Looping as u64
}

fn with_phase(word: u64, phase: Phase) -> u64 {
    census_of(word) | ((phase as u64) << PHASE)
}

fn none_busy(word: u64) -> bool {
    word.is_multiple_of(HOLDER)
}

/// The state and the census, in one word: the end by itself is one step from "looping, and nothing left" to "stopped", and
/// whoever takes a hold before it is counted, and after it is refused.
#[derive(Debug)]
pub(crate) struct Life(AtomicU64);

impl Life {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(crate) fn phase(&self) -> Phase {
        phase_of(self.0.load(Ordering::SeqCst))
    }

    /// Whether events from outside are taken; else the phase.
    #[inline]
    pub(crate) fn takes_events(&self) -> Result<(), Phase> {
        let word = self.0.load(Ordering::SeqCst);
        if takes_events(word) { Ok(()) } else { Err(phase_of(word)) }
    }

    /// Whether the nexus drains or has stopped.
    #[inline]
    pub(crate) fn is_ending(&self) -> bool {
        self.0.load(Ordering::SeqCst) >> PHASE >= Phase::Draining as u64
    }

    pub(crate) fn state(&self) -> State {
        self.phase().state()
    }

    /// Goes from one of `from` to `to`; else gives the phase it is in.
    pub(crate) fn go(&self, from: &[Phase], to: Phase) -> Result<(), Phase> {
        let step = |word| from.contains(&phase_of(word)).then(|| with_phase(word, to));
        match self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step) {
            Ok(_) => Ok(()),
            Err(word) => Err(phase_of(word)),
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
        self.0.fetch_add(HOLDER, Ordering::SeqCst);
    }

    /// How many sources and handles hold it, and how many domains have something pending.
    pub(crate) fn census(&self) -> (u64, u64) {
        let census = census_of(self.0.load(Ordering::SeqCst));
        (census / HOLDER, census % HOLDER)
    }

    pub(crate) fn busy(&self) {
        self.0.fetch_add(BUSY, Ordering::SeqCst);
    }

    /// The same, if events from outside are taken: what enters is counted before a drain, or refused. Else gives the phase.
    #[inline]
    pub(crate) fn busy_with_entry(&self) -> Result<(), Phase> {
        let step = |word| takes_events(word).then_some(word + BUSY);
        match self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step) {
            Ok(_) => Ok(()),
            Err(word) => Err(phase_of(word)),
        }
    }

    /// Gives up a hold; true if somebody may have to end now.
    pub(crate) fn release(&self) -> bool {
        census_of(self.0.fetch_sub(HOLDER, Ordering::SeqCst)) == HOLDER
    }

    /// A domain has no pending event any more; true if somebody may have to end now.
    pub(crate) fn idle(&self) -> bool {
        let left = self.0.fetch_sub(BUSY, Ordering::SeqCst) - BUSY;
        census_of(left) == 0 || (none_busy(left) && phase_of(left) == Phase::Draining)
    }

    /// Whether a domain with nothing pending has reached its end; a nexus that ends by itself stops here.
    pub(crate) fn is_over(&self) -> bool {
        let end = |word| (word == with_phase(0, Phase::Looping)).then(|| with_phase(0, Phase::Stopped));
        match self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, end) {
            Ok(_) => true,
            Err(word) => match phase_of(word) {
                Phase::Stopped => true,
                Phase::Draining => none_busy(word),
                Phase::Ready | Phase::Starting | Phase::Looping => false,
            },
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
        life.go(&[Phase::Ready], Phase::Looping).unwrap();
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

    /// A handle that is made while the nexus ends by itself either keeps it, or finds it stopped.
    #[test]
    fn a_late_hold_keeps_the_nexus_or_finds_it_stopped() {
        loom::model(|| {
            let life = looping();
            let late = thread::spawn({
                let life = life.clone();
                move || {
                    life.hold();
                    life.phase() == Phase::Looping
                }
            });
            let over = life.is_over();
            let accepted = late.join().unwrap();
            assert!(!(over && accepted), "an event was accepted after the end");
            assert_eq!(life.is_over(), over);
        });
    }

    /// What enters while a drain begins is waited for, or refused.
    #[test]
    fn what_enters_as_a_drain_begins_is_counted_or_refused() {
        loom::model(|| {
            let life = looping();
            life.hold();
            let handled = Arc::new(AtomicBool::new(false));
            let entering = thread::spawn({
                let (life, handled) = (life.clone(), handled.clone());
                move || {
                    let entered = life.busy_with_entry().is_ok();
                    if entered {
                        handled.store(true, Ordering::SeqCst);
                        life.idle();
                    }
                    entered
                }
            });
            life.drain().unwrap();
            let lost = life.is_over() && !handled.load(Ordering::SeqCst);
            let entered = entering.join().unwrap();
            assert!(!(lost && entered), "the nexus was over with an event under way");
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

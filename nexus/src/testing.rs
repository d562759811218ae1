//! For tests: a nexus whose events are recorded, and that can be waited for until it has come to rest.
//!
//! An annotated function is tested as the function that it is: it is called, with [`Queue::new`](crate::Queue::new),
//! [`Emitter::captured`](crate::Emitter::captured) and [`Meta::new`](crate::Meta::new). What several of them do together
//! is tested by running them: [`Builder::test`] takes the same builder as the program does, or one with some of its items
//! ([`Nexus::empty`](crate::Nexus::empty) and [`with`](Builder::with)), or with all but some
//! ([`without`](Builder::without), [`replace_state`](Builder::replace_state)).
//!
//! ```
//! use nexus::prelude::*;
//! use std::time::Duration;
//!
//! #[named_event]
//! struct Reading(f64);
//!
//! #[derive(Debug, PartialEq)]
//! #[named_event]
//! struct Alarm(f64);
//!
//! #[named_event]
//! struct AllClear;
//!
//! #[handler(Reading)]
//! fn watch(reading: &Reading) -> Option<Alarm> {
//!     (reading.0 > 30.0).then(|| Alarm(reading.0))
//! }
//!
//! #[timer(every = "1h")]
//! fn remind(count: i64) -> Option<Reading> {
//!     (count == 2).then_some(Reading(40.0))
//! }
//!
//! // In a test of a program: #[tokio::test(start_paused = true)]
//! async fn readings_over_thirty_make_alarms() {
//!     // Who handles alarms is left out, so they may go unhandled here.
//!     let test = Nexus::empty().with::<watch>().with::<remind>().test();
//!     test.emit(Reading(20.5)).await.unwrap();
//!     test.emit(Reading(31.0)).await.unwrap();
//!     test.settle().await;
//!     assert_eq!(test.events::<Alarm>(), [Alarm(31.0)]);
//!     test.assert_none::<AllClear>();
//!     assert_eq!(test.ledger().of::<Reading>().handled, 2);
//!
//!     // Two hours pass at once, since the clock is paused.
//!     test.advance(Duration::from_secs(7200)).await;
//!     assert_eq!(test.events::<Alarm>(), [Alarm(31.0), Alarm(40.0)]);
//! }
//! # tokio::runtime::Builder::new_current_thread()
//! #     .enable_time()
//! #     .start_paused(true)
//! #     .build()
//! #     .unwrap()
//! #     .block_on(readings_over_thirty_make_alarms());
//! ```
//!
//! # Time
//!
//! The clock is tokio's. In a test with `#[tokio::test(start_paused = true)]` (tokio's feature `test-util`, on a runtime with
//! one thread) it stands still while there is anything to do, and jumps to the next timer when there is not: so hours pass at
//! once, and each tick comes at its time. A paused clock knows nothing of other threads: it jumps too while a blocking
//! producer, or a thread that the test has started, is at work.

use std::fmt;
use std::ops::Deref;
use std::pin::pin;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use crate::consume::{Filter, Verdict};
use crate::error::{BoxError, Failure};
use crate::event::{Event, Meta, NamedEvent};
use crate::nexus::{Builder, Handle, Queue, Running, State, drop_quietly, lock};

impl Builder {
    /// Builds and starts the nexus for a test, and records what happens in it: see [`testing`](self).
    ///
    /// Events that its items emit and that nobody here handles are counted as discarded: those who handle them have been left out.
    /// All else that [`build`](Self::build) checks has to be right.
    ///
    /// # Panics
    ///
    /// If the plan has problems, with all of them; if there is no tokio runtime here, or it has no clock.
    #[track_caller]
    pub fn test(self) -> TestNexus {
        let recorder = Arc::new(Recorder::default());
        let nexus = match self.recorded(&recorder).build() {
            Ok(nexus) => nexus,
            Err(error) => panic!("{error}"),
        };
        match nexus.start() {
            Ok(running) => TestNexus { running, recorder },
            Err(error) => panic!("{error}"),
        }
    }
}

/// A nexus under test: a [`Handle`] to it, and a record of what has happened in it.
///
/// [`Builder::test`] makes one. Every event that a domain takes in hand is kept as long as this exists, whoever put it in, and
/// whatever filters and handlers make of it; so a handler that takes its event by value gets a clone.
///
/// # Failures
///
/// Dropping it aborts the nexus, and panics if there have been [`failures`](Self::failures) that the test has not asked for: an
/// error or a panic of a handler or source, or an event that the test put in and that nobody handles.
#[must_use = "dropped, it ends the nexus"]
pub struct TestNexus {
    running: Running,
    recorder: Arc<Recorder>,
}

impl TestNexus {
    /// Waits until the nexus has come to rest: it has been started, nothing is pending, in no domain and no boundary, and nobody is
    /// left who could emit. Every converter and producer has ended, each emitter and handle that a handler or the test made is
    /// gone, and every timer sleeps, with its next tick yet to come. Or the nexus has ended.
    ///
    /// It neither sleeps nor guesses. A source that does not end keeps it waiting for ever: leave it out, or let time pass with
    /// [`advance`](Self::advance). So does a boundary made by hand that leads here; and an emitter, or another handle, that the test
    /// holds meanwhile, also in an event that is recorded, until it [forgets](Self::forget) it. The nexus's [`Debug`] form says what it
    /// waits for. What a boundary made by hand has taken from here is the other nexus's.
    ///
    /// # Cancel safety
    ///
    /// It changes nothing, so it can be cancelled and called again.
    pub async fn settle(&self) {
        self.rest(true).await;
    }

    /// Lets time pass, and waits until what has come of it has been handled: every tick that is due by then, and all that is
    /// pending. Sources may still be at work then.
    ///
    /// With a paused clock this takes no time; else it waits so long. Like all that tokio times, it is exact to the millisecond.
    ///
    /// # Cancel safety
    ///
    /// Cancelled, less time has passed.
    pub async fn advance(&self, time: Duration) {
        tokio::time::sleep(time).await;
        self.rest(false).await;
    }

    async fn rest(&self, alone: bool) {
        let shared = &self.running.door.shared;
        let Some(calm) = &shared.calm else { return };
        self.started().await;
        loop {
            let mut news = pin!(calm.news());
            news.as_mut().enable();
            if self.state() == State::Stopped {
                return self.ended().await;
            }
            if shared.is_calm(calm).is_some_and(|is_alone| is_alone || !alone) {
                return;
            }
            news.await;
        }
    }

    /// Every `E` that has been taken in hand so far, in any domain, in this order.
    ///
    /// Those that the test has put in are among them: they have no [`cause`](Meta::cause).
    pub fn events<E: NamedEvent>(&self) -> Vec<Seen<E>> {
        let seen = lock(&self.recorder.seen);
        let payload = |seen: &Seen<Event>| Some(seen.with(seen.event.shared_payload::<E>()?));
        seen.iter().filter_map(payload).collect()
    }

    /// Every event that has been taken in hand so far, dynamic ones too, in this order.
    pub fn records(&self) -> Vec<Seen<Event>> {
        lock(&self.recorder.seen).iter().map(|seen| seen.with(seen.event.clone())).collect()
    }

    /// Checks that no `E` has been taken in hand so far.
    ///
    /// # Panics
    ///
    /// If one has, with the story of all events.
    #[track_caller]
    pub fn assert_none<E: NamedEvent>(&self) {
        let count = self.events::<E>().len();
        assert!(count == 0, "there was to be no `{}`, and there are {count}:\n{self}", E::NAME);
    }

    /// The failures that have been reported so far. The test has taken note of these, and they are not held against it when this is
    /// dropped.
    ///
    /// The error that has ended the run, if one has, is the last one.
    pub fn failures(&self) -> Vec<Failure> {
        let end = self.end();
        let mut failures = lock(&self.recorder.failures);
        failures.noted = failures.list.len();
        failures.end_noted = end.is_some();
        failures.list.iter().cloned().chain(end).collect()
    }

    /// The error that has ended the run.
    fn end(&self) -> Option<Failure> {
        lock(&self.running.door.shared.failed).clone()
    }

    /// Forgets the events and failures that have been recorded so far, as between two parts of a test. The ledger keeps its
    /// accounts.
    pub fn forget(&self) {
        let seen = std::mem::take(&mut *lock(&self.recorder.seen));
        let end_noted = self.end().is_some();
        *lock(&self.recorder.failures) = Failures { end_noted, ..Failures::default() };
        seen.into_iter().for_each(drop_quietly);
    }
}

impl Deref for TestNexus {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.running
    }
}

/// The story so far: each event with its id, indented below the one that it arose from; then the failures and the accounts.
impl fmt::Display for TestNexus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = lock(&self.recorder.seen);
        let mut depths: Vec<usize> = Vec::new();
        for (place, Seen { event, meta, domain }) in seen.iter().enumerate() {
            let cause =
                |other: &Seen<Event>| Some(other.meta.id()) == meta.cause() && other.domain == *domain;
            let depth = seen[..place].iter().rposition(cause).map_or(0, |cause| depths[cause] + 1);
            depths.push(depth);
            write!(f, "{:width$}#{} {}", "", meta.id(), event.event_type(), width = 2 * depth)?;
            if let Some(cause) = meta.cause() {
                write!(f, ", of #{cause}")?;
            }
            if self.running.door.shared.domains.len() > 1 {
                write!(f, ", in {domain}")?;
            }
            writeln!(f)?;
        }
        drop(seen);
        for failure in lock(&self.recorder.failures).list.iter().chain(&self.end()) {
            writeln!(f, "failure: {failure}")?;
        }
        write!(f, "{}", self.ledger())
    }
}

/// Its state, and what it waits for.
impl fmt::Debug for TestNexus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = &self.running.door.shared;
        let (holders, _) = shared.life.census();
        f.debug_struct("TestNexus")
            .field("state", &self.state())
            .field("pending", &self.ledger().total().pending)
            .field("sources, emitters and handles", &holders.saturating_sub(1))
            .field("sleeping timers", &shared.calm.as_ref().map_or(0, crate::nexus::Calm::asleep))
            .finish_non_exhaustive()
    }
}

impl Drop for TestNexus {
    fn drop(&mut self) {
        self.running.abort().ok();
        let failures = std::mem::take(&mut *lock(&self.recorder.failures));
        let end = self.end().filter(|_| !failures.end_noted);
        let new = failures.list.iter().skip(failures.noted).chain(&end);
        let new: Vec<String> = new.map(ToString::to_string).collect();
        assert!(
            new.is_empty() || std::thread::panicking(),
            "there were failures that the test has not asked for with `failures()`:\n{}",
            new.join("\n")
        );
    }
}

/// An event that was taken in hand in a test. It can be compared with an event, and borrowed as one.
pub struct Seen<E> {
    event: Arc<E>,
    meta: Meta,
    domain: &'static str,
}

impl<E> Seen<E> {
    fn with<T>(&self, event: Arc<T>) -> Seen<T> {
        Seen { event, meta: self.meta, domain: self.domain }
    }

    /// Its id, its priority, the event that it arose from, and when it came.
    pub fn meta(&self) -> Meta {
        self.meta
    }

    /// The id of the event that it arose from, in the same domain; `None` if it came from outside, from a source, or through a
    /// boundary.
    pub fn cause(&self) -> Option<i64> {
        self.meta.cause()
    }

    /// The name of the domain.
    pub fn domain(&self) -> &'static str {
        self.domain
    }
}

impl<E> Deref for Seen<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.event
    }
}

impl<E> Clone for Seen<E> {
    fn clone(&self) -> Self {
        self.with(self.event.clone())
    }
}

impl<E: fmt::Debug> fmt::Debug for Seen<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.event.fmt(f)
    }
}

impl<E: PartialEq> PartialEq<E> for Seen<E> {
    fn eq(&self, other: &E) -> bool {
        *self.event == *other
    }
}

/// What a test has been told.
#[derive(Default)]
pub(crate) struct Recorder {
    seen: Mutex<Vec<Seen<Event>>>,
    failures: Mutex<Failures>,
}

#[derive(Default)]
struct Failures {
    list: Vec<Failure>,
    /// So many of them the test has taken note of.
    noted: usize,
    /// And of the error that has ended the run.
    end_noted: bool,
}

impl Recorder {
    pub(crate) fn failed(&self, failure: &Failure) {
        lock(&self.failures).list.push(failure.clone());
    }

    /// Records the events of a domain.
    pub(crate) fn filter(self: &Arc<Self>, domain: &'static str) -> impl Filter {
        Recording { recorder: Arc::downgrade(self), domain }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        std::mem::take(&mut *lock(&self.seen)).into_iter().for_each(drop_quietly);
    }
}

/// The test has what is recorded: an event that holds the nexus does not outlive it.
struct Recording {
    recorder: Weak<Recorder>,
    domain: &'static str,
}

impl Filter for Recording {
    type Emits = ();

    async fn filter(&mut self, event: &Event, queue: &mut Queue<()>) -> Result<Verdict, BoxError> {
        if let Some(recorder) = self.recorder.upgrade() {
            let seen = Seen { event: Arc::new(event.share()), meta: queue.meta(), domain: self.domain };
            lock(&recorder.seen).push(seen);
        }
        Ok(Verdict::Pass)
    }
}

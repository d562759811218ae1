//! For tests: a nexus whose events are recorded, and that can be waited for until it has come to rest.
//!
//! An annotated function is tested as the function that it is: it is called, with [`Queue::new`](crate::Queue::new),
//! [`Emitter::captured`](crate::Emitter::captured) and [`Meta::new`](crate::Meta::new). What several of them do together
//! is tested by running them: [`Builder::test`] takes the same builder as the program does, or one with some of its items
//! ([`Nexus::empty`](crate::Nexus::empty) and [`with`](Builder::with)), or with all but some
//! ([`without`](Builder::without), [`without_named`](Builder::without_named), [`without_state`](Builder::without_state),
//! [`without_component`](Builder::without_component)). What is left out may be given anew: `.without_state::<Limits>().state(…)`.
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

use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use crate::consume::{Filter, Verdict};
use crate::error::{BoxError, Failure, RunError};
use crate::event::{Event, Meta, NamedEvent};
use crate::nexus::{Builder, Handle, Ledger, Queue, Shared, State, drop_quietly, joined, lock};

impl Builder {
    /// Builds and starts the nexus for a test, and records what happens in it: see [`testing`](self).
    ///
    /// Events that its items emit and that nobody here handles are counted as discarded: those who handle them have been left
    /// out. So a test does not see that a program lacks a handler: [`assert_complete!`](crate::assert_complete) does. All else
    /// that [`build`](Self::build) checks has to be right.
    ///
    /// # Panics
    ///
    /// If the plan has problems, with all of them; if there is no tokio runtime here, or it has no clock.
    #[track_caller]
    #[doc(alias = "mock")]
    pub fn test(self) -> TestNexus {
        let recorder = Arc::new(Recorder::default());
        let started = self.recorded(&recorder).build().map(crate::Nexus::start);
        let running = match started {
            Ok(Ok(running)) => running,
            Ok(Err(RunError::NoRuntime)) => {
                panic!("a nexus is tested on tokio, and there is no runtime here: write `#[tokio::test]`")
            }
            Ok(Err(error)) => panic!("{error}"),
            Err(error) => panic!("{error}"),
        };
        let handle = running.own();
        recorder.nexus.get_or_init(|| Arc::downgrade(&handle.door.shared));
        TestNexus { handle, recorder }
    }
}

/// A nexus under test: a [`Handle`] to it, and a record of what has happened in it.
///
/// [`Builder::test`] makes one. Every event that a domain takes in hand is kept in memory as long as this exists, or until it is
/// [cleared](Self::clear), whoever put it in, and whatever filters and handlers make of it; so a handler that takes its event by
/// value gets a clone. Events take a longer way through the dispatcher than without a test: this is not the place to measure.
///
/// The handles that are made from this one (`test.domain::<Audit>()`, `test.overlay()`, clones) are the test's own, and
/// [`settle`](Self::settle) does not wait for their end. It does for that of an [`emitter`](Handle::emitter): this is what to give to
/// a task that emits.
///
/// # When it is dropped
///
/// That aborts the nexus, and panics in two cases:
///
/// * There have been [`failures`](Self::failures) that the test has not asked for: an error or a panic of a handler or source, the
///   error that ended the run, or an event that the test put in and that nobody handles (unless an item here emits it too: then
///   its handler is thought to be left out).
/// * Events are pending, so that the test has not seen what becomes of them: `settle` at its end, or end the nexus.
///
/// If the test panics already, the story of all events is printed to standard error instead.
#[must_use = "dropped, it ends the nexus"]
pub struct TestNexus {
    handle: Handle,
    recorder: Arc<Recorder>,
}

impl TestNexus {
    /// Waits until the nexus has come to rest: it has been started, nothing is pending, in no domain and no boundary, and nobody is
    /// left who could emit. Every converter and producer has ended, each emitter and handle that a source or handler has is gone,
    /// and every timer sleeps, with its next tick yet to come. Or the nexus has ended.
    ///
    /// It neither sleeps nor guesses. A source that does not end keeps it waiting for ever: leave it out, let time pass with
    /// [`advance`](Self::advance), or wait for something else with [`until`](Self::until). So does an [`emitter`](Handle::emitter)
    /// that the test keeps, or that an event has which is recorded, until that is [cleared](Self::clear); and a boundary made by hand
    /// that leads here. What such a one has taken from here is the other nexus's. A handler of this nexus must not wait here: it
    /// would wait for itself.
    ///
    /// The [`Debug`] form names what it waits for:
    /// `tokio::time::timeout(limit, test.settle()).await.unwrap_or_else(|_| panic!("{test:?}"))`.
    ///
    /// # Cancel safety
    ///
    /// It changes nothing, so it can be cancelled and called again.
    pub async fn settle(&self) {
        self.rest(true).await;
    }

    /// Sleeps for so long, by tokio's clock; then waits until every tick that is due by then, and all that is pending, has been handled.
    ///
    /// Nothing else is waited for: sources may be at work still. If a handler sleeps meanwhile, more time passes; one that waits for
    /// ever keeps this waiting for ever. The clock need not be paused, as for `tokio::time::advance`: then this takes real time. Like
    /// all that tokio times, it is exact to the millisecond.
    ///
    /// # Cancel safety
    ///
    /// Cancelled, less time has passed.
    pub async fn advance(&self, time: Duration) {
        tokio::time::sleep(time).await;
        self.rest(false).await;
    }

    /// Waits until something is so: it looks now, with each event that is taken in hand, and whenever something has come to rest.
    /// For programs whose sources do not end.
    ///
    /// # Panics
    ///
    /// If the nexus has ended before, with the story of all events.
    ///
    /// # Cancel safety
    ///
    /// It changes nothing, so it can be cancelled and called again.
    pub async fn until(&self, mut is_so: impl FnMut(&Self) -> bool) {
        let Some(calm) = &self.shared().calm else { return };
        loop {
            let mut news = pin!(calm.news());
            news.as_mut().enable();
            // In this order: what was so at the end is seen.
            let stopped = self.state() == State::Stopped;
            if stopped {
                self.ended().await;
            }
            if is_so(self) {
                return;
            }
            assert!(!stopped, "the nexus has ended, and what the test waits for has not come:\n{self}");
            news.await;
        }
    }

    async fn rest(&self, alone: bool) {
        let Some(calm) = &self.shared().calm else { return };
        self.started().await;
        loop {
            let mut news = pin!(calm.news());
            news.as_mut().enable();
            if self.state() == State::Stopped {
                return self.ended().await;
            }
            if self.shared().is_calm(calm).is_some_and(|is_alone| is_alone || !alone) {
                return;
            }
            news.await;
        }
    }

    /// Waits for the end of the nexus, as [`Running::join`](crate::Running::join) does, and gives the accounts.
    ///
    /// The test keeps a nexus from ending by itself: end it before, or let the program do so.
    ///
    /// # Errors
    ///
    /// [`RunError::Failed`] if the run was ended by an error. The test has taken note of it, as [`failures`](Self::failures) does.
    ///
    /// # Cancel safety
    ///
    /// It can be called again.
    pub async fn join(&self) -> Result<Ledger, RunError> {
        let joined = joined(self.shared()).await;
        if joined.is_err() {
            self.failures();
        }
        joined
    }

    /// Every `E` that has been taken in hand so far, in any domain, in this order.
    ///
    /// Those that the test has put in are among them; what a handler emitted has a [`cause`](Meta::cause). One that a boundary
    /// carried is there twice, once for each [`domain`](Seen::domain).
    pub fn events<E: NamedEvent>(&self) -> Vec<Seen<E>> {
        let seen = lock(&self.recorder.seen);
        let payload = |seen: &Seen<Event>| Some(seen.with(seen.event.shared_payload::<E>()?));
        seen.iter().filter_map(payload).collect()
    }

    /// Every event that has been taken in hand so far, whatever its type, and dynamic ones too, in this order.
    pub fn all(&self) -> Vec<Seen<Event>> {
        lock(&self.recorder.seen).clone()
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

    /// The failures that there have been so far. The test has taken note of these, and they are not held against it when this is
    /// dropped.
    pub fn failures(&self) -> Vec<Failure> {
        let mut failures = lock(&self.recorder.failures);
        failures.noted = failures.list.len();
        failures.list.clone()
    }

    /// Clears the record of events and failures, as between two parts of a test. The ledger keeps its accounts.
    pub fn clear(&self) {
        *lock(&self.recorder.failures) = Failures::default();
        self.recorder.clear();
    }

    fn shared(&self) -> &Shared {
        &self.handle.door.shared
    }
}

impl Deref for TestNexus {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

/// The story so far: each event with its id, indented below the one that it arose from; then the failures and the accounts.
impl fmt::Display for TestNexus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut depths: HashMap<(&'static str, i64), usize> = HashMap::new();
        for Seen { event, meta, domain } in self.all() {
            let above = meta.cause().and_then(|cause| depths.get(&(domain, cause)));
            let depth = above.map_or(0, |depth| depth + 1);
            depths.insert((domain, meta.id()), depth);
            write!(f, "{:width$}#{} {}", "", meta.id(), event.event_type(), width = 2 * depth)?;
            if let Some(cause) = meta.cause() {
                write!(f, ", of #{cause}")?;
            }
            if self.shared().domains.len() > 1 {
                write!(f, ", in {domain}")?;
            }
            writeln!(f)?;
        }
        for failure in &lock(&self.recorder.failures).list {
            writeln!(f, "failure: {failure}")?;
        }
        write!(f, "{}", self.ledger())
    }
}

/// Its state, and what [`settle`](TestNexus::settle) waits for.
impl fmt::Debug for TestNexus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("TestNexus");
        out.field("state", &self.state()).field("pending", &self.ledger().total().pending);
        if let Some(calm) = &self.shared().calm {
            let (sources, others) = self.shared().left(calm);
            out.field("sources", &sources).field("emitters_and_handles", &others);
        }
        out.finish_non_exhaustive()
    }
}

impl Drop for TestNexus {
    fn drop(&mut self) {
        let pending = match self.state() {
            State::Stopped => 0,
            State::Ready | State::Starting | State::Looping => self.ledger().total().pending,
        };
        let story = std::thread::panicking().then(|| self.to_string());
        self.handle.abort().ok();
        let failures = std::mem::take(&mut *lock(&self.recorder.failures));
        if let Some(story) = story {
            let hint = if pending > 0 { "\nnot settled: was `settle().await` forgotten?" } else { "" };
            eprintln!("\nwhat happened in the nexus under test:\n{story}{hint}");
            return;
        }
        let new: Vec<String> = failures.list.iter().skip(failures.noted).map(ToString::to_string).collect();
        assert!(
            new.is_empty(),
            "there were failures that the test has not asked for with `failures()`:\n{}\n{HELP}",
            new.join("\n")
        );
        assert!(
            pending == 0,
            "the test has ended while {pending} events were pending: `settle().await` before, or end the nexus with `abort()`"
        );
    }
}

const HELP: &str = "help: take note of them: `test.failures()`; an event that nobody handles needs a handler: `.with::<…>()`";

/// An event that was taken in hand in a test. It is borrowed as the event that it is, and can be compared with one.
#[non_exhaustive]
pub struct Seen<E> {
    /// The event.
    pub event: Arc<E>,
    /// Its id, its priority, the event of the same domain that it arose from, and when it came.
    pub meta: Meta,
    /// The name of the domain.
    pub domain: &'static str,
}

impl<E> Seen<E> {
    fn with<T>(&self, event: Arc<T>) -> Seen<T> {
        Seen { event, meta: self.meta, domain: self.domain }
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

/// As events: where and when they came makes no difference.
impl<E: PartialEq> PartialEq for Seen<E> {
    fn eq(&self, other: &Self) -> bool {
        self.event == other.event
    }
}

/// What a test has been told.
#[derive(Default)]
pub(crate) struct Recorder {
    seen: Mutex<Vec<Seen<Event>>>,
    failures: Mutex<Failures>,
    /// Whom to tell that there is news.
    nexus: OnceLock<Weak<Shared>>,
}

#[derive(Default)]
struct Failures {
    list: Vec<Failure>,
    /// So many of them the test has taken note of.
    noted: usize,
}

impl Recorder {
    pub(crate) fn failed(&self, failure: &Failure) {
        lock(&self.failures).list.push(failure.clone());
    }

    /// Records the events of a domain.
    pub(crate) fn filter(self: &Arc<Self>, domain: &'static str) -> impl Filter {
        Recording { recorder: Arc::downgrade(self), domain }
    }

    fn clear(&self) {
        let seen = std::mem::take(&mut *lock(&self.seen));
        seen.into_iter().for_each(drop_quietly);
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.clear();
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
        let Some(recorder) = self.recorder.upgrade() else { return Ok(Verdict::Pass) };
        let seen = Seen { event: Arc::new(event.share()), meta: queue.meta(), domain: self.domain };
        lock(&recorder.seen).push(seen);
        if let Some(shared) = recorder.nexus.get().and_then(Weak::upgrade)
            && let Some(calm) = &shared.calm
        {
            calm.changed();
        }
        Ok(Verdict::Pass)
    }
}

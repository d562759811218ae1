//! Sources at work: converters are asked, producers emit, timers tick.
//!
//! Each source is a task of its own (a blocking producer: a thread). Its function is called by glue that gets a
//! [`SourceContext`]; the glue gives each answer of the function to the context, which puts the events in and waits for
//! their tree, so that the rules of the flow are here and not in generated code.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use futures_core::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};

use crate::boundary;
use crate::consume::{Give, Outcome, StateSlot, shared};
use crate::dynamic::Registrations;
use crate::error::{BoxError, Cause, Failure, IngestError, is_refusal, panic_message};
use crate::event::{Event, EventSet};
use crate::nexus::{Door, Emitter, Origin, Origins, Policy, Refused, Shared, Tree, drop_quietly};
use crate::record::{MAX_PERIOD, Need};
use crate::sealed::Sealed;

/// What the glue of a source returns.
pub type SourceFuture = BoxFuture<'static, Result<(), BoxError>>;

/// How a source runs.
pub(crate) enum SourceRun {
    Task(Box<dyn FnOnce(SourceContext) -> SourceFuture + Send>),
    Thread(Box<dyn FnOnce(SourceContext) -> Result<(), BoxError> + Send>),
}

/// How often a timer ticks.
pub enum Period {
    /// Always the same.
    Fixed(Duration),
    /// Read from a piece of state when the nexus is built.
    FromState(Need, Box<dyn FnOnce(&StateSlot) -> Duration + Send>),
}

impl Period {
    /// A period that is read from state.
    ///
    /// # Panics
    ///
    /// Never: the plan looks the state up by its type before it reads.
    pub fn from_state<T: Send + Sync + 'static>(read: fn(&T) -> Duration) -> Self {
        Self::FromState(
            Need::of::<T>(),
            Box::new(move |slot| read(slot.downcast_ref().expect("the plan looks the state up by its type"))),
        )
    }
}

/// What a timer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// 1, 2, 3, … without end.
    Ongoing,
    /// 1, once.
    Once,
    /// 1 to n.
    Up(i64),
    /// n-1 down to 0.
    Down(i64),
}

impl Count {
    /// The k-th value, from 0.
    pub(crate) fn value(self, k: i64) -> Option<i64> {
        match self {
            Self::Ongoing => Some(k + 1),
            Self::Once => (k == 0).then_some(1),
            Self::Up(n) => (k < n).then_some(k + 1),
            Self::Down(n) => (k < n).then_some(n - 1 - k),
        }
    }
}

impl Count {
    /// What makes no sense in it.
    pub(crate) fn mistake(self) -> Option<String> {
        match self {
            Self::Up(n) | Self::Down(n) if n <= 0 => Some(format!("counts {n} ticks")),
            Self::Up(_) | Self::Down(_) | Self::Ongoing | Self::Once => None,
        }
    }
}

/// A timer, made by hand: its period and what it counts.
///
/// The first tick comes after one period. The next period begins when the tick's tree is done, so that ticks never bunch.
///
/// ```
/// # use std::time::Duration;
/// let three_seconds = nexus::Timer::every(Duration::from_secs(1)).count_down(3);
/// # drop(three_seconds);
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Timer {
    pub(crate) period: Duration,
    pub(crate) count: Count,
}

impl Timer {
    /// What makes no sense in it.
    pub(crate) fn mistake(self) -> Option<String> {
        if self.period.is_zero() {
            Some("has a period of zero".to_owned())
        } else if self.period > MAX_PERIOD {
            Some("has a period of more than a hundred years".to_owned())
        } else {
            self.count.mistake()
        }
    }

    /// Ticks without end: 1, 2, 3, …
    ///
    /// A period of zero, or of more than a hundred years, is a problem at `build()`.
    pub fn every(period: Duration) -> Self {
        Self { period, count: Count::Ongoing }
    }

    /// Ticks once: 1.
    pub fn once(self) -> Self {
        Self { count: Count::Once, ..self }
    }

    /// Ticks `n` times: 1 to n. Nothing at all for `n` of 0 or less is a problem at `build()`.
    pub fn count_up(self, n: i64) -> Self {
        Self { count: Count::Up(n), ..self }
    }

    /// Ticks `n` times: n-1 down to 0. An `n` of 0 or less is a problem at `build()`.
    pub fn count_down(self, n: i64) -> Self {
        Self { count: Count::Down(n), ..self }
    }
}

/// What a source is besides its function.
#[derive(Clone, Copy)]
pub(crate) enum SourceKind {
    Converter { ahead: usize },
    Producer,
    Timer(Timer),
}

/// What the glue of a source works with.
pub struct SourceContext {
    pub(crate) shared: Arc<Shared>,
    pub(crate) domain: usize,
    pub(crate) name: Arc<str>,
    pub(crate) kind: SourceKind,
    states: Vec<StateSlot>,
    ticks: i64,
    under_way: VecDeque<Arc<Tree>>,
}

impl SourceContext {
    pub(crate) fn new(
        shared: Arc<Shared>,
        domain: usize,
        name: Arc<str>,
        kind: SourceKind,
        states: Vec<StateSlot>,
    ) -> Self {
        Self { shared, domain, name, kind, states, ticks: 0, under_way: VecDeque::new() }
    }

    /// The state that stands at this place in the record.
    pub fn state<T: Send + Sync + 'static>(&self, place: usize) -> Arc<T> {
        shared(&self.states[place])
    }

    /// An emitter into the source's domain.
    pub fn emitter<S: EventSet>(&self) -> Emitter<S> {
        Emitter::new(self.shared.clone(), self.domain)
    }

    /// Takes an answer of a converter; false when it says that there are no more.
    ///
    /// # Errors
    ///
    /// The error that the converter answered.
    pub async fn answer<A: Answer>(&mut self, answer: A) -> Result<bool, BoxError> {
        match answer.events()? {
            Some(Gathered { events, end }) => {
                let goes_on = self.put(events, Origin::Converter).await;
                end.map(|()| goes_on)
            }
            None => Ok(false),
        }
    }

    /// Pulls a stream to its end.
    ///
    /// # Errors
    ///
    /// The first error that the stream yields.
    pub async fn pull<S>(&mut self, stream: S) -> Result<(), BoxError>
    where
        S: Stream<Item: Outcome> + Send,
    {
        let mut stream = std::pin::pin!(stream);
        while let Some(gathered) = stream.next().await.map(gather) {
            let goes_on = self.put(gathered.events, Origin::Converter).await;
            gathered.end?;
            if !goes_on {
                break;
            }
        }
        Ok(())
    }

    /// Waits for the next tick and gives its count; `None` after the last one.
    pub async fn tick(&mut self) -> Option<i64> {
        let SourceKind::Timer(timer) = self.kind else { return None };
        let value = timer.count.value(self.ticks)?;
        self.ticks += 1;
        tokio::time::sleep(timer.period).await;
        Some(value)
    }

    /// Takes what a timer's function returned; false if the timer has ended. An error is reported, and ends the timer only
    /// under [`Policy::Fail`].
    ///
    /// # Errors
    ///
    /// None: the type is that of the other sources.
    pub async fn ticked<O: Outcome>(&mut self, outcome: O) -> Result<bool, BoxError> {
        let Gathered { events, end } = gather(outcome);
        let mut goes_on = self.put(events, Origin::Timer).await;
        if let Err(error) = end {
            note_failure(&self.shared, self.domain, &self.name, Cause::Error(error), false);
            goes_on &= self.shared.policy == Policy::Report;
        }
        Ok(goes_on)
    }

    /// Puts a converter's event in; false if the source has to end.
    pub(crate) async fn convert(&mut self, event: Event) -> bool {
        self.put(vec![event], Origin::Converter).await
    }

    /// What is registered with the source's domain.
    pub(crate) fn overlay(&self) -> &Registrations {
        &self.shared.domains[self.domain].registrations
    }

    /// Whether the nexus goes on after a source has ended in this way.
    pub(crate) fn goes_on(&self, failed: bool) -> bool {
        !failed || self.shared.policy == Policy::Report
    }

    /// An event of a type that is not allowed is an error like any other of its events.
    fn invalid(&self, event: Event, origin: Origin) {
        let error = IngestError::InvalidEventType(event.event_type().clone());
        let failure = boundary::failed(&self.name, &event, error);
        let ends = origin == Origin::Converter && self.shared.policy == Policy::Fail;
        if !(ends && self.shared.fail(&failure)) {
            self.shared.report(&failure, Some(&event));
        }
        drop_quietly(event);
    }

    /// Puts events in as one tree; waits until it is done, or, if the source may be ahead, until few enough are under way.
    /// False if the source has to end.
    async fn put(&mut self, events: Vec<Event>, origin: Origin) -> bool {
        // A source that answers at once, again and again, with nothing, must still let others run.
        tokio::task::consume_budget().await;
        let tree = Tree::new(origin);
        let hold = Hold(&tree);
        for event in events {
            let origins = Origins { tree: Some(tree.clone()), ..Origins::default() };
            match self.shared.enter(self.domain, event, origins).await {
                Ok(()) => {}
                Err(Refused::InvalidType(event)) => self.invalid(event, origin),
                Err(_) => return false,
            }
        }
        drop(hold);
        self.under_way.push_back(tree);
        let ahead = match self.kind {
            SourceKind::Converter { ahead } => ahead,
            SourceKind::Producer | SourceKind::Timer(_) => 1,
        };
        while self.under_way.front().is_some_and(|tree| tree.is_done()) && self.under_way.len() > 1 {
            self.under_way.pop_front();
        }
        while self.under_way.len() >= ahead.max(1) {
            let Some(oldest) = self.under_way.pop_front() else { break };
            let end = oldest.done().await;
            if end.failed && origin == Origin::Timer && self.shared.policy == Policy::Fail {
                tracing::warn!(target: "nexus", timer = &*self.name, "a timer has ended: its event failed");
                return false;
            }
        }
        true
    }
}

/// The events of an outcome, and the error behind them if there is one.
#[derive(Debug)]
pub struct Gathered {
    pub(crate) events: Vec<Event>,
    pub(crate) end: Result<(), BoxError>,
}

#[diagnostic::do_not_recommend]
impl Outcome for Gathered {
    const SEALED: Sealed = Sealed;
    type Emits = Event;

    fn give<G: Give>(self, to: &mut G) -> Result<(), BoxError> {
        self.events.into_iter().for_each(|event| to.give(event));
        self.end
    }
}

pub(crate) fn gather<O: Outcome>(outcome: O) -> Gathered {
    let mut events = Vec::new();
    let end = outcome.give(&mut events);
    Gathered { events, end }
}

/// The maker's hold on a tree.
struct Hold<'a>(&'a Tree);

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// What a converter that is asked again and again may answer: `Option<…>`, or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "an `async` converter cannot answer `{Self}`",
    label = "does not say whether there are more",
    note = "return `Option<MyEvent>`, where `None` says that there are no more, or `Result<Option<MyEvent>>`"
)]
pub trait Answer {
    #[doc(hidden)]
    const SEALED: Sealed;
    /// The events that can be in it.
    type Emits: EventSet;

    /// The events, or `None` if there are no more.
    ///
    /// # Errors
    ///
    /// The error that the converter returned.
    fn events(self) -> Result<Option<Gathered>, BoxError>;
}

#[diagnostic::do_not_recommend]
impl<O: Outcome> Answer for Option<O> {
    const SEALED: Sealed = Sealed;
    type Emits = O::Emits;

    fn events(self) -> Result<Option<Gathered>, BoxError> {
        Ok(self.map(gather))
    }
}

#[diagnostic::do_not_recommend]
impl<O: Outcome, E: Into<BoxError>> Answer for Result<Option<O>, E> {
    const SEALED: Sealed = Sealed;
    type Emits = O::Emits;

    fn events(self) -> Result<Option<Gathered>, BoxError> {
        self.map_err(Into::into)?.events()
    }
}

/// What a producer may return: `()`, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "a producer cannot return `{Self}`",
    label = "neither `()` nor `Result<()>`",
    note = "a producer emits through its `Emitter<…>`, and returns `()` or `Result<()>` when it has ended"
)]
pub trait Ended {
    #[doc(hidden)]
    const SEALED: Sealed;
    /// How it ended.
    ///
    /// # Errors
    ///
    /// The error that the producer returned.
    fn ended(self) -> Result<(), BoxError>;
}

#[diagnostic::do_not_recommend]
impl Ended for () {
    const SEALED: Sealed = Sealed;
    fn ended(self) -> Result<(), BoxError> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> Ended for Result<(), E> {
    const SEALED: Sealed = Sealed;
    fn ended(self) -> Result<(), BoxError> {
        self.map_err(Into::into)
    }
}

/// Runs a source's task to its end, and reports how it failed if it did.
pub(crate) async fn drive_task(
    run: Box<dyn FnOnce(SourceContext) -> SourceFuture + Send>,
    context: SourceContext,
) {
    let end = End::of(&context);
    let result = AssertUnwindSafe(async move { run(context).await }).catch_unwind().await;
    end.note(result);
}

/// Runs a blocking producer on a thread of its own. It is no task of the runtime, since a runtime that shuts down would
/// wait for it, and a thread that reads from a terminal may never come back.
pub(crate) fn drive_thread(
    run: Box<dyn FnOnce(SourceContext) -> Result<(), BoxError> + Send>,
    context: SourceContext,
    door: Door,
) {
    let thread = std::thread::Builder::new().name(context.name.replace('\0', ""));
    let (end, in_thread) = (End::of(&context), End::of(&context));
    let spawned = thread.spawn(move || {
        in_thread.note(catch_unwind(AssertUnwindSafe(|| run(context))));
        drop(door);
    });
    if let Err(error) = spawned {
        end.note(Ok(Err(error.into())));
    }
}

/// What is told when a source has ended.
struct End {
    shared: Arc<Shared>,
    domain: usize,
    name: Arc<str>,
    timer: bool,
}

impl End {
    fn of(context: &SourceContext) -> Self {
        let timer = matches!(context.kind, SourceKind::Timer(_));
        Self { shared: context.shared.clone(), domain: context.domain, name: context.name.clone(), timer }
    }

    /// An error ends the run under [`Policy::Fail`], but for a timer's, which nobody waits for.
    fn note(self, result: std::thread::Result<Result<(), BoxError>>) {
        let Self { shared, domain, name, timer } = self;
        match result {
            Ok(Ok(())) => tracing::debug!(target: "nexus", source = &*name, "a source has ended"),
            Ok(Err(error)) => note_failure(&shared, domain, &name, Cause::Error(error), !timer),
            Err(panic) => note_failure(&shared, domain, &name, Cause::Panic(panic_message(&*panic)), !timer),
        }
    }
}

/// Reports the failure of a source. A nexus that is ending refuses events, and a source that passes this on has not failed.
fn note_failure(shared: &Shared, domain: usize, name: &str, cause: Cause, ends: bool) {
    if shared.is_ending() && matches!(&cause, Cause::Error(error) if is_refusal(error)) {
        return tracing::debug!(target: "nexus", source = name, ?cause, "a source has ended with its nexus");
    }
    let failure = Failure::of_source(name.to_owned(), cause);
    shared.source_failed(domain, &failure, ends && shared.policy == Policy::Fail);
}

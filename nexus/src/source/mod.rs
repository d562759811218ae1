//! Sources at work: converters are asked, producers emit, timers tick.
//!
//! Each source is a task of its own (a blocking producer: a thread). Its function is called by glue that gets a
//! [`SourceContext`]; the glue gives each answer of the function to the context, which puts the events in and waits for
//! their tree, so that the rules of the flow are here and not in generated code.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_core::Stream;
use futures_core::future::BoxFuture;
use futures_util::FutureExt;

use crate::boundary;
use crate::consume::{Give, IntoError, Outcome, shared};
use crate::dynamic::Registrations;
use crate::error::{BoxError, Cause, Failure, IngestError, is_refusal, panic_message};
use crate::event::{Event, EventSet, IntoEvent};
use crate::nexus::{Bundle, Emitter, Origin, Policy, Shared, Tree, Watched, drop_quietly};
use crate::raw::{Member, Members, StateSlot, Tags};
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

/// What may stand behind `every =`; `M` is a marker that the compiler infers.
#[diagnostic::on_unimplemented(
    message = "`every` takes a period or a function of state, but `{Self}` is neither",
    label = "neither a `Duration` nor a function that reads one",
    note = "write `every = \"1s\"`, a constant or a call that is a `Duration`, or `every = |limits: &Limits| limits.period`"
)]
pub trait Every<M> {
    /// The period.
    fn period(self) -> Period;
}

#[diagnostic::do_not_recommend]
impl Every<Duration> for Duration {
    fn period(self) -> Period {
        Period::Fixed(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static, F: FnOnce(&T) -> Duration + Send + 'static> Every<fn(&T)> for F {
    fn period(self) -> Period {
        Period::FromState(
            Need::of::<T>(),
            Box::new(move |slot| self(slot.get().expect("the plan looks the state up by its type"))),
        )
    }
}

impl Period {
    /// A constant, or a period that a function reads from state.
    pub fn of<M>(value: impl Every<M>) -> Self {
        value.period()
    }

    /// A period that is read from state.
    ///
    /// # Panics
    ///
    /// Never: the plan looks the state up by its type before it reads.
    pub fn from_state<T: Send + Sync + 'static>(read: fn(&T) -> Duration) -> Self {
        Self::of(read)
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
    /// What is to be put in next.
    gathered: Bundle,
    /// The trees that are not done, each with the number of answers that it arose from.
    under_way: VecDeque<(Arc<Tree>, usize)>,
    /// Trees that can be used again.
    spare: Vec<Arc<Tree>>,
    /// In a test, if this is a timer.
    watched: Option<Watched>,
}

impl SourceContext {
    pub(crate) fn new(
        shared: Arc<Shared>,
        domain: usize,
        name: Arc<str>,
        kind: SourceKind,
        states: Vec<StateSlot>,
    ) -> Self {
        Self {
            watched: if matches!(kind, SourceKind::Timer(_)) { Watched::timer(&shared) } else { None },
            shared,
            domain,
            name,
            kind,
            states,
            ticks: 0,
            gathered: Bundle::new(),
            under_way: VecDeque::new(),
            spare: Vec::new(),
        }
    }

    /// The state that stands at this place in the record.
    pub fn state<T: Send + Sync + 'static>(&self, place: usize) -> Arc<T> {
        shared(&self.states[place])
    }

    /// An emitter into the source's domain.
    pub fn emitter<S>(&self) -> Emitter<S> {
        Emitter::new(self.shared.clone(), self.domain)
    }

    /// Takes an answer of a converter, which has been gathered; false when it says that there are no more.
    ///
    /// # Errors
    ///
    /// The error that the converter answered.
    pub async fn answer(&mut self, gathered: Gathered) -> Result<bool, BoxError> {
        let Gathered { trees, end } = gathered;
        let Some((tree, maker)) = trees else { return end.map(|()| false) };
        let goes_on = self.put(tree, maker, 1, Origin::Converter).await;
        end.map(|()| goes_on)
    }

    /// Pulls a stream to its end.
    ///
    /// A source that may be ahead hands over what is ready in one piece, up to half of what may be under way: so the next piece is
    /// made while the last one is handled.
    ///
    /// # Errors
    ///
    /// The first error that the stream yields.
    pub async fn pull<S>(&mut self, stream: S) -> Result<(), BoxError>
    where
        S: Stream<Item: Outcome> + Send,
    {
        let mut stream = std::pin::pin!(stream);
        let most = self.piece();
        loop {
            let (tree, maker) = self.tree(Origin::Converter);
            let mut members = Members::of(&maker, most);
            let (mut answers, mut ended, mut given) = (0, false, Ok(()));
            poll_fn(|cx| {
                while given.is_ok() && answers < most && !ended {
                    match stream.as_mut().poll_next(cx) {
                        Poll::Ready(Some(item)) => {
                            given = self.gather(item, &mut members);
                            answers += 1;
                        }
                        Poll::Ready(None) => ended = true,
                        Poll::Pending if answers > 0 => break,
                        Poll::Pending => return Poll::Pending,
                    }
                }
                Poll::Ready(())
            })
            .await;
            if answers == 0 {
                break;
            }
            drop(members);
            let goes_on = self.put(tree, maker, answers, Origin::Converter).await;
            given?;
            if ended || !goes_on {
                break;
            }
        }
        Ok(())
    }

    /// Gathers the events of one answer: those that `give` gives.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "an event is not to be moved about on its way in")]
    pub fn gathered(&mut self, give: impl FnOnce(&mut Gather<'_>) -> Result<(), BoxError>) -> Gathered {
        let (tree, maker) = self.tree(self.origin());
        let end = give(&mut Gather(&mut self.gathered, &mut Members::of(&maker, 1)));
        Gathered { trees: Some((tree, maker)), end }
    }

    /// Waits for the next tick and gives its count; `None` after the last one.
    pub async fn tick(&mut self) -> Option<i64> {
        let SourceKind::Timer(timer) = self.kind else { return None };
        let value = timer.count.value(self.ticks)?;
        self.ticks += 1;
        let asleep = self.watched.as_ref().map(|watched| watched.asleep(timer.period));
        tokio::time::sleep(timer.period).await;
        drop(asleep);
        Some(value)
    }

    /// Takes what a timer's function returned; false if the timer has ended. An error is reported, and ends the timer only
    /// under [`Policy::Fail`].
    ///
    /// # Errors
    ///
    /// None: the type is that of the other sources.
    pub async fn ticked(&mut self, gathered: Gathered) -> Result<bool, BoxError> {
        let Gathered { trees, end } = gathered;
        let mut goes_on = true;
        if let Some((tree, maker)) = trees {
            goes_on = self.put(tree, maker, 1, Origin::Timer).await;
        }
        if let Err(error) = end {
            note_failure(&self.shared, self.domain, &self.name, Cause::Error(error), false);
            goes_on &= self.shared.policy == Policy::Report;
        }
        Ok(goes_on)
    }

    /// Puts a converter's event in; false if the source has to end.
    pub(crate) async fn convert(&mut self, event: Event) -> bool {
        let (tree, maker) = self.tree(Origin::Converter);
        self.gathered.push(event, Tags { tree: Some(maker.again()), ..Tags::default() });
        self.put(tree, maker, 1, Origin::Converter).await
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

    fn ahead(&self) -> usize {
        match self.kind {
            SourceKind::Converter { ahead } => ahead.max(1),
            SourceKind::Producer | SourceKind::Timer(_) => 1,
        }
    }

    /// How many answers are handed over in one piece at most: half of what may be under way, and no more than half of what the
    /// nexus holds.
    fn piece(&self) -> usize {
        let capacity = self.shared.capacity.unwrap_or(usize::MAX);
        (self.ahead().min(capacity) / 2).max(1)
    }

    fn origin(&self) -> Origin {
        match self.kind {
            SourceKind::Timer(_) => Origin::Timer,
            SourceKind::Converter { .. } | SourceKind::Producer => Origin::Converter,
        }
    }

    /// A tree for what comes next.
    fn tree(&mut self, origin: Origin) -> (Arc<Tree>, Member) {
        // A source's trees are all of one origin.
        self.spare.pop().and_then(Tree::again).unwrap_or_else(|| Tree::new(origin))
    }

    /// Takes the events of an outcome, up to its error if it has one.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "an event is not to be moved about on its way in")]
    fn gather<O: Outcome>(&mut self, outcome: O, members: &mut Members) -> Result<(), BoxError> {
        outcome.give(&mut Gather(&mut self.gathered, members))
    }

    /// Puts what has been gathered in as one tree, which so many answers belong to; waits until it is done, or, if the source may be
    /// ahead, until few enough are under way. False if the source has to end.
    async fn put(&mut self, tree: Arc<Tree>, maker: Member, answers: usize, origin: Origin) -> bool {
        // A source that answers at once, again and again, with nothing, must still let others run.
        tokio::task::consume_budget().await;
        self.refuse_invalid(origin);
        self.shared.date(self.domain, &mut self.gathered);
        let entered = self.shared.enter_all(self.domain, &mut self.gathered, Some(&tree)).await;
        drop(maker);
        if entered.is_err() {
            self.gathered.clear();
            return false;
        }
        self.under_way.push_back((tree, answers));
        // So many may be left, for as many as come next to be under way besides.
        let most = self.ahead() - self.piece();
        loop {
            let under_way: usize = self.under_way.iter().map(|(_, answers)| answers).sum();
            let Some((oldest, _)) = self.under_way.front() else { return true };
            if !oldest.is_done() {
                if under_way <= most {
                    return true;
                }
                oldest.done().await;
            }
            let Some((tree, _)) = self.under_way.pop_front() else { return true };
            let failed = tree.end().failed;
            self.spare.extend(Some(tree).filter(|tree| tree.is_unmarked()));
            if failed && origin == Origin::Timer && self.shared.policy == Policy::Fail {
                tracing::warn!(target: "nexus", timer = &*self.name, "a timer has ended: its event failed");
                return false;
            }
        }
    }

    /// Takes out what may not enter.
    fn refuse_invalid(&mut self, origin: Origin) {
        if !self.shared.domains[self.domain].bits {
            return;
        }
        let mut gathered = std::mem::replace(&mut self.gathered, Bundle::new());
        while let Some((event, tags)) = gathered.log.pop() {
            if event.is_one_bit() {
                self.gathered.push(event, tags);
            } else {
                drop(tags);
                self.invalid(event, origin);
            }
        }
    }
}

/// What an answer has come to: its events have been gathered in the source's context.
pub struct Gathered {
    /// Their tree, unless there are no more.
    trees: Option<(Arc<Tree>, Member)>,
    /// The error behind them, if there is one.
    end: Result<(), BoxError>,
}

/// Puts the events of an outcome with those of a tree.
pub struct Gather<'a>(&'a mut Bundle, &'a mut Members);

impl Give for Gather<'_> {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "an event is not to be moved about on its way in")]
    fn give<E: IntoEvent>(&mut self, event: E) {
        self.0.push_in_tree(event, self.1.give());
    }
}

/// What a converter that is asked again and again may answer: `Option<…>`, or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "an `async` converter cannot answer `{Self}`",
    label = "does not say whether there are more",
    note = "return `Option<{Self}>`, where `None` says that there are no more"
)]
pub trait Answer {
    #[doc(hidden)]
    const SEALED: Sealed;
    /// The events that can be in it.
    type Emits: EventSet;

    /// Gathers the events.
    fn gather(self, context: &mut SourceContext) -> Gathered;
}

#[diagnostic::do_not_recommend]
impl<O: Outcome> Answer for Option<O> {
    const SEALED: Sealed = Sealed;
    type Emits = O::Emits;

    fn gather(self, context: &mut SourceContext) -> Gathered {
        match self {
            Some(outcome) => context.gathered(|to| outcome.give(to)),
            None => Gathered { trees: None, end: Ok(()) },
        }
    }
}

#[diagnostic::do_not_recommend]
impl<O: Outcome, E: IntoError> Answer for Result<Option<O>, E> {
    const SEALED: Sealed = Sealed;
    type Emits = O::Emits;

    fn gather(self, context: &mut SourceContext) -> Gathered {
        match self {
            Ok(answer) => answer.gather(context),
            Err(error) => Gathered { trees: None, end: Err(error.into()) },
        }
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
impl<E: IntoError> Ended for Result<(), E> {
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
    hold: impl Send + 'static,
) {
    let thread = std::thread::Builder::new().name(context.name.replace('\0', ""));
    let (end, in_thread) = (End::of(&context), End::of(&context));
    let spawned = thread.spawn(move || {
        in_thread.note(catch_unwind(AssertUnwindSafe(|| run(context))));
        drop(hold);
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

//! Sources that are added while a nexus runs, stopped, restarted, and shared by several nexuses.

use std::fmt;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use futures_core::Stream;
use futures_core::future::BoxFuture;
use futures_util::future::{Either, select};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::CallError;
use crate::boundary::Target;
use crate::consume::{Give, Outcome};
use crate::error::{BoxError, Cause, Failure, IngestError, panic_message};
use crate::event::{Event, IntoEvent};
use crate::nexus::{Beside, Calm, Entrance, Ingest, Shared, lock, wakes_after};
use crate::source::SourceContext;

/// A source that is asked: the nexus asks for the next event when the last one's tree is done.
pub trait Converter: Send + 'static {
    /// Called once, before it is asked for the first time.
    fn start(&mut self) -> impl Future<Output = Result<(), BoxError>> + Send {
        std::future::ready(Ok(()))
    }

    /// The next event; `None` when there are no more.
    ///
    /// # Cancel safety
    ///
    /// It is dropped when the nexus ends, or when the source is closed.
    fn obtain(&mut self) -> impl Future<Output = Result<Option<Event>, BoxError>> + Send;

    /// Called when the nexus is cleaned up or drained.
    fn close(&mut self) -> impl Future<Output = Result<(), BoxError>> + Send {
        std::future::ready(Ok(()))
    }
}

/// A source that sends events when it likes, to one nexus or to several.
pub trait Producer: Send + Sync + 'static {
    /// Starts it: what it does from then on is a task of its own, which sends through `out`. The nexus is STARTING, or starts
    /// this source in the background, as long as this takes.
    ///
    /// A nexus that has the source does not end by itself while the outlet, or a clone of it, exists.
    ///
    /// # Cancel safety
    ///
    /// It is dropped when the nexus that starts it ends first. Where another nexus waits for the same source, that one then starts
    /// it anew.
    fn start(&self, out: Outlet) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Ends it. Called when the last nexus that has it lets it go: when that one is cleaned up or drained.
    fn close(&self) -> impl Future<Output = Result<(), BoxError>> + Send {
        std::future::ready(Ok(()))
    }
}

/// A source that can be added to a nexus, before it is started or while it runs. Clones are the same source.
#[derive(Clone)]
pub struct Source(Of);

#[derive(Clone)]
enum Of {
    Converter(Arc<ConverterCell>),
    Producer(Arc<ProducerCell>),
}

impl Source {
    /// A source that is asked.
    pub fn converter(name: impl Into<Arc<str>>, converter: impl Converter) -> Self {
        Self(Of::Converter(Arc::new(ConverterCell {
            name: name.into(),
            converter: tokio::sync::Mutex::new(Box::new(converter)),
            state: Mutex::default(),
            closed: watch::Sender::new(false),
        })))
    }

    /// A stream that is asked. Closing it drops the stream.
    pub fn stream<S>(name: impl Into<Arc<str>>, stream: S) -> Self
    where
        S: Stream<Item: Outcome> + Send + 'static,
    {
        Self::converter(name, StreamConverter::new(stream))
    }

    /// A source that sends when it likes.
    pub fn producer(name: impl Into<Arc<str>>, producer: impl Producer) -> Self {
        Self::runs_as(name.into(), OfTrait(producer))
    }

    pub(crate) fn runs_as(name: Arc<str>, producer: impl RunsAs) -> Self {
        Self(Of::Producer(Arc::new(ProducerCell {
            name,
            producer: Box::new(producer),
            state: Mutex::default(),
            changed: Notify::new(),
        })))
    }

    /// Its name, in messages.
    pub fn name(&self) -> &str {
        match &self.0 {
            Of::Converter(cell) => &cell.name,
            Of::Producer(cell) => &cell.name,
        }
    }

    /// Starts it by hand. A nexus that finds it running leaves it so.
    ///
    /// # Errors
    ///
    /// [`CallError::MisconfiguredEventProducer`] if it sends to no nexus that still exists, [`CallError::MultipleStart`] if it
    /// is running, or its own error (of a producer as a [`Failure`](crate::Failure)). A converter is not asked before a nexus asks it.
    pub async fn start(&self) -> Result<(), BoxError> {
        match &self.0 {
            Of::Converter(cell) => cell.ensure_started().await,
            Of::Producer(cell) => cell.start(None).await,
        }
    }

    /// Closes it by hand: a converter is asked no more, a producer ends, a boundary refuses further events and forwards what
    /// waits. A nexus that has it will close it again when it is cleaned up.
    ///
    /// # Errors
    ///
    /// Its own.
    pub async fn close(&self) -> Result<(), BoxError> {
        match &self.0 {
            Of::Converter(cell) => cell.close().await,
            Of::Producer(cell) => cell.close().await,
        }
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Of::Converter(one), Of::Converter(two)) => Arc::ptr_eq(one, two),
            (Of::Producer(one), Of::Producer(two)) => Arc::ptr_eq(one, two),
            _ => false,
        }
    }

    pub(crate) fn is_producer(&self) -> bool {
        matches!(&self.0, Of::Producer(_))
    }

    /// Gives it to a nexus; `owns` says whether that one starts and closes it.
    pub(crate) fn attach(&self, target: &Target, owns: bool) -> Result<(), CallError> {
        match &self.0 {
            Of::Converter(cell) => cell.attach(target, owns),
            Of::Producer(cell) => {
                cell.attach(target, owns);
                Ok(())
            }
        }
    }

    /// Starts it for a nexus that has it.
    pub(crate) async fn start_for(&self, target: &Target) -> Result<(), Failure> {
        let started = AssertUnwindSafe(async {
            match &self.0 {
                Of::Converter(cell) => cell.ensure_started().await,
                Of::Producer(cell) => cell.start(Some(target)).await,
            }
        });
        let cause = match started.catch_unwind().await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => match error.downcast::<Failure>() {
                Ok(failure) => return Err(*failure),
                Err(error) => Cause::Error(error),
            },
            Err(panic) => Cause::Panic(panic_message(&*panic)),
        };
        Err(Failure::of_source(self.name().to_owned(), cause))
    }

    /// Asks a converter until it ends; a producer needs no asking.
    pub(crate) async fn ask(&self, mut context: SourceContext, target: Target) -> Result<(), BoxError> {
        let Of::Converter(cell) = &self.0 else { return Ok(()) };
        let asked = AssertUnwindSafe(cell.ask(&mut context)).catch_unwind().await;
        // One that has ended by itself is removed: nobody closes it later.
        let failed = !matches!(asked, Ok(Ok(_)));
        if !matches!(asked, Ok(Ok(Asking::Closed))) && context.goes_on(failed) {
            context.overlay().forget(self);
            cell.detach(&target);
        }
        match asked {
            Ok(asked) => asked.map(drop),
            Err(panic) => resume_unwind(panic),
        }
    }

    /// A nexus that has it has ended.
    pub(crate) fn nexus_ended(&self) {
        if let Of::Producer(cell) = &self.0 {
            cell.producer.nexus_ended();
        }
    }

    /// A nexus has it no more, and did not start it.
    pub(crate) fn detach(&self, target: &Target) {
        match &self.0 {
            Of::Converter(cell) => cell.detach(target),
            Of::Producer(cell) => cell.detach(target),
        }
    }

    /// A nexus lets it go; the last one closes it. Errors are traced.
    pub(crate) async fn let_go(&self, target: &Target) {
        let closed = AssertUnwindSafe(async {
            match &self.0 {
                Of::Converter(cell) => {
                    let closed = cell.close().await;
                    cell.detach(target);
                    closed
                }
                Of::Producer(cell) => {
                    let mut given_up = GivenUp { cell, target, done: false };
                    let last = cell.give_up(target);
                    let closed = if last { cell.close().await } else { Ok(()) };
                    given_up.done = true;
                    cell.detach(target);
                    closed
                }
            }
        });
        match closed.catch_unwind().await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                let failure = Failure::of_source(self.name().to_owned(), Cause::Error(error));
                tracing::warn!(target: "nexus", "closing a source failed: {failure}");
            }
            Err(_) => tracing::error!(target: "nexus", source = self.name(), "closing a source panicked"),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.name()).finish()
    }
}

/// [`Converter`] as an object.
trait Asked: Send {
    fn start(&mut self) -> BoxFuture<'_, Result<(), BoxError>>;
    fn obtain(&mut self) -> BoxFuture<'_, Result<Option<Event>, BoxError>>;
    fn close(&mut self) -> BoxFuture<'_, Result<(), BoxError>>;
}

impl<T: Converter> Asked for T {
    fn start(&mut self) -> BoxFuture<'_, Result<(), BoxError>> {
        Box::pin(Converter::start(self))
    }

    fn obtain(&mut self) -> BoxFuture<'_, Result<Option<Event>, BoxError>> {
        Box::pin(Converter::obtain(self))
    }

    fn close(&mut self) -> BoxFuture<'_, Result<(), BoxError>> {
        Box::pin(Converter::close(self))
    }
}

/// A converter made of a stream, to be part of one that does more: see [`Source::stream`] for just this.
pub struct StreamConverter {
    /// Until it is closed.
    stream: Option<BoxStream<'static, Gathered>>,
    /// What is left of the last item.
    given: std::vec::IntoIter<Event>,
    /// The error behind it.
    end: Result<(), BoxError>,
}

impl StreamConverter {
    /// Gives what the stream gives, one event at a time.
    pub fn new<S>(stream: S) -> Self
    where
        S: Stream<Item: Outcome> + Send + 'static,
    {
        Self { stream: Some(stream.map(gather).boxed()), given: Vec::new().into_iter(), end: Ok(()) }
    }
}

impl fmt::Debug for StreamConverter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamConverter(..)")
    }
}

impl Converter for StreamConverter {
    async fn obtain(&mut self) -> Result<Option<Event>, BoxError> {
        loop {
            if let Some(event) = self.given.next() {
                return Ok(Some(event));
            }
            std::mem::replace(&mut self.end, Ok(()))?;
            let Some(stream) = &mut self.stream else { return Ok(None) };
            let Some(Gathered { events, end }) = stream.next().await else {
                self.stream = None;
                return Ok(None);
            };
            (self.given, self.end) = (events.into_iter(), end);
        }
    }

    async fn close(&mut self) -> Result<(), BoxError> {
        self.stream = None;
        Ok(())
    }
}

/// The events of an item, and the error behind them if there is one.
struct Gathered {
    events: Vec<Event>,
    end: Result<(), BoxError>,
}

impl Give for Vec<Event> {
    fn give<E: IntoEvent>(&mut self, event: E) {
        self.push(event.into_event());
    }
}

fn gather<O: Outcome>(outcome: O) -> Gathered {
    let mut events = Vec::new();
    let end = outcome.give(&mut events);
    Gathered { events, end }
}

struct ConverterCell {
    name: Arc<str>,
    converter: tokio::sync::Mutex<Box<dyn Asked>>,
    state: Mutex<ConverterState>,
    closed: watch::Sender<bool>,
}

/// How the asking ended.
enum Asking {
    NoMore,
    Closed,
}

#[derive(Default)]
struct ConverterState {
    owner: Option<Target>,
    started: bool,
}

impl ConverterCell {
    fn attach(&self, target: &Target, owns: bool) -> Result<(), CallError> {
        if !owns {
            return Err(CallError::BadCall(
                "a converter sends nothing: add it to the nexus that is to ask it",
            ));
        }
        let mut state = lock(&self.state);
        let other =
            state.owner.as_ref().is_some_and(|owner| owner.shared.strong_count() > 0 && !owner.is(target));
        if other {
            return Err(CallError::BadCall("another nexus asks this converter"));
        }
        state.owner = Some(target.clone());
        if self.closed.send_replace(false) {
            state.started = false;
        }
        Ok(())
    }

    fn detach(&self, target: &Target) {
        lock(&self.state).owner.take_if(|owner| owner.is(target));
    }

    async fn ensure_started(&self) -> Result<(), BoxError> {
        if lock(&self.state).started {
            return Ok(());
        }
        let mut converter = self.converter.lock().await;
        if !lock(&self.state).started {
            converter.start().await?;
            lock(&self.state).started = true;
        }
        Ok(())
    }

    /// Asks until there are no more, and until the trees of what came are done.
    async fn ask(&self, context: &mut SourceContext) -> Result<Asking, BoxError> {
        let mut closing = self.closed.subscribe();
        loop {
            let answer = {
                let mut converter = self.converter.lock().await;
                let closed = std::pin::pin!(closing.wait_for(|closed| *closed));
                match select(closed, converter.obtain()).await {
                    Either::Left(_) => return Ok(Asking::Closed),
                    Either::Right((answer, _)) => answer,
                }
            };
            match answer? {
                Some(event) => {
                    if !context.convert(event).await {
                        return Ok(Asking::Closed);
                    }
                }
                None => return Ok(Asking::NoMore),
            }
        }
    }

    async fn close(&self) -> Result<(), BoxError> {
        self.closed.send_replace(true);
        self.converter.lock().await.close().await
    }
}

/// A producer as an object; what a boundary and a timer are too.
pub(crate) trait RunsAs: Send + Sync + 'static {
    fn start(&self, outlet: Outlet) -> BoxFuture<'_, Result<(), BoxError>>;
    fn close(&self) -> BoxFuture<'_, Result<(), BoxError>>;

    /// Whether it runs, if it knows better than that it has been started and not closed.
    fn is_running(&self) -> Option<bool> {
        None
    }

    fn attached(&self, _: &Target) {}
    fn detached(&self, _: &Target) {}

    /// A nexus that it sends to has ended.
    fn nexus_ended(&self) {}
}

struct OfTrait<P>(P);

impl<P: Producer> RunsAs for OfTrait<P> {
    fn start(&self, outlet: Outlet) -> BoxFuture<'_, Result<(), BoxError>> {
        Box::pin(Producer::start(&self.0, outlet))
    }

    fn close(&self) -> BoxFuture<'_, Result<(), BoxError>> {
        Box::pin(Producer::close(&self.0))
    }
}

pub(crate) struct ProducerCell {
    name: Arc<str>,
    producer: Box<dyn RunsAs>,
    state: Mutex<ProducerState>,
    changed: Notify,
}

#[derive(Default)]
struct ProducerState {
    targets: Vec<(Target, Role)>,
    run: Run,
    /// Counts the starts.
    starts: u64,
    /// The nexus that started it.
    started_by: Option<Weak<Shared>>,
    /// How the last start failed, and which it was: all who waited for it are told.
    failed: Option<(u64, Failure)>,
    /// The nexuses that do not end by themselves while an outlet exists.
    held: Vec<Weak<Shared>>,
    outlets: usize,
    /// It is a timer that has begun to tick.
    ticks: bool,
    /// When each of its runs wakes that sleeps.
    asleep: Vec<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The nexus starts it and closes it.
    Owner,
    /// The nexus only gets its events.
    Listener,
}

#[derive(Default, PartialEq, Eq)]
enum Run {
    #[default]
    Idle,
    Starting,
    Running,
}

impl ProducerCell {
    fn attach(&self, target: &Target, owns: bool) {
        let mut state = lock(&self.state);
        state.targets.retain(|(other, _)| other.shared.strong_count() > 0);
        if let Some((_, role)) = state.targets.iter_mut().find(|(other, _)| other.is(target)) {
            if owns {
                *role = Role::Owner;
            }
            return;
        }
        state.targets.push((target.clone(), if owns { Role::Owner } else { Role::Listener }));
        let told = self.tell(&state);
        drop(state);
        drop(told);
        self.producer.attached(target);
    }

    /// A nexus owns it no more; whether it was the last one.
    fn give_up(&self, target: &Target) -> bool {
        let mut state = lock(&self.state);
        let mut owned = false;
        for (other, role) in &mut state.targets {
            if other.is(target) {
                owned = *role == Role::Owner;
                *role = Role::Listener;
            }
        }
        owned
            && !state
                .targets
                .iter()
                .any(|(other, role)| *role == Role::Owner && other.shared.strong_count() > 0)
    }

    fn detach(&self, target: &Target) {
        let mut state = lock(&self.state);
        state.targets.retain(|(other, _)| !other.is(target));
        let freed: Vec<_> = state.held.extract_if(.., |held| held.ptr_eq(&target.shared)).collect();
        let mut told = self.tell(&state);
        if !state.targets.iter().any(|(other, _)| other.shared.ptr_eq(&target.shared)) {
            told.tell(target, self.number(), None);
        }
        drop(state);
        drop(told);
        release(&freed);
        self.producer.detached(target);
    }

    pub(crate) fn targets(&self) -> Vec<Target> {
        lock(&self.state).targets.iter().map(|(target, _)| target.clone()).collect()
    }

    /// What it is known by, as long as it has an outlet.
    fn number(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// Tells the tests that a timer ticks in how it is with it.
    fn tell(&self, state: &ProducerState) -> Told {
        let mut told = Told(Vec::new());
        // One that was stopped and started again may have two runs for a moment.
        let asleep = state.asleep.len() == state.outlets;
        let wakes = state.asleep.iter().min().copied().filter(|_| asleep);
        for (target, _) in state.targets.iter().filter(|_| state.ticks) {
            let holds = state.held.iter().any(|held| held.ptr_eq(&target.shared));
            let timer = Beside { holds, wakes };
            told.tell(target, self.number(), Some(timer).filter(|_| state.outlets > 0));
        }
        told
    }

    /// Starts it, for a nexus that has it or by hand.
    async fn start(self: &Arc<Self>, by: Option<&Target>) -> Result<(), BoxError> {
        let mut waited_for = None;
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            {
                let mut state = lock(&self.state);
                state.targets.retain(|(target, _)| target.shared.strong_count() > 0);
                let owns = |by: &Target| {
                    state.targets.iter().any(|(other, role)| other.is(by) && *role == Role::Owner)
                };
                if by.is_some_and(|by| !owns(by)) {
                    // It has been let go since it was added.
                    return Ok(());
                }
                if state.targets.is_empty() {
                    return Err(
                        CallError::MisconfiguredEventProducer { source_name: self.name.to_string() }.into()
                    );
                }
                let ended =
                    state.outlets == 0 && state.started_by.as_ref().is_some_and(|by| by.strong_count() == 0);
                match self.producer.is_running() {
                    // A boundary that is closed may still forward what waits.
                    Some(true) if state.run == Run::Idle => state.run = Run::Running,
                    Some(false) if state.run == Run::Running => state.run = Run::Idle,
                    None if state.run == Run::Running && ended => state.run = Run::Idle,
                    _ => {}
                }
                match (&state.run, by) {
                    (Run::Idle, _) => {
                        if let Some((start, failure)) = &state.failed
                            && waited_for == Some(*start)
                        {
                            return Err(failure.clone().into());
                        }
                        state.run = Run::Starting;
                        state.starts += 1;
                        break;
                    }
                    // By hand, one that has dropped its outlets may be started again.
                    (Run::Running, None) if state.outlets == 0 => {
                        state.run = Run::Starting;
                        state.starts += 1;
                        break;
                    }
                    (_, None) => {
                        return Err(CallError::MultipleStart { source_name: self.name.to_string() }.into());
                    }
                    (Run::Running, Some(target)) => {
                        let kept = if state.outlets > 0 { state.hold(&target.shared) } else { None };
                        let told = self.tell(&state);
                        drop(state);
                        drop((kept, told));
                        return Ok(());
                    }
                    (Run::Starting, Some(_)) => waited_for = Some(state.starts),
                }
            }
            changed.await;
        }
        let starting = Starting(self);
        let started = self.producer.start(Outlet::new(self.clone())).await;
        let started = started.map_err(|error| Failure::of_source(self.name.to_string(), Cause::Error(error)));
        {
            let mut state = lock(&self.state);
            match &started {
                // Unless it was closed meanwhile.
                Ok(()) if state.run == Run::Starting => {
                    state.run = Run::Running;
                    state.started_by = by.map(|target| target.shared.clone());
                }
                Ok(()) => {}
                Err(failure) => state.failed = Some((state.starts, failure.clone())),
            }
        }
        drop(starting);
        Ok(started?)
    }

    async fn close(&self) -> Result<(), BoxError> {
        {
            lock(&self.state).run = Run::Idle;
        }
        self.producer.close().await
    }
}

impl ProducerState {
    /// Keeps a nexus from ending by itself. What comes back is to be dropped when the lock is released: it could be the last to
    /// have the nexus.
    #[must_use]
    fn hold(&mut self, shared: &Weak<Shared>) -> Option<Arc<Shared>> {
        let strong = shared.upgrade()?;
        if !self.held.iter().any(|held| held.ptr_eq(shared)) {
            strong.life.hold();
            self.held.push(shared.clone());
        }
        Some(strong)
    }
}

/// The tests that have been told of a timer: who waits there learns it when this is dropped, when no lock is held.
#[must_use]
struct Told(Vec<Arc<Shared>>);

impl Told {
    fn tell(&mut self, target: &Target, number: usize, timer: Option<Beside>) {
        if let Some(shared) = target.shared.upgrade() {
            if let Some(calm) = &shared.calm {
                calm.note(number, timer);
            }
            self.0.push(shared);
        }
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.0.iter().filter_map(|shared| shared.calm.as_ref()).for_each(Calm::changed);
    }
}

fn release(held: &[Weak<Shared>]) {
    for shared in held.iter().filter_map(Weak::upgrade) {
        shared.release();
    }
}

/// A source that is being closed for a nexus: given up half-way, the nexus still has it.
struct GivenUp<'a> {
    cell: &'a ProducerCell,
    target: &'a Target,
    done: bool,
}

impl Drop for GivenUp<'_> {
    fn drop(&mut self) {
        if !self.done {
            let mut state = lock(&self.cell.state);
            let given_up = state.targets.iter_mut().find(|(other, _)| other.is(self.target));
            if let Some((_, role)) = given_up {
                *role = Role::Owner;
            }
        }
    }
}

/// A start under way: when it fails or is given up, somebody else may start the source.
struct Starting<'a>(&'a ProducerCell);

impl Drop for Starting<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        if state.run == Run::Starting {
            state.run = Run::Idle;
        }
        drop(state);
        self.0.changed.notify_waiters();
    }
}

/// The way out of a [`Producer`]: to every nexus that it is registered with.
///
/// A nexus that has the source does not end by itself while an outlet of it exists.
pub struct Outlet {
    cell: Arc<ProducerCell>,
}

impl Outlet {
    fn new(cell: Arc<ProducerCell>) -> Self {
        let mut state = lock(&cell.state);
        state.outlets += 1;
        let owners: Vec<_> = state
            .targets
            .iter()
            .filter(|(_, role)| *role == Role::Owner)
            .map(|(target, _)| target.shared.clone())
            .collect();
        let kept: Vec<_> = owners.iter().filter_map(|owner| state.hold(owner)).collect();
        let told = cell.tell(&state);
        drop(state);
        drop((kept, told));
        Self { cell }
    }

    pub(crate) fn targets(&self) -> Vec<Target> {
        self.cell.targets()
    }

    /// The run of a timer that has this sleeps for so long from now, unless the guard is dropped before.
    pub(crate) fn asleep(&self, period: Duration) -> impl Drop {
        struct Asleep<'a>(&'a ProducerCell, Instant);
        impl Drop for Asleep<'_> {
            fn drop(&mut self) {
                let mut state = lock(&self.0.state);
                if let Some(place) = state.asleep.iter().position(|wakes| *wakes == self.1) {
                    state.asleep.swap_remove(place);
                }
                let told = self.0.tell(&state);
                drop(state);
                drop(told);
            }
        }
        let wakes = wakes_after(period);
        let mut state = lock(&self.cell.state);
        state.ticks = true;
        state.asleep.push(wakes);
        let told = self.cell.tell(&state);
        drop(state);
        drop(told);
        Asleep(&self.cell, wakes)
    }

    /// Whether the source is still registered with a nexus: it may have been let go while an earlier one had the event.
    pub(crate) fn sends_to(&self, target: &Target) -> bool {
        lock(&self.cell.state).targets.iter().any(|(other, _)| other.is(target))
    }

    /// Gives an event to every nexus, one after another, in the order in which the source was registered with them, and waits
    /// each time until it and all that arose from it are handled. A nexus that is gone is left out.
    ///
    /// # Errors
    ///
    /// The first one, when every nexus has had the event.
    ///
    /// # Cancel safety
    ///
    /// As [`Handle::ingest`](crate::Handle::ingest); nexuses that have not had the event do not get it.
    pub async fn distribute<E: IntoEvent>(&self, event: E) -> Result<(), IngestError> {
        let event = event.into_event();
        let mut first = Ok(());
        for target in self.targets() {
            if self.sends_to(&target)
                && let Some(shared) = target.shared.upgrade()
            {
                let result = Ingest::new(Entrance::Nexus(&shared, target.domain), event.share()).await;
                first = first.and(result);
            }
        }
        first
    }
}

impl Clone for Outlet {
    fn clone(&self) -> Self {
        Self::new(self.cell.clone())
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        let mut state = lock(&self.cell.state);
        state.outlets -= 1;
        let held = if state.outlets == 0 { std::mem::take(&mut state.held) } else { Vec::new() };
        let told = self.cell.tell(&state);
        state.ticks &= state.outlets > 0;
        drop(state);
        drop(told);
        release(&held);
    }
}

impl fmt::Debug for Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Outlet").field(&self.cell.name).finish()
    }
}

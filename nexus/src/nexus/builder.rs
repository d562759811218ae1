//! The builder: collects what is declared, gives it to the plan, and makes a nexus of a plan that is whole.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use futures_core::Stream;
use futures_core::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::Instant;

use super::backlog::Backlog;
use super::board::Board;
use super::calm::Calm;
use super::dispatch::{Core, Dispatcher, Entry, Table};
use super::emitter::{Door, Emitter};
use super::hand;
use super::handle::{self, Handle, Running, WeakHandle};
use super::intake::Intake;
use super::ledger::Ledger;
use super::life::{Life, Phase};
use super::policy::{DeadLetter, Order, Policy};
use super::queue::Queue;
use super::shared::{Domain, Hook, Over, PlannedBoundary, Shared};
use super::supervisor::{has_clock, supervise};
use crate::boundary::{Core as Boundary, Limits, Sender, Target};
use crate::consume::{
    AsyncClosure, AsyncRecordClosure, ByTrait, Closure, Filter, FilterByTrait, FilterClosure, Handler,
    Invoke, Method, Outcome, RecordClosure, Sees, Typed, VerdictOutcome, Whole,
};
use crate::dynamic::{Key, Registrations};
use crate::error::{BoxError, Failure, RunError};
use crate::event::{Event, EventFactory, EventInfo, EventSet, EventType, Location, NamedEvent};
use crate::plan::{BuildError, Given, Plan, Problem};
use crate::raw::{ComponentSlot, Seat, StateSlot};
use crate::record::{
    self, ComponentNeed, Declared, DomainKey, Emits, Main, Node, NodeKind, Record, Role, Takes,
};
use crate::source::{Answer as _, Ended, Period, SourceKind, SourceRun, Timer};
use crate::testing::Recorder;

const DEFAULT_CAPACITY: usize = 1024;
const DEFAULT_DRAIN_DEADLINE: Duration = Duration::from_secs(30);

/// A nexus that has been planned and checked, and waits to be started.
///
/// [`Nexus::builder`] starts from everything that is annotated in the program, [`Nexus::empty`] from nothing.
#[must_use = "a nexus does nothing until it is run"]
pub struct Nexus {
    over: Arc<Over>,
    plan: Plan,
    tables: Vec<Table>,
    order: Order,
    sources: Vec<PlannedSource>,
    drain_deadline: Option<Duration>,
}

pub(super) struct PlannedSource {
    pub(super) name: Arc<str>,
    pub(super) domain: usize,
    pub(super) kind: SourceKind,
    pub(super) run: SourceRun,
    pub(super) states: Vec<StateSlot>,
}

impl Nexus {
    /// A builder with every annotated item that is linked into this program.
    ///
    /// The linker leaves out a library crate that no code names: see [`link_crates!`](crate::link_crates).
    #[track_caller]
    pub fn builder() -> Builder {
        let mut builder = Self::empty();
        builder.from_inventory = Some(Location::caller());
        builder.nodes.extend(record::inventory().flat_map(Record::nodes));
        builder
    }

    /// A builder with nothing in it.
    pub fn empty() -> Builder {
        Builder {
            nodes: Vec::new(),
            from_inventory: None,
            only: None,
            given: Given::default(),
            domain: DomainKey::of::<Main>(),
            order_of_calls: 0,
            policy: Policy::default(),
            order: Order::default(),
            multiple: true,
            bits: false,
            capacity: Some(DEFAULT_CAPACITY),
            no_capacity: None,
            drain_deadline: Some(DEFAULT_DRAIN_DEADLINE),
            hook: None,
            weak: Arc::new(OnceLock::new()),
            recorder: None,
            not_there: Vec::new(),
        }
    }

    /// The plan: it can be printed as a table and as a graph.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// A handle to it. The nexus does not end by itself as long as it exists.
    pub fn handle(&self) -> Handle {
        Handle::new(self.over.0.clone(), 0)
    }

    /// Runs it to its end, and gives the accounts.
    ///
    /// It ends when every source has ended, nothing is pending and no handle is left; or after
    /// [`stop`](Handle::stop), [`drain`](Handle::drain) or [`abort`](Handle::abort).
    ///
    /// # Errors
    ///
    /// There is no tokio runtime, or it has no clock although one is needed (see [`start`](Self::start)); or the run was
    /// ended by an error ([`Policy::Fail`]).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future aborts the nexus.
    pub async fn run(self) -> Result<Ledger, RunError> {
        handle::run(self.start()?).await
    }

    /// Starts it in the background of the current tokio runtime. Events can be put in at once.
    ///
    /// # Errors
    ///
    /// There is no tokio runtime, or it has no clock although one is needed: for timers, and for the deadline of a drain.
    /// Tokio tells that it has no clock by a panic, which is caught, but is printed first.
    pub fn start(self) -> Result<Running, RunError> {
        let runtime = self.can_start()?;
        let Self { over, tables, order, sources, drain_deadline, .. } = self;
        let shared = over.0.clone();
        shared.runtime.get_or_init(|| runtime.clone());
        let running = Running { handle: Handle::new(shared.clone(), 0) };
        // Each source's hold is taken before anything runs, so that the nexus can't end before they do.
        let sources: Vec<_> =
            sources.into_iter().map(|source| (Door::new(shared.clone(), source.domain), source)).collect();
        shared.life.go(&[Phase::Ready], Phase::Starting).ok();
        let dispatcher = |(index, table): (usize, Table)| {
            let domain = &shared.domains[index];
            let meta = domain.meta.load(Ordering::Relaxed);
            let core =
                Core::new(table, Backlog::new(order, domain.factory.clone(), meta), index, over.clone());
            domain.seat.get_or_init(|| Seat::taken(core));
            Dispatcher::new(shared.clone(), index, over.clone())
        };
        let dispatchers: Vec<_> = tables.into_iter().enumerate().map(dispatcher).collect();
        #[cfg(feature = "macros")]
        super::program::enlist(&running.handle);
        runtime.spawn(supervise(over, dispatchers, sources, drain_deadline));
        Ok(running)
    }

    /// The runtime that it can be started on.
    pub(crate) fn can_start(&self) -> Result<tokio::runtime::Handle, RunError> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| RunError::NoRuntime)?;
        let timed = self.sources.iter().any(|source| matches!(source.kind, SourceKind::Timer(_)));
        if (timed || self.drain_deadline.is_some()) && !has_clock() {
            return Err(RunError::NoClock);
        }
        Ok(runtime)
    }
}

impl fmt::Debug for Nexus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nexus").field("state", &self.over.0.state()).finish_non_exhaustive()
    }
}

/// Collects what belongs to a nexus: annotated items, state, components, and options.
///
/// What is declared by hand goes into the domain [`Main`](crate::Main), or the one named by the last
/// [`domain`](Self::domain).
#[must_use = "a builder does nothing until `build()`"]
pub struct Builder {
    nodes: Vec<Node>,
    /// Where it was asked for.
    from_inventory: Option<Location>,
    only: Option<DomainKey>,
    given: Given,
    domain: DomainKey,
    order_of_calls: i32,
    policy: Policy,
    order: Order,
    multiple: bool,
    bits: bool,
    capacity: Option<usize>,
    /// Where a capacity of 0 was asked for.
    no_capacity: Option<Location>,
    drain_deadline: Option<Duration>,
    hook: Option<Hook>,
    weak: Arc<OnceLock<Weak<Shared>>>,
    recorder: Option<Arc<Recorder>>,
    /// What was to be left out, and is not there.
    not_there: Vec<Problem>,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("items", &self.nodes.len()).finish_non_exhaustive()
    }
}

/// What belongs to the program: items, state, components.
impl Builder {
    /// Adds an annotated function by its name, or a type with a `#[handlers]` block. Added twice, it counts once.
    pub fn with<D: Declared>(mut self) -> Self {
        self.nodes.extend(D::RECORDS.iter().flat_map(Record::nodes));
        self
    }

    /// Gives a piece of state: what functions take as `&T` or `Arc<T>`. One of a type.
    #[track_caller]
    pub fn state<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.shared_state(Arc::new(value))
    }

    /// Gives a piece of state that other code shares.
    #[track_caller]
    pub fn shared_state<T: Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        self.given.state(TypeId::of::<T>(), std::any::type_name::<T>(), StateSlot::new(value));
        self
    }

    /// Gives a component: the instance whose methods are handlers. One of a type.
    #[track_caller]
    pub fn component<T: Send + 'static>(mut self, value: T) -> Self {
        self.given.component(TypeId::of::<T>(), std::any::type_name::<T>(), Box::new(value));
        self
    }

    /// A handle for the nexus's own state, made before there is a nexus. It does not keep the nexus from ending.
    pub fn weak_handle(&self) -> WeakHandle {
        WeakHandle { cell: self.weak.clone(), domain: 0 }
    }

    /// Builds only this domain, as for a test: items of all others are left out.
    pub fn only<D: record::Domain>(mut self) -> Self {
        self.only = Some(DomainKey::of::<D>());
        self
    }
}

/// For tests.
impl Builder {
    /// Has its events recorded; what is left out need not be there.
    pub(crate) fn recorded(mut self, recorder: &Arc<Recorder>) -> Self {
        self.recorder = Some(recorder.clone());
        self
    }

    /// Leaves out an annotated item that is there; with all its handlers, if it is a type with a `#[handlers]` block.
    ///
    /// What takes its place may be added by hand. One that is not there is a problem at `build()`. A function without an annotation
    /// is no type (E0747), and a method is no item of its own (E0223): name the function that is annotated, or the component.
    #[track_caller]
    pub fn without<D: Declared>(mut self) -> Self {
        let gone: Vec<Node> = D::RECORDS.iter().flat_map(Record::nodes).collect();
        let before = self.nodes.len();
        self.nodes.retain(|node| !gone.iter().any(|gone| gone.is_same(node)));
        if self.nodes.len() == before {
            let items = gone.iter().map(Node::at).collect();
            self.not_there.push(Problem::NotThere { items, location: Location::caller() });
        }
        self
    }

    /// Leaves out what was declared by hand under this name, in whatever domain; of a boundary, both sides.
    ///
    /// What is not there is a problem at `build()`.
    #[track_caller]
    pub fn without_named(mut self, name: &str) -> Self {
        let before = self.nodes.len();
        self.nodes.retain(|node| !(node.module.is_empty() && node.name == name));
        if self.nodes.len() == before {
            self.not_there.push(Problem::NotGiven {
                what: "item",
                name: name.to_owned(),
                location: Location::caller(),
            });
        }
        self
    }

    /// Takes back a piece of state that has been given; another one may be given then.
    ///
    /// What was not given is a problem at `build()`.
    #[track_caller]
    pub fn without_state<T: Send + Sync + 'static>(mut self) -> Self {
        let given = self.given.states.remove(&TypeId::of::<T>()).is_some();
        self.take_back::<T>("state", given, Location::caller());
        self
    }

    /// Takes back a component that has been given; another one may be given then.
    ///
    /// What was not given is a problem at `build()`.
    #[track_caller]
    pub fn without_component<T: Send + 'static>(mut self) -> Self {
        let given = self.given.components.remove(&TypeId::of::<T>()).is_some();
        self.take_back::<T>("component", given, Location::caller());
        self
    }

    fn take_back<T: 'static>(&mut self, what: &'static str, given: bool, location: Location) {
        self.given.take_back(what, TypeId::of::<T>());
        if !given {
            let name = crate::plan::short(std::any::type_name::<T>());
            self.not_there.push(Problem::NotGiven { what, name, location });
        }
    }
}

/// What is declared without macros. Each item has a name, which ledgers, graphs and messages use.
impl Builder {
    /// What is declared by hand from here on belongs to this domain.
    pub fn domain<D: record::Domain>(mut self) -> Self {
        self.domain = DomainKey::of::<D>();
        self
    }

    /// What is declared by hand from here on is called in this place: lower numbers first, 0 unless given, and items of one
    /// number in the order in which they are added, before annotated ones.
    pub fn order(mut self, order: i32) -> Self {
        self.order_of_calls = order;
        self
    }

    /// Adds a closure that returns a boxed future as a handler, and as a method of a [`component`](Self::component), which
    /// it shares with other methods: `|billing: &mut Billing, order: &Order, queue: &mut Queue<Invoice>| Box::pin(async move { … })`.
    #[track_caller]
    pub fn method<C, E, S, F>(mut self, name: impl Into<Cow<'static, str>>, method: F) -> Self
    where
        C: Send + 'static,
        E: NamedEvent,
        S: EventSet,
        F: for<'a> FnMut(&'a mut C, &'a E, &'a mut Queue<S>) -> BoxFuture<'a, Result<(), BoxError>>
            + Send
            + 'static,
    {
        let run = Box::new(Typed::<E, _>::new(Method(method, PhantomData)));
        let emits = Emits::none().and::<S>();
        self = self.handle_with(name, Takes::Event(EventInfo::of::<E>()), emits, run);
        if let Some(node) = self.nodes.last_mut() {
            node.component = Some(ComponentNeed::of::<C>());
        }
        self
    }

    /// Adds an object as a filter: one that emits, or that waits.
    #[track_caller]
    pub fn filter_with<T: Filter>(self, name: impl Into<Cow<'static, str>>, filter: T) -> Self {
        let run = Box::new(Whole::new(FilterByTrait(filter), Sees::Record));
        self.add(name, Emits::none().and::<T::Emits>(), NodeKind::Filter { run })
    }

    /// Adds a closure as a handler: `|reading: &Reading, queue: &mut Queue<Alarm>| …`. What it returns is emitted.
    #[track_caller]
    pub fn on<E, S, R, F>(self, name: impl Into<Cow<'static, str>>, handler: F) -> Self
    where
        E: NamedEvent,
        S: EventSet,
        R: Outcome,
        F: FnMut(&E, &mut Queue<S>) -> R + Send + 'static,
    {
        let emits = Emits::none().and::<S>().and_returned::<R>();
        let run = Box::new(Typed::<E, _>::new(Closure(handler, PhantomData)));
        self.handle_with(name, Takes::Event(EventInfo::of::<E>()), emits, run)
    }

    /// Adds a closure that returns a boxed future as a handler:
    /// `|reading: &Reading, queue: &mut Queue<Alarm>| Box::pin(async move { … })`.
    #[track_caller]
    pub fn on_async<E, S, F>(self, name: impl Into<Cow<'static, str>>, handler: F) -> Self
    where
        E: NamedEvent,
        S: EventSet,
        F: for<'a> FnMut(&'a E, &'a mut Queue<S>) -> BoxFuture<'a, Result<(), BoxError>> + Send + 'static,
    {
        let run = Box::new(Typed::<E, _>::new(AsyncClosure(handler, PhantomData)));
        self.handle_with(name, Takes::Event(EventInfo::of::<E>()), Emits::none().and::<S>(), run)
    }

    /// Adds an object as a handler.
    #[track_caller]
    pub fn handler<E, H>(self, name: impl Into<Cow<'static, str>>, handler: H) -> Self
    where
        E: NamedEvent,
        H: Handler<E>,
    {
        let run = Box::new(Typed::<E, _>::new(ByTrait(handler, PhantomData::<fn(E)>)));
        self.handle_with(name, Takes::Event(EventInfo::of::<E>()), Emits::none().and::<H::Emits>(), run)
    }

    /// Adds a filter: it sees every event before any handler.
    #[track_caller]
    pub fn filter<R, F>(self, name: impl Into<Cow<'static, str>>, filter: F) -> Self
    where
        R: VerdictOutcome,
        F: FnMut(&Event) -> R + Send + 'static,
    {
        self.add(
            name,
            Emits::none(),
            NodeKind::Filter { run: Box::new(Whole::new(FilterClosure(filter), Sees::Record)) },
        )
    }

    /// Adds a stream as a converter: its next item is asked for when the last one's tree is done.
    #[track_caller]
    pub fn converter<S>(self, name: impl Into<Cow<'static, str>>, stream: S) -> Self
    where
        S: Stream<Item: Outcome> + Send + 'static,
    {
        self.converter_ahead(name, 1, stream)
    }

    /// Adds a stream as a converter that may be ahead: so many trees may be under way before it has to wait. 0 is 1.
    #[track_caller]
    pub fn converter_ahead<S>(self, name: impl Into<Cow<'static, str>>, ahead: usize, stream: S) -> Self
    where
        S: Stream<Item: Outcome> + Send + 'static,
    {
        let emits = Emits::none().and_returned::<S::Item>();
        let run =
            SourceRun::Task(Box::new(|mut context| Box::pin(async move { context.pull(stream).await })));
        self.add(name, emits, NodeKind::Converter { ahead, run })
    }

    /// Adds a boundary: it takes the events `E` from the domain `From` and gives them to the domain `To`; where a handler over
    /// there emits one of the events `R` in answer, that goes back to where the question came from.
    ///
    /// It forwards one event at a time: the next when the tree of the last one is done over there, unless
    /// [`Limits::ahead`] allows more. See [`#[derive(Boundary)]`](derive@crate::Boundary) for the rest.
    #[track_caller]
    pub fn boundary<From, To, E, R>(mut self, name: impl Into<Cow<'static, str>>, limits: Limits) -> Self
    where
        From: record::Domain,
        To: record::Domain,
        E: EventSet,
        R: EventSet,
    {
        let (location, order) = (Location::caller(), self.order_of_calls);
        let domains = (DomainKey::of::<From>(), DomainKey::of::<To>());
        let (events, replies) = (Emits::none().and::<E>(), Emits::none().and::<R>());
        let sides = record::boundary(name.into(), domains, limits, events, replies);
        self.nodes.extend(sides.map(|node| Node { location, order, ..node }));
        self
    }

    /// Adds an `async` function as a producer: it gets an emitter and runs by itself.
    #[track_caller]
    pub fn producer<S, R, Fut>(
        self,
        name: impl Into<Cow<'static, str>>,
        producer: impl FnOnce(Emitter<S>) -> Fut + Send + 'static,
    ) -> Self
    where
        S: EventSet,
        R: Ended,
        Fut: Future<Output = R> + Send + 'static,
    {
        let run = SourceRun::Task(Box::new(|context| {
            let emitter = context.emitter();
            Box::pin(async move { producer(emitter).await.ended() })
        }));
        self.add(name, Emits::none().and::<S>(), NodeKind::Producer { run })
    }

    /// Adds a blocking function as a producer: it runs on a thread of its own.
    #[track_caller]
    pub fn blocking_producer<S, R>(
        self,
        name: impl Into<Cow<'static, str>>,
        producer: impl FnOnce(Emitter<S>) -> R + Send + 'static,
    ) -> Self
    where
        S: EventSet,
        R: Ended,
    {
        let run = SourceRun::Thread(Box::new(|context| producer(context.emitter()).ended()));
        self.add(name, Emits::none().and::<S>(), NodeKind::Producer { run })
    }

    /// Adds a timer: the function gets the count, and what it returns is emitted.
    #[track_caller]
    pub fn timer<O>(
        self,
        name: impl Into<Cow<'static, str>>,
        timer: Timer,
        mut tick: impl FnMut(i64) -> O + Send + 'static,
    ) -> Self
    where
        O: Outcome + Send + 'static,
    {
        self.timer_async(name, timer, move |count| std::future::ready(tick(count)))
    }

    /// Adds a timer whose function is `async`.
    #[track_caller]
    pub fn timer_async<O, Fut>(
        self,
        name: impl Into<Cow<'static, str>>,
        timer: Timer,
        mut tick: impl FnMut(i64) -> Fut + Send + 'static,
    ) -> Self
    where
        O: Outcome + Send,
        Fut: Future<Output = O> + Send + 'static,
    {
        let run = SourceRun::Task(Box::new(|mut context| {
            Box::pin(async move {
                while let Some(count) = context.tick().await {
                    let outcome = tick(count).await;
                    let gathered = Some(outcome).gather(&mut context);
                    if !context.ticked(gathered).await? {
                        break;
                    }
                }
                Ok(())
            })
        }));
        let every = Period::Fixed(timer.period);
        self.add(name, Emits::none().and_returned::<O>(), NodeKind::Timer { every, count: timer.count, run })
    }

    /// Adds a handler for a dynamic event type; the plan's edges of it are shown, but nothing is checked.
    #[track_caller]
    pub(crate) fn on_record<S, R, F>(
        self,
        name: impl Into<Cow<'static, str>>,
        takes: Takes,
        handler: F,
    ) -> Self
    where
        S: EventSet,
        R: Outcome,
        F: FnMut(&Event, &mut Queue<S>) -> R + Send + 'static,
    {
        let emits = Emits::none().and::<S>().and_returned::<R>();
        let run = Whole::new(RecordClosure(handler, PhantomData), Sees::Record);
        self.handle_with(name, takes, emits, Box::new(run))
    }

    /// The same for a closure that returns a boxed future.
    #[track_caller]
    pub(crate) fn on_record_async<S, F>(
        self,
        name: impl Into<Cow<'static, str>>,
        takes: Takes,
        handler: F,
    ) -> Self
    where
        S: EventSet,
        F: for<'a> FnMut(&'a Event, &'a mut Queue<S>) -> BoxFuture<'a, Result<(), BoxError>> + Send + 'static,
    {
        let run = Whole::new(AsyncRecordClosure(handler, PhantomData), Sees::Record);
        self.handle_with(name, takes, Emits::none().and::<S>(), Box::new(run))
    }

    #[track_caller]
    fn handle_with(
        self,
        name: impl Into<Cow<'static, str>>,
        takes: Takes,
        emits: Emits,
        run: Box<dyn Invoke<()>>,
    ) -> Self {
        self.add(name, emits, NodeKind::Handler { takes, run })
    }

    #[track_caller]
    fn add(mut self, name: impl Into<Cow<'static, str>>, emits: Emits, kind: NodeKind) -> Self {
        self.nodes.push(Node {
            name: name.into(),
            module: "",
            location: Location::caller(),
            domain: self.domain,
            order: self.order_of_calls,
            emits,
            states: Vec::new(),
            component: None,
            // Every queue can be asked for it.
            meta: true,
            kind,
        });
        self
    }
}

/// Options.
impl Builder {
    /// What an error or a panic of a handler means for the run; [`Policy::Report`] unless given.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// In which order waiting events are handled; [`Order::Priority`] unless given.
    pub fn queue(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Whether several handlers may share an event; they may unless this is `false`.
    pub fn multiple(mut self, multiple: bool) -> Self {
        self.multiple = multiple;
        self
    }

    /// Whether the types of dynamic events are bits: each is a power of two, any other is refused, and the keys of their
    /// handlers are masks ([`Key::Mask`](crate::dynamic::Key::Mask); an integer is one, too). A domain whose plan has a handler
    /// with a mask is in bit mode in any case. Typed events are not concerned.
    pub fn bitmode(mut self, bits: bool) -> Self {
        self.bits = bits;
        self
    }

    /// How many events may wait in a domain before those from outside wait at its door: 1024 unless given, `None` for no
    /// bound. What handlers emit counts, but never waits.
    #[track_caller]
    pub fn capacity(mut self, capacity: impl Into<Option<usize>>) -> Self {
        self.capacity = capacity.into();
        let location = Location::caller();
        self.no_capacity = (self.capacity == Some(0)).then_some(location);
        self
    }

    /// How long a drain may take before the rest is cut: 30 seconds unless given, `None` for as long as it takes. A plain
    /// `fn` that blocks its thread can't be cut.
    pub fn drain_deadline(mut self, deadline: impl Into<Option<Duration>>) -> Self {
        self.drain_deadline = deadline.into();
        self
    }

    /// Called with each reported failure, and with the event that failed if there is one.
    ///
    /// It is called where the failure occurs: on a dispatcher (and then what it emits into the nexus never waits), on the
    /// task or thread of a source, or where a cancelled `ingest` is dropped; so also by several at once. It should be
    /// quick. The event's payload is gone if a handler took it by value. A hook that panics harms nobody.
    pub fn on_error(mut self, hook: impl Fn(&Failure, Option<&Event>) + Send + Sync + 'static) -> Self {
        self.hook = Some(Box::new(hook));
        self
    }
}

/// The plan, and the nexus.
impl Builder {
    /// The plan of what has been collected, whole or not.
    pub fn plan(mut self) -> Plan {
        self.select();
        Plan::of(&self.nodes)
    }

    /// Every problem that can be found without state and components; used by `assert_complete!`.
    #[doc(hidden)]
    pub fn flow_problems(mut self) -> Vec<Problem> {
        self.select();
        self.plan_problems()
    }

    fn select(&mut self) {
        if let Some(only) = self.only {
            self.nodes.retain(|node| node.domain == only);
        }
        // Of one item, the nodes of one domain side by side.
        self.nodes.sort_by(|a, b| (a.place(), a.domain.name).cmp(&(b.place(), b.domain.name)));
        // An annotated item counts once, however often it is given.
        self.nodes.dedup_by(|a, b| a.is_same(b));
    }

    /// Whether a domain is in bit mode.
    fn has_bits(&self, domain: DomainKey) -> bool {
        let has_mask =
            |node: &Node| matches!(&node.kind, NodeKind::Handler { takes: Takes::Key(Key::Mask(_)), .. });
        self.bits || self.nodes.iter().any(|node| node.domain == domain && has_mask(node))
    }

    fn plan_problems(&self) -> Vec<Problem> {
        let bits = |node: &Node| self.has_bits(node.domain);
        let mut problems = Plan::problems(&self.nodes, self.multiple, &bits);
        if let Some(location) = self.from_inventory {
            problems.extend(link_problems());
            if self.nodes.is_empty() && record::inventory().all(|record| record.nodes().is_empty()) {
                problems.push(Problem::NothingAnnotated { location });
            }
        }
        problems.extend(self.not_there.iter().cloned());
        problems.extend(self.no_capacity.map(|location| Problem::NoCapacity { location }));
        problems
    }

    /// Checks the plan as a whole and makes the nexus.
    ///
    /// # Errors
    ///
    /// Every problem of the plan, all at once, with file and line: see [`Problem`].
    pub fn build(mut self) -> Result<Nexus, BuildError> {
        self.select();
        let mut problems = self.plan_problems();
        problems.extend(self.given.problems(&self.nodes));
        let plan = Plan::of(&self.nodes);
        let bits: HashMap<TypeId, bool> =
            self.nodes.iter().map(|node| (node.domain.id, self.has_bits(node.domain))).collect();
        let all_bits = self.bits;
        let Self {
            nodes,
            given,
            policy,
            order,
            multiple,
            capacity,
            drain_deadline,
            hook,
            weak,
            domain,
            only,
            recorder,
            ..
        } = self;
        let left_out = if recorder.is_some() { left_out(&nodes, &mut problems) } else { HashSet::new() };
        let keys = domains_of(&nodes, only.unwrap_or(domain));
        let has_bits: Vec<bool> =
            keys.iter().map(|key| bits.get(&key.id).copied().unwrap_or(all_bits)).collect();
        let exclusive = crate::plan::exclusive(&nodes);
        let (meta, tested) = (wants_meta(&nodes), recorder.is_some());
        let mut assembly = Assembly::new(&keys, &has_bits, given);
        for node in nodes {
            assembly.add(node, &mut problems);
        }
        if !problems.is_empty() {
            return Err(BuildError { problems });
        }
        if let Some(recorder) = &recorder {
            assembly.record(recorder);
        }
        let letters = EventType::named(DeadLetter::NAME);
        let names = assembly.names;
        let domains = keys.iter().zip(&assembly.tables).zip(names).zip(&has_bits);
        let domains = domains.map(|(((key, table), [filters, names]), bits)| {
            let meta = meta.contains(&key.id) || table.handlers.is_empty() || tested;
            Domain {
                name: key.name,
                key: key.id,
                dead_letters: !table.lookup.exact(&letters).is_empty(),
                bits: *bits,
                planned: table.lookup.clone(),
                exclusive: exclusive.clone(),
                names: names.into(),
                filters: filters.into(),
                registrations: Registrations::default(),
                may_go_unhandled: in_domain(&left_out, key.name),
                held_by: Mutex::default(),
                source_failures: Mutex::new(Vec::new()),
                factory: EventFactory::new(),
                uid: NEXT_UID.fetch_add(1, Ordering::Relaxed),
                epoch: Instant::now(),
                meta: AtomicBool::new(meta),
                long_turns: AtomicU32::new(0),
                intake: Mutex::new(Intake::new(capacity, order, meta || *bits)),
                board: Board::new(),
                seat: OnceLock::new(),
            }
        });
        let timers =
            assembly.sources.iter().filter(|source| matches!(source.kind, SourceKind::Timer(_))).count();
        let shared = Arc::new_cyclic(|me| Shared {
            me: me.clone(),
            life: Life::new(),
            policy,
            multiple,
            capacity,
            hook,
            domains: domains.collect(),
            boundaries: assembly.boundaries.into(),
            runtime: OnceLock::new(),
            tasks: Mutex::default(),
            closing: Mutex::default(),
            failed: Mutex::new(None),
            aborting: AtomicBool::new(false),
            cuts: Mutex::new(Vec::new()),
            sources: Mutex::new(Vec::new()),
            announced: watch::Sender::new(Phase::Ready),
            ended: watch::Sender::new(false),
            calm: recorder.as_ref().map(|_| Calm::of(timers)),
            recorder: recorder.as_ref().map(Arc::downgrade),
        });
        attach(&shared);
        weak.get_or_init(|| Arc::downgrade(&shared));
        Ok(Nexus {
            over: Arc::new(Over(shared)),
            plan,
            tables: assembly.tables,
            order,
            sources: assembly.sources,
            drain_deadline,
        })
    }
}

/// The domains of a plan, the main one first; of an empty one, this.
fn domains_of(nodes: &[Node], fallback: DomainKey) -> Vec<DomainKey> {
    let mut keys: Vec<DomainKey> = Vec::new();
    for node in nodes {
        if !keys.contains(&node.domain) {
            keys.push(node.domain);
        }
    }
    if keys.is_empty() {
        keys.push(fallback);
    }
    keys.sort_by_key(|key| (key.id != TypeId::of::<Main>(), key.name));
    keys
}

/// In a test, those who handle an event may be left out: takes these problems away, and gives the events, each with its domain.
/// So may those who ask be, for whom a boundary brings the answer back.
fn left_out(nodes: &[Node], problems: &mut Vec<Problem>) -> HashSet<(&'static str, &'static str)> {
    let answers = |node: &Node| {
        let domain = node.domain.name;
        node.kind.brings_back().iter().map(|info| (domain, info.name)).collect::<Vec<_>>()
    };
    let mut events: HashSet<_> = nodes.iter().flat_map(answers).collect();
    problems.retain(|problem| match problem {
        Problem::NotHandled { event, domain, .. } | Problem::NoWayBack { event, domain, .. } => {
            events.insert((*domain, *event));
            false
        }
        _ => true,
    });
    events
}

fn in_domain(events: &HashSet<(&'static str, &'static str)>, domain: &str) -> HashSet<EventType> {
    let here = events.iter().filter(|(from, _)| *from == domain);
    here.map(|(_, event)| EventType::named(event)).collect()
}

/// Makes a nexus known to its boundaries, and to what has to find its domains.
fn attach(shared: &Arc<Shared>) {
    hand::register(shared);
    for boundary in &shared.boundaries {
        if let Some(to) = boundary.to {
            boundary.core.attach(Target::of(shared, to));
        }
    }
}

/// Tells domains apart, also those of a nexus that is gone.
static NEXT_UID: AtomicU64 = AtomicU64::new(0);

/// The domains in which somebody may ask when events were accepted, and from which they arose; and those from which such events
/// come through boundaries.
fn wants_meta(nodes: &[Node]) -> HashSet<TypeId> {
    let mut wants: HashSet<TypeId> =
        nodes.iter().filter(|node| node.meta).map(|node| node.domain.id).collect();
    loop {
        let before = wants.len();
        for node in nodes {
            if let NodeKind::BoundaryOut { to, .. } = &node.kind
                && wants.contains(&to.id)
            {
                wants.insert(node.domain.id);
            }
        }
        if wants.len() == before {
            return wants;
        }
    }
}

/// A crate that `link_crates!` names, and that has no record.
fn link_problems() -> Vec<Problem> {
    let linked = |library: &str| record::inventory().any(|record| record.library() == library);
    record::inventory()
        .filter_map(|record| match record.role {
            Role::Link { library } if !linked(library) => {
                Some(Problem::EmptyCrate { library, location: record.location })
            }
            _ => None,
        })
        .collect()
}

/// Puts nodes into the tables of their domains.
struct Assembly {
    keys: Vec<DomainKey>,
    /// Whether each is in bit mode.
    bits: Vec<bool>,
    given: Given,
    tables: Vec<Table>,
    /// The names of filters and handlers, in their order.
    names: Vec<[Vec<Arc<str>>; 2]>,
    sources: Vec<PlannedSource>,
    boundaries: Vec<PlannedBoundary>,
    components: HashMap<TypeId, (usize, usize)>,
}

impl Assembly {
    fn new(keys: &[DomainKey], bits: &[bool], given: Given) -> Self {
        Self {
            keys: keys.to_vec(),
            bits: bits.to_vec(),
            given,
            tables: keys.iter().map(|_| Table::default()).collect(),
            names: keys.iter().map(|_| Default::default()).collect(),
            sources: Vec::new(),
            boundaries: Vec::new(),
            components: HashMap::new(),
        }
    }

    /// The boundary of which this is a side.
    fn boundary(&mut self, core: &Arc<Boundary>) -> &mut PlannedBoundary {
        let known = self.boundaries.iter().position(|known| Arc::ptr_eq(&known.core, core));
        let place = known.unwrap_or_else(|| {
            self.boundaries.push(PlannedBoundary { core: core.clone(), from: None, to: None });
            self.boundaries.len() - 1
        });
        &mut self.boundaries[place]
    }

    fn add(&mut self, node: Node, problems: &mut Vec<Problem>) {
        let at = node.at();
        let Some(domain) = self.keys.iter().position(|key| *key == node.domain) else { return };
        let states: Vec<StateSlot> =
            node.states.iter().filter_map(|need| self.given.states.get(&need.id).cloned()).collect();
        if states.len() < node.states.len() {
            // Reported as missing state.
            return;
        }
        let name: Arc<str> = Arc::from(&*node.name);
        let component = node.component.and_then(|need| self.component(domain, need.id, need.default));
        let (keys, bits) = (node.kind.keys(), self.bits[domain]);
        let table = &mut self.tables[domain];
        let [filters, names] = &mut self.names[domain];
        let place = table.handlers.len();
        for key in keys {
            let typed = !node.kind.takes().is_empty();
            let key = if typed { Some(key) } else { key.checked(bits) };
            // What makes no sense is reported as a bad key.
            if let Some(key) = key {
                table.lookup.insert(key, place);
            }
        }
        match node.kind {
            NodeKind::Filter { run } => {
                filters.push(name);
                table.filters.push(Entry { run, states, component });
            }
            NodeKind::Handler { run, .. } => {
                names.push(name);
                table.handlers.push(Entry { run, states, component });
            }
            NodeKind::BoundaryOut { core, .. } => {
                let run = Box::new(Sender(core.clone()));
                names.push(name);
                table.handlers.push(Entry { run, states, component });
                self.boundary(&core).from = Some(domain);
            }
            NodeKind::BoundaryIn { core, .. } => self.boundary(&core).to = Some(domain),
            NodeKind::Converter { ahead, run } => {
                self.source(name, domain, SourceKind::Converter { ahead }, run, states);
            }
            NodeKind::Producer { run } => self.source(name, domain, SourceKind::Producer, run, states),
            NodeKind::Timer { every, count, run } => {
                let period = match every {
                    Period::Fixed(period) => period,
                    Period::FromState(need, read) => match self.given.states.get(&need.id) {
                        Some(state) => read(state),
                        None => return,
                    },
                };
                let timer = Timer { period, count };
                match Problem::of_timer(timer, at) {
                    Some(problem) => problems.push(problem),
                    None => self.source(name, domain, SourceKind::Timer(timer), run, states),
                }
            }
        }
    }

    /// Has every event of every domain recorded, before anybody else sees it.
    fn record(&mut self, recorder: &Arc<Recorder>) {
        for ((table, [filters, _]), key) in self.tables.iter_mut().zip(&mut self.names).zip(&self.keys) {
            let filter = FilterByTrait(recorder.filter(key.name));
            let run = Box::new(Whole::new(filter, Sees::Shared));
            filters.insert(0, Arc::from("the test"));
            table.filters.insert(0, Entry { run, states: Vec::new(), component: None });
            table.keeps = true;
        }
    }

    fn source(
        &mut self,
        name: Arc<str>,
        domain: usize,
        kind: SourceKind,
        run: SourceRun,
        states: Vec<StateSlot>,
    ) {
        self.sources.push(PlannedSource { name, domain, kind, run, states });
    }

    /// The place of a component in its domain; `None` is reported as a missing component.
    fn component(
        &mut self,
        domain: usize,
        id: TypeId,
        default: Option<fn() -> Box<dyn Any + Send>>,
    ) -> Option<usize> {
        if let Some((_, place)) = self.components.get(&id) {
            return Some(*place);
        }
        let component = self.given.components.remove(&id).or_else(|| default.map(|make| make()))?;
        let place = self.tables[domain].components.len();
        self.tables[domain].components.push(ComponentSlot::new(component));
        self.components.insert(id, (domain, place));
        Some(place)
    }
}

//! Builds what a scenario asks for, and carries out its steps.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt as _};
use nexus::dynamic::{
    Boundary, Consumer, Converter, DynamicNexus, EventFactory, Fanout, Filter, Handler, Id, Key, Outlet,
    Producer, Scope, Source, StreamConverter, Timer, TimerKind,
};
use nexus::{BoxError, Event, Limits, Nexus, Order, Policy, Queue, State, Verdict};
use serde_json::{Map, Value, json};
use tokio::task::AbortHandle;

use super::clock::{Clock, Paused, within};
use super::scenario::{
    Action, Condition, Consume, Counts, Deed, EventSpec, FilterSpec, HandlerSpec, IdSpec, IdWord, KeySpec,
    PolicyWord, QueueWord, Scenario, Step, Style, Then, ThenWord, Timed, TypeSpec,
};
use super::trace::{Scripted, Trace, error_fields, name_of, shown};

/// A step that takes longer, and is none that sleeps, hangs.
const LIMIT: u64 = 60_000;

/// Runs a scenario on a thread of its own time.
pub(crate) fn on_paused_clock(scenario: &Scenario) -> Result<Vec<Value>, BoxError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let world = runtime.block_on(async { run(scenario, Arc::new(Paused::new())).await });
    match world.unbalanced() {
        None => Ok(world.entries()),
        Some(account) => Err(format!("an account does not balance:\n{account}").into()),
    }
}

/// Runs a scenario; the world that it leaves behind is torn down by the end of its runtime.
pub(crate) async fn run(scenario: &Scenario, clock: Arc<dyn Clock>) -> Arc<World> {
    let world = Arc::new(World {
        clock,
        trace: Trace::default(),
        things: Mutex::default(),
        counts: Mutex::default(),
        scopes: Mutex::default(),
    });
    for spec in &scenario.handlers {
        world.add(&spec.name, Thing::Handler(handler(&world, spec)));
    }
    for spec in &scenario.filters {
        world.add(&spec.name, Thing::Filter(filter(&world, spec)));
    }
    for (index, step) in scenario.steps.iter().enumerate() {
        let done = match step {
            Step::Sleep { ms } => {
                world.clock.sleep(*ms).await;
                continue;
            }
            step => within(&*world.clock, LIMIT, world.step(index, step)).await,
        };
        match done {
            Some(Ok(())) => {}
            Some(Err(error)) => world.error(("step", json!(index)), &*error),
            None => {
                world.note("hang", json!({ "step": index }));
                break;
            }
        }
    }
    world
}

/// Everything that a scenario has made, by name, and its trace.
pub(crate) struct World {
    clock: Arc<dyn Clock>,
    trace: Trace,
    things: Mutex<HashMap<String, Thing>>,
    counts: Mutex<HashMap<String, Count>>,
    scopes: Mutex<Vec<(String, Scope)>>,
}

#[derive(Clone)]
enum Thing {
    Nexus(Arc<DynamicNexus>),
    Factory(EventFactory),
    Handler(Handler),
    Filter(Filter),
    Fanout(Fanout),
    Boundary(Boundary),
    Timer(Timer),
    Source(Source),
}

/// The events that a handler has counted.
#[derive(Clone, Copy)]
struct Count {
    handled: u64,
    in_order: bool,
    last: Option<i64>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    /// The trace so far.
    pub(crate) fn entries(&self) -> Vec<Value> {
        self.trace.entries()
    }

    /// An account that does not balance; a defect.
    pub(crate) fn unbalanced(&self) -> Option<String> {
        let odd = |thing: &Thing| match thing {
            Thing::Nexus(nexus) => {
                Some(nexus.ledger()).filter(|ledger| !ledger.is_balanced()).map(|odd| odd.to_string())
            }
            Thing::Boundary(boundary) => {
                Some(boundary.account()).filter(|account| !account.is_balanced()).map(|odd| odd.to_string())
            }
            _ => None,
        };
        lock(&self.things).values().find_map(odd)
    }

    fn note(&self, what: &str, fields: Value) {
        self.trace.note(self.clock.now(), what, fields);
    }

    fn error(&self, (key, who): (&str, Value), error: &(dyn std::error::Error + 'static)) {
        let mut fields = error_fields(error);
        fields.insert(key.to_owned(), who);
        self.note("error", Value::Object(fields));
    }

    fn add(&self, name: &str, thing: Thing) {
        lock(&self.things).insert(name.to_owned(), thing);
    }

    fn thing(&self, name: &str) -> Result<Thing, BoxError> {
        lock(&self.things).get(name).cloned().ok_or_else(|| format!("there is no `{name}`").into())
    }

    fn nexus(&self, name: &str) -> Result<Arc<DynamicNexus>, BoxError> {
        match self.thing(name)? {
            Thing::Nexus(nexus) => Ok(nexus),
            _ => Err(format!("`{name}` is no nexus").into()),
        }
    }

    fn handler(&self, name: &str) -> Result<Handler, BoxError> {
        match self.thing(name)? {
            Thing::Handler(handler) => Ok(handler),
            Thing::Fanout(fanout) => Ok(fanout.handler().clone()),
            Thing::Boundary(boundary) => Ok(boundary.handler().clone()),
            _ => Err(format!("`{name}` is no handler").into()),
        }
    }

    fn source(&self, name: &str) -> Result<Source, BoxError> {
        match self.thing(name)? {
            Thing::Source(source) => Ok(source),
            Thing::Timer(timer) => Ok(timer.source().clone()),
            Thing::Boundary(boundary) => Ok(boundary.source().clone()),
            _ => Err(format!("`{name}` is no source").into()),
        }
    }

    fn timer(&self, name: &str) -> Result<Timer, BoxError> {
        match self.thing(name)? {
            Thing::Timer(timer) => Ok(timer),
            _ => Err(format!("`{name}` is no timer").into()),
        }
    }

    fn fanout(&self, name: &str) -> Result<Fanout, BoxError> {
        match self.thing(name)? {
            Thing::Fanout(fanout) => Ok(fanout),
            _ => Err(format!("`{name}` is no fan-out").into()),
        }
    }

    fn factory(&self, name: &str) -> Result<EventFactory, BoxError> {
        match self.thing(name)? {
            Thing::Factory(factory) => Ok(factory),
            Thing::Nexus(nexus) => Ok(nexus.factory().clone()),
            _ => Err(format!("`{name}` is no factory").into()),
        }
    }

    /// Gives everything else its turn.
    async fn settle(&self, settle: bool) {
        if settle {
            self.clock.sleep(1).await;
        }
    }

    async fn step(self: &Arc<Self>, index: usize, step: &Step) -> Result<(), BoxError> {
        match step {
            Step::Nexus { .. }
            | Step::Factory { .. }
            | Step::Fanout { .. }
            | Step::Boundary { .. }
            | Step::Timer { .. }
            | Step::Converter { .. }
            | Step::Producer { .. } => self.make(step)?,
            Step::FanoutRegister { fanout, handler } => {
                self.fanout(fanout)?.register(&self.handler(handler)?)?;
            }
            Step::FanoutDeregister { fanout, handler } => {
                self.fanout(fanout)?.deregister(&self.handler(handler)?)?;
            }
            Step::AddHandler { nexus, key, handler } => {
                self.nexus(nexus)?.add_handler(key_of(key), &self.handler(handler)?)?;
            }
            Step::AddFilter { nexus, filter } => match self.thing(filter)? {
                Thing::Filter(filter) => self.nexus(nexus)?.add_filter(&filter),
                _ => return Err(format!("`{filter}` is no filter").into()),
            },
            Step::AddConverter { nexus, converter: source }
            | Step::AddProducer { nexus, producer: source }
            | Step::Register { nexus, source } => self.nexus(nexus)?.add_source(&self.source(source)?)?,
            Step::Attach { nexus, source } => self.nexus(nexus)?.attach(&self.source(source)?)?,
            Step::SourceStart { source } => self.source(source)?.start().await?,
            Step::TimerStop { timer } => {
                let value = self.timer(timer)?.stop();
                self.note("returned", json!({ "step": index, "value": value }));
            }
            Step::Close { source, settle } => {
                self.source(source)?.close().await?;
                self.settle(*settle).await;
            }
            Step::Create { factory, event } => {
                let event_made = made(&self.factory(factory)?, event);
                let mut event_shown = shown(&event_made);
                if matches!(event.0, IdSpec::Word(IdWord::Random)) && (1..=1000).contains(&event_made.id()) {
                    event_shown[0] = "1..1000".into();
                }
                self.note("created", json!({ "step": index, "event": event_shown }));
            }
            Step::Equal { a, b } => {
                let factory = EventFactory::new();
                let value = made(&factory, a) == made(&factory, b);
                self.note("returned", json!({ "step": index, "value": value }));
            }
            Step::Count { handler } => {
                let count = lock(&self.counts).get(handler).copied();
                let (handled, in_order) = count.map_or((0, true), |count| (count.handled, count.in_order));
                self.note("count", json!({ "by": handler, "handled": handled, "in_order": in_order }));
            }
            Step::Mark { text } => self.note("mark", json!({ "by": "driver", "text": text })),
            Step::Ingest { nexus, event, background, trace_return, cancel_after } => {
                let nexus = self.nexus(nexus)?;
                let event = made(nexus.factory(), event);
                if *background {
                    let (world, trace_return) = (self.clone(), *trace_return);
                    tokio::spawn(async move {
                        match nexus.ingest(event).await {
                            Ok(()) if trace_return => {
                                world.note("returned", json!({ "step": index, "value": null }));
                            }
                            Ok(()) => {}
                            Err(error) => world.error(("step", json!(index)), &error),
                        }
                    });
                    self.settle(true).await;
                } else if let Some(ms) = cancel_after {
                    within(&*self.clock, *ms, nexus.ingest(event)).await.unwrap_or(Ok(()))?;
                } else {
                    nexus.ingest(event).await?;
                }
            }
            life => self.live(life).await?,
        }
        Ok(())
    }

    /// The steps of a nexus's life.
    async fn live(self: &Arc<Self>, step: &Step) -> Result<(), BoxError> {
        match step {
            Step::Start { nexus, settle } => {
                self.nexus(nexus)?.start()?;
                self.settle(*settle).await;
            }
            Step::LoopForever { nexus, settle } => {
                let nexus = self.nexus(nexus)?;
                let task = tokio::spawn(async move { nexus.loop_forever().await.map(drop) });
                self.settle(*settle).await;
                if task.is_finished() {
                    task.await??;
                }
            }
            Step::Stop { nexus, settle } => {
                self.nexus(nexus)?.stop()?;
                self.settle(*settle).await;
            }
            Step::Cleanup { nexus, settle } => {
                self.nexus(nexus)?.cleanup().await;
                self.settle(*settle).await;
            }
            Step::Join { nexus: name } => {
                let nexus = self.nexus(name)?;
                let mut fields = match nexus.join().await {
                    Ok(_) => Map::from_iter([("error".to_owned(), Value::Null)]),
                    Err(error) => error_fields(&error),
                };
                fields.insert("nexus".to_owned(), json!(name));
                self.note("ended", Value::Object(fields));
            }
            Step::Drain { nexus } => {
                let nexus = self.nexus(nexus)?;
                nexus.drain()?;
                nexus.ended().await;
            }
            Step::Enter { nexus: name } => {
                let scope = self.nexus(name)?.enter()?;
                lock(&self.scopes).push((name.clone(), scope));
            }
            Step::Exit { nexus: name, settle } => {
                let scope = {
                    let mut scopes = lock(&self.scopes);
                    let place = scopes.iter().rposition(|(of, _)| of == name);
                    place.map(|place| scopes.remove(place).1)
                };
                match scope {
                    Some(scope) => scope.exit().await,
                    None => self.nexus(name)?.cleanup().await,
                }
                self.settle(*settle).await;
            }
            Step::Drop { nexus } => {
                let gone = lock(&self.things).remove(nexus);
                drop(gone);
            }
            Step::State { nexus: name } => {
                let state = match self.nexus(name)?.state() {
                    State::Ready => "READY",
                    State::Starting => "STARTING",
                    State::Looping => "LOOPING",
                    State::Stopped => "STOPPED",
                    _ => "UNKNOWN",
                };
                self.note("state", json!({ "nexus": name, "state": state }));
            }
            other => return Err(format!("no step of a nexus's life: {other:?}").into()),
        }
        Ok(())
    }

    /// Makes what a step describes.
    fn make(self: &Arc<Self>, step: &Step) -> Result<(), BoxError> {
        match step {
            Step::Nexus { name, multiple, bitmode, policy, queue, capacity } => {
                let hook = {
                    let (world, name) = (Arc::downgrade(self), name.clone());
                    move |failure: &nexus::Failure, event: Option<&Event>| {
                        let Some(world) = world.upgrade() else { return };
                        let (error, _) = name_of(failure);
                        let fields = json!({ "nexus": name, "error": error, "event": event.map(shown) });
                        world.note("reported", fields);
                    }
                };
                let policy = match policy {
                    PolicyWord::Fail => Policy::Fail,
                    PolicyWord::Continue => Policy::Report,
                };
                let order = match queue {
                    QueueWord::Fifo => Order::Fifo,
                    QueueWord::Priority => Order::Priority,
                };
                let builder = Nexus::empty()
                    .multiple(*multiple)
                    .bitmode(*bitmode)
                    .policy(policy)
                    .queue(order)
                    .capacity(*capacity)
                    .drain_deadline(None)
                    .on_error(hook);
                self.add(name, Thing::Nexus(Arc::new(DynamicNexus::new(builder)?)));
            }
            Step::Factory { name } => self.add(name, Thing::Factory(EventFactory::new())),
            Step::Fanout { name, members } => {
                let fanout = Fanout::new(&**name);
                for member in members {
                    fanout.register(&self.handler(member)?)?;
                }
                self.add(name, Thing::Fanout(fanout));
            }
            Step::Boundary { name, capacity } => {
                let limits = Limits::default().capacity(*capacity);
                self.add(name, Thing::Boundary(Boundary::with(&**name, limits)));
            }
            Step::Timer { name, interval, event_type, counts, count, factory } => {
                let kind = match counts {
                    Counts::CountUp => TimerKind::CountUp,
                    Counts::CountDown => TimerKind::CountDown,
                    Counts::Ongoing => TimerKind::Ongoing,
                    Counts::OneShot => TimerKind::OneShot,
                };
                let timer = kind.timer(Duration::from_millis(*interval), *count)?;
                // Made before there is a nexus, it counts its own ids.
                let factory = self.factory(factory).unwrap_or_default();
                let event_type = event_type.clone();
                let timer = Timer::with(&**name, timer, move |count| {
                    Some(of_type(&factory, Id::Auto, &event_type, 0, count.into()))
                })?;
                self.add(name, Thing::Timer(timer));
            }
            Step::Converter { name, events, then, style, trace, close_fails } => {
                let script = Script {
                    life: Life::new(self, name, trace.as_deref(), *close_fails),
                    events: events.clone(),
                    then: then.clone(),
                };
                let source = if style.as_deref() == Some("generator") {
                    Source::converter(&**name, Generated::new(script))
                } else {
                    Source::converter(&**name, Scripts { script, next: 0 })
                };
                self.add(name, Thing::Source(source));
            }
            Step::Producer { name, events, start_delay, start_fails, close_fails, trace } => {
                let producer = Pushes {
                    life: Life::new(self, name, trace.as_deref(), *close_fails),
                    events: events.clone(),
                    start_delay: *start_delay,
                    start_fails: start_fails.clone(),
                    task: Mutex::default(),
                };
                self.add(name, Thing::Source(Source::producer(&**name, producer)));
            }
            other => return Err(format!("nothing that is made: {other:?}").into()),
        }
        Ok(())
    }

    /// Carries out the actions of a handler or filter.
    async fn act(
        &self,
        name: &str,
        actions: &[Action],
        event: &Event,
        queue: &mut Queue<Event>,
    ) -> Result<(), BoxError> {
        let factory = EventFactory::new();
        for action in actions {
            if action.condition.as_ref().is_some_and(|condition| !holds(condition, event)) {
                continue;
            }
            self.clock.pause().await;
            match &action.deed {
                Deed::Emit { emit } => emit.iter().for_each(|spec| queue.emit(made(&factory, spec))),
                Deed::EmitMany { emit_many: many } => {
                    for k in 0..many.count {
                        let id = Id::Exactly(many.first_id + k);
                        queue.emit(of_type(&factory, id, &many.event_type, many.priority, Value::Null));
                    }
                }
                Deed::EmitNext { emit_next } => {
                    let payload = event.json().cloned().unwrap_or_default();
                    let id = Id::Exactly(event.id() + 1);
                    queue.emit(of_type(&factory, id, emit_next, event.priority(), payload));
                }
                Deed::Sleep { sleep } => self.clock.sleep(*sleep).await,
                Deed::Mark { mark } => {
                    self.note("mark", json!({ "by": name, "text": mark, "event": shown(event) }));
                }
                Deed::Fail { fail } => return Err(Scripted(fail.clone()).into()),
                Deed::Ingest { ingest, nexus } => self.nexus(nexus)?.ingest(made(&factory, ingest)).await?,
                Deed::Reply { reply } => {
                    for spec in reply {
                        queue.reply(made(&factory, spec))?;
                    }
                }
                Deed::TimerStop { timer_stop } => {
                    let value = self.timer(timer_stop)?.stop();
                    self.note("returned", json!({ "by": name, "value": value }));
                }
                Deed::Stop { stop } => self.nexus(stop)?.stop()?,
            }
        }
        Ok(())
    }

    /// Notes that a handler has an event.
    fn seen(&self, spec: &HandlerSpec, event: &Event) {
        if spec.trace.is_none() {
            return self.note("handled", json!({ "by": spec.name, "event": shown(event) }));
        }
        let mut counts = lock(&self.counts);
        let none = Count { handled: 0, in_order: true, last: None };
        let count = counts.entry(spec.name.clone()).or_insert(none);
        count.handled += 1;
        count.in_order &= count.last.is_none_or(|last| event.id() > last);
        count.last = Some(event.id());
    }
}

fn key_of(key: &KeySpec) -> Key {
    match key {
        KeySpec::Type(TypeSpec::Int(number)) => Key::from(*number),
        KeySpec::Type(TypeSpec::Text(name) | TypeSpec::Named { named: name }) => Key::from(name.clone()),
        KeySpec::Range { range: (start, end) } => Key::from(*start..=*end),
        KeySpec::Mask { mask } => Key::Mask(*mask),
    }
}

fn of_type(factory: &EventFactory, id: Id, event_type: &TypeSpec, priority: i32, payload: Value) -> Event {
    match event_type {
        TypeSpec::Int(number) => factory.create(id, *number, priority, payload),
        TypeSpec::Text(name) => factory.create(id, name.clone(), priority, payload),
        TypeSpec::Named { named } => factory.create_named(id, named.clone(), priority, payload),
    }
}

fn made(factory: &EventFactory, EventSpec(id, event_type, priority, payload): &EventSpec) -> Event {
    let id = match id {
        IdSpec::Exactly(id) => Id::Exactly(*id),
        IdSpec::Word(IdWord::Auto) => Id::Auto,
        IdSpec::Word(IdWord::Random) => Id::Random,
    };
    of_type(factory, id, event_type, *priority, payload.clone())
}

/// Whether a condition holds for the event in hand.
fn holds(Condition(field, operator, value): &Condition, event: &Event) -> bool {
    let event = shown(event);
    let have = match field.as_str() {
        "id" => &event[0],
        "type" => &event[1],
        "priority" => &event[2],
        _ => &event[3],
    };
    let same = || Event::new(0, 0, 0, have.clone()) == Event::new(0, 0, 0, value.clone());
    match (operator.as_str(), have.as_f64(), value.as_f64()) {
        ("==", ..) => same(),
        ("!=", ..) => !same(),
        ("<", Some(have), Some(value)) => have < value,
        ("<=", Some(have), Some(value)) => have <= value,
        (">", Some(have), Some(value)) => have > value,
        (">=", Some(have), Some(value)) => have >= value,
        _ => false,
    }
}

/// A handler that carries out its actions.
struct Actor {
    world: Weak<World>,
    spec: HandlerSpec,
}

impl Consumer for Actor {
    async fn handle(&self, event: &Event, queue: &mut Queue<Event>) -> Result<(), BoxError> {
        let Some(world) = self.world.upgrade() else { return Ok(()) };
        world.seen(&self.spec, event);
        world.act(&self.spec.name, &self.spec.actions, event, queue).await
    }
}

fn handler(world: &Arc<World>, spec: &HandlerSpec) -> Handler {
    let name = &*spec.name;
    let actor = Actor { world: Arc::downgrade(world), spec: spec.clone() };
    match spec.style {
        Style::Object => Handler::object(name, actor),
        Style::Function => {
            let actor = Arc::new(actor);
            Handler::new(name, move |event, queue| {
                let actor = actor.clone();
                Box::pin(async move { actor.handle(event, queue).await })
            })
        }
        Style::Sync => Handler::sync(name, move |event, _| {
            if let Some(world) = actor.world.upgrade() {
                world.seen(&actor.spec, event);
            }
        }),
        Style::Discard => Handler::discarder(name),
    }
}

fn filter(world: &Arc<World>, spec: &FilterSpec) -> Filter {
    let (world, name) = (Arc::downgrade(world), &*spec.name);
    let spec = Arc::new(spec.clone());
    Filter::new(name, move |event, queue| {
        let (world, spec) = (world.upgrade(), spec.clone());
        Box::pin(async move {
            let consume = match &spec.consume {
                Consume::Always(consume) => *consume,
                Consume::If(condition) => holds(condition, event),
            };
            if let Some(world) = world {
                let fields = json!({ "by": spec.name, "event": shown(event), "consumed": consume });
                world.note("filtered", fields);
                world.act(&spec.name, &spec.actions, event, queue).await?;
            }
            Ok(Verdict::from(consume))
        })
    })
}

/// What a source traces of its life.
#[derive(Clone)]
struct Life {
    world: Weak<World>,
    clock: Arc<dyn Clock>,
    name: String,
    traced: bool,
    close_fails: bool,
}

impl Life {
    fn new(world: &Arc<World>, name: &str, trace: Option<&str>, close_fails: bool) -> Self {
        Self {
            world: Arc::downgrade(world),
            clock: world.clock.clone(),
            name: name.to_owned(),
            traced: trace == Some("life"),
            close_fails,
        }
    }

    fn note(&self, what: &str, event: Option<&Event>) {
        let Some(world) = self.world.upgrade().filter(|_| self.traced) else { return };
        let mut fields = Map::from_iter([("by".to_owned(), json!(self.name))]);
        if let Some(event) = event {
            fields.insert("event".to_owned(), shown(event));
        }
        world.note(what, Value::Object(fields));
    }

    fn close(&self) -> Result<(), BoxError> {
        self.note("closed", None);
        if self.close_fails {
            return Err(Scripted(format!("close of {}", self.name)).into());
        }
        Ok(())
    }
}

/// What a converter answers.
#[derive(Clone)]
struct Script {
    life: Life,
    events: Vec<Timed>,
    then: Then,
}

impl Script {
    /// The k-th answer.
    fn answer(&self, k: usize) -> BoxFuture<'static, Result<Option<Event>, BoxError>> {
        let (life, next, then) = (self.life.clone(), self.events.get(k).cloned(), self.then.clone());
        async move {
            life.clock.pause().await;
            match (next, then) {
                (Some((delay, event)), _) => {
                    life.clock.sleep(delay).await;
                    let event = made(&EventFactory::new(), &event);
                    life.note("yielded", Some(&event));
                    Ok(Some(event))
                }
                (None, Then::Word(ThenWord::End)) => Ok(None),
                (None, Then::Word(ThenWord::Wait)) => std::future::pending().await,
                (None, Then::Fail { fail }) => Err(Scripted(fail).into()),
            }
        }
        .boxed()
    }
}

/// A converter that is asked for one answer after another.
struct Scripts {
    script: Script,
    next: usize,
}

impl Converter for Scripts {
    async fn start(&mut self) -> Result<(), BoxError> {
        self.script.life.note("started", None);
        Ok(())
    }

    async fn obtain(&mut self) -> Result<Option<Event>, BoxError> {
        let answer = self.script.answer(self.next);
        self.next += 1;
        answer.await
    }

    async fn close(&mut self) -> Result<(), BoxError> {
        self.script.life.close()
    }
}

/// A converter made of a stream.
struct Generated {
    life: Life,
    stream: StreamConverter,
}

impl Generated {
    fn new(script: Script) -> Self {
        let life = script.life.clone();
        let stream = stream::unfold((script, 0), |(script, k)| async move {
            script.answer(k).await.transpose().map(|event| (event, (script, k + 1)))
        });
        Self { life, stream: StreamConverter::new(stream.boxed()) }
    }
}

impl Converter for Generated {
    async fn start(&mut self) -> Result<(), BoxError> {
        self.life.note("started", None);
        self.stream.start().await
    }

    async fn obtain(&mut self) -> Result<Option<Event>, BoxError> {
        self.stream.obtain().await
    }

    async fn close(&mut self) -> Result<(), BoxError> {
        let closed = self.life.close();
        self.stream.close().await?;
        closed
    }
}

/// A producer that sends by the clock.
struct Pushes {
    life: Life,
    events: Vec<Timed>,
    start_delay: u64,
    start_fails: Option<String>,
    task: Mutex<Option<AbortHandle>>,
}

impl Producer for Pushes {
    async fn start(&self, out: Outlet) -> Result<(), BoxError> {
        if self.start_delay > 0 {
            self.life.clock.sleep(self.start_delay).await;
        }
        if let Some(message) = &self.start_fails {
            return Err(Scripted(message.clone()).into());
        }
        self.life.note("started", None);
        let (life, events) = (self.life.clone(), self.events.clone());
        let task = tokio::spawn(async move {
            for (delay, event) in &events {
                life.clock.sleep(*delay).await;
                let sent = out.distribute(made(&EventFactory::new(), event)).await;
                if let (Err(error), Some(world)) = (sent, life.world.upgrade()) {
                    world.error(("by", json!(life.name)), &error);
                }
            }
        });
        *lock(&self.task) = Some(task.abort_handle());
        Ok(())
    }

    async fn close(&self) -> Result<(), BoxError> {
        if let Some(task) = lock(&self.task).take() {
            task.abort();
        }
        self.life.close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A scenario's handlers can be called by any nexus.
    #[tokio::test(start_paused = true)]
    async fn a_scripted_handler_does_what_its_script_says() {
        let scenario = json!({
            "handlers": [
                {"name": "a", "do": [{"emit": [[2, 2, 0, "kept"]]}, {"fail": "after emit"}]},
                {"name": "b"},
            ],
            "steps": [],
        });
        let scenario: Scenario = serde_json::from_value(scenario).unwrap();
        let world = run(&scenario, Arc::new(Paused::new())).await;
        let test = Nexus::empty().test();
        for (key, name) in [(1, "a"), (2, "b")] {
            test.overlay().add_handler(key, &world.handler(name).unwrap()).unwrap();
        }
        test.emit(Event::new(1, 1, 0, "")).await.unwrap();
        test.settle().await;

        let records = test.all();
        assert_eq!(*records[1], Event::new(2, 2, 0, "kept"));
        assert_eq!(records[1].meta.cause(), Some(1));
        let failures: Vec<_> = test.failures().iter().map(ToString::to_string).collect();
        assert_eq!(failures, ["`a` failed on `1` #1: after emit"]);
        assert_eq!(world.entries().len(), 2);
    }
}

//! Random scenarios, in the vocabulary of `conformance/`: none hangs or panics, the ledger balances, and the trace does not
//! depend on how tasks take turns: on one thread with extra yields, and on several threads, it is the same.
//!
//! On several threads time is virtual too: the clock goes on when every worker is parked, and so nothing is left to do.
//!
//! The scenarios keep away from what is promised to nobody: the order of what different tasks do in the same millisecond. So
//! delays are drawn from wide ranges, two nexuses are linked in one way only, a nexus that a boundary leads into takes its events as
//! they come and emits nothing at once, and a scenario in which two waits end in the same millisecond all the same is left out.
//!
//! 300 of them in a normal run; `SCENARIOS=10000` asks for more, `SCENARIO_SEED` for others.

#[allow(dead_code, missing_docs, unreachable_pub, reason = "these are the modules of an example")]
#[path = "../examples/conformance"]
mod runner {
    pub mod clock;
    pub mod run;
    pub mod scenario;
    pub mod trace;
}

use std::collections::{BTreeMap, HashSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use fastrand::Rng;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use runner::clock::{Clock, Paused};
use runner::run::{World, run};
use runner::scenario::Scenario;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// Types are powers of two, so that nexuses in bit mode and others can be linked. What a handler of one type emits is of a
/// later type, so that every scenario ends.
const TYPES: [i64; 4] = [1, 2, 4, 8];
const REPLY: i64 = 16;
const NEXUSES: [&str; 3] = ["n", "m", "k"];

/// How a nexus sends to the next one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    None,
    Boundary,
    Ingest,
}

/// Adds a step.
macro_rules! step {
    ($this:ident, ($($json:tt)+)) => {{
        let step = json!($($json)+);
        $this.steps.push(step);
    }};
}

struct Generator {
    rng: Rng,
    timers: bool,
    links: [Link; 2],
    bits: [bool; 3],
    nexuses: usize,
    /// The type that goes back through a boundary that faces the first one.
    facing: bool,
    next_id: i64,
    handlers: Vec<Value>,
    filters: Vec<Value>,
    steps: Vec<Value>,
    sources: Vec<(String, usize)>,
    timer_names: Vec<String>,
}

impl Generator {
    fn scenario(seed: u64, timers: bool) -> Value {
        let mut rng = Rng::with_seed(seed);
        let links =
            [(); 2].map(|()| [Link::None, Link::Boundary, Link::Boundary, Link::Ingest][rng.usize(..4)]);
        let bits = [(); 3].map(|()| rng.usize(..8) == 0);
        let nexuses = rng.usize(1..=3);
        let facing = nexuses > 1 && links[0] == Link::Boundary && rng.bool();
        let mut this = Self {
            rng,
            timers,
            links,
            bits,
            nexuses,
            facing,
            next_id: 1,
            handlers: Vec::new(),
            filters: Vec::new(),
            steps: Vec::new(),
            sources: Vec::new(),
            timer_names: Vec::new(),
        };
        this.fill();
        json!({ "handlers": this.handlers, "filters": this.filters, "steps": this.steps })
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.rng.usize(..one_in) == 0
    }

    fn id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }

    /// A long delay: no two of them meet.
    fn long(&mut self) -> u64 {
        self.rng.u64(1_000..5_000_000)
    }

    /// What a handler waits: longer than the driver takes for all its steps in between.
    fn short(&mut self) -> u64 {
        self.rng.u64(101..900)
    }

    fn event(&mut self, level: usize) -> Value {
        let priority = self.rng.i32(-2..=2);
        json!([self.id(), TYPES[level], priority, self.rng.i64(0..9)])
    }

    /// Whether a boundary leads into this nexus.
    fn is_fed(&self, nexus: usize) -> bool {
        match nexus {
            0 => self.facing,
            _ => self.links[nexus - 1] == Link::Boundary,
        }
    }

    /// The actions of a handler of this level in this nexus.
    fn actions(&mut self, nexus: usize, level: usize) -> Vec<Value> {
        let mut actions = Vec::new();
        for _ in 0..self.rng.usize(..4) {
            let mut action = match self.rng.usize(..10) {
                0..=2 if level < 3 => {
                    let events: Vec<Value> = (0..self.rng.usize(1..=2))
                        .map(|_| {
                            let next = self.rng.usize(level + 1..4);
                            self.event(next)
                        })
                        .collect();
                    if self.is_fed(nexus) {
                        // What comes next through the boundary may meet what is emitted at once.
                        actions.push(json!({ "sleep": self.short() }));
                    }
                    json!({ "emit": events })
                }
                3 if level < 3 && !(nexus == 1 && self.facing) => {
                    if self.is_fed(nexus) {
                        actions.push(json!({ "sleep": self.short() }));
                    }
                    json!({ "emit_many": { "count": self.rng.usize(1..6), "first_id": 1000, "type": TYPES[3] } })
                }
                4 | 5 => json!({ "sleep": self.short() }),
                6 => json!({ "mark": "here" }),
                7 => json!({ "fail": "scripted" }),
                8 if nexus < 2 && self.nexuses > nexus + 1 && self.links[nexus] == Link::Ingest => {
                    json!({ "ingest": self.event(level), "nexus": NEXUSES[nexus + 1] })
                }
                9 if nexus > 0 => {
                    actions.push(json!({ "sleep": self.short() }));
                    json!({ "reply": [[self.id(), REPLY, 0, "reply"]] })
                }
                9 if self.chance(6) => json!({ "stop": NEXUSES[nexus] }),
                _ => json!({ "mark": "there" }),
            };
            if self.chance(3) {
                let operator = ["<", ">=", "==", "!="][self.rng.usize(..4)];
                let field = ["id", "payload", "priority"][self.rng.usize(..3)];
                action["if"] = json!([field, operator, self.rng.i64(0..9)]);
            }
            actions.push(action);
        }
        actions
    }

    /// A key for this level, and perhaps for earlier ones.
    fn key(&mut self, nexus: usize, level: usize) -> Value {
        let this = TYPES[level];
        match self.rng.usize(..6) {
            _ if self.bits[nexus] => {
                let more = if self.chance(3) { TYPES[self.rng.usize(..=level)] } else { 0 };
                json!({ "mask": this | more })
            }
            0 => json!({ "range": [this, this] }),
            1 => json!({ "range": [this - self.rng.i64(0..3), this] }),
            _ => json!(this),
        }
    }

    fn fill(&mut self) {
        for nexus in 0..self.nexuses {
            self.nexus(nexus);
        }
        for nexus in 0..self.nexuses {
            self.consumers(nexus);
            self.linked(nexus);
            self.filled_with_sources(nexus);
        }
        for nexus in (0..self.nexuses).rev() {
            let start = if self.chance(4) { "loop_forever" } else { "start" };
            step!(self, ({ "do": start, "nexus": NEXUSES[nexus] }));
        }
        for _ in 0..self.rng.usize(3..20) {
            self.act();
            // Nothing of the next step meets what this one left.
            step!(self, ({ "do": "sleep", "ms": self.short() }));
        }
        self.ending();
    }

    fn nexus(&mut self, nexus: usize) {
        let mut step = json!({
            "do": "nexus",
            "name": NEXUSES[nexus],
            "multiple": self.rng.bool(),
            "bitmode": self.bits[nexus],
            "policy": if self.rng.bool() { "fail" } else { "continue" },
            // A boundary hands over the next event when the last one's tree is done: in that millisecond the nexus takes its next.
            "queue": if self.is_fed(nexus) || self.rng.bool() { "fifo" } else { "priority" },
        });
        if self.chance(3) {
            step["capacity"] = json!(self.rng.usize(1..4));
        }
        self.steps.push(step);
    }

    fn consumers(&mut self, nexus: usize) {
        let mut names = Vec::new();
        for _ in 0..self.rng.usize(2..7) {
            let level = self.rng.usize(..4);
            let name = format!("h{}", self.handlers.len());
            let actions = self.actions(nexus, level);
            let style = ["function", "function", "object", "sync"][self.rng.usize(..4)];
            let actions = if style == "sync" { Vec::new() } else { actions };
            self.handlers.push(json!({ "name": name, "do": actions, "style": style }));
            names.push((name.clone(), level));
            if !self.chance(5) {
                let key = self.key(nexus, level);
                step!(self, ({ "do": "add_handler", "nexus": NEXUSES[nexus], "type": key, "handler": name }));
            }
        }
        if self.chance(3) {
            let name = format!("f{nexus}");
            let level = names.iter().map(|(_, level)| *level).min().unwrap_or(0);
            let members: Vec<&String> = names.iter().map(|(name, _)| name).collect();
            step!(self, ({ "do": "fanout", "name": name, "members": members }));
            let key = self.key(nexus, level);
            step!(self, ({ "do": "add_handler", "nexus": NEXUSES[nexus], "type": key, "handler": name }));
        }
        for key in [-1, REPLY] {
            if !self.chance(3) {
                let name = format!("h{}", self.handlers.len());
                let traced = if self.rng.bool() {
                    json!({ "name": name })
                } else {
                    json!({ "name": name, "trace": "count" })
                };
                self.handlers.push(traced);
                step!(self, ({ "do": "add_handler", "nexus": NEXUSES[nexus], "type": key, "handler": name }));
            }
        }
        if self.chance(3) {
            let name = format!("filter{nexus}");
            let field = ["id", "payload"][self.rng.usize(..2)];
            let consume = json!([field, "==", self.rng.i64(0..9)]);
            let fail = json!([{ "fail": "filtered", "if": ["payload", "==", self.rng.i64(0..9)] }]);
            self.filters.push(json!({ "name": name, "consume": consume, "do": fail }));
            step!(self, ({ "do": "add_filter", "nexus": NEXUSES[nexus], "filter": name }));
        }
    }

    /// Links a nexus with the next one.
    fn linked(&mut self, nexus: usize) {
        if nexus >= 2 || nexus + 1 >= self.nexuses || self.links[nexus] != Link::Boundary {
            return;
        }
        let (here, there) = (NEXUSES[nexus], NEXUSES[nexus + 1]);
        let name = format!("b{nexus}");
        step!(self, ({ "do": "boundary", "name": name, "capacity": self.rng.usize(1..5) }));
        step!(self, ({ "do": "add_producer", "nexus": there, "producer": name }));
        let level = self.rng.usize(..3);
        let key = if self.bits[nexus] { json!({ "mask": TYPES[level] }) } else { json!(TYPES[level]) };
        step!(self, ({ "do": "add_handler", "nexus": here, "type": key, "handler": name }));
        if nexus == 0 && self.facing {
            step!(self, ({ "do": "boundary", "name": "back", "capacity": self.rng.usize(1..5) }));
            step!(self, ({ "do": "add_producer", "nexus": here, "producer": "back" }));
            let key = if self.bits[1] { json!({ "mask": TYPES[3] }) } else { json!(TYPES[3]) };
            step!(self, ({ "do": "add_handler", "nexus": there, "type": key, "handler": "back" }));
        }
    }

    fn timed(&mut self, most: usize) -> Vec<Value> {
        (0..self.rng.usize(..=most))
            .map(|_| {
                let (delay, level) = (self.long(), self.rng.usize(..4));
                json!([delay, self.event(level)])
            })
            .collect()
    }

    fn filled_with_sources(&mut self, nexus: usize) {
        let here = NEXUSES[nexus];
        for _ in 0..self.rng.usize(..3) {
            let name = format!("s{}", self.sources.len());
            let events = self.timed(4);
            // Two that fail when they are asked for the first time would do so at once.
            let ends = if events.is_empty() { 2 } else { 3 };
            let then =
                [json!("end"), json!("wait"), json!({ "fail": "line cut" })][self.rng.usize(..ends)].clone();
            let style = if self.rng.bool() { "simple" } else { "generator" };
            step!(self, ({
                "do": "converter", "name": name, "events": events, "then": then, "style": style, "trace": "life",
                "close_fails": self.rng.usize(..4) == 0,
            }));
            let add = if self.rng.bool() { "register" } else { "add_converter" };
            let key = if add == "register" { "source" } else { "converter" };
            step!(self, ({ "do": add, "nexus": here, key: name }));
            self.sources.push((name, nexus));
        }
        if self.chance(2) {
            let name = format!("s{}", self.sources.len());
            let events = self.timed(4);
            let mut step = json!({
                "do": "producer", "name": name, "events": events, "trace": "life", "close_fails": self.rng.usize(..4) == 0,
            });
            if self.chance(3) {
                step["start_delay"] = json!(self.rng.u64(2_000..40_000));
            }
            if self.chance(12) {
                step["start_fails"] = json!("no port");
            }
            self.steps.push(step);
            step!(self, ({ "do": "add_producer", "nexus": here, "producer": name }));
            self.sources.push((name, nexus));
        }
        if self.timers && self.chance(2) {
            let name = format!("t{nexus}");
            let (kind, count) =
                [("count_up", 3), ("count_down", 2), ("ongoing", 0), ("one_shot", 1)][self.rng.usize(..4)];
            step!(self, ({
                "do": "timer", "name": name, "interval": self.long(), "event_type": TYPES[self.rng.usize(..4)],
                "type": kind, "count": count, "factory": here,
            }));
            step!(self, ({ "do": "add_producer", "nexus": here, "producer": name }));
            self.timer_names.push(name);
        }
    }

    /// Something that happens while the nexuses run.
    fn act(&mut self) {
        let nexus = self.rng.usize(..self.nexuses);
        let here = NEXUSES[nexus];
        let level = self.rng.usize(..4);
        let step = match self.rng.usize(..12) {
            0..=3 => json!({ "do": "sleep", "ms": self.long() }),
            4 | 5 => json!({ "do": "ingest", "nexus": here, "event": self.event(level) }),
            6 | 7 => {
                json!({ "do": "ingest", "nexus": here, "event": self.event(level), "background": true, "trace_return": true })
            }
            8 => {
                json!({ "do": "ingest", "nexus": here, "event": self.event(level), "cancel_after": self.rng.u64(10..3_000) })
            }
            9 => json!({ "do": "state", "nexus": here }),
            10 if !self.timer_names.is_empty() => {
                let name = &self.timer_names[self.rng.usize(..self.timer_names.len())];
                if self.rng.bool() {
                    json!({ "do": "timer_stop", "timer": name })
                } else {
                    json!({ "do": "source_start", "source": name })
                }
            }
            10 if self.chance(4) => json!({ "do": "cleanup", "nexus": here }),
            11 if self.chance(2) => {
                let name = format!("h{}", self.handlers.len());
                let actions = self.actions(nexus, level);
                self.handlers.push(json!({ "name": name, "do": actions }));
                let key = self.key(nexus, level);
                json!({ "do": "add_handler", "nexus": here, "type": key, "handler": name })
            }
            11 if self.chance(3) => json!({ "do": "stop", "nexus": here }),
            _ => json!({ "do": "sleep", "ms": self.short() }),
        };
        self.steps.push(step);
    }

    fn ending(&mut self) {
        for here in NEXUSES.into_iter().take(self.nexuses) {
            let end = ["stop", "drain", "cleanup", "drain"][self.rng.usize(..4)];
            step!(self, ({ "do": end, "nexus": here }));
            // For a nexus that could not drain.
            step!(self, ({ "do": "stop", "nexus": here }));
            step!(self, ({ "do": "join", "nexus": here }));
            step!(self, ({ "do": "state", "nexus": here }));
            step!(self, ({ "do": "sleep", "ms": self.long() }));
        }
        for here in NEXUSES.into_iter().take(self.nexuses) {
            step!(self, ({ "do": "cleanup", "nexus": here }));
        }
        step!(self, ({ "do": "sleep", "ms": 5_000_000 }));
    }
}

/// Notices when two waits end in the same millisecond.
struct Watched {
    inner: Paused,
    deadlines: Mutex<HashSet<u64>>,
    tie: AtomicBool,
}

impl Clock for Watched {
    fn now(&self) -> u64 {
        self.inner.now()
    }

    fn sleep(&self, ms: u64) -> BoxFuture<'static, ()> {
        // The limit of a step is no wait that ends.
        if ms != 60_000 && !self.deadlines.lock().unwrap().insert(self.now() + ms) {
            self.tie.store(true, SeqCst);
        }
        self.inner.sleep(ms)
    }
}

/// Lets others go first, now and then.
struct Yields {
    inner: Arc<dyn Clock>,
    rng: Mutex<Rng>,
}

impl Clock for Yields {
    fn now(&self) -> u64 {
        self.inner.now()
    }

    fn sleep(&self, ms: u64) -> BoxFuture<'static, ()> {
        self.inner.sleep(ms)
    }

    fn pause(&self) -> BoxFuture<'static, ()> {
        let turns = self.rng.lock().unwrap().usize(..4);
        async move {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
        }
        .boxed()
    }
}

/// A clock that goes on when there is nothing else to do.
#[derive(Clone, Default)]
struct Virtual(Arc<Mutex<Time>>);

#[derive(Default)]
struct Time {
    now: u64,
    next: u64,
    /// By deadline.
    sleepers: BTreeMap<(u64, u64), Option<Waker>>,
}

struct Sleep {
    time: Virtual,
    key: (u64, u64),
}

impl Clock for Virtual {
    fn now(&self) -> u64 {
        self.0.lock().unwrap().now
    }

    fn sleep(&self, ms: u64) -> BoxFuture<'static, ()> {
        let mut time = self.0.lock().unwrap();
        time.next += 1;
        let key = (time.now + ms, time.next);
        time.sleepers.insert(key, None);
        Sleep { time: self.clone(), key }.boxed()
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut time = self.time.0.lock().unwrap();
        match time.sleepers.get_mut(&self.key) {
            Some(waker) => {
                *waker = Some(cx.waker().clone());
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.time.0.lock().unwrap().sleepers.remove(&self.key);
    }
}

impl Virtual {
    /// Goes on to the next deadline; false if nobody waits for one.
    fn advance(&self) -> bool {
        let mut time = self.0.lock().unwrap();
        let Some(((deadline, _), _)) = time.sleepers.first_key_value() else { return false };
        let deadline = *deadline;
        time.now = deadline;
        let later = time.sleepers.split_off(&(deadline + 1, 0));
        let due = std::mem::replace(&mut time.sleepers, later);
        drop(time);
        due.into_values().flatten().for_each(Waker::wake);
        true
    }
}

/// Whether every worker is parked, with nothing in the queue: the counts are odd then, and had they been otherwise for a
/// moment, they would have changed.
fn is_idle(runtime: &Runtime) -> bool {
    let metrics = runtime.metrics();
    let counts = || -> Vec<u64> {
        (0..metrics.num_workers()).map(|worker| metrics.worker_park_unpark_count(worker)).collect()
    };
    let before = counts();
    before.iter().all(|count| count % 2 == 1) && metrics.global_queue_depth() == 0 && before == counts()
}

fn traced(world: &World) -> Vec<Value> {
    assert_eq!(world.unbalanced(), None);
    world.entries()
}

fn paused() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// The trace, unless two waits end in the same millisecond.
fn plainly(scenario: &Scenario) -> Option<Vec<Value>> {
    paused().block_on(async {
        let clock = Arc::new(Watched {
            inner: Paused::new(),
            deadlines: Mutex::default(),
            tie: AtomicBool::new(false),
        });
        let world = run(scenario, clock.clone()).await;
        let trace = traced(&world);
        (!clock.tie.load(SeqCst)).then_some(trace)
    })
}

fn with_yields(scenario: &Scenario, seed: u64) -> Vec<Value> {
    paused().block_on(async {
        let inner = Arc::new(Paused::new());
        let world = run(scenario, Arc::new(Yields { inner, rng: Mutex::new(Rng::with_seed(seed)) })).await;
        traced(&world)
    })
}

fn on_threads(scenario: &Scenario, workers: usize, seed: u64) -> Vec<Value> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_time().build().unwrap();
    let time = Virtual::default();
    let clock: Arc<dyn Clock> =
        Arc::new(Yields { inner: Arc::new(time.clone()), rng: Mutex::new(Rng::with_seed(seed)) });
    let scenario = scenario.clone();
    let world = runtime.spawn(async move { run(&scenario, clock).await });
    while !world.is_finished() {
        if is_idle(&runtime) && !world.is_finished() {
            assert!(time.advance(), "nothing is left to do, and the scenario has not ended");
        } else {
            std::thread::yield_now();
        }
    }
    let trace = traced(&runtime.block_on(world).unwrap());
    runtime.shutdown_background();
    trace
}

/// The entries of each actor, in order: between actors of one millisecond nothing is promised.
fn by_actor(json: &Value, trace: &[Value]) -> BTreeMap<String, Vec<Value>> {
    let steps = json["steps"].as_array().unwrap();
    let has_boundaries = steps.iter().any(|step| step["do"] == "boundary");
    let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for entry in trace {
        let mut entry = entry.clone();
        if has_boundaries && entry["what"] == "error" && entry["error"] == "LoopStopped" {
            // A call whose tree is done but for a full boundary: that there is room, and that the nexus ends, may come together.
            match &entry["step"] {
                Value::Number(step) if steps[step.as_u64().unwrap() as usize]["trace_return"] == true => {
                    entry = json!({ "step": step, "t": entry["t"], "what": "returned", "value": null });
                }
                _ => continue,
            }
        }
        let named = entry.get("by").or(entry.get("nexus")).map(ToString::to_string);
        let actor = match named {
            // What still waits in a boundary when a nexus ends is reported by who forwards, at the same time.
            Some(nexus) if entry["what"] == "reported" && entry["error"] == "BadCall" => {
                format!("those who send to {nexus}")
            }
            Some(named) => named,
            None => format!("step {}", entry["step"]),
        };
        groups.entry(actor).or_default().push(entry);
    }
    groups
}

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// Tests each scenario, with the trace that it leaves when nothing is done to it.
fn each(timers: &[bool], test: impl Fn(u64, &Value, &Scenario, &[Value])) {
    // Thousands of scripted failures would go to standard error.
    tracing::subscriber::set_global_default(tracing::subscriber::NoSubscriber::default()).ok();
    let (first, count) = (from_environment("SCENARIO_SEED", 1), from_environment("SCENARIOS", 300));
    let mut left_out = 0;
    for seed in first..first + count {
        for timers in timers {
            let json = Generator::scenario(seed, *timers);
            let scenario =
                serde_json::from_value(json.clone()).unwrap_or_else(|error| panic!("{error}: {json}"));
            match plainly(&scenario) {
                Some(trace) => test(seed, &json, &scenario, &trace),
                None => left_out += 1,
            }
        }
    }
    assert!(left_out <= 10 + count / 20, "{left_out} of {count} are left out");
}

#[track_caller]
fn assert_same(seed: u64, json: &Value, one: &[Value], other: &[Value], how: &str) {
    assert!(
        !one.iter().any(|entry| entry["what"] == "hang"),
        "seed {seed} hangs: {json}\n{}",
        Value::from(one)
    );
    let (one, other) = (by_actor(json, one), by_actor(json, other));
    for (actor, entries) in &one {
        let others = other.get(actor);
        assert!(others == Some(entries), "seed {seed}, {how}: {actor}\n {entries:?}\n {others:?}\n{json}");
    }
    assert_eq!(one.len(), other.len(), "seed {seed}, {how}\n{json}");
}

#[test]
fn a_trace_does_not_depend_on_how_tasks_take_turns() {
    each(&[true, false], |seed, json, scenario, plain| {
        for yields in 1..=2 {
            let other = with_yields(scenario, seed * 7 + yields);
            assert_same(seed, json, plain, &other, "with extra yields");
        }
    });
}

/// Timers keep tokio's own time, which stands still on one thread only: these scenarios have none.
#[test]
fn a_trace_does_not_depend_on_the_number_of_threads() {
    each(&[false], |seed, json, scenario, plain| {
        for workers in [1, 2, 4] {
            let other = on_threads(scenario, workers, seed * 13 + workers as u64);
            assert_same(seed, json, plain, &other, "on several threads");
        }
    });
}

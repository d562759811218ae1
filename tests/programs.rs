//! Random programs: whatever handlers do, and however the nexus is ended, every accepted event is in exactly one account,
//! in the middle of a run and at its end.
//!
//! 200 of them in a normal run; `PROPTEST_CASES` asks for more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use futures_util::StreamExt;
use nexus::prelude::*;
use nexus::{
    BoxError, Builder, Handle, Handler, IngestError, Ledger, Order, Policy, RunError, Timer, WeakHandle,
};
use proptest::prelude::*;
use tokio::sync::Semaphore;

/// Counts what the program did, beside the ledger.
#[derive(Debug, Default)]
struct Counters {
    created: AtomicU64,
    /// Offered, and certainly not accepted.
    refused: AtomicU64,
    /// Offered by a call that was cancelled: accepted or not.
    uncertain: AtomicU64,
    /// Made by a converter or a timer, whose function is not told if it is refused at the end.
    lost_at_the_end: AtomicU64,
    delivered: AtomicU64,
    /// Calls of handlers and filters that failed or panicked.
    failures: AtomicU64,
    dropped: AtomicU64,
}

/// An event type of number `N`; `hops` bounds what arises from it.
struct Ev<const N: usize> {
    hops: u32,
    counters: Arc<Counters>,
}

impl<const N: usize> Ev<N> {
    fn new(hops: u32, counters: &Arc<Counters>) -> Self {
        counters.created.fetch_add(1, SeqCst);
        Self { hops, counters: counters.clone() }
    }
}

impl<const N: usize> Drop for Ev<N> {
    fn drop(&mut self) {
        self.counters.dropped.fetch_add(1, SeqCst);
    }
}

const NAMES: [&str; 4] = ["zero", "one", "two", "three"];

impl<const N: usize> NamedEvent for Ev<N> {
    const NAME: &'static str = NAMES[N];
    const PRIORITY: i32 = [0, 0, -3, 5][N];
}

type All = (Ev<0>, Ev<1>, Ev<2>, Ev<3>);

#[derive(Domain)]
struct Other;

#[derive(Clone, Debug)]
enum Action {
    Emit(usize),
    /// Through a handle into the own domain, or (`true`) into the other one.
    EmitByHandle(usize, bool),
    Ingest(usize, bool),
    Background(usize),
    Pause(u64),
    Fail,
    Panic,
}

/// A script for each handler.
type Scripts = Vec<Vec<Action>>;

#[derive(Clone, Debug)]
enum End {
    ByItself,
    Stop,
    Drain,
    Abort,
    /// The future of `run()` is dropped.
    Drop,
}

#[derive(Clone, Debug)]
struct Program {
    /// For each type, the scripts of its handlers in `Main` and in `Other`.
    handlers: Vec<(Scripts, Scripts)>,
    /// Consumes ids that are divisible by the first, fails on those divisible by the second.
    filter: Option<(i64, i64)>,
    converter: Vec<(usize, u64)>,
    failing_converter: bool,
    producer: Vec<(usize, u64)>,
    timer: Option<i64>,
    callers: Vec<(usize, u64)>,
    hops: u32,
    policy: bool,
    fifo: bool,
    capacity: Option<usize>,
    /// Boundaries there and back, with so much room, and so far ahead.
    boundaries: Option<(usize, usize)>,
    end: End,
    /// After so many deliveries the end comes.
    end_after: u64,
    threads: bool,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => (0..4_usize).prop_map(Action::Emit),
        1 => (0..4_usize, any::<bool>()).prop_map(|(event, other)| Action::EmitByHandle(event, other)),
        1 => (0..4_usize, any::<bool>()).prop_map(|(event, other)| Action::Ingest(event, other)),
        1 => (0..4_usize).prop_map(Action::Background),
        2 => (0..3_u64).prop_map(Action::Pause),
        1 => Just(Action::Fail),
        1 => Just(Action::Panic),
    ]
}

fn scripts() -> impl Strategy<Value = Scripts> {
    prop::collection::vec(prop::collection::vec(action(), 0..4), 0..3)
}

fn program() -> impl Strategy<Value = Program> {
    let timed = || prop::collection::vec((0..4_usize, 0..3_u64), 0..6);
    let end = prop_oneof![
        Just(End::ByItself),
        Just(End::Stop),
        Just(End::Drain),
        Just(End::Abort),
        Just(End::Drop)
    ];
    let parts = (
        prop::collection::vec((scripts(), scripts()), 4),
        prop::option::of((2..6_i64, 2..9_i64)),
        (timed(), any::<bool>(), timed(), prop::option::of(1..4_i64), timed()),
        (0..4_u32, any::<bool>(), any::<bool>(), prop::option::of(1..5_usize)),
        prop::option::of((1..4_usize, 1..4_usize)),
        (end, 0..30_u64, prop::bool::weighted(0.3)),
    );
    parts.prop_map(|(handlers, filter, sources, options, boundaries, ending)| {
        let (converter, failing_converter, producer, timer, callers) = sources;
        let (hops, policy, fifo, capacity) = options;
        let (end, end_after, threads) = ending;
        Program {
            handlers,
            filter,
            converter,
            failing_converter,
            producer,
            timer,
            callers,
            hops,
            policy,
            fifo,
            capacity,
            boundaries,
            end,
            end_after,
            threads,
        }
    })
}

/// A handler that carries out a script.
struct Scripted {
    script: Vec<Action>,
    context: Context,
    /// Whether it stands in `Main`.
    main: bool,
}

#[derive(Clone)]
struct Context {
    counters: Arc<Counters>,
    weak: WeakHandle,
    /// A permit for each delivery.
    progress: Arc<Semaphore>,
    threads: bool,
}

impl Context {
    async fn pause(&self, ticks: u64) {
        if self.threads {
            for _ in 0..ticks {
                tokio::task::yield_now().await;
            }
        } else {
            tokio::time::sleep(Duration::from_millis(ticks)).await;
        }
    }

    /// Puts an event in by a handle, waiting for room.
    async fn emit(&self, handle: &Handle, event: usize, hops: u32) {
        let mut offered = Offered(&self.counters, true);
        let counters = &self.counters;
        let refused = match event {
            0 => handle.emit(Ev::<0>::new(hops, counters)).await.is_err(),
            1 => handle.emit(Ev::<1>::new(hops, counters)).await.is_err(),
            2 => handle.emit(Ev::<2>::new(hops, counters)).await.is_err(),
            _ => handle.emit(Ev::<3>::new(hops, counters)).await.is_err(),
        };
        offered.1 = false;
        counters.refused.fetch_add(u64::from(refused), SeqCst);
    }

    async fn ingest(&self, handle: &Handle, event: usize, hops: u32) {
        let mut offered = Offered(&self.counters, true);
        let counters = &self.counters;
        let result = match event {
            0 => handle.ingest(Ev::<0>::new(hops, counters)).await,
            1 => handle.ingest(Ev::<1>::new(hops, counters)).await,
            2 => handle.ingest(Ev::<2>::new(hops, counters)).await,
            _ => handle.ingest(Ev::<3>::new(hops, counters)).await,
        };
        // A call that is cut has entered, or stood at the door.
        offered.1 = matches!(result, Err(IngestError::Cut));
        let refused = matches!(result, Err(IngestError::Stopped | IngestError::NotStarted));
        counters.refused.fetch_add(u64::from(refused), SeqCst);
    }

    fn handle(&self, main: bool) -> Option<Handle> {
        let handle = self.weak.upgrade()?;
        if main { handle.domain::<nexus::Main>() } else { handle.domain::<Other>() }
    }
}

/// An offer under way: if it is cancelled, nobody knows whether the event entered.
struct Offered<'a>(&'a Counters, bool);

impl Drop for Offered<'_> {
    fn drop(&mut self) {
        self.0.uncertain.fetch_add(u64::from(self.1), SeqCst);
    }
}

impl<const N: usize> Handler<Ev<N>> for Scripted {
    type Emits = All;

    async fn handle(&mut self, event: &Ev<N>, queue: &mut Queue<All>) -> Result {
        let Self { script, context, main } = self;
        context.counters.delivered.fetch_add(1, SeqCst);
        context.progress.add_permits(1);
        for action in script.iter() {
            let hops = event.hops.wrapping_sub(1);
            match *action {
                Action::Pause(ticks) => context.pause(ticks).await,
                Action::Fail => {
                    context.counters.failures.fetch_add(1, SeqCst);
                    return Err("scripted".into());
                }
                Action::Panic => {
                    context.counters.failures.fetch_add(1, SeqCst);
                    panic!("scripted");
                }
                _ if event.hops == 0 => {}
                Action::Emit(0) => queue.emit(Ev::<0>::new(hops, &context.counters)),
                Action::Emit(1) => queue.emit(Ev::<1>::new(hops, &context.counters)),
                Action::Emit(2) => queue.emit(Ev::<2>::new(hops, &context.counters)),
                Action::Emit(_) => queue.emit(Ev::<3>::new(hops, &context.counters)),
                Action::EmitByHandle(event, other) => {
                    if let Some(handle) = context.handle(*main != other) {
                        context.emit(&handle, event, hops).await;
                    }
                }
                Action::Ingest(event, other) => {
                    if let Some(handle) = context.handle(*main != other) {
                        context.ingest(&handle, event, hops).await;
                    }
                }
                Action::Background(event) => {
                    if let Some(handle) = context.handle(*main) {
                        let context = context.clone();
                        tokio::spawn(async move { context.emit(&handle, event, hops).await });
                    }
                }
            }
        }
        Ok(())
    }
}

fn with_handlers(mut builder: Builder, program: &Program, context: &Context) -> Builder {
    for main in [true, false] {
        builder = if main { builder.domain::<nexus::Main>() } else { builder.domain::<Other>() };
        for (event, (in_main, in_other)) in program.handlers.iter().enumerate() {
            for script in if main { in_main } else { in_other } {
                let scripted = Scripted { script: script.clone(), context: context.clone(), main };
                builder = match event {
                    0 => builder.handler::<Ev<0>, _>("zero", scripted),
                    1 => builder.handler::<Ev<1>, _>("one", scripted),
                    2 => builder.handler::<Ev<2>, _>("two", scripted),
                    _ => builder.handler::<Ev<3>, _>("three", scripted),
                };
            }
        }
        // What has no script is unhandled at run time, which a plan would not allow: a filter can't change that, a default
        // handler can.
        let counters = context.counters.clone();
        builder =
            builder.on_key(nexus::dynamic::Key::Default, "rest", move |_: &Event, _: &mut Queue<()>| {
                counters.delivered.fetch_add(1, SeqCst);
            });
    }
    builder.domain::<nexus::Main>()
}

/// Makes one event of a random type. The ledger's sum does not tell the types apart, so one type will do for sources.
fn with_sources(mut builder: Builder, program: &Program, context: &Context) -> Builder {
    let (items, of, hops) = (program.converter.clone(), context.clone(), program.hops);
    let failing = program.failing_converter;
    let stream = futures_util::stream::iter(items).then(move |(_, ticks)| {
        let of = of.clone();
        async move {
            of.pause(ticks).await;
            Ok::<_, BoxError>(Ev::<0>::new(hops, &of.counters))
        }
    });
    let end = futures_util::stream::iter(failing.then(|| Err("the converter fails".into())));
    let lost = LostInSources(context.counters.clone());
    builder = builder.converter("converter", stream.chain(end).inspect(move |_| lost.seen()));
    let (items, of) = (program.producer.clone(), context.clone());
    builder = builder.producer("producer", move |out: Emitter<All>| async move {
        for (event, ticks) in items {
            of.pause(ticks).await;
            let mut offered = Offered(&of.counters, true);
            let refused = if event == 0 {
                out.try_emit(Ev::<1>::new(hops, &of.counters)).is_err()
            } else {
                out.emit(Ev::<2>::new(hops, &of.counters)).await.is_err()
            };
            offered.1 = false;
            of.counters.refused.fetch_add(u64::from(refused), SeqCst);
        }
    });
    if let Some(count) = program.timer {
        let of = context.clone();
        let lost = LostInSources(context.counters.clone());
        let timer = Timer::every(Duration::from_millis(1)).count_up(count);
        builder = builder.timer("timer", timer, move |_| {
            lost.seen();
            Ev::<3>::new(hops, &of.counters)
        });
    }
    builder
}

/// What a converter or timer has made may be refused at the door when the nexus ends, which its function is not told.
struct LostInSources(Arc<Counters>);

impl LostInSources {
    fn seen(&self) {
        self.0.lost_at_the_end.fetch_add(1, SeqCst);
    }
}

fn builder(program: &Program, context_of: &mut Option<Context>) -> Builder {
    let builder = Nexus::empty()
        .policy(if program.policy { Policy::Fail } else { Policy::Report })
        .queue(if program.fifo { Order::Fifo } else { Order::Priority })
        .capacity(program.capacity)
        .on_error(|_, _| ())
        .drain_deadline(None);
    let context = Context {
        counters: Arc::default(),
        weak: builder.weak_handle(),
        progress: Arc::new(Semaphore::new(0)),
        threads: program.threads,
    };
    let mut builder = with_handlers(builder, program, &context);
    if let Some((capacity, ahead)) = program.boundaries {
        // They face each other, and what one of them carries comes back through the other.
        let limits = nexus::Limits::default().capacity(capacity).ahead(ahead);
        builder = builder
            .boundary::<nexus::Main, Other, (Ev<0>, Ev<2>), Ev<3>>("there", limits)
            .boundary::<Other, nexus::Main, Ev<1>, Ev<0>>("back", limits);
    }
    if let Some((consumed, failed)) = program.filter {
        let counters = context.counters.clone();
        builder = builder.filter("filter", move |event: &Event| match event.id() {
            id if id % failed == 0 => {
                counters.failures.fetch_add(1, SeqCst);
                Err::<Verdict, BoxError>("filtered".into())
            }
            id => Ok(Verdict::from(id % consumed == 0)),
        });
    }
    let builder = with_sources(builder, program, &context);
    *context_of = Some(context);
    builder
}

async fn execute(program: Program) {
    let mut context = None;
    let nexus = builder(&program, &mut context).build().expect("a whole plan");
    let context = context.expect("made by the builder");
    let outside = nexus.handle();
    let watched = outside.downgrade();
    let callers: Vec<_> = program
        .callers
        .iter()
        .map(|&(event, ticks)| {
            let (context, handle, hops) = (context.clone(), outside.clone(), program.hops);
            tokio::spawn(async move {
                let call = async {
                    context.ingest(&handle, event, hops).await;
                    // A cancelled call must not hold the nexus either.
                    drop(handle);
                };
                if ticks == 0 {
                    call.await;
                } else {
                    // Cancelled at some await.
                    tokio::select! { () = call => {} () = context.pause(ticks) => {} }
                }
            })
        })
        .collect();
    let watcher = tokio::spawn(async move {
        while let Some(handle) = watched.upgrade() {
            let ledger = handle.ledger();
            assert!(ledger.is_balanced(), "in the middle:\n{ledger}");
            let over = handle.state() == nexus::State::Stopped;
            drop(handle);
            if over {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    let end_after = async {
        // A program that does too little ends by the clock.
        let enough = context.progress.acquire_many(u32::try_from(program.end_after).expect("small"));
        drop(tokio::time::timeout(Duration::from_millis(20), enough).await);
    };
    let result = match program.end {
        End::Drop => {
            let mut run = Box::pin(nexus.run());
            drop(futures_util::future::select(&mut run, std::pin::pin!(end_after)).await);
            drop(run);
            outside.ended().await;
            let ledger = outside.ledger();
            // What failed is kept in the nexus as long as anybody has it.
            drop(outside);
            Ok(ledger)
        }
        ref end => {
            let running = nexus.start().expect("a runtime");
            if !matches!(end, End::ByItself) {
                end_after.await;
            }
            match end {
                End::Stop => running.stop().expect("started"),
                // Only a nexus that is looping can drain; one that is still starting ends by itself.
                End::Drain => running.drain().unwrap_or_default(),
                End::Abort => running.abort().expect("started"),
                End::ByItself | End::Drop => {}
            }
            drop(outside);
            running.join().await
        }
    };
    for caller in callers {
        caller.await.expect("every call is answered");
    }
    watcher.await.expect("balanced in the middle");
    check(&program, &context, result);
}

fn check(program: &Program, context: &Context, result: std::result::Result<Ledger, RunError>) {
    let failed = result.is_err();
    let ledger = match result {
        Ok(ledger) => ledger,
        Err(RunError::Failed { ledger, failure }) => {
            assert!(program.policy, "only `Policy::Fail` ends a run: {failure}");
            *ledger
        }
        Err(error) => panic!("{error}"),
    };
    assert!(ledger.is_balanced(), "at the end:\n{ledger}");
    let mut total = ledger.total();
    assert_eq!(total.pending, 0, "{ledger}");
    if matches!(program.end, End::ByItself | End::Drain) && !failed {
        assert_eq!(total.dropped, 0, "nothing is lost by an end like this:\n{ledger}");
        assert!(ledger.boundaries.iter().all(|boundary| boundary.dropped == 0), "{ledger}");
    }
    // What a boundary has taken was delivered to it, and is accepted once more where it arrives.
    let carried: u64 = ledger.boundaries.iter().map(|boundary| boundary.delivered).sum();
    let taken: u64 = ledger.boundaries.iter().map(|boundary| boundary.taken).sum();
    assert!(ledger.boundaries.iter().all(|boundary| boundary.waiting == 0), "{ledger}");
    total.accepted -= carried;
    total.deliveries -= taken;
    let counters = &context.counters;
    let read = |counter: &AtomicU64| counter.load(SeqCst);
    let offered = read(&counters.created) - read(&counters.refused);
    assert!(total.accepted <= offered, "{ledger}\n{counters:?}");
    let by_itself = matches!(program.end, End::ByItself) && !failed;
    let lost = if by_itself { 0 } else { read(&counters.lost_at_the_end) };
    assert!(total.accepted + read(&counters.uncertain) + lost >= offered, "{ledger}\n{counters:?}");
    assert_eq!(read(&counters.delivered), total.deliveries, "{ledger}\n{counters:?}");
    // With `Policy::Fail` the first failure ends an event; else several handlers of one event may fail.
    let failures = read(&counters.failures);
    assert!(total.failed <= failures && (total.failed > 0) == (failures > 0), "{ledger}\n{counters:?}");
    assert!(!program.policy || total.failed == failures, "{ledger}\n{counters:?}");
    assert_eq!(read(&counters.created), read(&counters.dropped), "every payload is dropped once");
}

/// Scripted panics are part of the programs, and would only fill the screen.
fn hush_scripted_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic.payload().downcast_ref::<&str>().is_none_or(|text| *text != "scripted") {
                loud(panic);
            }
        }));
    });
}

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_ledger_balances_in_every_program(program in program()) {
        hush_scripted_panics();
        let mut builder = if program.threads {
            tokio::runtime::Builder::new_multi_thread()
        } else {
            tokio::runtime::Builder::new_current_thread()
        };
        if program.threads {
            builder.worker_threads(2);
        } else {
            builder.start_paused(true);
        }
        let runtime = builder.enable_all().build().expect("a runtime");
        // No program lasts; one that hangs is told as what it is, and shrinks.
        let limit = Duration::from_secs(10);
        let run = async { tokio::time::timeout(limit, tokio::spawn(execute(program))).await };
        match runtime.block_on(run) {
            Ok(Ok(())) => {}
            Ok(Err(panic)) => return Err(TestCaseError::fail(panic.to_string())),
            Err(_) => return Err(TestCaseError::fail("the program hangs")),
        }
        runtime.shutdown_background();
    }
}

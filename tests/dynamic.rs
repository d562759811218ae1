//! What is registered, started and stopped by calls, beside a plan or without one; and the keys of dynamic events in a plan.
//!
//! What the reference does, kept or repaired, is in `conformance/`. Here is what Rust adds to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _, stream};
use nexus::dynamic::{
    CallError, Converter, DynamicNexus, EventFactory, Fanout, Filter, Handler, Id, Key, Outlet, Producer,
    Source, Timer, TimerKind,
};
use nexus::prelude::*;
use nexus::{BoxError, EmitError, IngestError, Policy, Problem, RunError, State};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

#[named_event]
struct Reading(u32);

type Heard = (UnboundedSender<String>, UnboundedReceiver<String>);

/// A handler that tells its name and the id of what it has.
fn telling(name: &'static str, heard: &UnboundedSender<String>) -> Handler {
    let heard = heard.clone();
    Handler::sync(name, move |event, _| {
        heard.send(format!("{name} {}", event.id())).ok();
    })
}

fn told(heard: &mut UnboundedReceiver<String>) -> Vec<String> {
    let mut all = Vec::new();
    while let Ok(one) = heard.try_recv() {
        all.push(one);
    }
    all
}

fn dynamic(id: i64, event_type: i64) -> Event {
    Event::new(id, event_type, 0, ())
}

#[tokio::test]
async fn what_is_registered_while_a_plan_runs_counts_from_the_next_event() {
    let (sender, mut heard): Heard = unbounded_channel();
    let planned = sender.clone();
    let nexus = Nexus::empty()
        .on("plan", move |reading: &Reading, _: &mut Queue<()>| {
            planned.send(format!("plan {}", reading.0)).ok()
        })
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(Reading(1)).await.unwrap();
    let overlay = nexus.overlay();
    overlay.add_handler(Key::of::<Reading>(), &telling("added", &sender)).unwrap();
    nexus.ingest(Reading(2)).await.unwrap();
    let consumed = Arc::new(AtomicUsize::new(0));
    let count = consumed.clone();
    overlay.add_filter(&Filter::sync("all", move |_, _| {
        count.fetch_add(1, SeqCst);
        nexus::Verdict::Consume
    }));
    nexus.ingest(Reading(3)).await.unwrap();
    assert_eq!(told(&mut heard), ["plan 1", "plan 2", "added 2"]);
    assert_eq!(consumed.load(SeqCst), 1);
    drop(overlay);
    let ledger = nexus.join().await.unwrap();
    let account = ledger.of::<Reading>();
    assert_eq!((account.handled, account.consumed, account.deliveries), (2, 1, 3), "{ledger}");
}

#[tokio::test]
async fn without_multiple_a_registered_handler_may_not_double_one_of_the_plan() {
    let build = |multiple| {
        let show = |_: &Event, _: &mut Queue<()>| ();
        DynamicNexus::new(
            Nexus::empty().multiple(multiple).on_key(5, "five", show).on_key(10..=19, "tens", show).on_key(
                Key::Default,
                "rest",
                show,
            ),
        )
        .unwrap()
    };
    let nothing = Handler::discarder("nothing");
    let one = build(false);
    for (key, first) in [(Key::from(5), "five"), (Key::from(19..=30), "tens"), (Key::from(-1), "rest")] {
        let refused = one.add_handler(key.clone(), &nothing).unwrap_err();
        let as_it_is =
            CallError::DuplicateHandler { key, handler: "nothing".to_owned(), first: first.to_owned() };
        assert_eq!(refused, as_it_is);
        assert!(!refused.is_bad_call());
    }
    one.add_handler(12, &nothing).expect("an exact key in a range is no duplicate");
    build(true).add_handler(5, &nothing).expect("several may share it");
}

#[tokio::test]
async fn an_exact_key_beats_a_range_and_a_range_the_default_wherever_they_are_declared() {
    let (sender, mut heard): Heard = unbounded_channel();
    let told_by = |name: &'static str| {
        let sender = sender.clone();
        move |event: &Event, _: &mut Queue<()>| {
            sender.send(format!("{name} {}", event.id())).ok();
        }
    };
    let nexus =
        DynamicNexus::new(Nexus::empty().multiple(false).on_key(1..=9, "range", told_by("range")).on_key(
            Key::Default,
            "rest",
            told_by("rest"),
        ))
        .unwrap();
    nexus.add_handler(5, &telling("five", &sender)).unwrap();
    nexus.start().unwrap();
    for (id, event_type) in [(1, 5), (2, 6), (3, 10)] {
        nexus.ingest(dynamic(id, event_type)).await.unwrap();
    }
    assert_eq!(told(&mut heard), ["five 1", "range 2", "rest 3"]);
}

#[handler(1..=9, order = 2)]
fn single_digits(event: &Event, heard: &UnboundedSender<String>) {
    heard.send(format!("single_digits {}", event.id())).unwrap();
}

#[handler(5)]
fn five(event: &Event, heard: &UnboundedSender<String>) {
    heard.send(format!("five {}", event.id())).unwrap();
}

#[handler("line")]
async fn line(event: &Event, heard: &UnboundedSender<String>) {
    heard.send(format!("line {}", event.id())).unwrap();
}

#[handler(_)]
fn rest(event: &Event, heard: &UnboundedSender<String>) {
    heard.send(format!("rest {}", event.id())).unwrap();
}

#[derive(Domain)]
struct Bits;

#[handler(mask = 0b0110, domain = Bits)]
fn two_or_four(event: &Event, heard: &UnboundedSender<String>) {
    heard.send(format!("two_or_four {}", event.id())).unwrap();
}

#[handler(Reading, domain = Bits)]
fn typed(_: &Reading, heard: &UnboundedSender<String>) {
    heard.send("typed".to_owned()).unwrap();
}

#[tokio::test]
async fn annotated_handlers_have_keys_and_all_that_match_are_called_in_order() {
    let (sender, mut heard): Heard = unbounded_channel();
    let nexus = Nexus::empty()
        .state(sender)
        .with::<single_digits>()
        .with::<five>()
        .with::<line>()
        .with::<rest>()
        .build()
        .unwrap()
        .start()
        .unwrap();
    for (id, event_type) in [(1, 5), (2, 6), (3, 10)] {
        nexus.ingest(dynamic(id, event_type)).await.unwrap();
    }
    nexus.ingest(Event::new(4, "line", 0, ())).await.unwrap();
    assert_eq!(told(&mut heard), ["five 1", "single_digits 1", "single_digits 2", "rest 3", "line 4"]);
}

#[tokio::test]
async fn a_mask_puts_its_domain_in_bit_mode_and_leaves_typed_events_alone() {
    let (sender, mut heard): Heard = unbounded_channel();
    let builder = || Nexus::empty().state(sender.clone()).with::<two_or_four>().with::<typed>();
    let nexus = builder().build().unwrap().start().unwrap();
    nexus.ingest(dynamic(1, 4)).await.unwrap();
    nexus.ingest(Reading(1)).await.unwrap();
    let refused = nexus.ingest(dynamic(2, 3)).await.unwrap_err();
    assert!(matches!(refused, IngestError::InvalidEventType(_)) && refused.is_bad_call(), "{refused}");
    assert!(
        matches!(nexus.try_emit(dynamic(3, 0)), Err(EmitError::InvalidEventType(event)) if event.id() == 3)
    );
    assert!(matches!(nexus.emit(Event::new(4, "line", 0, ())).await, Err(EmitError::InvalidEventType(_))));
    assert_eq!(told(&mut heard), ["two_or_four 1", "typed"]);
    let overlay = nexus.overlay();
    let nothing = Handler::discarder("nothing");
    assert!(matches!(overlay.add_handler("line", &nothing), Err(CallError::InvalidKey(_))));
    overlay.add_handler(8, &nothing).expect("an integer is a mask");

    let ranges = builder().domain::<Bits>().on_key(1..=9, "range", |_: &Event, _: &mut Queue<()>| ());
    let error = ranges.build().unwrap_err();
    let [Problem::BadKey { handler, domain: "Bits", .. }] = error.problems() else { panic!("{error}") };
    assert_eq!(handler.name, "range");
    assert!(error.to_string().contains("write a mask"), "{error}");
}

#[tokio::test]
async fn what_bit_mode_does_not_allow_fails_in_hand_when_it_is_emitted_inside() {
    let failures = Arc::new(AtomicUsize::new(0));
    let count = failures.clone();
    let nexus = DynamicNexus::new(Nexus::empty().bitmode(true).on_error(move |failure, event| {
        assert!(matches!(failure.error(), Some(CallError::InvalidEventType(_))), "{failure}");
        assert_eq!(event.unwrap().id(), 2);
        count.fetch_add(1, SeqCst);
    }))
    .unwrap();
    nexus.add_handler(1, &Handler::sync("emit", |_, _| dynamic(2, 3))).unwrap();
    nexus.start().unwrap();
    nexus.ingest(dynamic(1, 1)).await.unwrap();
    assert_eq!(failures.load(SeqCst), 1);
    assert_eq!(nexus.ledger().total().failed, 1);
}

#[tokio::test]
async fn of_a_fan_out_every_member_gets_the_event_also_behind_one_that_panics() {
    let (sender, mut heard): Heard = unbounded_channel();
    let fanout = Fanout::new("all");
    fanout.register(&telling("one", &sender)).unwrap();
    fanout.register(&Handler::sync("two", |_, _| -> () { panic!("two is broken") })).unwrap();
    fanout.register(&telling("three", &sender)).unwrap();
    let nexus = DynamicNexus::new(Nexus::empty().policy(Policy::Fail)).unwrap();
    nexus.add_handler(1, fanout.handler()).unwrap();
    let around = Fanout::new("around");
    around.register(fanout.handler()).unwrap();
    nexus.add_handler(2, around.handler()).unwrap();
    nexus.start().unwrap();
    for event_type in [1, 2] {
        let error = nexus.ingest(dynamic(7, event_type)).await.unwrap_err();
        assert!(error.to_string().contains("its member `two` panicked: two is broken"), "{error}");
        assert_eq!(told(&mut heard), ["one 7", "three 7"]);
    }
}

#[derive(Default)]
struct Sum(Arc<AtomicUsize>);

impl nexus::Handler<Reading> for Sum {
    type Emits = ();

    async fn handle(&mut self, reading: &Reading, _: &mut Queue<()>) -> Result {
        self.0.fetch_add(reading.0 as usize, SeqCst);
        Ok(())
    }
}

struct Broken;

impl nexus::Handler<Reading> for Broken {
    type Emits = ();

    async fn handle(&mut self, _: &Reading, _: &mut Queue<()>) -> Result {
        Err("broken".into())
    }
}

#[derive(Fanout)]
#[fanout(Reading)]
struct Everybody {
    broken: Broken,
    sum: Sum,
}

#[tokio::test]
async fn a_declared_fan_out_gives_the_event_to_every_field() {
    let sum = Arc::new(AtomicUsize::new(0));
    let nexus = Nexus::empty()
        .policy(Policy::Fail)
        .with::<Everybody>()
        .component(Everybody { broken: Broken, sum: Sum(sum.clone()) })
        .build()
        .unwrap()
        .start()
        .unwrap();
    let error = nexus.ingest(Reading(3)).await.unwrap_err();
    assert!(error.to_string().contains("broken"), "{error}");
    assert_eq!(sum.load(SeqCst), 3);
}

#[tokio::test]
async fn a_factory_is_used_by_many_tasks_at_once_and_gives_each_id_once() {
    let factory = EventFactory::new();
    let tasks = (0..8).map(|_| {
        let factory = factory.clone();
        tokio::spawn(
            async move { (0..100).map(|_| factory.create(Id::Auto, 1, 0, ()).id()).collect::<Vec<_>>() },
        )
    });
    let mut ids: Vec<i64> =
        futures_util::future::join_all(tasks).await.into_iter().flat_map(|ids| ids.unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..=800).collect::<Vec<_>>());
    assert_eq!(factory.current_event_id(), 801);
    assert!((0..100).all(|_| (1..=1000).contains(&factory.create(Id::Random, 1, 0, ()).id())));
    assert_eq!(factory.current_event_id(), 801);
}

#[test]
fn dynamic_events_are_equal_by_their_fields_and_typed_ones_only_to_themselves() {
    let event = |payload: serde_json::Value| Event::new(1, "line", 0, payload);
    assert_eq!(event([1, 2].into()), event(serde_json::json!([1.0, 2])), "1 and 1.0 are one number");
    assert_ne!(event(true.into()), event(1.into()));
    assert_ne!(event(serde_json::json!({ "a": 1 })), event(serde_json::json!({ "a": 1, "b": null })));
    let typed = Event::of(Reading(1));
    assert_eq!(typed, typed);
    assert_ne!(typed, Event::of(Reading(1)));
    assert_ne!(typed, Event::named(0, "Reading", 0, ()));
    let json = Event::new(3, 10, -2, serde_json::json!({ "k": "v" })).to_json().unwrap();
    assert_eq!(json, r#"{"id":3,"type":10,"priority":-2,"payload":{"k":"v"}}"#);
    assert_eq!(
        Event::new(3, "a\"b", 0, ()).to_json().unwrap(),
        r#"{"id":3,"type":"a\"b","priority":0,"payload":null}"#
    );
    assert_eq!(typed.to_json(), None);
}

#[test]
fn a_dynamic_nexus_that_could_not_be_started_can_be_started_elsewhere() {
    let nexus = DynamicNexus::new(Nexus::empty()).unwrap();
    assert!(matches!(nexus.start(), Err(RunError::NoRuntime)));
    assert_eq!(nexus.state(), State::Ready);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        nexus.start().unwrap();
        let Err(RunError::Refused(refused)) = nexus.start() else { panic!("started twice") };
        assert!(matches!(refused, CallError::InvalidLoopState(_)) && refused.is_bad_call());
        nexus.stop().unwrap();
        nexus.join().await.unwrap();
        nexus.join().await.expect("as often as one likes");
    });
}

/// Sends one event when it is let go, and then drops its outlet.
struct Once {
    started: AtomicUsize,
    closed: AtomicUsize,
    go: Arc<tokio::sync::Notify>,
}

struct Sends(Arc<Once>);

impl Producer for Sends {
    async fn start(&self, out: Outlet) -> std::result::Result<(), BoxError> {
        self.0.started.fetch_add(1, SeqCst);
        let go = self.0.go.clone();
        tokio::spawn(async move {
            go.notified().await;
            out.distribute(Reading(1)).await
        });
        Ok(())
    }

    async fn close(&self) -> std::result::Result<(), BoxError> {
        self.0.closed.fetch_add(1, SeqCst);
        Ok(())
    }
}

#[tokio::test]
async fn a_nexus_does_not_end_while_a_producer_of_its_own_has_its_outlet() {
    let once =
        Arc::new(Once { started: AtomicUsize::new(0), closed: AtomicUsize::new(0), go: Arc::default() });
    let nexus = Nexus::empty().on("read", |_: &Reading, _: &mut Queue<()>| ()).build().unwrap();
    let source = Source::producer("once", Sends(once.clone()));
    nexus.handle().overlay().add_source(&source).unwrap();
    let run = tokio::spawn(nexus.run());
    while once.started.load(SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(!run.is_finished(), "its source may still send");
    once.go.notify_one();
    let ledger = run.await.unwrap().unwrap();
    assert_eq!(ledger.of::<Reading>().handled, 1, "{ledger}");
    assert_eq!(once.closed.load(SeqCst), 0, "closing is for a clean-up or a drain");
}

#[tokio::test]
async fn a_typed_event_is_distributed_to_several_nexuses_at_once() {
    let once =
        Arc::new(Once { started: AtomicUsize::new(0), closed: AtomicUsize::new(0), go: Arc::default() });
    let source = Source::producer("once", Sends(once.clone()));
    let nexuses: Vec<DynamicNexus> = (0..3)
        .map(|_| DynamicNexus::new(Nexus::empty().on("read", |_: &Reading, _: &mut Queue<()>| ())).unwrap())
        .collect();
    for nexus in &nexuses {
        nexus.add_source(&source).unwrap();
        nexus.start().unwrap();
    }
    once.go.notify_one();
    for nexus in &nexuses {
        while nexus.ledger().of::<Reading>().handled == 0 {
            tokio::task::yield_now().await;
        }
    }
    for (nth, nexus) in nexuses.iter().enumerate() {
        nexus.cleanup().await;
        assert_eq!(once.closed.load(SeqCst), usize::from(nth == 2), "the last one closes it");
    }
    assert_eq!(once.started.load(SeqCst), 1);
}

#[tokio::test]
async fn a_converter_belongs_to_one_nexus() {
    let (one, other) =
        (DynamicNexus::new(Nexus::empty()).unwrap(), DynamicNexus::new(Nexus::empty()).unwrap());
    let source = Source::stream("numbers", stream::iter(1..4).map(|n| dynamic(n, 1)));
    one.add_source(&source).unwrap();
    one.add_source(&source).expect("it counts once");
    assert!(matches!(other.add_source(&source), Err(CallError::BadCall(_))));
    assert!(matches!(other.attach(&source), Err(CallError::BadCall(_))));
    one.cleanup().await;
    other.add_source(&source).expect("it is free again");
}

#[tokio::test]
async fn a_stream_that_is_added_while_the_nexus_runs_is_asked_to_its_end() {
    let (sender, mut heard): Heard = unbounded_channel();
    let nexus = DynamicNexus::new(Nexus::empty()).unwrap();
    nexus.add_handler(1, &telling("one", &sender)).unwrap();
    nexus.start().unwrap();
    let pairs = stream::iter([1, 3]).map(|n| vec![dynamic(n, 1), dynamic(n + 1, 1)]);
    nexus.add_source(&Source::stream("pairs", pairs)).unwrap();
    for n in 1..=4 {
        assert_eq!(heard.recv().await.unwrap(), format!("one {n}"));
    }
}

/// Never answers, and tells when it is dropped or closed.
struct Stuck(Arc<AtomicBool>);

impl Converter for Stuck {
    async fn obtain(&mut self) -> std::result::Result<Option<Event>, BoxError> {
        std::future::pending().await
    }

    async fn close(&mut self) -> std::result::Result<(), BoxError> {
        self.0.store(true, SeqCst);
        Ok(())
    }
}

#[tokio::test]
async fn a_scope_that_is_dropped_stops_the_nexus_and_closes_its_sources() {
    let closed = Arc::new(AtomicBool::new(false));
    let nexus = DynamicNexus::new(Nexus::empty()).unwrap();
    let scope = nexus.enter().unwrap();
    nexus.add_source(&Source::converter("stuck", Stuck(closed.clone()))).unwrap();
    nexus.start().unwrap();
    assert!(matches!(nexus.enter(), Err(CallError::BadCall(_))));
    tokio::task::yield_now().await;
    drop(scope);
    assert_eq!(nexus.state(), State::Stopped);
    nexus.join().await.unwrap();
    while !closed.load(SeqCst) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_source_that_is_closed_by_hand_is_asked_no_more() {
    let closed = Arc::new(AtomicBool::new(false));
    let source = Source::converter("stuck", Stuck(closed.clone()));
    let nexus = DynamicNexus::new(Nexus::empty()).unwrap();
    nexus.add_source(&source).unwrap();
    nexus.start().unwrap();
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    source.close().await.expect("also while it is being asked");
    assert!(closed.load(SeqCst));
    nexus.ingest(dynamic(1, 1)).await.unwrap();
    assert_eq!(nexus.ledger().total().unhandled, 1, "the nexus goes on");
}

/// Fails or panics in the way that it is told.
struct Odd(&'static str);

impl Producer for Odd {
    async fn start(&self, _: Outlet) -> std::result::Result<(), BoxError> {
        match self.0 {
            "panics" => panic!("no port"),
            _ => Err("no port".into()),
        }
    }

    async fn close(&self) -> std::result::Result<(), BoxError> {
        panic!("no way to close")
    }
}

#[tokio::test]
async fn a_source_that_does_not_start_ends_the_run_and_one_that_panics_when_it_is_closed_harms_nobody() {
    for odd in ["panics", "fails"] {
        let nexus = DynamicNexus::new(Nexus::empty()).unwrap();
        nexus.add_source(&Source::producer("odd", Odd(odd))).unwrap();
        nexus.start().unwrap();
        let Err(RunError::Failed { failure, .. }) = nexus.join().await else { panic!("it ran") };
        assert_eq!(failure.item(), Some("odd"));
        assert!(failure.to_string().contains("no port"), "{failure}");
        assert_eq!(nexus.state(), State::Stopped);
        nexus.cleanup().await;
    }
}

#[tokio::test]
async fn a_source_that_is_added_to_a_running_nexus_and_does_not_start_is_reported() {
    let nexus = DynamicNexus::new(Nexus::empty()).unwrap();
    nexus.start().unwrap();
    nexus.ingest(dynamic(1, 1)).await.unwrap();
    nexus.add_source(&Source::producer("odd", Odd("fails"))).unwrap();
    while nexus.ledger().domains[0].source_failures.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(nexus.state(), State::Looping);
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_is_dropped_ticks_on_for_its_nexus_and_one_of_another_kind_is_refused() {
    let (sender, mut heard): Heard = unbounded_channel();
    let nexus = DynamicNexus::new(Nexus::empty()).unwrap();
    nexus.add_handler("tick", &telling("tick", &sender)).unwrap();
    nexus.start().unwrap();
    let spec = nexus::Timer::every(Duration::from_secs(1)).count_up(2);
    let timer = Timer::new("t", spec, "tick", nexus.factory()).unwrap();
    nexus.add_source(timer.source()).unwrap();
    drop(timer);
    assert_eq!(heard.recv().await.unwrap(), "tick 1");
    assert_eq!(heard.recv().await.unwrap(), "tick 2");

    let never = nexus::Timer::every(Duration::from_secs(1)).count_down(0);
    let refused = Timer::new("never", never, "tick", nexus.factory()).unwrap_err();
    assert!(matches!(refused, CallError::InvalidArgument(_)) && !refused.is_bad_call(), "{refused}");
    assert!(TimerKind::Ongoing.timer(Duration::from_secs(1), 3).is_err());
    assert!(TimerKind::OneShot.timer(Duration::from_secs(1), 1).is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_timer_leaves_out_ticks_that_make_no_event() {
    let (sender, mut heard): Heard = unbounded_channel();
    let nexus = DynamicNexus::new(Nexus::empty()).unwrap();
    nexus.add_handler(1, &telling("one", &sender)).unwrap();
    nexus.start().unwrap();
    let spec = nexus::Timer::every(Duration::from_secs(1)).count_up(6);
    let timer = Timer::with("t", spec, |count| (count % 3 == 0).then(|| dynamic(count, 1))).unwrap();
    nexus.add_source(timer.source()).unwrap();
    assert_eq!(heard.recv().await.unwrap(), "one 3");
    assert_eq!(heard.recv().await.unwrap(), "one 6");
}

#[tokio::test(start_paused = true)]
async fn a_timer_whose_function_panics_is_reported_and_ends_under_the_policy_fail_only() {
    for policy in [Policy::Report, Policy::Fail] {
        let (sender, mut heard): Heard = unbounded_channel();
        let failures = Arc::new(AtomicUsize::new(0));
        let count = failures.clone();
        let nexus = DynamicNexus::new(Nexus::empty().policy(policy).on_error(move |failure, event| {
            assert!(event.is_none() && failure.to_string().contains("two is too many"), "{failure}");
            count.fetch_add(1, SeqCst);
        }))
        .unwrap();
        nexus.add_handler(1, &telling("one", &sender)).unwrap();
        nexus.start().unwrap();
        let spec = nexus::Timer::every(Duration::from_secs(1)).count_up(3);
        let make = |count| {
            assert!(count != 2, "two is too many");
            Some(dynamic(count, 1))
        };
        let timer = Timer::with("t", spec, make).unwrap();
        nexus.add_source(timer.source()).unwrap();
        tokio::time::sleep(Duration::from_secs(10)).await;
        let all = if policy == Policy::Report { vec!["one 1", "one 3"] } else { vec!["one 1"] };
        assert_eq!(
            (told(&mut heard), failures.load(SeqCst)),
            (all.iter().map(ToString::to_string).collect(), 1)
        );
        assert!(!timer.stop(), "it has ended");
    }
}

#[tokio::test]
async fn a_loop_whose_future_is_dropped_stops_and_cuts_nothing() {
    let (sender, mut heard): Heard = unbounded_channel();
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let open = gate.clone();
    let nexus = DynamicNexus::new(Nexus::empty()).unwrap();
    let slow = Handler::new("slow", move |_, _| {
        let (gate, sender) = (gate.clone(), sender.clone());
        Box::pin(async move {
            sender.send("began".to_owned())?;
            gate.acquire().await?.forget();
            sender.send("ended".to_owned())?;
            Ok(())
        })
    });
    nexus.add_handler(1, &slow).unwrap();
    let mut looping = Box::pin(nexus.loop_forever());
    assert!(looping.as_mut().now_or_never().is_none());
    nexus.emit(dynamic(1, 1)).await.unwrap();
    assert_eq!(heard.recv().await.unwrap(), "began");
    drop(looping);
    assert_eq!(nexus.state(), State::Stopped);
    open.add_permits(1);
    nexus.join().await.unwrap();
    assert_eq!(heard.recv().await.unwrap(), "ended");
}

#[named_event(exclusive)]
struct Command;

#[tokio::test]
async fn an_exclusive_event_gets_no_second_handler_by_registration_either() {
    let nexus = DynamicNexus::new(Nexus::empty().on("only", |_: &Command, _: &mut Queue<()>| ())).unwrap();
    let refused = nexus.add_handler(Key::of::<Command>(), &Handler::discarder("other")).unwrap_err();
    assert!(matches!(refused, CallError::DuplicateHandler { .. }), "{refused}");
}

#[tokio::test]
async fn integers_that_are_masks_may_not_overlap_where_one_handler_is_allowed() {
    let nothing = |_: &Event, _: &mut Queue<()>| ();
    let builder = || Nexus::empty().bitmode(true).multiple(false).on_key(6, "two or four", nothing);
    drop(builder().on_key(8, "eight", nothing).build().expect("no bit in common"));
    let error = builder().on_key(4, "four", nothing).build().unwrap_err();
    assert!(matches!(error.problems(), [Problem::SeveralHandlers { .. }]), "{error}");
}

#[tokio::test]
async fn a_registered_handler_of_dead_letters_gets_them() {
    let (sender, mut heard): Heard = unbounded_channel();
    let nexus = DynamicNexus::new(Nexus::empty().on_error(|_, _| ())).unwrap();
    nexus.add_handler(Key::of::<DeadLetter>(), &telling("letter", &sender)).unwrap();
    nexus.start().unwrap();
    nexus.ingest(dynamic(1, 1)).await.unwrap();
    assert_eq!(heard.recv().await.unwrap(), "letter 1");
}

/// Does not start the first time; then it keeps its outlet.
#[derive(Default)]
struct Second(AtomicUsize, std::sync::Mutex<Option<Outlet>>);

impl Producer for Second {
    async fn start(&self, out: Outlet) -> std::result::Result<(), BoxError> {
        if self.0.fetch_add(1, SeqCst) == 0 {
            return Err("busy".into());
        }
        *self.1.lock().unwrap() = Some(out);
        Ok(())
    }

    async fn close(&self) -> std::result::Result<(), BoxError> {
        self.1.lock().unwrap().take();
        Ok(())
    }
}

#[tokio::test]
async fn a_source_that_did_not_start_can_be_added_again() {
    let nexus = DynamicNexus::new(Nexus::empty().on_error(|_, _| ())).unwrap();
    nexus.start().unwrap();
    let source = Source::producer("second", Second::default());
    nexus.add_source(&source).unwrap();
    while nexus.ledger().domains[0].source_failures.is_empty() {
        tokio::task::yield_now().await;
    }
    nexus.add_source(&source).unwrap();
    let running = || async {
        let refused = source.start().await.err()?.downcast::<CallError>().ok()?;
        matches!(*refused, CallError::MultipleStart { .. }).then_some(())
    };
    while running().await.is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(nexus.ledger().domains[0].source_failures[0].count, 1);
    nexus.cleanup().await;
}

/// Its first start takes for ever.
#[derive(Default)]
struct SlowToStart {
    begun: AtomicUsize,
    given_up: AtomicUsize,
}

struct GivesUp<'a>(&'a AtomicUsize);

impl Drop for GivesUp<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

struct Slow(Arc<SlowToStart>);

impl Producer for Slow {
    async fn start(&self, out: Outlet) -> std::result::Result<(), BoxError> {
        if self.0.begun.fetch_add(1, SeqCst) == 0 {
            let _given_up = GivesUp(&self.0.given_up);
            std::future::pending::<()>().await;
        }
        tokio::spawn(async move { out.distribute(Reading(1)).await });
        Ok(())
    }
}

#[tokio::test]
async fn a_start_that_its_nexus_gives_up_is_made_anew_by_one_that_waits_for_it() {
    let slow = Arc::new(SlowToStart::default());
    let source = Source::producer("slow", Slow(slow.clone()));
    let new = || DynamicNexus::new(Nexus::empty().on("read", |_: &Reading, _: &mut Queue<()>| ())).unwrap();
    let (first, second) = (new(), new());
    for nexus in [&first, &second] {
        nexus.add_source(&source).unwrap();
        nexus.start().unwrap();
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(slow.begun.load(SeqCst), 1, "both wait for the same start");
    first.stop().unwrap();
    first.ended().await;
    assert_eq!(slow.given_up.load(SeqCst), 1);
    while second.ledger().of::<Reading>().handled == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(slow.begun.load(SeqCst), 2);
    second.cleanup().await;
}

#[tokio::test(start_paused = true)]
async fn a_timer_whose_nexuses_are_gone_ends() {
    let timer =
        Timer::new("t", nexus::Timer::every(Duration::from_secs(1)), 1, &EventFactory::new()).unwrap();
    let nexus = DynamicNexus::new(Nexus::empty()).unwrap();
    nexus.attach(timer.source()).unwrap();
    timer.start().await.unwrap();
    drop(nexus);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(!timer.stop(), "it has ended");
}

#[test]
fn a_timer_without_a_clock_does_not_start_and_says_what_it_needs() {
    let timer =
        Timer::new("t", nexus::Timer::every(Duration::from_secs(1)), 1, &EventFactory::new()).unwrap();
    let nexus = DynamicNexus::new(Nexus::empty()).unwrap();
    nexus.attach(timer.source()).unwrap();
    let refused = timer.start().now_or_never().expect("it need not wait").unwrap_err();
    assert!(refused.to_string().contains("a timer needs a tokio runtime whose time is enabled"), "{refused}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async { timer.start().await.expect("it can be started elsewhere") });
}

#[tokio::test]
async fn an_empty_range_is_no_key() {
    let nexus = DynamicNexus::new(Nexus::empty()).unwrap();
    #[allow(clippy::reversed_empty_ranges, reason = "this is what is tested")]
    let empty = Key::from(9..=3);
    let refused = nexus.add_handler(empty.clone(), &Handler::discarder("nothing"));
    assert_eq!(refused, Err(CallError::InvalidKey(empty.clone())));
    let error =
        Nexus::empty().on_key(empty, "nothing", |_: &Event, _: &mut Queue<()>| ()).build().unwrap_err();
    assert!(error.to_string().contains("holds no number"), "{error}");
}

#[tokio::test]
async fn the_error_of_an_unhandled_event_carries_the_event() {
    let nexus = DynamicNexus::new(Nexus::empty().policy(Policy::Fail)).unwrap();
    nexus.start().unwrap();
    let Err(IngestError::Failed(failure)) = nexus.ingest(Event::new(9, "none", 3, "payload")).await else {
        panic!("nobody handles it")
    };
    assert_eq!(failure.event(), Some(&Event::new(9, "none", 3, "payload")));
    assert!(!IngestError::Failed(failure).is_bad_call());
}

#[tokio::test]
async fn a_drain_closes_added_sources_before_it_has_ended() {
    let closed = Arc::new(AtomicBool::new(false));
    let nexus = DynamicNexus::new(Nexus::empty()).unwrap();
    nexus.add_source(&Source::converter("stuck", Stuck(closed.clone()))).unwrap();
    nexus.start().unwrap();
    nexus.started().await;
    nexus.drain().unwrap();
    nexus.ended().await;
    assert!(closed.load(SeqCst));
}

/// Never answers, and never closes.
struct Hangs;

impl Converter for Hangs {
    async fn obtain(&mut self) -> std::result::Result<Option<Event>, BoxError> {
        std::future::pending().await
    }

    async fn close(&mut self) -> std::result::Result<(), BoxError> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_drain_that_waits_for_a_source_to_close_is_ended_by_a_stop() {
    let nexus = DynamicNexus::new(Nexus::empty().drain_deadline(None)).unwrap();
    nexus.add_source(&Source::converter("hangs", Hangs)).unwrap();
    nexus.start().unwrap();
    nexus.started().await;
    nexus.drain().unwrap();
    let mut ended = Box::pin(nexus.ended());
    for _ in 0..100 {
        tokio::task::yield_now().await;
        assert!(ended.as_mut().now_or_never().is_none(), "it waits for its source");
    }
    nexus.stop().unwrap();
    ended.await;
}

/// Closes when it is let go the second time; the first call never ends.
struct Reluctant(AtomicUsize);

impl Producer for Reluctant {
    async fn start(&self, _: Outlet) -> std::result::Result<(), BoxError> {
        Ok(())
    }

    async fn close(&self) -> std::result::Result<(), BoxError> {
        if self.0.fetch_add(1, SeqCst) == 0 { std::future::pending().await } else { Ok(()) }
    }
}

#[tokio::test(start_paused = true)]
async fn a_cleanup_that_was_cancelled_can_be_called_again() {
    let nexus = DynamicNexus::new(Nexus::empty()).unwrap();
    let source = Source::producer("reluctant", Reluctant(AtomicUsize::new(0)));
    nexus.add_source(&source).unwrap();
    assert!(tokio::time::timeout(Duration::from_secs(1), nexus.cleanup()).await.is_err());
    tokio::time::timeout(Duration::from_secs(1), nexus.cleanup()).await.expect("it closes now");
    let error = source.start().await.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(CallError::MisconfiguredEventProducer { .. })), "{error}");
}

/// What a handler with a boxed future may do with its queue: it replies to nobody.
#[tokio::test]
async fn a_reply_in_a_test_queue_is_kept_among_its_events() {
    let mut queue: Queue<Event> = Queue::new();
    queue.reply(Reading(4)).unwrap();
    assert_eq!(queue.take::<Reading>()[0].0, 4);
    let boundary = nexus::dynamic::Boundary::new("b");
    let nexus = DynamicNexus::new(Nexus::empty().policy(Policy::Fail)).unwrap();
    nexus
        .add_handler(
            1,
            &Handler::new("ask", |event, queue| {
                let reply = queue.reply(dynamic(event.id(), 2));
                async move { Ok(reply?) }.boxed()
            }),
        )
        .unwrap();
    nexus.start().unwrap();
    let error = nexus.ingest(dynamic(1, 1)).await.unwrap_err();
    assert!(error.to_string().contains("no way back"), "{error}");
    drop(boundary);
}
